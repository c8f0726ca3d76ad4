"""The messages of the protocol, named as they travel; docs/sync/protocol.md mirrors them section by section."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from msgspec import Raw, Struct, field

PROTOCOL_VERSION: Final = "1"
MEDIA_TYPE: Final = "application/octet-stream"

PROTOCOL_HEADER: Final = "X-Sync-Proto"
SCHEMA_HEADER: Final = "X-Schema"
NONCE_HEADER: Final = "X-Nonce"
PROOF_HEADER: Final = "X-Proof"

ENROL: Final = "/v1/enrol"
TOKEN: Final = "/v1/token"  # noqa: S105 - a path, no secret
HEADS: Final = "/v1/heads"
PUSH: Final = "/v1/push"
PULL: Final = "/v1/pull"
FETCH: Final = "/v1/fetch"
DIGEST: Final = "/v1/digest"
RECEIPT: Final = "/v1/receipt"
RESCUE: Final = "/v1/rescue"
WIPED: Final = "/v1/wiped"
KEYS: Final = "/v1/keys"
PASSED_ON: Final = "/v1/passed-on"
BLOB: Final = "/v1/blob/{sha256}"
FIGURES: Final = "/v1/figures"
PING: Final = "/v1/ping"


class ResultState(StrEnum):
    """What became of one op. Fixed for ever."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    HELD = "held"
    SKIPPED = "skipped"


class RejectCode(StrEnum):
    """Why an op was refused; `gate` comes with the rule of the gate in `gate`. Fixed for ever."""

    BAD_TRANSITION = "bad_transition"
    GATE = "gate"
    NOT_PERMITTED = "not_permitted"
    READ_ONLY = "read_only"
    ID_REUSE = "id_reuse"
    GONE = "gone"
    ACTOR_UNKNOWN = "actor_unknown"
    CAPACITY = "capacity"
    TOO_BIG = "too_big"
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_CITES = "unknown_cites"
    CONSTRAINT = "constraint"


class HoldCode(StrEnum):
    """Why an op was kept for the home organisation and not shown to this device. Fixed for ever."""

    OUT_OF_SCOPE = "out_of_scope"
    ACTOR_LEFT = "actor_left"


class ErrorCode(StrEnum):
    """Why a whole request was refused, each with one HTTP status (`STATUS_OF`). Fixed for ever."""

    BAD_FRAME = "bad_frame"
    BAD_REQUEST = "bad_request"
    TOKEN = "token"  # noqa: S105 - a code, no secret
    PROOF = "proof"
    REVOKED = "revoked"
    SCOPE_DENIED = "scope_denied"
    ENROL_REFUSED = "enrol_refused"
    SUSPENDED = "suspended"
    NOT_FOUND = "not_found"
    LANE_FORKED = "lane_forked"
    LANE_AHEAD = "lane_ahead"
    EPOCH_CHANGED = "epoch_changed"
    CURSOR_AHEAD = "cursor_ahead"
    CURSOR_TOO_OLD = "cursor_too_old"
    MOVED = "moved"
    TOO_LARGE = "too_large"
    UPDATE_NEEDED = "update_needed"
    TOO_MANY = "too_many"
    FAILED = "failed"
    BUSY = "busy"


STATUS_OF: Final[dict[ErrorCode, int]] = {
    ErrorCode.BAD_FRAME: 400,
    ErrorCode.BAD_REQUEST: 400,
    ErrorCode.TOKEN: 401,
    ErrorCode.PROOF: 401,
    ErrorCode.REVOKED: 403,
    ErrorCode.SCOPE_DENIED: 403,
    ErrorCode.ENROL_REFUSED: 403,
    ErrorCode.SUSPENDED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.LANE_FORKED: 409,
    ErrorCode.LANE_AHEAD: 409,
    ErrorCode.EPOCH_CHANGED: 409,
    ErrorCode.CURSOR_AHEAD: 409,
    ErrorCode.CURSOR_TOO_OLD: 409,
    ErrorCode.MOVED: 409,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.UPDATE_NEEDED: 426,
    ErrorCode.TOO_MANY: 429,
    ErrorCode.FAILED: 500,
    ErrorCode.BUSY: 503,
}


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every message has in common: immutable, an empty field is left out, an unknown one passed over."""


class Refusal(Message, frozen=True, kw_only=True):
    """The one line of a reply that refuses the whole request.

    Attributes:
        error: why.
        proof_nonce: a fresh window nonce, with `proof`.
        revocation: the signed order, with `revoked`.
    """

    error: ErrorCode
    proof_nonce: str = ""
    revocation: dict[str, Any] | None = None


class Pong(Message, frozen=True, kw_only=True):
    """The one line of the reply to a ping."""

    sync: str
    nonce: str


class GrantedScope(Message, frozen=True, kw_only=True):
    """A scope that a device holds; the key is in words of sync.md 2."""

    id: UUID
    key: str


class Lease(Message, frozen=True, kw_only=True):
    """Signed permission to open the vault without contact, until a moment."""

    lease: UUID
    issued_at: datetime
    until: datetime
    sig: str = ""


class Revocation(Message, frozen=True, kw_only=True):
    """Signed order to give up the vault; acts only with a higher serial than the last."""

    revoke: UUID
    serial: int
    wipe: bool
    rescue: bool
    sig: str = ""


class AuditReceipt(Message, frozen=True, kw_only=True):
    """Signed: the newest entry of this device's audit chain that the service holds."""

    device: UUID
    seq: int
    head: str
    at: datetime
    sig: str = ""


