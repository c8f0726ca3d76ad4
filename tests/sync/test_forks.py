"""A copied or restored disk: found before anything is swallowed, nothing lost, nothing twice; real on both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.ids import PersonId
from app.domain.person import Person
from app.errors import NetworkError, ServiceError
from app.use_cases import stops
from sync.client.signed import RevokedError
from sync.protocol.messages import PULL, PUSH
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, image_of, register, send, traces


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Callable[[Enrolled], Enrolled]]:
    made: list[Enrolled] = []

    def one(laptop: Enrolled) -> Enrolled:
        made.append(image_of(laptop, tmp_path / f"image{len(made)}"))
        return made[-1]

    yield one
    for laptop in made:
        laptop.close()


def test_what_an_older_disk_writes_under_used_numbers_arrives_all_the_same(
    ward: Enrolled, copied: Callable[[Enrolled], Enrolled], alliance: AllianceService
) -> None:
    before = register(ward, alliance, "Known Before")
    ward.sync()
    image = copied(ward)
    went_on = register(ward, alliance, "Written Later")
    ward.sync()
    epoch = image.outbox.lane(1).lane_epoch

    written = register(image, alliance, "Written Again")
    report = image.sync()

    assert (report.waiting.unsent, image.attention()) == (0, [])
    assert image.outbox.lane(1).lane_epoch != epoch
    assert {before, went_on, written} <= set(names(image))
    assert image.held.device().digest_alarm_at is None


def test_ops_that_were_sent_and_not_answered_keep_their_ids_and_take_effect_once(
    ward: Enrolled, copied: Callable[[Enrolled], Enrolled], alliance: AllianceService
) -> None:
    before = len(names(ward))
    register(ward, alliance, "Sent Unanswered")
    ward.net.lose = lambda path: path == PUSH
    with pytest.raises(NetworkError):
        ward.sync()
    ward.net.lose = lambda _path: False
    image = copied(ward)
    register(ward, alliance, "Went On")
    ward.sync()
    register(image, alliance, "On The Copy")
    frozen = image.outbox.freeze(1, most_ops=3, most_bytes=10**6)

    image.sync()

    assert len(names(image)) == before + 3
    with image.vault.reading() as read:
        again = read.connection.exec_driver_sql(
            "SELECT count(*) FROM acked_op WHERE op_id IN (?, ?)", tuple(op.op_id.bytes for op in frozen[:2])
        ).scalar_one()
    assert again == 2
    assert image.held.device().digest_alarm_at is None


def test_two_machines_with_one_identity_lose_nothing_until_both_are_suspended(
    ward: Enrolled,
    enrolled: Callable[..., Enrolled],
    copied: Callable[[Enrolled], Enrolled],
    alliance: AllianceService,
) -> None:
    register(ward, alliance, "At The Start")
    ward.sync()
    copy = copied(ward)
    other = enrolled("ward")
    turns = [ward, copy, ward, copy, ward]
    refused: list[str] = []
    for number, laptop in enumerate(turns):
        register(laptop, alliance, f"Turn {number}")
        try:
            laptop.sync()
        except ServiceError as error:
            refused.append(error.code)

    assert refused == ["service.suspended"] * 2, "the third new life within a day"
    other.sync()
    assert len(names(other)) >= 4
    assert ward.outbox.waiting().unsent, "what was not taken is kept"
    with pytest.raises(ServiceError) as caught:
        copy.sync()
    assert caught.value.code == "service.suspended"
    assert not isinstance(caught.value, RevokedError), "nobody is told to give a vault up"
    assert statuses(alliance, ward) == "suspended"


def test_forks_of_another_day_do_not_count(
    ward: Enrolled, copied: Callable[[Enrolled], Enrolled], alliance: AllianceService
) -> None:
    register(ward, alliance, "At The Start")
    ward.sync()
    copy = copied(ward)
    for number, laptop in enumerate([ward, copy, ward, copy, ward]):
        register(laptop, alliance, f"Day {number}")
        laptop.laptop.clock.forward(days=1, minutes=1)
        laptop.sync()

    assert statuses(alliance, ward) == "active"
    assert copy.sync().waiting.unsent == 0


def test_an_older_disk_takes_back_the_receipt_for_a_removal_until_it_has_removed_again(
    ward: Enrolled, intake: Enrolled, copied: Callable[[Enrolled], Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Rosamund Thistle")
    agree(ward, alliance, person)
    send(ward, alliance, person)
    ward.sync()
    intake.sync()
    older = copied(intake)
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()
    intake.sync()
    ward.sync()
    (before,) = stops.removals(ward.vault, person_id=person)
    assert traces(older, "Thistle")

    older.net.lose = lambda path: path == PULL
    with pytest.raises(NetworkError):
        older.sync()
    ward.sync()
    (taken_back,) = stops.removals(ward.vault, person_id=person)
    older.net.lose = lambda _path: False
    older.sync()
    ward.sync()
    (again,) = stops.removals(ward.vault, person_id=person)

    assert taken_back.removed == before.removed - 1
    assert intake.actor.device in {laptop.device for laptop in taken_back.waiting}
    assert again.removed == before.removed
    assert traces(older, "Thistle") == []


def names(laptop: Enrolled) -> dict[PersonId, str]:
    with laptop.vault.reading() as read:
        return {found.person_id: found.known_as for found in read.all(Person)}


def statuses(alliance: AllianceService, laptop: Enrolled) -> str:
    return next(
        each.status
        for each in alliance.administration.device_status(laptop.actor.org)
        if each.device == laptop.actor.device
    )
