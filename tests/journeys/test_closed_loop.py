"""A referral goes round and comes back: asked once, sent to several, tried, shared, taken in part, passed on, ended.

Real PostgreSQL, real service, two laptops, two windows that exchange by themselves. Nobody of this story exists.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.codes import ContactKind, Need, Outcome, Purpose, ReferralState, Role, TaskKind
from app.domain.ids import PersonId, ReferralId
from app.domain.person import Person
from app.domain.referral import Referral
from app.domain.task import Task
from app.use_cases.laptop import OpenLaptop
from tests.demo.player import Player
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.ui.desk.conftest import door_of
from ui.desk import Desk
from ui.pages.attention import AttentionPage
from ui.pages.consent import ConsentPage
from ui.pages.consent_done import ConsentDonePage
from ui.pages.refer import ReferPage
from ui.pages.referral import ReferralPage
from ui.pages.referral_beside import TryForm
from ui.pages.referral_end_forms import PassOnForm
from ui.pages.referral_forms import AcceptForm, CloseForm, CompleteForm, StartForm
from ui.pages.register_person import RegisterPersonPage
from ui.pages.team_inbox import TeamInboxPage
from ui.pages.today import TodayPage
from ui.pyside_guard import keep_singletons
from ui.widgets import Answer, DateParts

PATIENCE_S = 60.0
TEAMS = ("courses", "mentoring", "outreach_support")
S = ReferralState


@dataclass
class Journey:
    """Two laptops at work with one service; a clock that jumps would lock them."""

    alliance: AllianceService
    folder: Path
    clock: Clock
    made: list[tuple[Desk, Enrolled]]

    def at_work(self, name: str, org: str, user: str, role: Role, scopes: list[str], teams: frozenset[str]) -> Player:
        laptop = enrol_laptop(
            self.folder / name,
            self.alliance.slip(org, user, scopes),
            user=self.alliance.user(user),
            role=role,
            clock=self.clock,
            teams=teams,
        )
        laptop.net.close()
        door = door_of(self.folder / name, self.clock, time.monotonic, Policy())
        door = replace(door, fraction=lambda: 0.0)
        opened = OpenLaptop(
            vault=laptop.vault, device_key=laptop.net.signer, paths=door.paths, person_id=laptop.actor.user
        )
        desk = Desk(opened, laptop.actor, door)
        self.made.append((desk, laptop))
        desk.shell.resize(1280, 860)
        desk.shell.show()
        desk.begin()
        desk.start_sync()
        player = Player(name, desk)
        player.until(lambda: desk.shell.status.words.startswith("Everything sent."), patience_s=PATIENCE_S)
        return player

    def exchange(self, *players: Player, until: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        self.clock.forward(seconds=2)
        while not until():
            assert time.monotonic() < ends, "the laptops did not come to an end"
            for player in players:
                player.desk._sync.sync_now()
                player.settle()


@pytest.fixture
def journey(qapp: QApplication, tmp_path: Path) -> Iterator[Journey]:
    keep_singletons()
    clock = Clock()
    alliance = AllianceService.start(tmp_path / "service", clock=clock)
    story = Journey(alliance, tmp_path, clock, [])
    yield story
    for desk, laptop in story.made:
        desk.close()
        laptop.close()
    alliance.stop()


def held(player: Player) -> dict[str, Referral]:
    """The referrals a laptop holds, by the slug of their service."""
    with player.desk.context.vault.reading() as read:
        found = read.all(Referral)
    return {str(each.to_service) if each.parent is None else f"onward {each.to_service}": each for each in found}


def state(player: Player, referral: ReferralId) -> ReferralState | None:
    with player.desk.context.vault.reading() as read:
        found = read.find(Referral, referral)
    return None if found is None else found.state


def today(player: Player) -> list[str]:
    player.go("today")
    page = player.page(TodayPage)
    cells = (page.table.rows.cell(row, 0) for row in range(page.table.rows.rowCount()))
    return [cell.words for cell in cells if cell is not None]


def on_referral(player: Player, referral: ReferralId) -> ReferralPage:
    player.go("referral", referral)
    return player.page(ReferralPage)


def form_of(page: ReferralPage, kind: type[Any]) -> Any:
    assert isinstance(page.form, kind)
    return page.form


@pytest.mark.timeout(420)
def test_a_referral_comes_back_whole(journey: Journey, qtbot: Any) -> None:
    alliance, clock = journey.alliance, journey.clock
    ward = journey.at_work(
        "ward", "aspire", "outreach_worker", Role.OUTREACH_WORKER, ["site:stoke_mandeville"], frozenset()
    )
    scopes = [f"intake:{team}" for team in TEAMS]
    intake = journey.at_work("intake", "back_up", "intake_worker", Role.INTAKE_WORKER, scopes, frozenset(TEAMS))

    person = _registered(ward, alliance)
    _asked(ward, person, alliance)
    outreach, housing = _referred(ward, person, alliance)
    assert state(ward, housing) in (S.QUEUED, S.SENT)
    journey.exchange(ward, intake, until=lambda: state(intake, outreach) is S.SENT)

    _opened_and_tried(intake, outreach, clock)
    _accepted_in_part(intake, outreach, clock)
    journey.exchange(ward, intake, until=lambda: state(ward, outreach) is S.ACCEPTED)
    _left_over_goes_elsewhere(ward, outreach, alliance)

    onward = next(
        key for key, each in held(ward).items() if each.parent is None and each.needs == {Need.FAMILY_SUPPORT}
    )
    family = held(ward)[onward].referral_id
    journey.exchange(ward, intake, until=lambda: state(intake, family) is S.SENT)
    _not_passed_on_to_whom_nobody_asked(journey, ward, intake, family)
    _passed_on(journey, ward, intake, family)
    _ended_with_both_views(journey, ward, intake, outreach)


def _registered(ward: Player, alliance: AllianceService) -> PersonId:
    ward.go("register_person")
    page = ward.page(RegisterPersonPage)
    ward.fill(page.form.full_name, "Tomasz Nowak")
    page.form.site.set_value(str(alliance.site("stoke_mandeville")))
    page.form.contact_kind.choices[ContactKind.MOBILE].click()
    ward.settle()
    ward.fill(page.form.contact_value, "07700 900123")
    page.form.may_use.ticks["call"].click()
    ward.press("Save")
    with ward.desk.context.vault.reading() as read:
        (person,) = read.all(Person)
    return person.person_id


def _asked(ward: Player, person: PersonId, alliance: AllianceService) -> None:
    """One talk: Aspire and Back Up may be in touch; nobody is asked about mentoring by anybody else."""
    ward.go("consent", person)
    page = ward.page(ConsentPage)
    for place in page.asking.places:
        page.asking.ask(place)
        said = Answer.AGREED if place[1] is Purpose.REFERRAL_CONTACT else Answer.REFUSED
        page.asking.bar.buttons[said].click()
        ward.settle()
    page.giver.age.choices["16_or_over"].click()
    page.how.scope.choices["contact_injury_needs"].click()
    page.how.agreed_to_script.ticks["yes"].click()
    page.how.method.choices["spoken_in_person"].click()
    page.how.read_back.ticks["yes"].click()
    ward.press("Check the answers")
    ward.press("Record consent")
    ward.page(ConsentDonePage)


def _referred(ward: Player, person: PersonId, alliance: AllianceService) -> tuple[ReferralId, ReferralId]:
    """One visit, two charities: the front door of one for everything that is wanted, a service of the other."""
    ward.go("refer", person)
    page = ward.page(ReferPage)
    assert page.needs is not None
    for need in (Need.WORK, Need.FAMILY_SUPPORT, Need.HOUSING):
        page.needs.ticks[need].click()
        ward.settle()
    for service in ("back_up_outreach", "aspire_housing"):
        row = page.rows[alliance.service_id(service)]
        row.tick.click()
        ward.settle()
    ward.press("Send 2 referrals")
    found = held(ward)
    return (
        found[str(alliance.service_id("back_up_outreach"))].referral_id,
        found[str(alliance.service_id("aspire_housing"))].referral_id,
    )


def _opened_and_tried(intake: Player, referral: ReferralId, clock: Clock) -> None:
    intake.go("team_inbox")
    inbox = intake.page(TeamInboxPage)
    (line,) = [each for each in inbox.lines if each.referral_id == referral]
    assert line.to_open.words.startswith("by ")
    assert line.to_answer.words.startswith("by ")
    page = on_referral(intake, referral)
    intake.press("Say that we opened it")
    intake.press("I look after it")
    assert page.beside.looked_after.words == "You look after it."
    intake.press("Record a try")
    form = form_of(page, TryForm)
    form.way.choices["call"].click()
    intake.press("Record this try")
    assert "2 more days to try" in page.beside.words.reaching
    clock.forward(seconds=5)


def _accepted_in_part(intake: Player, referral: ReferralId, clock: Clock) -> None:
    page = on_referral(intake, referral)
    intake.press("Accept")
    form = form_of(page, AcceptForm)
    day = clock().date() + timedelta(days=2)
    form.first_step_on.set_parts(DateParts(day=str(day.day), month=str(day.month), year=str(day.year)))
    form.needs.ticks[Need.FAMILY_SUPPORT].click()
    intake.press("Accept the referral")
    assert page.failure.isHidden(), page.failure.sentence.words
    clock.forward(seconds=5)


def _left_over_goes_elsewhere(ward: Player, referral: ReferralId, alliance: AllianceService) -> None:
    assert any(words.startswith("Back Up took on a part") for words in today(ward))
    page = on_referral(ward, referral)
    assert "did not take on" in page.beside.words.left
    ward.press("Refer for what is left")
    refer_page = ward.page(ReferPage)
    assert refer_page.visit.needs == {Need.FAMILY_SUPPORT}
    refer_page.rows[alliance.service_id("back_up_family_support")].tick.click()
    ward.settle()
    ward.press("Send 1 referral")
    assert not any(words.startswith("Back Up took on a part") for words in today(ward))


def _not_passed_on_to_whom_nobody_asked(journey: Journey, ward: Player, intake: Player, referral: ReferralId) -> None:
    page = on_referral(intake, referral)
    intake.press("Say that we opened it")
    journey.exchange(ward, intake, until=lambda: state(ward, referral) is S.RECEIVED)
    intake.press("Pass it on")
    form = form_of(page, PassOnForm)
    form.service.set_value(str(journey.alliance.service_id("sia_advocacy")))
    if form.service.value is not None:
        pytest.fail("a charity that takes nothing yet is offered")
    intake.press("Not now")
    _stopped_for_aspire(journey, ward, intake)
    intake.press("Pass it on")
    form = form_of(page, PassOnForm)
    form.service.set_value(str(journey.alliance.service_id("aspire_legal")))
    intake.press("Pass the referral on")
    journey.exchange(ward, intake, until=lambda: _has_card(intake))
    (card,) = intake.page(AttentionPage).cards
    assert "was not passed on" in card.statement.words
    intake.press("I have read this")
    assert state(intake, referral) is S.RECEIVED
    assert state(ward, referral) is S.RECEIVED
    journey.exchange(ward, intake, until=lambda: bool(_asks(ward, referral)))
    assert _asks(ward, referral) == [f"{journey.alliance.org('aspire')}/referral_contact"]
    assert _asks(intake, referral) == []


def _asks(player: Player, referral: ReferralId) -> list[str]:
    """What is to be asked of the person because a referral could not be passed on."""
    with player.desk.context.vault.reading() as read:
        return [task.rule for task in read.all(Task) if task.subject == referral and task.kind is TaskKind.ASK_AGAIN]


def _stopped_for_aspire(journey: Journey, ward: Player, intake: Player) -> None:
    """The person says no to being contacted by Aspire again; nothing of that reaches the intake team."""
    with ward.desk.context.vault.reading() as read:
        (person,) = read.all(Person)
    ward.go("consent", person.person_id)
    page = ward.page(ConsentPage)
    place = (journey.alliance.org("aspire"), Purpose.REFERRAL_CONTACT)
    page.asking.ask(place)
    page.asking.bar.buttons[Answer.REFUSED].click()
    ward.settle()
    page.giver.age.choices["16_or_over"].click()
    page.how.method.choices["spoken_in_person"].click()
    ward.press("Check the answers")
    ward.press("Record consent")
    ward.page(ConsentDonePage)
    journey.exchange(ward, intake, until=lambda: ward.desk.shell.status.words.startswith("Everything sent."))


def _has_card(intake: Player) -> bool:
    intake.go("attention")
    return bool(intake.page(AttentionPage).cards)


def _passed_on(journey: Journey, ward: Player, intake: Player, referral: ReferralId) -> None:
    page = on_referral(intake, referral)
    intake.press("Pass it on")
    form = form_of(page, PassOnForm)
    wanted = journey.alliance.service_id("back_up_courses")
    form.service.set_value(str(wanted))
    intake.press("Pass the referral on")
    journey.exchange(ward, intake, until=lambda: f"onward {wanted}" in held(ward))
    found = held(ward)[f"onward {wanted}"]
    assert (found.state, found.parent) == (S.SENT, referral)
    assert state(ward, referral) is S.REROUTED
    journey.exchange(ward, intake, until=lambda: f"onward {wanted}" in held(intake))


def _ended_with_both_views(journey: Journey, ward: Player, intake: Player, referral: ReferralId) -> None:
    page = on_referral(intake, referral)
    intake.press("Record the first contact")
    form = form_of(page, StartForm)
    form.channel.choices["phone"].click()
    intake.press(form.save_button.words)
    intake.press("Finish")
    form = form_of(page, CompleteForm)
    form.outcome.choices[Outcome.GOT_HELP].click()
    intake.press("Finish the referral")
    journey.exchange(ward, intake, until=lambda: state(ward, referral) is S.COMPLETED)
    page = on_referral(ward, referral)
    ward.press("Close the referral")
    form = form_of(page, CloseForm)
    form.person_view.choices["partly"].click()
    form.told.ticks["yes"].click()
    ward.press("Close it")
    journey.exchange(ward, intake, until=lambda: state(intake, referral) is S.CLOSED)
    for player in (ward, intake):
        seen = on_referral(player, referral)
        assert [said for _who, said in seen.beside.words.outcome] == ["Got the help", "It helped a bit"]
