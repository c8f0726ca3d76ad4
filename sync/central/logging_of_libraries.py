"""What libraries log, as lines of the service's own log: who and how grave, and never their words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typing_extensions import override


class LibraryEvents(logging.Handler):
    """Turns a library's warning into one event; its text may hold an address, a password or what somebody wrote."""

    def __init__(self, log: Any) -> None:
        """Take the service's log."""
        super().__init__(level=logging.WARNING)
        self._log = log

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self._log.warning("library", logger=record.name, problem=record.levelname.lower())


@contextmanager
def libraries_heard(log: Any) -> Iterator[None]:
    """Send what libraries log into the service's log for the length of a block; for the front door alone."""
    events = LibraryEvents(log)
    logging.getLogger().addHandler(events)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(events)
