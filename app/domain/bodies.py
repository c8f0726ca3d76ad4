"""Records as JSON bodies and back: one form in the vault, on the wire and at the central service.

A body is a JSON object of a record's fields without its id and type. A field that is empty (null, false,
empty text, set, list or map) is left out, so a body has one form; canonical JSON has sorted keys, no spaces, UTF-8
and no floats, so a body has one hash.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args
from uuid import UUID

import msgspec

from app.domain.agreement import Agreement
from app.domain.attachment import Attachment
from app.domain.audit import AuditEntry, AuditSubject
from app.domain.canonical import canonical
from app.domain.card import RemovalReceipt, ShareCard
from app.domain.codes import RecordType
from app.domain.concern import Concern, ConcernStep
from app.domain.conflict import Conflict
from app.domain.consent_event import ConsentEvent, ConsentWording
from app.domain.directory import Service, Site
from app.domain.equality import EqualityAnswers
from app.domain.match import Match, MatchCard, MatchEvent, PulseAnswer, Session
from app.domain.measures import OutcomeMeasure
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.note import CaseNote, Signpost
from app.domain.notice import Notice
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.person_merge import PersonMerge, SamePerson
from app.domain.record import Record, field_rules
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import Task
from app.domain.user import User

Body = dict[str, Any]
R = TypeVar("R", bound=Record)

KINDS: Mapping[RecordType, type[Record]] = {
    kind.TYPE: kind
    for kind in (
        Agreement,
        Attachment,
        AuditEntry,
        AuditSubject,
        CaseNote,
        Concern,
        ConcernStep,
        Conflict,
        ConsentEvent,
        ConsentWording,
        ContactPoint,
        EqualityAnswers,
        Goal,
        Injury,
        Match,
        MatchCard,
        MatchEvent,
        MenteeProfile,
        MentorProfile,
        Notice,
        Organisation,
        OutcomeMeasure,
        Person,
        PersonMerge,
        PulseAnswer,
        Referral,
        ReferralEvent,
        Relationship,
        RemovalReceipt,
        SamePerson,
        Service,
        Session,
        ShareCard,
        Signpost,
        Site,
        Stay,
        Task,
        User,
    )
}
"""Every kind of record this version knows, by the name it travels under."""


def is_empty(value: object) -> bool:
    """Answer whether a value is left out of a body; zero is a value."""
    return not value and (value is False or not isinstance(value, int))


def plain(value: Any) -> Any:
    """Return any domain value as JSON values: ids and codes as text, sets sorted, moments in UTC milliseconds."""
    # Nearly every value is of one of a few types, and looking its type up takes a tenth of trying one after the other.
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    names = field_names(type(value))
    return {name: plain(item) for name in names if not is_empty(item := getattr(value, name))}


@lru_cache(maxsize=512)  # all records of one act have one moment
def _plain_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain_set(value: Iterable[Any]) -> list[Any]:
    return sorted(plain(item) for item in value)


def _plain_list(value: Iterable[Any]) -> list[Any]:
    return [plain(item) for item in value]


def _plain_map(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): plain(item) for key, item in value.items()}


def _as_it_is(value: Any) -> Any:
    return value


_WRITERS: Mapping[type, Callable[[Any], Any]] = {
    datetime: _plain_moment,
    date: str,
    UUID: str,
    frozenset: _plain_set,
    set: _plain_set,
    tuple: _plain_list,
    list: _plain_list,
    dict: _plain_map,
    str: _as_it_is,
    int: _as_it_is,
    bool: _as_it_is,
    type(None): _as_it_is,
}


def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, in the order they are written."""
    return _names_of_type(cast(Hashable, kind))


@cache
def _names_of_type(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def body_of(record: Record) -> Body:
    """Return a record's body, empty fields left out."""
    body: Body = {}
    for name in field_names(type(record)):
        value = getattr(record, name)
        if value or not is_empty(value):
            writer = _WRITERS.get(type(value))
            body[name] = plain(value) if writer is None else writer(value)
    del body["id"]
    return body


def is_body(record: Record, found: Mapping[str, Any]) -> bool:
    """Answer whether a mapping that a record was made of is that record's body to the letter.

    The same as `found == {**body_of(record), **unknown_fields(kind, found)}`, without making a body: nearly every one
    that comes from a laptop is, and a service looks at hundreds at once.
    """
    forms, needed = _forms_of(cast(Hashable, type(record)))
    if "id" in found or not needed <= found.keys():
        return False
    for name, value in found.items():
        form = forms.get(name, _as_it_came)
        if form is _as_it_came or (value and form is not None and form(value)):
            continue
        if is_empty(value) or canonical(plain(getattr(record, name))) != canonical(value):
            return False
    return True


def _is_spelt_as_id(value: Any) -> bool:
    return type(value) is str and len(value) == _LONG_ID and value == value.lower()


def _is_spelt_as_moment(value: Any) -> bool:
    return type(value) is str and _MOMENT.fullmatch(value) is not None


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int)


_LONG_ID = 36
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

Form = Callable[[Any], bool]
_FORMS: Mapping[Any, Form] = {
    UUID: _is_spelt_as_id,
    datetime: _is_spelt_as_moment,
    str: _is_scalar,
    bool: _is_scalar,
    int: _is_scalar,
}


def _as_it_came(_value: Any) -> bool:
    return True


@cache
def _forms_of(kind: Any) -> tuple[Mapping[str, Form | None], frozenset[str]]:
    """Return how each known field is spelt, None where it takes a closer look; and which are never left out."""
    forms = {name: _FORMS.get(_bare(rule.hint)) for name, rule in field_rules(kind).items()}
    needed = frozenset(item.name for item in fields(kind) if item.default is not MISSING and not is_empty(item.default))
    return forms, needed


def _bare(hint: Any) -> Any:
    if hasattr(hint, "__supertype__"):
        return _bare(hint.__supertype__)
    if isinstance(hint, UnionType):
        inner = [each for each in get_args(hint) if each is not NoneType]
        return _bare(inner[0]) if len(inner) == 1 else None
    return str if isinstance(hint, type) and issubclass(hint, StrEnum) else hint


def look_up_kinds() -> None:
    """Look at every kind of record once, while there is one thread.

    msgspec 0.22 keeps what it finds on the class; two threads that look at a class for the first time at once may end
    the process with a segmentation fault.
    """
    for kind in KINDS.values():
        msgspec.json.Decoder(kind)


def record_of(kind: type[R], record_id: UUID, body: Mapping[str, Any]) -> R:
    """Return the record of a body; fields this version does not know are passed over.

    Raises:
        msgspec.ValidationError: the body does not have the shape of `kind`.
    """
    return msgspec.convert({**body, "id": record_id}, kind, strict=True)


def unknown_fields(kind: type[Record], body: Mapping[str, Any]) -> Body:
    """Return the fields of a body that this version does not know."""
    known = field_rules(kind)
    return {name: value for name, value in body.items() if name not in known}
