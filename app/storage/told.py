"""Figures that the central service told, kept to be looked at without a network; only what may be shown is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from app.domain.told_figures import ToldFigures, Whose
from app.storage.reader import Reader
from app.storage.vault import Vault

_KEPT = "told_figures."
"""How the names of the settings begin, one for each `Whose`."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one answer: the figures, and when they came."""

    fetched_at: datetime
    told: tuple[ToldFigures, ...]


def keep_told(vault: Vault, told: Sequence[ToldFigures], *, fetched_at: datetime) -> None:
    """Keep an answer of the service in place of the one before; what it no longer tells goes."""
    with vault.writing() as connection:
        for whose in Whose:
            kept = Kept(fetched_at=fetched_at, told=tuple(each for each in told if each.whose is whose))
            connection.exec_driver_sql(
                "INSERT OR REPLACE INTO setting(name, value) VALUES (?, ?)",
                (_KEPT + whose, msgspec.json.encode(kept).decode()),
            )


def told_of(read: Reader, whose: Whose) -> Kept | None:
    """Return what the service last told of somebody; None where it has told nothing."""
    text = read.setting(_KEPT + whose)
    kept = msgspec.json.decode(text, type=Kept) if text else None
    return kept if kept is not None and kept.told else None


def counted_on(read: Reader) -> date | None:
    """Return the newest day that the service has told figures of; None before the first."""
    kept = [found for whose in Whose if (found := told_of(read, whose)) is not None]
    return max((each.told[0].day for each in kept), default=None)
