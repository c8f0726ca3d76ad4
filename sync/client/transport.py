"""One request to the central service and its reply: whatever is not exactly a framed reply of ours changes nothing."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import msgspec
import requests
import urllib3

from app.errors import NetworkError, ServiceError
from sync.client.connection import (
    CONNECT_SECONDS,
    READ_SECONDS,
    StalledError,
    TokenAuth,
    UploadBody,
    Watchdog,
    open_session,
    read_body,
)
from sync.client.signer import Signer
from sync.protocol.blob import (
    CONTENT_RANGE_HEADER,
    RANGE_HEADER,
    UPLOAD_OFFSET_HEADER,
    byte_range,
    content_range,
)
from sync.protocol.framing import Frame, FrameError, decode_frame, encode_frame
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.messages import (
    FETCH,
    MEDIA_TYPE,
    NONCE_HEADER,
    PING,
    PROOF_HEADER,
    PROTOCOL_HEADER,
    PROTOCOL_VERSION,
    PULL,
    SCHEMA_HEADER,
    STATUS_OF,
    ErrorCode,
    Pong,
    Refusal,
)
from sync.protocol.proof import PROOF_PURPOSE, proof_data, proof_header

T = TypeVar("T")
RandomBytes = Callable[[int], bytes]

_GOOD: Final = frozenset({200, 201})
_OK, _PARTIAL = 200, 206
_NONCE_BYTES: Final = 16
# Answers with which a gateway asks somebody to sign in first (RFC 6585 for 511).
_PORTAL: Final = frozenset({200, 301, 302, 303, 307, 308, 511})
_PROXY_WANTS_SIGN_IN: Final = 407
# Their replies have thousands of lines, which `apply.py` checks while it reads them: once is enough.
_PAGES: Final = frozenset({PULL, FETCH})

SLOW: Final = "slow"
DROPPED: Final = "dropped"
"""Reasons of `network.offline`: too little moved in time; the other end closed the connection, also in the middle of
a reply."""


class RefusedError(ServiceError):
    """The service refused the request, in frame.

    Attributes:
        refusal: what it said.
        retry_after_s: how long it asks to be left alone.
    """

    refusal: Refusal
    retry_after_s: float = 0.0


class Transport:
    """The way to one service, with the device's proof on every call."""

    def __init__(
        self,
        *,
        address: str,
        audience: str,
        signer: Signer,
        schema: int,
        random_bytes: RandomBytes,
        monotonic: Callable[[], float],
        patience_s: float = READ_SECONDS,
        proxy: str = "",
    ) -> None:
        """Take where the service is, what it is called, the device's key and everything that is not determined.

        Args:
            address: origin, without a path.
            audience: the service's name from the enrolment slip.
            signer: the device's key.
            schema: version of the record shapes of this program.
            random_bytes: source of nonces.
            monotonic: clock for transfers, in seconds.
            patience_s: how long one socket call may take at most.
            proxy: address of the proxy that IT laid down; empty, those of the system.
        """
        self._address = address
        self._audience = audience
        self._signer = signer
        self._schema = schema
        self._random_bytes = random_bytes
        self._monotonic = monotonic
        self._timeout = (min(CONNECT_SECONDS, patience_s), min(READ_SECONDS, patience_s))
        self._session = open_session(address, proxy=proxy)
        self._window_nonce = ""
        self._token = ""

    def use_token(self, token: str, window_nonce: str) -> None:
        """Use an access token, empty for none, and the window nonce that came with it."""
        self._token = token
        self._window_nonce = window_nonce or self._window_nonce

    def post(self, path: str, *lines: bytes | msgspec.Struct, header: msgspec.Struct | None = None) -> Frame:
        """Send lines and return the reply's frame.

        May arrive twice: a stale proof, a frame broken on the way and a dropped connection are tried once more.

        Raises:
            NetworkError: whatever came back was not a reply of ours.
            RefusedError: the service refused.
        """
        return self._twice("POST", path, lines, header)

    def get(self, path: str) -> Frame:
        """Ask and return the reply's frame; raises as `post` does."""
        return self._twice("GET", path, (), None)

    def put(self, path: str, content: bytes, *, place: str = "") -> Frame:
        """Send bytes that are no frame, and where in a file they lie; return the reply's frame; raises as `post`."""
        return self._twice("PUT", path, (content,), None, place=place)

    def offset(self, path: str) -> int | None:
        """Ask how much of a file the service has; None when no answer counts.

        A reply without a body is in no frame, so it is a hint: where it was wrong, the next chunk's answer says so.

        Raises:
            NetworkError: nothing came back.
        """
        nonce = self._random_bytes(_NONCE_BYTES).hex()
        response, _ = self._send("HEAD", path, self._headers("HEAD", path, nonce, b""), b"")
        said = response.headers.get(UPLOAD_OFFSET_HEADER, "")
        counts = response.status_code == _OK and _is_ours(response, nonce) and said.isdecimal() and len(said) < 12
        return int(said) if counts else None

    def piece(self, path: str, at: int, whole: int) -> bytes:
        """Fetch a piece of a file; whether it is the right one is for whoever has the key to say.

        Raises:
            NetworkError: whatever came back was not a reply of ours.
            RefusedError: the service refused.
        """
        return self._again(lambda: self._piece(path, at, whole))

    def _piece(self, path: str, at: int, whole: int) -> bytes:
        nonce = self._random_bytes(_NONCE_BYTES).hex()
        headers = {**self._headers("GET", path, nonce, b""), RANGE_HEADER: byte_range(at)}
        response, raw = self._send("GET", path, headers, b"")
        try:
            if response.status_code != _PARTIAL:
                _accepted(response, raw, nonce)
                raise FrameError(None, rule="status", status=response.status_code)
            place = content_range(at, len(raw), whole)
            if not _is_ours(response, nonce) or response.headers.get(CONTENT_RANGE_HEADER) != place:
                raise FrameError(None, rule="file", status=response.status_code)
        except FrameError as error:
            raise self._diagnosed(response.status_code, error) from error
        return raw

    def post_unproven(self, path: str, line: msgspec.Struct) -> Frame:
        """Send one line before there is a device to prove anything; raises as `post` does."""
        return self._call("POST", path, (line,), None, proven=False)

    def reach(self) -> None:
        """Ask whether the service answers; needs no sign-in and proves nothing.

        Raises:
            NetworkError: it does not, and what stands between where that can be told.
        """
        try:
            if not self._is_reached():
                raise NetworkError("network.blocked")
        except _NotReachedError as error:
            code = "network.portal" if error.status in _PORTAL else "network.blocked"
            raise NetworkError(code, status=error.status) from error

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _twice(
        self,
        method: str,
        path: str,
        lines: Iterable[bytes | msgspec.Struct],
        header: msgspec.Struct | None,
        *,
        place: str = "",
    ) -> Frame:
        lines = tuple(lines)
        return self._again(lambda: self._call(method, path, lines, header, place=place))

    def _again(self, call: Callable[[], T]) -> T:
        """Call once more after a stale proof, a frame broken on the way or a dropped connection."""
        try:
            return call()
        except NetworkError as error:
            # A connection kept since the last poll may have been closed at the other end meanwhile.
            if error.detail.get("reason") != DROPPED:
                raise
        except RefusedError as error:
            if error.refusal.error is ErrorCode.PROOF and error.refusal.proof_nonce:
                self._window_nonce = error.refusal.proof_nonce
            elif error.refusal.error is not ErrorCode.BAD_FRAME:
                raise
        return call()

    def _call(
        self,
        method: str,
        path: str,
        lines: Iterable[bytes | msgspec.Struct],
        header: msgspec.Struct | None,
        *,
        proven: bool = True,
        place: str = "",
    ) -> Frame:
        nonce = self._random_bytes(_NONCE_BYTES).hex()
        body = _body(method, lines, header, nonce)
        headers = self._headers(method, path, nonce, body, proven=proven)
        if place:
            headers[CONTENT_RANGE_HEADER] = place
        response, raw = self._send(method, path, headers, body)
        try:
            return _accepted(response, raw, nonce, reads_lines=path not in _PAGES)
        except FrameError as error:
            raise self._diagnosed(response.status_code, error) from error

    def _headers(self, method: str, path: str, nonce: str, body: bytes, *, proven: bool = True) -> dict[str, str]:
        headers = {NONCE_HEADER: nonce, SCHEMA_HEADER: str(self._schema)}
        if proven:
            headers[PROOF_HEADER] = self._proof(method, path, nonce, body)
        return headers

    def _proof(self, method: str, path: str, nonce: str, body: bytes) -> str:
        data = proof_data(
            audience=self._audience,
            method=method,
            path=path,
            window_nonce=self._window_nonce,
            nonce=nonce,
            token=self._token,
            body=body,
        )
        return proof_header(self._window_nonce, self._signer.sign(PROOF_PURPOSE, data))

    def _send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[requests.Response, bytes]:
        """Return the response and its body as it travelled.

        Raises:
            NetworkError: nothing came back, or not in time.
        """
        watchdog = Watchdog(self._monotonic)
        fixed = {PROTOCOL_HEADER: PROTOCOL_VERSION, "Accept-Encoding": "identity", "Cache-Control": "no-store"}
        if body:
            fixed["Content-Type"] = MEDIA_TYPE
        try:
            with self._session.request(
                method,
                self._address + path,
                data=UploadBody(body, watchdog) if body else None,
                headers={**fixed, **headers},
                auth=TokenAuth(self._token),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return response, read_body(response, most=FRAME_LIMITS.packed_bytes, watchdog=watchdog)
        except (requests.RequestException, urllib3.exceptions.HTTPError, StalledError) as error:
            raise network_error(error) from error

    def _diagnosed(self, status: int, error: FrameError) -> NetworkError:
        """Return what stands between the laptop and the service, by a question that needs no sign-in (portal test)."""
        if status == _PROXY_WANTS_SIGN_IN:
            return NetworkError("network.proxy")
        try:
            return error if self._is_reached() else NetworkError("network.blocked", status=status)
        except _NotReachedError as other:
            code = "network.portal" if other.status in _PORTAL else "network.blocked"
            return NetworkError(code, status=other.status)
        except NetworkError as other:
            return other

    def _is_reached(self) -> bool:
        nonce = self._random_bytes(_NONCE_BYTES).hex()
        response, raw = self._send("GET", PING, {NONCE_HEADER: nonce}, b"")
        try:
            pong = _accepted(response, raw, nonce).one(Pong)
        except (FrameError, RefusedError) as error:
            raise _NotReachedError(response.status_code) from error
        return pong.sync == "ok" and pong.nonce == nonce


def _body(method: str, lines: Iterable[bytes | msgspec.Struct], header: msgspec.Struct | None, nonce: str) -> bytes:
    if method == "POST":
        return encode_frame(lines, nonce=nonce, header=header)
    return b"".join(line for line in lines if isinstance(line, bytes))


def _is_ours(response: requests.Response, nonce: str) -> bool:
    """Answer whether a reply without a frame says in its headers what a frame would."""
    headers = response.headers
    return headers.get(PROTOCOL_HEADER) == PROTOCOL_VERSION and headers.get(NONCE_HEADER) == nonce


class _NotReachedError(Exception):
    """The ping was answered by somebody else."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def network_error(error: Exception) -> NetworkError:
    """Return the known error for one of the HTTP library: a code and no address, so that it is safe in a ticket."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for cause in causes):
        return NetworkError("network.proxy")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        # A portal answers under another name; an inspecting proxy under a root that this machine does not trust.
        mismatch = any("match" in str(cause) for cause in causes if isinstance(cause, ssl.SSLCertVerificationError))
        return NetworkError("network.portal" if mismatch else "network.tls")
    if any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in causes):
        return NetworkError("network.tls")
    if any(isinstance(cause, TimeoutError | StalledError | requests.Timeout) for cause in causes):
        return NetworkError("network.offline", reason=SLOW)
    # A process that is killed between the head and the body of a reply leaves half of one: so do some networks.
    cut = (ConnectionResetError, BrokenPipeError, http.client.IncompleteRead)
    dropped = any(isinstance(cause, cut) for cause in causes)
    return NetworkError("network.offline", reason=DROPPED if dropped else "")


