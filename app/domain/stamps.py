"""Stamps: when a field was last written, by whom, and by which revision of the record.

A stamp is the text of a hybrid logical clock, `<milliseconds>-<count>-<node>` (node: the writing laptop, a text
without `@`; an op has none before the service has put it in), followed by `@<revision>~<user>` once the central
service has kept it. Equal times are put in order by node; the user is kept so that a person can be told whose words
stand, and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app.errors import BadInputError

SHORT_NODE: Final = 4
"""Digits of a laptop's id in stamps up to schema 2. Two laptops may share them, so that one was taken to have seen
what the other wrote; from schema 3 on the service puts in the whole id of the laptop that proved its key."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """One stamp; stamps compare by time, count and node."""

    milliseconds: int
    count: int = 0
    node: str = ""
    rev: int = 0
    by: str = field(default="", compare=False)

    def __str__(self) -> str:
        by = f"~{self.by}" if self.by else ""
        return f"{self.milliseconds}-{self.count}-{self.node}@{self.rev}{by}"

    def is_of(self, node: str) -> bool:
        """Answer whether a laptop made this stamp; those of earlier versions ended in four digits of its id."""
        short, long = sorted((self.node, node), key=len)
        return short == long or (len(short) == SHORT_NODE < len(long) and long.endswith(short))

    @property
    def moment(self) -> datetime:
        """The time it speaks of."""
        return _EPOCH + timedelta(milliseconds=self.milliseconds)

    def no_later_than(self, received: datetime) -> Stamp:
        """Return this stamp, or the moment of receipt for a clock that runs ahead."""
        latest = (received - _EPOCH) // timedelta(milliseconds=1)
        return self if self.milliseconds <= latest else replace(self, milliseconds=latest, count=0)

    def after(self, seen: Stamp | None) -> Stamp:
        """Return this stamp, or the next one after `seen` for a clock that runs behind what its writer saw."""
        if seen is None or (self.milliseconds, self.count) > (seen.milliseconds, seen.count):
            return self
        return replace(self, milliseconds=seen.milliseconds, count=seen.count + 1)


def stamp_of(text: str) -> Stamp:
    """Return the stamp of its text; all but the milliseconds may be missing.

    Raises:
        BadInputError: `op.hlc.bad_format`.
    """
    clock, _, kept = text.partition("@")
    rev, _, by = kept.partition("~")
    milliseconds, _, rest = clock.partition("-")
    count, _, node = rest.partition("-")
    parts = (milliseconds, count or "0", rev or "0")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise BadInputError.at("op", "hlc", "bad_format")
    return Stamp(int(milliseconds), int(count or "0"), node, int(rev or "0"), by)
