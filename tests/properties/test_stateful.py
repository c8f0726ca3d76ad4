"""A machine of rules: three laptops of two organisations and the real service, in any order Hypothesis can think of.

The seeded simulator plays long rough histories; this looks for the shortest one that breaks a promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulator.acts import ACTS
from tests.simulator.history import CALM, History
from tests.simulator.world import World, running_world

CHANCE = st.integers(min_value=0, max_value=9)
LAPTOP = st.sampled_from(["ward", "office", "intake"])
ACT = st.sampled_from([act.name for act in ACTS])


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
        self.laptops = {laptop.name: laptop for laptop in self.history.laptops}

    @rule(name=LAPTOP, what=ACT, chance=CHANCE)
    def somebody_acts(self, name: str, what: str, chance: int) -> None:
        (act,) = [act for act in ACTS if act.name == what]
        if name in act.posts:
            self.history.act(self.laptops[name], act, Random(chance))

    @rule(name=LAPTOP)
    def a_laptop_exchanges(self, name: str) -> None:
        self.history.clock.forward(seconds=5)
        self.history.cycle(self.laptops[name])

    @rule(name=LAPTOP, chance=CHANCE)
    def an_exchange_meets_faults(self, name: str, chance: int) -> None:
        self.history.weather.rng.seed(chance)
        self.history.weather.fault_rate, self.history.weather.crash_rate = 0.5, 0.05
        self.history.cycle(self.laptops[name])
        self.history.weather.clear_up()

    @rule(days=st.sampled_from([0, 1, 31]))
    def time_passes(self, days: int) -> None:
        self.history.clock.forward(days=days, minutes=10)

    def teardown(self) -> None:
        with self.history:
            self.history.come_to_rest()
            self.history.oracle.at_rest()


@pytest.mark.timeout(300)
def test_any_order_of_acts_and_exchanges_keeps_every_promise(world: World) -> None:
    class Machine(LaptopsAndService):
        pass

    Machine.world = world
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
