"""The figures of the charity, as this laptop's records tell them: for the page, and as a report to take away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain import access
from app.domain.access import Action, Reach
from app.domain.actor import Actor
from app.domain.clocks import london_day
from app.domain.codes import AuditAction
from app.domain.directory import Site
from app.domain.ids import SiteId
from app.domain.impact import EVERYBODY, Scope, Selection
from app.domain.impact_facts import month_of
from app.domain.impact_tables import Table, tables_of
from app.domain.policy import PolicyKey, policy_value
from app.errors import BadInputError, NotPermittedError
from app.storage import figures
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name
from app.use_cases.mentoring import policy_of

FIRST_MONTH = "2000-01"
"""Before any record."""


class Period(StrEnum):
    """The spans of whole calendar months that figures are shown of."""

    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    LAST_QUARTER = "last_quarter"
    TWELVE_MONTHS = "twelve_months"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What is shown.

    Attributes:
        selection: whose figures, and of which months.
        tables: everything that may be shown.
        is_empty: nobody and nothing is there to count.
        small: the number below which counts are not shown.
        scopes: the programmes and wards that can be looked at alone.
        sites: the names of sites, for wards.
        org_name: the charity.
        on: the day.
    """

    selection: Selection
    tables: tuple[Table, ...]
    is_empty: bool
    small: int
    scopes: tuple[Scope, ...]
    sites: Mapping[SiteId, str]
    org_name: str
    on: date


def is_permitted(actor: Actor) -> bool:
    """Answer whether the account may look: whose reports are of the charity, or of their own sites."""
    return access.permitted(actor.roles, Action.READ_REPORTS) in (Reach.ORGANISATION, Reach.SITES)


def may_report(actor: Actor) -> bool:
    """Answer whether the account may take a report away: only whose laptop holds the charity's records."""
    return access.permitted(actor.roles, Action.READ_REPORTS) is Reach.ORGANISATION


def months_of(period: Period, on: date) -> tuple[str, str]:
    """Return the first and the last calendar month of a period, as they are on a day."""
    match period:
        case Period.THIS_YEAR:
            return f"{on.year}-01", month_of(on)
        case Period.LAST_YEAR:
            return f"{on.year - 1}-01", f"{on.year - 1}-12"
        case Period.LAST_QUARTER:
            last = on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)
            return f"{last.year}-{last.month - 2:02}", month_of(last)
        case Period.TWELVE_MONTHS:
            last = on.replace(day=1) - timedelta(days=1)
            return month_of(on.replace(year=on.year - 1, day=1)), month_of(last)
        case Period.ALL:
            return FIRST_MONTH, month_of(on)


def report_months(period: Period, on: date) -> tuple[str, str]:
    """Return the first and the last month of a report: those of a period that are over.

    Raises:
        BadInputError: `report.no_whole_month`: in January no month of the year is over.
    """
    since, until = months_of(period, on)
    last_whole = month_of(on.replace(day=1) - timedelta(days=1))
    if last_whole < since:
        raise BadInputError("report.no_whole_month")
    return since, min(until, last_whole)


def prepare(vault: Vault, *, actor: Actor) -> int:
    """Take the figures of some of the people whose records changed; returns how many are left to be taken."""
    _require(actor)
    with vault.reading() as read:
        if not figures.stale_people(read.connection):
            return 0
    with vault.writing() as connection:
        return figures.take_facts(connection, actor.org)


def impact(
    vault: Vault, *, actor: Actor, now: datetime, period: Period = Period.THIS_YEAR, scope: Scope = EVERYBODY
) -> Impact:
    """Return the figures of a period; `prepare` was called until nothing was left.

    Raises:
        NotPermittedError: the account reads no such reports.
    """
    _require(actor)
    on = london_day(now)
    since, until = months_of(period, on)
    return _impact(vault, actor, on, Selection(since=since, until=until, scope=scope))


def report(vault: Vault, *, actor: Actor, now: datetime, period: Period) -> Impact:
    """Return the figures of a report to take away: of everybody, of whole months; the audit knows of it.

    Raises:
        NotPermittedError: the account may take no report away.
        BadInputError: as `report_months`.
    """
    if not may_report(actor):
        raise NotPermittedError
    on = london_day(now)
    since, until = report_months(period, on)
    made = _impact(vault, actor, on, Selection(since=since, until=until))
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.EXPORT, reason="impact")
    return made


def _impact(vault: Vault, actor: Actor, on: date, selection: Selection) -> Impact:
    with vault.reading() as read:
        alliance = directory(read)
        policy = policy_of(alliance, actor)
        stuck_days = policy_value(policy, PolicyKey.STUCK_DAYS)
        tally = figures.tally(read.connection, selection, on=on, stuck_days=stuck_days)
        scopes = figures.scopes(read.connection)
        sites = {SiteId(site.id): site.name for site in read.all(Site)}
    small = policy_value(policy, PolicyKey.SMALL_NUMBER)
    return Impact(
        selection=replace(selection, since=max(selection.since, _first_of(tally.months, selection))),
        tables=tables_of(tally, small=small),
        is_empty=tally.is_empty,
        small=small,
        scopes=scopes,
        sites=sites,
        org_name=organisation_name(alliance, actor.org),
        on=on,
    )


def _first_of(months: Mapping[str, object], selection: Selection) -> str:
    """Return the first month that says anything, for a period that has no beginning."""
    return min(months, default=selection.since) if selection.since == FIRST_MONTH else selection.since


def _require(actor: Actor) -> None:
    if not is_permitted(actor):
        raise NotPermittedError
