"""A coordinator's mentoring: every mentee with stage and mentor, the stuck ones first."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.use_cases import programme
from app.use_cases.programme import MenteeRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import label
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.matching_words import stage_words
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, SecondaryButton, Shape, Tone

OF_THE_PROGRAMME = frozenset(
    {
        RecordType.MENTEE_PROFILE,
        RecordType.MENTOR_PROFILE,
        RecordType.MATCH,
        RecordType.MATCH_EVENT,
        RecordType.SESSION,
        RecordType.GOAL,
        RecordType.PULSE_ANSWER,
    }
)
"""Kinds of record that change what a coordinator sees of mentoring."""


class MentoringPage(VaultPage):
    """Whoever waits longest without anything happening stands first."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_PROGRAMME

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("Mentoring"), self.tr("Your mentees: who is stuck stands first."))
        self.table = ListTable(
            [
                Column(words=self.tr("Name"), share=220),
                Column(words=self.tr("Stage"), share=300),
                Column(words=self.tr("Where it stands"), share=220),
                Column(words=self.tr("Mentor"), share=220),
            ],
            name=self.tr("Mentees"),
            least_width=860,
        )
        self.nothing = EmptyState(
            self.tr("No mentees yet."),
            self.tr("Whoever asks for a mentor stands here, from the first talk to the last call."),
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.first_button = PrimaryButton(self.tr("Open the first"))
        self.waiting_button = SecondaryButton(self.tr("Waiting list"))
        self.weights_button = SecondaryButton(self.tr("What counts in matching"))
        self.mentors_button = SecondaryButton(self.tr("Mentors"))
        self.rows: tuple[MenteeRow, ...] = ()
        self._job: Job[Any] | None = None
        self.add(self.list, fills=True)
        self.quality_button = SecondaryButton(self.tr("How mentoring goes"))
        self.quality_button.clicked.connect(self._on_quality)
        self.set_actions(
            self.first_button, self.waiting_button, self.mentors_button, self.quality_button, self.weights_button
        )
        self.first_button.hide()
        self.first_button.clicked.connect(self._on_first)
        self.waiting_button.clicked.connect(self._on_waiting)
        self.weights_button.clicked.connect(self._on_weights)
        self.mentors_button.clicked.connect(self._on_mentors)
        self.table.row_opened.connect(self._on_opened)

    @override
    def load(self) -> None:
        """Read the mentees again."""
        context = self.context

        def read() -> tuple[MenteeRow, ...]:
            return programme.mentees(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, rows: tuple[MenteeRow, ...]) -> None:
        self.rows = rows
        cells: dict[object, list[str | Cell]] = {row.person_id: self._cells(row) for row in rows}
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(rows))
        self.first_button.setVisible(bool(rows))

    def _cells(self, row: MenteeRow) -> list[str | Cell]:
        stage = Cell(
            words=stage_words(row, self.context.now),
            tone=Tone.ATTENTION if row.is_stuck else Tone.INK,
            shape=Shape.TRIANGLE if row.is_stuck else None,
        )
        state = label("match_state", row.match.state) if row.match else label("mentee_status", row.status)
        return [Cell(words=row.name, strong=True), stage, state, row.mentor]

    def _on_first(self) -> None:
        if self.rows:
            self.context.navigate("matching", self.rows[0].person_id)

    def _on_waiting(self) -> None:
        self.context.navigate("waiting_list", None)

    def _on_weights(self) -> None:
        self.context.navigate("match_weights", None)

    def _on_mentors(self) -> None:
        self.context.navigate("mentors", None)

    def _on_quality(self) -> None:
        self.context.navigate("quality", None)

    def _on_opened(self, person: object) -> None:
        self.context.navigate("matching", cast(PersonId, person))
