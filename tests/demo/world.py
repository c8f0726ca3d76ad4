"""The whole demonstration set up: service, database, alliance, two laptops, and the weeks they have lived through."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import resources
from app.config import Policy
from tests.demo.cable import Cable
from tests.demo.caseload import Caseload
from tests.demo.clock import DemoClock
from tests.demo.laptops import DemoLaptop, working_keyring, write_policy
from tests.demo.programme import live as live_programme
from tests.helpers.central import AllianceService


class World:
    """Service, ward and partner, and the laptops of their coordinators.

    Attributes:
        folder: everything lies below it: `service`, `ward`, `partner`.
        clock: shared by all.
        service: the central service on a real PostgreSQL.
        ward: the outreach worker's laptop.
        partner: the intake team's laptop.
        lead: the outreach worker's coordinator's laptop, which holds the whole charity's people.
        office: the partner's coordinator's laptop, which holds a mentoring programme and no network.
        caseload: who is on the ward.
        policy: what the demonstration's policy file says.
    """

    def __init__(self, folder: Path, *, say: Callable[[str], None]) -> None:
        """Start everything; `say` is told what is being done."""
        self.folder = folder
        self._started = ExitStack()
        try:
            self._start(folder, say)
        except BaseException:
            # Also when somebody ends it meanwhile: half a world has a PostgreSQL too.
            self.close()
            raise

    def _start(self, folder: Path, say: Callable[[str], None]) -> None:
        self.clock = DemoClock()
        say("Starting PostgreSQL and the central service …")
        self.service = AllianceService.start(folder / "service", clock=self.clock)
        self._started.callback(self.service.stop)
        # The directory is as it stands today; what people said and did is lived through from here.
        self.clock.set_back(61.5)
        keyring = working_keyring()
        self.policy: Policy = write_policy(folder, keyring=keyring)
        if self.policy.password_only:
            say("No keyring on this machine: the demonstration's policy file sets password_only.")
        say("Setting up and enrolling two laptops …")
        story = resources.demo_story()
        users = {user["key"]: user for user in story["users"]}
        self.ward = self._laptop("ward", users["outreach_worker"])
        self.partner = self._laptop("partner", users["intake_worker"])
        self.lead = self._laptop("lead", users["ward_coordinator"])
        self.office = self._laptop("office", users["partner_coordinator"])
        self._started.callback(self._close_laptops)
        self.ward.set_up(self.service.ward_slip())
        self.partner.set_up(self.service.intake_slip())
        self.ward.exchange()
        self.partner.exchange()
        self.caseload = Caseload(
            ward=self.ward,
            partner=self.partner,
            clock=self.clock,
            org=self.service.org,
            site=self.service.site,
            service=self.service.service_id,
        )

    def live(self, say: Callable[[str], None]) -> None:
        """Live through the past weeks."""
        say("Living through the past nine weeks …")
        self.caseload.live()

    def open_lead(self) -> None:
        """Set up the laptop of the outreach worker's coordinator, who may say that two records are of one person."""
        site = resources.demo_story()["site"]
        self.lead.set_up(self.service.slip("aspire", "ward_coordinator", ["programme", f"site:{site}"]))
        self.lead.exchange()

    def open_office(self) -> None:
        """Set up the coordinator's laptop, with sixteen months of mentoring on it, and take it off the network.

        Only after the story of a stop: a laptop that never connects again would keep its proof waiting.
        """
        self.office.set_up(self.service.slip("back_up", "partner_coordinator", ["programme"]))
        self.office.exchange()
        live_programme(self.office)

    def close(self) -> None:
        """End everything that was started here; a second call changes nothing."""
        self._started.close()

    def _close_laptops(self) -> None:
        for laptop in (self.ward, self.partner, self.lead, self.office):
            if laptop.open is not None:
                laptop.shut()
            laptop.cable.pull()

    def _laptop(self, name: str, user: dict[str, Any]) -> DemoLaptop:
        cable = Cable(self.service.address)
        cable.plug()
        known = {**user, "id": str(self.service.user(user["key"]))}
        return DemoLaptop(name, self.folder / name, user=known, cable=cable, policy=self.policy, clock=self.clock)
