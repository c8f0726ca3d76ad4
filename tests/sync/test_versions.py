"""A laptop older than its service: what it has to give up reaches it, and the rest waits for its update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from app.domain.codes import CommunicationNeed, RecordType
from app.domain.ids import PersonId
from app.domain.person import Person
from app.domain.schema import SCHEMA_VERSION
from app.storage.tables import RECORD_TABLES
from app.use_cases import stops, sync_status
from sync.central.upcasting import VERSIONS, Versions
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, register, send, started, state, traces
from ui.view_models.sync_words import bar_words

TOO_OLD = SCHEMA_VERSION + 1


@pytest.fixture(autouse=True)
def _as_today(alliance: AllianceService) -> Iterator[None]:
    yield
    alliance.service.versions = VERSIONS


def said(laptop: Enrolled) -> str:
    return bar_words(sync_status.status(laptop.vault, actor=laptop.actor), laptop.laptop.clock()).words


def stop_everything(ward: Enrolled, alliance: AllianceService, person: PersonId) -> None:
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))


def test_a_laptop_too_old_to_read_gives_up_whoever_said_stop_and_proves_it(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, unread = register(ward, alliance, "Samira Quillfeather"), register(ward, alliance, "Tomos Yarrow")
    agree(ward, alliance, person)
    referral, _ = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    assert state(intake, referral) is not None
    alliance.service.versions = Versions(reads_from=TOO_OLD)
    ward.net._schema = TOO_OLD

    agree(ward, alliance, unread)
    other, _ = send(ward, alliance, unread)
    stop_everything(ward, alliance, person)
    ward.sync()
    before = {scope.id: scope.cursor for scope in intake.held.scopes()}
    report = intake.sync()

    assert report.update_needed
    assert report.removed
    assert traces(intake, "Quillfeather") == []
    assert state(intake, other) is None, "what is new cannot be read"
    assert {scope.id: scope.cursor for scope in intake.held.scopes()} == before
    assert all(scope.cleaned >= scope.drop_cursor > 0 for scope in intake.held.scopes() if scope.drop_cursor)
    assert said(intake).startswith("Update Alongside to see new changes. Yours are still sent.")
    alliance.service.versions = VERSIONS
    ward.sync()
    proven = removals(ward, person)
    assert proven >= 1

    # The update: a new program on the same vault.
    started(intake)
    report = intake.sync()

    assert not report.update_needed
    assert report.at_head
    assert state(intake, other) is not None, "reading goes on where it ended"
    assert traces(intake, "Quillfeather") == []
    ward.sync()
    assert removals(ward, person) == proven, "reading from before what was proven takes no proof back"
    assert said(intake).startswith("Everything sent.")


def test_a_laptop_too_old_to_write_sends_its_stops_keeps_the_rest_and_says_so(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Ludo Fernsby")
    agree(ward, alliance, person)
    referral, _ = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    alliance.service.versions = Versions(writes_from=TOO_OLD, reads_from=TOO_OLD)

    rename(ward, person, "Ludovic")
    stop_everything(ward, alliance, person)
    report = ward.sync()
    alliance.service.versions = VERSIONS
    intake.sync()

    assert report.update_needed
    assert state(intake, referral) is None, "the stop was taken"
    assert ward.outbox.waiting().unsent > 0
    assert said(ward).startswith("Update Alongside to send your changes and see new ones.")
    started(ward).sync()
    assert ward.outbox.waiting().unsent == 0
    with ward.vault.reading() as read:
        assert read.get(Person, person).known_as == "Ludovic"


def test_a_field_of_a_newer_version_is_kept_by_an_older_laptop_and_read_by_the_one_that_learns_it(
    ward: Enrolled, enrolled: Callable[[str], Enrolled], alliance: AllianceService
) -> None:
    """I14: fields and codes that a laptop does not know survive its own writing, without a new download."""
    person = register(ward, alliance, "Nerys Holloway")
    ward.sync()
    newer = enrolled("ward")
    with newer.vault.transaction(**newer.act) as work:
        work.change(Person, person, add={"comm_needs": {CommunicationNeed.LARGE_PRINT}})
        work.connection.exec_driver_sql(
            "UPDATE outbox SET schema = ?, patch = json_set(patch, '$.set.aura', json('{\"hue\":3}'),"
            " '$.add.comm_needs', json('[\"telepathy\"]')) WHERE type = 'person' AND kind = 'patch'",
            (TOO_OLD,),
        )
    newer.sync()
    ward.sync()

    with ward.vault.transaction(**ward.act) as work:
        work.change(Person, person, fields={"pronouns": "she/her"}, add={"comm_needs": {CommunicationNeed.LARGE_PRINT}})
    for laptop in (ward, newer, ward):
        laptop.sync()

    for laptop in (ward, newer):
        body = body_of(laptop, person)
        assert body["aura"] == {"hue": 3}
        assert body["comm_needs"] == ["large_print", "telepathy"]
        assert body["pronouns"] == "she/her"
    assert ward.bodies() == newer.bodies()
    # The migration that learns the field reads it where it lies.
    with ward.vault.writing() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE person ADD COLUMN hue INTEGER GENERATED ALWAYS AS (json_extract(body, '$.aura.hue')) VIRTUAL"
        )
        hues = connection.exec_driver_sql("SELECT hue FROM person WHERE hue IS NOT NULL").scalars().all()
    assert hues == [3]


def body_of(laptop: Enrolled, person: PersonId) -> dict[str, Any]:
    table = RECORD_TABLES[RecordType.PERSON].__tablename__
    with laptop.vault.writing() as connection:
        text = connection.exec_driver_sql(
            f'SELECT t.body FROM "{table}" t JOIN rec_meta m ON m.rid = t.rid WHERE m.id = ?',
            (person.bytes,),
        ).scalar_one()
    return msgspec.json.decode(text)


def rename(laptop: Enrolled, person: PersonId, name: str) -> None:
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"known_as": name})


def removals(ward: Enrolled, person: PersonId) -> int:
    """How many laptops have proved that they removed somebody."""
    (receipt,) = stops.removals(ward.vault, person_id=person)
    return receipt.removed
