"""Safeguarding: raising a concern, which works without network, and what the named lead reads and does.

Whoever raises one keeps nothing of it once it has arrived: the laptop forgets it, and shows when it was received.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain import access
from app.domain.access import Action, permitted
from app.domain.actor import Actor
from app.domain.audit import AuditEntry
from app.domain.card import ShareCard
from app.domain.checks import tidy_line, tidy_text
from app.domain.codes import AgreedToShare, AuditAction, ConcernState, RecordType
from app.domain.concern import NEXT_STATES, UNREAD_HOURS, Concern, ConcernStep, Told
from app.domain.disclosure import name_in
from app.domain.ids import PersonId, RecordId
from app.domain.match import MatchCard
from app.domain.person import Person
from app.domain.referral import Referral
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, own_organisation
from app.use_cases.names import names_of

RAISED = "concern"
"""The reason under which raising one stands in the audit chain; it names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernForm:
    """A concern as the page holds it.

    Attributes:
        words: what was said or seen, as it was said.
        noticed_at: when.
        danger_now: somebody is in danger at this moment.
        told: who was told already, one line; empty for nobody.
        consent: whether the person agreed that it is told.
        reason_without: why it is told without that.
    """

    words: str
    noticed_at: datetime
    danger_now: bool = False
    told: str = ""
    consent: AgreedToShare = AgreedToShare.NOT_ASKED
    reason_without: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person whom a concern may be about, as this laptop calls them."""

    person_id: PersonId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedView:
    """What whoever raises a concern sees.

    Attributes:
        people: whom it may be about, by name.
        lead: how to reach the named lead, by what the charity's entry says; empty when it is not known.
        raised: when this account raised one here, newest first, and whether it still waits on this laptop.
    """

    people: tuple[Somebody, ...]
    lead: str
    raised: tuple[tuple[datetime, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernRow:
    """One concern in the lead's list.

    Attributes:
        is_late: nobody read it within 24 hours.
    """

    concern_id: RecordId
    name: str
    state: ConcernState
    noticed_at: datetime
    danger_now: bool
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernFile:
    """One concern as the lead reads it: the words, and every step, oldest first."""

    concern: Concern
    name: str
    steps: tuple[ConcernStep, ...]
    next_states: tuple[ConcernState, ...]


def raised_view(vault: Vault, *, actor: Actor) -> RaisedView:
    """Return whom a concern may be about, whom to ring, and what was raised here by this account."""
    access.require(actor.roles, Action.RAISE_CONCERN)
    with vault.reading() as read:
        own = own_organisation(directory(read), actor)
        people = _people(read)
        # The lead keeps what arrived, so that it is held says nothing.
        here = read.unconfirmed(RecordType.CONCERN)
        waiting = {each.created_at for each in read.all(Concern) if each.created_by == actor.user and each.id in here}
        said = [
            entry.at
            for entry in read.all(AuditEntry)
            if entry.created_by == actor.user and (entry.action, entry.reason) == (AuditAction.CREATE, RAISED)
        ]
    return RaisedView(
        people=people,
        lead="" if own is None else own.safeguarding_contact,
        raised=tuple((at, at in waiting) for at in sorted(said, reverse=True)),
    )


def raise_concern(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, form: ConcernForm) -> Concern:
    """Keep a concern for the named lead; it goes before everything else that waits to be sent.

    Raises:
        BadInputError: `concern.<field>.<problem>`.
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.RAISE_CONCERN)
    with vault.transaction(actor=actor, now=now) as work:
        if not work.knows(person_id):
            raise NotFoundError("person.not_found")
        if form.noticed_at > now:
            raise BadInputError.at("concern", "noticed_at", "in_future")
        who = tidy_line(form.told, record="concern", field="told")
        concern = Concern(
            **work.header(),
            person=person_id,
            in_their_words=tidy_text(form.words, record="concern", field="in_their_words"),
            noticed_at=form.noticed_at,
            danger_now=form.danger_now,
            told=(Told(who=who, at=work.now),) if who else (),
            consent_to_share=form.consent,
            reason_without=tidy_text(form.reason_without, record="concern", field="reason_without"),
        )
        work.append(concern)
        work.audit(AuditAction.CREATE, person=person_id, reason=RAISED)
        work.drop_draft("concern", None)
        return concern


def concerns(vault: Vault, *, actor: Actor, now: datetime) -> tuple[ConcernRow, ...]:
    """Return the concerns that the lead is to look after, unread and dangerous ones first, closed ones last.

    Raises:
        NotPermittedError: nobody else reads them, not even what they raised themselves.
    """
    access.require(actor.roles, Action.WORK_CONCERN)
    with vault.reading() as read:
        return _rows(read, actor, now)


