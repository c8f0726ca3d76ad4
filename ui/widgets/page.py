"""The scaffold of a page: heading, one sentence of purpose, content in one column, the actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.theme import NARROW_WINDOW, READING_WIDTH, TextRole, theme_in_use
from ui.widgets.buttons import Button
from ui.widgets.error_summary import ErrorSummary
from ui.widgets.fields import Field
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import (
    BETWEEN_FIELDS,
    BETWEEN_GROUPS,
    NARROW_PAGE_MARGIN,
    PAGE_MARGIN,
    FlowRow,
    clear,
)

_AROUND_FOCUS: Final = 24


class PageScroll(QScrollArea):
    """Scrolls downwards only and keeps what has the keyboard in sight (WCAG 2.2, 2.4.11)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the keyboard when a banner or the Back button takes some of the height."""
        super().resizeEvent(event)
        focused = QApplication.focusWidget()
        if focused is not None:
            self.follow(focused)

    def follow(self, focused: QWidget) -> None:
        """Bring `focused` and the ring around it into sight, if it stands in here."""
        inside = self.widget()
        if inside is None or not inside.isAncestorOf(focused):
            return
        # Not ensureWidgetVisible: for a line of text that looks at the cursor only and leaves the edge outside.
        top = focused.mapTo(inside, QPoint(0, 0)).y() - _AROUND_FOCUS
        bottom = top + focused.height() + 2 * _AROUND_FOCUS
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if top < bar.value() and bottom - top <= height:
            bar.setValue(top)
        elif bottom > bar.value() + height:
            bar.setValue(min(top, bottom - height))


class Page(QFrame):
    """One page; it scrolls downwards only and brings whatever takes the focus into sight.

    Attributes:
        heading: What the page is about; for a person's page the header part says it instead.
        errors: The error summary below the heading.
    """

    def __init__(
        self,
        heading: str = "",
        purpose: str = "",
        *,
        full_width: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("paper")
        self._full_width = full_width
        self._fills = False
        self.heading = SafeLabel("", TextRole.PAGE_HEADING)
        self.purpose = SafeLabel("", TextRole.BODY, tone=Tone.SOFT)
        self.errors = ErrorSummary()
        self._header = QVBoxLayout()
        self._body = QVBoxLayout()
        self._body.setSpacing(BETWEEN_FIELDS)
        self._actions = FlowRow(gap=12)
        self._actions.hide()
        self._content = QFrame()
        self._column = QVBoxLayout(self._content)
        self._column.setSpacing(0)
        self._scroll = self._make_scroll_area()
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self._scroll)
        self._build_column()
        self.set_heading(heading, purpose)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def set_heading(self, heading: str, purpose: str = "") -> None:
        """Show another heading and purpose; an empty one takes no room."""
        self.heading.set_words(heading)
        self.heading.setVisible(bool(heading))
        self.purpose.set_words(purpose)
        self.purpose.setVisible(bool(purpose))
        self.setAccessibleName(self.heading.words)
        self._body_gap.setVisible(bool(heading or purpose))

    def set_header(self, header: QWidget) -> None:
        """Put a part above the heading, such as the person the page is about."""
        clear(self._header)
        self._header.addWidget(header)
        self._header.setContentsMargins(0, 0, 0, 16)

    def add(self, part: QWidget | QLayout, *, fills: bool = False, group: bool = False) -> None:
        """Put `part` below the others.

        Args:
            part: A widget or a layout.
            fills: The part takes all the height that is left, as a table does.
            group: A new group begins: 32 px above it instead of 24.
        """
        if group and self._body.count():
            self._body.addSpacing(BETWEEN_GROUPS - BETWEEN_FIELDS)
        if isinstance(part, QWidget):
            self._body.addWidget(part, 1 if fills else 0)
        else:
            self._body.addLayout(part, 1 if fills else 0)
        if fills:
            self._column.setStretch(self._column.count() - 1, 0)
            self._column.setStretch(self._column.indexOf(self._body), 1)

    def add_section(self, heading: str) -> SafeLabel:
        """Begin a group with a heading of its own and return that heading."""
        label = SafeLabel(heading, TextRole.SECTION)
        self.add(label, group=True)
        return label

    def clear_body(self) -> None:
        """Remove everything that was added."""
        clear(self._body)

    def set_actions(self, *buttons: Button) -> None:
        """Put the buttons below the content, the primary one first."""
        clear(self._actions.flow)
        for button in buttons:
            self._actions.add(button)
        self._actions.setVisible(bool(buttons))

    def show_errors(self, errors: Sequence[tuple[str, Field | None]]) -> None:
        """Show what is wrong at the top and at the fields; an empty list takes the summary away."""
        self.errors.show_errors(errors)
        self._errors_gap.setContentsMargins(0, 0, 0, BETWEEN_FIELDS if errors else 0)
        if errors:
            self._scroll.verticalScrollBar().setValue(0)

    @property
    def scroll_position(self) -> int:
        """How far down the page is scrolled, in px."""
        return self._scroll.verticalScrollBar().value()

    def set_scroll_position(self, position: int) -> None:
        """Scroll to where the page was left."""
        self._scroll.verticalScrollBar().setValue(position)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use smaller margins where there is little room."""
        self._fit()
        super().resizeEvent(event)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Let the column grow with the text, so that a line keeps its number of words."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_scroll"):
            self._fit()

    def _make_scroll_area(self) -> PageScroll:
        area = PageScroll()
        ground = QFrame()
        self._beside = QHBoxLayout(ground)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.setSpacing(0)
        self._beside.addWidget(self._content, 1_000)
        self._beside.addStretch(1)
        area.setWidget(ground)
        area.viewport().setAutoFillBackground(False)
        ground.setAutoFillBackground(False)
        return area

    def _build_column(self) -> None:
        self._body_gap = QWidget()
        self._body_gap.setFixedHeight(16)
        self._body_gap.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._errors_gap = QVBoxLayout()
        self._errors_gap.addWidget(self.errors)
        self._column.addLayout(self._header)
        self._column.addWidget(self.heading)
        self._column.addSpacing(2)
        self._column.addWidget(self.purpose)
        self._column.addWidget(self._body_gap)
        self._column.addLayout(self._errors_gap)
        self._column.addLayout(self._body)
        self._column.addSpacing(20)
        self._column.addWidget(self._actions)
        self._column.addStretch(1)

    def _fit(self) -> None:
        margin = NARROW_PAGE_MARGIN if self.window().width() < NARROW_WINDOW else PAGE_MARGIN
        self._column.setContentsMargins(margin, 16, margin, 10)
        limit = 16_777_215 if self._full_width else theme_in_use().pixels(READING_WIDTH) + 2 * margin
        self._content.setMaximumWidth(limit)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None:
            self._scroll.follow(new)
