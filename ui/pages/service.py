"""One service: for whom, the wait, the last check; signposting to it, and what its own charity keeps up to date."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.access import Action, permitted
from app.domain.clocks import parse_day
from app.domain.codes import Need, RecordType, ServiceStatus
from app.domain.ids import ServiceId
from app.errors import BadInputError
from app.use_cases import services
from app.use_cases.services import Kept, ServiceRow
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.move_form import example_words, set_day
from ui.pages.parts import FactList, FoldedForm
from ui.pages.vault_page import VaultPage
from ui.view_models.service_words import (
    checked_words,
    exceptions_words,
    needs_words,
    places_words,
    stale_words,
    status_words,
    wait_words,
    who_words,
)
from ui.widgets import (
    Banner,
    Card,
    ChoiceGroup,
    DateField,
    Field,
    Manner,
    Option,
    PrimaryButton,
    SafeLabel,
    TextField,
    announce,
)


class ServicePage(VaultPage):
    """What a service is, in facts."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.SERVICE, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.stale = Banner("", manner=Manner.ATTENTION)
        self.told = Banner("", manner=Manner.DONE)
        self.facts_card = Card(self.tr("What it is"))
        self.description = SafeLabel("")
        self.facts = FactList()
        self.signpost_button = PrimaryButton(self.tr("I told somebody about this"))
        self.status = ChoiceGroup(
            self.tr("Does it take people now?"),
            [
                Option(key=ServiceStatus.ACTIVE, words=self.tr("Yes")),
                Option(key=ServiceStatus.PAUSED, words=self.tr("Paused")),
            ],
            in_a_row=True,
        )
        self.paused_until = DateField(self.tr("Last day of the pause"), hint=example_words())
        self.places = TextField(self.tr("Free places"), optional=True, characters=4)
        self.wait = TextField(self.tr("Usual wait in days"), optional=True, characters=4)
        self.form = FoldedForm(
            self.tr("Update this service"),
            self.tr("Save"),
            self.status,
            self.paused_until,
            self.places,
            self.wait,
            about=self.tr("service"),
        )
        self.row: ServiceRow | None = None
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _service(self) -> ServiceId:
        assert isinstance(self.subject, UUID), "a service's page is opened on a service"
        return ServiceId(self.subject)

    @override
    def load(self) -> None:
        """Read the service again; a form that is open stays as it was typed."""
        context, service = self.context, self._service

        def read() -> ServiceRow:
            return services.service_row(context.vault, actor=context.actor, now=context.now, service_id=service)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the form."""
        named: dict[str, Field] = {
            "paused_until": self.paused_until,
            "capacity_places": self.places,
            "typical_wait_days": self.wait,
            "status": self.status,
        }
        return named.get(key.removeprefix("service.")) if self.form.is_open else None

    def _build(self) -> None:
        self.facts_card.add(self.description)
        self.facts_card.add(self.facts)
        for part in (self.stale, self.told, self.facts_card, self.form):
            self.add(part)
            part.hide()
        self.set_actions(self.signpost_button)
        self._actions.hide()
        self.signpost_button.clicked.connect(self._on_signpost)
        self.form.opened.connect(self._on_form)
        self.form.save_asked.connect(self._on_save)
        self.status.chosen.connect(self._on_status)

    def _on_read(self, row: ServiceRow) -> None:
        self.row = row
        on = self.context.on
        self.set_heading(row.name, row.org_name)
        self.description.set_words(row.description)
        self.description.setVisible(bool(row.description))
        facts = [
            (self.tr("For"), needs_words(row)),
            (self.tr("For whom"), who_words(row)),
            *((self.tr("But"), words) for words in exceptions_words(row)),
            (self.tr("Now"), status_words(row, on)),
            (self.tr("Usual wait"), wait_words(row)),
            (self.tr("Places"), places_words(row)),
            (self.tr("Last checked"), checked_words(row, on)),
        ]
        self.facts.show_facts(facts)
        stale = stale_words(row)
        self.stale.set_words(stale)
        self.stale.setVisible(bool(stale))
        may_keep = row.is_own and permitted(self.context.actor.roles, Action.PAUSE_SERVICE) is not None
        self.form.setVisible(may_keep)
        may_tell = permitted(self.context.actor.roles, Action.SIGNPOST) is not None
        self.facts_card.show()
        self._actions.setVisible(may_tell)

    def _on_form(self) -> None:
        row = self.row
        if row is None:
            return
        self.status.set_value(row.status if row.status is ServiceStatus.PAUSED else ServiceStatus.ACTIVE)
        if row.paused_until is not None:
            set_day(self.paused_until, row.paused_until)
        self.places.set_text("" if row.places is None else str(row.places))
        self.wait.set_text("" if row.wait_days is None else str(row.wait_days))
        self._on_status(self.status.value or "")

    def _on_status(self, key: str) -> None:
        self.paused_until.setVisible(key == ServiceStatus.PAUSED)

    def _on_save(self) -> None:
        self.clear_failure()
        try:
            kept = self._kept()
        except BadInputError as error:
            self.show_failure(error)
            return
        context, service = self.context, self._service

        def keep() -> None:
            services.keep_service(context.vault, actor=context.actor, now=context.now, service_id=service, kept=kept)

        self.ask(keep, self._on_kept)

    def _kept(self) -> Kept:
        status = ServiceStatus(self.status.value or ServiceStatus.ACTIVE)
        until = None
        if status is ServiceStatus.PAUSED:
            parts = self.paused_until.parts()
            until = parse_day((parts.day, parts.month, parts.year), record="service", field="paused_until")
        return Kept(
            status=status,
            paused_until=until,
            places=_number(self.places.text, "capacity_places", most=9999),
            wait_days=_number(self.wait.text, "typical_wait_days", most=730),
        )

    def _on_kept(self, _nothing: None) -> None:
        self.form.fold()
        self._say(self.tr("Recorded on this laptop. It counts as checked today."))
        self.context.changes.tell({RecordType.SERVICE})
        self.context.sync_now()

    def _on_signpost(self) -> None:
        row = self.row
        if row is None:
            return
        context, need = self.context, min(row.needs, default=Need.OTHER)

        def tell() -> None:
            services.signpost(context.vault, actor=context.actor, now=context.now, need=need, service_id=row.service_id)

        self.ask(tell, self._on_told)

    def _on_told(self, _nothing: None) -> None:
        self._say(self.tr("Recorded. Nothing about anybody left this laptop."))
        self.context.sync_now()

    def _say(self, words: str) -> None:
        self.told.set_words(words)
        self.told.show()
        announce(self, words)


def _number(text: str, name: str, *, most: int) -> int | None:
    typed = text.strip()
    if not typed:
        return None
    if not typed.isascii() or not typed.isdigit():
        raise BadInputError.at("service", name, "bad_format")
    if int(typed) > most:
        raise BadInputError.at("service", name, "out_of_range")
    return int(typed)
