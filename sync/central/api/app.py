"""The ASGI application: routes, and the one place where what goes wrong becomes a framed refusal."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from sync.central.api.exchange import AnyRequest, refuse
from sync.central.api.routes import ROUTES
from sync.central.blob_files import FilesError
from sync.central.journal import JournalError
from sync.central.metrics import device_named, route_name
from sync.central.outcomes import RefusedError
from sync.central.service import Service
from sync.protocol.limits import FRAME_LIMITS
from sync.protocol.messages import ErrorCode

ALARMS = frozenset({ErrorCode.LANE_FORKED, ErrorCode.LANE_AHEAD, ErrorCode.CURSOR_AHEAD, ErrorCode.SUSPENDED})
"""Refusals that somebody has to look at: a copied laptop, or a service that was put back (sync.md 12)."""


def build_app(service: Service, log: Any) -> Litestar:
    """Return the application of one service."""
    return Litestar(
        route_handlers=list(ROUTES),
        state=State({"service": service, "log": log}),
        exception_handlers={RefusedError: _on_refused, HTTPException: _on_http, Exception: _on_bug},
        request_max_body_size=FRAME_LIMITS.packed_bytes + 1,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _on_refused(request: AnyRequest, error: RefusedError) -> Response[bytes]:
    log = request.app.state["log"]
    if isinstance(error, JournalError):
        log.error("journal_failed", path=route_name(request.url.path), device=device_named(request.scope["headers"]))
    if isinstance(error, FilesError):
        log.error("file_not_kept", device=device_named(request.scope["headers"]))
    tell = log.warning if error.error in ALARMS else log.info
    tell(
        "refused",
        code=error.error.value,
        path=route_name(request.url.path),
        device=device_named(request.scope["headers"]),
    )
    return refuse(request, error)


def _on_http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer what no route answers: too large, or the uniform "not found"."""
    too_large = error.status_code == 413
    return refuse(request, RefusedError(ErrorCode.TOO_LARGE if too_large else ErrorCode.NOT_FOUND))


def _on_bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    # The text of an unforeseen error may hold what somebody wrote; only its kind goes into the log.
    request.app.state["log"].error("failed", error=type(error).__name__, path=route_name(request.url.path))
    logging.getLogger("alongside.central").debug("failed", exc_info=error)
    return refuse(request, RefusedError(ErrorCode.FAILED))