class EnrolRequest(Message, frozen=True, kw_only=True):
    """A device asks to be enrolled: `pubkey` and `proof` are base64url, `proof` signs `proof.enrol_data`."""

    code: str
    pubkey: str
    alg: str
    device_name: str
    app_version: str
    proof: str


class EnrolReply(Message, frozen=True, kw_only=True):
    """The device is enrolled; `server_keys` are base64url and must have the fingerprints of the slip."""

    device_id: UUID
    org: UUID
    server_keys: list[str]
    scopes: list[GrantedScope]
    lease: dict[str, Any]


class TokenRequest(Message, frozen=True, kw_only=True):
    """A device asks for an access token; `X-Proof` shows that it holds its key."""

    device_id: UUID


class TokenReply(Message, frozen=True, kw_only=True):
    """An access token, the scopes as they are now, and signed control messages to act on first.

    Attributes:
        last_op_at: when the newest op came in that the service holds of this device's lanes; absent when there is none.
    """

    access: str
    expires_s: int
    proof_nonce: str
    server_time: datetime
    scopes: list[GrantedScope]
    control: list[dict[str, Any]] = []
    last_op_at: datetime | None = None


class ScopeHead(Message, frozen=True, kw_only=True):
    """The newest feed number of a scope."""

    id: UUID
    epoch: int
    head: int


class HeadsReply(Message, frozen=True, kw_only=True):
    """Where every scope of the device stands; `backoff_s` is obeyed before the next request."""

    scopes: list[ScopeHead]
    server_time: datetime
    backoff_s: int = 0


class PushHeader(Message, frozen=True, kw_only=True):
    """Header of a push: the ops follow on `prev` in their lane without a gap; `fork` begins a new life of the lanes."""

    lane: int
    lane_epoch: UUID
    prev: int
    fork: bool = False


class OpLine(Message, frozen=True, kw_only=True):
    """One op: an intent on one record.

    `create`, `append` and `consent` carry the whole body in `set`, a `transition` the body and id of its event
    in `set` under `event` and `event_id`, a `patch` the changed fields with their old values in `base`.
    """

    seq: int
    op_id: UUID = field(name="op")
    txn: UUID
    record_type: str = field(name="ty")
    record_id: UUID = field(name="id")
    agg_id: UUID = field(name="agg")
    kind: str = field(name="k")
    base_rev: int | None = field(name="rev", default=None)
    changes: dict[str, Any] = field(name="set", default_factory=dict)
    base: dict[str, Any] = {}
    added: dict[str, list[Any]] = field(name="add", default_factory=dict)
    removed: dict[str, list[Any]] = field(name="rem", default_factory=dict)
    cites: list[UUID] = []
    hlc: str
    schema: int = field(name="sc")
    by: UUID


class WrittenBy(Message, frozen=True, kw_only=True):
    """Whose words stand in a field."""

    by: UUID
    at: datetime


class ResultLine(Message, frozen=True, kw_only=True):
    """What became of one op.

    Attributes:
        rev, content_hash: the record's revision after it and the hash of its body, when it took effect.
        body: the service's body, when it is not what the laptop believes.
        code: why, when rejected or held; `gate` then names the rule of the gate.
        state: where the referral stands, with `bad_transition`.
        conflict: the conflict item in which a person decides.
        others: with `merged`, who wrote what stands in a field, and when.
    """

    op_id: UUID = field(name="op")
    state: ResultState = field(name="st")
    rev: int | None = None
    content_hash: str = field(name="ch", default="")
    body: dict[str, Any] | None = None
    code: str = ""
    gate: str = ""
    referral_state: str = field(name="state", default="")
    conflict: UUID | None = None
    others: dict[str, WrittenBy] = {}


