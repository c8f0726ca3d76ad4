"""The one label class of the program: plain text, wrapped at 70 characters, in the sizes of the look."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget
from typing_extensions import override

from ui.theme import CHARACTERS_A_LINE, TextRole, theme_in_use
from ui.widgets.text import shown, without_mnemonic

# Wording to be read aloud runs the whole width of its bar: it is spoken in one breath, not scanned.
_RUNNING: Final = frozenset({TextRole.BODY, TextRole.HINT, TextRole.STATEMENT})
_UNLIMITED: Final = 16_000


class Tone(StrEnum):
    """The colour of words, by meaning."""

    INK = "ink"
    SOFT = "soft"
    BRAND = "brand"
    ON_BRAND = "on_brand"
    ATTENTION = "attention"
    STOP = "stop"
    DONE = "done"
    INFO = "info"


class SafeLabel(QLabel):
    """Words on a page, never read as markup, drawn with the line height of the look.

    Attributes:
        role: What the words are for; it settles size and weight.
        tone: The colour by meaning.
    """

    def __init__(
        self,
        words: str = "",
        role: TextRole = TextRole.BODY,
        *,
        tone: Tone = Tone.INK,
        wrap: bool = True,
        full_line: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Show `words`.

        Args:
            words: What is read.
            role: What the words are for.
            tone: Their colour by meaning.
            wrap: They go on to further lines; without it they keep to one.
            full_line: A line may hold more than 70 characters, as in a bar.
            parent: The widget they stand in.
        """
        super().__init__(parent)
        self._limited = role in _RUNNING and not full_line
        self.role = role
        self.tone = tone
        self._words = ""
        # Layouts ask for the height at one width many times over.
        self._heights: dict[int, int] = {}
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", str(role))
        self.setProperty("tone", str(tone))
        self.setWordWrap(wrap)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)
        self.set_words(words)

    @property
    def words(self) -> str:
        """The words as a person reads them."""
        return self._words

    def set_words(self, words: str) -> None:
        """Show `words` as plain text; the same words again cost nothing, where new ones lay the page out anew."""
        if shown(words) != self._words:
            self._words = shown(words)
            self._show_words()

    def set_tone(self, tone: Tone) -> None:
        """Change the colour by meaning."""
        self.tone = tone
        self.setProperty("tone", str(tone))
        self.style().unpolish(self)
        self.style().polish(self)
        self.update()

    def name_control(self, control: QWidget) -> None:
        """Make these words the label of `control` for pointer, keyboard and screen reader."""
        self.setBuddy(control)
        self._show_words()

    @override
    def sizeHint(self) -> QSize:
        """Return the size of the words on as few lines as the look allows."""
        layout, width, height = self._laid_out(_UNLIMITED)
        layout.clearLayout()
        return self._with_margins(width, height)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the longest word, since a word is never cut."""
        if not self.wordWrap():
            return self.sizeHint()
        self.ensurePolished()
        metrics = QFontMetricsF(self.font())
        longest = max((metrics.horizontalAdvance(word) for word in self._words.split()), default=0.0)
        return self._with_margins(longest + 1, self._line_height() if self._words else 0.0)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return whether the height follows from the width."""
        return self.wordWrap()

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height that all lines need at `width` px."""
        margins = self.contentsMargins()
        inner = width - margins.left() - margins.right()
        if inner not in self._heights:
            _layout, _width, height = self._laid_out(inner)
            self._heights[inner] = int(height + 0.999)
        return self._heights[inner] + margins.top() + margins.bottom()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Forget the heights of another font."""
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.FontChange}:
            self._heights.clear()
            self.updateGeometry()
        super().changeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the words; QLabel itself knows no line height."""
        area = self.contentsRect()
        layout, width, height = self._laid_out(area.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        alignment = self.alignment()
        top = float(area.top())
        if alignment & Qt.AlignmentFlag.AlignVCenter:
            top += max(0.0, (area.height() - height) / 2)
        elif alignment & Qt.AlignmentFlag.AlignBottom:
            top += max(0.0, area.height() - height)
        left = float(area.left())
        if alignment & Qt.AlignmentFlag.AlignHCenter:
            left += max(0.0, (area.width() - width) / 2)
        elif alignment & Qt.AlignmentFlag.AlignRight:
            left += max(0.0, area.width() - width)
        layout.draw(painter, QPointF(left, top))

    def _show_words(self) -> None:
        self._heights.clear()
        # A label with a buddy reads `&` as a shortcut, so "R&D" is doubled there and only there.
        self.setText(without_mnemonic(self._words) if self.buddy() else self._words)
        self.updateGeometry()

    def _line_height(self) -> float:
        return self.font().pixelSize() * theme_in_use().line_height(self.role)

    def _laid_out(self, width: float) -> tuple[QTextLayout, float, float]:
        """Return the lines at `width`, the width they use and their height."""
        self.ensurePolished()
        layout = QTextLayout(self._words.replace("\n", "\u2028"), self.font())
        option = QTextOption()
        option.setWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if self.wordWrap() else QTextOption.WrapMode.NoWrap
        )
        layout.setTextOption(option)
        limit = width if self.wordWrap() else _UNLIMITED
        if self.wordWrap() and self._limited:
            limit = min(limit, CHARACTERS_A_LINE * QFontMetricsF(self.font()).averageCharWidth())
        step = self._line_height()
        top = used = 0.0
        layout.beginLayout()
        while self._words:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(limit, 1.0))
            line.setPosition(QPointF(0.0, top + (step - line.height()) / 2))
            used = max(used, line.naturalTextWidth())
            top += step
        layout.endLayout()
        return layout, used, top

    def _with_margins(self, width: float, height: float) -> QSize:
        margins = self.contentsMargins()
        # Rounded up: half a pixel too few would wrap the last word.
        return QSize(
            int(width + 0.999) + margins.left() + margins.right(),
            int(height + 0.999) + margins.top() + margins.bottom(),
        )
