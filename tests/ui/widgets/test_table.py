"""Lists: every row counted, pages fetched in sight, one press or Enter opens."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from ui.theme import Theme
from ui.widgets import Cell, Column, DataTable, PrimaryButton, Shape, Tone, column

COLUMNS = [Column(words="Name", share=2), Column(words="Ward"), Column(words="Next", share=2)]


def row(row_id: int) -> list[str | Cell]:
    return [Cell(words=f"Person {row_id}", strong=True), "7B", ""]


@pytest.fixture
def asked():
    return []


@pytest.fixture
def table(qtbot, asked):
    part = DataTable(COLUMNS, name="People", fetch=asked.append)
    qtbot.addWidget(part)
    return part


def test_all_rows_count_before_any_is_fetched(table, asked):
    table.set_ids(range(100_000))
    assert table.model().rowCount() == 100_000
    assert asked == []


def test_only_pages_in_sight_are_asked_for_and_each_once(table, asked, shown, qtbot):
    table.set_ids(range(1_000))
    shown(table)
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=2_000)
    assert list(asked[0]) == list(range(64))
    table.set_rows({row_id: row(row_id) for row_id in asked[0]})
    table.scrollTo(table.model().index(900, 0))
    qtbot.waitUntil(lambda: any(900 in page for page in asked), timeout=2_000)
    table.viewport().repaint()
    assert len(asked) <= 3
    assert len({row_id for page in asked for row_id in page}) == sum(len(page) for page in asked)


def test_rows_given_with_the_ids_are_not_asked_for(table, asked, shown, qtbot):
    ids = list(range(10))
    table.set_ids(ids, {row_id: row(row_id) for row_id in ids})
    shown(table)
    table.viewport().repaint()
    assert asked == []
    assert table.model().index(3, 0).data() == "Person 3"


def test_an_answer_for_rows_no_longer_shown_is_left_out(table):
    table.set_ids([1, 2])
    table.set_rows({3: row(3), 2: row(2)})
    assert table.model().index(1, 0).data() == "Person 2"


def test_a_reader_hears_the_heading_with_each_cell(table, shown):
    table.set_ids([1], {1: row(1)})
    shown(table)
    index = table.model().index(0, 1)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Ward: 7B"
    QAccessible.setActive(True)
    assert QAccessible.queryAccessibleInterface(table).text(QAccessible.Text.Name) == "People"


def test_text_of_people_stays_text_also_in_tooltips(table):
    table.set_ids([1], {1: ["Bob <b>Smith</b>\u202e", "7B", ""]})
    index = table.model().index(0, 0)
    assert index.data() == "Bob <b>Smith</b>"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "<span>Bob &lt;b&gt;Smith&lt;/b&gt;</span>"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_or_space_opens_the_row_of_the_keyboard(table, shown, qtbot, key):
    table.set_ids([7, 8, 9], {row_id: row(row_id) for row_id in (7, 8, 9)})
    shown(table)
    table.setFocus()
    table.set_current(7)
    QTest.keyClick(table, Qt.Key.Key_Down)
    with qtbot.waitSignal(table.row_opened, timeout=1_000) as opened:
        QTest.keyClick(table, key)
    assert opened.args == [8]


def test_one_press_opens_a_row(table, shown, qtbot):
    table.set_ids([7, 8], {row_id: row(row_id) for row_id in (7, 8)})
    shown(table)
    place = table.visualRect(table.model().index(1, 2)).center()
    with qtbot.waitSignal(table.row_opened, timeout=1_000) as opened:
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [8]


def test_tab_leaves_the_table(table, shown):
    page, button = QWidget(), PrimaryButton("Register a person")
    page.setLayout(column(table, button))
    table.set_ids([1, 2], {1: row(1), 2: row(2)})
    shown(page)
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Tab)
    assert button.hasFocus()


def test_the_row_of_the_keyboard_is_marked_as_soon_as_the_table_has_it(table, shown):
    table.set_ids([1, 2], {1: row(1), 2: row(2)})
    shown(table)
    table.clearSelection()
    table.clearFocus()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    assert table.current_id == 1
    assert table.selectionModel().isRowSelected(0, QModelIndex())


def test_the_current_row_is_kept_when_the_list_changes(table, shown):
    shown(table)
    table.set_ids([1, 2, 3], {row_id: row(row_id) for row_id in (1, 2, 3)})
    table.set_current(3)
    table.set_ids([5, 3, 1], {row_id: row(row_id) for row_id in (5, 3, 1)})
    assert table.current_id == 3
    table.set_ids([5])
    assert table.current_id is None


def test_rows_are_44_px_or_more_and_grow_with_the_text(table, shown, qapp):
    table.set_ids([1], {1: row(1)})
    shown(table)
    height = table.rowHeight(0)
    assert height >= 44
    Theme.load("light", 200).apply(qapp)
    assert table.rowHeight(0) > height


def test_columns_share_the_width_and_never_scroll_sideways(table, shown, qtbot):
    table.set_ids([1], {1: row(1)})
    shown(table, 1_000, 400)
    widths = [table.columnWidth(at) for at in range(3)]
    assert sum(widths) == table.viewport().width()
    assert widths[0] == pytest.approx(2 * widths[1], abs=2)
    assert not table.is_stacked


def test_in_little_room_a_row_becomes_one_block(table, shown):
    table.set_ids([1], {1: row(1)})
    shown(table, 480, 420)
    assert table.is_stacked
    assert table.isColumnHidden(1)
    assert table.columnWidth(0) == table.viewport().width()


def test_a_cell_with_a_shape_is_painted_in_its_tone(table, shown, light):
    table.set_ids([1], {1: [Cell(words="Received", shape=Shape.TICK, tone=Tone.DONE), "7B", ""]})
    shown(table)
    picture = table.grab().toImage()
    wanted = light.colour("done").rgb()
    colours = {picture.pixel(x, y) for x in range(30) for y in range(picture.height())}
    assert wanted in colours


def test_old_pages_are_forgotten_so_that_a_long_list_stays_small(table, asked, shown, qtbot):
    table.set_ids(range(64 * 60))
    for first in range(0, 64 * 60, 64):
        table.set_rows({row_id: row(row_id) for row_id in range(first, first + 64)})
    assert table.model().cell(64 * 60 - 1, 0) is not None
    assert table.model().cell(0, 0) is None
