"""Keys from the gate to the desk through an inherited anonymous pipe: never argv, environment, file or socket."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.errors import SignInError
from app.security.opened_keys import OpenedKeys
from app.security.secret_bytes import KEY_BYTES, scratch

if sys.platform == "win32":
    import msvcrt
    import subprocess

_MAGIC = b"alongside-keys-1"
_UUID_BYTES = 16
_GENERATION_BYTES = 8
_FIXED = len(_MAGIC) + 2 * _UUID_BYTES + _GENERATION_BYTES
_FRAME_BYTES = _FIXED + 3 * KEY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPipe:
    """A pipe whose reading end is for the desk.

    Attributes:
        argument: what the desk is told on its command line: the number of the reading end, no secret.
        popen: keyword arguments for `subprocess.Popen` that hand that one end down.
    """

    read_fd: int
    write_fd: int
    argument: str
    popen: dict[str, Any]


def open_key_pipe() -> KeyPipe:
    """Open the pipe; close `read_fd` in the gate once the desk is started."""
    read_fd, write_fd = os.pipe()
    if sys.platform == "win32":
        handle = msvcrt.get_osfhandle(read_fd)
        os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
        popen: dict[str, Any] = {"startupinfo": startup, "close_fds": True}
        return KeyPipe(read_fd=read_fd, write_fd=write_fd, argument=str(handle), popen=popen)
    # pass_fds makes this end, and only this one, inheritable in the child.
    return KeyPipe(read_fd=read_fd, write_fd=write_fd, argument=str(read_fd), popen={"pass_fds": (read_fd,)})


def fd_of_argument(argument: str) -> int:
    """Return the desk's descriptor of the reading end."""
    if sys.platform == "win32":
        return msvcrt.open_osfhandle(int(argument), os.O_RDONLY | os.O_BINARY)
    return int(argument)


def write_keys(fd: int, keys: OpenedKeys) -> None:
    """Send the keys and close the pipe; what was sent is cleared here, `keys` stays the caller's.

    Raises:
        SignInError: `auth.desk_gone`: the desk ended before it had them.
    """
    with scratch(_FRAME_BYTES) as frame:
        frame[:_FIXED] = (
            _MAGIC + keys.vault_id.bytes + keys.person_id.bytes + keys.generation.to_bytes(_GENERATION_BYTES, "big")
        )
        for place, key in enumerate((keys.db_key, keys.person_signing_seed, keys.device_signing_seed)):
            if len(key) != KEY_BYTES:
                raise ValueError("a key of another length")
            start = _FIXED + place * KEY_BYTES
            frame[start : start + KEY_BYTES] = key
        try:
            with os.fdopen(fd, "wb", buffering=0) as pipe, memoryview(frame) as view:
                sent = 0
                while sent < _FRAME_BYTES:
                    sent += pipe.write(view[sent:])
        except BrokenPipeError:
            raise SignInError("auth.desk_gone") from None


def read_keys(fd: int) -> OpenedKeys:
    """Wait for the keys, take them and close the pipe; the caller clears them.

    Raises:
        SignInError: `auth.no_keys`: the gate ended, or sent something else.
    """
    with scratch(_FRAME_BYTES) as frame:
        # Unbuffered: a buffered reader would keep a copy that nobody clears.
        with os.fdopen(fd, "rb", buffering=0) as pipe, memoryview(frame) as view:
            got = 0
            while got < _FRAME_BYTES and (more := pipe.readinto(view[got:])):
                got += more
        if got < _FRAME_BYTES or frame[: len(_MAGIC)] != _MAGIC:
            raise SignInError("auth.no_keys")
        return _unpacked(frame)


def _unpacked(frame: bytearray) -> OpenedKeys:
    start = len(_MAGIC)
    vault_id = UUID(bytes=bytes(frame[start : start + _UUID_BYTES]))
    person_id = UUID(bytes=bytes(frame[start + _UUID_BYTES : start + 2 * _UUID_BYTES]))
    generation = int.from_bytes(frame[start + 2 * _UUID_BYTES : _FIXED], "big")
    db_key, person_seed, device_seed = (
        frame[_FIXED + place * KEY_BYTES : _FIXED + (place + 1) * KEY_BYTES] for place in range(3)
    )
    return OpenedKeys(
        vault_id=vault_id,
        person_id=person_id,
        generation=generation,
        db_key=db_key,
        person_signing_seed=person_seed,
        device_signing_seed=device_seed,
    )
