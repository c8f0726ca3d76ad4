"""A sheet on the page: how it reads, how it may be set and in which language, and the ways to hand it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import KnownError
from app.printing.sheet import Block, Layout, Sheet
from app.printing.typeset import Typesetter
from ui.context import PageContext
from ui.paper import Paper, Saved, print_pages, save, saved_words
from ui.view_models.print_words import ENGLISH, languages, words_in
from ui.widgets import (
    Banner,
    ChoiceGroup,
    FlowRow,
    Manner,
    Option,
    SafeLabel,
    SecondaryButton,
    Shape,
    Surface,
    TextRole,
    announce,
    clear,
)

MakeSheet = Callable[[Layout, str], Sheet]
"""Makes the sheet for a layout and a language."""

_LARGE: Final = frozenset({Layout.LARGE_PRINT, Layout.EASY_READ})


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A sheet that is shown and may be printed or saved.

    Attributes:
        make: makes it.
        file_name: of the file, without its ending; says nothing about anybody.
        language: in which it is shown at first.
    """

    make: MakeSheet
    file_name: str
    language: str = ENGLISH


@dataclass(slots=True)
class _Printing:
    """A print under way: the printer waits for its pages."""

    printer: QPrinter
    pages: list[bytes] = field(default_factory=list)


class SheetPart(QWidget):
    """One sheet, with the choice of how it is set, and its ways onto paper.

    Signals:
        printed: The pages went to the printer.
        failed: A `KnownError` for the page to say.
    """

    printed = Signal()
    failed = Signal(object)

    def __init__(
        self, context: PageContext, heading: str, paper: Paper | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.context = context
        self.paper = paper or Paper()
        self.heading = SafeLabel(heading, TextRole.SECTION)
        self.form = ChoiceGroup(self.tr("How should it be written?"), self._forms(), in_a_row=True)
        self.form.set_value(Layout.STANDARD)
        self.language = ChoiceGroup(
            self.tr("In which language?"),
            [Option(key=words.language, words=words.name) for words in languages()],
            in_a_row=True,
        )
        self.sheet = Surface(gap=4)
        self.print_button = SecondaryButton(self.tr("Print"), shape=Shape.PRINT)
        self.save_button = SecondaryButton(self.tr("Save as PDF"))
        self.outcome = Banner("", manner=Manner.DONE)
        self._offered: Offered | None = None
        self._setter = Typesetter()
        self._build()

    @property
    def text(self) -> str:
        """The sheet as it would be printed."""
        return self.shown.text

    @property
    def chosen(self) -> Layout:
        """The layout that is chosen."""
        return Layout(self.form.value or Layout.STANDARD)

    @property
    def shown(self) -> Sheet:
        """The sheet that is shown."""
        return self.offered.make(self.chosen, self.language.value or self.offered.language)

    @property
    def offered(self) -> Offered:
        """What is shown here."""
        assert self._offered is not None, "a sheet is used after it was shown"
        return self._offered

    def offer(self, offered: Offered) -> None:
        """Show a sheet."""
        self._offered = offered
        self.language.set_value(words_in(offered.language).language)
        self.outcome.hide()
        self._show_sheet()

    def ways(self) -> list[QWidget]:
        """Return the buttons under the sheet."""
        return [self.print_button, self.save_button]

    def say(self, words: str, manner: Manner = Manner.DONE) -> None:
        """Say what became of it, under the buttons and to a screen reader."""
        self.outcome.set_manner(manner)
        self.outcome.set_words(words)
        self.outcome.show()
        announce(self, words)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        ways = FlowRow(*self.ways(), gap=12)
        for part in (self.heading, self.form, self.language, self.sheet, ways, self.outcome):
            column.addWidget(part)
        self.outcome.hide()
        self.form.chosen.connect(self._on_choice)
        self.language.chosen.connect(self._on_choice)
        self.print_button.clicked.connect(self._on_print)
        self.save_button.clicked.connect(self._on_save)

    def _forms(self) -> list[Option]:
        return [
            Option(key=Layout.STANDARD, words=self.tr("Usual print")),
            Option(key=Layout.LARGE_PRINT, words=self.tr("Large print")),
            Option(key=Layout.EASY_READ, words=self.tr("Easy Read"), hint=self.tr("Short lines, with pictures")),
            Option(key=Layout.DISCREET, words=self.tr("Discreet"), hint=self.tr("No charity’s name, no health words")),
        ]

    def _show_sheet(self) -> None:
        clear(self.sheet.column)
        shown = self.shown
        large = shown.layout in _LARGE
        self.sheet.add(SafeLabel(shown.title, TextRole.NAME if large else TextRole.SECTION))
        for block in shown.blocks:
            self._show_block(block, shown.layout)

    def _show_block(self, block: Block, layout: Layout) -> None:
        if not block.items:
            return
        large = layout in _LARGE
        if block.heading:
            heading = SafeLabel(block.heading, TextRole.STATEMENT if large else TextRole.LABEL)
            heading.setContentsMargins(0, 10, 0, 0)
            self.sheet.add(heading)
        each_alone = layout is Layout.EASY_READ
        lines = [line for item in block.items for line in item] if each_alone else block.lines
        for line in lines:
            self.sheet.add(SafeLabel(line, TextRole.READING if large else TextRole.BODY))

    def _on_choice(self, _key: str) -> None:
        self._show_sheet()

    def _on_print(self) -> None:
        printer = self.paper.printer(self)
        if printer is None:
            return
        sheet, setter = self.shown, self._setter

        def set_pages() -> _Printing:
            return _Printing(printer, setter.pages(sheet))

        self.context.jobs.run(set_pages, self._on_pages, self._on_failed)

    def _on_pages(self, printing: _Printing) -> None:
        print_pages(printing.printer, printing.pages)
        self.printed.emit()

    def _on_save(self) -> None:
        self.save_as(f"{self.offered.file_name}.pdf", lambda: self._setter.pdf(self.shown))

    def save_as(self, name: str, make: Callable[[], bytes]) -> None:
        """Ask where a file goes, then make and write it off this thread."""
        place = self.paper.place(self, name)
        if place is not None:
            self.context.jobs.run(lambda: save(place, make()), self._on_saved, self._on_failed)

    def _on_saved(self, saved: Saved) -> None:
        self.say(saved_words(saved), Manner.DONE if saved is Saved.DONE else Manner.STOP)

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
