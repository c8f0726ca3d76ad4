"""Fields: label, hint, error and control as one; nothing is lost, guessed or chosen beforehand."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from ui.widgets import (
    ChoiceGroup,
    DateBox,
    DateField,
    DateParts,
    LinkLine,
    Option,
    Page,
    SecretField,
    SelectField,
    TextArea,
    TextField,
    TickGroup,
    column,
)

WHO = [Option(key="self", words="Sam"), Option(key="other", words="Somebody else")]


def labels_of(control: QWidget) -> list[str]:
    QAccessible.setActive(True)
    interface = QAccessible.queryAccessibleInterface(control)
    found = []
    for other, relation in interface.relations(QAccessible.RelationFlag.Label):
        if relation & QAccessible.RelationFlag.Label:
            found.append(other.text(QAccessible.Text.Name))
    return found


@pytest.mark.parametrize(
    "make",
    [
        lambda: TextField("Full name"),
        lambda: TextArea("Full name"),
        lambda: SecretField("Full name"),
        lambda: SelectField("Full name", [("a", "A")]),
        lambda: ChoiceGroup("Full name", WHO),
        lambda: DateField("Full name"),
    ],
)
def test_the_label_is_buddy_and_name_of_its_control(make, qtbot, shown):
    field = make()
    shown(field)
    assert field.control.accessibleName() == "Full name"
    assert field.label.buddy() is field.control


def test_a_reader_finds_the_label_of_a_combo_box(qtbot, shown):
    field = SelectField("Ward", [("st_david", "St David ward")])
    shown(field)
    assert labels_of(field.box) == ["Ward"]
    assert field.box.view().accessibleName() == "Ward"


def test_an_error_stands_at_the_field_and_keeps_what_was_typed(qtbot, shown):
    field = TextField("Phone", hint="Any spacing")
    shown(field)
    field.set_text("07700 900")
    field.set_error("Type all 11 digits of the phone number")
    assert field.text == "07700 900"
    assert field.error_label.isVisible()
    assert field.error_label.label.words == "Error: Type all 11 digits of the phone number"
    assert field.line.accessibleDescription() == "Any spacing Error: Type all 11 digits of the phone number"
    field.set_error("")
    assert not field.error_label.isVisible()
    assert field.line.accessibleDescription() == "Any spacing"


def test_optional_fields_say_so(qtbot):
    field = TextField("Known as", optional=True)
    qtbot.addWidget(field)
    assert field.label.words == "Known as (optional)"


def test_leaving_a_field_is_told_once_for_drafts(qtbot, shown):
    first, second = TextField("Full name"), TextField("Known as")
    both = QWidget()
    both.setLayout(column(first, second))
    shown(both)
    first.focus_control()
    with qtbot.waitSignal(first.left, timeout=1_000):
        QTest.keyClick(first.line, Qt.Key.Key_Tab)
    assert second.line.hasFocus()


def test_tab_leaves_a_text_area_and_its_text_stays(qtbot, shown):
    area, after = TextArea("Their own words"), TextField("Place")
    both = QWidget()
    both.setLayout(column(area, after))
    shown(both)
    area.set_text("line one\nline <b>two</b>")
    area.focus_control()
    QTest.keyClick(area.area, Qt.Key.Key_Tab)
    assert after.line.hasFocus()
    assert area.text == "line one\nline <b>two</b>"


def test_a_date_gives_back_the_three_texts_untouched(qtbot, shown):
    field = DateField("Date of injury")
    shown(field)
    for box, typed in zip(DateBox, (" 31 ", "feb", "1984"), strict=True):
        QTest.keyClicks(field.boxes[box], typed)
    assert field.parts() == DateParts(day="31", month="feb", year="1984")
    field.set_parts(DateParts(year="1984"))
    assert field.parts() == DateParts(year="1984")
    assert DateParts().is_empty


def test_a_wrong_date_marks_and_focuses_the_box_that_is_wrong(qtbot, shown):
    field = DateField("Date of injury")
    shown(field)
    field.set_error("The month is a number from 1 to 12", DateBox.MONTH)
    field.focus_control()
    assert field.boxes[DateBox.MONTH].hasFocus()
    assert [box for box, line in field.boxes.items() if line.property("faulty")] == [DateBox.MONTH]
    field.set_error("")
    assert not any(line.property("faulty") for line in field.boxes.values())


def test_two_dates_on_a_page_have_boxes_with_different_names(qtbot):
    first, second = DateField("Date of birth"), DateField("Date of injury")
    for field in (first, second):
        qtbot.addWidget(field)
    assert first.boxes[DateBox.DAY].accessibleName() == "Day, date of birth"
    assert second.boxes[DateBox.DAY].accessibleName() == "Day, date of injury"


def test_typing_into_a_date_never_moves_the_focus(qtbot, shown):
    field = DateField("Date of birth")
    shown(field)
    field.boxes[DateBox.DAY].setFocus()
    QTest.keyClicks(field.boxes[DateBox.DAY], "15")
    assert field.boxes[DateBox.DAY].hasFocus()


def test_nothing_is_chosen_beforehand(qtbot):
    who, how = ChoiceGroup("Who answers", WHO), TickGroup("How", WHO)
    ward = SelectField("Ward", [("st_david", "St David ward")])
    for field in (who, how, ward):
        qtbot.addWidget(field)
    assert (who.value, how.values, ward.value) == (None, (), None)


def test_a_choice_can_be_made_with_the_keyboard_and_taken_away(qtbot, shown):
    field = ChoiceGroup("Who answers", WHO)
    shown(field)
    field.focus_control()
    with qtbot.waitSignal(field.chosen, timeout=1_000) as chosen:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert chosen.args == ["self"]
    field.set_value(None)
    assert field.value is None


def test_the_whole_line_of_a_choice_can_be_pressed(qtbot, shown):
    field = TickGroup("How", WHO)
    shown(field)
    tick = field.ticks["other"]
    QTest.mouseClick(tick, Qt.MouseButton.LeftButton, pos=QPoint(tick.width() - 3, tick.height() - 3))
    assert field.values == ("other",)


def test_long_words_of_a_choice_wrap_instead_of_being_cut(qtbot, shown):
    long = Option(key="x", words="An attorney for property who may only refuse or withdraw " * 4)
    field = ChoiceGroup("Who answers", [long])
    shown(field, 400, 400)
    choice = field.choices["x"]
    assert choice.width() <= 400
    assert choice.height() >= choice.heightForWidth(choice.width()) > 44


def test_the_wheel_does_not_change_a_closed_list(qtbot, shown):
    field = SelectField("Ward", [("a", "A"), ("b", "B")])
    shown(field)
    field.set_value("a")
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field.box, wheel)
    assert field.value == "a"


def test_a_password_is_hidden_until_asked_and_can_be_pasted(qtbot, shown):
    field = SecretField("Password")
    shown(field)
    QApplication.clipboard().setText("four random words here")
    field.focus_control()
    field.line.paste()
    assert field.text == "four random words here"
    assert field.line.echoMode() == QLineEdit.EchoMode.Password
    field.show_button.click()
    assert field.line.echoMode() == QLineEdit.EchoMode.Normal
    assert field.show_button.accessibleName() == "Hide, Password"
    field.clear()
    assert (field.text, field.line.echoMode()) == ("", QLineEdit.EchoMode.Password)
    QApplication.clipboard().clear()


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(qtbot, shown):
    page = Page("Register a person")
    name, born = TextField("Full name"), DateField("Date of birth")
    page.add(name)
    page.add(born)
    shown(page)
    page.show_errors([("Type the full name", name), ("Type the date of birth", born)])
    assert page.errors.hasFocus()
    assert (name.error, born.error) == ("Type the full name", "Type the date of birth")
    qtbot.waitUntil(lambda: all(link.isVisible() for link in page.findChildren(LinkLine)), timeout=1_000)
    QTest.keyClick(page.errors, Qt.Key.Key_Tab)
    link = QApplication.focusWidget()
    assert isinstance(link, LinkLine)
    assert link.words == "Type the full name"
    QTest.keyClick(link, Qt.Key.Key_Space)
    assert name.line.hasFocus()
    page.show_errors([])
    assert not page.errors.isVisible()


def test_escape_in_a_form_loses_nothing(qtbot, shown):
    field = TextField("Full name")
    shown(field)
    field.set_text("Samira Osei")
    QTest.keyClick(field.line, Qt.Key.Key_Escape)
    assert field.text == "Samira Osei"
