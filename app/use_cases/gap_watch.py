"""Nobody in a gap: the list of people nobody holds, the list of whom to ask again, and what is done about a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory, PersonAggregate, aggregate_of
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, PersonStatus, Role, TaskKind, TaskState
from app.domain.consent_event import ConsentWording
from app.domain.gaps import Cause, GapRow, gap_row
from app.domain.ids import OrganisationId, PersonId
from app.domain.match import Match, MatchEvent
from app.domain.mentoring import Goal, MenteeProfile
from app.domain.partners import Outlook
from app.domain.person import Stay
from app.domain.reask import REASONS, Asked, Reask, reask
from app.domain.record import Record
from app.domain.task import Task
from app.errors import BadInputError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import OF_A_PERSON, directory, organisation_name
from app.use_cases.consents import day_of

_KINDS: tuple[type[Record], ...] = (*OF_A_PERSON, Match, MatchEvent, MenteeProfile, Goal)

TAKEN_ON_DAYS = 2
"""Days in which a gap that was taken on is looked at again (`domain.md` 4.4, `gap`: 2 working days)."""

LEAST_REASON = 10
"""Letters that a reason for leaving somebody without a holder has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where somebody is, as a list shows it: site, ward, bed, and the day they may leave."""

    name: str
    site: str
    ward: str
    bed: str
    leaves_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLine:
    """One person on the gap watch.

    Attributes:
        person_id, where: whom.
        causes: every reason with the day since which it holds, most pressing first.
        org_names: the name of each organisation that a cause names.
        last_contact: the newest day on which anybody did something, None when nobody ever did.
        taken_by: name of the colleague who has taken it on, empty when nobody has.
        taken_until: the day by which they look at it.
    """

    person_id: PersonId
    where: Where
    causes: tuple[Cause, ...]
    org_names: Mapping[OrganisationId, str]
    last_contact: date | None
    taken_by: str = ""
    taken_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaskLine:
    """One person to ask again about one organisation."""

    person_id: PersonId
    where: Where
    org_name: str
    line: Reask


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Both lists, each in its order."""

    gaps: tuple[GapLine, ...]
    asks: tuple[ReaskLine, ...]


def watch(vault: Vault, *, actor: Actor, now: datetime) -> Watch:
    """Return whom nobody holds and whom to ask again, among the organisation's own people on this laptop.

    Raises:
        NotPermittedError: the role reads nobody's contact details.
    """
    access.require(actor.roles, Action.READ_CONTACT)
    with vault.reading() as read:
        alliance = directory(read)
        aggregates = _active(read.all_of(_KINDS), actor.org)
        wordings = read.all(ConsentWording)
    looked = [(held, *_looked_at(held, alliance, wordings, now)) for held in aggregates]
    gaps = sorted(((row, held) for held, _, row in looked if row is not None), key=lambda each: each[0].order)
    asks = (_ask_line(held, each, alliance) for held, due, _ in looked for each in due)
    return Watch(
        gaps=tuple(_gap_line(row, held, alliance) for row, held in gaps),
        asks=tuple(sorted(asks, key=_ask_order)),
    )


