"""The Debian package on a real system: installed with what it depends on, used, replaced, removed without a trace."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.test_frozen import self_test, sums_of, written_sums

INSTALLED = Path("/opt/alongside")
POLICY = Path("/etc/alongside")
SHARED = (
    "/usr/share/applications/org.alongside.Alongside.desktop",
    "/usr/share/metainfo/org.alongside.Alongside.metainfo.xml",
    "/usr/share/icons/hicolor/scalable/apps/org.alongside.Alongside.svg",
    "/usr/share/man/man1/alongside.1.gz",
    "/usr/share/man/man1/alongsidectl.1.gz",
)


def run(*command: str | Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command; returns what it said."""
    done = subprocess.run(
        [str(each) for each in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode in allowed, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def package(packages: Path) -> Path:
    """The package itself."""
    (found,) = packages.glob("alongside_*_amd64.deb")
    return found


@pytest.fixture
def machine(package: Path) -> Iterator[None]:
    """This machine, without the program before and afterwards."""
    if os.geteuid():
        pytest.skip("NOT RUN: only root installs a package")
    if INSTALLED.exists() or POLICY.exists():
        pytest.fail("Alongside is installed on this machine: a test must not replace or remove it")
    yield
    run("dpkg", "--purge", "alongside", allowed=(0, 1))
    shutil.rmtree(POLICY, ignore_errors=True)


def older(package: Path, folder: Path) -> Path:
    """The same package as an earlier version, with a file that the later one no longer has."""
    root = folder / "older"
    run("dpkg-deb", "-R", package, root)
    control = root / "DEBIAN" / "control"
    lines = control.read_text(encoding="utf-8").splitlines()
    changed = ["Version: 0.0.1" if line.startswith("Version: ") else line for line in lines]
    control.write_text("\n".join(changed) + "\n", encoding="utf-8")
    (root / "opt" / "alongside" / "parts" / "left-behind").write_text("", encoding="utf-8")
    made = folder / "alongside_0.0.1_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "--build", root, made)
    shutil.rmtree(root)
    return made


def version() -> str:
    return run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "alongside", allowed=(0, 1))


@pytest.mark.timeout(420)
@pytest.mark.usefixtures("machine")
def test_it_installs_runs_upgrades_and_goes_without_a_trace(package: Path, tmp_path: Path) -> None:
    run("apt-get", "install", "-y", "--no-install-recommends", older(package, tmp_path))
    assert version() == "installed 0.0.1"
    assert (INSTALLED / "parts" / "left-behind").exists()
    policy = POLICY / "policy.toml"
    policy.write_text("idle_lock_minutes = 3\n", encoding="utf-8")

    run("dpkg", "-i", package)
    assert version() == f"installed {package.name.split('_')[1]}"
    assert not (INSTALLED / "parts" / "left-behind").exists()
    assert policy.read_text(encoding="utf-8") == "idle_lock_minutes = 3\n", "an upgrade lays down no policy"
    assert sums_of(INSTALLED) == written_sums(INSTALLED)
    # Through the link that a terminal finds; which folder it is installed in it must find out all the same.
    _, found = self_test(Path("/usr/bin/alongsidectl"), tmp_path)
    assert found["files"] == (True, f"{len(written_sums(INSTALLED))} files")
    assert all(Path(each).is_file() for each in SHARED)
    loose = run("find", INSTALLED, "-perm", "/022", "-not", "-type", "l")
    assert loose == "", "somebody else may write there"

    run("dpkg", "--remove", "alongside")
    assert not INSTALLED.exists()
    assert not Path("/usr/bin/alongside").is_symlink()
    assert not any(Path(each).exists() for each in SHARED)
    assert policy.exists(), "what IT laid down is IT's to remove"


def test_a_desktop_understands_what_it_is_told(package: Path, tmp_path: Path) -> None:
    tools = {name: shutil.which(name) for name in ("desktop-file-validate", "appstreamcli", "man")}
    missing = [name for name, found in tools.items() if found is None]
    if missing:
        pytest.skip(f"NOT RUN: {', '.join(missing)} not on this machine")
    run("dpkg-deb", "-x", package, tmp_path)
    below = [tmp_path / each.removeprefix("/") for each in SHARED]
    assert run("desktop-file-validate", below[0]) == ""
    run("appstreamcli", "validate", "--no-net", below[1])
    for page in below[3:]:
        warned = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], capture_output=True, text=True, check=True
        )
        assert warned.stderr == ""
