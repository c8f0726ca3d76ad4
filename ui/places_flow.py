"""Places on this laptop, at the sign-in window: one page, and back to signing in."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from app.errors import KnownError
from app.security.passwords import offer_password
from app.use_cases.key_life import Colleague
from ui.front_door import FrontDoor
from ui.gate_work import Found
from ui.jobs import Jobs
from ui.log_file import log_refusal
from ui.pages.places_here import PlacesHerePage
from ui.password_work import BySignIn
from ui.places_work import end_place, give_place, whom_to_add


class PlacesFlow(QObject):
    """Shows its page through whoever holds the window.

    Attributes:
        page: The page.

    Signals:
        done: What was done, in a sentence and what comes of it.
        back_asked: Nothing was changed.
    """

    done = Signal(str, str)
    back_asked = Signal()

    def __init__(
        self, door: FrontDoor, found: Found, jobs: Jobs, *, person: UUID | None, parent: QObject | None = None
    ) -> None:
        """Take the door, what is here, the thread, and who was chosen at the sign-in."""
        super().__init__(parent)
        self._door, self._found, self._jobs = door, found, jobs
        self._said = ("", "")
        places = [(place.person_id, place.shown_name) for place in found.places]
        self.page = PlacesHerePage(places, self._offer, person=person, words_only=found.password_only)
        self.page.colleagues_asked.connect(self._on_colleagues_asked)
        self.page.add_asked.connect(self._on_add_asked)
        self.page.end_asked.connect(self._on_end_asked)
        self.page.back_asked.connect(self.back_asked)

    def _offer(self) -> str:
        return offer_password(self._door.password_rules, self._below)

    def _below(self, limit: int) -> int:
        # 8 bytes over a list of 7 776: the bias is below one in 10^15.
        return int.from_bytes(self._door.random_bytes(8), "big") % limit

    def _on_colleagues_asked(self, by: BySignIn) -> None:
        self.page.show_busy(self.tr("Looking who may have a place here."))
        self._jobs.run(lambda: whom_to_add(self._door, self._found, by), self.page.show_colleagues, self._refuse)

    def _on_add_asked(self, by: BySignIn, colleague: Colleague, password: str) -> None:
        self._run(
            lambda: give_place(self._door, self._found, by, colleague, password),
            self.tr("Making the place. This takes some seconds."),
            self.tr("Your colleague has a place on this laptop."),
            self.tr("They sign in with the password they chose."),
        )

    def _on_end_asked(self, by: BySignIn, person: UUID) -> None:
        self._run(
            lambda: end_place(self._door, self._found, by, person),
            self.tr("Ending the place and making a new key. Do not switch this laptop off."),
            self.tr("The place has ended, and the records have a new key."),
            self.tr("Tell your IT support as well: other laptops are theirs to see to."),
        )

    def _run(self, work: Callable[[], None], busy: str, sentence: str, next_step: str) -> None:
        self._said = (sentence, next_step)
        self.page.show_busy(busy)
        self._jobs.run(work, self._on_done, self._refuse)

    def _on_done(self, _nothing: None) -> None:
        self.done.emit(*self._said)

    def _refuse(self, error: KnownError) -> None:
        log_refusal(error)
        self.page.show_error(error)
