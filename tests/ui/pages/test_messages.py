"""Every code has words, and days and hours read as people say them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

import app
import resources
import sync
from app import errors
from app.domain import codes
from app.domain.clocks import parse_partial
from app.domain.formats import email, nhs_number, phone
from app.errors import BadInputError, BadTransitionError, KnownError, MustWaitError
from ui import messages
from ui.error_words import ERROR_WORDS
from ui.input_words import INPUT_WORDS, PROBLEM_WORDS

ROOT = Path(__file__).resolve().parents[3]
KNOWN = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, KnownError)}


def sources() -> Iterator[Path]:
    for package in (app, sync):
        for folder in package.__path__:
            yield from (path for path in Path(folder).rglob("*.py") if "/central/" not in path.as_posix())


def codes_in(path: Path) -> Iterator[str]:
    """Yield each code that a source file raises, and `*.*.problem` for those whose field is named elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in KNOWN and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[-1], ast.Constant):
                yield "*" + str(first.values[-1].value)
        elif isinstance(function, ast.Attribute) and function.attr == "at" and len(node.args) == 3:
            parts = [arg.value if isinstance(arg, ast.Constant) else "any" for arg in node.args]
            if parts[2] != "any":
                yield ".".join(str(part) for part in parts)


def all_codes() -> set[str]:
    found = {code for path in sources() for code in codes_in(path)}
    return found | {getattr(errors, name).default_code for name in KNOWN}


def test_the_search_for_codes_finds_them() -> None:
    found = all_codes()
    assert {"vault.disk_full", "person.minimum", "keyring.locked"} <= found
    assert len(found) > 50


@pytest.mark.parametrize("code", sorted(all_codes()))
def test_every_code_in_the_source_has_words(code: str) -> None:
    ending = code.rpartition(".")[2]
    assert messages.has_words(code) or ending in PROBLEM_WORDS or ending in {"not_found", "bad_transition"}, code


@pytest.mark.parametrize("code", [reason.value for reason in codes.GateReason])
def test_every_reason_of_the_gate_has_words_of_its_own(code: str) -> None:
    assert code in ERROR_WORDS


@pytest.mark.parametrize("table", [ERROR_WORDS, INPUT_WORDS, PROBLEM_WORDS])
def test_words_are_sentences_without_jargon(table: dict[str, tuple[str, str]]) -> None:
    for code, words in table.items():
        for sentence in filter(None, words):
            assert sentence[0].isupper() or sentence.startswith("{"), code
            assert sentence[-1] in ".?", code
            assert not re.search(r"\b(invalid|submit|error|null|sync|server|upload|ID)\b", sentence, re.IGNORECASE), (
                code
            )


def test_a_refused_field_is_named_in_the_sentence() -> None:
    words = messages.words_of(BadInputError.at("stay", "ward", "too_long", longest=40))
    assert words.sentence == "The ward is too long."
    assert words.next_step == "Use at most 40 letters."


def test_a_field_without_a_name_is_never_called_by_its_name_in_the_program() -> None:
    assert (
        messages.words_of(BadInputError.at("op", "hlc_stamp", "bad_format")).sentence
        == "Check this: it cannot be read."
    )


def test_what_does_not_fit_is_said_so_that_a_ward_worker_understands() -> None:
    for code in ("consent.gillick.not_permitted", "referral.first_step_on.before_start", "referral.heard_by.required"):
        words = messages.words_of(BadInputError(code))
        assert "cannot be this" not in words.whole
        assert words.sentence == INPUT_WORDS[code][0]


def test_a_step_without_its_number_is_left_out_rather_than_shown_with_a_hole() -> None:
    assert messages.words_of(BadInputError.at("stay", "ward", "too_long")).next_step == ""


