"""A person who was registered twice: warned of, made one by a coordinator, one on both laptops, and two again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.card import ShareCard
from app.domain.codes import ContactKind, Role, SameDecision
from app.domain.ids import PersonId
from app.domain.person import Person
from app.use_cases.laptop import OpenLaptop
from tests.central.story import push_stop
from tests.demo.player import Player
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.isolation.members import World, admit_members
from tests.isolation.pair_kit import registered_twice
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.ui.desk.conftest import door_of
from ui.desk import Desk
from ui.pages.people import PeoplePage
from ui.pages.person import PersonPage
from ui.pages.register_person import RegisterPersonPage
from ui.pages.same_person import SamePersonPage
from ui.pages.today import TodayPage
from ui.view_models.pair_words import ONE

PATIENCE_S = 60.0


@pytest.fixture
def alliance(tmp_path: Path) -> Iterator[AllianceService]:
    service = AllianceService.start(tmp_path / "service", clock=Clock())
    yield service
    service.stop()


@pytest.fixture
def at_work(qapp: QApplication, tmp_path: Path, alliance: AllianceService) -> Iterator[Callable[..., Player]]:
    """Enrol a laptop with the real service, and put somebody before its desk, which exchanges by itself."""
    made: list[tuple[Desk, Enrolled]] = []

    def one(name: str, user: str, role: Role, scopes: list[str], org: str = "aspire") -> Player:
        slip = alliance.slip(org, user, scopes)
        clock = Clock()
        # The ward's record is the older one, also by the clocks of the laptops.
        clock.forward(minutes=len(made))
        laptop = enrol_laptop(tmp_path / name, slip, user=alliance.user(user), role=role, clock=clock)
        laptop.net.close()
        door = replace(door_of(tmp_path / name, laptop.laptop.clock, time.monotonic, Policy()), fraction=lambda: 0.0)
        opened = OpenLaptop(
            vault=laptop.vault, device_key=laptop.net.signer, paths=door.paths, person_id=laptop.actor.user
        )
        desk = Desk(opened, laptop.actor, door)
        made.append((desk, laptop))
        desk.shell.resize(1280, 860)
        desk.shell.show()
        desk.begin()
        desk.start_sync()
        player = Player(name, desk)
        player.until(lambda: desk.shell.status.words.startswith("Everything sent."), patience_s=PATIENCE_S)
        return player

    yield one
    for desk, laptop in made:
        desk.close()
        laptop.close()


def exchange(*players: Player, until: Callable[[], bool]) -> None:
    """Let both laptops exchange until something holds."""
    ends = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < ends, "the laptops did not come to an end"
        for player in players:
            player.desk._sync.sync_now()
            player.settle()


def names(player: Player) -> list[str]:
    """Return who is on the list of people, as it is shown."""
    player.go("people")
    page = player.page(PeoplePage)
    player.settle()
    cells = (page.table.rows.cell(row, 0) for row in range(page.table.rows.rowCount()))
    return sorted(cell.words for cell in cells if cell is not None)


def held(player: Player) -> int:
    with player.desk.context.vault.reading() as read:
        return len(read.all(Person))


def registered(player: Player, name: str, alliance: AllianceService, ward: str) -> RegisterPersonPage:
    player.go("register_person")
    page = player.page(RegisterPersonPage)
    player.fill(page.form.full_name, name)
    page.form.site.set_value(str(alliance.site("stoke_mandeville")))
    player.fill(page.form.ward, ward)
    page.form.contact_kind.choices[ContactKind.MOBILE].click()
    player.settle()
    player.fill(page.form.contact_value, "07700 900123")
    player.until(lambda: page.same.cards != [] or name.startswith("William"))
    return page


@pytest.mark.timeout(300)
def test_a_person_who_was_registered_twice_becomes_one_on_both_laptops_and_two_again(
    at_work: Callable[..., Player], alliance: AllianceService, qtbot: Any
) -> None:
    ward = at_work("ward", "outreach_worker", Role.OUTREACH_WORKER, ["site:stoke_mandeville"])
    office = at_work("office", "ward_coordinator", Role.COORDINATOR, ["programme", "site:stoke_mandeville"])

    registered(ward, "William Fergusson", alliance, "St David")
    ward.press("Save")
    exchange(ward, office, until=lambda: held(office) == 1)

    page = registered(office, "Bill Ferguson", alliance, "Heron")
    office.until(lambda: [card.words.heading for card in page.same.cards] == ["Probably William Fergusson"])
    assert "Bill is short for William" in page.same.cards[0].words.why
    # The warning decides nothing: the coordinator goes on and looks into it later.
    office.press("Save")
    exchange(ward, office, until=lambda: held(ward) == 2)
    assert names(ward) == names(office) == ["Bill Ferguson", "William Fergusson"]

    _make_them_one(office, ward)
    exchange(ward, office, until=lambda: held(ward) == held(office) == 1)
    assert names(ward) == names(office) == ["William Fergusson"]

    with office.desk.context.vault.reading() as read:
        (person,) = read.all(Person)
    office.go("person", person.id)
    shown = office.page(PersonPage)
    office.until(lambda: bool(shown.joined.undo_buttons))
    office.press("Make two records again")
    exchange(ward, office, until=lambda: held(ward) == held(office) == 2)
    assert names(ward) == names(office) == ["Bill Ferguson", "William Fergusson"]


def _make_them_one(office: Player, ward: Player) -> None:
    exchange(ward, office, until=lambda: _asked(office) is not None)
    row = _asked(office)
    assert row is not None
    office.page(TodayPage).table.row_opened.emit(row)
    office.settle()
    page = office.page(SamePersonPage)
    for choice in page.choices.values():
        choice.set_value(ONE)
    office.press("Make them one record")


def _asked(office: Player) -> int | None:
    office.go("today")
    page = office.page(TodayPage)
    for row in range(page.table.rows.rowCount()):
        cell = page.table.rows.cell(row, 0)
        if cell is not None and cell.words.startswith("Maybe the same person"):
            return row
    return None


@pytest.mark.timeout(300)
def test_two_charities_hear_that_they_know_one_person_and_forget_it_when_they_may_not_any_more(
    at_work: Callable[..., Player], alliance: AllianceService
) -> None:
    world = World(alliance, admit_members(alliance))
    pair = registered_twice(world)
    pair.tell("aspire", "back_up")
    pair.tell("back_up", "aspire")
    pair.look()
    partner = at_work("partner", "partner_coordinator", Role.COORDINATOR, ["programme"], "back_up")
    row = _asked(partner)
    assert row is not None
    partner.page(TodayPage).table.row_opened.emit(row)
    partner.settle()
    page = partner.page(SamePersonPage)
    assert page.pair is not None
    assert (page.pair.one.name, page.pair.other.name) == ("Bill Ferguson", "William Fergusson")
    assert page.pair.other.facts.numbers == {}
    partner.press("This is one person")

    own, theirs = pair.ids("back_up")
    exchange(partner, until=lambda: _said(partner, own) == ["same_person"])
    pair.say("aspire", SameDecision.SAME)
    pair.look()
    exchange(partner, until=lambda: _elsewhere(partner, own) == ["Aspire has a record of this person too."])

    push_stop(pair.wards["aspire"], "back_up")
    pair.look()
    exchange(partner, until=lambda: _elsewhere(partner, own) == [])
    assert _asked(partner) is None
    with partner.desk.context.vault.reading() as read:
        assert read.of_person(ShareCard, theirs) == ()
    world.close()


def _said(player: Player, person: PersonId) -> list[str]:
    """Return what the service holds of a person's decisions, by what the laptop holds confirmed."""
    with player.desk.context.vault.reading() as read:
        rows = read.connection.exec_driver_sql(
            "SELECT json_extract(d.body, '$.decision') FROM same_person d JOIN rec_meta m ON m.rid = d.rid"
            " WHERE d.agg_id = ? AND m.rev IS NOT NULL",
            (person.bytes,),
        )
        return list(rows.scalars())


def _elsewhere(player: Player, person: PersonId) -> list[str]:
    player.go("person", person)
    shown = player.page(PersonPage)
    player.settle()
    return [button.accessibleName().partition(", ")[2] for button in shown.joined.elsewhere_buttons]
