"""A line of words that can be pressed and wraps, where a button's words could be cut."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import TARGET, TextRole, theme_in_use
from ui.widgets.labels import Tone
from ui.widgets.text import shown, without_mnemonic

_WRAPPED: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class LinkLine(QAbstractButton):
    """Underlined words on a line of their own, at least 44 px high."""

    def __init__(
        self,
        words: str,
        *,
        tone: Tone = Tone.BRAND,
        full_name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._words = shown(words)
        self._tone = tone
        self.setText(without_mnemonic(words))
        self.setAccessibleName(shown(full_name) or self._words)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def words(self) -> str:
        """The words as a person reads them."""
        return self._words

    @override
    def sizeHint(self) -> QSize:
        """Return the size on one line."""
        width = QFontMetrics(self._font()).horizontalAdvance(self._words) + 2
        return QSize(max(width, TARGET), self.heightForWidth(width))

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the longest word."""
        metrics = QFontMetrics(self._font())
        longest = max((metrics.horizontalAdvance(word) for word in self._words.split()), default=0)
        return QSize(max(longest + 2, TARGET), TARGET)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that long words wrap."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped words."""
        area = QRect(0, 0, max(1, width), 10_000)
        lines = QFontMetrics(self._font()).boundingRect(area, _WRAPPED, self._words)
        return max(TARGET, lines.height() + 12)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words."""
        painter = QPainter(self)
        painter.setFont(self._font())
        painter.setPen(theme_in_use().colour("ink" if self.isDown() else self._tone))
        painter.drawText(self.rect(), _WRAPPED, self._words)

    def _font(self) -> QFont:
        font = theme_in_use().font(TextRole.LABEL)
        font.setUnderline(True)
        return font
