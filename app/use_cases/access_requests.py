"""People who ask what is held of them: written down, looked through for others' words, given, and done with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

import resources
from app.domain import access
from app.domain.access import Action
from app.domain.access_pack import (
    PACKED,
    Held,
    Look,
    Pack,
    Passage,
    PassageId,
    is_packed,
    pack_json,
    passages_of,
    scrubbed,
    without,
    words_of,
)
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.clocks import add_months, london_day
from app.domain.codes import AuditAction, RecordType, Role, TaskKind, TaskState
from app.domain.fhir.person import Words
from app.domain.fhir.person_bundle import OfPerson, person_bundle
from app.domain.ids import OrganisationId, PersonId, RecordId, SiteId
from app.domain.package_values import PersonFacts, recorded_values
from app.domain.partners import Outlook
from app.domain.person import Person
from app.domain.referral import Referral
from app.domain.task import Task
from app.errors import BadInputError, NotFoundError
from app.storage import find, lists
from app.storage.audit import about_person
from app.storage.held import Held as HeldHere
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, mentoring_aggregate, organisation_name
from app.use_cases.consents import day_of
from app.use_cases.names import names_of

ACCESS: Final = "access_request"
"""The reason under which it stands in the audit."""

MOST_FOUND: Final = 10
DRAFT: Final = "access_request"
"""The page under which decisions wait until the pack is given."""

_LABELS: Final = ("need", "relationship_kind", "injury_level", "cause", "ais", "purpose", "referral_state")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Somebody a request may be from: name and date of birth, which a data protection lead holds of everybody."""

    person_id: PersonId
    name: str
    dob: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request in the list.

    Attributes:
        is_late: the month is over.
        is_open: it was not answered yet.
    """

    task_id: RecordId
    person_id: PersonId
    name: str
    received_on: date
    due_on: date
    is_late: bool
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One request as its page shows it.

    Attributes:
        row: the request.
        has_arrived: the service opened the whole record for this laptop, and all of it is here.
        passages: what has to be looked at, oldest first.
        decided: what was decided so far: given, or left out.
        records: how many records go into the pack.
        looks: how many lines the list of who looked has.
    """

    row: RequestRow
    has_arrived: bool
    passages: tuple[Passage, ...]
    decided: Mapping[PassageId, bool]
    records: int
    looks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A pack with everything that its files are made of.

    Attributes:
        pack: what is told, for the sheet.
        json, fhir: the files as they are written.
        names: organisations and sites by id, for words.
    """

    pack: Pack
    json: bytes
    fhir: bytes
    names: Mapping[str, str]


def find_for_request(vault: Vault, *, actor: Actor, typed: str) -> tuple[FoundPerson, ...]:
    """Return people of the charity whose name begins with what was typed, at most ten."""
    access.require(actor.roles, Action.ASK_FOR_RIGHTS)
    with vault.reading() as read:
        ids = find.people_of(read.connection, find.find_people(read.connection, typed))
        people = read.of_people(Person, ids)
    found = [person for each in ids for person in people.get(each, []) if person.org == actor.org]
    return tuple(
        FoundPerson(person_id=PersonId(each.id), name=each.full_name, dob=each.dob or "") for each in found[:MOST_FOUND]
    )


def ask_for_access(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, received_on: date | None) -> Task:
    """Write down that somebody asked what is held of them; the answer is due one calendar month after.

    Raises:
        BadInputError: `access_request.received_on.<problem>`; `.person.duplicate` while one is open.
        NotFoundError: the person is not held here, or is another charity's.
    """
    access.require(actor.roles, Action.ASK_FOR_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        person = work.get(Person, person_id)
        if person.org != actor.org:
            raise NotFoundError("person.not_found")
        if received_on is None:
            raise BadInputError.at(ACCESS, "received_on", "required")
        if received_on > work.today:
            raise BadInputError.at(ACCESS, "received_on", "in_future")
        if any(_is_request(each) and each.state is TaskState.OPEN for each in work.of_person(Task, person_id)):
            raise BadInputError.at(ACCESS, "person", "duplicate")
        task = Task(
            **work.header(),
            kind=TaskKind.ACCESS_REQUEST,
            person=person_id,
            # The day from which the month runs; the due day may be moved once a longer time was told.
            rule=received_on.isoformat(),
            for_role=Role.DATA_PROTECTION_LEAD,
            due_on=add_months(received_on, 1),
        )
        work.create(task)
        work.audit(AuditAction.CREATE, person=person_id, reason=ACCESS)
        return task


def requests(vault: Vault, *, actor: Actor, now: datetime) -> tuple[RequestRow, ...]:
    """Return the requests that are held: open ones first, the soonest due at the top.

    Raises:
        NotPermittedError: only the data protection lead sees them.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.reading() as read:
        tasks = [each for each in read.all(Task) if _is_request(each) and each.org == actor.org]
        names = names_of(read, {each.person for each in tasks if each.person is not None})
    rows = [_row(each, names, london_day(now)) for each in tasks]
    return tuple(sorted(rows, key=lambda row: (not row.is_open, row.due_on, row.task_id)))


