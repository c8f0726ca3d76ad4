"""The files an operator writes: which fields each holds, and everything that is wrong with one said at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args

import msgspec

from app.domain.agreement import Agreement
from app.domain.bodies import field_names, is_empty
from app.domain.codes import Purpose, Scope
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service
from app.domain.record import FieldRule, Record, field_rules
from app.errors import ServiceError

LARGEST_FILE_BYTES = 256 * 1024
"""Larger than any paper; a file beyond it is another one by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileForm:
    """What one kind of file holds.

    Attributes:
        name: as the command is called.
        kind: the record that is made of it.
        given: fields that the command fills in itself.
        texts: keys that `texts` must have; without one a worker would have nothing to read to the person.
        may_hold_more: other fields are passed over, for the shipped files have them.
    """

    name: str
    kind: type[Record]
    given: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    may_hold_more: bool = False

    @property
    def rules(self) -> tuple[FieldRule, ...]:
        """The fields, in the order in which the record has them."""
        elsewhere = self.given | set(field_names(Record))
        return tuple(rule for name, rule in field_rules(self.kind).items() if name not in elsewhere)


AGREEMENT = FileForm(name="agreement", kind=Agreement)
SERVICE = FileForm(name="service", kind=Service, given=frozenset({"provider"}))
WORDING = FileForm(
    name="wording",
    kind=ConsentWording,
    given=frozenset({"hash", "state", "approved_by"}),
    texts=("opening", *Purpose, *(f"scope.{scope}" for scope in Scope), "statement", "stop"),
    may_hold_more=True,
)

FORMS = (AGREEMENT, SERVICE, WORDING)
"""Every kind of file, in the order of the reference page."""


def read_file(form: FileForm, file: Path) -> dict[str, Any]:
    """Return the fields of a file.

    Raises:
        ServiceError: `service.bad_file` when it is no JSON object; `service.bad_fields` with every field that is
            missing or unknown.
    """
    found = _read(file)
    known = {rule.name for rule in form.rules}
    problems = []
    if missing := [*_missing_fields(form, found), *_missing_texts(form, found.get("texts"))]:
        problems.append("missing: " + ", ".join(missing))
    if not form.may_hold_more and (unknown := sorted(found.keys() - known)):
        problems.append("not known: " + ", ".join(name[:60] for name in unknown))
    if problems:
        raise ServiceError("service.bad_fields", value=file.name, problem="; ".join(problems))
    return {name: value for name, value in found.items() if name in known}


def required_parts(kind: type) -> tuple[str, ...]:
    """Return the names of what must stand in each object of a list."""
    return tuple(part.name for part in fields(kind) if part.default is MISSING and part.default_factory is MISSING)


def object_in(hint: Any) -> type | None:
    """Return the kind of object that a field holds a list of, None when it holds none."""
    return next((each for each in get_args(hint) if isinstance(each, type) and is_dataclass(each)), None)


def _missing_fields(form: FileForm, found: Mapping[str, Any]) -> Iterator[str]:
    for rule in form.rules:
        yield from _missing(rule, found.get(rule.name))


def _missing_texts(form: FileForm, texts: Any) -> Iterator[str]:
    if isinstance(texts, Mapping) and texts:
        yield from (f"“{key}” of texts" for key in form.texts if is_empty(texts.get(key)))


def _missing(rule: FieldRule, value: Any) -> Iterator[str]:
    if rule.required and is_empty(value):
        yield rule.name
    inner = object_in(rule.hint)
    if inner is None or not isinstance(value, list):
        return
    for place, item in enumerate(value, start=1):
        for part in required_parts(inner):
            if isinstance(item, Mapping) and is_empty(item.get(part)):
                yield f"{part} of {rule.name} {place}"


def _read(file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ServiceError("service.cannot_read", value=str(file)) from error
    try:
        found = msgspec.json.decode(raw) if len(raw) <= LARGEST_FILE_BYTES else None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # It says what and where, by byte; it repeats nothing of the file.
        raise ServiceError("service.bad_file", value=file.name, problem=str(error)) from error
    if not isinstance(found, dict):
        raise ServiceError("service.bad_file", value=file.name, problem="it is no JSON object, or too large")
    return found
