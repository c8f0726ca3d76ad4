"""A coordinator's mentors: checks in the way first, the profile part by part, every step of a match with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.clocks import london_time
from app.domain.codes import (
    AgeBand,
    DbsLevel,
    GoalState,
    MatchEndReason,
    MatchState,
    MentorKind,
    MentorStatus,
    PulseSubject,
    Role,
    TaskKind,
    TaskState,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.match import MatchEvent, Session
from app.domain.mentor_checks import may_become_active
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.domain.record import PartialDate
from app.domain.task import CHECKS_RUN_OUT, Task
from app.errors import BadInputError
from app.use_cases import drafts, leaving_ward, matching, mentoring, mentors, today
from tests.domain import mentoring_kit as kit
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop
from tests.ui.pages.conftest import Went
from tests.ui.pages.test_mentoring import RUTH, act, add_mentee, add_mentor, register, the_match
from tests.ui.pages.test_my_matches import LOOKS, words_on
from ui.context import PageContext
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.mentor import MentorPage
from ui.pages.mentoring import MentoringPage
from ui.pages.mentors import MentorsPage
from ui.pages.pulse import PulsePage
from ui.pages.session_log import SessionLogPage
from ui.places import PAGES
from ui.theme import Theme
from ui.view_models.subjects import AskPulse, LogCall
from ui.widgets import DateParts

Settled = Callable[[], None]


@pytest.fixture
def coordinator(context: PageContext) -> PageContext:
    return replace(context, actor=RUTH)


def profile_of(laptop: Laptop, person: PersonId) -> MentorProfile:
    with laptop.vault.reading() as read:
        return read.of_person(MentorProfile, person)[0]


def reminders(laptop: Laptop, person: PersonId) -> list[Task]:
    with laptop.vault.reading() as read:
        return [task for task in read.of_person(Task, person) if task.rule == CHECKS_RUN_OUT]


def matched(laptop: Laptop, *, until: MatchState = MatchState.ACTIVE) -> tuple[PersonId, PersonId]:
    """Return a mentee and a mentor whose match has come so far."""
    mentee, mentor = add_mentee(laptop), add_mentor(laptop, "Bran Osgood")
    match = matching.suggest(**act(laptop), person_id=mentee, mentor=mentor, weights=shipped_weights())
    for to, asked in (
        (MatchState.APPROVED, {}),
        (MatchState.MENTEE_AGREED, {"told_to_mentor": []}),
        (MatchState.ACTIVE, {}),
    ):
        if the_match(laptop).state is not until:
            mentoring.move_match(**act(laptop), match_id=match.id, to=to, asked=asked)
    return mentee, mentor


def test_without_mentors_the_page_says_what_to_do(coordinator: PageContext, shown: Any, went: Went) -> None:
    page = shown(MentorsPage(coordinator))
    assert "No mentors yet." in words_on(page)
    page.people_button.click()
    assert went.places == [("people", None)]


def test_whose_checks_ran_out_stands_first_in_amber_then_whose_run_out_next(
    coordinator: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    on = laptop.clock().date()
    add_mentor(laptop, "Anya Holt")
    ending = add_mentor(laptop, "Bran Osgood", supervised_on=on - timedelta(days=80))
    lapsed = add_mentor(laptop, "Tove Marsh", supervised_on=on - timedelta(days=91), references=1)
    page = shown(MentorsPage(coordinator))
    assert [row.name for row in page.rows] == ["Tove Marsh", "Bran Osgood", "Anya Holt"]
    words = [page.table.rows.cell(at, 2).words for at in range(3)]
    assert words[0] == "Missing or run out: two references and supervision"
    assert words[1].startswith("Runs out soon: supervision, ")
    assert words[2].startswith("All there; next supervision, ")
    assert page.table.rows.cell(0, 3).words == "2 of 2 free"
    page.first_button.click()
    page.table.row_opened.emit(ending)
    assert went.places == [("mentor", lapsed), ("mentor", ending)]
    overview = shown(MentoringPage(coordinator))
    overview.mentors_button.click()
    assert went.places[-1] == ("mentors", None)


def test_a_mentor_comes_from_application_to_active_and_leaves(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = register(laptop, "Bran Osgood")
    page = shown(MentorPage(coordinator), person)
    page.begin_button.click()
    settled()
    assert page.kinds.error
    page.kinds.ticks["sci"].click()
    page.begin_button.click()
    settled()
    assert profile_of(laptop, person).status is MentorStatus.APPLIED
    page.step_buttons[MentorStatus.TRAINING].click()
    settled()
    page.step_buttons[MentorStatus.ACTIVE].click()
    settled()
    assert "Nobody mentors before the training is done." in words_on(page)
    checks = page.forms.forms[-1]
    checks.open_button.click()
    typed = laptop.clock().date()
    for name in ("training_on", "conduct_on", "dbs_on", "supervised_on"):
        field = page.forms.named_fields()[f"mentor_profile.{name}"]
        field.set_parts(DateParts(day=str(typed.day), month=str(typed.month), year=str(typed.year)))
    page.forms.named_fields()["mentor_profile.references"].choices["2"].click()
    page.forms.named_fields()["mentor_profile.dbs_level"].choices["enhanced"].click()
    checks.save_button.click()
    settled()
    saved = profile_of(laptop, person)
    assert (saved.training_on, saved.references, saved.dbs_level) == (typed, 2, DbsLevel.ENHANCED)
    assert "holds until" in words_on(page)
    page.step_buttons[MentorStatus.ACTIVE].click()
    settled()
    assert "It is not written down when the injury happened." in words_on(page)
    lived = page.forms.forms[0]
    lived.open_button.click()
    page.forms.named_fields()["mentor_profile.injured_on"].set_text("3 2019")
    lived.save_button.click()
    settled()
    page.step_buttons[MentorStatus.ACTIVE].click()
    settled()
    assert "Active. Places: 2 of 2 free." in words_on(page)
    page.step_buttons[MentorStatus.PAUSED].click()
    settled()
    page.step_buttons[MentorStatus.LEFT].click()
    settled()
    assert profile_of(laptop, person).status is MentorStatus.LEFT
    assert list(page.step_buttons) == [MentorStatus.APPLIED]


def test_a_day_that_is_none_or_to_come_is_refused_at_its_field_and_what_was_typed_stays(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = add_mentor(laptop, "Bran Osgood")
    page = shown(MentorPage(coordinator), person)
    form, field = page.forms.forms[-1], page.forms.named_fields()["mentor_profile.dbs_on"]
    form.open_button.click()
    field.set_parts(DateParts(day="31", month="2", year="2026"))
    form.save_button.click()
    settled()
    assert field.error
    assert field.parts().day == "31"
    to_come = laptop.clock().date() + timedelta(days=3)
    field.set_parts(DateParts(day=str(to_come.day), month=str(to_come.month), year=str(to_come.year)))
    form.save_button.click()
    settled()
    assert field.error
    assert form.is_open
    # A change elsewhere does not sweep away what stands in an open form.
    page.load()
    settled()
    assert field.parts().year == str(to_come.year)


def test_topics_change_sides_and_are_never_on_both(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = add_mentor(laptop, "Bran Osgood")
    page = shown(MentorPage(coordinator), person)
    form, fields = page.forms.forms[1], page.forms.named_fields()
    form.open_button.click()
    assert sorted(fields["mentor_profile.topics"].values) == ["travel", "work"]
    fields["mentor_profile.unwilling_topics"].ticks["work"].click()
    form.save_button.click()
    settled()
    assert fields["mentor_profile.unwilling_topics"].error
    fields["mentor_profile.topics"].ticks["work"].click()
    form.save_button.click()
    settled()
    saved = profile_of(laptop, person)
    assert (saved.topics, saved.unwilling_topics) == ({Topic.TRAVEL}, {Topic.WORK})


def test_every_part_of_a_profile_is_saved_as_it_is_shown(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = add_mentor(laptop, "Bran Osgood")
    page = shown(MentorPage(coordinator), person)
    fields = {key.partition(".")[2]: field for key, field in page.forms.named_fields().items()}
    lived, _, ways, about, _ = page.forms.forms
    lived.open_button.click()
    fields["role_kinds"].ticks["young_person"].click()
    fields["level"].set_value("C6")
    fields["ais"].choices["B"].click()
    fields["injured_on"].set_text("3 2019")
    fields["care"].ticks["catheter"].click()
    fields["life_facts"].ticks["working"].click()
    lived.save_button.click()
    settled()
    ways.open_button.click()
    fields["channels"].ticks["phone"].click()
    fields["times"].ticks["tue_eve"].click()
    fields["languages"].set_text("English,  Welsh,")
    fields["max_matches"].choices["3"].click()
    ways.save_button.click()
    settled()
    about.open_button.click()
    fields["gender"].choices["man"].click()
    fields["age_band"].set_value("41_60")
    fields["nation"].set_value("wales")
    fields["interests"].set_text("chess, rugby")
    about.save_button.click()
    settled()
    saved = profile_of(laptop, person)
    assert saved.role_kinds == {MentorKind.SCI, MentorKind.YOUNG_PERSON}
    assert (saved.level, saved.ais, saved.injured_on, saved.max_matches) == ("C6", "B", "2019-03", 3)
    assert (saved.care, saved.life_facts, saved.channels, saved.times) == (
        {"catheter"}, {"working"}, {"phone"}, {"tue_eve"},
    )  # fmt: skip
    assert (saved.languages, saved.interests) == ({"English", "Welsh"}, {"chess", "rugby"})
    assert (saved.gender, saved.age_band, saved.nation) == ("man", "41_60", "wales")
    text = words_on(page)
    for words in ("C6 (neck)", "Tuesday evening", "English and Welsh", "chess and rugby", "41 to 60", "3 of 3 free"):
        assert words in text, words
    lived.open_button.click()
    assert fields["injured_on"].text == "2019-03"
    fields["role_kinds"].set_values([])
    lived.save_button.click()
    settled()
    assert fields["role_kinds"].error


def test_a_reminder_stands_thirty_days_before_and_goes_when_the_check_is_renewed(laptop: Laptop) -> None:
    on = laptop.clock().date()
    person = add_mentor(laptop, "Bran Osgood")
    profile = profile_of(laptop, person)
    save = {"profile_id": profile.id}
    mentors.save_profile(**act(laptop), **save, wanted={"supervised_on": on - timedelta(days=70)})
    (task,) = reminders(laptop, person)
    assert (task.kind, task.due_on, task.state) == (TaskKind.CHECK_MENTOR, on - timedelta(days=10), TaskState.OPEN)
    (item,) = [
        each
        for each in today.today(laptop.vault, actor=RUTH, now=london_time(on, 12, 0))
        if each.code == "check_mentor"
    ]
    assert (item.page, item.subject, item.overdue) == ("mentor", person, True)
    mentors.save_profile(**act(laptop), **save, wanted={"supervised_on": on - timedelta(days=70)})
    assert len(reminders(laptop, person)) == 1
    mentors.save_profile(**act(laptop), **save, wanted={"supervised_on": on})
    by_state = {task.state: task.due_on for task in reminders(laptop, person)}
    assert by_state == {TaskState.DONE: on - timedelta(days=10), TaskState.OPEN: on + timedelta(days=60)}
    for status in (MentorStatus.PAUSED, MentorStatus.LEFT):
        mentors.move_mentor(**act(laptop), profile_id=profile.id, to=status)
    assert {task.state for task in reminders(laptop, person)} == {TaskState.DONE}


@pytest.mark.parametrize("move", [mentors.move_mentor, mentoring.move_profile])
def test_nobody_mentors_in_the_first_year_of_an_injury(laptop: Laptop, move: Callable[..., Any]) -> None:
    on = laptop.clock().date()
    profile = profile_of(laptop, add_mentor(laptop, "Bran Osgood", injured_on=str(on.year - 3)))
    move(**act(laptop), profile_id=profile.id, to=MentorStatus.PAUSED)
    mentors.save_profile(**act(laptop), profile_id=profile.id, wanted={"injured_on": (on - timedelta(300)).isoformat()})
    with pytest.raises(BadInputError, match=r"mentor_profile\.injured_on\.out_of_range"):
        move(**act(laptop), profile_id=profile.id, to=MentorStatus.ACTIVE)
    year_ago = date(on.year - 1, on.month, min(on.day, 28)).isoformat()
    mentors.save_profile(**act(laptop), profile_id=profile.id, wanted={"injured_on": year_ago})
    assert move(**act(laptop), profile_id=profile.id, to=MentorStatus.ACTIVE).status == "active"


@pytest.mark.parametrize(
    ("injured_on", "problem"),
    [(None, "required"), ("2025", "out_of_range"), ("2025-11", "out_of_range"), ("2025-10", ""), ("2024", "")],
)
def test_the_year_with_the_injury_has_passed_for_certain(injured_on: PartialDate | None, problem: str) -> None:
    kinds = frozenset({MentorKind.SCI, MentorKind.FAMILY})
    profile = kit.mentor(role_kinds=kinds, injured_on=injured_on)
    if problem:
        with pytest.raises(BadInputError, match=rf"mentor_profile\.injured_on\.{problem}"):
            may_become_active(profile, on=date(2026, 11, 22))
    else:
        may_become_active(profile, on=date(2026, 11, 22))
    # A relative's injury asks nothing of who has none.
    may_become_active(replace(profile, role_kinds=frozenset({MentorKind.FAMILY})), on=date(2026, 11, 22))


def test_a_match_takes_a_break_goes_on_and_ends_with_a_reason_and_every_goal(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    mentee, mentor = matched(laptop, until=MatchState.MENTEE_AGREED)
    page = shown(MatchingPage(coordinator), mentee)
    steps = page.match_steps
    steps.yes_button.click()
    settled()
    assert the_match(laptop).state is MatchState.ACTIVE
    steps.pause_form.open_button.click()
    steps.end_form.open_button.click()
    steps.end_form.save_button.click()
    settled()
    assert steps.end_reason.error
    assert not steps.pause_reason.error
    steps.pause_form.save_button.click()
    settled()
    assert steps.pause_reason.error
    steps.pause_reason.set_text("In hospital")
    steps.resume_on.set_parts(DateParts(day="1", month="1", year="2020"))
    steps.pause_form.save_button.click()
    settled()
    assert steps.resume_on.error
    steps.resume_on.set_parts(DateParts(day="1", month="3", year="2030"))
    steps.pause_form.save_button.click()
    settled()
    match = the_match(laptop)
    assert (match.state, match.resume_on) == (MatchState.PAUSED, date(2030, 3, 1))
    steps.resume_button.click()
    settled()
    assert the_match(laptop).state is MatchState.ACTIVE
    steps.end_form.open_button.click()
    steps.end_reason.set_value("goals_met")
    steps.end_form.save_button.click()
    settled()
    (goal_field,) = steps._goals.values()
    assert goal_field.error
    goal_field.set_value("met")
    steps.end_form.save_button.click()
    settled()
    match = the_match(laptop)
    assert (match.state, match.end_reason) == (MatchState.ENDED, MatchEndReason.GOALS_MET)
    with laptop.vault.reading() as read:
        ended = next(each for each in read.all(MatchEvent) if each.to_state is MatchState.ENDED)
    assert list(ended.asked["goals"].values()) == [GoalState.MET]
    page.mentor_button.click()
    assert went.places == [("mentor", mentee)]
    del mentor


def test_a_mentor_whose_check_has_run_out_does_not_resume(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, mentor = matched(laptop)
    mentoring.move_match(**act(laptop), match_id=the_match(laptop).id, to=MatchState.PAUSED, reason="Holiday")
    laptop.clock.forward(days=91)
    page = shown(MatchingPage(coordinator), mentee)
    page.match_steps.resume_button.click()
    settled()
    assert "A check of this mentor is missing or has run out." in words_on(page)
    text = words_on(shown(MentorPage(coordinator), mentor))
    assert "No new match and no resuming until this is put right." in text
    assert "Missing or run out: supervision" in text


def test_a_no_is_written_down_with_who_said_it_and_why(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, _ = matched(laptop, until=MatchState.APPROVED)
    page = shown(MatchingPage(coordinator), mentee)
    steps = page.match_steps
    steps.no_form.open_button.click()
    steps.by_whom.choices["mentee"].click()
    steps.no_form.save_button.click()
    settled()
    assert steps.no_reason.error
    steps.no_reason.choices["other"].click()
    steps.no_form.save_button.click()
    settled()
    assert steps.no_text.error
    steps.no_text.set_text("Wants to wait until spring")
    steps.no_form.save_button.click()
    settled()
    assert the_match(laptop).state is MatchState.DECLINED
    assert "Who fits best" in words_on(page)


def test_an_eleventh_call_is_agreed_on_with_a_reason_and_a_thirteenth_never(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, _ = matched(laptop)
    page = shown(MatchingPage(coordinator), mentee)
    steps = page.match_steps
    steps.allowance_form.open_button.click()
    steps.allowance.choices["11"].click()
    steps.allowance_form.save_button.click()
    settled()
    assert steps.allowance_reason.error
    steps.allowance_reason.set_text("Moves home next month")
    steps.allowance_form.save_button.click()
    settled()
    assert the_match(laptop).allowance == 11
    calls = {"match_id": the_match(laptop).id, "reason": "More"}
    for count in (13, 11, 9):
        with pytest.raises(BadInputError, match=r"match\.allowance\.out_of_range"):
            mentoring.agree_on_calls(**act(laptop), **calls, calls=count)
    assert mentoring.agree_on_calls(**act(laptop), **calls, calls=12).allowance == 12


def test_a_mentees_profile_is_filled_in_on_their_page(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee = add_mentee(laptop)
    page = shown(MatchingPage(coordinator), mentee)
    about, fields = page.forms.forms[-1], page.forms.named_fields()
    about.open_button.click()
    fields["mentee_profile.gender_wish"].choices["woman"].click()
    fields["mentee_profile.gender_must"].choices["must"].click()
    fields["mentee_profile.interests"].set_text("chess")
    about.save_button.click()
    settled()
    assert (page.view.profile.gender_wish, page.view.profile.gender_must) == ("woman", True)
    assert page.view.profile.interests == {"chess"}


@pytest.mark.parametrize("look", LOOKS, ids=[f"{name}-{scale}" for name, scale in LOOKS])
@pytest.mark.parametrize("which", ["list", "begin", "mentor", "forms", "match"])
def test_no_page_of_mentors_has_a_fault(
    which: str, look: Any, coordinator: PageContext, laptop: Laptop, settled: Settled, qapp: QApplication, qtbot: Any
) -> None:
    Theme.load(*look).apply(qapp)
    mentee, mentor = matched(laptop)
    on = laptop.clock().date()
    add_mentor(laptop, "Tove Marsh", supervised_on=on - timedelta(days=100))
    kinds: dict[str, Any] = {"list": MentorsPage, "match": MatchingPage}
    page = kinds.get(which, MentorPage)(coordinator)
    page.open({"list": None, "begin": mentee, "match": mentee}.get(which, mentor))
    settled()
    if which == "forms":
        for form in page.forms.forms:
            form.open_button.click()
    if which == "match":
        for form in page.match_steps.forms:
            if form.isVisible():
                form.open_button.click()
    settled()
    assert faults(page) == []
    page.deleteLater()


def test_a_coordinator_writes_down_and_corrects_the_calls_of_a_mentor_without_a_laptop(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Went
) -> None:
    mentee, _mentor = matched(laptop)
    laptop.clock.forward(hours=2)
    page = shown(MatchingPage(coordinator), mentee)
    page.log_button.click()
    log = shown(SessionLogPage(coordinator), went.places[-1][1])
    assert "Call 1 of 10 is next" in log.number.words
    log.channel.choices["text"].click()
    assert not log.young.isVisible()
    log.save_button.click()
    settled()
    assert went.places[-1] == ("matching", mentee)
    page.load()
    settled()
    page.calls.form.open_button.click()
    page.calls.form.save_button.click()
    log = shown(SessionLogPage(coordinator), went.places[-1][1])
    log.channel.choices["phone"].click()
    log.why.choices["wrong_details"].click()
    log.save_button.click()
    settled()
    page.load()
    settled()
    assert "Corrected: What we talked about, or how, was wrong." in words_on(page)
    with laptop.vault.reading() as read:
        assert [call.created_role for call in read.of_person(Session, mentee)] == [Role.COORDINATOR] * 2


def test_a_call_in_a_way_nobody_under_18_is_met_is_saved_and_said(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, _mentor = matched(laptop)
    laptop.clock.forward(hours=2)
    with laptop.vault.reading() as read:
        (wish,) = read.of_person(MenteeProfile, mentee)
    mentors.save_profile(**act(laptop), profile_id=wish.id, wanted={"age_band": AgeBand.AGE_16_17})
    log = shown(SessionLogPage(coordinator), LogCall(match_id=the_match(laptop).id))
    log.channel.choices["video"].click()
    assert not log.young.isVisible()
    log.channel.choices["in_person_other"].click()
    assert log.young.isVisible()
    log.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert [call.channel for call in read.of_person(Session, mentee)] == ["in_person_other"]


def test_what_was_typed_about_a_match_and_a_profile_is_there_again_after_a_lock(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, mentor = matched(laptop)
    page = shown(MatchingPage(coordinator), mentee)
    settled()
    page.match_steps.pause_form.open_button.click()
    page.match_steps.pause_reason.set_text("In hospital again")
    page.steps.goal_form.open_button.click()
    page.steps.goal_text.set_text("Go to the sea")
    page.drafts.keeper.keep_now()
    settled()
    other = shown(MatchingPage(coordinator), add_mentee(laptop, "Tomasz Nowak"))
    settled()
    assert not any(form.is_open for form in other.steps.forms)
    again = shown(MatchingPage(coordinator), mentee)
    settled()
    assert again.match_steps.pause_reason.text == "In hospital again"
    assert again.steps.goal_text.text == "Go to the sea"
    again.steps.goal_form.leave_button.click()
    again.match_steps.pause_form.save_button.click()
    settled()
    assert the_match(laptop).state is MatchState.PAUSED
    assert drafts.drafts(laptop.vault, actor=RUTH) == ()
    page = shown(MentorPage(coordinator), mentor)
    settled()
    page.forms.forms[2].open_button.click()
    languages = page.forms.named_fields()["mentor_profile.languages"]
    languages.set_text("English, Welsh")
    page.drafts.keeper.keep_now()
    settled()
    again = shown(MentorPage(coordinator), mentor)
    settled()
    assert again.forms.named_fields()["mentor_profile.languages"].text == "English, Welsh"
    again.forms.forms[2].save_button.click()
    settled()
    assert profile_of(laptop, mentor).languages == {"English", "Welsh"}
    assert drafts.drafts(laptop.vault, actor=RUTH) == ()


def test_every_draft_of_mentoring_leads_from_leaving_the_ward_to_a_page_that_opens(
    coordinator: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    mentee, _mentor = matched(laptop)
    laptop.clock.forward(hours=1)
    match = the_match(laptop)
    log = shown(SessionLogPage(coordinator), LogCall(match_id=match.id))
    log.topics.ticks["money"].click()
    log.drafts.keep_now()
    pulse = shown(PulsePage(coordinator), AskPulse(match_id=match.id, about=PulseSubject.MENTOR))
    pulse.comment.set_text("Well.")
    assert pulse.drafts is not None
    pulse.drafts.keep_now()
    settled()
    with laptop.vault.reading() as read:
        items = {item.page: item for item in leaving_ward._Today(read, RUTH, laptop.clock()).drafts()}
    assert {page: item.person_id for page, item in items.items()} == {"session_log": mentee, "matching": mentee}
    again = shown(PAGES["session_log"](coordinator), items["session_log"].subject)
    settled()
    assert again.topics.values == ("money",)
