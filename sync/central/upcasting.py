"""Ops of earlier versions, led to today's by pure functions: nothing an old laptop wrote is lost (sync.md 11).

Each version that wrote something otherwise has a function that leads its ops one version further, and golden files of
both (`tests/central/golden`). A function goes when its version is not taken any more: after three versions or twelve
months, whichever is longer. Withdrawals have no such end: their shape never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from app.domain.schema import SCHEMA_VERSION
from sync.protocol.messages import OpLine

Upcaster = Callable[[OpLine], OpLine]

OLD = "op.schema"
"""What is wrong with an op that nobody can lead to today's version any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Which versions of the record shapes a service takes part in.

    Attributes:
        writes_from: ops of this version and later ones are taken; older programs are told to update.
        reads_from: programs of this version and later ones can read today's records; older ones get drops alone.
    """

    writes_from: int = 1
    reads_from: int = 1


VERSIONS: Final = Versions()
"""The versions that today's service takes part in."""


def upcast(op: OpLine, device: UUID) -> OpLine:
    """Return an op as today's version writes it, stamped with the laptop that proved its key.

    An op of a version that is not known yet stays as it is: what is new in it is kept, and read later.
    """
    for version in range(max(1, op.schema), SCHEMA_VERSION):
        op = msgspec.structs.replace(UPCASTERS[version](op), schema=version + 1)
    return msgspec.structs.replace(op, hlc=_stamped(op.hlc, device))


def faults_of_age(ops: Sequence[OpLine], versions: Versions) -> dict[UUID, str]:
    """Return which ops are of a version that is not taken any more."""
    return {op.op_id: OLD for op in ops if op.schema < versions.writes_from}


def _with_conflicts(op: OpLine) -> OpLine:
    """From 1 to 2: conflicts and their answers came; what there was stayed as it is."""
    return op


def _without_node(op: OpLine) -> OpLine:
    """From 2 to 3: a stamp names no laptop. Four digits of an id may be two laptops', and anybody could write them."""
    return msgspec.structs.replace(op, hlc=_clock(op.hlc))


def _stamped(hlc: str, device: UUID) -> str:
    # A clock that cannot be read stays so: the op alone is refused for it.
    return f"{_clock(hlc)}-{device.hex}" if hlc else hlc


def _clock(hlc: str) -> str:
    return "-".join(hlc.split("-")[:2])


UPCASTERS: Final[Mapping[int, Upcaster]] = MappingProxyType({1: _with_conflicts, 2: _without_node})
"""Version to the function that leads its ops to the next."""
