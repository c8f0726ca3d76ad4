"""Radio buttons and ticks under one legend; nothing is chosen beforehand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget
from typing_extensions import override

from ui.widgets.dates import Legend
from ui.widgets.fields import Field
from ui.widgets.layouts import FlowLayout
from ui.widgets.options import Choice, Option, Tick, go_along


class ChoiceGroup(Field):
    """Radio buttons under one legend.

    Signals:
        chosen: The key that a person chose.
    """

    chosen = Signal(str)

    def __init__(
        self,
        label: str,
        options: Sequence[Option],
        *,
        hint: str = "",
        optional: bool = False,
        in_a_row: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        group = Legend()
        super().__init__(label, group, hint=hint, optional=optional, parent=parent)
        self._group = QButtonGroup(self)
        self._is_setting = False
        self.choices = {option.key: Choice(option, label) for option in options}
        _lay_out(group, list(self.choices.values()), in_a_row=in_a_row)
        for choice in self.choices.values():
            self._group.addButton(choice)
            choice.installEventFilter(self)
        # Not `buttonClicked`: a switch or a voice presses a radio button by toggling it, which clicks nothing.
        self._group.buttonToggled.connect(self._on_toggled)

    @property
    def value(self) -> str | None:
        """The key that is chosen, None before a choice."""
        return next((key for key, choice in self.choices.items() if choice.isChecked()), None)

    def set_value(self, key: str | None) -> None:
        """Choose `key` without a signal; None takes the choice away."""
        self._is_setting = True
        if key is not None:
            self.choices[key].setChecked(True)
        else:
            self._group.setExclusive(False)
            for choice in self.choices.values():
                choice.setChecked(False)
            self._group.setExclusive(True)
        self._is_setting = False

    @override
    def focus_control(self) -> None:
        """Bring the keyboard to the chosen answer, else to the first."""
        first = next(iter(self.choices.values()))
        target = self.choices.get(self.value or "", first)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows go along the answers."""
        return go_along(list(self.choices.values()), watched, event) or super().eventFilter(watched, event)

    def _on_toggled(self, choice: Choice, is_checked: bool) -> None:
        if is_checked and not self._is_setting:
            self.edited.emit()
            self.chosen.emit(choice.option.key)


class TickGroup(Field):
    """Ticks under one legend; none is set beforehand."""

    def __init__(
        self,
        label: str,
        options: Sequence[Option],
        *,
        hint: str = "",
        optional: bool = False,
        in_a_row: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        group = Legend()
        super().__init__(label, group, hint=hint, optional=optional, parent=parent)
        self.ticks = {option.key: Tick(option, label) for option in options}
        _lay_out(group, list(self.ticks.values()), in_a_row=in_a_row)
        for tick in self.ticks.values():
            tick.toggled.connect(self._on_edited)
            tick.installEventFilter(self)

    @property
    def values(self) -> tuple[str, ...]:
        """The keys that are ticked, in the order shown."""
        return tuple(key for key, tick in self.ticks.items() if tick.isChecked())

    def set_values(self, keys: Collection[str]) -> None:
        """Tick exactly `keys`."""
        for key, tick in self.ticks.items():
            tick.setChecked(key in keys)

    @override
    def focus_control(self) -> None:
        """Bring the keyboard to the first tick."""
        next(iter(self.ticks.values())).setFocus(Qt.FocusReason.OtherFocusReason)


def _lay_out(group: Legend, buttons: Sequence[QAbstractButton], *, in_a_row: bool) -> None:
    layout = FlowLayout(group, gap=24) if in_a_row else QVBoxLayout(group)
    layout.setContentsMargins(0, 0, 0, 0)
    if isinstance(layout, QVBoxLayout):
        layout.setSpacing(8)
    for button in buttons:
        layout.addWidget(button)
