"""What a program too old to read what is new still does: it lets go of what it may hold no more (sync.md 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.storage.exchange import Applied, HeldScope, RowKind
from app.storage.held import Held
from sync.client.apply import lines_of, page_of
from sync.client.conversation import Conversation
from sync.client.transport import Transport
from sync.protocol.limits import PULL_MOST_BYTES, PULL_MOST_ROWS
from sync.protocol.messages import DROPS_ONLY, PULL, PullRequest, PullScope

TOO_OLD_TO_READ: Final = "service.update_needed"
TOO_OLD_TO_SEND: Final = "service.update_to_send"
"""How it is kept that this program has to be replaced."""


def places_of(scopes: list[HeldScope] | tuple[HeldScope, ...]) -> list[PullScope]:
    """Return from where scopes are read on, and up to where what had to go is gone already."""
    return [
        PullScope(
            id=scope.id,
            seq=scope.cursor,
            epoch=scope.epoch,
            start=scope.start,
            dropped=scope.drop_cursor if scope.drop_cursor > scope.cursor else None,
        )
        for scope in scopes
    ]


def pull_drops(
    *, service: Conversation, net: Transport, held: Held, step: Callable[[], None], told: Callable[[Applied], None]
) -> None:
    """Take in page after page of what has to go, and nothing else.

    `cursor` stays, so that a newer program reads on from there without a new download. A scope of which nothing is
    held has nothing to give up.

    Args:
        service: asks as this device.
        net: the way to the service.
        held: what is held here.
        step: called before each question; may raise to stop.
        told: called after each page.
    """
    more = True
    while more:
        step()
        begun = [scope for scope in held.scopes() if scope.cursor > 0 and not scope.is_to_compare]
        scopes = [replace(scope, cursor=scope.reached) for scope in begun]
        if not scopes:
            return
        request = PullRequest(
            scopes=places_of(scopes), max_rows=PULL_MOST_ROWS, max_bytes=PULL_MOST_BYTES, mode=DROPS_ONLY
        )
        page, more = page_of(service.ask(lambda asked=request: lines_of(net.post(PULL, asked))), scopes)  # type: ignore[misc]
        told(held.apply_drops(replace(page, rows=tuple(row for row in page.rows if row.kind is RowKind.DROP))))