def waiting_concerns(read: Reader, *, actor: Actor, now: datetime) -> tuple[ConcernRow, ...]:
    """Return the concerns that the lead has not read yet; empty for everybody else."""
    if permitted(actor.roles, Action.WORK_CONCERN) is None:
        return ()
    return tuple(row for row in _rows(read, actor, now) if row.state is ConcernState.SENT)


def open_concern(vault: Vault, *, actor: Actor, now: datetime, concern_id: RecordId) -> ConcernFile:
    """Open one concern; the look is kept in the audit.

    Raises:
        NotFoundError: this laptop holds no such concern.
        NotPermittedError: only the lead reads one.
    """
    access.require(actor.roles, Action.WORK_CONCERN)
    with vault.transaction(actor=actor, now=now) as work:
        concern = _own(work, actor, concern_id)
        work.audit(AuditAction.OPEN_PERSON, person=PersonId(concern.person), reason=RAISED)
        steps = work.of_person(ConcernStep, PersonId(concern.person))
        return ConcernFile(
            concern=concern,
            name=_names(work, [concern.person]).get(concern.person, ""),
            steps=tuple(sorted((each for each in steps if each.concern == concern_id), key=_when)),
            next_states=tuple(state for state in ConcernState if state in NEXT_STATES[concern.state]),
        )


def work_concern(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    concern_id: RecordId,
    to: ConcernState | None = None,
    did: str = "",
    passed_to: str = "",
) -> ConcernStep:
    """Write down what the lead did, and move the concern along where that moves it; the words stay as they are.

    Raises:
        BadInputError: `concern_step.<field>.<problem>`: what was done, or to whom it was passed on, is missing.
        BadTransitionError: a concern in this state does not go there.
        NotFoundError: this laptop holds no such concern.
    """
    access.require(actor.roles, Action.WRITE_CONCERN_FILE)
    with vault.transaction(actor=actor, now=now) as work:
        concern = _own(work, actor, concern_id)
        step = ConcernStep(
            **work.header(),
            person=PersonId(concern.person),
            concern=concern_id,
            to_state=to,
            did=tidy_text(did, record="concern_step", field="did"),
            passed_to=tidy_line(passed_to, record="concern_step", field="passed_to"),
            at=work.now,
            by=actor.user,
        )
        if to is not None:
            work.move(Concern, concern_id, "state", to)
        work.append(step)
        work.audit(AuditAction.CHANGE, person=PersonId(concern.person), reason=RAISED)
        return step


def _rows(read: Reader, actor: Actor, now: datetime) -> tuple[ConcernRow, ...]:
    held = [each for each in read.all(Concern) if each.org == actor.org and not each.archived]
    names = _names(read, [each.person for each in held])
    rows = [
        ConcernRow(
            concern_id=each.id,
            name=names.get(each.person, ""),
            state=each.state,
            noticed_at=each.noticed_at,
            danger_now=each.danger_now,
            is_late=each.state is ConcernState.SENT and now - each.created_at >= timedelta(hours=UNREAD_HOURS),
        )
        for each in held
    ]
    order = list(ConcernState)
    return tuple(sorted(rows, key=lambda row: (order.index(row.state), not row.danger_now, row.noticed_at)))


def _when(step: ConcernStep) -> tuple[datetime, bytes]:
    return step.at, step.id.bytes


def _own(read: Reader, actor: Actor, concern_id: RecordId) -> Concern:
    concern = read.get(Concern, concern_id)
    if concern.org != actor.org:
        raise NotFoundError("concern.not_found")
    return concern


def _names(read: Reader, people: Iterable[UUID]) -> dict[UUID, str]:
    """Return what people are called, also those of whom a card is held alone."""
    wanted = set(people)
    cards = read.of_people(ShareCard, wanted)
    named = {person: name_in(found[-1].fields) for person, found in cards.items()}
    return {**named, **names_of(read, wanted)}


def _people(read: Reader) -> tuple[Somebody, ...]:
    found: dict[UUID, str] = {person.id: person.full_name for person in read.all(Person)}
    # Of whom another charity registered an intake team holds the package that came, and the card after it.
    told = [(each.person, each.package) for each in read.all(Referral)]
    told += [(each.person, each.fields) for each in read.all(ShareCard)]
    found |= {person: name for person, fields in told if person not in found and (name := name_in(fields))}
    found |= {card.person: card.known_as for card in read.all(MatchCard) if card.known_as and card.person not in found}
    people = (Somebody(person_id=PersonId(person), name=name) for person, name in found.items())
    return tuple(sorted(people, key=lambda each: (each.name.casefold(), each.person_id)))
