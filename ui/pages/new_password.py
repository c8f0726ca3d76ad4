"""A new password: changed by whoever knows the old one, or set with the help of a colleague or two custodians."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.errors import KnownError, MustWaitError, WrongPasswordError
from ui.messages import field_key, words_of
from ui.pages.offered_password import OfferedPassword
from ui.password_work import ByCustodians, BySignIn
from ui.widgets import (
    ChoiceGroup,
    Field,
    Option,
    Page,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SecretField,
    TextArea,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

OWN, COLLEAGUE, CUSTODIANS = "own", "colleague", "custodians"
MAKE_NEW, STAY = "make_new", "stay"
_PART: Final = 4
"""Lines of a field for fifty words."""


class NewPasswordPage(Page):
    """Whose password, what opens the records instead, and the new password.

    Signals:
        save_asked: Who, the new password, and a `BySignIn` or `ByCustodians`.
        back_asked: Nothing is to change.
    """

    save_asked = Signal(object, str, object)
    back_asked = Signal()

    def __init__(
        self,
        places: Sequence[tuple[UUID, str]],
        offer: Callable[[], str],
        *,
        person: UUID | None = None,
        words_only: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Take who has a place on this laptop, what offers four words, and who was chosen already."""
        super().__init__(parent=parent)
        self.set_heading(
            self.tr("A new password"),
            self.tr("Nothing recorded is lost. The old password opens nothing any more once the new one is saved."),
        )
        self._places = tuple(places)
        names = [Option(key=str(place), words=name) for place, name in self._places]
        self.people = ChoiceGroup(self.tr("Whose password is it?"), names, in_a_row=True)
        self.way = ChoiceGroup(self.tr("Do you know the password you have now?"), self._ways())
        self.password = SecretField(self.tr("Your password now"))
        self.colleague = ChoiceGroup(self.tr("Which colleague lets you in?"), names, in_a_row=True)
        self.colleague_password = SecretField(
            self.tr("Your colleague’s password"), hint=self.tr("Your colleague types it, and sees that it is you.")
        )
        self.parts = tuple(self._part_field(which) for which in (1, 2))
        self.then = ChoiceGroup(
            self.tr("Which records do these parts open?"),
            [
                Option(
                    key=MAKE_NEW,
                    words=self.tr("Those of this laptop alone"),
                    hint=self.tr("New parts are made at the next sign-in. These then open nothing."),
                ),
                Option(
                    key=STAY,
                    words=self.tr("Those of all our laptops"),
                    hint=self.tr(
                        "They stay as they are. Seal the envelopes again, and tell your data protection lead."
                    ),
                ),
            ],
        )
        self.choosing = OfferedPassword(self.tr("The new password"), offer, words_only=words_only)
        self.progress = SafeLabel("", TextRole.BODY, tone=Tone.SOFT)
        self.save_button = PrimaryButton(self.tr("Save the new password"))
        self.back_button = SecondaryButton(self.tr("Back to sign in"))
        self._is_busy = False
        asked: tuple[Field, ...] = (self.people, self.way, self.password, self.colleague, self.colleague_password)
        self._fields = (*asked, *self.parts, self.then)
        self._build(person)

    @property
    def person_id(self) -> UUID | None:
        """Whose password it is."""
        return UUID(self.people.value) if self.people.value else None

    def begin(self) -> None:
        """Bring the keyboard to what is asked first."""
        (self.way if self.person_id is not None else self.people).focus_control()

    def show_busy(self, words: str) -> None:
        """Say what is being done; the buttons rest until there is an answer."""
        self._is_busy = bool(words)
        self.progress.set_words(words)
        self.progress.setVisible(bool(words))
        for button in (self.save_button, self.back_button):
            button.setEnabled(not words)
        if words:
            announce(self, words)

    def show_error(self, error: KnownError) -> None:
        """Say what went wrong, at its field where it has one; what was typed stays."""
        self.show_busy("")
        field: Field | None = None
        asked = self.password if self.way.value == OWN else self.colleague_password
        if isinstance(error, WrongPasswordError | MustWaitError):
            field = asked
        elif field_key(error).startswith("recovery.share"):
            field = self.parts[1 if error.detail.get("which") == 2 else 0]
        elif field_key(error) == "password.new":
            field = self.choosing.password
        self.show_errors([(self._words(error), field)])

    def _words(self, error: KnownError) -> str:
        seconds = error.detail.get("seconds")
        if isinstance(error, MustWaitError):
            return filled(self.tr("Too many wrong passwords. Wait {seconds} seconds."), seconds=seconds)
        if error.code == "auth.wrong_recovery_key":
            return self.tr("These parts belong to another laptop or are older. Look for this laptop’s envelopes.")
        return words_of(error).whole

    def _ways(self) -> list[Option]:
        ways = [Option(key=OWN, words=self.tr("Yes, I want another one"))]
        if len(self._places) > 1:
            ways.append(Option(key=COLLEAGUE, words=self.tr("No, a colleague who signs in here lets me in")))
        ways.append(Option(key=CUSTODIANS, words=self.tr("No, two custodians are here with their sealed parts")))
        return ways

    def _part_field(self, which: int) -> TextArea:
        label = self.tr("The first custodian’s part") if which == 1 else self.tr("The second custodian’s part")
        hint = self.tr("Its fifty words, or the text of its code; small and capital letters are the same.")
        return TextArea(label, hint=hint, lines=_PART)

    def _build(self, person: UUID | None) -> None:
        for part in self._fields:
            self.add(part)
        self.add(self.choosing, group=True)
        self.add(self.progress)
        self.progress.hide()
        self.set_actions(self.save_button, self.back_button)
        if person is None and len(self._places) == 1:
            person = self._places[0][0]
        if person is not None:
            self.people.set_value(str(person))
        self.people.setVisible(len(self._places) > 1)
        self.people.chosen.connect(self._on_person)
        self.way.chosen.connect(self._on_way)
        self.save_button.clicked.connect(self._on_save)
        self.back_button.clicked.connect(self.back_asked)
        self._show_way()

    def _on_person(self, _key: str) -> None:
        self._show_way()

    def _on_way(self, _key: str) -> None:
        self.show_errors([])
        self._show_way()

    def _show_way(self) -> None:
        way, mine = self.way.value, self.people.value
        self.password.setVisible(way == OWN)
        for asked in (self.colleague, self.colleague_password):
            asked.setVisible(way == COLLEAGUE)
        for brought in (*self.parts, self.then):
            brought.setVisible(way == CUSTODIANS)
        for key, button in self.colleague.choices.items():
            button.setVisible(key != mine)
        others = [key for key in self.colleague.choices if key != mine]
        if len(others) == 1:
            self.colleague.set_value(others[0])
        self.choosing.setVisible(way is not None)
        self.save_button.setVisible(way is not None)

    def _on_save(self) -> None:
        if self._is_busy:
            return
        for field in (*self._fields, self.choosing.password):
            field.set_error("")
        errors = self._missing()
        self.show_errors(errors)
        if not errors:
            self.save_asked.emit(self.person_id, self.choosing.password.text, self._chosen_way())

    def _missing(self) -> list[tuple[str, Field | None]]:
        asked: list[tuple[bool, str, Field]] = [
            (self.person_id is None, self.tr("Choose whose password it is."), self.people)
        ]
        match self.way.value:
            case "own":
                asked.append((not self.password.text, self.tr("Type the password you have now."), self.password))
            case "colleague":
                chosen = self.colleague.value
                unnamed = not chosen or chosen == self.people.value
                asked += [
                    (unnamed, self.tr("Choose the colleague who lets you in."), self.colleague),
                    (
                        not self.colleague_password.text,
                        self.tr("Your colleague types their password."),
                        self.colleague_password,
                    ),
                ]
            case _:
                asked += [
                    (not part.text.strip(), self.tr("Type or paste this custodian’s part."), part)
                    for part in self.parts
                ]
                asked.append((not self.then.value, self.tr("Choose which records these parts open."), self.then))
        new = self.choosing.password
        asked.append((not new.text, self.tr("Choose a new password, or use the four words."), new))
        return [(words, field) for is_missing, words, field in asked if is_missing]

    def _chosen_way(self) -> BySignIn | ByCustodians:
        match self.way.value:
            case "own":
                assert self.person_id is not None
                return BySignIn(person_id=self.person_id, password=self.password.text)
            case "colleague":
                return BySignIn(person_id=UUID(self.colleague.value or ""), password=self.colleague_password.text)
            case _:
                first, second = (part.text for part in self.parts)
                return ByCustodians(parts=(first, second), makes_new_parts=self.then.value == MAKE_NEW)
