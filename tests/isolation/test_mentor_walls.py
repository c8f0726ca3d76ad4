"""A volunteer is of the same organisation as everybody else in it, and may still hold nothing but their own matches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.domain.bodies import KINDS, body_of
from app.domain.codes import MatchState, OpKind, Role, SessionChannel, SessionStatus, Topic
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.match import MatchEvent, Session
from app.domain.mentoring import Goal
from app.domain.user import User
from sync.central.seed import user_id
from sync.central.tables import TYPE_NAMES
from tests.central.device import Device
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock as LaptopClock
from tests.isolation.walls import Wall, without_the_api, without_the_database
from tests.sync.alliance import enrol_laptop
from tests.sync.mentoring import Programme

STANDING = {
    "both walls": frozenset(Wall),
    "the database alone": frozenset({Wall.DATABASE}),
    "the service alone": frozenset({Wall.API}),
}


@dataclass
class Volunteers:
    """Two matches of two volunteers in one organisation; `bran` holds the first."""

    programme: Programme
    bran: Device
    mentor: PersonId
    mentee: PersonId
    match: RecordId
    stranger: PersonId
    other_match: RecordId
    owner: psycopg.Connection

    def ids_of(self, *people: UUID) -> dict[UUID, tuple[str, UUID]]:
        """Return every record of some people: its kind and its person."""
        rows = self.owner.execute(
            "SELECT id, type, agg_id FROM record WHERE agg_id = ANY(%s)", (list(people),)
        ).fetchall()
        return {row_id: (TYPE_NAMES[number].value, agg_id) for row_id, number, agg_id in rows}

    def state(self) -> tuple[Any, ...]:
        """Return a fingerprint of every record: nothing a volunteer tries may change one."""
        row = self.owner.execute(
            "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY id)) FROM record t WHERE type <> 30"
        ).fetchone()
        assert row is not None
        return tuple(row)


@pytest.fixture
def volunteers(alliance: AllianceService, tmp_path: Path) -> Iterator[Volunteers]:
    clock = LaptopClock(now=alliance.service.clock())
    slip = alliance.slip("back_up", "partner_coordinator", ["programme"])
    user = alliance.user("partner_coordinator")
    laptop = enrol_laptop(tmp_path / "programme", slip, user=user, role=Role.COORDINATOR, clock=clock)
    laptop.sync()
    programme = Programme(alliance, laptop, tmp_path, clock)
    mentor, other = programme.add_mentor(), programme.add_mentor("Tove Marsh")
    mentee, stranger = programme.add_mentee(), programme.add_mentee("Linnea Ashdown")
    match, other_match = programme.match(mentee, mentor), programme.match(stranger, other)
    laptop.sync()
    header = alliance.administration.header(alliance.org("back_up"), Role.IT_ADMIN, record_id=user_id("bran"))
    known: dict[str, Any] = {"name": "Bran", "shown_name": "Bran", "email": "bran@example.org", "person": mentor}
    account = User(**header, **known, roles=frozenset({Role.MENTOR}), active_from=date(2024, 1, 1))
    alliance.administration.add([account])
    bran = Device.enrol(alliance, "back_up", "bran", [f"mentor:{mentor}"])
    owner = psycopg.connect(alliance.database.owner_url, autocommit=True)
    yield Volunteers(programme, bran, mentor, mentee, match, stranger, other_match, owner)
    owner.close()
    laptop.close()


@pytest.fixture
def leave_only(volunteers: Volunteers, monkeypatch: pytest.MonkeyPatch) -> Callable[[frozenset[Wall]], None]:
    def leave(standing: frozenset[Wall]) -> None:
        if Wall.API not in standing:
            without_the_api(monkeypatch)
        if Wall.DATABASE not in standing:
            without_the_database(volunteers.owner)

    return leave


def signed(device: Device, **fields: Any) -> dict[str, Any]:
    return {**device.header(Role.MENTOR), **fields}


@pytest.mark.parametrize("standing", STANDING.values(), ids=STANDING.keys())
def test_a_volunteer_reads_their_own_projection_and_no_other_record_of_anybody(
    volunteers: Volunteers, leave_only: Callable[[frozenset[Wall]], None], standing: frozenset[Wall]
) -> None:
    leave_only(standing)
    bran = volunteers.bran
    bran.pull()
    held = {record_id: line for rows in bran.held.values() for record_id, line in rows.items()}
    people = volunteers.ids_of(volunteers.mentor, volunteers.mentee, volunteers.stranger)
    mine = {record_id: people[record_id] for record_id in held if record_id in people}
    assert {kind for kind, _ in mine.values()} == {"match_card", "goal", "mentor_profile"}
    assert {person for _, person in mine.values()} == {volunteers.mentor, volunteers.mentee}
    scope = next(scope for scope, cursor in bran.cursors.items() if cursor.key.startswith("mentor:"))
    others = [record_id for record_id in people if record_id not in mine]
    assert len(others) > 20
    for line in bran.fetch(scope, *others):
        assert (line.kind, bytes(line.body)) in (("U", b""), ("D", b"")), people[line.id]


def test_a_volunteer_changes_nothing_of_anybody_but_what_is_theirs(volunteers: Volunteers) -> None:
    bran = volunteers.bran
    bran.pull()
    mine = {record_id for rows in bran.held.values() for record_id in rows}
    before = volunteers.state()
    tried = 0
    for record_id, (kind, agg_id) in volunteers.ids_of(
        volunteers.mentor, volunteers.mentee, volunteers.stranger
    ).items():
        for field in ("known_as", "text", "status", "told_to_mentor", "worries", "value", "label", "allowance"):
            if kind in {each.value for each in KINDS} and not (
                record_id in mine and (kind == "goal" or field == "status")
            ):
                op = bran.op(kind, record_id, agg_id, OpKind.PATCH, changes={field: "changed"})
                (result,) = bran.push(op)
                assert result.state in ("held", "rejected"), (kind, field, result)
                tried += 1
    assert tried > 100
    assert volunteers.state() == before


def test_a_volunteer_writes_nothing_about_a_match_that_is_not_theirs(volunteers: Volunteers) -> None:
    bran, moment = volunteers.bran, volunteers.bran.now().replace(microsecond=0)
    call = Session(
        **signed(bran), person=volunteers.stranger, match=volunteers.other_match, status=SessionStatus.HELD,
        at=moment, minutes=30, channel=SessionChannel.PHONE,
    )  # fmt: skip
    smuggled = replace(call, id=RecordId(bran.ids()), person=volunteers.mentee)
    goal = Goal(**signed(bran), person=volunteers.stranger, text="Mine now", area=Topic.TRAVEL)
    before = volunteers.state()
    for record in (call, smuggled, goal):
        kind = OpKind.APPEND if isinstance(record, Session) else OpKind.CREATE
        (result,) = bran.push(bran.create(record, kind))
        assert result.state in ("held", "rejected"), (record.TYPE, result)
    assert volunteers.state() == before


@pytest.mark.parametrize("through", ["match", "match_card"])
@pytest.mark.parametrize("whose", ["own", "other"])
def test_a_step_of_a_match_is_taken_by_the_own_card_alone(volunteers: Volunteers, through: str, whose: str) -> None:
    bran = volunteers.bran
    person, match = (
        (volunteers.mentee, volunteers.match) if whose == "own" else (volunteers.stranger, volunteers.other_match)
    )
    records = volunteers.ids_of(person)
    mentor = volunteers.owner.execute("SELECT body ->> 'mentor' FROM record WHERE id = %s", (match,)).fetchone()
    assert mentor is not None
    event = MatchEvent(
        **signed(bran), person=person, match=match, mentor=PersonId(UUID(mentor[0])),
        from_state=MatchState.MENTEE_AGREED, to_state=MatchState.ACTIVE,
        at=bran.now().replace(microsecond=0), by=UserId(bran.user),
    )  # fmt: skip
    target = next(record_id for record_id, (kind, _) in records.items() if kind == through)
    step = {"event_id": str(event.id), "event": body_of(event)}
    (result,) = bran.push(bran.op(through, target, person, OpKind.TRANSITION, changes=step))
    is_theirs = (through, whose) == ("match_card", "own")
    assert (result.state == "merged") is is_theirs, result
    stands = volunteers.owner.execute("SELECT body ->> 'state' FROM record WHERE id = %s", (match,)).fetchone()
    assert stands == ("active" if is_theirs else "mentee_agreed",)


def test_a_mentor_in_training_cannot_make_themselves_active(volunteers: Volunteers) -> None:
    bran = volunteers.bran
    (profile,) = [
        record_id for record_id, (kind, _) in volunteers.ids_of(volunteers.mentor).items() if kind == "mentor_profile"
    ]
    paused = bran.op("mentor_profile", profile, volunteers.mentor, OpKind.PATCH, changes={"status": "paused"})
    back = bran.op("mentor_profile", profile, volunteers.mentor, OpKind.PATCH, changes={"status": "active"})
    left = bran.op("mentor_profile", profile, volunteers.mentor, OpKind.PATCH, changes={"status": "left"})
    assert [bran.push(op)[0].state for op in (paused, back, left)] == ["applied", "applied", "rejected"]
    with volunteers.owner.transaction():
        volunteers.owner.execute("SET LOCAL sync.writer = '1'")
        volunteers.owner.execute(
            "UPDATE record SET body = jsonb_set(body, '{status}', '\"training\"') WHERE id = %s", (profile,)
        )
    (result,) = bran.push(to_active(bran, profile, volunteers.mentor))
    assert result.state == "rejected"


def to_active(bran: Device, profile: UUID, mentor: PersonId) -> Any:
    return bran.op("mentor_profile", profile, mentor, OpKind.PATCH, changes={"status": "active"})
