"""Registering somebody met on a ward: at most four steps, with people who may be the same beside the form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId, SiteId
from app.domain.names import NameTables
from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import people, same_person
from app.use_cases.people import SiteChoice
from app.use_cases.same_person import PossibleSame
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import ago_words, field_key
from ui.pages.draft_banner import DraftBanner
from ui.pages.registration_form import RegistrationForm
from ui.pages.same_people import SamePeoplePanel
from ui.pages.vault_page import VaultPage
from ui.view_models.registration import shipped_name_tables
from ui.widgets import Announcer, Field, PrimaryButton, SideBySide
from ui.widgets.text import filled

# Long enough not to compare every letter, short enough to warn before the next field.
COMPARE_AFTER_MS: Final = 150


class RegisterPersonPage(VaultPage):
    """A form that keeps itself as a draft and never joins two people by itself."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Register a person"),
            self.tr("A name, and where they are or how to reach them. Everything else can wait."),
        )
        self.form = RegistrationForm(context.on)
        self.same = SamePeoplePanel()
        self.draft_banner = DraftBanner()
        self.save_button = PrimaryButton(self.tr("Save this person"))
        self.drafts = DraftKeeper(context, "register_person", self.form.values, self)
        self._names: NameTables | None = None
        self._job: Job[Any] | None = None
        self._announcer = Announcer(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COMPARE_AFTER_MS)
        self._build()

    def load(self) -> None:
        """Read the hospitals, then what was typed and not saved."""
        vault = self.context.vault

        def read() -> tuple[tuple[SiteChoice, ...], NameTables]:
            return people.sites(vault), shipped_name_tables()

        self.ask(read, self._on_read)

    @override
    def each_of(self, error: KnownError) -> tuple[KnownError, ...]:
        """Return every refused field, the two names as the one that is on the screen."""
        said = {each.code: each for each in map(self.form.on_screen, super().each_of(error))}
        return tuple(sorted(said.values(), key=self._place_of))

    def _place_of(self, error: KnownError) -> int:
        field = self.form.field_of(field_key(error))
        return self.form.fields.index(field) if field is not None else 0

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into."""
        return self.form.field_of(key)

    def _build(self) -> None:
        self.add(self.draft_banner)
        self.add(SideBySide(self.form, self.same, least_width=820, stretches=(7, 4)))
        self.set_actions(self.save_button)
        self.form.edited.connect(self._on_edited)
        self.form.site_wanted.connect(self._on_site_wanted)
        self.same.open_asked.connect(self._on_open_same)
        self._timer.timeout.connect(self._on_compare)
        self.save_button.clicked.connect(self._on_save)
        self.drafts.watch(*self.form.fields)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._on_take_back)

    def _on_read(self, read: tuple[tuple[SiteChoice, ...], NameTables]) -> None:
        sites, self._names = read
        own = self.context.actor.sites
        self.form.show_sites(sites, next(iter(own)) if len(own) == 1 else None)
        self.drafts.begin()

    # Drafts

    def _on_draft(self, draft: KeptDraft) -> None:
        self.form.restore(draft.values)
        saved_at = datetime.fromtimestamp(draft.saved_at / 1000, tz=UTC)
        words = filled(self.tr("Begun {ago} and not saved yet."), ago=ago_words(saved_at, self.context.now))
        self.draft_banner.show_draft(words, draft.values)
        self._timer.start()

    def _on_discard(self) -> None:
        self.form.restore({})
        self.drafts.drop()
        self.form.full_name.focus_control()

    def _on_take_back(self, values: dict[str, Any]) -> None:
        self.form.restore(values)
        self.drafts.touch()
        self.drafts.keep_now()

    # The same person?

    def _on_edited(self) -> None:
        self._timer.start()

    def _on_compare(self) -> None:
        if not self.form.is_typed or self._names is None:
            self.same.show_people((), is_typed=False)
            return
        vault, form, names, on = self.context.vault, self.form.form(), self._names, self.context.on

        def compare() -> tuple[PossibleSame, ...]:
            return same_person.possible_same(vault, form=form, names=names, on=on)

        self._job = self.ask(compare, self._on_compared, instead_of=self._job)

    def _on_compared(self, found: tuple[PossibleSame, ...]) -> None:
        before = len(self.same.cards)
        self.same.show_people(found, is_typed=self.form.is_typed)
        if found and len(found) != before:
            self._announcer.announce(self.tr("%n person(s) known already may be the same.", "", len(found)))

    def _on_open_same(self, person: PersonId) -> None:
        self.drafts.keep_now()
        self.context.navigate("person", person)

    # A hospital that is not in the list

    def _on_site_wanted(self, name: str) -> None:
        self.clear_failure()
        context = self.context

        def add() -> tuple[SiteId, tuple[SiteChoice, ...]]:
            site = people.add_site(context.vault, actor=context.actor, now=context.now, name=name)
            return site, people.sites(context.vault)

        self.ask(add, self._on_site_added)

    def _on_site_added(self, added: tuple[SiteId, tuple[SiteChoice, ...]]) -> None:
        site, sites = added
        self.form.show_sites(sites, site)
        self.form.close_new_site()
        self.drafts.touch()
        self.context.changes.tell({RecordType.SITE})
        self.form.ward.focus_control()

    # Save

    def _on_save(self) -> None:
        self.clear_failure()
        for field in self.form.fields:
            field.set_error("")
        self.drafts.keep_now()
        context, form = self.context, self.form.form()

        def save() -> PersonId:
            return people.register_person(context.vault, actor=context.actor, now=context.now, form=form)

        self.save_button.setEnabled(False)
        self.context.jobs.run(save, self._on_saved, self._on_refused)

    def _on_refused(self, error: Any) -> None:
        self.save_button.setEnabled(True)
        self.show_failure(error)

    def _on_saved(self, person: PersonId) -> None:
        self.drafts.end()
        self.save_button.setEnabled(True)
        self.form.restore({})
        self.context.changes.tell({RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT})
        self.context.navigate("person", person)
