"""The ring around whatever has the keyboard: 3 px of the focus colour and a 2 px line around it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.theme import theme_in_use

_RING: Final = 3
_EDGE: Final = 2
_GAP: Final = 1
_OUTSIDE: Final = _RING + _EDGE + _GAP
_MOVES: Final = frozenset(
    {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange}
)


class FocusRing(QWidget):
    """One ring a window, laid over it, so that every control shows its focus in the same way."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self.hide()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the control when it or anything it stands in moves."""
        if event.type() in _MOVES:
            self._place()
        return False

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring and the line around it."""
        theme = theme_in_use()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(QPen(theme.colour("focus_edge"), _EDGE))
        half = _EDGE / 2
        painter.drawRoundedRect(area.adjusted(half, half, -half, -half), 13, 13)
        painter.setPen(QPen(theme.colour("focus"), _RING))
        half = _EDGE + _RING / 2
        painter.drawRoundedRect(area.adjusted(half, half, -half, -half), 11, 11)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        for watched in self._watched:
            if isValid(watched):
                watched.removeEventFilter(self)
        self._watched = []
        self._target = None
        if new is None or new.window() is not self.window() or not _has_ring(new):
            self.hide()
            return
        self._target = new.parentWidget() if new.property("ring_around_parent") else new
        step: QWidget | None = self._target
        while step is not None and step is not self.window():
            step.installEventFilter(self)
            self._watched.append(step)
            step = step.parentWidget()
        self._place()

    def _place(self) -> None:
        target = self._target
        if target is None or not isValid(target) or not target.isVisible():
            self.hide()
            return
        window = self.window()
        outside = QRect(target.mapTo(window, QPoint(0, 0)), target.size())
        # A control that draws its edge further in, such as a cell of the matrix, says how far.
        reach = _OUTSIDE - int(target.property("ring_inset") or 0)
        outside.adjust(-reach, -reach, reach, reach)
        seen = _seen_part(target, window)
        if not outside.intersects(seen):
            self.hide()
            return
        self.setGeometry(outside)
        self.setMask(QRegion(seen.intersected(outside).translated(-outside.topLeft())))
        self.show()
        self.raise_()


def _has_ring(widget: QWidget) -> bool:
    return not widget.property("no_ring")


def _seen_part(target: QWidget, window: QWidget) -> QRect:
    """Return the part of the window in which `target` can be seen: a ring must not lie over a bar."""
    seen = window.rect()
    step = target.parentWidget()
    while step is not None and step is not window:
        holder = step.parentWidget()
        if isinstance(holder, QAbstractScrollArea) and holder.viewport() is step:
            seen = seen.intersected(QRect(step.mapTo(window, QPoint(0, 0)), step.size()))
        step = holder
    return seen
