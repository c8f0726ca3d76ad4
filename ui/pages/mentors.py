"""A coordinator's mentors: whose checks stand in the way first, then whose run out next."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.use_cases import mentors
from app.use_cases.mentors import MentorRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import label
from ui.pages.mentoring import OF_THE_PROGRAMME
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.mentor_words import check_words, place_words
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, SecondaryButton, Shape, Tone


class MentorsPage(VaultPage):
    """Who mentors, with places free and checks."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_PROGRAMME

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Mentors"), self.tr("Whose checks have run out stands first, then whose run out next.")
        )
        self.table = ListTable(
            [
                Column(words=self.tr("Name"), share=220),
                Column(words=self.tr("Status"), share=160),
                Column(words=self.tr("Checks"), share=380),
                Column(words=self.tr("Places"), share=140),
            ],
            name=self.tr("Mentors"),
            least_width=860,
        )
        self.nothing = EmptyState(
            self.tr("No mentors yet."),
            self.tr("Open a person who would like to mentor, and begin with their application there."),
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.first_button = PrimaryButton(self.tr("Open the first"))
        self.people_button = SecondaryButton(self.tr("Find a person"))
        self.rows: tuple[MentorRow, ...] = ()
        self._job: Job[Any] | None = None
        self.add(self.list, fills=True)
        self.set_actions(self.first_button, self.people_button)
        self.first_button.hide()
        self.first_button.clicked.connect(self._on_first)
        self.people_button.clicked.connect(self._on_people)
        self.table.row_opened.connect(self._on_opened)

    @override
    def load(self) -> None:
        """Read the mentors again."""
        context = self.context

        def read() -> tuple[MentorRow, ...]:
            return mentors.mentors(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, rows: tuple[MentorRow, ...]) -> None:
        self.rows = rows
        cells: dict[object, list[str | Cell]] = {row.person_id: self._cells(row) for row in rows}
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(rows))
        self.first_button.setVisible(bool(rows))

    def _cells(self, row: MentorRow) -> list[str | Cell]:
        presses = row.is_blocked or row.is_ending(self.context.on)
        checks = Cell(
            words=check_words(row, self.context.on),
            tone=Tone.ATTENTION if presses else Tone.INK,
            shape=Shape.TRIANGLE if presses else None,
        )
        status = label("mentor_status", row.profile.status)
        return [Cell(words=row.name, strong=True), status, checks, place_words(row)]

    def _on_first(self) -> None:
        if self.rows:
            self.context.navigate("mentor", self.rows[0].person_id)

    def _on_people(self) -> None:
        self.context.navigate("people", None)

    def _on_opened(self, person: object) -> None:
        self.context.navigate("mentor", cast(PersonId, person))
