"""Shown instead of everything else when the laptop must have been in contact before it shows records again."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.use_cases import sync_status
from app.use_cases.sync_status import SyncStatus
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.vault_page import VaultPage
from ui.view_models.sync_words import trouble_words
from ui.widgets import Banner, Manner, PrimaryButton, SafeLabel, announce


class LeaseOverPage(VaultPage):
    """Says why nothing is shown, what is safe, and how the exchange goes."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(RecordType)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(
            self.tr("This laptop has to connect first"),
            self.tr(
                "It was away from the central service for too long, so it shows no records until it has caught up."
            ),
        )
        self.trouble = Banner("", manner=Manner.ATTENTION)
        self.trouble.hide()
        self.progress = SafeLabel(self.tr("Connecting now."))
        self.connect_button = PrimaryButton(self.tr("Try to connect now"))
        self.add(self.trouble)
        self.add(self.progress)
        self.add(SafeLabel(self.tr("Everything recorded on this laptop is safe and is sent as soon as it connects.")))
        self.set_actions(self.connect_button)
        self.connect_button.clicked.connect(self._on_connect)
        self._job: Job[Any] | None = None

    @override
    def load(self) -> None:
        """Read how the exchange goes."""
        vault, actor = self.context.vault, self.context.actor
        self._job = self.ask(lambda: sync_status.status(vault, actor=actor), self._on_read, instead_of=self._job)

    def show_progress(self, words: str) -> None:
        """Show how far the exchange has come."""
        self.progress.set_words(words)

    def _on_read(self, status: SyncStatus) -> None:
        sentence, next_step = trouble_words(status)
        self.trouble.set_words(sentence, next_step)
        self.trouble.setVisible(bool(sentence))

    def _on_connect(self) -> None:
        self.context.sync_now()
        words = self.tr("Connecting now.")
        self.progress.set_words(words)
        announce(self, words)
