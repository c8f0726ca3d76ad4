"""A concern is the named lead's alone: read by nobody else of the same charity, on disk or at the service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.domain.codes import (
    AgreedToShare,
    ConcernState,
    Instrument,
    MeasureMode,
    MeasureOccasion,
    NoteLevel,
    OpKind,
    PulseSubject,
    RecordType,
    Role,
)
from app.domain.concern import Concern, ConcernStep
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.match import Match
from app.domain.measures import OutcomeMeasure
from app.domain.person import Person
from app.domain.user import User
from app.storage.exchange import OpResult, OpStatus
from app.use_cases import measures, my_matches, people, pulses, safeguarding
from app.use_cases.measures import MeasureForm
from app.use_cases.pulses import PulseForm
from app.use_cases.safeguarding import ConcernForm
from sync.central.seed import user_id
from tests.central.device import Device
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock as LaptopClock
from tests.isolation.test_mentor_walls import STANDING
from tests.isolation.walls import Wall, without_the_api, without_the_database
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.sync.mentoring import Programme, canaries_in, kinds_held

SAID = "Zanzibarbruise on her wrist"
DID = "Zanzibarcall to the council"
ANSWERED = "Zanzibarcomment"


@dataclass
class House:
    """One charity: a coordinator, a volunteer, and a lead with a laptop of their own."""

    programme: Programme
    bran: Enrolled
    lead: Enrolled
    mentee: PersonId
    match: RecordId
    owner: psycopg.Connection

    def raise_it(self, laptop: Enrolled, words: str = SAID) -> Concern:
        form = ConcernForm(words=words, noticed_at=self.programme.clock(), consent=AgreedToShare.NOT_ASKED)
        return safeguarding.raise_concern(laptop.vault, **laptop.act, person_id=self.mentee, form=form)

    def stored(self, kind: int) -> list[dict[str, Any]]:
        return [row[0] for row in self.owner.execute("SELECT body FROM record WHERE type = %s", (kind,)).fetchall()]


@pytest.fixture
def house(alliance: AllianceService, tmp_path: Path) -> Iterator[House]:
    clock = LaptopClock(now=alliance.service.clock())
    slip = alliance.slip("back_up", "partner_coordinator", ["programme"])
    user = alliance.user("partner_coordinator")
    laptop = enrol_laptop(tmp_path / "programme", slip, user=user, role=Role.COORDINATOR, clock=clock)
    laptop.sync()
    programme = Programme(alliance, laptop, tmp_path, clock)
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match = programme.match(mentee, mentor)
    laptop.sync()
    bran = programme.volunteer(mentor)
    my_matches.answer_match(bran.vault, **bran.act, match_id=match, says_yes=True)
    bran.sync()
    account = programme.account(None, "Lead", frozenset({Role.SAFEGUARDING_LEAD}))
    org = alliance.org("back_up")
    code = alliance.administration.device_code(org, [account], [f"lead:{org}"], address=alliance.address)
    lead = enrol_laptop(tmp_path / "lead", code, user=account, role=Role.SAFEGUARDING_LEAD, clock=clock)
    lead.sync()
    owner = psycopg.connect(alliance.database.owner_url, autocommit=True)
    yield House(programme, bran, lead, mentee, match, owner)
    owner.close()
    for each in (laptop, bran, lead):
        each.close()


def test_a_volunteers_concern_reaches_the_lead_alone_and_leaves_no_byte_anywhere_else(house: House) -> None:
    coordinator, bran, lead = house.programme.laptop, house.bran, house.lead
    raised = house.raise_it(bran)
    assert canaries_in(bran, (SAID,)) == [SAID], "it works offline, and the search can find something"
    assert [waits for _, waits in safeguarding.raised_view(bran.vault, actor=bran.actor).raised] == [True]
    for _ in range(2):
        for each in (bran, coordinator, lead):
            each.sync()
    assert canaries_in(bran, (SAID,)) == []
    assert canaries_in(coordinator, (SAID,)) == []
    assert canaries_in(lead, (SAID, "Quillfeather")) == [SAID, "Quillfeather"]
    assert [waits for _, waits in safeguarding.raised_view(bran.vault, actor=bran.actor).raised] == [False]
    assert "concern" not in kinds_held(bran)
    assert "concern" not in kinds_held(coordinator)
    assert bran.attention() == coordinator.attention() == []
    with coordinator.vault.reading() as read:
        assert read.get(Person, house.mentee).see_lead, "others see no more than that the lead knows"
    file = safeguarding.open_concern(lead.vault, **lead.act, concern_id=raised.id)
    assert (file.concern.in_their_words, file.name) == (SAID, "Samira Quillfeather")


def test_a_refused_note_beside_it_keeps_no_concern_on_the_laptop_that_raised_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator = house.programme.laptop
    level = NoteLevel.ORGANISATION
    people.add_note(**house.programme.act, person_id=house.mentee, text="Ring her", level=level)
    frozen = coordinator.outbox.freeze(1, most_ops=100, most_bytes=1_000_000)
    note = next(op for op in frozen if op.record_type is RecordType.CASE_NOTE)
    refused = OpResult(op_id=note.op_id, status=OpStatus.REJECTED, code="constraint")
    coordinator.outbox.settle(1, [refused], acked=0, at=house.programme.clock())
    house.raise_it(coordinator)
    cleaned: list[int] = []
    clean = coordinator.held.clean
    for _ in range(3):
        monkeypatch.setattr(coordinator.held, "clean", lambda: (cleaned.append(1), clean())[1])
        coordinator.sync()
    assert len(house.stored(51)) == 1
    assert canaries_in(coordinator, (SAID,)) == []
    before = len(cleaned)
    coordinator.sync()
    assert len(cleaned) == before, "nothing more is owed"


def test_what_the_lead_does_is_kept_and_the_words_never_change(house: House) -> None:
    coordinator, lead = house.programme.laptop, house.lead
    raised = house.raise_it(coordinator)
    coordinator.sync()
    lead.sync()
    act = {**lead.act, "concern_id": raised.id}
    safeguarding.work_concern(lead.vault, **act, to=ConcernState.READ)
    safeguarding.work_concern(lead.vault, **act, to=ConcernState.ACTING, did=DID)
    for _ in range(2):
        for each in (lead, coordinator):
            each.sync()
    assert lead.attention() == []
    (concern,) = house.stored(51)
    assert (concern["state"], concern["in_their_words"]) == ("acting", SAID)
    assert {step["to_state"] for step in house.stored(52)} == {"read", "acting"}
    assert canaries_in(coordinator, (SAID, DID)) == []
    assert safeguarding.concerns(lead.vault, actor=lead.actor, now=house.programme.clock())[0].state == "acting"


def test_a_concern_goes_before_everything_that_waits(house: House) -> None:
    coordinator = house.programme.laptop
    level = NoteLevel.ORGANISATION
    for number in range(3):
        people.add_note(**house.programme.act, person_id=house.mentee, text=f"Call {number}", level=level)
    house.raise_it(coordinator)
    frozen = coordinator.outbox.freeze(1, most_ops=100, most_bytes=1_000_000)
    assert frozen[0].record_type is RecordType.CONCERN
    assert [op.seq for op in frozen] == list(range(frozen[0].seq, frozen[0].seq + len(frozen)))
    again = coordinator.outbox.freeze(1, most_ops=100, most_bytes=1_000_000)
    assert [op.op_id for op in again] == [op.op_id for op in frozen], "what has its number keeps its place"
    coordinator.sync()
    assert len(house.stored(51)) == 1


def test_a_concern_about_somebody_new_waits_for_them(house: House) -> None:
    coordinator = house.programme.laptop
    site = house.programme.alliance.site("salisbury")
    fresh = people.register_person(**house.programme.act, form=people.NewPerson(full_name="Fern Novak", site=site))
    form = ConcernForm(words=SAID, noticed_at=house.programme.clock())
    safeguarding.raise_concern(**house.programme.act, person_id=fresh, form=form)
    frozen = coordinator.outbox.freeze(1, most_ops=100, most_bytes=1_000_000)
    assert frozen[0].record_type is not RecordType.CONCERN
    coordinator.sync()
    assert coordinator.attention() == []
    assert len(house.stored(51)) == 1


OTHERS = {
    "coordinator": ("back_up", Role.COORDINATOR, "programme"),
    "outreach": ("back_up", Role.OUTREACH_WORKER, "site:stoke_mandeville"),
    "data protection": ("back_up", Role.DATA_PROTECTION_LEAD, "rights"),
    "mentor": ("back_up", Role.MENTOR, ""),
    "IT": ("back_up", Role.IT_ADMIN, "admin"),
    "secretariat": ("back_up", Role.SECRETARIAT, "admin"),
    "another charity's lead": ("aspire", Role.SAFEGUARDING_LEAD, "lead"),
}


# Each wall alone is asked for those nearest to it: the same charity's programme, and its volunteer.
ASKED = [
    *((who, "both walls") for who in OTHERS),
    *((who, wall) for who in ("coordinator", "mentor") for wall in ("the database alone", "the service alone")),
]


@pytest.mark.parametrize(("who", "walls"), ASKED)
def test_the_service_refuses_a_concern_to_everybody_but_the_lead(
    house: House, monkeypatch: pytest.MonkeyPatch, who: str, walls: str
) -> None:
    standing = STANDING[walls]
    raised = house.raise_it(house.programme.laptop)
    house.programme.laptop.sync()
    house.lead.sync()
    step = safeguarding.work_concern(
        house.lead.vault, **house.lead.act, concern_id=raised.id, to=ConcernState.READ, did=DID
    )
    house.lead.sync()
    other = stranger(house, who)
    if Wall.API not in standing:
        without_the_api(monkeypatch)
    if Wall.DATABASE not in standing:
        without_the_database(house.owner)
    other.pull()
    held = {record_id for rows in other.held.values() for record_id in rows}
    assert not held & {raised.id, step.id}
    for scope in other.cursors:
        for line in other.fetch(scope, raised.id, step.id):
            assert (line.kind, bytes(line.body)) in (("U", b""), ("D", b"")), line.kind
    if standing == frozenset(Wall):
        write_to_it(other, raised, OTHERS[who][1])
        (stored,) = house.stored(51)
        assert (stored["state"], stored["in_their_words"]) == ("read", SAID)
        assert len(house.stored(52)) == 1


def stranger(house: House, who: str) -> Device:
    """Enrol a device of somebody else; a mentor's is that of the match."""
    org, role, scope = OTHERS[who]
    alliance, name = house.programme.alliance, who.replace(" ", "-").replace("'", "")
    header = alliance.administration.header(alliance.org(org), Role.IT_ADMIN, record_id=user_id(name))
    with house.programme.laptop.vault.reading() as read:
        mentor = read.get(Match, house.match).mentor if role is Role.MENTOR else None
    known: dict[str, Any] = {"name": name, "shown_name": name, "email": f"{name}@example.org", "person": mentor}
    alliance.administration.add([User(**header, **known, roles=frozenset({role}), active_from=date(2024, 1, 1))])
    key = f"mentor:{mentor}" if role is Role.MENTOR else scope
    return Device.enrol(alliance, org, name, [key])


