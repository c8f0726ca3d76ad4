from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.lists.likeness import FIELDS, Field, Likeness
from app.domain.lists.reasons import ListReason
from app.domain.lists.table import ListFault
from ui.alongsidectl import main
from ui.list_words import fault_sentence, reason_sentences

HEADINGS = "id,given_name,family_name,date_of_birth,postcode,address_line,locality,nhs_number"
ONE = f"{HEADINGS}\n1,Bill,Ferguson,02/03/1987,SW1A 1AA,6 Rose Lane,London,943 476 5919\n2,Asha,Patel,1991-05-06,,,,\n"
OTHER = "id;family_name;given_name;date_of_birth;nhs_number\nx;Fergusson;William;1987-03-02;9434765919\n"


@pytest.fixture
def lists(tmp_path: Path) -> tuple[str, str, str]:
    (tmp_path / "A.csv").write_text(ONE, encoding="utf-8")
    (tmp_path / "B.csv").write_text(OTHER, encoding="utf-8")
    return str(tmp_path / "A.csv"), str(tmp_path / "B.csv"), str(tmp_path / "PAIRS.csv")


def test_two_lists_give_a_list_of_pairs_with_reasons_in_words(
    lists: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other, out = lists
    assert main(["compare-lists", one, other, "--out", out]) == 0
    (row,) = csv.DictReader(Path(out).read_text(encoding="utf-8").splitlines())
    assert (row["id_a"], row["id_b"]) == ("1", "x")
    assert 0.9 < float(row["probability"]) < 1
    assert row["reasons"] == (
        "Bill and William are forms of one given name; the family names sound alike or differ by a slip of the pen"
        " (Ferguson, Fergusson); the date of birth is the same (02/03/1987); the health number is the same."
    )
    assert "5919" not in row["reasons"]
    assert capsys.readouterr().out == f"1 pair is likely the same person, of 2 and 1 rows. Written to {out}.\n"
    assert Path(out).stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_the_command_runs_by_itself_and_opens_no_window(lists: tuple[str, str, str]) -> None:
    one, other, out = lists
    run = "import sys; from ui.alongsidectl import main; main(); sys.exit('PySide6' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", run, "compare-lists", one, other, "--out", out],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert Path(out).exists()


def test_a_bad_list_is_refused_in_words_and_nothing_is_written(
    lists: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other, out = lists
    Path(other).write_text("id,given_name\n1,=2+3\n1,Ana\n,Bo\n", encoding="utf-8")
    Path(out).write_text("what was there", encoding="utf-8")
    assert main(["compare-lists", one, other, "--out", out]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [
        f"{other}, row 2, column given_name: the cell begins like a formula, and formulas are not read. Write the"
        " value itself.",
        f"{other}, row 4, column id: the id is missing. Each row needs one of its own.",
    ]
    assert Path(out).read_text(encoding="utf-8") == "what was there"
    assert sorted(path.name for path in Path(out).parent.iterdir()) == ["A.csv", "B.csv", "PAIRS.csv"]


def test_files_that_cannot_be_read_or_written_are_named(
    lists: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other, out = lists
    assert main(["compare-lists", f"{one}x", other, "--out", out]) == 1
    assert f"{one}x: the file cannot be read" in capsys.readouterr().err
    assert main(["compare-lists", one, other, "--out", f"{out}/no/folder.csv"]) == 1
    assert "Nothing was written." in capsys.readouterr().err
    assert main(["compare-lists", one, other, "--out", one]) == 1
    assert "this is one of the lists" in capsys.readouterr().err
    assert Path(one).read_text(encoding="utf-8") == ONE


def test_a_command_that_is_not_understood_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["compare-lists"], ["compare"], ["compare-lists", "a", "b"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        capsys.readouterr()


def test_every_likeness_of_every_field_has_words() -> None:
    for field in FIELDS:
        for likeness in Likeness:
            if likeness is Likeness.UNKNOWN or not _can_be(field, likeness):
                continue
            said = reason_sentences([ListReason(field=field, likeness=likeness, values=("one", "two"))])
            assert said.endswith(".")
            assert said[0].isupper()


def _can_be(field: Field, likeness: Likeness) -> bool:
    """Answer whether a field has such a step on its ladder."""
    names = {*Likeness}
    steps = {
        Field.GIVEN: names,
        Field.FAMILY: names,
        Field.ORDER: {Likeness.RELATED},
        Field.BORN: {*Likeness} - {Likeness.CLOSE},
        Field.STREET: {*Likeness} - {Likeness.RELATED},
        Field.LOCALITY: {*Likeness} - {Likeness.RELATED},
    }
    return likeness in steps.get(field, {Likeness.DIFFERENT, Likeness.CLOSE, Likeness.ALIKE, Likeness.EQUAL})


def test_a_partial_day_of_birth_and_what_speaks_against_are_said() -> None:
    born = ListReason(field=Field.BORN, likeness=Likeness.CLOSE, values=("1987", "1987-03-02"), is_partial=True)
    place = ListReason(field=Field.LOCALITY, likeness=Likeness.DIFFERENT, values=("Leeds", "Ely"))
    assert reason_sentences([born, place]) == (
        "What is known of both dates of birth is the same (1987, 1987-03-02). But the places differ (Leeds, Ely)."
    )


def test_a_fault_of_the_whole_file_names_the_file_only() -> None:
    assert fault_sentence("A.csv", ListFault(code="list.encoding")).startswith("A.csv: the text is neither")
