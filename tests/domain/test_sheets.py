"""A spreadsheet of people: every hostile or mistyped cell sends its row to repair, and no other row."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.cells import neutral, plain
from app.domain.sheets import MOST_ROWS, Heading, Refused, Sheet, Told, mapping_of, read_csv, read_line
from app.errors import BadInputError

ON = date(2026, 11, 30)
HEADINGS = "First name,Last name,Email,Phone,Date of birth,Consent date"


def rows_of(*lines: str, headings: str = HEADINGS) -> list[Told | Refused]:
    sheet = read_csv("\r\n".join([headings, *lines]).encode())
    mapping = mapping_of(sheet.headings, {})
    return [read_line(line, mapping, on=ON) for line in sheet.lines]


def reasons(row: Told | Refused) -> list[str]:
    assert isinstance(row, Refused)
    return [each.code for each in row.reasons]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_separator_and_encoding_is_read(separator: str, encoding: str) -> None:
    text = separator.join(["phone", "LAST NAME", "first name"]) + "\n" + separator.join(["07700 900123", "Ó Sé", "Zoë"])
    sheet = read_csv(text.encode(encoding))
    told = read_line(sheet.lines[0], mapping_of(sheet.headings, {}), on=ON)
    assert isinstance(told, Told)
    assert (told.name, told.phone) == ("Zoë Ó Sé", "+447700900123")


@pytest.mark.parametrize(
    ("written", "born"),
    [("03/04/1980", "1980-04-03"), ("1980-04-03", "1980-04-03"), ("1980", "1980"), ("1980-04", "1980-04"), ("", None)],
)
def test_a_day_is_never_read_month_first(written: str, born: str | None) -> None:
    (told,) = rows_of(f"Sam,Osei,,07700900123,{written},")
    assert isinstance(told, Told)
    assert told.born == born


@pytest.mark.parametrize("written", ["04/13/1980", "3 April 1980", "29372", "31/02/1980", "03/04/80", "03/04/2080"])
def test_a_day_that_is_none_or_not_sure_goes_to_repair(written: str) -> None:
    (row,) = rows_of(f"Sam,Osei,,07700900123,{written},")
    assert reasons(row)[0].startswith("person.dob.")


@pytest.mark.parametrize(
    "cell",
    ['"=HYPERLINK(""http://example.org"")"', "@SUM(1)", '"\tSam"', '"\rSam"', "+1", "-1", " =1+1", "\u200b=1", "'=1"],
)
def test_a_cell_like_a_formula_sends_its_row_to_repair_and_no_other(cell: str) -> None:
    bad, good = rows_of(f"{cell},Osei,sam@example.org,,,", "Tom,Nowak,tom@example.org,,,")
    assert "import.formula" in reasons(bad)
    assert isinstance(good, Told)


def test_what_was_refused_is_kept_to_be_shown() -> None:
    (row,) = rows_of('"=HYPERLINK(""x"")",Osei,sam@example.org,,,')
    assert isinstance(row, Refused)
    assert (row.number, row.name) == (2, '=HYPERLINK("x") Osei')


def test_a_formula_in_a_column_nobody_reads_is_one_all_the_same() -> None:
    (row,) = rows_of("Sam,Osei,sam@example.org,=1", headings="First name,Last name,Email,Shoe size")
    assert reasons(row) == ["import.formula"]


@pytest.mark.parametrize("number", ["+44 7700 900123", "'+44 7700 900123", "07700 900123", "7700900123"])
def test_a_phone_number_may_begin_with_a_plus(number: str) -> None:
    (told,) = rows_of(f"Sam,Osei,,{number},,")
    assert isinstance(told, Told)
    assert told.phone == "+447700900123"


def test_every_field_that_is_wrong_is_named() -> None:
    (row,) = rows_of("S\0am,Osei,sam@,0770,31/02/1980,")
    assert reasons(row) == [
        "person.given_name.bad_format",
        "import.email.bad_format",
        "import.phone.bad_format",
        "person.dob.bad_format",
    ] or reasons(row)[0].endswith("bad_format")
    assert {"import.email.bad_format", "import.phone.bad_format"} <= set(reasons(row))
    assert any(code.startswith("person.given_name") for code in reasons(row))


def test_html_is_text_and_marks_that_turn_the_writing_are_dropped() -> None:
    (told,) = rows_of("<b>Sam</b>,\u202eOsei,sam@example.org,,,")
    assert isinstance(told, Told)
    assert told.name == "<b>Sam</b> Osei"


@pytest.mark.parametrize("line", ["Sam,Osei,,,,", ",,sam@example.org,,,"])
def test_nobody_without_a_name_or_a_way_to_reach_them_is_taken(line: str) -> None:
    assert reasons(rows_of(line)[0]) == ["import.minimum"]


def test_a_day_of_consent_is_noted_and_is_no_consent() -> None:
    with_day, without = rows_of("Sam,Osei,sam@example.org,,,01/02/2024", "Tom,Nowak,tom@example.org,,,")
    assert isinstance(with_day, Told)
    assert isinstance(without, Told)
    assert (with_day.had_consent, without.had_consent) == (True, False)


def test_a_heading_mapped_by_hand_is_known_again() -> None:
    headings = ["Forename", "Last name", "first NAME"]
    assert mapping_of(headings, {}) == {1: Heading.LAST_NAME, 2: Heading.FIRST_NAME}
    assert mapping_of(headings[:2], {"forename": "first_name"})[0] is Heading.FIRST_NAME
    assert mapping_of(headings[:1], {"forename": "gone"}) == {}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"First name\n", "empty"),
        ("First name\nSam".encode("utf-16"), "encoding"),
        (b'First name\n"Sam', "bad_format"),
        (b"First name\n" + b"Sam\n" * (MOST_ROWS + 1), "too_many_rows"),
        (b"x" * 20_000_001, "too_big"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_whole(content: bytes, problem: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_csv(content)
    assert refused.value.code == f"import.file.{problem}"


def test_as_many_rows_as_are_allowed_are_read() -> None:
    sheet: Sheet = read_csv(b"First name\n" + b"Sam\n" * MOST_ROWS)
    assert len(sheet.lines) == MOST_ROWS


@pytest.mark.parametrize("cell", ["=1", "@x", "+44", "-1", "\tx", "\rx", "O'Neill", "'quoted'", ""])
def test_a_neutral_cell_comes_back_as_it_was(cell: str) -> None:
    assert plain(neutral(cell)) == cell
    assert not neutral(cell).startswith(("=", "@", "+", "-", "\t", "\r"))
