"""The real service called in process: its route handlers on the bytes of a request, without a socket or a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from requests.structures import CaseInsensitiveDict

from sync.central.api.exchange import refuse
from sync.central.api.routes import ROUTES
from sync.central.outcomes import RefusedError
from sync.central.service import Service
from sync.protocol.messages import ErrorCode


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body as they travel."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class QuietLog:
    """Keeps what the service logs by its event, for the oracle to look at."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **fields: Any) -> None:
        self.events.append((event, fields))

    warning = error = info


class Door:
    """One service's routes; an error that is no refusal is a bug of the service and ends the history."""

    def __init__(self, service: Service) -> None:
        self.log = QuietLog()
        state = {"service": service, "log": self.log}
        self._app = SimpleNamespace(state=state)
        self._routes = {
            (method, path): route for route in ROUTES for path in route.paths for method in route.http_methods
        }

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request."""
        route: Any = self._routes.get((method, path))
        request: Any = SimpleNamespace(
            method=method,
            url=SimpleNamespace(path=path),
            headers=CaseInsensitiveDict(headers),
            scope={"query_string": b""},
            app=self._app,
            route_handler=route,
        )
        if route is None:
            return _answer(refuse(request, RefusedError(ErrorCode.NOT_FOUND)))
        handler: Callable[..., Any] = route.fn
        try:
            response = handler(request) if method == "GET" else handler(request, body)
        except RefusedError as refused:
            self.log.info("refused", code=refused.error.value, path=path)
            response = refuse(request, refused)
        return _answer(response)

    def busy(self, error: ErrorCode, headers: Mapping[str, str]) -> Answer:
        """Answer as the service does when it has no time for anybody."""
        request: Any = SimpleNamespace(headers=CaseInsensitiveDict(headers))
        return _answer(refuse(request, RefusedError(error, retry_after_s=1)))


def _answer(response: Any) -> Answer:
    return Answer(response.status_code or 200, dict(response.headers), response.content)
