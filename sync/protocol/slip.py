"""The enrolment slip: what an administrator hands over so that a laptop knows its service before any network."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta

from app.domain.codes import Role
from app.errors import BadInputError
from sync.protocol.limits import SLIP_MOST_BYTES

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
# Neither control marks nor marks that turn the reading direction: a name could show as another one.
_Name = Annotated[str, Meta(min_length=1, max_length=120, pattern="^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+$")]
_Fingerprint = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
_Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{8,64}$")]
_RecoveryKey = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")]


class Slip(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An enrolment slip.

    Attributes:
        address: origin of the service, such as `https://alongside.example`.
        audience: the name the service is signed for under.
        keys: SHA-256 fingerprints of the service's signing keys, one of them kept offline.
        code: works once, for ten minutes.
        org_name: the organisation the laptop will belong to, to be shown before anything is sent.
        user: the account that gets the first place on the laptop.
        user_name: its full name.
        shown_name: the name on the sign-in screen, which partners see too.
        roles: what the account may do, until its record has arrived.
        recovery_public: the custodians' public key, 32 bytes in hexadecimal; empty when the laptop makes one.
    """

    format: Literal["alongside-slip-1"] = "alongside-slip-1"
    address: _Line
    audience: _Line
    keys: Annotated[list[_Fingerprint], Meta(min_length=1, max_length=4)]
    code: _Code
    org_name: _Line
    user: UUID
    user_name: _Name
    shown_name: _Name
    roles: Annotated[list[Role], Meta(min_length=1, max_length=8)]
    recovery_public: _RecoveryKey = ""

    def __post_init__(self) -> None:
        if Role.SYSTEM in self.roles:
            raise ValueError("nobody works as the system")


def write_slip(slip: Slip) -> bytes:
    """Return the bytes of a slip's file."""
    return msgspec.json.format(msgspec.json.encode(slip), indent=2) + b"\n"


def read_slip(raw: bytes) -> Slip:
    """Return the slip in a file's bytes.

    Raises:
        BadInputError: `slip.file.bad_format`, or `slip.address.bad_format` for one that is not https.
    """
    if len(raw) > SLIP_MOST_BYTES:
        raise BadInputError.at("slip", "file", "bad_format")
    try:
        slip = msgspec.json.decode(raw, type=Slip)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadInputError.at("slip", "file", "bad_format") from error
    if not address_is_safe(slip.address):
        raise BadInputError.at("slip", "address", "bad_format")
    return slip


def read_aloud(fingerprint: str) -> str:
    """Return a fingerprint in groups of four, eight on a line: as it is read out, and as the laptop shows it."""
    groups = [fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4)]
    return "\n".join(" ".join(groups[start : start + 8]) for start in range(0, len(groups), 8))


def address_is_safe(address: str) -> bool:
    """Answer whether an address is an https origin; plain http only to this very machine."""
    try:
        parts = urlsplit(address)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return False
    bare = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    scheme_is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return bool(parts.hostname) and port_is_number and bare and scheme_is_safe
