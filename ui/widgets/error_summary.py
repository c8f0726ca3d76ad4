"""The list of everything that is wrong on a page, at its top; each line goes to its field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from ui.theme import TextRole
from ui.widgets.fields import Field
from ui.widgets.icons import IconLabel, Shape
from ui.widgets.labels import Tone
from ui.widgets.layouts import clear
from ui.widgets.links import LinkLine


class ErrorLink(LinkLine):
    """One error; pressing it goes to the field it is about."""

    def __init__(self, sentence: str, field: Field | None) -> None:
        super().__init__(sentence, tone=Tone.STOP)
        self._field = field
        self.clicked.connect(self._on_clicked)

    def _on_clicked(self) -> None:
        if self._field is not None:
            self._field.focus_control()


class ErrorSummary(QFrame):
    """Takes the focus when it appears, so that nobody has to look for what went wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errors")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 16, 24, 16)
        self._column.setSpacing(4)
        self.hide()

    def show_errors(self, errors: Sequence[tuple[str, Field | None]]) -> None:
        """Show each sentence here and at its field, and take the focus; an empty list hides all."""
        clear(self._column)
        self.setVisible(bool(errors))
        if not errors:
            return
        heading = self.tr("There is something to put right")
        self._column.addWidget(IconLabel(Shape.STOP, heading, TextRole.SECTION, tone=Tone.STOP, size=24))
        for sentence, field in errors:
            self._column.addWidget(ErrorLink(sentence, field))
            if field is not None and field.error != sentence:
                field.set_error(sentence)
        self.setAccessibleName(heading)
        self.setAccessibleDescription(" ".join(sentence for sentence, _field in errors))
        self.setFocus(Qt.FocusReason.OtherFocusReason)
