"""What every field of every record must be before it is written: on the laptop, and again at the central service.

The same function runs on both sides, so that a record the form lets through is a record the service takes.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args
from uuid import UUID

import msgspec

from app.domain.bodies import Body, field_names, is_empty, plain, record_of
from app.domain.clocks import earliest, is_partial_date
from app.domain.codes import Code, ConsentKind, RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.faults import Faults
from app.domain.formats import contact_value, email, nhs_number, phone, postcode
from app.domain.person import ContactPoint, Person, Stay
from app.domain.record import FieldRule, Line, Merge, PartialDate, Range, Record, Text, field_rules
from app.domain.record_rules import check_rules, record_name
from app.domain.referral import is_free
from app.domain.schema import SCHEMA_VERSION
from app.domain.tidying import is_readable, is_tidy_line, is_tidy_text, tidy_line, tidy_text
from app.errors import BadInputError

__all__ = [
    "check",
    "check_minimum",
    "check_patch",
    "checked",
    "contact_value",
    "email",
    "faults_of",
    "nhs_number",
    "phone",
    "postcode",
    "record_name",
    "tidy_line",
    "tidy_text",
]

R = TypeVar("R", bound=Record)

LONGEST_INNER_TEXT = 8000
"""Characters of any text inside a list or a map; the longest text of any field."""

FIRST_DAY = date(1890, 1, 1)
"""No day that concerns anybody living lies before it."""

LAST_DAY = date(2199, 12, 31)
"""No day that anybody plans for lies after it."""

_DERIVED = frozenset(
    {
        RecordType.AUDIT_ENTRY,
        RecordType.AUDIT_SUBJECT,
        RecordType.CONFLICT,
        RecordType.REMOVAL_RECEIPT,
        RecordType.SHARE_CARD,
        RecordType.MATCH_CARD,
    }
)
"""Made by the program, never typed."""

_RIGHT = frozenset({UUID, datetime, bool, int})
"""Types of which every value is a right one, and so is every value of a code list that never grows."""

_MISSING = re.compile(r"missing required field `(\w+)`")
_PATH = re.compile(r"`\$\.(\w+)([^`]*)`")


def check(record: Record, *, on: date) -> None:
    """Check a record that is about to be written.

    Args:
        record: the whole record.
        on: today, London.

    Raises:
        BadInputError: `<record>.<field>.<problem>` of the first field that breaks its rule.
    """
    if record.TYPE in _DERIVED or (isinstance(record, ConsentEvent) and record.kind is ConsentKind.WITHDRAWAL):
        # A stop is never refused for the way it was written down (UK GDPR Art. 7(3)).
        return
    name = record_name(type(record))
    for rule in _rules_to_check(cast(Hashable, type(record))):
        _check_field(name, rule, getattr(record, rule.name), on, record.schema_version)
    check_rules(record, on=on)


def faults_of(record: Record, *, on: date) -> tuple[BadInputError, ...]:
    """Return every field of a record that breaks its rule, where `check` raises the first.

    What binds fields together is only asked once each alone is right.
    """
    faults = Faults()
    name = record_name(type(record))
    for rule in _rules_to_check(cast(Hashable, type(record))):
        faults.take(partial(_check_field, name, rule, getattr(record, rule.name), on, record.schema_version), None)
    if not faults.of():
        faults.take(partial(check_rules, record, on=on), None)
    return faults.errors


@cache
def _rules_to_check(kind: Any) -> tuple[FieldRule, ...]:
    """Return the rules of the fields whose type alone does not make them right: ids, moments and flags it does."""
    return tuple(rule for rule in field_rules(kind).values() if rule.shape or not _is_right(rule))


def _is_right(rule: FieldRule) -> bool:
    hints = {_plain_type(hint) for hint in (get_args(rule.hint) if isinstance(rule.hint, UnionType) else (rule.hint,))}
    if rule.required and NoneType in hints:
        return False
    return all(hint in _RIGHT or _is_closed(hint) for hint in hints - {NoneType})


def _is_closed(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum) and not issubclass(hint, Code)


def _plain_type(hint: Any) -> Any:
    return _plain_type(hint.__supertype__) if hasattr(hint, "__supertype__") else hint


def check_patch(
    kind: type[Record],
    current_body: Mapping[str, Any],
    changes: Mapping[str, Any],
    on: date,
    *,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Check a change of some fields of a record.

    Args:
        kind: the kind of record.
        current_body: the body before the change.
        changes: field to new value, None for "empty now".
        on: today, London.
        before: the body that stood there, where `current_body` is changed already.

    Raises:
        BadInputError: `not_permitted` for a field that never changes, or only by a transition; else as `check` does.
    """
    name, rules = record_name(kind), field_rules(kind)
    state = current_body.get("state") if kind.TYPE is RecordType.REFERRAL else None
    for field in changes:
        rule = rules.get(field)
        if rule is None or (rule.merge is Merge.FIXED and is_free(field, state)):
            continue
        if rule.merge in (Merge.FIXED, Merge.STATE, Merge.APPEND):
            raise BadInputError.at(name, field, "not_permitted")
    record = _patched(kind, current_body, changes)
    stood = before if before is not None else current_body
    for field in changes:
        if field in rules:
            # A code of a newer version that stood there already is kept; nothing unknown is written anew.
            kept = record.schema_version if _brings_code(record, field, stood) else SCHEMA_VERSION + 1
            _check_field(name, rules[field], getattr(record, field), on, kept)
    check_rules(record, on=on)


