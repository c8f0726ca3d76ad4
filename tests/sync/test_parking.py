"""One change the service cannot take: set aside in the end, nobody else waits, and it can be sent again; real parts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from app.domain.codes import OpKind, RecordType, ReferralState
from app.domain.ids import PersonId, RecordId
from app.domain.person import Person, Stay
from app.errors import BadTransitionError, NotFoundError, ServiceError
from app.storage.unsent import unsent_ops
from app.use_cases import referrals, stops, today
from app.use_cases.resend import resend, resend_refused
from sync.client.sending import PARK_AFTER_TRIES
from sync.protocol.messages import ErrorCode, OpLine
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, referral, register, send, state, traces


def poisoned(
    what: Callable[[OpLine], bool], code: ErrorCode = ErrorCode.FAILED
) -> Callable[[OpLine], ErrorCode | None]:
    """A service that gives way at some ops, whenever they are more than a skip."""
    return lambda op: code if op.kind != OpKind.SKIP and what(op) else None


def about(person: PersonId) -> Callable[[OpLine], bool]:
    return lambda op: op.agg_id == person and op.record_type == "person"


def tried(laptop: Enrolled, times: int = 30) -> int:
    """Run cycles until one gets through; returns how many failed."""
    for failures in range(times):
        try:
            laptop.sync()
        except ServiceError:
            continue
        return failures
    raise AssertionError("never got through")


def card(laptop: Enrolled) -> today.AttentionCard:
    (found,) = today.attention(laptop.vault)
    return found


def test_a_change_the_service_cannot_take_is_set_aside_and_the_others_arrive(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    others = [register(ward, alliance, f"Person {number}") for number in range(6)]
    bad = register(ward, alliance, "Bad Luck")
    others += [register(ward, alliance, f"Person {number}") for number in range(6, 12)]
    ward.net.refuse = poisoned(about(bad))

    failures = tried(ward)

    assert failures <= 2 + PARK_AFTER_TRIES
    other = enrolled("ward")
    with other.vault.reading() as read:
        held = {found.person_id for found in read.all(Person)}
    assert (set(others) <= held, bad in held) == (True, False)
    assert (ward.outbox.waiting().parked > 0, ward.attention()) == (True, ["parked"])
    assert name_of(ward, bad) == "Bad", "what was written is still here"


def test_what_was_set_aside_is_still_among_the_unsent_work_that_is_sealed(
    ward: Enrolled, alliance: AllianceService
) -> None:
    bad = register(ward, alliance, "Unlucky Twice")
    ward.net.refuse = poisoned(about(bad))
    while not ward.outbox.waiting().parked:
        with suppress(ServiceError):
            ward.sync()

    kept = [op for ops in unsent_ops(ward.vault).lanes.values() for op in ops if op.record_id == bad]

    assert [(op.kind, op.change["set"]["given_name"]) for op in kept] == [(OpKind.CREATE, "Unlucky")]


def test_what_was_set_aside_is_sent_again_as_new_ops(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    bad = register(ward, alliance, "Unlucky Once")
    old = {op.op_id for op in ward.outbox.freeze(1, most_ops=500, most_bytes=10**6)}
    ward.net.refuse = poisoned(about(bad))
    tried(ward)
    ward.net.refuse = lambda _op: None
    assert card(ward).choices == ("open", "send_again")

    resend(ward.vault, **ward.act, item=card(ward).id)
    fresh = {op.op_id for op in ward.outbox.freeze(1, most_ops=500, most_bytes=10**6)}
    ward.sync()

    assert not old & fresh
    assert (ward.attention(), ward.outbox.waiting().unsent) == ([], 0)
    other = enrolled("ward")
    assert ward.bodies() == other.bodies()
    assert name_of(other, bad) == "Unlucky"
    with other.vault.reading() as read:
        assert len(read.of_person(Stay, bad)) == 1


def test_a_change_of_a_record_that_is_there_shows_the_services_state_until_it_is_sent_again(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Gwendolen Marsh")
    ward.sync()
    rename(ward, person, "Gwen")
    ward.net.refuse = poisoned(about(person))
    tried(ward)
    assert name_of(ward, person) == "Gwendolen"
    assert ward.held.device().digest_alarm_at is None
    ward.net.refuse = lambda _op: None

    resend(ward.vault, **ward.act, item=card(ward).id)
    assert name_of(ward, person) == "Gwen"
    ward.sync()

    assert name_of(enrolled("ward"), person) == "Gwen"


def test_a_step_that_was_set_aside_is_taken_again_or_refused_in_words(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Lucinda Garrick")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    intake.net.refuse = poisoned(lambda op: op.kind == OpKind.TRANSITION)
    tried(intake)
    assert state(intake, referral_id) is ReferralState.SENT
    intake.net.refuse = lambda _op: None

    resend(intake.vault, **intake.act, item=card(intake).id)
    intake.sync()
    ward.sync()

    assert state(ward, referral_id) is ReferralState.RECEIVED
    with pytest.raises(NotFoundError):
        resend(intake.vault, **intake.act, item=RecordId(intake.vault.ids()))


def test_a_step_that_no_longer_fits_is_not_sent(ward: Enrolled, intake: Enrolled, alliance: AllianceService) -> None:
    person = register(ward, alliance, "Marguerite Selby")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    intake.net.refuse = poisoned(lambda op: op.kind == OpKind.TRANSITION)
    tried(intake)
    intake.net.refuse = lambda _op: None
    item = card(intake).id
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)

    with pytest.raises(BadTransitionError):
        resend(intake.vault, **intake.act, item=item)

    assert [each.id for each in today.attention(intake.vault)] == [item]


def test_what_had_worked_all_the_same_is_found_out_by_its_skip(ward: Enrolled, alliance: AllianceService) -> None:
    person = register(ward, alliance, "Had Worked")
    ward.net.refuse_after = poisoned(about(person))

    tried(ward)

    assert (ward.attention(), ward.outbox.waiting().unsent) == ([], 0)
    assert ward.held.device().digest_alarm_at is None
    with ward.vault.reading() as read:
        rev = read.connection.exec_driver_sql("SELECT rev FROM rec_meta WHERE id = ?", (person.bytes,)).scalar_one()
    assert rev == 1


def test_a_batch_the_service_cannot_even_read_is_set_aside_at_once(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    bad = register(ward, alliance, "Not Readable")
    good = register(ward, alliance, "Quite Readable")
    ward.net.refuse = poisoned(about(bad), ErrorCode.BAD_REQUEST)

    assert tried(ward) == 0

    assert ward.attention() == ["parked"]
    assert name_of(enrolled("ward"), good) == "Quite"


def test_a_service_that_refuses_everything_sets_nothing_much_aside(ward: Enrolled, alliance: AllianceService) -> None:
    for number in range(8):
        register(ward, alliance, f"Person {number}")
    ward.net.refuse = poisoned(lambda _op: True, ErrorCode.BAD_REQUEST)

    with pytest.raises(ServiceError):
        ward.sync()

    assert 0 < parked_people(ward) <= 3


def test_a_withdrawal_is_never_set_aside(ward: Enrolled, intake: Enrolled, alliance: AllianceService) -> None:
    person = register(ward, alliance, "Philippa Rookwood")
    agree(ward, alliance, person)
    send(ward, alliance, person)
    ward.sync()
    intake.sync()
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.net.refuse = poisoned(lambda op: op.kind == OpKind.CONSENT)
    for _time in range(PARK_AFTER_TRIES + 3):
        with pytest.raises(ServiceError):
            ward.sync()
    assert (ward.outbox.waiting().parked, ward.attention()) == (0, [])
    ward.net.refuse = lambda _op: None

    ward.sync()
    intake.sync()

    assert traces(intake, "Rookwood") == []


def test_what_was_set_aside_about_somebody_leaves_with_them(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Theodora Vane")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    day = intake.laptop.clock().date() + timedelta(days=7)
    referrals.accept(intake.vault, **intake.act, referral_id=referral_id, first_step_on=day)
    intake.net.refuse = poisoned(lambda op: op.kind == OpKind.TRANSITION)
    tried(intake)
    assert intake.outbox.waiting().parked

    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()
    intake.sync()

    assert referral(intake, referral_id) is None
    assert (traces(intake, "Vane"), intake.attention(), intake.outbox.waiting().parked) == ([], [], 0)


def rename(laptop: Enrolled, person: PersonId, name: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"known_as": name})


def name_of(laptop: Enrolled, person: PersonId) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).known_as


def parked_people(laptop: Enrolled) -> int:
    with laptop.vault.reading() as read:
        return int(
            read.connection.exec_driver_sql(
                "SELECT count(DISTINCT agg_id) FROM outbox WHERE state = 'parked'"
            ).scalar_one()
        )


def test_a_registration_that_was_refused_arrives_once_it_is_put_right(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    """Whoever changes a person that never arrived sends all that was refused with them, under new ids."""
    person = register(ward, alliance, "Elspeth Marrow")
    with ward.vault.writing() as connection:
        # A service of tomorrow may refuse what this program lets through: here, a name that nobody may have.
        connection.exec_driver_sql(
            "UPDATE outbox SET patch = json_set(patch, '$.set.known_as', '  untidy  ') WHERE type = 'person'"
        )
    refused = {op.op_id for op in ward.outbox.freeze(1, most_ops=50, most_bytes=10**6)}
    ward.sync()
    cards = today.attention(ward.vault)
    assert {card.code for card in cards} == {"rejected.constraint"}
    assert all("send_again" in card.choices for card in cards)

    with ward.vault.transaction(**ward.act) as work:
        work.change(Person, person, fields={"pronouns": "she/her"})
    assert today.attention(ward.vault) == ()
    again = ward.outbox.freeze(1, most_ops=50, most_bytes=10**6)
    assert {op.kind.value for op in again if op.record_type is not RecordType.AUDIT_ENTRY} == {"create"}
    assert not refused & {op.op_id for op in again}
    ward.sync()

    other = enrolled("ward")
    with other.vault.reading() as read:
        arrived = read.get(Person, person)
    assert (arrived.family_name, arrived.pronouns) == ("Marrow", "she/her")
    assert today.attention(ward.vault) == ()
    assert ward.bodies() == other.bodies()


def test_a_registration_that_was_refused_is_sent_again_by_one_press(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Tamsin Wherry")
    with ward.vault.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET patch = json_set(patch, '$.set.known_as', '  untidy  ') WHERE type = 'person'"
        )
    ward.sync()
    record = today.attention(ward.vault)[0].record
    assert record is not None

    assert resend_refused(ward.vault, **ward.act, record_id=RecordId(record)) >= 3

    ward.sync()
    other = enrolled("ward")
    with other.vault.reading() as read:
        assert read.get(Person, person).family_name == "Wherry"
