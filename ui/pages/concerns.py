"""The safeguarding lead's pages: the concerns that came, and one with its words and everything that was done."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import ConcernState, RecordType
from app.domain.concern import ConcernStep
from app.domain.ids import RecordId
from app.storage.lists import KeptDraft
from app.use_cases import safeguarding
from app.use_cases.safeguarding import ConcernFile, ConcernRow
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import label
from ui.pages.parts import FactList, ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.concern_words import file_facts, moment_words, move_words, state_words, step_words
from ui.widgets import (
    Banner,
    Cell,
    Column,
    EmptyState,
    Event,
    Field,
    FlowRow,
    Manner,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextArea,
    TextField,
    TextRole,
    Timeline,
    Tone,
    announce,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS, BETWEEN_GROUPS

OF_CONCERNS = frozenset({RecordType.CONCERN, RecordType.CONCERN_STEP})
"""Kinds of record that change what a lead sees."""


class ConcernsPage(VaultPage):
    """Unread ones first, whoever is in danger before all."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_CONCERNS

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("Concerns"), self.tr("Only safeguarding leads of your charity see this list."))
        self.rows: tuple[ConcernRow, ...] = ()
        self.table = ListTable(
            [
                Column(words=self.tr("About"), share=240),
                Column(words=self.tr("Where it stands"), share=300),
                Column(words=self.tr("Noticed"), share=200),
            ],
            name=self.tr("Concerns"),
            least_width=720,
        )
        nothing = EmptyState(
            self.tr("No concerns."), self.tr("What a colleague or volunteer raises stands here as soon as it arrives.")
        )
        self.list = ListOrNothing(self.table, nothing)
        self.first_button = PrimaryButton(self.tr("Open the first"))
        self._job: Job[Any] | None = None
        self.add(self.list, fills=True)
        self.set_actions(self.first_button)
        self.first_button.hide()
        self.first_button.clicked.connect(self._on_first)
        self.table.row_opened.connect(self._on_opened)

    @override
    def load(self) -> None:
        """Read the concerns again."""
        context = self.context

        def read() -> tuple[ConcernRow, ...]:
            return safeguarding.concerns(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, rows: tuple[ConcernRow, ...]) -> None:
        self.rows = rows
        cells: dict[object, list[str | Cell]] = {row.concern_id: self._cells(row) for row in rows}
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(rows))
        self.first_button.setVisible(bool(rows))

    def _cells(self, row: ConcernRow) -> list[str | Cell]:
        is_pressing = row.danger_now or row.is_late
        state = Cell(
            words=state_words(row),
            tone=Tone.STOP if row.danger_now else Tone.ATTENTION if row.is_late else Tone.INK,
            shape=Shape.TRIANGLE if is_pressing else None,
        )
        return [Cell(words=row.name, strong=True), state, moment_words(row.noticed_at, self.context.on)]

    def _on_first(self) -> None:
        if self.rows:
            self.context.navigate("concern_file", self.rows[0].concern_id)

    def _on_opened(self, concern: object) -> None:
        self.context.navigate("concern_file", cast(RecordId, concern))


