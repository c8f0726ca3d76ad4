"""What a receiver did not take on when it accepted in part, until somebody else was asked or nothing more is needed."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.codes import Need, ReferralState, TaskKind, TaskState
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import is_open
from app.domain.task import Task

_ASKS_NOBODY = frozenset({ReferralState.DRAFT, ReferralState.WITHDRAWN, ReferralState.ENTERED_IN_ERROR})


def needs_taken(referral: Referral, steps: Iterable[ReferralEvent]) -> frozenset[Need]:
    """Return the needs that the receiver took on; all of them while it has not accepted."""
    accepted = _acceptance(referral, steps)
    if accepted is None:
        return referral.needs
    return referral.needs & frozenset(Need(str(need)) for need in accepted.asked.get("accepted_needs", ()))


def needs_left(
    referral: Referral,
    steps: Iterable[ReferralEvent],
    *,
    others: Iterable[Referral] = (),
    tasks: Iterable[Task] = (),
) -> frozenset[Need]:
    """Return the needs of an accepted referral that nobody takes care of (`domain.md` 6.2, row 8).

    Args:
        referral: the accepted one.
        steps: the steps of the person's referrals.
        others: the person's other referrals; one that is open, or was written after the acceptance, takes its
            needs off.
        tasks: the person's tasks; a next step of this referral that is over says that nothing more is needed.
    """
    accepted = _acceptance(referral, steps)
    if accepted is None:
        return frozenset()
    left = referral.needs - needs_taken(referral, (accepted,))
    if not left:
        return frozenset()
    settled = (task for task in tasks if task.kind is TaskKind.NEXT_STEP and task.subject == referral.id)
    if any(task.state is not TaskState.OPEN for task in settled):
        return frozenset()
    for other in others:
        if other.id == referral.id or other.archived or other.state in _ASKS_NOBODY:
            continue
        if is_open(other.state) or other.created_at >= accepted.at:
            left -= other.needs
    return left


def _acceptance(referral: Referral, steps: Iterable[ReferralEvent]) -> ReferralEvent | None:
    accepted = (step for step in steps if step.referral == referral.id and step.to_state is ReferralState.ACCEPTED)
    return max(accepted, key=lambda step: (step.at, step.id), default=None)
