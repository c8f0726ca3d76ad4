"""The log of this laptop: moments, codes and places, for IT; never the words of an error, a name or a record."""

from __future__ import annotations

import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from typing_extensions import override

from app import __version__
from app.config import Configuration
from app.errors import KnownError

FILE_NAME: Final = "alongside.log"
MOST_BYTES: Final = 500_000
"""Of one file; one older is kept, so that a log never fills a disk."""

_LEVELS: Final = {"normal": logging.WARNING, "detailed": logging.INFO}
_OURS: Final = ("app", "sync", "ui")
"""Libraries log addresses and whatever they were given: theirs goes nowhere."""


class _Lines(logging.Formatter):
    """One line each, in UTC, without what an exception says: that may quote a record."""

    converter = staticmethod(time.gmtime)

    @override
    def formatException(self, ei: object) -> str:
        return ""


def begin_log(folder: Path, configuration: Configuration) -> None:
    """Log into a folder from now on, and name what is wrong with the configuration.

    A folder that takes no file is told by the window, which refuses to go on for the same reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(folder / FILE_NAME, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        return
    handler.setFormatter(_Lines("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(_LEVELS[configuration.policy.log_level])
    here, policy = logging.getLogger(__name__), configuration.policy
    here.info("started version=%s", __version__)
    for name in policy.unknown:
        # Whatever stands there was written by IT; a line break in it must not look like a second line.
        here.warning("policy.unknown key=%s", ascii(name))
    for key in policy.not_in_force:
        here.warning("policy.not_in_force key=%s", key.name)


def log_refusal(error: KnownError) -> None:
    """Log why the program does not open: a code and its details, which are safe in a ticket."""
    details = "".join(f" {name}={value!a}" for name, value in sorted(error.detail.items()))
    logging.getLogger(__name__).error("refused: %s%s", error.code, details)
