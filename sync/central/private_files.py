"""Files that only the operator's account may read: keys, and slips with a code that still works."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from app.errors import ServiceError

PRIVATE = 0o600


def make_folder(folder: Path) -> None:
    """Make a folder and those above it; one that is there stays as it is.

    Raises:
        ServiceError: `service.cannot_write`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError("service.cannot_write", value=str(folder)) from error


def write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        ServiceError: `service.cannot_write`; a file that is there is never replaced.
    """
    _write(file, (content,), os.O_EXCL)


def write_over(file: Path, content: bytes) -> None:
    """Write a file; one that is there loses what it held and who else may read it.

    Raises:
        ServiceError: `service.cannot_write`.
    """
    _write(file, (content,), os.O_TRUNC)


def write_lines_over(file: Path, lines: Iterable[bytes]) -> None:
    """Write a file line by line as the lines come; one that is there loses what it held and who else may read it.

    Raises:
        ServiceError: `service.cannot_write`.
    """
    _write(file, lines, os.O_TRUNC)


def _write(file: Path, content: Iterable[bytes], how: int) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | how, PRIVATE)
        with os.fdopen(descriptor, "wb") as handle:
            # The mode of `open` counts for new files only, and a file may have been there with other rights.
            file.chmod(PRIVATE)
            handle.writelines(content)
    except OSError as error:
        raise ServiceError("service.cannot_write", value=str(file)) from error
