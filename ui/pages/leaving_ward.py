"""Leaving the ward: one list of what is still open, each put right with one press or answered with a reason."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.use_cases import handing_over, leaving_ward
from app.use_cases.leaving_ward import LeavingKind, LeavingLine
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FoldedForm
from ui.pages.vault_page import VaultPage
from ui.view_models.leaving_words import (
    detail_words,
    done_words,
    fix_words,
    open_words,
    reason_words,
    state_words,
    target_of,
    topic_words,
)
from ui.widgets import (
    Banner,
    Card,
    Field,
    FlowRow,
    IconLabel,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    Surface,
    TextField,
    TextRole,
    Tone,
    announce,
    clear,
)


class LeavingWardPage(VaultPage):
    """Nothing here holds up the lock: the list asks, and whoever has to go may go."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(
            self.tr("Leave the ward"), self.tr("What is still open today, before this laptop leaves your hands.")
        )
        self.state = Banner("")
        self.cards = {kind: LineCard(kind) for kind in LeavingKind}
        self.done_card = Card(self.tr("Done"))
        self._done = QVBoxLayout()
        self.lock_button = PrimaryButton(self.tr("Lock this laptop"), shape=Shape.LOCK)
        self.give_button = SecondaryButton(self.tr("Give work to a colleague"))
        self._lines: dict[LeavingKind, LeavingLine] = {}
        self._answering: LeavingKind | None = None
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read every line; a reason that is being typed stays."""
        context = self.context

        def read() -> tuple[LeavingLine, ...]:
            return leaving_ward.check(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the reason that was just given."""
        if key != "leaving.reason" or self._answering is None:
            return None
        return self.cards[self._answering].reason

    def _build(self) -> None:
        self._done.setSpacing(8)
        self._done.setContentsMargins(0, 8, 0, 4)
        self.done_card.add(self._done)
        self.add(self.state)
        self.state.hide()
        for kind, card in self.cards.items():
            self.add(card)
            card.hide()
            card.fix_button.clicked.connect(partial(self._on_fix, kind))
            card.form.save_asked.connect(partial(self._on_reason, kind))
        self.add(self.done_card)
        self.done_card.hide()
        self.set_actions(self.lock_button, self.give_button)
        self.give_button.setVisible(handing_over.is_permitted(self.context.actor))
        self.give_button.clicked.connect(self._on_give)
        self.lock_button.clicked.connect(self.context.lock)

    def _on_read(self, lines: tuple[LeavingLine, ...]) -> None:
        self._lines = {line.kind: line for line in lines}
        statement, detail, manner = state_words(lines)
        self.state.set_words(statement, detail)
        self.state.set_manner(Manner(manner))
        self.state.show()
        clear(self._done)
        for line in lines:
            card = self.cards[line.kind]
            card.setVisible(not line.is_done)
            if line.is_done:
                self._done.addWidget(IconLabel(Shape.TICK, done_words(line.kind), tone=Tone.DONE))
            else:
                card.show_line(line, detail_words(line, self.context.now))
        self.done_card.setVisible(any(line.is_done for line in lines))

    def _on_give(self) -> None:
        self.context.navigate("hand_over", None)

    def _on_fix(self, kind: LeavingKind) -> None:
        first = self._lines[kind].first
        if first is not None:
            self.context.navigate(*target_of(first))

    def _on_reason(self, kind: LeavingKind) -> None:
        self.clear_failure()
        self._answering = kind
        context, reason = self.context, self.cards[kind].reason.text

        def give() -> LeavingKind:
            leaving_ward.give_reason(context.vault, actor=context.actor, now=context.now, kind=kind, reason=reason)
            return kind

        self.ask(give, self._on_given)

    def _on_given(self, kind: LeavingKind) -> None:
        card = self.cards[kind]
        card.form.fold()
        card.reason.set_text("")
        announce(self, self.tr("Your reason is kept on this laptop."))
        self.load()


class LineCard(Surface):
    """One open line: what it is, whom it is about, the way to put it right, and a folded reason."""

    def __init__(self, kind: LeavingKind, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent, gap=8)
        self.statement = IconLabel(Shape.TRIANGLE, "", TextRole.LABEL, tone=Tone.ATTENTION)
        self.detail = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.given = SafeLabel("")
        self.fix_button = SecondaryButton(fix_words(kind))
        self.reason = TextField(
            self.tr("Why does it stay as it is?"), hint=self.tr("For example: no network here until Monday")
        )
        self.form = FoldedForm(
            self.tr("Say why it stays"), self.tr("Keep the reason"), self.reason, about=topic_words(kind)
        )
        for part in (self.statement, self.detail, self.given, FlowRow(self.fix_button, gap=12), self.form):
            self.add(part)

    def show_line(self, line: LeavingLine, detail: str) -> None:
        """Show what is open and, once it was given, the reason."""
        words, reason = open_words(line), reason_words(line)
        if line.is_answered:
            self.statement.show_words(Shape.INFORMATION, words, Tone.INFO)
        else:
            self.statement.show_words(Shape.TRIANGLE, words, Tone.ATTENTION)
        self.setAccessibleName(words)
        for label, said in ((self.detail, detail), (self.given, reason)):
            label.set_words(said)
            label.setVisible(bool(said))
