"""A page with a form: what was wrong before is taken away at the next try, at its field too."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from ui.pages.vault_page import VaultPage
from ui.widgets import Field


class FormPage(VaultPage):
    """A page on which something is chosen or typed and then recorded."""

    @override
    def clear_failure(self) -> None:
        """Take away what went wrong before, at the top and at every field."""
        super().clear_failure()
        for field in self.findChildren(Field):
            if field.error:
                field.set_error("")


def stack(gap: int) -> tuple[QWidget, QVBoxLayout]:
    """Return an empty part of a page that can be hidden as a whole, and the column of its contents."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(gap)
    return part, column