def check_minimum(person: Person, stays: Iterable[Stay], contacts: Iterable[ContactPoint]) -> None:
    """Check that somebody can be named and found again: one of three names, and an open stay or a contact point.

    Raises:
        BadInputError: `person.minimum`.
    """
    named = person.given_name or person.family_name or person.known_as
    findable = any(stay.is_open and not stay.archived for stay in stays) or any(
        not contact.archived for contact in contacts
    )
    if not named or not findable:
        raise BadInputError("person.minimum")


def checked(kind: type[R], record_id: UUID, body: Mapping[str, Any], *, on: date) -> R:
    """Return the record of a body that came from elsewhere, once its shape and every field are right.

    Raises:
        BadInputError: as `check` does; `bad_format`, `unknown_code` or `required` when it has not the shape of `kind`.
    """
    try:
        record = record_of(kind, record_id, body)
    except msgspec.ValidationError as fault:
        raise _shape_error(kind, fault) from fault
    check(record, on=on)
    return record


def _patched(kind: type[Record], current_body: Mapping[str, Any], changes: Mapping[str, Any]) -> Record:
    body: Body = {**current_body}
    for field, value in changes.items():
        body[field] = plain(value)
        if is_empty(body[field]):
            del body[field]
    try:
        # The id of a record never enters a rule, so a patch is checked without one.
        return record_of(kind, UUID(int=0), body)
    except msgspec.ValidationError as fault:
        raise _shape_error(kind, fault) from fault


def _shape_error(kind: type[Record], fault: msgspec.ValidationError) -> BadInputError:
    """Return the error that a body's wrong shape amounts to; nothing of the body's values enters it."""
    words = str(fault)
    missing, path = _MISSING.search(words), _PATH.search(words)
    if missing and path is None:
        return BadInputError.at(record_name(kind), missing[1], "required")
    problem = "unknown_code" if words.startswith("Invalid enum value") else "bad_format"
    if path is None:
        return BadInputError.at(record_name(kind), "record", problem)
    # Keys of a map stand in it as `[...]`: it names places, never what somebody wrote.
    inside = path[2] + (f".{missing[1]}" if missing else "")
    detail = {"path": f"$.{path[1]}{inside}"} if inside else {}
    return BadInputError.at(record_name(kind), path[1], problem, **detail)


def _check_field(name: str, rule: FieldRule, value: Any, on: date, schema_version: int) -> None:
    if value is None and not rule.required:
        return  # Most fields of most records: nothing to check.
    if rule.required and not isinstance(value, int) and is_empty(value):
        raise BadInputError.at(name, rule.name, "required")
    match rule.shape:
        case Line(longest):
            _check_text(name, rule.name, value, longest, is_line=True)
        case Text(longest):
            _check_text(name, rule.name, value, longest, is_line=False)
        case Range(least, most) if value is not None and not least <= value <= most:
            raise BadInputError.at(name, rule.name, "out_of_range", least=least, most=most)
        case _:
            _check_inner(name, rule.name, value)
    if rule.is_partial_date:
        _check_partial(name, rule.name, value, on)
    if schema_version <= SCHEMA_VERSION:
        _check_codes(name, rule.name, value)


def _check_text(name: str, field: str, value: str | None, longest: int, *, is_line: bool) -> None:
    if not value:
        return
    if len(value) > longest:
        raise BadInputError.at(name, field, "too_long", longest=longest, length=len(value))
    if not (is_tidy_line(value) if is_line else is_tidy_text(value)):
        raise BadInputError.at(name, field, "bad_format")


def _check_partial(name: str, field: str, value: PartialDate, on: date) -> None:
    # Every day known in part is a day of the past: birth, injury, admission.
    if not is_partial_date(value):
        raise BadInputError.at(name, field, "bad_format")
    if earliest(value) > on:
        raise BadInputError.at(name, field, "in_future")


def _check_codes(name: str, field: str, value: Any) -> None:
    if isinstance(value, Code):
        is_known = value.is_known
    elif isinstance(value, frozenset):
        is_known = all(code.is_known for code in value if isinstance(code, Code))
    else:
        return
    if not is_known:
        raise BadInputError.at(name, field, "unknown_code")


def _brings_code(record: Record, field: str, stood: Mapping[str, Any]) -> bool:
    """Answer whether a field holds an unknown code that did not stand there before."""
    value, old = getattr(record, field), stood.get(field)
    codes = value if isinstance(value, frozenset) else (value,)
    known_before = frozenset(each for each in (old if isinstance(old, list) else (old,)) if isinstance(each, str))
    return any(isinstance(code, Code) and not code.is_known and code.value not in known_before for code in codes)


def _check_inner(name: str, field: str, value: Any) -> None:
    """Check the texts and days inside lists, maps and small records."""
    match value:
        case str():
            if len(value) > LONGEST_INNER_TEXT:
                raise BadInputError.at(name, field, "too_long", longest=LONGEST_INNER_TEXT, length=len(value))
            if not is_readable(value):
                raise BadInputError.at(name, field, "bad_format")
        case datetime():
            pass
        case date() if not FIRST_DAY <= value <= LAST_DAY:
            raise BadInputError.at(name, field, "out_of_range")
        case dict():
            for inner in (*value.keys(), *value.values()):
                _check_inner(name, field, inner)
        case tuple() | list() | frozenset():
            for inner in value:
                _check_inner(name, field, inner)
        case _ if is_dataclass(value):
            for part in field_names(type(value)):
                _check_inner(name, field, getattr(value, part))
