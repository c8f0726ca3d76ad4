from __future__ import annotations

import string
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from app.domain.lists.entry import Entry, Written
from app.domain.lists.likeness import Comparing, Field, Likeness
from app.domain.lists.pairing import compare_lists
from app.domain.lists.reading import read_list
from app.domain.lists.reasons import reasons_of
from app.domain.lists.table import LONGEST_CELL, MOST_FAULTS, BadListError, written_list
from app.domain.names import name_tables
from tests.helpers.lists import invented_lists

NAMES = name_tables(groups=[["william", "bill", "will"]])
CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)


def likeness(one: dict[str, str], other: dict[str, str], field: Field) -> Likeness:
    pattern = Comparing(NAMES).pattern(Entry.of(Written(id="1", **one)), Entry.of(Written(id="2", **other)))
    return pattern[list(Field).index(field)]


@pytest.mark.parametrize(
    ("field", "one", "other", "expected"),
    [
        (Field.GIVEN, "Bill", "William", Likeness.RELATED),
        (Field.GIVEN, "Siân", "Sian", Likeness.EQUAL),
        (Field.GIVEN, "W", "William", Likeness.CLOSE),
        (Field.GIVEN, "", "William", Likeness.UNKNOWN),
        (Field.FAMILY, "Ferguson", "Fergusson", Likeness.ALIKE),
        (Field.FAMILY, "MacDonald", "Mc Donald", Likeness.EQUAL),
        (Field.FAMILY, "Okafor", "Tomlinson", Likeness.DIFFERENT),
        (Field.BORN, "1987-03-02", "02/03/1987", Likeness.EQUAL),
        (Field.BORN, "1987-03-02", "19870302", Likeness.EQUAL),
        (Field.BORN, "1987-03-02", "1987-02-03", Likeness.RELATED),
        (Field.BORN, "1987-03-02", "1987-03-12", Likeness.ALIKE),
        (Field.BORN, "1987-03-02", "1987", Likeness.CLOSE),
        (Field.BORN, "1987-03", "1987-04", Likeness.DIFFERENT),
        (Field.BORN, "1979-02-81", "1979-12-21", Likeness.FAINT),
        (Field.POSTCODE, "SW1A 1AA", "sw1a1aa", Likeness.EQUAL),
        (Field.POSTCODE, "D02 X285", "D02 X258", Likeness.ALIKE),
        (Field.POSTCODE, "00-950", "28013", Likeness.DIFFERENT),
        (Field.STREET, "6 Rose Lane, Alder House", "Alder House, 6 Rose Lane", Likeness.ALIKE),
        (Field.STREET, "6 Roselane", "6 Rose Lane", Likeness.EQUAL),
        (Field.HOUSE, "6 Rose Lane", "16 Rose Lane", Likeness.ALIKE),
        (Field.LOCALITY, "St. Ives", "St Ives", Likeness.EQUAL),
        (Field.LOCALITY, "Caerdydd", "Cardiff", Likeness.DIFFERENT),
        (Field.NUMBER, "943 476 5919", "9434765919", Likeness.EQUAL),
    ],
)
def test_values_stand_on_a_ladder_of_likeness(field: Field, one: str, other: str, expected: Likeness) -> None:
    column = "address_line" if field is Field.HOUSE else str(field)
    assert likeness({column: one}, {column: other}, field) is expected
    assert likeness({column: other}, {column: one}, field) is expected


def test_names_that_are_exchanged_are_held_against_each_other() -> None:
    one, other = (
        {"given_name": "Nguyen", "family_name": "Hoa"},
        {"given_name": "Hoa", "family_name": "Nguyen"},
    )
    assert likeness(one, other, Field.ORDER) is Likeness.RELATED
    assert likeness(one, other, Field.GIVEN) is Likeness.EQUAL


@pytest.mark.parametrize("share", [1.0, 0.4, 0.05])
def test_people_on_two_lists_are_found_however_many_of_them_are_on_both(share: float) -> None:
    one, other = invented_lists(rows=800, share=share, seed=3)
    pairs = compare_lists(one, other, names=NAMES)
    right = sum(pair.one.id == pair.other.id for pair in pairs)
    on_both = len({row.id for row in one} & {row.id for row in other})
    assert right >= 0.99 * on_both
    assert len(pairs) - right <= 0.01 * len(pairs)


