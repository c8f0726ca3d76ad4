"""The exchange's part in figures: once a day, what the service counts over more people than this laptop holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from app.domain.clocks import london_day
from app.storage.told import counted_on, keep_told
from app.storage.vault import Vault
from sync.client.conversation import Conversation
from sync.client.transport import RefusedError, Transport
from sync.protocol.figures import told_figures
from sync.protocol.framing import FrameError
from sync.protocol.messages import FIGURES, ErrorCode, FiguresLine

_EVERY_S: Final = 3600.0
"""How often is asked while the day's figures are not here."""

_SCOPES: Final = frozenset({"programme", "site", "rights", "admin"})
"""The kinds of scope whose people read such figures."""

_NO_FIGURES: Final = frozenset({ErrorCode.NOT_FOUND, ErrorCode.BUSY, ErrorCode.FAILED, ErrorCode.UPDATE_NEEDED})
"""Refusals by a service of an earlier version, or by one that is counting: what was told before stays."""


class TakingFigures:
    """Asks for the figures of the day; used by one thread at a time."""

    def __init__(
        self,
        *,
        service: Conversation,
        net: Transport,
        vault: Vault,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        """Take the way to the service, the vault and the clocks."""
        self._service = service
        self._net = net
        self._vault = vault
        self._clock = clock
        self._monotonic = monotonic
        self._asked_at = float("-inf")

    def take(self, scope_keys: list[str]) -> None:
        """Once a London day, keep what the service counts; at most once an hour it is asked.

        Raises:
            NetworkError, ServiceError: as any question to the service.
        """
        if not any(key.partition(":")[0] in _SCOPES for key in scope_keys):
            return
        now = self._clock()
        if self._monotonic() - self._asked_at < _EVERY_S:
            return
        self._asked_at = self._monotonic()
        with self._vault.reading() as read:
            held = counted_on(read)
        if held == london_day(now):
            return
        try:
            lines = self._service.ask(lambda: self._net.get(FIGURES)).lines(FiguresLine)
        except RefusedError as error:
            if error.refusal.error is ErrorCode.SCOPE_DENIED:
                # Whoever works here reads no such figures, or no longer: then none stay.
                keep_told(self._vault, (), fetched_at=now)
            elif error.refusal.error not in _NO_FIGURES:
                raise
            return
        try:
            told = [told_figures(line) for line in lines]
        except ValueError as error:
            raise FrameError(None, rule="figures") from error
        keep_told(self._vault, [each for each in told if each is not None], fetched_at=now)
