"""What every record has in common: the fixed header, and how each field merges, opens and is checked.

The annotations on the fields of a record are the one table of merge classes and record classes
(`domain.md` 4.1 to 4.3); the laptop and the central service both read it from here.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, NewType, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints

from app.domain.codes import RecordType, Role
from app.domain.ids import AggregateId, DeviceId, OrganisationId, RecordId, UserId
from app.domain.schema import SCHEMA_VERSION

T = TypeVar("T")

PartialDate = NewType("PartialDate", str)
"""A day known in part: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""


class Merge(StrEnum):
    """How two versions of one field become one (`domain.md` 4.1)."""

    FIXED = "fixed"
    IDENTITY = "identity"
    LWW = "lww"
    TEXT = "text"
    SET_ADD = "set+"
    SET_REMOVE = "set-"
    FLAG = "flag"
    APPEND = "append"
    STATE = "state"


class Cls(IntEnum):
    """Record class: what opens a record, or one of its fields, to a partner (`domain.md` 4.2)."""

    REFERENCE = 0
    CORE = 1
    INJURY = 2
    NEEDS = 3
    NOTES = 4
    CONSENT = 5
    REFERRAL = 6
    MENTORING = 7
    OWN = 8
    SAFEGUARDING = 9
    EQUALITY = 10
    CARD = 11


@dataclass(frozen=True, slots=True)
class Line:
    """One line of at most `longest` characters."""

    longest: int


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs of at most `longest` characters."""

    longest: int


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number from `least` to `most`, both included."""

    least: int
    most: int


Fixed: TypeAlias = Annotated[T, Merge.FIXED]
Identity: TypeAlias = Annotated[T, Merge.IDENTITY]
Lww: TypeAlias = Annotated[T, Merge.LWW]
Paragraphs: TypeAlias = Annotated[T, Merge.TEXT]
SetAdd: TypeAlias = Annotated[T, Merge.SET_ADD]
SetRemove: TypeAlias = Annotated[T, Merge.SET_REMOVE]
Flag: TypeAlias = Annotated[T, Merge.FLAG]
State: TypeAlias = Annotated[T, Merge.STATE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The header of every record; nothing in it ever changes but `archived`."""

    TYPE: ClassVar[RecordType]
    CLS: ClassVar[Cls]

    id: Fixed[RecordId]
    org: Fixed[OrganisationId]
    created_at: Fixed[datetime]
    created_by: Fixed[UserId]
    created_role: Fixed[Role]
    device: Fixed[DeviceId]
    schema_version: Fixed[int] = SCHEMA_VERSION
    clock_doubt: Fixed[bool] = False
    archived: Lww[bool] = False

    @property
    def aggregate(self) -> AggregateId:
        """The unit that is locked and travels whole; reference records are one each."""
        return AggregateId(self.id)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What one field of a record allows.

    Attributes:
        name: the field.
        merge: how two versions become one.
        cls: the class that opens it to a partner; the record's own unless the field says otherwise.
        shape: `Line`, `Text`, `Range` or None.
        required: an empty value is refused.
        is_partial_date: it holds a day known in part.
        hint: its type without annotations.
    """

    name: str
    merge: Merge
    cls: Cls
    shape: Line | Text | Range | None
    required: bool
    is_partial_date: bool
    hint: Any


def field_rules(kind: type[Record]) -> dict[str, FieldRule]:
    """Return the rules of every field of one kind of record, in the order they are written."""
    return _rules_of_type(cast(Hashable, kind))


@cache
def _rules_of_type(kind: Any) -> dict[str, FieldRule]:
    hints = get_type_hints(kind, include_extras=True)
    required = {item.name for item in fields(kind) if _has_no_default(item)}
    rules = {}
    for item in fields(kind):
        hint, marks = _unwrap(hints[item.name])
        rules[item.name] = FieldRule(
            name=item.name,
            merge=next((mark for mark in marks if isinstance(mark, Merge)), Merge.APPEND),
            cls=next((mark for mark in marks if isinstance(mark, Cls)), kind.CLS),
            shape=next((mark for mark in marks if isinstance(mark, Line | Text | Range)), None),
            required=item.name in required,
            is_partial_date=PartialDate in (hint, *get_args(hint)),
            hint=hint,
        )
    return rules


def _has_no_default(item: Any) -> bool:
    return item.default is MISSING and item.default_factory is MISSING


def _unwrap(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return inner, tuple(marks)
    return hint, ()
