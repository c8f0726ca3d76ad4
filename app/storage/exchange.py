"""The values that storage and the sync client hand each other: plain, frozen, without a word of the network."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from app.domain.codes import DropReason, OpKind, RecordType
from app.domain.digest import NOTHING, Sums, record_digest
from app.domain.ids import AggregateId, DeviceId, OpId, OrganisationId, RecordId, ScopeId, TxnId, UserId

Json = dict[str, Any]


class OpStatus(StrEnum):
    """What became of one op at the central service. Fixed for ever."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    HELD = "held"
    SKIPPED = "skipped"


class RowKind(StrEnum):
    """What one line of a page orders. Fixed for ever."""

    PRESENT = "P"
    DROP = "D"
    KNOWN = "K"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenOp:
    """One op as it left or is about to leave: frozen, the same bytes at every sending.

    Attributes:
        seq: its number in its lane.
        change: `set`, `base`, `add`, `rem` as they travel, empty ones left out.
        hlc: the laptop's hybrid logical stamp.
        schema: version of the record shapes it was written with.
        actor: who did it.
        cites: ids of consent lines it knew of, as they travel.
    """

    seq: int
    op_id: OpId
    txn: TxnId
    record_type: RecordType
    record_id: RecordId
    agg_id: AggregateId
    kind: OpKind
    base_rev: int | None = None
    change: Mapping[str, Any]
    hlc: str
    schema: int
    actor: UserId
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpResult:
    """The central service's answer to one op.

    Attributes:
        rev: the record's revision after it, when it took effect.
        chash: hash of the service's body in hexadecimal, empty when not given.
        body: the service's body, when it is not what the laptop believes.
        code: why, when rejected or held.
        gate: rule of the gate that failed, with code `gate`.
        state: where the referral stands, with code `bad_transition`.
        conflict: the conflict item in which a person decides.
        others: with `merged`, `by` and `at` of what stands where something else was wanted, by field.
    """

    op_id: OpId
    status: OpStatus
    rev: int | None = None
    chash: str = ""
    body: Json | None = None
    code: str = ""
    gate: str = ""
    state: str = ""
    conflict: RecordId | None = None
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """One lane of this laptop: its life, what the service acknowledged, the number given next."""

    lane_epoch: UUID
    acked: int
    next_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How much is only on this laptop, and since when."""

    new: int = 0
    sent: int = 0
    parked: int = 0
    files: int = 0
    oldest_at: datetime | None = None

    @property
    def unsent(self) -> int:
        """How many changes, and bytes of files, the service has not confirmed."""
        return self.new + self.sent + self.parked + self.files


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeGrant:
    """A scope this laptop was granted."""

    id: ScopeId
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldScope:
    """Where this laptop stands in one scope.

    Attributes:
        epoch: life of the feed, None before the first page.
        cursor: last feed number committed.
        start: head at the start of the first load, None outside it.
        at_head: the last page said that nothing more was there.
        cleaned: feed number up to which dropped bytes are proven gone.
        is_to_compare: it holds rows of a life of the feed that has ended, or drops that the feed has forgotten.
        was_forgotten: the feed goes on, and has forgotten drops that were never told here.
        drop_cursor: last feed number up to which drops alone were taken in; 0 unless the program was too old to read.
        sums: what the records held through it add up to here.
    """

    id: ScopeId
    key: str = ""
    epoch: int | None = None
    cursor: int = 0
    start: int | None = None
    at_head: bool = False
    cleaned: int = 0
    is_to_compare: bool = False
    was_forgotten: bool = False
    drop_cursor: int = 0
    sums: Sums = NOTHING

    @property
    def reached(self) -> int:
        """The last feed number up to which everything that had to go is gone."""
        return max(self.cursor, self.drop_cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScope:
    """One scope of a page, as it stands once the page is committed.

    Attributes:
        epoch: life of the feed; None while what is held is still to be compared with it.
        sums: what it adds up to at the service, given at the head only.
    """

    id: ScopeId
    epoch: int | None
    seq: int
    at_head: bool = False
    start: int | None = None
    sums: Sums | None = None


class PulledRow(NamedTuple):
    """One line of a page; a tuple, because a page has thousands. One with a body is made by `present_row`.

    Attributes:
        scope_index: index into the scopes of the page.
        seq: feed number.
        kind: what it orders.
        id: the record.
        agg_id: its aggregate, with P.
        record_type: its kind as it travels, with P; a newer service may name one this version does not know.
        rev: the service's revision, with P and K.
        body: canonical JSON of an object, with P.
        chash: SHA-256 of `body`, with P.
        digest: what the record adds to the sums of a scope, with P.
        why: reason of a drop (`DropReason`).
    """

    scope_index: int
    seq: int
    kind: RowKind
    id: RecordId
    agg_id: AggregateId | None = None
    record_type: str = ""
    rev: int | None = None
    body: bytes = b""
    chash: bytes = b""
    digest: bytes = b""
    why: DropReason | None = None


def present_row(
    *,
    scope_index: int = 0,
    seq: int,
    record_id: RecordId,
    agg_id: AggregateId,
    record_type: str,
    rev: int,
    body: bytes,
) -> PulledRow:
    """Return a row with a body, which is canonical JSON of an object: hashed where it is read, not where it is kept."""
    chash = hashlib.sha256(body).digest()
    digest = record_digest(record_type, record_id, rev, chash)
    return PulledRow(scope_index, seq, RowKind.PRESENT, record_id, agg_id, record_type, rev, body, chash, digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledPage:
    """One page to commit whole: rows in the order of the feed, then the cursors.

    Attributes:
        repairs: its rows count even against the same or a later revision held here: the two sides were compared.
    """

    scopes: tuple[PageScope, ...]
    rows: tuple[PulledRow, ...]
    server_time: datetime
    repairs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a page changed: kinds of record, records removed, and own ops whose revision is not held here."""

    changed: frozenset[RecordType] = frozenset()
    dropped: int = 0
    unknown: tuple[tuple[ScopeId, RecordId], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncDevice:
    """What this laptop knows of its service; `device_id` is None until it is enrolled.

    Attributes:
        address: origin of the service, such as `https://alongside.example`.
        audience: the name the service signs and is signed for under.
        server_keys: the service's pinned public keys, 32 raw bytes each.
        lease: the signed lease as it came.
        lease_until: its end.
        server_time: the service's clock at the last contact.
        control_serial: highest serial of a revocation acted on.
        audit_receipt: the service's newest signed receipt for this device's audit chain.
        last_success_at: this laptop's clock at the end of the last whole cycle.
        last_trouble: code of the last failure, empty after a success.
        last_trouble_at: this laptop's clock at that failure.
        recounted_at: this laptop's clock when everything held was last hashed and added up anew.
        digest_alarm_at: this laptop's clock when laptop and service last differed in what a scope holds.
    """

    device_id: DeviceId | None = None
    org: OrganisationId | None = None
    org_name: str = ""
    address: str = ""
    audience: str = ""
    server_keys: tuple[bytes, ...] = ()
    lease: Mapping[str, Any] = field(default_factory=dict)
    lease_until: datetime | None = None
    server_time: datetime | None = None
    control_serial: int = 0
    audit_receipt: Mapping[str, Any] = field(default_factory=dict)
    last_success_at: datetime | None = None
    last_trouble: str = ""
    last_trouble_at: datetime | None = None
    recounted_at: datetime | None = None
    digest_alarm_at: datetime | None = None
