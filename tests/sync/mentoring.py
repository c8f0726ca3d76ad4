"""A mentoring programme on real parts: a coordinator's laptop, a volunteer's laptop, an invented mentor and mentee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import resources
from app.domain.codes import (
    ConsentMethod,
    ContactKind,
    Criterion,
    DbsLevel,
    Decision,
    InjuryLevel,
    MatchState,
    MayUse,
    MenteeStatus,
    MentorKind,
    MentorStatus,
    Purpose,
    Role,
    Scope,
    ToldItem,
    Topic,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.match import Match, MatchCard
from app.domain.matching import Weights
from app.domain.mentoring import MentorProfile
from app.domain.user import User
from app.storage.tables import RECORD_TABLES
from app.use_cases import consents, injuries, matching, mentoring, people
from tests.helpers.central import AllianceService
from tests.helpers.pages import decrypted_pages
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

_SHIPPED = resources.match_weights()
WEIGHTS = Weights(
    version=_SHIPPED["version"], of={Criterion(name): weight for name, weight in _SHIPPED["weights"].items()}
)
SURNAME, BORN, HOME, NUMBER = "Quillfeather", "1988-07-04", "Zanzibar Lane", "9434765919"
WORRY, OTHER_NOTE, OTHER_MENTEE = "Zanzibarworry", "Zanzibarnote", "Wrenfield"
CANARIES = (SURNAME, BORN, HOME, NUMBER, WORRY, OTHER_NOTE, OTHER_MENTEE, "St Andrew", "Stoke Mandeville Spinal")
"""What a volunteer's laptop may never hold: name, birth, address, health number, others' words, others."""


@dataclass
class Programme:
    """Back Up's mentoring: the coordinator's laptop and the ids of who is in it."""

    alliance: AllianceService
    laptop: Enrolled
    folder: Path
    clock: Clock

    @property
    def act(self) -> dict[str, Any]:
        return {"vault": self.laptop.vault, "actor": self.laptop.actor, "now": self.clock()}

    def add_mentor(self, name: str = "Bran Osgood", **fields: Any) -> PersonId:
        """Register a volunteer, with every check, active."""
        person = people.register_person(
            **self.act,
            form=people.NewPerson(full_name=name, contact_kind=ContactKind.EMAIL, contact_value="bran@example.org"),
        )
        today = self.clock().date()
        known: dict[str, Any] = {"training_on": today, "conduct_on": today, "references": 2, "dbs_on": today}
        known |= {"dbs_level": DbsLevel.ENHANCED, "supervised_on": today, "level": InjuryLevel.C5}
        known |= {"injured_on": "2019"}
        known |= {"topics": frozenset({Topic.TRAVEL, Topic.WORK})}
        profile = mentoring.start_mentor(
            **self.act, person_id=person, kinds=frozenset({MentorKind.SCI}), **{**known, **fields}
        )
        for status in (MentorStatus.TRAINING, MentorStatus.ACTIVE):
            mentoring.move_profile(**self.act, profile_id=profile.id, to=status)
        return person

    def add_mentee(self, name: str = f"Samira {SURNAME}") -> PersonId:
        """Register somebody who would like a mentor, with consent, injury, goal, and secrets around them."""
        person = people.register_person(
            **self.act,
            form=people.NewPerson(
                full_name=name,
                known_as=name.split(maxsplit=1)[0],
                dob=("4", "7", "1988"),
                site=self.alliance.site("stoke_mandeville"),
                ward="St Andrew",
                contact_kind=ContactKind.MOBILE,
                contact_value="07700 900123",
                may_use=frozenset({MayUse.CALL}),
            ),
        )
        people.change_person(
            **self.act,
            person_id=person,
            change=people.PersonChange(fields={"nhs_number": NUMBER, "home_situation": f"Lives in {HOME}."}),
        )
        told = injuries.InjuryForm(level=InjuryLevel.C6, injury_date=("", "3", "2026"))
        injuries.record_injury(**self.act, person_id=person, form=told)
        self.agree(person)
        profile = mentoring.start_mentee(
            **self.act,
            person_id=person,
            wanted=MentorKind.SCI,
            worries=WORRY,
            topics=frozenset({Topic.TRAVEL, Topic.BOWELS}),
            level=InjuryLevel.C6,
        )
        mentoring.add_goal(**self.act, person_id=person, text="Take the train to my sister", area=Topic.TRAVEL)
        for status in (MenteeStatus.TALK_DONE, MenteeStatus.READY):
            mentoring.move_profile(**self.act, profile_id=profile.id, to=status)
        return person

    def agree(self, person: PersonId) -> None:
        """Record the mentee's yes to mentoring by Back Up."""
        cell = Cell(
            org=self.alliance.org("back_up"),
            purpose=Purpose.MENTORING,
            decision=Decision.AGREED,
            scope=Scope.CONTACT_INJURY_NEEDS,
        )
        form = consents.ConsentForm(
            answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, find me one.", read_back=True
        )
        consents.record_consent(**self.act, person_id=person, form=form)

    def match(
        self, mentee: PersonId, mentor: PersonId, *, told: frozenset[ToldItem] = frozenset({ToldItem.LEVEL})
    ) -> RecordId:
        """Suggest, approve, and record the mentee's yes."""
        match = matching.suggest(**self.act, person_id=mentee, mentor=mentor, weights=WEIGHTS)
        mentoring.move_match(**self.act, match_id=match.id, to=MatchState.APPROVED)
        asked = {"told_to_mentor": sorted(item.value for item in told)}
        mentoring.move_match(**self.act, match_id=match.id, to=MatchState.MENTEE_AGREED, asked=asked)
        return match.id

    def volunteer(self, mentor: PersonId, name: str = "Bran") -> Enrolled:
        """Make the volunteer's account and enrol their laptop, which holds their matches and the directory."""
        administration = self.alliance.administration
        user = self.account(mentor, name)
        slip = administration.device_code(self.alliance.org("back_up"), [user], [], address=self.alliance.address)
        made = enrol_laptop(self.folder / name, slip, user=user, role=Role.MENTOR, clock=self.clock)
        made.sync()
        return made

    def account(self, mentor: PersonId | None, name: str, roles: frozenset[Role] = frozenset({Role.MENTOR})) -> UserId:
        """Make an account of Back Up."""
        header = self.alliance.administration.header(self.alliance.org("back_up"), Role.IT_ADMIN)
        account = User(
            **header,
            name=name,
            shown_name=name,
            email=f"{name.lower()}@example.org",
            roles=roles,
            person=mentor,
            active_from=date(2024, 1, 1),
        )
        self.alliance.administration.add([account])
        return UserId(account.id)

    def state(self, match_id: RecordId) -> MatchState:
        """Return where a match stands on the programme's laptop."""
        with self.laptop.vault.reading() as read:
            return read.get(Match, match_id).state


