"""Keeping the register: a new paper, its signatures, its file, a new version of it, and its end.

The lead body's office does it, on its own laptop and without a network; what partners may hold is looked at again when
the paper reaches the central service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.agreement import Agreement, Document, Signatory, check_amended, keeps_register
from app.domain.attachment import MOST_BYTES
from app.domain.checks import faults_of
from app.domain.clocks import london_day, parse_day
from app.domain.codes import AgreementKind, AuditAction, PackageField, Purpose
from app.domain.faults import Faults
from app.domain.ids import AgreementId, OrganisationId, RecordId
from app.domain.tidying import tidy_line
from app.errors import BadInputError, NotPermittedError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name

TypedDay = tuple[str, str, str]
"""Day, month and year as they were typed."""

NO_DAY: TypedDay = ("", "", "")

LONGEST_TITLE = 120
"""Characters of a file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementForm:
    """A paper as it was typed; None and empty are what nobody has said yet."""

    title: str = ""
    kind: AgreementKind | None = None
    parties: frozenset[OrganisationId] = frozenset()
    purposes: frozenset[Purpose] = frozenset()
    fields: frozenset[PackageField] = frozenset()
    from_on: TypedDay = NO_DAY
    to_on: TypedDay = NO_DAY
    review_on: TypedDay = NO_DAY
    document: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A charity that may be a party."""

    org_id: OrganisationId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the form begins with.

    Attributes:
        form: what is written so far.
        members: who can be a party, in the order of the alphabet.
        is_new_version: the paper is signed; what is saved is a new one that takes its place.
    """

    form: AgreementForm = field(default_factory=AgreementForm)
    members: tuple[Member, ...] = ()
    is_new_version: bool = False


def may_keep(actor: Actor, alliance: Directory, on: date) -> bool:
    """Answer whether somebody may write a new paper on a day: the office that keeps the register may."""
    own = frozenset({actor.org})
    may = access.permitted(actor.roles, Action.EDIT_AGREEMENTS) is not None
    return may and keeps_register(actor.org, own, alliance.organisations, on)


def may_change(actor: Actor, agreement: Agreement, alliance: Directory, on: date) -> bool:
    """Answer whether somebody may change a paper on a day: its own office may."""
    return agreement.org == actor.org and may_keep(actor, alliance, on)


def open_form(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId | None) -> Opened:
    """Return what the form begins with: empty, or a paper as it stands.

    Raises:
        NotFoundError: there is no such paper here.
        NotPermittedError: the actor does not keep it.
    """
    access.require(actor.roles, Action.EDIT_AGREEMENTS)
    on = london_day(now)
    with vault.reading() as read:
        alliance = directory(read)
        found = None if agreement_id is None else read.get(Agreement, agreement_id)
    if not (may_keep(actor, alliance, on) if found is None else may_change(actor, found, alliance, on)):
        raise NotPermittedError
    parties = frozenset() if found is None else found.parties
    named = [key for key, each in alliance.organisations.items() if each.has_joined_on(on) or key in parties]
    members = sorted(
        (Member(org_id=key, name=organisation_name(alliance, key)) for key in named), key=lambda each: each.name
    )
    if found is None:
        return Opened(members=tuple(members))
    return Opened(form=_form_of(found), members=tuple(members), is_new_version=bool(found.signatories))


