"""The consent part of a person's page: who may do what, until when, and the proof of what was removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.consent import AnswerKind
from app.use_cases.person_page import OrganisationAnswers, PersonView
from ui.pages.person_part import PersonPart
from ui.theme import theme_in_use
from ui.view_models.person_story import AnswerLine, answer_lines, not_asked_words
from ui.view_models.removal_words import removal_words
from ui.widgets import Banner, Card, EmptyState, IconLabel, Manner, SafeLabel, Shape, TextRole, Tone
from ui.widgets.text import filled

_LOOKS: Final = {
    AnswerKind.YES: (Shape.TICK, Tone.BRAND),
    AnswerKind.NO: (Shape.CROSS, Tone.STOP),
    AnswerKind.LAPSED: (Shape.HOURGLASS, Tone.ATTENTION),
    AnswerKind.EXPIRED: (Shape.HOURGLASS, Tone.ATTENTION),
    AnswerKind.NOT_YET: (Shape.CLOCK, Tone.INFO),
    AnswerKind.NOT_ABLE_NOW: (Shape.PAUSE, Tone.INFO),
    AnswerKind.DECIDE_LATER: (Shape.CLOCK, Tone.ATTENTION),
    AnswerKind.NOT_ASKED: (Shape.DASHED, Tone.SOFT),
}


class AnswersPart(PersonPart):
    """One card for each charity that was ever asked about."""

    def build(self, view: PersonView) -> None:
        """Show the answers, and what partners have removed since."""
        if not view.answers:
            self.add(
                EmptyState(
                    filled(self.tr("{called} was not asked yet."), called=view.called),
                    filled(self.tr("Nothing is shared with anybody until {called} says so."), called=view.called),
                )
            )
        lines = [answer_lines(row, self.context.on) for row in view.answers]
        widths = _widths([line for each in lines for line in each])
        for row, each in zip(view.answers, lines, strict=True):
            self.add(self._card(row, each, widths))
        for receipt in reversed(view.removals):
            words = removal_words(receipt, self.context.on)
            manner = Manner.DONE if words.is_whole else Manner.ATTENTION
            self.add(Banner(words.statement, words.detail, manner=manner))

    def _card(self, row: OrganisationAnswers, lines: Sequence[AnswerLine], widths: tuple[int, int]) -> Card:
        card = Card(row.name, row.does)
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 8, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(2, 1)
        for column, width in enumerate(widths):
            grid.setColumnMinimumWidth(column, width)
        for at, line in enumerate(lines):
            self._fill_line(grid, at, line)
        card.add(table)
        rest = not_asked_words(row)
        if rest:
            card.add(SafeLabel(rest, TextRole.HINT, tone=Tone.SOFT))
        return card

    def _fill_line(self, grid: QGridLayout, at: int, line: AnswerLine) -> None:
        shape, tone = _LOOKS[line.kind]
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(SafeLabel(line.purpose), at, 0, top)
        grid.addWidget(IconLabel(shape, line.word, TextRole.LABEL, tone=tone), at, 1, top)
        grid.addWidget(SafeLabel(line.detail, tone=Tone.SOFT), at, 2, top)


def _widths(lines: Sequence[AnswerLine]) -> tuple[int, int]:
    """Return the room of the widest reason and the widest answer, so that all cards keep the same columns."""
    theme = theme_in_use()
    body, label = (QFontMetrics(theme.font(role)) for role in (TextRole.BODY, TextRole.LABEL))
    reasons = max((body.horizontalAdvance(line.purpose) for line in lines), default=0)
    answers = max((label.horizontalAdvance(line.word) for line in lines), default=0)
    # The answer stands behind its shape.
    return reasons, answers + theme.pixels(24) + 12
