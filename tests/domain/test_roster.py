"""Mentors in columns give what the rules give one by one: exclusions, scores, the five best and their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    Criterion,
    DbsLevel,
    Exclusion,
    Gender,
    InjuryLevel,
    LifeFact,
    MentorKind,
    MentorStatus,
    Nation,
    SafeTime,
    SessionChannel,
    Topic,
)
from app.domain.ids import PersonId
from app.domain.matching import Candidate, Weights, exclusions, propose, score, side_of
from app.domain.mentor_checks import may_mentor_young
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.domain.roster import RULED_OUT, Roster
from tests.domain.mentoring_kit import TODAY, WEIGHTS, candidate, mentee, mentor, side

PEOPLE = [PersonId(UUID(int=0x7000 + number)) for number in range(8)]
# A slug from a newer version is among them: it is kept, and counts as the rules count it.
TOPICS = [*list(Topic)[:5], Topic("from_a_newer_version")]


def _some(values: Any, most: int | None = None) -> Any:
    return st.frozensets(st.sampled_from(list(values)), max_size=most)


_said = {
    "level": st.sampled_from(InjuryLevel),
    "ais": st.sampled_from(Ais),
    "injured_on": st.none() | st.integers(2015, 2026).map(str),
    "care": _some(CareItem, 3),
    "topics": _some(TOPICS, 4),
    "languages": _some(["en-GB", "cy"], 1),
    "gender": st.sampled_from(Gender),
    "age_band": st.sampled_from(AgeBand),
    "life_facts": _some(LifeFact, 3),
    "interests": _some(["chess", "Rugby", "opera"]),
    "nation": st.sampled_from(Nation),
    "channels": _some(SessionChannel, 2),
    "times": _some(list(SafeTime)[:3], 2),
}
_around = {
    "household": st.sampled_from(["", "ha74lp"]),
    "known_people": _some(PEOPLE, 1),
    "see_lead": st.integers(0, 9).map(lambda number: number == 0),
}
_checked = st.none() | st.integers(0, 1500).map(lambda days: TODAY - timedelta(days=days))


@st.composite
def mentors(draw: st.DrawFn, person: PersonId) -> Candidate:
    profile = mentor(
        person=person,
        role_kinds=draw(_some(MentorKind)) or frozenset({MentorKind.SCI}),
        status=draw(st.sampled_from([MentorStatus.ACTIVE, MentorStatus.ACTIVE, MentorStatus.PAUSED])),
        unwilling_topics=draw(_some(TOPICS, 1)),
        dbs_level=draw(st.sampled_from(DbsLevel)),
        dbs_on=draw(_checked),
        supervised_on=draw(st.just(TODAY) | _checked),
        **{name: draw(values) for name, values in _said.items()},
    )
    return Candidate(
        profile=profile,
        side=side_of(profile, **{name: draw(values) for name, values in _around.items()}),
        free_places=draw(st.integers(0, 2)),
        free_since=TODAY - timedelta(days=draw(st.integers(0, 3))),
        ended_badly_with=draw(_some(PEOPLE[:1])),
    )


@st.composite
def programmes(draw: st.DrawFn) -> tuple[MenteeProfile, Any, list[Candidate]]:
    wish = mentee(
        person=PEOPLE[0],
        wanted_kind=draw(st.sampled_from(MentorKind)),
        gender_wish=draw(st.none() | st.sampled_from(Gender)),
        gender_must=draw(st.booleans()),
        must_not=draw(_some(PEOPLE, 1)),
        **{name: draw(values) for name, values in _said.items()},
    )
    about = side_of(wish, goal_areas=draw(_some(TOPICS, 2)), **{name: draw(at) for name, at in _around.items()})
    return wish, about, [draw(mentors(person)) for person in PEOPLE]


_weights = st.just(WEIGHTS) | st.lists(st.integers(0, 40), min_size=10, max_size=10).map(
    lambda numbers: Weights(version="drawn", of=dict(zip(Criterion, numbers, strict=True)))
)


@settings(deadline=None, max_examples=100)
@given(programmes(), _weights, st.integers(0, 9))
def test_columns_say_of_every_pair_what_the_rules_say_of_it(programme: Any, weights: Weights, lacks: int) -> None:
    wish, about, found = programme
    consent = lacks > 0
    roster = Roster(found, on=TODAY, policy={})
    look = roster.look(wish, about, weights=weights, consent=consent)
    for at, each in enumerate(roster.candidates):
        reasons = exclusions(wish, about, each, consent=consent, on=TODAY, policy={})
        assert tuple(reason for reason, flags in look.left_out.items() if flags[at]) == reasons
        scored = RULED_OUT if reasons else score(wish, about, each, weights=weights).score
        assert look.scores[at] == scored
    said = {"weights": weights, "consent": consent}
    assert roster.rank(wish, about, **said) == propose(wish, about, found, on=TODAY, policy={}, **said)


@settings(deadline=None, max_examples=60)
@given(programmes(), _weights)
def test_scores_are_the_same_to_the_last_point_where_nothing_is_ruled_out(programme: Any, weights: Weights) -> None:
    wish, about, found = programme
    wish = replace(wish, gender_must=False, must_not=frozenset(), wanted_kind=MentorKind.SCI)
    about = replace(about, channels=frozenset(), times=frozenset(), languages=frozenset(), household="",
                    known_people=frozenset(), see_lead=False, goal_areas=frozenset())  # fmt: skip
    if about.age_band in list(AgeBand)[:3]:
        about = replace(about, age_band=AgeBand.OVER_75)
    open_to_all = [
        replace(
            each,
            profile=mentor(person=each.side.person),
            side=replace(each.side, known_people=frozenset(), see_lead=False),
            free_places=1,
            ended_badly_with=frozenset(),
        )
        for each in found
        if each.side.person != about.person
    ]
    roster = Roster(open_to_all, on=TODAY, policy={})
    look = roster.look(wish, about, weights=weights, consent=True)
    assert list(look.scores) == [score(wish, about, each, weights=weights).score for each in roster.candidates]


def test_nobody_ranks_nobody() -> None:
    found = Roster([], on=TODAY, policy={}).rank(mentee(), side(), weights=WEIGHTS, consent=True)
    assert (found.best, found.left_out, found.too_low) == ((), {}, 0)


def test_who_is_longest_without_a_match_stands_first_of_equals() -> None:
    willing = {"topics": frozenset({Topic.PAIN})}
    pairs = [
        candidate(side=side(person, **willing), free_since=since)
        for person, since in [(PEOPLE[3], TODAY), (PEOPLE[2], TODAY), (PEOPLE[5], date(2026, 1, 1))]
    ]
    best = Roster(pairs, on=TODAY, policy={}).rank(mentee(), side(**willing), weights=WEIGHTS, consent=True).best
    assert [each.candidate.side.person for each in best] == [PEOPLE[5], PEOPLE[2], PEOPLE[3]]


def test_who_may_mentor_the_young_is_asked_once_for_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[MentorProfile] = []

    def ask(profile: MentorProfile) -> bool:
        asked.append(profile)
        return may_mentor_young(profile)

    monkeypatch.setattr("app.domain.roster.may_mentor_young", ask)
    built = Roster([candidate()], on=TODAY, policy={})
    for _ in range(3):
        built.look(mentee(), side(age_band=AgeBand.AGE_16_17), weights=WEIGHTS, consent=True)
    assert len(asked) == 1


def test_a_child_has_no_mentor_and_a_young_person_none_who_only_writes() -> None:
    cleared = mentor(role_kinds=frozenset({MentorKind.YOUNG_PERSON}))
    wish = mentee(wanted_kind=MentorKind.YOUNG_PERSON)

    def ruled_out(band: AgeBand, mine: frozenset[SessionChannel], theirs: frozenset[SessionChannel]) -> Any:
        pair = candidate(cleared, side=side(PEOPLE[1], channels=theirs))
        about = side(age_band=band, channels=mine)
        reasons = exclusions(wish, about, pair, consent=True, on=TODAY, policy={})
        look = Roster([pair], on=TODAY, policy={}).look(wish, about, weights=WEIGHTS, consent=True)
        assert reasons == tuple(reason for reason, flags in look.left_out.items() if flags[0])
        return reasons

    anything, text = frozenset(), frozenset({SessionChannel.TEXT})
    both = text | {SessionChannel.VIDEO}
    assert ruled_out(AgeBand.UNDER_13, anything, anything) == (Exclusion.YOUNG_PERSON_NOT_CLEARED,)
    assert ruled_out(AgeBand.AGE_13_15, anything, text) == (Exclusion.NO_SHARED_CHANNEL_OR_TIME,)
    assert ruled_out(AgeBand.AGE_13_15, text, both) == (Exclusion.NO_SHARED_CHANNEL_OR_TIME,)
    assert ruled_out(AgeBand.AGE_13_15, both, both) == ()
    assert ruled_out(AgeBand.AGE_13_15, anything, anything) == ()
    assert ruled_out(AgeBand.AGE_18_25, text, text) == ()
