"""`alongsidectl --version`, `--check-config` and `--self-test`: what scripts of IT ask, answered in words or JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import resources
from app import __version__
from app.config import KEYS, SYSTEM_PROXY, Configuration
from app.errors import KnownError, NetworkError, UpdateError
from app.paths import LaptopPaths, check_folder, default_paths
from ui.machine import machine_configuration, read_schema
from ui.self_test import FAULT, KEYRING_LIMIT_S, REFUSED, WRONG_SETTING, Place, exit_code, self_test

NEWER: Final = 5
UNREACHED: Final = 3
REFUSED_UPDATE: Final = 8
BUILD: Final = "build.json"
"""Written by a release build below `resources`: `commit` and `built`; a copy of the source has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is printed, and the exit code."""

    text: str
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What is looked at; the real one by default, and a test's own folder.

    Attributes:
        paths: where the vault lies.
        configuration: what IT laid down.
    """

    paths: LaptopPaths
    configuration: Configuration


def this_machine() -> Machine:
    """Return the machine that this runs on."""
    return Machine(paths=default_paths(), configuration=machine_configuration())


def version_facts() -> dict[str, str | int]:
    """Return version, commit, day of the build and the shape of vaults that this program writes."""
    from app.storage.tables import SCHEMA  # noqa: PLC0415 - the database library: lists need none

    built = resources.read_json(BUILD) if resources.path(BUILD).exists() else {}
    return {
        "version": __version__,
        "commit": str(built.get("commit", "")),
        "built": str(built.get("built", "")),
        "vault_schema": SCHEMA,
    }


def version(*, as_json: bool) -> Answer:
    """Say which version this is; `alongside 1.0.0 (commit 1a2b3c4, built 2026-11-22, vault schema 7)`."""
    facts = version_facts()
    if as_json:
        return Answer(text=json.dumps(facts))
    build = f"commit {facts['commit']}, built {facts['built']}" if facts["commit"] else "not a release"
    return Answer(text=f"alongside {facts['version']} ({build}, vault schema {facts['vault_schema']})")


def check_config(machine: Machine, *, as_json: bool, reach: Callable[[str, str], None] | None = None) -> Answer:
    """Say each value, where it comes from, and what is wrong with it and with this machine.

    Args:
        machine: what is looked at.
        as_json: one JSON object in place of sentences.
        reach: asks whether the central service answers, by its address and the proxy; None asks nobody.
    """
    from ui.messages import words_of  # noqa: PLC0415 - Qt: lists need none

    configuration, policy = machine.configuration, machine.configuration.policy
    faults: list[tuple[KnownError, int]] = [(fault, WRONG_SETTING) for fault in configuration.faults]
    faults += _machine_faults(machine)
    if reach is not None and policy.sync_url and not configuration.faults:
        try:
            reach(policy.sync_url, "" if policy.proxy_url == SYSTEM_PROXY else policy.proxy_url)
        except KnownError as error:
            faults.append((error, UNREACHED))
    codes = {code for _fault, code in faults}
    code = next((each for each in (WRONG_SETTING, NEWER, REFUSED) if each in codes), 0)
    told = [(fault.code, words_of(fault).whole) for fault, _code in faults]
    if as_json:
        values = [
            {"key": key.name, "value": getattr(policy, key.name), "from": _origin(configuration, key.name),
             "where": configuration.where(key.name)}
            for key in KEYS
        ]  # fmt: skip
        answer = {
            "ok": code == 0,
            "values": values,
            "faults": [{"code": each, "says": says} for each, says in told],
            "unknown": list(policy.unknown),
            "not_in_force": [key.name for key in policy.not_in_force],
        }
        return Answer(text=json.dumps(answer, indent=1), code=code)
    lines = [f"{key.name} = {_written(getattr(policy, key.name))}  ({_from(configuration, key.name)})" for key in KEYS]
    lines += [f"note: {name} is not a key that this version knows. It does nothing." for name in policy.unknown]
    lines += [
        f"note: {key.name} is set, and this version does not do it. Do not rely on it." for key in policy.not_in_force
    ]
    lines += [f"fault {each}: {says}" for each, says in told]
    lines.append("Nothing is wrong." if not told else f"{len(told)} to put right.")
    return Answer(text="\n".join(lines), code=code)


