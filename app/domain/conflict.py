"""Two people wrote different things in one field, and neither may be lost in silence: asked, or told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.codes import RecordType
from app.domain.ids import RecordId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, State

TOLD_FOR = timedelta(days=30)
"""How long a value that a later write replaced is told, and can be put back (sync.md 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One field that was written twice; values are as they stand in a body, None for "empty".

    Attributes:
        theirs: what stood first, and stands until somebody chooses; who wrote it and when.
        mine: what arrived second; who wrote it and when.
        chosen: what somebody chose; who and when. Without `chosen_at` the question is open.
        before: of a text, what both writers began with, as the second one saw it.
        replaced: nobody was asked: the later write stands, and `chosen` is what it wrote, by whom and when.
    """

    theirs: Any = None
    theirs_by: UserId | None = None
    theirs_at: datetime | None = None
    mine: Any = None
    mine_by: UserId | None = None
    mine_at: datetime | None = None
    chosen: Any = None
    chosen_by: UserId | None = None
    chosen_at: datetime | None = None
    before: Any = None
    replaced: bool = False

    @property
    def is_told(self) -> bool:
        """Whether it still holds a value that a later write replaced."""
        return self.replaced and not (self.theirs is None and self.mine is None)

    def forgotten(self) -> Clash:
        """Return it without a word of what was written."""
        return Clash(chosen_at=self.chosen_at, replaced=True) if self.replaced else self

    @property
    def is_open(self) -> bool:
        """Whether nobody has chosen yet."""
        return self.chosen_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(OfPerson):
    """The questions that one change raised, made by the central service for the record's organisation (sync.md 7).

    Attributes:
        record: the record that was written twice.
        record_type: what kind of record that is.
        fields: what was written twice, by the name of the field.
    """

    TYPE = RecordType.CONFLICT
    CLS = Cls.OWN

    record: Fixed[RecordId]
    record_type: Fixed[RecordType]
    fields: State[dict[str, Clash]]
