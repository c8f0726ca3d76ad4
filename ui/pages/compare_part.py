"""The proposed mentors beside each other, fact by fact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import Criterion
from app.use_cases.matching import Suggestion
from ui.messages import label
from ui.pages.parts import ListTable
from ui.widgets import Cell, Column, SecondaryButton, Surface
from ui.widgets.text import filled

FRAME: Final = 8
"""Pixels of a table that are no rows."""


class _WholeTable(ListTable):
    """A table that shows every row: what is compared stands beside each other without scrolling inside the page."""

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for every row."""
        super().resizeEvent(event)
        self.setMinimumHeight(self.verticalHeader().defaultSectionSize() * (self.rows.rowCount() + 1) + FRAME)


class ComparePart(Surface):
    """One button; pressed, a table with a column for each mentor and a row for each of the ten facts."""

    def __init__(self, proposed: Sequence[Suggestion], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.button = SecondaryButton(self.tr("Compare them side by side"))
        columns = [Column(words=self.tr("Fact"), share=240)]
        columns += [Column(words=each.name, share=220) for each in proposed]
        self.table = _WholeTable(columns, name=self.tr("Mentors side by side"), least_width=180 + 180 * len(proposed))
        rows: dict[object, list[str | Cell]] = {
            "score": [Cell(words=self.tr("Together"), strong=True), *(self._total(each) for each in proposed)]
        }
        said = [{point.criterion: point for point in each.scored.points} for each in proposed]
        for criterion in Criterion:
            told = [points.get(criterion) for points in said]
            words = ["–" if point is None else filled(self.tr("{share} %"), share=point.share) for point in told]
            rows[criterion] = [Cell(words=label("criterion", criterion), strong=True), *words]
        self.table.set_ids(list(rows), rows)
        self.table.hide()
        self.add(self.button)
        self.add(self.table)
        self.button.clicked.connect(self._on_compare)

    def _total(self, suggestion: Suggestion) -> str:
        return filled(self.tr("{score} of 100"), score=suggestion.scored.score)

    def _on_compare(self) -> None:
        is_shown = self.table.isVisibleTo(self)
        self.table.setVisible(not is_shown)
        words = self.tr("Compare them side by side") if is_shown else self.tr("Put the comparison away")
        self.button.set_words(words)
