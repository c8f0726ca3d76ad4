"""Giving work to a colleague where there is no network, and taking it (`domain.md` 9.4).

What travels is decided here from what the vault holds; how it is sealed and signed is the exchange's affair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import aggregate_of
from app.domain.bodies import KINDS, record_of
from app.domain.codes import AuditAction, RecordType, TaskState
from app.domain.directory import Site
from app.domain.handing import (
    HANDED_KINDS,
    HANDED_OPS,
    MOST_PEOPLE,
    compartments_for,
    may_be_handed,
    may_hand_over,
    what_may_go,
)
from app.domain.ids import DeviceId, PersonId, UserId
from app.domain.note import Signpost
from app.domain.person import Person
from app.domain.record import Record
from app.domain.task import Task
from app.domain.user import User
from app.errors import BadInputError, NotPermittedError, VaultError
from app.storage import handed
from app.storage.exchange import FrozenOp
from app.storage.handed import HandedRow, KnownKey, OpenedFile, Origin
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import OF_A_PERSON, directory
from app.use_cases.today import is_mine

_KINDS = (*OF_A_PERSON, Signpost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody on one laptop who can be given work.

    Attributes:
        name: shown name of the account.
        laptop: how the organisation calls the laptop.
        check: twenty digits that are the same on both laptops as long as nobody stands between them.
        is_changed: another laptop's key came in its place; nothing is sealed to it.
    """

    key: KnownKey
    name: str
    laptop: str
    check: str
    is_changed: bool

    @property
    def place(self) -> tuple[DeviceId, UserId]:
        """Which laptop, and who."""
        return self.key.device, self.key.user


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody whose work can be given away: what is only here, and what waits."""

    person_id: PersonId
    name: str
    unsent: int
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the page offers.

    Attributes:
        own_check: the digits of whoever is signed in here, empty before the laptop has told the service its key.
    """

    people: tuple[Candidate, ...]
    colleagues: tuple[Colleague, ...]
    own_check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What goes into one file.

    Attributes:
        rows: every record, as it lies here.
        lane_epoch, lanes: the unsent changes about them, by lane.
        left_out: how many records of these people the colleague may not hold by role and sites.
    """

    people: tuple[PersonId, ...]
    rows: tuple[HandedRow, ...]
    lane_epoch: UUID
    lanes: dict[int, list[FrozenOp]]
    left_out: int

    @property
    def unsent(self) -> int:
        """How many changes are in it."""
        return sum(map(len, self.lanes.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that was opened, believed and read, and not yet taken in."""

    origin: Origin
    people: tuple[PersonId, ...]
    rows: tuple[HandedRow, ...]
    ops: tuple[FrozenOp, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an opened file brought.

    Attributes:
        from_name: shown name of the colleague who gave it.
        people: whom it is about, by id, with names.
        added: how many records are new on this laptop.
        changes: how many changes wait to be passed on to the service.
        kinds: kinds of record that changed here.
    """

    from_name: str
    made_at: datetime
    people: tuple[tuple[PersonId, str], ...]
    added: int
    changes: int
    kinds: frozenset[RecordType] = field(default_factory=frozenset)


def is_permitted(actor: Actor) -> bool:
    """Answer whether somebody may give work away and take it."""
    return access.permitted(actor.roles, Action.HAND_OVER) is not None


def check_digits(key: KnownKey) -> str:
    """Return what two colleagues read to each other: twenty digits of the keys of one laptop and one person."""
    digest = hashlib.sha256(b"alongside-check-v1" + key.device.bytes + key.device_key + key.exchange).digest()
    digits = f"{int.from_bytes(digest[:16], 'big') % 10**20:020d}"
    return " ".join(digits[place : place + 5] for place in range(0, 20, 5))


def choices(vault: Vault, *, actor: Actor, now: datetime, first: PersonId | None = None) -> Choices:
    """Return whose work can be given away, the most pressing first, and to whom.

    Args:
        vault: the open vault.
        actor: who gives it.
        now: the present moment.
        first: somebody who shall be offered whatever waits.

    Raises:
        NotPermittedError: the account does not hand over work.
    """
    if not is_permitted(actor):
        raise NotPermittedError
    with vault.reading() as read:
        keys = handed.known_keys(read.connection)
        own = next((key for key in keys if (key.device, key.user) == (actor.device, actor.user)), None)
        return Choices(
            people=_candidates(read, actor, first),
            colleagues=tuple(_colleagues(read, keys, actor, now)),
            own_check="" if own is None else check_digits(own),
        )


def gather(read: Reader, *, actor: Actor, to: KnownKey, people: Iterable[PersonId], now: datetime) -> Gathered:
    """Return what one colleague is given of some people.

    Raises:
        NotPermittedError: this account does not hand over work.
        BadInputError: `hand_over.people.required`, `.out_of_range`, or `.not_permitted` when the colleague's role and
            sites do not cover one of them; `hand_over.colleague.not_permitted`.
    """
    if not is_permitted(actor):
        raise NotPermittedError
    chosen = tuple(dict.fromkeys(people))
    if not chosen:
        raise BadInputError.at("hand_over", "people", "required")
    if len(chosen) > MOST_PEOPLE:
        raise BadInputError.at("hand_over", "people", "out_of_range", most=MOST_PEOPLE)
    account = read.find(User, to.user)
    if account is None or account.org != actor.org or not may_hand_over(account, now) or to.state != handed.KNOWN:
        raise BadInputError.at("hand_over", "colleague", "not_permitted")
    alliance = directory(read)
    records: list[Record] = []
    left_out = 0
    for person in chosen:
        everything = read.everything_of(person, _KINDS)
        aggregate = aggregate_of(person, everything)
        may_go = what_may_go(everything, compartments_for(aggregate, alliance, account, now))
        if not may_be_handed(aggregate, actor.org) or not any(isinstance(record, Person) for record in may_go):
            raise BadInputError.at("hand_over", "people", "not_permitted")
        left_out += len(everything) - len(may_go)
        records += may_go
    epoch, lanes = handed.ops_about(read.connection, {record.id for record in records})
    return Gathered(
        people=chosen,
        rows=(*_new_sites(read, lanes), *handed.bodies_of(read.connection, records)),
        lane_epoch=epoch,
        lanes=lanes,
        left_out=left_out,
    )


def note_given(work: UnitOfWork, gathered: Gathered, to: KnownKey) -> None:
    """Enter in the audit whose records left with a file, and to whom, in the transaction that writes the file."""
    for person in gathered.people:
        work.audit(AuditAction.HAND_OVER, person=person, reason="given", detail=f"{to.user} {to.device}")


def take(vault: Vault, arrived: Arrived, *, actor: Actor, now: datetime) -> Taken:
    """Take in a file, all of it or nothing; the audit says whose records came.

    Raises:
        NotPermittedError: this account takes no such work.
        BadInputError: `hand_over.opened_before`, or `hand_over.not_covered` when role and sites do not cover all of it.
        VaultError: `hand_over.damaged`: it is signed, and makes no sense.
    """
    origin = arrived.origin
    if not is_permitted(actor):
        raise NotPermittedError
    with vault.transaction(actor=actor, now=now) as work:
        before = handed.opened_before(work.connection, origin.sha)
        if before is not None:
            raise BadInputError("hand_over.opened_before", at=before.isoformat())
        _check_covered(work, arrived, actor, now)
        try:
            added = handed.take_in(work.connection, origin, arrived.rows, arrived.ops, now=now)
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise VaultError("hand_over.damaged") from error
        for person in arrived.people:
            detail = f"{origin.from_user} {origin.from_device}"
            work.audit(AuditAction.HAND_OVER, person=person, reason="opened", detail=detail)
        names = {person: work.get(Person, person).full_name for person in arrived.people}
        giver = work.find(User, UserId(origin.from_user))
    return Taken(
        from_name="" if giver is None else giver.shown_name,
        made_at=origin.made_at,
        people=tuple(names.items()),
        added=added,
        changes=len(arrived.ops),
        kinds=frozenset(row.record.TYPE for row in arrived.rows),
    )


def note_refused(vault: Vault, *, actor: Actor, now: datetime, code: str) -> None:
    """Enter in the audit that a file was not opened, and why; nothing in it was read."""
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.REFUSED, reason=code)


def opened_files(vault: Vault, *, actor: Actor) -> tuple[tuple[str, OpenedFile], ...]:
    """Return the files that this account opened here with who gave each, newest first."""
    files = handed.opened_files(vault, actor.user)
    with vault.reading() as read:
        names = {file.from_user: read.find(User, file.from_user) for file in files}
    return tuple((account.shown_name if (account := names[file.from_user]) else "", file) for file in files)


def row_of(kind: str, record_id: UUID, agg_id: UUID, body: dict[str, object]) -> HandedRow:
    """Return a record as it lay in a file.

    Raises:
        VaultError: `hand_over.newer`: a kind of record this version does not know; `hand_over.damaged`: it is none.
    """
    with suppress(ValueError):
        known = RecordType(kind)
        if known is not RecordType.SITE and known not in HANDED_KINDS:
            raise VaultError("hand_over.damaged")
        try:
            record = record_of(KINDS[known], record_id, body)
        except msgspec.ValidationError as error:
            raise VaultError("hand_over.damaged") from error
        if record.aggregate != agg_id:
            raise VaultError("hand_over.damaged")
        return HandedRow(record=record, body=dict(body))
    raise VaultError("hand_over.newer")


def _candidates(read: Reader, actor: Actor, first: PersonId | None) -> tuple[Candidate, ...]:
    tasks: dict[UUID, int] = {}
    for task in read.all(Task):
        if task.person is not None and task.state is TaskState.OPEN and is_mine(task, actor):
            tasks[task.person] = tasks.get(task.person, 0) + 1
    wanted = {*handed.people_with_unsent(read.connection), *tasks, *([first] if first is not None else [])}
    people = [each[0] for each in read.of_people(Person, wanted).values()]
    unsent = handed.unsent_changes(read.connection, wanted)
    found = [
        Candidate(
            person_id=person.person_id,
            name=person.full_name,
            unsent=unsent.get(person.id, 0),
            tasks=tasks.get(person.id, 0),
        )
        for person in people
        if may_be_handed(aggregate_of(person.person_id, (person,)), actor.org)
    ]
    found.sort(key=lambda each: (each.person_id != first, not each.unsent, each.name.casefold()))
    return tuple(found)


def _colleagues(read: Reader, keys: Sequence[KnownKey], actor: Actor, now: datetime) -> list[Colleague]:
    found = []
    for key in keys:
        account = read.find(User, key.user)
        is_self = (key.device, key.user) == (actor.device, actor.user)
        if is_self or key.state == handed.GONE or account is None or account.org != actor.org:
            continue
        if may_hand_over(account, now):
            found.append(
                Colleague(
                    key=key,
                    name=account.shown_name,
                    laptop=key.name,
                    check=check_digits(key),
                    is_changed=key.state == handed.CHANGED,
                )
            )
    return sorted(found, key=lambda each: (each.name.casefold(), each.laptop.casefold()))


def _new_sites(read: Reader, lanes: dict[int, list[FrozenOp]]) -> list[HandedRow]:
    """Return sites that only this laptop knows: somebody may stay at one."""
    ids = {op.record_id for ops in lanes.values() for op in ops if op.record_type is RecordType.SITE}
    sites = [site for each in sorted(ids) if (site := read.find(Site, each)) is not None]
    return handed.bodies_of(read.connection, sites)


def _check_covered(work: UnitOfWork, arrived: Arrived, actor: Actor, now: datetime) -> None:
    """Refuse a file in which anything lies that this account may not hold, or that is about somebody not named."""
    account = work.find(User, actor.user)
    if account is None or not may_hand_over(account, now):
        raise NotPermittedError
    alliance = directory(work)
    by_person: dict[UUID, list[Record]] = {person: [] for person in arrived.people}
    for row in arrived.rows:
        if isinstance(row.record, Site):
            continue
        if row.record.aggregate not in by_person:
            raise VaultError("hand_over.damaged")
        by_person[row.record.aggregate].append(row.record)
    for person, records in by_person.items():
        # What this laptop knows already counts too, and before what the file says: a person may have been restricted.
        held = {record.id: record for record in (*records, *work.everything_of(PersonId(person), _KINDS))}
        aggregate = aggregate_of(PersonId(person), held.values())
        covered = compartments_for(aggregate, alliance, account, now)
        if not may_be_handed(aggregate, actor.org) or len(what_may_go(records, covered)) != len(records):
            raise BadInputError("hand_over.not_covered")
    known = {row.record.id for row in arrived.rows}
    if any(op.record_id not in known or op.kind not in HANDED_OPS for op in arrived.ops):
        raise VaultError("hand_over.damaged")