class PushEnd(Message, frozen=True, kw_only=True):
    """End line of the reply to a push."""

    acked: int
    server_time: datetime
    audit: dict[str, Any] | None = None


class PullScope(Message, frozen=True, kw_only=True):
    """From where a laptop pulls a scope; `start` is sent back only during the first load, `epoch` once it is known.

    `dropped` says up to where drops were taken in already, beyond `seq`, by a program that was too old to read.
    """

    id: UUID
    seq: int
    epoch: int | None = None
    start: int | None = None
    dropped: int | None = None


FULL, DROPS_ONLY = "full", "drops"
"""What a page holds; a laptop whose version is too old to read bodies still gets its drops."""


class PullRequest(Message, frozen=True, kw_only=True):
    """A laptop asks for the next page."""

    scopes: list[PullScope]
    max_rows: int
    max_bytes: int
    mode: str = FULL


class PageStart(Message, frozen=True, kw_only=True):
    """One scope in the header of a page; `start` while it is loaded for the first time."""

    id: UUID
    epoch: int
    start: int | None = None


class PageHeader(Message, frozen=True, kw_only=True):
    """Header of a page: scopes in the order of the request."""

    server_time: datetime
    scopes: list[PageStart]
    mode: str = "full"


class RowLine(Message, frozen=True, kw_only=True, gc=False):
    """One line of a page, or of a fetch.

    Attributes:
        kind: P present, D drop, K your own op whose body you have, U never listed here (fetch only).
        scope_index: index into the scopes of the request.
        seq: feed number; 0 in a fetch.
        body: the record's body, undecoded, with P.
        why: why it must go, with D (`DropReason`).
    """

    kind: str = field(name="t")
    scope_index: int = field(name="s", default=0)
    seq: int = field(name="q", default=0)
    record_type: str = field(name="ty", default="")
    id: UUID
    agg_id: UUID | None = field(name="agg", default=None)
    rev: int | None = None
    body: Raw = field(name="b", default=Raw())
    why: str = ""


class PageScopeEnd(Message, frozen=True, kw_only=True):
    """Where a scope stands after a page: cursor, whether that is the head, records present, their sums as text."""

    seq: int
    at_head: bool = False
    n: int = 0
    d: list[str] = []


class PageEnd(Message, frozen=True, kw_only=True):
    """End line of a page: scopes in the order of the request."""

    scopes: list[PageScopeEnd]
    more: bool = False


class FetchRequest(Message, frozen=True, kw_only=True):
    """A laptop asks for records of one scope by id."""

    scope: UUID
    ids: list[UUID]


class FigureRow(Message, frozen=True, kw_only=True):
    """One row of a table of figures: its name, and what stands in each column.

    A number stands as text; `under` is one below the small number, `hidden` one from which such a number would follow,
    and an empty text stands where there is nothing to tell.
    """

    key: str
    cells: list[str]


class FigureTable(Message, frozen=True, kw_only=True):
    """One table of figures; shares are in whole per cent, means in hundredths, waits in whole days."""

    figure: str
    columns: list[str]
    rows: list[FigureRow]


class FiguresLine(Message, frozen=True, kw_only=True):
    """The figures of one selection.

    Attributes:
        whose: the charity's own people, or those of all charities that said yes to being counted.
        day: the London day on which was counted.
        period: the name of the span.
        since: its first month.
        until: its last month.
        scope: whose figures: empty for everybody, `programme:<kind>` or `ward:<site>|<ward>`.
        small: counts below it are not told.
        empty: there is nobody and nothing to count.
        tables: everything that may be shown.
    """

    whose: str
    day: str
    period: str
    since: str
    until: str
    scope: str = ""
    small: int
    empty: bool = False
    tables: list[FigureTable]


class Compared(StrEnum):
    """What is compared of a scope: its buckets, or single records of some buckets. Fixed for ever."""

    BUCKETS = "buckets"
    IDS = "ids"


class DigestRequest(Message, frozen=True, kw_only=True):
    """A laptop at its head compares what it holds; `buckets` names those whose records it wants, with `ids`."""

    scope: UUID
    epoch: int
    seq: int
    want: Compared
    buckets: list[int] = []


