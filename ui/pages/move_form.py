"""What every small form of a step has in common, and how its fields are kept in a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal

from app.domain.actor import Actor
from app.domain.clocks import parse_day
from app.domain.ids import ReferralId
from app.storage.vault import Vault
from ui.messages import labels
from ui.widgets import (
    ChoiceGroup,
    DateField,
    DateParts,
    Field,
    FlowRow,
    Option,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Surface,
    TextArea,
    TextField,
    TextRole,
    TickGroup,
)
from ui.widgets.layouts import BETWEEN_FIELDS

Step = Callable[[Vault, Actor, datetime, ReferralId], object]
"""One step, done on the vault thread."""


class MoveForm(Surface):
    """One step with what it asks for.

    Signals:
        save_asked: The step shall be taken.
        left: The form is put away.
    """

    save_asked = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self.fields: tuple[Field, ...] = ()
        self.heading = SafeLabel("", TextRole.SECTION)
        self.save_button = PrimaryButton("")
        self.leave_button = SecondaryButton(self.tr("Not now"))

    def build(self, words: str, save_words: str, *fields: Field) -> None:
        """Lay out the form: what it is about, its fields, what its button says."""
        self.fields = fields
        self.heading.set_words(words)
        self.save_button.set_words(save_words)
        self.add(self.heading)
        for field in fields:
            self.add(field)
        self.add(FlowRow(self.save_button, self.leave_button, gap=12))
        self.save_button.clicked.connect(self.save_asked)
        self.leave_button.clicked.connect(self.left)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        return {}

    def step(self) -> Step:
        """Return the step to take, from what stands in the form.

        Raises:
            BadInputError: a day that is not in the calendar.
        """
        raise NotImplementedError

    def refresh(self) -> None:
        """Show the fields that what is chosen asks for."""

    def values(self) -> list[Any]:
        """Return what stands in the form, as a draft keeps it."""
        return [value_of(field) for field in self.findChildren(Field)]

    def show_values(self, values: Sequence[Any]) -> None:
        """Show what a draft kept."""
        for field, value in zip(self.findChildren(Field), values, strict=False):
            show_value(field, value)
        self.refresh()

    def focus_first(self) -> None:
        """Bring the keyboard to the first field."""
        self.fields[0].focus_control()


def today_words() -> str:
    """Return that today stands in the boxes of a day."""
    return QCoreApplication.translate("referral", "Today is filled in. Change it if it was another day.")


def example_words() -> str:
    """Return an example of a day to come."""
    return QCoreApplication.translate("referral", "For example, 15 3 2027")


def value_of(field: Field) -> Any:
    """Return what stands in any field, as JSON."""
    match field:
        case TextField() | TextArea():
            return field.text
        case ChoiceGroup() | SelectField():
            return field.value
        case TickGroup():
            return list(field.values)
        case DateField():
            parts = field.parts()
            return [parts.day, parts.month, parts.year]
        case _:
            return None


def show_value(field: Field, value: Any) -> None:
    """Show in any field what `value_of` returned, unless it no longer fits."""
    match field:
        case TextField() | TextArea():
            field.set_text(str(value or ""))
        case ChoiceGroup():
            field.set_value(value if value in field.choices else None)
        case SelectField():
            field.set_value(value)
        case TickGroup():
            field.set_values(value or [])
        case DateField():
            day, month, year = value or ("", "", "")
            field.set_parts(DateParts(day=day, month=month, year=year))
        case _:
            return


def day_of(field: DateField, name: str) -> date | None:
    """Return the day that was typed.

    Raises:
        BadInputError: it is not in the calendar.
    """
    parts = field.parts()
    return parse_day((parts.day, parts.month, parts.year), record="referral", field=name)


def set_day(field: DateField, day: date) -> None:
    """Put a day into the boxes."""
    field.set_parts(DateParts(day=str(day.day), month=str(day.month), year=str(day.year)))


def codes_choice(words: str, code_list: str, without: Sequence[str] = ()) -> ChoiceGroup:
    """Return radio buttons for a list of codes."""
    options = [Option(key=slug, words=said) for slug, said in labels(code_list).items() if slug not in without]
    return ChoiceGroup(words, options)
