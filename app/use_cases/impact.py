"""The figures of the charity, as this laptop's records or the central service tell them, and a report to take away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from app.domain import access
from app.domain.access import Action, Reach
from app.domain.actor import Actor
from app.domain.clocks import london_day
from app.domain.codes import AuditAction
from app.domain.directory import Site
from app.domain.ids import SiteId
from app.domain.impact import EVERYBODY, Scope, Selection
from app.domain.impact_tables import Figures, Table, figures_of, tables_of
from app.domain.periods import Period, months_of, whole_months_of
from app.domain.policy import PolicyKey, policy_value
from app.domain.told_figures import Whose
from app.errors import NotPermittedError
from app.storage import figures
from app.storage.told import told_of
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name
from app.use_cases.mentoring import policy_of


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
        members: the names of charities by id, for the alliance.
        whose: whom the central service counted; None for the records on this laptop.
        fetched_at: when its answer came.
    """

    selection: Selection
    tables: tuple[Table, ...]
    is_empty: bool
    small: int
    scopes: tuple[Scope, ...]
    sites: Mapping[SiteId, str]
    org_name: str
    on: date
    members: Mapping[str, str] = field(default_factory=dict)
    whose: Whose | None = None
    fetched_at: datetime | None = None


def is_permitted(actor: Actor) -> bool:
    """Answer whether the account may look at this laptop's: whose reports are of the charity, or of their own sites."""
    return access.permitted(actor.roles, Action.READ_REPORTS) in (Reach.ORGANISATION, Reach.SITES)


def may_report(actor: Actor) -> bool:
    """Answer whether the account may take a report away: only whose laptop holds the charity's records."""
    return access.permitted(actor.roles, Action.READ_REPORTS) is Reach.ORGANISATION


def may_look(actor: Actor) -> tuple[Whose, ...]:
    """Return whose figures of the central service the account may look at."""
    may = {
        Whose.ORGANISATION: access.permitted(actor.roles, Action.READ_REPORTS) is Reach.ORGANISATION,
        Whose.ALLIANCE: access.permitted(actor.roles, Action.READ_TOTALS) is not None,
    }
    return tuple(whose for whose in Whose if may[whose])


def prepare(vault: Vault, *, actor: Actor) -> int:
    """Take the figures of some of the people whose records changed; returns how many are left to be taken.

    Where the rules have changed since the sums were taken, it begins with everybody.
    """
    _require(actor)
    with vault.reading() as read:
        is_behind = figures.is_behind(read.connection)
        if not is_behind and not figures.stale_people(read.connection):
            return 0
    with vault.writing() as connection:
        if is_behind:
            figures.take_all_anew(connection)
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


def told(
    vault: Vault, *, actor: Actor, whose: Whose, period: Period = Period.THIS_YEAR, scope: Scope = EVERYBODY
) -> Impact | None:
    """Return what the central service last told, as it was kept; None where it has told nothing.

    A scope in which nobody was counted in the period is empty. The alliance is counted of one period alone.

    Raises:
        NotPermittedError: the account may not look at these figures.
    """
    if whose not in may_look(actor):
        raise NotPermittedError
    with vault.reading() as read:
        kept = told_of(read, whose)
        alliance = directory(read)
        sites = {SiteId(site.id): site.name for site in read.all(Site)}
    if kept is None:
        return None
    every = [each for each in kept.told if whose is Whose.ALLIANCE or each.period is period]
    whole = next((each for each in every if each.figures.selection.scope == EVERYBODY), None)
    if whole is None:
        return None
    found = next((each.figures for each in every if each.figures.selection.scope == scope), None)
    found = found or Figures(selection=replace(whole.figures.selection, scope=scope), tables=(), is_empty=True)
    return Impact(
        selection=found.selection,
        tables=found.tables,
        is_empty=found.is_empty,
        small=whole.small,
        scopes=tuple(sorted({each.figures.selection.scope for each in kept.told} - {EVERYBODY})),
        sites=sites,
        org_name=organisation_name(alliance, actor.org),
        on=whole.day,
        members={str(org): each.name for org, each in alliance.organisations.items()},
        whose=whose,
        fetched_at=kept.fetched_at,
    )


def report(vault: Vault, *, actor: Actor, now: datetime, period: Period) -> Impact:
    """Return the figures of a report to take away: of everybody, of whole months; the audit knows of it.

    Raises:
        NotPermittedError: the account may take no report away.
        BadInputError: as `whole_months_of`.
    """
    if not may_report(actor):
        raise NotPermittedError
    on = london_day(now)
    since, until = whole_months_of(period, on)
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
        first = figures.first_month(read.connection, selection.scope)
        sites = {SiteId(site.id): site.name for site in read.all(Site)}
    small = policy_value(policy, PolicyKey.SMALL_NUMBER)
    shown = figures_of(tally, selection, tables_of(tally, small=small), first=first)
    return Impact(
        selection=shown.selection,
        tables=shown.tables,
        is_empty=shown.is_empty,
        small=small,
        scopes=scopes,
        sites=sites,
        org_name=organisation_name(alliance, actor.org),
        on=on,
    )


def _require(actor: Actor) -> None:
    if not is_permitted(actor):
        raise NotPermittedError
