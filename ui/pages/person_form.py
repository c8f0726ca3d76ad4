"""What the small forms on a person's page have in common: fold, fill, save on the vault thread, keep what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.errors import KnownError
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.pages.parts import FoldedForm
from ui.widgets import Field, Shape


class PersonForm(FoldedForm):
    """A folded form about one person.

    Signals:
        saved: What stood in the form is recorded.
        failed: A `KnownError` for the page to say.
    """

    saved = Signal()
    failed = Signal(object)

    def __init__(
        self,
        context: PageContext,
        words: str,
        save_words: str,
        *fields: Field,
        about: str = "",
        shape: Shape = Shape.PENCIL,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words, save_words, *fields, about=about, shape=shape, parent=parent)
        self.context = context
        self.view: PersonView | None = None
        self.opened.connect(self._on_opened)
        self.save_asked.connect(self._on_save)

    def begin(self, view: PersonView) -> None:
        """Be about `view`; an open form keeps what was typed."""
        if self.view is not None and self.view.person_id != view.person_id:
            self.fold()
        self.view = view

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into."""
        return self.keys().get(key)

    def keys(self) -> dict[str, Field]:
        """Return the fields by `<record>.<field>`."""
        return {}

    def fill(self, view: PersonView) -> None:
        """Show in the fields what is known."""

    def save(self, view: PersonView) -> Callable[[], object]:
        """Return what records the form, to be run on the vault thread."""
        raise NotImplementedError

    @property
    def act(self) -> dict[str, Any]:
        """The arguments every writing use case takes."""
        return {"actor": self.context.actor, "now": self.context.now}

    def _on_opened(self) -> None:
        if self.view is not None:
            self.fill(self.view)

    def _on_save(self) -> None:
        for field in self.fields:
            field.set_error("")
        if self.view is not None:
            self.context.jobs.run(self.save(self.view), self._on_saved, self._on_failed)

    def _on_saved(self, _result: object) -> None:
        self.fold()
        self.saved.emit()

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