def request_view(vault: Vault, *, actor: Actor, now: datetime, task_id: RecordId) -> RequestView:
    """Open a request with everything that has to be looked at; the look at the record is kept in the audit.

    Raises:
        NotFoundError: it is not held here.
        NotPermittedError: only the data protection lead answers it.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        task, person_id = _open_request(work, actor, task_id)
        work.audit(AuditAction.OPEN_PERSON, person=person_id, reason=ACCESS)
        records = _records(work, actor.org, person_id)
        return RequestView(
            row=_row(task, names_of(work, {person_id}), work.today),
            has_arrived=_has_arrived(vault, work, task),
            passages=tuple(passages_of(records)),
            decided=_decided(work, actor, task_id),
            records=len(records),
            looks=len(_looks(work, actor, person_id, "")),
        )


def keep_decisions(
    vault: Vault, *, actor: Actor, now: datetime, task_id: RecordId, decided: Mapping[PassageId, bool]
) -> None:
    """Keep what was decided about passages so far, on this laptop; over a lock too."""
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        work.save_draft(DRAFT, task_id, {str(place): given for place, given in decided.items()})


def give_pack(
    vault: Vault, *, actor: Actor, now: datetime, task_id: RecordId, decided: Mapping[PassageId, bool]
) -> Given:
    """Return the pack; that it was given stands in the audit. The request stays open until `close_request`.

    Raises:
        BadInputError: `access_request.passages.required`: words that may be others' were not looked at.
        NotFoundError: the request is not held here, or was answered.
        NotPermittedError: only the data protection lead releases it.
    """
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        task, person_id = _open_request(work, actor, task_id)
        records = _records(work, actor.org, person_id)
        passages = tuple(passages_of(records))
        if any(each.place not in decided for each in passages):
            raise BadInputError.at(ACCESS, "passages", "required")
        left_out = frozenset(place for place, given in decided.items() if not given)
        kept_back = words_of(each for each in passages if each.place in left_out)
        alliance = directory(work)
        pack = Pack(
            organisation=organisation_name(alliance, actor.org),
            received_on=date.fromisoformat(task.rule),
            records=tuple(without(records, left_out, kept_back)),
            sent=tuple(
                (to, service, at, scrubbed(package, kept_back))
                for to, service, at, package in _sent(work, alliance, actor.org, person_id)
            ),
            looks=_looks(work, actor, person_id, organisation_name(alliance, actor.org)),
            left_out=_counted(passages, left_out),
        )
        work.audit(AuditAction.EXPORT, person=person_id, reason=ACCESS)
        made_at = now.isoformat(timespec="seconds").replace("+00:00", "Z")
        bundle = scrubbed(_bundle(work, alliance, person_id, now, left_out), kept_back)
    return Given(
        pack=pack,
        json=msgspec.json.format(msgspec.json.encode(pack_json(pack, made_at=made_at)), indent=2),
        fhir=msgspec.json.format(msgspec.json.encode(bundle), indent=2),
        names=_names(alliance),
    )


def close_request(vault: Vault, *, actor: Actor, now: datetime, task_id: RecordId) -> None:
    """Say that the request was answered: what the request opened leaves this laptop with the next exchange."""
    access.require(actor.roles, Action.RELEASE_RIGHTS)
    with vault.transaction(actor=actor, now=now) as work:
        _, person_id = _open_request(work, actor, task_id)
        work.change(Task, task_id, fields={"state": TaskState.DONE})
        work.drop_draft(DRAFT, task_id)
        work.audit(AuditAction.CHANGE, person=person_id, reason=ACCESS)


def _is_request(task: Task) -> bool:
    return task.kind is TaskKind.ACCESS_REQUEST and task.person is not None and bool(task.rule)


def _open_request(read: Reader, actor: Actor, task_id: RecordId) -> tuple[Task, PersonId]:
    task = read.get(Task, task_id)
    if not _is_request(task) or task.org != actor.org or task.state is not TaskState.OPEN or task.person is None:
        raise NotFoundError("access_request.not_found")
    return task, task.person


def _row(task: Task, names: Mapping[UUID, str], on: date) -> RequestRow:
    assert task.person is not None
    is_open = task.state is TaskState.OPEN
    return RequestRow(
        task_id=task.id,
        person_id=task.person,
        name=names.get(task.person, ""),
        received_on=date.fromisoformat(task.rule),
        due_on=task.due_on,
        is_late=is_open and task.due_on < on,
        is_open=is_open,
    )


def _has_arrived(vault: Vault, read: Reader, task: Task) -> bool:
    """Answer whether the service knows of the request, and everything it had for this laptop is here."""
    scopes = HeldHere(vault).scopes()
    if not scopes:
        return True  # A laptop without a service holds everything there is.
    return task.id not in read.unconfirmed(RecordType.TASK) and all(scope.at_head for scope in scopes)


def _records(read: Reader, org: OrganisationId, person_id: PersonId) -> list[Held]:
    order = {kind.TYPE: place for place, kind in enumerate(PACKED)}
    records = read.everything_of(person_id, PACKED)
    held = [
        Held(id=each.id, kind=each.TYPE, org=OrganisationId(each.org), body=read.body(each.TYPE, each.id) or {})
        for each in records
    ]
    packed = [each for each in held if is_packed(each, org)]
    return sorted(packed, key=lambda each: (order[each.kind], each.id))


def _decided(read: Reader, actor: Actor, task_id: RecordId) -> dict[PassageId, bool]:
    kept = lists.drafts(read.connection, actor.user)
    body = next((each.values for each in kept if each.page == DRAFT and each.subject == task_id), {})
    found = {}
    for key, given in body.items():
        record, _, name = key.partition(":")
        found[PassageId(UUID(record), name)] = bool(given)
    return found


def _sent(
    read: Reader, alliance: Directory, org: OrganisationId, person_id: PersonId
) -> tuple[tuple[str, str, str, Mapping[str, object]], ...]:
    referrals = [each for each in read.of_person(Referral, person_id) if each.org == org and each.sent_at is not None]
    return tuple(
        (
            organisation_name(alliance, each.to_org),
            alliance.services[each.to_service].name if each.to_service in alliance.services else "",
            str((read.body(RecordType.REFERRAL, each.id) or {}).get("sent_at", "")),
            each.package,
        )
        for each in referrals
    )


def _looks(read: Reader, actor: Actor, person_id: PersonId, organisation: str) -> tuple[Look, ...]:
    counted: Counter[tuple[date, str, str]] = Counter()
    for body in about_person(read.connection, person_id, actor.device):
        on = london_day(datetime.fromisoformat(body["at"]))
        counted[on, body["created_role"], body["action"]] += 1
    looks = [
        Look(on=on, organisation=organisation, role=role, action=action, count=count)
        for (on, role, action), count in counted.items()
    ]
    return tuple(sorted(looks, key=lambda look: (-look.on.toordinal(), look.role, look.action)))


def _counted(passages: tuple[Passage, ...], left_out: frozenset[PassageId]) -> tuple[tuple[RecordType, str, int], ...]:
    counted = Counter((each.kind, each.place.field) for each in passages if each.place in left_out)
    return tuple((kind, name, count) for (kind, name), count in sorted(counted.items()))


def _bundle(
    read: Reader, alliance: Directory, person_id: PersonId, now: datetime, left_out: frozenset[PassageId]
) -> dict[str, object]:
    held = mentoring_aggregate(read, person_id)
    assert held.person is not None
    facts = PersonFacts(
        person=held.person,
        injury=held.injury,
        contacts=held.contacts,
        stays=held.stays,
        # Who is close to somebody is told or left out as a whole.
        relationships=tuple(each for each in held.relationships if PassageId(each.id, "other_person") not in left_out),
        site_names={SiteId(site): each.name for site, each in alliance.sites.items()},
        goals=tuple(goal.text for goal in held.goals if not goal.archived),
    )
    outlook = Outlook(aggregate=held, directory=alliance, on=day_of(held, now))
    told = OfPerson(
        person=held.person, package=recorded_values(facts, {}), held=held, outlook=outlook, directory=alliance
    )
    return person_bundle(told, now=now, words=Words({name: resources.labels(name) for name in _LABELS}))


def _names(alliance: Directory) -> dict[str, str]:
    named = {str(key): each.name for key, each in alliance.organisations.items()}
    named |= {str(key): each.name for key, each in alliance.sites.items()}
    return named | {str(key): each.name for key, each in alliance.services.items()}
