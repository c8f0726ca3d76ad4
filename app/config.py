"""What an organisation's IT fixes for a laptop, read once at the door: one list of keys, and where values come from.

The list makes the reader, `alongsidectl --check-config`, the group policy templates and the table in the page for IT
(packaging.md 7). Neither the account's part of the registry nor the environment is ever read: both belong to whoever
sits at the laptop, and what IT fixed must not be theirs to change.
"""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from app.errors import KnownError

REGISTRY_KEY: Final = r"SOFTWARE\Policies\Alongside\Alongside"
SYSTEM_PROXY: Final = "system"
LONGEST_TEXT: Final = 200


class PolicyError(KnownError):
    """The policy holds a value that cannot be used; no default is taken in its place."""

    default_code = "policy.bad_value"


class Kind(StrEnum):
    """What a value is."""

    SWITCH = "switch"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    ADDRESS = "address"
    PROXY = "proxy"
    FILE = "file"
    SOURCE = "source"


class Origin(StrEnum):
    """Where a value comes from, the strongest first."""

    ORGANISATION = "organisation"
    COMPUTER = "computer"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting that IT may lay down.

    Attributes:
        name: as in `policy.toml`.
        registry: as in the registry and in the group policy templates.
        kind: what its value is.
        default: what holds where nobody set it; an empty text is "none".
        title: its name for people.
        explained: what it does, for IT and for the settings page; plain English.
        least: of a number.
        most: of a number.
        choices: of a choice.
        in_force: this version does what the key says; one that is not is named wherever it is set, and left out of the
            templates, for a wall that is only on paper is worse than none.
    """

    name: str
    registry: str
    kind: Kind
    default: bool | int | str
    title: str
    explained: str
    least: int = 0
    most: int = 0
    choices: tuple[str, ...] = ()
    in_force: bool = True

    @property
    def allowed(self) -> str:
        """What its value may be, in words."""
        match self.kind:
            case Kind.SWITCH:
                return "true or false (registry: 1 or 0)"
            case Kind.NUMBER:
                return f"{self.least} to {self.most}"
            case Kind.TEXT:
                return f"text of up to {LONGEST_TEXT} characters"
            case Kind.CHOICE:
                return ", ".join(f"`{choice}`" for choice in self.choices)
            case Kind.ADDRESS:
                return "`https://` address without a path"
            case Kind.PROXY:
                return f"`{SYSTEM_PROXY}`, or `http://` address with its port"
            case Kind.FILE:
                return "whole path of a file"
            case Kind.SOURCE:
                return "`https://` address, or whole path of a folder"


KEYS: Final = (
    Key(
        name="sync_url", registry="SyncUrl", kind=Kind.ADDRESS, default="", title="Central service",
        explained="Address of the central service. The sign-in window asks it whether this laptop was revoked, and a"
        " laptop is set up with a slip for this address only.",
    ),
    Key(
        name="proxy_url", registry="ProxyUrl", kind=Kind.PROXY, default=SYSTEM_PROXY, title="Proxy",
        explained="Proxy for every connection. Without it, the proxies of the system are used.",
    ),
    Key(
        name="enrolment_slip", registry="EnrolmentSlip", kind=Kind.FILE, default="", title="Enrolment slip",
        explained="A slip that the set-up window reads by itself; it names the organisation. It works once, for ten"
        " minutes, and is shown before anything is sent.",
    ),
    Key(
        name="public_roots_only", registry="PublicRootsOnly", kind=Kind.SWITCH, default=False,
        title="Public certificates only",
        explained="Refuse connections that are inspected under a root of the organisation's own.", in_force=False,
    ),
    Key(
        name="idle_lock_minutes", registry="IdleLockMinutes", kind=Kind.NUMBER, default=5, least=1, most=15,
        title="Minutes until it locks", explained="Minutes without use until the laptop locks.",
    ),
    Key(
        name="password_only", registry="PasswordOnly", kind=Kind.SWITCH, default=False, title="Work without a keyring",
        explained="Work where the system has no keyring. Weaker: only the password protects the records, so it must be"
        " four of the offered words; the sign-in window says so.",
    ),
    Key(
        name="allow_pin", registry="AllowPin", kind=Kind.SWITCH, default=True, title="PIN after a lock",
        explained="Let people unlock with a PIN until they sign out.", in_force=False,
    ),
    Key(
        name="require_disk_encryption", registry="RequireDiskEncryption", kind=Kind.CHOICE, default="warn",
        choices=("warn", "refuse"), title="Disk encryption",
        explained="What happens where the disk is known not to be encrypted: say so, or do not open. Where the system"
        " does not tell (Windows, macOS), nothing is refused.",
    ),
    Key(
        name="hide_from_screen_capture", registry="HideFromScreenCapture", kind=Kind.SWITCH, default=False,
        title="Hide from screen capture", explained="Black in screenshots and in magnifiers.", in_force=False,
    ),
    Key(
        name="allow_usb_handover", registry="AllowUsbHandover", kind=Kind.SWITCH, default=True,
        title="Work for a colleague as a file",
        explained="Work may be written, sealed, for a colleague where there is no network.",
    ),
    Key(
        name="allow_export", registry="AllowExport", kind=Kind.SWITCH, default=True, title="Export",
        explained="Lists of people may be saved as files.", in_force=False,
    ),
    Key(
        name="allow_print", registry="AllowPrint", kind=Kind.SWITCH, default=True, title="Print",
        explained="Sheets may be printed.", in_force=False,
    ),
    Key(
        name="caseload_linger_days", registry="CaseloadLingerDays", kind=Kind.NUMBER, default=30, least=7, most=90,
        title="Days a person stays after their case",
        explained="Days until a person who is done with leaves the laptop.",
        in_force=False,
    ),
    Key(
        name="update_mode", registry="UpdateMode", kind=Kind.CHOICE, default="announce", choices=("announce", "off"),
        title="Updates",
        explained="Announce a verified update for IT to install, or do not look. The program never installs by itself.",
    ),
    Key(
        name="update_source", registry="UpdateSource", kind=Kind.SOURCE, default="",
        title="Where updates are looked for",
        explained="Address or folder of the update repository. Without it, only a folder that is named is read.",
    ),
    Key(
        name="default_language", registry="DefaultLanguage", kind=Kind.CHOICE, default="en-GB", choices=("en-GB", "cy"),
        title="Language", explained="Language of the program. So far there is English alone.", in_force=False,
    ),
    Key(
        name="support_text", registry="SupportText", kind=Kind.TEXT, default="", title="Whom to ask",
        explained="Whom to ask, in the organisation's words; shown under Help and where the program does not open.",
    ),
    Key(
        name="log_level", registry="LogLevel", kind=Kind.CHOICE, default="normal", choices=("normal", "detailed"),
        title="Log", explained="How much is logged. Neither level logs a name or a record.",
    ),
)  # fmt: skip
"""Every key, in the order of packaging.md 7."""

KEY_NAMED: Final[Mapping[str, Key]] = MappingProxyType({key.name: key for key in KEYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds on this laptop: a field for each of `KEYS`, with what each explains.

    Attributes:
        origins: where each value that is no default comes from.
        unknown: keys this version does not know; reported, never fatal.
        is_managed: the organisation laid down at least one value.
    """

    sync_url: str = ""
    proxy_url: str = SYSTEM_PROXY
    enrolment_slip: str = ""
    public_roots_only: bool = False
    idle_lock_minutes: int = 5
    password_only: bool = False
    allow_pin: bool = True
    require_disk_encryption: str = "warn"
    hide_from_screen_capture: bool = False
    allow_usb_handover: bool = True
    allow_export: bool = True
    allow_print: bool = True
    caseload_linger_days: int = 30
    update_mode: str = "announce"
    update_source: str = ""
    default_language: str = "en-GB"
    support_text: str = ""
    log_level: str = "normal"
    origins: Mapping[str, Origin] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    is_managed: bool = False

    @property
    def fixed(self) -> tuple[Key, ...]:
        """The keys whose values the organisation laid down."""
        return tuple(key for key in KEYS if self.origins.get(key.name) is Origin.ORGANISATION)

    @property
    def not_in_force(self) -> tuple[Key, ...]:
        """The keys that were set and that this version does not act on."""
        return tuple(key for key in KEYS if not key.in_force and key.name in self.origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Values from one place.

    Attributes:
        origin: which place.
        where: its name for people: a file's path or the registry key.
        values: as found there, by the names of `policy.toml`.
        unknown: what is found there under other names.
        fault: why it could not be read at all.
    """

    origin: Origin
    where: str
    values: Mapping[str, Any] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    fault: PolicyError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A policy, and each thing that keeps it from being used; with a fault the program does not open.

    Attributes:
        policy: what holds, with defaults where a value could not be used.
        layers: what was read, the strongest first.
        faults: one for each value or place that cannot be used.
    """

    policy: Policy
    layers: tuple[Layer, ...]
    faults: tuple[PolicyError, ...]

    def where(self, name: str) -> str:
        """Return the place of a key's value, empty for a default."""
        origin = self.policy.origins.get(name)
        return next((layer.where for layer in self.layers if layer.origin is origin), "")


def read_policy(path: Path) -> Policy:
    """Return the policy in a file, the defaults when there is none.

    Raises:
        PolicyError: the file cannot be read, or a value has the wrong type or lies out of range.
    """
    return usable(configured([file_layer(path, Origin.ORGANISATION)]))


def usable(configuration: Configuration) -> Policy:
    """Return the policy of a configuration without faults. Raises `PolicyError`, the first of them."""
    for fault in configuration.faults:
        raise fault
    return configuration.policy


def configured(layers: Iterable[Layer]) -> Configuration:
    """Put layers together, the strongest first; a value that cannot be used is a fault even where a stronger one holds.

    An empty text is not set, where the value is a text: group policy writes one for a field that was left empty. For a
    switch or a number it is a wrong value like any other.
    """
    read = tuple(layers)
    faults = [layer.fault for layer in read if layer.fault is not None]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in read:
        for name, value in layer.values.items():
            key = KEY_NAMED[name]
            if value == "" and key.kind not in (Kind.SWITCH, Kind.NUMBER):
                continue
            try:
                checked = _checked(key, value)
            except PolicyError as error:
                error.detail["file"] = layer.where
                faults.append(error)
                continue
            if name not in values:
                values[name], origins[name] = checked, layer.origin
    unknown = sorted({name for layer in read for name in layer.unknown})
    policy = Policy(
        **values,
        origins=MappingProxyType(origins),
        unknown=tuple(unknown),
        is_managed=Origin.ORGANISATION in origins.values(),
    )
    return Configuration(policy=policy, layers=read, faults=tuple(faults))


def read_machine(
    *, organisation_file: Path | None, computer_file: Path | None, platform: str = sys.platform
) -> Configuration:
    r"""Read what this machine holds.

    Args:
        organisation_file: `/etc/alongside/policy.toml`; None where the registry stands in its place.
        computer_file: `%ProgramData%\Alongside\policy.toml`; None elsewhere.
        platform: as `sys.platform`.
    """
    layers = [registry_layer()] if platform == "win32" else []
    if organisation_file is not None:
        layers.append(file_layer(organisation_file, Origin.ORGANISATION))
    if computer_file is not None:
        layers.append(file_layer(computer_file, Origin.COMPUTER))
    return configured(layers)


def file_layer(path: Path, origin: Origin) -> Layer:
    """Return what a `policy.toml` holds; a file that is not there holds nothing."""
    where = str(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Layer(origin=origin, where=where)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Layer(origin=origin, where=where, fault=PolicyError("policy.unreadable", file=where))
    known = {name: value for name, value in table.items() if name in KEY_NAMED}
    return Layer(origin=origin, where=where, values=known, unknown=tuple(sorted(table.keys() - KEY_NAMED.keys())))


def registry_layer() -> Layer:
    """Return what group policy wrote into this machine's registry, in its 64-bit view."""
    where = f"HKLM\\{REGISTRY_KEY}"
    # There on Windows alone.
    winreg: Any = importlib.import_module("winreg")
    found: dict[str, Any] = {}
    try:
        with winreg.OpenKeyEx(
            winreg.HKEY_LOCAL_MACHINE, REGISTRY_KEY, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        ) as opened:
            for index in range(winreg.QueryInfoKey(opened)[1]):
                name, value, _kind = winreg.EnumValue(opened, index)
                found[name] = value
    except FileNotFoundError:
        return Layer(origin=Origin.ORGANISATION, where=where)
    except OSError:
        return Layer(origin=Origin.ORGANISATION, where=where, fault=PolicyError("policy.unreadable", file=where))
    return layer_of_registry(found, where)


def layer_of_registry(found: Mapping[str, Any], where: str) -> Layer:
    """Return a layer for values under the registry's names, whose case does not count there."""
    names = {key.registry.lower(): key.name for key in KEYS}
    known = {names[name.lower()]: value for name, value in found.items() if name.lower() in names}
    unknown = tuple(sorted(name for name in found if name.lower() not in names))
    return Layer(origin=Origin.ORGANISATION, where=where, values=known, unknown=unknown)


def _checked(key: Key, value: Any) -> bool | int | str:
    # bool is an int in Python; a policy that says 1 where it means true is an honest slip, the other way is not.
    if key.kind is Kind.SWITCH and type(value) in (bool, int) and value in (0, 1):
        return bool(value)
    if type(value) is not type(key.default):
        raise PolicyError(key=key.name)
    if isinstance(value, int) and key.kind is Kind.NUMBER and not key.least <= value <= key.most:
        raise PolicyError("policy.out_of_range", key=key.name, least=key.least, most=key.most)
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise PolicyError("policy.too_long", key=key.name, longest=LONGEST_TEXT)
        if not _reads(key, value):
            raise PolicyError(key=key.name)
    assert isinstance(value, bool | int | str)
    return value


def _reads(key: Key, value: str) -> bool:
    match key.kind:
        case Kind.CHOICE:
            return value in key.choices
        case Kind.ADDRESS:
            return is_origin(value, schemes=("https",))
        case Kind.PROXY:
            return value == SYSTEM_PROXY or is_origin(value, schemes=("http", "https"))
        case Kind.FILE:
            return _is_whole_path(value)
        case Kind.SOURCE:
            return _is_whole_path(value) or value.startswith("https://")
        case _:
            return value.isprintable()


def is_origin(address: str, *, schemes: tuple[str, ...]) -> bool:
    """Answer whether an address is a scheme, a host and perhaps a port, with no name, password, path or question."""
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or 0 < parts.port < 65_536
    except ValueError:
        return False
    bare = (parts.path, parts.query, parts.fragment) == ("", "", "") and "@" not in parts.netloc
    return parts.scheme in schemes and bool(parts.hostname) and has_port and bare and address.isprintable()


def _is_whole_path(path: str) -> bool:
    # A share (\\server\folder) and a drive count everywhere, so that a file can be checked on another system.
    is_windows = path.startswith("\\\\") or path[1:3] in (":\\", ":/")
    return path.isprintable() and (path.startswith("/") or is_windows)
