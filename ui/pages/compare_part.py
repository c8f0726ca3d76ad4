"""The proposed mentors beside each other, fact by fact."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.domain.codes import Criterion
from app.use_cases.matching import Suggestion
from ui.messages import label
from ui.pages.parts import ListTable
from ui.view_models.matching_words import point_words, score_words
from ui.widgets import Cell, Column, SecondaryButton, Surface
from ui.widgets.text import filled


class ComparePart(Surface):
    """One button; pressed, a table with a column for each mentor and a row for each of the ten facts."""

    def __init__(self, proposed: Sequence[Suggestion], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.button = SecondaryButton(self.tr("Compare them side by side"))
        columns = [Column(words=self.tr("Fact"), share=180)]
        columns += [Column(words=each.name, share=220) for each in proposed]
        self.table = ListTable(columns, name=self.tr("Mentors side by side"), least_width=180 + 180 * len(proposed))
        rows: dict[object, list[str | Cell]] = {
            "score": [Cell(words=self.tr("Together"), strong=True), *map(score_words, proposed)]
        }
        said = [{point.criterion: point for point in each.scored.points} for each in proposed]
        for criterion in Criterion:
            told = [points.get(criterion) for points in said]
            words = [
                filled(self.tr("{sentence} ({share} %)"), sentence=point_words(point), share=point.share)
                if point is not None
                else "–"
                for point in told
            ]
            rows[criterion] = [Cell(words=label("criterion", criterion), strong=True), *words]
        self.table.set_ids(list(rows), rows)
        self.table.setMinimumHeight(640)
        self.table.hide()
        self.add(self.button)
        self.add(self.table)
        self.button.clicked.connect(self._on_compare)

    def _on_compare(self) -> None:
        is_shown = self.table.isVisibleTo(self)
        self.table.setVisible(not is_shown)
        words = self.tr("Compare them side by side") if is_shown else self.tr("Put the comparison away")
        self.button.set_words(words)
