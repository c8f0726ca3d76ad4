"""What a sealed outbox holds once it is opened: pushes that were never made, one frame after the other.

Each frame is that of a push (a `PushHeader`, then `OpLine`s) without a nonce, and stands behind its length in four
bytes, the highest first. A `seq` of 0 was never given a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sync.protocol.framing import FrameError, decode_frame, encode_frame
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.messages import OpLine, PushHeader

_LENGTH_BYTES: Final = 4
# A frame holds at most this many ops: of the largest ops allowed, 256 KB each, still less than a frame may unpack to.
_OPS_A_FRAME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmadePush:
    """Ops of one lane, as they would have been sent."""

    header: PushHeader
    ops: Sequence[OpLine]


def pack_pushes(pushes: Iterable[UnmadePush]) -> bytes:
    """Return the content to be sealed."""
    packed = bytearray()
    for push in pushes:
        for first in range(0, len(push.ops), _OPS_A_FRAME):
            ops = push.ops[first : first + _OPS_A_FRAME]
            frame = encode_frame(ops, nonce="", header=push.header)
            packed += len(frame).to_bytes(_LENGTH_BYTES, "big") + frame
    return bytes(packed)


def unpack_pushes(content: bytes) -> list[UnmadePush]:
    """Return the pushes in a content that was opened.

    Raises:
        FrameError: it is not exactly that; nothing of it may be used.
    """
    pushes = []
    place = 0
    while place < len(content):
        length = int.from_bytes(content[place : place + _LENGTH_BYTES], "big")
        place += _LENGTH_BYTES
        frame_bytes = content[place : place + length]
        if len(frame_bytes) != length or length > FRAME_LIMITS.packed_bytes:
            raise FrameError(None, rule="rescue")
        place += length
        frame = decode_frame(frame_bytes, nonce="")
        pushes.append(UnmadePush(header=frame.header(PushHeader), ops=frame.lines(OpLine)))
    return pushes
