"""What every page is handed: the vault, who acts, the clock, and the ways to work, to tell and to go elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.config import Policy
from app.domain.actor import Actor
from app.domain.clocks import BankHolidays, london_day
from app.storage.vault import Vault
from sync.client.handing_over import HandKeys
from ui.changes import Changes
from ui.jobs import Jobs
from ui.updating import UpdateWatch


def _is_kept() -> bool:
    return True


def _no_lock() -> None:
    """Do nothing: a page without a desk has nothing to lock."""


def open_in_another_program(path: Path) -> bool:
    """Let the system open a file with whatever it has for its kind; answers whether it has something."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Handed to every page by its constructor.

    Attributes:
        vault: The open vault; used on the vault thread only, inside `jobs.run`.
        actor: Who is signed in.
        clock: The present moment, aware UTC.
        jobs: The vault thread.
        changes: Says which records changed.
        navigate: Opens a page by its key, with its subject: `navigate("person", person_id)`.
        holidays: The bank holidays the clocks of referrals count by.
        sync_now: Asks the sync thread to exchange now; returns at once.
        is_recovery_kept: Answers whether nobody waits for the custodians' parts to be kept.
        open_outside: Lets another program open a file; answers whether there is one.
        lock: Locks this laptop, as the button at the top does.
        updates: Looks for updates; None where there is no laptop behind the page.
        policy: What the organisation's IT laid down on this computer.
        hand_keys: What work for a colleague is signed and opened with; None where there is no laptop behind the page.
        carry_unsent: Writes what is only here, sealed, into a folder and returns the file; on the vault thread only.
    """

    vault: Vault
    actor: Actor
    clock: Callable[[], datetime]
    jobs: Jobs
    changes: Changes
    navigate: Callable[[str, object | None], None]
    holidays: BankHolidays
    sync_now: Callable[[], None]
    is_recovery_kept: Callable[[], bool] = _is_kept
    carry_unsent: Callable[[Path], Path]
    open_outside: Callable[[Path], bool] = open_in_another_program
    lock: Callable[[], None] = _no_lock
    updates: UpdateWatch | None = None
    policy: Policy = field(default_factory=Policy)
    hand_keys: HandKeys | None = None

    @property
    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return self.clock()

    @property
    def on(self) -> date:
        """Today in London."""
        return london_day(self.clock())
