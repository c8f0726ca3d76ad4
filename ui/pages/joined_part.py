"""What a person's page says of records that became part of theirs, or may be theirs too."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import RecordId
from app.use_cases.joining import KnownElsewhere, MayBe, Merged
from ui.pages.parts import FoldedForm, stack
from ui.view_models.pair_words import elsewhere_words, joined_words, since_words
from ui.widgets import Banner, Manner, Option, QuietButton, SecondaryButton, Shape, TickGroup, clear
from ui.widgets.text import filled


class JoinedPart(QWidget):
    """Nothing at all for nearly everybody.

    Signals:
        undo_asked: The merge that shall be undone, and what was written since and goes to the other person.
        compare_asked: The other person of a pair that waits for a decision.
    """

    undo_asked = Signal(object, object)
    compare_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self.undo_buttons: dict[RecordId, QuietButton] = {}
        self.dealing: dict[RecordId, FoldedForm] = {}
        self.compare_buttons: list[SecondaryButton] = []
        self.elsewhere_buttons: list[SecondaryButton] = []
        self._pairs: Sequence[MayBe] = ()
        self._elsewhere: Sequence[KnownElsewhere] = ()
        self.hide()

    def show_joined(
        self, merges: Sequence[Merged], pairs: Sequence[MayBe], elsewhere: Sequence[KnownElsewhere] = ()
    ) -> None:
        """Show merges that hold, pairs that wait, and who else keeps a record of the person."""
        clear(self._column)
        self.undo_buttons.clear()
        self.dealing.clear()
        self.compare_buttons.clear()
        self.elsewhere_buttons.clear()
        self._pairs, self._elsewhere = pairs, elsewhere
        for pair in pairs:
            self._column.addWidget(self._may_be(pair))
        for merged in merges:
            self._column.addWidget(self._merged(merged))
        for each in elsewhere:
            self._column.addWidget(self._known_elsewhere(each))
        self.setVisible(bool(merges or pairs or elsewhere))

    def _may_be(self, pair: MayBe) -> QWidget:
        statement = filled(self.tr("Maybe the same person as {name}."), name=pair.name)
        button = SecondaryButton(self.tr("Compare the two"), full_name=f"{self.tr('Compare the two')}, {statement}")
        button.clicked.connect(self._on_compare)
        self.compare_buttons.append(button)
        return Banner(statement, "", manner=Manner.ATTENTION, actions=(button,))

    def _known_elsewhere(self, elsewhere: KnownElsewhere) -> QWidget:
        statement, detail = elsewhere_words(elsewhere)
        words = self.tr("Look at both")
        button = SecondaryButton(words, full_name=f"{words}, {statement}")
        button.clicked.connect(self._on_look)
        self.elsewhere_buttons.append(button)
        return Banner(statement, detail, manner=Manner.INFO, actions=(button,))

    def _merged(self, merged: Merged) -> QWidget:
        statement, detail = joined_words(merged)
        actions: tuple[QuietButton, ...] = ()
        if merged.may_undo and not merged.is_waiting:
            words = self.tr("Make two records again")
            button = QuietButton(words, shape=Shape.UNDO, full_name=f"{words}, {statement}")
            button.clicked.connect(self._on_undo)
            self.undo_buttons[merged.merge.id] = button
            actions = (button,)
            if merged.since:
                return self._dealt_out(merged, statement, detail)
        return Banner(statement, detail, manner=Manner.INFO, actions=actions)

    def _dealt_out(self, merged: Merged, statement: str, detail: str) -> QWidget:
        """Ask first for whom that was which was written since: what is not ticked stays with this person."""
        self.undo_buttons.pop(merged.merge.id)
        ticks = TickGroup(
            self.tr("What of this is about the other person?"),
            [Option(key=str(each.record_id), words=since_words(each)) for each in merged.since],
            hint=self.tr("What is not ticked stays here. A no to sharing holds for both."),
            optional=True,
        )
        words = self.tr("Make two records again")
        form = FoldedForm(words, self.tr("Make two records"), ticks, about=statement, shape=Shape.UNDO)
        form.save_asked.connect(self._on_dealt)
        self.dealing[merged.merge.id] = form
        whole, column = stack(8)
        column.addWidget(Banner(statement, detail, manner=Manner.INFO))
        column.addWidget(form)
        return whole

    def _on_dealt(self) -> None:
        sender = self.sender()
        merge, form = next((merge, form) for merge, form in self.dealing.items() if form is sender)
        ticks = form.fields[0]
        assert isinstance(ticks, TickGroup)
        self.undo_asked.emit(merge, [RecordId(UUID(key)) for key in ticks.values])

    def _on_undo(self) -> None:
        sender = self.sender()
        self.undo_asked.emit(next(merge for merge, button in self.undo_buttons.items() if button is sender), [])

    def _on_look(self) -> None:
        sender = self.sender()
        at = next(at for at, button in enumerate(self.elsewhere_buttons) if button is sender)
        self.compare_asked.emit(self._elsewhere[at].other)

    def _on_compare(self) -> None:
        sender = self.sender()
        at = next(at for at, button in enumerate(self.compare_buttons) if button is sender)
        self.compare_asked.emit(self._pairs[at].other)
