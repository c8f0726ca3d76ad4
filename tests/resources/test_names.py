"""The tables of names used when two records are compared."""

from __future__ import annotations

import unicodedata

import resources


def folded(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(sign))


def test_bill_is_short_for_william() -> None:
    groups = resources.nicknames()
    assert any(group[0] == "william" and "bill" in group for group in groups)
    assert any(group[0] == "margaret" and "peggy" in group for group in groups)


def test_there_are_about_two_hundred_groups_or_more_and_none_twice() -> None:
    groups = resources.nicknames()
    assert len(groups) >= 200
    assert len({group[0] for group in groups}) == len(groups)


def test_every_name_is_folded_and_no_group_is_empty_or_repeats_itself() -> None:
    for group in resources.nicknames():
        assert len(group) >= 2
        assert len(set(group)) == len(group)
        for name in group:
            assert name == folded(name)
            assert name.isalpha()


def test_a_hundred_given_and_a_hundred_family_names_are_common() -> None:
    names = resources.common_names()
    for kind in ("given", "family"):
        assert len(names[kind]) == len(set(names[kind])) == 100
        assert all(name == folded(name) for name in names[kind])
    assert {"john", "susan"} <= set(names["given"])
    assert {"smith", "jones", "patel", "khan"} <= set(names["family"])


def test_the_tables_say_that_they_were_not_compared_with_a_published_list() -> None:
    for file in ("nicknames.json", "common_names.json"):
        table = resources.read_json(file)
        assert table["verified"] is False
        assert "not compared with a published list" in table["source"]