def _causes(error: BaseException | None) -> Iterable[BaseException]:
    while error is not None:
        yield error
        inner = error.args[-1] if error.args and isinstance(error.args[-1], BaseException) else None
        reason = getattr(error, "reason", None)
        error = inner or (reason if isinstance(reason, BaseException) else None) or error.__cause__ or error.__context__


def _accepted(response: requests.Response, raw: bytes, nonce: str, *, reads_lines: bool = True) -> Frame:
    """Return the frame of a reply that counts.

    Raises:
        FrameError: the reply does not count.
        RefusedError: it counts, and says no.
    """
    status = response.status_code
    listed = status in _GOOD or status in STATUS_OF.values()
    if not listed or response.headers.get(PROTOCOL_HEADER) != PROTOCOL_VERSION:
        raise FrameError(None, rule="status", status=status)
    frame = decode_frame(raw, nonce=nonce, reads_lines=reads_lines or status not in _GOOD)
    if status in _GOOD:
        return frame
    refusal = frame.one(Refusal)
    if STATUS_OF[refusal.error] != status:
        raise FrameError(None, rule="status", status=status)
    error = RefusedError(f"service.{refusal.error}", status=status)
    error.refusal = refusal
    error.retry_after_s = _retry_after(response.headers)
    raise error


def _retry_after(headers: Any) -> float:
    value = headers.get("Retry-After", "")
    return float(value) if value.isdecimal() and len(value) < 8 else 0.0
