"""The list of people: search as you type, filters as buttons, one line a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, cast

from PySide6.QtWidgets import QWidget

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.storage.lists import PeopleFilter
from app.storage.vault import Vault
from app.use_cases import exporting, importing, people
from app.use_cases.exporting import FileKind
from app.use_cases.people import ListRow
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.paper import Paper, Saved, save, saved_words
from ui.view_models.people_list import count_words, filters, nobody_words, person_line
from ui.widgets import (
    Announcer,
    Banner,
    Cell,
    Column,
    EmptyState,
    Manner,
    PrimaryButton,
    SafeLabel,
    SearchBox,
    SecondaryButton,
    Shape,
    Tabs,
    TextRole,
    Tone,
)

# What a tall window shows at once; the rest comes as it is scrolled to.
FIRST_ROWS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """A filter's whole list, kept until something changes: emptying the box shows it again.

    Its 100 000 row numbers take 25 ms to read, more than a key press may (16 ms).
    """

    rids: tuple[int, ...]
    shown: PeopleFilter
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A list as it was read, with its first rows; `whole` when nothing was looked for."""

    rids: tuple[int, ...]
    more: bool
    rows: tuple[ListRow, ...]
    shown: PeopleFilter
    typed: str
    whole: _Whole | None


class PeoplePage(VaultPage):
    """Everybody this laptop holds, by name."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {RecordType.PERSON, RecordType.STAY, RecordType.TASK, RecordType.REFERRAL, RecordType.CONTACT_POINT}
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("People"), self.tr("Everyone you help, where they are and what comes next."))
        self.search = SearchBox(self.tr("Find by name, ward or phone"))
        self.filters = Tabs(filters())
        self.count = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.table = ListTable(self._columns(), name=self.tr("People"), fetch=self._fetch, least_width=860)
        self.register_button = PrimaryButton(self.tr("Register a person"))
        self.import_button = SecondaryButton(self.tr("Take a list in"))
        self.export_button = SecondaryButton(self.tr("Save this list as a file"))
        self.outcome = Banner("", manner=Manner.DONE)
        self.paper = paper or Paper()
        self._announcer = Announcer(self)
        self._nobody = EmptyState("")
        self.list = ListOrNothing(self.table, self._nobody)
        self._job: Job[Any] | None = None
        self._people: dict[int, PersonId] = {}
        self._whole: _Whole | None = None
        self._build()

    @property
    def shown(self) -> PeopleFilter:
        """Which filter is pressed."""
        return PeopleFilter(self.filters.current)

    def load(self) -> None:
        """Read the list again, keeping search, filter and row."""
        self._whole = None
        self._read()

    def _build(self) -> None:
        for part in (self.outcome, self.search, self.filters, self.count):
            self.add(part)
        self.add(self.list, fills=True)
        self.outcome.hide()
        self.set_actions(self.register_button, self.import_button, self.export_button)
        self.export_button.setVisible(exporting.is_permitted(self.context.actor))
        self.export_button.clicked.connect(self._on_export)
        self.import_button.setVisible(importing.is_permitted(self.context.actor))
        self.import_button.clicked.connect(self._on_import)
        self.search.asked.connect(self._on_asked)
        self.search.left_for_results.connect(self._on_left_for_results)
        self.filters.chosen.connect(self._on_filter)
        self.table.row_opened.connect(self._on_opened)
        self.register_button.clicked.connect(self._on_register)

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it; a wider window gives all of them more.
        return [
            Column(words=self.tr("Name"), share=192),
            Column(words=self.tr("Where"), share=276),
            Column(words=self.tr("Stay"), share=122),
            Column(words=self.tr("Next"), share=176),
            Column(words=self.tr("Sent"), share=200),
        ]

    def _read(self) -> None:
        vault, shown, on, typed = self.context.vault, self.shown, self.context.on, self.search.text.strip()
        whole = self._whole if self._whole is not None and (self._whole.shown, self._whole.on) == (shown, on) else None

        def read() -> _Shown:
            return _read_list(vault, shown=shown, on=on, typed=typed, whole=whole)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, read: _Shown) -> None:
        self._people = {row.rid: row.person_id for row in read.rows}
        self._whole = read.whole or self._whole
        self.table.set_ids(read.rids, self._cells(read.rows))
        words = count_words(len(read.rids), more=read.more, typed=read.typed)
        self.count.set_words(words)
        is_empty = not read.rids
        statement, next_step = nobody_words(read.shown, read.typed)
        self._nobody.statement.set_words(statement)
        self._nobody.next_step.set_words(next_step)
        self._nobody.next_step.setVisible(bool(next_step))
        self.list.show_rows(are_there=not is_empty)
        self.count.setVisible(not is_empty)
        if read.typed:
            self._announcer.announce(statement if is_empty else words)

    def _fetch(self, ids: Sequence[object]) -> None:
        vault, rids = self.context.vault, [cast(int, rid) for rid in ids]
        self.ask(lambda: people.people_rows(vault, rids=rids), self._on_rows)

    def _on_rows(self, rows: tuple[ListRow, ...]) -> None:
        self._people |= {row.rid: row.person_id for row in rows}
        self.table.set_rows(self._cells(rows))

    def _cells(self, rows: Sequence[ListRow]) -> Mapping[object, list[str | Cell]]:
        on = self.context.on
        return {row.rid: _cells_of(row, on) for row in rows}

    def _on_asked(self, _typed: str) -> None:
        self._read()

    def _on_filter(self, _key: str) -> None:
        self._read()

    def _on_left_for_results(self) -> None:
        if self.table.isVisible() and self.table.rows.rowCount():
            if self.table.current_id is None:
                self.table.set_current(self.table.rows.id_at(0))
            self.table.setFocus()

    def _on_opened(self, rid: object) -> None:
        person = self._people.get(cast(int, rid))
        if person is not None:
            self.context.navigate("person", person)

    def _on_export(self) -> None:
        self.clear_failure()
        place = self.paper.place(self, "people.xlsx")
        if place is None:
            return
        context, shown = self.context, self.shown
        kind = FileKind.CSV if place.suffix.lower() == ".csv" else FileKind.XLSX

        def write() -> Saved:
            made = exporting.people_table(context.vault, actor=context.actor, now=context.now, shown=shown, kind=kind)
            return save(place, made)

        self.ask(write, self._on_exported)

    def _on_exported(self, saved: Saved) -> None:
        self.outcome.set_manner(Manner.DONE if saved is Saved.DONE else Manner.STOP)
        self.outcome.set_words(saved_words(saved))
        self.outcome.show()
        self._announcer.announce(saved_words(saved))

    def _on_import(self) -> None:
        self.context.navigate("import_people", None)

    def _on_register(self) -> None:
        self.context.navigate("register_person", None)


def _read_list(vault: Vault, *, shown: PeopleFilter, on: date, typed: str, whole: _Whole | None) -> _Shown:
    if typed:
        found = people.find(vault, typed=typed)
        rids, more, read = found.rids, found.more, None
    else:
        read = whole or _Whole(rids=people.people_ids(vault, shown=shown, on=on), shown=shown, on=on)
        rids, more = read.rids, False
    rows = people.people_rows(vault, rids=rids[:FIRST_ROWS])
    return _Shown(rids=rids, more=more, rows=rows, shown=shown, typed=typed, whole=read)


def _cells_of(row: ListRow, on: date) -> list[str | Cell]:
    line = person_line(row, on)
    next_thing = Cell(words=line.next_thing, tone=Tone.ATTENTION, shape=Shape.CLOCK) if line.is_due else line.next_thing
    standing = Cell(
        words=line.standing,
        tone=Tone.SOFT if line.is_received else Tone.INK,
        shape=Shape.TICK if line.is_received else Shape.DOT,
    )
    return [Cell(words=line.name, strong=True), line.where, line.leaves, next_thing, standing]