@pytest.mark.parametrize(
    ("refuse", "said"),
    [
        (lambda: nhs_number("abc"), "it has not ten digits"),
        (lambda: nhs_number("943 476 5918"), "one of its ten digits is wrong"),
        (lambda: parse_partial(("3", "2", "90"), record="person", field="dob"), "The year of birth has four digits."),
        (lambda: parse_partial(("3", "", "1990"), record="person", field="dob"), "The month of birth is missing."),
        (lambda: parse_partial(("31", "2", "1990"), record="person", field="dob"), "is not in the calendar"),
        (lambda: phone("07700 9001"), "A UK mobile has eleven digits"),
        (lambda: email("ann"), "not a whole e-mail address"),
    ],
)
def test_what_is_typed_wrong_is_said_for_what_it_is(refuse: Callable[[], object], said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        refuse()
    assert said in messages.words_of(refused.value).whole


def test_details_are_filled_in() -> None:
    assert "30 seconds" in messages.words_of(MustWaitError(seconds=30)).next_step


def test_a_wrong_move_says_where_the_referral_stands() -> None:
    error = BadTransitionError("referral.bad_transition", state="accepted")
    assert messages.words_of(error).sentence == "This referral is at another point by now: accepted."


def test_a_code_from_a_newer_version_still_gets_a_sentence() -> None:
    assert messages.words_of(KnownError("of_tomorrow")).sentence == ERROR_WORDS["known"][0]


@pytest.mark.parametrize(
    ("code", "key"),
    [("person.dob.in_future", "person.dob"), ("person.minimum", "person.minimum"), ("stay.ward.too_long", "stay.ward")],
)
def test_a_form_finds_what_to_mark(code: str, key: str) -> None:
    assert messages.field_key(BadInputError(code)) == key


def test_labels_come_from_the_code_lists_and_newer_slugs_read_as_other() -> None:
    assert messages.label("need", "housing") == resources.labels("need")["housing"]
    assert messages.label("need", "hovercraft") == "Other"
    assert messages.label("need", "") == ""


def test_every_code_list_of_the_domain_can_be_labelled() -> None:
    assert isinstance(resources, ModuleType)
    for name in resources.code_lists():
        assert all(messages.labels(name).values()), name


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (ON, "today"),
        (ON + timedelta(days=1), "tomorrow"),
        (ON - timedelta(days=1), "yesterday"),
        (ON + timedelta(days=2), "Tuesday"),
        (ON + timedelta(days=20), "12 December"),
        (ON + timedelta(days=200), "10 June 2027"),
    ],
)
def test_days_read_as_people_say_them(day: date, words: str) -> None:
    assert messages.near_day(day, ON) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (ON + timedelta(days=1), "tomorrow"),
        (ON + timedelta(days=3), "Wed"),
        (ON - timedelta(days=30), "23 Oct"),
        (ON + timedelta(days=44), "5 Jan"),
        (ON + timedelta(days=200), "10 Jun 2027"),
    ],
)
def test_days_in_a_column_are_short_and_name_one_day_only(day: date, words: str) -> None:
    assert messages.column_day(day, ON) == words


def test_hours_are_those_of_london_in_summer_too() -> None:
    assert messages.hour_words(datetime(2026, 7, 1, 13, 5, tzinfo=UTC)) == "14:05"
    assert messages.moment_words(NOW - timedelta(hours=2), NOW) == "07:00"
    assert messages.moment_words(NOW - timedelta(days=5), NOW) == "Tue 09:00"
    assert messages.moment_words(NOW - timedelta(days=8), NOW) == "14 November, 09:00"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=5), "5 hours"),
        (timedelta(days=3, hours=4), "3 days"),
    ],
)
def test_ages_are_whole_and_plain(ago: timedelta, words: str) -> None:
    assert messages.age_words(NOW - ago, NOW) == words


def test_names_are_joined_as_in_speech() -> None:
    assert messages.joined(["Aspire"]) == "Aspire"
    assert messages.joined(["Aspire", "Back Up", "SIA"]) == "Aspire, Back Up and SIA"