def test_the_same_lists_give_the_same_answer_whichever_comes_first() -> None:
    one, other = invented_lists(rows=300, share=0.7, seed=4)
    there = {(pair.one.id, pair.other.id) for pair in compare_lists(one, other)}
    assert there == {(pair.one.id, pair.other.id) for pair in compare_lists(one, other)}
    back = {(pair.other.id, pair.one.id) for pair in compare_lists(other, one)}
    assert len(there ^ back) <= 0.02 * len(there)


def test_somebody_who_stands_twice_in_a_list_has_two_partners() -> None:
    one, other = invented_lists(rows=300, share=1.0, seed=5)
    copy = Written(**{name: getattr(one[0], name) for name in Written.__slots__} | {"id": "again"})
    partners = {pair.one.id for pair in compare_lists([*one, copy], other) if pair.other.id == one[0].id}
    assert partners == {one[0].id, "again"}


def test_a_father_and_son_at_one_address_are_two_people() -> None:
    one, other = invented_lists(rows=300, share=1.0, seed=6)
    home = {"family_name": "Quarrington", "postcode": "BD4 6QZ", "address_line": "3 Mill Row", "locality": "Bradford"}
    father = Written(id="father", given_name="Albert", date_of_birth="1941-05-02", **home)
    son = Written(id="son", given_name="Dominic", date_of_birth="1969-11-23", **home)
    found = {(pair.one.id, pair.other.id) for pair in compare_lists([*one, father, son], [*other, son, father])}
    assert {("father", "father"), ("son", "son")} <= found
    assert not {("father", "son"), ("son", "father")} & found
    apart = {(pair.one.id, pair.other.id) for pair in compare_lists([*one, father], [*other, son])}
    assert ("father", "son") not in apart


def test_lists_of_a_few_rows_go_by_what_is_expected() -> None:
    one = [
        Written(id="a1", given_name="Bill", family_name="Ferguson", date_of_birth="1987-03-02"),
        Written(id="a2", given_name="Asha", family_name="Patel", date_of_birth="1991-05-06"),
        Written(id="a3"),
    ]
    other = [
        Written(id="b1", given_name="William", family_name="Fergusson", date_of_birth="02/03/1987"),
        Written(id="b2", given_name="John", family_name="Smith", date_of_birth="1950-01-01"),
        Written(id="b3"),
    ]
    (pair,) = compare_lists(one, other, names=NAMES)
    assert (pair.one.id, pair.other.id) == ("a1", "b1")
    assert 0.9 < pair.probability <= 1


def test_an_empty_list_has_nobody_in_common() -> None:
    some = [Written(id="1", given_name="Asha")]
    assert compare_lists([], some) == compare_lists(some, []) == compare_lists([], []) == []


def test_rows_that_hold_nothing_are_nobody() -> None:
    assert compare_lists([Written(id="1"), Written(id="2")], [Written(id="1")]) == []


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6))
def test_whatever_stands_in_the_cells_a_probability_is_one(cells: list[tuple[str, str, str, str]]) -> None:
    rows = [
        Written(id=str(at), given_name=given_name, family_name=family, date_of_birth=born, address_line=line)
        for at, (given_name, family, born, line) in enumerate(cells)
    ]
    for pair in compare_lists(rows, rows):
        assert 0 <= pair.probability <= 1
        reasons_of(pair)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_lists_are_read_as_spreadsheets_save_them(separator: str, encoding: str) -> None:
    text = "ID; Family_Name ;shoe size\r\n7;Brontë;5\r\n\r\n;;\r\n".replace(";", separator)
    assert read_list(text.encode(encoding)) == [Written(id="7", family_name="Brontë")]


def test_a_lone_dash_means_not_known_and_spaces_are_tidied() -> None:
    (row,) = read_list(b"id,given_name,family_name\n1, Ana  Maria ,-\n")
    assert (row.given_name, row.family_name) == ("Ana Maria", "")


