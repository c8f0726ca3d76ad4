"""Take a list of people in: a file, its columns, what would become of each row, and then all of it or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QWidget
from typing_extensions import override

import resources
from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.domain.sheets import MOST_BYTES, Heading, ListKind, Sheet, mapping_of
from app.errors import BadInputError, KnownError
from app.use_cases import importing
from app.use_cases.importing import Course, DryRun
from app.use_cases.importing_programme import row_reader, row_writer
from app.use_cases.workbooks import read_table
from ui.context import PageContext
from ui.pages.import_parts import ColumnsPart, RowsPart
from ui.pages.vault_page import VaultPage
from ui.view_models.registration import shipped_name_tables
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Manner,
    Option,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

LOOK_MS: Final = 200
"""How often the page looks how far the work is."""


def choose_table(parent: QWidget) -> str:
    """Let a person choose a spreadsheet in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent, "", "", "CSV, XLSX (*.csv *.tsv *.txt *.xlsx *.xlsm)")
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    sheet: Sheet
    mapping: dict[int, Heading]


class ImportPeoplePage(VaultPage):
    """From a file to people, in four steps on one page; nothing is written before the last."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.choose_table = choose_table
        self.set_heading(
            self.tr("Take a list in"),
            self.tr("A spreadsheet with one person in each row. Nothing is recorded before you have seen every row."),
        )
        self.help = SafeLabel(
            self.tr(
                "The first row holds the headings: First name, Last name, Known as, Email, Phone, Date of birth. "
                "A day is written 2026-11-30 or 30/11/2026. What a list says of consent is not consent: "
                "those people go on your list to ask again."
            ),
            TextRole.BODY,
        )
        self.kind = ChoiceGroup(
            self.tr("Who is on the list?"),
            [
                Option(key=ListKind.PEOPLE, words=self.tr("People")),
                Option(
                    key=ListKind.MENTORS,
                    words=self.tr("Mentors"),
                    hint=self.tr("Also: role, injury, topics, languages, times, training, DBS check, status."),
                ),
                Option(
                    key=ListKind.MENTEES,
                    words=self.tr("People who want a mentor"),
                    hint=self.tr("Also: wanted role, injury, topics, goals."),
                ),
            ],
        )
        self.kind.set_value(ListKind.PEOPLE)
        self.choose_button = PrimaryButton(self.tr("Choose a file"))
        self.check_button = PrimaryButton(self.tr("Check the rows"))
        self.take_button = PrimaryButton(self.tr("Take people in"))
        self.stop_button = SecondaryButton(self.tr("Stop"))
        self.again_button = SecondaryButton(self.tr("Choose another file"))
        self.undo_button = SecondaryButton(self.tr("Undo: take them out again"))
        self.people_button = PrimaryButton(self.tr("Go to people"))
        self._buttons = (
            *(self.choose_button, self.check_button, self.take_button, self.people_button),
            *(self.again_button, self.stop_button, self.undo_button),
        )
        self.columns_part, self.rows_part = ColumnsPart(), RowsPart()
        self.progress = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.outcome = Banner("", manner=Manner.DONE)
        self._sheet: Sheet | None = None
        self._run: DryRun | None = None
        self._course: Course | None = None
        self._batch: tuple[PersonId, ...] = ()
        self._doing = ""
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._build()

    @override
    def load(self) -> None:
        """Begin anew: a list that was not taken in is not kept, since it is somebody's file."""
        self._begin()

    def _build(self) -> None:
        for part in (self.outcome, self.help, self.kind, self.columns_part, self.rows_part, self.progress):
            self.add(part)
        self.set_actions(*self._buttons)
        self.choose_button.clicked.connect(self._on_choose)
        self.again_button.clicked.connect(self._on_choose)
        self.check_button.clicked.connect(self._on_check)
        self.take_button.clicked.connect(self._on_take)
        self.stop_button.clicked.connect(self._on_stop)
        self.undo_button.clicked.connect(self._on_undo)
        self.people_button.clicked.connect(self._on_people)
        self._timer.timeout.connect(self._on_look)

    def _begin(self) -> None:
        if self._course is not None:
            return
        self._sheet, self._run, self._batch = None, None, ()
        self.outcome.hide()
        self._show(self.help, self.kind, self.choose_button)

    def _show(self, *parts: QWidget) -> None:
        """Show the parts of one step, and none of the others'."""
        every = (
            *(self.help, self.kind, self.columns_part, self.rows_part, self.progress),
            *self._buttons,
        )
        for part in every:
            part.setVisible(part in parts)

    def _on_choose(self) -> None:
        self.clear_failure()
        chosen = self.choose_table(self)
        if not chosen:
            return
        vault, kind = self.context.vault, self._kind

        def read() -> _Read:
            sheet = read_table(_content(Path(chosen)))
            return _Read(sheet=sheet, mapping=mapping_of(sheet.headings, importing.remembered_headings(vault), kind))

        self.ask(read, self._on_read)

    def _on_read(self, read: _Read) -> None:
        self._sheet = read.sheet
        self.columns_part.show_columns(read.sheet, read.mapping, self._kind)
        self._show(self.columns_part, self.check_button, self.again_button)
        announce(self, filled(self.tr("Rows in this file: {count}."), count=len(read.sheet.lines)))

    def _on_check(self) -> None:
        self.clear_failure()
        mapping, sheet, context = self.columns_part.mapping(), self._sheet, self.context
        twice = self.columns_part.twice()
        self.show_errors(twice)
        for words, field in twice:
            field.set_error(words)
        if twice or sheet is None:
            return
        course = self._start(self.tr("Checking the rows"))
        read_row = row_reader(self._kind, resources.code_words()) if self._kind is not ListKind.PEOPLE else None

        def look() -> DryRun:
            return importing.look_at(
                context.vault,
                actor=context.actor,
                now=context.now,
                sheet=sheet,
                mapping=mapping,
                names=shipped_name_tables(),
                course=course,
                read_row=read_row,
            )

        self.ask(look, self._on_checked)

    def _on_checked(self, run: DryRun) -> None:
        self._end()
        self._run = run
        self.rows_part.show_run(run)
        self.take_button.set_words(filled(self.tr("Take {count} new people in"), count=len(run.new)))
        self._show(self.rows_part, self.again_button, *((self.take_button,) if run.new else ()))
        announce(self, self.rows_part.count.words)

    def _on_take(self) -> None:
        self.clear_failure()
        run, context = self._run, self.context
        if run is None:
            return
        write_row = row_writer(self._kind) if self._kind is not ListKind.PEOPLE else None
        course, remember = self._start(self.tr("Taking people in")), self._remembered()

        def take() -> tuple[PersonId, ...]:
            return importing.take_in(
                context.vault,
                actor=context.actor,
                now=context.now,
                people=run.new,
                remember=remember,
                course=course,
                write_row=write_row,
            )

        self.ask(take, self._on_taken)

    @property
    def _kind(self) -> ListKind:
        return ListKind(self.kind.value or ListKind.PEOPLE)

    def _remembered(self) -> dict[str, str]:
        headings = self._sheet.headings if self._sheet else ()
        return {headings[at].casefold(): heading.value for at, heading in self.columns_part.mapping().items()}

    def _on_taken(self, batch: tuple[PersonId, ...]) -> None:
        self._end()
        self._batch, self._sheet, self._run = batch, None, None
        self._say(filled(self.tr("Recorded on this laptop. People taken in: {count}."), count=len(batch)))
        self._show(self.undo_button, self.people_button)
        self._tell()

    def _on_undo(self) -> None:
        self.clear_failure()
        context, batch = self.context, self._batch

        def undo() -> int:
            return importing.undo(context.vault, actor=context.actor, now=context.now, people=batch)

        self.ask(undo, self._on_undone)

    def _on_undone(self, count: int) -> None:
        kept = len(self._batch) - count
        self._batch = ()
        words = filled(self.tr("Taken out again: {count}."), count=count)
        if kept:
            more = self.tr("Stayed, because more was recorded about them meanwhile: {kept}.")
            words = f"{words} {filled(more, kept=kept)}"
        self._say(words)
        self._show(self.choose_button)
        self._tell()

    def _on_people(self) -> None:
        self.context.navigate("people", None)

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what went wrong, and go back to the step it went wrong in."""
        if self._course is not None:
            self._end()
            step = (self.rows_part, self.take_button) if self._run else (self.columns_part, self.check_button)
            self._show(*step, self.again_button)
        super().show_failure(error)

    def _start(self, words: str) -> Course:
        self._course = Course()
        self._doing = words
        self.outcome.hide()
        self._show(self.progress, self.stop_button)
        self._on_look()
        self._timer.start()
        return self._course

    def _end(self) -> None:
        self._timer.stop()
        self._course = None

    def _on_look(self) -> None:
        if self._course is not None:
            words = self.tr("{doing}: {done} of {total}.")
            self.progress.set_words(
                filled(words, doing=self._doing, done=self._course.done, total=self._course.total or "…")
            )

    def _on_stop(self) -> None:
        if self._course is not None:
            self._course.stop()

    def _say(self, words: str) -> None:
        self.outcome.set_words(words)
        self.outcome.show()
        announce(self, words)

    def _tell(self) -> None:
        self.context.changes.tell(
            {
                *(RecordType.PERSON, RecordType.CONTACT_POINT, RecordType.TASK),
                *(RecordType.MENTOR_PROFILE, RecordType.MENTEE_PROFILE, RecordType.GOAL),
            }
        )
        self.context.sync_now()


def _content(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            # One byte more than is allowed is enough to refuse.
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadInputError.at("import", "file", "unreadable") from error
