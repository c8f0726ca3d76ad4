"""Answers, rows of the matrix and clocks of a referral in words, without a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from app.domain.codes import (
    AskAgain,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    GivenBy,
    Priority,
    Purpose,
    ReferralKind,
    ReferralState,
    Role,
    Scope,
    WordingFormat,
)
from app.domain.consent import Answer, AnswerKind, NoReason
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.ids import DeviceId, LineId, OrganisationId, PersonId, ReferralId, ServiceId, UserId
from app.domain.referral import Referral
from app.storage.lists import Standing
from app.use_cases.consents import FOLDED, CheckedLine, ConsentTable, OrganisationRow
from app.use_cases.referrals import EventLine, ReferralView
from app.use_cases.summaries import ReferralSummary
from app.use_cases.wordings import Words
from ui.view_models.consent_done import happens_now
from ui.view_models.consent_rows import asked_purposes, asked_rows, next_unasked, rows_left_words, signposts_words
from ui.view_models.consent_talk import Giver, Talk
from ui.view_models.consent_words import answer_sentence, before_today, giver_words
from ui.view_models.referral_page import referral_words

ON = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BACK_UP = OrganisationId(UUID(int=2))
S = ReferralState


def checked(decision: Decision, **changes: Any) -> CheckedLine:
    line = ConsentLine(
        line_id=LineId(UUID(int=1)), org=BACK_UP, purpose=Purpose.MENTORING, decision=decision, valid_from=ON
    )
    return CheckedLine(
        org_name="Back Up",
        purpose=Purpose.MENTORING,
        decision=decision,
        scope=changes.pop("scope", None),
        ends_on=changes.pop("ends_on", None),
        ask_on=changes.get("ask_again_on"),
        line=replace(line, **changes),
    )


@pytest.mark.parametrize(
    ("line", "sentence", "detail"),
    [
        (
            checked(Decision.AGREED, scope=Scope.CONTACT, ends_on=date(2028, 2, 20)),
            "Back Up may find a mentor for Sam.",
            "They will know contact details. Until 20 February 2028.",
        ),
        (checked(Decision.REFUSED, ask_again=AskAgain.NOT_SAID), "Back Up may not find a mentor for Sam.", ""),
        (
            checked(Decision.REFUSED, ask_again=AskAgain.NEVER),
            "Back Up may not find a mentor for Sam.",
            "We do not ask again.",
        ),
        (
            checked(Decision.REFUSED, ask_again=AskAgain.AFTER_DISCHARGE),
            "Back Up may not find a mentor for Sam.",
            "We may ask again after they leave hospital.",
        ),
        (
            checked(Decision.DECIDE_LATER, ask_again_on=date(2026, 12, 6)),
            "Sam decides later whether Back Up may find a mentor for Sam.",
            "We ask again on 6 December.",
        ),
        (
            checked(Decision.NOT_ABLE_NOW, ask_again_on=date(2026, 11, 29)),
            "Sam was not able to say whether Back Up may find a mentor for Sam.",
            "We ask again on 29 November.",
        ),
    ],
)
def test_every_answer_is_a_sentence(line: CheckedLine, sentence: str, detail: str) -> None:
    words = answer_sentence(line, called="Sam", on=ON)
    assert (words.sentence, words.detail) == (sentence, detail)
    assert words.change == "Back Up, find a mentor"


@pytest.mark.parametrize("kind", AnswerKind)
def test_each_earlier_answer_but_none_is_said(kind: AnswerKind) -> None:
    answer = Answer(kind=kind, reason=NoReason.NONE, scope=Scope.CONTACT, ends_on=date(2027, 5, 1))
    words = before_today(answer, ON)
    assert bool(words) is (kind is not AnswerKind.NOT_ASKED)
    assert "{" not in words


def test_crossed_answers_ask_to_ask_again() -> None:
    crossed = Answer(kind=AnswerKind.NO, reason=NoReason.CROSSED)
    assert before_today(crossed, ON) == "Two earlier answers do not fit together. Ask again."


TALK = replace(
    Talk().answered((BACK_UP, Purpose.MENTORING), Decision.AGREED),
    method=ConsentMethod.BLINK_CODE,
    read_back=True,
    witness_name="Ruth Bell",
    witness_role="nurse",
)


def test_how_it_was_answered_names_everybody_who_took_part() -> None:
    talk = replace(TALK, format=WordingFormat.INTERPRETER, interpreter_name="Ana")
    assert giver_words(talk, called="Sam", asker="Priya") == (
        "Sam answered for themself.",
        "Answered by blinking.",
        "Through an interpreter, by Ana.",
        "Priya asked.",
        "Witness: Ruth Bell, nurse.",
        "The answers were read back.",
    )


def test_an_answer_by_somebody_else_names_who_and_the_paper_seen() -> None:
    giver = Giver(by=GivenBy.DEPUTY_WELFARE, name="Ruth Osei", evidence="the court order")
    assert giver_words(replace(TALK, giver=giver), called="Sam", asker="Priya")[0] == (
        "Ruth Osei answered: deputy for welfare. Seen: the court order."
    )


@pytest.mark.parametrize("capacity", Capacity)
def test_each_finding_on_capacity_is_said(capacity: Capacity) -> None:
    giver = Giver(capacity=capacity, checked_by="Dr Bell")
    words = giver_words(replace(TALK, giver=giver), called="Sam", asker="Priya")[0]
    assert ("Dr Bell" in words) is (capacity is not Capacity.PRESUMED)


def row(number: int, **changes: Any) -> OrganisationRow:
    known = {"meets_need": False, "is_own": False, "signposts_only": False, **changes}
    return OrganisationRow(org_id=OrganisationId(UUID(int=number)), name=f"Charity {number}", does="", **known)


def table(*rows: OrganisationRow) -> ConsentTable:
    words = Words(version="1", hash="", language="en-GB", texts={}, asker="")
    return ConsentTable(
        person_called="Sam",
        organisations=rows,
        purposes=tuple(Purpose),
        folded=FOLDED,
        current=MappingProxyType({}),
        words=words,
        under_16=False,
        home=rows[0].org_id,
    )


ALLIANCE = table(
    row(1, is_own=True),
    row(2, meets_need=True),
    *(row(number) for number in range(3, 39)),
    row(39, signposts_only=True),
)


def test_thirty_six_charities_stay_folded() -> None:
    rows = asked_rows(ALLIANCE, unfolded=False, talk=Talk())
    assert [each.name for each in rows] == ["Charity 1", "Charity 2"]
    assert rows_left_words(ALLIANCE, rows) == "36 charities not asked today"


def test_a_charity_that_was_spoken_of_stays_in_sight() -> None:
    talk = Talk().answered((OrganisationId(UUID(int=17)), Purpose.NEWS_AND_FUNDRAISING), Decision.REFUSED)
    assert "Charity 17" in [each.name for each in asked_rows(ALLIANCE, unfolded=False, talk=talk)]
    assert Purpose.NEWS_AND_FUNDRAISING in asked_purposes(ALLIANCE, unfolded=False, talk=talk)


def test_who_takes_no_details_is_never_asked_about() -> None:
    assert "Charity 39" not in [each.name for each in asked_rows(ALLIANCE, unfolded=True, talk=Talk())]
    assert signposts_words(ALLIANCE).startswith("Not in this talk: Charity 39.")
    assert signposts_words(table(row(1, is_own=True))) == ""


def test_the_next_question_is_the_first_without_an_answer() -> None:
    one, two = (BACK_UP, Purpose.CASEWORK), (BACK_UP, Purpose.MENTORING)
    assert next_unasked([one, two], Talk().answered(one, Decision.REFUSED)) == two
    assert next_unasked([one], Talk().answered(one, Decision.REFUSED)) is None


def event(*lines: ConsentLine) -> ConsentEvent:
    return ConsentEvent(
        id=UUID(int=5),
        org=OrganisationId(UUID(int=1)),
        created_at=NOW,
        created_by=UserId(UUID(int=3)),
        created_role=Role.OUTREACH_WORKER,
        device=DeviceId(UUID(int=4)),
        person=PersonId(UUID(int=6)),
        kind=ConsentKind.ANSWER,
        asked_by=UserId(UUID(int=3)),
        asked_by_org=OrganisationId(UUID(int=1)),
        at=NOW,
        lines=lines,
    )


def test_what_happens_now_promises_nothing_that_has_not_happened() -> None:
    yes = ConsentLine(
        line_id=LineId(UUID(int=1)),
        org=BACK_UP,
        org_name_shown="Back Up",
        purpose=Purpose.MENTORING,
        decision=Decision.AGREED,
        valid_from=ON,
    )
    said = happens_now(event(yes), withdrawn=0, called="Sam", enrolled=False)
    assert said[0] == "It is kept on this laptop."
    assert said[1].startswith("Nothing was told to Back Up yet")
    assert "sent" in happens_now(event(yes), withdrawn=0, called="Sam", enrolled=True)[0]
    assert "2 referrals were taken back" in " ".join(happens_now(event(), withdrawn=2, called="Sam", enrolled=True))


def view(
    state: ReferralState, *, is_receiver: bool = False, events: tuple[EventLine, ...] = (), **changes: Any
) -> ReferralView:
    referral = Referral(
        id=UUID(int=7),
        org=OrganisationId(UUID(int=1)),
        created_at=NOW,
        created_by=UserId(UUID(int=3)),
        created_role=Role.OUTREACH_WORKER,
        device=DeviceId(UUID(int=4)),
        person=PersonId(UUID(int=6)),
        state=state,
        kind=ReferralKind.SERVICE,
        to_service=ServiceId(UUID(int=8)),
        to_org=BACK_UP,
        to_team="mentoring",
        needs=frozenset(),
        priority=changes.pop("priority", Priority.ROUTINE),
    )
    summary = ReferralSummary(
        referral_id=ReferralId(UUID(int=7)),
        person_id=referral.person,
        to_org=BACK_UP,
        to_org_name="Back Up",
        from_org=OrganisationId(UUID(int=1)),
        from_org_name="Aspire",
        service_id=referral.to_service,
        service_name="Mentoring",
        state=state,
        stations=(),
        ack_due=None,
        decide_due=None,
        reason="",
        next_step="",
        last_by="",
        last_at=NOW,
        standing=changes.pop("standing", Standing.RECEIVED),
    )
    return ReferralView(
        referral=referral,
        summary=summary,
        person_name="Samira Osei",
        package={},
        card={},
        events=events,
        moves=changes.pop("moves", ()),
        is_receiver=is_receiver,
        answer=Answer(kind=AnswerKind.YES),
    )


@pytest.mark.parametrize("state", [state for state in S if state is not S.DRAFT])
@pytest.mark.parametrize("is_receiver", [True, False])
def test_every_state_has_a_sentence_for_either_side(state: ReferralState, is_receiver: bool) -> None:
    words = referral_words(view(state, is_receiver=is_receiver), NOW)
    assert words.sentence
    assert "{" not in words.sentence
    assert words.holder


@pytest.mark.parametrize(
    ("state", "of_sender", "of_receiver"),
    [
        (S.DRAFT, "The next step is yours.", "The next step is for Aspire."),
        (S.SENT, "The next step is for Back Up.", "The next step is yours."),
        (S.IN_PROGRESS, "The next step is for Back Up.", "The next step is yours."),
        (S.COMPLETED, "The next step is yours.", "The next step is for Aspire."),
        (S.CLOSED, "Nobody has to do anything more.", "Nobody has to do anything more."),
    ],
)
def test_it_says_who_has_to_act(state: ReferralState, of_sender: str, of_receiver: str) -> None:
    assert referral_words(view(state), NOW).holder == of_sender
    assert referral_words(view(state, is_receiver=True), NOW).holder == of_receiver


def test_a_step_that_has_not_left_the_laptop_says_so() -> None:
    words = referral_words(view(S.ACCEPTED, is_receiver=True, standing=Standing.ONLY_HERE), NOW)
    assert words.holder.endswith("What was done last is only on this laptop so far.")


def test_an_urgent_introduction_says_both_in_its_purpose() -> None:
    shown = view(S.SENT, is_receiver=True, priority=Priority.URGENT)
    shown = replace(shown, referral=replace(shown.referral, kind=ReferralKind.INTRODUCTION))
    assert referral_words(shown, NOW).purpose == "From Aspire to mentoring · Introduction · Urgent"


def test_moves_that_only_the_system_takes_are_never_offered() -> None:
    moves = (S.SENT, S.EXPIRED, S.ENTERED_IN_ERROR, S.REROUTED, S.WITHDRAWN)
    offered = [move.to for move in referral_words(view(S.QUEUED, moves=moves), NOW).moves]
    assert offered == [S.REROUTED, S.WITHDRAWN]


def test_a_laptop_whose_clock_may_be_wrong_is_named_in_the_story() -> None:
    step = EventLine(
        at=NOW,
        from_state=S.SENT,
        to_state=S.RECEIVED,
        by_name="Jo",
        reason="",
        next_step="",
        asked={},
        clock_doubt=True,
    )
    story = referral_words(view(S.RECEIVED, events=(step,)), NOW).story
    assert story[0].detail == "22 November, 09:00 · by Jo · by a laptop whose clock may be wrong"
