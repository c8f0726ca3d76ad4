"""One history: what a seed makes three laptops, a service, a network and a clock do, and what must hold of it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from types import TracebackType
from uuid import UUID

from app.errors import KnownError, NetworkError
from sync.central.administration import Administration
from sync.client.signed import RevokedError
from tests.simulator.acts import ACTS, Act, try_to
from tests.simulator.bugs import NO_BUG, Bug
from tests.simulator.capabilities import FORKS
from tests.simulator.laptop import SimLaptop
from tests.simulator.oracle import Oracle
from tests.simulator.plan import CACHED, FRETFUL, Plan, plan_of
from tests.simulator.weather import CrashError, SimClock, Trace, Weather
from tests.simulator.wire import Wire
from tests.simulator.world import POSTS, Alliance, Chance, World

STEPS = (10, 22)
"""Fewest and most steps of a history."""
ROUNDS = 12
"""On a healthy network everything is sent and read after this many rounds of all laptops, or is stuck (I15)."""


class BrokenPromiseError(AssertionError):
    """A promise of the protocol does not hold in this history."""


@dataclass
class Outcome:
    """What became of one history."""

    seed: int
    trace: Trace
    broken: str = ""
    steps: int = 0
    faults: int = 0
    crashes: int = 0
    ops: int = 0


class History:
    """One run of one seed."""

    def __init__(self, world: World, seed: int, bug: Bug = NO_BUG, *, plan: Plan | None = None) -> None:
        self.world = world
        self.bug = bug
        self._depth = 0
        self.seed = seed
        self.trace = Trace()
        self.rng = Random(f"{seed}/history")
        self.plan = plan_of(self.rng) if plan is None else plan
        self.clock = SimClock(world.starts_at)
        self.weather = Weather(Random(f"{seed}/weather"), self.trace)
        self.folder = world.folder / f"history{world.next_number()}"
        self.folder.mkdir()
        self.slate = world.slate(bug.service_sql)
        self.alliance = Alliance(world, self.slate, self.folder, self.clock, str(seed))
        self.wires = {image.name: self._wire(image.name) for image in world.images}
        self.laptops = [self._laptop(index) for index in range(len(world.images))]
        self.oracle = Oracle(self)
        self.registered = 0
        self.edits = 0
        self.names: dict[UUID, str] = dict(world.names)
        self.said: list[tuple[str, str]] = []

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for laptop in self.laptops:
            laptop.close()
        shutil.rmtree(self.folder)

    def _wire(self, name: str) -> Wire:
        return Wire(name, lambda: self.alliance.door, self.weather, self.trace)

    def _laptop(self, index: int) -> SimLaptop:
        image = self.world.images[index]
        wire = self.wires[image.name]
        return SimLaptop(
            image,
            self.folder,
            wire=wire,
            clock=self.clock,
            weather=self.weather,
            seed=str(self.seed),
            compiled=self.world.compiled,
            change=self.bug.vault_sql,
        )

    def canary(self, kind: str, number: int) -> str:
        """Return a word that stands nowhere else."""
        return f"{kind.title()}{self.rng.randrange(10**8):08}q{number}"

    def run(self) -> Outcome:
        """Play the history to its end and check what must hold."""
        outcome = Outcome(self.seed, self.trace)
        try:
            with self.bug.put_back():
                self._play(outcome)
                self.come_to_rest()
            self.oracle.at_rest()
        except AssertionError as broken:
            outcome.broken = str(broken) or repr(broken)
            self.trace("BROKEN", outcome.broken)
        outcome.faults, outcome.crashes = self.weather.faults, self.weather.crashes
        outcome.ops = sum(len(laptop.entered) for laptop in self.laptops)
        return outcome

    def revoke(self, laptop: SimLaptop) -> None:
        """Order a laptop to give up its vault: at its next contact it hears of it."""
        self.trace(laptop.name, "is revoked")
        Administration(self.alliance.service).revoke(laptop.actor.org, laptop.actor.device, rescue=False)

    def give_up(self, laptop: SimLaptop) -> None:
        """A laptop that was revoked asks: it is told the order, gets nothing, and is no more."""
        before = self.oracle.before_cycle(laptop)
        with suppress(RevokedError):
            laptop.sync()
            raise BrokenPromiseError(f"I4: {laptop.name} was revoked, and served all the same")
        self.oracle.after_cycle(laptop, before, through=False)
        self.laptops.remove(laptop)
        self.oracle.forget(laptop)
        laptop.close()

    def enrol(self, name: str) -> SimLaptop:
        """Hand out a new laptop where one was given up."""
        self.trace(name, "is enrolled anew")
        (post,) = [post for post in POSTS if post.name == name]
        life = f"{self.seed}/{len(self.trace.lines)}"
        laptop = self.world.enrol(
            post,
            self.world.operated(self.alliance.service, self.slate),
            self.folder,
            wire=self.wires[name],
            weather=self.weather,
            chance=Chance(self.clock, Random(f"{life}/{name}"), life),
        )
        self.laptops.append(laptop)
        self.oracle.watch(laptop)
        return laptop

    def _while_open(self) -> None:
        """While one laptop's push stands uncommitted, another may exchange: the only way two ever overlap here."""
        if self._depth or not self.plan.overlaps or self.rng.random() > 0.3:
            return
        self._depth += 1
        try:
            others = [laptop for laptop in self.laptops if laptop is not self._exchanging]
            self.trace("meanwhile")
            exchanging = self._exchanging
            other = self.rng.choice(others)
            self._act(other)
            self.cycle(other)
            self._exchanging = exchanging
            self.trace("meanwhile ends")
        finally:
            self._depth -= 1

    def _play(self, outcome: Outcome) -> None:
        self.world.while_open = self._while_open
        if self.plan.skewed:
            for laptop in self.laptops:
                laptop.skew = timedelta(days=self.rng.choice((0, 0, -3650, -1, 1, 3650)))
        steps = self.rng.randint(*STEPS)
        saved, comes_back = sorted(self.rng.sample(range(steps), 2))
        leaves, returns = sorted(self.rng.sample(range(2 * steps), 2))
        for step in range(steps):
            outcome.steps += 1
            if self.plan.misfortune and step == saved:
                self._save()
            if self.plan.misfortune and step == comes_back:
                self._put_back()
            if self.plan.leaver and step in (leaves, returns):
                self._leave() if step == leaves else self._return()
            self.weather.fault_rate, self.weather.crash_rate = self.plan.fault_rate, self.plan.crash_rate
            self.weather.dies_of = self.plan.dies_of
            self.weather.stale_rate = CACHED if self.plan.cached else 0.0
            self._pass_time()
            laptop = self.rng.choice(self.laptops)
            if self.rng.random() < 0.45:
                if not self.cycle(laptop) and self.plan.fault_rate == FRETFUL:
                    self._edit(laptop)
            else:
                self._act(laptop)

    def _leave(self) -> None:
        """Close somebody's account: what they write from now on counts no more, and is kept for their organisation.

        Nobody told them, and they put something right that they had at hand.
        """
        self._leaver = self.rng.choice(self.laptops)
        actor = self._leaver.actor
        self.trace(self._leaver.name, "closes an account")
        Administration(self.alliance.service).dismiss_user(actor.org, actor.user)
        for _ in range(3):
            self._edit(self._leaver)

    def _edit(self, laptop: SimLaptop) -> None:
        (edit,) = [act for act in ACTS if act.name == "edit"]
        if laptop.name in edit.posts:
            self.clock.forward(seconds=20)
            self.act(laptop, edit, Random(self.rng.random()))

    def _return(self) -> None:
        actor = self._leaver.actor
        self.trace(self._leaver.name, "opens it again")
        Administration(self.alliance.service).admit_user(actor.device, actor.org, actor.user)

    def _save(self) -> None:
        """Take a copy of a disk, as a backup or an image is taken."""
        self.trace("a copy is taken")
        if self.plan.misfortune == FORKS:
            self._unlucky = self.rng.choice(self.laptops)
            self._copy = self._unlucky.files()
        else:
            self.slate.save()

    def _put_back(self) -> None:
        """Let a disk be again what it was when the copy was taken."""
        self.trace("the copy is put back")
        if self.plan.misfortune == FORKS:
            self._unlucky.die_and_restart(self._copy)
            self.oracle.forget_what_is_lost(self._unlucky)
            return
        self.oracle.before_put_back(self.alliance.service.journal.entries())
        self.slate.restore()
        self.alliance = Alliance(self.world, self.slate, self.folder, self.clock, f"{self.seed}/restored")
        self.alliance.service.restore()

    def _pass_time(self) -> None:
        if self.rng.random() < 0.03:
            self.clock.forward(days=self.rng.choice((1, 3, 31)))
        else:
            self.clock.forward(seconds=self.rng.choice((1, 5, 20, 60, 400)))

    def _act(self, laptop: SimLaptop) -> None:
        acts = [act for act in ACTS if laptop.name in act.posts]
        (act,) = self.rng.choices(acts, weights=[act.weight for act in acts])
        self.act(laptop, act, Random(self.rng.random()))

    def act(self, laptop: SimLaptop, act: Act, rng: Random) -> None:
        """Let somebody do something on a laptop, which may die of it."""
        self.words: list[str] = []
        try:
            said = try_to(act, self, laptop, rng)
            self.said += [(laptop.name, word) for word in self.words]
        except CrashError:
            said = "died"
            laptop.die_and_restart()
            self.oracle.after_crash(laptop)
        fresh = laptop.notice_entered()
        self.trace(laptop.name, act.name, said, len(fresh), "ops")
        self.oracle.after_act(laptop, fresh)

    def cycle(self, laptop: SimLaptop) -> bool:
        """Let a laptop exchange; answer whether it got through."""
        self._exchanging = laptop
        before = self.oracle.before_cycle(laptop)
        through, said = False, ""
        try:
            report = laptop.sync()
            through, said = True, f"sent {report.sent} got {report.got} removed {report.removed}"
        except NetworkError as error:
            said = f"trouble {error.code}"
        except KnownError as error:
            said = f"refused {error.code}"
        except CrashError:
            said = "died"
            laptop.die_and_restart()
            self.oracle.after_crash(laptop)
        self.trace(laptop.name, "cycle", said)
        self.oracle.after_cycle(laptop, before, through=through)
        return through

    def come_to_rest(self) -> None:
        """Let the network heal and everybody exchange until nothing is left to say."""
        self.weather.clear_up()
        self.world.while_open = lambda: None
        # Sessions and windows of the storm are over.
        self.clock.forward(minutes=20)
        behind = list(self.laptops)
        for _ in range(ROUNDS):
            self.clock.forward(seconds=5)
            for laptop in behind:
                self._exchange(laptop)
            behind = [laptop for laptop in self.laptops if not self.oracle.has_read_everything(laptop)]
            if not behind:
                break
        else:
            raise BrokenPromiseError(f"I15: {behind[0].name} is not at rest on a healthy network")
        # Whoever stands where the service stands has nothing more to say.
        laptop = self.rng.choice(self.laptops)
        if self._exchange(laptop):
            raise BrokenPromiseError(f"I15: {laptop.name} moves on by itself")

    def _exchange(self, laptop: SimLaptop) -> bool:
        """Exchange once; answer whether anything moved."""
        before = self.oracle.before_cycle(laptop)
        try:
            report = laptop.sync()
        except KnownError as error:
            raise BrokenPromiseError(
                f"I15: {laptop.name} cannot exchange on a healthy network: {error.code}"
            ) from error
        self.trace(laptop.name, "rests", report.sent, report.got, report.removed, report.at_head, report.cleaned)
        self.oracle.after_cycle(laptop, before, through=True)
        waits = report.waiting.new + report.waiting.sent
        return bool(report.sent or report.got or waits or not report.at_head or not report.cleaned)
