"""The code lists on file and the enumerations of the domain hold each other to the same slugs."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

import resources
from app.domain import codes

ENUMERATIONS = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): kind
    for name, kind in vars(codes).items()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == codes.__name__ and len(kind) > 0
}

WORDS_OF_PROGRAMMERS = re.compile(r"\b(submit|invalid|sync|error|null|boolean|enum|payload|slug|id)\b", re.IGNORECASE)


def test_every_enumeration_has_a_list_on_file_and_no_list_is_left_over() -> None:
    assert set(resources.code_lists()) == set(ENUMERATIONS)


@pytest.mark.parametrize("name", sorted(ENUMERATIONS))
def test_a_list_holds_exactly_the_slugs_of_its_enumeration_in_the_same_order(name: str) -> None:
    assert list(resources.labels(name)) == [member.value for member in ENUMERATIONS[name]]


@pytest.mark.parametrize("name", sorted(ENUMERATIONS))
def test_every_entry_says_whether_it_was_checked_and_every_list_where_it_comes_from(name: str) -> None:
    code_list = resources.read_json("codes", f"{name}.json")
    assert code_list["list"] == name
    assert code_list["version"] == 1
    assert code_list["source"].strip()
    for entry in code_list["entries"]:
        assert isinstance(entry["verified"], bool)
        assert entry.get("source", code_list["source"])
        assert set(entry) <= {"slug", "label", "standard", "verified", "source", "who", "due"}


@pytest.mark.parametrize("name", sorted(ENUMERATIONS))
def test_words_on_screen_are_plain_short_and_tell_the_entries_apart(name: str) -> None:
    labels = list(resources.labels(name).values())
    assert len(set(labels)) == len(labels)
    for label in labels:
        assert label == label.strip()
        assert 0 < len(label) <= 60
        assert "_" not in label
        assert label[0].isupper() or label[0].isdigit()
        assert not WORDS_OF_PROGRAMMERS.search(label), label


def test_causes_not_yet_compared_with_the_published_form_are_marked_so() -> None:
    entries = resources.read_json("codes", "cause.json")["entries"]
    assert [entry["slug"] for entry in entries if entry["verified"]] == ["sport_or_exercise"]
    assert not any(entry["verified"] for entry in resources.read_json("codes", "ventilation.json")["entries"])


def test_every_kind_of_task_says_who_does_it_and_by_when() -> None:
    for entry in resources.read_json("codes", "task_kind.json")["entries"]:
        assert entry["who"], entry["slug"]
        assert entry["due"], entry["slug"]
