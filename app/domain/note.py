"""Notes and signposts: what was written or told, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from app.domain.codes import Need, NoteLevel, RecordType
from app.domain.ids import AggregateId, PersonId, RecordId, ServiceId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, Record, Text
from app.errors import BadInputError

WIDER = (NoteLevel.AUTHOR_AND_COORDINATOR, NoteLevel.ORGANISATION, NoteLevel.PARTNERS_AGREED)
"""Who may read a note, fewest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseNote(OfPerson):
    """A note about a person; a correction is a new note that `amends`."""

    TYPE = RecordType.CASE_NOTE
    CLS = Cls.OWN

    level: Fixed[NoteLevel]
    text: Fixed[Annotated[str, Text(8000)]]
    about: Fixed[RecordId | None] = None
    amends: Fixed[RecordId | None] = None


def check_amends(note: CaseNote, amended: Record | None) -> None:
    """Refuse a correction of what is no note of the same person and charity, or that more people may read.

    Disputed text gets an amending note, and the original stays (domain.md 11).

    Raises:
        BadInputError: `case_note.amends.not_permitted`, `case_note.level.not_permitted`.
    """
    if note.amends is None:
        return
    if not isinstance(amended, CaseNote) or (amended.person, amended.org) != (note.person, note.org):
        raise BadInputError.at("case_note", "amends", "not_permitted")
    if WIDER.index(note.level) > WIDER.index(amended.level):
        raise BadInputError.at("case_note", "level", "not_permitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signpost(Record):
    """Information given, no data left; never counted as a referral and needing no consent."""

    TYPE = RecordType.SIGNPOST
    CLS = Cls.OWN

    person: Fixed[PersonId | None] = None
    service: Fixed[ServiceId | None] = None
    told_of: Fixed[Annotated[str, Line(200)]] = ""
    need: Fixed[Need]
    on: Fixed[date]

    @property
    def aggregate(self) -> AggregateId:
        """The person's, or its own when nobody was named."""
        return AggregateId(self.person or self.id)
