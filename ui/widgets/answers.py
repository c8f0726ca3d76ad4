"""One answer to one question of consent, as a cell with a shape and a word that would still read in grey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.icons import Shape, draw_shape
from ui.widgets.labels import Tone
from ui.widgets.text import lower_first, shown

CELL_WIDTH: Final = 120
CELL_HEIGHT: Final = 56
_MARGIN: Final = 4
_ICON: Final = 20


class Answer(StrEnum):
    """What stands in a cell: the five answers, and what became of an earlier yes."""

    AGREED = "agreed"
    REFUSED = "refused"
    DECIDE_LATER = "decide_later"
    NOT_ABLE_NOW = "not_able_now"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLook:
    """How an answer is drawn: its shape and colour, and whether the cell is filled or its edge dashed."""

    shape: Shape | None
    tone: Tone
    filled: bool = False
    dashed: bool = False


LOOKS: Final[Mapping[Answer, AnswerLook]] = MappingProxyType(
    {
        Answer.AGREED: AnswerLook(shape=Shape.TICK, tone=Tone.BRAND, filled=True),
        Answer.REFUSED: AnswerLook(shape=Shape.CROSS, tone=Tone.STOP),
        Answer.DECIDE_LATER: AnswerLook(shape=Shape.CLOCK, tone=Tone.ATTENTION),
        Answer.NOT_ABLE_NOW: AnswerLook(shape=Shape.PAUSE, tone=Tone.INFO),
        Answer.NOT_ASKED: AnswerLook(shape=None, tone=Tone.SOFT, dashed=True),
        Answer.WITHDRAWN: AnswerLook(shape=Shape.HAND, tone=Tone.STOP, dashed=True),
        Answer.LAPSED: AnswerLook(shape=Shape.HOURGLASS, tone=Tone.ATTENTION, dashed=True),
    }
)


def answer_words(answer: Answer) -> str:
    """Return the word of an answer, in the language of the program."""
    words = {
        Answer.AGREED: QCoreApplication.translate("Answer", "Agreed"),
        Answer.REFUSED: QCoreApplication.translate("Answer", "Refused"),
        Answer.DECIDE_LATER: QCoreApplication.translate("Answer", "Later"),
        Answer.NOT_ABLE_NOW: QCoreApplication.translate("Answer", "Not able now"),
        Answer.NOT_ASKED: QCoreApplication.translate("Answer", "Not asked"),
        Answer.WITHDRAWN: QCoreApplication.translate("Answer", "Stopped"),
        Answer.LAPSED: QCoreApplication.translate("Answer", "Lapsed"),
    }
    return words[answer]


class AnswerCell(QPushButton):
    """One organisation and one purpose; a button, so that Qt's own accessibility knows it.

    Signals:
        entered: The keyboard came to this cell.
        arrow: An arrow key was pressed; carries the step right and the step down.
    """

    entered = Signal()
    arrow = Signal(int, int)

    def __init__(self, organisation: str, purpose: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.organisation = shown(organisation)
        self.purpose = shown(purpose)
        self.answer = Answer.NOT_ASKED
        self._is_current = False
        self._shows_purpose = False
        # Layouts ask for it many times a resize, and nine cells each measure seven words.
        self._size: QSize | None = None
        # The name begins with the organisation (the row), as a table cell is read; checks know it by this.
        self.setProperty("grid_cell", True)
        self.setProperty("ring_inset", _MARGIN)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_answer(Answer.NOT_ASKED)

    def set_answer(self, answer: Answer) -> None:
        """Show `answer` and be named by it."""
        self.answer = answer
        words = answer_words(answer)
        self.setText(words)
        parts = (self.organisation, lower_first(self.purpose), lower_first(words))
        self.setAccessibleName(", ".join(parts))
        self.update()

    def set_current(self, is_current: bool) -> None:
        """Mark the cell that the answer bar is about; only this one takes Tab."""
        self._is_current = is_current
        policy = Qt.FocusPolicy.StrongFocus if is_current else Qt.FocusPolicy.ClickFocus
        self.setFocusPolicy(policy)
        self.update()

    def set_shows_purpose(self, shows: bool) -> None:
        """Write the purpose into the cell, where there is no room for a row of headings."""
        self._shows_purpose = shows
        self._size = None
        self.updateGeometry()

    @override
    def sizeHint(self) -> QSize:
        """Return 120 × 56 px or what the longest answer needs at this text size, and the room around it."""
        if self._size is None:
            self._size = self._measure()
        return self._size

    def _measure(self) -> QSize:
        theme = theme_in_use()
        metrics = QFontMetrics(theme.font(TextRole.LABEL))
        longest = max(metrics.horizontalAdvance(answer_words(answer)) for answer in Answer)
        width = longest + theme.pixels(_ICON) + 36
        height = max(CELL_HEIGHT, metrics.height() + 24)
        if self._shows_purpose:
            quiet = QFontMetrics(theme.font(TextRole.HINT))
            width = max(width, quiet.horizontalAdvance(self.purpose) + 28)
            height += quiet.height()
        return QSize(max(CELL_WIDTH, width) + 2 * _MARGIN, height + 2 * _MARGIN)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the same: a cell is never made smaller than its word."""
        return self.sizeHint()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Measure anew at another text size."""
        if event.type() == QEvent.Type.StyleChange:
            self._size = None
        super().changeEvent(event)

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say that the keyboard is here."""
        super().focusInEvent(event)
        self.entered.emit()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand arrows to the grid."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self.arrow.emit(*step)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw edge, shape and word, and a brand line around the cell that is being asked."""
        theme = theme_in_use()
        look = LOOKS[self.answer]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outer = QRectF(self.rect())
        if self._is_current and not self.hasFocus():
            painter.setPen(QPen(theme.colour("brand"), 2))
            painter.drawRoundedRect(outer.adjusted(1, 1, -1, -1), 11, 11)
        edge = QPen(theme.colour("line" if self.answer is Answer.NOT_ASKED else look.tone), 2)
        if look.dashed:
            edge.setDashPattern([4, 3])
        painter.setPen(edge)
        pressed = theme.colour("brandsoft") if self.isDown() or self.underMouse() else theme.colour("surface")
        painter.setBrush(theme.colour("brand") if look.filled else pressed)
        area = outer.adjusted(_MARGIN + 1, _MARGIN + 1, -_MARGIN - 1, -_MARGIN - 1)
        painter.drawRoundedRect(area, 8, 8)
        self._draw_words(painter, area.toRect(), look)

    def _draw_words(self, painter: QPainter, area: QRect, look: AnswerLook) -> None:
        theme = theme_in_use()
        colour = theme.colour("on_brand" if look.filled else look.tone)
        painter.setPen(colour)
        if self._shows_purpose:
            painter.setFont(theme.font(TextRole.HINT))
            line = QFontMetrics(painter.font()).height()
            top = QRect(area.left() + 12, area.top() + 8, area.width() - 12, line)
            painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.purpose)
            area = area.adjusted(0, line, 0, 0)
        painter.setFont(theme.font(TextRole.LABEL))
        if look.shape is None:
            place = Qt.AlignmentFlag.AlignVCenter
            place |= Qt.AlignmentFlag.AlignLeft if self._shows_purpose else Qt.AlignmentFlag.AlignHCenter
            painter.drawText(area.adjusted(12 if self._shows_purpose else 0, 0, 0, 0), place, self.text())
            return
        side = theme.pixels(_ICON)
        icon = QRectF(area.left() + 11, area.center().y() + 1 - side / 2, side, side)
        draw_shape(painter, look.shape, colour, icon)
        words = area.adjusted(11 + side + 6, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
