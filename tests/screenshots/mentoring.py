"""Pictures of how mentoring goes: the five faces, questionnaires, and a programme with its lowest answers first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.codes import (
    ConsentMethod,
    ContactKind,
    DbsLevel,
    Decision,
    Instrument,
    MatchState,
    MayUse,
    MeasureMode,
    MeasureOccasion,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    PulseSubject,
    Purpose,
    Role,
    Scope,
    Topic,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match
from app.use_cases import consents, matching, measures, mentoring, people, pulses
from app.use_cases.measures import MeasureForm
from app.use_cases.pulses import PulseForm
from tests.demo.player import Player
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.measures import MeasuresPage
from ui.pages.pulse import PulsePage
from ui.pages.quality import QualityPage
from ui.pages.vault_page import VaultPage
from ui.view_models.subjects import AskPulse

Draw = Callable[[Player, VaultPage, object | None], QWidget]


def mentoring_pages(player: Player, draw: Draw) -> Iterator[tuple[str, Callable[[], QWidget]]]:
    """Yield each page with what draws it; the match is begun when the first is drawn."""
    made: list[Match] = []

    def context() -> Any:
        own = player.desk.context
        return replace(own, actor=replace(own.actor, role=Role.COORDINATOR, roles=frozenset({Role.COORDINATOR})))

    def match() -> Match:
        if not made:
            made.append(_begin(context()))
        return made[0]

    def faces() -> QWidget:
        page = PulsePage(context())
        window = draw(player, page, AskPulse(match_id=match().id, about=PulseSubject.MENTEE))
        page.faces.faces[4].click()
        return window

    def questions() -> QWidget:
        page = MeasuresPage(context())
        window = draw(player, page, match().person)
        assert page.instrument is not None
        page.instrument.choices["ucla3"].click()
        player.settle()
        return window

    yield "mentoring-pulse", faces
    yield "mentoring-measures", lambda: draw(player, MeasuresPage(context()), match().person)
    yield "mentoring-questions", questions
    yield "mentoring-quality", lambda: draw(player, QualityPage(context()), match() and None)
    yield "mentoring-course", lambda: draw(player, MatchingPage(context()), match().person)


def _begin(context: Any) -> Match:
    act = {"vault": context.vault, "actor": context.actor, "now": context.now}
    today = context.on
    mentor = _register(act, "Bran Osgood")
    checks: dict[str, Any] = {"training_on": today, "conduct_on": today, "references": 2, "dbs_on": today}
    checks |= {"dbs_level": DbsLevel.ENHANCED, "supervised_on": today, "max_matches": 3}
    checks |= {"injured_on": "2019"}
    checks |= {"topics": frozenset({Topic.TRAVEL, Topic.WORK})}
    profile = mentoring.start_mentor(**act, person_id=mentor, kinds=frozenset({MentorKind.SCI}), **checks)
    for status in (MentorStatus.TRAINING, MentorStatus.ACTIVE):
        mentoring.move_profile(**act, profile_id=profile.id, to=status)
    first = _match(act, "Samira Osei", "Take the train alone", mentor)
    second = _match(act, "Tomasz Nowak", "Go back to my workshop", mentor)
    for match, about, score, days in (
        (first, PulseSubject.MENTEE, 5, 3),
        (first, PulseSubject.MENTOR, 4, 3),
        (second, PulseSubject.MENTEE, 4, 40),
        (second, PulseSubject.MENTEE, 2, 2),
    ):
        form = PulseForm(score=score, answered_on=today - timedelta(days=days))
        pulses.answer_pulse(**act, match_id=match.id, about=about, form=form)
    items = ({"companionship": 3, "left_out": 3, "isolated": 2}, MeasureOccasion.START, Instrument.UCLA3)
    calm = ({"satisfied": 4, "worthwhile": 6, "happy": 5, "anxious": 7}, MeasureOccasion.START, Instrument.ONS4)
    for given, occasion, instrument in (items, calm):
        measure = MeasureForm(
            instrument=instrument, occasion=occasion, mode=MeasureMode.READ_ALOUD, answered_on=today, items=given
        )
        measures.record_measure(**act, person_id=PersonId(first.person), form=measure)
    return first


def _register(act: dict[str, Any], name: str) -> PersonId:
    way = {"contact_kind": ContactKind.MOBILE, "contact_value": "07700 900321", "may_use": frozenset({MayUse.CALL})}
    form = people.NewPerson(full_name=name, known_as=name.split(maxsplit=1)[0], **way)
    return people.register_person(**act, form=form)


def _match(act: dict[str, Any], name: str, goal: str, mentor: PersonId) -> Match:
    mentee = _register(act, name)
    cell = Cell(
        org=act["actor"].org, purpose=Purpose.MENTORING, decision=Decision.AGREED, scope=Scope.CONTACT_INJURY_NEEDS
    )
    form = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, find me one.", read_back=True
    )
    consents.record_consent(**act, person_id=mentee, form=form)
    profile = mentoring.start_mentee(
        **act, person_id=mentee, wanted=MentorKind.SCI, topics=frozenset({Topic.TRAVEL, Topic.PAIN})
    )
    mentoring.add_goal(**act, person_id=mentee, text=goal, area=Topic.TRAVEL)
    for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
        mentoring.move_profile(**act, profile_id=profile.id, to=status)
    match = matching.suggest(**act, person_id=mentee, mentor=mentor, weights=shipped_weights())
    mentoring.move_match(**act, match_id=RecordId(match.id), to=MatchState.APPROVED)
    told: dict[str, Any] = {"told_to_mentor": []}
    mentoring.move_match(**act, match_id=match.id, to=MatchState.MENTEE_AGREED, asked=told)
    return mentoring.move_match(**act, match_id=match.id, to=MatchState.ACTIVE)
