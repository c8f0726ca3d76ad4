"""Figures as the central service tells them to a laptop: what may be shown, and the day on which was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain.impact_tables import Figures
from app.domain.periods import Period


class Whose(StrEnum):
    """Whose people were counted. Fixed for ever."""

    ORGANISATION = "organisation"
    ALLIANCE = "alliance"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFigures:
    """The figures of one selection.

    Attributes:
        whose: the charity's own people, or those of all charities that said yes to being counted.
        day: the London day on which was counted.
        period: which span `figures.selection` is; for a day that is over, as it was then.
        small: the number below which counts are not shown.
        figures: what may be shown.
    """

    whose: Whose
    day: date
    period: Period
    small: int
    figures: Figures
