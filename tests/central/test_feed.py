"""Feeds: commit order with many writers, pages that fit, sums that add up, and time that takes away."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import msgspec
import psycopg
import pytest

from app.domain.clocks import london_day
from app.domain.codes import ContactKind, Decision, OpKind, Purpose
from app.domain.person import ContactPoint
from sync.central.database import Context
from tests.central.conftest import Clock
from tests.central.device import AnsweredNoError, Device
from tests.central.story import (
    agree,
    answer,
    consent_op,
    open_and_accept,
    person_ops,
    push_stop,
    refer,
    register,
    unsent_person,
)
from tests.helpers.central import AllianceService

SITE = "site:stoke_mandeville"

PAGE = {"after": 0, "start": 0, "rows": 1500}


def test_eight_writers_at_once_lose_nothing(alliance: AllianceService, ward: Device) -> None:
    writers = [Device.enrol(alliance, "aspire", "outreach_worker", [SITE]) for _ in range(8)]
    written: list[set[object]] = [set() for _ in writers]
    faults: list[BaseException] = []
    done = threading.Event()

    def write(place: int) -> None:
        device = writers[place]
        try:
            for _ in range(12):
                ops = person_ops(unsent_person(alliance, device))
                while True:
                    try:
                        results = device.push(*ops, together=True)
                        break
                    except AnsweredNoError as no:
                        if no.refusal.error != "busy":
                            raise
                if {result.state for result in results} != {"applied"}:
                    raise AssertionError(results)
                written[place] |= {op.record_id for op in ops}
        except BaseException as fault:  # noqa: BLE001 - a thread's fault is the test's
            faults.append(fault)

    def follow() -> None:
        try:
            while not done.is_set():
                ward.pull(max_rows=100)
        except BaseException as fault:  # noqa: BLE001 - a thread's fault is the test's
            faults.append(fault)

    reader = threading.Thread(target=follow)
    threads = [threading.Thread(target=write, args=(place,)) for place in range(8)]
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    ward.pull()
    assert faults == []
    # A reader that follows while others write, and never looks back, has everything that was acknowledged.
    assert set().union(*written) <= set(ward.held[alliance.scope(SITE, "aspire")])


def test_feed_numbers_have_no_gaps_and_the_feed_does_not_grow_with_edits(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    scope = alliance.scope(SITE, "aspire")
    before = count_of(alliance, ward, scope)
    for name in ("a", "b", "c"):
        ward.push(ward.patch(person.person, "person", changes={"known_as": name}, base={}))
    rows, head, present = count_of(alliance, ward, scope)
    assert (rows, present) == (before[0], before[2])
    assert head == before[1] + 3
    lines = ward.pull()
    seqs = [line.seq for line in lines if line.scope_index == list(ward.cursors).index(scope)]
    assert seqs == sorted(set(seqs))


def test_the_sums_of_a_feed_are_those_of_its_records(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    push_stop(person)
    ward.push(ward.patch(person.stay, "stay", changes={"ward": "Heron"}, base={"ward": "St David"}))
    with alliance.service.database.reading(context_of(ward)) as connection:
        for scope in ward.cursors:
            head = connection.execute(
                "SELECT n, s0, s1, s2, s3 FROM feed_head WHERE scope_id = %s", (scope,)
            ).fetchone()
            found = connection.execute("SELECT h FROM feed WHERE scope_id = %s AND op = 'P'", (scope,)).fetchall()
            sums = [sum(int.from_bytes(h[place : place + 4], "big") for (h,) in found) for place in (0, 4, 8, 12)]
            assert head == (len(found), *sums)


def test_pages_are_as_small_as_asked_and_together_are_everything(alliance: AllianceService, ward: Device) -> None:
    people = [register(alliance, ward) for _ in range(30)]
    small, large = (Device.enrol(alliance, "aspire", "outreach_worker", [SITE]) for _ in range(2))
    page, more = small.pull_page(max_rows=100)
    assert len(page) == 100
    assert more
    small.pull(max_rows=100)
    large.pull()
    assert {scope: set(held) for scope, held in small.held.items()} == {
        scope: set(held) for scope, held in large.held.items()
    }
    assert set(small.bodies("person")) == {person.person_id for person in people}


def test_a_page_stops_at_its_bytes(alliance: AllianceService, ward: Device) -> None:
    for _ in range(60):
        register(alliance, ward, home_situation="x" * 300)
    reader = Device.enrol(alliance, "aspire", "outreach_worker", [SITE])
    page, more = reader.pull_page(max_bytes=65536)
    assert more
    size = sum(len(line.body) + 200 for line in page)
    assert 30_000 < size < 100_000


def test_a_first_load_leaves_out_what_was_dropped_before_it(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    push_stop(person)
    assert [line for line in intake.pull() if line.kind == "D"] == []
    late = register(alliance, ward)
    agree(late)
    refer(late)
    intake.pull()
    push_stop(late)
    assert {line.kind for line in intake.pull()} == {"D"}


def test_an_idle_laptop_gets_an_empty_page_at_the_head(ward: Device) -> None:
    ward.pull()
    page, more = ward.pull_page()
    assert (page, more) == ([], False)
    assert all(cursor.at_head for cursor in ward.cursors.values())


def test_a_drop_is_told_by_fetch_too(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.pull()
    scope = alliance.scope("intake:outreach_support", "back_up")
    assert person.referral is not None
    (there,) = intake.fetch(scope, person.referral.id)
    assert there.kind == "P"
    push_stop(person)
    (gone,) = intake.fetch(scope, person.referral.id)
    assert (gone.kind, gone.why, bytes(gone.body)) == ("D", "consent", b"")


def test_one_team_holds_nothing_of_another(alliance: AllianceService, ward: Device) -> None:
    mentoring = Device.enrol(alliance, "back_up", "intake_worker", ["intake:mentoring"])
    person = register(alliance, ward)
    agree(person)
    refer(person)
    mentoring.pull()
    assert mentoring.bodies("referral") == mentoring.bodies("share_card") == {}


def test_a_partner_sees_nothing_of_a_referral_to_another(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    agree(person, org="aspire")
    first = person.referral
    results = refer(person, "aspire_housing", to_org=alliance.org("aspire"))
    assert results[1].state in ("merged", "rejected")
    intake.pull()
    assert first is not None
    assert set(intake.bodies("referral")) == {first.id}
    assert {body["receiver"] for body in intake.bodies("share_card").values()} == {str(intake.org)}


def test_consent_that_ends_takes_the_referral_back_without_anybody_doing_anything(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = register(alliance, ward)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    soon = london_day(ward.now()) + timedelta(days=3)
    event = replace(event, lines=(replace(event.lines[0], review_on=soon, ends_on=soon),))
    (result,) = ward.push(consent_op(ward, event))
    assert result.state == "applied"
    person.events.append(event)
    refer(person)
    intake.pull()
    assert len(intake.bodies("referral")) == 1
    clock.advance(days=4)
    intake.token = ""
    intake.pull()
    assert len(intake.bodies("referral")) == 1, "lapsed consent still reads"
    clock.advance(days=30)
    intake.token = ""
    lines = intake.pull()
    assert {line.why for line in lines if line.kind == "D"} == {"consent"}
    assert intake.bodies("referral") == {}
    ward.token = ""
    ward.pull()
    assert person.referral is not None
    assert ward.bodies("referral")[person.referral.id]["state"] == "withdrawn"


def test_a_change_that_opens_nothing_to_anybody_does_not_forget_when_consent_ends(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = register(alliance, ward)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    soon = london_day(ward.now()) + timedelta(days=3)
    ward.push(consent_op(ward, replace(event, lines=(replace(event.lines[0], review_on=soon, ends_on=soon),))))
    person.events.append(event)
    refer(person)
    intake.pull()
    assert len(intake.bodies("referral")) == 1
    phone = ContactPoint(
        **ward.header(), person=person.person_id, kind=ContactKind.MOBILE, value="+447700900555", label="Home"
    )
    (result,) = ward.push(ward.create(phone))
    assert result.state == "applied"
    clock.advance(days=34)
    intake.token = ""
    intake.pull()
    assert intake.bodies("referral") == {}


def test_an_accepted_referral_runs_on_when_consent_ends_and_the_card_closes(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = register(alliance, ward)
    event = answer(person, "back_up", Purpose.REFERRAL_CONTACT, Decision.AGREED)
    soon = london_day(ward.now()) + timedelta(days=3)
    event = replace(event, lines=(replace(event.lines[0], review_on=soon, ends_on=soon),))
    ward.push(consent_op(ward, event))
    person.events.append(event)
    refer(person)
    open_and_accept(intake, person)
    intake.pull()
    assert intake.bodies("share_card")
    clock.advance(days=40)
    intake.token = ""
    intake.pull()
    assert len(intake.bodies("referral")) == 1
    assert intake.bodies("share_card") == {}


def test_a_person_who_moves_leaves_one_site_and_comes_to_the_other(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    other = Device.enrol(alliance, "aspire", "ward_coordinator", ["site:salisbury"])
    person = register(alliance, ward)
    ward.pull()
    other.pull()
    assert not other.holds(person.person_id)
    coordinator = Device.enrol(alliance, "aspire", "ward_coordinator", ["programme"])
    coordinator.pull()
    (moved,) = coordinator.push(
        coordinator.patch(
            person.stay,
            "stay",
            changes={"site": str(alliance.site("salisbury"))},
            base={"site": str(alliance.site("stoke_mandeville"))},
        )
    )
    assert moved.state == "applied"
    other.pull()
    assert other.bodies("person")[person.person_id]["known_as"] == "Sam"
    lines = ward.pull()
    assert {line.why for line in lines if line.kind == "D"} <= {"moved"}


def test_a_scope_that_opens_later_gets_who_belongs_there(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    coordinator = Device.enrol(alliance, "aspire", "ward_coordinator", ["programme"])
    coordinator.push(
        coordinator.patch(person.stay, "stay", changes={"site": str(alliance.site("cardiff"))},
                          base={"site": str(alliance.site("stoke_mandeville"))})
    )  # fmt: skip
    late = Device.enrol(alliance, "aspire", "outreach_worker", ["site:cardiff"])
    late.pull()
    assert late.holds(person.person_id)
    assert {body["org"] for body in late.bodies("user").values()} == {str(alliance.org("aspire"))}


def test_a_laptop_that_reports_less_than_before_takes_its_receipt_back(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    push_stop(person)
    intake.cycle()
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert receipt["removed"] == 1
    intake.confirm(cleaned=False)
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    assert receipt.get("removed", 0) == 0


def test_a_laptop_that_was_seen_and_has_not_removed_yet_locks_itself_later(
    alliance: AllianceService, ward: Device, intake: Device, clock: Clock
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    intake.cycle()
    push_stop(person)
    clock.advance(days=3)
    for device in (intake, ward):
        device.sign_in()
    intake.pull()
    intake.confirm(cleaned=False)
    ward.pull()
    (receipt,) = ward.bodies("removal_receipt").values()
    waiting = next(each for each in receipt["waiting"] if each["device"] == str(intake.device_id))
    seen = london_day(clock())
    assert (waiting["last_seen_on"], waiting["locks_on"]) == (str(seen), str(seen + timedelta(days=14)))


def test_a_lease_is_renewed_only_at_every_head(alliance: AllianceService, ward: Device) -> None:
    ward.pull()
    assert ward.confirm().lease is not None
    other = Device.enrol(alliance, "aspire", "outreach_worker", [SITE])
    register(alliance, other)
    assert ward.confirm().lease is None
    ward.pull()
    assert ward.confirm().lease is not None


def test_a_stop_is_written_to_the_journal_before_it_is_acknowledged(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    agree(person)
    assert alliance.service.journal.entries() == []
    push_stop(person)
    (entry,) = alliance.service.journal.entries()
    assert entry["op"]["agg"] == str(person.person_id)
    assert entry["op"]["set"]["kind"] == "withdrawal"


def test_a_stop_is_not_acknowledged_while_the_journal_cannot_be_written(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    file = alliance.service.settings.journal
    file.mkdir()
    with pytest.raises(AnsweredNoError) as no:
        push_stop(person)
    assert (no.value.status, no.value.refusal.error) == (503, "busy")
    assert int(no.value.headers["Retry-After"]) > 0
    file.rmdir()
    assert push_stop(person).state == "applied"


def test_a_lock_that_does_not_come_in_time_is_answered_busy(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    with psycopg.connect(alliance.database.owner_url) as blocker:
        blocker.execute("SELECT FROM aggregate WHERE agg_id = %s FOR UPDATE", (person.person_id,))
        op = ward.patch(person.person, "person", changes={"known_as": "Mira"}, base={"known_as": "Sam"})
        with pytest.raises(AnsweredNoError) as no:
            ward.push(op)
        assert (no.value.status, no.value.refusal.error) == (503, "busy")
        blocker.rollback()
    (result,) = ward.push(op)
    assert result.state == "applied"


def test_the_plan_of_a_page_is_index_scans_and_nested_loops(alliance: AllianceService, ward: Device) -> None:
    from sync.central import feed

    register(alliance, ward)
    scope = alliance.scope(SITE, "aspire")
    with alliance.service.database.reading(context_of(ward)) as connection:
        connection.execute(feed._NESTED_LOOPS)
        asked = feed._asked(scope, ward.now()) | {"after": 0, "start": 0, "rows": 500}
        rows = connection.execute("EXPLAIN " + feed._PAGE, asked).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Hash Join" not in plan
    assert "Merge Join" not in plan
    assert "Nested Loop Left Join" in plan
    assert "uq_feed_scope_id_seq" in plan or "feed_" in plan
    assert "Seq Scan on feed" not in plan


@pytest.mark.parametrize("asked_by", ["a page", "a push"])
def test_a_large_service_never_reads_the_whole_list_of_who_sees_what(
    alliance: AllianceService, ward: Device, asked_by: str
) -> None:
    from sync.central import feed, loading

    register(alliance, ward)
    some = [uuid4() for _ in range(500)]
    statement, asked = {
        "a page": (feed._PAGE, feed._asked(alliance.scope(SITE, "aspire"), ward.now()) | PAGE),
        "a push": (loading._ROWS, (some, some, some)),
    }[asked_by]
    with psycopg.connect(alliance.database.owner_url) as connection:
        # What PostgreSQL would believe of the tables of a large alliance; none of it is kept.
        connection.execute(
            "UPDATE pg_class SET reltuples = CASE relname WHEN 'visibility' THEN 80000 ELSE 100000000 END, relpages = 1"
            " WHERE relkind = 'r' AND relname ~ '^(visibility|(record|feed)_[0-9]+)$'"
        )
        connection.execute("SET LOCAL ROLE alongside_service")
        connection.execute(feed._NESTED_LOOPS)
        plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + statement, asked).fetchall())
        connection.rollback()
    assert "SubPlan" in plan
    assert "Seq Scan on visibility" not in plan
    assert "hashed" not in plan


def test_audit_entries_are_received_with_a_signed_receipt(alliance: AllianceService, ward: Device) -> None:
    from app.domain.audit import AuditEntry
    from app.domain.codes import AuditAction
    from sync.protocol.proof import control_is_valid

    lead = Device.enrol(alliance, "aspire", "ward_data_protection_lead", ["rights"])
    entries = [
        AuditEntry(
            **ward.header(), seq=seq, action=AuditAction.OPEN_PERSON, at=ward.now().replace(microsecond=0),
            previous="0" * 64, hash=f"{seq:064x}",
        )
        for seq in (1, 2)
    ]  # fmt: skip
    results = ward.push(*[ward.create(entry, OpKind.APPEND) for entry in entries])
    assert [result.state for result in results] == ["applied"] * 2
    receipt = ward.end.audit
    assert receipt is not None
    assert (receipt["device"], receipt["seq"], receipt["head"]) == (str(ward.device_id), 2, f"{2:064x}")
    assert control_is_valid(receipt, alliance.service.keys.public)
    lead.pull()
    assert len(lead.bodies("audit_entry")) == 2
    assert msgspec.to_builtins(results[0])["rev"] == 1


def count_of(alliance: AllianceService, device: Device, scope: object) -> tuple[int, int, int]:
    with alliance.service.database.reading(context_of(device)) as connection:
        rows = connection.execute("SELECT count(*) FROM feed WHERE scope_id = %s", (scope,)).fetchone()
        head = connection.execute("SELECT head, n FROM feed_head WHERE scope_id = %s", (scope,)).fetchone()
    assert rows is not None
    assert head is not None
    return rows[0], head[0], head[1]


def context_of(device: Device) -> Context:
    return Context(org=device.org, device=device.device_id, scopes=tuple(device.cursors))


def test_a_change_that_decides_nothing_keeps_the_moment_at_which_time_does(
    alliance: AllianceService, ward: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    due = "SELECT next_due FROM aggregate WHERE agg_id = %s"
    with psycopg.connect(alliance.database.owner_url) as owner:
        before = owner.execute(due, (person.person_id,)).fetchone()
        assert before is not None
        assert before[0] is not None
    ward.push(ward.patch(person.contact, "contact_point", base_rev=1, changes={"label": "His sister"}))
    with psycopg.connect(alliance.database.owner_url) as owner:
        assert owner.execute(due, (person.person_id,)).fetchone() == before
