"""Referring: what a person needs, the services that fit, exactly what each will see, and one press for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import DuplicateReason, Need, PackageField, RecordType
from app.domain.ids import PersonId, ServiceId
from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import refer
from app.use_cases.refer import Referred, ServiceChoice
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import label, labels, moment_words
from ui.pages.draft_banner import DraftBanner
from ui.pages.parts import stack
from ui.pages.person_top import person_header
from ui.pages.refer_done import ReferredList
from ui.pages.refer_kept import KeptReferrals
from ui.pages.refer_likely import LikelyNeeds
from ui.pages.refer_parts import ReceiverSection, ServiceRow
from ui.pages.refer_visit import VisitRead, introductions_of, read_visit, send_visit
from ui.pages.vault_page import VaultPage
from ui.view_models.refer import Visit, referred_words, restored_visit, send_words
from ui.view_models.subjects import AskAbout, ReferTo, person_of
from ui.widgets import (
    EmptyState,
    Field,
    Option,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextField,
    TextRole,
    TickGroup,
    Tone,
    announce,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled

CHANGED = frozenset({RecordType.REFERRAL, RecordType.REFERRAL_EVENT, RecordType.CASE_NOTE})
TYPING_PAUSE_MS: Final = 250
"""After this pause in typing the preview is made anew: below it, it would change under every letter."""


class ReferPage(VaultPage):
    """Several referrals in one act: all saved together, or none."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {RecordType.SERVICE, RecordType.CONSENT_EVENT, RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT}
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.visit = Visit()
        self.needs: TickGroup | None = None
        self.more_needs_button = QuietButton(self.tr("Another need"), shape=Shape.PLUS)
        self.likely = LikelyNeeds()
        self.best_time = TextField(
            self.tr("Best time to get in touch"), hint=self.tr("For example, after 2 pm"), optional=True
        )
        self.rows: dict[ServiceId, ServiceRow] = {}
        self.sections: dict[ServiceId, ReceiverSection] = {}
        self.send_button = PrimaryButton(self.tr("Send"))
        self.back_button = SecondaryButton("")
        self.done = ReferredList()
        self.draft_banner = DraftBanner()
        self.kept = KeptReferrals()
        self.drafts = DraftKeeper(context, "refer", self._values, self)
        self._form, self._form_column = stack(BETWEEN_FIELDS)
        self._needs_column = QVBoxLayout()
        self._services_part, self._services = stack(8)
        self._sections_part, self._sections = stack(16)
        self._choices: dict[ServiceId, ServiceChoice] = {}
        self._read: VisitRead | None = None
        self._begun: PersonId | None = None
        self._job: Job[Any] | None = None
        self._sends_when_read = self._shows_all_needs = self._is_new = False
        self._pause = QTimer(self)
        self._build()

    @property
    def person_id(self) -> PersonId:
        """Who is referred."""
        return person_of(self.subject)

    @override
    def open(self, subject: object | None = None) -> None:
        """Begin a visit, or go on with its draft."""
        self._begun = None
        self._read = None
        self._sends_when_read = self._shows_all_needs = False
        self.visit = Visit()
        self.done.hide()
        self.draft_banner.hide()
        self.kept.hide()
        self._clear_form()
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the services that fit, and what each chosen one would see."""
        if not self.done.isHidden():
            return
        context, person, visit = self.context, self.person_id, self.visit
        is_first = self._begun is None or self._is_new
        self._is_new = False
        introductions = introductions_of(self.subject) if is_first else None
        needs = self.subject.needs if isinstance(self.subject, ReferTo) else frozenset()

        def read() -> VisitRead:
            return read_visit(context, person, visit, introductions=introductions, needs=needs)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what stands against it; everything that was chosen stays."""
        self._sends_when_read = False
        super().show_failure(error)
        self.send_button.setEnabled(bool(self.sections))

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused field of a referral is typed into."""
        if key == "referral.needs":
            return self.needs
        for section in self.sections.values():
            if key == "referral.why":
                return section.why
            unsaid = not section.duplicate.isHidden() and section.duplicate.value is None
            if key == "referral.duplicate_reason" and unsaid:
                return section.duplicate
        return self.best_time if key == "referral.best_time" else None

    def _build(self) -> None:
        self._needs_column.setSpacing(8)
        self._form_column.addLayout(self._needs_column)
        self._form_column.addWidget(self.more_needs_button)
        self._form_column.addWidget(self.likely)
        self.likely.added.connect(self._on_likely)
        self._services_heading = SafeLabel(self.tr("Which services?"), TextRole.SECTION)
        self._told = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        parts: tuple[QWidget, ...] = (self._services_heading, self._services_part, self._told, self._sections_part)
        for part in (*parts, self.best_time):
            self._form_column.addWidget(part)
        for part in (self.kept, self.draft_banner, self._form, self.done):
            self.add(part)
            part.hide()
        self.set_actions(self.send_button, self.back_button)
        self._actions.hide()
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.load)
        self.best_time.edited.connect(self._on_best_time)
        self.drafts.watch(self.best_time)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._on_take_back)
        self.more_needs_button.clicked.connect(self._on_more_needs)
        self.send_button.clicked.connect(self._on_send)
        self.back_button.clicked.connect(self._on_back)
        self.done.open_asked.connect(self._on_open)
        self.kept.send_asked.connect(self._on_send_kept)
        self.kept.take_back_asked.connect(self._on_take_back_kept)

    def _values(self) -> dict[str, Any]:
        return self.visit.values()

    def _clear_form(self) -> None:
        for column in (self._needs_column, self._services, self._sections):
            clear(column)
        self.needs, self.rows, self.sections, self._choices = None, {}, {}, {}

    def _on_read(self, read: VisitRead) -> None:
        self._read = read
        self.visit = read.visit
        called = read.view.called
        self.set_header(person_header(read.view, self.context.on))
        purpose = self.tr("You see what each charity will see before anything is sent.")
        self.set_heading(filled(self.tr("Refer {called}"), called=called), purpose)
        self.back_button.set_words(filled(self.tr("Back to {called}"), called=called))
        self.kept.show_kept(read.kept, called)
        self._show_needs(called)
        self.likely.show_likely(read.likely, called)
        self._show_services(read)
        self._show_sections(read)
        if self.best_time.text != self.visit.best_time:
            self.best_time.set_text(self.visit.best_time)
        self.best_time.setVisible(bool(self.sections))
        self.send_button.set_words(send_words(read.previews))
        self.send_button.setVisible(bool(self.sections))
        self.send_button.setEnabled(True)
        self._form.show()
        self._actions.show()
        if self._begun is None:
            self._begun = self.person_id
            self.drafts.begin(self.person_id)
        if self._sends_when_read:
            self._sends_when_read = False
            self._send(read)

    def _show_needs(self, called: str) -> None:
        # Where nothing was known all boxes are shown, and the first tick must not take the others away.
        self._shows_all_needs = self._shows_all_needs or not self._known_needs()
        wanted = [need for need in labels("need") if self._shows_all_needs or Need(need) in self._known_needs()]
        if self.needs is None or list(self.needs.ticks) != wanted:
            clear(self._needs_column)
            words = filled(self.tr("What does {called} need?"), called=called)
            self.needs = TickGroup(
                words, [Option(key=need, words=label("need", need)) for need in wanted], in_a_row=True
            )
            self.needs.set_values(self.visit.needs)
            self.needs.edited.connect(self._on_needs)
            self._needs_column.addWidget(self.needs)
        self.more_needs_button.setVisible(len(wanted) < len(labels("need")))

    def _known_needs(self) -> frozenset[Need]:
        person = self._read.view.person if self._read else None
        return (person.needs if person else frozenset()) | self.visit.needs

    def _show_services(self, read: VisitRead) -> None:
        shown = [choice for choice in read.choices if not choice.signpost_only]
        if [self._choices.get(choice.service_id) for choice in shown] != shown or len(self.rows) != len(shown):
            clear(self._services)
            self.rows = {}
            for choice in sorted(shown, key=lambda each: each.service_id not in self.visit.introductions):
                row = ServiceRow(choice, self.visit, self.context.on)
                row.ticked.connect(self._on_ticked)
                row.left_out.connect(self._on_left_out)
                self.rows[choice.service_id] = row
                self._services.addWidget(row)
            if not shown:
                self._services.addWidget(EmptyState(self.tr("No service is listed for these needs.")))
        self._choices = {choice.service_id: choice for choice in read.choices}
        for row in self.rows.values():
            row.show_visit(self.visit)
        only_told = sorted({choice.org_name for choice in read.choices if choice.signpost_only})
        words = self.tr("{names} can only be told about: nothing is shared there yet.")
        self._told.set_words(filled(words, names=", ".join(only_told)) if only_told else "")
        self._told.setVisible(bool(only_told))

    def _show_sections(self, read: VisitRead) -> None:
        for service in [known for known in self.sections if known not in read.previews]:
            section = self.sections.pop(service)
            section.hide()
            self._sections.removeWidget(section)
            section.deleteLater()
        is_any_sent = any(not preview.gate for preview in read.previews.values())
        for service, preview in read.previews.items():
            if service not in self.sections:
                self.sections[service] = self._section(self._choices[service], read.view.called)
            section = self.sections[service]
            section.choice = self._choices[service]
            section.show_visit(self.visit)
            section.show_preview(preview, is_any_sent=is_any_sent)

    def _section(self, choice: ServiceChoice, called: str) -> ReceiverSection:
        section = ReceiverSection(choice, called)
        section.struck.connect(self._on_struck)
        section.why_changed.connect(self._on_why)
        section.duplicate_chosen.connect(self._on_duplicate)
        section.ask_wanted.connect(self._on_ask)
        section.left.connect(self.drafts.keep_now)
        self._sections.addWidget(section)
        return section

    def _change(self, visit: Visit, *, is_typing: bool = False) -> None:
        self.visit = visit
        self.drafts.touch()
        if is_typing:
            self._pause.start()
        else:
            self._pause.stop()
            self.load()

    def _on_draft(self, draft: KeptDraft) -> None:
        saved_at = datetime.fromtimestamp(draft.saved_at / 1000, tz=UTC)
        words = filled(self.tr("This goes on from {when}."), when=moment_words(saved_at, self.context.now))
        self.draft_banner.show_draft(words, draft.values)
        self._restore(restored_visit(draft.values))

    def _on_discard(self) -> None:
        self.drafts.drop()
        self._begin_anew(Visit(), is_new=True)

    def _on_take_back(self, values: dict[str, Any]) -> None:
        self._restore(restored_visit(values))
        self.drafts.touch()
        self.drafts.keep_now()

    def _restore(self, kept: Visit) -> None:
        proposed = tuple(dict.fromkeys([*kept.introductions, *self.visit.introductions]))
        new = tuple(service for service in self.visit.chosen if service not in kept.introductions)
        chosen = tuple(dict.fromkeys([*kept.chosen, *new]))
        self._begin_anew(replace(kept, introductions=proposed, chosen=chosen))

    def _begin_anew(self, visit: Visit, *, is_new: bool = False) -> None:
        self.visit = visit
        if self.needs is not None:
            clear(self._needs_column)
            self.needs = None
        self._is_new = is_new
        self.load()

    def _on_needs(self) -> None:
        if self.needs is not None:
            self._change(self.visit.with_needs(frozenset(Need(need) for need in self.needs.values)))

    def _on_likely(self, need: Need) -> None:
        if self.needs is not None:
            self.needs.focus_control()
        self._change(self.visit.with_needs(self.visit.needs | {need}))
        announce(self, filled(self.tr("Added: {need}."), need=label("need", need)))

    def _on_more_needs(self) -> None:
        self._shows_all_needs = True
        if self._read is not None:
            self._show_needs(self._read.view.called)
        if self.needs is not None:
            self.needs.focus_control()

    def _on_ticked(self, service: ServiceId, is_ticked: bool) -> None:
        self._change(self.visit.ticked(service, is_ticked=is_ticked))

    def _on_left_out(self, service: ServiceId, reason: str) -> None:
        self._change(replace(self.visit, left_out={**self.visit.left_out, service: reason}))

    def _on_struck(self, service: ServiceId, line: PackageField, is_struck: bool) -> None:
        self._change(self.visit.with_struck(service, line, is_struck=is_struck))

    def _on_why(self, service: ServiceId, why: str) -> None:
        self._change(self.visit.because(service, why), is_typing=True)

    def _on_duplicate(self, service: ServiceId, reason: DuplicateReason) -> None:
        self._change(replace(self.visit, duplicates={**self.visit.duplicates, service: DuplicateReason(reason)}))

    def _on_best_time(self) -> None:
        if self.best_time.text != self.visit.best_time:
            self._change(replace(self.visit, best_time=self.best_time.text), is_typing=True)

    def _on_ask(self, service: ServiceId) -> None:
        self.drafts.keep_now()
        place = self.visit.place(self._choices[service])
        self.context.navigate("consent", AskAbout(person_id=self.person_id, place=place))

    def _on_send(self) -> None:
        self.clear_failure()
        unexplained = next(
            (row for row in self.rows.values() if not row.reason.isHidden() and not row.reason.value), None
        )
        if unexplained is not None:
            self.show_errors([(self.tr("Choose why there is no introduction."), unexplained.reason)])
            return
        self.send_button.setEnabled(False)
        # What was typed a moment ago is previewed first: what is sent is what is shown.
        self._pause.stop()
        self._sends_when_read = True
        self.load()

    def _send(self, read: VisitRead) -> None:
        self.send_button.setEnabled(False)
        context, person = self.context, self.person_id

        def send() -> tuple[Referred, ...]:
            return send_visit(context, person, read)

        self.ask(send, self._on_sent)

    def _on_send_kept(self) -> None:
        self.clear_failure()
        # What is being chosen for other services stays, and is there when the page is opened again.
        self.drafts.keep_now()
        context, person = self.context, self.person_id

        def send() -> tuple[Referred, ...]:
            return refer.send_kept(context.vault, actor=context.actor, now=context.now, person_id=person)

        self.ask(send, self._show_done)

    def _on_take_back_kept(self) -> None:
        self.clear_failure()
        context, person = self.context, self.person_id

        def take_back() -> int:
            return refer.take_back_stopped(context.vault, actor=context.actor, now=context.now, person_id=person)

        self.ask(take_back, self._on_taken_back)

    def _on_taken_back(self, _count: int) -> None:
        announce(self, self.tr("Taken back."))
        self.context.changes.tell(CHANGED)
        self.load()

    def _on_sent(self, done: tuple[Referred, ...]) -> None:
        self.drafts.end()
        self._show_done(done)

    def _show_done(self, done: tuple[Referred, ...]) -> None:
        self.set_heading(self.tr("Recorded on this laptop"))
        self.done.show_referred([(each.referral_id, referred_words(each), bool(each.gate)) for each in done])
        self.done.show()
        for part in (self._form, self.draft_banner, self.kept, self.send_button):
            part.hide()
        self.set_scroll_position(0)
        self.back_button.setFocus()
        announce(self, self.tr("Recorded on this laptop."))
        self.context.changes.tell(CHANGED)
        self.context.sync_now()

    def _on_open(self, referral: object) -> None:
        self.context.navigate("referral", referral)

    def _on_back(self) -> None:
        self.drafts.keep_now()
        self.context.navigate("person", self.person_id)
