"""The fields of registration: a name, where they are or how to reach them; everything else can wait, folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import CommunicationNeed, ContactKind, MayUse, Need
from app.domain.ids import SiteId
from app.errors import BadInputError, KnownError
from app.use_cases.people import NewPerson, SiteChoice, divide_name
from ui.messages import labels
from ui.pages.parts import fill_sites
from ui.pages.registration_more import MoreFields, typed
from ui.view_models.contacts import possible_uses
from ui.view_models.registration import sorted_under
from ui.widgets import (
    ChoiceGroup,
    Field,
    FlowRow,
    LinkLine,
    Option,
    PlainButton,
    QuietButton,
    SafeLabel,
    SelectField,
    Shape,
    TextField,
    TextRole,
    TickGroup,
    Tone,
    row,
)
from ui.widgets.layouts import BETWEEN_FIELDS


class RegistrationForm(QWidget):
    """Everything that can be told of somebody met.

    Signals:
        edited: Something changed.
        site_wanted: The name of a hospital that is not in the list yet.
    """

    edited = Signal()
    site_wanted = Signal(str)

    def __init__(self, on: date, parent: QWidget | None = None) -> None:
        """Take today, from which the example of a day to come is made."""
        super().__init__(parent)
        self._first_site = ""
        self._make_first_fields()
        self.more = MoreFields(on)
        self.more_button = QuietButton(self.tr("Add birth day, needs and more"), shape=Shape.PLUS)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(BETWEEN_FIELDS)
        self._lay_out()
        for field in self.fields:
            field.edited.connect(self._on_edited)
        self.full_name.edited.connect(self._on_name)
        self.contact_kind.chosen.connect(self._on_kind)
        self.divide_button.clicked.connect(self._on_divide)
        self.more_button.clicked.connect(self._on_more)
        self.no_site_button.clicked.connect(self._on_no_site)
        self.add_site_button.clicked.connect(self._on_add_site)
        self._on_name()

    def _make_first_fields(self) -> None:
        self.full_name = TextField(self.tr("Full name"), longest=160)
        self.sorted_label = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.divide_button = QuietButton(self.tr("Change"), full_name=self.tr("Change how the name is sorted"))
        self.given_name = TextField(self.tr("Given name"), longest=80)
        self.family_name = TextField(self.tr("Family name"), longest=80)
        self.known_as = TextField(self.tr("Known as"), optional=True, characters=24, longest=80)
        self.site = SelectField(self.tr("Hospital"), [])
        self.no_site_button = LinkLine(self.tr("The hospital is not in the list"))
        self.new_site = TextField(self.tr("Name of the hospital"), longest=120)
        self.add_site_button = PlainButton(self.tr("Add this hospital"))
        self.ward = TextField(self.tr("Ward"), optional=True, characters=20, longest=40)
        self.bed = TextField(self.tr("Bed"), optional=True, characters=11, longest=10)
        kinds = [Option(key=key, words=words) for key, words in labels("contact_kind").items()]
        self.contact_kind = ChoiceGroup(
            self.tr("A way to reach them"),
            kinds,
            hint=self.tr("Needed when they are in no hospital."),
            optional=True,
            in_a_row=True,
        )
        self.contact_value = TextField(self.tr("Number or address"), characters=28, longest=254)
        self.may_use = TickGroup(
            self.tr("It may be used to"), [Option(key=key, words=words) for key, words in labels("may_use").items()]
        )

    def _lay_out(self) -> None:
        name = QVBoxLayout()
        name.setSpacing(0)
        name.addWidget(self.full_name)
        beside = row(self.sorted_label, self.divide_button, gap=4)
        beside.addStretch(1)
        name.addLayout(beside)
        site = QVBoxLayout()
        site.setSpacing(0)
        site.addWidget(self.site)
        site.addWidget(self.no_site_button)
        self._column.addLayout(name)
        self._divided = self._group(self.given_name, self.family_name)
        self._column.addWidget(self._divided)
        self._column.addWidget(self.known_as)
        self._column.addLayout(site)
        self._adding = self._group(self.new_site, self.add_site_button)
        self._column.addWidget(self._adding)
        self._column.addWidget(FlowRow(self.ward, self.bed, gap=BETWEEN_FIELDS, line_gap=BETWEEN_FIELDS))
        for field in (self.contact_kind, self.contact_value, self.may_use):
            self._column.addWidget(field)
        self._column.addWidget(self.more_button)
        self._column.addWidget(self.more)
        for part in (self._divided, self._adding, self.more, self.contact_value, self.may_use):
            part.hide()

    def _group(self, *parts: QWidget, gap: int = BETWEEN_FIELDS) -> QWidget:
        group = QWidget()
        below = QVBoxLayout(group)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(gap)
        for part in parts:
            below.addWidget(part)
        return group

    # What stands in it

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field, in the order of the page."""
        return (
            self.full_name,
            self.given_name,
            self.family_name,
            self.known_as,
            self.site,
            self.new_site,
            self.ward,
            self.bed,
            self.contact_kind,
            self.contact_value,
            self.may_use,
            *self.more.fields,
        )

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into."""
        if key == "person.minimum":
            return self.site if self.full_name.text.strip() or self.known_as.text.strip() else self.full_name
        found = self._by_key().get(key)
        if found is not None and self.more.isAncestorOf(found):
            self.show_more()
        return found

    def on_screen(self, error: KnownError) -> KnownError:
        """Return an error of given or family name as one of the full name while only that is shown."""
        record, _, rest = error.code.partition(".")
        field, _, problem = rest.partition(".")
        if record == "person" and field in {"given_name", "family_name"} and self._divided.isHidden():
            return BadInputError.at("person", "full_name", problem, **error.detail)
        return error

    def _by_key(self) -> dict[str, Field]:
        return {
            "person.full_name": self.full_name,
            "person.given_name": self.given_name,
            "person.family_name": self.family_name,
            "person.known_as": self.known_as,
            "site.name": self.new_site,
            "stay.site": self.site,
            "stay.ward": self.ward,
            "stay.bed": self.bed,
            "contact_point.kind": self.contact_kind,
            "contact_point.value": self.contact_value,
            "contact_point.may_use": self.may_use,
            **self.more.keys(),
        }

    def form(self) -> NewPerson:
        """Return what was typed."""
        divided = not self._divided.isHidden()
        site, kind = self.site.value, self.contact_kind.value
        return NewPerson(
            full_name=self.full_name.text,
            given_name=self.given_name.text if divided else "",
            family_name=self.family_name.text if divided else "",
            known_as=self.known_as.text,
            pronouns=self.more.pronouns.text,
            dob=typed(self.more.dob),
            site=SiteId(UUID(site)) if site else None,
            ward=self.ward.text,
            bed=self.bed.text,
            expected_discharge=typed(self.more.leaves),
            contact_kind=ContactKind(kind) if kind else None,
            contact_value=self.contact_value.text,
            may_use=frozenset(MayUse(use) for use in self.may_use.values if self._is_possible(use)),
            comm_needs=frozenset(CommunicationNeed(need) for need in self.more.comm_needs.values),
            needs=frozenset(Need(need) for need in self.more.needs.values),
            nhs_number=self.more.nhs_number.text,
        )

    def values(self) -> dict[str, Any]:
        """Return what was typed as JSON values, for the draft."""
        texts = {name: field.text for name, field in self._texts().items()}
        chosen = {"site": self.site.value or "", "contact_kind": self.contact_kind.value or ""}
        uses = {"may_use": list(self.may_use.values), "divided": not self._divided.isHidden()}
        return texts | chosen | uses | self.more.values()

    def restore(self, values: Mapping[str, Any]) -> None:
        """Show what a draft holds; names it does not know are left out."""
        for name, field in self._texts().items():
            field.set_text(str(values.get(name, "")))
        self.may_use.set_values([str(key) for key in values.get("may_use", ())])
        self.site.set_value(str(values.get("site", self._first_site)) or None)
        kind = str(values.get("contact_kind", ""))
        self.contact_kind.set_value(kind if kind in self.contact_kind.choices else None)
        self._divided.setVisible(bool(values.get("divided")))
        self._offer_contact()
        self.more.restore(values)
        if self.more.is_filled:
            self.show_more()
        self._on_name()

    def show_sites(self, sites: Sequence[SiteChoice], chosen: SiteId | None) -> None:
        """Offer the hospitals there are; an empty form begins with the chosen one."""
        fill_sites(self.site, sites, chosen)
        self._first_site = str(chosen) if chosen else ""

    def show_more(self) -> None:
        """Unfold everything else."""
        self.more.show()
        self.more_button.hide()

    def close_new_site(self) -> None:
        """Fold the line for a hospital that was not in the list."""
        self.new_site.set_text("")
        self._adding.hide()
        self.no_site_button.show()

    @property
    def is_typed(self) -> bool:
        """Whether there is anything to compare with people known."""
        return bool(self.full_name.text.strip() or self.known_as.text.strip() or self.contact_value.text.strip())

    def _texts(self) -> dict[str, TextField]:
        return {
            "full_name": self.full_name,
            "given_name": self.given_name,
            "family_name": self.family_name,
            "known_as": self.known_as,
            "ward": self.ward,
            "bed": self.bed,
            "contact_value": self.contact_value,
        }

    def _is_possible(self, use: str) -> bool:
        kind = self.contact_kind.value
        return kind is not None and MayUse(use) in possible_uses(ContactKind(kind))

    # What is pressed

    def _on_edited(self) -> None:
        self.edited.emit()

    def _on_name(self) -> None:
        words = sorted_under(self.full_name.text)
        is_plain = self._divided.isHidden()
        self.sorted_label.set_words(words)
        self.sorted_label.setVisible(bool(words) and is_plain)
        self.divide_button.setVisible(bool(words) and is_plain)

    def _on_divide(self) -> None:
        given, family = divide_name(self.full_name.text)
        self.given_name.set_text(given)
        self.family_name.set_text(family)
        self._divided.show()
        self._on_name()
        self.given_name.focus_control()

    def _on_kind(self, _key: str) -> None:
        self._offer_contact()
        self.contact_value.focus_control()

    def _offer_contact(self) -> None:
        kind = self.contact_kind.value
        self.contact_value.setVisible(kind is not None)
        self.may_use.setVisible(kind is not None)
        for use, tick in self.may_use.ticks.items():
            tick.setVisible(self._is_possible(use))

    def _on_more(self) -> None:
        self.show_more()
        self.more.leaves.focus_control()

    def _on_no_site(self) -> None:
        self._adding.show()
        self.no_site_button.hide()
        self.new_site.focus_control()

    def _on_add_site(self) -> None:
        self.site_wanted.emit(self.new_site.text)
