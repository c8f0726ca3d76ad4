"""Two laptops write one field differently: one person is asked, the first answer counts, both end the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.codes import OpKind, RecordType
from app.domain.conflict import Conflict
from app.domain.ids import PersonId
from app.domain.person import Person
from app.errors import BadInputError, BadTransitionError
from app.storage.exchange import FrozenOp, ScopeGrant
from app.use_cases import conflicts, today
from app.use_cases.conflicts import Question
from app.use_cases.person_page import open_person
from app.use_cases.recent_changes import RecentChange, put_back
from app.use_cases.resend import resend
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, register, traces

Another = Callable[..., Enrolled]


@pytest.fixture
def other(enrolled: Another, ward: Enrolled) -> Enrolled:
    return enrolled("ward")


def test_the_question_names_both_values_their_writers_and_when(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    for laptop in (ward, other):
        (question,) = asked(laptop, person)
        assert (question.field, question.record_type, question.is_text) == ("family_name", RecordType.PERSON, False)
        assert (question.first.value, question.second.value) == ("Fergusson", "Ferguson")
        assert question.first.by
        assert question.second.by
        assert question.first.at is not None
        assert question.second.at is not None
        assert question.second.at - question.first.at == timedelta(seconds=1)


def test_the_first_answer_is_written_and_both_laptops_end_the_same(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    give(ward, person, "Ferguson")
    assert (family_name(ward, person), asked(ward, person)[0].is_answered) == ("Ferguson", True)
    for laptop in (ward, other, ward):
        laptop.sync()

    for laptop in (ward, other):
        assert (family_name(laptop, person), asked(laptop, person)) == ("Ferguson", [])
    assert ward.bodies() == other.bodies()
    assert closed(other, person).chosen == "Ferguson"
    assert closed(other, person).chosen_by == ward.actor.user


def test_keeping_what_stands_closes_the_question_too(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    give(other, person, "Fergusson")
    for laptop in (other, ward):
        laptop.sync()

    assert [family_name(laptop, person) for laptop in (ward, other)] == ["Fergusson", "Fergusson"]
    assert asked(ward, person) == asked(other, person) == []
    assert ward.bodies() == other.bodies()


def test_a_third_value_is_an_answer_and_a_bad_one_is_not(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    with pytest.raises(BadInputError):
        give(ward, person, "F" * 81)
    give(ward, person, "Farquharson")
    for laptop in (ward, other):
        laptop.sync()

    assert family_name(other, person) == "Farquharson"
    assert asked(other, person) == []


def test_two_laptops_that_answer_alike_are_not_asked_again(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    give(ward, person, "Ferguson")
    give(other, person, "Ferguson")
    for laptop in (ward, other, ward):
        laptop.sync()

    assert [family_name(laptop, person) for laptop in (ward, other)] == ["Ferguson", "Ferguson"]
    assert asked(ward, person) == asked(other, person) == []
    assert ward.bodies() == other.bodies()


@pytest.mark.parametrize(("first", "second"), [("Ferguson", "Fergusson"), ("Fergusson", "Ferguson")])
def test_a_later_answer_that_differs_is_compared_with_the_first_and_asked_again(
    ward: Enrolled, other: Enrolled, alliance: AllianceService, first: str, second: str
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    give(ward, person, first)
    give(other, person, second)
    for laptop in (ward, other, ward):
        laptop.sync()

    assert [family_name(laptop, person) for laptop in (ward, other)] == [first, first]
    (again,) = asked(ward, person)
    assert (again.first.value, again.second.value) == (first, second)
    give(ward, person, second)
    for laptop in (ward, other):
        laptop.sync()
    assert [family_name(laptop, person) for laptop in (ward, other)] == [second, second]
    assert asked(ward, person) == asked(other, person) == []
    assert ward.bodies() == other.bodies()


def test_an_answer_given_before_somebody_changed_the_field_again_is_asked_again(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")

    rename(ward, person, "Ferguson-Black")
    give(other, person, "Ferguson")
    for laptop in (ward, other, ward):
        laptop.sync()

    assert [family_name(laptop, person) for laptop in (ward, other)] == ["Ferguson-Black", "Ferguson-Black"]
    (again,) = asked(ward, person)
    assert (again.first.value, again.second.value) == ("Ferguson-Black", "Ferguson")


def test_a_question_whose_wish_came_true_is_closed_with_the_answer_to_another(
    ward: Enrolled, other: Enrolled, enrolled: Another, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Morwenna Fergus")
    ward.sync()
    third = enrolled("ward")
    other.sync()
    for laptop, name in ((ward, "Fergusson"), (other, "Ferguson"), (third, "Ferguson")):
        rename(laptop, person, name)
        laptop.sync()
    ward.sync()
    assert len(asked(ward, person)) == 2

    give(ward, person, "Ferguson")
    ward.sync()

    assert asked(ward, person) == []
    assert family_name(ward, person) == "Ferguson"


def test_an_answer_can_be_taken_back_until_it_is_sent(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")
    unsent = ward.outbox.waiting().unsent

    give(ward, person, "Ferguson")
    (question,) = asked(ward, person)
    with pytest.raises(BadTransitionError):
        give(ward, person, "Farquharson")
    conflicts.take_back(ward.vault, **ward.act, conflict_id=question.conflict, field=question.field)

    assert (family_name(ward, person), ward.outbox.waiting().unsent) == ("Fergusson", unsent)
    assert asked(ward, person)[0].waits_for_me
    give(ward, person, "Ferguson")
    frozen = ward.outbox.freeze(1, most_ops=50, most_bytes=10**6)
    assert OpKind.RESOLVE in {op.kind for op in frozen}
    with pytest.raises(BadTransitionError):
        conflicts.take_back(ward.vault, **ward.act, conflict_id=question.conflict, field=question.field)


def test_a_question_left_for_a_colleague_is_asked_of_everybody_else(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")
    (question,) = asked(ward, person)
    place = {"conflict_id": question.conflict, "field": question.field}

    conflicts.leave(ward.vault, **ward.act, **place)
    ward.sync()
    other.sync()

    assert (asked(ward, person)[0].waits_for_me, asked(other, person)[0].waits_for_me) == (False, True)
    conflicts.take_up(ward.vault, **ward.act, **place)
    assert asked(ward, person)[0].waits_for_me


def test_an_answer_that_cites_no_question_of_this_record_changes_nothing(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")
    stranger = spelled_twice(ward, other, alliance, "Okafor", "Okafour")
    (question,) = asked(ward, person)

    with ward.vault.transaction(**ward.act) as work:
        conflict = work.get(Conflict, question.conflict)
    misled = forged(ward, conflict, stranger)
    ward.sync()

    assert misled.kind is OpKind.RESOLVE
    assert family_name(ward, stranger) == "Okafor"
    assert "held" in ward.attention()


def test_an_answer_that_was_set_aside_asks_again_and_can_be_sent_again(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = spelled_twice(ward, other, alliance, "Fergusson", "Ferguson")
    give(ward, person, "Ferguson")
    ops = [op for op in ward.outbox.freeze(1, most_ops=50, most_bytes=10**6) if op.kind is OpKind.RESOLVE]
    ward.outbox.park(ops)
    assert (family_name(ward, person), asked(ward, person)[0].is_answered) == ("Fergusson", False)
    ward.sync()

    (card,) = [card for card in today.attention(ward.vault) if card.code == "parked"]
    resend(ward.vault, **ward.act, item=card.id)
    assert asked(ward, person)[0].answer == "Ferguson"
    for laptop in (ward, other):
        laptop.sync()

    assert [family_name(laptop, person) for laptop in (ward, other)] == ["Ferguson", "Ferguson"]
    assert asked(ward, person) == asked(other, person) == []
    assert ward.bodies() == other.bodies()


def recent(laptop: Enrolled, person: PersonId) -> tuple[RecentChange, ...]:
    return open_person(laptop.vault, **laptop.act, person_id=person).recent


def lived_twice(ward: Enrolled, other: Enrolled, alliance: AllianceService, lost: str = "HP21 8AL") -> PersonId:
    """Let two laptops write a new person's postcode, the later one to be received first."""
    person = register(ward, alliance, "Isobel Fergus")
    ward.sync()
    other.sync()
    for laptop, postcode in ((other, lost), (ward, "OX3 9DU")):
        laptop.laptop.clock.forward(seconds=1)
        with laptop.vault.transaction(**laptop.act) as work:
            work.change(Person, person, fields={"postcode": postcode})
    for laptop in (ward, other, ward):
        laptop.sync()
    return person


