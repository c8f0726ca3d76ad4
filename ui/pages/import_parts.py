"""Two steps of taking a list in: what each column holds, and what would become of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.sheets import Heading, ListKind, Sheet
from app.use_cases.importing import DryRun
from ui.pages.parts import ListTable
from ui.view_models.import_words import count_words, heading_choices, rows_of
from ui.widgets import Cell, Column, SafeLabel, SelectField, TextRole, clear
from ui.widgets.text import filled

SAMPLES: Final = 3
"""Values of a column that show what it holds."""

LONGEST_SAMPLE: Final = 40


class ColumnsPart(QWidget):
    """One choice for each column of the file, with the first values that stand in it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[int, SelectField] = {}
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(16)

    def show_columns(self, sheet: Sheet, mapping: Mapping[int, Heading], kind: ListKind = ListKind.PEOPLE) -> None:
        """Show the columns of a file, with what each is read as."""
        clear(self._inside)
        self.fields = {}
        rows = filled(self.tr("Rows in this file: {count}. What is in each column?"), count=len(sheet.lines))
        self._inside.addWidget(SafeLabel(rows, TextRole.SECTION))
        for at, words in enumerate(sheet.headings):
            samples = [line.cells[at][:LONGEST_SAMPLE] for line in sheet.lines[:SAMPLES] if at < len(line.cells)]
            name = words or filled(self.tr("Column {number}"), number=at + 1)
            field = SelectField(name, heading_choices(kind), hint=" · ".join(each for each in samples if each))
            field.box.setItemText(0, self.tr("Not taken in"))
            field.set_value(mapping.get(at))
            self.fields[at] = field
            self._inside.addWidget(field)

    def mapping(self) -> dict[int, Heading]:
        """Return what each column is read as, by its place; two may be read as the same."""
        return {at: Heading(field.value) for at, field in self.fields.items() if field.value}

    def twice(self) -> list[tuple[str, SelectField]]:
        """Return words and field of each column that is read as an earlier one is."""
        words = self.tr("Another column is read as this already. Choose one of the two.")
        values = list(self.mapping().items())
        earlier = [heading for _, heading in values]
        return [(words, self.fields[at]) for place, (at, heading) in enumerate(values) if heading in earlier[:place]]


class RowsPart(QWidget):
    """How many rows would become what, every row with its reason, and the whole of the row one is on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count = SafeLabel("", TextRole.SECTION)
        self.table = ListTable(self._columns(), name=self.tr("Rows of the file"), least_width=860)
        self.whole = SafeLabel("", TextRole.BODY)
        self._said: dict[object, str] = {}
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(12)
        self.table.setMinimumHeight(320)
        for part in (self.count, self.table, self.whole):
            inside.addWidget(part)
        self.table.row_current.connect(self._on_row)
        self.table.row_opened.connect(self._on_row)

    def show_run(self, run: DryRun) -> None:
        """Show what would become of each row."""
        self.count.set_words(count_words(run))
        rows: dict[object, list[str | Cell]] = {}
        self._said = {}
        for number, name, becomes, why in rows_of(run):
            rows[number] = [str(number), Cell(words=name, strong=True), becomes, why]
            self._said[number] = filled(self.tr("Row {number}: {name}. {why}"), number=number, name=name, why=why)
        self.whole.set_words("")
        self.table.set_ids(list(rows), rows)

    def _columns(self) -> list[Column]:
        return [
            Column(words=self.tr("Row"), share=70),
            Column(words=self.tr("Name"), share=220),
            Column(words=self.tr("What happens"), share=160),
            Column(words=self.tr("Why"), share=500),
        ]

    def _on_row(self, number: object) -> None:
        """Say the whole of a row below the table, where nothing is cut."""
        self.whole.set_words(self._said.get(number, ""))
