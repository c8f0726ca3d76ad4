"""Work handed to a colleague without a network: what a laptop signs of it, and what may be passed on.

The ops stay those of the laptop they were written on. Whoever was given them carries them to the service, which
believes the signature of the first laptop and not the word of the second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from app.domain.canonical import canonical
from sync.protocol.messages import ColleagueKey, PassedOn
from sync.protocol.proof import KeyAlgorithm, decode_bytes, encode_bytes, signature_is_valid

KEY_PURPOSE: Final = "alongside-hand-over-key-v1"
PASSED_ON_PURPOSE: Final = "alongside-passed-on-v1"

PASSED_ON_MOST_OPS: Final = 4000
"""How many ops one file may hold: weeks of one worker without a network."""
PASSED_ON_MOST_BYTES: Final = 6 * 1024 * 1024
"""What they may hold together, so that they fit into one frame."""
PASSED_ON_WITHIN: Final = timedelta(days=90)
"""How long the service takes them: a file is open for less, and the laptop it lies on may meet a network later."""
KEY_BYTES: Final = 32


OPENING_KINDS: Final = frozenset({"consent", "transition"})
"""What may open something to a partner: it follows once the carrier has told all it knows, a stop above all."""
_NOT_SIGNED: Final = frozenset({"sig", "opens_nothing"})


def key_data(device: UUID, user: UUID, exchange: bytes) -> bytes:
    """Return what a laptop signs of the key of somebody who works on it."""
    return canonical({"device": str(device), "user": str(user), "exchange": encode_bytes(exchange)})


def key_is_signed(key: ColleagueKey, *, algorithm: str, device_key: bytes) -> bool:
    """Answer whether a laptop with that key vouches for a colleague's key."""
    try:
        exchange, signature, kind = decode_bytes(key.exchange), decode_bytes(key.sig), KeyAlgorithm(algorithm)
    except ValueError:
        return False
    data = key_data(key.device, key.user, exchange)
    return len(exchange) == KEY_BYTES and signature_is_valid(
        algorithm=kind, public_key=device_key, purpose=KEY_PURPOSE, data=data, signature=signature
    )


def lines_hash(lines: Sequence[bytes]) -> str:
    """Return the hash of ops as they travel."""
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def passed_on_data(header: PassedOn) -> bytes:
    """Return what a laptop signs of ops it hands over."""
    said = msgspec.to_builtins(header)
    return canonical({name: value for name, value in said.items() if name not in _NOT_SIGNED})


def passed_on_is_signed(header: PassedOn, *, algorithm: str, device_key: bytes) -> bool:
    """Answer whether a laptop with that key handed these ops over."""
    try:
        signature, kind = decode_bytes(header.sig), KeyAlgorithm(algorithm)
    except ValueError:
        return False
    data = passed_on_data(header)
    return signature_is_valid(
        algorithm=kind, public_key=device_key, purpose=PASSED_ON_PURPOSE, data=data, signature=signature
    )
