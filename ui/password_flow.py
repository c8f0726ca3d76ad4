"""A new password at the sign-in window: one page, and back to signing in."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.errors import KnownError
from app.security.passwords import offer_password
from ui.front_door import FrontDoor
from ui.gate_work import Found
from ui.jobs import Jobs
from ui.log_file import log_refusal
from ui.pages.new_password import NewPasswordPage
from ui.password_work import ByCustodians, BySignIn, set_password


class PasswordFlow(QObject):
    """Shows its page through whoever holds the window.

    Attributes:
        page: The page.

    Signals:
        saved: Whose password it is now, as a `UUID`.
        back_asked: Nothing was changed.
    """

    saved = Signal(object)
    back_asked = Signal()

    def __init__(
        self, door: FrontDoor, found: Found, jobs: Jobs, *, person: UUID | None, parent: QObject | None = None
    ) -> None:
        """Take the door, what is here, the thread, and who was chosen at the sign-in."""
        super().__init__(parent)
        self._door, self._found, self._jobs = door, found, jobs
        places = [(place.person_id, place.shown_name) for place in found.places]
        self.page = NewPasswordPage(places, self._offer, person=person, words_only=found.password_only)
        self.page.save_asked.connect(self._on_save_asked)
        self.page.back_asked.connect(self.back_asked)

    def _offer(self) -> str:
        return offer_password(self._door.password_rules, self._below)

    def _below(self, limit: int) -> int:
        # 8 bytes over a list of 7 776: the bias is below one in 10^15.
        return int.from_bytes(self._door.random_bytes(8), "big") % limit

    def _on_save_asked(self, person: UUID, password: str, way: BySignIn | ByCustodians) -> None:
        door, found = self._door, self._found

        def save() -> UUID:
            set_password(door, found, person, password, way)
            return person

        self.page.show_busy(self.tr("Making the new key. This takes some seconds."))
        self._jobs.run(save, self._on_saved, self._refuse)

    def _on_saved(self, person: UUID) -> None:
        self.saved.emit(person)

    def _refuse(self, error: KnownError) -> None:
        log_refusal(error)
        self.page.show_error(error)
