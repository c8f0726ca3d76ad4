"""One field that two people wrote differently: both values, who and when, and what can be answered."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import RecordId
from app.use_cases.conflicts import Question
from ui.context import PageContext
from ui.pages.parts import FoldedForm
from ui.view_models.conflict_words import Entry, QuestionWords, TextWords, question_words
from ui.view_models.difference import Mark
from ui.widgets import (
    Banner,
    Button,
    DateField,
    Field,
    FlowRow,
    Manner,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Shape,
    SideBySide,
    Surface,
    TextArea,
    TextField,
    TextRole,
    Tone,
)

# Below it two texts stand one after the other: a line of less than some forty letters is hard to compare.
LEAST_WIDTH_OF_TWO_TEXTS = 640


_MARKS = {Mark.ONLY_HERE: "Only in this text:", Mark.ADDED: "Added:", Mark.REMOVED: "Removed:"}


class QuestionCard(Surface):
    """A card that asks which of two values is right; once answered it says so, and offers to undo it.

    Signals:
        chosen: The question, and the value that was chosen: one of the two.
        typed: The question, and what was typed as a third value.
        ask_first: The question that waits until the person was asked.
        left: The question that is left for a colleague.
        taken_up: The question that is answered after all.
        undone: The question whose answer is taken back.
        opened: The question whose record is to be shown.
    """

    chosen = Signal(object, object)
    typed = Signal(object, object)
    ask_first = Signal(object)
    left = Signal(object)
    taken_up = Signal(object)
    undone = Signal(object)
    opened = Signal(object)

    def __init__(self, context: PageContext, question: Question, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, gap=16)
        self.question = question
        self.words = question_words(question, context.now)
        self.buttons: dict[str, Button] = {}
        self.form: FoldedForm | None = None
        self.said = _Said(self.words, question)
        self.add(self.said)
        if self.words.texts is not None and question.waits_for_me:
            self.add(_texts(self.words.texts))
        self._ask() if question.waits_for_me and question.may_answer else self._tell()
        self.setAccessibleName(self.said.accessibleName())

    @property
    def place(self) -> tuple[RecordId, str]:
        """What the card asks about: the conflict and the field."""
        return self.question.conflict, self.question.field

    @property
    def field(self) -> Field | None:
        """Where a third value is entered."""
        return None if self.form is None else self.form.fields[0]

    def _ask(self) -> None:
        words = self.words
        for key, text, name in (("first", words.first, words.first_name), ("second", words.second, words.second_name)):
            self.buttons[key] = SecondaryButton(text, full_name=name)
        self.buttons["first"].clicked.connect(self._on_first)
        self.buttons["second"].clicked.connect(self._on_second)
        self.add(FlowRow(self.buttons["first"], self.buttons["second"], gap=12))
        self._offer_third()
        offered = []
        if self.question.person_id is not None:
            offered.append(self._button("ask_first", self.tr("Ask them first"), Shape.HELP))
            offered[0].clicked.connect(self._on_ask_first)
        left = self._button("left", self.tr("Not sure: leave it for a colleague"), Shape.PEOPLE)
        left.clicked.connect(self._on_left)
        self._offer(*offered, left)

    def _offer_third(self) -> None:
        field = _field(self.words)
        if field is None:
            return
        about = self.words.entry_label
        self.form = FoldedForm(self.tr("Something else"), self.tr("Use this"), field, about=about)
        self.form.save_asked.connect(self._on_typed)
        self.add(self.form)

    def _tell(self) -> None:
        offered = []
        if self.question.is_answered and not self.question.is_sent:
            offered.append(self._button("undo", self.tr("Undo"), Shape.UNDO))
            offered[0].clicked.connect(self._on_undone)
        elif self.question.is_left and not self.question.is_answered:
            offered.append(self._button("taken_up", self.tr("Answer it after all"), Shape.PENCIL))
            offered[0].clicked.connect(self._on_taken_up)
        self._offer(*offered)

    def _offer(self, *buttons: Button) -> None:
        """Put quiet buttons in a row at the end, the way to the person as the last."""
        offered = list(buttons)
        if self.question.person_id is not None:
            text = self.tr("Open {name}").format(name=self.question.person_name)
            offered.append(self._button("open", text, Shape.PERSON))
            offered[-1].clicked.connect(self._on_opened)
        if offered:
            self.add(FlowRow(*offered, gap=12))

    def _button(self, key: str, words: str, shape: Shape) -> Button:
        about = self.words.entry_label
        button = QuietButton(words, shape=shape, full_name=f"{words}, {about}, {self.words.statement}")
        self.buttons[key] = button
        return button

    def _on_first(self) -> None:
        self.chosen.emit(self.question, self.question.first.value)

    def _on_second(self) -> None:
        self.chosen.emit(self.question, self.question.second.value)

    def _on_typed(self) -> None:
        self.typed.emit(self.question, _typed(self.field))

    def _on_ask_first(self) -> None:
        self.ask_first.emit(self.question)

    def _on_left(self) -> None:
        self.left.emit(self.question)

    def _on_taken_up(self) -> None:
        self.taken_up.emit(self.question)

    def _on_undone(self) -> None:
        self.undone.emit(self.question)

    def _on_opened(self) -> None:
        self.opened.emit(self.question)


class _Said(Banner):
    """What happened, or what was answered."""

    statement_role = TextRole.STATEMENT

    def __init__(self, words: QuestionWords, question: Question) -> None:
        if words.answered:
            manner = Manner.INFO if question.is_left and not question.is_answered else Manner.DONE
            super().__init__(words.answered, words.statement, manner=manner)
        else:
            super().__init__(words.statement, words.detail, manner=Manner.ATTENTION)


def _texts(texts: tuple[TextWords, TextWords]) -> QWidget:
    return SideBySide(*(_text(each) for each in texts), least_width=LEAST_WIDTH_OF_TWO_TEXTS, stretches=(1, 1))


def _text(text: TextWords) -> QWidget:
    """Return one text in its pieces; what the other text does not have is marked by words above it."""
    whole = QWidget()
    below = QVBoxLayout(whole)
    below.setContentsMargins(0, 0, 0, 0)
    below.setSpacing(8)
    below.addWidget(SafeLabel(text.heading, TextRole.LABEL))
    for piece in text.pieces:
        if piece.mark in _MARKS:
            mark = QCoreApplication.translate("conflict", _MARKS[piece.mark])
            below.addWidget(SafeLabel(mark, TextRole.SMALL_LABEL, tone=Tone.ATTENTION))
        below.addWidget(SafeLabel(piece.words, tone=Tone.SOFT if piece.mark is Mark.COMMON else Tone.INK))
    below.addStretch(1)
    return whole


def _field(words: QuestionWords) -> Field | None:
    match words.entry:
        case Entry.LINE:
            return TextField(words.entry_label, characters=30)
        case Entry.TEXT:
            return TextArea(words.entry_label)
        case Entry.DAY:
            return DateField(words.entry_label)
        case Entry.CODE:
            return SelectField(words.entry_label, words.options)
        case Entry.NONE:
            return None


def _typed(field: Field | None) -> str | tuple[str, str, str]:
    match field:
        case TextField() | TextArea():
            return field.text
        case DateField():
            parts = field.parts()
            return parts.day, parts.month, parts.year
        case SelectField():
            return field.value or ""
    return ""
