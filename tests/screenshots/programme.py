"""An invented mentoring programme for the pictures: mentors with and without valid checks, mentees in every stage."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

import resources
from app.domain.clocks import bank_holidays
from app.domain.codes import (
    AgeBand,
    Ais,
    CareItem,
    ConsentMethod,
    ContactKind,
    DbsLevel,
    Decision,
    Gender,
    InjuryLevel,
    LifeFact,
    MatchState,
    MayUse,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Nation,
    Purpose,
    Role,
    SafeTime,
    Scope,
    SessionChannel,
    Topic,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.use_cases import consents, matching, mentoring, mentors, people
from tests.helpers.vaults import Laptop, make_actor, make_laptop
from ui.changes import Changes
from ui.context import PageContext
from ui.jobs import Jobs
from ui.pages.compare_part import ComparePart
from ui.pages.match_weights import MatchWeightsPage
from ui.pages.matching import MatchingPage, shipped_weights
from ui.pages.mentor import MentorPage
from ui.pages.mentoring import MentoringPage
from ui.pages.mentors import MentorsPage
from ui.pages.vault_page import VaultPage
from ui.pages.waiting_list import WaitingListPage

_MENTORS = (
    ("Bran Osgood", "C6", "2014", {Topic.TRAVEL, Topic.WORK, Topic.PAIN}, {"chess", "rugby"}, 10),
    ("Tove Marsh", "T4", "2009", {Topic.PARENTING, Topic.WORK, Topic.DRIVING}, {"gardening"}, 20),
    ("Anil Rao", "C5", "2017", {Topic.PAIN, Topic.BLADDER, Topic.BOWELS}, {"cricket", "films"}, 75),
    ("Mair Pugh", "T10", "2012", {Topic.SPORT, Topic.TRAVEL, Topic.HOUSING}, {"choirs"}, 30),
    ("Joe Adeyemi", "L1", "2016", {Topic.MENTAL_HEALTH, Topic.FAMILY, Topic.WORK}, {"rugby"}, 110),
)
_MENTEES = (
    ("Samira Osei", "C6", {Topic.TRAVEL, Topic.PAIN}, Topic.TRAVEL, "Take the train alone", {"chess"}),
    ("Tomasz Nowak", "T5", {Topic.WORK, Topic.DRIVING}, Topic.DRIVING, "Drive to work again", {"gardening"}),
    ("Lin Carey", "T11", {Topic.SPORT, Topic.TRAVEL}, Topic.SPORT, "Play basketball in a team", {"choirs"}),
    ("Efua Mensah", "C5", {Topic.PAIN, Topic.BLADDER}, Topic.PAIN, "Sleep through the night", {"films"}),
)


class Programme:
    """A coordinator's laptop of its own, which no service is beside.

    Attributes:
        context: what its pages are handed.
        people: who is shown, by what is shown of them.
    """

    def __init__(self, folder: Path) -> None:
        """Make the laptop and write the programme into it."""
        laptop = make_laptop(folder / "programme")
        self.context = PageContext(
            vault=laptop.vault,
            actor=make_actor("aspire", Role.COORDINATOR, "Ruth"),
            clock=laptop.clock,
            jobs=Jobs(),
            changes=Changes(),
            navigate=lambda _page, _subject=None: None,
            holidays=bank_holidays(resources.bank_holidays()),
            sync_now=lambda: None,
            carry_unsent=lambda folder: folder / "alongside.sealed",
        )
        self.people = _make(self.context, laptop)

    def show(self, which: str) -> VaultPage:
        """Return one of its pages, open on whoever it is about."""
        kind, who = {
            "mentoring": (MentoringPage, ""),
            "mentors": (MentorsPage, ""),
            "mentor": (MentorPage, "Mair Pugh"),
            "checks": (MentorPage, "Joe Adeyemi"),
            "proposals": (MatchingPage, "Samira Osei"),
            "compared": (MatchingPage, "Samira Osei"),
            "waiting": (WaitingListPage, ""),
            "weights": (MatchWeightsPage, ""),
            "match": (MatchingPage, "Lin Carey"),
        }[which]
        page: VaultPage = kind(self.context)
        page.open(self.people[who] if who else None)
        self.settle()
        if isinstance(page, MentorPage) and which == "checks":
            page.forms.forms[-1].open_button.click()
        if which == "compared":
            page.findChildren(ComparePart)[0].button.click()
        return page

    def settle(self) -> None:
        """Wait until the vault thread has answered everything."""
        until = time.monotonic() + 1.0
        while time.monotonic() < until or not self.context.jobs.is_idle:
            QApplication.processEvents()


def _make(context: PageContext, laptop: Laptop) -> dict[str, PersonId]:
    made = {}
    for name, *rest in _MENTORS:
        made[name] = _mentor(context, name, *rest)
    for name, *rest in _MENTEES:
        made[name] = _mentee(context, name, *rest)
        laptop.clock.forward(days=6)
    match = matching.suggest(
        **_act(context), person_id=made["Lin Carey"], mentor=made["Mair Pugh"], weights=shipped_weights()
    )
    for to, asked in (
        (MatchState.APPROVED, {}),
        (MatchState.MENTEE_AGREED, {"told_to_mentor": ["level", "years"]}),
        (MatchState.ACTIVE, {}),
    ):
        mentoring.move_match(**_act(context), match_id=match.id, to=to, asked=asked)
    return made


def _act(context: PageContext) -> dict[str, Any]:
    return {"vault": context.vault, "actor": context.actor, "now": context.now}


def _mentor(context: PageContext, name: str, level: str, year: str, topics: Any, likes: Any, days: int) -> PersonId:
    act = _act(context)
    person, on = _register(act, name), context.on
    known: dict[str, Any] = {
        "level": InjuryLevel(level),
        "ais": Ais.B,
        "injured_on": year,
        "topics": frozenset(topics),
        "unwilling_topics": frozenset({Topic.SEX_FERTILITY}),
        "care": frozenset({CareItem.MANUAL_CHAIR, CareItem.CATHETER}),
        "life_facts": frozenset({LifeFact.WORKING}),
        "interests": frozenset(likes),
        "languages": frozenset({"English"}),
        "gender": Gender.MAN,
        "age_band": AgeBand.AGE_41_60,
        "nation": Nation.ENGLAND,
        "channels": frozenset({SessionChannel.PHONE, SessionChannel.VIDEO}),
        "times": frozenset({SafeTime.TUE_EVE, SafeTime.THU_EVE, SafeTime.SAT_AM}),
        "training_on": on - timedelta(days=400),
        "conduct_on": on - timedelta(days=400),
        "references": 2,
        "dbs_level": DbsLevel.ENHANCED,
        "dbs_on": on - timedelta(days=380),
        "supervised_on": on - timedelta(days=days),
    }
    profile = mentoring.start_mentor(**act, person_id=person, kinds=frozenset({MentorKind.SCI}), **known)
    for status in (MentorStatus.TRAINING, MentorStatus.ACTIVE):
        mentors.move_mentor(**act, profile_id=profile.id, to=status)
    return person


def _mentee(context: PageContext, name: str, level: str, topics: Any, area: Topic, goal: str, likes: Any) -> PersonId:
    act = _act(context)
    person = _register(act, name)
    cell = Cell(
        org=context.actor.org, purpose=Purpose.MENTORING, decision=Decision.AGREED, scope=Scope.CONTACT_INJURY_NEEDS
    )
    form = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, find me one.", read_back=True
    )
    consents.record_consent(**act, person_id=person, form=form)
    known: dict[str, Any] = {
        "topics": frozenset(topics),
        "level": InjuryLevel(level),
        "injured_on": "2026",
        "age_band": AgeBand.AGE_26_40,
        "interests": frozenset(likes),
        "nation": Nation.ENGLAND,
        "care": frozenset({CareItem.MANUAL_CHAIR}),
    }
    profile = mentoring.start_mentee(**act, person_id=person, wanted=MentorKind.SCI, **known)
    mentoring.add_goal(**act, person_id=person, text=goal, area=area)
    for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
        mentoring.move_profile(**act, profile_id=profile.id, to=status)
    return person


def _register(act: dict[str, Any], name: str) -> PersonId:
    form = people.NewPerson(
        full_name=name,
        known_as=name.split(maxsplit=1)[0],
        contact_kind=ContactKind.MOBILE,
        contact_value="07700 900321",
        may_use=frozenset({MayUse.CALL}),
    )
    return people.register_person(**act, form=form)
