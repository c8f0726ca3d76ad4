"""Laptop and service add up the same: what the disk lost or changed is found, fetched and told; real on both sides."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from app.domain.codes import CommunicationNeed, RecordType
from app.domain.person import Person
from app.storage import pages
from app.storage.tables import RECORD_TABLES
from app.use_cases import referrals, stops
from sync.protocol.messages import DIGEST, FETCH
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, register, send


def test_the_sums_here_are_those_of_the_service_through_a_whole_story(
    ward: Enrolled,
    intake: Enrolled,
    enrolled: Callable[..., Enrolled],
    alliance: AllianceService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As in a version from before conflicts were known.
    monkeypatch.setattr(pages, "KNOWN_TYPES", pages.KNOWN_TYPES - {"conflict"})
    person = register(ward, alliance, "Ludovica Ashgrove")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    intake.sync()
    ward.sync()
    rename(ward, person, "Ludo")
    ward.sync()
    register(ward, alliance, "Evander Brightwater")
    other = enrolled("ward")
    rename(other, person, "Vica")
    for laptop in (other, ward):
        laptop.sync()
    spell(ward, person, "Ashgroves")
    spell(other, person, "Ashgrave")
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    for laptop in (ward, other, intake, other, ward):
        laptop.sync()
    assert kinds_unknown(ward) == {"conflict"}, "a kind this version only keeps counts too"

    for laptop in (ward, intake, other):
        moved = [(scope.key, scope.sums) for scope in laptop.held.scopes()]
        laptop.held.recount()
        assert [(scope.key, scope.sums) for scope in laptop.held.scopes()] == moved
        assert laptop.held.device().digest_alarm_at is None
        assert asked(laptop) == 0
        assert [scope.sums for scope in laptop.held.scopes()] == [
            at_service(alliance, scope.id) for scope in laptop.held.scopes()
        ]


def test_a_change_still_waiting_here_does_not_look_like_a_difference(ward: Enrolled, alliance: AllianceService) -> None:
    person = register(ward, alliance, "Clementine Farrow")
    ward.sync()
    rename(ward, person, "Clem")

    later(ward, days=1)
    report = sync_without_pushing(ward)

    assert (report.repaired, ward.held.device().digest_alarm_at) == (0, None)
    assert name_of(ward, person) == "Clem"


@pytest.mark.parametrize("harm", ["body_changed", "row_lost", "record_lost", "scope_lost", "older_again", "no_json"])
def test_what_the_disk_did_to_one_record_is_found_within_a_day_and_mended(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService, harm: str
) -> None:
    people = [register(ward, alliance, f"Person {word}") for word in ("Elmsworth", "Yarrow", "Tamsin")]
    ward.sync()
    other = enrolled("ward")
    damage(ward, people[0].bytes, harm)
    quiet = ward.sync()
    assert quiet.repaired == 0, "nothing new came, so nothing was compared"

    later(ward, days=1)
    report = ward.sync()

    assert report.repaired == 1
    assert ward.held.device().digest_alarm_at == ward.laptop.clock()
    assert ward.bodies() == other.bodies()
    assert name_of(ward, people[0]) == "Person"
    later(ward, days=1)
    assert ward.sync().repaired == 0


def test_a_record_that_was_slipped_in_is_taken_out_of_the_scope_and_waits_to_be_confirmed(
    ward: Enrolled, alliance: AllianceService
) -> None:
    known = register(ward, alliance, "Winifred Oakes")
    ward.sync()
    stranger = ward.vault.ids().bytes
    with ward.vault.writing() as connection:
        body = connection.exec_driver_sql("SELECT body FROM person WHERE agg_id = ?", (known.bytes,)).scalar_one()
        connection.exec_driver_sql(
            "INSERT INTO rec_meta(rid, id, type, agg_id, rev) VALUES (90001, ?, 'person', ?, 1)", (stranger, stranger)
        )
        connection.exec_driver_sql("INSERT INTO person(rid, agg_id, body) VALUES (90001, ?, ?)", (stranger, body))
        connection.exec_driver_sql(
            "INSERT INTO rec_scope(sno, rid) SELECT sno, 90001 FROM sync_scope WHERE key LIKE 'site:%'"
        )

    later(ward, days=1)
    ward.sync()

    with ward.vault.reading() as read:
        kept = read.connection.exec_driver_sql("SELECT rev FROM rec_meta WHERE id = ?", (stranger,)).one()
        marks = read.connection.exec_driver_sql("SELECT envelope FROM acked_op WHERE id = ?", (stranger,)).all()
    assert (tuple(kept), [tuple(mark) for mark in marks]) == ((None,), [(None,)])
    assert ward.sync().repaired == 0


def test_a_feed_that_moves_while_it_is_compared_is_pulled_and_compared_again(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Barnaby Quill")
    ward.sync()
    other = enrolled("ward")
    damage(ward, person.bytes, "body_changed")
    meanwhile = [lambda: (register(other, alliance, "Meanwhile Arrived"), other.sync())]

    def write_first(path: str) -> bool:
        if path == DIGEST and meanwhile:
            meanwhile.pop()()
        return False

    ward.net.before = write_first
    later(ward, days=1)
    report = ward.sync()

    assert (report.repaired, report.at_head, meanwhile) == (1, True, [])
    assert ward.bodies() == other.bodies()


def test_only_what_differs_is_fetched(ward: Enrolled, alliance: AllianceService) -> None:
    people = [register(ward, alliance, f"Person {number}") for number in range(30)]
    ward.sync()
    damage(ward, people[7].bytes, "body_changed")
    ward.net.paths.clear()
    ward.net.rows.clear()

    later(ward, days=1)
    ward.sync()

    assert (ward.net.paths.count(DIGEST), ward.net.paths.count(FETCH)) == (2, 1)
    assert ward.net.rows[FETCH] == 1


def rename(laptop: Enrolled, person: object, name: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(
            Person, person, fields={"known_as": name}, add={"comm_needs": frozenset({CommunicationNeed.NEEDS_TIME})}
        )


def spell(laptop: Enrolled, person: object, family_name: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"family_name": family_name})


def kinds_unknown(laptop: Enrolled) -> set[str]:
    with laptop.vault.reading() as read:
        return set(read.connection.exec_driver_sql("SELECT type FROM unknown_record").scalars())


def name_of(laptop: Enrolled, person: object) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).known_as


def later(laptop: Enrolled, **span: float) -> None:
    laptop.laptop.clock.forward(**span)


def asked(laptop: Enrolled) -> int:
    return laptop.net.paths.count(DIGEST)


def sync_without_pushing(laptop: Enrolled):  # type: ignore[no-untyped-def]
    freeze, laptop.outbox.freeze = laptop.outbox.freeze, lambda *_args, **_more: ()  # type: ignore[method-assign]
    try:
        return laptop.sync()
    finally:
        laptop.outbox.freeze = freeze  # type: ignore[method-assign]


def at_service(alliance: AllianceService, scope: object) -> tuple[int, ...]:
    with psycopg.connect(alliance.database.owner_url) as connection:
        row = connection.execute("SELECT n, s0, s1, s2, s3 FROM feed_head WHERE scope_id = %s", (scope,)).fetchone()
    assert row is not None
    return tuple(row)


def damage(laptop: Enrolled, record_id: bytes, harm: str) -> None:
    """Do to one person's row what a disk or a stranger's hand could do, behind everybody's back."""
    statements = {
        "body_changed": ["UPDATE person SET body = json_set(body, '$.known_as', 'Wrong') WHERE agg_id = :id"],
        "no_json": ["UPDATE person SET body = json_set(body, '$.created_at', 7) WHERE agg_id = :id"],
        "row_lost": ["DELETE FROM person WHERE agg_id = :id"],
        "older_again": ["UPDATE rec_meta SET rev = 0 WHERE id = :id"],
        "scope_lost": ["DELETE FROM rec_scope WHERE rid IN (SELECT rid FROM rec_meta WHERE id = :id)"],
        "record_lost": [
            "DELETE FROM rec_scope WHERE rid IN (SELECT rid FROM rec_meta WHERE id = :id)",
            "DELETE FROM person WHERE agg_id = :id",
            "DELETE FROM rec_meta WHERE id = :id",
        ],
    }[harm]
    assert RECORD_TABLES[RecordType.PERSON].__tablename__ == "person"
    with laptop.vault.writing() as connection:
        for statement in statements:
            found = connection.exec_driver_sql(statement.replace(":id", "?"), (record_id,))
            assert found.rowcount, statement
