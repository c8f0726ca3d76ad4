"""The bedside matrix: names, arrows, one press an answer, and taking it back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.widgets.samples import COLUMNS, ROWS, WORDING
from ui.theme import Theme
from ui.widgets import (
    Announcer,
    Answer,
    AnswerBar,
    ConsentMatrix,
    PrimaryButton,
    answer_words,
    column,
)
from ui.widgets.answers import LOOKS


@pytest.fixture
def heard():
    return []


@pytest.fixture
def matrix(qtbot, heard):
    def say(_widget: QWidget, words: str) -> None:
        heard.append(words)

    grid = ConsentMatrix(ROWS, COLUMNS)
    grid._announcer = Announcer(grid, say)
    qtbot.addWidget(grid)
    return grid


def test_nothing_is_answered_beforehand(matrix):
    assert set(matrix.answers.values()) == {Answer.NOT_ASKED}
    assert len(matrix.answers) == 9
    assert matrix.current == ("aspire", "referral_contact")


def test_a_cell_is_named_by_organisation_purpose_and_answer(matrix):
    QAccessible.setActive(True)
    cell = matrix.cell("aspire", "referral_contact")
    interface = QAccessible.queryAccessibleInterface(cell)
    assert interface.text(QAccessible.Text.Name) == "Aspire, get in touch, not asked"
    matrix.set_answer("aspire", "referral_contact", Answer.NOT_ABLE_NOW)
    assert interface.text(QAccessible.Text.Name) == "Aspire, get in touch, not able now"


def test_arrows_move_in_the_grid_stop_at_its_edges_and_tab_leaves_it(matrix, shown, qtbot):
    page, button = QWidget(), PrimaryButton("Check the answers")
    page.setLayout(column(matrix, button))
    shown(page)
    matrix.focus_current()
    for key, place in (
        (Qt.Key.Key_Right, ("aspire", "casework")),
        (Qt.Key.Key_Down, ("back_up", "casework")),
        (Qt.Key.Key_Left, ("back_up", "referral_contact")),
        (Qt.Key.Key_Left, ("back_up", "referral_contact")),
        (Qt.Key.Key_Up, ("aspire", "referral_contact")),
        (Qt.Key.Key_Up, ("aspire", "referral_contact")),
    ):
        QTest.keyClick(QApplication.focusWidget(), key)
        assert matrix.current == place
        assert matrix.cell(*place).hasFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Backtab)
    assert matrix.cell("aspire", "referral_contact").hasFocus()


def test_one_press_answers_says_so_and_moves_on(matrix, qtbot, heard):
    with (
        qtbot.waitSignal(matrix.answered, timeout=1_000) as answered,
        qtbot.waitSignal(matrix.cell_chosen, timeout=1_000) as chosen,
    ):
        matrix.give(Answer.AGREED)
    assert answered.args == ["aspire", "referral_contact", "agreed"]
    assert chosen.args == ["aspire", "casework"]
    assert matrix.current == ("aspire", "casework")
    assert heard == ["Aspire, get in touch: agreed. Next: Aspire, work with us."]


def test_the_last_cell_stays_when_it_is_answered(matrix):
    matrix.set_current("sia", "mentoring")
    matrix.give(Answer.REFUSED)
    assert matrix.current == ("sia", "mentoring")
    assert matrix.answers["sia", "mentoring"] is Answer.REFUSED


def test_undo_takes_back_the_last_answers_one_by_one(matrix, qtbot):
    matrix.set_answer("aspire", "casework", Answer.REFUSED)
    matrix.give(Answer.AGREED)
    matrix.give(Answer.AGREED)
    with qtbot.waitSignal(matrix.answered, timeout=1_000) as told:
        matrix.undo()
    assert told.args == ["aspire", "casework", "refused"]
    assert matrix.current == ("aspire", "casework")
    matrix.undo()
    assert matrix.answers["aspire", "referral_contact"] is Answer.NOT_ASKED
    assert not matrix.can_undo
    matrix.undo()
    assert matrix.answers["aspire", "casework"] is Answer.REFUSED


def test_pressing_a_cell_asks_it_and_hands_over_to_the_answers(matrix, shown, qtbot):
    shown(matrix)
    with qtbot.waitSignal(matrix.cell_pressed, timeout=1_000) as pressed:
        QTest.mouseClick(matrix.cell("back_up", "mentoring"), Qt.MouseButton.LeftButton)
    assert pressed.args == ["back_up", "mentoring"]
    assert matrix.current == ("back_up", "mentoring")


def test_every_answer_has_a_word_and_all_look_different_without_colour():
    looks = {(look.shape, look.filled, look.dashed) for look in LOOKS.values()}
    assert len(looks) == len(Answer)
    assert len({answer_words(answer) for answer in Answer}) == len(Answer)


def test_cells_have_the_size_of_the_look_and_grow_with_the_text(matrix, shown, qapp):
    shown(matrix, 1_200, 600)
    cell = matrix.cell("aspire", "casework")
    assert cell.width() - 8 >= 120
    assert cell.height() - 8 >= 56
    before = cell.sizeHint().width()
    Theme.load("light", 200).apply(qapp)
    assert cell.sizeHint().width() > before * 1.5


def test_where_there_is_no_room_each_organisation_becomes_a_block(matrix, shown, qtbot):
    shown(matrix, 520, 900)
    qtbot.waitUntil(lambda: matrix.cell("aspire", "mentoring").y() > 0, timeout=1_000)
    cells = [matrix.cell("aspire", column.key) for column in COLUMNS]
    assert all(cell.geometry().right() <= matrix.width() for cell in cells)
    assert cells[0].sizeHint().height() > 72


def test_the_bar_reads_the_question_and_gives_five_answers(qtbot):
    bar = AnswerBar()
    qtbot.addWidget(bar)
    bar.show_wording("Back Up, find a mentor", WORDING)
    assert bar.title.words == "Read aloud: Back Up, find a mentor"
    assert bar.sentence.words == f"“{WORDING}”"
    assert [button.words for button in bar.buttons.values()] == [
        "Agreed",
        "Refused",
        "Later",
        "Not able now",
        "Not asked",
    ]
    with qtbot.waitSignal(bar.answered, timeout=1_000) as answered:
        bar.buttons[Answer.DECIDE_LATER].click()
    assert answered.args == ["decide_later"]


def test_the_person_s_own_language_stands_beside_the_worker_s(qtbot, shown):
    bar = AnswerBar()
    bar.show_wording("Aspire, get in touch", "They may call you.", "Gallant eich ffonio.")
    shown(bar, 1_200, 400)
    assert bar.translation.isVisible()
    assert bar.translation.x() > bar.sentence.x()
    bar.show_wording("Aspire, get in touch", "They may call you.")
    assert not bar.translation.isVisible()


def test_undo_is_offered_with_its_question_and_gives_the_focus_back(qtbot, shown):
    bar = AnswerBar()
    shown(bar)
    assert not bar.undo_button.isVisible()
    bar.set_undo("Aspire, get in touch")
    assert bar.undo_button.accessibleName() == "Undo: Aspire, get in touch"
    bar.undo_button.setFocus()
    with qtbot.waitSignal(bar.undo_asked, timeout=1_000):
        bar.undo_button.click()
    bar.set_undo("")
    assert bar.buttons[Answer.AGREED].hasFocus()
