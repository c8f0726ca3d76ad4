"""What a laptop changes of an agreement, a member or a service reaches everybody it concerns, at the next poll."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.domain.agreement import Agreement
from app.domain.bodies import KINDS, plain
from app.domain.clocks import london_day
from app.domain.codes import Decision, PackageField, Purpose, Role
from app.domain.ids import UserId
from app.domain.organisation import Organisation
from app.domain.record import field_rules
from app.domain.user import User
from sync.central import due
from sync.central.directory_changes import RULES_READ
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import (
    Ward,
    agree,
    answer,
    consent_op,
    open_and_accept,
    person_ops,
    refer,
    register,
    unsent_person,
)
from tests.helpers.central import AllianceService


@pytest.fixture
def office(alliance: AllianceService) -> Device:
    """The laptop of the secretariat, which is Aspire's office in this story."""
    header = alliance.administration.header(alliance.org("aspire"), Role.IT_ADMIN)
    account = User(
        **header,
        name="Invented Clerk",
        email="clerk@example.org",
        shown_name="Clerk",
        roles=frozenset({Role.SECRETARIAT}),
        active_from=london_day(alliance.service.clock()),
    )
    alliance.administration.add([account])
    return enrol(alliance, account, ["admin"])


@pytest.fixture
def person(alliance: AllianceService, ward: Device, intake: Device) -> Ward:
    """A person whom the partner has accepted: it reads the card."""
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    intake.cycle()
    assert fields_at(intake)["known_as"] == "Sam"
    return person


def enrol(alliance: AllianceService, account: User, scopes: list[str]) -> Device:
    """Enrol a laptop for an account that the story does not have."""
    found: dict[str, UserId] = {"office": UserId(account.id)}
    named: Callable[[str], UserId] = alliance.user
    alliance.user = lambda key: found.get(key) or named(key)  # type: ignore[method-assign]
    return Device.enrol(alliance, "aspire", "office", scopes)


def fields_at(intake: Device) -> dict[str, Any]:
    """Return what the one card at the partner shows; nothing where there is none."""
    cards = intake.bodies("share_card")
    assert len(cards) <= 1
    return {name: value for card in cards.values() for name, value in card.get("fields", {}).items()}


def paper(alliance: AllianceService) -> Agreement:
    (found,) = alliance.administration.alliance().directory.agreements
    return found


def change(office: Device, record: Any, **changes: Any) -> None:
    """Push a change of a record of the directory, and see it taken."""
    base = {name: plain(getattr(record, name)) for name in changes}
    op = office.patch(record, record.TYPE.value, changes=plain(changes), base=base)
    (result,) = office.push(op)
    assert result.state == "applied", result


def newer(office: Device, old: Agreement, **changes: Any) -> Agreement:
    """Return a further paper of the same parties, as the secretariat's laptop writes it."""
    return replace(old, **{**office.header(Role.SECRETARIAT), **changes})


def test_an_agreement_that_a_laptop_ends_takes_the_fields_away_at_the_next_poll(
    alliance: AllianceService, office: Device, intake: Device, person: Ward, clock: Clock
) -> None:
    yesterday = london_day(clock()) - timedelta(days=1)
    change(office, paper(alliance), ended_on=yesterday)
    intake.cycle()
    assert fields_at(intake) == {}
    assert intake.holds(person.referral.id)  # What was sent stays sent; the live view is closed.


def test_an_agreement_that_ends_with_a_day_holds_to_the_end_of_that_day(
    alliance: AllianceService, office: Device, intake: Device, person: Ward, clock: Clock
) -> None:
    change(office, paper(alliance), ended_on=london_day(clock()))
    intake.cycle()
    assert fields_at(intake)["known_as"] == "Sam"
    clock.advance(days=1)
    intake.token = ""
    intake.cycle()
    assert fields_at(intake) == {}


def test_a_narrower_agreement_in_place_of_a_wide_one_takes_away_what_it_does_not_name(
    alliance: AllianceService, office: Device, intake: Device, person: Ward, clock: Clock
) -> None:
    old = paper(alliance)
    narrow = newer(office, old, fields=old.fields - {PackageField.WARD})
    assert fields_at(intake)["ward"] == "St David"
    end = office.patch(old, "agreement", changes={"ended_on": str(london_day(clock()) - timedelta(days=1))})
    results = office.push(office.create(narrow), end, together=True)
    assert [result.state.value for result in results] == ["applied", "applied"], results
    intake.cycle()
    assert "ward" not in fields_at(intake)
    assert fields_at(intake)["known_as"] == "Sam"


def test_a_wider_agreement_gives_what_it_names(
    alliance: AllianceService, office: Device, ward: Device, intake: Device, clock: Clock
) -> None:
    old = paper(alliance)
    change(office, old, ended_on=london_day(clock()) - timedelta(days=1))
    narrow = newer(office, old, fields=old.fields - {PackageField.WARD})
    office.push(office.create(narrow))
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    intake.cycle()
    assert fields_at(intake)["known_as"] == "Sam"
    assert "ward" not in fields_at(intake)
    wide = newer(office, old, title="Wider")
    (result,) = office.push(office.create(wide))
    assert result.state == "applied"
    intake.cycle()
    assert fields_at(intake)["ward"] == "St David"


