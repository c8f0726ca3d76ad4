"""The waiting list: everybody who is ready, how long they wait, and the best mentors for all together."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.domain.match import Match
from app.errors import KnownError
from app.use_cases import matching, waiting
from app.use_cases.importing import Course
from app.use_cases.match_weights import weights_in_use
from app.use_cases.waiting import WaitingRow
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.matching import shipped_weights
from ui.pages.mentoring import OF_THE_PROGRAMME
from ui.pages.parts import ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.matching_words import point_words, score_words
from ui.view_models.waiting_words import proposal_words, summary_words, wait_words, without_words
from ui.widgets import (
    Card,
    Cell,
    Column,
    EmptyState,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled


class WaitingListPage(VaultPage):
    """Proposals only: somebody chooses each mentor, one after the other, and then the rest is worked out anew."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_PROGRAMME

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Waiting list"),
            self.tr("The best mentors for everybody together. You decide on each; nothing is chosen before."),
        )
        self.summary = SafeLabel("", TextRole.STATEMENT)
        self.table = ListTable(
            [
                Column(words=self.tr("Name"), share=220),
                Column(words=self.tr("Waits"), share=260),
                Column(words=self.tr("Proposed mentor"), share=260),
                Column(words=self.tr("Fits"), share=220),
            ],
            name=self.tr("Waiting list"),
            least_width=860,
        )
        self.nothing = EmptyState(
            self.tr("Nobody waits."), self.tr("Whoever is ready for a mentor and has none stands here.")
        )
        self.detail = Card("")
        self.choose_button = PrimaryButton(self.tr("Choose this mentor"))
        self.open_button = SecondaryButton(self.tr("Open"))
        self.stop_button = SecondaryButton(self.tr("Stop"))
        self.rows: tuple[WaitingRow, ...] = ()
        self._points: list[SafeLabel] = []
        self._current: WaitingRow | None = None
        self._course = Course()
        self._job: Job[Any] | None = None
        self.add(self.summary)
        self.add(self.nothing)
        self.add(self.table, fills=True)
        self.add(self.detail)
        self.set_actions(self.choose_button, self.open_button, self.stop_button)
        hidden: tuple[QWidget, ...] = (self.nothing, self.table, self.detail, self.choose_button, self.open_button)
        for each in hidden:
            each.hide()
        self.table.row_current.connect(self._on_row)
        self.table.row_opened.connect(self._on_row)
        self.choose_button.clicked.connect(self._on_choose)
        self.open_button.clicked.connect(self._on_open)
        self.stop_button.clicked.connect(self._on_stop)

    @override
    def load(self) -> None:
        """Work the whole list out anew."""
        context, self._course = self.context, Course()
        self.summary.set_words(self.tr("Looking for the best mentors for everybody together …"))
        self.stop_button.show()
        act: dict[str, Any] = {"actor": context.actor, "now": context.now, "course": self._course}

        def read() -> tuple[WaitingRow, ...]:
            weights = weights_in_use(context.vault, shipped=shipped_weights())
            return waiting.waiting_list(context.vault, **act, weights=weights)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what went wrong; that somebody stopped is no failure."""
        self.stop_button.hide()
        is_stopped = error.code == "import.stopped"
        self.summary.set_words(self.tr("Stopped. Open this page again to look anew.") if is_stopped else "")
        if not is_stopped:
            super().show_failure(error)

    def _on_read(self, rows: tuple[WaitingRow, ...]) -> None:
        before = self._current.person_id if self._current else None
        self.rows = rows
        self.stop_button.hide()
        self.summary.set_words(summary_words(rows))
        cells: dict[object, list[str | Cell]] = {row.person_id: self._cells(row) for row in rows}
        self.table.set_ids(list(cells), cells)
        self.table.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        current = next((row for row in rows if row.person_id == before), next(iter(rows), None))
        self._show_detail(current)
        if current is not None:
            self.table.set_current(current.person_id)

    def _cells(self, row: WaitingRow) -> list[str | Cell]:
        waits = Cell(
            words=wait_words(row),
            tone=Tone.ATTENTION if row.is_late else Tone.INK,
            shape=Shape.TRIANGLE if row.is_late else None,
        )
        fits = score_words(row.proposed) if row.proposed else ""
        return [Cell(words=row.name, strong=True), waits, proposal_words(row), fits]

    def _show_detail(self, row: WaitingRow | None) -> None:
        self._current = row
        for label in self._points:
            label.setParent(None)
            label.deleteLater()
        self._points = []
        for part in (self.detail, self.open_button):
            part.setVisible(row is not None)
        self.choose_button.setVisible(row is not None and row.proposed is not None)
        if row is None:
            return
        self.open_button.set_words(filled(self.tr("Open {name}"), name=row.called))
        if row.proposed is None:
            self.detail.set_words(row.name, self.tr("Stays without a mentor at present."))
            lines = without_words(row)
        else:
            self.choose_button.set_words(
                filled(self.tr("Choose {mentor} for {name}"), mentor=row.proposed.name, name=row.called)
            )
            self.detail.set_words(
                filled(self.tr("{mentor} for {name}"), mentor=row.proposed.name, name=row.name),
                score_words(row.proposed),
            )
            lines = [point_words(point) for point in row.proposed.scored.points]
        for line in lines:
            label = SafeLabel(line)
            self._points.append(label)
            self.detail.add(label)
            label.show()

    def _on_row(self, person: object) -> None:
        self._show_detail(next((row for row in self.rows if row.person_id == person), None))

    def _on_choose(self) -> None:
        row, context = self._current, self.context
        if row is None or row.proposed is None:
            return
        mentor: PersonId = row.proposed.mentor
        person = row.person_id

        def write() -> Match:
            weights = weights_in_use(context.vault, shipped=shipped_weights())
            return matching.suggest(
                context.vault, actor=context.actor, now=context.now, person_id=person, mentor=mentor, weights=weights
            )

        self.clear_failure()
        self.ask(write, self._on_written)

    def _on_written(self, _match: Match) -> None:
        announce(self, self.tr("Saved on this laptop."))
        self.context.changes.tell(OF_THE_PROGRAMME)
        self.load()

    def _on_open(self) -> None:
        if self._current is not None:
            self.context.navigate("matching", self._current.person_id)

    def _on_stop(self) -> None:
        self._course.stop()
