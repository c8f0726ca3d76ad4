"""Setting a laptop up: the slip, a password, one press; what goes wrong stands at its field and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import BadInputError, KnownError
from sync.protocol.limits import SLIP_MOST_BYTES
from sync.protocol.slip import Slip, read_slip
from ui.messages import field_key, words_of
from ui.pages.offered_password import OfferedPassword
from ui.pages.parts import FactList
from ui.pages.product_name import product_name
from ui.view_models.slip_words import slip_facts
from ui.widgets import (
    Card,
    Field,
    FlowRow,
    Page,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextArea,
    TextRole,
    Tone,
    announce,
)


def choose_slip(parent: QWidget) -> str:
    """Let a person choose the slip in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent)
    return chosen


class SetUpPage(Page):
    """Four steps: the slip, the offered words, Finish, and the custodians' parts after it.

    Signals:
        finish_asked: The `Slip` and the password as typed.
    """

    finish_asked = Signal(object, str)

    def __init__(
        self,
        offer: Callable[[], str],
        *,
        choose: Callable[[QWidget], str] = choose_slip,
        words_only: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Take what draws an offered password, and what chooses a file."""
        super().__init__(parent=parent)
        self.set_header(product_name())
        self.set_heading(
            self.tr("Set up this laptop"),
            self.tr("You need the enrolment slip your administrator made for you. It works once, for ten minutes."),
        )
        self._choose = choose
        self.slip: Slip | None = None
        self.choose_button = SecondaryButton(self.tr("Choose the slip"))
        self.pasted = TextArea(self.tr("The slip"), hint=self.tr("Choose its file, or paste its text here."), lines=4)
        self.facts = FactList()
        self.slip_card = Card(
            self.tr("Is this right?"),
            self.tr("Compare the fingerprint with the one your administrator reads out. If one sign differs, stop."),
            self.facts,
        )
        self.choosing = OfferedPassword(self.tr("A password for this laptop"), offer, words_only=words_only)
        self.password = self.choosing.password
        self.progress = SafeLabel("", TextRole.BODY, tone=Tone.SOFT)
        self.finish_button = PrimaryButton(self.tr("Finish"))
        self._build()

    def show_progress(self, words: str) -> None:
        """Say what is being done; the button rests until there is an answer."""
        self.progress.set_words(words)
        self.progress.setVisible(bool(words))
        self.finish_button.setEnabled(not words)
        if words:
            announce(self, words)

    def show_error(self, error: KnownError) -> None:
        """Say what went wrong, at its field where it has one; what was typed stays."""
        self.show_progress("")
        fields: dict[str, Field] = {
            "password.new": self.password,
            "slip.file": self.pasted,
            "slip.address": self.pasted,
        }
        field = fields.get(field_key(error))
        if field is None and error.code.startswith("service."):
            field = self.pasted
        self.show_errors([(self._words(error), field)])

    def _words(self, error: KnownError) -> str:
        match error.code:
            case "password.new.too_short":
                return self.tr("This password is too short. Take at least 12 characters, or the four words.")
            case "password.new.too_long":
                return self.tr("This password is longer than a password can be. Take the four words.")
            case "slip.file.required":
                return self.tr("Choose the slip, or paste its text.")
            case "slip.file.unreadable":
                return self.tr("This file cannot be read. Copy it to this laptop and choose it again.")
            case "slip.address.bad_format":
                return self.tr("The address on this slip is not safe to talk to. Ask your IT support for another slip.")
            case "slip.address.not_ours":
                return self.tr("This slip is for another central service than your charity's. Ask your IT support.")
            case _:
                return words_of(error).whole

    def _build(self) -> None:
        self.add(self.pasted)
        self.add(FlowRow(self.choose_button))
        self.add(self.slip_card)
        self.slip_card.hide()
        self.add(self.choosing, group=True)
        self.add(self.progress)
        self.progress.hide()
        self.set_actions(self.finish_button)
        self.choose_button.clicked.connect(self._on_choose)
        self.pasted.edited.connect(self._on_pasted)
        self.finish_button.clicked.connect(self._on_finish)

    def take_file(self, chosen: str) -> None:
        """Read a slip from a file, as if somebody had chosen it."""
        try:
            with Path(chosen).open("rb") as file:
                text = file.read(SLIP_MOST_BYTES + 1).decode("utf-8", "replace")
        except OSError:
            self._refuse(BadInputError.at("slip", "file", "unreadable"))
            return
        self.pasted.set_text(text)
        if self.slip is not None:
            self.password.focus_control()

    def _on_choose(self) -> None:
        chosen = self._choose(self)
        if chosen:
            self.take_file(chosen)

    def _on_pasted(self) -> None:
        self.slip = None
        self.slip_card.hide()
        self.pasted.set_error("")
        text = self.pasted.text.strip()
        if not text.endswith("}"):
            # Half a slip, while it is being pasted or dictated, is no error yet; Finish tells it.
            return
        try:
            self.slip = read_slip(text.encode())
        except BadInputError as error:
            self.pasted.set_error(self._words(error))
            return
        self.facts.show_facts(slip_facts(self.slip))
        self.slip_card.show()
        announce(self, self.slip_card.heading.words)

    def _on_finish(self) -> None:
        errors: list[tuple[str, Field | None]] = []
        for field in (self.pasted, self.password):
            field.set_error("")
        if self.slip is None:
            code = "bad_format" if self.pasted.text.strip() else "required"
            errors.append((self._words(BadInputError.at("slip", "file", code)), self.pasted))
        if not self.password.text:
            errors.append((self.tr("Choose a password, or use the four words."), self.password))
        self.show_errors(errors)
        if not errors:
            self.finish_asked.emit(self.slip, self.password.text)

    def _refuse(self, error: BadInputError) -> None:
        self.show_errors([(self._words(error), self.pasted)])
