"""A themed application for every test of the parts; each look is handed in, never taken from the machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.helpers.accessibility import delete_now
from ui.shell import Window
from ui.theme import Theme, theme_in_use


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> Iterator[Theme]:
    """Begin and end every test in the light theme at 100 %."""
    theme = Theme.load()
    if theme_in_use() != theme or not qapp.styleSheet():
        theme.apply(qapp)
    yield theme
    if theme_in_use() != theme:
        theme.apply(qapp)


@pytest.fixture
def shown(qtbot: object) -> Iterator[Callable[..., Window]]:
    """Show parts in an active window and close it at the end."""
    windows: list[Window] = []

    def show(part: QWidget, width: int = 1024, height: int = 700) -> Window:
        window = part if isinstance(part, Window) else Window()
        if window is not part:
            window.setCentralWidget(part)
        window.resize(width, height)
        window.show()
        window.activateWindow()
        QTest.qWaitForWindowActive(window, 1_000)
        windows.append(window)
        return window

    yield show
    for window in windows:
        window.close()
        window.deleteLater()
    delete_now()
