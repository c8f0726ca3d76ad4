"""Trying to reach somebody a team was asked to help: each try with its day and way, the limit, and what follows.

A try is a done task of the receiver's team (`contact_try`): the whole team reads it, nobody else does, and it leaves
the laptops with the person. The sender hears of the tries when the referral ends as `could_not_contact`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.codes import ReferralState, TaskKind
from app.domain.ids import ReferralId
from app.domain.referral_steps import LEAST_TRIES, TRIES_OVER_DAYS
from app.domain.task import Task

REACHED_FOR = frozenset({ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.WAITING_LIST})
"""States from which a referral may end as `could_not_contact` (`domain.md` 6.2, row 14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One try: the London day and the way, a slug of `may_use` or `visit`."""

    on: date
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """How far trying has come.

    Attributes:
        tries: every try, oldest first.
        days: on how many different days.
        gives_up_from: the first day on which it may end as "could not be reached": at least `LEAST_TRIES` days over
            `TRIES_OVER_DAYS` days; None while nobody tried.
        is_enough: the tries made so far are enough.
    """

    tries: tuple[Try, ...] = ()
    days: int = 0
    gives_up_from: date | None = None
    is_enough: bool = False

    @property
    def days_left(self) -> int:
        """On how many more days somebody has to try."""
        return max(0, LEAST_TRIES - self.days)


NOBODY_TRIED = Reaching()
"""Nobody tried yet, or nobody has to."""


def reaching(tasks: Iterable[Task], referral: ReferralId, *, since: date | None = None) -> Reaching:
    """Return how far trying to reach the person of one referral has come, from a day on when one is given."""
    mine = [
        task
        for task in tasks
        if task.kind is TaskKind.CONTACT_TRY and task.subject == referral and (since is None or task.due_on >= since)
    ]
    tries = tuple(
        Try(on=task.due_on, way=task.rule)
        for task in sorted(mine, key=lambda task: (task.due_on, task.created_at, task.id))
        if not task.archived
    )
    if not tries:
        return NOBODY_TRIED
    days = {each.on for each in tries}
    first, last = tries[0].on, tries[-1].on
    over = first + timedelta(days=TRIES_OVER_DAYS)
    is_enough = len(days) >= LEAST_TRIES and last >= over
    return Reaching(tries=tries, days=len(days), gives_up_from=over, is_enough=is_enough)
