"""The asking itself: the matrix, the sentence to read aloud, one press an answer, and Undo."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import Decision, Purpose
from app.domain.consent import AnswerKind
from app.domain.ids import OrganisationId
from app.use_cases.consents import ConsentTable
from app.use_cases.wordings import Words
from ui.context import PageContext
from ui.messages import label
from ui.view_models.consent_rows import (
    asked_purposes,
    asked_rows,
    next_unasked,
    purposes_left_words,
    rows_left_words,
    signposts_words,
)
from ui.view_models.consent_talk import Place, Talk
from ui.view_models.consent_words import before_today
from ui.widgets import (
    Answer,
    AnswerBar,
    ConsentMatrix,
    FlowRow,
    IconLabel,
    MatrixColumn,
    MatrixRow,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

GAP: Final = 16


class AskingPart(QWidget):
    """Who may help, and with what: asked cell by cell.

    Signals:
        changed: The `Talk` after an answer, or after Undo.
    """

    changed = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.matrix = ConsentMatrix([], [])
        self.bar = AnswerBar()
        self.before = IconLabel(Shape.INFORMATION, "", TextRole.HINT, tone=Tone.INFO, size=18)
        self.opening = SafeLabel("", TextRole.READING)
        self.opening_button = QuietButton("", shape=Shape.INFORMATION)
        self.rows_button = QuietButton("", shape=Shape.DOWN)
        self.purposes_button = QuietButton("", shape=Shape.DOWN)
        self.refused_all_button = SecondaryButton(self.tr("Refused everything"))
        self.not_able_button = SecondaryButton(self.tr("Cannot answer today"))
        self.signposts = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self._table: ConsentTable | None = None
        self._second: Words | None = None
        self._talk = Talk()
        self._earlier: list[tuple[Talk, Place]] = []
        self._all_rows = self._all_purposes = False
        self._build()

    @property
    def places(self) -> tuple[Place, ...]:
        """The cells that are shown, in the order in which they are asked."""
        return tuple(_place(*key) for key in self.matrix.answers)

    @property
    def current(self) -> Place:
        """The cell that is being asked."""
        return _place(*self.matrix.current)

    def show_table(self, table: ConsentTable, second: Words | None = None) -> None:
        """Ask from this table; `second` is the wording in the person's own language."""
        if self._table is None or self._table.person_called != table.person_called:
            self._all_rows = self._all_purposes = False
        self._table, self._second = table, second
        self._earlier = []
        self.opening.set_words(f"“{(second or table.words).opening()}”")
        self.opening_button.set_words(self.tr("What to say first"))
        self.opening_button.setVisible(bool(table.words.opening()))
        words = signposts_words(table)
        self.signposts.set_words(words)
        self.signposts.setVisible(bool(words))

    def show_talk(self, talk: Talk) -> None:
        """Show what was answered so far."""
        assert self._table is not None, "a talk is shown after its table"
        self._talk = talk
        rows = asked_rows(self._table, unfolded=self._all_rows, talk=talk)
        purposes = asked_purposes(self._table, unfolded=self._all_purposes, talk=talk)
        wanted = tuple((row.org_id, purpose) for row in rows for purpose in purposes)
        if wanted != self.places:
            self._ask_about(
                [MatrixRow(key=str(row.org_id), name=row.name, line=row.does) for row in rows],
                [MatrixColumn(key=purpose, words=label("purpose", purpose)) for purpose in purposes],
            )
        for place in self.places:
            said = talk.given.get(place, Decision.NOT_ASKED)
            self.matrix.set_answer(*_key(place), Answer(said))
        self._fold(self.rows_button, rows_left_words(self._table, rows))
        self._fold(self.purposes_button, purposes_left_words(self._table, purposes))
        self._show_wording()
        self._show_undo()

    def ask(self, place: Place) -> None:
        """Ask this cell next, unfolding what hides it."""
        if place not in self.places:
            self._all_rows = self._all_purposes = True
            self.show_talk(self._talk)
        if place in self.places:
            self.matrix.set_current(*_key(place))
            self.matrix.focus_current()

    def discard(self) -> None:
        """Take every answer away; Undo brings them back until the next act."""
        self._change(Talk(), self.current)
        announce(self, self.tr("Discarded. Undo brings the answers back."))

    def start(self) -> None:
        """Ask the first cell that nobody answered."""
        place = next_unasked(self.places, self._talk)
        if place is not None:
            self.matrix.set_current(*_key(place))

    def _build(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self.opening.hide()
        self.before.hide()
        folds = FlowRow(self.opening_button, self.purposes_button, self.rows_button, gap=16)
        at_once = FlowRow(self.refused_all_button, self.not_able_button)
        parts: tuple[QWidget, ...] = (self.matrix, self.bar, self.before, at_once, folds, self.opening, self.signposts)
        for part in parts:
            self._column.addWidget(part)
        self.bar.answered.connect(self._on_pressed)
        self.bar.undo_asked.connect(self._on_undo)
        self.opening_button.clicked.connect(self._on_opening)
        self.rows_button.clicked.connect(self._on_more_rows)
        self.purposes_button.clicked.connect(self._on_more_purposes)
        self.refused_all_button.clicked.connect(self._on_refused_all)
        self.not_able_button.clicked.connect(self._on_not_able)

    def _ask_about(self, rows: list[MatrixRow], columns: list[MatrixColumn]) -> None:
        had = self.matrix.current
        matrix = ConsentMatrix(rows, columns)
        self._column.replaceWidget(self.matrix, matrix)
        self.matrix.hide()
        self.matrix.setParent(None)
        self.matrix.deleteLater()
        self.matrix = matrix
        matrix.show()
        matrix.cell_chosen.connect(self._on_cell)
        matrix.cell_pressed.connect(self._on_cell_pressed)
        matrix.answered.connect(self._on_answered)
        if had in matrix.answers:
            matrix.set_current(*had)

    def _fold(self, button: QuietButton, words: str) -> None:
        button.set_words(words)
        button.setVisible(bool(words))

    def _show_wording(self) -> None:
        assert self._table is not None, "words are shown after their table"
        org, purpose = self.current
        row = next(row for row in self._table.organisations if row.org_id == org)
        second = self._second.sentence(purpose, organisation=row.name, is_own=row.is_own) if self._second else ""
        self.bar.show_wording(self.matrix.words_of(*self.matrix.current), self._table.sentence(org, purpose), second)
        self._show_before(self._table, (org, purpose))

    def _show_before(self, table: ConsentTable, place: Place) -> None:
        answer = table.current[place]
        words = before_today(answer, self.context.on)
        if answer.kind is AnswerKind.YES and self._talk.given.get(place) is Decision.DECIDE_LATER:
            # domain.md 5.4, example 16: only a no takes a yes away.
            words += " " + self.tr("That yes goes on. If it should stop meanwhile, press Refused.")
        self.before.show_words(Shape.INFORMATION, words, Tone.INFO)
        self.before.setVisible(bool(words))

    def _show_undo(self) -> None:
        place = self._earlier[-1][1] if self._earlier else None
        known = place is not None and _key(place) in self.matrix.answers
        self.bar.set_undo(self.matrix.words_of(*_key(place)) if known and place is not None else "")

    def _on_pressed(self, slug: str) -> None:
        self.matrix.give(Answer(slug))

    def _on_answered(self, org: str, purpose: str, slug: str) -> None:
        place = _place(org, purpose)
        self._change(self._talk.answered(place, Decision(slug)), place)

    def _on_undo(self) -> None:
        if not self._earlier:
            return
        talk, place = self._earlier.pop()
        self._talk = talk
        self.changed.emit(talk)
        self.matrix.set_current(*_key(place))
        announce(self, filled(self.tr("Taken back: {cell}."), cell=self.matrix.words_of(*_key(place))))

    def _on_refused_all(self) -> None:
        # A yes of an earlier talk in a folded cell is refused too: everything is everything.
        assert self._table is not None, "answers are given after the table is shown"
        stands = [place for place, answer in self._table.current.items() if answer.opens_reading]
        self._change(self._talk.all_answered([*self.places, *stands], Decision.REFUSED), self.current)
        announce(self, self.tr("Everything is refused. Undo takes it back."))

    def _on_not_able(self) -> None:
        left = [place for place in self.places if place not in self._talk.given]
        self._change(self._talk.all_answered(left, Decision.NOT_ABLE_NOW), self.current)
        announce(self, self.tr("What was not answered is kept as not able now. Undo takes it back."))

    def _change(self, talk: Talk, place: Place) -> None:
        self._earlier.append((self._talk, place))
        self._talk = talk
        self.changed.emit(talk)

    def _on_cell(self, _org: str, _purpose: str) -> None:
        self._show_wording()

    def _on_cell_pressed(self, _org: str, _purpose: str) -> None:
        self.bar.focus_answers()

    def _on_opening(self) -> None:
        shown = self.opening.isHidden()
        self.opening.setVisible(shown)
        self.opening_button.set_words(self.tr("Hide what to say first") if shown else self.tr("What to say first"))

    def _on_more_rows(self) -> None:
        self._all_rows = True
        self.show_talk(self._talk)
        self.matrix.focus_current()

    def _on_more_purposes(self) -> None:
        self._all_purposes = True
        self.show_talk(self._talk)
        self.matrix.focus_current()


def _place(org: str, purpose: str) -> Place:
    return OrganisationId(UUID(org)), Purpose(purpose)


def _key(place: Place) -> tuple[str, str]:
    return str(place[0]), str(place[1])
