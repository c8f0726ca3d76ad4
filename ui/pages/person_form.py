"""What the small forms on a person's page have in common: fold, fill, save on the vault thread, keep what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.errors import KnownError
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.pages.parts import FoldedForm
from ui.view_models.injury_words import parts_of
from ui.widgets import ChoiceGroup, DateField, DateParts, Field, SelectField, Shape, TextArea, TextField, TickGroup


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

    def put_in(self, typed: Mapping[str, Any]) -> None:
        """Open the form with what was typed before it was refused, over what is known."""
        self.unfold()
        for key, field in self.keys().items():
            if key in typed:
                put_value(field, typed[key])

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


def put_value(field: Field, value: Any) -> None:
    """Show a stored value in the field it was typed into; a choice that is not offered is left open."""
    match field:
        case DateField():
            day, month, year = parts_of(value)
            field.set_parts(DateParts(day=day, month=month, year=year))
        case TextField() | TextArea():
            field.set_text("" if value is None else str(value))
        case ChoiceGroup():
            field.set_value(value if value in field.choices else None)
        case SelectField():
            field.set_value(value)
        case TickGroup():
            field.set_values(value or ())
