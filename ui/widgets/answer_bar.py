"""The bar under the matrix: the sentence to read aloud and the five answers, one press each."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme import TextRole
from ui.widgets.answers import LOOKS, Answer, answer_words
from ui.widgets.buttons import Button, QuietButton
from ui.widgets.icons import Shape
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import FlowRow, SideBySide
from ui.widgets.text import filled

GIVEN_AT_THE_BEDSIDE: Final = (
    Answer.AGREED,
    Answer.REFUSED,
    Answer.DECIDE_LATER,
    Answer.NOT_ABLE_NOW,
    Answer.NOT_ASKED,
)


class AnswerButton(Button):
    """One of the five answers, with the shape it gets in the matrix."""

    role = "answer"

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.tone = str(LOOKS[answer].tone)
        super().__init__(answer_words(answer), shape=LOOKS[answer].shape or Shape.DASHED)


class AnswerBar(QFrame):
    """The largest thing on the page: what is being asked now, and the answers.

    Signals:
        answered: The slug of the answer that was pressed.
        undo_asked: The last answer shall be taken back.
    """

    answered = Signal(str)
    undo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reading")
        self.title = SafeLabel("", TextRole.SMALL_LABEL, tone=Tone.BRAND)
        self.sentence = SafeLabel("", TextRole.READING)
        self.translation = SafeLabel("", TextRole.READING)
        self.translation.hide()
        self.buttons = {answer: AnswerButton(answer) for answer in GIVEN_AT_THE_BEDSIDE}
        self.undo_button = QuietButton(self.tr("Undo"), shape=Shape.UNDO)
        self.undo_button.hide()
        for button in self.buttons.values():
            button.clicked.connect(self._on_answer)
        self.undo_button.clicked.connect(self._on_undo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 14, 24, 16)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(SideBySide(self.sentence, self.translation, least_width=760, stretches=(1, 1), gap=24))
        layout.addSpacing(4)
        layout.addWidget(FlowRow(*self.buttons.values(), self.undo_button))

    def show_wording(self, question: str, sentence: str, translation: str = "") -> None:
        """Show what is asked ("Back Up, find a mentor"), the sentence, and beside it the person's language."""
        self.title.set_words(filled(self.tr("Read aloud: {question}"), question=question))
        self.sentence.set_words(_quoted(sentence))
        self.translation.set_words(_quoted(translation) if translation else "")
        self.translation.setVisible(bool(translation))
        self.setAccessibleName(self.title.words)
        self.setAccessibleDescription(self.sentence.words)

    def set_undo(self, question: str) -> None:
        """Offer to take back the last answer, named by its question; empty when there is none."""
        had_focus = self.undo_button.hasFocus()
        self.undo_button.setVisible(bool(question))
        words = self.tr("Undo")
        self.undo_button.set_words(words, full_name=f"{words}: {question}" if question else words)
        if had_focus and not question:
            self.focus_answers()

    def focus_answers(self) -> None:
        """Bring the keyboard to the first answer."""
        self.buttons[Answer.AGREED].setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_answer(self) -> None:
        button = self.sender()
        assert isinstance(button, AnswerButton)
        self.answered.emit(str(button.answer))

    def _on_undo(self) -> None:
        self.undo_asked.emit()


def _quoted(sentence: str) -> str:
    return sentence if sentence.startswith(("“", "«", "„")) else f"“{sentence}”"
