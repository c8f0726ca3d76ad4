"""What consent, agreements and referrals amount to for one person and each organisation, on one day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.clocks import start_of_london_day
from app.domain.codes import NoteLevel, PackageField, Purpose, ReferralState, Scope
from app.domain.consent import Answer, AnswerKind, effective
from app.domain.gate import permitted_fields, purpose_for
from app.domain.ids import OrganisationId
from app.domain.policy import PolicyKey, policy_value, requires_agreement
from app.domain.referral import Referral

HOLDING = frozenset({ReferralState.ACCEPTED, ReferralState.WAITING_LIST, ReferralState.IN_PROGRESS})
"""States in which the receiver is doing something for the person (`domain.md` 9.1)."""

UNSENT = frozenset({ReferralState.DRAFT, ReferralState.QUEUED})
"""States in which nothing has left the sender."""

CLOSED_REFERRAL_DAYS = 90
"""Days that an intake team keeps a closed referral (`sync.md` 2)."""

_TAKEN_BACK = frozenset({ReferralState.WITHDRAWN, ReferralState.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One person, the alliance and a London day, and what follows from them."""

    aggregate: PersonAggregate
    directory: Directory
    on: date

    def answer(self, org: OrganisationId, purpose: Purpose) -> Answer:
        """Return effective consent for an organisation and purpose."""
        return effective(
            self.aggregate.lines,
            org=org,
            purpose=purpose,
            on=self.on,
            grace_days=self.grace_days,
            voided=self.aggregate.voided,
        )

    def answer_for(self, referral: Referral) -> Answer:
        """Return effective consent for the receiver of a referral and the purpose it relies on."""
        return self.answer(referral.to_org, purpose_for(referral.needs))

    @property
    def home(self) -> OrganisationId | None:
        """Return the organisation that registered the person; None while only a withdrawal is known."""
        return None if self.aggregate.person is None else self.aggregate.person.org

    @property
    def grace_days(self) -> int:
        """Return the home organisation's `consent_grace_days`."""
        return self._policy(self.home, PolicyKey.CONSENT_GRACE_DAYS)

    def linger(self, org: OrganisationId) -> timedelta:
        """Return how long a person stays on an organisation's laptops after the last reason ended."""
        return timedelta(days=self._policy(org, PolicyKey.CASELOAD_LINGER_DAYS))

    def reading_ends(self, answer: Answer) -> datetime | None:
        """Return the moment from which a yes no longer opens reading: after its last day and the days of grace."""
        if answer.ends_on is None:
            return None
        return start_of_london_day(answer.ends_on + timedelta(days=self.grace_days + 1))

    def takes_part(self, org: OrganisationId) -> bool:
        """Answer whether anything may flow to an organisation: a member that has joined and not left."""
        known = self.directory.organisations.get(org)
        return known is not None and known.takes_part_on(self.on)

    def permitted(self, sender: OrganisationId, receiver: OrganisationId, purpose: Purpose) -> frozenset[PackageField]:
        """Return the fields that agreements let flow from `sender` to `receiver`."""
        known = self.directory.organisations.get(sender)
        return permitted_fields(
            self.directory.agreements,
            sender=sender,
            receiver=receiver,
            purpose=purpose,
            on=self.on,
            required=known is None or requires_agreement(known.policy),
        )

    def permitted_for(self, referral: Referral) -> frozenset[PackageField]:
        """Return the fields that agreements let flow with a referral.

        One that a partner makes onwards carries what the home organisation recorded: that paper counts as well.
        """
        purpose = purpose_for(referral.needs)
        permitted = self.permitted(referral.org, referral.to_org, purpose)
        if self.home in (None, referral.org):
            return permitted
        return permitted & self.permitted(self.home, referral.to_org, purpose)

    def sent_referrals(self, receiver: OrganisationId | None = None) -> Iterator[Referral]:
        """Yield the referrals that have left their sender and were not taken back, all or one receiver's."""
        for referral in self.aggregate.referrals:
            sent = referral.state not in UNSENT and not self.was_taken_back(referral)
            if sent and not referral.archived and receiver in (None, referral.to_org):
                yield referral

    def was_taken_back(self, referral: Referral) -> bool:
        """Answer whether a referral is withdrawn or entered in error, even when it was closed since."""
        return any(self.aggregate.has_reached(referral, state) for state in _TAKEN_BACK)

    def was_accepted(self, referral: Referral) -> bool:
        """Answer whether the receiver ever accepted a referral."""
        reached = self.aggregate.has_reached(referral, ReferralState.ACCEPTED)
        return reached or referral.state in HOLDING or referral.state is ReferralState.COMPLETED

    def is_readable(self, referral: Referral) -> bool:
        """Answer whether consent lets the receiver read a referral (class 6 of `domain.md` 4.2).

        After expiry, but never after a no, it is still read while the receiver holds the person.
        """
        answer = self.answer_for(referral)
        held_on = answer.kind is AnswerKind.EXPIRED and referral.state in HOLDING
        return answer.opens_reading or held_on

    def mentoring_partners(self) -> Iterator[OrganisationId]:
        """Yield the other organisations whose `mentoring` line is effective under an agreement for it."""
        home = self.home
        for org in self.directory.organisations:
            if home is None or org == home or not self.takes_part(org):
                continue
            opened = self.answer(org, Purpose.MENTORING).opens_reading
            if opened and self.permitted(home, org, Purpose.MENTORING):
                yield org

    def shares_notes(self, org: OrganisationId) -> bool:
        """Answer whether `casework` with `full_notes` opens notes between the home organisation and another.

        Notes are a field of the package like any other: the agreement must name them, and nobody have held them back.
        """
        answer = self.answer(org, Purpose.CASEWORK)
        agreed = answer.opens_reading and answer.scope is Scope.FULL_NOTES
        if self.home is None or not agreed or PackageField.SHARED_NOTES in answer.withheld:
            return False
        return PackageField.SHARED_NOTES in self.permitted(self.home, org, Purpose.CASEWORK)

    def shares_files(self, org: OrganisationId) -> bool:
        """Answer whether files that were ticked for partners flow with the notes: they are a field of their own."""
        if self.home is None or not self.shares_notes(org):
            return False
        if PackageField.ATTACHMENTS in self.answer(org, Purpose.CASEWORK).withheld:
            return False
        return PackageField.ATTACHMENTS in self.permitted(self.home, org, Purpose.CASEWORK)

    def files_of(self, org: OrganisationId) -> list[UUID]:
        """Return the files of an organisation that were ticked for partners; each is a compartment of its own."""
        shared = NoteLevel.PARTNERS_AGREED
        return [each.id for each in self.aggregate.attachments if each.org == org and each.level is shared]

    def _policy(self, org: OrganisationId | None, key: PolicyKey) -> int:
        known = None if org is None else self.directory.organisations.get(org)
        return policy_value({} if known is None else known.policy, key)
