"""The MSI under Wine, silently: installed, upgraded, refused and removed, each by what is on disk and in the registry.

A return code alone has lied. The program inside is a Linux one: this proves the installer, not the program.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.test_frozen import sums_of

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("wine", "wineserver", "xvfb-run", "wixl", "msibuild", "msiinfo", "faketime", "osslsigncode", "openssl")
POLICY = r"HKLM\SOFTWARE\Policies\Alongside\Alongside"
UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
ADDRESS, ANOTHER = "https://central.example.invalid", "https://other.example.invalid"
REFUSED = 67
"""1603 modulo 256: what a Linux shell sees of msiexec's refusal."""

MAKE = """
import sys
from pathlib import Path
from ground import Ground
from windows import build_msi
payload, made, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
ground = Ground(out=made.parent, scratch=made.parent, python=Path(sys.executable), moment=1_790_000_000)
build_msi(payload, made, version=version, ground=ground)
"""


@pytest.fixture(scope="module")
def msi(packages: Path) -> Path:
    """The MSI of the frozen program."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"NOT RUN: {', '.join(missing)} not on this machine")
    (found,) = packages.glob("alongside_*.msi")
    return found


@pytest.fixture(scope="module")
def other_version(msi: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes the MSI of another version, from a small payload."""
    folder = tmp_path_factory.mktemp("other")
    payload = folder / "payload"
    (payload / "parts").mkdir(parents=True)
    for name in ("alongside.exe", "alongsidectl.exe", "parts/only in the other & nowhere else"):
        (payload / name).write_bytes(name.encode())

    def make(version: str) -> Path:
        made = folder / f"{version}.msi"
        subprocess.run(
            [sys.executable, "-c", MAKE, payload, made, version],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'packaging' / 'make'}"},
            check=True,
        )
        return made

    return make


@dataclass
class Windows:
    """A machine as Wine plays it."""

    prefix: Path

    @property
    def program(self) -> Path:
        """Where the program is installed."""
        return self.prefix / "drive_c" / "Program Files" / "Alongside"

    def run(self, *command: str | Path) -> tuple[int, str]:
        """Run a Windows command on a private display; returns its code and what it said."""
        own = {
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "HOME": str(self.prefix.parent),
        }
        # To a file: what Wine leaves running would keep a pipe open for ever.
        log = self.prefix.parent / "said"
        with log.open("wb") as said:
            done = subprocess.run(
                ["timeout", "-k", "2", "240", "xvfb-run", "-a", "wine", *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **own},
                check=False,
            )
        return done.returncode, log.read_text(encoding="utf-8", errors="replace")

    def install(self, package: Path, *told: str) -> int:
        """Install silently; returns the code."""
        return self.run("msiexec", "/i", f"Z:{package}", "/qn", *told)[0]

    def address(self) -> str | None:
        """The address of the service in the policy, None when there is none."""
        code, said = self.run("reg", "query", POLICY, "/v", "SyncUrl")
        found = re.search(r"SyncUrl\s+REG_SZ\s*(.*)", said)
        return found[1].strip() if code == 0 and found else None

    def versions(self) -> list[str]:
        """The versions that the list of installed programs shows."""
        said = self.run("reg", "query", UNINSTALL, "/s")[1]
        blocks = said.split("HKEY_LOCAL_MACHINE")
        ours = [block for block in blocks if re.search(r"DisplayName\s+REG_SZ\s+Alongside\b", block)]
        return sorted(re.search(r"DisplayVersion\s+REG_SZ\s+(\S+)", block)[1] for block in ours)  # type: ignore[index]

    def end(self) -> None:
        """Let nothing of it go on."""
        subprocess.run(
            ["timeout", "30", "wineserver", "-k"], env={**os.environ, "WINEPREFIX": str(self.prefix)}, check=False
        )


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[Windows]:
    """A machine on which nothing was installed."""
    machine = Windows(tmp_path / "prefix")
    yield machine
    machine.end()


