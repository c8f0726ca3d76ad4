"""Between gate and desk: a desk that waits with one pipe for its keys and another to say how opening goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from typing import Any

from app.errors import SignInError
from app.security.key_pipe import fd_of_argument, open_key_pipe, write_keys
from app.security.opened_keys import OpenedKeys

if sys.platform == "win32":
    import msvcrt


class Told(Enum):
    """What a desk tells its gate, one byte each."""

    CHECKING = b"c"
    MIGRATING = b"m"
    SHOWN = b"s"
    FAILED = b"f"


class WaitingDesk:
    """A desk that was started and has no keys yet."""

    def __init__(self, process: subprocess.Popen[bytes], *, keys_fd: int, told_fd: int) -> None:
        """Take the process and this side's ends of its two pipes."""
        self.process = process
        self._keys_fd: int | None = keys_fd
        self._told_fd: int | None = told_fd

    def send(self, keys: OpenedKeys) -> None:
        """Hand the keys over, once; `keys` stays the caller's to clear.

        Raises:
            SignInError: `auth.desk_gone`.
        """
        fd, self._keys_fd = self._keys_fd, None
        if fd is None:
            raise SignInError("auth.desk_gone")
        write_keys(fd, keys)

    def next_told(self) -> Told:
        """Wait for the next thing the desk tells; not on the window's thread.

        Raises:
            SignInError: `auth.desk_gone`: it ended without a word.
        """
        if self._told_fd is None:
            raise SignInError("auth.desk_gone")
        try:
            return Told(os.read(self._told_fd, 1))
        except (ValueError, OSError):
            raise SignInError("auth.desk_gone") from None

    def dismiss(self) -> None:
        """Close the pipes: a desk that has no keys yet ends by itself."""
        keys, told = self._keys_fd, self._told_fd
        self._keys_fd = self._told_fd = None
        for fd in (keys, told):
            if fd is not None:
                os.close(fd)


def start_desk(command: Callable[[str], tuple[str, ...]]) -> WaitingDesk:
    """Start a desk; it inherits the ends of two pipes and nothing else."""
    keys = open_key_pipe()
    told_read, told_write = os.pipe()
    argument, popen = _inherited(keys.argument, keys.popen, told_write)
    try:
        process = subprocess.Popen(command(argument), stdin=subprocess.DEVNULL, **popen)  # noqa: S603 - our own command
    except OSError as error:
        for fd in (keys.write_fd, told_read):
            os.close(fd)
        raise SignInError("auth.desk_gone") from error
    finally:
        os.close(keys.read_fd)
        os.close(told_write)
    return WaitingDesk(process, keys_fd=keys.write_fd, told_fd=told_read)


def pipes_of_argument(argument: str) -> tuple[int, int]:
    """Return the desk's descriptors: where the keys come from, and where to tell.

    Raises:
        SignInError: `auth.no_keys`: this is not what a gate says.
    """
    keys, _, told = argument.partition(":")
    if not (keys.isdecimal() and told.isdecimal()):
        raise SignInError("auth.no_keys")
    return fd_of_argument(keys), _told_fd(told)


def tell(fd: int, told: Told) -> None:
    """Tell the gate; one that has gone meanwhile needs to know nothing."""
    try:
        os.write(fd, told.value)
    except OSError:
        return


def _inherited(keys: str, popen: dict[str, Any], told_write: int) -> tuple[str, dict[str, Any]]:
    if sys.platform == "win32":
        handle = msvcrt.get_osfhandle(told_write)
        os.set_handle_inheritable(handle, True)
        popen["startupinfo"].lpAttributeList["handle_list"].append(handle)
        return f"{keys}:{handle}", popen
    return f"{keys}:{told_write}", {"pass_fds": (*popen["pass_fds"], told_write)}


def _told_fd(text: str) -> int:
    if sys.platform == "win32":
        return msvcrt.open_osfhandle(int(text), os.O_WRONLY | os.O_BINARY)
    return int(text)
