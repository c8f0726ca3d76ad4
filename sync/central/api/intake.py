"""Taking a body in: whole before anybody works on it, so that a slow line costs memory and never a place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

from litestar.types import Receive

from sync.protocol.limits import RESCUE_MOST_BYTES, TRANSFER_LEAST_BYTES, TRANSFER_WINDOW_SECONDS

PATIENCE_S: Final = 2 * TRANSFER_WINDOW_SECONDS
"""A laptop gives up by itself what moves less than a kilobyte in half of this: whoever goes on is none of ours."""

LONGEST_S: Final = 660.0
"""A minute more than a laptop's longest transfer."""

MOST_BYTES: Final = RESCUE_MOST_BYTES + 1
"""Of one body; each route has a smaller limit of its own and refuses what is over it."""

MOST_HELD_BYTES: Final = 256 * 1024 * 1024
"""Of all bodies that are on their way to one process."""


class TooSlowError(Exception):
    """A body came too slowly, or there is no room for it now: its line is given up."""


class Intake:
    """Takes in the bodies of one process; used on the server's one loop."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        patience_s: float = PATIENCE_S,
        most_held_bytes: int = MOST_HELD_BYTES,
    ) -> None:
        """Take a clock in seconds, how long less than a kilobyte is waited for, and what all may hold together."""
        self._monotonic = monotonic
        self._patience_s = patience_s
        self._most_held_bytes = most_held_bytes
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much of bodies that are not whole yet is kept."""
        return self._held_bytes

    async def body(self, receive: Receive) -> bytes | None:
        """Return the whole body, or its first `MOST_BYTES`; None when the laptop hung up.

        Raises:
            TooSlowError: it crawls, or the bodies of all are too many.
        """
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in self._pieces(receive):
                if piece is None:
                    return None
                pieces.append(piece)
                size += len(piece)
                self._held_bytes += len(piece)
                if size >= MOST_BYTES:
                    break
                if self._held_bytes > self._most_held_bytes:
                    raise TooSlowError
        finally:
            self._held_bytes -= size
        return b"".join(pieces)

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes | None]:
        """Yield piece by piece, and None for a laptop that hung up."""
        began = window_began = self._monotonic()
        moved = 0
        while True:
            message = await self._next(receive, self._patience_s - (self._monotonic() - window_began))
            if message["type"] != "http.request":
                yield None
                return
            piece = message.get("body", b"")
            yield piece
            if not message.get("more_body"):
                return
            moved += len(piece)
            now = self._monotonic()
            if moved >= TRANSFER_LEAST_BYTES:
                window_began, moved = now, 0
            if now - window_began > self._patience_s or now - began > LONGEST_S:
                raise TooSlowError

    async def _next(self, receive: Receive, seconds: float) -> Any:
        try:
            return await asyncio.wait_for(receive(), max(seconds, 0.0))
        except TimeoutError as error:
            raise TooSlowError from error


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a way to hear a body that was taken in, and after it whatever else comes."""
    first: Iterator[Any] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def hear() -> Any:
        whole = next(first, None)
        return await receive() if whole is None else whole

    return hear
