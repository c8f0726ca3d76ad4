"""Finding a person by name inside a form of the data protection lead's, who holds the index and no list of people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from PySide6.QtCore import QCoreApplication, QObject

from app.domain.ids import PersonId
from app.use_cases import access_requests
from app.use_cases.access_requests import FoundPerson
from ui.jobs import Job
from ui.pages.vault_page import VaultPage
from ui.view_models.access_words import found_words
from ui.widgets import SelectField, TextField, shown


class PersonFinder(QObject):
    """Two fields of a page: what is typed in the first fills the second; the only one of that name is chosen.

    Attributes:
        who: The name.
        person: The people of that name, each told by the day of birth.
    """

    def __init__(self, page: VaultPage) -> None:
        """Build the fields; the page puts them into its form."""
        super().__init__(page)
        self._page = page
        self.who = TextField(
            QCoreApplication.translate("access", "Name"),
            hint=QCoreApplication.translate("access", "As it stands in the record; the beginning is enough."),
        )
        self.person = SelectField(
            QCoreApplication.translate("access", "Person"),
            [],
            hint=QCoreApplication.translate("access", "Type the name above first."),
        )
        self._job: Job[Any] | None = None
        self.who.line.textChanged.connect(self._on_typed)

    @property
    def chosen(self) -> PersonId | None:
        """Who is chosen, None before that."""
        value = self.person.value
        return None if value is None else PersonId(UUID(value))

    def clear(self) -> None:
        """Begin anew."""
        self.who.set_text("")

    def _on_typed(self, typed: str) -> None:
        context = self._page.context

        def find() -> tuple[FoundPerson, ...]:
            return access_requests.find_for_request(context.vault, actor=context.actor, typed=typed)

        self._job = self._page.ask(find, self._on_found, instead_of=self._job)

    def _on_found(self, found: tuple[FoundPerson, ...]) -> None:
        box = self.person.box
        first, chosen = box.itemText(0), self.person.value
        box.clear()
        box.addItem(first, "")
        for each in found:
            box.addItem(shown(found_words(each)), str(each.person_id))
        self.person.set_value(str(found[0].person_id) if len(found) == 1 else chosen)
