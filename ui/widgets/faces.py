"""Five drawn faces to choose from: no reading is needed, and every face has its word beneath and a name to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget
from typing_extensions import override

from ui.theme import TARGET, TextRole, theme_in_use
from ui.widgets.dates import Legend
from ui.widgets.fields import Field
from ui.widgets.icons import draw_face
from ui.widgets.layouts import FlowLayout
from ui.widgets.options import go_along
from ui.widgets.text import filled, lower_first, shown, without_mnemonic

_FACE: Final = 64
_PAD: Final = 12
_LEAST: Final = 124
_SCORES: Final = (1, 2, 3, 4, 5)
_CENTRED: Final = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class Face(QRadioButton):
    """One face: all of it can be pressed, and its word says the same as the drawing."""

    def __init__(self, score: int, words: str, legend: str, parent: QWidget | None = None) -> None:
        super().__init__(without_mnemonic(words), parent)
        self.score = score
        self._words = words
        self.setAccessibleName(shown(f"{words}, {lower_first(legend)}"))
        self.setAccessibleDescription(filled(self.tr("{score} of 5"), score=score))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of the face, and of its word on up to two lines."""
        theme = theme_in_use()
        metrics = QFontMetrics(theme.font(TextRole.LABEL))
        width = max(theme.pixels(_LEAST), theme.pixels(_FACE) + 2 * _PAD, TARGET)
        longest = max(metrics.horizontalAdvance(word) for word in shown(self._words).split())
        width = max(width, longest + 2 * _PAD)
        return QSize(width, theme.pixels(_FACE) + 2 * metrics.lineSpacing() + 3 * _PAD)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the same: a face is never squeezed."""
        return self.sizeHint()

    @override
    def hitButton(self, place: object) -> bool:
        """Return that all of it answers."""
        return True

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, the face and the word; the chosen one stands on soft ground in a thick frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = theme_in_use()
        chosen = self.isChecked()
        pen = QPen(theme.colour("brand" if chosen else "line"), 3 if chosen else 1.5)
        painter.setPen(pen)
        painter.setBrush(theme.colour("brandsoft" if chosen else "surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)
        side = theme.pixels(_FACE)
        area = QRectF((self.width() - side) / 2, _PAD, side, side)
        draw_face(painter, self.score, theme.colour("brand" if chosen else "ink"), area)
        painter.setFont(theme.font(TextRole.LABEL))
        painter.setPen(theme.colour("ink"))
        below = QRect(_PAD // 2, side + 2 * _PAD - 4, self.width() - _PAD, self.height() - side - 2 * _PAD)
        painter.drawText(below, _CENTRED, shown(self._words))


class FaceGroup(Field):
    """Five faces under one question; arrow keys go from face to face, and the keys 1 to 5 choose one.

    Signals:
        chosen: The score that was chosen.
    """

    chosen = Signal(int)

    def __init__(self, label: str, words: Mapping[int, str], *, hint: str = "", parent: QWidget | None = None) -> None:
        group = Legend()
        super().__init__(label, group, hint=hint, parent=parent)
        self._group = QButtonGroup(self)
        self._is_setting = False
        self.faces = {score: Face(score, words[score], label) for score in _SCORES}
        layout = FlowLayout(group, gap=12)
        layout.setContentsMargins(0, 0, 0, 0)
        for face in self.faces.values():
            layout.addWidget(face)
            self._group.addButton(face)
            face.installEventFilter(self)
        # Not `buttonClicked`: a switch or a voice presses a radio button by toggling it, which clicks nothing.
        self._group.buttonToggled.connect(self._on_toggled)

    @property
    def value(self) -> int | None:
        """The score that is chosen, None before a choice."""
        return next((score for score, face in self.faces.items() if face.isChecked()), None)

    def set_value(self, score: int | None) -> None:
        """Choose a face without a signal; None takes the choice away."""
        self._is_setting = True
        if score is not None:
            self.faces[score].setChecked(True)
        else:
            self._group.setExclusive(False)
            for face in self.faces.values():
                face.setChecked(False)
            self._group.setExclusive(True)
        self._is_setting = False

    @override
    def focus_control(self) -> None:
        """Bring the keyboard to the chosen face, else to the first."""
        self.faces[self.value or 1].setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose a face by its number; a face passes on every key that it does not use itself."""
        pressed = event.text()
        if pressed.isdecimal() and int(pressed) in self.faces:
            face = self.faces[int(pressed)]
            face.setFocus(Qt.FocusReason.ShortcutFocusReason)
            face.setChecked(True)
            return
        super().keyPressEvent(event)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows go along the faces."""
        return go_along(list(self.faces.values()), watched, event) or super().eventFilter(watched, event)

    def _on_toggled(self, face: Face, is_checked: bool) -> None:
        if is_checked and not self._is_setting:
            self.edited.emit()
            self.chosen.emit(face.score)
