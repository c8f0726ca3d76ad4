"""Agreements between members: which paper permits what to flow, when, and who may change what of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from app.domain.codes import AgreementKind, AgreementState, AllianceRole, PackageField, Purpose, RecordType, Role
from app.domain.ids import AgreementId, OrganisationId, RecordId
from app.domain.organisation import Organisation
from app.domain.record import Cls, Identity, Line, Lww, Record, field_rules
from app.errors import BadInputError

PERMITS_SHARING = frozenset({AgreementKind.DATA_SHARING, AgreementKind.JOINT_CONTROLLER})
"""A memorandum of understanding alone is not a data-sharing agreement (ICO, data sharing code)."""

REVIEW_NOTICE = timedelta(days=30)
"""How long before the day of its review, or its last day, a paper is to be looked at (`domain.md` 4.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who signed for one party."""

    org: OrganisationId
    name: str
    post: str
    signed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Which file the signed paper is; the file itself stays with the office that keeps the register.

    Attributes:
        title: the name of the file.
        sha256: its SHA-256, hexadecimal.
        size: its bytes.
    """

    title: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement(Record):
    """One version of a paper: free until the first signature, then fixed; a change is a new version."""

    TYPE = RecordType.AGREEMENT
    CLS = Cls.REFERENCE

    title: Identity[Annotated[str, Line(120)]]
    kind: Identity[AgreementKind]
    parties: Identity[frozenset[OrganisationId]]
    purposes: Identity[frozenset[Purpose]]
    fields: Identity[frozenset[PackageField]]
    from_on: Identity[date]
    to_on: Identity[date | None] = None
    review_on: Identity[date]
    signatories: Identity[tuple[Signatory, ...]] = ()
    document: Identity[Document | None] = None
    replaces: Identity[AgreementId | None] = None
    ended_on: Lww[date | None] = None
    demonstration: Identity[bool] = False

    def state(self, on: date) -> AgreementState:
        """Return where the paper stands on a day; every party must have signed."""
        signed = {signatory.org for signatory in self.signatories if signatory.signed_on <= on}
        if self.ended_on is not None and self.ended_on < on:
            return AgreementState.ENDED
        if not self.parties <= signed or on < self.from_on:
            return AgreementState.DRAFT
        if self.to_on is not None and self.to_on < on:
            return AgreementState.EXPIRED
        return AgreementState.ACTIVE

    @property
    def is_signed_by_all(self) -> bool:
        """Whether every party has signed."""
        return self.parties <= {each.org for each in self.signatories}

    @property
    def agreed_on(self) -> date | None:
        """The day of the last signature, None while one is missing."""
        return max(each.signed_on for each in self.signatories) if self.is_signed_by_all else None

    @property
    def may_permit(self) -> bool:
        """Whether a paper of this kind can let anything flow at all."""
        return self.kind in PERMITS_SHARING

    def is_review_near(self, on: date) -> bool:
        """Answer whether a paper that is in force, or on its way, is to be looked at now."""
        waits = self.state(on) in (AgreementState.ACTIVE, AgreementState.DRAFT)
        return waits and self.next_day - on <= REVIEW_NOTICE

    @property
    def next_day(self) -> date:
        """The day of its review or its last day, whichever comes first."""
        return min(day for day in (self.review_on, self.to_on, self.ended_on) if day is not None)

    def permits(self, *, parties: frozenset[OrganisationId], purpose: Purpose, on: date) -> bool:
        """Answer whether data may flow between `parties` for `purpose` on a day."""
        return (
            self.may_permit
            and parties <= self.parties
            and purpose in self.purposes
            and self.state(on) is AgreementState.ACTIVE
        )


def shared_fields(
    agreements: Iterable[Agreement], *, parties: frozenset[OrganisationId], purpose: Purpose, on: date
) -> frozenset[PackageField]:
    """Return the fields that active agreements of all `parties` let flow for `purpose`; empty when none does."""
    permitted: frozenset[PackageField] = frozenset()
    for agreement in agreements:
        if agreement.permits(parties=parties, purpose=purpose, on=on):
            permitted |= agreement.fields
    return permitted


def keeps_register(
    org: OrganisationId, parties: frozenset[OrganisationId], members: Mapping[OrganisationId, Organisation], on: date
) -> bool:
    """Answer whether an organisation's office may keep a paper between `parties` on a day.

    The lead body or secretariat keeps every paper. Where an alliance has neither, a member keeps those it is itself a
    party to: nobody can write down what others have agreed.
    """
    offices = {key for key, each in members.items() if each.alliance_role in _OFFICES and each.has_joined_on(on)}
    return org in offices if offices else org in parties and org in members


def check_amended(before: Agreement, after: Agreement) -> None:
    """Refuse a change that a signed paper does not take.

    From the first signature on only further signatures are added, and once the file that was signed; a last day that
    was set only ever comes forward.
    Asked by the laptop, and again by the central service.

    Raises:
        BadInputError: `agreement.<field>.signed`; `agreement.ended_on.ended`.
    """
    if before.signatories:
        for name in field_rules(Agreement):
            if name in _OPEN_WHEN_SIGNED or (name == "document" and before.document is None):
                continue
            if getattr(before, name) != getattr(after, name):
                raise BadInputError.at("agreement", name, "signed")
        if any(each not in after.signatories for each in before.signatories):
            raise BadInputError.at("agreement", "signatories", "signed")
    if before.ended_on is not None and (after.ended_on is None or after.ended_on > before.ended_on):
        raise BadInputError.at("agreement", "ended_on", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who has to look at a paper: in which organisation and role, and since which day."""

    agreement: RecordId
    org: OrganisationId
    role: Role
    due_on: date


def reviews_due(agreements: Iterable[Agreement], on: date) -> Iterator[Review]:
    """Yield who is to look at which paper on a day: its office, and every party's data protection lead."""
    for agreement in agreements:
        if agreement.archived or not agreement.is_review_near(on):
            continue
        due_on = agreement.next_day - REVIEW_NOTICE
        yield Review(agreement=agreement.id, org=agreement.org, role=Role.SECRETARIAT, due_on=due_on)
        for org in sorted(agreement.parties):
            yield Review(agreement=agreement.id, org=org, role=Role.DATA_PROTECTION_LEAD, due_on=due_on)


_OFFICES = frozenset({AllianceRole.LEAD, AllianceRole.SECRETARIAT})
_OPEN_WHEN_SIGNED = frozenset({"signatories", "ended_on"})