def write_to_it(other: Device, raised: Concern, role: Role) -> None:
    """Try to move it, change its words, take it away, and write into its file; every answer is a no."""
    header = {**other.header(role), "person": raised.person}
    step = ConcernStep(
        **header, concern=raised.id, to_state=ConcernState.READ, at=raised.created_at, by=UserId(other.user)
    )
    known = {"in_their_words": "Nothing happened.", "noticed_at": raised.noticed_at}
    forged = Concern(**{**header, "id": raised.id}, **known, consent_to_share=AgreedToShare.YES)
    person = raised.person
    ops = [
        other.op("concern", raised.id, person, OpKind.PATCH, changes={"state": "closed"}),
        other.op("concern", raised.id, person, OpKind.PATCH, changes={"in_their_words": "Nothing happened."}),
        other.op("concern", raised.id, person, OpKind.ARCHIVE),
        other.create(step, OpKind.APPEND),
        other.create(forged, OpKind.APPEND),
    ]
    results = [other.push(op)[0] for op in ops]
    assert all(result.state in ("held", "rejected") for result in results), results
    assert all(result.body is None for result in results)


def test_no_more_of_a_measure_or_a_pulse_reaches_the_volunteer_than_their_own_answer(house: House) -> None:
    coordinator, bran = house.programme.laptop, house.bran
    coordinator.sync()
    today = house.programme.clock().date()
    measure = MeasureForm(
        instrument=Instrument.ONS4,
        occasion=MeasureOccasion.START,
        mode=MeasureMode.SELF,
        answered_on=today,
        items={"satisfied": 3, "anxious": 8},
    )
    measures.record_measure(**house.programme.act, person_id=house.mentee, form=measure)
    theirs = PulseForm(score=2, answered_on=today, comment=ANSWERED, wants_contact=True)
    pulses.answer_pulse(**house.programme.act, match_id=house.match, about=PulseSubject.MENTEE, form=theirs)
    own = PulseForm(score=4, answered_on=today)
    pulses.answer_pulse(bran.vault, **bran.act, match_id=house.match, about=PulseSubject.MENTOR, form=own)
    house.raise_it(coordinator)
    for _ in range(2):
        for each in (coordinator, bran):
            each.sync()
    assert canaries_in(coordinator, (ANSWERED,)) == [ANSWERED], "the search can find something"
    assert canaries_in(bran, (ANSWERED, SAID, "satisfied", "ons4")) == []
    assert kinds_held(bran) == {
        "match_card": 1, "goal": 1, "mentor_profile": 1, "match_event": 1, "pulse_answer": 1,
    }  # fmt: skip
    with coordinator.vault.reading() as read:
        assert len(read.of_person(OutcomeMeasure, house.mentee)) == 1
    assert bran.attention() == coordinator.attention() == []
    found = pulses.quality(coordinator.vault, actor=coordinator.actor)
    assert (str(found.both), str(found.mentees), str(found.mentors)) == ("3.00", "2.00", "4.00")
