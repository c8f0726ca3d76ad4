"""Fields of a form: label, hint, error and control as one part that reads the same to eye and ear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from ui.theme import TextRole, theme_in_use
from ui.widgets.buttons import QuietButton
from ui.widgets.icons import IconLabel, Shape, draw_shape
from ui.widgets.labels import SafeLabel, Tone
from ui.widgets.layouts import row
from ui.widgets.text import filled, shown

_COUNTED_FROM: Final = 0.9
"""Of the longest text: earlier a counter only distracts."""


class Field(QWidget):
    """A label, an optional hint, room for one error sentence, and the control.

    Signals:
        edited: Something in the control changed.
        left: Focus went elsewhere, so a draft is worth keeping.
    """

    edited = Signal()
    left = Signal()

    def __init__(
        self,
        label: str,
        control: QWidget,
        *,
        hint: str = "",
        optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        words = filled(self.tr("{label} (optional)"), label=label) if optional else label
        self.control = control
        self.label = SafeLabel(words, TextRole.LABEL, parent=self)
        self.hint = SafeLabel(hint, TextRole.HINT, tone=Tone.SOFT, parent=self)
        self.hint.setVisible(bool(hint))
        self.error_label = IconLabel(Shape.STOP, "", TextRole.LABEL, tone=Tone.STOP, parent=self)
        self.error_label.hide()
        self._error = ""
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)
        for part in (self.label, self.hint, self.error_label):
            self.body.addWidget(part)
        self.body.addSpacing(4)
        self._place_control()
        self.label.name_control(control)
        control.setAccessibleName(self.label.words)
        control.installEventFilter(self)
        self._describe()

    @property
    def error(self) -> str:
        """The sentence of the present error, empty when there is none."""
        return self._error

    def set_error(self, sentence: str) -> None:
        """Show `sentence` at the field, "Error:" before it, and keep what was typed; empty takes it away."""
        self._error = shown(sentence)
        words = filled(self.tr("Error: {sentence}"), sentence=sentence) if sentence else ""
        self.error_label.show_words(Shape.STOP, words, Tone.STOP)
        self.error_label.setVisible(bool(sentence))
        for control in self._marked_controls():
            mark_faulty(control, faulty=bool(sentence))
        self._describe()

    def focus_control(self) -> None:
        """Bring the keyboard to the control."""
        self.control.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that focus left the control."""
        if event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return super().eventFilter(watched, event)

    def _place_control(self) -> None:
        self.body.addWidget(self.control)

    def _marked_controls(self) -> Sequence[QWidget]:
        return (self.control,)

    def _describe(self) -> None:
        parts = (self.hint.words, self.error_label.label.words)
        self.control.setAccessibleDescription(" ".join(part for part in parts if part))

    def _on_edited(self) -> None:
        self.edited.emit()