@pytest.mark.parametrize(
    ("content", "code", "row", "column"),
    [
        (b"", "list.no_id", 1, ""),
        (b"given_name\nAna\n", "list.no_id", 1, ""),
        (b"id\n1\n", "list.nothing_to_compare", 1, ""),
        (b"id,given_name,id\n", "list.column_twice", 1, "id"),
        (b"id,given_name\n1,Ana\n,Bo\n", "list.id_missing", 3, "id"),
        (b"id,given_name\n1,Ana\n1,Bo\n", "list.id_twice", 3, "id"),
        (b"id,given_name\n1,=HYPERLINK(A1)\n", "list.formula", 2, "given_name"),
        (b"id,given_name\n1,+cmd\n", "list.formula", 2, "given_name"),
        (b"id,given_name\n@1,Ana\n", "list.formula", 2, "id"),
        (b"id,given_name\n1,A\x00na\n", "list.control_character", 2, "given_name"),
        ("id,given_name\n1,A\u202ena\n".encode(), "list.direction_mark", 2, "given_name"),
        (b"id,given_name\n1," + b"a" * (LONGEST_CELL + 1) + b"\n", "list.cell_too_long", 2, "given_name"),
        (b"id,given_name\n1,Ana,7 High Street\n", "list.too_many_cells", 2, ""),
        (b'id,given_name\n1,"Ana\n', "list.quotes", 2, ""),
        (b'id,given_name\n1,"' + b"a" * 200_000 + b'"\n', "list.quotes", 2, ""),
        (b"id,given_name\n1,Ana\n2,\x81\n", "list.encoding", 3, ""),
        ("id,given_name\n".encode("utf-16"), "list.encoding", 0, ""),
    ],
)
def test_a_fault_is_told_with_its_row_and_column(content: bytes, code: str, row: int, column: str) -> None:
    with pytest.raises(BadListError) as caught:
        read_list(content)
    fault = caught.value.faults[0]
    assert (fault.code, fault.row, fault.column) == (code, row, column)


def test_all_faults_are_told_at_once_up_to_a_number_that_can_be_mended() -> None:
    rows = "".join(f"{number},=1\n" for number in range(50))
    with pytest.raises(BadListError) as caught:
        read_list(f"id,given_name\n{rows}".encode())
    assert len(caught.value.faults) == MOST_FAULTS


def test_what_is_written_runs_in_no_spreadsheet() -> None:
    content = written_list(("id_a",), [("=1+1",), ("-x",), ("plain",)]).decode()
    assert content.splitlines() == ["id_a", "'=1+1", "'-x", "plain"]


def test_the_shipped_names_help() -> None:
    names = name_tables(groups=resources.nicknames())
    comparing = Comparing(names)
    one, other = (Entry.of(Written(id=name, given_name=name)) for name in ("Margaret", "Peggy"))
    assert comparing.pattern(one, other)[0] is Likeness.RELATED


def test_a_long_word_of_one_letter_takes_no_longer_than_others() -> None:
    letters = Random(1).choices(string.ascii_lowercase, k=LONGEST_CELL)
    rows = [
        Written(id=str(at), address_line="a" * at + "".join(letters), date_of_birth=str(1930 + at), postcode=f"D{at}")
        for at in range(30)
    ]
    found = compare_lists(rows, rows)
    assert [pair.one.id for pair in found] == [pair.other.id for pair in found] == [row.id for row in rows]


@pytest.mark.parametrize(
    ("columns", "found_of"),
    [
        (("nhs_number",), 1.0),
        (("given_name", "family_name", "date_of_birth"), 0.9),
        (("family_name", "date_of_birth", "postcode"), 0.9),
        (("given_name", "nhs_number"), 1.0),
        (("postcode", "date_of_birth"), 0.85),
    ],
)
def test_lists_with_few_columns_are_compared_by_those(columns: tuple[str, ...], found_of: float) -> None:
    one, other = (
        [Written(id=row.id, **{name: getattr(row, name) for name in columns}) for row in rows]
        for rows in numbered(*invented_lists(rows=400, share=0.5, seed=8))
    )
    pairs = compare_lists(one, other, names=NAMES)
    on_both = {row.id for row in one} & {row.id for row in other}
    right = {pair.one.id for pair in pairs if pair.one.id == pair.other.id}
    assert len(right) >= found_of * len(on_both)
    assert len(pairs) - len(right) <= 0.03 * len(pairs)


@pytest.mark.parametrize("number", ["0000000000", "9999999999", "123 456 7890"])
def test_a_number_that_stands_for_not_known_makes_nobody_one(number: str) -> None:
    rows = [Written(id=str(at), nhs_number=number) for at in range(3)]
    assert compare_lists(rows, rows) == []
    named = [replace(rows[0], given_name="Asha"), replace(rows[1], given_name="Bill"), rows[2]]
    assert compare_lists(named, [replace(rows[0], given_name="Dominic"), *rows[1:]]) == []


def numbered(*lists: list[Written]) -> list[list[Written]]:
    """Give each person of two lists a health number of their own."""
    chance = Random(9)
    numbers: dict[str, str] = {}
    for row in (row for rows in lists for row in rows):
        numbers.setdefault(row.id, str(chance.randint(10**9, 10**10 - 1)))
    return [[replace(row, nhs_number=numbers[row.id]) for row in rows] for rows in lists]
