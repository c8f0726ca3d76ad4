"""Every part on every sample page keeps the rules, and a page of planted faults keeps none of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

import ui
from tests.helpers.accessibility import bare_labels, controls, faults, faults_in_every_look
from tests.ui.widgets import samples
from ui.widgets import PrimaryButton, SafeLabel


@pytest.mark.parametrize("name", samples.PAGES)
def test_every_sample_page_keeps_the_rules_in_every_look(name, qtbot):
    assert faults_in_every_look(samples.PAGES[name]) == []


@pytest.mark.parametrize("name", samples.PAGES)
def test_the_checks_really_look_at_controls(name, qtbot, shown):
    page = samples.PAGES[name]()
    shown(page)
    assert len(controls(page)) >= 2


def test_the_whole_window_keeps_the_rules(qtbot, shown):
    window = samples.shell()
    shown(window, 1280, 824)
    window.open_page(samples.consent_page(), "people")
    assert faults(window) == []


def test_no_file_of_the_windows_builds_a_bare_label():
    assert bare_labels(Path(ui.__file__).parent) == []


class Trap(QPlainTextEdit):
    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()

    @override
    def focusNextPrevChild(self, forward: bool) -> bool:
        return False


def planted(fault: str) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    good = PrimaryButton("Record consent")
    column.addWidget(good)
    match fault:
        case "no name":
            tool = QToolButton()
            tool.setFixedSize(48, 48)
            column.addWidget(tool)
        case "no name of a field":
            line = QLineEdit()
            line.setPlaceholderText("Full name")
            column.addWidget(line)
        case "does not begin with":
            column.addWidget(other := PrimaryButton("Send"))
            other.setAccessibleName("Refer now")
        case "are called":
            column.addWidget(PrimaryButton("Record consent"))
        case "answer to Alt+R":
            column.addWidget(PrimaryButton("Refer now", letter="r"))
            column.addWidget(PrimaryButton("Return", letter="r"))
        case "smaller than":
            small = QPushButton("Small")
            small.setStyleSheet("min-height: 0; padding: 0; border: 0")
            small.setFixedSize(60, 22)
            column.addWidget(small)
        case "rows lower than":
            table = QTableView()
            table.setModel(QStringListModel(["Samira Osei"], table))
            table.setAccessibleName("People")
            table.verticalHeader().setDefaultSectionSize(22)
            column.addWidget(table)
        case "reads markup":
            column.addWidget(QLabel("Bob <b>Smith</b>"))
        case "cut off":
            label = SafeLabel("A sentence that needs more than one line to be read to its end.")
            label.setFixedSize(100, 24)
            column.addWidget(label)
        case "scrolls sideways" | "wider than the window":
            area = QScrollArea()
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            inner = QWidget()
            inner.setFixedSize(3_000, 100)
            area.setWidget(inner)
            column.addWidget(area)
        case "Tab does not reach":
            column.addWidget(Unreachable())
        case "Tab does not leave":
            area = Trap()
            area.setAccessibleName("Trap")
            column.addWidget(area)
        case "contrast":
            label = SafeLabel("Hard to read")
            label.setStyleSheet("color: #BBBBBB")
            column.addWidget(label)
    return page


class Unreachable(QWidget):
    """Says that Tab reaches it, and hands the keyboard straight on."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(100, 50)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @override
    def focusInEvent(self, event: object) -> None:
        self.nextInFocusChain().setFocus()


@pytest.mark.parametrize(
    "fault",
    [
        "no name",
        "no name of a field",
        "does not begin with",
        "are called",
        "answer to Alt+R",
        "smaller than",
        "rows lower than",
        "reads markup",
        "cut off",
        "scrolls sideways",
        "wider than the window",
        "Tab does not leave",
        "Tab does not reach",
        "contrast",
    ],
)
def test_a_planted_fault_is_found(fault, qtbot):
    found = faults(planted(fault))
    wanted = fault.removesuffix(" of a field")
    assert any(wanted in sentence for sentence in found), found


def test_a_page_without_planted_fault_has_none(qtbot):
    assert faults(planted("")) == []


def test_the_lint_finds_bare_labels_and_tooltips(tmp_path):
    (tmp_path / "page.py").write_text(
        "QLabel('x')\nwidget.setToolTip(name)\nwidget.setToolTip(tooltip(name))\nQMessageBox()\n"
    )
    assert [line.split()[0] for line in bare_labels(tmp_path)] == ["page.py:1", "page.py:2", "page.py:4"]
