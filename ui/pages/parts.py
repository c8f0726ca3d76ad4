"""Small parts that several pages share: facts in two columns, a form that stays folded until it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.ids import SiteId
from app.use_cases.people import SiteChoice
from ui.theme import theme_in_use
from ui.view_models.person_story import StoryItem
from ui.widgets import (
    DataTable,
    EmptyState,
    Event,
    Field,
    FlowRow,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    Shape,
    TextRole,
    Tone,
    clear,
    shown,
)

# Above, between and below the lines of a block, in px.
BLOCK_PADDING: Final = 22

TONE_OF_MANNER: Final = {
    "done": Tone.DONE,
    "stop": Tone.STOP,
    "info": Tone.INFO,
    "attention": Tone.ATTENTION,
    "brand": Tone.BRAND,
}


def events_of(items: Sequence[StoryItem]) -> list[Event]:
    """Return entries of a story as a timeline shows them."""
    return [Event(words=item.words, detail=item.detail, tone=TONE_OF_MANNER.get(item.manner)) for item in items]


def fill_sites(field: SelectField, sites: Sequence[SiteChoice], chosen: SiteId | None) -> None:
    """Offer `sites` in a list that was built empty, with `chosen` chosen."""
    box = field.box
    was_blocked = box.blockSignals(True)
    first = box.itemText(0)
    box.clear()
    box.addItem(first, "")
    for site in sites:
        box.addItem(shown(site.name), str(site.site_id))
    field.set_value(str(chosen) if chosen else None)
    box.blockSignals(was_blocked)


def stack(gap: int) -> tuple[QWidget, QVBoxLayout]:
    """Return an empty part of a page that can be hidden as a whole, and the column of its contents."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(gap)
    return part, column


class ListTable(DataTable):
    """A table whose rows keep room for two quiet lines where they stand as blocks: no word is cut at 200 % text."""

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room again when the rows became blocks."""
        super().resizeEvent(event)
        self._make_room()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """The same when the text grew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "rows"):
            self._make_room()

    def _make_room(self) -> None:
        if not self.is_stacked:
            return
        theme = theme_in_use()
        body, quiet = (QFontMetrics(theme.font(role)).height() for role in (TextRole.LABEL, TextRole.HINT))
        header = self.verticalHeader()
        header.setDefaultSectionSize(max(header.defaultSectionSize(), body + 2 * quiet + BLOCK_PADDING))


class ListOrNothing(QWidget):
    """A table that takes all the height there is, or in its place what an empty list says."""

    def __init__(self, table: DataTable, nothing: EmptyState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = table
        self.nothing = nothing
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(nothing, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(table, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        table.hide()
        nothing.hide()

    def show_rows(self, *, are_there: bool) -> None:
        """Show the table when there are rows, else what an empty list says."""
        self.table.setVisible(are_there)
        self.nothing.setVisible(not are_there)


class FactList(QWidget):
    """Names of facts at the left in quiet words, the facts at the right; an empty fact takes no room."""

    def __init__(self, facts: Sequence[tuple[str, str]] = (), *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        self.show_facts(facts)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these facts, each its name and its words."""
        clear(self._grid)
        for at, (name, words) in enumerate((name, words) for name, words in facts if words):
            self._grid.addWidget(SafeLabel(name, tone=Tone.SOFT), at, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(SafeLabel(words), at, 1)


class FoldedForm(QWidget):
    """One button; pressed, it makes room for a few fields with their own Save, and nothing else moves.

    Signals:
        opened: The form was unfolded: show in it what is known.
        save_asked: Save was pressed.
    """

    opened = Signal()
    save_asked = Signal()

    def __init__(
        self,
        words: str,
        save_words: str,
        *fields: Field,
        about: str = "",
        shape: Shape = Shape.PENCIL,
        parent: QWidget | None = None,
    ) -> None:
        """Build a folded form.

        Args:
            words: What the button says that unfolds it.
            save_words: What the button says that saves.
            fields: The fields, top to bottom.
            about: What tells this form's buttons from others of the same words on the page.
            shape: The drawing before the words of the button that unfolds it.
            parent: The widget it stands in.
        """
        super().__init__(parent)
        self.fields = fields
        self.open_button = QuietButton(words, shape=shape, full_name=_named(words, about))
        self.save_button = PrimaryButton(save_words, full_name=_named(save_words, about))
        leave = self.tr("Keep as it was")
        self.leave_button = SecondaryButton(leave, full_name=_named(leave, about or words))
        self._form = QWidget()
        inner = QVBoxLayout(self._form)
        inner.setContentsMargins(0, 8, 0, 8)
        inner.setSpacing(24)
        for field in fields:
            inner.addWidget(field)
        inner.addWidget(FlowRow(self.save_button, self.leave_button, gap=12))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.open_button)
        whole.addWidget(self._form)
        self._form.hide()
        self.open_button.clicked.connect(self.unfold)
        self.leave_button.clicked.connect(self.fold)
        self.save_button.clicked.connect(self.save_asked)

    @property
    def is_open(self) -> bool:
        """Whether the fields are shown."""
        return not self._form.isHidden()

    def unfold(self) -> None:
        """Show the fields and bring the keyboard to the first."""
        self._form.show()
        self.open_button.hide()
        self.opened.emit()
        self.fields[0].focus_control()

    def fold(self) -> None:
        """Hide the fields; what was typed is left behind."""
        for field in self.fields:
            field.set_error("")
        was_open = self.is_open
        self._form.hide()
        self.open_button.show()
        if was_open:
            self.open_button.setFocus(Qt.FocusReason.OtherFocusReason)


def _named(words: str, about: str) -> str:
    return f"{words}, {about}" if about else ""
