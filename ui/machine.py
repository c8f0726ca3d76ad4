"""What this machine holds for the program: the configuration that IT laid down, and the shape of the vault here."""

from __future__ import annotations

from contextlib import suppress

from app.config import Configuration, read_machine
from app.errors import VaultError
from app.paths import LaptopPaths, computer_file, policy_file
from app.security.atomic_file import replace_file


def machine_configuration() -> Configuration:
    """Return what IT laid down here, with whatever is wrong with it."""
    return read_machine(organisation_file=policy_file(), computer_file=computer_file())


def write_schema(paths: LaptopPaths) -> None:
    """Note the shape of the vault that was just opened, for whoever asks without a key."""
    # The desk's own process has it already; whoever only reads the note needs no database.
    from app.storage.tables import SCHEMA  # noqa: PLC0415

    told = str(SCHEMA).encode()
    # It decides nothing: a disk that takes no more is told where something would be lost.
    with suppress(OSError, VaultError):
        if not paths.schema.exists() or paths.schema.read_bytes() != told:
            replace_file(paths.schema, told)


def read_schema(paths: LaptopPaths) -> str:
    """Return the shape that was noted, empty where none was."""
    try:
        return paths.schema.read_text(encoding="ascii")[:20]
    except (OSError, UnicodeDecodeError):
        return ""
