"""What losing consent, or a death, does to referrals that are under way (`domain.md` 6.6)."""

from __future__ import annotations

from datetime import date

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import ConsentKind, PersonStatus, ReferralState, WithdrawalReason
from app.domain.consent import AnswerKind
from app.domain.partners import Outlook
from app.domain.referral import Referral
from app.domain.referral_states import is_open

_NOT_YET_ACCEPTED = frozenset({ReferralState.SENT, ReferralState.RECEIVED, ReferralState.INFO_NEEDED})

_RUNS_ON = frozenset({AnswerKind.YES, AnswerKind.LAPSED, AnswerKind.EXPIRED})


def on_consent_loss(
    aggregate: PersonAggregate, *, directory: Directory, on: date
) -> tuple[tuple[Referral, WithdrawalReason], ...]:
    """Return the open referrals that the system withdraws now, each with its reason.

    A death withdraws every open one. A no, or a yes that was taken back as a mistake, withdraws every open one
    that relied on it; an expired yes only those that nobody has accepted yet. Drafts stay: they cannot pass the
    gate. A referral sent under an override does not rely on consent.
    """
    outlook = Outlook(aggregate=aggregate, directory=directory, on=on)
    lost = ((referral, _reason(outlook, referral)) for referral in aggregate.referrals if is_open(referral.state))
    return tuple((referral, reason) for referral, reason in lost if reason is not None)


def recalled_on_lapse(aggregate: PersonAggregate, *, directory: Directory, on: date) -> tuple[Referral, ...]:
    """Return the queued referrals that go back to draft with `gate_consent`, because their yes has ended."""
    outlook = Outlook(aggregate=aggregate, directory=directory, on=on)
    ended = (AnswerKind.LAPSED, AnswerKind.EXPIRED)
    return tuple(
        referral
        for referral in aggregate.referrals
        if referral.state is ReferralState.QUEUED
        and outlook.answer_for(referral).kind in ended
        and not _is_overridden(aggregate, referral)
    )


def _reason(outlook: Outlook, referral: Referral) -> WithdrawalReason | None:
    person = outlook.aggregate.person
    if person is not None and person.status is PersonStatus.DIED:
        return WithdrawalReason.PERSON_DIED
    if _is_overridden(outlook.aggregate, referral):
        return None
    kind = outlook.answer_for(referral).kind
    if kind not in _RUNS_ON:
        return WithdrawalReason.CONSENT_WITHDRAWN
    if kind is AnswerKind.EXPIRED and referral.state in _NOT_YET_ACCEPTED:
        return WithdrawalReason.CONSENT_EXPIRED
    return None


def _is_overridden(aggregate: PersonAggregate, referral: Referral) -> bool:
    return any(
        event.kind is ConsentKind.OVERRIDE and event.override_for == referral.id for event in aggregate.consent_events
    )
