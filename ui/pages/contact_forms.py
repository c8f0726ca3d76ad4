"""The forms of a person's contact part: where they are, a new way to reach them, what it is for, who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from app.domain.checks import tidy_line
from app.domain.codes import CommunicationNeed, ContactKind, MayUse, Need
from app.domain.faults import Faults
from app.domain.ids import ContactPointId, PersonId, SiteId
from app.domain.person import ContactPoint
from app.errors import BadInputError
from app.use_cases import people
from app.use_cases.people import PersonChange, SiteChoice
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.messages import label, labels
from ui.pages.parts import fill_sites
from ui.pages.person_form import PersonForm
from ui.view_models.contacts import possible_uses
from ui.view_models.registration import example_ahead
from ui.widgets import (
    ChoiceGroup,
    DateField,
    DateParts,
    Field,
    Option,
    SelectField,
    Shape,
    TextField,
    TickGroup,
)
from ui.widgets.text import filled


class PlaceForm(PersonForm):
    """Hospital, ward, bed and the day they are expected to leave."""

    def __init__(self, context: PageContext) -> None:
        self.site = SelectField(self.tr("Hospital"), [])
        self.ward = TextField(self.tr("Ward"), optional=True, characters=24, longest=40)
        self.bed = TextField(self.tr("Bed"), optional=True, characters=8, longest=10)
        self.leaves = DateField(self.tr("Expected to leave"), hint=example_ahead(context.on), optional=True)
        super().__init__(
            context,
            self.tr("Change where they are"),
            self.tr("Save where they are"),
            self.site,
            self.ward,
            self.bed,
            self.leaves,
        )

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {
            "stay.site": self.site,
            "stay.ward": self.ward,
            "stay.bed": self.bed,
            "stay.expected_discharge_on": self.leaves,
        }

    def fill(self, view: PersonView) -> None:
        """Show where they are now; the hospitals are read meanwhile."""
        vault = self.context.vault
        self.context.jobs.run(lambda: people.sites(vault), self._on_sites, self._on_failed)
        self.ward.set_text(view.ward)
        self.bed.set_text(view.bed)
        day = view.discharge_on
        self.leaves.set_parts(
            DateParts(day=str(day.day), month=str(day.month), year=str(day.year)) if day else DateParts()
        )

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records the place."""
        vault, act, person = self.context.vault, self.act, view.person_id
        chosen, parts = self.site.value, self.leaves.parts()
        ward, bed, leaves = self.ward.text, self.bed.text, (parts.day, parts.month, parts.year)

        def move() -> object:
            if chosen is None:
                raise BadInputError.at("stay", "site", "required")
            site = SiteId(UUID(chosen))
            return people.move_to(
                vault, **act, person_id=person, site=site, ward=ward, bed=bed, expected_discharge=leaves
            )

        return move

    def _on_sites(self, sites: tuple[SiteChoice, ...]) -> None:
        stay = self.view.stay if self.view else None
        fill_sites(self.site, sites, stay.site if stay else None)


