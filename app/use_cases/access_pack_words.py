"""A pack as it is printed: every record in words, what was sent, who looked, and what the law lets the person do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import resources
from app.domain.access_pack import Held, Pack, told
from app.domain.clocks import london_moment
from app.domain.codes import RecordType
from app.printing.sheet import Block, Sheet
from app.use_cases.access_requests import Given

_LIST_OF: Final[Mapping[tuple[RecordType, str], str]] = {
    (RecordType.PERSON, "status"): "person_status",
    (RecordType.PERSON, "age_band"): "age_band",
    (RecordType.PERSON, "roles"): "person_role",
    (RecordType.CONTACT_POINT, "kind"): "contact_kind",
    (RecordType.RELATIONSHIP, "kind"): "relationship_kind",
    (RecordType.CONSENT_EVENT, "kind"): "consent_kind",
    (RecordType.REFERRAL, "state"): "referral_state",
    (RecordType.REFERRAL_EVENT, "to_state"): "referral_state",
    (RecordType.REFERRAL_EVENT, "from_state"): "referral_state",
    (RecordType.MATCH, "state"): "match_state",
    (RecordType.MATCH_EVENT, "to_state"): "match_state",
    (RecordType.GOAL, "area"): "topic",
    (RecordType.GOAL, "state"): "goal_state",
    (RecordType.TASK, "kind"): "task_kind",
    (RecordType.TASK, "state"): "task_state",
    (RecordType.CASE_NOTE, "level"): "note_level",
    (RecordType.SESSION, "status"): "session_status",
    (RecordType.SESSION, "channel"): "session_channel",
}
_LIST_OF_FIELD: Final[Mapping[str, str]] = {
    "needs": "need",
    "need": "need",
    "nation": "nation",
    "comm_needs": "communication_need",
    "may_use": "may_use",
    "safe_times": "safe_time",
    "level": "injury_level",
    "ais": "ais",
    "cause": "cause",
    "completeness": "completeness",
    "ventilation": "ventilation",
    "told_by": "told_by",
    "discharge_to": "discharge_to",
    "able_to_meet": "able_to_meet",
    "purpose": "purpose",
    "scope": "scope",
    "decision": "decision",
    "method": "consent_method",
    "ethnic_group": "ethnic_group",
    "sex": "sex",
    "sexual_orientation": "sexual_orientation",
    "religion": "religion",
    "given_by": "given_by",
    "created_role": "role",
    "topics": "topic",
    "instrument": "instrument",
    "occasion": "measure_occasion",
    "mode": "measure_mode",
    "priority": "priority",
    "withheld": "package_field",
}
_RIGHTS: Final = (
    "You may ask us to put right what is wrong, to stop using it, or to erase it.",
    "You may ask for it in a form that another organisation can use: that is the second and third file.",
    "If you think we have done something wrong, you can complain to the Information Commissioner: ico.org.uk.",
)
_LONGEST_ID: Final = 36
_NAMED: Final[Mapping[str, str]] = {
    "dob": "Date of birth",
    "comm_needs": "How to talk with you",
    "org": "Charity",
    "org_name_shown": "Name of the charity as it was read to you",
    "asked_by_org": "Who asked",
    "at": "When",
    "to_org": "To which charity",
    "to_service": "To which service",
    "to_team": "To which team",
    "ack_due": "They should say that it came by",
    "decide_due": "They should answer by",
    "nhs_number": "NHS number",
    "chi_number": "CHI number",
    "hsc_number": "Health and care number",
    "ais": "ASIA grade",
    "came_from": "Who told us",
    "see_lead": "Ask the safeguarding lead",
    "for_role": "For",
}
"""Names of fields that do not say it themselves."""

_UNSAID: Final = frozenset(
    {"created_at", "created_role", "id", "package", "package_hash", "package_seen", "wording_hash", "consent_lines"}
)
"""Told elsewhere on the sheet, or only of use to a program: it stands in the data file."""


def pack_sheet(given: Given, *, on: date) -> Sheet:
    """Return the pack as it is printed and read; tagged, so that a screen reader finds its way."""
    pack, words = given.pack, _Words(given.names)
    about = Block(
        items=(
            (f"You asked on {_day(pack.received_on)} what we hold about you. This was made on {_day(on)}.",),
            ("It holds our own records of you, what you agreed to, what we sent and to whom, and who looked.",),
            *_left_out(pack),
            *((sentence,) for sentence in _RIGHTS),
        ),
        is_list=False,
    )
    records = [words.block(each) for each in pack.records]
    sent = [
        Block(
            heading=f"Sent to {to}",
            items=((f"{service}, {_moment(at)}. This is exactly what they received.",),),
            is_list=False,
            columns=("What", "What it said"),
            rows=tuple(words.rows(RecordType.REFERRAL, package)),
        )
        for to, service, at, package in pack.sent
    ]
    looks = Block(
        heading="Who looked at your record, or changed it",
        items=(("Each line is one day. People at work are told by what they do, not by name.",),),
        is_list=False,
        columns=("Day", "Who", "What", "How often"),
        rows=tuple(
            (_day(look.on), f"{look.organisation}, {words.label('role', look.role)}",
             words.label("audit_action", look.action), str(look.count))
            for look in pack.looks
        ),
    )  # fmt: skip
    return Sheet(
        title="What we hold about you",
        language="en-GB",
        sender=pack.organisation,
        blocks=(about, *records, *sent, looks),
        footer=f"{pack.organisation}: what we hold about you, {_day(on)}",
    )


class _Words:
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._labels: dict[str, Mapping[str, str]] = {}

    def label(self, code_list: str, slug: str) -> str:
        if code_list not in self._labels:
            self._labels[code_list] = resources.labels(code_list)
        return self._labels[code_list].get(slug, _spaced(slug))

    def block(self, held: Held) -> Block:
        title = self.label("record_type", held.kind.value)
        made = f"Written down on {_moment(str(held.body['created_at']))}"
        by = self.label("role", str(held.body["created_role"]))
        return Block(
            heading=title,
            items=((f"{made} by: {by}.",),),
            is_list=False,
            columns=("What", "What it says"),
            rows=tuple(self.rows(held.kind, told(held))),
        )

    def rows(self, kind: RecordType, body: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        for name, value in body.items():
            said = "" if name in _UNSAID else self.value(kind, name, value)
            if said:
                yield _spaced(name), said

    def value(self, kind: RecordType, name: str, value: Any) -> str:
        match value:
            case bool():
                return "Yes" if value else "No"
            case int() | float():
                return f"{value}"
            case list():
                return "; ".join(said for each in value if (said := self.value(kind, name, each)))
            case dict():
                parts = ((key, self.value(kind, key, each)) for key, each in value.items() if key not in _UNSAID)
                return ", ".join(f"{_spaced(key)}: {said}" for key, said in parts if said)
            case str():
                return self._text(kind, name, value)
        return ""

    def _text(self, kind: RecordType, name: str, value: str) -> str:
        if value in self._names:
            return self._names[value]
        if len(value) == _LONGEST_ID and value.count("-") == 4:
            return ""  # An id of our own says nothing to anybody.
        code_list = _LIST_OF.get((kind, name)) or _LIST_OF_FIELD.get(name)
        if code_list is not None:
            return self.label(code_list, value)
        return _moment(value) if value[:4].isdigit() and value[4:5] == "-" and value[10:11] in ("", "T") else value


def _left_out(pack: Pack) -> list[tuple[str, ...]]:
    if not pack.left_out:
        return [("No words were left out of the records below.",)]
    count = sum(each[2] for each in pack.left_out)
    places = "1 place" if count == 1 else f"{count} places"
    return [(f"In {places} words were left out, because they are about somebody else or were told in confidence.",)]


def _spaced(name: str) -> str:
    words = _NAMED.get(name) or name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(text: str) -> str:
    """Return a day or a moment as it is read in London; what is neither stays."""
    try:
        if len(text) == len("2026-11-22"):
            return _day(date.fromisoformat(text))
        moment = london_moment(datetime.fromisoformat(text))
    except ValueError:
        return text
    return f"{_day(moment.date())}, {moment:%H:%M}"
