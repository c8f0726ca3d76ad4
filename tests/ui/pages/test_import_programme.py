"""Mentors and mentees of an existing programme through the window: every row seen, taken in, taken out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import resources
from app.domain.codes import (
    MentorKind,
    MentorStatus,
    PersonRole,
    PersonStatus,
    TaskKind,
    TaskState,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.match import Match
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.person import Person
from app.domain.sheets import HEADINGS, WRITTEN, Heading, ListKind, Refused, mapping_of, read_csv
from app.domain.task import CHECKS_RUN_OUT, Task
from app.errors import KnownError
from app.storage.reader import Reader
from app.use_cases import importing, matching
from app.use_cases.importing_programme import ProfileTold, row_reader, row_writer
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop
from tests.ui.pages.test_mentoring import RUTH, act, add_mentee
from ui.context import PageContext
from ui.messages import words_of
from ui.pages.import_people import ImportPeoplePage
from ui.pages.matching import shipped_weights

ON = date(2026, 11, 30)
MENTORS = """First name,Last name,Email,Role,Injury level,AIS,Injury date,Topics,Not topics,Languages,Times,\
Max matches,Training date,DBS level,DBS date,Supervision due,Status
Bran,Osgood,bran@example.org,,C6,B,2014,Pain; travel,faith,English; Welsh,Tue eve;Thursday evening,3,2020-01-31,\
Enhanced,05/03/2026,{due},Active
Tove,Marsh,tove@example.org,A family member,,,,work,,,,,,,,,active
Anil,Rao,anil@example.org,sci,C4½,,2099,plumbing,pain,,,9,soon,,2030-01-01,,gone
"""
MENTEES = """First name;Email;Wanted role;Injury level;Injury date;Topics;Goal 1;Goal 2;Gender wish;Consent date
Samira;sam@example.org;;T4;03/2026;travel;Take the train alone;work: Go back to the office;Woman;2026-01-05
Lin;lin@example.org;family;;;;Talk to somebody;;;
"""


@pytest.fixture
def page(context: PageContext) -> ImportPeoplePage:
    return ImportPeoplePage(replace(context, actor=RUTH))


@pytest.fixture
def chosen(page: ImportPeoplePage, shown: Callable[..., Any], settled: Callable[[], None], tmp_path: Path) -> Any:
    def choose(content: str, kind: ListKind) -> None:
        place = tmp_path / "list.csv"
        place.write_text(content, encoding="utf-8")
        page.choose_table = lambda _parent: str(place)
        shown(page)
        page.kind.choices[kind].click()
        page.choose_button.click()
        settled()

    return choose


def rows(kind: ListKind, content: str) -> list[Any]:
    sheet = read_csv(content.encode())
    read = row_reader(kind, resources.code_words())
    return [read(line, mapping_of(sheet.headings, {}, kind), on=ON) for line in sheet.lines]


def people(laptop: Laptop) -> dict[str, Person]:
    with laptop.vault.reading() as read:
        return {person.given_name: person for person in read.all(Person)}


def test_mentors_are_looked_at_taken_in_and_taken_out_again(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], laptop: Laptop
) -> None:
    on = laptop.clock().date()
    chosen(MENTORS.format(due=(on + timedelta(days=40)).isoformat()), ListKind.MENTORS)
    assert all(field.value for field in page.columns_part.fields.values())
    page.check_button.click()
    settled()
    assert page.rows_part.count.words == "New people: 2. Possibly known already: 0. To put right: 1."
    why = page.rows_part.table.rows.cell(0, 3).words
    for column in ("Injury level", "Topics", "Max matches", "Training date"):
        assert f"“{column}”" in why, column
    page.take_button.click()
    settled()
    held = people(laptop)
    assert set(held) == {"Bran", "Tove"}
    assert held["Bran"].roles == {PersonRole.MENTOR, PersonRole.HAS_SCI}
    assert held["Tove"].roles == {PersonRole.MENTOR, PersonRole.FAMILY_MEMBER}
    with laptop.vault.reading() as read:
        bran = read.of_person(MentorProfile, held["Bran"].person_id)[0]
        tove = read.of_person(MentorProfile, held["Tove"].person_id)[0]
        (task,) = [each for each in read.all(Task) if each.rule == CHECKS_RUN_OUT]
    assert (bran.status, bran.level, bran.ais, bran.injured_on, bran.max_matches) == ("active", "C6", "B", "2014", 3)
    assert (bran.topics, bran.unwilling_topics) == ({Topic.PAIN, Topic.TRAVEL}, {Topic.FAITH})
    assert (bran.languages, bran.times) == ({"English", "Welsh"}, {"tue_eve", "thu_eve"})
    assert (bran.training_on, bran.dbs_level, bran.dbs_on) == (date(2020, 1, 31), "enhanced", date(2026, 3, 5))
    assert bran.supervised_on == on - timedelta(days=50)
    assert (task.kind, task.person, task.due_on) == (TaskKind.CHECK_MENTOR, bran.person, on + timedelta(days=10))
    # Nobody without training is active, whatever the list says.
    assert (tove.status, tove.role_kinds) == (MentorStatus.TRAINING, {MentorKind.FAMILY})
    page.undo_button.click()
    settled()
    assert {person.status for person in people(laptop).values()} == {PersonStatus.ENTERED_IN_ERROR}
    with laptop.vault.reading() as read:
        assert matching.candidates_of(read, RUTH) == []


def test_mentees_come_in_with_goals_and_are_asked_for_consent_again(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], laptop: Laptop
) -> None:
    chosen(MENTEES, ListKind.MENTEES)
    page.check_button.click()
    settled()
    assert "To put right: 1." in page.rows_part.count.words
    assert "It is not said what a goal is about." in page.rows_part.table.rows.cell(0, 3).words
    page.take_button.click()
    settled()
    (person,) = people(laptop).values()
    with laptop.vault.reading() as read:
        (profile,) = read.all(MenteeProfile)
        goals = {goal.text: goal.area for goal in read.all(Goal)}
        (task,) = read.of_person(Task, person.person_id)
    assert (profile.wanted_kind, profile.level, profile.injured_on) == (MentorKind.SCI, "T4", "2026-03")
    assert (profile.gender_wish, profile.status) == ("woman", "enquiry")
    assert goals == {"Take the train alone": Topic.TRAVEL, "Go back to the office": Topic.WORK}
    assert task.kind is TaskKind.ASK_AGAIN
    found = matching.suggestions(**act(laptop), person_id=person.person_id, weights=shipped_weights())
    assert found.best == ()


def test_the_same_list_again_finds_who_is_known(
    page: ImportPeoplePage, chosen: Any, settled: Callable[[], None], laptop: Laptop
) -> None:
    for _ in range(2):
        chosen(MENTEES, ListKind.MENTEES)
        page.check_button.click()
        settled()
        if page.take_button.isVisible():
            page.take_button.click()
            settled()
    assert page.rows_part.count.words == "New people: 0. Possibly known already: 1. To put right: 1."
    assert len(people(laptop)) == 1


def test_every_refusal_of_a_row_has_words_with_its_column() -> None:
    (good, _, bad) = rows(ListKind.MENTORS, MENTORS.format(due="2026-12-31"))
    assert isinstance(good, ProfileTold)
    assert isinstance(bad, Refused)
    said = [words_of(reason).whole for reason in bad.reasons]
    assert len(said) == 7
    assert not any("plumbing" in words or "gone" in words for words in said)
    assert "A word under “Status” is not known." in " ".join(said)
    assert "The day of the background check is after today." in " ".join(said)
    (row,) = rows(ListKind.MENTORS, "First name,Email,Topics,Not topics\nAda,ada@example.org,pain,pain\n")
    assert [words_of(reason).sentence for reason in row.reasons] == ["A topic cannot be both willing and not willing."]
    (row,) = rows(ListKind.MENTORS, "First name,Email,Topics\n=1+1,ada,plumbing\n")
    assert [reason.code for reason in row.reasons][-1] == "import.word.unknown_code"
    assert len(row.reasons) >= 3


def test_the_headings_of_the_page_are_read_each_for_its_list() -> None:
    words = [WRITTEN[heading] for heading in Heading]
    assert len(set(words)) == len(words)
    people_only = mapping_of(words, {})
    assert set(people_only.values()) == set(HEADINGS[ListKind.PEOPLE])
    assert set(mapping_of(words, {}, ListKind.MENTORS).values()) == set(HEADINGS[ListKind.MENTORS])
    assert set(mapping_of(words, {}, ListKind.MENTEES).values()) == set(HEADINGS[ListKind.MENTEES])


def test_a_list_that_was_stopped_leaves_nothing(laptop: Laptop) -> None:
    course = importing.Course()
    course.stop()
    told = tuple(row for row in rows(ListKind.MENTEES, MENTEES) if isinstance(row, ProfileTold))
    with pytest.raises(KnownError, match="stopped"):
        importing.take_in(
            **act(laptop), people=told, remember={}, course=course, write_row=row_writer(ListKind.MENTEES)
        )
    assert people(laptop) == {}


def take_in(laptop: Laptop, told: Sequence[ProfileTold]) -> tuple[PersonId, ...]:
    writer = row_writer(ListKind.MENTORS)
    return importing.take_in(**act(laptop), people=told, remember={}, course=importing.Course(), write_row=writer)


def test_the_alliance_is_read_once_for_a_list_of_mentors(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    (bran, *_rest) = rows(ListKind.MENTORS, MENTORS.format(due="2026-12-31"))
    read: list[str] = []
    all_of = Reader.all_of

    def count(self: Reader, kinds: Any) -> Any:
        read.append("alliance")
        return all_of(self, kinds)

    monkeypatch.setattr(Reader, "all_of", count)
    people_in = take_in(laptop, [replace(bran, given_name=f"Bran {number}") for number in range(5)])
    assert len(read) == 1
    read.clear()
    assert importing.undo(**act(laptop), people=people_in) == 5
    assert len(read) == 1


def test_whoever_mentors_already_is_not_taken_out_again_and_nobody_is_reminded_of_who_is(laptop: Laptop) -> None:
    (told, *_rest) = rows(ListKind.MENTORS, MENTORS.format(due="2026-12-31"))
    checked = {**told.profile, "conduct_on": date(2026, 1, 2), "references": 2, "times": frozenset()}
    told = replace(told, profile=checked)
    bran, tove = take_in(laptop, [told, replace(told, given_name="Tove", email="tove@example.org", phone="")])
    match = matching.suggest(**act(laptop), person_id=add_mentee(laptop), mentor=bran, weights=shipped_weights())
    assert importing.undo(**act(laptop), people=[bran, tove]) == 1
    with laptop.vault.reading() as read:
        status = {person: read.get(Person, person).status for person in (bran, tove)}
        mentors = {person: read.of_person(MentorProfile, person)[0].status for person in (bran, tove)}
        reminded = {task.person: task.state for task in read.all(Task) if task.rule == CHECKS_RUN_OUT}
        assert read.get(Match, match.id).mentor == bran
    assert status == {bran: PersonStatus.ACTIVE, tove: PersonStatus.ENTERED_IN_ERROR}
    assert mentors == {bran: MentorStatus.ACTIVE, tove: MentorStatus.LEFT}
    assert reminded == {bran: TaskState.OPEN, tove: TaskState.DONE}


def test_the_first_step_asks_who_is_on_the_list_and_has_no_fault(page: ImportPeoplePage, shown: Any) -> None:
    shown(page)
    assert page.kind.value == ListKind.PEOPLE
    assert faults(page) == []