@pytest.mark.timeout(900)
def test_it_installs_keeps_the_policy_upgrades_refuses_what_is_older_and_goes(
    msi: Path, frozen: Path, other_version: Callable[[str], Path], windows: Windows
) -> None:
    version = msi.name.split("_")[1]
    assert windows.install(msi, f"SYNCURL={ADDRESS}") == 0
    expected = {
        (f"{name}.exe" if name in {"alongside", "alongsidectl"} else name): found
        for name, found in sums_of(frozen).items()
    }
    assert sums_of(windows.program) == expected
    assert windows.versions() == [version]
    assert windows.address() == ADDRESS

    newer = other_version("99.0.0")
    assert windows.install(newer) == 0
    assert windows.versions() == ["99.0.0"], "the version before is still listed, or the new one is not"
    assert sorted(path.name for path in windows.program.rglob("*") if path.is_file()) == [
        "alongside.exe", "alongsidectl.exe", "only in the other & nowhere else",
    ]  # fmt: skip
    assert windows.address() == ADDRESS, "an upgrade that says no address lost the one of before"

    assert windows.install(msi) == REFUSED
    assert windows.versions() == ["99.0.0"]
    assert (windows.program / "parts" / "only in the other & nowhere else").exists()

    newest = other_version("99.1.0")
    assert windows.install(newest, f"SYNCURL={ANOTHER}") == 0
    assert windows.address() == ANOTHER

    assert windows.run("msiexec", "/x", f"Z:{newest}", "/qn")[0] == 0
    assert not windows.program.exists()
    assert windows.versions() == []
    assert windows.address() is None


def test_without_an_address_none_is_laid_down(other_version: Callable[[str], Path], windows: Windows) -> None:
    assert windows.install(other_version("1.0.0")) == 0
    assert windows.program.is_dir()
    assert windows.address() is None


def test_a_package_of_one_version_is_the_same_bytes_and_has_ids_of_its_own(
    other_version: Callable[[str], Path],
) -> None:
    one = other_version("2.0.0")
    before = one.read_bytes()
    assert other_version("2.0.0").read_bytes() == before
    tables = [
        subprocess.run(["msiinfo", "export", each, "Property"], capture_output=True, text=True, check=True).stdout
        for each in (one, other_version("2.1.0"))
    ]
    codes, upgrades = (
        [re.search(rf"^{name}\t(\S+)", table, re.MULTILINE)[1] for table in tables]  # type: ignore[index]
        for name in ("ProductCode", "UpgradeCode")
    )
    assert codes[0] != codes[1]
    assert upgrades[0] == upgrades[1]
    assert all(re.search(r"^SecureCustomProperties\t.*\bSYNCURL\b", table, re.MULTILINE) for table in tables)


@pytest.mark.parametrize("kind", ["msi", "exe", "dll"])
def test_what_is_signed_verifies_and_one_changed_bit_does_not(
    kind: str, other_version: Callable[[str], Path], tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Alongside test",
            "-addext", "extendedKeyUsage=codeSigning", "-keyout", key, "-out", certificate,
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip
    # Real Windows programs that come with Wine: the payload's are Linux ones.
    shipped = {"exe": "notepad.exe", "dll": "version.dll"}
    if kind in shipped:
        plain = next(Path("/usr/lib").glob(f"*/wine/x86_64-windows/{shipped[kind]}"))
    else:
        plain = other_version("3.0.0")
    signed, changed = tmp_path / f"signed.{kind}", tmp_path / f"changed.{kind}"
    subprocess.run(
        [
            "osslsigncode", "sign", "-certs", certificate, "-key", key, "-h", "sha256", "-n", "Alongside",
            "-in", plain, "-out", signed,
        ],
        capture_output=True,
        check=True,
    )  # fmt: skip
    assert verifies(signed, certificate)
    content = bytearray(signed.read_bytes())
    content[len(plain.read_bytes()) // 2] ^= 1
    changed.write_bytes(content)
    assert hashlib.sha256(content).digest() != hashlib.sha256(signed.read_bytes()).digest()
    assert not verifies(changed, certificate)
    assert not verifies(plain, certificate)


def verifies(file: Path, certificate: Path) -> bool:
    return (
        subprocess.run(
            ["osslsigncode", "verify", "-CAfile", certificate, "-in", file], capture_output=True, check=False
        ).returncode
        == 0
    )
