"""Totals of the alliance: how far people came with each charity, as it may be told to one of them (`domain.md` 10).

Counted is who said yes to being counted (the purpose `service_improvement`, `domain.md` 4.2), in whole months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import Purpose
from app.domain.ids import OrganisationId
from app.domain.impact_facts import STEPS, Step, facts_of, month_of
from app.domain.partners import Outlook
from app.domain.suppression import Kept, Shown, ShownSteps, suppress_steps

Way = tuple[int, ...]
"""How many people came to each step and no further, in the order of `STEPS`."""

NOBODY: Way = (0,) * len(STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What one charity is told.

    Attributes:
        own: its own people.
        members: every other charity that takes part.
        others: all of those together.
        alliance: everybody; a count is hidden wherever its own or the others' is.
    """

    own: ShownSteps
    members: Mapping[OrganisationId, ShownSteps]
    others: ShownSteps
    alliance: ShownSteps


def counted_step(held: PersonAggregate, *, org: OrganisationId, directory: Directory, on: date) -> Step | None:
    """Return how far somebody whom a charity registered came; None when they do not count.

    Args:
        held: the person.
        org: the charity.
        directory: the alliance.
        on: London day; who was registered in its month does not count yet.
    """
    facts = facts_of(held, org=org)
    if facts is None or not facts.met or facts.met >= month_of(on):
        return None
    answer = Outlook(aggregate=held, directory=directory, on=on).answer(org, Purpose.SERVICE_IMPROVEMENT)
    return facts.step if answer.opens_new else None


def totals_for(viewer: OrganisationId, ways: Mapping[OrganisationId, Way]) -> Totals:
    """Return the totals as one charity may see them.

    It knows its own people anyway, and could take them off a total: so what is hidden of the others is hidden among the
    others alone, as if its own counts were shown.

    Args:
        viewer: who is told.
        ways: of every charity that takes part.
    """
    own, _ = suppress_steps({viewer: ways.get(viewer, NOBODY)})
    theirs = {org: way for org, way in ways.items() if org != viewer}
    members, others = suppress_steps(theirs or {viewer: NOBODY})
    return Totals(
        own=own[viewer],
        members={org: members[org] for org in theirs},
        others=others,
        alliance=ShownSteps(
            reached=_sums(own[viewer].reached, others.reached), lost=_sums(own[viewer].lost, others.lost)
        ),
    )


def _sums(own: tuple[Shown, ...], others: tuple[Shown, ...]) -> tuple[Shown, ...]:
    return tuple(
        Kept.HIDDEN if isinstance(one, Kept) or isinstance(other, Kept) else one + other
        for one, other in zip(own, others, strict=True)
    )
