"""One page on its way into the tables: rows, search index, scopes and sums, in the transaction of its cursor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from app.domain.codes import RecordType
from app.domain.digest import NOTHING
from app.storage.digests import counted, move
from app.storage.exchange import Applied, PulledPage, PulledRow, RowKind
from app.storage.find import INDEXED, index_people
from app.storage.forgetting import forget_unheld
from app.storage.outbox import settle_record
from app.storage.tables import RECORD_TABLES

KNOWN_TYPES = {kind.value for kind in RECORD_TABLES}
# Values of many rows side by side in one piece, cut by SQLite: 10 000 rows of `rec_meta` take 16 ms, where a JSON list
# of them took 42 and a row after the other 56; whoever reads the next page meanwhile is held up once, not for each row.
_NEW_METAS = """
INSERT INTO rec_meta(rid, id, type, agg_id, rev, chash)
SELECT ?1 + e.key, substr(?2, e.key * 16 + 1, 16), ?3, substr(?4, e.key * 16 + 1, 16), e.value,
  substr(?5, e.key * 32 + 1, 32) FROM json_each(?6) e
"""
# Of each body, where it begins in the piece and how long it is, in one number.
_NEW_BODIES = """
INSERT INTO "{table}"(rid, agg_id, body)
SELECT ?1 + e.key, substr(?2, e.key * 16 + 1, 16), CAST(substr(?3, e.value >> 32, e.value & 4294967295) AS TEXT)
FROM json_each(?4) e
"""
# The same for rows that are here already: each entry is a row number and where its body stands.
_NEWER_BODIES = """
UPDATE "{table}" SET agg_id = substr(?1, e.key * 16 + 1, 16),
  body = CAST(substr(?2, (e.value ->> 1) >> 32, (e.value ->> 1) & 4294967295) AS TEXT)
