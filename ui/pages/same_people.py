"""The panel beside the registration form: people already known who may be the one being typed, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.ids import PersonId
from app.use_cases.same_person import PossibleSame
from ui.view_models.registration import SameWords, same_words
from ui.widgets import IconLabel, LinkLine, SafeLabel, Shape, Surface, TextRole, Tone, clear


class SamePeoplePanel(QWidget):
    """Says nothing until there is somebody to show; never decides.

    Signals:
        open_asked: The id of a person whose page is wanted.
    """

    open_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = SafeLabel(self.tr("Known already?"), TextRole.SECTION)
        self.quiet = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.heading)
        below.addWidget(self.quiet)
        below.addLayout(self._cards)
        below.addStretch(1)
        self.show_people((), is_typed=False)

    @property
    def cards(self) -> list[SameCard]:
        """The cards that are shown."""
        items = (self._cards.itemAt(at) for at in range(self._cards.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, SameCard)]

    def show_people(self, people: Sequence[PossibleSame], *, is_typed: bool) -> None:
        """Show `people`, likeliest first; `is_typed` tells whether there was anything to compare."""
        clear(self._cards)
        for same in people:
            card = SameCard(same.person_id, same_words(same))
            card.open_asked.connect(self.open_asked)
            self._cards.addWidget(card)
        if people:
            words = self.tr("Open the one you mean, or go on: nothing is joined by itself.")
        elif is_typed:
            words = self.tr("Nobody like this is known on this laptop.")
        else:
            words = self.tr("While you type, people who may be the same stand here.")
        self.quiet.set_words(words)


class SameCard(Surface):
    """Somebody who may be the same person.

    Signals:
        open_asked: The person's id.
    """

    open_asked = Signal(object)

    def __init__(self, person_id: PersonId, words: SameWords) -> None:
        super().__init__(gap=2)
        self._person_id = person_id
        self.words = words
        self.column.setContentsMargins(16, 12, 16, 8)
        self.setAccessibleName(words.heading)
        shape, tone = (Shape.TRIANGLE, Tone.ATTENTION) if words.is_likely else (Shape.INFORMATION, Tone.INFO)
        self.add(IconLabel(shape, words.heading, TextRole.LABEL, tone=tone))
        for line in (words.where, words.why):
            if line:
                self.add(SafeLabel(line, TextRole.HINT, tone=Tone.SOFT))
        label = self.tr("Open this person")
        self.open_button = LinkLine(label, full_name=f"{label}, {words.heading}")
        self.open_button.clicked.connect(self._on_open)
        self.add(self.open_button)

    def _on_open(self) -> None:
        self.open_asked.emit(self._person_id)
