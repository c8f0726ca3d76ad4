"""Looking for updates beside everything else: what is found is announced, and nothing is ever installed from here."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

import resources
from app import __version__
from app.errors import KnownError, UpdateError
from ui.front_door import FrontDoor
from ui.log_file import log_refusal

if TYPE_CHECKING:
    from sync.client.updates import Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known of updates.

    Attributes:
        is_looking: an answer is waited for.
        has_looked: there was one.
        update: the verified newer version, None where there is none.
        error: why there is no answer that may be trusted.
    """

    is_looking: bool = False
    has_looked: bool = False
    update: Update | None = None
    error: KnownError | None = None


class UpdateWatch(QObject):
    """Looks when asked, and once after a sign-in where IT named a place.

    Signals:
        changed: `looked` is another.
    """

    changed = Signal()
    _answered = Signal(object)

    def __init__(self, door: FrontDoor, *, root: bytes | None = None, parent: QObject | None = None) -> None:
        """Take the front door, and the root that updates are checked by; the one that ships unless one is given."""
        super().__init__(parent)
        self._door, self._root = door, root or resources.update_root()
        self.looked = Looked()
        self._answered.connect(self._on_answered)

    @property
    def is_off(self) -> bool:
        """Whether IT switched looking off."""
        return self._door.policy.update_mode == "off"

    @property
    def source(self) -> str:
        """The place that IT named, empty without one."""
        return self._door.policy.update_source

    def begin(self) -> None:
        """Look by itself, where that is wanted and can be."""
        if self.source and not self.is_off and self._root is not None:
            self.look(self.source)

    def look(self, source: str) -> None:
        """Look in a place; a second call while one is looked in changes nothing."""
        if self.looked.is_looking or self.is_off:
            return
        self.looked = Looked(is_looking=True)
        self.changed.emit()
        # A daemon: a place that never answers must not keep the laptop from locking.
        threading.Thread(target=self._look, args=(source,), name="updates", daemon=True).start()

    def _look(self, source: str) -> None:
        # The library is loaded by who looks: a desk must be up in a second.
        from sync.client.updates import Updates  # noqa: PLC0415

        try:
            if self._root is None:
                raise UpdateError("update.no_root")
            updates = Updates(source, root=self._root, memory=self._door.paths.updates, proxy=self._door.proxy)
            update = updates.look(running=__version__, platform=sys.platform)
            looked = Looked(has_looked=True, update=update)
        except KnownError as error:
            log_refusal(error)
            looked = Looked(has_looked=True, error=error)
        # The desk may have been locked meanwhile.
        with suppress(RuntimeError):
            self._answered.emit(looked)

    def _on_answered(self, looked: Looked) -> None:
        self.looked = looked
        self.changed.emit()
