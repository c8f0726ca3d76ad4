"""Keeps what is typed on a form in the vault, at most a second after a pause, and brings it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import drafts
from ui.context import PageContext
from ui.widgets import Field

# Below the second that is promised, above the pause between two words.
PAUSE_MS: Final = 700


class DraftKeeper(QObject):
    """One form's draft: watch its fields, begin it on a subject, drop it when the form was saved.

    Signals:
        found: The `KeptDraft` from before, after `begin`.
        kept: A draft was just written.
        failed: A `KnownError`: the draft could not be read or written.
    """

    found = Signal(object)
    kept = Signal()
    failed = Signal(object)

    def __init__(self, context: PageContext, page: str, values: Callable[[], dict[str, Any]], parent: QObject) -> None:
        """Keep the draft of `page`; `values` gives what stands in the form, as JSON values."""
        super().__init__(parent)
        self._context = context
        self._page = page
        self._values = values
        self._subject: UUID | None = None
        self._is_open = False
        self._has_changed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.keep_now)

    def watch(self, *fields: Field) -> None:
        """Keep the draft after a pause in any of these fields, and on leaving one."""
        for field in fields:
            field.edited.connect(self.touch)
            field.left.connect(self.keep_now)

    def begin(self, subject: UUID | None = None) -> None:
        """Look for a draft about `subject`; `found` brings it when there is one."""
        self._subject = subject
        self._has_changed = False
        self._is_open = True
        vault, actor, page = self._context.vault, self._context.actor, self._page

        def read() -> KeptDraft | None:
            return drafts.load_draft(vault, actor=actor, page=page, subject=subject)

        self._context.jobs.run(read, self._on_read, self._on_failed)

    def touch(self) -> None:
        """Note that something changed; it is kept after a pause."""
        if self._is_open:
            self._has_changed = True
            self._timer.start()

    def keep_now(self) -> None:
        """Keep what stands in the form, if anything changed since the last time."""
        self._timer.stop()
        if not (self._is_open and self._has_changed):
            return
        self._has_changed = False
        vault, actor, now = self._context.vault, self._context.actor, self._context.now
        page, subject, values = self._page, self._subject, self._values()

        def keep() -> None:
            drafts.save_draft(vault, actor=actor, now=now, page=page, subject=subject, values=values)

        self._context.jobs.run(keep, self._on_kept, self._on_failed)

    def end(self) -> None:
        """Stop keeping: the form was saved.

        Its use case took the draft away, but a pause that ended while it was being saved may have kept it again.
        """
        self.drop()
        self._is_open = False

    def drop(self) -> None:
        """Throw the draft away; the form stays open for new words."""
        self._timer.stop()
        self._has_changed = False
        vault, actor, now = self._context.vault, self._context.actor, self._context.now
        page, subject = self._page, self._subject

        def away() -> None:
            drafts.drop_draft(vault, actor=actor, now=now, page=page, subject=subject)

        self._context.jobs.run(away, self._on_dropped, self._on_failed)

    def _on_dropped(self, _nothing: None) -> None:
        """Say nothing: whoever dropped it says what became of the words."""

    def _on_read(self, draft: KeptDraft | None) -> None:
        # What was typed while the vault was read is newer than any draft.
        if draft is not None and not self._has_changed:
            self.found.emit(draft)
            self._has_changed = False
            self._timer.stop()

    def _on_kept(self, _nothing: None) -> None:
        self.kept.emit()

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