class ContactForm(PersonForm):
    """One more way to reach the person, and what it may be used for."""

    def __init__(self, context: PageContext) -> None:
        self.kind = ChoiceGroup(
            self.tr("What it is"), [Option(key=key, words=words) for key, words in labels("contact_kind").items()]
        )
        self.value = TextField(self.tr("Number or address"), characters=32, longest=254)
        self.name = TextField(
            self.tr("What they call it"), hint=self.tr("For example, my sister’s phone"), optional=True, longest=40
        )
        self.uses = TickGroup(
            self.tr("It may be used to"), [Option(key=key, words=words) for key, words in labels("may_use").items()]
        )
        words, save = self.tr("Add a way to reach them"), self.tr("Save this way")
        super().__init__(context, words, save, self.kind, self.value, self.name, self.uses, shape=Shape.PLUS)
        self.kind.chosen.connect(self._on_kind)

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {
            "contact_point.kind": self.kind,
            "contact_point.value": self.value,
            "contact_point.label": self.name,
            "contact_point.may_use": self.uses,
        }

    def fill(self, view: PersonView) -> None:  # noqa: ARG002 - a new way begins empty
        """Begin empty: nothing is ticked beforehand."""
        self.kind.set_value(None)
        self.value.set_text("")
        self.name.set_text("")
        self.uses.set_values(())
        self._offer_uses(None)

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records the contact."""
        vault, act, person = self.context.vault, self.act, view.person_id
        kind, value, name = self.kind.value, self.value.text, self.name.text
        uses = frozenset(MayUse(use) for use in self.uses.values)

        def add() -> object:
            faults = Faults()
            if kind is None:
                faults.add([BadInputError.at("contact_point", "kind", "required")])
            if not value.strip():
                faults.add([BadInputError.at("contact_point", "value", "required")])
            faults.take(lambda: tidy_line(name, record="contact_point", field="label"), "")
            faults.raise_all()
            assert kind is not None
            chosen = ContactKind(kind)
            allowed = uses & frozenset(possible_uses(chosen))
            return people.add_contact(
                vault, **act, person_id=person, kind=chosen, value=value, label=name, may_use=allowed
            )

        return add

    def _on_kind(self, key: str) -> None:
        self._offer_uses(ContactKind(key))

    def _offer_uses(self, kind: ContactKind | None) -> None:
        offered = possible_uses(kind) if kind else ()
        self.uses.setVisible(bool(offered))
        for key, tick in self.uses.ticks.items():
            tick.setVisible(MayUse(key) in offered)


class UsesForm(PersonForm):
    """What one way to reach the person may be used for."""

    def __init__(self, context: PageContext, contact: ContactPoint, name: str) -> None:
        self._contact = contact
        options = [Option(key=use, words=label("may_use", use)) for use in possible_uses(contact.kind)]
        legend = filled(self.tr("{name} may be used to"), name=name)
        self.uses = TickGroup(legend, options)
        words, save = self.tr("Change what it is for"), self.tr("Save what it is for")
        super().__init__(context, words, save, self.uses, about=name)

    def fill(self, view: PersonView) -> None:  # noqa: ARG002 - the contact is the one handed in
        """Show what is allowed now."""
        self.uses.set_values([use.value for use in self._contact.may_use])

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records the permissions."""
        vault, act, person = self.context.vault, self.act, view.person_id
        contact = ContactPointId(self._contact.id)
        uses = frozenset(MayUse(use) for use in self.uses.values)
        return lambda: people.change_permissions(vault, **act, person_id=person, contact_id=contact, may_use=uses)


class AboutForm(PersonForm):
    """What they are called, how they talk best, what they need."""

    def __init__(self, context: PageContext) -> None:
        self.known_as = TextField(self.tr("Known as"), optional=True, characters=24, longest=80)
        self.pronouns = TextField(
            self.tr("Pronouns"), hint=self.tr("For example, she/her"), optional=True, characters=16, longest=20
        )
        self.comm_needs = TickGroup(
            self.tr("Talks best by"),
            [Option(key=key, words=words) for key, words in labels("communication_need").items()],
        )
        self.needs = TickGroup(
            self.tr("Needs"), [Option(key=key, words=words) for key, words in labels("need").items()]
        )
        words, save = self.tr("Change what is known"), self.tr("Save what is known")
        super().__init__(context, words, save, self.known_as, self.pronouns, self.comm_needs, self.needs)

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {
            "person.known_as": self.known_as,
            "person.pronouns": self.pronouns,
            "person.comm_needs": self.comm_needs,
            "person.needs": self.needs,
        }

    def fill(self, view: PersonView) -> None:
        """Show what is known now."""
        if view.person is None:
            return
        self.known_as.set_text(view.person.known_as)
        self.pronouns.set_text(view.person.pronouns)
        self.comm_needs.set_values([need.value for need in view.person.comm_needs])
        self.needs.set_values([need.value for need in view.person.needs])

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records the changes, and only those."""
        vault, act, change = self.context.vault, self.act, self._change(view)
        person: PersonId = view.person_id
        return lambda: people.change_person(vault, **act, person_id=person, change=change)

    def _change(self, view: PersonView) -> PersonChange:
        assert view.person is not None, "the form is shown for people of our own only"
        typed = {"known_as": self.known_as.text.strip(), "pronouns": self.pronouns.text.strip()}
        fields = {name: words for name, words in typed.items() if words != getattr(view.person, name)}
        chosen: dict[str, frozenset[Any]] = {
            "comm_needs": frozenset(CommunicationNeed(need) for need in self.comm_needs.values),
            "needs": frozenset(Need(need) for need in self.needs.values),
        }
        held: dict[str, frozenset[Any]] = {"comm_needs": view.person.comm_needs, "needs": view.person.needs}
        return PersonChange(
            fields=fields,
            add={name: chosen[name] - held[name] for name in chosen if chosen[name] - held[name]},
            remove={name: held[name] - chosen[name] for name in chosen if held[name] - chosen[name]},
        )
