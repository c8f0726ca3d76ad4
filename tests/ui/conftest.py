"""What every test of windows needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget


@pytest.fixture(autouse=True)
def nothing_stays_open() -> Iterator[None]:
    """Take down what a test leaves behind: each look that a later test puts on is put on every widget there is."""
    before = set(_windows())
    yield
    for widget in _windows():
        if widget not in before:
            widget.deleteLater()
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _windows() -> list[QWidget]:
    return [] if QApplication.instance() is None else QApplication.topLevelWidgets()