def card_of(laptop: Enrolled, match_id: RecordId) -> MatchCard | None:
    """Return the card of a match, None when the laptop holds none."""
    with laptop.vault.reading() as read:
        return next((card for card in read.all(MatchCard) if card.match == match_id), None)


def kinds_held(laptop: Enrolled) -> dict[str, int]:
    """Return how many records of each kind a laptop holds, the directory and its own audit chain left out."""
    found = {}
    reference = {"organisation", "site", "service", "agreement", "consent_wording", "audit_entry", "audit_subject"}
    with laptop.vault.writing() as connection:
        for kind, table in RECORD_TABLES.items():
            count = connection.exec_driver_sql(f'SELECT count(*) FROM "{table.__tablename__}"').scalar_one()
            if count and kind.value not in reference:
                found[kind.value] = count
    return found


def canaries_in(laptop: Enrolled, canaries: tuple[str, ...] = CANARIES) -> list[str]:
    """Return the canaries that stand anywhere in the decrypted pages of a vault or its write-ahead log."""
    pages = b"".join(decrypted_pages(laptop.vault.path, laptop.laptop.key)).lower()
    return [canary for canary in canaries if canary.lower().encode() in pages]


def profile_of(laptop: Enrolled, mentor: PersonId) -> MentorProfile:
    """Return a mentor's profile as a laptop holds it."""
    with laptop.vault.reading() as read:
        (profile,) = read.of_person(MentorProfile, mentor)
        return profile


NEXT_WEEK = timedelta(days=8)