def test_a_first_agreement_opens_what_a_yes_alone_did_not(
    alliance: AllianceService, office: Device, ward: Device, clock: Clock
) -> None:
    old = paper(alliance)
    change(office, old, ended_on=london_day(clock()) - timedelta(days=1))
    coordinator = Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"])
    person = register(alliance, ward)
    agree(person, purpose=Purpose.MENTORING)
    coordinator.cycle()
    assert coordinator.bodies("share_card") == {}
    office.push(office.create(newer(office, old, title="New")))
    coordinator.cycle()
    assert fields_at(coordinator)["known_as"] == "Sam"


def test_a_member_that_has_left_holds_nothing_more(
    alliance: AllianceService, intake: Device, person: Ward, clock: Clock
) -> None:
    left = {"left_on": london_day(clock()) - timedelta(days=1)}
    alliance.administration.patch(organisation(alliance, "back_up"), left)
    intake.cycle()
    assert fields_at(intake) == {}
    assert not intake.holds(person.referral.id)


def organisation(alliance: AllianceService, slug: str) -> Organisation:
    return alliance.administration.alliance().directory.organisations[alliance.org(slug)]


def test_what_no_rule_reads_makes_nobody_due(alliance: AllianceService, office: Device, person: Ward) -> None:
    change(office, organisation(alliance, "aspire"), withdraw_phone="020 7946 0123")
    assert waiting(alliance) == 0
    change(office, organisation(alliance, "aspire"), policy={"caseload_linger_days": 14})
    assert waiting(alliance) == 1


def waiting(alliance: AllianceService) -> int:
    """Return how many changes of the directory wait to be spread."""
    with psycopg.connect(alliance.database.owner_url) as connection:
        found = connection.execute("SELECT count(*) FROM directory_change").fetchone()
    assert found is not None
    return int(found[0])


def test_a_change_is_spread_over_more_people_than_fit_in_one_go(
    alliance: AllianceService, office: Device, ward: Device, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(due, "BATCH", 3)
    monkeypatch.setattr(due, "SPREAD", 4)
    coordinator = Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"])
    people = [register(alliance, ward) for _ in range(7)]
    for person in people:
        agree(person, purpose=Purpose.MENTORING)
    coordinator.cycle()
    assert len(coordinator.bodies("share_card")) == 7
    change(office, paper(alliance), ended_on=london_day(clock()) - timedelta(days=1))
    alliance.service.timekeeper.run_all(alliance.service.clock)
    coordinator.cycle()
    assert coordinator.bodies("share_card") == {}
    assert waiting(alliance) == 0


def test_who_concerns_no_party_is_left_alone(alliance: AllianceService, ward: Device, clock: Clock) -> None:
    register(alliance, ward)
    agree(register(alliance, ward))
    alliance.service.timekeeper.run_all(clock)
    with psycopg.connect(alliance.database.owner_url) as connection:
        connection.execute("SELECT set_config('sync.writer', '1', false)")
        for org, concerned in (("sia", 0), ("back_up", 1), ("aspire", 2)):
            connection.execute("UPDATE aggregate SET next_due = NULL")
            connection.execute("SELECT note_directory_change(now(), %s)", ([alliance.org(org)],))
            connection.execute("SELECT spread_directory_change(now(), 5000), spread_directory_change(now(), 5000)")
            found = connection.execute("SELECT count(*) FROM aggregate WHERE next_due <= now()").fetchone()
            assert found == (concerned,), org


def test_a_change_waits_for_writers_that_go_by_what_stood_before(
    alliance: AllianceService, office: Device, ward: Device, clock: Clock
) -> None:
    """A person who is being written while the agreement ends is in nobody's list yet: the card would stay for ever."""
    coordinator = Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"])
    person = unsent_person(alliance, ward)
    yes = consent_op(ward, answer(person, "back_up", Purpose.MENTORING, Decision.AGREED))
    has_card, goes_on, ended = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def waits_once() -> Iterator[None]:
        if not has_card.is_set():
            has_card.set()
            assert goes_on.wait(10)
        yield

    def end() -> None:
        change(office, paper(alliance), ended_on=london_day(clock()) - timedelta(days=1))
        ended.set()
        alliance.service.timekeeper.run_all(clock)

    alliance.service.writer.timed_numbering = waits_once
    with ThreadPoolExecutor(2) as several:
        pushed = several.submit(ward.push, *person_ops(person), yes)
        assert has_card.wait(10)
        ending = several.submit(end)
        waited = not ended.wait(0.5)
        goes_on.set()
        assert {result.state.value for result in pushed.result()} == {"applied"}
        ending.result()
    assert waited
    coordinator.cycle()
    assert coordinator.bodies("share_card") == {}


def test_a_stranger_cannot_make_anybody_due(alliance: AllianceService) -> None:
    with psycopg.connect(alliance.database.service_url, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT note_directory_change(now(), '{}')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT FROM directory_change")


def test_fields_the_rules_read_are_fields() -> None:
    for kind, names in RULES_READ.items():
        assert names <= set(field_rules(KINDS[kind])), kind
