"""Referrals: what came to the team and waits, and what the charity itself sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.access import Action, permitted
from app.domain.codes import RecordType
from app.domain.ids import ReferralId
from app.use_cases import covering, referrals
from app.use_cases.covering import TeamCover
from app.use_cases.referrals import Inbox, SentRow
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListTable
from ui.pages.team_cover import TeamCoverPart
from ui.pages.vault_page import VaultPage
from ui.view_models.team_inbox import (
    Box,
    InboxLine,
    box_words,
    boxes,
    nothing_words,
    received_lines,
    sent_lines,
)
from ui.widgets import Cell, Column, EmptyState, Field, PrimaryButton, SecondaryButton, Shape, Tabs, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    inbox: Inbox
    sent: tuple[SentRow, ...]
    cover: tuple[TeamCover, ...]


class TeamInboxPage(VaultPage):
    """One list at a time, the most urgent first; Enter or one press opens."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {RecordType.REFERRAL, RecordType.REFERRAL_EVENT, RecordType.TASK, RecordType.USER}
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self._boxes = boxes(context.actor)
        self.set_heading(self.tr("Referrals"), self._purpose())
        self.tabs = Tabs([(box, box_words(box, 0)) for box in self._boxes])
        self.table = ListTable(self._columns(), name=self.tr("Referrals"), least_width=860)
        self.table.setMinimumHeight(280)
        self.open_button = PrimaryButton(self.tr("Open the first"))
        self.outside_button = SecondaryButton(self.tr("Somebody asks us to help"))
        self.cover = TeamCoverPart(context)
        self._nothing = EmptyState(" ", " ")
        self._lines: dict[Box, tuple[InboxLine, ...]] = {}
        self._job: Job[Any] | None = None
        self._has_chosen = False
        self._build()

    @property
    def box(self) -> Box:
        """Which part is shown."""
        return Box(self.tabs.current)

    @property
    def lines(self) -> tuple[InboxLine, ...]:
        """The rows that are shown."""
        return self._lines.get(self.box, ())

    @override
    def load(self) -> None:
        """Read everything that came, and everything that was sent."""
        context, receives = self.context, Box.NEW in self._boxes

        def read() -> _Read:
            inbox = referrals.inbox(context.vault, actor=context.actor, now=context.now) if receives else Inbox()
            return _Read(
                inbox=inbox,
                sent=referrals.referrals_sent(context.vault, actor=context.actor),
                cover=covering.team_cover(context.vault, actor=context.actor, now=context.now) if receives else (),
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field in which a refused word about somebody away stands."""
        return self.cover.field_of(key)

    def _build(self) -> None:
        self.add(self.cover)
        self.add(self.tabs)
        self.add(self._nothing)
        self.add(self.table, fills=True)
        self.set_actions(self.open_button, self.outside_button)
        takes_down = permitted(self.context.actor.roles, Action.REFER_FROM_OUTSIDE) is not None
        self.outside_button.setVisible(takes_down)
        self.tabs.setVisible(len(self._boxes) > 1)
        for part in (self.cover, self._nothing, self.table, self.open_button):
            part.hide()
        self.cover.failed.connect(self.show_failure)
        self.tabs.chosen.connect(self._on_box)
        self.table.row_opened.connect(self._on_opened)
        self.open_button.clicked.connect(self._on_open_first)
        self.outside_button.clicked.connect(self._on_outside)

    def _purpose(self) -> str:
        if Box.NEW in self._boxes:
            return self.tr("What came to your team, the most urgent first, and what your charity sent.")
        return self.tr("What your charity sent, and how far each has come.")

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("Name"), share=164),
            Column(words=self.tr("Charity"), share=80),
            Column(words=self.tr("What for"), share=300),
            Column(words=self.tr("To open"), share=127),
            Column(words=self.tr("To answer"), share=114),
            Column(words=self.tr("Where it stands"), share=181),
        ]

    def _on_read(self, read: _Read) -> None:
        now = self.context.now
        self.cover.show_teams(read.cover)
        self.cover.setVisible(bool(read.cover))
        self._lines = {box: received_lines(read.inbox, box, now) for box in self._boxes if box is not Box.SENT}
        self._lines[Box.SENT] = sent_lines(read.sent, now)
        for box in self._boxes:
            self.tabs.button(box).set_words(box_words(box, len(self._lines[box])))
        if not self._has_chosen:
            # The first part in which somebody waits; the reader's own choice stays.
            waiting = (box for box in self._boxes if box is not Box.ENDED and self._lines[box])
            self.tabs.set_current(next(waiting, self._boxes[0]))
        self._show()

    def _show(self) -> None:
        lines = self.lines
        statement, next_step = nothing_words(self.box)
        self._nothing.statement.set_words(statement)
        self._nothing.next_step.set_words(next_step)
        self._nothing.next_step.show()
        self._nothing.setVisible(not lines)
        self.table.setVisible(bool(lines))
        self.open_button.setVisible(bool(lines))
        self.table.set_ids([line.referral_id for line in lines], {line.referral_id: _cells(line) for line in lines})

    def _on_box(self, _key: str) -> None:
        self._has_chosen = True
        self._show()

    def _on_opened(self, referral: object) -> None:
        self.context.navigate("referral", cast(ReferralId, referral))

    def _on_outside(self) -> None:
        self.context.navigate("from_outside", None)

    def _on_open_first(self) -> None:
        if self.lines:
            self.context.navigate("referral", self.lines[0].referral_id)


def _cells(line: InboxLine) -> list[str | Cell]:
    state = Cell(
        words=line.state,
        tone=Tone.INK if line.needs_you else Tone.SOFT,
        shape=Shape.DOT if line.needs_you else None,
    )
    clocks = (
        Cell(words=clock.words, tone=Tone.ATTENTION if clock.is_late else Tone.INK, in_block=clock.in_block)
        for clock in (line.to_open, line.to_answer)
    )
    return [Cell(words=line.name, strong=True), line.charity, line.what, *clocks, state]
