"""Checks that hold for every page: what is wrong is returned in sentences, so a test can print all of it.

    assert faults(page) == []
    assert faults_in_every_look(make_page) == []

The offscreen platform has no screen reader, but Qt's accessible names, states and sizes are the real ones.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QImage, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QScrollBar,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from ui.shell import Window
from ui.theme import TARGET, Theme, ThemeName, contrast
from ui.widgets import SafeLabel

SMALLEST_WINDOW = (1024, 700)
LEAST_TEXT_CONTRAST = 4.5
_TALL_ENOUGH = 4_000
_AS_BLACK_ON_WHITE = 21.0
_CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QComboBox,
    QAbstractItemView,
    QAbstractSpinBox,
    QAbstractSlider,
)


def faults(widget: QWidget, *, size: tuple[int, int] = SMALLEST_WINDOW) -> list[str]:
    """Return every accessibility fault of a page or part, empty when there is none.

    A widget that is not shown yet is put into a window of `size` for the time of the checks.
    """
    if widget.isVisible():
        return _all_faults(widget)
    window, before = _host(widget, size)
    try:
        return _all_faults(widget, before)
    finally:
        widget.setParent(None)
        window.close()
        window.deleteLater()
        delete_now()


def faults_in_every_look(make: Callable[[], QWidget], *, size: tuple[int, int] = SMALLEST_WINDOW) -> list[str]:
    """Return the faults of a page in light, dark and high contrast, at 100 % and at 200 % text."""
    found = []
    application = _application()
    for name in (ThemeName.LIGHT, ThemeName.DARK, ThemeName.HIGH_CONTRAST):
        for scale in (100, 200):
            Theme.load(name, scale).apply(application)
            widget = make()
            found += [f"{name} at {scale} %: {fault}" for fault in faults(widget, size=size)]
            widget.deleteLater()
            delete_now()
    Theme.load().apply(application)
    return found


def delete_now() -> None:
    """Delete what waits for it: without a running event loop it would pile up and be styled with every theme."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def bare_labels(folder: Path) -> list[str]:
    """Return where Python files under `folder` build a QLabel, a form row of strings or an own message box."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (fault := _bare_call(node)):
                found.append(f"{path.name}:{node.lineno} {fault}")
    return found


def _bare_call(call: ast.Call) -> str:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in {"QLabel", "QMessageBox", "QInputDialog", "QProgressDialog", "QFormLayout"}:
        return f"{name}( reads markup: use SafeLabel, Field or a page"
    if name == "setToolTip" and not (
        call.args and isinstance(call.args[0], ast.Call) and "tooltip" in ast.unparse(call.args[0].func)
    ):
        return "setToolTip( without tooltip()"
    return ""


def _all_faults(widget: QWidget, before: QWidget | None = None) -> list[str]:
    QAccessible.setActive(True)
    QApplication.processEvents()
    checks = (_names, _label_in_name, _unique, _size, _bare, _clipped, _scroll)
    found = [fault for check in checks for fault in check(widget)]
    found += _tab_walk(widget, before)
    return found + _contrast(widget)


# What there is


def controls(widget: QWidget) -> list[QWidget]:
    """Return everything in `widget` that can be pressed, filled or moved along."""
    found = [widget] if isinstance(widget, _CONTROLS) else []
    found += [child for child in _shown_children(widget) if isinstance(child, _CONTROLS)]
    return [control for control in found if not isinstance(control, QScrollBar) and _is_own(control)]


def spoken_name(widget: QWidget) -> str:
    """Return what a screen reader calls `widget`."""
    if isinstance(widget, QComboBox):
        # On Unix Qt reads out the value of a combo box as its name; Windows reads this one.
        return widget.accessibleName()
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface else ""


def _shown_children(widget: QWidget) -> Iterator[QWidget]:
    return (child for child in widget.findChildren(QWidget) if child.isVisible() and not child.isWindow())


def _is_own(control: QWidget) -> bool:
    """Leave out the inner parts of a control, which the control itself speaks for."""
    step = control.parentWidget()
    while step is not None:
        if isinstance(step, QComboBox | QAbstractSpinBox | QAbstractItemView):
            return False
        step = step.parentWidget()
    return True


def _called(widget: QWidget) -> str:
    words = spoken_name(widget) or getattr(widget, "text", str)() or widget.objectName()
    return f"{type(widget).__name__} “{str(words)[:60]}”"


def _visible_words(control: QWidget) -> str:
    if isinstance(control, QAbstractButton):
        return re.sub(r"&(.)", r"\1", control.text())
    label = next((label for label in _labels(control.window()) if label.buddy() is control), None)
    return label.words if isinstance(label, SafeLabel) else label.text() if label else ""


def _labels(widget: QWidget) -> list[QLabel]:
    return [child for child in _shown_children(widget) if isinstance(child, QLabel)]


# Checks


def _names(widget: QWidget) -> list[str]:
    return [f"no name: {_called(control)}" for control in controls(widget) if not spoken_name(control).strip()]


def _label_in_name(widget: QWidget) -> list[str]:
    """WCAG 2.2, 2.5.3: who says the visible words to a voice control must hit the control."""
    found = []
    for control in controls(widget):
        words, name = _plain(_visible_words(control)), _plain(spoken_name(control))
        in_place = words in name if control.property("grid_cell") else name.startswith(words)
        if words and name and not in_place:
            found.append(f"the name “{name}” does not begin with the visible words “{words}”")
    return found


def _unique(widget: QWidget) -> list[str]:
    names = Counter(_plain(spoken_name(control)) for control in controls(widget))
    found = [f"{count} controls are called “{name}”" for name, count in names.items() if name and count > 1]
    letters = Counter(_alt_keys(widget))
    return found + [f"{count} controls answer to {key}" for key, count in letters.items() if count > 1]


def _alt_keys(widget: QWidget) -> Iterator[str]:
    for child in _shown_children(widget):
        text = child.text() if isinstance(child, QAbstractButton) else ""
        if isinstance(child, QLabel) and child.buddy():
            text = child.text()
        key = QKeySequence.mnemonic(text).toString()
        if key:
            yield key
    for shortcut in widget.findChildren(QShortcut):
        key = shortcut.key().toString()
        if re.fullmatch(r"Alt\+\w", key):
            yield key


def _size(widget: QWidget) -> list[str]:
    found = []
    for control in controls(widget):
        # Where a frame is seen as the control, a press anywhere in it counts.
        target = control.parentWidget() if control.property("ring_around_parent") else control
        if target is not None and (target.width() < TARGET or target.height() < TARGET):
            found.append(f"smaller than {TARGET} px: {_called(control)} {target.width()}×{target.height()}")
        if isinstance(control, QAbstractItemView):
            rows = control.model().rowCount() if control.model() else 0
            low = rows and control.visualRect(control.model().index(0, 0)).height() < TARGET
            found += [f"rows lower than {TARGET} px: {_called(control)}"] if low else []
    return found


def _bare(widget: QWidget) -> list[str]:
    return [
        f"a label that reads markup: “{label.text()[:60]}”"
        for label in _labels(widget)
        if not isinstance(label, SafeLabel) or label.textFormat() != Qt.TextFormat.PlainText
    ]


def _clipped(widget: QWidget) -> list[str]:
    found = []
    for child in _shown_children(widget):
        if not isinstance(child, SafeLabel | QAbstractButton) or not _is_own(child):
            continue
        if child.hasHeightForWidth() and child.heightForWidth(child.width()) > child.height() + 1:
            found.append(f"cut off below: {_called(child)}")
        least = child.minimumSizeHint().width()
        if isinstance(child, QPushButton) and child.text():
            least = min(least, child.fontMetrics().horizontalAdvance(_visible_words(child)))
        if least > child.width() + 1:
            found.append(f"cut off at the side: {_called(child)}")
        right = child.mapTo(widget, QPoint(child.width(), 0)).x()
        if right > widget.width() + 1:
            found.append(f"beyond the right edge: {_called(child)}")
    return found


def _scroll(widget: QWidget) -> list[str]:
    areas = [child for child in _shown_children(widget) if isinstance(child, QAbstractScrollArea)]
    found = [f"scrolls sideways: {type(area).__name__}" for area in areas if area.horizontalScrollBar().maximum() > 0]
    for area in areas:
        inner = area.widget() if isinstance(area, QScrollArea) else None
        if inner is not None and inner.width() > area.viewport().width():
            found.append(f"wider than the window: {type(inner).__name__}")
    return found


def _tab_walk(widget: QWidget, before: QWidget | None) -> list[str]:
    """WCAG 2.2, 2.1.1, 2.1.2, 2.4.3: Tab reaches everything, in reading order, and leaves again."""
    expected = [child for child in (*_shown_children(widget), widget) if _takes_tab(child)]
    if not expected:
        return []
    QTest.qWaitForWindowActive(widget.window(), 1_000)
    (before or expected[0]).setFocus(Qt.FocusReason.TabFocusReason)
    reached: list[QWidget] = [] if before else [expected[0]]
    found = []
    wrapped = False
    for _step in range(2 * len(expected) + 2):
        here = QApplication.focusWidget()
        if here is None:
            return [*found, "the keyboard got lost"]
        QTest.keyClick(here, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is here:
            return [*found, f"Tab does not leave {_called(here)}"]
        inside = now is not None and (now is widget or widget.isAncestorOf(now))
        if inside and now is not None and now not in reached:
            back = bool(reached) and _stands_before(now, reached[-1])
            # Begun in the middle, the walk comes round to the top once.
            if back and (before is not None or wrapped):
                found.append(f"Tab goes back from {_called(reached[-1])} to {_called(now)}")
            wrapped = wrapped or back
            reached.append(now)
        elif reached:
            break
    missed = [control for control in expected if control not in reached]
    return found + [f"Tab does not reach {_called(control)}" for control in missed]


def _takes_tab(widget: QWidget) -> bool:
    policy = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    if policy != Qt.FocusPolicy.TabFocus or not widget.isEnabled() or widget.focusProxy() is not None:
        return False
    if isinstance(widget, QRadioButton) and (group := widget.group()):
        # Tab reaches the chosen button of a group, else its first; arrows go on from there.
        first = next((button for button in group.buttons() if button.isVisible()), widget)
        return (group.checkedButton() or first) is widget
    return widget.isVisible()


def _stands_before(later: QWidget, earlier: QWidget) -> bool:
    window = later.window()
    one = QRect(later.mapTo(window, QPoint(0, 0)), later.size())
    other = QRect(earlier.mapTo(window, QPoint(0, 0)), earlier.size())
    return one.bottom() <= other.top() and one.left() <= other.left()


def _contrast(widget: QWidget) -> list[str]:
    """WCAG 2.2, 1.4.3, measured on the painted page: ground and ink as they came out."""
    window = widget.window()
    size = window.size()
    window.resize(size.width(), _TALL_ENOUGH)
    QApplication.processEvents()
    picture = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = picture.devicePixelRatio()
    found = []
    for child in _shown_children(widget):
        words = child.text() if isinstance(child, QLabel | QAbstractButton) else ""
        area = QRect(child.mapTo(widget, QPoint(0, 0)) * ratio, child.size() * ratio)
        if not words.strip() or not picture.rect().contains(area):
            continue
        measured = _measured(picture.copy(area))
        if measured < LEAST_TEXT_CONTRAST:
            found.append(f"contrast {measured:.1f}: {_called(child)}")
    window.resize(size)
    QApplication.processEvents()
    return found


def _measured(picture: QImage) -> float:
    # Edges and focus rings lie outside; 4 px inside only ground, words and drawings are left.
    inner = picture.copy(picture.rect().adjusted(4, 4, -4, -4))
    if inner.isNull():
        return _AS_BLACK_ON_WHITE
    pixels = Counter(memoryview(inner.constBits()).cast("I"))
    ground = pixels.most_common(1)[0][0]
    # The words' own colour is at one end of the shades between it and the ground, or among the most frequent.
    shades = sorted(pixels, key=lambda pixel: sum(pixel.to_bytes(4, "little")[:3]))
    candidates = {shades[0], shades[-1], *(pixel for pixel, _count in pixels.most_common(8))}
    return max(contrast(_colour(pixel), _colour(ground)) for pixel in candidates)


def _colour(pixel: int) -> str:
    return f"#{pixel & 0xFFFFFF:06X}"


def _host(widget: QWidget, size: tuple[int, int]) -> tuple[Window, QWidget]:
    """Put `widget` into a window between two buttons, so that leaving it by Tab can be seen."""
    window = Window()
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    before, after = QPushButton("Before"), QPushButton("After")
    column.addWidget(before)
    column.addWidget(widget, 1)
    column.addWidget(after)
    widget.show()
    window.setCentralWidget(inside)
    window.resize(*size)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window, 1_000)
    return window, before


def _application() -> QApplication:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    return application


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
