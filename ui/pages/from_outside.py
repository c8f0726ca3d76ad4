"""Somebody from outside rings: who asks, for whom, what for and where they are, taken down on one page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import CameFrom, ContactKind, MayUse, Need, RecordType
from app.domain.ids import PersonId, ServiceId, SiteId
from app.domain.names import NameTables
from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import from_outside, people, same_person
from app.use_cases.from_outside import FromOutside, OwnService, TakenDown
from app.use_cases.people import NewPerson, SiteChoice
from app.use_cases.same_person import PossibleSame
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import ago_words, field_key, joined, label, labels
from ui.pages.draft_banner import DraftBanner
from ui.pages.move_form import show_value, value_of
from ui.pages.parts import fill_sites
from ui.pages.register_person import COMPARE_AFTER_MS
from ui.pages.same_people import SamePeoplePanel
from ui.pages.vault_page import VaultPage
from ui.view_models.registration import shipped_name_tables
from ui.view_models.subjects import AskAbout
from ui.widgets import (
    ChoiceGroup,
    Field,
    Option,
    PrimaryButton,
    SelectField,
    SideBySide,
    TextArea,
    TextField,
    TickGroup,
    announce,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled, lower_first

CHANGED = frozenset(
    {RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT, RecordType.REFERRAL, RecordType.TASK}
)


class FromOutsidePage(VaultPage):
    """A referrer's word is not consent: the person is asked next, and until then nothing is begun."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Somebody asks us to help"),
            self.tr("Nurses, families or the person themselves. Nothing begins before the person is asked."),
        )
        self.came_from = ChoiceGroup(
            self.tr("Who asks?"),
            [Option(key=slug, words=words) for slug, words in labels("came_from").items()],
            in_a_row=True,
        )
        self.contact = TextField(
            self.tr("Their name, and how to reach them"),
            hint=self.tr("For example, Sister Okafor, ward 7B, 01632 960555"),
            longest=from_outside.LONGEST_CONTACT,
        )
        self.full_name = TextField(self.tr("Full name of the person"), longest=160)
        self.site = SelectField(self.tr("Hospital"), [], optional=True)
        self.ward = TextField(self.tr("Ward"), optional=True, characters=24, longest=40)
        self.phone = TextField(
            self.tr("Phone of the person"),
            optional=True,
            characters=24,
            hint=self.tr("A hospital or a phone: one of the two is enough."),
        )
        self.needs = TickGroup(
            self.tr("What for?"),
            [Option(key=slug, words=words) for slug, words in labels("need").items()],
            in_a_row=True,
        )
        self.service = SelectField(self.tr("Which of your services?"), [])
        self.why = TextArea(self.tr("What they said"), lines=2, optional=True)
        self.same = SamePeoplePanel()
        self.draft_banner = DraftBanner()
        self.save_button = PrimaryButton(self.tr("Take it down"))
        self.drafts = DraftKeeper(context, "from_outside", self._values, self)
        self._services: tuple[OwnService, ...] = ()
        self._proposed: str | None = None
        self._names: NameTables | None = None
        self._job: Job[Any] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COMPARE_AFTER_MS)
        self._build()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields, top to bottom."""
        return (
            self.came_from,
            self.contact,
            self.full_name,
            self.site,
            self.ward,
            self.phone,
            self.needs,
            self.service,
            self.why,
        )

    @override
    def load(self) -> None:
        """Read hospitals and own services, then what was typed and not saved."""
        context = self.context

        def read() -> tuple[tuple[SiteChoice, ...], tuple[OwnService, ...], NameTables]:
            services = from_outside.own_services(context.vault, actor=context.actor, now=context.now)
            return people.sites(context.vault), services, shipped_name_tables()

        self.ask(read, self._on_read)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused field is typed into."""
        found: dict[str, Field] = {
            "referral.came_from": self.came_from,
            "referral.came_from_contact": self.contact,
            "referral.needs": self.needs,
            "referral.to_service": self.service,
            "referral.why": self.why,
            "stay.site": self.site,
            "stay.ward": self.ward,
            "contact_point.value": self.phone,
        }
        if key == "person.minimum":
            return self.site if self.full_name.text.strip() else self.full_name
        return self.full_name if key.startswith("person.") else found.get(key)

    @override
    def each_of(self, error: KnownError) -> tuple[KnownError, ...]:
        """Return every refused field in the order of the page, each field once."""
        said = {self.field_of(field_key(each)): each for each in reversed(super().each_of(error))}
        order = {field: at for at, field in enumerate(self.fields)}
        return tuple(sorted(said.values(), key=lambda each: self._place(each, order)))

    def _place(self, error: KnownError, order: dict[Field, int]) -> int:
        field = self.field_of(field_key(error))
        return order.get(field, 0) if field is not None else 0

    def _build(self) -> None:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(BETWEEN_FIELDS)
        for field in self.fields:
            column.addWidget(field)
            field.edited.connect(self._timer.start)
        self.add(self.draft_banner)
        self.add(SideBySide(form, self.same, least_width=820, stretches=(7, 4)))
        self.set_actions(self.save_button)
        self.draft_banner.hide()
        self.needs.edited.connect(self._on_needs)
        self._timer.timeout.connect(self._on_compare)
        self.same.open_asked.connect(self._on_open_same)
        self.save_button.clicked.connect(self._on_save)
        self.drafts.watch(*self.fields)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._on_take_back)

    def _values(self) -> dict[str, Any]:
        return {"fields": [value_of(field) for field in self.fields]}

    def _restore(self, values: dict[str, Any]) -> None:
        kept = values.get("fields") or [None] * len(self.fields)
        for field, value in zip(self.fields, kept, strict=False):
            show_value(field, value)

    def _on_read(self, read: tuple[tuple[SiteChoice, ...], tuple[OwnService, ...], NameTables]) -> None:
        sites, self._services, self._names = read
        fill_sites(self.site, sites, None)
        had, box = self.service.value, self.service.box
        was_blocked = box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        for service in self._services:
            box.addItem(service.name, str(service.service_id))
        self.service.set_value(had)
        box.blockSignals(was_blocked)
        self._on_needs()
        self.drafts.begin()
        if not self.came_from.value:
            self.came_from.focus_control()

    def _on_needs(self) -> None:
        """Propose the service that meets most of what is asked; the front door where none does."""
        if self._services:
            needs = frozenset(Need(need) for need in self.needs.values)
            best = max(self._services, key=lambda each: (len(each.needs & needs), each.is_front_door))
            # What somebody chose stays: only a proposal gives way to a better one.
            if self.service.value in (None, self._proposed):
                self._proposed = str(best.service_id)
                self.service.set_value(self._proposed)

    def _form(self) -> FromOutside:
        site, service, came_from = self.site.value, self.service.value, self.came_from.value
        number = self.phone.text.strip()
        kind = ContactKind.MOBILE if number.replace(" ", "").startswith(("07", "+447")) else ContactKind.LANDLINE
        needs = frozenset(Need(need) for need in self.needs.values)
        return FromOutside(
            person=NewPerson(
                full_name=self.full_name.text,
                site=SiteId(UUID(site)) if site else None,
                ward=self.ward.text,
                contact_kind=kind if number else None,
                contact_value=number,
                may_use=frozenset({MayUse.CALL}) if number else frozenset(),
                needs=needs,
            ),
            came_from=CameFrom(came_from) if came_from else None,
            contact=self.contact.text,
            service_id=ServiceId(UUID(service)) if service else None,
            why=self.why.text.strip() or self._proposed_why(needs),
        )

    def _proposed_why(self, needs: frozenset[Need]) -> str:
        said = joined([lower_first(label("need", need)) for need in sorted(needs)])
        who = label("came_from", self.came_from.value or CameFrom.OTHER)
        return filled(
            self.tr("Asked for by {who}: {needs}."), who=lower_first(who) if who[1:2].islower() else who, needs=said
        )

    def _on_compare(self) -> None:
        is_typed = bool(self.full_name.text.strip() or self.phone.text.strip())
        if not is_typed or self._names is None:
            self.same.show_people((), is_typed=False)
            return
        vault, form, names, on = self.context.vault, self._form().person, self._names, self.context.on

        def compare() -> tuple[PossibleSame, ...]:
            return same_person.possible_same(vault, form=form, names=names, on=on)

        self._job = self.ask(compare, self._on_compared, instead_of=self._job)

    def _on_compared(self, found: tuple[PossibleSame, ...]) -> None:
        self.same.show_people(found, is_typed=True)

    def _on_open_same(self, person: PersonId) -> None:
        self.drafts.keep_now()
        self.context.navigate("person", person)

    def _on_save(self) -> None:
        self.clear_failure()
        for field in self.fields:
            field.set_error("")
        self.drafts.keep_now()
        context, form = self.context, self._form()

        def save() -> TakenDown:
            return from_outside.take_down(context.vault, actor=context.actor, now=context.now, form=form)

        self.save_button.setEnabled(False)
        self.context.jobs.run(save, self._on_saved, self._on_refused)

    def _on_refused(self, error: Any) -> None:
        self.save_button.setEnabled(True)
        self.show_failure(error)

    def _on_saved(self, taken: TakenDown) -> None:
        is_self = self.came_from.value == CameFrom.SELF
        self.drafts.end()
        self.save_button.setEnabled(True)
        self._restore({})
        announce(self, self.tr("Recorded on this laptop. The next step is to ask the person."))
        self.context.changes.tell(CHANGED)
        self.context.sync_now()
        # Who rings themselves can be asked at once; for anybody else the referral says what comes next.
        if is_self:
            self.context.navigate("consent", AskAbout(person_id=taken.person_id))
        else:
            self.context.navigate("referral", taken.referral_id)

    def _on_draft(self, draft: KeptDraft) -> None:
        self._restore(draft.values)
        saved_at = datetime.fromtimestamp(draft.saved_at / 1000, tz=UTC)
        words = filled(self.tr("Begun {ago} and not saved yet."), ago=ago_words(saved_at, self.context.now))
        self.draft_banner.show_draft(words, draft.values)
        self._timer.start()

    def _on_discard(self) -> None:
        self._restore({})
        self.drafts.drop()
        self.came_from.focus_control()

    def _on_take_back(self, values: dict[str, Any]) -> None:
        self._restore(values)
        self.drafts.touch()
        self.drafts.keep_now()
