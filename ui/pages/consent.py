"""The bedside page: who may help, asked cell by cell, with how much, how it was answered and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.errors import NotFoundError
from app.storage.lists import KeptDraft
from app.use_cases import consents, drafts, person_page
from app.use_cases.consents import CheckedLine, ConsentTable
from app.use_cases.person_page import PersonView
from app.use_cases.wordings import Words
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.pages.consent_asking import AskingPart
from ui.pages.consent_giver import GiverPart
from ui.pages.consent_how import HowPart
from ui.pages.person_top import person_header
from ui.pages.vault_page import VaultPage
from ui.view_models.consent_talk import Talk, restored
from ui.view_models.subjects import AskAbout, ToCheck, person_of
from ui.widgets import Banner, Field, Manner, PrimaryButton, SecondaryButton
from ui.widgets.text import filled

PAGE: Final = "consent"
WORKERS_LANGUAGE: Final = "en-GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What the page reads when it is opened: the person, the table, the wording in the person's language."""

    view: PersonView
    table: ConsentTable
    second: Words | None
    language: str
    has_draft: bool


class ConsentPage(VaultPage):
    """One talk about sharing; each answer is kept in the vault as a draft until it is recorded."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.CONSENT_EVENT, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.talk = Talk()
        self.asking = AskingPart(context)
        self.how = HowPart()
        self.giver = GiverPart()
        self.no_wording = Banner("", manner=Manner.INFO)
        self.check_button = PrimaryButton(self.tr("Check the answers"))
        self.leave_button = SecondaryButton(self.tr("Keep as a draft"))
        self.discard_button = SecondaryButton(self.tr("Discard the answers"))
        self.drafts = DraftKeeper(context, PAGE, self._values, self)
        self._opened: _Opened | None = None
        self._job: Job[Any] | None = None
        self._begun: PersonId | None = None
        self._build()

    @property
    def person_id(self) -> PersonId:
        """Who is asked."""
        return person_of(self.subject)

    @override
    def open(self, subject: object | None = None) -> None:
        """Open the talk of a person, with the answers of its draft."""
        if self._begun is not None and self._begun != person_of(subject):
            self.drafts.keep_now()
        self._begun = None
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the table and the person; what was answered here stays."""
        context, person = self.context, self.person_id
        # Kept first: a talk without a draft is one that was recorded meanwhile.
        self.drafts.keep_now()

        def read() -> _Opened:
            view = person_page.open_person(context.vault, actor=context.actor, now=context.now, person_id=person)
            table = consents.consent_table(context.vault, actor=context.actor, now=context.now, person_id=person)
            second = _in_own_language(context, view)
            draft = drafts.load_draft(context.vault, actor=context.actor, page=PAGE, subject=person)
            return _Opened(view=view, table=table, second=second, language=_language(view), has_draft=draft is not None)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field a refused field of consent is answered in."""
        return self.how.field_of(key) or self.giver.field_of(key)

    def _build(self) -> None:
        for part in (self.asking, self.no_wording, self.how, self.giver):
            self.add(part)
            part.hide()
        self.set_actions(self.check_button, self.leave_button, self.discard_button)
        self._actions.hide()
        self.asking.changed.connect(self._on_changed)
        self.how.changed.connect(self._on_changed)
        self.giver.changed.connect(self._on_changed)
        self.how.left.connect(self.drafts.keep_now)
        self.giver.left.connect(self.drafts.keep_now)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.check_button.clicked.connect(self._on_check)
        self.leave_button.clicked.connect(self._on_leave)
        self.discard_button.clicked.connect(self._on_discard)

    def _values(self) -> dict[str, Any]:
        return self.talk.values()

    def _on_read(self, opened: _Opened) -> None:
        self._opened = opened
        called = opened.table.person_called
        self.set_header(person_header(opened.view, self.context.on))
        self.set_heading(
            filled(self.tr("Who may help {called}?"), called=called),
            filled(
                self.tr("One charity and one reason at a time. Nothing is agreed until {called} says so."),
                called=called,
            ),
        )
        self._show_language(opened)
        is_first = self._begun != self.person_id
        if is_first or not opened.has_draft:
            self.talk = Talk()
        self.asking.show_table(opened.table, opened.second)
        self.how.show_table(opened.table, opened.second)
        self.giver.show_table(opened.table)
        self._show_talk()
        for part in (self.asking, self.how, self.giver, self._actions):
            part.show()
        if is_first:
            self._begun = self.person_id
            self.drafts.begin(self.person_id)
            self.asking.start()
            self._go_to()

    def _show_language(self, opened: _Opened) -> None:
        needs = opened.second is None and opened.language != WORKERS_LANGUAGE
        self.no_wording.set_words(
            filled(
                self.tr("There is no approved wording in the language of {called} yet."),
                called=opened.table.person_called,
            ),
            self.tr("Ask through an interpreter, and write their name under Change who answers and how."),
        )
        self.no_wording.setVisible(needs)

    def _show_talk(self) -> None:
        self.asking.show_talk(self.talk)
        self.how.show_talk(self.talk)
        self.giver.show_talk(self.talk)
        self.discard_button.setVisible(bool(self.talk.given))

    def _go_to(self) -> None:
        if isinstance(self.subject, AskAbout):
            if self.subject.place is not None:
                self.asking.ask(self.subject.place)
                return
            if self.subject.part == "how" and self.talk.asks_method:
                self.how.method.focus_control()
                return
        self.asking.matrix.focus_current()

    def _on_draft(self, draft: KeptDraft) -> None:
        self.talk = restored(draft.values)
        self._show_talk()
        self.asking.start()
        self._go_to()

    def _on_changed(self, talk: Talk) -> None:
        self.talk = talk
        self._show_talk()
        self.drafts.touch()

    def _on_check(self) -> None:
        self.clear_failure()
        self.drafts.keep_now()
        opened, context, person, talk = self._opened, self.context, self.person_id, self.talk
        if opened is None:
            return
        to_check = self._to_check(opened)

        def check() -> tuple[CheckedLine, ...]:
            form = talk.form(
                on=context.on, under_16=to_check.under_16, script=to_check.script, language=to_check.language
            )
            return consents.check_consent(
                context.vault, actor=context.actor, now=context.now, person_id=person, form=form
            )

        self.ask(check, self._on_checked)

    def _on_checked(self, _lines: tuple[CheckedLine, ...]) -> None:
        assert self._opened is not None, "answers are checked after the page was read"
        self.context.navigate("consent_check", self._to_check(self._opened))

    def _to_check(self, opened: _Opened) -> ToCheck:
        words = opened.second or opened.table.words
        return ToCheck(
            person_id=self.person_id,
            talk=self.talk,
            under_16=opened.table.under_16,
            script=words.script(),
            language=words.language,
        )

    def _on_leave(self) -> None:
        self.drafts.keep_now()
        self.context.navigate("person", self.person_id)

    def _on_discard(self) -> None:
        self.drafts.drop()
        self.asking.discard()


def _language(view: PersonView) -> str:
    return view.person.language if view.person is not None else WORKERS_LANGUAGE


def _in_own_language(context: PageContext, view: PersonView) -> Words | None:
    """Return the approved wording in the person's language, None when it is the worker's or there is none."""
    language = _language(view)
    if language == WORKERS_LANGUAGE:
        return None
    try:
        table = consents.consent_table(
            context.vault, actor=context.actor, now=context.now, person_id=view.person_id, language=language
        )
    except NotFoundError:
        return None
    return table.words
