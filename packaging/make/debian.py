"""The Debian package: the frozen folder below /opt, what a desktop asks for, and the policy's folder."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from freezing import needed_libraries
from ground import PACKAGING, Ground, MakingError, files_below, run, set_times

SOURCE = PACKAGING / "debian"
MOST_MEGABYTES = 95
NAME = "org.alongside.Alongside"

# Renamed by Ubuntu 24.04 for 64-bit times; the library is the same on amd64.
ALSO = {name: f"{name} | {name}t64" for name in ("libcups2", "libglib2.0-0", "libssl3", "libpng16-16")}

# Loaded by name, when a page first needs it, so that no list of needed libraries has it.
LOADED = ["libxkbcommon-x11-0"]


def build_package(folder: Path, into: Path, ground: Ground) -> Path:
    """Make `alongside_VERSION_amd64.deb` of a frozen folder below `into`; returns it."""
    root = into / "deb"
    shutil.rmtree(root, ignore_errors=True)
    (root / "opt").mkdir(parents=True)
    shutil.copytree(folder, root / "opt" / "alongside", symlinks=True)
    _add_what_a_desktop_asks_for(root, ground)
    _add_control(root, ground)
    set_times(root, ground.moment)
    package = into / f"alongside_{ground.version}_amd64.deb"
    # Two threads always: with one the blocks, and so the bytes, are others.
    run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--threads-max=2", "--build", root, package],
        ground=ground,
    )
    shutil.rmtree(root)
    size = package.stat().st_size
    if size > MOST_MEGABYTES * 1_000_000:
        raise MakingError(f"the Debian package has {size / 1e6:.0f} MB, more than {MOST_MEGABYTES}")
    return package


def check_with_lintian(package: Path, ground: Ground) -> None:
    """Refuse a package about which lintian has an error or a warning that nobody has answered."""
    if shutil.which("lintian") is None:
        print("NOT RUN: lintian is not on this machine", flush=True)
        return
    said = run(
        ["lintian", "--allow-root", "--fail-on", "none", "--tag-display-limit", "0", "--no-cfg", package],
        ground=ground,
    )
    left = [line for line in said.splitlines() if re.match(r"[EW]: ", line)]
    if left:
        raise MakingError("lintian:\n" + "\n".join(left))


def dependencies(folder: Path) -> str:
    """Return what the package depends on: the packages of the system's libraries that the frozen folder asks for."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True, text=True).stdout
    at = dict(re.findall(r"^\s+(\S+) \(libc6,x86-64[^)]*\) => (\S+)$", listed, re.MULTILINE))
    names = set(LOADED)
    for library in sorted(needed_libraries(folder)):
        if library not in at:
            raise MakingError(f"{library} is needed and not on this machine, so nobody knows its package")
        names.add(_package_of(Path(at[library])))
    names -= {"libc6"}
    return ", ".join([f"libc6 (>= {_least_libc(folder)})", *(ALSO.get(name, name) for name in sorted(names))])


def _package_of(library: Path) -> str:
    # On a system whose /lib is /usr/lib the same file is known under one of the two names.
    for path in (library, library.resolve(), Path("/usr", *library.parts[1:])):
        for each in {path, Path(*(part for part in path.parts if part != "usr"))}:
            done = subprocess.run(["dpkg-query", "-S", each], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout.partition(":")[0]
    raise MakingError(f"no package has {library}")


def _least_libc(folder: Path) -> str:
    """Return the oldest version of the C library that every file in the folder is content with."""
    asked = {(2, 28)}
    for path in files_below(folder):
        with path.open("rb") as file:
            if file.read(4) == b"\x7fELF":
                asked |= {tuple(map(int, found)) for found in re.findall(rb"GLIBC_(2)\.(\d+)\b", path.read_bytes())}
    return "{}.{}".format(*max(asked))


def _add_what_a_desktop_asks_for(root: Path, ground: Ground) -> None:
    share, day = root / "usr" / "share", f"{datetime.fromtimestamp(ground.moment, UTC):%Y-%m-%d}"
    for source, target in (
        ("alongside.desktop", f"applications/{NAME}.desktop"),
        (f"{NAME}.metainfo.xml", f"metainfo/{NAME}.metainfo.xml"),
        (f"{NAME}.svg", f"icons/hicolor/scalable/apps/{NAME}.svg"),
        ("lintian-overrides", "lintian/overrides/alongside"),
    ):
        text = (SOURCE / source).read_text(encoding="utf-8")
        _write(share / target, text.replace("@VERSION@", ground.version).replace("@DAY@", day).encode("utf-8"))
    for name in ("alongside", "alongsidectl"):
        text = (SOURCE / f"{name}.1").read_text(encoding="utf-8")
        text = text.replace("@VERSION@", ground.version).replace("@DAY@", day)
        _write(share / "man" / "man1" / f"{name}.1.gz", _packed(text))
        link = root / "usr" / "bin" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/opt/alongside/{name}")
    moment = f"{datetime.fromtimestamp(ground.moment, UTC):%a, %d %b %Y %H:%M:%S +0000}"
    changes = (
        f"alongside ({ground.version}) stable; urgency=medium\n\n"
        "  * What is new stands in docs/changes.md of the source.\n\n"
        f" -- Alongside <maintainers@alongside.example>  {moment}\n"
    )
    _write(share / "doc" / "alongside" / "changelog.gz", _packed(changes))
    _write(share / "doc" / "alongside" / "copyright", _copyright(root / "opt" / "alongside" / "licences", day[:4]))
    # Empty: a policy is what somebody laid down, and a package must not lay down one.
    (root / "etc" / "alongside").mkdir(parents=True)


def _copyright(licences: Path, year: str) -> bytes:
    rows = (licences / "report.csv").read_text(encoding="utf-8").splitlines()[1:]
    libraries = "\n".join(" {} {}: {}".format(*row.split(",", 2)) for row in rows)
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Alongside\n\n"
        f"Files: *\nCopyright: Copyright (c) {year} the authors of Alongside, and those of the libraries below\n"
        "License: each-its-own\n"
        " The text of each library's licence lies in /opt/alongside/licences.\n .\n"
        f"{libraries}\n"
    ).encode()


def _add_control(root: Path, ground: Ground) -> None:
    folder = root / "opt" / "alongside"
    kilobytes = sum(-(-path.stat().st_size // 1024) for path in files_below(root))
    text = (
        "Package: alongside\n"
        f"Version: {ground.version}\n"
        "Architecture: amd64\n"
        "Maintainer: Alongside <maintainers@alongside.example>\n"
        f"Installed-Size: {kilobytes}\n"
        f"Depends: {dependencies(folder)}\n"
        "Recommends: gnome-keyring | kwalletmanager, xdg-utils, at-spi2-core\n"
        "Section: misc\n"
        "Priority: optional\n"
        "Description: consents, referrals and mentoring for charities, offline first\n"
        " For charities that help people with a spinal cord injury. Answers are recorded\n"
        " at the bedside with no network, encrypted on the laptop, and reach the\n"
        " charities that were agreed to once there is one.\n"
        " .\n"
        " A laptop needs an enrolment slip from the operator of a central service.\n"
    )
    _write(root / "DEBIAN" / "control", text.encode("utf-8"))


def _packed(text: str) -> bytes:
    # Without a moment of its own inside.
    return gzip.compress(text.encode("utf-8"), 9, mtime=0)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
