"""What losing consent, or a death, does to referrals and matches that are under way (`domain.md` 5.5, 6.6, 7.4)."""

from __future__ import annotations

from datetime import date

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import (
    ConsentKind,
    MatchDeclineReason,
    MatchEndReason,
    MatchState,
    PersonStatus,
    Purpose,
    ReferralState,
    WithdrawalReason,
)
from app.domain.consent import AnswerKind
from app.domain.match import Match
from app.domain.match_states import BEFORE_ACTIVE, RUNNING
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


def on_match_loss(
    aggregate: PersonAggregate, *, directory: Directory, on: date
) -> tuple[tuple[Match, MatchState, str], ...]:
    """Return the matches that the system ends or declines now, each with where it goes and the coded reason.

    A match rests on the mentee's `mentoring` line for its organisation: a no, or a yes that expired, ends a running
    one and declines any other that the mentee was asked about; a lapsed yes lets it run on. One that is only
    suggested or approved goes by a no alone: nobody has been asked yet. A death ends them all.
    """
    outlook = Outlook(aggregate=aggregate, directory=directory, on=on)
    person = aggregate.person
    has_died = person is not None and person.status is PersonStatus.DIED
    lost = []
    for match in aggregate.matches:
        if has_died or _has_lost_mentoring(outlook, match):
            reason = MatchEndReason.DIED if has_died else MatchEndReason.CONSENT_WITHDRAWN
            if match.state in RUNNING:
                lost.append((match, MatchState.ENDED, reason.value))
            elif match.state in BEFORE_ACTIVE:
                lost.append((match, MatchState.DECLINED, MatchDeclineReason.CONSENT_LOST.value))
    return tuple(lost)


def _has_lost_mentoring(outlook: Outlook, match: Match) -> bool:
    answer = outlook.answer(match.org, Purpose.MENTORING)
    if match.state in (MatchState.SUGGESTED, MatchState.APPROVED):
        return answer.kind is AnswerKind.NO
    return not answer.opens_reading


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
