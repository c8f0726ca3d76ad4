"""What pages say, without a window: every state, every reason, every half-known day has its own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from app.domain.codes import AgeBand, ContactKind, MayUse, Purpose, ReferralState
from app.domain.consent import Answer, AnswerKind, NoReason
from app.domain.ids import OrganisationId, PersonId, ReferralId, ServiceId
from app.domain.linkage import Level, Reason, ReasonCode
from app.domain.person import ContactPoint, Person
from app.storage.lists import PeopleFilter, Standing
from app.use_cases.person_page import OrganisationAnswers
from app.use_cases.same_person import PossibleSame
from app.use_cases.summaries import ReferralSummary, Station, Stop
from tests.helpers.vaults import START, make_actor
from ui.view_models.contacts import contact_words, possible_uses
from ui.view_models.people_list import count_words, name_with_known_as, nobody_words
from ui.view_models.person_facts import age_words, grouped_number, partial_words
from ui.view_models.person_story import answer_lines, not_asked_words
from ui.view_models.referral_cards import is_over, referral_card
from ui.view_models.registration import same_words, sorted_under

ON = date(2026, 11, 22)
ONE = UUID(int=1)
ACTOR = make_actor()
HEADER = {
    "id": ONE,
    "org": ACTOR.org,
    "created_at": START,
    "created_by": ACTOR.user,
    "created_role": ACTOR.role,
    "device": ACTOR.device,
}

SUMMARY = ReferralSummary(
    referral_id=ReferralId(ONE),
    person_id=PersonId(ONE),
    to_org=OrganisationId(ONE),
    to_org_name="Back Up",
    from_org=OrganisationId(ONE),
    from_org_name="Aspire",
    service_id=ServiceId(ONE),
    service_name="Wheelchair skills",
    state=ReferralState.QUEUED,
    stations=(Station(stop=Stop.ON_THIS_LAPTOP, on=START), *(Station(stop=stop) for stop in list(Stop)[1:])),
    ack_due=None,
    decide_due=None,
    reason="",
    next_step="",
    last_by="Jo",
    last_at=START - timedelta(days=3),
    standing=Standing.ONLY_HERE,
)


@pytest.mark.parametrize("state", list(ReferralState))
def test_every_state_of_a_referral_is_a_whole_sentence(state: ReferralState) -> None:
    words = referral_card(replace(SUMMARY, state=state), START)
    assert words.heading == "Back Up: wheelchair skills"
    assert words.sentence.endswith(".")
    assert "{" not in words.sentence
    assert "  " not in words.sentence


def test_silence_is_never_success() -> None:
    queued = referral_card(SUMMARY, START)
    assert queued.sentence == "Waiting on this laptop. It is sent at the next connection."
    assert referral_card(replace(SUMMARY, standing=Standing.SENT), START).sentence == "Sent, not yet confirmed."
    assert [station.is_reached for station in queued.stations] == [True, False, False, False, False]
    assert [station.words for station in queued.stations][1] == "With Back Up"


def test_a_clock_that_ran_out_is_said() -> None:
    sent = replace(SUMMARY, state=ReferralState.SENT, ack_due=START - timedelta(days=1))
    card = referral_card(sent, START)
    assert card.is_overdue
    assert card.sentence == "With Back Up, not opened yet. To be opened by 21 November. Not opened in time."
    later = replace(sent, state=ReferralState.RECEIVED, decide_due=START + timedelta(days=4))
    assert referral_card(later, START).sentence == "Opened by Back Up on 19 November. Answer due by 26 November."


def test_a_reason_is_told_in_words() -> None:
    declined = replace(SUMMARY, state=ReferralState.DECLINED_BY_SERVICE, reason="no_capacity")
    assert referral_card(declined, START).sentence == "Back Up said no on 19 November. No room at the moment."
    assert is_over(declined.state)


@pytest.mark.parametrize(
    ("partial", "words"), [("1984-03-15", "15 March 1984"), ("1984-03", "March 1984"), ("1984", "1984")]
)
def test_a_day_known_in_part_is_said_as_far_as_it_is_known(partial: str, words: str) -> None:
    assert partial_words(partial) == words


@pytest.mark.parametrize(
    ("dob", "band", "words"),
    [
        ("1988-03-15", AgeBand.UNKNOWN, "38"),
        ("1988", AgeBand.UNKNOWN, "37 or 38"),
        (None, AgeBand.AGE_26_40, "26 to 40"),
        (None, AgeBand.UNKNOWN, "Age not known"),
    ],
)
def test_an_age_is_no_surer_than_the_day_of_birth(dob: str | None, band: AgeBand, words: str) -> None:
    person = Person(**HEADER, given_name="Samira", dob=dob, age_band=band)  # type: ignore[arg-type]
    assert age_words(person, ON) == words


def test_a_health_number_is_grouped() -> None:
    assert grouped_number("9434765919") == "943 476 5919"


def contact(**fields: object) -> ContactPoint:
    known = {"person": PersonId(ONE), "kind": ContactKind.MOBILE, "value": "+447700900123"}
    return ContactPoint(**HEADER, **(known | fields))  # type: ignore[arg-type]


def test_a_number_is_shown_as_it_is_dialled_with_what_it_may_be_used_for() -> None:
    words = contact_words(contact(may_use=frozenset({MayUse.CALL, MayUse.VOICEMAIL, MayUse.TEXT})), ON)
    assert words.value == "07700 900123"
    assert words.uses == "May be used to: call, leave a voicemail and send a text."
    assert words.is_open


def test_a_number_nobody_allowed_says_so_and_every_caution_is_told() -> None:
    words = contact_words(
        contact(never_use=True, who_may_answer="her brother", valid_until=date(2026, 12, 1), label="ward phone"), ON
    )
    assert words.uses == "Nobody has said yet what it may be used for."
    assert words.kind == "Mobile phone, ward phone"
    assert words.cautions == (
        "Never use this.",
        "Good until 1 December.",
        "Somebody else may answer: her brother.",
        "Do not say a charity’s name to anybody else.",
    )
    assert not words.is_open


@pytest.mark.parametrize("kind", list(ContactKind))
def test_every_kind_of_contact_has_a_use(kind: ContactKind) -> None:
    assert possible_uses(kind)


def test_a_name_is_not_said_twice() -> None:
    assert name_with_known_as("Samira Osei", "Sam") == "Samira Osei (Sam)"
    assert name_with_known_as("Samira Osei", "samira") == "Samira Osei"
    assert name_with_known_as("Samira Osei", "") == "Samira Osei"


def test_counts_are_said_as_people_say_them() -> None:
    assert count_words(1, more=False, typed="") == "1 person."
    assert count_words(100_000, more=False, typed="") == "100\u202f000 people."
    assert count_words(3, more=False, typed="sam") == "3 people found."
    assert count_words(200, more=True, typed="s") == "The first 200 of many. Type more to narrow it."


@pytest.mark.parametrize("shown", list(PeopleFilter))
def test_every_empty_list_says_something_of_its_own(shown: PeopleFilter) -> None:
    others = {nobody_words(other, "")[0] for other in PeopleFilter if other is not shown}
    assert nobody_words(shown, "")[0] not in others


@pytest.mark.parametrize("code", [code for code in ReasonCode if "different" not in code and code not in
                                  {"age_apart", "given_common", "family_common"}])  # fmt: skip
def test_every_reason_that_speaks_for_the_same_person_has_words(code: ReasonCode) -> None:
    same = PossibleSame(
        person_id=PersonId(ONE),
        name="Samira Osei",
        where="Stanmore",
        level=Level.POSSIBLE,
        reasons=(Reason(code=code, weight=1, detail=("Bill", "William")),),
    )
    words = same_words(same)
    assert words.heading == "Perhaps Samira Osei"
    assert words.why.endswith(".")
    assert "{" not in words.why


def test_a_nickname_is_explained() -> None:
    same = PossibleSame(
        person_id=PersonId(ONE),
        name="William Fergusson",
        where="Stanmore",
        level=Level.LIKELY,
        reasons=(
            Reason(code=ReasonCode.GIVEN_NICKNAME, weight=5, detail=("Bill", "William")),
            Reason(code=ReasonCode.SITE_EQUAL, weight=3),
        ),
    )
    assert same_words(same).why == "Bill is short for William and in the same hospital."


def test_where_a_name_is_sorted_is_said() -> None:
    assert sorted_under("Bill Ferguson") == "Sorted under Ferguson."
    assert sorted_under("Bill") == "Sorted under Bill."
    assert sorted_under("  ") == ""


@pytest.mark.parametrize("kind", [kind for kind in AnswerKind if kind is not AnswerKind.NOT_ASKED])
def test_every_answer_has_a_word(kind: AnswerKind) -> None:
    cells = dict.fromkeys(Purpose, Answer(kind=AnswerKind.NOT_ASKED)) | {Purpose.MENTORING: Answer(kind=kind)}
    row = OrganisationAnswers(org_id=OrganisationId(ONE), name="Back Up", does="", cells=cells)
    (line,) = answer_lines(row, ON)
    assert line.word
    assert line.purpose == "Find a mentor"
    assert "find a mentor" not in not_asked_words(row)


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        (NoReason.WITHDRAWN, "Said stop"),
        (NoReason.REFUSED, "Refused"),
        (NoReason.CROSSED, "Two answers do not fit: ask again"),
    ],
)
def test_a_no_says_which_kind_of_no(reason: NoReason, word: str) -> None:
    cells = {Purpose.CASEWORK: Answer(kind=AnswerKind.NO, reason=reason)}
    row = OrganisationAnswers(org_id=OrganisationId(ONE), name="Back Up", does="", cells=cells)
    assert [line.word for line in answer_lines(row, ON)] == [word]
