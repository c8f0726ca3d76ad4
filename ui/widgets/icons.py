"""Own line drawings, 24 px with a 2 px stroke, drawn in the colour of the words beside them."""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QHBoxLayout, QSpacerItem, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.labels import SafeLabel, Tone


class Shape(StrEnum):
    """The drawings that ship in `resources/icons`."""

    TICK = "tick"
    CROSS = "cross"
    CLOCK = "clock"
    PAUSE = "pause"
    DASHED = "dashed"
    HAND = "hand"
    HOURGLASS = "hourglass"
    BACK = "back"
    FORWARD = "forward"
    FIND = "find"
    LOCK = "lock"
    COVER = "cover"
    TRIANGLE = "triangle"
    INFORMATION = "information"
    STOP = "stop"
    PERSON = "person"
    PEOPLE = "people"
    SEND = "send"
    INBOX = "inbox"
    PENCIL = "pencil"
    PRINT = "print"
    UNDO = "undo"
    PLUS = "plus"
    MINUS = "minus"
    MENU = "menu"
    HELP = "help"
    DOWN = "down"
    DOT = "dot"
    USB = "usb"
    EYE = "eye"


def draw_shape(painter: QPainter, shape: Shape, colour: QColor, area: QRectF) -> None:
    """Draw `shape` into the square `area` in one colour."""
    _draw(painter, Path(str(resources.files("resources") / "icons" / f"{shape}.svg")), colour, area)


def _draw(painter: QPainter, path: Path, colour: QColor, area: QRectF) -> None:
    drawing = path.read_text(encoding="utf-8").replace("currentColor", colour.name())
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, area)


def draw_face(painter: QPainter, score: int, colour: QColor, area: QRectF) -> None:
    """Draw the face of a score from 1 to 5 into a square; drawn for 64 px, with a thinner stroke than an icon."""
    _draw(painter, Path(str(resources.files("resources") / "faces" / f"{score}.svg")), colour, area)


def shape_icon(shape: Shape, colour: QColor, size: int, ratio: float = 1.0, *, room_after: int = 0) -> QIcon:
    """Return `shape` as an icon of `size` px for a screen with `ratio` device pixels a pixel."""
    picture = QPixmap(round((size + room_after) * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_shape(painter, shape, colour, QRectF(0, 0, size, size))
    painter.end()
    icon = QIcon(picture)
    # The same picture when disabled or pressed: a greyed drawing would lose its contrast.
    icon.addPixmap(picture, QIcon.Mode.Disabled)
    return icon


class ShapeView(QWidget):
    """One drawing beside words; it has no name of its own, since the words say it."""

    def __init__(self, shape: Shape, tone: Tone = Tone.INK, *, size: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape = shape
        self.tone = tone
        self._size = size
        self._picture: QPixmap | None = None
        self._resize()

    def show_shape(self, shape: Shape, tone: Tone) -> None:
        """Show another drawing in another colour."""
        self.shape, self.tone = shape, tone
        self._picture = None
        self.update()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Draw anew when the theme or the text size changed."""
        if event.type() == QEvent.Type.StyleChange:
            self._picture = None
            self._resize()
        super().changeEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the shape, from a picture kept until the theme changes."""
        if self._picture is None:
            ratio = self.devicePixelRatioF()
            colour = theme_in_use().colour(self.tone)
            self._picture = shape_icon(self.shape, colour, self.width(), ratio).pixmap(self.size(), ratio)
        QPainter(self).drawPixmap(0, 0, self._picture)

    def _resize(self) -> None:
        side = theme_in_use().pixels(self._size)
        self.setFixedSize(QSize(side, side))


class IconLabel(QWidget):
    """A drawing and the words it stands beside, in one colour."""

    def __init__(
        self,
        shape: Shape,
        words: str,
        role: TextRole = TextRole.BODY,
        *,
        tone: Tone = Tone.INK,
        size: int = 20,
        full_line: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.drawing = ShapeView(shape, tone, size=size, parent=self)
        self.label = SafeLabel(words, role, tone=tone, full_line=full_line, parent=self)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        # Level with the first line, also where the words wrap.
        self._beside = QVBoxLayout()
        self._above = QSpacerItem(0, 0)
        self._beside.addItem(self._above)
        self._beside.addWidget(self.drawing)
        self._beside.addStretch(1)
        self._layout.addLayout(self._beside)
        self._layout.addWidget(self.label, 1, Qt.AlignmentFlag.AlignTop)
        self._level()

    def show_words(self, shape: Shape, words: str, tone: Tone) -> None:
        """Show another drawing with other words."""
        self.drawing.show_shape(shape, tone)
        self.label.set_words(words)
        self.label.set_tone(tone)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Stay level with the words at every text size."""
        if event.type() == QEvent.Type.StyleChange:
            self._level()
        super().changeEvent(event)

    def _level(self) -> None:
        line = theme_in_use().line(self.label.role)
        self._above.changeSize(0, max(0, round((line - self.drawing.height()) / 2)))
        self._layout.invalidate()
