"""What a volunteer's laptop may hold of a mentee, until when, and what stands on the card."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bodies import body_of
from app.domain.canonical import canonical
from app.domain.codes import (
    ContactKind,
    MatchEndReason,
    MatchState,
    MentorStatus,
    NoteLevel,
    PersonStatus,
    PulseSubject,
    Purpose,
    Role,
    TaskKind,
    ToldItem,
)
from app.domain.consent_loss import on_match_loss
from app.domain.ids import RecordId, UserId
from app.domain.mentor_view import match_cards
from app.domain.record import Cls
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, BU, NOVA, refused, withdrawn
from tests.domain.mentoring_kit import BRAN, M1, MENTORING_YES, goal, in_state, mentor, pulses, session
from tests.domain.record_kit import aggregate, directory, injury, mobile, note, person, task, user
from tests.domain.visibility_kit import EXPIRED_ON, READING_ENDS, held

MENTOR = f"mentor:{BRAN}"
PARTNER = f"programme:{BU}"
OPEN = {(M1, Cls.CARD), (M1, Cls.MENTORING), (goal().id, Cls.NEEDS)}
S = MatchState
CANARIES = ("Achterberg", "1987-04-12", "Canary Lane", "9434765919", "HA7 4LP", "St Andrew", "Stanmore", "Wren")


def card_of(told: frozenset[ToldItem] = frozenset(), **fields: Any) -> dict[str, Any]:
    given = {**in_state(S.MENTEE_AGREED, told_to_mentor=told), **fields}
    (card,) = match_cards(aggregate(MENTORING_YES, **given), card_id=lambda _match: UUID(int=7))
    return body_of(card)


@pytest.mark.parametrize("state", list(S))
def test_a_match_opens_when_the_mentee_has_agreed_and_stays_a_week_after_its_end(state: MatchState) -> None:
    now = held(MENTOR, MENTORING_YES, now=ASKED_AT + timedelta(days=5), **in_state(state))
    if state in (S.MENTEE_AGREED, S.ACTIVE, S.PAUSED):
        assert now.keys() == OPEN
        assert set(now.values()) == {READING_ENDS}
    elif state is S.ENDED:
        assert now.keys() == OPEN
        assert set(now.values()) == {ASKED_AT + timedelta(days=4 + 7)}
    else:
        assert now == {}


@pytest.mark.parametrize("state", [S.MENTEE_AGREED, S.ACTIVE, S.PAUSED, S.ENDED])
@pytest.mark.parametrize(
    "lines",
    [
        (MENTORING_YES, withdrawn("w1", cites=["m1"], purpose=Purpose.MENTORING)),
        (MENTORING_YES, withdrawn("w0", org=None, purpose=None)),
        (MENTORING_YES, refused("r1", purpose=Purpose.MENTORING)),
        (),
    ],
)
def test_without_consent_to_mentoring_the_volunteer_holds_nothing_at_once(state: MatchState, lines: Any) -> None:
    assert held(MENTOR, *lines, **in_state(state)) == {}


def test_when_the_mentor_leaves_nothing_stays_and_a_concern_leaves_no_last_log() -> None:
    assert held(MENTOR, MENTORING_YES, **in_state(S.ACTIVE, mentor_left=True)) == {}
    ended = in_state(S.ENDED, end_reason=MatchEndReason.SAFEGUARDING)
    assert held(MENTOR, MENTORING_YES, **ended) == {}
    assert held(MENTOR, MENTORING_YES, on=EXPIRED_ON, **in_state(S.ACTIVE)) == {}


def test_a_restricted_or_erased_mentee_is_on_no_volunteers_laptop() -> None:
    assert held(MENTOR, MENTORING_YES, person=person(restricted=True), **in_state(S.ACTIVE)) == {}
    assert held(MENTOR, MENTORING_YES, person=person(status=PersonStatus.ERASED), **in_state(S.ACTIVE)) == {}


def test_a_volunteer_holds_the_own_profile_until_leaving() -> None:
    own = held(f"mentor:{NOVA}", mentor_profiles=(mentor(person=NOVA, org=AS),))
    assert own == {(mentor().id, Cls.MENTORING): None}
    assert held(f"mentor:{NOVA}", mentor_profiles=(mentor(person=NOVA, status=MentorStatus.LEFT),)) == {}


def test_a_volunteer_holds_the_own_notes_and_nobody_elses() -> None:
    bran, other = UserId(UUID(int=0x7B)), UserId(UUID(int=0x7C))
    notes = tuple(
        note(number, org=BU, created_by=who, level=NoteLevel.AUTHOR_AND_COORDINATOR)
        for number, who in ((1, bran), (2, other))
    )
    around = directory(users={bran: user(bran, BU, person=BRAN), other: user(other, BU)})
    found = held(MENTOR, MENTORING_YES, directory=around, notes=notes, **in_state(S.ACTIVE))
    assert found.keys() == {*OPEN, (bran, Cls.OWN)}


def test_the_programme_holds_profiles_matches_goals_and_calls_of_its_own_organisation() -> None:
    found = held(PARTNER, MENTORING_YES, **in_state(S.SUGGESTED))
    assert {(BU, Cls.MENTORING), (M1, Cls.MENTORING), (M1, Cls.CARD), (goal().id, Cls.NEEDS)} <= found.keys()
    home = held(f"programme:{AS}", MENTORING_YES, **in_state(S.ACTIVE))
    assert not {(M1, Cls.MENTORING), (M1, Cls.CARD), (goal().id, Cls.NEEDS)} & home.keys()


def test_the_card_says_how_to_reach_and_what_is_told_and_never_who_they_are_beyond_that() -> None:
    nova = person(known_as="Nova", dob="1987-04-12", nhs_number="9434765919", postcode="HA7 4LP")
    ways = (
        mobile(label="Wren's phone", who_may_answer="Wren"),
        mobile(0x95, kind=ContactKind.POST, value="1 Canary Lane"),
        mobile(0x96, value="+447700900999", never_use=True),
        mobile(0x97, value="+447700900998", may_use=frozenset()),
    )
    body = card_of(frozenset(ToldItem), person=nova, contacts=ways)
    text = canonical(body).decode()
    assert body["known_as"] == "Nova"
    assert [way["value"] for way in body["contacts"]] == ["+447700900123"]
    assert body["told"] == {
        "level": "C6", "cause": "fall", "year": "2026",
        "topics": ["bladder", "bowels", "family", "pain", "work"],
    }  # fmt: skip
    assert not [canary for canary in CANARIES if canary in text]


def test_who_gave_no_name_to_be_called_by_has_none_on_the_card() -> None:
    assert "known_as" not in card_of(person=person(given_name="", known_as=""))


@given(st.frozensets(st.sampled_from(ToldItem)))
def test_nothing_of_the_injury_is_told_that_was_not_agreed(told: frozenset[ToldItem]) -> None:
    body = card_of(told, injury=injury())
    shown = body.get("told", {})
    assert ("level" in shown) == (ToldItem.LEVEL in told)
    assert ("cause" in shown) == (ToldItem.CAUSE in told)
    assert ("year" in shown) == (ToldItem.YEARS in told)
    assert set(shown.get("topics", ())) <= {item.value for item in told}
    assert not {"B", "2026-03"} & set(shown.values() if "topics" not in shown else ())


def test_a_card_is_made_only_once_the_mentee_has_agreed() -> None:
    for state in (S.SUGGESTED, S.APPROVED):
        assert match_cards(aggregate(MENTORING_YES, **in_state(state)), card_id=lambda _match: UUID(int=7)) == ()


def test_a_mentor_without_a_place_is_told_that_the_match_waits() -> None:
    waiting = task(kind=TaskKind.CHECK_MENTOR, subject=M1, rule="no_room", for_role=Role.COORDINATOR)
    assert card_of(tasks=(waiting,))["waits_for_room"] is True
    assert "waits_for_room" not in card_of(tasks=(replace(waiting, subject=RecordId(UUID(int=9))),))


@pytest.mark.parametrize("state", list(S))
def test_a_lost_yes_ends_what_runs_and_declines_what_had_not_begun(state: MatchState) -> None:
    stop = withdrawn("w1", cites=["m1"], purpose=Purpose.MENTORING)
    lost = on_match_loss(aggregate(MENTORING_YES, stop, **in_state(state)), directory=directory(), on=ASKED_ON)
    if state in (S.ACTIVE, S.PAUSED):
        assert [(to, why) for _, to, why in lost] == [(S.ENDED, "consent_withdrawn")]
    elif state in (S.SUGGESTED, S.APPROVED, S.MENTEE_AGREED):
        assert [(to, why) for _, to, why in lost] == [(S.DECLINED, "consent_lost")]
    else:
        assert lost == ()


def test_a_death_ends_the_match_and_another_purpose_does_not() -> None:
    stop = withdrawn("w1", purpose=Purpose.REFERRAL_CONTACT)
    runs = in_state(S.ACTIVE)
    assert on_match_loss(aggregate(MENTORING_YES, stop, **runs), directory=directory(), on=ASKED_ON) == ()
    died = aggregate(MENTORING_YES, person=person(status=PersonStatus.DIED), **runs)
    assert [why for _, _, why in on_match_loss(died, directory=directory(), on=ASKED_ON)] == ["died"]
    assert on_match_loss(aggregate(MENTORING_YES, **runs), directory=directory(), on=date(2027, 8, 10)) == ()


def test_what_others_say_of_a_match_is_not_in_the_mentors_compartment() -> None:
    from app.domain.aggregate import compartment_of, owner_of

    (theirs,) = pulses(2)
    mine = replace(theirs, about=PulseSubject.MENTOR)
    said = in_state(S.ACTIVE)["match_events"][-1]
    for record, owner in (
        (theirs, BU),
        (mine, M1),
        (said, BU),
        (replace(said, created_role=Role.MENTOR), M1),
        (session(1), M1),
        (in_state(S.ACTIVE)["matches"][0], BU),
    ):
        assert owner_of(record) == owner
        assert compartment_of(record.TYPE, record.id, body_of(record))[0] == owner
