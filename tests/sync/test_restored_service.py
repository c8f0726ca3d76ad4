"""The service was put back from a backup: stops hold, what was lost is offered again, both sides are the same after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from app.domain.clocks import london_day
from app.domain.codes import Decision, OpKind, ReferralState, Role
from app.domain.ids import PersonId, ReferralId
from app.domain.person import Person
from app.domain.referral import Referral
from app.use_cases import referrals, stops
from sync.central.administration import Administration
from sync.central.restoring import Replayed
from sync.central.service import Service
from sync.protocol.messages import DIGEST, PULL
from tests.helpers.central import AllianceService
from tests.helpers.postgres import Database, PostgresServer
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send, state, traces


class Central:
    """A service that can be stopped, backed up, put back, and started again at the same address."""

    def __init__(self, folder: Path, server: PostgresServer, clock: Clock) -> None:
        self._folder, self._server, self._clock = folder, server, clock
        self.alliance = AllianceService.start(folder, server=server, clock=clock)
        self._port = int(self.alliance.address.rpartition(":")[2])

    def backup(self) -> Database:
        self.alliance.stop()
        copied = self._server.copy_of(self.alliance.database)
        self._start(self.alliance.database)
        return copied

    def put_back(self, backup: Database, *, restored: bool = True) -> None:
        """Go on with the backup; `restored` runs the command first, as an operator shall."""
        self.alliance.stop()
        if restored:
            settings = replace(self.alliance.service.settings, postgres=backup.service_url, owner=backup.owner_url)
            service = Service(settings, clock=self._clock, new_id=self.alliance.service.new_id)
            service.open()
            self.done = service.restore()
            service.close()
        self._start(backup)

    def stop(self) -> None:
        self.alliance.stop()

    def _start(self, database: Database) -> None:
        self.alliance = AllianceService.start(
            self._folder, server=self._server, database=database, clock=self._clock, port=self._port
        )


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    started = PostgresServer.start()
    yield started
    started.stop()


@pytest.fixture
def central(tmp_path: Path, server: PostgresServer, clock: Clock) -> Iterator[Central]:
    made = Central(tmp_path / "central", server, clock)
    yield made
    made.stop()


@pytest.fixture
def laptop_of(tmp_path: Path, central: Central, clock: Clock) -> Iterator[Callable[[str], Enrolled]]:
    made: list[Enrolled] = []

    def one(which: str) -> Enrolled:
        alliance = central.alliance
        ward = which == "ward"
        slip = alliance.ward_slip() if ward else alliance.intake_slip()
        laptop = enrol_laptop(
            tmp_path / f"{which}{len(made)}",
            slip,
            user=alliance.user("outreach_worker" if ward else "intake_worker"),
            role=Role.OUTREACH_WORKER if ward else Role.INTAKE_WORKER,
            clock=clock,
            teams=frozenset() if ward else frozenset({"outreach_support", "mentoring", "courses"}),
        )
        made.append(laptop)
        laptop.sync()
        return laptop

    yield one
    for laptop in made:
        laptop.close()


def referred(ward: Enrolled, central: Central, name: str) -> PersonId:
    person = register(ward, central.alliance, name)
    agree(ward, central.alliance, person)
    send(ward, central.alliance, person)
    return person


def stop(ward: Enrolled, central: Central, person: PersonId) -> None:
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=central.alliance.org("back_up")))


def all_sync(*laptops: Enrolled, times: int = 2) -> None:
    for _time in range(times):
        for laptop in laptops:
            laptop.sync()


def people(laptop: Enrolled) -> set[str]:
    with laptop.vault.reading() as read:
        return {found.family_name for found in read.all(Person)}


def test_a_withdrawn_person_never_reaches_the_partner_again(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    before = referred(ward, central, "Honora Lambourne")
    all_sync(ward, intake)
    assert traces(intake, "Lambourne")
    backup = central.backup()
    stop(ward, central, before)
    after = referred(ward, central, "Isolde Marchbanks")
    all_sync(ward, intake)
    stop(ward, central, after)
    all_sync(ward, intake)

    central.put_back(backup)
    fresh = laptop_of("intake")

    assert central.done.replayed == Replayed(in_force=2)
    assert central.done.feeds > 0
    assert traces(fresh, "Lambourne") == []
    intake.sync()
    fresh.sync()
    all_sync(ward, intake, fresh)
    for laptop in (intake, fresh):
        assert (traces(laptop, "Lambourne"), traces(laptop, "Marchbanks")) == ([], [])
    assert state_of(ward, before) is ReferralState.WITHDRAWN
    assert state_of(ward, after) is ReferralState.WITHDRAWN


def test_who_was_referred_and_stopped_after_the_backup_leaves_a_partner_that_had_not_heard_of_the_stop(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    backup = central.backup()
    person = referred(ward, central, "Seraphina Holloway")
    all_sync(ward, intake)
    stop(ward, central, person)
    ward.sync()
    assert traces(intake, "Holloway")

    central.put_back(backup)
    intake.sync()

    assert traces(intake, "Holloway") == []
    all_sync(ward, intake)
    assert traces(intake, "Holloway") == []
    assert_like_the_service(intake, backup)


def test_a_stop_said_to_a_partner_holds_although_the_referral_it_had_is_forgotten(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    person = register(ward, central.alliance, "Ottoline Fairweather")
    agree(ward, central.alliance, person)
    ward.sync()
    backup = central.backup()
    send(ward, central.alliance, person)
    all_sync(ward, intake)
    stop(intake, central, person)
    intake.sync()

    central.put_back(backup)

    assert central.done.replayed == Replayed(in_force=1)
    all_sync(ward, intake)
    assert traces(intake, "Fairweather") == []
    # Offered again it meets the stop, and waits on the ward for somebody to look at.
    assert state_of(ward, person) is ReferralState.DRAFT


def test_a_stop_is_shown_also_where_it_was_written_by_an_account_that_the_backup_holds_closed(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    person = referred(ward, central, "Perpetua Holloway")
    all_sync(ward, intake)
    referral_id = referral_of(intake, person)
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    intake.laptop.clock.forward(minutes=5)
    day = london_day(intake.laptop.clock())
    referrals.accept(intake.vault, **intake.act, referral_id=referral_id, first_step_on=day)
    all_sync(intake, ward)
    assert state_of(ward, person) is ReferralState.ACCEPTED
    who = ward.actor
    Administration(central.alliance.service).dismiss_user(who.org, who.user)
    backup = central.backup()
    Administration(central.alliance.service).admit_user(who.device, who.org, who.user)
    ward.laptop.clock.forward(minutes=5)
    agree(ward, central.alliance, person, decision=Decision.REFUSED)
    all_sync(ward, times=1)

    # The steps are offered again and are held, since the account left; the refusal itself stands in the journal.
    central.put_back(backup)
    all_sync(ward, intake, times=3)

    assert state_of(ward, person) is ReferralState.WITHDRAWN
    assert_like_the_service(ward, backup)


def test_without_the_command_the_stops_hold_all_the_same(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    person = referred(ward, central, "Perdita Ravenscroft")
    all_sync(ward, intake)
    backup = central.backup()
    stop(ward, central, person)
    all_sync(ward, intake)

    central.put_back(backup, restored=False)
    fresh = laptop_of("intake")

    assert traces(fresh, "Ravenscroft") == []
    all_sync(ward, intake, fresh, times=3)
    assert traces(intake, "Ravenscroft") == []


def test_what_the_service_lost_is_offered_again_and_both_sides_are_the_same(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, other, intake = laptop_of("ward"), laptop_of("ward"), laptop_of("intake")
    kept = referred(ward, central, "Emmeline Cartwright")
    all_sync(ward, other, intake)
    backup = central.backup()
    lost = referred(ward, central, "Thaddeus Winslow")
    rename(other, kept, "Emmy")
    all_sync(ward, other, intake)
    referral_id = referral_of(intake, lost)
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    all_sync(intake, ward, other)
    epochs = lives(ward)

    central.put_back(backup)
    register(ward, central.alliance, "Written Meanwhile")
    all_sync(ward, other, intake, times=3)
    fresh = laptop_of("ward")

    assert lives(ward) != epochs
    assert {"Cartwright", "Winslow", "Meanwhile"} == people(ward) == people(other) == people(fresh)
    assert ward.bodies() == other.bodies() == fresh.bodies()
    assert known_as(fresh, kept) == "Emmy"
    assert state_of(ward, lost) is ReferralState.RECEIVED
    for laptop in (ward, other, intake):
        assert (laptop.attention(), laptop.outbox.waiting().unsent) == ([], 0)
        assert_like_the_service(laptop, backup)


def test_a_laptop_that_was_answered_for_more_than_the_service_has_offers_it_again(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward = laptop_of("ward")
    register(ward, central.alliance, "First Person")
    ward.sync()
    backup = central.backup()
    register(ward, central.alliance, "Second Person")
    ward.sync()
    cursors = [scope.cursor for scope in ward.held.scopes()]

    central.put_back(backup, restored=False)
    register(ward, central.alliance, "Third Person")
    all_sync(ward)
    fresh = laptop_of("ward")

    assert [scope.cursor for scope in ward.held.scopes()] >= cursors
    assert ward.bodies() == fresh.bodies()
    assert len(people(fresh)) == 1
    assert_like_the_service(ward, backup)


def test_a_cycle_cut_off_after_the_offer_begins_no_second_life(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward = laptop_of("ward")
    register(ward, central.alliance, "First Person")
    ward.sync()
    backup = central.backup()
    register(ward, central.alliance, "Second Person")
    ward.sync()
    central.put_back(backup)
    ward.net.lose = lambda path: path == DIGEST
    with pytest.raises(Exception, match="offline"):
        ward.sync()
    life = ward.outbox.lane(1).lane_epoch
    ward.net.lose = lambda _path: False

    ward.sync()

    assert ward.outbox.lane(1).lane_epoch == life
    assert_like_the_service(ward, backup)


def test_a_laptop_away_for_longer_than_drops_are_kept_compares_instead_of_following(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward, intake = laptop_of("ward"), laptop_of("intake")
    person = referred(ward, central, "Cosima Underwood")
    all_sync(ward, intake)
    stop(ward, central, person)
    ward.sync()
    forget_drops(central.alliance.database)

    report = intake.sync()

    assert report.at_head
    assert traces(intake, "Underwood") == []
    assert intake.net.paths.count(DIGEST) > 0
    assert intake.net.paths.count(PULL) > 0
    assert_like_the_service(intake, central.alliance.database)


def test_what_nobody_ever_confirmed_is_shown_after_thirty_days(
    central: Central, laptop_of: Callable[[str], Enrolled], clock: Clock
) -> None:
    ward = laptop_of("ward")
    backup = central.backup()
    person = register(ward, central.alliance, "Leofric Stanhope")
    ward.sync()
    with ward.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM acked_op")
    central.put_back(backup)

    all_sync(ward)
    assert known_as(ward, person) == "Leofric", "it stays"
    assert ward.attention() == []
    clock.forward(days=31)
    all_sync(ward, times=2)
    clock.forward(days=1, minutes=1)
    ward.sync()

    assert set(ward.attention()) == {"not_confirmed"}
    assert known_as(ward, person) == "Leofric"


def test_stops_are_journalled_with_the_eyes_of_the_device(
    central: Central, laptop_of: Callable[[str], Enrolled]
) -> None:
    ward = laptop_of("ward")
    person = referred(ward, central, "Augusta Penrose")
    stop(ward, central, person)
    ward.sync()

    (entry,) = central.alliance.service.journal.entries()

    assert entry["op"]["k"] == OpKind.CONSENT
    assert set(entry["scopes"]) == {str(scope.id) for scope in ward.held.scopes()}


def rename(laptop: Enrolled, person: PersonId, name: str) -> None:
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields={"known_as": name})


def known_as(laptop: Enrolled, person: PersonId) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, person).known_as


def referral_of(laptop: Enrolled, person: PersonId) -> ReferralId:
    with laptop.vault.reading() as read:
        (found,) = read.of_person(Referral, person)
    return ReferralId(found.id)


def state_of(laptop: Enrolled, person: PersonId) -> ReferralState | None:
    return state(laptop, referral_of(laptop, person))


def lives(laptop: Enrolled) -> list[int | None]:
    return [scope.epoch for scope in laptop.held.scopes()]


def assert_like_the_service(laptop: Enrolled, database: Database) -> None:
    laptop.held.recount()
    with psycopg.connect(database.owner_url) as connection:
        for scope in laptop.held.scopes():
            row = connection.execute(
                "SELECT n, s0, s1, s2, s3, epoch, head FROM feed_head WHERE scope_id = %s", (scope.id,)
            ).fetchone()
            assert row is not None
            assert (tuple(row[:5]), row[5:]) == (tuple(scope.sums), (scope.epoch, scope.cursor)), scope.key


def forget_drops(database: Database) -> None:
    """Do what the service does with drops of two years ago."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("DELETE FROM feed WHERE op = 'D'")
        connection.execute("UPDATE feed_head SET floor = head")
