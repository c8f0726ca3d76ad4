"""Who has a place on this laptop: a colleague is given one, or somebody's ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import KnownError, MustWaitError, WrongPasswordError
from app.use_cases.key_life import Colleague
from ui.messages import field_key, words_of
from ui.pages.offered_password import OfferedPassword
from ui.password_work import BySignIn
from ui.widgets import (
    Banner,
    ChoiceGroup,
    DangerButton,
    Field,
    Manner,
    Option,
    Page,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SecretField,
    SelectField,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

ADD, END = "add", "end"


class PlacesHerePage(Page):
    """Who acts and with which password; then whom it is about.

    Signals:
        colleagues_asked: A `BySignIn`: who may be given a place?
        add_asked: A `BySignIn`, a `Colleague`, and their password.
        end_asked: A `BySignIn` and whose place, as a `UUID`.
        back_asked: Back to signing in.
    """

    colleagues_asked = Signal(object)
    add_asked = Signal(object, object, str)
    end_asked = Signal(object, object)
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
        """Take who has a place, what offers four words, and who was chosen at the sign-in."""
        super().__init__(parent=parent)
        self.set_heading(
            self.tr("Places on this laptop"),
            self.tr("Whoever has a place opens all the records here. Give one to colleagues who may see them all."),
        )
        self._places = tuple(places)
        self._offer, self._words_only = offer, words_only
        self._colleagues: dict[str, Colleague] = {}
        self._is_busy = False
        names = [Option(key=str(place), words=name) for place, name in self._places]
        self.people = ChoiceGroup(self.tr("Who are you?"), names, in_a_row=True)
        self.password = SecretField(self.tr("Your password"))
        self.what = ChoiceGroup(self.tr("What is to happen?"), self._whats())
        self.leaver = ChoiceGroup(self.tr("Whose place ends?"), names, in_a_row=True)
        self.warning = Banner(
            self.tr("They cannot sign in here any more, and the records get a new key."),
            self.tr("Nothing recorded is lost. They can be given a place again later."),
            manner=Manner.ATTENTION,
        )
        self.nobody = Banner(
            self.tr("Everybody of your organisation who may have a place here has one."),
            self.tr("Somebody new? Once their account has been made, connect this laptop, then try again."),
            manner=Manner.INFO,
        )
        self.colleague: SelectField | None = None
        self.choosing: OfferedPassword | None = None
        self._whom = QVBoxLayout()
        self.progress = SafeLabel("", TextRole.BODY, tone=Tone.SOFT)
        self.go_button = PrimaryButton(self.tr("Go on"))
        self.add_button = PrimaryButton(self.tr("Give the place"))
        self.end_button = DangerButton(self.tr("End this place"))
        self.back_button = SecondaryButton(self.tr("Back to sign in"))
        self._build(person)

    @property
    def by(self) -> BySignIn | None:
        """Who acts."""
        return BySignIn(person_id=UUID(self.people.value), password=self.password.text) if self.people.value else None

    def begin(self) -> None:
        """Bring the keyboard to what is asked first."""
        (self.password if self.people.value else self.people).focus_control()

    def show_busy(self, words: str) -> None:
        """Say what is being done; the buttons rest until there is an answer."""
        self._is_busy = bool(words)
        self.progress.set_words(words)
        self.progress.setVisible(bool(words))
        for button in (self.go_button, self.add_button, self.end_button, self.back_button):
            button.setEnabled(not words)
        if words:
            announce(self, words)

    def show_colleagues(self, colleagues: Sequence[Colleague]) -> None:
        """Ask which colleague, and for a password that they choose."""
        self.show_busy("")
        self._colleagues = {str(each.person_id): each for each in colleagues}
        if not colleagues:
            self.nobody.show()
            announce(self, self.nobody.statement.words)
            return
        self.colleague = SelectField(
            self.tr("Which colleague?"), [(str(each.person_id), each.name) for each in colleagues]
        )
        self.choosing = OfferedPassword(
            self.tr("Their password, which they choose and type"), self._offer, words_only=self._words_only
        )
        for part in (self.colleague, self.choosing):
            self._whom.addWidget(part)
        self._show_what()
        self.colleague.focus_control()

    def show_error(self, error: KnownError) -> None:
        """Say what went wrong, at its field where it has one; what was typed stays."""
        self.show_busy("")
        field: Field | None = None
        words = words_of(error).whole
        if isinstance(error, WrongPasswordError | MustWaitError):
            field = self.password
        elif field_key(error) == "password.new" and self.choosing is not None:
            field = self.choosing.password
        if isinstance(error, MustWaitError):
            words = filled(
                self.tr("Too many wrong passwords. Wait {seconds} seconds."), seconds=error.detail.get("seconds")
            )
        self.show_errors([(words, field)])

    def _whats(self) -> list[Option]:
        whats = [Option(key=ADD, words=self.tr("Give a colleague a place"))]
        if len(self._places) > 1:
            whats.append(Option(key=END, words=self.tr("End the place of somebody who no longer works here")))
        return whats

    def _build(self, person: UUID | None) -> None:
        self._whom.setSpacing(24)
        for part in (self.people, self.password, self.what, self.leaver, self.warning, self.nobody):
            self.add(part)
        self.add(self._whom)
        self.add(self.progress)
        self.progress.hide()
        self.set_actions(self.go_button, self.add_button, self.end_button, self.back_button)
        if person is None and len(self._places) == 1:
            person = self._places[0][0]
        if person is not None:
            self.people.set_value(str(person))
        self.people.setVisible(len(self._places) > 1)
        self.people.chosen.connect(self._on_choice)
        self.what.chosen.connect(self._on_choice)
        self.go_button.clicked.connect(self._on_go)
        self.add_button.clicked.connect(self._on_add)
        self.end_button.clicked.connect(self._on_end)
        self.back_button.clicked.connect(self.back_asked)
        self._show_what()

    def _on_choice(self, _key: str) -> None:
        self.show_errors([])
        self._show_what()

    def _show_what(self) -> None:
        is_add, is_end = self.what.value == ADD, self.what.value == END
        has_list = self.colleague is not None
        self.nobody.hide()
        for part in (self.leaver, self.warning, self.end_button):
            part.setVisible(is_end)
        for key, button in self.leaver.choices.items():
            button.setVisible(key != self.people.value)
        others = [key for key in self.leaver.choices if key != self.people.value]
        if len(others) == 1:
            self.leaver.set_value(others[0])
        for field in (self.colleague, self.choosing):
            if field is not None:
                field.setVisible(is_add)
        self.go_button.setVisible(is_add and not has_list)
        self.add_button.setVisible(is_add and has_list)

    def _missing(self) -> list[tuple[str, Field | None]]:
        errors: list[tuple[str, Field | None]] = []
        if not self.people.value:
            errors.append((self.tr("Choose your name."), self.people))
        if not self.password.text:
            errors.append((self.tr("Type your password."), self.password))
        return errors

    def _is_whole(self, more: Sequence[tuple[str, Field | None]] = ()) -> bool:
        if self._is_busy:
            return False
        for field in (self.people, self.password, self.what, self.leaver, self.colleague):
            if field is not None:
                field.set_error("")
        errors = [*self._missing(), *more]
        self.show_errors(errors)
        return not errors

    def _on_go(self) -> None:
        if self._is_whole():
            self.colleagues_asked.emit(self.by)

    def _on_add(self) -> None:
        assert self.colleague is not None
        assert self.choosing is not None
        line, chosen = self.choosing.password, self.colleague.value
        line.set_error("")
        more: list[tuple[str, Field | None]] = []
        if not chosen:
            more.append((self.tr("Choose the colleague."), self.colleague))
        if not line.text:
            more.append((self.tr("Your colleague chooses a password, or takes the four words."), line))
        if self._is_whole(more):
            self.add_asked.emit(self.by, self._colleagues[chosen or ""], line.text)

    def _on_end(self) -> None:
        chosen = self.leaver.value
        is_none = not chosen or chosen == self.people.value
        more: list[tuple[str, Field | None]] = [(self.tr("Choose whose place ends."), self.leaver)] if is_none else []
        if self._is_whole(more):
            self.end_asked.emit(self.by, UUID(chosen or ""))
