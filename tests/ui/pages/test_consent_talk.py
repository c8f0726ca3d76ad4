"""What a talk holds and asks for, without a window."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.canonical import canonical
from app.domain.codes import (
    AgeCheck,
    AskAgain,
    Capacity,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    Purpose,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.ids import OrganisationId
from app.errors import BadInputError
from app.use_cases.consents import ConsentForm
from ui.view_models.consent_talk import Giver, Talk, restored

ASPIRE, BACK_UP = OrganisationId(UUID(int=1)), OrganisationId(UUID(int=2))
CONTACT, MENTOR = (BACK_UP, Purpose.REFERRAL_CONTACT), (BACK_UP, Purpose.MENTORING)
NEWS = (ASPIRE, Purpose.NEWS_AND_FUNDRAISING)
ON = date(2026, 11, 22)


def form_of(talk: Talk, under_16: bool | None = False) -> ConsentForm:
    return talk.form(on=ON, under_16=under_16, script="I agree.")


def test_a_new_talk_holds_no_answer_and_asks_for_nothing() -> None:
    talk = Talk()
    assert form_of(talk).answers == ()
    assert [talk.asks_method, talk.asks_scope, talk.asks_read_back, talk.asks_witness] == [False] * 4


def test_not_asked_takes_an_answer_away() -> None:
    talk = Talk().answered(CONTACT, Decision.AGREED).answered(CONTACT, Decision.NOT_ASKED)
    assert talk == Talk()


def test_answers_keep_the_order_in_which_they_were_given() -> None:
    talk = (
        Talk().answered(MENTOR, Decision.AGREED).answered(CONTACT, Decision.REFUSED).answered(MENTOR, Decision.REFUSED)
    )
    assert [(cell.org, cell.purpose) for cell in form_of(talk).answers] == [CONTACT, MENTOR]


def test_no_press_says_yes_for_several_cells() -> None:
    with pytest.raises(AssertionError):
        Talk().all_answered([CONTACT, MENTOR], Decision.AGREED)


def test_the_amount_is_asked_once_and_can_be_less_for_one_cell() -> None:
    talk = replace(
        Talk().answered(CONTACT, Decision.AGREED).answered(MENTOR, Decision.AGREED), scope=Scope.CONTACT_INJURY_NEEDS
    ).narrowed(MENTOR, Scope.CONTACT)
    assert talk.scope_of(CONTACT) is Scope.CONTACT_INJURY_NEEDS
    assert talk.scope_of(MENTOR) is Scope.CONTACT
    assert talk.narrowed(MENTOR, None).scope_of(MENTOR) is Scope.CONTACT_INJURY_NEEDS


def test_news_needs_no_amount_and_gets_no_more_than_contact() -> None:
    talk = replace(Talk().answered(NEWS, Decision.AGREED), scope=Scope.CONTACT_INJURY_NEEDS)
    assert not talk.asks_scope
    assert talk.scope_of(NEWS) is Scope.CONTACT


def test_without_an_amount_nothing_is_assumed() -> None:
    assert Talk().answered(CONTACT, Decision.AGREED).scope_of(CONTACT) is None


def test_less_for_one_cell_goes_with_its_yes() -> None:
    talk = Talk().answered(MENTOR, Decision.AGREED).narrowed(MENTOR, Scope.CONTACT).answered(MENTOR, Decision.REFUSED)
    assert talk.less == {}


@pytest.mark.parametrize(
    ("method", "witness", "read_back"),
    [
        (ConsentMethod.SPOKEN_IN_PERSON, False, True),
        (ConsentMethod.BLINK_CODE, True, True),
        (ConsentMethod.OWN_MARK, True, True),
        (ConsentMethod.WRITTEN_SIGNATURE, False, False),
        (ConsentMethod.LETTER_OR_EMAIL, False, False),
    ],
)
def test_the_way_of_answering_decides_on_witness_and_reading_back(
    method: ConsentMethod, witness: bool, read_back: bool
) -> None:
    talk = replace(Talk().answered(CONTACT, Decision.AGREED), method=method)
    assert (talk.asks_witness, talk.asks_read_back) == (witness, read_back)


def test_somebody_who_cannot_answer_is_asked_neither_method_nor_statement() -> None:
    talk = Talk().answered(CONTACT, Decision.NOT_ABLE_NOW)
    assert not talk.asks_method
    assert form_of(talk).statement == ""


def test_own_words_stand_in_place_of_the_script() -> None:
    talk = replace(Talk().answered(CONTACT, Decision.AGREED), agreed_to_script=True)
    assert form_of(talk).statement == "I agree."
    assert form_of(replace(talk, own_words=" Yes, ring me. ")).statement == "Yes, ring me."


def test_a_refusal_keeps_no_statement() -> None:
    talk = replace(Talk().answered(CONTACT, Decision.REFUSED), agreed_to_script=True, read_back=True)
    assert (form_of(talk).statement, form_of(talk).read_back) == ("", False)


def test_each_answer_gets_its_own_day() -> None:
    talk = replace(
        Talk()
        .answered(CONTACT, Decision.REFUSED)
        .answered(MENTOR, Decision.DECIDE_LATER)
        .answered(NEWS, Decision.NOT_ABLE_NOW),
        ask_again=AskAgain.ON_DATE,
        ask_again_on=("1", "2", "2027"),
        later_on=("2", "2", "2027"),
        able_on=("3", "2", "2027"),
    )
    assert [cell.ask_again_on for cell in form_of(talk).answers] == [
        date(2027, 2, 1),
        date(2027, 2, 2),
        date(2027, 2, 3),
    ]


def test_a_day_is_kept_only_for_the_choice_it_belongs_to() -> None:
    talk = replace(
        Talk().answered(CONTACT, Decision.REFUSED), ask_again=AskAgain.NEVER, ask_again_on=("1", "2", "2027")
    )
    assert form_of(talk).answers[0].ask_again_on is None


def test_a_day_that_is_not_in_the_calendar_is_refused_by_its_field() -> None:
    talk = replace(Talk().answered(MENTOR, Decision.DECIDE_LATER), later_on=("31", "2", "2027"))
    with pytest.raises(BadInputError, match=r"consent\.ask_again_on\.bad_format"):
        form_of(talk)


def test_the_day_of_birth_decides_the_age_and_only_without_it_the_answer() -> None:
    talk = replace(Talk(), giver=Giver(age=AgeCheck.AGE_16_OR_OVER))
    assert form_of(talk, under_16=True).age_check is AgeCheck.UNDER_16
    assert form_of(talk, under_16=None).age_check is AgeCheck.AGE_16_OR_OVER
    assert form_of(Talk(), under_16=None).age_check is None


def test_a_check_of_capacity_without_a_day_was_today() -> None:
    giver = Giver(capacity=Capacity.ASSESSED_HAS, checked_by="Dr Bell", support="a rest")
    check = form_of(replace(Talk(), giver=giver)).capacity_check
    assert check is not None
    assert check.on == ON
    assert form_of(Talk()).capacity_check is None


def test_gillick_is_kept_for_a_child_only() -> None:
    giver = Giver(gillick=Gillick.COMPETENT, understood="They ring me", could_go_wrong="Others hear it")
    talk = replace(Talk(), giver=replace(giver, parent_told=YesNo.YES, parent_told_why="She was there"))
    assert form_of(talk, under_16=True).gillick is not None
    assert form_of(talk, under_16=False).gillick is None


def test_an_interpreters_name_is_kept_only_with_an_interpreter() -> None:
    talk = replace(Talk(), interpreter_name="Ana", format=WordingFormat.INTERPRETER)
    assert form_of(talk).interpreter_name == "Ana"
    assert form_of(replace(talk, format=WordingFormat.STANDARD)).interpreter_name == ""


def test_answering_by_phone_is_noted_by_the_way_of_answering() -> None:
    assert form_of(replace(Talk(), method=ConsentMethod.SPOKEN_BY_PHONE)).by_phone
    assert not form_of(replace(Talk(), method=ConsentMethod.EYE_GAZE)).by_phone


_places = st.tuples(st.sampled_from([ASPIRE, BACK_UP]), st.sampled_from(Purpose))
_decisions = st.sampled_from([decision for decision in Decision if decision is not Decision.WITHDRAWAL])
_typed = st.tuples(st.text(max_size=2), st.text(max_size=2), st.text(max_size=4))


@given(
    answers=st.lists(st.tuples(_places, _decisions), max_size=12),
    scope=st.sampled_from([None, Scope.CONTACT, Scope.CONTACT_INJURY_NEEDS]),
    words=st.text(max_size=20),
    typed=_typed,
    by=st.sampled_from(GivenBy),
    method=st.sampled_from([None, *ConsentMethod]),
)
def test_a_draft_brings_back_exactly_what_was_said(
    answers: list[tuple[tuple[OrganisationId, Purpose], Decision]],
    scope: Scope | None,
    words: str,
    typed: tuple[str, str, str],
    by: GivenBy,
    method: ConsentMethod | None,
) -> None:
    talk = Talk()
    for place, decision in answers:
        talk = talk.answered(place, decision)
    for place in talk.agreed[:1]:
        talk = talk.narrowed(place, Scope.CONTACT)
    talk = replace(
        talk,
        scope=scope,
        own_words=words,
        later_on=typed,
        giver=Giver(by=by, name=words),
        method=method,
        read_back=True,
    )
    kept = json.loads(canonical(talk.values()))
    assert restored(kept) == talk
    assert list(restored(kept).given) == list(talk.given)
