"""The order in which Tab goes: the order in which the page is read, whatever was built first.

Qt itself goes in the order of building, so that a field added later would be reached last.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cmp_to_key

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QRadioButton, QWidget


def tab_stops(root: QWidget) -> list[QWidget]:
    """Return what Tab reaches inside `root`, in reading order; of a group of radio buttons only one."""
    return [stop for stop in _walk(root) if _is_stop(stop)]


def next_stop(root: QWidget, current: QWidget | None, *, forward: bool) -> QWidget | None:
    """Return the stop after or before `current`, going round at the ends; None when there is none.

    `current` may be no stop itself, such as a page that took the focus when it opened or one radio button
    of a group: Tab goes on from where it stands.
    """
    places = list(_walk(root, current))
    if current in places:
        at = places.index(current)
        ahead = places[at + 1 :] + places[:at]
    else:
        ahead = places
    if not forward:
        ahead.reverse()
    return next((place for place in ahead if _is_stop(place) and not _same_group(place, current)), None)


def _walk(widget: QWidget, also: QWidget | None = None) -> Iterator[QWidget]:
    """Yield what Tab may reach inside `widget`, and `also`, in reading order."""
    for child in _in_reading_order(widget):
        if child.isWindow() or not child.isVisible():
            continue
        if child is also or _takes_tab(child):
            yield child
        yield from _walk(child, also)


def _is_stop(widget: QWidget) -> bool:
    return _takes_tab(widget) and not _is_spoken_for(widget)


def _takes_tab(widget: QWidget) -> bool:
    takes = (widget.focusPolicy() & Qt.FocusPolicy.TabFocus) == Qt.FocusPolicy.TabFocus
    return takes and widget.isEnabled() and widget.focusProxy() is None


def _in_reading_order(widget: QWidget) -> list[QWidget]:
    children = [child for child in widget.children() if isinstance(child, QWidget)]
    left_first = widget.layoutDirection() != Qt.LayoutDirection.RightToLeft

    def before(one: QWidget, other: QWidget) -> int:
        first, second = one.geometry(), other.geometry()
        if _on_one_line(first, second):
            return (first.x() - second.x()) if left_first else (second.x() - first.x())
        return first.y() - second.y()

    return sorted(children, key=cmp_to_key(before))


def _on_one_line(first: QRect, second: QRect) -> bool:
    shared = min(first.bottom(), second.bottom()) - max(first.top(), second.top())
    return shared > min(first.height(), second.height()) / 2


def _same_group(one: QWidget, other: QWidget | None) -> bool:
    if not isinstance(one, QRadioButton) or not isinstance(other, QRadioButton):
        return False
    group = one.group()
    return group is not None and group is other.group()


def _is_spoken_for(widget: QWidget) -> bool:
    """Return whether another radio button of its group is the stop: the chosen one, else the first."""
    if not isinstance(widget, QRadioButton):
        return False
    group = widget.group()
    if group is None or not group.exclusive():
        return False
    chosen = group.checkedButton()
    if chosen is not None:
        return chosen is not widget
    return next((button for button in group.buttons() if button.isVisible()), widget) is not widget
