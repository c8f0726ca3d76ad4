"""A machine of rules: three laptops of two organisations and the real service, in any order Hypothesis can think of.

The seeded simulator plays long rough histories; this looks for the shortest one that breaks a promise. What must hold
is read from the set of all ops, folded by the plainest means (`tests.simulator.oracle`).
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from tests.simulator.acts import ACTS
from tests.simulator.history import History
from tests.simulator.laptop import SimLaptop
from tests.simulator.plan import CALM
from tests.simulator.world import World, running_world

CHANCE = st.integers(min_value=0, max_value=9)
"""Of whom, and which of the ways: as the acts of the simulator draw it."""
HOME = st.sampled_from(["ward", "office"])
ANY = st.sampled_from(["ward", "office", "intake"])
ACT = {act.name: act for act in ACTS}
EXAMPLES, STEPS = 25, 16
"""About a second an example on a quiet machine: half a minute in all."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running_world() as world:
        yield world


class LaptopsAndService(RuleBasedStateMachine):
    """Whatever people do and whenever laptops exchange, at rest every promise holds."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.history = History(self.world, 0, plan=CALM)
        self.revoked: set[str] = set()

    def laptop(self, name: str) -> SimLaptop | None:
        return next((laptop for laptop in self.history.laptops if laptop.name == name), None)

    def act(self, name: str, what: str, chance: int) -> None:
        laptop = self.laptop(name)
        if laptop is not None:
            self.history.act(laptop, ACT[what], Random(chance))

    @rule(name=HOME, chance=CHANCE)
    def register(self, name: str, chance: int) -> None:
        self.act(name, "register", chance)

    @rule(name=HOME, chance=CHANCE)
    def edit(self, name: str, chance: int) -> None:
        self.act(name, "edit", chance)

    @rule(name=ANY, chance=CHANCE)
    def append(self, name: str, chance: int) -> None:
        self.act(name, "note", chance)

    @rule(name=HOME, chance=CHANCE)
    def refer(self, name: str, chance: int) -> None:
        self.act(name, "send", chance)

    @rule(sender=st.booleans(), name=HOME, chance=CHANCE)
    def move_a_referral_along(self, sender: bool, name: str, chance: int) -> None:
        self.act(name if sender else "intake", "follow" if sender else "respond", chance)

    @rule(name=HOME, chance=CHANCE)
    def grant(self, name: str, chance: int) -> None:
        """Answers of people: a yes that cites every no this laptop knows of, so after a stop it grants again."""
        self.act(name, "answer", chance)

    @rule(name=ANY, chance=CHANCE)
    def withdraw(self, name: str, chance: int) -> None:
        self.act(name, "stop", chance)

    @rule(stopper=ANY, name=HOME, chance=CHANCE, meanwhile=st.booleans())
    def withdraw_and_grant_again(self, stopper: str, name: str, chance: int, meanwhile: bool) -> None:
        """A yes after a no, by whoever may or may not have heard of the no."""
        self.act(stopper, "stop", chance)
        if meanwhile:
            self.exchange(stopper)
            self.exchange(name)
        self.act(name, "answer", chance)

    @rule(name=HOME, chance=CHANCE)
    def move(self, name: str, chance: int) -> None:
        self.act(name, "move", chance)

    @rule(name=ANY)
    def exchange(self, name: str) -> None:
        laptop = self.laptop(name)
        self.history.clock.forward(seconds=5)
        if laptop is not None and name in self.revoked:
            self.revoked.remove(name)
            self.history.give_up(laptop)
        elif laptop is not None:
            self.history.cycle(laptop)

    @rule(name=ANY, chance=CHANCE)
    def exchange_in_bad_weather(self, name: str, chance: int) -> None:
        laptop = self.laptop(name)
        if laptop is None or name in self.revoked:
            return
        self.history.weather.rng.seed(chance)
        self.history.weather.fault_rate, self.history.weather.crash_rate = 0.5, 0.05
        self.history.cycle(laptop)
        self.history.weather.clear_up()

    @precondition(lambda self: not self.revoked)
    @rule(name=ANY)
    def revoke(self, name: str) -> None:
        laptop = self.laptop(name)
        if laptop is not None:
            self.history.revoke(laptop)
            self.revoked.add(name)

    @precondition(lambda self: len(self.history.laptops) < 3)
    @rule()
    def enrol(self) -> None:
        (name, *_) = [name for name in ("ward", "office", "intake") if self.laptop(name) is None]
        self.history.enrol(name)

    @rule(days=st.sampled_from([0, 1, 31]))
    def time_passes(self, days: int) -> None:
        self.history.clock.forward(days=days, minutes=10)

    def teardown(self) -> None:
        with self.history:
            for name in sorted(self.revoked):
                self.exchange(name)
            self.history.come_to_rest()
            self.history.oracle.at_rest()


@pytest.mark.timeout(600)
def test_any_order_of_acts_and_exchanges_keeps_every_promise(world: World) -> None:
    class Machine(LaptopsAndService):
        pass

    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
