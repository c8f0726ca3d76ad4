"""How a programme goes by what people said: the score against its target, the lowest answers first, month by month."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import PulseSubject, RecordType
from app.domain.ids import PersonId
from app.use_cases import pulses
from app.use_cases.pulses import Quality
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import column_day, label
from ui.pages.parts import FactList, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.pulse_words import month_words, quality_words, score_words
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, SafeLabel, SecondaryButton, TextRole, Tone


class QualityPage(VaultPage):
    """Whoever is least well with their match stands first."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.PULSE_ANSWER})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.found: Quality | None = None
        self.set_heading(self.tr("How mentoring goes"), self.tr("What mentees and mentors said, the lowest first."))
        self.score = SafeLabel("", TextRole.STATEMENT)
        self.by_party = FactList()
        self.table = ListTable(
            [
                Column(words=self.tr("Name of the mentee"), share=240),
                Column(words=self.tr("Who answered"), share=160),
                Column(words=self.tr("Answer"), share=200),
                Column(words=self.tr("Day"), share=140),
            ],
            name=self.tr("Lowest answers"),
            least_width=620,
        )
        self.nothing = EmptyState(
            self.tr("No low answers."),
            self.tr("Answers of 3 and less stand here: ring whoever stands first."),
        )
        self.months = FactList()
        self._job: Job[Any] | None = None
        self.add(self.score)
        self.add(self.by_party)
        self.add_section(self.tr("Lowest first"))
        self.add(self.table)
        self.add(self.nothing)
        self.add_section(self.tr("Month by month"))
        self.add(self.months)
        self.no_months = SafeLabel(self.tr("The first month with an answer begins the row."), tone=Tone.SOFT)
        self.add(self.no_months)
        self.first_button = PrimaryButton(self.tr("Open the first"))
        self.back_button = SecondaryButton(self.tr("All mentees"))
        self.set_actions(self.first_button, self.back_button)
        self.first_button.hide()
        self.table.row_opened.connect(self._on_opened)
        self.first_button.clicked.connect(self._on_first)
        self.back_button.clicked.connect(self._on_back)

    @override
    def load(self) -> None:
        """Read the answers again."""
        context = self.context

        def read() -> Quality:
            return pulses.quality(context.vault, actor=context.actor)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, found: Quality) -> None:
        self.found = found
        self.score.set_words(quality_words(found))
        none = self.tr("no answer yet")
        facts = [
            (self.tr("Mentees"), none if found.mentees is None else str(found.mentees)),
            (self.tr("Mentors"), none if found.mentors is None else str(found.mentors)),
        ]
        self.by_party.show_facts(facts if found.both is not None else [])
        cells: dict[object, list[str | Cell]] = {}
        for each in found.low:
            # Of one match both may have answered low: each is a line.
            cells.setdefault(
                (each.person_id, each.about),
                [
                    Cell(words=each.name, strong=True),
                    label("pulse_subject", each.about),
                    self.tr("{words}, {score} of 5").format(words=score_words(each.score), score=each.score),
                    column_day(each.answered_on, self.context.on),
                ],
            )
        self.table.set_ids(list(cells), cells)
        self.table.setVisible(bool(cells))
        self.nothing.setVisible(not cells)
        self.first_button.setVisible(bool(cells))
        self.months.show_facts([(month_words(month), str(score)) for month, score in found.months.items()])
        self.no_months.setVisible(not found.months)

    def _on_first(self) -> None:
        if self.found is not None and self.found.low:
            self.context.navigate("matching", self.found.low[0].person_id)

    def _on_back(self) -> None:
        self.context.navigate("mentoring", None)

    def _on_opened(self, line: object) -> None:
        person, _about = cast(tuple[PersonId, PulseSubject], line)
        self.context.navigate("matching", person)
