"""Files opened in another program: plain, in a private folder, for as long as somebody is signed in and no longer.

Everywhere else nothing that was sealed is ever written unsealed (security.md 5).
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import BinaryIO, Final

from app.errors import DiskFullError, VaultError

PUT_OUT: Final = "put_out"
"""The folder beside the vault (`app.paths.LaptopPaths.put_out`)."""

_PIECE: Final = 1024 * 1024


def put(beside: Path, content: BinaryIO, *, name: str, ending: str) -> Path:
    """Write a file that another program may read, and nobody but this account.

    Args:
        beside: the vault's folder.
        content: what it holds.
        name: random: a name that a person gave says who it is about.
        ending: by which the other program is found.

    Raises:
        DiskFullError, VaultError: it cannot be written; nothing of it is left.
    """
    path = beside / PUT_OUT / f"{name}.{ending}"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file, _PIECE)
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise DiskFullError from error
        raise VaultError("vault.could_not_write", errno=error.errno) from error
    return path


def take_in(beside: Path) -> bool:
    """Delete everything that was put out; False when another program still holds some of it."""
    folder = beside / PUT_OUT
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