def run_self_test(machine: Machine, *, as_json: bool) -> Answer:
    """Try every part of this installation."""
    from app.security.device_secret import allowed_keyrings, find_keyring  # noqa: PLC0415
    from ui.disk_state import disk_is_encrypted  # noqa: PLC0415

    place = Place(
        paths=machine.paths,
        configuration=machine.configuration,
        clock=partial(datetime.now, UTC),
        random_bytes=os.urandom,
        keyring=lambda: find_keyring(allowed_keyrings(sys.platform), limit_s=KEYRING_LIMIT_S).name,
        is_disk_encrypted=disk_is_encrypted,
        installed=Path(sys.executable).parent if getattr(sys, "frozen", False) else None,
    )
    checks = self_test(place)
    code = exit_code(checks)
    if as_json:
        told: dict[str, Any] = {"version": __version__, "ok": code == 0}
        told["checks"] = [{name: value for name, value in asdict(check).items() if name != "code"} for check in checks]
        return Answer(text=json.dumps(told), code=code)
    lines = [f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.found}" for check in checks]
    return Answer(text="\n".join(lines), code=code)


def verify_update(machine: Machine, path: Path, *, root: bytes | None) -> Answer:
    """Say what a folder of updates announces, or whether a package is one of the newest version.

    A package in the folder `targets` of a repository is held against that repository, another against the place that IT
    named. What is learnt is kept, so that an older repository is refused afterwards.
    """
    from sync.client.updates import Updates  # noqa: PLC0415 - the network's library: lists need none
    from ui.messages import words_of  # noqa: PLC0415 - Qt: lists need none

    policy = machine.configuration.policy
    proxy = "" if policy.proxy_url == SYSTEM_PROXY else policy.proxy_url
    is_folder, is_inside = path.is_dir(), path.resolve().parent.name == "targets"
    source = str(path) if is_folder else str(path.resolve().parents[1]) if is_inside else policy.update_source
    try:
        if root is None:
            raise UpdateError("update.no_root")
        if not source:
            raise UpdateError("update.no_source")
        updates = Updates(source, root=root, memory=machine.paths.updates, proxy=proxy)
        if not is_folder:
            return Answer(text=f"{path.name}: signed, and of version {updates.verify(path)}.")
        update = updates.look(running=__version__, platform=sys.platform)
    except NetworkError as error:
        return Answer(text=f"{error.code}: {words_of(error).whole}", code=FAULT)
    except UpdateError as error:
        return Answer(text=f"{error.code}: {words_of(error).whole}", code=REFUSED_UPDATE)
    if update is None:
        return Answer(text=f"Nothing newer than {__version__}.")
    package = update.package or "no package for this system"
    return Answer(text=f"Version {update.version} is ready: {package}.")


def reach_service(address: str, proxy: str) -> None:
    """Ask whether the central service answers. Raises `NetworkError`."""
    from app.domain.schema import SCHEMA_VERSION  # noqa: PLC0415
    from app.security.device_key import DeviceKey  # noqa: PLC0415
    from sync.client.transport import Transport  # noqa: PLC0415 - the network's library: lists need none

    # Whether a service answers is asked before there is a device: this key proves nothing and goes with the question.
    net = Transport(
        address=address,
        audience="",
        signer=DeviceKey(bytearray(os.urandom(32))),
        schema=SCHEMA_VERSION,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
        patience_s=10,
        proxy=proxy,
    )
    try:
        net.reach()
    finally:
        net.close()


def _machine_faults(machine: Machine) -> list[tuple[KnownError, int]]:
    """Return what is wrong with the folder and the vault in it; nothing is made."""
    from app.storage.tables import SCHEMA  # noqa: PLC0415 - the database library: lists need none

    found: list[tuple[KnownError, int]] = []
    try:
        check_folder(machine.paths.folder, is_written=True)
    except KnownError as error:
        found.append((error, REFUSED))
    noted = read_schema(machine.paths)
    if noted.isdecimal() and int(noted) > SCHEMA:
        found.append((KnownError("vault.newer", schema=int(noted), known=SCHEMA), NEWER))
    slip = machine.configuration.policy.enrolment_slip
    if slip and not machine.paths.slots.exists() and not Path(slip).is_file():
        found.append((KnownError("machine.no_slip", file=slip), WRONG_SETTING))
    return found


def _origin(configuration: Configuration, name: str) -> str:
    return str(configuration.policy.origins.get(name, "default"))


def _from(configuration: Configuration, name: str) -> str:
    where = configuration.where(name)
    return f"set in {where}" if where else "default"


def _written(value: bool | int | str) -> str:
    return json.dumps(value, ensure_ascii=False)