def test_a_value_that_a_later_one_replaced_is_told_on_every_laptop_that_reads_the_record(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = lived_twice(ward, other, alliance)

    assert (ward.attention(), other.attention()) == ([], []), "nobody has to decide anything"
    for laptop in (ward, other):
        (change,) = recent(laptop, person)
        assert (change.record_type, change.field) == (RecordType.PERSON, "postcode")
        assert (change.stands.value, change.lost.value) == ("OX3 9DU", "HP21 8AL")
        assert change.stands.at is not None
        assert change.lost.at is not None
        assert change.stands.at - change.lost.at == timedelta(seconds=1)
        assert change.can_put_back
    assert ward.bodies() == other.bodies()
    assert asked(ward, person) == []


def test_the_older_value_is_put_back_by_one_press_as_a_change_of_its_own(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = lived_twice(ward, other, alliance)
    (change,) = recent(other, person)
    other.laptop.clock.forward(seconds=1)

    put_back(other.vault, **other.act, conflict_id=change.conflict, field="postcode")

    assert recent(other, person) == ()
    for laptop in (other, ward):
        laptop.sync()
    assert [postcode(laptop, person) for laptop in (ward, other)] == ["HP21 8AL", "HP21 8AL"]
    assert recent(ward, person) == recent(other, person) == ()
    assert ward.bodies() == other.bodies()


def test_a_value_that_was_replaced_is_forgotten_after_thirty_days_here_and_at_the_service(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    # A postcode that stands in no other test: the service and its site are shared with them.
    person = lived_twice(ward, other, alliance, lost="SN3 6BB")
    assert traces(ward, "SN3 6BB")

    ward.laptop.clock.forward(days=29)
    assert len(recent(ward, person)) == 1
    ward.laptop.clock.forward(days=1)
    assert recent(ward, person) == (), "also where no network was since"
    alliance.service.timekeeper.run(now=alliance.service.clock())
    for laptop in (ward, other):
        laptop.sync()

    with ward.vault.reading() as read:
        (kept,) = read.of_person(Conflict, person)
    assert not kept.fields["postcode"].is_told
    assert not {"OX3 9DU", "SN3 6BB"} & set(str(kept).split("'"))
    ward.laptop.clock.forward(days=1)
    for laptop in (ward, other):
        laptop.sync()
        assert traces(laptop, "SN3 6BB") == [], "a day later answered ops are gone too"
    assert ward.bodies() == other.bodies()


def test_a_replaced_value_leaves_with_its_person(ward: Enrolled, other: Enrolled, alliance: AllianceService) -> None:
    person = lived_twice(ward, other, alliance, lost="NG7 2UH")
    grants = tuple(ScopeGrant(id=scope.id, key=scope.key) for scope in other.held.scopes())
    other.held.set_scopes([grant for grant in grants if not grant.key.startswith("site:")])
    assert traces(other, "NG7 2UH") == []
    assert traces(ward, "NG7 2UH") != []
    assert person


def postcode(laptop: Enrolled, person: PersonId) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).postcode


def test_two_changes_sent_at_once_do_not_hide_what_a_colleague_wrote_before(
    ward: Enrolled, other: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Isadora Penhaligon")
    for laptop in (ward, other):
        laptop.sync()
    change(other, person, pronouns="they/them")
    other.sync()
    change(ward, person, known_as="Izzy")
    change(ward, person, home_situation="Lives alone.")

    ward.sync()

    # Answered with the hash of what both changes and the colleague's made: it is fetched, and nothing has to be mended.
    assert ward.held.device().digest_alarm_at is None
    other.sync()
    assert ward.bodies() == other.bodies()


def spelled_twice(ward: Enrolled, other: Enrolled, alliance: AllianceService, first: str, second: str) -> PersonId:
    """Let two laptops spell a new person's family name differently, the first to be received first."""
    person = register(ward, alliance, "Isobel Fergus")
    ward.sync()
    other.sync()
    rename(ward, person, first)
    rename(other, person, second)
    for laptop in (ward, other, ward):
        laptop.sync()
    return person


def change(laptop: Enrolled, person: PersonId, **fields: str) -> None:
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields=fields)


def rename(laptop: Enrolled, person: PersonId, name: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"family_name": name})


def asked(laptop: Enrolled, person: PersonId) -> list[Question]:
    return [each for each in conflicts.questions_for(laptop.vault, actor=laptop.actor) if each.record == person]


def give(laptop: Enrolled, person: PersonId, chosen: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    question = asked(laptop, person)[0]
    place = {"conflict_id": question.conflict, "field": question.field}
    conflicts.answer(laptop.vault, **laptop.act, **place, chosen=chosen)


def family_name(laptop: Enrolled, person: PersonId) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).family_name


def closed(laptop: Enrolled, person: PersonId):
    with laptop.vault.reading() as read:
        (conflict,) = read.of_person(Conflict, person)
    return conflict.fields["family_name"]


def forged(laptop: Enrolled, conflict: Conflict, person: PersonId) -> FrozenOp:
    """Answer a question of one person at another, as a broken laptop could."""
    with laptop.vault.transaction(**laptop.act) as work:
        work.resolve(conflict, "family_name", "Ferguson")
        work.connection.exec_driver_sql(
            "UPDATE outbox SET id = ?, agg_id = ?, base = ? WHERE kind = 'resolve'",
            (person.bytes, person.bytes, '{"family_name":"Okafor"}'),
        )
    return next(op for op in laptop.outbox.freeze(1, most_ops=50, most_bytes=10**6) if op.kind is OpKind.RESOLVE)
