"""One person in a gap: every reason as a sentence, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.gaps import Gap
from app.domain.ids import PersonId
from app.use_cases import gap_watch, person_page
from app.use_cases.gap_watch import GapLine
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.gaps import CHANGES_THE_LIST
from ui.pages.person_top import person_header
from ui.pages.vault_page import VaultPage
from ui.view_models.gap_words import cause_sentence, contact_words, taken_words
from ui.view_models.subjects import AskAbout, ReferTo
from ui.widgets import (
    Banner,
    Card,
    EmptyState,
    Field,
    FlowRow,
    IconLabel,
    Manner,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextField,
    TextRole,
    Tone,
    announce,
    clear,
)
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    view: PersonView
    line: GapLine | None


class GapPage(VaultPage):
    """Refer, ask again, take it on, or say why nobody needs to."""

    refresh_on: ClassVar[frozenset[RecordType]] = CHANGES_THE_LIST

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.causes_card = Card(self.tr("Why"))
        self._causes = QVBoxLayout()
        self.taken = Banner("", manner=Manner.INFO)
        self.nothing = EmptyState(self.tr("Somebody holds them now."), self.tr("Nothing is missing any more."))
        self.refer_button = PrimaryButton(self.tr("Refer"))
        self.ask_button = SecondaryButton(self.tr("Ask again"))
        self.take_button = SecondaryButton(self.tr("I look after this"))
        self.person_button = QuietButton("", shape=Shape.PERSON)
        self.drop_button = QuietButton(self.tr("Nobody needs to"))
        self.reason = TextField(
            self.tr("Why does nobody need to?"), hint=self.tr("For example: helped by her family, wants nothing now")
        )
        self.drop_now_button = SecondaryButton(self.tr("Take off the list"))
        self._drop_part = Card("")
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _person(self) -> PersonId:
        assert isinstance(self.subject, UUID), "a gap is opened on a person"
        return PersonId(self.subject)

    @override
    def open(self, subject: object | None = None) -> None:
        """Open a person; a reason that was begun for another is not theirs."""
        if subject != self.subject:
            self.reason.set_text("")
            self._drop_part.hide()
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the person and the reasons."""
        context, person = self.context, self._person

        def read() -> _Read:
            vault, actor, now = context.vault, context.actor, context.now
            return _Read(
                view=person_page.open_person(vault, actor=actor, now=now, person_id=person),
                line=gap_watch.gap_of(vault, actor=actor, now=now, person_id=person),
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the reason."""
        return self.reason if key == "task.note" else None

    def _build(self) -> None:
        self._causes.setSpacing(8)
        self.causes_card.add(self._causes)
        self._drop_part.add(self.reason)
        self._drop_part.add(self.drop_now_button)
        self.add(self.taken)
        self.add(self.causes_card)
        self.add(self.nothing)
        self.add(FlowRow(self.person_button, self.drop_button, gap=12))
        self.add(self._drop_part)
        self.set_actions(self.refer_button, self.ask_button, self.take_button)
        parts: tuple[QWidget, ...] = (self.taken, self.causes_card, self.nothing, self._drop_part, self._actions)
        for part in parts:
            part.hide()
        self.refer_button.clicked.connect(self._on_refer)
        self.ask_button.clicked.connect(self._on_ask)
        self.take_button.clicked.connect(self._on_take)
        self.person_button.clicked.connect(self._on_person)
        self.drop_button.clicked.connect(self._on_drop)
        self.drop_now_button.clicked.connect(self._on_drop_now)

    def _on_read(self, read: _Read) -> None:
        view, line, on = read.view, read.line, self.context.on
        self.set_header(person_header(view, on))
        self.set_heading(
            filled(self.tr("Who looks after {called}?"), called=view.called),
            self.tr("A row goes by itself when its reasons end."),
        )
        self.person_button.set_words(filled(self.tr("Open the page of {name}"), name=view.name))
        clear(self._causes)
        for cause in () if line is None else line.causes:
            is_leaving = cause.gap is Gap.LEAVING_UNHELD
            self._causes.addWidget(
                IconLabel(
                    Shape.TRIANGLE if is_leaving else Shape.CLOCK,
                    cause_sentence(cause, line, on) if line is not None else "",
                    TextRole.BODY,
                    tone=Tone.STOP if is_leaving else Tone.ATTENTION,
                )
            )
        if line is not None:
            self._causes.addWidget(SafeLabel(contact_words(line, on), TextRole.HINT, tone=Tone.SOFT))
        taken = "" if line is None else taken_words(line, on)
        self.taken.set_words(taken)
        self.taken.setVisible(bool(taken))
        self.causes_card.setVisible(line is not None)
        self.nothing.setVisible(line is None)
        self.drop_button.setVisible(line is not None)
        self._actions.setVisible(line is not None)

    def _on_refer(self) -> None:
        self.context.navigate("refer", ReferTo(person_id=self._person))

    def _on_ask(self) -> None:
        self.context.navigate("consent", AskAbout(person_id=self._person))

    def _on_person(self) -> None:
        self.context.navigate("person", self._person)

    def _on_take(self) -> None:
        context, person = self.context, self._person
        self.ask(
            lambda: gap_watch.take_on(context.vault, actor=context.actor, now=context.now, person_id=person),
            self._on_taken,
        )

    def _on_taken(self, _nothing: None) -> None:
        announce(self, self.tr("Recorded on this laptop. It stands under Today."))
        self._tell()

    def _on_drop(self) -> None:
        self._drop_part.setVisible(self._drop_part.isHidden())
        if not self._drop_part.isHidden():
            self.reason.setFocus()

    def _on_drop_now(self) -> None:
        self.clear_failure()
        context, person, reason = self.context, self._person, self.reason.text
        self.ask(
            lambda: gap_watch.drop_gap(
                context.vault, actor=context.actor, now=context.now, person_id=person, reason=reason
            ),
            self._on_dropped,
        )

    def _on_dropped(self, _nothing: None) -> None:
        self.reason.set_text("")
        self._drop_part.hide()
        announce(self, self.tr("Taken off the list. A new reason brings them back."))
        self._tell()
        self.context.navigate("gaps", None)

    def _tell(self) -> None:
        self.context.changes.tell({RecordType.TASK})
        self.context.sync_now()
