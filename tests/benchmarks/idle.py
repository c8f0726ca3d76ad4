"""From a withdrawal on the ward to a partner's idle laptops: real vaults, the real service, the program's schedule."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from app.domain.codes import Role
from app.domain.ids import PersonId
from app.domain.referral import Referral
from app.use_cases import stops
from sync.client.schedule import IDLE_SECONDS, Pace, after_success, next_at
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.service import ServiceProcess
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send

LAPTOPS = 30
WITHDRAWALS = 2
PATIENCE_S = 300.0


@dataclass
class Watched:
    """Laptops that nobody uses, and when each was rid of whom."""

    laptops: Sequence[Enrolled]
    dice: random.Random = field(default_factory=lambda: random.Random(20261122))
    gone: dict[tuple[int, PersonId], float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def follow(self, number: int) -> None:
        """Be one idle laptop: exchange when its schedule says so, until told to stop."""
        laptop = self.laptops[number]
        # Each is somewhere in its pause when the watch begins.
        pace = Pace(ended_at=monotonic() - self.dice.random() * IDLE_SECONDS[1], fraction=self.dice.random())
        held = people_at(laptop)
        while not self.over.wait(max(0.0, next_at(pace, in_use=False, wanted=False) - monotonic())):
            laptop.sync()
            pace = after_success(at=monotonic(), took_s=0.0, backoff_s=0.0, fraction=self.dice.random())
            left, held = held - people_at(laptop), people_at(laptop)
            with self.changed:
                self.gone |= {(number, person): monotonic() for person in left}
                self.changed.notify_all()

    def wait_for(self, person: PersonId) -> list[float]:
        """Return when each laptop was rid of somebody, once all are."""
        mine = [(number, person) for number in range(len(self.laptops))]
        with self.changed:
            assert self.changed.wait_for(lambda: all(each in self.gone for each in mine), timeout=PATIENCE_S)
        return [self.gone[each] for each in mine]


def measure(service: ServiceProcess, folder: Path) -> list[Figure]:
    """Withdraw again and again, each time with the ward's laptop in use and all of the partner's idle."""
    clock = Clock(now=datetime.now(UTC))
    ward = _ward(service, folder, clock)
    people = [_referred(ward, service) for _ in range(WITHDRAWALS)]
    ward.sync()
    watched = Watched([_intake(service, folder / str(number), clock) for number in range(LAPTOPS)])
    threads = [threading.Thread(target=watched.follow, args=(number,)) for number in range(LAPTOPS)]
    for thread in threads:
        thread.start()
    taken: list[float] = []
    for person in people:
        clock.forward(seconds=1)
        began = monotonic()
        asked = stops.Stop(org=service.alliance.org("back_up"))
        stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=asked)
        ward.sync()
        taken += [moment - began for moment in watched.wait_for(person)]
    watched.over.set()
    for thread in threads:
        thread.join()
    for laptop in (ward, *watched.laptops):
        laptop.close()
    name = f"withdrawal to an idle partner, {len(taken)} laptops"
    return [
        Figure(name=f"{name}, p99", value=percentile(taken, 99), unit="s", goal=60),
        Figure(name=f"{name}, median", value=percentile(taken, 50), unit="s"),
    ]


def people_at(laptop: Enrolled) -> frozenset[PersonId]:
    """Return whose referrals a laptop holds."""
    with laptop.vault.reading() as read:
        return frozenset(referral.person for referral in read.all(Referral))


def _ward(service: ServiceProcess, folder: Path, clock: Clock) -> Enrolled:
    slip = service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"])
    user = service.alliance.user("outreach_worker")
    laptop = enrol_laptop(folder / "ward", slip, user=user, role=Role.OUTREACH_WORKER, clock=clock)
    laptop.sync()
    return laptop


def _referred(ward: Enrolled, service: ServiceProcess) -> PersonId:
    person = register(ward, service.alliance)
    agree(ward, service.alliance, person)
    send(ward, service.alliance, person)
    return person


def _intake(service: ServiceProcess, folder: Path, clock: Clock) -> Enrolled:
    slip = service.slip("back_up", "intake_worker", ["intake:outreach_support"])
    user = service.alliance.user("intake_worker")
    teams = frozenset({"outreach_support"})
    laptop = enrol_laptop(folder, slip, user=user, role=Role.INTAKE_WORKER, clock=clock, teams=teams)
    laptop.sync()
    return laptop
