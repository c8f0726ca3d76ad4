"""Shown for good on a laptop that was revoked: what happened, what became of unsent work, whom to ask; no record."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.errors import KnownError
from app.use_cases.giving_up import GivingUp, Unsent
from ui.messages import words_of
from ui.pages.product_name import product_name
from ui.pages.recovery_parts import choose_folder
from ui.widgets import Banner, Manner, Page, PrimaryButton, SafeLabel, SecondaryButton, announce


class GivenUpPage(Page):
    """Stays until the window is closed.

    Signals:
        send_asked: Try to reach the central service now.
        folder_chosen: Save the sealed work there.
        set_up_asked: Set this laptop up anew.
        close_asked: Close this window.
    """

    send_asked = Signal()
    folder_chosen = Signal(str)
    set_up_asked = Signal()
    close_asked = Signal()

    def __init__(
        self,
        support_text: str = "",
        *,
        can_set_up: bool,
        choose: Callable[[QWidget], str] = choose_folder,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._can_set_up, self._choose = can_set_up, choose
        self.set_header(product_name())
        self.set_heading(self.tr("Alongside is closed on this laptop"))
        self.happened = Banner(self.tr("Your organisation has ordered this. One moment."), manner=Manner.STOP)
        self.unsent = SafeLabel("")
        self.whom = SafeLabel(support_text or self.tr("Ask your coordinator or your IT support what happens next."))
        self.outcome = Banner("", manner=Manner.INFO)
        self.send_button = PrimaryButton(self.tr("Send the sealed work now"))
        self.save_button = SecondaryButton(self.tr("Save the sealed work to a stick"))
        self.set_up_button = SecondaryButton(self.tr("Set this laptop up again"))
        self.close_button = SecondaryButton(self.tr("Close this window"))
        for part in (self.happened, self.unsent, self.whom, self.outcome):
            self.add(part)
        self.unsent.hide()
        self.outcome.hide()
        self.set_actions(self.send_button, self.save_button, self.set_up_button, self.close_button)
        for button in (self.send_button, self.save_button, self.set_up_button):
            button.hide()
        self.send_button.clicked.connect(self._on_send)
        self.save_button.clicked.connect(self._on_save)
        self.set_up_button.clicked.connect(self._on_set_up)
        self.close_button.clicked.connect(self._on_close)

    def show_note(self, note: GivingUp, *, can_send: bool) -> None:
        """Show how far it has come.

        Args:
            note: as it is written on this laptop.
            can_send: the laptop's key is still in memory, so that the service would listen.
        """
        sentence, next_step = self._happened(note)
        self.happened.set_words(sentence, next_step)
        self.unsent.set_words(self._unsent(note, can_send=can_send))
        self.unsent.setVisible(note.is_obeyed and bool(self.unsent.words))
        is_here = note.is_obeyed and note.unsent is Unsent.HERE
        self.send_button.setVisible(is_here and can_send)
        self.save_button.setVisible(is_here)
        self.set_up_button.setVisible(self._can_set_up and note.wipe and note.is_obeyed and not is_here)
        self.setAccessibleDescription(" ".join((sentence, next_step, self.unsent.words)))

    def show_outcome(self, words: str, manner: Manner = Manner.INFO) -> None:
        """Say how saving or sending went."""
        self.outcome.set_words(words)
        self.outcome.set_manner(manner)
        self.outcome.show()
        announce(self, words)

    def show_error(self, error: KnownError) -> None:
        """Say what did not work."""
        self.show_outcome(words_of(error).whole, Manner.ATTENTION)

    def _happened(self, note: GivingUp) -> tuple[str, str]:
        org = note.org_name or self.tr("Your organisation")
        if not note.wipe:
            return (
                self.tr("{org} has locked this laptop for good.").format(org=org),
                self.tr("Nothing was destroyed. Nobody can sign in here any more."),
            )
        if note.is_obeyed:
            return (
                self.tr("{org} has ordered this laptop to give up its records.").format(org=org),
                self.tr("The records and their keys are gone from this laptop. What was sent before is not lost."),
            )
        return (
            self.tr("{org} has ordered this laptop to give up its records. Not everything is gone yet.").format(
                org=org
            ),
            self.tr("Close this window and start Alongside once more: it goes on by itself."),
        )

    def _unsent(self, note: GivingUp, *, can_send: bool) -> str:
        match note.unsent:
            case Unsent.NONE:
                return self.tr("Nothing was left on this laptop that had not been sent.") if note.rescue else ""
            case Unsent.SENT:
                return self.tr(
                    "Work that had not been sent was sealed and has reached the central service. "
                    "The people who keep your charity's recovery key can open it."
                )
            case Unsent.HERE if can_send:
                return self.tr(
                    "Work that had not been sent is sealed and still here. It is sent as soon as the central service "
                    "can be reached: leave this window open. Or save it to a stick for the people who keep your "
                    "charity's recovery key."
                )
            case _:
                return self.tr(
                    "Work that had not been sent is sealed and still here. Save it to a stick for the people who keep "
                    "your charity's recovery key. Nobody else can open it."
                )

    def _on_send(self) -> None:
        self.show_outcome(self.tr("Connecting now."))
        self.send_asked.emit()

    def _on_save(self) -> None:
        chosen = self._choose(self)
        if chosen:
            self.folder_chosen.emit(chosen)

    def _on_set_up(self) -> None:
        self.set_up_asked.emit()

    def _on_close(self) -> None:
        self.close_asked.emit()
