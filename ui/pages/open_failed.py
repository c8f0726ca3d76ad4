"""Shown when the records cannot be opened: what is known, what is safe, what to do; it never offers to delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app import __version__
from app.errors import KnownError
from app.storage.backup import Snapshot, snapshots_in
from ui.messages import words_of
from ui.pages.product_name import product_name
from ui.view_models.conflict_words import when_words
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Manner,
    Option,
    Page,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

_BY_SNAPSHOT: Final = frozenset(
    f"vault.{fault}"
    for fault in ("missing", "empty", "truncated", "plain", "damaged", "could_not_open", "swapped", "audit_broken")
)
"""What is wrong with the file itself: a copy of it helps. A full disk or a newer version is mended otherwise."""

_OLDER: Final = "vault.older"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be done here, by whoever signs in next.

    Attributes:
        snapshots: the copies that may be put back, the newest first.
        keeps_older: the file that is there may be gone on with, although it is older than the mark.
    """

    snapshots: Sequence[Snapshot] = ()
    keeps_older: bool = False


def offered(code: str, folder: Path) -> Offer:
    """Return what helps after a failed check; `folder` is that of the snapshots."""
    if code == _OLDER:
        return Offer(keeps_older=True)
    return Offer(snapshots=snapshots_in(folder) if code in _BY_SNAPSHOT else ())


class OpenFailedPage(Page):
    """One reason in words, and the ways on.

    Signals:
        restore_asked: A `Snapshot` is to be put back, and the code of what was found.
        keep_asked: The older file is to be gone on with, and the code of what was found.
        again_asked: Try once more from the beginning.
        close_asked: Close this window.
    """

    restore_asked = Signal(object, str)
    keep_asked = Signal(str)
    again_asked = Signal()
    close_asked = Signal()

    def __init__(
        self,
        error: KnownError,
        support_text: str = "",
        parent: QWidget | None = None,
        *,
        offer: Offer | None = None,
        now: datetime | None = None,
    ) -> None:
        """Take the reason, whom to ask, and what is offered; `now` (aware UTC) goes with copies that are."""
        super().__init__(parent=parent)
        self._code = error.code
        self._offer = offer if offer is not None and now is not None else Offer()
        words = words_of(error)
        self.set_header(product_name())
        self.set_heading(self.tr("Alongside could not be opened"))
        is_first = not (self._offer.snapshots or self._offer.keeps_older)
        next_step = words.next_step if is_first else self.tr("Nothing was replaced. What can be done is below.")
        self.reason = Banner(words.sentence, next_step, manner=Manner.STOP)
        again = self.tr("Try again")
        self.again_button = PrimaryButton(again) if is_first else SecondaryButton(again)
        self.copy_button = SecondaryButton(self.tr("Copy for IT support"))
        self.close_button = SecondaryButton(self.tr("Close this window"))
        self._sheet = support_sheet(error)
        self.add(self.reason)
        if error.code != "vault.already_open":
            self.add(SafeLabel(self.tr("Nothing was changed or deleted. What is on this laptop stays as it is.")))
        self.copies: ChoiceGroup | None = None
        self.restore_button = PrimaryButton(self.tr("Put this copy back"))
        self.keep_button = PrimaryButton(self.tr("Go on with these records"))
        if now is not None:
            self._add_offer(now)
        if support_text:
            self.add(SafeLabel(support_text))
        sheet = filled(self.tr("For IT support, without names: {sheet}"), sheet=self._sheet)
        self.add(SafeLabel(sheet, TextRole.HINT, tone=Tone.SOFT))
        first: list[PrimaryButton | SecondaryButton] = []
        for button, is_offered in (
            (self.restore_button, self._offer.snapshots),
            (self.keep_button, self._offer.keeps_older),
        ):
            if is_offered:
                first.append(button)
            else:
                button.hide()
        self.set_actions(*first, self.again_button, self.close_button, self.copy_button)
        self.restore_button.clicked.connect(self._on_restore)
        self.keep_button.clicked.connect(self._on_keep)
        self.again_button.clicked.connect(self._on_again)
        self.close_button.clicked.connect(self._on_close)
        self.copy_button.clicked.connect(self._on_copy)
        self.setAccessibleDescription(words.whole)

    def _add_offer(self, now: datetime) -> None:
        if self._offer.keeps_older:
            self.add(
                SafeLabel(
                    self.tr(
                        "You can go on with them. What had reached the service comes back with the next exchange. What"
                        " was recorded here since and not sent is missing. It is written down that this happened, and"
                        " your data protection lead sees it."
                    )
                )
            )
            return
        if not self._offer.snapshots:
            return
        options = [
            Option(key=str(one.place), words=filled(self.tr("Copy made {when}"), when=when_words(one.taken_at, now)))
            for one in self._offer.snapshots
        ]
        self.add(
            SafeLabel(
                self.tr(
                    "There is a safety copy on this laptop. What was recorded after it and had reached the service"
                    " comes back with the next exchange. What had not been sent is missing in it. What is there now"
                    " is kept for 14 days."
                )
            )
        )
        self.copies = ChoiceGroup(self.tr("Which copy?"), options)
        self.copies.set_value(options[0].key)
        self.add(self.copies)
        self.add(SafeLabel(self.tr("You sign in once more, and the copy is put back before anything opens.")))

    def _on_restore(self) -> None:
        chosen = self.copies.value if self.copies is not None else None
        for one in self._offer.snapshots:
            if str(one.place) == chosen:
                self.restore_asked.emit(one, self._code)

    def _on_keep(self) -> None:
        self.keep_asked.emit(self._code)

    def _on_again(self) -> None:
        self.again_asked.emit()

    def _on_close(self) -> None:
        self.close_asked.emit()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._sheet)
        announce(self, self.tr("Copied."))


def support_sheet(error: KnownError) -> str:
    """Return version, code and details, which hold codes and counts only."""
    details = [f"{key}={value}" for key, value in sorted(error.detail.items())]
    return " · ".join([f"Alongside {__version__}", error.code, *details])
