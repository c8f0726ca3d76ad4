"""Idle time: what counts as use, the warning, the lock, and a laptop that slept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleActionInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from tests.helpers.vaults import Clock
from tests.ui.desk.conftest import Steady
from ui.idle import IdleClock
from ui.widgets import PlainButton, TextField

FIVE_MINUTES = 300.0


@pytest.fixture
def wall() -> Clock:
    return Clock()


@pytest.fixture
def idle(qapp: QApplication, steady: Steady, wall: Clock) -> Iterator[IdleClock]:
    clock = IdleClock(limit_s=FIVE_MINUTES, monotonic=steady, clock=wall)
    clock.start()
    yield clock
    clock.stop()


@pytest.fixture
def window(idle: IdleClock, qtbot: Any) -> QWidget:
    """A window with a button and a field, shown while the clock is watching."""
    window = QWidget()
    qtbot.addWidget(window)
    below = QVBoxLayout(window)
    window.button = PlainButton("Press me")  # type: ignore[attr-defined]
    window.field = TextField("Ward")  # type: ignore[attr-defined]
    below.addWidget(window.button)  # type: ignore[attr-defined]
    below.addWidget(window.field)  # type: ignore[attr-defined]
    window.show()
    return window


def press_by_switch(window: Any) -> None:
    interface = QAccessible.queryAccessibleInterface(window.button)
    interface.actionInterface().doAction(QAccessibleActionInterface.pressAction())


def fill_by_voice(window: Any) -> None:
    QAccessible.queryAccessibleInterface(window.field.line).setText(QAccessible.Text.Value, "St David")


USES: dict[str, Callable[[Any], None]] = {
    "key": lambda window: QTest.keyClick(window.field.line, Qt.Key.Key_A),
    "pointer press": lambda window: QTest.mouseClick(window, Qt.MouseButton.LeftButton),
    "pointer move": lambda window: QTest.mouseMove(window, QPoint(20, 20)),
    "switch": press_by_switch,
    "voice": fill_by_voice,
    "focus by a reader": lambda window: window.field.line.setFocus(),
}


@pytest.mark.parametrize("use", USES)
def test_every_kind_of_use_begins_the_time_anew(
    idle: IdleClock, window: QWidget, steady: Steady, wall: Clock, qtbot: Any, use: str
) -> None:
    qtbot.waitExposed(window)
    steady.seconds += 200
    wall.forward(seconds=200)
    assert idle.since_use_s() == 200

    USES[use](window)

    qtbot.waitUntil(lambda: idle.since_use_s() == 0, timeout=2_000)


def test_the_lock_is_announced_for_the_last_minute_and_any_use_answers_it(
    idle: IdleClock, steady: Steady, wall: Clock, qtbot: Any
) -> None:
    steady.seconds += 239
    wall.forward(seconds=239)
    with qtbot.assertNotEmitted(idle.warned):
        idle.look()
    steady.seconds += 1
    wall.forward(seconds=1)
    with qtbot.waitSignal(idle.warned) as warned:
        idle.look()
    assert warned.args == [60]

    with qtbot.waitSignal(idle.answered):
        idle.note_use()


def test_after_five_minutes_the_time_has_run_out_once(idle: IdleClock, steady: Steady, wall: Clock, qtbot: Any) -> None:
    steady.seconds += FIVE_MINUTES
    wall.forward(seconds=FIVE_MINUTES)
    with qtbot.waitSignal(idle.ran_out):
        idle.look()
    with qtbot.assertNotEmitted(idle.ran_out):
        idle.look()


def test_a_laptop_that_slept_has_run_out_whatever_the_steady_clock_says(
    idle: IdleClock, steady: Steady, wall: Clock, qtbot: Any
) -> None:
    steady.seconds += 1
    wall.forward(hours=8)

    with qtbot.waitSignal(idle.ran_out):
        idle.look()
