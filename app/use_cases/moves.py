"""Moving a referral along: the one place that turns a decision into a step, for every role and for the system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.bodies import plain
from app.domain.codes import ReferralState
from app.domain.consent import Answer
from app.domain.consent_loss import on_consent_loss
from app.domain.ids import SYSTEM
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import Actor as Side
from app.domain.referral_states import transition
from app.storage.unit_of_work import UnitOfWork


def move(
    work: UnitOfWork,
    referral: Referral,
    to: ReferralState,
    *,
    by: Side,
    reason: str = "",
    next_step: str = "",
    asked: Mapping[str, Any] | None = None,
    answer: Answer | None = None,
    is_judged_later: bool = False,
) -> Referral:
    """Take one step of a referral; the last two arguments are those of a re-route (`referral_states.transition`).

    Raises:
        BadTransitionError: it does not go there from where it is.
        BadInputError: something the step requires is missing.
    """
    history = [event for event in work.of_person(ReferralEvent, referral.person) if event.referral == referral.id]
    checked = transition(
        referral,
        to=to,
        by=by,
        reason=reason,
        next_step=next_step,
        asked=plain(dict(asked or {})),
        on=work.today,
        history=history,
        answer=answer,
        is_judged_later=is_judged_later,
    )
    is_system = by is Side.SYSTEM
    event = ReferralEvent(
        **work.header(),
        person=referral.person,
        referral=referral.referral_id,
        from_state=referral.state,
        to_state=to,
        at=work.now,
        by=SYSTEM if is_system else work.actor.user,
        by_name="" if is_system else work.actor.shown_name,
        reason=reason,
        next_step=next_step,
        asked=dict(checked),
    )
    return work.transition(referral, event)


def withdraw_what_lost_consent(work: UnitOfWork, held: PersonAggregate, alliance: Directory) -> int:
    """Withdraw the open referrals that consent no longer carries, in the transaction of what took it away.

    Args:
        work: that transaction.
        held: the person, with the event that was just recorded.
        alliance: the directory.
    """
    lost = on_consent_loss(held, directory=alliance, on=work.today)
    for referral, reason in lost:
        move(work, referral, ReferralState.WITHDRAWN, by=Side.SYSTEM, reason=reason.value)
    return len(lost)
