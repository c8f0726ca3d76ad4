"""Agreements between members: which paper permits what to flow, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from app.domain.codes import AgreementKind, AgreementState, PackageField, Purpose, RecordType
from app.domain.ids import OrganisationId
from app.domain.record import Cls, Identity, Line, Lww, Record

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
class Agreement(Record):
    """One version of a signed paper; a change is a new version."""

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
    def may_permit(self) -> bool:
        """Whether a paper of this kind can let anything flow at all."""
        return self.kind in PERMITS_SHARING

    def is_review_near(self, on: date) -> bool:
        """Answer whether a paper that is in force, or on its way, is to be looked at now."""
        days = [day for day in (self.review_on, self.to_on, self.ended_on) if day is not None]
        waits = self.state(on) in (AgreementState.ACTIVE, AgreementState.DRAFT)
        return waits and min(days) - on <= REVIEW_NOTICE

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
