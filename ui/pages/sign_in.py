"""Signing in: who, the password, one press; a wait is counted in the open and never a dead end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import KnownError, MustWaitError, WrongPasswordError
from ui.messages import day_words, words_of
from ui.pages.product_name import product_name
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Field,
    FlowRow,
    IconLabel,
    Manner,
    Option,
    Page,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecretField,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

_SECOND_MS: Final = 1_000


class SignInPage(Page):
    """Two steps: the password, and the button; with several people first the name.

    Signals:
        person_chosen: Whose name was pressed, as a `UUID`.
        sign_in_asked: Who, and the password as typed.
        new_password_asked: Somebody forgot their password, or wants another one.
        places_asked: A colleague is to be given a place, or somebody's ends.
    """

    person_chosen = Signal(object)
    sign_in_asked = Signal(object, str)
    new_password_asked = Signal()
    places_asked = Signal()

    def __init__(
        self,
        places: Sequence[tuple[UUID, str]],
        *,
        monotonic: Callable[[], float],
        parent: QWidget | None = None,
    ) -> None:
        """Show who has a place on this laptop, each an id and the name on screen."""
        super().__init__(parent=parent)
        self.set_header(product_name())
        self.set_heading(self.tr("Sign in"))
        self._monotonic = monotonic
        self._until = 0.0
        self._is_busy = False
        self.people = ChoiceGroup(
            self.tr("Who are you?"), [Option(key=str(person), words=name) for person, name in places], in_a_row=True
        )
        self.password = SecretField(
            self.tr("Password"), hint=self.tr("Long is good: paste it, dictate it, or press Show and read it.")
        )
        self.wait = Banner("", manner=Manner.ATTENTION)
        self.progress = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.done = Banner("", manner=Manner.DONE)
        self.sign_in_button = PrimaryButton(self.tr("Sign in"))
        self.new_password_button = QuietButton(self.tr("Forgotten or changing your password?"))
        self.places_button = QuietButton(self.tr("Add or remove a colleague"))
        self._facts = QVBoxLayout()
        self._timer = QTimer(self)
        self._timer.setInterval(_SECOND_MS)
        self._build(places)

    @property
    def person_id(self) -> UUID | None:
        """Who is chosen."""
        return UUID(self.people.value) if self.people.value else None

    @property
    def is_waiting(self) -> bool:
        """Whether the next guess is not taken yet."""
        return self._seconds_left() > 0

    def show_facts(self, *, lease_day: date | None, on: date, disk_encrypted: bool | None, password_only: bool) -> None:
        """Show what is known of this laptop before anybody has signed in."""
        if lease_day is not None:
            text = self.tr("This laptop must connect to the central service by {day}.")
            is_past = lease_day < on
            if is_past:
                text = self.tr("This laptop should have connected by {day}. Connect it, then sign in.")
            self._add_fact(filled(text, day=day_words(lease_day, on)), is_worry=is_past)
        if disk_encrypted is not None:
            words = self.tr("The disk of this laptop is encrypted.")
            if not disk_encrypted:
                words = self.tr("The disk of this laptop is not encrypted. Tell your IT support.")
            self._add_fact(words, is_worry=not disk_encrypted)
        if password_only:
            self._add_fact(self.tr("On this laptop the password alone protects the records."), is_worry=True)

    def show_busy(self, words: str) -> None:
        """Say what is being done; the button rests until there is an answer."""
        self._is_busy = bool(words)
        self.progress.set_words(words)
        self.progress.setVisible(bool(words))
        for button in (self.sign_in_button, self.new_password_button, self.places_button):
            button.setEnabled(not words)

    def show_new_password(self, person: UUID, name: str) -> None:
        """Say that a new password counts, and wait for it to be typed."""
        self.people.set_value(str(person))
        words = filled(self.tr("{name}’s new password is saved."), name=name)
        self.done.set_words(words, self.tr("Sign in with it. The old one opens nothing any more."))
        self.done.show()
        announce(self, words)
        self.password.focus_control()

    def show_restore(self) -> None:
        """Say that whoever signs in next puts a safety copy back."""
        words = self.tr("Sign in to put the safety copy back.")
        self.done.set_words(words, self.tr("The file that is there now is kept beside it."))
        self.done.show()
        announce(self, words)

    def show_done(self, sentence: str, next_step: str) -> None:
        """Say what was done."""
        self.done.set_words(sentence, next_step)
        self.done.show()
        announce(self, f"{sentence} {next_step}")

    def show_error(self, error: KnownError) -> None:
        """Say why nobody was let in; what was typed stays."""
        self.show_busy("")
        seconds = error.detail.get("seconds")
        if isinstance(error, MustWaitError) and isinstance(seconds, int):
            self.show_wait(seconds)
            return
        words = words_of(error)
        is_password = isinstance(error, WrongPasswordError)
        self.show_errors([(words.whole, self.password if is_password else None)])
        if is_password:
            self.password.line.selectAll()
            self.show_wait(seconds if isinstance(seconds, int) else 0)

    def show_wait(self, seconds: int) -> None:
        """Count down from `seconds`; none takes the count away."""
        self._until = self._monotonic() + seconds
        self._timer.stop()
        self.wait.setVisible(seconds > 0)
        if seconds > 0:
            self._say_wait(seconds)
            announce(self, self.wait.statement.words)
            self._timer.start()

    def begin(self) -> None:
        """Bring the keyboard to what is asked first."""
        (self.password if self.person_id is not None else self.people).focus_control()

    def _build(self, places: Sequence[tuple[UUID, str]]) -> None:
        self.add(self.done)
        self.add(self.people)
        self.add(self.wait)
        self.add(self.password)
        self.add(self.progress)
        self.add(FlowRow(self.sign_in_button, self.new_password_button, self.places_button))
        self._facts.setSpacing(8)
        self.add(self._facts, group=True)
        for part in (self.done, self.wait, self.progress):
            part.hide()
        if len(places) == 1:
            self.people.set_value(str(places[0][0]))
        self.people.chosen.connect(self._on_chosen)
        self.password.line.returnPressed.connect(self._on_sign_in)
        self.sign_in_button.clicked.connect(self._on_sign_in)
        self.new_password_button.clicked.connect(self.new_password_asked)
        self.places_button.clicked.connect(self.places_asked)
        self._timer.timeout.connect(self._on_second)

    def _add_fact(self, words: str, *, is_worry: bool) -> None:
        shape, tone = (Shape.TRIANGLE, Tone.ATTENTION) if is_worry else (Shape.INFORMATION, Tone.SOFT)
        self._facts.addWidget(IconLabel(shape, words, TextRole.HINT, tone=tone))

    def _seconds_left(self) -> int:
        return max(0, -int(-(self._until - self._monotonic()) // 1))

    def _say_wait(self, seconds: int) -> None:
        if seconds == 1:
            words = self.tr("Too many wrong passwords. Wait 1 second.")
        else:
            words = filled(self.tr("Too many wrong passwords. Wait {seconds} seconds."), seconds=seconds)
        self.wait.set_words(words, self.tr("Nothing is deleted, however often a wrong password is typed."))

    def _on_second(self) -> None:
        left = self._seconds_left()
        if left:
            self._say_wait(left)
            return
        self._timer.stop()
        self.wait.hide()
        announce(self, self.tr("You can sign in again."))

    def _on_chosen(self, key: str) -> None:
        self.show_errors([])
        self.password.set_error("")
        self.show_wait(0)
        self.password.focus_control()
        self.person_chosen.emit(UUID(key))

    def _on_sign_in(self) -> None:
        if self._is_busy:
            return
        errors: list[tuple[str, Field | None]] = []
        if self.person_id is None:
            errors.append((self.tr("Choose your name."), self.people))
        if not self.password.text:
            errors.append((self.tr("Type your password."), self.password))
        for field in (self.people, self.password):
            field.set_error("")
        self.show_errors(errors)
        if not errors:
            self.sign_in_asked.emit(self.person_id, self.password.text)
