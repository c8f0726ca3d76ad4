"""Giving up a vault in front of people: one page from the order to the end, and tries to reach the service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import KnownError
from app.use_cases.giving_up import forget_order
from sync.client.rescue import carry_sealed
from ui.front_door import FrontDoor
from ui.giving_up_work import Farewell, speak_to_service
from ui.jobs import Jobs
from ui.pages.given_up import GivenUpPage
from ui.widgets import Manner

TRY_EVERY_MS: Final = 30_000
"""While the program runs, the laptop's key is in memory and the service would listen."""


class GivingUpFlow(QObject):
    """Owns the page; whoever holds the window shows it.

    Attributes:
        page: The page.

    Signals:
        done: A `Farewell`: the order is obeyed as far as it goes.
        told: The service has this laptop's word.
        set_up_asked: The laptop is as new; set it up.
        close_asked: Close the window.
    """

    done = Signal(object)
    told = Signal()
    set_up_asked = Signal()
    close_asked = Signal()

    def __init__(self, door: FrontDoor, jobs: Jobs, *, can_set_up: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._door, self._jobs = door, jobs
        self._farewell: Farewell | None = None
        self.page = GivenUpPage(door.policy.support_text, can_set_up=can_set_up)
        self.page.send_asked.connect(self._try)
        self.page.folder_chosen.connect(self._on_folder)
        self.page.set_up_asked.connect(self._on_set_up)
        self.page.close_asked.connect(self.close_asked)
        self._timer = QTimer(self)
        self._timer.setInterval(TRY_EVERY_MS)
        self._timer.timeout.connect(self._try)

    def begin(self, work: Callable[[], Farewell]) -> None:
        """Obey, off the window's thread."""
        self._jobs.run(work, self._on_done, self._on_failed)

    def close(self) -> None:
        """Try no more, and overwrite the key."""
        self._timer.stop()
        if self._farewell is not None and self._farewell.key is not None:
            self._farewell.key.clear()

    def _on_done(self, farewell: Farewell) -> None:
        self._show(farewell)
        self.done.emit(farewell)
        if farewell.key is not None and farewell.note.is_obeyed and not farewell.note.is_told:
            self._timer.start()
            self._try()

    def _on_failed(self, error: KnownError) -> None:
        self.page.show_error(error)

    def _show(self, farewell: Farewell) -> None:
        self._farewell = farewell
        can_send = farewell.key is not None and not farewell.note.is_told
        self.page.show_note(farewell.note, can_send=can_send)

    def _try(self) -> None:
        farewell, door = self._farewell, self._door
        if farewell is not None:
            self._jobs.run(lambda: speak_to_service(door, farewell), self._on_spoken, self._on_not_spoken)

    def _on_spoken(self, farewell: Farewell) -> None:
        self._show(farewell)
        if farewell.note.is_told and self._timer.isActive():
            self.close()
            self.page.outcome.hide()
            self.told.emit()

    def _on_not_spoken(self, error: KnownError) -> None:
        self.page.show_error(error)

    def _on_folder(self, folder: str) -> None:
        paths = self._door.paths
        self._jobs.run(lambda: carry_sealed(paths.sealed_outbox, Path(folder)), self._on_saved, self._on_not_spoken)

    def _on_saved(self, file: Path) -> None:
        words = self.tr("Saved as {name}. Only the people who keep your charity's recovery key can open it.")
        self.page.show_outcome(words.format(name=file.name), Manner.DONE)

    def _on_set_up(self) -> None:
        paths = self._door.paths
        self._jobs.run(lambda: forget_order(paths), self._on_forgotten, self._on_not_spoken)

    def _on_forgotten(self, _nothing: None) -> None:
        self.set_up_asked.emit()