class BucketLine(Message, frozen=True, kw_only=True):
    """What the records of one bucket add up to, their sums as text; an empty bucket has no line."""

    bucket: int = field(name="b")
    n: int
    d: list[str]


class DigestLine(Message, frozen=True, kw_only=True):
    """One record of a bucket: `h` is the first 8 bytes of its digest in hexadecimal."""

    id: UUID
    rev: int
    h: str


class CleanedScope(Message, frozen=True, kw_only=True):
    """What a laptop has taken in, and up to where it has proven that dropped bytes are gone."""

    id: UUID
    epoch: int
    seq: int
    cleaned: int


class ReceiptRequest(Message, frozen=True, kw_only=True):
    """A laptop reports its cursors and clean-up."""

    scopes: list[CleanedScope]


class ReceiptReply(Message, frozen=True, kw_only=True):
    """A new signed lease, when every cursor stood at its head in the last ten minutes."""

    server_time: datetime
    lease: dict[str, Any] | None = None


class RescueReply(Message, frozen=True, kw_only=True):
    """The sealed outbox is kept; `sha256` is of the bytes that arrived, in hexadecimal."""

    server_time: datetime
    sha256: str


class UnsentFate(StrEnum):
    """What became of the unsent work of a laptop that was given up. Fixed for ever."""

    NONE = "none"
    SENT = "sent"
    HERE = "here"


class WipeDone(Message, frozen=True, kw_only=True):
    """A laptop's signed word that it obeyed the order of that serial: keys and records are gone, or it is locked."""

    device: UUID
    serial: int
    wiped: bool
    unsent: UnsentFate
    sig: str = ""


class WipeNoted(Message, frozen=True, kw_only=True):
    """The service has kept it."""

    server_time: datetime


class ColleagueKey(Message, frozen=True, kw_only=True):
    """The key under which one person on one laptop is handed something without a network (`hand_over.py`).

    Attributes:
        device, user: on which laptop, and who.
        name: how the organisation calls the laptop.
        alg, pubkey: the laptop's own key, which it proves itself with.
        exchange: X25519, what a file is sealed to.
        sig: that laptop's signature over `hand_over.key_data`.
    """

    device: UUID
    user: UUID
    name: str = ""
    alg: str = ""
    pubkey: str = ""
    exchange: str
    sig: str


class KeysRequest(Message, frozen=True, kw_only=True):
    """A laptop names the key of whoever works on it, and asks for those of the colleagues."""

    own: ColleagueKey | None = None


class KeysReply(Message, frozen=True, kw_only=True):
    """The keys of the own organisation: `signed` is a `SignedKeys` with the service's signature."""

    server_time: datetime
    signed: dict[str, Any]


class SignedKeys(Message, frozen=True, kw_only=True):
    """Signed: which keys the service knows, told to one laptop."""

    keys_for: UUID
    at: datetime
    keys: list[ColleagueKey]
    sig: str = ""


class PassedOn(Message, frozen=True, kw_only=True):
    """Header of ops that a colleague handed over: they are that laptop's, and signed by it (`hand_over.py`).

    Attributes:
        from_device: whose ops these are.
        to_device, to_user: who was given them.
        made_at: when.
        lane_epoch: the life of that laptop's lanes.
        stops: how many of the ops, from the first, are withdrawals.
        sha256: of the lines, one line feed between each two, in hexadecimal.
        opens_nothing: the carrier's word, and not signed: leave out this time what may open anything to a partner.
    """

    from_device: UUID
    to_device: UUID
    to_user: UUID
    made_at: datetime
    lane_epoch: UUID
    stops: int
    sha256: str
    sig: str = ""
    opens_nothing: bool = False


class PassedOnEnd(Message, frozen=True, kw_only=True):
    """End line of the reply to ops passed on; a `ResultLine` before it says no more than what became of an op."""

    server_time: datetime


class BlobState(StrEnum):
    """Where the bytes of a file stand at the service. Fixed for ever."""

    UPLOADING = "uploading"
    AVAILABLE = "available"
    REFUSED = "refused"
    DAMAGED = "damaged"


class BlobReply(Message, frozen=True, kw_only=True):
    """How much of a file the service holds.

    Attributes:
        received: bytes it has; the next chunk begins there.
        size: of all sealed bytes.
        state: `available` when it is whole and what its record says; `refused` when it is whole and not that;
            `damaged` when what came has another hash, and is forgotten.
    """

    received: int
    size: int
    state: BlobState
