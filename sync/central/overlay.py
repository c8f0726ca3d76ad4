"""What a write transaction has in its hands: the rows of the locked aggregates as they were and as they will be."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from app.domain.aggregate import cls_of, compartment_of, owner_of
from app.domain.bodies import KINDS, Body, body_of, record_of
from app.domain.canonical import canonical, text_hash
from app.domain.codes import RecordType
from app.domain.ids import OrganisationId
from app.domain.record import Record

PERSON_TYPES = frozenset(
    {
        RecordType.PERSON,
        RecordType.STAY,
        RecordType.INJURY,
        RecordType.CONTACT_POINT,
        RecordType.RELATIONSHIP,
        RecordType.CONSENT_EVENT,
        RecordType.REFERRAL,
        RecordType.REFERRAL_EVENT,
        RecordType.CASE_NOTE,
        RecordType.ATTACHMENT,
        RecordType.SHARE_CARD,
        RecordType.PERSON_MERGE,
        RecordType.SAME_PERSON,
        RecordType.REMOVAL_RECEIPT,
        RecordType.MENTOR_PROFILE,
        RecordType.MENTEE_PROFILE,
        RecordType.GOAL,
        RecordType.MATCH,
        RecordType.MATCH_EVENT,
        RecordType.SESSION,
        RecordType.PULSE_ANSWER,
        RecordType.MATCH_CARD,
        RecordType.OUTCOME_MEASURE,
        RecordType.CONCERN,
        RecordType.CONCERN_STEP,
        RecordType.EQUALITY_ANSWERS,
    }
)
"""Kinds that hang on a person: an aggregate that holds one is a person's."""

Access = dict[tuple[UUID, UUID, int], datetime | None]
"""The access list of one aggregate: (scope, owner, class) to the moment it ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored record.

    Attributes:
        agg_id, id, type: which.
        owner, cls: its compartment (`app.domain.aggregate`).
        rev: its revision, 0 before it was first stored.
        body: its body.
        stamps: field to the stamp of its last writer.
        last_op: the op that made this revision.
        chash: SHA-256 of the body's canonical JSON.
        as_pushed: the pushing device has this very body already.
        made: the record of that body, where it was made already.
        text: the body's canonical JSON, where it was written already.
        is_new: an op makes it here and now, and no record has its id: nothing stands in its way, and no feed lists it.
    """

    agg_id: UUID
    id: UUID
    type: RecordType
    owner: UUID
    cls: int
    rev: int
    body: Body
    stamps: dict[str, str]
    last_op: UUID
    chash: bytes
    as_pushed: bool = False
    made: Record | None = field(default=None, repr=False, compare=False)
    text: bytes = field(default=b"", repr=False, compare=False)
    is_new: bool = field(default=False, compare=False)

    @property
    def org(self) -> OrganisationId:
        """The organisation it belongs to."""
        return OrganisationId(UUID(self.body["org"]))

    def record(self) -> Record:
        """Return the record."""
        return self.made or record_of(KINDS[self.type], self.id, self.body)


@dataclass(slots=True)
class Locked:
    """One locked aggregate.

    Attributes:
        agg_id: which.
        home_org: the organisation that registered it.
        state: `active`, or `erased`.
        opened: this device may write here.
        had: its organisation once held this and lost it: a stop is still taken from it, and nothing else.
        made: it was made by this very transaction.
        stood: home organisation and state as they were stored.
        is_whole: every row of it is loaded; else only those that ops name.
        before: rows as they were stored.
        rows: rows as they will be stored.
        access: the access list as stored.
        next_due: when time alone changes the access list.
        is_joined: it became part of another in this transaction, or stands alone again.
    """

    agg_id: UUID
    home_org: OrganisationId
    state: str
    opened: bool
    had: bool
    made: bool
    is_whole: bool
    before: dict[UUID, Row] = field(default_factory=dict)
    rows: dict[UUID, Row] = field(default_factory=dict)
    access: Access = field(default_factory=dict)
    next_due: datetime | None = None
    is_joined: bool = False
    stood: tuple[OrganisationId, str] | None = None

    @property
    def is_person(self) -> bool:
        """Whether this is a person with everything that hangs on them."""
        return any(row.type in PERSON_TYPES for row in self.rows.values())

    @property
    def is_open(self) -> bool:
        """Whether anything at all may be written here."""
        return self.opened or self.had

    def changed(self) -> list[Row]:
        """Return the rows that differ from what is stored."""
        return [row for row_id, row in self.rows.items() if self.before.get(row_id) is not row]

    def of_type(self, kind: RecordType) -> list[Row]:
        """Return the rows of one kind."""
        return [row for row in self.rows.values() if row.type is kind]


