"""Impact through the window: the figures of the vault, by keyboard, in every look; a report and a list to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.codes import AuditAction, Role
from app.domain.impact import Selection
from app.domain.impact_facts import Step
from app.domain.impact_tables import OF_THE_SERVICE, TOTAL, Column, Figure, Figures, Row, Table
from app.domain.periods import FIRST_MONTH, Period, months_of, whole_months_of
from app.domain.suppression import Kept
from app.domain.told_figures import ToldFigures, Whose
from app.errors import BadInputError, NotPermittedError
from app.storage.told import keep_told
from app.use_cases import impact
from app.use_cases.impact_words import FigureWords
from tests.helpers.accessibility import faults
from tests.helpers.programme import Histories, fill
from tests.helpers.vaults import Laptop, make_actor
from ui.context import PageContext
from ui.pages.impact import ImpactPage
from ui.pages.impact_parts import KeyFigure
from ui.paper import Paper
from ui.theme import Theme, ThemeName
from ui.view_models.impact_words import Part
from ui.widgets.charts import BarChart, TrendChart

CAI = make_actor("back_up", Role.COORDINATOR, "Cai")
PEOPLE = 160


@pytest.fixture
def office(context: PageContext, laptop: Laptop) -> PageContext:
    fill(laptop.vault, Histories(CAI.org), PEOPLE)
    return replace(context, actor=CAI)


@pytest.fixture
def page(office: PageContext, settled: Callable[[], None], qtbot: Any) -> ImpactPage:
    made = ImpactPage(office)
    qtbot.addWidget(made)
    made.resize(1040, 900)
    made.show()
    made.open()
    settled()
    return made


def choose(field: Any, key: str, settled: Callable[[], None]) -> None:
    field.box.setCurrentIndex(field.box.findData(key))
    settled()


def numbers(page: ImpactPage) -> list[str]:
    return [key.number.words for key in page.numbers.findChildren(KeyFigure) if key.isVisible()]


def hours(shown: list[str]) -> int:
    return int(shown[-1].replace(",", "").replace("–", "0"))


def test_the_page_shows_the_figures_of_the_vault(page: ImpactPage, office: PageContext) -> None:
    shown = impact.impact(office.vault, actor=CAI, now=office.now)
    tables = {table.figure: table for table in shown.tables}
    words = FigureWords(shown.sites, shown.small)
    score = tables[Figure.QUALITY].cell(TOTAL, Column.BOTH_SCORE)
    assert isinstance(score, int)
    assert numbers(page)[3] == words.cell(score, Column.BOTH_SCORE) == f"{score / 100:.2f}"
    assert hours(numbers(page)) == tables[Figure.CALLS].cell(TOTAL, Column.HOURS)
    way = page.figure_parts[0]
    assert way.table.rows.rowCount() == len(tables[Figure.WAY].rows)
    assert isinstance(way.chart, BarChart)
    assert "Met" in way.chart.accessibleName()


def test_each_part_shows_its_own_figures_with_what_they_count(page: ImpactPage, settled: Callable[[], None]) -> None:
    seen = set()
    for part in Part:
        page.tabs.button(part).click()
        settled()
        assert all(each.definition.words for each in page.figure_parts)
        seen |= {each.figure for each in page.figure_parts}
    assert seen == set(Figure) - OF_THE_SERVICE


def test_a_chart_takes_no_focus_and_stands_after_its_table(page: ImpactPage, settled: Callable[[], None]) -> None:
    page.tabs.button(Part.MENTORING).click()
    settled()
    charts = page.findChildren(BarChart) + page.findChildren(TrendChart)
    assert len(charts) >= 3
    assert all(chart.focusPolicy() is Qt.FocusPolicy.NoFocus and chart.accessibleName() for chart in charts)
    quality = page.figure_parts[0]
    assert isinstance(quality.chart, TrendChart)
    assert quality.chart.y() > quality.table.y()


def test_another_period_and_one_programme_alone(page: ImpactPage, settled: Callable[[], None]) -> None:
    this_year = numbers(page)
    choose(page.period, Period.ALL, settled)
    everything = numbers(page)
    assert hours(everything) > hours(this_year)
    choose(page.scope, "programme:sci", settled)
    assert page.scope.box.currentText() == "Someone with a spinal cord injury"
    assert 0 < hours(numbers(page)) < hours(everything)


def test_an_empty_vault_says_what_would_stand_here(
    context: PageContext, settled: Callable[[], None], qtbot: Any
) -> None:
    made = ImpactPage(replace(context, actor=CAI))
    qtbot.addWidget(made)
    made.show()
    made.open()
    settled()
    assert made.nothing.isVisible()
    assert not made.tabs.isVisible()
    assert not made.pdf_button.isVisible()


def test_counting_can_be_stopped_and_gone_on_with(
    office: PageContext, settled: Callable[[], None], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.figures.BATCH", 10)
    whole = impact.figures.take_facts
    monkeypatch.setattr("app.storage.figures.take_facts", lambda connection, org: whole(connection, org, 10))
    made = ImpactPage(office)
    qtbot.addWidget(made)
    made.show()
    made.open()
    qtbot.waitUntil(made.stop_button.isVisible)
    made.stop_button.click()
    settled()
    assert made.go_on_button.isVisible()
    first = numbers(made)
    made.go_on_button.click()
    settled()
    assert not made.go_on_button.isVisible()
    assert hours(numbers(made)) > hours(first)


def test_another_period_chosen_while_it_counts_does_not_end_the_counting(
    office: PageContext, settled: Callable[[], None], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.storage.figures.BATCH", 10)
    whole = impact.figures.take_facts
    monkeypatch.setattr("app.storage.figures.take_facts", lambda connection, org: whole(connection, org, 10))
    made = ImpactPage(office)
    qtbot.addWidget(made)
    made.show()
    made.open()
    qtbot.waitUntil(made.stop_button.isVisible)
    made.period.set_value(Period.TWELVE_MONTHS)
    settled()
    assert not made.counting.isVisible()
    assert not made.go_on_button.isVisible()
    assert impact.prepare(office.vault, actor=office.actor) == 0


@pytest.mark.parametrize("suffix", ["pdf", "csv"])
def test_a_report_is_saved_with_every_definition(
    page: ImpactPage, office: PageContext, settled: Callable[[], None], tmp_path: Path, suffix: str
) -> None:
    place = tmp_path / f"impact.{suffix}"
    page.paper = Paper(choose_file=lambda _parent, _name: str(place))
    (page.pdf_button if suffix == "pdf" else page.csv_button).click()
    settled()
    content = place.read_bytes()
    assert page.outcome.isVisible()
    with office.vault.reading() as read:
        last = read.connection.exec_driver_sql("SELECT body FROM audit_entry ORDER BY seq DESC LIMIT 1").scalar_one()
    assert f'"{AuditAction.EXPORT}"' in last
    if suffix == "pdf":
        assert content.startswith(b"%PDF")
        assert b"/StructTreeRoot" in content
        return
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert {row["Figure"] for row in rows} >= {"From meeting to help", "How mentoring feels", "How long people waited"}
    assert all(row["Definition"] for row in rows)
    assert "under 5" in rows[-1]["Definition"]
    assert {row["From"] for row in rows} == {months_of(Period.THIS_YEAR, office.on)[0]}
    counts = {"Met", "People", "Held", "Matches", "Came this far"}
    assert not any(row["Column"] in counts and row["Value"] in set("1234") for row in rows)


def test_in_january_this_year_has_no_month_to_report_and_nothing_is_saved(
    page: ImpactPage, office: PageContext, laptop: Laptop, settled: Callable[[], None], tmp_path: Path
) -> None:
    place = tmp_path / "impact.csv"
    page.paper = Paper(choose_file=lambda _parent, _name: str(place))
    laptop.clock.now = datetime(2027, 1, 31, 12, tzinfo=UTC)
    page.csv_button.click()
    settled()
    assert page.failure.isVisible()
    assert "No month of this year is over yet" in page.failure.banner.statement.words
    assert not place.exists()
    with pytest.raises(BadInputError):
        impact.report(office.vault, actor=CAI, now=office.now, period=Period.THIS_YEAR)
    choose(page.period, Period.LAST_YEAR, settled)
    assert not page.failure.isVisible()
    page.csv_button.click()
    settled()
    assert place.exists()


@pytest.mark.parametrize(
    ("on", "period", "months"),
    [
        (date(2027, 2, 1), Period.THIS_YEAR, ("2027-01", "2027-01")),
        (date(2027, 1, 1), Period.LAST_YEAR, ("2026-01", "2026-12")),
        (date(2027, 1, 1), Period.LAST_QUARTER, ("2026-10", "2026-12")),
        (date(2027, 1, 1), Period.TWELVE_MONTHS, ("2026-01", "2026-12")),
        (date(2027, 1, 31), Period.ALL, (FIRST_MONTH, "2026-12")),
    ],
)
def test_a_report_holds_months_that_are_over(on: date, period: Period, months: tuple[str, str]) -> None:
    assert whole_months_of(period, on) == months


@pytest.mark.parametrize(
    ("name", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
)
def test_no_look_has_a_fault(
    office: PageContext, settled: Callable[[], None], qapp: QApplication, qtbot: Any, name: ThemeName, scale: int
) -> None:
    Theme.load(name, scale).apply(qapp)
    made = ImpactPage(office)
    qtbot.addWidget(made)
    made.resize(1040, 900)
    made.show()
    made.open()
    settled()
    for part in Part:
        made.tabs.button(part).click()
        settled()
        assert faults(made) == []


def test_a_volunteer_has_no_such_page(office: PageContext) -> None:
    with pytest.raises(NotPermittedError):
        impact.impact(office.vault, actor=make_actor("back_up", Role.MENTOR, "Mo"), now=office.now)
    worker = make_actor("back_up", Role.OUTREACH_WORKER, "Wes")
    assert impact.is_permitted(worker)
    with pytest.raises(NotPermittedError):
        impact.report(office.vault, actor=worker, now=office.now, period=Period.ALL)


def told(whose: Whose, period: Period, tables: tuple[Table, ...], *, scope: str = "", on: date) -> ToldFigures:
    """Figures as the service tells them."""
    since, until = months_of(period, on)
    figures = Figures(selection=Selection(since=since, until=until, scope=scope), tables=tables, is_empty=not tables)
    return ToldFigures(whose=whose, day=on, period=period, small=5, figures=figures)


def test_the_whole_charity_and_the_alliance_are_shown_with_the_day_they_were_fetched(
    page: ImpactPage, office: PageContext, settled: Callable[[], None]
) -> None:
    choose(page.counted, Whose.ORGANISATION, settled)
    assert page.not_told.isVisible()
    assert not page.body.isVisible()
    here = impact.impact(office.vault, actor=CAI, now=office.now, period=Period.THIS_YEAR)
    met = Table(figure=Figure.WAY, columns=(Column.REACHED,), rows=(Row(key=Step.MET, cells=(812,)),))
    aspire = str(make_actor("aspire").org)
    by_charity = Table(
        figure=Figure.BY_CHARITY,
        columns=(Column.MET, Column.TAKEN_ON, Column.NOT_REACHED, Column.SHARE_REACHED),
        rows=(Row(key=aspire, cells=(40, 30, 10, 75)), Row(key=TOTAL, cells=(120, Kept.HIDDEN, Kept.HIDDEN, None))),
    )
    keep_told(
        office.vault,
        [
            told(Whose.ORGANISATION, Period.THIS_YEAR, (met, *here.tables[1:]), on=office.on),
            told(Whose.ORGANISATION, Period.LAST_YEAR, (), on=office.on),
            told(Whose.ORGANISATION, Period.LAST_YEAR, here.tables, scope=here.scopes[0], on=office.on),
            told(Whose.ALLIANCE, Period.ALL, (by_charity,), on=office.on),
        ],
        fetched_at=office.now,
    )
    choose(page.counted, "laptop", settled)
    choose(page.counted, Whose.ORGANISATION, settled)
    assert page.body.isVisible()
    assert not page.not_told.isVisible()
    assert numbers(page)[0] == "812"
    assert "counted by the central service on" in page.when.words
    assert "fetched on" in page.when.words
    assert not page.pdf_button.isVisible()
    choose(page.period, Period.LAST_YEAR, settled)
    assert page.nothing.isVisible()
    choose(page.scope, here.scopes[0], settled)
    assert page.body.isVisible()
    choose(page.counted, Whose.ALLIANCE, settled)
    page.tabs.button(Part.REACH).click()
    settled()
    assert [part.figure for part in page.figure_parts] == [Figure.BY_CHARITY]
    assert not page.period.isVisible()
    assert "said yes to being counted" in page.when.words
    assert page.figure_parts[0].table.rows.index(0, 0).data() == "Aspire"
    assert faults(page) == []
    choose(page.counted, "laptop", settled)
    assert page.pdf_button.isVisible()
    assert page.period.isVisible()


def test_an_outreach_worker_is_offered_the_alliance_and_not_the_charity(
    office: PageContext, settled: Callable[[], None], qtbot: Any
) -> None:
    made = ImpactPage(replace(office, actor=make_actor("back_up", Role.OUTREACH_WORKER, "Wes")))
    qtbot.addWidget(made)
    made.open()
    settled()
    assert [made.counted.box.itemData(at) for at in range(made.counted.box.count())] == ["laptop", Whose.ALLIANCE]


def test_since_the_beginning_begins_with_the_first_who_was_met_and_not_with_the_first_call(
    office: PageContext, page: ImpactPage, settled: Callable[[], None]
) -> None:
    histories = Histories(CAI.org)
    met = [body["created_at"][:7] for n in range(1, PEOPLE + 1) for body in histories.draw(n).of("person")]
    choose(page.period, Period.ALL, settled)
    assert page.shown is not None
    assert page.shown.selection.since == min(met) == "2025-01"
    calls = next(table for table in page.shown.tables if table.figure is Figure.CALLS)
    assert calls.rows[0].key > "2025-01", "a history in which the two differ"


def test_the_alliances_office_holds_nobody_and_looks_at_the_alliance(
    office: PageContext, settled: Callable[[], None], qtbot: Any
) -> None:
    lee = make_actor("back_up", Role.SECRETARIAT, "Lee")
    row = Row(key=Step.MET, cells=(640,))
    met = Table(figure=Figure.WAY, columns=(Column.REACHED,), rows=(row,))
    keep_told(office.vault, [told(Whose.ALLIANCE, Period.ALL, (met,), on=office.on)], fetched_at=office.now)
    made = ImpactPage(replace(office, actor=lee))
    qtbot.addWidget(made)
    made.show()
    made.open()
    settled()
    assert numbers(made)[0] == "640"
    assert not made.failure.isVisible()
    assert not made.pdf_button.isVisible()