def save_agreement(
    vault: Vault, *, actor: Actor, now: datetime, form: AgreementForm, agreement_id: AgreementId | None = None
) -> AgreementId:
    """Write a paper: a new one, one that nobody has signed yet, or of a signed one the version that takes its place.

    Raises:
        BadInputError: `agreement.<field>.<problem>`; of several fields, all at once.
        NotPermittedError: the actor does not keep it.
    """
    access.require(actor.roles, Action.EDIT_AGREEMENTS)
    written = _read_form(form)
    with vault.transaction(actor=actor, now=now) as work:
        alliance = directory(work)
        before = None if agreement_id is None else work.get(Agreement, agreement_id)
        _must_keep(actor, written["parties"], before, alliance, work.today)
        if before is None or before.signatories:
            replaced = None if before is None else AgreementId(before.id)
            made = Agreement(**work.header(), **written, replaces=replaced)
            _raise_faults(made, work.today)
            work.create(made)
            work.audit(AuditAction.CREATE, reason="agreement")
            return AgreementId(made.id)
        after = replace(before, **written)
        _raise_faults(after, work.today)
        work.change(Agreement, before.id, fields=written)
        work.audit(AuditAction.CHANGE, reason="agreement")
        return AgreementId(before.id)


def sign(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    agreement_id: AgreementId,
    org: OrganisationId | None,
    name: str,
    post: str,
    signed_on: TypedDay,
) -> None:
    """Write down who signed for a party; with the last signature the version before ends.

    Raises:
        BadInputError: `agreement.signatory_org`, `.signatory_name`, `.signatory_post` or `.signed_on`, all at once.
    """
    on = london_day(now)
    faults = Faults()
    day = _day(faults, "signed_on", signed_on, on)
    said = {"signatory_org": org, "signatory_name": tidy_line(name), "signatory_post": tidy_line(post)}
    if signed_on == NO_DAY:
        said["signed_on"] = None
    faults.add(BadInputError.at("agreement", key, "required") for key, value in said.items() if not value)
    faults.raise_all()
    assert org is not None
    assert day is not None
    signatory = Signatory(org=org, name=tidy_line(name), post=tidy_line(post), signed_on=day)

    def change(before: Agreement) -> Mapping[str, Any]:
        if any(each.org == org for each in before.signatories):
            raise BadInputError.at("agreement", "signatory_org", "duplicate")
        return {"signatories": (*before.signatories, signatory)}

    _change(vault, actor=actor, now=now, agreement_id=agreement_id, change=change)


def add_document(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId, document: Document) -> None:
    """Write down which file was signed; once it is said it stands."""
    _change(vault, actor=actor, now=now, agreement_id=agreement_id, change=lambda _before: {"document": document})


def end_agreement(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId, last_day: TypedDay) -> date:
    """End a paper; returns its last day.

    Raises:
        BadInputError: `agreement.ended_on.required`, `.bad_format`, `.in_past`, or `.ended`: it ends before.
    """
    day = parse_day(last_day, record="agreement", field="ended_on")
    if day is None:
        raise BadInputError.at("agreement", "ended_on", "required")
    if day < london_day(now):
        raise BadInputError.at("agreement", "ended_on", "in_past")
    _change(vault, actor=actor, now=now, agreement_id=agreement_id, change=lambda _before: {"ended_on": day})
    return day


def put_away(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId) -> None:
    """Take a paper that nobody signed out of the register."""
    _change(vault, actor=actor, now=now, agreement_id=agreement_id, change=lambda _before: {"archived": True})


def put_back(vault: Vault, *, actor: Actor, now: datetime, agreement_id: AgreementId) -> None:
    """Put a paper that was taken out back into the register, as it was."""
    _change(vault, actor=actor, now=now, agreement_id=agreement_id, change=lambda _before: {"archived": False})


