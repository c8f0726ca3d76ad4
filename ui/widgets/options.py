"""One radio button or tick whose words wrap and whose whole line can be pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import TARGET, TextRole, theme_in_use
from ui.widgets.icons import Shape, draw_shape
from ui.widgets.text import lower_first, shown, without_mnemonic

_MARK: Final = 28
_GAP: Final = 12
_WRAPPED: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to choose: its key, its words and a quiet line below them."""

    key: str
    words: str
    hint: str = ""


class Choice(QRadioButton):
    """One of several answers that exclude each other."""

    def __init__(self, option: Option, legend: str, parent: QWidget | None = None) -> None:
        super().__init__(without_mnemonic(option.words), parent)
        self.option = option
        _prepare(self, option, legend)

    @override
    def sizeHint(self) -> QSize:
        """Return the size on one line."""
        return _size_hint(self.option)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the longest word."""
        return _least_size(self.option)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that long words wrap."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped words."""
        return _height(self.option, width)

    @override
    def hitButton(self, place: QPoint) -> bool:
        """Return that the whole line answers, not only the small circle."""
        return self.rect().contains(place)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw circle, words and hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = theme_in_use()
        mark = _mark_area()
        painter.setPen(QPen(theme.colour("brand" if self.isChecked() else "line"), 2))
        painter.setBrush(theme.colour("surface"))
        painter.drawEllipse(mark)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("brand"))
            inset = mark.width() / 4
            painter.drawEllipse(mark.adjusted(inset, inset, -inset, -inset))
        _draw_words(painter, self.option, self.width())


def go_along(answers: Sequence[QRadioButton], watched: QObject, event: QEvent) -> bool:
    """Take the arrows to the next answer or the one before, in their order, whichever line each stands on.

    Qt itself goes by place: an arrow down does nothing in a row, and where a row wraps an arrow to the right stays at
    the end of a line, or leads back and chooses what nobody wanted.
    """
    if (
        event.type() != QEvent.Type.KeyPress
        or not isinstance(event, QKeyEvent)
        or not isinstance(watched, QRadioButton)
    ):
        return False
    step = _STEPS.get(Qt.Key(event.key()))
    if step is None or watched not in answers:
        return False
    offered = [each for each in answers if each is watched or (each.isEnabled() and each.isVisible())]
    at = offered.index(watched)
    wanted = offered[min(max(at + step, 0), len(offered) - 1)]
    wanted.setFocus(Qt.FocusReason.TabFocusReason)
    if offered[at].isChecked():
        # While nothing is chosen, arrows only go along.
        wanted.setChecked(True)
    return True


class Tick(QCheckBox):
    """One of several answers that may stand together."""

    def __init__(self, option: Option, legend: str = "", parent: QWidget | None = None) -> None:
        super().__init__(without_mnemonic(option.words), parent)
        self.option = option
        _prepare(self, option, legend)

    @override
    def sizeHint(self) -> QSize:
        """Return the size on one line."""
        return _size_hint(self.option)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the longest word."""
        return _least_size(self.option)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that long words wrap."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped words."""
        return _height(self.option, width)

    @override
    def hitButton(self, place: QPoint) -> bool:
        """Return that the whole line answers, not only the small box."""
        return self.rect().contains(place)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, words and hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = theme_in_use()
        mark = _mark_area()
        painter.setPen(QPen(theme.colour("brand" if self.isChecked() else "line"), 2))
        painter.setBrush(theme.colour("brand" if self.isChecked() else "surface"))
        painter.drawRoundedRect(mark, 5, 5)
        if self.isChecked():
            inset = mark.width() / 7
            area = mark.adjusted(inset, inset, -inset, -inset)
            draw_shape(painter, Shape.TICK, theme.colour("on_brand"), area)
        _draw_words(painter, self.option, self.width())


def _prepare(button: QAbstractButton, option: Option, legend: str) -> None:
    # "Yes" stands under many legends; the legend behind it keeps names on a page apart.
    name = f"{option.words}, {lower_first(legend)}" if legend else option.words
    button.setAccessibleName(shown(name))
    button.setAccessibleDescription(shown(option.hint))
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    button.setSizePolicy(policy)


def _mark_area() -> QRectF:
    side = theme_in_use().pixels(_MARK)
    return QRectF(1, (max(TARGET, side + 8) - side) / 2, side, side)


def _words_area(width: int) -> QRect:
    left = theme_in_use().pixels(_MARK) + _GAP
    return QRect(left, 0, max(1, width - left), 10_000)


def _heights(option: Option, width: int) -> tuple[int, int]:
    theme = theme_in_use()
    area = _words_area(width)
    words = QFontMetrics(theme.font(TextRole.BODY)).boundingRect(area, _WRAPPED, shown(option.words))
    if not option.hint:
        return words.height(), 0
    hint = QFontMetrics(theme.font(TextRole.HINT)).boundingRect(area, _WRAPPED, shown(option.hint))
    return words.height(), hint.height()


def _height(option: Option, width: int) -> int:
    line = QFontMetrics(theme_in_use().font(TextRole.BODY)).height()
    # The first line stands level with the mark; further lines follow below it.
    return max(TARGET, int(_mark_area().bottom()) + 9, sum(_heights(option, width)) + _top(line) * 2)


def _top(line: int) -> int:
    mark = _mark_area()
    return max(0, int(mark.center().y() - line / 2))


def _size_hint(option: Option) -> QSize:
    theme = theme_in_use()
    words = QFontMetrics(theme.font(TextRole.BODY)).horizontalAdvance(shown(option.words))
    hint = QFontMetrics(theme.font(TextRole.HINT)).horizontalAdvance(shown(option.hint))
    width = theme.pixels(_MARK) + _GAP + max(words, hint) + 4
    return QSize(width, _height(option, width))


def _least_size(option: Option) -> QSize:
    theme = theme_in_use()
    metrics = QFontMetrics(theme.font(TextRole.BODY))
    longest = max((metrics.horizontalAdvance(word) for word in shown(option.words).split()), default=0)
    return QSize(theme.pixels(_MARK) + _GAP + longest + 4, TARGET)


def _draw_words(painter: QPainter, option: Option, width: int) -> None:
    theme = theme_in_use()
    area = _words_area(width)
    font = theme.font(TextRole.BODY)
    painter.setFont(font)
    painter.setPen(theme.colour("ink"))
    words, _hint = _heights(option, width)
    top = _top(QFontMetrics(font).height())
    painter.drawText(area.translated(0, top), _WRAPPED, shown(option.words))
    if option.hint:
        painter.setFont(theme.font(TextRole.HINT))
        painter.setPen(theme.colour("soft"))
        painter.drawText(area.translated(QPoint(0, top + words)), _WRAPPED, shown(option.hint))
