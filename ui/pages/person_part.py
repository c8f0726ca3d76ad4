"""What the parts of a person's page have in common: they show one opened person, and say what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from app.domain.codes import RecordType
from app.domain.ids import PersonId
from app.errors import KnownError
from app.use_cases import recent_changes
from app.use_cases.person_page import PersonView
from app.use_cases.recent_changes import RecentChange
from ui.context import PageContext
from ui.widgets import Field, SafeLabel, TextRole, announce, clear
from ui.widgets.layouts import BETWEEN_GROUPS

T = TypeVar("T")


class PersonPart(QWidget):
    """One part of a person's page; what it shows is built anew at every `show_person`, its forms stay.

    Signals:
        failed: A `KnownError` for the page to say.
        tried: Something is tried; what went wrong before is no longer said.

    Attributes:
        shown: Where `show_person` puts what it shows.
    """

    failed = Signal(object)
    tried = Signal()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.view: PersonView | None = None
        self.shown = QVBoxLayout()
        self.shown.setSpacing(12)
        self.whole = QVBoxLayout(self)
        self.whole.setContentsMargins(0, 0, 0, 0)
        self.whole.setSpacing(BETWEEN_GROUPS)
        self.whole.addLayout(self.shown)

    def show_person(self, view: PersonView) -> None:
        """Show a person as just read."""
        self.view = view
        clear(self.shown)
        self.build(view)

    def build(self, view: PersonView) -> None:
        """Put into `shown` what is to be seen of `view`."""

    def field_of(self, key: str) -> Field | None:  # noqa: ARG002 - parts with fields override it
        """Return the field that `<record>.<field>` is typed into, None when this part has none for it."""
        return None

    @property
    def person_id(self) -> PersonId:
        """Whom the part is about."""
        assert self.view is not None, "a part is used after it was shown"
        return self.view.person_id

    def ask(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Do `work` on the vault thread and tell `done`; the page says what goes wrong."""
        self.tried.emit()
        self.context.jobs.run(work, done, self._on_failed)

    def add(self, part: QWidget | QLayout) -> None:
        """Put `part` below what is shown already."""
        if isinstance(part, QWidget):
            self.shown.addWidget(part)
        else:
            self.shown.addLayout(part)

    def add_heading(self, words: str) -> None:
        """Begin a group with a heading of its own."""
        if self.shown.count():
            self.shown.addSpacing(BETWEEN_GROUPS - self.shown.spacing())
        self.shown.addWidget(SafeLabel(words, TextRole.SECTION))

    def _on_put_back(self, change: RecentChange) -> None:
        context = self.context

        def put_back() -> RecordType:
            return recent_changes.put_back(
                context.vault,
                actor=context.actor,
                now=context.now,
                conflict_id=change.conflict,
                field=change.field,
            )

        self.ask(put_back, self._on_is_back)

    def _on_is_back(self, changed: RecordType) -> None:
        announce(self, self.tr("Put back. It is kept on this laptop and sent later."))
        self.context.changes.tell({changed})

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
