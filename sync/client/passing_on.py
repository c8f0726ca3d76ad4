"""The exchange's part in work that was handed over: keys out and in, and what a colleague gave on to the service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from app.domain.ids import DeviceId, OpId, UserId
from app.storage import handed
from app.storage.exchange import OpResult, OpStatus
from app.storage.handed import KnownKey
from app.storage.vault import Vault
from sync.client.conversation import Conversation
from sync.client.handing_over import HandKeys
from sync.client.signed import signed_keys
from sync.client.transport import RefusedError, Transport
from sync.protocol.framing import FrameError
from sync.protocol.hand_over import key_is_signed
from sync.protocol.messages import (
    KEYS,
    PASSED_ON,
    ColleagueKey,
    ErrorCode,
    KeysReply,
    KeysRequest,
    PassedOn,
    ResultLine,
)
from sync.protocol.proof import decode_bytes

_KEYS_EVERY_S: Final = 3600.0
"""How often the keys of the colleagues are asked for: a new laptop is known to the others within the hour."""

_NOT_TAKEN: Final = frozenset({ErrorCode.BAD_REQUEST, ErrorCode.TOO_LARGE})
"""Refusals that no later try would change; every other one may be the service's own trouble."""


class PassingOn:
    """What one vault and its service say of work handed over; used by one thread at a time."""

    def __init__(
        self,
        *,
        service: Conversation,
        net: Transport,
        vault: Vault,
        keys: HandKeys | None,
        user: UserId | None,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        """Take the way to the service, the vault, and the keys of whoever is signed in; None for nobody's."""
        self._service = service
        self._net = net
        self._vault = vault
        self._keys = keys
        self._user = user
        self._clock = clock
        self._monotonic = monotonic
        self._asked_at = float("-inf")

    def pass_on(self, device: DeviceId, *, opens_nothing: bool) -> int:
        """Give the service what colleagues handed to this laptop; returns how many ops it has answered for good.

        It goes in two parts. First what opens nothing to a partner, so that what was written here about somebody a
        colleague registered finds them there; then this laptop says what it knows itself; and only then consents and
        the steps of referrals, so that a stop that came in since is never overtaken by the yes in a file. A file that
        the service does not take holds nothing else up.

        Raises:
            NetworkError, ServiceError: as any question to the service.
        """
        answered = 0
        for waiting in handed.waiting_files(self._vault):
            header = msgspec.json.decode(waiting.header, type=PassedOn)
            if header.to_device != device:
                # This laptop was enrolled anew: what was for the one it was is not believed from the one it is.
                handed.give_file_up(self._vault, waiting.sha)
                continue
            try:
                results = self._passed_on(header, waiting.lines.split(b"\n"), opens_nothing=opens_nothing)
            except RefusedError as error:
                if error.refusal.error in _NOT_TAKEN:
                    handed.give_file_up(self._vault, waiting.sha)
                elif error.refusal.error not in {ErrorCode.FAILED, ErrorCode.NOT_FOUND}:
                    raise
                # A fault of the service's own, or a service of an earlier version: it waits, with the stops in it.
                continue
            if opens_nothing:
                continue
            handed.settle_passed_on(self._vault, waiting.sha, results)
            answered += len(results)
        return answered

    def _passed_on(self, header: PassedOn, lines: list[bytes], *, opens_nothing: bool) -> list[OpResult]:
        said = msgspec.structs.replace(header, opens_nothing=opens_nothing)
        frame = self._service.ask(lambda: self._net.post(PASSED_ON, *lines, header=said))
        found = frame.lines(ResultLine)
        if not opens_nothing and len(found) != len(lines):
            raise FrameError(None, rule="results")
        return [OpResult(op_id=OpId(r.op_id), status=OpStatus(r.state.value), code=r.code) for r in found]

    def exchange_keys(self, device: DeviceId, server_keys: tuple[bytes, ...]) -> None:
        """Once an hour, tell the service the own key and take in those of the colleagues.

        Raises:
            NetworkError, ServiceError: as any question to the service.
        """
        if self._keys is None or self._user is None or not self._keys.exchange:
            return
        if self._monotonic() - self._asked_at < _KEYS_EVERY_S:
            return
        request = KeysRequest(own=self._keys.own_key(device, self._user))
        try:
            reply = self._service.ask(lambda: self._net.post(KEYS, request)).one(KeysReply)
        except RefusedError as error:
            # A service of an earlier version, or one that does not know the person on this laptop yet; the exchange is
            # done by now, and a fault in this is none of its own.
            if error.refusal.error not in {ErrorCode.NOT_FOUND, ErrorCode.BAD_REQUEST, ErrorCode.FAILED}:
                raise
            self._asked_at = self._monotonic()
            return
        told = signed_keys(reply.signed, device_id=device, keys=server_keys)
        keys = [key for line in told.keys if (key := _known(line)) is not None]
        handed.keep_keys(self._vault, keys, now=self._clock())
        self._asked_at = self._monotonic()


def _known(line: ColleagueKey) -> KnownKey | None:
    """Return a key that its laptop vouches for; one that it does not is none."""
    try:
        public, exchange = decode_bytes(line.pubkey), decode_bytes(line.exchange)
    except ValueError:
        return None
    if not key_is_signed(line, algorithm=line.alg, device_key=public):
        return None
    return KnownKey(
        device=DeviceId(line.device),
        user=UserId(line.user),
        name=line.name,
        algorithm=line.alg,
        device_key=public,
        exchange=exchange,
    )