def gap_of(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> GapLine | None:
    """Return one person's row, None when nothing is missing any more."""
    access.require(actor.roles, Action.READ_CONTACT)
    with vault.reading() as read:
        alliance = directory(read)
        found = _active(read.everything_of(person_id, _KINDS), actor.org)
        wordings = read.all(ConsentWording)
    for held in found:
        _, row = _looked_at(held, alliance, wordings, now)
        return None if row is None else _gap_line(row, held, alliance)
    return None


def _looked_at(
    held: PersonAggregate, alliance: Directory, wordings: Iterable[ConsentWording], now: datetime
) -> tuple[tuple[Reask, ...], GapRow | None]:
    on = day_of(held, now)
    due = _reasks(held, alliance, wordings, on)
    outlook = Outlook(aggregate=held, directory=alliance, on=on)
    return due, gap_row(outlook, now=now, reask_since=[each.due_on for each in due])


def take_on(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId) -> None:
    """Take a gap on: colleagues see who looks at it, and it stands under this person's own tasks."""
    access.require(actor.roles, Action.KEEP_TASKS)
    with vault.transaction(actor=actor, now=now) as work:
        on = london_day(now)
        _close_open(work, person_id)
        work.create(_gap_task(work, person_id, actor, due_on=on + timedelta(days=TAKEN_ON_DAYS)))
        work.audit(AuditAction.CHANGE, person=person_id, reason="gap")


def drop_gap(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, reason: str) -> None:
    """Take a person off the list with a reason; a cause that begins later brings them back.

    Raises:
        BadInputError: `task.note.required`: the reason says too little.
    """
    access.require(actor.roles, Action.KEEP_TASKS)
    words = " ".join(reason.split())
    if len(words) < LEAST_REASON:
        raise BadInputError.at("task", "note", "required")
    with vault.transaction(actor=actor, now=now) as work:
        on = london_day(now)
        _close_open(work, person_id)
        work.create(_gap_task(work, person_id, actor, due_on=on, note=words, state=TaskState.DROPPED))
        work.audit(AuditAction.CHANGE, person=person_id, reason="gap")


def _gap_task(
    work: UnitOfWork,
    person: PersonId,
    actor: Actor,
    *,
    due_on: date,
    note: str = "",
    state: TaskState = TaskState.OPEN,
) -> Task:
    return Task(
        **work.header(), kind=TaskKind.GAP, person=person, for_user=actor.user, due_on=due_on, note=note, state=state
    )


def _close_open(work: UnitOfWork, person: PersonId) -> None:
    for task in work.of_person(Task, person):
        if task.kind is TaskKind.GAP and task.state is TaskState.OPEN:
            work.change(Task, task.id, fields={"state": TaskState.DONE})


def _active(found: Iterable[Record], org: OrganisationId) -> list[PersonAggregate]:
    """Return the organisation's own active people among records that were read in one go."""
    records: dict[UUID, list[Record]] = defaultdict(list)
    for record in found:
        records[record.aggregate].append(record)
    aggregates = (aggregate_of(PersonId(person), held) for person, held in records.items())
    return [
        held
        for held in aggregates
        if held.person is not None and held.person.org == org and held.person.status is PersonStatus.ACTIVE
    ]


def _reasks(
    held: PersonAggregate, alliance: Directory, wordings: Iterable[ConsentWording], on: date
) -> tuple[Reask, ...]:
    assert held.person is not None, "only people with a record are on the list"
    home = alliance.organisations.get(held.person.org)
    asked = Asked(
        person=held.person,
        events=held.consent_events,
        stays=held.stays,
        organisations=alliance.organisations,
        services=tuple(alliance.services.values()),
        wordings=tuple(wordings),
        policy={} if home is None else home.policy,
    )
    return reask(asked, on=on)


def _where(held: PersonAggregate, alliance: Directory) -> Where:
    assert held.person is not None, "only people with a record are on the list"
    stay: Stay | None = next((each for each in held.stays if each.is_open and not each.archived), None)
    site = None if stay is None else alliance.sites.get(stay.site)
    return Where(
        name=held.person.full_name or held.person.called,
        site="" if site is None else site.name,
        ward="" if stay is None else stay.ward,
        bed="" if stay is None else stay.bed,
        leaves_on=None if stay is None else stay.expected_discharge_on,
    )


def _gap_line(row: GapRow, held: PersonAggregate, alliance: Directory) -> GapLine:
    taken = row.taken_by
    user = None if taken is None or taken.for_user is None else alliance.users.get(taken.for_user)
    return GapLine(
        person_id=row.person.person_id,
        where=_where(held, alliance),
        causes=row.causes,
        org_names={each.org: organisation_name(alliance, each.org) for each in row.causes if each.org is not None},
        last_contact=row.last_contact,
        taken_by="" if user is None else user.shown_name,
        taken_until=None if taken is None else taken.due_on,
    )


def _ask_line(held: PersonAggregate, line: Reask, alliance: Directory) -> ReaskLine:
    return ReaskLine(
        person_id=held.person_id,
        where=_where(held, alliance),
        org_name=organisation_name(alliance, line.org),
        line=line,
    )


def _ask_order(line: ReaskLine) -> tuple[str, str, date, int, str]:
    """Sort by site, ward, discharge day and reason (`domain.md` 9.2), the way of a round."""
    where = line.where
    return (where.site, where.ward, where.leaves_on or date.max, REASONS.index(line.line.reason), where.name.casefold())


COORDINATES = frozenset({Role.COORDINATOR, Role.OUTREACH_WORKER})
"""Roles whose navigation holds the gap watch."""
