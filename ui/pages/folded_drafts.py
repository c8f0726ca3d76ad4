"""Keeps what is typed into folded forms over a lock: which of them are open, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject

from app.storage.lists import KeptDraft
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.pages.move_form import show_value, value_of
from ui.pages.parts import FoldedForm
from ui.pages.vault_page import VaultPage


class FoldedDrafts(QObject):
    """The draft of a page of folded forms; a form that is folded away is in no draft."""

    def __init__(self, context: PageContext, key: str, page: VaultPage) -> None:
        """Keep the draft under the key that the page is opened with."""
        super().__init__(page)
        self.keeper = DraftKeeper(context, key, self._values, self)
        self._forms: dict[str, FoldedForm] = {}
        self._subject: UUID | None = None
        self.keeper.found.connect(self._on_found)
        self.keeper.failed.connect(page.show_failure)

    def show(self, subject: UUID, forms: Mapping[str, FoldedForm]) -> None:
        """Watch the forms that stand on the page now; of another subject its draft is looked for."""
        for form in forms.values():
            if form not in self._forms.values():
                self.keeper.watch(*form.fields)
                form.leave_button.clicked.connect(self.tell_folded)
        self._forms = dict(forms)
        if subject != self._subject:
            self._subject = subject
            self.keeper.begin(subject)

    def leave(self) -> None:
        """Keep what was typed about a subject before the page is opened on another one."""
        self.keeper.keep_now()
        self._subject = None

    def tell_folded(self) -> None:
        """Forget what stood in forms that are folded now, since they were saved or left."""
        if any(form.is_open for form in self._forms.values()):
            self.keeper.touch()
        else:
            self.keeper.drop()

    def _values(self) -> dict[str, Any]:
        return {
            "forms": {
                name: [value_of(field) for field in form.fields] for name, form in self._forms.items() if form.is_open
            }
        }

    def _on_found(self, draft: KeptDraft) -> None:
        for name, values in draft.values.get("forms", {}).items():
            form = self._forms.get(name)
            # What the match or the profile does not allow any more is not offered again.
            if form is not None and not form.isHidden():
                form.unfold()
                for field, value in zip(form.fields, values, strict=False):
                    show_value(field, value)
