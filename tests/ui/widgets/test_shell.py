"""The window around the pages: navigation, Back, cover, lock, status, text size, the focus ring."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from tests.ui.widgets import samples
from ui.shell import Shell
from ui.shell.history import PAGES_KEPT
from ui.theme import Theme, theme_in_use
from ui.widgets import Manner, Page, PrimaryButton, SafeLabel, TextField


@pytest.fixture
def shell(qtbot, shown):
    window = samples.shell()
    shown(window, 1_280, 824)
    window.open_page(samples.table_page(), "people")
    return window


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or QApplication.activeWindow(), key, modifier)


def words_in_sight(window: QWidget) -> str:
    labels = [label for label in window.findChildren(SafeLabel) if label.isVisible()]
    return " ".join(label.words for label in labels)


def tall_page(heading: str) -> Page:
    page = Page(heading)
    for number in range(30):
        page.add(TextField(f"Field {number}"))
    return page


def test_an_entry_says_where_to_go_and_marks_only_what_is_shown(shell, qtbot):
    buttons = shell.rail.entries.buttons
    with qtbot.waitSignal(shell.navigated, timeout=1_000) as navigated:
        buttons["referrals"].click()
    assert navigated.args == ["referrals"]
    assert [key for key, button in buttons.items() if button.isChecked()] == ["people"]
    shell.open_page(Page("Referrals"), "referrals")
    assert [key for key, button in buttons.items() if button.isChecked()] == ["referrals"]


def test_a_count_is_part_of_the_name_of_its_entry(shell):
    button = shell.rail.entries.buttons["attention"]
    assert button.accessibleName() == "Attention, 2"
    shell.set_count("attention", 0)
    assert button.accessibleName() == "Attention"


def test_what_a_role_may_not_use_is_absent(shell):
    shell.set_entries(samples.ENTRIES[:2])
    assert list(shell.rail.entries.buttons) == ["today", "people"]


def test_back_returns_to_the_same_place_and_field(shell, qtbot):
    first = tall_page("First")
    shell.open_page(first, "today")
    qtbot.waitUntil(lambda: first.findChild(QScrollArea).verticalScrollBar().maximum() > 500, timeout=2_000)
    field = first.findChildren(TextField)[12]
    field.focus_control()
    first.set_scroll_position(900)
    shell.open_page(Page("Second"))
    assert shell.current_key == "today"
    press(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert shell.current_page is first
    assert field.line.hasFocus()
    assert first.scroll_position == 900


def test_back_is_offered_only_when_there_is_somewhere_to_go(qtbot, shown):
    window = samples.shell()
    shown(window)
    window.open_page(Page("First"), "today")
    assert not window.back_button.isVisible()
    window.open_page(Page("Second"))
    assert window.back_button.isVisible()
    window.open_page(Page("Third"), replace=True)
    window.back_button.click()
    assert window.current_page.heading.words == "First"
    assert not window.back_button.isVisible()
    window.go_back()
    assert window.current_page.heading.words == "First"


def test_old_pages_are_let_go(shell):
    for number in range(PAGES_KEPT + 10):
        shell.open_page(Page(f"Page {number}"))
    assert shell.pages.count() == PAGES_KEPT
    shell.forget_pages()
    assert (shell.pages.count(), shell.current_page) == (0, None)


def test_a_new_page_is_said_first_and_tab_goes_to_its_first_control(shell):
    page = tall_page("Register a person")
    shell.open_page(page)
    assert page.hasFocus()
    assert page.accessibleName() == "Register a person"
    QApplication.processEvents()
    press(Qt.Key.Key_Tab)
    assert page.findChildren(TextField)[0].line.hasFocus()


def test_cover_hides_every_name_and_any_key_lifts_it(shell, qtbot):
    shell.open_page(samples.consent_page())
    button = shell.current_page.findChild(PrimaryButton)
    button.setFocus()
    assert "Samira" in words_in_sight(shell)
    with qtbot.waitSignal(shell.covered, timeout=1_000):
        press(Qt.Key.Key_F4)
    seen = words_in_sight(shell)
    assert not any(word in seen for word in ("Samira", "Sam", "Alongside", "Back Up"))
    assert not any(word in shell.windowTitle() for word in ("Samira", "Alongside"))
    pressed = []
    button.clicked.connect(lambda: pressed.append(1))
    with qtbot.waitSignal(shell.uncovered, timeout=1_000):
        press(Qt.Key.Key_Space)
    assert button.hasFocus()
    assert pressed == []
    assert "Samira" in words_in_sight(shell)


@pytest.mark.parametrize("key", [Qt.Key.Key_A, Qt.Key.Key_F9, Qt.Key.Key_Escape, Qt.Key.Key_Control])
def test_a_key_that_lifts_the_cover_does_nothing_else(shell, qtbot, key):
    raised = []
    shell.concern_raised.connect(lambda: raised.append(1))
    shell.cover()
    press(key)
    assert not shell.is_covered
    assert raised == []


def test_a_press_anywhere_lifts_the_cover(shell):
    shell.cover()
    QTest.mouseClick(shell.cover_page, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not shell.is_covered


def test_a_page_deleted_under_the_cover_does_no_harm(shell, qtbot):
    field = TextField("Full name")
    page = Page("Form")
    page.add(field)
    shell.open_page(page)
    field.focus_control()
    shell.cover()
    shell.go_back()
    qtbot.waitUntil(lambda: shell.pages.count() == 1, timeout=1_000)
    QApplication.sendPostedEvents(None, 52)
    shell.uncover()
    assert not shell.is_covered


@pytest.mark.parametrize(
    ("key", "modifier"),
    [
        (Qt.Key.Key_F8, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier),
    ],
)
@pytest.mark.parametrize("covered", [False, True])
def test_one_press_locks_also_from_under_the_cover(shell, qtbot, key, modifier, covered):
    if covered:
        shell.cover()
    with qtbot.waitSignal(shell.lock_asked, timeout=1_000):
        press(key, modifier)


@pytest.mark.parametrize(("key", "signal"), [(Qt.Key.Key_F1, "help_asked"), (Qt.Key.Key_F9, "concern_raised")])
def test_function_keys_do_what_their_visible_button_does(shell, qtbot, key, signal):
    with qtbot.waitSignal(getattr(shell, signal), timeout=1_000):
        press(key)


def test_every_function_key_stands_on_a_button(shell):
    header = shell.header
    shown_words = [header.cover_button, header.concern_button, header.lock_button, header.help_button]
    assert [button.words.split()[-1] for button in shown_words] == ["F4", "F9", "F8", "F1"]


def test_find_takes_the_keyboard_tells_each_change_and_escape_ends_it(shell, qtbot):
    press(Qt.Key.Key_F2)
    assert shell.header.search.line.hasFocus()
    with qtbot.waitSignal(shell.find_typed, timeout=1_000) as typed:
        press(Qt.Key.Key_S)
    assert typed.args == ["s"]
    with qtbot.waitSignal(shell.find_left, timeout=1_000):
        press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Escape)
    assert shell.header.search.text == ""
    assert not shell.header.search.line.hasFocus()


def test_f6_goes_round_skip_link_navigation_page_and_status(shell):
    QApplication.processEvents()
    shell.skip_link.setFocus()
    seen = []
    for _area in range(4):
        press(Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
    assert shell.rail.isAncestorOf(seen[0])
    assert shell.current_page.isAncestorOf(seen[1])
    assert shell.status.isAncestorOf(seen[2])
    assert seen[3] is shell.skip_link
    press(Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert shell.status.isAncestorOf(QApplication.focusWidget())


def test_the_skip_link_comes_into_sight_with_the_focus_and_leads_to_the_page(shell):
    assert shell.skip_link.geometry().bottom() < 0
    shell.skip_link.setFocus()
    assert shell.skip_link.geometry().top() >= 0
    press(Qt.Key.Key_Space)
    assert shell.current_page.isAncestorOf(QApplication.focusWidget())
    assert shell.skip_link.geometry().bottom() < 0


def test_the_status_is_words_with_a_shape_and_leads_to_its_details(shell, qtbot):
    shell.set_status(Manner.DONE, "Everything sent. Last sent Tue 14:05.")
    assert shell.status.words == "Everything sent. Last sent Tue 14:05."
    assert shell.status.accessibleName() == shell.status.words
    with qtbot.waitSignal(shell.details_asked, timeout=1_000):
        shell.status.details_button.click()


def test_the_idle_warning_stops_nobody(shell, qtbot):
    page = Page("Form")
    field = TextField("Full name")
    page.add(field)
    shell.open_page(page)
    field.focus_control()
    shell.show_idle_warning(60)
    assert shell.idle_warning.isVisible()
    assert field.line.hasFocus()
    QTest.keyClicks(field.line, "Samira")
    assert field.text == "Samira"
    assert QApplication.activeModalWidget() is None
    shell.hide_idle_warning()
    assert not shell.idle_warning.isVisible()


def test_ctrl_plus_minus_and_0_change_the_text_size(shell, qtbot):
    told = []
    shell.text_scale_changed.connect(told.append)
    control = Qt.KeyboardModifier.ControlModifier
    for _press in range(6):
        press(Qt.Key.Key_Plus, control)
    press(Qt.Key.Key_Minus, control)
    press(Qt.Key.Key_0, control)
    assert told == [125, 150, 175, 200, 175, 100]
    assert theme_in_use().text_scale == 100


@pytest.mark.parametrize(("width", "scale", "compact"), [(1_280, 100, False), (880, 100, True), (1_280, 200, True)])
def test_in_little_room_the_navigation_becomes_a_page(qapp, qtbot, shown, width, scale, compact):
    Theme.load("light", scale).apply(qapp)
    window = samples.shell()
    shown(window, width, 700)
    window.open_page(Page("People"), "people")
    assert window.header.is_compact is compact
    assert window.rail.isVisible() is not compact
    assert window.header.menu_button.isVisible() is compact
    if compact:
        window.header.menu_button.click()
        menu = window.current_page
        assert list(menu.entries.buttons) == [entry.key for entry in samples.ENTRIES]
        with qtbot.waitSignal(window.navigated, timeout=1_000) as navigated:
            menu.entries.buttons["impact"].click()
        assert navigated.args == ["impact"]
        assert window.current_page.heading.words == "People"


def test_the_short_header_shows_find_on_request_and_help_in_the_menu(qapp, qtbot, shown):
    window = samples.shell()
    shown(window, 800, 700)
    window.open_page(Page("People"), "people")
    assert not window.header.search.isVisible()
    press(Qt.Key.Key_F2)
    assert window.header.search.line.hasFocus()
    press(Qt.Key.Key_Escape)
    assert not window.header.search.isVisible()
    window.header.menu_button.click()
    button = next(found for found in window.current_page.findChildren(QWidget) if found.accessibleName() == "Help F1")
    with qtbot.waitSignal(window.help_asked, timeout=1_000):
        button.click()


@pytest.mark.parametrize("scale", [100, 150, 200])
@pytest.mark.parametrize("width", [700, 1_024, 1_366])
def test_nothing_of_the_window_is_cut_off(qapp, qtbot, shown, width, scale):
    Theme.load("light", scale).apply(qapp)
    window = samples.shell()
    shown(window, width, 700)
    window.open_page(Page("People"), "people")
    QApplication.processEvents()
    assert window.width() == width
    for part in (window.header, window.status):
        for child in part.findChildren(QWidget):
            if child.isVisible():
                assert child.mapTo(window, QPoint(child.width(), 0)).x() <= width
                assert child.width() >= min(child.minimumSizeHint().width(), width) or child.width() >= 44


@pytest.mark.parametrize("name", ["light", "dark", "high_contrast"])
def test_focus_can_be_seen_on_every_kind_of_control(qapp, qtbot, shown, name):
    Theme.load(name).apply(qapp)
    window = Shell(samples.ENTRIES)
    shown(window, 1_280, 1_800)
    page = samples.form_page()
    window.open_page(page)
    QApplication.processEvents()
    kinds: dict[str, QWidget] = {}
    for _step in range(40):
        press(Qt.Key.Key_Tab)
        control = QApplication.focusWidget()
        kinds.setdefault(type(control).__name__, control)
    assert {"LineEdit", "SelectBox", "Choice", "Tick", "PrimaryButton", "ErrorLink"} <= set(kinds)
    for kind, control in kinds.items():
        control.setFocus()
        QApplication.processEvents()
        with_focus = window.grab().toImage()
        window.status.details_button.setFocus()
        QApplication.processEvents()
        if kind not in {"QuietButton", "SkipLink"}:
            assert _changed(with_focus, window.grab().toImage(), control, window) > 200, kind


def _changed(one, other, control: QWidget, window: QWidget) -> int:
    """Count the changed pixels on a line 3 px outside the control, where only a ring can be drawn."""
    corner = control.mapTo(window, QPoint(0, 0))
    ring = control.rect().translated(corner).adjusted(-6, -6, 6, 6).intersected(window.rect())
    points = [(x, y) for x in range(ring.left(), ring.right()) for y in (ring.top() + 2, ring.bottom() - 2)]
    points += [(x, y) for y in range(ring.top(), ring.bottom()) for x in (ring.left() + 2, ring.right() - 2)]
    return sum(one.pixel(x, y) != other.pixel(x, y) for x, y in points)


def test_the_focus_ring_never_lies_over_the_header(shell, qtbot):
    page = tall_page("Form")
    shell.open_page(page)
    scroll = page.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: scroll.maximum() > 500, timeout=2_000)
    page.findChildren(TextField)[0].focus_control()
    before = shell.header.grab().toImage()
    plain = shell.grab(shell.header.geometry()).toImage()
    for position in range(0, 300, 7):
        scroll.setValue(position)
        assert shell.grab(shell.header.geometry()).toImage() == plain
    assert not before.isNull()


def test_what_takes_the_focus_comes_into_sight(shell, qtbot):
    page = tall_page("Form")
    shell.open_page(page)
    area = page.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 500, timeout=2_000)
    line = page.findChildren(TextField)[25].line
    line.setFocus(Qt.FocusReason.TabFocusReason)
    top = line.mapTo(area.viewport(), QPoint(0, 0)).y()
    assert top >= 0
    assert top + line.height() <= area.viewport().height()
