"""A real vault and everything a page is handed, for the tests of pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QWidget

import resources
from app.domain.clocks import bank_holidays
from app.errors import KnownError
from tests.helpers.vaults import Laptop, make_laptop
from ui.changes import Changes
from ui.context import PageContext
from ui.jobs import Jobs
from ui.pyside_guard import keep_singletons
from ui.theme import TextRole, Theme, theme_in_use
from ui.widgets import DataTable

P = TypeVar("P", bound=QWidget)

keep_singletons()


@dataclass
class Went:
    """Where pages asked to go, and how often they asked to send."""

    places: list[tuple[str, object | None]] = field(default_factory=list)
    sends: int = 0

    def to(self, page: str, subject: object | None = None) -> None:
        self.places.append((page, subject))

    def send(self) -> None:
        self.sends += 1


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["alongside"]


@pytest.fixture
def laptop(tmp_path: Any) -> Iterator[Laptop]:
    """A laptop of Aspire with the shipped alliance, worked on by an outreach worker."""
    made = make_laptop(tmp_path / "vault")
    yield made
    made.vault.close()


@pytest.fixture
def went() -> Went:
    return Went()


@pytest.fixture
def context(qapp: QApplication, laptop: Laptop, went: Went) -> Iterator[PageContext]:
    """What the desk would hand a page."""
    Theme.load().apply(qapp)
    jobs, changes = Jobs(), Changes()
    yield PageContext(
        vault=laptop.vault,
        actor=laptop.actor,
        clock=laptop.clock,
        jobs=jobs,
        changes=changes,
        navigate=went.to,
        holidays=bank_holidays(resources.bank_holidays()),
        sync_now=went.send,
        carry_unsent=lambda folder: folder / "alongside.sealed",
    )
    jobs.close()


@pytest.fixture
def settled(qtbot: Any, context: PageContext) -> Callable[[], None]:
    """Wait until the vault thread has answered everything, and what those answers asked for in turn."""

    def wait() -> None:
        qtbot.waitUntil(lambda: _is_quiet(context.jobs), timeout=10_000)

    return wait


@pytest.fixture
def shown(qtbot: Any, context: PageContext, settled: Callable[[], None]) -> Callable[..., Any]:
    """Open a page in a window of ward-laptop size and wait until it has read the vault."""

    def show(page: P, subject: object | None = None, *, width: int = 1024, height: int = 700) -> P:
        qtbot.addWidget(page)
        page.resize(width, height)
        page.open(subject)
        page.show()
        settled()
        return page

    return show


# The smallest usual screen is 1280 wide, of which the navigation takes 232.
BESIDE_NAVIGATION = 1280 - 232


def cut_words(table: DataTable) -> list[str]:
    """Return what stands in a table without finding room in its column."""
    theme, cut = theme_in_use(), []
    for place in range(table.rows.rowCount()):
        for at in range(table.rows.columnCount()):
            cell = table.rows.cell(place, at)
            if cell is None:
                continue
            metrics = QFontMetrics(theme.font(TextRole.LABEL if cell.strong else TextRole.BODY))
            # As the cells are drawn: 12 px at either side, and 24 for a shape before the words.
            room = table.columnWidth(at) - 24 - (24 if cell.shape else 0)
            if metrics.horizontalAdvance(cell.words) > room:
                cut.append(cell.words)
    return cut


class Answers(QObject):
    """Takes what `Jobs` tells, for tests of `Jobs` itself."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[Any] = []
        self.errors: list[KnownError] = []

    def done(self, result: Any) -> None:
        self.results.append(result)

    def failed(self, error: KnownError) -> None:
        self.errors.append(error)


def _is_quiet(jobs: Jobs) -> bool:
    # A table asks for its next page by a timer of 0 ms, and Qt shows new parts in the turn after.
    for _turn in range(3):
        QApplication.processEvents()
        if not jobs.is_idle:
            return False
    return True
