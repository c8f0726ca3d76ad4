"""From a consent or a withdrawal recorded on the ward to the partner's screen, both online and in use."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import monotonic

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.domain.codes import ConsentMethod, Decision, Need, Purpose, Scope
from app.domain.consent_check import Cell
from app.domain.ids import PersonId, ServiceId
from app.use_cases import stops
from app.use_cases.consents import ConsentForm, record_consent
from app.use_cases.people import NewPerson, register_person
from app.use_cases.refer import Request, refer
from tests.benchmarks.figures import Figure, percentile
from tests.demo.player import Player
from tests.demo.world import World
from ui.desk import Desk
from ui.pages.team_inbox import TeamInboxPage
from ui.pages.today import TodayPage

TIMES = 20


def measure() -> list[Figure]:
    """Record and wait, again and again, with two desks and their sync threads against the real service."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), say=lambda _: None)
        try:
            taken = _taken(world)
        finally:
            world.close()
    return [
        Figure(
            name=f"{what} to the partner's screen, both in use, p95 of {TIMES}",
            value=percentile(seconds, 95),
            unit="s",
            goal=6,
        )
        for what, seconds in zip(("consent", "withdrawal"), taken, strict=True)
    ]


def _taken(world: World) -> tuple[list[float], list[float]]:
    world.clock.set_back(0)
    players = []
    for laptop in (world.ward, world.partner):
        assert laptop.open is not None
        desk = Desk(laptop.open, laptop.actor, laptop.front_door())
        desk.shell.show()
        desk.begin()
        player = Player(laptop.name, desk)
        player.until(lambda desk=desk: desk.page is not None)  # type: ignore[misc]
        desk.start_sync()
        # The leases of the invented past are over: a first exchange renews them.
        player.until(lambda desk=desk: isinstance(desk.page, TodayPage))  # type: ignore[misc]
        players.append(player)
    ward, partner = players
    partner.go("team_inbox")
    page = partner.page(TeamInboxPage)
    consents: list[float] = []
    withdrawals: list[float] = []
    for number in range(TIMES):
        # Both windows stay in use: two minutes without a key, and the program rightly asks less often.
        QTest.keyClick(partner.desk.shell, Qt.Key.Key_Shift)
        shown = len(page.lines)
        began = monotonic()
        person = _record(world, number)
        ward.desk.context.sync_now()
        partner.until(lambda shown=shown: len(page.lines) > shown)  # type: ignore[misc]
        consents.append(monotonic() - began)
        began = monotonic()
        asked = stops.Stop(org=world.service.org("back_up"))
        stops.stop_sharing(world.ward.vault, **world.ward.act, person_id=person, stop=asked)
        ward.desk.context.sync_now()
        partner.until(lambda shown=shown: len(page.lines) <= shown)  # type: ignore[misc]
        withdrawals.append(monotonic() - began)
    for player in players:
        player.desk.close()
    return consents, withdrawals


def _record(world: World, number: int) -> PersonId:
    vault, act = world.ward.vault, world.ward.act
    form = NewPerson(full_name=f"Ama Number{number}", site=world.service.site("stoke_mandeville"))
    person = register_person(vault, **act, form=form)
    cell = Cell(
        org=world.service.org("back_up"),
        purpose=Purpose.REFERRAL_CONTACT,
        decision=Decision.AGREED,
        scope=Scope.CONTACT_INJURY_NEEDS,
    )
    talk = ConsentForm(answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes", read_back=True)
    record_consent(vault, **act, person_id=person, form=talk)
    request = Request(
        service_id=ServiceId(world.service.service_id("back_up_wheelchair_skills")),
        needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        why="Would like to learn",
    )
    refer(vault, **act, person_id=person, requests=(request,))
    return person
