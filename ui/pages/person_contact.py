"""The contact part of a person's page: where they are, how to reach them, who they are, what their injury is."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.domain.codes import RecordType
from app.domain.person import ContactPoint, Person
from app.use_cases import correcting
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.messages import label
from ui.pages.contact_forms import AboutForm, ContactForm, PlaceForm, UsesForm
from ui.pages.injury_form import InjuryForm
from ui.pages.parts import FactList
from ui.pages.person_form import PersonForm
from ui.pages.person_part import PersonPart
from ui.view_models.contacts import contact_words
from ui.view_models.injury_words import injury_facts
from ui.view_models.person_facts import age_words, grouped_number, partial_words, place_words
from ui.widgets import (
    Card,
    EmptyState,
    Field,
    IconLabel,
    QuietButton,
    SafeLabel,
    Shape,
    TextRole,
    Tone,
    clear,
)
from ui.widgets.layouts import BETWEEN_GROUPS, column
from ui.widgets.text import filled


class ContactPart(PersonPart):
    """Four groups, each with what is known and one button to change it."""

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self.place_form = PlaceForm(context)
        self.contact_form = ContactForm(context)
        self.about_form = AboutForm(context)
        self.injury_form = InjuryForm(context)
        self._place, self._contacts = column(gap=12), column(gap=12)
        self._about, self._injury = column(gap=12), column(gap=12)
        self._uses_forms: list[UsesForm] = []
        for heading, shown, form in (
            (self.tr("Where they are"), self._place, self.place_form),
            (self.tr("How to reach them"), self._contacts, self.contact_form),
            (self.tr("About them"), self._about, self.about_form),
            (self.tr("Their injury"), self._injury, self.injury_form),
        ):
            group = column(SafeLabel(heading, TextRole.SECTION), gap=12)
            group.addLayout(shown)
            group.addWidget(form)
            self.whole.addLayout(group)
            form.failed.connect(self.failed)
            form.saved.connect(self._on_saved)
            form.leave_button.clicked.connect(self._on_left)
        self.whole.setSpacing(BETWEEN_GROUPS)

    def build(self, view: PersonView) -> None:
        """Show what is known; forms that are open keep what was typed."""
        for form in self._forms:
            form.begin(view)
            form.setVisible(view.person is not None)
        self._put_right(view)
        self._show_place(view)
        self._show_contacts(view)
        self._show_about(view)
        self._show_injury(view)

    def _put_right(self, view: PersonView) -> None:
        """Open the form of what was refused with what was typed; once, so that typing on is not undone."""
        for form in self._forms:
            if view.typed.keys() & form.keys().keys() and not form.is_open:
                form.put_in(view.typed)

    @property
    def _forms(self) -> tuple[PersonForm, ...]:
        return (self.place_form, self.contact_form, self.about_form, self.injury_form)

    def field_of(self, key: str) -> Field | None:
        """Return the field of the form that is open."""
        return next((form.field_of(key) for form in self._forms if form.is_open and form.field_of(key)), None)

    def _show_place(self, view: PersonView) -> None:
        clear(self._place)
        words = place_words(view, self.context.on)
        if words:
            self._place.addWidget(SafeLabel(words))
        else:
            self._place.addWidget(SafeLabel(self.tr("No hospital is recorded."), tone=Tone.SOFT))

    def _show_contacts(self, view: PersonView) -> None:
        clear(self._contacts)
        self._uses_forms = []
        if not view.contacts:
            words = self.tr("No phone number or address is recorded.")
            self._contacts.addWidget(EmptyState(words, self.tr("Ask what each may be used for.")))
        for contact in view.contacts:
            self._contacts.addWidget(self._card(contact, view))

    def _card(self, contact: ContactPoint, view: PersonView) -> Card:
        words = contact_words(contact, self.context.on)
        card = Card(words.kind)
        card.add(SafeLabel(words.value, TextRole.SECTION))
        card.add(SafeLabel(words.uses, TextRole.HINT, tone=Tone.SOFT))
        for caution in words.cautions:
            card.add(IconLabel(Shape.INFORMATION, caution, TextRole.HINT, tone=Tone.INFO, size=18))
        if view.person is not None:
            form = UsesForm(self.context, contact, words.kind)
            form.begin(view)
            form.failed.connect(self.failed)
            form.saved.connect(self._on_saved)
            self._uses_forms.append(form)
            card.add(form)
        return card

    def _show_about(self, view: PersonView) -> None:
        clear(self._about)
        person = view.person
        if person is None:
            words = filled(self.tr("Recorded by {org}. You see what they may share with you."), org=view.home_name)
            self._about.addWidget(SafeLabel(words, tone=Tone.SOFT))
            return
        self._about.addWidget(FactList(self._facts(person)))
        if person.nhs_number:
            number = NumberLine()
            number.show_number(person.nhs_number)
            self._about.addWidget(number)

    def _show_injury(self, view: PersonView) -> None:
        clear(self._injury)
        if view.injury is not None:
            self._injury.addWidget(FactList(injury_facts(view.injury)))
        else:
            self._injury.addWidget(SafeLabel(self.tr("Nothing is recorded of their injury."), tone=Tone.SOFT))

    def _facts(self, person: Person) -> list[tuple[str, str]]:
        return [
            (self.tr("Full name"), person.full_name),
            (self.tr("Known as"), person.known_as),
            (self.tr("Pronouns"), person.pronouns),
            (self.tr("Day of birth"), partial_words(person.dob) if person.dob else ""),
            (self.tr("Age"), age_words(person, self.context.on)),
            (self.tr("Talks best by"), self._listed("communication_need", sorted(person.comm_needs))),
            (self.tr("Needs"), self._listed("need", sorted(person.needs))),
        ]

    def _listed(self, code_list: str, slugs: list[str]) -> str:
        return ", ".join(label(code_list, slug) for slug in slugs)

    def _on_left(self) -> None:
        self._end(saved=False)

    def _end(self, *, saved: bool) -> None:
        """Forget what was being put right; left alone it stays on the list of what needs somebody."""
        if self.view is None or not self.view.typed:
            return
        context, person = self.context, self.person_id
        self.ask(
            lambda: correcting.end(context.vault, actor=context.actor, now=context.now, person_id=person, saved=saved),
            self._on_ended,
        )

    def _on_ended(self, _nothing: None) -> None:
        self.context.changes.tell({RecordType.CONFLICT})

    def _on_saved(self) -> None:
        self._end(saved=True)
        self.context.changes.tell({RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT, RecordType.INJURY})


class NumberLine(QWidget):
    """An NHS number that stays masked until it is asked for, since a ward has more than one pair of eyes."""

    def __init__(self) -> None:
        super().__init__()
        self._number = ""
        self._is_masked = True
        self.label = SafeLabel("")
        self.button = QuietButton("")
        self.button.clicked.connect(self._on_pressed)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(12)
        beside.addWidget(self.label)
        beside.addWidget(self.button)
        beside.addStretch(1)

    def show_number(self, number: str) -> None:
        """Show `number`, masked."""
        self._number = number
        self._is_masked = True
        self._fill()

    def _fill(self) -> None:
        words = "••• ••• ••••" if self._is_masked else grouped_number(self._number)
        self.label.set_words(filled(self.tr("NHS number {number}"), number=words))
        press = self.tr("Show") if self._is_masked else self.tr("Hide")
        self.button.set_words(press, full_name=f"{press}, " + self.tr("NHS number"))

    def _on_pressed(self) -> None:
        self._is_masked = not self._is_masked
        self._fill()
