"""In front of every route: who is let in now, and a framed "busy" with a turn of their own for the others."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from sync.central.admission import Admission
from sync.central.api.exchange import refuse
from sync.central.outcomes import RefusedError
from sync.protocol.messages import PING, ErrorCode

OURS = "/v1/"
NEVER_WAITS = frozenset({PING, "/v1/health"})
"""What says whether the service is there at all: answered without the database, or asked by the front proxy."""


class Doorkeeper:
    """An ASGI application in front of another one."""

    def __init__(self, application: ASGIApp, admission: Admission) -> None:
        """Take what answers, and what decides who is let in."""
        self._application = application
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one call in, or turn it away."""
        path = scope.get("path", "")
        if scope["type"] != ScopeType.HTTP or not path.startswith(OURS) or path in NEVER_WAITS:
            await self._application(scope, receive, send)
            return
        wait = self._admission.ask(path)
        if wait is not None:
            await _turn_away(scope, receive, send, wait)
            return
        try:
            await self._application(scope, receive, send)
        finally:
            self._admission.done()


async def _turn_away(scope: Any, receive: Receive, send: Send, wait: int) -> None:
    # What is being sent is taken in first: a laptop that is cut off in the middle of it learns no turn.
    while (await receive()).get("more_body"):
        pass
    refusal = refuse(Request(scope, receive, send), RefusedError(ErrorCode.BUSY, retry_after_s=wait))
    headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    content = bytes(refusal.content)
    headers += [(b"content-type", str(refusal.media_type).encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": refusal.status_code or 503, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
