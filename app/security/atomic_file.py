"""Replace a small file so that a crash or a power cut leaves the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.errors import DiskFullError, VaultError

if sys.platform == "win32":
    import ctypes
elif sys.platform == "darwin":
    import fcntl

Reach = Callable[[str], None]
"""Called at each named crash point; the shipped program hands in one that does nothing."""

STEPS = ("after-temp", "after-fsync", "after-rename", "after-folder-sync")
"""Where a crash is tried, in order."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def reach_nothing(point: str, /) -> None:
    """Pass a crash point by."""


def replace_file(path: Path, content: bytes, *, reach: Reach = reach_nothing) -> None:
    """Put `content` in the place of `path`, durable when this returns; readable by this account only.

    Raises:
        DiskFullError: there is no room; the old file is whole.
        VaultError: the folder refuses writing; the old file is whole.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.unlink(missing_ok=True)
        _write_new(temporary, content, reach)
        _rename(temporary, path)
        reach(STEPS[2])
        sync_folder(path.parent)
        reach(STEPS[3])
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _known(error) from error


def delete_file(path: Path) -> None:
    """Delete `path` if it is there, durably."""
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise _known(error) from error


def sync_folder(folder: Path) -> None:
    """Make renames and deletions in `folder` durable."""
    if sys.platform == "win32":
        return  # Windows has no handle to a folder that can be flushed; the rename itself is written through.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_new(path: Path, content: bytes, reach: Reach) -> None:
    # O_EXCL: a link planted under the temporary name is refused, not followed.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        reach(STEPS[0])
        _flush_to_disk(file.fileno())
        reach(STEPS[1])


def _flush_to_disk(descriptor: int) -> None:
    if sys.platform == "darwin":
        # fsync on macOS leaves the bytes in the drive's cache; F_FULLFSYNC does not.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def _rename(source: Path, target: Path) -> None:
    if sys.platform == "win32":
        replace_existing, write_through = 0x1, 0x8
        moved = ctypes.WinDLL("kernel32", use_last_error=True).MoveFileExW(
            str(source), str(target), replace_existing | write_through
        )
        if not moved:
            raise ctypes.WinError(ctypes.get_last_error())
    else:
        source.replace(target)


def _known(error: OSError) -> VaultError:
    if error.errno in _FULL:
        return DiskFullError()
    if error.errno in _READ_ONLY:
        return VaultError("vault.read_only")
    return VaultError("vault.could_not_write", errno=error.errno)
