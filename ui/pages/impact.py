"""Impact: what became of the people the charity met, and how mentoring goes; to look at, and to take away."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.impact import EVERYBODY
from app.domain.impact_tables import Figure, Table
from app.domain.periods import Period, whole_months_of
from app.domain.told_figures import Whose
from app.errors import KnownError
from app.printing.typeset import Typesetter
from app.use_cases import impact
from app.use_cases.impact import Impact
from app.use_cases.impact_words import FigureWords, report_csv, report_sheet
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.impact_parts import FigurePart, KeyFigures
from ui.pages.vault_page import VaultPage
from ui.paper import Paper, Saved, save, saved_words
from ui.view_models.impact_words import (
    FIGURES_OF,
    LAPTOP,
    Part,
    counted_choices,
    key_numbers,
    parts,
    period_words,
    periods,
)
from ui.widgets import (
    Announcer,
    Banner,
    EmptyState,
    FlowRow,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Tabs,
    TextRole,
    Tone,
)
from ui.widgets.layouts import BETWEEN_GROUPS, clear
from ui.widgets.text import filled

_LEAST_CHOICES: Final = 2
_EVERYBODY: Final = "everybody"
"""What stands for everybody in the list of whose figures: its key may not be empty."""


class ImpactPage(VaultPage):
    """Few numbers set large, then one part at a time: each table with what it counts, and its picture."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {
            RecordType.PERSON,
            RecordType.STAY,
            RecordType.CONSENT_EVENT,
            RecordType.REFERRAL,
            RecordType.MENTEE_PROFILE,
            RecordType.GOAL,
            RecordType.MATCH,
            RecordType.SESSION,
            RecordType.PULSE_ANSWER,
            RecordType.OUTCOME_MEASURE,
        }
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("Impact"), self.tr("What became of the people we met, and how mentoring goes."))
        self._has_laptop = impact.is_permitted(context.actor)
        choices = counted_choices(impact.may_look(context.actor), has_laptop=self._has_laptop)
        self._first = choices[0][0] if choices else LAPTOP
        self.counted = SelectField(self.tr("Who is counted"), choices)
        self.period = SelectField(self.tr("Period"), periods())
        self.scope = SelectField(self.tr("Whose figures"), [(_EVERYBODY, self.tr("Everybody"))])
        self.counting = SafeLabel("", tone=Tone.SOFT)
        self.stop_button = SecondaryButton(self.tr("Stop counting"))
        self.go_on_button = SecondaryButton(self.tr("Count on"))
        self.numbers = KeyFigures()
        self.when = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.tabs = Tabs(parts())
        self.nothing = EmptyState(
            self.tr("There is nothing to count yet."),
            self.tr(
                "Once people are registered, or mentoring is begun, their numbers stand here. "
                "Choose another period to look back."
            ),
        )
        self.not_told = EmptyState(
            self.tr("These figures are not on this laptop yet."),
            self.tr("The central service counts once a day. They come with the next exchange and stay here."),
        )
        self.body = QWidget()
        self.note = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.outcome = Banner("", manner=Manner.DONE)
        self.pdf_button = PrimaryButton(self.tr("Save the report"))
        self.csv_button = SecondaryButton(self.tr("Save as a spreadsheet"))
        self.paper = Paper()
        self.setter = Typesetter()
        self.shown: Impact | None = None
        self._words: FigureWords | None = None
        # Reading again for another period must not end the counting, nor the other way round.
        self._job: Job[Any] | None = None
        self._count_job: Job[Any] | None = None
        self._is_stopped = False
        self._is_filling = False
        self._whole = 0
        self._announcer = Announcer(self)
        self._results: tuple[QWidget, ...] = (
            self.when,
            self.numbers,
            self.tabs,
            self.body,
            self.note,
        )
        self._build()

    @property
    def figure_parts(self) -> list[FigurePart]:
        """The figures that are shown now, from the top down."""
        return self.body.findChildren(FigurePart)

    @override
    def load(self) -> None:
        """Count whoever changed, then read."""
        self.outcome.hide()
        self._is_stopped = False
        self._whole = 0
        if self._has_laptop:
            self._prepare()
        else:
            self._read()

    def _build(self) -> None:
        self._below = QVBoxLayout(self.body)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.setSpacing(BETWEEN_GROUPS)
        filters = FlowRow(gap=24)
        for field in (self.counted, self.period, self.scope):
            field.box.setMinimumContentsLength(24)
            filters.add(field)
        self.add(filters)
        at_times: tuple[QWidget, ...] = (
            self.counting,
            self.stop_button,
            self.go_on_button,
            self.outcome,
            self.nothing,
            self.not_told,
        )
        for part in (*at_times, *self._results):
            self.add(part)
            part.hide()
        self.counted.set_value(self._first)
        self.counted.setVisible(self.counted.box.count() > _LEAST_CHOICES)
        self.period.set_value(Period.THIS_YEAR)
        self.scope.set_value(_EVERYBODY)
        # Nothing is nothing here: there is always a period, and always somebody.
        for field in (self.counted, self.period, self.scope):
            field.box.removeItem(0)
        self.counted.box.currentIndexChanged.connect(self._on_counted_chosen)
        for field in (self.period, self.scope):
            field.box.currentIndexChanged.connect(self._on_filter)
        self.set_actions(self.pdf_button, self.csv_button)
        for button in (self.pdf_button, self.csv_button):
            button.setVisible(False)
        self.tabs.chosen.connect(self._on_tab)
        self.stop_button.clicked.connect(self._on_stop)
        self.go_on_button.clicked.connect(self._on_go_on)
        self.pdf_button.clicked.connect(self._on_pdf)
        self.csv_button.clicked.connect(self._on_csv)

    # --- counting --------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        context = self.context

        def count() -> int:
            return impact.prepare(context.vault, actor=context.actor)

        self._count_job = self.ask(count, self._on_counted, instead_of=self._count_job)

    def _on_counted(self, left: int) -> None:
        if left and not self._is_stopped:
            self._whole = max(self._whole, left)
            self.counting.set_words(filled(self.tr("Counting what changed: {left} people are left."), left=f"{left:,}"))
            self._show_counting(is_counting=True)
            self._prepare()
            return
        self._show_counting(is_counting=False)
        self.go_on_button.setVisible(bool(left))
        self._read()

    def _show_counting(self, *, is_counting: bool) -> None:
        self.counting.setVisible(is_counting)
        self.stop_button.setVisible(is_counting)
        if is_counting:
            self.go_on_button.hide()

    def _on_stop(self) -> None:
        self._is_stopped = True

    def _on_go_on(self) -> None:
        self.load()

    # --- reading ---------------------------------------------------------------------------------------------

    def _read(self) -> None:
        context, period = self.context, Period(self.period.value or Period.THIS_YEAR)
        chosen = self.scope.value or _EVERYBODY
        scope = EVERYBODY if chosen == _EVERYBODY else chosen
        whose = self._whose

        def read() -> Impact | None:
            if whose is not None:
                return impact.told(context.vault, actor=context.actor, whose=whose, period=period, scope=scope)
            return impact.impact(context.vault, actor=context.actor, now=context.now, period=period, scope=scope)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @property
    def _whose(self) -> Whose | None:
        """Whom the central service counted; None for the records on this laptop."""
        chosen = self.counted.value or self._first
        return None if chosen == LAPTOP else Whose(chosen)

    def _on_read(self, shown: Impact | None) -> None:
        self.not_told.setVisible(shown is None)
        for field in (self.period, self.scope):
            field.setVisible(self._whose is not Whose.ALLIANCE)
        if shown is None:
            self._show_not_told()
            return
        self.shown = shown
        self._words = FigureWords(shown.sites, shown.small, shown.members)
        self._show_scopes(shown)
        self.nothing.setVisible(shown.is_empty)
        for part in self._results:
            part.setVisible(not shown.is_empty)
        may_report = impact.may_report(self.context.actor) and not shown.is_empty and shown.whose is None
        for button in (self.pdf_button, self.csv_button):
            button.setVisible(may_report)
        self.when.set_words(period_words(shown, self.context.on))
        self.note.set_words(self._words.suppression)
        self._show_numbers(shown)
        self._show_part()
        self._announcer.announce(self.when.words if not shown.is_empty else self.nothing.statement.words)

    def _show_not_told(self) -> None:
        self.shown = None
        for part in (*self._results, self.nothing, self.pdf_button, self.csv_button):
            part.hide()
        self._announcer.announce(self.not_told.statement.words)

    def _show_numbers(self, shown: Impact) -> None:
        assert self._words is not None
        tables = _tables(shown)
        self.numbers.show_numbers(key_numbers(tables, self._words))

    def _show_scopes(self, shown: Impact) -> None:
        assert self._words is not None
        box, chosen = self.scope.box, self.scope.value
        wanted = [_EVERYBODY, *shown.scopes]
        if [box.itemData(at) for at in range(box.count())] == wanted:
            return
        self._is_filling = True
        box.clear()
        for scope in wanted:
            box.addItem(self._words.scope("" if scope == _EVERYBODY else scope), scope)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        self._is_filling = False

    def _show_part(self) -> None:
        if self.shown is None or self._words is None or self.shown.is_empty:
            return
        clear(self._below)
        tables = _tables(self.shown)
        for figure in FIGURES_OF[Part(self.tabs.current)]:
            if tables[figure].rows:
                self._below.addWidget(FigurePart(tables[figure], self._words))
        # Tables are made after the buttons that stand below them.
        stops: list[QWidget] = [
            self.tabs.button(Part.TIMES),
            *(part.table for part in self.figure_parts),
            self.pdf_button,
            self.csv_button,
        ]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _on_tab(self, _key: str) -> None:
        self._show_part()

    def _on_counted_chosen(self, _at: int) -> None:
        # Somebody else's wards are not these: begin with everybody.
        self._is_filling = True
        self.scope.set_value(_EVERYBODY)
        self._is_filling = False
        self._on_filter(_at)

    def _on_filter(self, _at: int) -> None:
        if not self._is_filling:
            self.clear_failure()
            self.outcome.hide()
            self._read()

    # --- taking away -----------------------------------------------------------------------------------------

    def _on_pdf(self) -> None:
        self._save("impact.pdf", lambda made: self.setter.pdf(report_sheet(made)))

    def _on_csv(self) -> None:
        self._save("impact.csv", report_csv)

    def _save(self, name: str, make: Callable[[Impact], bytes]) -> None:
        self.clear_failure()
        self.outcome.hide()
        context, period = self.context, Period(self.period.value or Period.THIS_YEAR)
        try:
            whole_months_of(period, context.on)
        except KnownError as error:
            self.show_failure(error)
            return
        place = self.paper.place(self, name)
        if place is None:
            return

        def write() -> Saved:
            made = impact.report(context.vault, actor=context.actor, now=context.now, period=period)
            return save(place, make(made))

        self.ask(write, self._on_saved)

    def _on_saved(self, saved: Saved) -> None:
        words = saved_words(saved)
        if saved is Saved.DONE:
            words = QCoreApplication.translate(
                "impact", "Saved. It counts everybody, in whole months, and names nobody."
            )
        self.outcome.set_manner(Manner.DONE if saved is Saved.DONE else Manner.STOP)
        self.outcome.set_words(words)
        self.outcome.show()
        self.set_scroll_position(0)
        self._announcer.announce(words)


def _tables(shown: Impact) -> dict[Figure, Table]:
    """Return every table; one that a service of another version did not tell has no rows."""
    told = {table.figure: table for table in shown.tables}
    return {figure: told.get(figure) or Table(figure=figure, columns=(), rows=()) for figure in Figure}
