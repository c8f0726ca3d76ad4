"""Settings of the central service: a TOML file, and environment variables that override it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from app.errors import ServiceError

PREFIX = "ALONGSIDE_CENTRAL_"
"""Each setting may be overridden by an environment variable: this, and the setting's name in capitals."""

FILE = "ALONGSIDE_CENTRAL_SETTINGS"
"""Environment variable that names the settings file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides.

    Attributes:
        postgres: URL the service signs in with: a role that owns nothing.
        owner: URL that `migrate` signs in with; not needed to serve.
        journal: file of withdrawals, on other storage than the database.
        keys: folder of the service's keys.
        files: folder for the sealed bytes of files beside records; shared by all processes.
        audience: the name that devices sign their proofs for.
        address: origin under which laptops reach the service, through the front proxy that ends TLS.
        host: where to listen; loopback, for the front proxy stands before it.
        port: 0 takes any free one.
        connections: how many connections to the database.
        places: how many calls may be under way before new cycles are given a turn of their own; more than there are
            connections only wait for one.
        operator_port: where health and metrics are answered, on `host`; None for nowhere, 0 takes any free one.
        drain_seconds: how long the service says it is not ready, and still answers, before it ends.
    """

    postgres: str
    owner: str = ""
    journal: Path
    keys: Path
    files: Path
    audience: str
    address: str
    host: str = "127.0.0.1"
    port: int = 8750
    connections: int = 10
    places: int = 10
    operator_port: int | None = None
    drain_seconds: int = 0


def read_settings(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Return the settings of a file and the environment.

    Raises:
        ServiceError: `service.settings_absent` or `service.settings_file`, with the file; `service.settings_missing` or
            `service.settings_wrong`, with the name of the setting.
    """
    named = environment.get(FILE)
    file = file or (Path(named) if named else None)
    values: dict[str, object] = {}
    if file is not None:
        values = _read_file(file)
    for name in (each.name for each in fields(Settings)):
        if (given := environment.get(PREFIX + name.upper())) is not None:
            values[name] = given
    return _settings(values)


def _read_file(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ServiceError("service.settings_absent", value=str(file)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ServiceError("service.settings_file", value=str(file)) from error


def _settings(values: Mapping[str, object]) -> Settings:
    known = {each.name for each in fields(Settings)}
    for name in values:
        if name not in known:
            raise ServiceError("service.settings_wrong", setting=name)
    missing = [name for name in ("postgres", "journal", "keys", "files", "audience", "address") if not values.get(name)]
    if missing:
        raise ServiceError("service.settings_missing", setting="”, “".join(missing))
    return Settings(
        postgres=str(values["postgres"]),
        owner=str(values.get("owner", "")),
        journal=Path(str(values["journal"])),
        keys=Path(str(values["keys"])),
        files=Path(str(values["files"])),
        audience=str(values["audience"]),
        address=str(values["address"]).rstrip("/"),
        host=str(values.get("host", "127.0.0.1")),
        port=_number(values, "port", 8750, most=65535),
        connections=_number(values, "connections", 10, least=1),
        places=_number(values, "places", 10, least=1),
        operator_port=_number(values, "operator_port", 0, most=65535) if "operator_port" in values else None,
        drain_seconds=_number(values, "drain_seconds", 0),
    )


def _number(values: Mapping[str, object], name: str, default: int, *, least: int = 0, most: int = 100_000) -> int:
    try:
        number = int(str(values.get(name, default)))
    except ValueError as error:
        raise ServiceError("service.settings_wrong", setting=name) from error
    if not least <= number <= most:
        raise ServiceError("service.settings_wrong", setting=name)
    return number