class Overlay:
    """The locked aggregates; a group of changes can be undone as one."""

    def __init__(
        self,
        aggregates: Iterable[Locked],
        aliases: Mapping[UUID, UUID] | None = None,
        places: Mapping[UUID, Mapping[UUID, str]] | None = None,
    ) -> None:
        """Take the aggregates as loaded, the ids of merged persons that now mean another, and mentors' places.

        `places` holds, for each mentor that is locked, the states of their matches as stored, by match.
        """
        self.places = places or {}
        self.aggregates: dict[UUID, Locked] = {aggregate.agg_id: aggregate for aggregate in aggregates}
        self._aliases = aliases or {}
        self._undo: list[Callable[[], None]] = []

    def find(self, agg_id: UUID) -> Locked | None:
        """Return an aggregate by its id, or by one it had before a merge."""
        return self.aggregates.get(self._aliases.get(agg_id, agg_id) if self._aliases else agg_id)

    def put(self, row: Row) -> Row:
        """Take a row as it shall be stored."""
        aggregate = self.aggregates[row.agg_id]
        self._remember(aggregate, row.id)
        aggregate.rows[row.id] = row
        return row

    def move(self, row: Row, to: Locked, body: Body, *, op: UUID) -> Row:
        """Take a row out of its aggregate and into another, as a revision of its own."""
        former = self.aggregates[row.agg_id]
        self._remember(former, row.id)
        del former.rows[row.id]
        owner, cls = place_of(row.type, row.id, body)
        stored = former.before.get(row.id) or to.before.get(row.id)
        rev = (0 if stored is None else stored.rev) + 1
        text = canonical(body)
        place = (to.agg_id, row.id, row.type, owner, cls)
        moved = Row(*place, rev, body, row.stamps, op, text_hash(text), text=text)
        return self.put(moved)

    def set_state(self, aggregate: Locked, state: str) -> None:
        """Note that an aggregate became part of another, or stands alone again: who holds it is asked anew."""
        former, was_joined = aggregate.state, aggregate.is_joined

        def undo() -> None:
            aggregate.state, aggregate.is_joined = former, was_joined

        self._undo.append(undo)
        aggregate.state, aggregate.is_joined = state, True

    def moves(self) -> dict[tuple[UUID, UUID], list[UUID]]:
        """Return which stored rows have another aggregate now: (from, to) to their ids."""
        found: dict[tuple[UUID, UUID], list[UUID]] = {}
        if not any(aggregate.is_joined for aggregate in self.aggregates.values()):
            return found
        stored = {row_id: each.agg_id for each in self.aggregates.values() for row_id in each.before}
        for aggregate in self.aggregates.values():
            for row_id in aggregate.rows:
                if stored.get(row_id, aggregate.agg_id) != aggregate.agg_id:
                    found.setdefault((stored[row_id], aggregate.agg_id), []).append(row_id)
        return found

    def _remember(self, aggregate: Locked, row_id: UUID) -> None:
        former = aggregate.rows.get(row_id)

        def undo() -> None:
            if former is None:
                aggregate.rows.pop(row_id, None)
            else:
                aggregate.rows[row_id] = former

        self._undo.append(undo)

    def mark(self) -> int:
        """Return a point to which `undo_to` goes back."""
        return len(self._undo)

    def undo_to(self, mark: int) -> None:
        """Take back every change made since a mark."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def insert(
        self,
        agg_id: UUID,
        record: Record,
        body: Body,
        *,
        op: UUID,
        stamps: dict[str, str] | None = None,
        as_pushed: bool = False,
        is_new: bool = False,
    ) -> Row:
        """Take a new record with its body."""
        owner, cls, text = owner_of(record), int(cls_of(record)), canonical(body)
        chash, made = text_hash(text), record
        place = (agg_id, record.id, record.TYPE, owner, cls)
        return self.put(Row(*place, 1, body, stamps or {}, op, chash, as_pushed, made, text, is_new))

    def insert_record(self, agg_id: UUID, record: Record, *, op: UUID) -> Row:
        """Take a new record that the service made."""
        return self.insert(agg_id, record, body_of(record), op=op)

    def revise(self, row: Row, body: Body, *, op: UUID, stamps: dict[str, str] | None = None) -> Row:
        """Take a new body of a record; one that changes nothing makes no revision."""
        if body == row.body and (stamps is None or stamps == row.stamps):
            return row
        owner, cls = place_of(row.type, row.id, body)
        stored = self.aggregates[row.agg_id].before.get(row.id)
        # Several ops on one record make one revision: revisions are counted as readers see them. What was made or moved
        # here by this very transaction has its new one already.
        rev = row.rev if stored is None else stored.rev + 1
        text = canonical(body)
        return self.put(
            replace(
                row,
                owner=owner,
                cls=cls,
                rev=rev,
                body=body,
                stamps=row.stamps if stamps is None else stamps,
                last_op=op,
                chash=text_hash(text),
                as_pushed=False,
                made=None,
                text=text,
            )
        )

    def mark_pushed(self, row: Row) -> None:
        """Note that the pushing device has this body already."""
        self.put(replace(row, as_pushed=True))


def is_shown(row: Row, access: Iterable[tuple[UUID, UUID, int]], scopes: Container[UUID]) -> bool:
    """Answer whether a row may be held through any of these scopes, by an access list."""
    return any((row.owner, row.cls) == (owner, cls) and scope in scopes for scope, owner, cls in access)


def place_of(kind: RecordType, record_id: UUID, body: Body) -> tuple[UUID, int]:
    """Return owner and class of a record from its body."""
    owner, cls = compartment_of(kind, record_id, body)
    return owner, int(cls)
