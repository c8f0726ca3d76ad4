"""One list of keys: reader, defaults, group policy templates and the page for IT say the same; layers have an order."""

from __future__ import annotations

import importlib.util
from dataclasses import MISSING, fields
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from app.config import KEY_NAMED, KEYS, Kind, Layer, Origin, Policy, PolicyError, configured, layer_of_registry, usable
from app.errors import VaultError
from app.paths import check_folder

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "packaging" / "windows" / "policy"
NAMES = {"p": "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"}


def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("policy_templates", TEMPLATES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def organisation(**values: object) -> Layer:
    return Layer(origin=Origin.ORGANISATION, where="policy.toml", values=values)


def test_a_policy_has_a_field_for_each_key_with_its_default() -> None:
    defaults = {each.name: each.default for each in fields(Policy) if each.default is not MISSING}
    assert {key.name: key.default for key in KEYS} == {name: defaults[name] for name in KEY_NAMED}
    assert defaults.keys() - KEY_NAMED.keys() == {"unknown", "is_managed"}
    for key in KEYS:
        assert key.registry == "".join(part.capitalize() for part in key.name.split("_"))
        assert key.name == key.name.lower()


def test_the_templates_are_those_the_list_makes_and_offer_what_is_followed() -> None:
    makes = made()
    assert (TEMPLATES / "Alongside.admx").read_text(encoding="utf-8") == makes.admx()
    assert (TEMPLATES / "en-US" / "Alongside.adml").read_text(encoding="utf-8") == makes.adml()
    policies = ElementTree.parse(TEMPLATES / "Alongside.admx").findall("p:policies/p:policy", NAMES)
    assert {each.get("name") for each in policies} == {key.registry for key in KEYS if key.in_force}
    assert {each.get("class") for each in policies} == {"Machine"}
    words = ElementTree.parse(TEMPLATES / "en-US" / "Alongside.adml")
    strings = {each.get("id") for each in words.findall(".//p:string", NAMES)}
    shown = {each.get("id") for each in words.findall(".//p:presentation", NAMES)}
    text = (TEMPLATES / "Alongside.admx").read_text(encoding="utf-8")
    assert {part.partition(")")[0] for part in text.split("$(string.")[1:]} <= strings
    assert {part.partition(")")[0] for part in text.split("$(presentation.")[1:]} == shown
    (idle,) = (each for each in policies if each.get("name") == "IdleLockMinutes")
    number = idle.find("p:elements/p:decimal", NAMES)
    assert number is not None
    assert (number.get("minValue"), number.get("maxValue")) == ("1", "15")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_the_page_for_it_has_each_key_with_its_values_and_default(key: object) -> None:
    page = (ROOT / "docs" / "how-to" / "it.md").read_text(encoding="utf-8")
    assert table_row(key) in page.splitlines()


def table_row(key: object) -> str:
    """Return the line of the page for IT; what a version does not follow says so."""
    from app.config import Key

    assert isinstance(key, Key)
    default = {True: "true", False: "false", "": "none"}.get(key.default, str(key.default))  # type: ignore[call-overload]
    default = str(key.default) if key.kind is Kind.NUMBER else default
    told = key.explained if key.in_force else f"**Not followed by this version.** {key.explained}"
    return f"| `{key.name}` · `{key.registry}` | {key.allowed} | {default} | {told} |"


def test_the_organisation_goes_before_the_computer_and_says_so() -> None:
    computer = Layer(
        origin=Origin.COMPUTER,
        where="C:/ProgramData/Alongside/policy.toml",
        values={"idle_lock_minutes": 10, "support_text": "Ring 01632 960 222"},
    )
    configuration = configured([organisation(idle_lock_minutes=3, support_text=""), computer])
    policy = usable(configuration)
    assert (policy.idle_lock_minutes, policy.support_text) == (3, "Ring 01632 960 222")
    assert [key.name for key in policy.fixed] == ["idle_lock_minutes"]
    assert configuration.where("support_text") == computer.where
    assert policy.is_managed
    assert not usable(configured([computer])).is_managed


def test_a_wrong_value_below_a_right_one_is_named_all_the_same() -> None:
    computer = Layer(origin=Origin.COMPUTER, where="other.toml", values={"idle_lock_minutes": 99})
    configuration = configured([organisation(idle_lock_minutes=3), computer])
    assert [(fault.code, fault.detail["file"]) for fault in configuration.faults] == [
        ("policy.out_of_range", "other.toml")
    ]
    with pytest.raises(PolicyError):
        usable(configuration)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sync_url", "http://alongside.example"),
        ("sync_url", "https://alongside.example/path"),
        ("sync_url", "https://somebody:secret@alongside.example"),
        ("proxy_url", "proxy.example:8080"),
        ("proxy_url", "http://proxy.example:99999"),
        ("enrolment_slip", "slip.json"),
        ("update_source", "http://updates.example"),
        ("update_mode", "Announce"),
        ("require_disk_encryption", "yes"),
        ("password_only", 2),
        ("idle_lock_minutes", True),
        ("support_text", "two\nlines"),
        ("log_level", 1),
    ],
)
def test_what_a_key_does_not_take_is_refused(name: str, value: object) -> None:
    (fault,) = configured([organisation(**{name: value})]).faults
    assert (fault.code, fault.detail) == ("policy.bad_value", {"key": name, "file": "policy.toml"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sync_url", "https://alongside.example:8443"),
        ("proxy_url", "http://proxy.example:3128"),
        ("enrolment_slip", "\\\\server\\share\\slip.json"),
        ("update_source", "D:\\updates"),
        ("update_source", "https://updates.example/alongside"),
        ("log_level", "detailed"),
    ],
)
def test_what_a_key_takes_is_taken(name: str, value: object) -> None:
    assert getattr(usable(configured([organisation(**{name: value})])), name) == value


def test_the_registry_knows_keys_by_its_own_names_in_any_case_and_tells_strangers() -> None:
    layer = layer_of_registry({"IDLELOCKMINUTES": 4, "PasswordOnly": 1, "SyncUrl": "", "Nonsense": 1}, "HKLM")
    policy = usable(configured([layer]))
    assert (policy.idle_lock_minutes, policy.password_only, policy.sync_url) == (4, True, "")
    assert policy.unknown == ("Nonsense",)
    assert "sync_url" not in policy.origins


def test_a_key_that_does_nothing_yet_is_told_when_it_is_set() -> None:
    assert [key.name for key in usable(configured([organisation(allow_print=False)])).not_in_force] == ["allow_print"]


def test_a_folder_on_another_machine_is_refused_and_one_beside_it_is_not(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    far, near = tmp_path / "far away", tmp_path / "near"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/home {str(far).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n")
    with pytest.raises(VaultError) as refused:
        check_folder(far / "Alongside", mounts=mounts)
    assert refused.value.code == "vault.remote_folder"
    check_folder(near / "Alongside", mounts=mounts)
    assert not far.exists()


def test_a_folder_that_takes_no_file_is_refused_and_nothing_is_made() -> None:
    with pytest.raises(VaultError) as refused:
        check_folder(Path("/proc/alongside"), is_written=True)
    assert refused.value.code == "vault.read_only"
