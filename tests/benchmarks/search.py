"""Search as you type at 100 000 people: from the key press to the list on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.place import door_of, open_place
from tests.benchmarks.watch import Painted, Waiter
from ui.desk import Desk
from ui.pages.people import PeoplePage
from ui.widgets import EmptyState

WORDS = (
    "samira osei",
    "fergusson",
    "St David",
    "boateng will",
    "ngozi",
    "thompson white",
    "kestrel",
    "rosalind",
    "o",
    "llewellyn gra",
    "wojcik",
    "adeyemi 3",
    "hoa nguyen",
    "lin",
    "elspeth mac",
    "heron smith",
    "jas",
    "yewande amank",
    "tomlinson-br",
    "minh wren",
    "archie",
    "walker ed",
    "norman sorrell",
)
WINDOW = (1280, 860)


def measure(place: Path) -> list[Figure]:
    """Type names, wards and halves of them into the people page of a real desk, and empty the box again."""
    laptop, actor = open_place(place)
    desk = Desk(laptop, actor, door_of(place))
    desk.shell.resize(*WINDOW)
    desk.shell.show()
    desk.open("people")
    assert isinstance(desk.page, PeoplePage)
    typist = _Typist(desk.page)
    typist.wait_for_all()
    for word in WORDS[:3]:
        typist.find(word)
    typist.taken.clear()
    for word in WORDS:
        typist.find(word)
    desk.close()
    laptop.close()
    taken = typist.taken
    return [
        Figure(
            name=f"search at 100 000: key press to painted list, p95 of {len(taken)}",
            value=percentile(taken, 95) * 1000,
            unit="ms",
            goal=16,
        ),
        Figure(name="search at 100 000: the same, median", value=percentile(taken, 50) * 1000, unit="ms"),
    ]


class _Typist:
    """Somebody at the search box who waits after every key for the list it brings."""

    def __init__(self, page: PeoplePage) -> None:
        self._page = page
        self._waiter = Waiter()
        self._is_new = False
        self.taken: list[float] = []
        page.table.rows.modelReset.connect(self._on_new)
        nobody = page.findChild(EmptyState)
        assert nobody is not None
        for widget in (page.table.viewport(), nobody):
            Painted(widget, self._waiter.look)

    def wait_for_all(self) -> None:
        """Wait for the list of everybody."""
        self._waiter.until(lambda: self._page.table.rows.rowCount() >= 100_000)

    def find(self, word: str) -> None:
        """Type a word with one slip on the way, and empty the box with one press."""
        for key in _keys(word):
            self._press(key)
        line = self._page.search.line
        line.selectAll()
        self._press(Qt.Key.Key_Backspace)

    def _press(self, key: str | Qt.Key) -> None:
        self._is_new = False
        began = perf_counter()
        QTest.keyClick(self._page.search.line, key)  # type: ignore[call-overload]
        self.taken.append(self._waiter.until(lambda: self._is_new) - began)

    def _on_new(self) -> None:
        self._is_new = True


def _keys(word: str) -> Iterator[str | Qt.Key]:
    """Yield the keys of a word; the third letter is taken back and typed again, as people do."""
    for at, letter in enumerate(word):
        yield letter
        if at == 2:
            yield Qt.Key.Key_Backspace
            yield letter
