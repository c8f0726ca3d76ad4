"""Setting a laptop up, page after page: the slip and a password, then the custodians' parts, then the keys."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.errors import KnownError
from app.security.passwords import offer_password
from sync.protocol.slip import Slip
from ui.front_door import FrontDoor
from ui.jobs import Jobs
from ui.pages.set_up import SetUpPage
from ui.recovery_flow import RecoveryFlow
from ui.set_up_work import SetUp, set_up


class SetUpFlow(QObject):
    """Shows its pages through whoever holds the window.

    Attributes:
        page: The page to show first.

    Signals:
        page_wanted: A page to show in place of the present one.
        keys_made: The keys for the desk; who takes them clears them.
    """

    page_wanted = Signal(QWidget)
    keys_made = Signal(object)
    _progressed = Signal(str)

    def __init__(self, door: FrontDoor, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._door, self._jobs = door, jobs
        self._recovery: RecoveryFlow | None = None
        self.page = SetUpPage(self._offer, words_only=door.policy.password_only)
        if door.policy.enrolment_slip:
            self.page.take_file(door.policy.enrolment_slip)
        self.page.finish_asked.connect(self._on_finish_asked)
        self._progressed.connect(self._on_progress)

    def clear(self) -> None:
        """Overwrite what is held."""
        if self._recovery is not None:
            self._recovery.clear()

    def _offer(self) -> str:
        return offer_password(self._door.password_rules, self._below)

    def _below(self, limit: int) -> int:
        # 8 bytes over a list of 7 776: the bias is below one in 10^15.
        return int.from_bytes(self._door.random_bytes(8), "big") % limit

    def _on_finish_asked(self, slip: Slip, password: str) -> None:
        door, tell = self._door, self._progressed.emit
        self._on_progress("measuring")
        self._jobs.run(lambda: set_up(door, slip, password, tell), self._on_set_up, self._on_refused)

    def _on_progress(self, stage: str) -> None:
        words = {
            "measuring": self.tr("Measuring how fast this laptop is."),
            "keys": self.tr("Making the keys."),
            "enrolling": self.tr("Telling the central service about this laptop."),
            "vault": self.tr("Making the encrypted place for the records."),
        }
        self.page.show_progress(words[stage])

    def _on_refused(self, error: KnownError) -> None:
        self.page.show_error(error)

    def _on_set_up(self, done: SetUp) -> None:
        if done.recovery is None:
            self.page.show_progress(self.tr("Opening the records."))
            self.keys_made.emit(done.keys)
            return
        flow = RecoveryFlow(done.keys, done.recovery, paths=self._door.paths, jobs=self._jobs, parent=self)
        flow.keys_ready.connect(self.keys_made)
        self._recovery = flow
        self.page_wanted.emit(flow.page)
