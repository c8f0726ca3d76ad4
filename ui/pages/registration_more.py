"""What can wait at registration: when they leave, birth day, pronouns, health number, how they talk, what they need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.messages import labels
from ui.view_models.registration import example_ahead
from ui.widgets import DateField, DateParts, Field, Option, TextField, TickGroup
from ui.widgets.layouts import BETWEEN_GROUPS


class MoreFields(QWidget):
    """Optional fields, folded until somebody wants them."""

    def __init__(self, on: date, parent: QWidget | None = None) -> None:
        """Take today, from which the example of a day to come is made."""
        super().__init__(parent)
        self.leaves = DateField(self.tr("Expected to leave"), hint=example_ahead(on), optional=True)
        self.dob = DateField(
            self.tr("Day of birth"), hint=self.tr("For example, 15 3 1984. The year alone is enough."), optional=True
        )
        self.pronouns = TextField(
            self.tr("Pronouns"), hint=self.tr("For example, she/her"), optional=True, characters=16, longest=20
        )
        self.nhs_number = TextField(
            self.tr("NHS number"),
            hint=self.tr("It is hidden after this page."),
            optional=True,
            characters=16,
            longest=20,
        )
        self.comm_needs = self._ticks_of("communication_need", self.tr("Talks best by"))
        self.needs = self._ticks_of("need", self.tr("What they would like help with"))
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(BETWEEN_GROUPS)
        for field in self.fields:
            below.addWidget(field)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in the order of the page."""
        return (self.leaves, self.dob, self.pronouns, self.nhs_number, self.comm_needs, self.needs)

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {
            "stay.expected_discharge_on": self.leaves,
            "person.dob": self.dob,
            "person.pronouns": self.pronouns,
            "person.nhs_number": self.nhs_number,
            "person.comm_needs": self.comm_needs,
            "person.needs": self.needs,
        }

    @property
    def is_filled(self) -> bool:
        """Whether anything at all was told."""
        dates = any(any(typed(field)) for field in (self.leaves, self.dob))
        return dates or bool(self.pronouns.text or self.nhs_number.text or self.comm_needs.values or self.needs.values)

    def values(self) -> dict[str, Any]:
        """Return what was typed as JSON values, for the draft."""
        return {
            "leaves": list(typed(self.leaves)),
            "dob": list(typed(self.dob)),
            "pronouns": self.pronouns.text,
            "nhs_number": self.nhs_number.text,
            "comm_needs": list(self.comm_needs.values),
            "needs": list(self.needs.values),
        }

    def restore(self, values: Mapping[str, Any]) -> None:
        """Show what a draft holds."""
        for name, date_field in (("leaves", self.leaves), ("dob", self.dob)):
            day, month, year = [*values.get(name, ()), "", "", ""][:3]
            date_field.set_parts(DateParts(day=str(day), month=str(month), year=str(year)))
        self.pronouns.set_text(str(values.get("pronouns", "")))
        self.nhs_number.set_text(str(values.get("nhs_number", "")))
        for name, ticks in (("comm_needs", self.comm_needs), ("needs", self.needs)):
            ticks.set_values([str(key) for key in values.get(name, ())])

    def _ticks_of(self, code_list: str, legend: str) -> TickGroup:
        options = [Option(key=key, words=words) for key, words in labels(code_list).items()]
        return TickGroup(legend, options, optional=True, in_a_row=True)


def typed(field: DateField) -> tuple[str, str, str]:
    """Return day, month and year as they stand in the boxes."""
    parts = field.parts()
    return parts.day, parts.month, parts.year
