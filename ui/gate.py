"""The gate: signs somebody in or sets the laptop up, hands the keys to a waiting desk, and ends. It shows no record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.clocks import london_day
from app.errors import KnownError, SignInError, VaultError
from app.security.lock import SingleInstance
from app.security.opened_keys import OpenedKeys
from app.security.passwords import offer_password
from app.security.recovery import fingerprint
from sync.protocol.slip import Slip
from ui.front_door import FrontDoor
from ui.gate_work import Found, SetUp, is_new, keys_by_password, look, set_up
from ui.hand_over import Told, WaitingDesk, start_desk
from ui.jobs import Job, Jobs
from ui.look import Wardrobe
from ui.pages.open_failed import OpenFailedPage
from ui.pages.recovery_parts import RecoveryPartsPage
from ui.pages.set_up import SetUpPage
from ui.pages.sign_in import SignInPage
from ui.shell import Window
from ui.view_models.settings_words import Look

_SIZE: Final = (900, 700)


@dataclass(slots=True)
class _Holding:
    """What a gate holds for seconds: cleared as soon as it is handed over."""

    keys: OpenedKeys | None = field(default=None, repr=False)

    def clear(self) -> None:
        if self.keys is not None:
            self.keys.clear()
            self.keys = None


class Gate(QObject):
    """The sign-in window and what stands behind it.

    Signals:
        ended: The desk's window is up, or this one was closed: the process ends.
    """

    ended = Signal()
    _progressed = Signal(str)

    def __init__(
        self,
        door: FrontDoor,
        *,
        start: Callable[[Callable[[str], tuple[str, ...]]], WaitingDesk] = start_desk,
        parent: QObject | None = None,
    ) -> None:
        """Take the front door, and what starts a desk."""
        super().__init__(parent)
        self._door, self._start = door, start
        self._jobs = Jobs(self)
        self._wardrobe = Wardrobe(self)
        self._wardrobe.wear(Look())
        self._lock = SingleInstance(door.paths.lock)
        self._desk: WaitingDesk | None = None
        self._found: Found | None = None
        self._holding = _Holding()
        self._job: Job[int] | None = None
        self.window = Window()
        self.window.setWindowTitle("Alongside")
        self.window.resize(*_SIZE)
        self._progressed.connect(self._on_progress)

    @property
    def page(self) -> QWidget | None:
        """The page that is shown, None before the first."""
        return self.window.centralWidget()

    def begin(self) -> None:
        """Take the lock, start a desk that waits, and show what this laptop needs first."""
        try:
            self._take_lock()
        except VaultError as error:
            self._show_failed(error)
            return
        if self._desk is None and not self._begin_desk():
            return
        if is_new(self._door):
            self._show_set_up()
        else:
            self._jobs.run(lambda: look(self._door), self._on_looked, self._show_failed)

    def close(self) -> None:
        """Let the waiting desk go, clear what is held, end the thread and the window."""
        self._holding.clear()
        if self._desk is not None:
            self._desk.dismiss()
            self._desk = None
        self._lock.release()
        self._jobs.close()
        self.window.hide()
        self.window.deleteLater()

    def _take_lock(self) -> None:
        try:
            self._door.paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise VaultError("vault.read_only", errno=error.errno) from error
        self._lock.acquire()

    def _begin_desk(self) -> bool:
        try:
            self._desk = self._start(self._door.desk_command)
        except SignInError as error:
            self._show_failed(error)
        return self._desk is not None

    # What is shown

    def _show(self, page: QWidget) -> None:
        self.window.setCentralWidget(page)
        page.setFocus()

    def _show_failed(self, error: KnownError) -> None:
        page = OpenFailedPage(error, self._door.policy.support_text)
        page.again_asked.connect(self._on_again)
        page.close_asked.connect(self._on_close_asked)
        self._show(page)

    def _on_again(self) -> None:
        self.begin()

    def _on_close_asked(self) -> None:
        self.ended.emit()

    # Sign in

    def _on_looked(self, found: Found) -> None:
        self._found = found
        places = [(place.person_id, place.shown_name) for place in found.places]
        page = SignInPage(places, monotonic=self._door.monotonic)
        page.show_facts(
            lease_day=found.lease_day,
            on=london_day(self._door.clock()),
            disk_encrypted=found.disk_encrypted,
            password_only=found.password_only,
        )
        page.person_chosen.connect(self._on_person_chosen)
        page.sign_in_asked.connect(self._on_sign_in_asked)
        self._show(page)
        page.begin()
        if page.person_id is not None:
            self._on_person_chosen(page.person_id)

    def _on_person_chosen(self, person: UUID) -> None:
        """Count down at once when this person's wrong guesses from before still stand."""
        found = self._found
        assert found is not None
        self._job = self._jobs.run(
            lambda: found.attempts.wait_s(person), self._on_wait_known, self._on_refused, instead_of=self._job
        )

    def _on_wait_known(self, seconds: int) -> None:
        if isinstance(self.page, SignInPage) and seconds:
            self.page.show_wait(seconds)

    def _on_sign_in_asked(self, person: UUID, password: str) -> None:
        found, door = self._found, self._door
        assert found is not None
        self._say_busy(self.tr("Checking the password."))
        self._jobs.run(lambda: keys_by_password(door, found, person, password), self._on_keys, self._on_refused)

    def _on_refused(self, error: KnownError) -> None:
        if isinstance(self.page, SignInPage | SetUpPage):
            self.page.show_error(error)
        else:
            self._show_failed(error)

    # Set up

    def _show_set_up(self) -> None:
        door = self._door

        def below(limit: int) -> int:
            # 8 bytes over a list of 7 776: the bias is below one in 10^15.
            return int.from_bytes(door.random_bytes(8), "big") % limit

        def offer() -> str:
            return offer_password(door.password_rules, below)

        page = SetUpPage(offer, words_only=door.policy.password_only)
        page.finish_asked.connect(self._on_finish_asked)
        self._show(page)

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
        if isinstance(self.page, SetUpPage):
            self.page.show_progress(words[stage])

    def _on_set_up(self, done: SetUp) -> None:
        if not done.parts:
            self._on_keys(done.keys)
            return
        self._holding.keys = done.keys
        page = RecoveryPartsPage(done.parts, fingerprint(done.recovery_public))
        page.kept.connect(self._on_parts_kept)
        self._show(page)

    def _on_parts_kept(self) -> None:
        keys, self._holding.keys = self._holding.keys, None
        if keys is not None:
            self._on_keys(keys)

    # Hand over

    def _on_keys(self, keys: OpenedKeys) -> None:
        """Give the lock and the keys to the desk; this window stays until the desk's is up."""
        desk = self._desk
        assert desk is not None, "a desk waits while this window asks for a password"
        self._lock.release()
        self._say_busy(self.tr("Opening the records."))
        try:
            desk.send(keys)
        except SignInError as error:
            self._on_desk_gone(error)
            return
        finally:
            keys.clear()
        self._jobs.run(desk.next_told, self._on_told, self._on_desk_gone)

    def _on_told(self, told: Told) -> None:
        desk = self._desk
        assert desk is not None
        match told:
            case Told.CHECKING:
                self._say_busy(self.tr("Checking the records. This takes some seconds, once a day."))
            case Told.MIGRATING:
                self._say_busy(self.tr("Bringing the records up to date."))
            case Told.SHOWN | Told.FAILED:
                # A desk that failed says why in its own window.
                self.ended.emit()
                return
        self._jobs.run(desk.next_told, self._on_told, self._on_desk_gone)

    def _on_desk_gone(self, error: KnownError) -> None:
        """Start another desk and ask again: the one that waited has ended."""
        if self._desk is not None:
            self._desk.dismiss()
            self._desk = None
        self.begin()
        self._said_after(error)

    def _said_after(self, error: KnownError) -> None:
        # The page comes from the vault thread: what went wrong is said once it is there.
        self._jobs.run(lambda: error, self._on_refused, self._on_refused)

    def _say_busy(self, words: str) -> None:
        if isinstance(self.page, SignInPage):
            self.page.show_busy(words)
        elif isinstance(self.page, SetUpPage):
            self.page.show_progress(words)
        elif isinstance(self.page, RecoveryPartsPage):
            self.page.setEnabled(False)


def run_gate(door: FrontDoor) -> int:
    """Show the gate until it has ended; returns the exit code."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    gate = Gate(door)
    gate.ended.connect(application.quit)
    gate.begin()
    gate.window.show()
    code = application.exec()
    gate.close()
    return code


def run_refusal(error: KnownError) -> int:
    """Show why the program does not start, until the window is closed; returns the exit code."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    wardrobe = Wardrobe()
    wardrobe.wear(Look())
    window = Window()
    window.setWindowTitle("Alongside")
    window.resize(*_SIZE)
    page = OpenFailedPage(error)
    page.again_button.hide()
    page.close_asked.connect(window.close)
    window.setCentralWidget(page)
    window.show()
    application.exec()
    return 1
