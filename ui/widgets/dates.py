"""A day as three boxes, since typing 15 3 1984 needs no aim; partly known dates are kept as typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGroupBox, QHBoxLayout, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole
from ui.widgets.fields import Field, LineEdit, mark_faulty
from ui.widgets.labels import SafeLabel
from ui.widgets.text import lower_first


class DateBox(StrEnum):
    """The three boxes of a date."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


_DIGITS: Final = {DateBox.DAY: 2, DateBox.MONTH: 2, DateBox.YEAR: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class DateParts:
    """What was typed into the three boxes, without the spaces around it and without any check."""

    day: str = ""
    month: str = ""
    year: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed at all."""
        return not (self.day or self.month or self.year)


class Legend(QGroupBox):
    """A group that a reader announces by its legend; the words themselves stand in a label."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFlat(True)
        self.setObjectName("group")

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep the content on the edge of the column: a group box would move it in by its frame."""
        super().changeEvent(event)
        self.setContentsMargins(0, 0, 0, 0)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """The same, since a group box counts its frame anew at every size."""
        super().resizeEvent(event)
        self.setContentsMargins(0, 0, 0, 0)


class DateField(Field):
    """Three boxes with one legend; what they mean is for the rules to say."""

    def __init__(
        self,
        label: str,
        *,
        hint: str | None = None,
        optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        group = Legend()
        self.boxes = {box: LineEdit(digits) for box, digits in _DIGITS.items()}
        self._faulty: tuple[DateBox, ...] = ()
        super().__init__(label, group, hint=hint or "", optional=optional, parent=parent)
        if hint is None:
            self.hint.set_words(self.tr("For example, 15 3 1984"))
            self.hint.show()
        words = {
            DateBox.DAY: self.tr("Day"),
            DateBox.MONTH: self.tr("Month"),
            DateBox.YEAR: self.tr("Year"),
        }
        beside = QHBoxLayout(group)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(16)
        for box, line in self.boxes.items():
            name = SafeLabel(words[box], TextRole.HINT, wrap=False)
            part = QVBoxLayout()
            part.setSpacing(2)
            part.addWidget(name)
            part.addWidget(line)
            beside.addLayout(part)
            name.name_control(line)
            # Two dates on a page have two boxes "Day": the legend makes each name its own.
            line.setAccessibleName(f"{words[box]}, {lower_first(label)}")
            line.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
            line.textChanged.connect(self._on_edited)
            line.installEventFilter(self)
        beside.addStretch(1)
        self._describe()

    def parts(self) -> DateParts:
        """Return what stands in the boxes."""
        typed = {box: line.text().strip() for box, line in self.boxes.items()}
        return DateParts(day=typed[DateBox.DAY], month=typed[DateBox.MONTH], year=typed[DateBox.YEAR])

    def set_parts(self, parts: DateParts) -> None:
        """Show `parts` in the boxes."""
        typed = {DateBox.DAY: parts.day, DateBox.MONTH: parts.month, DateBox.YEAR: parts.year}
        for box, text in typed.items():
            self.boxes[box].setText(text)

    @override
    def set_error(self, sentence: str, *boxes: DateBox) -> None:
        """Show `sentence` and mark the boxes it is about, all three when none is named."""
        for line in self.boxes.values():
            mark_faulty(line, faulty=False)
        self._faulty = boxes or tuple(DateBox)
        super().set_error(sentence)

    @override
    def focus_control(self) -> None:
        """Bring the keyboard to the first box that is wrong, else to the day."""
        first = next((box for box in DateBox if box in self._faulty and self.error), DateBox.DAY)
        self.boxes[first].setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def _marked_controls(self) -> Sequence[QWidget]:
        return [self.boxes[box] for box in self._faulty]

    @override
    def _describe(self) -> None:
        super()._describe()
        for line in self.boxes.values():
            line.setAccessibleDescription(self.control.accessibleDescription())
