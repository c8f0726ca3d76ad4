"""Every number of the protocol: what one message may hold, and how long a thing lives (sync.md 5 and 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLimits:
    """What one frame may hold before it is refused unread.

    Attributes:
        packed_bytes: the body as it travels, flag byte included.
        plain_bytes: the body unpacked; unpacking stops here, so a bomb costs no more than this.
        line_bytes: one line, without its line end.
        depth: how deep objects and lists may stand in one another.
    """

    packed_bytes: int = 8 * 1024 * 1024
    plain_bytes: int = 32 * 1024 * 1024
    line_bytes: int = 1024 * 1024
    depth: int = 32


FRAME_LIMITS: Final = FrameLimits()

PUSH_MOST_OPS: Final = 500
PUSH_MOST_BYTES: Final = 1024 * 1024
OP_MOST_BYTES: Final = 256 * 1024
TXN_MOST_OPS: Final = 200

PULL_LEAST_ROWS: Final = 100
PULL_MOST_ROWS: Final = 5000
PULL_LEAST_BYTES: Final = 64 * 1024
PULL_MOST_BYTES: Final = 4 * 1024 * 1024
PULL_FIRST_ROWS: Final = 500
"""How many rows the first page of a cycle asks for; the laptop grows it while pages come quickly."""

FETCH_MOST_IDS: Final = 1000
DIGEST_MOST_BUCKETS: Final = 32
SCOPES_MOST: Final = 8
FORKS_MOST: Final = 3
"""So many new lives of one device's lanes within a day mean that two machines have one identity."""

PUSH_MOST_BATCHES: Final = 20
"""How many batches of lane 1 one cycle sends before it pulls: news from others must not wait behind an import."""

TOKEN_SECONDS: Final = 600
PROOF_NONCE_SECONDS: Final = 300
ENROL_CODE_SECONDS: Final = 600
ENROL_CODE_TRIES: Final = 5
REQUESTS_A_MINUTE: Final = 600

TRANSFER_WINDOW_SECONDS: Final = 20.0
TRANSFER_LEAST_BYTES: Final = 1024
"""A transfer that moves less than this within the window is given up, by the laptop and, after twice as long, by the
service."""

RESCUE_MOST_BYTES: Final = 32 * 1024 * 1024
"""A sealed outbox: about 100 000 changes of 1 KB, packed."""
RESCUES_MOST: Final = 4
"""How many different sealed outboxes of one laptop are kept: whoever holds its key may not fill the storage."""

SLIP_MOST_BYTES: Final = 8 * 1024
"""An enrolment slip fits in a QR code and a screenful; anything longer is not one."""
