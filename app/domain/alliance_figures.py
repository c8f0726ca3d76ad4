"""The figures of the whole alliance, as they may be told to one charity (`domain.md` 10).

Counted is who said yes to being counted (the purpose `service_improvement`, `domain.md` 4.2), in whole months.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import chain

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.codes import Purpose
from app.domain.ids import OrganisationId
from app.domain.impact import Addend, Dimension, Selection, Tally, first_month, tally_of
from app.domain.impact_facts import PersonFacts, month_of
from app.domain.impact_tables import Figures, figures_of, joint_tables_of
from app.domain.partners import Outlook
from app.domain.periods import Period, whole_months_of

ALLIANCE_PERIOD = Period.ALL
"""The only period: figures of two periods could be taken off each other, and what is left may be one person."""


def counts_jointly(
    held: PersonAggregate, facts: PersonFacts, *, org: OrganisationId, directory: Directory, on: date
) -> bool:
    """Answer whether somebody whom a charity registered counts in the figures of the alliance.

    Args:
        held: the person.
        facts: what they add to the charity's own figures.
        org: the charity.
        directory: the alliance.
        on: London day; who was registered in its month does not count yet.
    """
    if not facts.met or facts.met >= month_of(on):
        return False
    answer = Outlook(aggregate=held, directory=directory, on=on).answer(org, Purpose.SERVICE_IMPROVEMENT)
    return answer.opens_new


def alliance_figures_for(
    viewer: OrganisationId, sums: Mapping[OrganisationId, Iterable[Addend]], *, on: date
) -> Figures:
    """Return the figures of the alliance as one charity may see them.

    Args:
        viewer: who is told; it knows its own people anyway.
        sums: of every charity that takes part, what those add that count jointly.
        on: London day.
    """
    since, until = whole_months_of(ALLIANCE_PERIOD, on)
    selection = Selection(since=since, until=until)
    held = {org: tuple(of) for org, of in sums.items()}
    tallies = {org: tally_of(of, selection, on=on) for org, of in held.items()}
    by_charity = {org: _met(tally) for org, tally in tallies.items()}

    def of(members: Iterable[OrganisationId]) -> Tally:
        counted = set(members)
        tally = tally_of(chain.from_iterable(held[org] for org in counted), selection, on=on)
        charities = {str(org): by_charity[org] if org in counted else (0, 0) for org in held}
        return replace(tally, groups={**tally.groups, Dimension.CHARITY: charities})

    whole = of(held)
    tables = joint_tables_of(whole, own=of(held.keys() & {viewer}), others=of(held.keys() - {viewer}))
    # The year and not the month: in the first month there may have been one person.
    first = first_month(chain.from_iterable(held.values()))[:4]
    return figures_of(whole, selection, tables, first=f"{first}-01" if first else "")


def _met(tally: Tally) -> tuple[int, int]:
    """Return how many people were met of whom no service took them on, and how many one did."""
    counts = tally.groups.get(Dimension.NATION, {}).values()
    return sum(missed for missed, _ in counts), sum(reached for _, reached in counts)
