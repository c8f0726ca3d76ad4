"""Of a pair of two charities both hear or neither: while each may see the other's record, and of nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from app.domain.codes import OpKind, RecordType, Role, SameDecision
from app.domain.ids import PersonId
from app.domain.person_merge import PersonMerge, SamePerson
from sync.central.database import Context
from tests.central.story import push_stop, register
from tests.isolation.members import World
from tests.isolation.pair_kit import KNOWN, OFFICES, Pair, registered_twice
from tests.isolation.walls import Wall


@pytest.fixture
def pair(world: World) -> Pair:
    return registered_twice(world)


@pytest.mark.parametrize("standing", [frozenset(Wall), frozenset({Wall.API})])
def test_both_are_asked_once_each_may_see_the_other_record_and_neither_before(
    pair: Pair, standing: frozenset[Wall], leave_only: Callable[[frozenset[Wall]], None]
) -> None:
    leave_only(standing)
    pair.look()
    assert pair.asked("aspire") == pair.asked("back_up") == []
    pair.tell("aspire", "back_up")
    pair.look()
    # Back Up holds the card and an equal health number of its own, and is told nothing: Aspire may not see its record.
    assert pair.asked("aspire") == pair.asked("back_up") == []

    pair.tell("back_up", "aspire")
    pair.look()
    for member in OFFICES:
        own, other = pair.ids(member)
        assert pair.asked(member) == [(str(own), str(other))]
    pair.look()
    assert len(pair.asked("aspire")) == len(pair.asked("back_up")) == 1

    push_stop(pair.wards["back_up"], "aspire")
    pair.look()
    assert pair.asked("aspire") == pair.asked("back_up") == []


def test_one_no_settles_it_for_both_and_two_yeses_are_noted_until_one_is_taken_back(pair: Pair) -> None:
    pair.tell("aspire", "back_up")
    pair.tell("back_up", "aspire")
    pair.look()
    pair.say("aspire", SameDecision.SAME)
    pair.look()
    # Whoever has said it waits for the other charity, which is asked as before.
    assert pair.asked("aspire") == pair.agreed("aspire") == pair.agreed("back_up") == []
    assert len(pair.asked("back_up")) == 1

    pair.say("back_up", SameDecision.SAME)
    pair.look()
    assert pair.asked("back_up") == []
    for member in OFFICES:
        assert pair.agreed(member) == [str(pair.ids(member)[1])]

    pair.world.alliance.service.clock.advance(seconds=2)
    pair.say("back_up", SameDecision.NOT_SAME, known=KNOWN)
    pair.look()
    assert pair.agreed("aspire") == pair.agreed("back_up") == []
    assert pair.asked("aspire") == pair.asked("back_up") == []


def test_a_no_is_asked_about_again_once_more_is_known(pair: Pair) -> None:
    pair.tell("aspire", "back_up")
    pair.tell("back_up", "aspire")
    pair.look()
    pair.say("aspire", SameDecision.NOT_SAME, known=KNOWN - {"other.phone.1"})
    pair.look()
    assert len(pair.asked("aspire")) == len(pair.asked("back_up")) == 1


def test_what_no_card_says_is_never_compared(pair: Pair) -> None:
    """The same health number, days of birth and level: a question about it would tell that the other has the same."""
    ward = pair.wards["back_up"]
    results = ward.device.push(
        ward.device.patch(
            ward.person,
            RecordType.PERSON.value,
            changes={"given_name": "Nadia", "family_name": "Rahman", "known_as": "Nadia"},
            base={"given_name": "Bill", "family_name": "Ferguson", "known_as": "Sam"},
            base_rev=1,
        ),
        ward.device.patch(
            ward.contact,
            RecordType.CONTACT_POINT.value,
            changes={"value": "+447700900456"},
            base={"value": "+447700900123"},
            base_rev=1,
        ),
    )
    assert [result.state for result in results] == ["applied", "applied"]
    ward.person = replace(ward.person, given_name="Nadia", family_name="Rahman", known_as="Nadia")
    ward.contact = replace(ward.contact, value="+447700900456")
    pair.tell("aspire", "back_up")
    pair.tell("back_up", "aspire")
    pair.look()
    assert pair.asked("aspire") == pair.asked("back_up") == []


def test_nobody_reads_what_pairs_are_found_by(pair: Pair) -> None:
    pair.tell("aspire", "back_up")
    alliance, office = pair.world.alliance, pair.offices["back_up"]
    stored = pair.world.owner.execute("SELECT keys FROM card_key").fetchall()
    assert stored
    assert all(len(key) == 32 for (keys,) in stored for key in keys)
    context = Context(org=office.org, device=office.device_id, scopes=tuple(office.cursors))
    for table in ("card_key", "pair_due", "pair_told", "pair_secret"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            alliance.service.database.reading(context) as connection,
        ):
            connection.execute(f"SELECT FROM {table}")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        alliance.service.database.settling(context) as connection,
    ):
        connection.execute("SELECT note_cards('[]', '{}')")


@pytest.mark.parametrize("standing", [frozenset({Wall.API}), frozenset({Wall.DATABASE})])
def test_no_member_asks_itself_into_a_pair(
    pair: Pair, standing: frozenset[Wall], leave_only: Callable[[frozenset[Wall]], None]
) -> None:
    """Saying of any id that it is the same person tells nothing, and is answered as for an id that nobody has."""
    leave_only(standing)
    office = pair.offices["aspire"]
    own, other = pair.ids("aspire")
    answers = []
    for about in (other, PersonId(office.ids())):
        said = SamePerson(**office.header(Role.COORDINATOR), person=own, other_person=about, decision=SameDecision.SAME)
        (result,) = office.push(office.create(said, OpKind.APPEND))
        answers.append((result.state, result.code, result.rev))
    assert answers[0] == answers[1]
    pair.look()
    for member in OFFICES:
        assert pair.asked(member) == pair.agreed(member) == []


@pytest.mark.parametrize(("family_name", "still"), [("Fergusson", 1), ("Quarrington", 0)])
def test_a_question_follows_a_record_that_becomes_part_of_another(world: World, family_name: str, still: int) -> None:
    names = {"given_name": "Dominic", "family_name": family_name, "known_as": "Dom"}
    older = register(world.alliance, world.devices["aspire"], **names)
    pair = registered_twice(world)
    pair.tell("aspire", "back_up")
    pair.tell("back_up", "aspire")
    pair.look()
    (own, other), office = pair.ids("aspire"), pair.offices["aspire"]
    given_name = "William" if still else "Dominic"
    chosen = {"given_name": given_name, "family_name": family_name}
    merge = PersonMerge(
        **office.header(Role.COORDINATOR),
        person=older.person_id,
        other_person=own,
        chosen=chosen,
        stay=older.stay.id,
    )
    assert [each.state for each in office.push(office.create(merge, OpKind.MERGE_PERSON, cites=[own]))] == ["merged"]
    pair.look()
    # The older record is the one now; the question is about it, or there is none when nothing speaks for it any more.
    assert pair.asked("aspire") == [(str(older.person_id), str(other))] * still
    assert pair.asked("back_up") == [(str(other), str(older.person_id))] * still

    push_stop(pair.wards["back_up"], "aspire")
    pair.look()
    assert pair.asked("aspire") == pair.asked("back_up") == []
