"""The files beside one note: each a line with what can be done with it, and below them the way to add another."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import RecordId
from app.domain.note import CaseNote
from app.use_cases.attachments import FileState, FileView
from ui.view_models.file_words import standing_words, what_it_is
from ui.widgets import FlowRow, QuietButton, SafeLabel, SecondaryButton, Shape, SideBySide, TextRole, Tone
from ui.widgets.layouts import GRID, column, hide_unless
from ui.widgets.text import filled

LEAST_WIDTH = 560
"""Below so much room the buttons of a file stand under its words."""


class FileLine(QWidget):
    """One file: its title, what it is, where it is, and what can be done.

    Signals:
        open_asked: Somebody wants to see it.
        removal_asked: Somebody takes it away.
        return_asked: Somebody puts it back.
    """

    open_asked = Signal()
    removal_asked = Signal()
    return_asked = Signal()

    def __init__(self, view: FileView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = view.attachment.title
        self.title = SafeLabel(title)
        self.standing = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.open_button = SecondaryButton(self.tr("Open"), full_name=_named(self.tr("Open"), title))
        self.remove_button = QuietButton(self.tr("Take away"), full_name=_named(self.tr("Take away"), title))
        self.return_button = SecondaryButton(
            self.tr("Put back"), shape=Shape.UNDO, full_name=_named(self.tr("Put back"), title)
        )
        words = QWidget()
        words.setLayout(column(self.title, self.standing, gap=2))
        buttons = FlowRow(self.remove_button, self.open_button, self.return_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(SideBySide(words, buttons, least_width=LEAST_WIDTH, stretches=(1, 0), gap=2 * GRID))
        self.open_button.clicked.connect(self.open_asked)
        self.remove_button.clicked.connect(self.removal_asked)
        self.return_button.clicked.connect(self.return_asked)
        self.show_view(view)

    def show_view(self, view: FileView) -> None:
        """Show where the file stands now; the button that has the focus keeps it where it still may."""
        if view.is_removed:
            words = self.tr("Taken away. Until Alongside is locked it can be put back.")
        else:
            words = f"{what_it_is(view)} · {standing_words(view)}"
        self.standing.set_words(words)
        self.open_button.setVisible(not view.is_removed)
        self.open_button.setEnabled(view.is_here or view.state is FileState.NOT_HERE)
        self.remove_button.setVisible(view.is_removable and not view.is_removed)
        self.return_button.setVisible(view.is_removed)


class NoteFiles(QWidget):
    """Every file beside one note.

    Signals:
        add_asked: Somebody wants to add one.
        open_asked, removal_asked, return_asked: The `FileView` that is meant.
    """

    add_asked = Signal()
    open_asked = Signal(object)
    removal_asked = Signal(object)
    return_asked = Signal(object)

    def __init__(self, note: CaseNote, *, may_add: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.note = note
        self.lines: dict[RecordId, FileLine] = {}
        self._views: dict[RecordId, FileView] = {}
        self.add_button = QuietButton(self.tr("Add a file"), shape=Shape.PLUS)
        self._list = QVBoxLayout()
        self._list.setSpacing(2 * GRID)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * GRID, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(self._list)
        layout.addWidget(self.add_button)
        self.add_button.clicked.connect(self.add_asked)
        hide_unless(self.add_button, may_add)
        hide_unless(self, may_add)

    def show_files(self, views: Sequence[FileView]) -> None:
        """Show these files; a line that is there already is only told anew."""
        for view in views:
            key = view.attachment.id
            self._views[key] = view
            if key in self.lines:
                self.lines[key].show_view(view)
            else:
                self._add_line(key, view)
        for key in set(self.lines) - {view.attachment.id for view in views}:
            line = self.lines.pop(key)
            line.hide()
            line.deleteLater()
        self.setVisible(bool(self.lines) or not self.add_button.isHidden())

    def _add_line(self, key: RecordId, view: FileView) -> None:
        line = FileLine(view)
        self.lines[key] = line
        self._list.addWidget(line)
        line.open_asked.connect(lambda: self.open_asked.emit(self._views[key]))
        line.removal_asked.connect(lambda: self.removal_asked.emit(self._views[key]))
        line.return_asked.connect(lambda: self.return_asked.emit(self._views[key]))


def _named(words: str, title: str) -> str:
    return filled("{words}, {title}", words=words, title=title)
