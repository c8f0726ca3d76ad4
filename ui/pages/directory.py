"""The directory: what the charities offer, for a need or all of it, side by side on request; files in and out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, cast

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.access import Action, permitted
from app.domain.codes import Need, RecordType
from app.domain.hsds import Profile
from app.errors import BadInputError
from app.use_cases import services
from app.use_cases.services import Listed, ServiceRow
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.paper import Paper, Saved, save, saved_words
from ui.view_models.service_words import (
    becomes_words,
    checked_words,
    need_choices,
    needs_words,
    places_words,
    status_words,
    wait_words,
    who_words,
)
from ui.widgets import (
    Banner,
    Card,
    Cell,
    Column,
    EmptyState,
    FlowRow,
    Manner,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Shape,
    Tone,
    announce,
    clear,
)
from ui.widgets.text import filled

MOST_COMPARED: Final = 4
"""More columns than this say nothing side by side."""


def choose_listing(parent: QWidget) -> str:
    """Let a person choose a file of listings in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent, "", "", "JSON (*.json)")
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    listed: tuple[Listed, ...]


class DirectoryPage(VaultPage):
    """Every service, its wait and its last check."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.SERVICE, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.paper = paper or Paper()
        self.choose_listing = choose_listing
        self.set_heading(self.tr("Directory"), self.tr("What the charities offer, for whom, and how long it takes."))
        self.need = SelectField(self.tr("For this need"), need_choices())
        self.need.box.setItemText(0, self.tr("Everything"))
        self.table = ListTable(self._columns(), name=self.tr("Services"), least_width=860)
        self.nothing = EmptyState(
            self.tr("No charity here offers that."),
            self.tr("Choose another need, or none to see everything. The directory comes with the next exchange."),
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.open_button = PrimaryButton(self.tr("Open the first"))
        self.compare_button = SecondaryButton(self.tr("Compare side by side"))
        self.import_button = QuietButton(self.tr("Read a file of listings"))
        self.export_button = QuietButton(self.tr("Save as Open Referral UK"))
        self.agreements_button = QuietButton(self.tr("Agreements"))
        self.board_button = QuietButton(self.tr("Noticeboard"))
        self.outcome = Banner("", manner=Manner.DONE)
        self.preview = Card(self.tr("What the file would change"))
        self._inside = QVBoxLayout()
        self.take_button: PrimaryButton | None = None
        self._rows: tuple[ServiceRow, ...] = ()
        self._listed: tuple[Listed, ...] = ()
        self._job: Job[Any] | None = None
        self._build()

    @property
    def shown(self) -> tuple[ServiceRow, ...]:
        """The services for the need that is chosen, or all of them."""
        need = self.need.value
        return tuple(row for row in self._rows if need is None or Need(need) in row.needs)

    @override
    def load(self) -> None:
        """Read the directory again."""
        context = self.context

        def read() -> tuple[ServiceRow, ...]:
            return services.services(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self._inside.setSpacing(8)
        self.preview.add(self._inside)
        for part in (self.need, self.outcome, self.preview):
            self.add(part)
        self.add(self.list, fills=True)
        self.add(FlowRow(self.agreements_button, self.board_button, self.import_button, self.export_button, gap=12))
        self.set_actions(self.open_button, self.compare_button)
        for part in (self.outcome, self.preview):
            part.hide()
        may_edit = permitted(self.context.actor.roles, Action.EDIT_SERVICES) is not None
        self.import_button.setVisible(may_edit)
        may_read = permitted(self.context.actor.roles, Action.READ_AGREEMENTS) is not None
        self.agreements_button.setVisible(may_read)
        self.need.box.currentIndexChanged.connect(self._on_need)
        self.table.row_opened.connect(self._on_opened)
        self.open_button.clicked.connect(self._on_first)
        self.compare_button.clicked.connect(self._on_compare)
        self.agreements_button.clicked.connect(self._on_agreements)
        self.board_button.clicked.connect(self._on_board)
        self.import_button.clicked.connect(self._on_import)
        self.export_button.clicked.connect(self._on_export)

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("Service"), share=290),
            Column(words=self.tr("Charity"), share=170),
            Column(words=self.tr("For"), share=240),
            Column(words=self.tr("Wait"), share=130),
            Column(words=self.tr("Now"), share=136),
        ]

    def _on_read(self, rows: tuple[ServiceRow, ...]) -> None:
        self._rows = rows
        self._show()

    def _show(self) -> None:
        on, shown = self.context.on, self.shown
        rows: dict[object, list[str | Cell]] = {
            at: [
                Cell(words=row.name, strong=True),
                row.org_name,
                needs_words(row),
                wait_words(row),
                Cell(
                    words=self.tr("Check first") if row.is_stale else status_words(row, on),
                    tone=Tone.ATTENTION if row.is_stale or status_words(row, on) != self.tr("Open") else Tone.DONE,
                    shape=Shape.TRIANGLE if row.is_stale else None,
                ),
            ]
            for at, row in enumerate(shown)
        }
        self.table.set_ids(list(rows), rows)
        self.list.show_rows(are_there=bool(shown))
        self.open_button.setVisible(bool(shown))
        self.compare_button.setVisible(len(shown) > 1)

    def _on_need(self, _at: int) -> None:
        self._show()

    def _on_first(self) -> None:
        self._open(0)

    def _on_opened(self, at: object) -> None:
        self._open(cast(int, at))

    def _open(self, at: int) -> None:
        self.context.navigate("service", self.shown[at].service_id)

    def _on_agreements(self) -> None:
        self.context.navigate("agreements", None)

    def _on_board(self) -> None:
        self.context.navigate("noticeboard", None)

    def _on_compare(self) -> None:
        """Show the first few side by side, fact by fact, in place of the list; pressed again, the list."""
        if not self.preview.isHidden():
            self._on_leave()
            return
        on, rows = self.context.on, self.shown[:MOST_COMPARED]
        clear(self._inside)
        self.preview.set_words(self.tr("Side by side"))
        table = ListTable(
            [Column(words="", share=110), *(Column(words=row.name, share=200) for row in rows)],
            name=self.tr("Services side by side"),
            least_width=860,
        )
        facts = [
            (self.tr("Charity"), [row.org_name for row in rows]),
            (self.tr("For"), [needs_words(row) for row in rows]),
            (self.tr("For whom"), [who_words(row) for row in rows]),
            (self.tr("Now"), [status_words(row, on) for row in rows]),
            (self.tr("Wait"), [wait_words(row) for row in rows]),
            (self.tr("Places"), [places_words(row) for row in rows]),
            (self.tr("Checked"), [checked_words(row, on) for row in rows]),
        ]
        lines: dict[object, list[str | Cell]] = {
            at: [Cell(words=name, tone=Tone.SOFT), *words] for at, (name, words) in enumerate(facts)
        }
        table.setMinimumHeight(360)
        table.set_ids(list(lines), lines)
        self._inside.addWidget(table)
        back = SecondaryButton(self.tr("Back to the list"))
        back.clicked.connect(self._on_leave)
        self._inside.addWidget(FlowRow(back, gap=12))
        self.preview.show()
        table.setFocus()

    def _on_import(self) -> None:
        self.clear_failure()
        chosen = self.choose_listing(self)
        if not chosen:
            return
        context = self.context

        def read() -> _Taken:
            try:
                content = Path(chosen).read_bytes()
            except OSError as error:
                raise BadInputError.at("directory", "file", "unreadable") from error
            return _Taken(listed=_preview(context, content))

        self.ask(read, self._on_preview)

    def _on_preview(self, taken: _Taken) -> None:
        self._listed = taken.listed
        clear(self._inside)
        self.preview.set_words(self.tr("What the file would change"))
        for each in taken.listed:
            words = filled(self.tr("{name}: {becomes}."), name=each.read.fields["name"], becomes=becomes_words(each))
            self._inside.addWidget(SafeLabel(words))
        count = sum(each.becomes in ("new", "changed") for each in taken.listed)
        take, leave = PrimaryButton(self.tr("Take these in")), SecondaryButton(self.tr("Leave them"))
        take.clicked.connect(self._on_take)
        leave.clicked.connect(self._on_leave)
        take.setVisible(bool(count))
        self.take_button = take
        self._inside.addWidget(FlowRow(take, leave, gap=12))
        self.preview.show()
        announce(self, filled(self.tr("Listings that would change: {count}."), count=count))

    def _on_take(self) -> None:
        context, listed = self.context, self._listed

        def take() -> int:
            return services.take_in(context.vault, actor=context.actor, now=context.now, listed=listed)

        self.ask(take, self._on_taken)

    def _on_taken(self, count: int) -> None:
        self._on_leave()
        self._say(filled(self.tr("Recorded on this laptop. Listings taken in: {count}."), count=count), Manner.DONE)
        self.context.changes.tell({RecordType.SERVICE})
        self.context.sync_now()

    def _on_leave(self) -> None:
        self._listed = ()
        self.preview.hide()

    def _on_export(self) -> None:
        place = self.paper.place(self, "directory.json")
        if place is None:
            return
        context = self.context

        def write() -> Saved:
            made = services.export_listings(
                context.vault, actor=context.actor, now=context.now, profile=Profile.OPEN_REFERRAL_UK
            )
            return save(place, made)

        self.ask(write, self._on_exported)

    def _on_exported(self, saved: Saved) -> None:
        self._say(saved_words(saved), Manner.DONE if saved is Saved.DONE else Manner.STOP)

    def _say(self, words: str, manner: Manner) -> None:
        self.outcome.set_manner(manner)
        self.outcome.set_words(words)
        self.outcome.show()
        announce(self, words)


def _preview(context: PageContext, content: bytes) -> tuple[Listed, ...]:
    return services.preview_listings(context.vault, actor=context.actor, now=context.now, content=content)
