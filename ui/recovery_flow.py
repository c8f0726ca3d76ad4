"""Showing the custodians' parts between the keys and the desk, and letting their key count once they are kept."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.custody.shares import fingerprint
from app.errors import KnownError
from app.paths import LaptopPaths
from app.security.opened_keys import OpenedKeys
from ui.jobs import Jobs
from ui.pages.recovery_parts import RecoveryPartsPage
from ui.recovery_key import RecoveryKey, keep


class RecoveryFlow(QObject):
    """Holds the desk's keys while somebody keeps the parts.

    Attributes:
        page: The page with the parts.

    Signals:
        keys_ready: The keys for the desk; who takes them clears them.
    """

    keys_ready = Signal(object)

    def __init__(
        self, keys: OpenedKeys, key: RecoveryKey, *, paths: LaptopPaths, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        """Take the desk's keys, the key to be kept, and where its note and its slots lie."""
        super().__init__(parent)
        self._keys: OpenedKeys | None = keys
        self._key, self._paths, self._jobs = key, paths, jobs
        self.page = RecoveryPartsPage(key.parts, fingerprint(key.public), is_again=key.slots is not None)
        self.page.kept.connect(self._on_kept)
        self.page.later_asked.connect(self._hand_over)

    def clear(self) -> None:
        """Overwrite what is held."""
        if self._keys is not None:
            self._keys.clear()
            self._keys = None

    def _on_kept(self) -> None:
        paths, key = self._paths, self._key
        self._jobs.run(lambda: keep(paths, key), self._on_done, self._on_refused)

    def _on_done(self, _nothing: None) -> None:
        self._hand_over()

    def _on_refused(self, error: KnownError) -> None:
        self.page.show_error(error)

    def _hand_over(self) -> None:
        keys, self._keys = self._keys, None
        if keys is not None:
            self.keys_ready.emit(keys)
