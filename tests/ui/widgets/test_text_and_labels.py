"""Text from people stays text, whatever stands in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFontMetricsF, QTextDocument
from PySide6.QtWidgets import QLineEdit, QWidget

from ui.widgets import (
    Button,
    Choice,
    IconLabel,
    Option,
    SafeLabel,
    Shape,
    TextRole,
    Tone,
    isolated,
    shown,
    tooltip,
)
from ui.widgets.text import filled, lower_first

HOSTILE = "Bob <b>Smith</b> <img src='file:///etc/passwd'> & son"


def test_a_label_shows_markup_as_it_was_typed(qtbot):
    label = SafeLabel(HOSTILE)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == HOSTILE


def test_an_ampersand_in_a_label_with_a_buddy_makes_no_shortcut(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    label, line = SafeLabel("R&D unit", parent=page), QLineEdit(page)
    label.name_control(line)
    QAccessible.setActive(True)
    assert label.words == "R&D unit"
    assert QAccessible.queryAccessibleInterface(line).text(QAccessible.Text.Name) == "R&D unit"


def test_an_ampersand_on_a_button_is_shown_and_is_no_shortcut(qtbot):
    button = Button("Refer to Smith & Jones")
    choice = Choice(Option(key="x", words="Food & drink"), "Needs")
    for control in (button, choice):
        qtbot.addWidget(control)
    assert button.text() == "Refer to Smith && Jones"
    assert button.shortcut().isEmpty()
    assert choice.shortcut().isEmpty()
    assert button.accessibleName() == "Refer to Smith & Jones"


def test_a_letter_gives_an_alt_key(qtbot):
    button = Button("Record consent", letter="c")
    qtbot.addWidget(button)
    assert button.shortcut().toString() == "Alt+C"


def test_a_tooltip_shows_an_apostrophe_and_no_markup(qtbot):
    assert tooltip("O'Brien <b>") == "<span>O&#x27;Brien &lt;b&gt;</span>"
    document = QTextDocument()
    document.setHtml(tooltip("O'Brien <b>"))
    assert document.toPlainText() == "O'Brien <b>"


def test_marks_that_turn_a_line_are_dropped_and_joiners_stay():
    assert shown("Smith\u202edna\u202c") == "Smithdna"
    assert shown("نی\u200cلوفر") == "نی\u200cلوفر"
    assert shown("a\x00\x1b[31mb\nc\td") == "a[31mb\nc\td"
    assert isolated("أمل") == "\u2068أمل\u2069"


@given(st.text(max_size=200))
def test_shown_text_never_holds_a_control_or_an_override(text):
    kept = shown(text)
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\x00\x07\x1b")
    assert shown(kept) == kept


@pytest.mark.parametrize(
    ("words", "inside"), [("Get in touch", "get in touch"), ("NHS number", "NHS number"), ("", "")]
)
def test_words_inside_a_sentence_begin_small_unless_they_are_an_abbreviation(words, inside):
    assert lower_first(words) == inside


def test_a_long_sentence_wraps_at_about_seventy_characters(qtbot, shown):
    label = SafeLabel("word " * 60)
    shown(label, 1_600, 400)
    widest = 70 * QFontMetricsF(label.font()).averageCharWidth()
    lines = label.heightForWidth(1_600) / (17 * 1.45)
    assert lines >= QFontMetricsF(label.font()).horizontalAdvance("word " * 60) / widest
    bar = SafeLabel("word " * 60, full_line=True)
    qtbot.addWidget(bar)
    assert bar.heightForWidth(1_600) < label.heightForWidth(1_600)


@pytest.mark.parametrize(
    ("role", "pixels", "weight"),
    [
        (TextRole.PAGE_HEADING, 34, 600),
        (TextRole.NAME, 26, 600),
        (TextRole.SECTION, 20, 600),
        (TextRole.READING, 22, 400),
        (TextRole.LABEL, 17, 600),
        (TextRole.BODY, 17, 400),
        (TextRole.HINT, 15, 400),
    ],
)
def test_each_role_has_its_size_also_after_styling(qtbot, shown, role, pixels, weight):
    label = SafeLabel("Sam", role)
    shown(label)
    assert (label.font().pixelSize(), label.font().weight()) == (pixels, weight)


def test_a_tone_changes_the_colour_of_words(qtbot, shown, light):
    label = IconLabel(Shape.TICK, "Received", tone=Tone.DONE)
    shown(label)
    ink = label.label.palette().color(label.label.foregroundRole())
    assert ink == light.colour("done")
    label.show_words(Shape.STOP, "Refused", Tone.STOP)
    assert label.label.palette().color(label.label.foregroundRole()) == light.colour("stop")


def test_every_line_of_a_name_in_another_script_has_room(qtbot):
    label = SafeLabel("محمد الأمين\nनमस्ते\n山田 太郎")
    qtbot.addWidget(label)
    assert label.heightForWidth(400) == pytest.approx(3 * 17 * 1.45, abs=1.5)


@pytest.mark.parametrize("name", ["سمير", "יעל לוי"])
def test_a_name_that_runs_from_right_to_left_stays_in_its_place_in_a_sentence(name):
    assert filled("{name} said so.", name=name) == f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE} said so."
    assert filled("Refer {name}", name="Zoë") == "Refer Zoë"
    assert filled("{count} left", count=3) == "3 left"
