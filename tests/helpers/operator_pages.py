"""Make the tables of docs/reference/operator-files.md from the records themselves; run it to write the page again."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from app.domain.bodies import is_empty
from app.domain.ids import AgreementId, OrganisationId
from app.domain.record import FieldRule, Line, Range, Text
from sync.central.operator_files import FORMS, FileForm, object_in, required_parts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "operator-files.md"

ABOUT = {
    "agreement": {
        "title": "what people call the paper",
        "kind": "only `data_sharing` and `joint_controller` let anything flow",
        "parties": "two members or more",
        "purposes": "what the paper permits sharing for",
        "fields": "what of a person may flow; what is not named never does",
        "from_on": "from which day",
        "to_on": "the last day; for ever without it",
        "review_on": "when the parties look at it again",
        "signatories": "who signed; nothing flows before every party has",
        "document": "which file was signed; the file stays with the office",
        "replaces": "the version whose place it takes",
        "ended_on": "the day it was ended before its time",
        "demonstration": "no real paper: for trying out",
    },
    "service": {
        "name": "as people know it",
        "description": "what it does, for somebody who has never heard of it",
        "needs": "what it helps with",
        "status": "whether it takes people now",
        "paused_until": "the last day of a pause",
        "capacity_places": "how many places there are",
        "typical_wait_days": "how long people wait",
        "intake_team": "takes introductions in; the same word stands in the scope `intake:ORG:TEAM`",
        "intake_default": "the front door of the charity; one service of each has it",
        "needed_fields": "what a referral must tell",
        "ack_working_days": "by when an introduction is answered",
        "decide_days": "by when it is decided",
        "eligibility": "whom it is for; everybody without it",
        "checked_on": "the day somebody compared this entry with the truth; not in the future",
        "checked_by": "who did",
        "verified": "the charity has confirmed it",
        "source": "where the facts come from",
        "listing": "what an Open Referral UK listing holds beside these fields; it goes out again as it came",
    },
    "wording": {
        "version": "a name of its own; a changed text is a new version",
        "language": "a BCP 47 tag, such as `en-GB`",
        "format": "in which form it is put to people",
        "texts": "see below",
        "material_change": "people who agreed to the version before are asked again",
    },
}
"""What each field is for, in words."""


def table(form: FileForm) -> str:
    """Return the table of one kind of file."""
    lines = ["| field | must stand there | what it holds | what for |", "|---|---|---|---|"]
    for rule in form.rules:
        must = "yes" if rule.required else "no" + _default(form, rule)
        lines.append(f"| `{rule.name}` | {must} | {_words(rule)} | {ABOUT[form.name][rule.name]} |")
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    """Return a page with each table between its marks made again."""
    for form in FORMS:
        start, end = f"<!-- fields of {form.name} -->\n", f"<!-- end of {form.name} -->"
        before, _, rest = page.partition(start)
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"no place for the table of {form.name}")
        page = before + start + table(form) + end + after
    return page


def _default(form: FileForm, rule: FieldRule) -> str:
    value = next(item for item in fields(form.kind) if item.name == rule.name).default
    return "" if value is MISSING or is_empty(value) or not isinstance(value, int) else f"; {value}"


def _words(rule: FieldRule) -> str:
    match rule.shape:
        case Line(longest):
            return f"one line, at most {longest} characters"
        case Text(longest):
            return f"text, at most {longest} characters"
        case Range(least, most):
            return f"whole number from {least} to {most}"
    return _hint(rule.hint)


def _hint(hint: Any) -> str:
    inner = object_in(hint)
    if inner is not None and get_origin(hint) is tuple:
        return "list of objects, each with " + _parts(inner)
    if isinstance(hint, type) and is_dataclass(hint):
        return "object with " + _parts(hint)
    if get_origin(hint) is frozenset:
        (each,) = get_args(hint)
        return "list, each " + _hint(each)
    if get_origin(hint) is dict:
        return "object" if Any in get_args(hint) else "object: each key with its text"
    choices = [each for each in get_args(hint) if each is not type(None)]
    return _hint(choices[0]) if choices else _plain(hint)


def _plain(hint: Any) -> str:
    if hint is OrganisationId:
        return "id of a member (`organisation list`)"
    if hint is AgreementId:
        return "id of an agreement (`agreement list`)"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "one of " + ", ".join(f"`{each.value}`" for each in hint)
    return {date: "day, `YYYY-MM-DD`", bool: "`true` or `false`", int: "whole number", str: "text"}[hint]


def _parts(kind: type) -> str:
    must, hints = required_parts(kind), get_type_hints(kind)
    return "; ".join(
        f"`{name}`: {_hint(hint)}" + ("" if name in must else " (may be left out)") for name, hint in hints.items()
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