FROM json_each(?3) e WHERE rid = e.value ->> 0
"""
_LOST_BODIES = """
SELECT e.key FROM json_each(?) e WHERE NOT EXISTS (SELECT 1 FROM "{table}" t WHERE t.rid = e.value)
"""
_NEWER_METAS = """
UPDATE rec_meta SET agg_id = substr(?1, e.key * 16 + 1, 16), chash = substr(?2, e.key * 32 + 1, 32), rev = e.value ->> 1
FROM json_each(?3) e WHERE rid = e.value ->> 0
"""
_FORGET_BASES = "DELETE FROM rec_base WHERE rid IN (SELECT value FROM json_each(?))"
_FORMER_PEOPLE = "SELECT DISTINCT m.agg_id FROM json_each(?) CROSS JOIN rec_meta m ON m.rid = value"
_JOIN_SCOPE = "INSERT OR IGNORE INTO rec_scope(sno, rid) SELECT ?1, value FROM json_each(?2)"


def write_page(connection: Connection, page: PulledPage, snos: Sequence[int]) -> Applied:
    """Write the rows of a page; `snos` are the numbers of its scopes here."""
    held = _held(connection, [row.id.bytes for row in page.rows])
    writing = _Page(connection, page, snos, held)
    # What is new here adds to the sums by itself; asking for it before and after would take as long as writing it.
    with counted(connection, list(held)):
        return writing.apply()


class _Page:
    """One page and what is held of it already."""

    def __init__(
        self, connection: Connection, page: PulledPage, snos: Sequence[int], held: dict[bytes, tuple[int, int | None]]
    ) -> None:
        self._connection = connection
        self._page = page
        self._snos = snos
        self._changed: set[RecordType] = set()
        self._people: set[UUID] = set()
        self._dropped = 0
        self._held = dict(held)
        self._edited = _edited(connection, held)

    def apply(self) -> Applied:
        here = set(self._held)
        self._write([row for row in self._page.rows if row.kind is RowKind.PRESENT])
        rest = [row for row in self._page.rows if row.kind is not RowKind.PRESENT]
        # New through one scope, and spoken of in another on the same page.
        with counted(self._connection, [row.id.bytes for row in rest if row.id.bytes not in here]):
            unknown = [row for row in rest if row.kind is RowKind.KNOWN and not self._confirm(row)]
            self._drop([row for row in rest if row.kind is RowKind.DROP])
        if self._people:
            index_people(self._connection, self._people)
        return Applied(
            changed=frozenset(self._changed),
            dropped=self._dropped,
            unknown=tuple((self._page.scopes[row.scope_index].id, row.id) for row in unknown),
        )

    def _write(self, rows: Sequence[PulledRow]) -> None:
        """Insert the new, update the older, leave what is as new or newer; then join them to their scopes."""
        fresh: dict[bytes, PulledRow] = {}
        newer: dict[bytes, PulledRow] = {}
        joined: list[tuple[int, bytes]] = []
        kinds: set[str] = set()
        for row in rows:
            record_id = row.id.bytes
            joined.append((self._snos[row.scope_index], record_id))
            held = self._held.get(record_id)
            if held is None:
                seen = fresh.get(record_id)
                if seen is None or (seen.rev or 0) <= (row.rev or 0):
                    fresh[record_id] = row
            elif self._page.repairs or held[1] is None or (row.rev or 0) > held[1]:
                newer[record_id] = row
                self._held[record_id] = (held[0], row.rev)
            else:
                continue
            kinds.add(row.record_type)
            if row.record_type in INDEXED:
                self._people.add(row.agg_id or row.id)
        self._changed |= {RecordType(kind) for kind in kinds & KNOWN_TYPES}
        self._replace(list(newer.values()))
        self._insert(fresh)
        for sno in {sno for sno, _ in joined}:
            self._join(sno, [self._held[record_id][0] for place, record_id in joined if place == sno])
        self._add_up(joined, fresh)

    def _insert(self, rows: dict[bytes, PulledRow]) -> None:
        """Insert rows that are not held, by their ids."""
        rid = self._connection.exec_driver_sql("SELECT coalesce(max(rid), 0) FROM rec_meta").scalar_one()
        by_kind: dict[str, list[tuple[bytes, PulledRow]]] = {}
        for record_id, row in rows.items():
            by_kind.setdefault(row.record_type, []).append((record_id, row))
        for kind, those in by_kind.items():
            first = rid + 1
            for record_id, row in those:
                rid += 1
                self._held[record_id] = (rid, row.rev)
            self._insert_kind(kind, first, those)

    def _insert_kind(self, kind: str, first: int, rows: Sequence[tuple[bytes, PulledRow]]) -> None:
        """Insert rows of one kind under numbers from `first` on."""
        ids = b"".join(record_id for record_id, _ in rows)
        aggregates = b"".join(_aggregate(row) for _, row in rows)
        hashes, revs = b"".join(row.chash for _, row in rows), _json([row.rev for _, row in rows])
        self._connection.exec_driver_sql(_NEW_METAS, (first, ids, kind, aggregates, hashes, revs))
        if kind not in KNOWN_TYPES:
            for _, row in rows:
                self._keep_unknown(row)
            return
        # Table names are those of RECORD_TABLES, never text from outside.
        statement = _NEW_BODIES.format(table=RECORD_TABLES[RecordType(kind)].__tablename__)
        bodies, places = _side_by_side(row for _, row in rows)
        self._connection.exec_driver_sql(statement, (first, aggregates, bodies, _json(places)))

    def _join(self, sno: int, rids: Sequence[int]) -> None:
        self._connection.exec_driver_sql(_JOIN_SCOPE, (sno, _json(rids)))

    def _add_up(self, joined: Sequence[tuple[int, bytes]], fresh: dict[bytes, PulledRow]) -> None:
        """Add what is new here to the sums of the scopes it came through."""
        added: dict[int, list[bytes]] = {}
        for sno, record_id in dict.fromkeys(joined):
            if record_id in fresh:
                added.setdefault(sno, []).append(fresh[record_id].digest)
        for sno, digests in added.items():
            move(self._connection, sno, NOTHING, NOTHING.plus(digests))

    def _replace(self, rows: Sequence[PulledRow]) -> None:
        """Take newer bodies of records that are held: those edited here one by one, all others kind by kind."""
        if not rows:
            return
        indexed = [self._rid(row) for row in rows if row.record_type in INDEXED]
        former = self._connection.exec_driver_sql(_FORMER_PEOPLE, (_json(indexed),)).scalars()
        self._people.update(UUID(bytes=agg_id) for agg_id in former)
        untouched: dict[str, list[PulledRow]] = {}
        for row in rows:
            if row.record_type not in KNOWN_TYPES:
                self._keep_unknown(row)
            elif row.id.bytes in self._edited:
                self._settle(row)
                continue
            untouched.setdefault(row.record_type, []).append(row)
        for kind, those in untouched.items():
            if kind in KNOWN_TYPES:
                self._replace_bodies(RECORD_TABLES[RecordType(kind)].__tablename__, those)
            self._note_revisions(those)

    def _replace_bodies(self, table: str, rows: Sequence[PulledRow]) -> None:
        rids = [self._rid(row) for row in rows]
        bodies, places = _side_by_side(rows)
        # Two people may have become one, and then two again: a record goes where the service says it hangs.
        aggregates = b"".join(_aggregate(row) for row in rows)
        numbered = _json(list(zip(rids, places, strict=True)))
        statement = _NEWER_BODIES.format(table=table)
        found = self._connection.exec_driver_sql(statement, (aggregates, bodies, numbered))
        if found.rowcount < len(rows):
            # Bodies were lost here: those rows are made again under their numbers.
            lost = self._connection.exec_driver_sql(_LOST_BODIES.format(table=table), (_json(rids),)).scalars().all()
            for place in lost:
                one = rows[place]
                self._connection.exec_driver_sql(
                    f'INSERT INTO "{table}"(rid, agg_id, body) VALUES (?, ?, ?)',  # noqa: S608 - of RECORD_TABLES
                    (rids[place], _aggregate(one), one.body.decode()),
                )
        self._connection.exec_driver_sql(_FORGET_BASES, (_json(rids),))

    def _settle(self, row: PulledRow) -> None:
        """Show what the service says with what was changed here on top."""
        settle_record(
            self._connection,
            row.id.bytes,
            row.rev or 0,
            msgspec.json.decode(row.body),
            even_older=self._page.repairs,
        )
        for table in ("rec_meta", RECORD_TABLES[RecordType(row.record_type)].__tablename__):
            hung = f'UPDATE "{table}" SET agg_id = ? WHERE rid = ?'  # noqa: S608 - of RECORD_TABLES
            self._connection.exec_driver_sql(hung, (_aggregate(row), self._rid(row)))

    def _note_revisions(self, rows: Sequence[PulledRow]) -> None:
        aggregates, hashes = b"".join(_aggregate(row) for row in rows), b"".join(row.chash for row in rows)
        numbered = _json([(self._rid(row), row.rev) for row in rows])
        self._connection.exec_driver_sql(_NEWER_METAS, (aggregates, hashes, numbered))

    def _rid(self, row: PulledRow) -> int:
        return self._held[row.id.bytes][0]

    def _confirm(self, row: PulledRow) -> bool:
        """An own op came back: the body is as it is here. False when that revision is not held."""
        held = self._held.get(row.id.bytes)
        if held is None:
            return False
        rid, rev = held
        self._join(self._snos[row.scope_index], [rid])
        if rev is None and row.rev is not None and row.id.bytes in self._edited:
            # Written here, confirmed by the feed before the answer to the push was read.
            self._connection.exec_driver_sql("UPDATE rec_meta SET rev = ? WHERE rid = ?", (row.rev, rid))
            return True
        return rev is not None and rev >= (row.rev or 0)

    def _drop(self, rows: Sequence[PulledRow]) -> None:
        rids = []
        for row in rows:
            held = self._held.get(row.id.bytes)
            if held is None:
                continue
            self._connection.exec_driver_sql(
                "DELETE FROM rec_scope WHERE sno = ? AND rid = ?", (self._snos[row.scope_index], held[0])
            )
            rids.append(held[0])
        types, people, count = forget_unheld(self._connection, rids)
        self._changed |= types
        self._people |= people
        self._dropped += count

    def _keep_unknown(self, row: PulledRow) -> None:
        self._connection.exec_driver_sql(
            "INSERT OR REPLACE INTO unknown_record(id, type, agg_id, rev, body) VALUES (?, ?, ?, ?, ?)",
            (row.id.bytes, row.record_type, _aggregate(row), row.rev or 0, row.body.decode()),
        )


def _held(connection: Connection, ids: Sequence[bytes]) -> dict[bytes, tuple[int, int | None]]:
    """Return row number and revision of the records that are held, by id."""
    # As one JSON list: 10 000 ids take 20 ms, where lists of parameters took 70 to build.
    wanted = _json([record_id.hex() for record_id in ids])
    rows = connection.exec_driver_sql(
        "SELECT m.id, m.rid, m.rev FROM json_each(?) CROSS JOIN rec_meta m ON m.id = unhex(value)", (wanted,)
    )
    return {record_id: (rid, rev) for record_id, rid, rev in rows}


def _edited(connection: Connection, ids: Collection[bytes]) -> set[bytes]:
    if not ids:
        return set()
    changed = "SELECT id FROM outbox WHERE state <> 'parked' UNION SELECT id FROM handed_op"
    return {*ids} & set(connection.exec_driver_sql(changed).scalars())


def _aggregate(row: PulledRow) -> bytes:
    return (row.agg_id or row.id).bytes


def _side_by_side(rows: Iterable[PulledRow]) -> tuple[bytes, list[int]]:
    """Return bodies in one piece, and of each where it begins and how long it is, in one number."""
    bodies = [row.body for row in rows]
    ends = accumulate(map(len, bodies), initial=1)
    return b"".join(bodies), [begins << 32 | len(body) for begins, body in zip(ends, bodies, strict=False)]


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()
