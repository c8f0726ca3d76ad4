"""The directory as the rules take it, read from the records of every organisation and kept while nothing changes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from app.domain.aggregate import Directory
from app.domain.agreement import Agreement
from app.domain.bodies import KINDS, record_of
from app.domain.clocks import BankHolidays
from app.domain.codes import RecordType
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.ids import OrganisationId
from app.domain.organisation import Organisation
from app.domain.record import Record
from app.domain.user import User
from sync.central.database import PgConnection
from sync.central.scopes import site_of
from sync.central.tables import TYPE_NAMES

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alliance:
    """Everything the rules need that is not a person's.

    Attributes:
        stamp: changes with every change of what is in here.
        directory: reference records, accounts and site scopes.
        wording_hashes: hashes of every wording that was ever approved.
        records: every reference record and account by id, with its kind.
    """

    stamp: str
    directory: Directory
    wording_hashes: frozenset[str]
    records: Mapping[UUID, Record] = field(default_factory=dict)

    def organisation_name(self, org: OrganisationId) -> str:
        """Return the name of an organisation, empty when it is not known."""
        found = self.directory.organisations.get(org)
        return "" if found is None else found.name


class AllianceReader:
    """Reads the directory once for each of its states; safe to share between threads."""

    def __init__(self, holidays: BankHolidays) -> None:
        """Take the bank holidays, which ship with the program."""
        self.holidays = holidays
        self._lock = threading.Lock()
        self._held: Alliance | None = None

    def read(self, connection: PgConnection) -> Alliance:
        """Return the directory as this transaction sees it."""
        stamp = _one(connection, "SELECT directory_stamp()")
        with self._lock:
            held = self._held
        if held is not None and held.stamp == stamp:
            return held
        fresh = _load(connection, stamp)
        with self._lock:
            self._held = fresh
        return fresh


def _load(connection: PgConnection, stamp: str) -> Alliance:
    records: dict[UUID, Record] = {}
    by_kind: dict[RecordType, list[Record]] = defaultdict(list)
    for record_id, number, body in connection.execute("SELECT id, type, body FROM directory_records()"):
        kind = TYPE_NAMES[number]
        if kind in KINDS:
            record = record_of(KINDS[kind], record_id, body)
            records[record_id] = record
            by_kind[kind].append(record)
    keys = connection.execute("SELECT key FROM directory_site_scopes()").fetchall()
    wordings = _of(by_kind[RecordType.CONSENT_WORDING], ConsentWording)
    directory = Directory(
        organisations={
            record.organisation_id: record for record in _of(by_kind[RecordType.ORGANISATION], Organisation)
        },
        services={_key(record): record for record in _of(by_kind[RecordType.SERVICE], Service)},
        agreements=tuple(_of(by_kind[RecordType.AGREEMENT], Agreement)),
        sites={_key(record): record for record in _of(by_kind[RecordType.SITE], Site)},
        site_scopes=frozenset(site_of(key) for (key,) in keys),
        users={record.user_id: record for record in _of(by_kind[RecordType.USER], User)},
    )
    hashes = frozenset(wording.hash for wording in wordings if wording.state != "draft")
    return Alliance(stamp=stamp, directory=directory, wording_hashes=hashes, records=records)


def _of(records: list[Record], kind: type[R]) -> list[R]:
    return [record for record in records if isinstance(record, kind)]


def _key(record: Record) -> Any:
    return record.id


def _one(connection: PgConnection, query: str) -> str:
    found = connection.execute(query).fetchone()
    assert found is not None
    return str(found[0])
