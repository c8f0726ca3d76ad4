"""An agreement's life: written in the window, on the laptops of both charities, and its end closes the fields."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.agreement import Agreement
from app.domain.card import ShareCard
from app.domain.clocks import london_day
from app.domain.codes import AgreementKind, PackageField, Purpose, ReferralState, Role, Scope
from app.domain.ids import UserId
from app.use_cases import referrals
from app.use_cases.laptop import OpenLaptop
from sync.central.entering import new_user
from tests.demo.player import Player
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send, state
from tests.ui.desk.conftest import door_of
from ui.desk import Desk
from ui.pages.agreement import AgreementPage
from ui.pages.agreement_form import AgreementFormPage
from ui.widgets import DateParts

PATIENCE_S = 60.0
TITLE = "Sharing for referrals"
NAMED = frozenset(
    {PackageField.NAME, PackageField.KNOWN_AS, PackageField.CONTACT_POINTS, PackageField.SITE, PackageField.NEEDS}
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def alliance(tmp_path: Path, clock: Clock) -> Iterator[AllianceService]:
    """The service, where the only agreement there was ended yesterday."""
    service = AllianceService.start(tmp_path / "service", clock=clock)
    (old,) = service.administration.alliance().directory.agreements
    service.administration.patch(old, {"ended_on": london_day(clock()) - timedelta(days=1)})
    yield service
    service.stop()


@pytest.fixture
def charities(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[tuple[Enrolled, Enrolled]]:
    """A ward laptop of Aspire and Back Up's intake laptop."""
    ward = enrol_laptop(
        tmp_path / "ward",
        alliance.ward_slip(),
        user=alliance.user("outreach_worker"),
        role=Role.OUTREACH_WORKER,
        clock=clock,
    )
    intake = enrol_laptop(
        tmp_path / "intake",
        alliance.intake_slip(),
        user=alliance.user("intake_worker"),
        role=Role.INTAKE_WORKER,
        clock=clock,
        teams=frozenset({"outreach_support", "mentoring", "courses"}),
    )
    yield ward, intake
    ward.close()
    intake.close()


@pytest.fixture
def office(qapp: QApplication, tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Player]:
    """Aspire's office in front of its desk, which exchanges by itself."""
    today = london_day(clock())
    account = {"name": "Lee Example", "shown_name": "Lee", "email": "lee@example.org"}
    org = alliance.org("aspire")
    roles = ["secretariat"]
    user = UserId(new_user(alliance.administration, org=org, today=today, roles=roles, sites=[], teams=[], **account))
    slip = alliance.administration.device_code(
        org, [user], [alliance.scope_key("admin:", "aspire")], address=alliance.address
    )
    laptop = enrol_laptop(tmp_path / "office", slip, user=user, role=Role.SECRETARIAT, clock=clock)
    laptop.net.close()
    door = replace(door_of(tmp_path / "office", clock, time.monotonic, Policy()), fraction=lambda: 0.0)
    opened = OpenLaptop(vault=laptop.vault, device_key=laptop.net.signer, paths=door.paths, person_id=laptop.actor.user)
    desk = Desk(opened, laptop.actor, door)
    desk.shell.resize(1280, 860)
    desk.shell.show()
    desk.begin()
    desk.start_sync()
    player = Player("office", desk)
    player.until(lambda: desk.shell.status.words.startswith("Everything sent."), patience_s=PATIENCE_S)
    yield player
    desk.close()
    laptop.close()


def sent(office: Player) -> None:
    """Wait until the office's laptop has sent what it wrote."""
    office.desk._sync.sync_now()
    office.until(lambda: office.desk.shell.status.words.startswith("Everything sent."), patience_s=PATIENCE_S)
    office.settle()


def paper(laptop: Enrolled) -> Agreement | None:
    with laptop.vault.reading() as read:
        return next((each for each in read.all(Agreement) if each.title == TITLE), None)


def card(laptop: Enrolled) -> frozenset[str]:
    """Return which fields the partner's laptop shows of the one person it was sent."""
    with laptop.vault.reading() as read:
        return frozenset(name for each in read.all(ShareCard) for name in each.fields)


def typed(day: date) -> DateParts:
    return DateParts(day=str(day.day), month=str(day.month), year=str(day.year))


def write_down(office: Player, alliance: AllianceService, on: date) -> None:
    office.go("directory")
    office.press("Agreements")
    office.press("Write down a new agreement")
    form = office.page(AgreementFormPage)
    assert form.fields is not None
    office.press("Save the agreement")
    assert form.fields.title.error, "an empty form is refused with every fault"
    office.fill(form.fields.title, TITLE)
    form.fields.kind.choices[AgreementKind.DATA_SHARING].click()
    form.fields.parties.set_values([str(alliance.org(slug)) for slug in ("aspire", "back_up")])
    form.fields.purposes.set_values([Purpose.REFERRAL_CONTACT])
    for scope in (Scope.CONTACT, Scope.CONTACT_INJURY_NEEDS):
        form.fields.named[scope].set_values(NAMED)
    form.fields.from_on.set_parts(typed(on))
    form.fields.review_on.set_parts(typed(on + timedelta(days=365)))
    office.press("Save the agreement")
    page = office.page(AgreementPage)
    for slug in ("aspire", "back_up"):
        office.press("Write down a signature")
        page.signer.set_value(str(alliance.org(slug)))
        office.fill(page.signer_name, "Robin Example")
        office.fill(page.signer_post, "Chair")
        office.press("Save the signature")
    assert page.row is not None
    assert page.row.flows


@pytest.mark.timeout(300)
def test_an_agreement_opens_its_fields_to_both_charities_and_its_end_closes_them(
    office: Player, charities: tuple[Enrolled, Enrolled], alliance: AllianceService, clock: Clock
) -> None:
    ward, intake = charities
    on = london_day(clock())
    ward.sync()
    person = register(ward, alliance)
    agree(ward, alliance, person)
    with pytest.raises(AssertionError, match="gate_agreement"):
        send(ward, alliance, person)

    write_down(office, alliance, on)
    sent(office)
    for laptop in (ward, intake):
        laptop.sync()
        held = paper(laptop)
        assert held is not None
        assert held.is_signed_by_all
    referral, _ = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    assert state(intake, referral) is ReferralState.SENT
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral)
    referrals.accept(intake.vault, **intake.act, referral_id=referral, first_step_on=on)
    intake.sync()
    assert frozenset() < card(intake) <= {field.value for field in NAMED}

    office.press("End this agreement")
    office.press("End it")
    sent(office)
    intake.sync()
    assert card(intake), "today is its last day"
    clock.forward(days=1)
    alliance.service.timekeeper.run_all(clock)
    ward.sync()
    intake.sync()
    for laptop in (ward, intake):
        held = paper(laptop)
        assert held is not None
        assert held.ended_on == on
    assert card(intake) == frozenset()
    person = register(ward, alliance, "Robin Vale")
    agree(ward, alliance, person)
    with pytest.raises(AssertionError, match="gate_agreement"):
        send(ward, alliance, person)
