"""One program at a time on one vault: a lock of the operating system, which ends with the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from app.errors import VaultError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RETRY_S = 2.0
"""How long the desk tries while the gate gives the lock up (security.md 4.2)."""

_PAUSE_S = 0.05


class SingleInstance:
    """The lock on one vault's folder, from `acquire` to `release`.

    The file stays where it is: deleting it would let two programs lock two files of one name.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock file's path; the folder must be there."""
        self._path = path
        self._fd: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the lock, or say at once that it is taken.

        Raises:
            VaultError: `vault.already_open`, or `vault.read_only` where the folder takes no file.
        """
        if self._fd is not None:
            return
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise VaultError("vault.read_only", errno=error.errno) from error
        if not _try_lock(fd):
            os.close(fd)
            raise VaultError("vault.already_open")
        self._fd = fd

    def acquire_soon(
        self, *, monotonic: Callable[[], float], pause: Callable[[float], None], within_s: float = RETRY_S
    ) -> None:
        """Take the lock as soon as its holder gives it up.

        Args:
            monotonic: clock in seconds.
            pause: waits so many seconds.
            within_s: how long to try.

        Raises:
            VaultError: `vault.already_open` after that time.
        """
        until = monotonic() + within_s
        while True:
            try:
                return self.acquire()
            except VaultError as error:
                if error.code != "vault.already_open" or monotonic() >= until:
                    raise
            pause(_PAUSE_S)

    def release(self) -> None:
        """Give the lock up; the operating system does it too when the process ends, however it ends."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _try_lock(fd: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
