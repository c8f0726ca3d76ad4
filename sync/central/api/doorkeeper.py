"""In front of every route: who is let in now, and a framed "busy" with a turn of their own for the others."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sync.central.admission import Admission
from sync.central.api.exchange import refuse
from sync.central.api.intake import Intake, TooSlowError, replayed
from sync.central.database import RETRY_AFTER_S
from sync.central.outcomes import RefusedError
from sync.protocol.messages import PING, ErrorCode

OURS = "/v1/"
NEVER_WAITS = frozenset({PING, "/v1/health"})
"""What says whether the service is there at all: answered without the database, or asked by the front proxy."""


class Doorkeeper:
    """An ASGI application in front of another one."""

    def __init__(self, application: ASGIApp, admission: Admission, intake: Intake) -> None:
        """Take what answers, what decides who is let in, and what takes bodies in."""
        self._application = application
        self._admission = admission
        self._intake = intake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one call in, or turn it away.

        Its place is taken from the moment its body is whole until its answer is: neither a line that brings a byte a
        second nor one that reads so takes a place from anybody.
        """
        path = scope.get("path", "")
        if scope["type"] != ScopeType.HTTP or not path.startswith(OURS) or path in NEVER_WAITS:
            await self._application(scope, receive, send)
            return
        try:
            body = await self._intake.body(receive)
        except TooSlowError:
            await _refuse(scope, receive, send, RETRY_AFTER_S, (b"connection", b"close"))
            return
        if body is None:
            return
        await self._answer(scope, replayed(body, receive), send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = self._admission.ask(scope.get("path", ""))
        if wait is not None:
            await _refuse(scope, receive, send, wait)
            return
        place = _Place(self._admission)

        async def sent(message: Message) -> None:
            place.leave()
            await send(message)

        try:
            await self._application(scope, receive, sent)
        finally:
            place.leave()


class _Place:
    """A place that is given back once."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._is_taken = True

    def leave(self) -> None:
        if self._is_taken:
            self._is_taken = False
            self._admission.done()


async def _refuse(scope: Any, receive: Receive, send: Send, wait: int, *more: tuple[bytes, bytes]) -> None:
    """Say "busy" in a frame, with the seconds to stay away."""
    refusal = refuse(Request(scope, receive, send), RefusedError(ErrorCode.BUSY, retry_after_s=wait))
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    content = bytes(refusal.content)
    headers += [(b"content-type", str(refusal.media_type).encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": refusal.status_code or 503, "headers": [*headers, *more]})
    await send({"type": "http.response.body", "body": content, "more_body": False})