class ConcernFilePage(VaultPage):
    """The words as they were said stand first and cannot be changed; below, what was done, and the next thing."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_CONCERNS

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.file: ConcernFile | None = None
        self.did = TextArea(self.tr("What you did"), longest=2000)
        self.passed_to = TextField(self.tr("To whom, if you pass it on"), optional=True, longest=120)
        self.note_button = SecondaryButton(self.tr("Write it down"))
        self.move_buttons: dict[ConcernState, PrimaryButton | SecondaryButton] = {}
        self.note_button.clicked.connect(partial(self._on_step, None))
        # What is read stands in parts of its own, made anew when a step arrives: whoever types below goes on typing.
        self._said, self._moves = QVBoxLayout(), QVBoxLayout()
        for layout in (self._said, self._moves):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(BETWEEN_FIELDS)
        self.kept = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        for part in (_part(self._said), self.did, self.passed_to, self.kept, _part(self._moves)):
            self.add(part)
        self.kept.hide()
        self.drafts = DraftKeeper(context, "concern_file", self._values, self)
        self.drafts.watch(self.did, self.passed_to)
        self.drafts.found.connect(self._on_draft)
        self.drafts.kept.connect(self._on_kept)
        self.drafts.failed.connect(self.show_failure)
        self._begun: object | None = None
        self._job: Job[Any] | None = None

    @override
    def open(self, subject: object | None = None) -> None:
        """Open one concern; words about another one are kept with that."""
        if subject != self.subject:
            self.drafts.keep_now()
            self._begun = None
            self._empty()
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the concern; the look is kept in the audit."""
        context, concern = self.context, self._concern

        def read() -> ConcernFile:
            return safeguarding.open_concern(context.vault, actor=context.actor, now=context.now, concern_id=concern)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of what is missing."""
        return {"concern_step.did": self.did, "concern_step.passed_to": self.passed_to}.get(key)

    @property
    def _concern(self) -> RecordId:
        assert self.subject is not None
        return RecordId(self.subject)  # type: ignore[arg-type]

    def _on_read(self, file: ConcernFile) -> None:
        self.file = file
        self.note_button.setParent(None)
        for layout in (self._said, self._moves):
            clear(layout)
        say = self._said.addWidget
        self.set_header(PersonHeader(file.name or self.tr("Somebody whose record is not here"), is_own_page=True))
        concern = file.concern
        if concern.danger_now:
            words = self.tr("Somebody was in danger when this was raised.")
            say(Banner(words, self.tr("999 was shown to whoever raised it."), manner=Manner.STOP))
        say(SafeLabel(label("concern_state", concern.state), TextRole.STATEMENT))
        self._section(self.tr("As it was said"))
        say(SafeLabel(concern.in_their_words, TextRole.READING))
        say(FactList(file_facts(concern, self.context.on)))
        self._section(self.tr("What was done"))
        events = [
            Event(words=words, detail=detail)
            for words, detail in (step_words(each, self.context.on) for each in file.steps)
        ]
        if events:
            say(Timeline(events, name=self.tr("What was done")))
        else:
            say(EmptyState(self.tr("Nothing yet."), self.tr("Say that you have read it.")))
        self._show_moves(file)

    def _section(self, words: str) -> None:
        self._said.addSpacing(BETWEEN_GROUPS - BETWEEN_FIELDS)
        self._said.addWidget(SafeLabel(words, TextRole.SECTION))

    def _show_moves(self, file: ConcernFile) -> None:
        self.move_buttons = {}
        for part in (self.did, self.passed_to):
            part.setVisible(file.concern.state is not ConcernState.SENT)
        if self._begun != self.subject:
            self._begun = self.subject
            self.drafts.begin(self._concern)
        buttons: list[PrimaryButton | SecondaryButton] = []
        for state in file.next_states:
            made = PrimaryButton if not buttons else SecondaryButton
            button = made(move_words(state))
            button.clicked.connect(partial(self._on_step, state))
            self.move_buttons[state] = button
            buttons.append(button)
        if file.concern.state is not ConcernState.SENT:
            buttons.append(self.note_button)
        self._moves.addWidget(FlowRow(*buttons, gap=12))
        # Shown before it stands somewhere, it would be a window of its own.
        self.note_button.setVisible(self.note_button in buttons)

    def _on_step(self, to: ConcernState | None) -> None:
        context, concern = self.context, self._concern
        did, passed_to = self.did.text, self.passed_to.text
        self.clear_failure()

        def write() -> ConcernStep:
            return safeguarding.work_concern(
                context.vault,
                actor=context.actor,
                now=context.now,
                concern_id=concern,
                to=to,
                did=did,
                passed_to=passed_to,
            )

        self.ask(write, self._on_written)

    def _on_written(self, _step: ConcernStep) -> None:
        self._empty()
        self.drafts.drop()
        announce(self, self.tr("Saved on this laptop."))
        self.context.changes.tell(OF_CONCERNS)
        self.load()

    def _empty(self) -> None:
        self.did.set_text("")
        self.passed_to.set_text("")
        self.kept.hide()

    def _values(self) -> dict[str, Any]:
        return {"did": self.did.text, "passed_to": self.passed_to.text}

    def _on_draft(self, draft: KeptDraft) -> None:
        self.did.set_text(str(draft.values.get("did", "")))
        self.passed_to.set_text(str(draft.values.get("passed_to", "")))
        self._say_kept(self.tr("This was begun earlier and is not saved yet."))

    def _on_kept(self) -> None:
        self._say_kept(self.tr("Kept as a draft for you alone on this laptop."))

    def _say_kept(self, words: str) -> None:
        self.kept.set_words(words)
        self.kept.show()


def _part(layout: QVBoxLayout) -> QWidget:
    part = QWidget()
    part.setLayout(layout)
    return part
