"""The service's log: ids, codes and sizes from an allow-list of fields, and nothing that names a person."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "action", "address", "aggregates", "code", "count", "device", "duration_ms", "error", "event", "exception",
        "head", "level", "logger", "org", "path", "problem", "result", "rows", "scope", "setting", "size_bytes",
        "status", "timestamp",
    }
)  # fmt: skip
"""The only fields that are ever written; a field that is not here is dropped, whoever logs it."""


def make_log(*, to_stderr: bool = True) -> Any:
    """Return the service's log, which writes one JSON line per event."""
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr) if to_stderr else logging.getLogger("alongside.central"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
    )


def keep_allowed(_log: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the allow-list."""
    return {name: value for name, value in event.items() if name in ALLOWED}
