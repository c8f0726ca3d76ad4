"""The smaller parts: banners, cards, chips, tabs, timeline, progress, icons, announcements."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from ui.shell.rail import NavigationEntry, NavigationList
from ui.theme import Theme
from ui.widgets import (
    Announcer,
    AttentionCard,
    Banner,
    Card,
    Chip,
    ChoiceGroup,
    EmptyState,
    Event,
    Manner,
    Option,
    Page,
    PersonHeader,
    PrimaryButton,
    QuietButton,
    ReferralProgress,
    SafeLabel,
    SecondaryButton,
    Shape,
    SideBySide,
    Station,
    Tabs,
    Timeline,
    Tone,
    announce,
)
from ui.widgets.icons import draw_shape
from ui.widgets.surfaces import SHAPE_OF_MANNER


def test_every_manner_has_its_own_shape():
    assert len(set(SHAPE_OF_MANNER.values())) == len(Manner)


def test_a_banner_is_named_by_its_sentence_and_can_change(qtbot):
    banner = Banner("Connect by 17 May.", manner=Manner.ATTENTION, actions=(QuietButton("Write to USB"),))
    qtbot.addWidget(banner)
    assert banner.accessibleName() == "Connect by 17 May."
    banner.set_manner(Manner.DONE)
    banner.set_words("Everything sent.", "Last sent Tue 14:05.")
    assert (banner.accessibleName(), banner.manner) == ("Everything sent.", Manner.DONE)
    assert banner.accessibleDescription() == "Last sent Tue 14:05."


def test_no_part_opens_a_window_of_its_own_while_it_is_built(qtbot, qapp):
    before = set(QApplication.topLevelWidgets())
    parts = [
        PersonHeader("Samira Osei", "known as Sam", "St David ward", ["Eye gaze"]),
        AttentionCard("Ask again", "From today", PrimaryButton("Ask now")),
        Card("Aspire", "Accepted", SafeLabel("x")),
        EmptyState("No sessions yet.", "The first call is due.", SecondaryButton("Log a session")),
        Page("People", "Everybody you look after"),
    ]
    for part in parts:
        qtbot.addWidget(part)
    new = [window for window in QApplication.topLevelWidgets() if window not in before]
    assert not [window for window in new if window.isVisible()]


def test_a_chip_keeps_round_ends_at_every_text_size(qtbot, shown, qapp):
    chip = Chip("Eye gaze")
    shown(chip)
    for scale in (100, 150, 200):
        Theme.load("light", scale).apply(qapp)
        assert chip.height() == 2 * round(17 * scale / 100)


def test_a_tab_says_its_key_once_and_arrows_only_move_the_focus(qtbot, shown):
    tabs = Tabs([("overview", "Overview"), ("consent", "Consent"), ("notes", "Notes")])
    shown(tabs)
    chosen = []
    tabs.chosen.connect(chosen.append)
    tabs.button("overview").setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert tabs.button("consent").hasFocus()
    assert (tabs.current, chosen) == ("overview", [])
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert (tabs.current, chosen) == ("consent", ["consent"])
    tabs.button("consent").click()
    assert tabs.current == "consent"


def test_progress_is_spoken_as_one_sentence(qtbot):
    progress = ReferralProgress(
        [Station(words="On this laptop", day="12 Nov", is_reached=True), Station(words="Helped")]
    )
    qtbot.addWidget(progress)
    assert progress.accessibleName() == "On this laptop: 12 Nov; Helped: not yet"


def test_progress_turns_into_a_column_where_there_is_little_room(qtbot, shown):
    progress = ReferralProgress([Station(words="Accepted", day="12 Nov", is_reached=True)] * 5)
    window = shown(progress, 1_000, 400)
    wide = progress.heightForWidth(1_000)
    assert progress.heightForWidth(300) > 2 * wide
    window.resize(480, 600)
    QApplication.processEvents()
    labels = [label for label in progress.findChildren(SafeLabel) if label.words == "Accepted"]
    heights = [label.mapTo(progress, label.rect().topLeft()).y() for label in labels]
    assert heights == sorted(set(heights))


def test_only_proved_stations_are_painted_as_done(qtbot, shown, light):
    progress = ReferralProgress([Station(words="Sent", is_reached=True), Station(words="Opened")])
    shown(progress, 600, 200)
    picture = progress.grab().toImage()
    done = light.colour("done").rgb()
    filled = {x // 300 for x in range(600) for y in range(30) if picture.pixel(x, y) == done}
    assert filled == {0}


def test_a_timeline_shows_what_happened_in_the_order_given(qtbot):
    line = Timeline([Event(words="Accepted", detail="14 November", tone=Tone.DONE), Event(words="Opened")])
    qtbot.addWidget(line)
    assert [label.words for label in line.findChildren(SafeLabel)] == ["Accepted", "14 November", "Opened"]
    line.show_events([Event(words="Registered")])
    assert [label.words for label in line.findChildren(SafeLabel)] == ["Registered"]


def test_parts_beside_each_other_stand_below_each_other_in_little_room(qtbot, shown):
    left, right = SafeLabel("Referrals"), SafeLabel("What happened")
    both = SideBySide(left, right, least_width=700, stretches=(1, 1))
    window = shown(both, 1_000, 400)
    assert right.x() > left.x()
    window.resize(500, 420)
    QApplication.processEvents()
    assert right.x() == left.x()
    assert right.y() > left.y()


@pytest.mark.parametrize("shape", Shape)
def test_every_shape_is_drawn_in_the_colour_asked_for(shape):
    picture = QImage(48, 48, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    draw_shape(painter, shape, QColor("#9B1C1C"), QRectF(0, 0, 48, 48))
    painter.end()
    colours = {picture.pixelColor(x, y).name() for x in range(48) for y in range(48)}
    assert "#9b1c1c" in colours
    edge = [picture.pixelColor(at, 0).name() for at in range(48)]
    assert set(edge) == {"#ffffff"}


def test_every_drawing_is_known_has_24_px_and_one_colour():
    folder = Path(str(resources.files("resources") / "icons"))
    files = sorted(path.stem for path in folder.glob("*.svg"))
    assert files == sorted(Shape)
    for path in folder.glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert 'viewBox="0 0 24 24"' in text
        assert 'stroke-width="2"' in text
        assert "#" not in text


def test_an_announcement_is_posted_without_touching_the_focus(qtbot, shown):
    page = Page("People")
    shown(page)
    QAccessible.setActive(True)
    focused = QApplication.focusWidget()
    announce(page, "Recorded on this laptop")
    assert QApplication.focusWidget() is focused


def test_of_many_announcements_the_first_and_the_last_are_heard(qtbot):
    heard = []

    def say(_widget: QWidget, words: str) -> None:
        heard.append(words)

    page = Page("People")
    qtbot.addWidget(page)
    announcer = Announcer(page, say)
    announcer._timer.setInterval(20)
    for words in ("1 found", "2 found", "3 found"):
        announcer.announce(words)
    assert heard == ["1 found"]
    qtbot.waitUntil(lambda: heard == ["1 found", "3 found"], timeout=1_000)


def test_a_press_by_switch_or_voice_works_where_the_control_is_checkable(qapp: Any) -> None:
    """Assistive technology toggles a checkable control; nothing is clicked then."""
    told: list[str] = []
    tabs = Tabs([("one", "One"), ("two", "Two")])
    tabs.chosen.connect(told.append)
    tabs.button("two").toggle()
    group = ChoiceGroup("How?", [Option(key="a", words="A"), Option(key="b", words="B")])
    group.chosen.connect(told.append)
    group.choices["b"].toggle()
    entries = NavigationList()
    entries.set_entries(
        [NavigationEntry(key="today", words="Today"), NavigationEntry(key="people", words="People")], "today"
    )
    entries.chosen.connect(told.append)
    entries.buttons["people"].toggle()
    assert told == ["two", "b", "people"]
    assert tabs.current == "two"
    assert entries.buttons["today"].isChecked(), "only the page that is shown marks its entry"
    tabs.set_current("one")
    group.set_value("a")
    assert told == ["two", "b", "people"], "what the program sets is no press"


def test_a_mouse_or_key_press_is_told_once(qapp: Any) -> None:
    told: list[str] = []
    group = ChoiceGroup("How?", [Option(key="a", words="A"), Option(key="b", words="B")])
    group.chosen.connect(told.append)
    group.choices["a"].click()
    entries = NavigationList()
    entries.set_entries([NavigationEntry(key="today", words="Today")], "")
    entries.chosen.connect(told.append)
    entries.buttons["today"].click()
    assert told == ["a", "today"]