def read_document(path: Path) -> Document:
    """Return which file this is; nothing of it is kept but its name, its size and its SHA-256.

    Raises:
        BadInputError: `agreement.document.unreadable`, or `.too_big` beyond 25 MB.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise BadInputError.at("agreement", "document", "too_big")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInputError.at("agreement", "document", "unreadable") from error
    return Document(title=tidy_line(path.name)[:LONGEST_TITLE], sha256=digest, size=size)


def _change(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    agreement_id: AgreementId,
    change: Callable[[Agreement], Mapping[str, Any]],
) -> None:
    access.require(actor.roles, Action.EDIT_AGREEMENTS)
    with vault.transaction(actor=actor, now=now) as work:
        before = work.get(Agreement, agreement_id)
        _must_keep(actor, before.parties, before, directory(work), work.today)
        fields = change(before)
        after = replace(before, **fields)
        check_amended(before, after)
        work.change(Agreement, before.id, fields=fields)
        replaced = _ended_by(work, before, after)
        if replaced is not None:
            work.change(Agreement, replaced[0], fields={"ended_on": replaced[1]})
        work.audit(AuditAction.CHANGE, reason="agreement")


def _ended_by(read: Reader, before: Agreement, after: Agreement) -> tuple[RecordId, date] | None:
    """Return the version that a last signature takes the place of, with its last day; None when there is none."""
    if before.is_signed_by_all or after.agreed_on is None or after.replaces is None:
        return None
    old = read.find(Agreement, after.replaces)
    last = max(after.from_on, after.agreed_on) - timedelta(days=1)
    if old is None or (old.ended_on is not None and old.ended_on <= last):
        return None
    return RecordId(old.id), last


def _must_keep(
    actor: Actor, parties: frozenset[OrganisationId], before: Agreement | None, alliance: Directory, on: date
) -> None:
    if before is not None and before.org != actor.org:
        raise NotPermittedError
    if not keeps_register(actor.org, parties | frozenset({actor.org}), alliance.organisations, on):
        raise NotPermittedError
    if parties and not keeps_register(actor.org, parties, alliance.organisations, on):
        # Without a lead body a charity writes down what it has itself agreed, and nothing else.
        raise BadInputError.at("agreement", "parties", "not_permitted")


def _read_form(form: AgreementForm) -> dict[str, Any]:
    faults = Faults()
    if form.kind is None:
        faults.add([BadInputError.at("agreement", "kind", "required")])
    days = {
        name: _day(faults, name, typed)
        for name, typed in (("from_on", form.from_on), ("to_on", form.to_on), ("review_on", form.review_on))
    }
    faults.add(BadInputError.at("agreement", name, "required") for name in ("from_on", "review_on") if not days[name])
    for name in ("title", "parties", "purposes", "fields"):
        value = tidy_line(form.title) if name == "title" else getattr(form, name)
        faults.add([BadInputError.at("agreement", name, "required")] if not value else [])
    if len(form.parties) == 1:
        faults.add([BadInputError.at("agreement", "parties", "out_of_range")])
    begins, ends = days["from_on"], days["to_on"]
    if begins is not None and ends is not None and ends <= begins < date.max:
        faults.add([BadInputError.at("agreement", "to_on", "before_start")])
    faults.raise_all()
    return {
        "title": tidy_line(form.title),
        "kind": form.kind,
        "parties": form.parties,
        "purposes": form.purposes,
        "fields": form.fields,
        **days,
        "document": form.document,
    }


def _day(faults: Faults, name: str, typed: TypedDay, on: date | None = None) -> date | None:
    """Return a day as it was typed; where it cannot be read, the last there is, so that it is not missed as well."""
    read: Callable[[], date | None] = partial(parse_day, typed, record="agreement", field=name, on=on)
    unread: date | None = date.max
    return faults.take(read, unread)


def _raise_faults(record: Agreement, on: date) -> None:
    faults = Faults()
    faults.add(faults_of(record, on=on))
    faults.raise_all()


def _form_of(agreement: Agreement) -> AgreementForm:
    return AgreementForm(
        title=agreement.title,
        kind=agreement.kind,
        parties=agreement.parties,
        purposes=agreement.purposes,
        fields=agreement.fields,
        from_on=_typed(agreement.from_on),
        to_on=_typed(agreement.to_on),
        review_on=_typed(agreement.review_on),
        # The file of a new version is another one.
        document=None if agreement.signatories else agreement.document,
    )


def _typed(day: date | None) -> TypedDay:
    return NO_DAY if day is None else (str(day.day), str(day.month), str(day.year))
