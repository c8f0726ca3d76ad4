"""What every page on the vault has in common: a subject, reading on the vault thread, and words for what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.errors import KnownError, SeveralInputsError
from ui.context import PageContext
from ui.jobs import BugError, Job
from ui.messages import field_key, words_of
from ui.widgets import Banner, Field, Manner, Page, SecondaryButton, TextArea, announce
from ui.widgets.layouts import BETWEEN_FIELDS

T = TypeVar("T")


class VaultPage(Page):
    """A page that reads and writes through use cases; subclasses build their parts and override `load`.

    Attributes:
        refresh_on: The kinds of record whose change makes the page read again.
        subject: What the page is open on, None for a page of lists.
    """

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset()

    def __init__(
        self,
        context: PageContext,
        heading: str = "",
        purpose: str = "",
        *,
        full_width: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(heading, purpose, full_width=full_width, parent=parent)
        self.context = context
        self.subject: object | None = None
        self._is_stale = False
        self.failure = _Failure()
        self._errors_gap.addWidget(self.failure)
        context.changes.vault_changed.connect(self._on_vault_changed)

    def open(self, subject: object | None = None) -> None:
        """Show `subject`; the page may be open on another one."""
        self.subject = subject
        self._is_stale = False
        self.clear_failure()
        self.load()

    def load(self) -> None:
        """Read what is shown; called when the page is opened, and again when a record of `refresh_on` changed."""

    def ask(self, work: Callable[[], T], done: Callable[[T], None], *, instead_of: Job[Any] | None = None) -> Job[T]:
        """Do `work` on the vault thread and tell `done`; what goes wrong is said on this page."""
        return self.context.jobs.run(work, done, self.show_failure, instead_of=instead_of)

    def show_failure(self, error: KnownError) -> None:
        """Say what went wrong and what to do; a refused field is marked where it stands."""
        words = words_of(error)
        said = [(words_of(each).whole, self.field_of(field_key(each))) for each in self.each_of(error)]
        if len(said) > 1 or said[0][1] is not None:
            self.show_errors(said)
            return
        self.failure.show_words(words.sentence, words.next_step, error.report if isinstance(error, BugError) else "")
        self.set_scroll_position(0)
        announce(self, words.whole)

    def each_of(self, error: KnownError) -> tuple[KnownError, ...]:
        """Return the errors to say: every field that is refused, in the order of the form."""
        return error.errors if isinstance(error, SeveralInputsError) else (error,)

    def clear_failure(self) -> None:
        """Take away what went wrong before, at the top and at every field."""
        self.failure.hide()
        self.show_errors([])
        for field in self.findChildren(Field):
            if field.error:
                field.set_error("")

    def field_of(self, key: str) -> Field | None:  # noqa: ARG002 - pages with fields override it
        """Return the field that `<record>.<field>` is typed into, None when the page has none for it."""
        return None

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Read again what changed while another page was in front."""
        super().showEvent(event)
        if self._is_stale:
            self._is_stale = False
            self.load()

    def _on_vault_changed(self, kinds: frozenset[RecordType]) -> None:
        if not kinds & self.refresh_on:
            return
        if self.isVisible():
            self.load()
        else:
            self._is_stale = True


class _Failure(QWidget):
    """What went wrong, what to do, and for a fault of ours the report that a person reads first."""

    def __init__(self) -> None:
        super().__init__()
        self.banner = Banner("", manner=Manner.STOP)
        self.report = TextArea(self.tr("Report of the fault"), hint=self.tr("It holds no names and no records."))
        self.report.area.setReadOnly(True)
        self.copy_button = SecondaryButton(self.tr("Copy the report"))
        self.copy_button.clicked.connect(self._on_copy)
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, BETWEEN_FIELDS)
        below.setSpacing(16)
        for part in (self.banner, self.report, self.copy_button):
            below.addWidget(part)
        self.hide()

    def show_words(self, sentence: str, next_step: str, report: str) -> None:
        """Show the sentence, and the report where there is one."""
        self.banner.set_words(sentence, next_step)
        self.report.set_text(report)
        self.report.setVisible(bool(report))
        self.copy_button.setVisible(bool(report))
        self.show()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.text)
