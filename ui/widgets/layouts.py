"""Layouts of the look: rows that wrap, columns and rows on the 8 px grid."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QLayoutItem, QVBoxLayout, QWidget
from shiboken6 import isValid
from typing_extensions import override

from ui.theme import theme_in_use

GRID: Final = 8
BETWEEN_FIELDS: Final = 24
BETWEEN_GROUPS: Final = 32
PAGE_MARGIN: Final = 32
NARROW_PAGE_MARGIN: Final = 16


class FlowLayout(QLayout):
    """A row whose items go on to the next line when there is no room: nothing is cut at 200 % text."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = GRID, line_gap: int = GRID) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._line_gap = line_gap
        self.setContentsMargins(QMargins())

    @override
    def addItem(self, item: QLayoutItem) -> None:
        """Take one more item at the end."""
        self._items.append(item)

    @override
    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    @override
    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return the item at `index`, None behind the last: Qt ends its walks on it."""
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove and return the item at `index`."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        """Return that the row asks for no more room than it needs."""
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that the height follows from the width."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines at `width` px."""
        return self._place(QRect(0, 0, width, 0), move=False)

    @override
    def setGeometry(self, area: QRect) -> None:
        """Place the items in `area`."""
        super().setGeometry(area)
        self._place(area, move=True)

    @override
    def sizeHint(self) -> QSize:
        """Return the size of everything on one line."""
        sizes = [item.sizeHint() for item in self._shown()]
        width = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        height = max((size.height() for size in sizes), default=0)
        return self._with_margins(QSize(width, height))

    @override
    def minimumSize(self) -> QSize:
        """Return the size of the widest item."""
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return self._with_margins(size)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _place(self, area: QRect, *, move: bool) -> int:
        inner = area.marginsRemoved(self.contentsMargins())
        left, top, line = inner.left(), inner.top(), 0
        for item in self._shown():
            size = item.sizeHint()
            width = min(size.width(), max(inner.width(), item.minimumSize().width()))
            height = item.heightForWidth(width) if item.hasHeightForWidth() else size.height()
            if left > inner.left() and left + width > inner.left() + inner.width():
                left, top, line = inner.left(), top + line + self._line_gap, 0
            if move:
                item.setGeometry(QRect(QPoint(left, top), QSize(width, height)))
            left += width + self._gap
            line = max(line, height)
        margins = self.contentsMargins()
        return top + line - inner.top() + margins.top() + margins.bottom()


def column(*widgets: QWidget, gap: int = GRID, margin: int = 0) -> QVBoxLayout:
    """Return a column of `widgets`, `gap` px apart."""
    layout = QVBoxLayout()
    _fill(layout, widgets, gap=gap, margin=margin)
    return layout


def row(*widgets: QWidget, gap: int = GRID, margin: int = 0) -> QHBoxLayout:
    """Return a row of `widgets`, `gap` px apart, that does not wrap."""
    layout = QHBoxLayout()
    _fill(layout, widgets, gap=gap, margin=margin)
    return layout


class FlowRow(QWidget):
    """A widget whose children stand in a row that wraps."""

    def __init__(self, *widgets: QWidget, gap: int = GRID, line_gap: int = GRID, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.flow = FlowLayout(self, gap=gap, line_gap=line_gap)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        for widget in widgets:
            self.flow.addWidget(widget)

    def add(self, widget: QWidget) -> None:
        """Put `widget` at the end of the row."""
        self.flow.addWidget(widget)


def hide_unless(part: QWidget, wanted: object) -> None:
    """Hide `part` when `wanted` is empty; never show it, since a part without a parent would be a window."""
    if not wanted:
        part.hide()


def gather(widget: QWidget) -> None:
    """Make everything that `widget` and its parts hold without having placed it a part of `widget`, to go with it.

    What has no parent is deleted by nobody: a button whose signal leads to its page keeps that page, and the page the
    button, where no collector looks. For a page that is let go, not for one that still builds.
    """
    waiting = [widget, *widget.findChildren(QWidget)]
    while waiting:
        part = waiting.pop()
        for held in list(vars(part).values()):
            if isinstance(held, QWidget) and held is not widget and isValid(held) and held.parentWidget() is None:
                held.setParent(widget)
                waiting += [held, *held.findChildren(QWidget)]


def clear(layout: QLayout) -> None:
    """Remove everything from `layout` and delete the widgets that stood in it."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            # Hidden first: a widget waiting to be deleted must take no Tab and no reader's attention.
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def _fill(layout: QBoxLayout, widgets: Iterable[QWidget], *, gap: int, margin: int) -> None:
    layout.setSpacing(gap)
    layout.setContentsMargins(margin, margin, margin, margin)
    for widget in widgets:
        layout.addWidget(widget)


class SideBySide(QWidget):
    """Two or more parts beside each other, which stand below each other where there is little room."""

    def __init__(
        self,
        *parts: QWidget,
        least_width: int,
        stretches: Iterable[int] = (),
        gap: int = BETWEEN_GROUPS,
        level: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignTop,
        parent: QWidget | None = None,
    ) -> None:
        """Place `parts`; below `least_width` px (grown with the text) they stand in a column."""
        super().__init__(parent)
        self._least_width = least_width
        self._box = QHBoxLayout(self)
        _fill(self._box, parts, gap=gap, margin=0)
        for index, stretch in enumerate(stretches):
            self._box.setStretch(index, stretch)
        for part in parts:
            self._box.setAlignment(part, level)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return the room of the widest part alone, since the parts may stand in a column."""
        sizes = [part.minimumSizeHint() for part in self._parts()]
        return QSize(max((size.width() for size in sizes), default=0), 0)

    @override
    def hasHeightForWidth(self) -> bool:
        """Return that the height follows from the width."""
        return True

    @override
    def heightForWidth(self, width: int) -> int:
        """Return the height at `width` px, in the direction that width asks for."""
        if not self._is_narrow(width) and self._box.direction() == QBoxLayout.Direction.LeftToRight:
            return self._box.heightForWidth(width)
        heights = [
            part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
            for part in self._parts()
        ]
        if self._is_narrow(width):
            return sum(heights) + self._box.spacing() * max(0, len(heights) - 1)
        return max(heights, default=0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the row into a column or back."""
        narrow = self._is_narrow(event.size().width())
        wanted = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != wanted:
            self._box.setDirection(wanted)
            self.updateGeometry()
        super().resizeEvent(event)

    def _is_narrow(self, width: int) -> bool:
        return width < theme_in_use().pixels(self._least_width)

    def _parts(self) -> list[QWidget]:
        items = (self._box.itemAt(index) for index in range(self._box.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if widget is not None and not widget.isHidden()]
