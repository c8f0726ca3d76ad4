"""The gate: signs somebody in or sets the laptop up, hands the keys to a waiting desk, and ends. It shows no record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.clocks import london_day
from app.errors import KeyringError, KnownError, SignInError, VaultError
from app.paths import check_folder
from app.security.lock import SingleInstance
from app.security.opened_keys import OpenedKeys
from app.use_cases.giving_up import read_note
from ui.front_door import FrontDoor
from ui.gate_work import Found, Opened, check_keyring, is_new, look, open_by_password
from ui.hand_over import Told, WaitingDesk, start_desk
from ui.jobs import Job, Jobs
from ui.log_file import log_refusal
from ui.look import Wardrobe
from ui.pages.sign_in import SignInPage
from ui.shell import Window

if TYPE_CHECKING:
    from sync.protocol.messages import Revocation
    from ui.giving_up import GivingUpFlow
    from ui.giving_up_work import Farewell
    from ui.password_flow import PasswordFlow
    from ui.places_flow import PlacesFlow
    from ui.recovery_flow import RecoveryFlow
    from ui.set_up_flow import SetUpFlow

_SIZE: Final = (900, 700)

DESK_AFTER_MS: Final = 300
"""Two programs that start at once both start slowly, and nobody types a password faster than this."""


ASK_AFTER_MS: Final = 1_500
"""The question whether this laptop was revoked waits until sign-in window and desk have started."""


class Gate(QObject):
    """The sign-in window and what stands behind it.

    Signals:
        ended: The desk's window is up, or this one was closed: the process ends.
    """

    ended = Signal()

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
        self._wardrobe.wear()
        self._lock = SingleInstance(door.paths.lock)
        self._desk: WaitingDesk | None = None
        self._found: Found | None = None
        self._set_up: SetUpFlow | None = None
        self._recovery: RecoveryFlow | None = None
        self._password: PasswordFlow | None = None
        self._renewed: UUID | None = None
        self._places: PlacesFlow | None = None
        self._said = ("", "")
        self._job: Job[int] | None = None
        self._giving_up: GivingUpFlow | None = None
        self._asking: Jobs | None = None
        self._is_closed = self._has_handed_over = False
        self.window = Window()
        self.window.setWindowTitle("Alongside")
        self.window.resize(*_SIZE)

    @property
    def page(self) -> QWidget | None:
        """The page that is shown, None before the first."""
        return self.window.centralWidget()

    def begin(self) -> None:
        """Take the lock, start a desk that waits, and show what this laptop needs first."""
        try:
            self._take_lock()
            if read_note(self._door.paths) is not None:
                self._go_on_giving_up()
                return
            nothing_here = is_new(self._door)
        except (KeyringError, VaultError) as error:
            self._show_failed(error)
            return
        QTimer.singleShot(DESK_AFTER_MS, self._on_page_up)
        if nothing_here:
            self._jobs.run(lambda: check_keyring(self._door), self._on_keyring, self._show_failed)
        else:
            self._jobs.run(lambda: look(self._door), self._on_looked, self._show_failed)
            if self._door.policy.sync_url:
                QTimer.singleShot(ASK_AFTER_MS, self._ask)

    def close(self) -> None:
        """Let the waiting desk go, clear what is held, end the thread and the window."""
        self._is_closed = True
        self.window.hide()
        if self._set_up is not None:
            self._set_up.clear()
        if self._giving_up is not None:
            self._giving_up.close()
        if self._asking is not None:
            self._asking.close()
        if self._recovery is not None:
            self._recovery.clear()
        if self._desk is not None:
            self._desk.dismiss()
            self._desk = None
        self._lock.release()
        self._jobs.close()
        self.window.deleteLater()
        self.deleteLater()

    def _take_lock(self) -> None:
        check_folder(self._door.paths.folder)
        try:
            self._door.paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise VaultError("vault.read_only", errno=error.errno) from error
        self._lock.acquire()

    def _on_page_up(self) -> None:
        """Start a desk that waits, once this window had the laptop to itself."""
        if self._desk is None and self._giving_up is None and not self._is_closed:
            self._begin_desk()

    def _begin_desk(self) -> WaitingDesk | None:
        try:
            self._desk = self._start(self._door.desk_command)
        except SignInError as error:
            self._show_failed(error)
        return self._desk

    # What is shown

    def _show(self, page: QWidget) -> None:
        self.window.setCentralWidget(page)
        page.setFocus()

    def _show_failed(self, error: KnownError) -> None:
        log_refusal(error)
        # Imported when something is wrong: what it can offer needs the database, and a sign-in does not.
        from ui.pages.open_failed import OpenFailedPage  # noqa: PLC0415

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
        page.new_password_asked.connect(self._on_new_password_asked)
        page.places_asked.connect(self._on_places_asked)
        self._show(page)
        page.begin()
        if self._door.paths.restoring.exists():
            page.show_restore()
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
        self._jobs.run(lambda: open_by_password(door, found, person, password), self._on_opened, self._on_refused)

    def _on_opened(self, opened: Opened) -> None:
        if opened.recovery is None:
            self._on_keys(opened.keys)
            return
        # Imported on the few days on which a recovery key waits to be kept.
        from ui.recovery_flow import RecoveryFlow  # noqa: PLC0415

        flow = RecoveryFlow(opened.keys, opened.recovery, paths=self._door.paths, jobs=self._jobs, parent=self)
        flow.keys_ready.connect(self._on_keys)
        self._recovery = flow
        self._show(flow.page)

    def _on_refused(self, error: KnownError) -> None:
        if isinstance(self.page, SignInPage):
            self.page.show_error(error)
        else:
            self._show_failed(error)

    # A new password

    def _on_new_password_asked(self) -> None:
        # Imported on the rare day: a sign-in, which must be up in a second, needs none of it.
        from ui.password_flow import PasswordFlow  # noqa: PLC0415

        page, found = self.page, self._found
        assert isinstance(page, SignInPage)
        assert found is not None
        flow = PasswordFlow(self._door, found, self._jobs, person=page.person_id, parent=self)
        flow.saved.connect(self._on_password_saved)
        flow.back_asked.connect(self._on_password_left)
        self._password = flow
        self._show(flow.page)
        flow.page.begin()

    def _on_password_left(self) -> None:
        self._leave_password(None)

    def _on_password_saved(self, person: UUID) -> None:
        self._leave_password(person)

    def _leave_password(self, person: UUID | None) -> None:
        """Read anew what is here, and ask for a sign-in again; `person` has a new password."""
        if self._password is not None:
            self._password.deleteLater()
            self._password = None
        self._renewed = person
        self._jobs.run(lambda: look(self._door), self._on_looked_again, self._show_failed)

    def _on_looked_again(self, found: Found) -> None:
        self._on_looked(found)
        slot = None if self._renewed is None else found.slots.slot_of(self._renewed)
        if isinstance(self.page, SignInPage) and slot is not None:
            self.page.show_new_password(slot.person_id, slot.shown_name)

    # Places

    def _on_places_asked(self) -> None:
        # Imported on the rare day: a sign-in, which must be up in a second, needs none of it.
        from ui.places_flow import PlacesFlow  # noqa: PLC0415

        page, found = self.page, self._found
        assert isinstance(page, SignInPage)
        assert found is not None
        flow = PlacesFlow(self._door, found, self._jobs, person=page.person_id, parent=self)
        flow.done.connect(self._on_places_done)
        flow.back_asked.connect(self._on_places_left)
        self._places = flow
        self._show(flow.page)
        flow.page.begin()

    def _on_places_left(self) -> None:
        self._on_places_done("", "")

    def _on_places_done(self, sentence: str, next_step: str) -> None:
        """Read anew what is here, and ask for a sign-in again."""
        if self._places is not None:
            self._places.deleteLater()
            self._places = None
        self._said = (sentence, next_step)
        self._jobs.run(lambda: look(self._door), self._on_looked_at_places, self._show_failed)

    def _on_looked_at_places(self, found: Found) -> None:
        self._on_looked(found)
        if isinstance(self.page, SignInPage) and self._said[0]:
            self.page.show_done(*self._said)

    # Set up

    def _on_keyring(self, _nothing: None) -> None:
        self._show_set_up()

    def _show_set_up(self) -> None:
        # Imported once in a laptop's life: a sign-in, which must be up in a second, needs no database and no network.
        from ui.set_up_flow import SetUpFlow  # noqa: PLC0415

        flow = SetUpFlow(self._door, self._jobs, self)
        flow.page_wanted.connect(self._show)
        flow.keys_made.connect(self._on_keys)
        self._set_up = flow
        self._show(flow.page)

    # Give up

    def _ask(self) -> None:
        """Ask the service whether this laptop was revoked, on a thread of its own: a sign-in never waits for it."""
        if self._is_closed or self._asking is not None:
            return
        from ui.giving_up_work import ask_service  # noqa: PLC0415 - see below

        self._asking = Jobs(self)
        self._asking.run(lambda: ask_service(self._door), self._on_asked, self._on_not_asked)

    def _on_asked(self, order: Revocation | None) -> None:
        if order is None or self._has_handed_over:
            # Somebody signed in meanwhile: the desk hears of it with its first exchange, and can seal what is unsent.
            return
        from ui.giving_up_work import give_up_closed  # noqa: PLC0415 - see below

        self._show_giving_up(lambda: give_up_closed(self._door, order))

    def _on_not_asked(self, _error: KnownError) -> None:
        """Say nothing: what cannot be read here is said by the sign-in."""

    def _go_on_giving_up(self) -> None:
        from ui.giving_up_work import go_on  # noqa: PLC0415 - see below

        self._show_giving_up(lambda: go_on(self._door))

    def _show_giving_up(self, work: Callable[[], Farewell]) -> None:
        # Imported once in a laptop's life: a sign-in, which must be up in a second, needs no database and no network.
        from ui.giving_up import GivingUpFlow  # noqa: PLC0415

        if self._desk is not None:
            self._desk.dismiss()
            self._desk = None
        flow = GivingUpFlow(self._door, self._jobs, can_set_up=True, parent=self)
        flow.set_up_asked.connect(self._on_set_up_again)
        flow.close_asked.connect(self._on_close_asked)
        self._giving_up = flow
        self._show(flow.page)
        flow.begin(work)

    def _on_set_up_again(self) -> None:
        if self._giving_up is not None:
            self._giving_up.close()
            self._giving_up = None
        self.begin()

    # Hand over

    def _on_keys(self, keys: OpenedKeys) -> None:
        """Give the lock and the keys to the desk; this window stays until the desk's is up."""
        desk = self._desk or self._begin_desk()
        if desk is None:
            keys.clear()
            return
        self._has_handed_over = True
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


def run_gate(door: FrontDoor, *, title: str = "") -> int:
    """Show the gate until it has ended, under a title of its own if one is given; returns the exit code."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    gate = Gate(door)
    gate.ended.connect(application.quit)
    if title:
        gate.window.setWindowTitle(title)
    gate.begin()
    gate.window.show()
    code = application.exec()
    gate.close()
    return code


def run_refusal(error: KnownError) -> int:
    """Show why the program does not start, until the window is closed; returns the exit code."""
    from ui.pages.open_failed import OpenFailedPage  # noqa: PLC0415 - as above

    log_refusal(error)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    wardrobe = Wardrobe()
    wardrobe.wear()
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
