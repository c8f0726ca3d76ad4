"""What time alone does to a referral: silence ends it, and what was completed closes (domain.md 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.domain.clocks import london_day, start_of_london_day
from app.domain.codes import RecordType, ReferralState
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import transition
from app.domain.referral_steps import CLOSES_AFTER_DAYS, EXPIRES_AFTER_DAYS, Actor
from sync.central.overlay import Locked, Overlay
from sync.central.person_rows import referral_of, steps_of
from sync.central.service_records import service_step

_UNDECIDED = frozenset({ReferralState.SENT, ReferralState.RECEIVED, ReferralState.INFO_NEEDED})


def run_clocks(overlay: Overlay, aggregate: Locked, *, cause: UUID, now: datetime, on: date) -> bool:
    """Take the steps that time alone takes (domain.md 6.2, rows 17 and 18); return whether there were any."""
    ran = False
    for row in aggregate.of_type(RecordType.REFERRAL):
        referral, steps = referral_of(row), steps_of(aggregate, referral_of(row))
        due = clock_of(referral, steps)
        if due is None or on < due[0]:
            continue
        asked = transition(referral, to=due[1], by=Actor.SYSTEM, asked={}, on=on, history=steps)
        step = service_step(referral, due[1], cause=cause, now=now)
        overlay.insert_record(aggregate.agg_id, replace(step, asked=asked), op=cause)
        overlay.revise(row, {**row.body, "state": due[1].value}, op=cause)
        ran = True
    return ran


def next_clock(aggregate: Locked) -> datetime | None:
    """Return when time alone moves a referral next."""
    referrals = (referral_of(row) for row in aggregate.of_type(RecordType.REFERRAL))
    dues = (clock_of(referral, steps_of(aggregate, referral)) for referral in referrals)
    return min((start_of_london_day(due[0]) for due in dues if due is not None), default=None)


def clock_of(referral: Referral, steps: Iterable[ReferralEvent]) -> tuple[date, ReferralState] | None:
    """Return on which London day time moves a referral, and where to; None when it does not."""
    newest = max((step.at for step in steps), default=referral.sent_at)
    if newest is None:
        return None
    if referral.state is ReferralState.COMPLETED:
        return london_day(newest) + timedelta(days=CLOSES_AFTER_DAYS), ReferralState.CLOSED
    if referral.state in _UNDECIDED and referral.decide_due is not None:
        quiet = max(newest, referral.decide_due)
        return london_day(quiet) + timedelta(days=EXPIRES_AFTER_DAYS), ReferralState.EXPIRED
    return None
