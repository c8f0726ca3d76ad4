"""From a request to its caller and lines, and from an answer to its framed reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from sync.central.api.reading import NUL
from sync.central.auth import NONCE_LENGTH, Proof
from sync.central.outcomes import RefusedError
from sync.central.policy import NEEDS_NO_TOKEN, Caller, RouteAction
from sync.central.service import Service
from sync.protocol.framing import Frame, FrameError, decode_frame, encode_frame
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.messages import (
    MEDIA_TYPE,
    NONCE_HEADER,
    PROOF_HEADER,
    PROTOCOL_HEADER,
    PROTOCOL_VERSION,
    SCHEMA_HEADER,
    STATUS_OF,
    ErrorCode,
    Refusal,
)

T = TypeVar("T")
AnyRequest = Request[Any, Any, State]

_READ_ONE_BY_ONE = frozenset({RouteAction.PUSH, RouteAction.FORWARD})
_NONCE = re.compile(rf"[0-9a-f]{{{NONCE_LENGTH}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, once its caller is known.

    Attributes:
        service: the service.
        caller: the device; None on routes that need none.
        nonce: to be repeated inside the reply.
        frame: what was sent; None for a GET.
        schema: the caller's version of the record shapes.
        now: the service's clock.
    """

    service: Service
    caller: Caller | None
    nonce: str
    frame: Frame | None
    schema: int
    now: datetime

    @property
    def device(self) -> Caller:
        """The caller, on routes that have one."""
        assert self.caller is not None
        return self.caller

    def one(self, kind: type[T]) -> T:
        """Return the only line that was sent."""
        return read(lambda: self._frame().one(kind))

    def header(self, kind: type[T]) -> T:
        """Return the header line."""
        return read(lambda: self._frame().header(kind))

    def lines(self, kind: type[T]) -> list[T]:
        """Return the lines that were sent."""
        return read(lambda: self._frame().lines(kind))

    def raw_lines(self) -> list[bytes]:
        """Return the lines as they came."""
        return self._frame().raw_lines()

    def _frame(self) -> Frame:
        assert self.frame is not None
        return self.frame


def read(reading: Callable[[], T]) -> T:
    """Return what a frame holds; a frame that is whole but says something else is the laptop's fault to report.

    Raises:
        RefusedError: `bad_request`.
    """
    try:
        return reading()
    except FrameError as error:
        raise RefusedError(ErrorCode.BAD_REQUEST) from error


def ask(request: AnyRequest, body: bytes) -> Asked:
    """Return a request with its caller: the one way into every route.

    Raises:
        RefusedError: whatever is wrong with it.
    """
    service: Service = request.app.state["service"]
    action: RouteAction = request.route_handler.opt["action"]
    now = service.clock()
    nonce = request.headers.get(NONCE_HEADER, "")
    if _NONCE.fullmatch(nonce) is None or request.headers.get(PROTOCOL_HEADER) != PROTOCOL_VERSION:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    caller = None if action in NEEDS_NO_TOKEN else service.door.let_in(proof_of(request, body), now=now)
    frame = None
    if request.method == "POST":
        frame = _frame_of(body, nonce, reads_lines=action not in _READ_ONE_BY_ONE)
    return Asked(service=service, caller=caller, nonce=nonce, frame=frame, schema=_schema_of(request), now=now)


def proof_of(request: AnyRequest, body: bytes) -> Proof:
    """Return what a request brings to show who sent it."""
    authorization = request.headers.get("Authorization", "")
    token = authorization.removeprefix("Bearer ") if authorization.startswith("Bearer ") else ""
    query = request.scope.get("query_string", b"").decode("latin-1")
    return Proof(
        method=request.method,
        path=request.url.path + (f"?{query}" if query else ""),
        nonce=request.headers.get(NONCE_HEADER, ""),
        header=request.headers.get(PROOF_HEADER, ""),
        token=token,
        body=body,
    )


def reply(
    nonce: str,
    lines: Iterable[bytes | msgspec.Struct],
    *,
    header: msgspec.Struct | None = None,
    end: msgspec.Struct | None = None,
    status: int = 200,
    retry_after_s: int | None = None,
) -> Response[bytes]:
    """Return a framed reply."""
    headers = {PROTOCOL_HEADER: PROTOCOL_VERSION, "Cache-Control": "no-store"}
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    content = encode_frame(lines, nonce=nonce, header=header, end=end)
    return Response(content=content, media_type=MEDIA_TYPE, status_code=status, headers=headers)


def refuse(request: AnyRequest, refused: RefusedError) -> Response[bytes]:
    """Return the framed reply that refuses a request."""
    line = Refusal(error=refused.error, proof_nonce=refused.proof_nonce, revocation=refused.revocation)
    nonce = request.headers.get(NONCE_HEADER, "")
    return reply(
        nonce if _NONCE.fullmatch(nonce) else "",
        [line],
        status=STATUS_OF[refused.error],
        retry_after_s=refused.retry_after_s,
    )


def _frame_of(body: bytes, nonce: str, *, reads_lines: bool) -> Frame:
    """Return the frame of a request; the ops of a push are read one by one later on."""
    if len(body) > FRAME_LIMITS.packed_bytes:
        raise RefusedError(ErrorCode.TOO_LARGE)
    try:
        frame = decode_frame(body, nonce=nonce, reads_lines=reads_lines)
    except FrameError as error:
        raise RefusedError(ErrorCode.BAD_FRAME) from error
    if reads_lines and b"\\u0000" in frame.body and NUL.search(frame.body):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    return frame


def _schema_of(request: AnyRequest) -> int:
    text = request.headers.get(SCHEMA_HEADER, "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    return int(text)