class TextField(Field):
    """One line of text."""

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        optional: bool = False,
        characters: int = 0,
        longest: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Build a line; `characters` sets its width, 0 is the whole column; `longest` stops typing beyond it."""
        self.line = LineEdit(characters)
        super().__init__(label, self.line, hint=hint, optional=optional, parent=parent)
        if longest:
            self.line.setMaxLength(longest)
        self.line.textChanged.connect(self._on_edited)

    @property
    def text(self) -> str:
        """What was typed, unchanged."""
        return self.line.text()

    def set_text(self, text: str) -> None:
        """Show `text` in the line."""
        self.line.setText(text)


class SecretField(TextField):
    """A password line: it can be pasted into, dictated into, and shown on request (WCAG 2.2, 3.3.8)."""

    def __init__(self, label: str, *, hint: str = "", parent: QWidget | None = None) -> None:
        self.show_button = QuietButton("", shape=Shape.EYE)
        super().__init__(label, hint=hint, parent=parent)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.show_button.clicked.connect(self._on_show)
        self._show(plainly=False)

    def clear(self) -> None:
        """Empty the line and hide what is typed next."""
        self.line.clear()
        self._show(plainly=False)

    @override
    def _place_control(self) -> None:
        beside = row(self.control, self.show_button)
        beside.setStretch(0, 1)
        self.body.addLayout(beside)

    def _on_show(self) -> None:
        self._show(plainly=self.line.echoMode() == QLineEdit.EchoMode.Password)

    def _show(self, *, plainly: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if plainly else QLineEdit.EchoMode.Password)
        words = self.tr("Hide") if plainly else self.tr("Show")
        self.show_button.set_words(words, full_name=f"{words}, {self.label.words}")


class TextArea(Field):
    """Several lines of text; Tab leaves it."""

    def __init__(
        self,
        label: str,
        *,
        hint: str = "",
        optional: bool = False,
        lines: int = 4,
        longest: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Take what to ask; `longest` counts the characters that are left once nine tenths are used, 0 never."""
        self.area = QPlainTextEdit()
        self._longest = longest
        self.area.setTabChangesFocus(True)
        self._lines = lines
        super().__init__(label, self.area, hint=hint, optional=optional, parent=parent)
        self.area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.left_label = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.left_label.hide()
        self.body.addWidget(self.left_label)
        self.area.textChanged.connect(self._on_edited)
        self.area.textChanged.connect(self._on_length)
        self._fit()

    @property
    def text(self) -> str:
        """What was typed, unchanged."""
        return self.area.toPlainText()

    def set_text(self, text: str) -> None:
        """Show `text` in the area."""
        self.area.setPlainText(text)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep the number of lines when the text size changes."""
        if event.type() == QEvent.Type.StyleChange:
            self._fit()
        super().changeEvent(event)

    def _on_length(self) -> None:
        length = len(self.area.toPlainText())
        is_near = bool(self._longest) and length >= self._longest * _COUNTED_FROM
        left = self._longest - length
        many = self.tr("{count} characters are left.") if left >= 0 else self.tr("{count} characters too many.")
        self.left_label.set_words(filled(many, count=abs(left)) if is_near else "")
        self.left_label.setVisible(is_near)

    def _fit(self) -> None:
        self.area.setFixedHeight(theme_in_use().pixels(22) * self._lines + 28)


class SelectField(Field):
    """A list to choose from, for more choices than radio buttons can hold; nothing is chosen beforehand."""

    def __init__(
        self,
        label: str,
        options: Sequence[tuple[str, str]],
        *,
        hint: str = "",
        optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Offer `options`, each a key and its words."""
        self.box = SelectBox()
        super().__init__(label, self.box, hint=hint, optional=optional, parent=parent)
        self.box.addItem(self.tr("Choose one"), "")
        for key, words in options:
            self.box.addItem(shown(words), key)
        # On Unix the name of a combo box is its value; the list inside it needs the name as well.
        self.box.view().setAccessibleName(self.label.words)
        self.box.currentIndexChanged.connect(self._on_edited)

    @property
    def value(self) -> str | None:
        """The key that was chosen, None before a choice."""
        return self.box.currentData() or None

    def set_value(self, key: str | None) -> None:
        """Choose `key`, or nothing."""
        self.box.setCurrentIndex(max(0, self.box.findData(key or "")))


class LineEdit(QLineEdit):
    """A line as wide as the number of characters it is for, at every text size."""

    def __init__(self, characters: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._characters = characters
        if characters:
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @override
    def sizeHint(self) -> QSize:
        """Return the room of the wished number of characters."""
        hint = super().sizeHint()
        if self._characters:
            hint.setWidth(self.fontMetrics().horizontalAdvance("0") * self._characters + 32)
        return hint

    @override
    def minimumSizeHint(self) -> QSize:
        """Return no less than a target's width."""
        hint = super().minimumSizeHint()
        return QSize(min(self.sizeHint().width(), max(hint.width(), 60)), hint.height())


class SelectBox(QComboBox):
    """A combo box that the wheel does not change while a page is scrolled over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Only this delegate obeys the row height of the style sheet; the list is then 44 px a row.
        self.setItemDelegate(QStyledItemDelegate(self))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the arrow, which a style sheet could only bring as a file in one fixed colour."""
        super().paintEvent(event)
        theme = theme_in_use()
        side = theme.pixels(20)
        area = QRectF(self.width() - side - 12, (self.height() - side) / 2, side, side)
        draw_shape(QPainter(self), Shape.DOWN, theme.colour("ink"), area)


def mark_faulty(control: QWidget, *, faulty: bool) -> None:
    """Draw the edge of `control` as an error, or as usual."""
    control.setProperty("faulty", faulty)
    control.style().unpolish(control)
    control.style().polish(control)
