"""What was typed and not recorded: kept in the vault, restored after a lock, a crash or an update."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.actor import Actor
from app.storage import lists
from app.storage.lists import KeptDraft
from app.storage.vault import Vault


def save_draft(
    vault: Vault, *, actor: Actor, now: datetime, page: str, subject: UUID | None, values: Mapping[str, Any]
) -> None:
    """Keep what is being typed, in place of what was kept before."""
    with vault.transaction(actor=actor, now=now) as work:
        work.save_draft(page, subject, values)


def load_draft(vault: Vault, *, actor: Actor, page: str, subject: UUID | None) -> KeptDraft | None:
    """Return what this person had typed on a page about a subject, or None."""
    return next(
        (draft for draft in drafts(vault, actor=actor) if draft.page == page and draft.subject == subject), None
    )


def drop_draft(vault: Vault, *, actor: Actor, now: datetime, page: str, subject: UUID | None) -> None:
    """Discard what was typed."""
    with vault.transaction(actor=actor, now=now) as work:
        work.drop_draft(page, subject)


def drafts(vault: Vault, *, actor: Actor) -> tuple[KeptDraft, ...]:
    """Return this person's drafts, newest first."""
    with vault.reading() as read:
        return lists.drafts(read.connection, actor.user)
