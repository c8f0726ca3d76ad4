"""What an organisation's IT fixes for a laptop, read once at the door."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from app.errors import KnownError


class PolicyError(KnownError):
    """The policy file holds a value that cannot be used; no default is taken in its place."""

    default_code = "policy.bad_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings of packaging.md 7 that this version uses.

    Attributes:
        password_only: work without an OS keyring, with a stronger password; shown and audited.
        idle_lock_minutes: 1 to 15 minutes without use until the laptop locks.
        default_language: language of the program.
        support_text: whom to ask, in the words of the organisation.
        allow_usb_handover: work may be written, sealed, for a colleague where there is no network.
        service_address: where the sign-in window asks whether this laptop was revoked; empty, it does not ask.
        unknown: keys this version does not know; reported, never fatal.
    """

    password_only: bool = False
    idle_lock_minutes: int = 5
    default_language: str = "en-GB"
    support_text: str = ""
    allow_usb_handover: bool = True
    service_address: str = ""
    unknown: tuple[str, ...] = ()


_RANGES = {"idle_lock_minutes": (1, 15)}
_LONGEST_TEXT = 200


def read_policy(path: Path) -> Policy:
    """Return the policy in a file, the defaults when there is none.

    Raises:
        PolicyError: the file cannot be read, or a value has the wrong type or lies out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Policy()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError("policy.unreadable", file=str(path)) from error
    kinds = {field.name: type(field.default) for field in fields(Policy) if field.name != "unknown"}
    try:
        known = {name: _checked(name, value, kinds[name]) for name, value in table.items() if name in kinds}
    except PolicyError as error:
        error.detail["file"] = str(path)
        raise
    return Policy(**known, unknown=tuple(sorted(table.keys() - kinds.keys())))


def _checked(name: str, value: Any, kind: type) -> Any:
    # bool is an int in Python; a policy that says 1 where it means true is an honest slip, the other way is not.
    if kind is bool and value in (0, 1):
        return bool(value)
    if type(value) is not kind:
        raise PolicyError(key=name)
    least, most = _RANGES.get(name, (0, 0))
    if isinstance(value, int) and name in _RANGES and not least <= value <= most:
        raise PolicyError("policy.out_of_range", key=name, least=least, most=most)
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise PolicyError("policy.too_long", key=name, longest=_LONGEST_TEXT)
    return value
