"""What an intake team took down from outside stays on its laptop, is asked for there, and goes to nobody else."""

from __future__ import annotations

from pathlib import Path

from app.domain.codes import CameFrom, Need, ReferralState, Role
from app.domain.person import Person
from app.use_cases import from_outside, refer
from app.use_cases.from_outside import FromOutside
from app.use_cases.people import NewPerson
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import agree, enrol_laptop, state

TEAM = "outreach_support"


def test_an_intake_team_registers_asks_and_sends(alliance: AllianceService, tmp_path: Path) -> None:
    clock = Clock()
    laptop = enrol_laptop(
        tmp_path / "intake",
        alliance.slip("back_up", "intake_worker", [f"intake:{TEAM}"]),
        user=alliance.user("intake_worker"),
        role=Role.INTAKE_WORKER,
        clock=clock,
        teams=frozenset({TEAM}),
    )
    try:
        laptop.sync()
        form = FromOutside(
            person=NewPerson(
                full_name="Tomasz Nowak",
                site=alliance.site("stoke_mandeville"),
                needs=frozenset({Need.TELEPHONE_SUPPORT}),
            ),
            came_from=CameFrom.NHS_STAFF,
            contact="Sister Okafor, 01632 960555",
            service_id=alliance.service_id("back_up_outreach"),
            why="Asked for by NHS staff: telephone support.",
        )
        taken = from_outside.take_down(laptop.vault, **laptop.act, form=form)
        for _exchange in range(2):
            laptop.sync()
        assert laptop.attention() == []
        with laptop.vault.reading() as read:
            assert [person.full_name for person in read.all(Person)] == ["Tomasz Nowak"]
        agree(laptop, alliance, taken.person_id)
        refer.send_again(laptop.vault, **laptop.act, referral_id=taken.referral_id)
        for _exchange in range(2):
            laptop.sync()
        assert state(laptop, taken.referral_id) is ReferralState.SENT
        assert laptop.attention() == []
    finally:
        laptop.close()
