"""The HTTP session: the system's own trust, no redirects, no cookies, and no transfer that hangs."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from typing_extensions import override

from sync.protocol.limits import TRANSFER_LEAST_BYTES, TRANSFER_WINDOW_SECONDS
from sync.protocol.slip import LOOPBACK

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = TRANSFER_WINDOW_SECONDS
LONGEST_SECONDS: Final = 600.0
USER_AGENT: Final = "Alongside"
"""Without a version: nobody on the way has to know it. Without any, some gateways refuse the request."""

_PIECE: Final = 64 * 1024


class StalledError(OSError):
    """A transfer moved too little for too long."""


class Watchdog:
    """Stops a transfer that crawls or never ends; each socket call is bounded, so no second thread is needed."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Start to watch now."""
        self._monotonic = monotonic
        self._began = self._window_began = monotonic()
        self._window_bytes = 0

    def moved(self, count: int) -> None:
        """Note that `count` bytes moved.

        Raises:
            StalledError: too few moved lately, or the whole took too long.
        """
        now = self._monotonic()
        self._window_bytes += count
        if now - self._began > LONGEST_SECONDS:
            raise StalledError("too_long")
        if now - self._window_began > READ_SECONDS:
            if self._window_bytes < TRANSFER_LEAST_BYTES:
                raise StalledError("too_slow")
            self._window_began, self._window_bytes = now, 0


class UploadBody:
    """A body of known size that is watched while it is read; some proxies refuse chunked uploads."""

    def __init__(self, content: bytes, watchdog: Watchdog) -> None:
        """Take the whole body."""
        self._content = content
        self._watchdog = watchdog
        self._position = 0

    def __len__(self) -> int:
        return len(self._content)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        end = len(self._content) if size < 0 else min(self._position + size, len(self._content))
        piece = self._content[self._position : end]
        self._watchdog.moved(len(piece))
        self._position = end
        return piece


class TokenAuth(AuthBase):
    """Sets the token itself: an entry in a `.netrc` file would replace a bare header."""

    def __init__(self, token: str) -> None:
        """Take the access token, empty before the first."""
        self._token = token

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.pop("Authorization", None)
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class SystemTrustAdapter(HTTPAdapter):
    """Trusts what the operating system trusts, a hospital's inspection root too, direct and through a proxy."""

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=_system_trust(), **kwargs)

    @override
    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=_system_trust(), **kwargs)

    @override
    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # The library would add its own bundle of roots to the system's, and fail where that file is missing.
        conn.cert_reqs = "CERT_REQUIRED"


def open_session(address: str, *, proxy: str = "") -> requests.Session:
    """Return a session for one service; this very machine is never reached through a proxy.

    `proxy` is the address of the one that IT laid down; empty, those of the system are used.
    """
    session = requests.Session()
    # What the library adds by itself says nothing to the service, and an idle laptop asks twice a minute.
    session.headers.clear()
    session.headers["User-Agent"] = USER_AGENT
    session.mount("https://", SystemTrustAdapter())
    is_here = urlsplit(address).hostname in LOOPBACK
    session.trust_env = not is_here and not proxy
    if proxy and not is_here:
        session.proxies = {"http": proxy, "https": proxy}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def read_body(response: requests.Response, *, most: int, watchdog: Watchdog) -> bytes:
    """Return the body as it travelled, or its first `most` + 1 bytes.

    Raises:
        StalledError: it crawls.
    """
    pieces: list[bytes] = []
    size = 0
    while size <= most:
        # read1 returns what one socket call gives: a trickle cannot hide behind a full buffer.
        piece = response.raw.read1(_PIECE, decode_content=False)
        if not piece:
            break
        watchdog.moved(len(piece))
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _system_trust() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
