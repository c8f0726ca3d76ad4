"""Small facts about this laptop and its user: text size, colours, the last page."""

from __future__ import annotations

from datetime import datetime

from app.domain.actor import Actor
from app.storage.vault import Vault


def setting(vault: Vault, *, name: str, default: str = "") -> str:
    """Return one setting."""
    with vault.reading() as read:
        return read.setting(name, default)


def keep_setting(vault: Vault, *, actor: Actor, now: datetime, name: str, value: str) -> None:
    """Keep one setting."""
    with vault.transaction(actor=actor, now=now) as work:
        work.keep_setting(name, value)
