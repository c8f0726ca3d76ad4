"""`alongsidectl pair-mentors`: two lists in, pairs with reasons out, faults by row and column, nothing that runs."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import resources
from app.domain import assigning
from app.domain.lists.programme import MENTEE_COLUMNS, MENTOR_COLUMNS
from ui.alongsidectl import main
from ui.pairing import RefusedListsError, pair_lists
from ui.programme_words import NOT_JUDGED, PROGRAMME_FAULTS

ON = date(2026, 6, 1)
CHECKED = "training_date,conduct_date,references,dbs_level,dbs_date,supervision_date"
CHECKS = "2026-01-05,2026-01-05,2,enhanced,05/01/2026,2026-05-01"


def pair(mentees: str, mentors: str, *, on: date = ON) -> tuple[dict[str, dict[str, str]], str]:
    """Return the rows by mentee, and the summary."""
    done = pair_lists(mentees.encode(), mentors.encode(), names=("MENTEES.csv", "MENTORS.csv"), on=on)
    rows = csv.DictReader(io.StringIO(done.content.decode()))
    return {row["mentee_id"]: row for row in rows}, done.summary


def faults(mentees: str, mentors: str) -> list[str]:
    with pytest.raises(RefusedListsError) as refused:
        pair(mentees, mentors)
    return str(refused.value).splitlines()


def test_the_example_of_the_page_comes_out_of_two_lists() -> None:
    mentees = (
        "mentee_id;topics;level;injury_date;age_band;life_facts;care;interests;nation;consent\n"
        'M1;"pain; Work ;Travel";C5;2025;26 to 40;"working; student";catheter;"Chess; rugby";wales;yes\n'
    )
    mentors = (
        "Interests,id,Not topics,topics,Injury level,AIS,injury year,Age,life facts,care,gender,nation\n"
        'chess;opera,7,sport,pain;work,C7,A,2019,45,Working,"Catheter;Power chair",female,England\n'
    )
    rows, summary = pair(mentees, mentors)
    assert (rows["M1"]["mentor_id"], rows["M1"]["score"], rows["M1"]["known_facts"]) == ("7", "73", "8")
    assert rows["M1"]["reasons"] == (
        "Happy to talk about pain and work. Injury at a similar level. 6 years further on. Also uses: catheter."
        " Close in age. Also: working. Both like chess."
    )
    assert summary.startswith("1 mentee has a mentor proposed, of 1 and 1 on the lists. 0 stay without;")
    assert "whether the mentees agreed" not in summary
    assert "training, the code of conduct, references, the DBS check, supervision. Nobody was left out" in summary


def test_whoever_stays_without_has_a_row_and_the_reason() -> None:
    mentees = (
        "mentee_id,topics,status,consent,goal areas,languages,must_not\n"
        "first,pain,ready,yes,,,\n"
        "second,pain,ready,yes,,,\n"
        "no-consent,pain,ready,,,,\n"
        "early,pain,talk done,yes,,,\n"
        "alone,faith,ready,yes,,,\n"
        "unwilling,pain,ready,yes,sport,,\n"
        "welsh,pain,ready,yes,,cy,B\n"
    )
    mentors = (
        f"mentor_id,topics,unwilling_topics,languages,max_matches,current_matches,status,{CHECKED}\n"
        f"A,pain,sport,en-GB,2,1,active,{CHECKS}\n"
        f"B,pain,,,1,0,active,{CHECKS.replace('2026-05-01', '2026-01-01')}\n"
        f"C,pain,,,2,2,active,{CHECKS}\n"
        f"D,pain,,,2,0,paused,{CHECKS}\n"
    )
    rows, summary = pair(mentees, mentors)
    assert list(rows) == ["first", "second", "no-consent", "early", "alone", "unwilling", "welsh"]
    assert [mentee for mentee, row in rows.items() if row["mentor_id"]] == ["first"]
    assert (rows["first"]["mentor_id"], rows["first"]["score"]) == ("A", "100")
    why = {mentee: row["reasons"] for mentee, row in rows.items()}
    assert why["second"].startswith("Stays without a mentor: 1 mentor would fit, and every place")
    for said in ("not active at present: 1", "a check has run out: 1", "no place free: 1"):
        assert said in why["second"]
    assert why["no-consent"] == "Nobody is proposed: the list holds no consent to mentoring."
    assert why["early"] == "Nobody is proposed: the list does not say that they are ready."
    assert "1 mentor with too little in common" in why["alone"]
    assert "not willing to talk about a goal: 1" in why["unwilling"]
    assert "no shared language: 1" in why["welsh"]
    assert "ruled out by the mentee: 1" in why["welsh"]
    assert "of 7 and 4 on the lists. 6 stay without" in summary
    assert "nothing of: whom each mentor is for. Nobody" in summary


def test_only_a_cleared_mentor_is_proposed_to_a_young_person() -> None:
    mentees = "mentee_id,topics,wanted_role,date_of_birth\nyoung,pain,young_person,2010\ngrown,pain,,1980-05-06\n"
    with_level = (
        "mentor_id,topics,role,dbs_level,dbs_date\nA,pain,young_person;sci,basic,2026-01-01\n"
        "B,pain,young person,enhanced,2026-01-01\n"
    )
    rows, _ = pair(mentees, with_level)
    assert {mentee: row["mentor_id"] for mentee, row in rows.items()} == {"young": "B", "grown": "A"}
    rows, _ = pair(mentees, with_level.replace(",dbs_level", "").replace(",basic", "").replace(",enhanced", ""))
    assert rows["young"]["mentor_id"] == ""
    assert "not cleared for young people: 2" in rows["young"]["reasons"]


def test_capacity_holds_and_who_waits_longest_comes_first() -> None:
    mentees = "mentee_id,topics,waiting since\n" + "".join(f"m{at},pain,2026-05-{at + 1:02}\n" for at in range(6))
    rows, _ = pair(mentees, "mentor_id,topics,max_matches,free since\nx,pain,1,2026-01-01\ny,pain,3,2025-01-01\n")
    assert [row["mentor_id"] for row in rows.values()].count("x") == 1
    assert [row["mentor_id"] for row in rows.values()].count("y") == 3
    assert [mentee for mentee, row in rows.items() if not row["mentor_id"]] == ["m4", "m5"]


def test_nothing_in_a_cell_runs_in_the_list_that_is_written() -> None:
    mentees = 'mentee_id,topics,interests\n"=1+2",pain,"=cmd|\'/C calc\'!A0"\n@x,pain,\n'
    mentors = "mentor_id,topics,interests\n+44,pain,\"=cmd|'/C calc'!A0; {facts}\"\n"
    done = pair_lists(mentees.encode(), mentors.encode(), names=("a", "b"), on=ON)
    for row in csv.reader(io.StringIO(done.content.decode())):
        assert not any(cell.startswith(("=", "@", "+", "-", "\t", "\r")) for cell in row)
    rows, _ = pair(mentees, mentors)
    assert rows["'=1+2"]["mentor_id"] == "'+44"
    assert rows["'=1+2"]["reasons"] == "Happy to talk about pain. Both like =cmd|'/c calc'!a0."
    assert rows["'@x"]["mentor_id"] == "'+44"


def test_every_fault_of_both_lists_is_said_with_row_and_column_and_without_what_stood_there() -> None:
    mentees = "mentee_id,topics,injury_date,consent\nA,plumbing,,\n,pain,,\nB,pain,31/02/2024,maybe\nA,pain,2099,\n"
    mentors = "mentor_id,max_matches,dbs_date,channels\nx,9,05-2026,\ny,two,2026-13-01,pigeon\nz\u202ez,1,,\n"
    told = faults(mentees, mentors)
    assert told[:2] == [
        "MENTEES.csv, row 3, column mentee_id: the id is missing. Each row needs one of its own.",
        "MENTEES.csv, row 5, column mentee_id: the id stands in row 2 already. Each row needs one of its own.",
    ]
    assert told[2].startswith("MENTORS.csv, row 4, column mentor_id: the cell holds an invisible mark")
    mentees = mentees.replace("\n,pain,,\n", "\n").replace("\nA,pain,2099", "\nC,pain,2099")
    told = faults(mentees, mentors.replace("\u202e", ""))
    assert [line.split(":")[0] for line in told] == [
        "MENTEES.csv, row 2, column topics",
        "MENTEES.csv, row 3, column injury_date",
        "MENTEES.csv, row 3, column consent",
        "MENTEES.csv, row 4, column injury_date",
        "MENTORS.csv, row 2, column max_matches",
        "MENTORS.csv, row 2, column dbs_date",
        "MENTORS.csv, row 3, column max_matches",
        "MENTORS.csv, row 3, column dbs_date",
        "MENTORS.csv, row 3, column channels",
    ]
    assert "mobility; bladder; bowels" in told[0]
    assert "0 to 5" in "\n".join(told)
    assert not any(word in line for line in told for word in ("plumbing", "pigeon", "maybe", "two,"))


def test_lists_that_cannot_be_read_at_all_are_refused() -> None:
    fine = "mentor_id,topics\n1,pain\n"
    assert "no column “mentee_id”" in faults("name,topics\nx,pain\n", fine)[0]
    assert "this heading stands twice" in faults("id,mentee_id\n1,2\n", fine)[0]
    with pytest.raises(RefusedListsError, match="neither UTF-8"):
        pair_lists("id,topics\n1,pain".encode("utf-16"), fine.encode(), names=("a", "b"), on=ON)
    assert "a quotation mark" in faults('id,topics\n1,"pain\n', fine)[0]


def test_nobody_on_a_list_is_no_fault() -> None:
    rows, summary = pair("mentee_id,topics\n", "mentor_id,topics\n1,pain\n")
    assert rows == {}
    assert summary.startswith("0 mentees have a mentor proposed, of 0 and 1")
    rows, _ = pair("id\n1\n", "id\n")
    assert rows["1"]["reasons"] == "Stays without a mentor: there is no mentor on the list."


def test_the_order_of_columns_and_rows_of_mentors_changes_nothing() -> None:
    mentees = "mentee_id,topics,level\na,pain;work,C5\nb,work,T4\nc,pain,\n"
    one, _ = pair(mentees, "mentor_id,topics,level\n1,pain,C6\n2,work,T5\n3,pain;work,\n")
    other, _ = pair(
        "level,mentee_id,topics\nC5,a,pain;work\nT4,b,work\n,c,pain\n",
        "level,topics,mentor_id\n,pain;work,3\nT5,work,2\nC6,pain,1\n",
    )
    assert {key: (row["score"], bool(row["mentor_id"])) for key, row in one.items()} == {
        key: (row["score"], bool(row["mentor_id"])) for key, row in other.items()
    }


def test_more_than_one_assignment_holds_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assigning, "MOST_PLACES", 1)
    assert "more than 1 mentees, or places" in faults("id,topics\n1,pain\n2,pain\n", "id,topics\n1,pain\n")[0]


def test_the_command_writes_the_list_and_opens_no_window(tmp_path: Path) -> None:
    (tmp_path / "M.csv").write_text("mentee_id,topics\n1,pain\n", encoding="utf-8")
    (tmp_path / "R.csv").write_text("mentor_id,topics\n9,pain\n", encoding="utf-8")
    out = tmp_path / "PAIRS.csv"
    run = "import sys; from ui.alongsidectl import main; code = main(); sys.exit(code or 'PySide6' in sys.modules)"
    arguments = ["pair-mentors", str(tmp_path / "M.csv"), str(tmp_path / "R.csv"), "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", run, *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("1,9,100,1,Happy to talk about pain.")
    assert out.stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_the_command_refuses_with_one_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mentees, mentors, out = tmp_path / "M.csv", tmp_path / "R.csv", tmp_path / "PAIRS.csv"
    mentees.write_text("mentee_id,topics\n1,plumbing\n", encoding="utf-8")
    mentors.write_text("mentor_id,topics\n9,pain\n", encoding="utf-8")
    assert main(["pair-mentors", str(mentees), str(mentors), "--out", str(out)]) == 1
    assert f"{mentees}, row 2, column topics: a word of this cell is not known." in capsys.readouterr().err
    assert main(["pair-mentors", str(mentees), str(mentors), "--out", str(mentors)]) == 1
    assert "this is one of the lists" in capsys.readouterr().err
    assert main(["pair-mentors", str(tmp_path / "no"), str(mentors), "--out", str(out)]) == 1
    assert "the file cannot be read" in capsys.readouterr().err
    assert not out.exists()


def test_the_solver_is_loaded_only_when_lists_are_paired() -> None:
    run = "import sys, ui.alongsidectl; print({'numpy', 'lap'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", run], cwd=root, check=True, capture_output=True, timeout=60)
    assert done.stdout.strip() == b"set()"


def test_every_fault_and_every_column_that_is_not_judged_has_words() -> None:
    assert set(NOT_JUDGED) <= {*MENTOR_COLUMNS, "consent"}
    for words in PROGRAMME_FAULTS.values():
        assert words.format(detail="5", columns="a").endswith(".")


def test_the_page_names_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "pairing-mentors.md").read_text(encoding="utf-8")
    for column in {*MENTOR_COLUMNS, *MENTEE_COLUMNS}:
        assert f"`{column}`" in page, column
    for code_list in ("mentor_kind", "dbs_level"):
        assert all(f"`{slug}`" in page for slug in resources.labels(code_list))
