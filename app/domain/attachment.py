"""A file beside a record: what is known of it stands in a record like any other, its bytes lie sealed elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final

from app.domain.codes import FileKind, NoteLevel, RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.ids import RecordId
from app.domain.note import CaseNote
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, Range, Record
from app.errors import BadInputError

MOST_BYTES: Final = 25 * 1024 * 1024
"""What a file may weigh (domain.md 4.3)."""
LONGEST_TITLE: Final = 80
"""Characters of the name under which people see it."""
KEY_BYTES: Final = 32
"""Of the key its bytes are sealed with (`app.sealed_file`)."""

_HEX_OF_32 = re.compile(r"[0-9a-f]{64}")
_WIDTH: Mapping[NoteLevel, int] = MappingProxyType({level: place for place, level in enumerate(NoteLevel)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment(OfPerson):
    """A file beside a note or an act of asking; nothing of it changes, but that it is taken away.

    Attributes:
        parent, parent_type: the note, or the consent event it is evidence of.
        level: who may read it: as its note, or fewer; `partners_agreed` only where it was ticked singly for them. None
            for evidence of consent, which is read by whoever reads the event.
        sha256: of the sealed bytes, hexadecimal: under it they are kept and asked for.
        size: of the file as it was given, in bytes.
        mime: what it is, by its content.
        title: how people see it; never where it lies.
        key: with which the bytes are sealed, hexadecimal; it goes with the record, and then nobody opens them again.
    """

    TYPE = RecordType.ATTACHMENT
    CLS = Cls.OWN

    parent: Fixed[RecordId]
    parent_type: Fixed[RecordType]
    level: Fixed[NoteLevel | None] = None
    sha256: Fixed[Annotated[str, Line(64)]]
    size: Fixed[Annotated[int, Range(1, MOST_BYTES)]]
    mime: Fixed[FileKind]
    title: Fixed[Annotated[str, Line(LONGEST_TITLE)]]
    key: Fixed[Annotated[str, Line(64)]]


def check_attachment(record: Attachment) -> None:
    """Check what binds the fields of an attachment.

    Raises:
        BadInputError: `attachment.<field>.<problem>`.
    """
    for name in ("sha256", "key"):
        if _HEX_OF_32.fullmatch(getattr(record, name)) is None:
            raise BadInputError.at("attachment", name, "bad_format")
    if record.parent_type not in (RecordType.CASE_NOTE, RecordType.CONSENT_EVENT):
        raise BadInputError.at("attachment", "parent_type", "not_permitted")
    if (record.level is None) is (record.parent_type is RecordType.CASE_NOTE):
        raise BadInputError.at("attachment", "level", "not_permitted")


def check_parent(record: Attachment, parent: Record | None) -> None:
    """Check an attachment against the record it lies beside: it is never read by more people than that is.

    Raises:
        BadInputError: `attachment.parent.not_permitted`: there is no such record, it is another organisation's, or
            somebody else's own note; `attachment.level.not_permitted`: it would be read by more people.
    """
    match parent:
        case CaseNote() if record.parent_type is RecordType.CASE_NOTE:
            is_beside = record.level is not None and _is_as_narrow(record.level, parent)
            if not is_beside:
                raise BadInputError.at("attachment", "level", "not_permitted")
            if parent.level is NoteLevel.AUTHOR_AND_COORDINATOR and parent.created_by != record.created_by:
                raise BadInputError.at("attachment", "parent", "not_permitted")
        case ConsentEvent() if record.parent_type is RecordType.CONSENT_EVENT:
            pass
        case _:
            raise BadInputError.at("attachment", "parent", "not_permitted")
    if (parent.person, parent.org) != (record.person, record.org):
        raise BadInputError.at("attachment", "parent", "not_permitted")


def _is_as_narrow(level: NoteLevel, note: CaseNote) -> bool:
    if NoteLevel.AUTHOR_AND_COORDINATOR in (level, note.level):
        # What is the author's own is read by its author's coordinators: a file beside it lies with it, and only there.
        return level is note.level
    return _WIDTH.get(level, len(_WIDTH)) <= _WIDTH.get(note.level, -1)


def level_beside(note: CaseNote, *, ticked: bool) -> NoteLevel:
    """Return who reads a file beside a note: partners only where it was ticked for them (domain.md 6.5)."""
    if note.level is NoteLevel.PARTNERS_AGREED and not ticked:
        return NoteLevel.ORGANISATION
    return note.level
