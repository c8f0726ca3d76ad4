"""The window's program: a gate, or with `--desk` the desk that a gate has started. It takes no other switch."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import SystemRandom
from types import TracebackType
from uuid import UUID

from PySide6.QtWidgets import QApplication

import resources
from app.config import Policy, PolicyError, usable
from app.paths import LaptopPaths, default_paths
from app.security.device_secret import (
    FolderlessStore,
    KeyringStore,
    SecretStore,
    allowed_keyrings,
    find_keyring,
    keyring_named,
)
from app.security.passwords import load_password_rules
from app.security.process import protect_process
from app.security.slots_file import PASSWORD_ONLY
from ui.front_door import FrontDoor
from ui.jobs import reported
from ui.log_file import begin_log
from ui.machine import machine_configuration


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gate or the desk; returns the exit code."""
    parser = argparse.ArgumentParser(prog="alongside", allow_abbrev=False)
    parser.add_argument("--desk", metavar="PIPES", default="", help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    protect_process(os.environ)
    sys.excepthook = _on_fault
    QApplication(["alongside"])
    configuration = machine_configuration()
    begin_log(default_paths().logs, configuration)
    try:
        policy = usable(configuration)
    except PolicyError as error:
        # No default is taken in its place: a policy that cannot be read may have asked for more, not less.
        return _run_refusal(error)
    door = front_door(policy)
    return _run_desk(door, told.desk) if told.desk else _run_gate(door)


# Each process imports its own half: the gate is to be up within a second of a lock (security.md 1.1), and pages,
# database and network take most of that second.


def _run_gate(door: FrontDoor) -> int:
    from ui.gate import run_gate  # noqa: PLC0415

    return run_gate(door)


def _run_desk(door: FrontDoor, argument: str) -> int:
    from ui.desk_process import run_desk  # noqa: PLC0415

    return run_desk(door, argument)


def _run_refusal(error: PolicyError) -> int:
    from ui.gate import run_refusal  # noqa: PLC0415

    return run_refusal(error)


def front_door(policy: Policy) -> FrontDoor:
    """Return the front door of the real program."""
    paths, chance = default_paths(), SystemRandom()
    return FrontDoor(
        paths=paths,
        policy=policy,
        clock=_now,
        monotonic=time.monotonic,
        random_bytes=os.urandom,
        fraction=chance.random,
        store_for=_StoreFor(paths, policy),
        new_store=_NewStore(paths, policy),
        gate_command=_command(),
        desk_command=_desk_command,
        password_rules=load_password_rules(resources.path("passwords")),
    )


class _StoreFor:
    """The keyring that a slots file names."""

    def __init__(self, paths: LaptopPaths, policy: Policy) -> None:
        self._paths, self._policy = paths, policy

    def __call__(self, name: str, vault_id: UUID) -> SecretStore:
        if name == PASSWORD_ONLY and self._policy.password_only:
            return FolderlessStore(self._paths.mark)
        return KeyringStore(vault_id, keyring_named(name, allowed_keyrings(sys.platform)))


class _NewStore:
    """The keyring of a new vault: the first that works here, or none where policy says so."""

    def __init__(self, paths: LaptopPaths, policy: Policy) -> None:
        self._paths, self._policy = paths, policy

    def __call__(self, vault_id: UUID) -> SecretStore:
        if self._policy.password_only:
            return FolderlessStore(self._paths.mark)
        return KeyringStore(vault_id, find_keyring(allowed_keyrings(sys.platform)))


def _command() -> tuple[str, ...]:
    # A frozen program is its own interpreter.
    return (sys.executable,) if getattr(sys, "frozen", False) else (sys.executable, "-m", "ui")


def _desk_command(argument: str) -> tuple[str, ...]:
    return (*_command(), "--desk", argument)


def _now() -> datetime:
    return datetime.now(UTC)


def _on_fault(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Log kinds and places only: the words of an error, and a traceback's lines, may quote a record."""
    if isinstance(error, Exception):
        reported(error)
    else:
        logging.getLogger(__name__).error("ended by %s", kind.__name__)


if __name__ == "__main__":
    sys.exit(main())
