"""The way between a laptop and the service: the laptop's own HTTP session, with the cable replaced by a function."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from typing_extensions import override
from urllib3.response import HTTPResponse

from sync.client.transport import Transport
from sync.protocol.framing import FrameError, decode_frame
from sync.protocol.messages import NONCE_HEADER, ErrorCode
from tests.simulator.door import Answer, Door
from tests.simulator.weather import Fault, Trace, Weather

PORTAL_PAGE = b"<html><body>Welcome to the free hospital wifi. Please accept the terms.</body></html>"
_FOREIGN = {
    Fault.PORTAL: Answer(200, {"Content-Type": "text/html"}, PORTAL_PAGE),
    Fault.REDIRECT: Answer(302, {"Location": "http://wifi.example/login"}, b""),
    Fault.PROXY: Answer(407, {"Proxy-Authenticate": "Basic"}, b""),
    Fault.BLOCKED: Answer(403, {"Content-Type": "text/html"}, b"<html>Blocked by policy</html>"),
    Fault.GATEWAY: Answer(502, {}, b"Bad gateway"),
}
MOST_LATE = 4
"""Requests that may still be under way when nobody waits for them any more."""


class Wire(BaseAdapter):
    """One laptop's cable.

    Attributes:
        on_leaving: is told that a request leaves the laptop.
        on_request: is told path and body of every request that reaches the service.
        on_answer: is told path and body of every answer that the service gives.
        on_spoilt: is told that the laptop gets something else than the answer to its request.
    """

    def __init__(self, who: str, door: Callable[[], Door], weather: Weather, trace: Trace) -> None:
        super().__init__()
        self._who = who
        self._door = door
        self._weather = weather
        self._trace = trace
        self._late: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self._seen: dict[str, list[Answer]] = {}
        self.on_answer: Callable[[str, bytes], None] = lambda _path, _body: None
        self.on_request: Callable[[str, bytes], None] = lambda _path, _body: None
        self.on_spoilt: Callable[[], None] = lambda: None
        self.on_leaving: Callable[[], None] = lambda: None

    def plug_into(self, net: Transport) -> None:
        """Replace the cable of a transport."""
        net._session.mount("http://", self)

    @override
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        method, path = request.method or "GET", request.path_url
        self.on_leaving()
        self._weather.moment(self._who, f"before {path}")
        answer = self._travel(method, path, dict(request.headers), body)
        if not is_ours(answer.body, request.headers[NONCE_HEADER]):
            self.on_spoilt()
        self._weather.moment(self._who, f"after {path}")
        return _response(request, answer)

    @override
    def close(self) -> None:
        """Nothing is open."""

    def _travel(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        fault = self._weather.fault(path)
        self._arrive_late()
        if fault is not Fault.NONE:
            self._trace(self._who, path, "meets", fault)
        if fault in _FOREIGN:
            return _FOREIGN[fault]
        match fault:
            case Fault.LOST:
                raise requests.ConnectionError
            case Fault.LATE:
                self._late = [*self._late, (method, path, headers, body)][-MOST_LATE:]
                raise requests.ConnectionError
            case Fault.BUSY | Fault.TOO_MANY:
                code = ErrorCode.BUSY if fault is Fault.BUSY else ErrorCode.TOO_MANY
                return self._door().busy(code, headers)
            case Fault.CUT_REQUEST:
                body = body[: self._weather.rng.randrange(len(body) + 1)]
            case Fault.DOUBLED:
                self._deliver(method, path, headers, body)
            case Fault.STALE if path in self._seen:
                return self._weather.rng.choice(self._seen[path])
        answer = self._deliver(method, path, headers, body)
        return self._spoilt(fault, answer)

    def _spoilt(self, fault: Fault, answer: Answer) -> Answer:
        match fault:
            case Fault.REPLY_LOST:
                raise requests.ConnectionError
            case Fault.RESET:
                raise requests.ConnectionError(ConnectionResetError())
            case Fault.CUT:
                # A body that is cut ends anywhere, also exactly between two lines.
                end = self._weather.rng.randrange(len(answer.body)) if self._weather.rng.random() < 0.5 else None
                body = answer.body[:end] if end is not None else answer.body[: answer.body.rfind(b"\n", 0, -1) + 1]
                return Answer(answer.status, answer.headers, body)
            case Fault.FLIPPED if answer.body:
                place = self._weather.rng.randrange(len(answer.body))
                changed = bytes([answer.body[place] ^ (1 << self._weather.rng.randrange(8))])
                return Answer(answer.status, answer.headers, answer.body[:place] + changed + answer.body[place + 1 :])
        return answer

    def _arrive_late(self) -> None:
        """A request that everybody gave up on arrives after all; nobody reads its answer."""
        if self._late and self._weather.rng.random() < 0.3:
            method, path, headers, body = self._late.pop(0)
            self._trace(self._who, path, "arrives late")
            self._deliver(method, path, headers, body)

    def _deliver(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.on_request(path, body)
        answer = self._door().call(method, path, headers, body)
        self._trace(self._who, path, answer.status, len(body), len(answer.body), _short(body), _short(answer.body))
        if answer.status == 200:
            self._seen.setdefault(path, []).append(answer)
            self.on_answer(path, answer.body)
        return answer


def is_ours(body: bytes, nonce: str) -> bool:
    """Answer whether a body is exactly the frame that a request waits for."""
    try:
        decode_frame(body, nonce=nonce)
    except FrameError:
        return False
    return True


def _short(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:12]


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(
        body=BytesIO(answer.body), headers=dict(answer.headers), status=answer.status, preload_content=False
    )
    return response
