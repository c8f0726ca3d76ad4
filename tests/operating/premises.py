"""The machine of an operator: PostgreSQL, the files that ship, and processes of the service as their unit says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil
import requests

from app.domain.codes import Role
from sync.central.health import HealthPath
from sync.central.migrating import migrate
from sync.central.service import now_utc
from sync.central.tables import SERVICE_ROLE
from tests.helpers.central import AUDIENCE, AllianceService
from tests.helpers.cluster import Cluster, account, free_port, own_folder
from tests.helpers.postgres import Database
from tests.helpers.shipped import shipped
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

OPERATOR, NAME, PASSWORD = "operator", "alongside", "not-a-secret-of-anybody"
UNIT = "alongside-central@.service"


@dataclass
class Process:
    """One process of the service, as its systemd unit starts it; with a journal of its own on a machine of its own."""

    settings: Path
    number: int
    port: int = field(default_factory=free_port)
    operator_port: int = field(default_factory=free_port)
    journal: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def operator_address(self) -> str:
        """Where it tells how it is."""
        return f"http://127.0.0.1:{self.operator_port}"

    def environment(self) -> dict[str, str]:
        """Return what the unit puts into the environment, with the settings and ports of this test."""
        ports = {"875%i": f"{self.port}", "876%i": f"{self.operator_port}"}
        unit = shipped(UNIT, {"/etc/alongside/central.toml": str(self.settings), **ports})
        own = {} if self.journal is None else {"ALONGSIDE_CENTRAL_JOURNAL": str(self.journal)}
        return {**dict(re.findall(r"^Environment=(\w+)=(.*)$", unit, re.MULTILINE)), **own}

    def start(self) -> None:
        """Start it, and wait until it says that it listens."""
        words = re.findall(r"^ExecStart=\S+/alongside-central (.*)$", shipped(UNIT, {}), re.MULTILINE)
        assert len(words) == 1
        with self.settings.with_name(f"central-{self.number}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sync.central", *words[0].split()],
                env={**os.environ, **self.environment()},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        assert b"Listening" in self.process.stdout.readline()

    def kill(self) -> None:
        """End it without a word, as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def ask_to_stop(self) -> None:
        """Do what `systemctl stop` does first."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end at once, and wait."""
        if self.process is not None and self.process.poll() is None:
            # Two signals sent at once may arrive as one; the second is sent once the first is seen.
            self.ask_to_stop()
            self.wait_until_draining()
            self.ask_to_stop()
            self.process.communicate(timeout=60)

    def wait_until_draining(self) -> None:
        """Wait until it says that it is not ready, or has ended: a signal is heard a moment after it was sent."""
        give_up = time.monotonic() + 30
        while self.process is not None and self.process.poll() is None and time.monotonic() < give_up:
            with suppress(requests.ConnectionError):
                if requests.get(self.operator_address + HealthPath.READY, timeout=30).text == "draining\n":
                    return
            time.sleep(0.02)


class Premises:
    """A cluster with a seeded alliance on it, and what stands around it.

    Attributes:
        cluster: PostgreSQL.
        folder: settings, keys, journal.
        alliance: the operator's hands on the database.
        processes: of the service.
    """

    def __init__(self, folder: Path, *, settings: str = "") -> None:
        """Make the roles and the database as the page says, and seed an alliance."""
        self.cluster = Cluster.make(settings=settings)
        self.folder = folder
        self.processes: list[Process] = []
        self._laptops: list[Enrolled] = []
        self.cluster.run(f"CREATE ROLE {OPERATOR} LOGIN CREATEROLE PASSWORD '{PASSWORD}'")
        self.cluster.run(f"CREATE DATABASE {NAME} OWNER {OPERATOR}")
        owner = self.cluster.url(OPERATOR, NAME, PASSWORD)
        migrate(owner, now=now_utc())
        self.cluster.run(f"ALTER ROLE {SERVICE_ROLE} PASSWORD '{PASSWORD}'")
        self.alliance = self.hands()
        self.alliance.seed()

    def hands(self) -> AllianceService:
        """Return the operator's hands on the database as it is now."""
        owner, service = (self.cluster.url(role, NAME, PASSWORD) for role in (OPERATOR, SERVICE_ROLE))
        return AllianceService.start(self.folder, database=Database(name=NAME, owner_url=owner, service_url=service))

    def write_settings(self, *, port: int | None = None, **replaced: str) -> Path:
        """Write the settings file that ships, for a PostgreSQL at the cluster's port or another one."""
        file = self.folder / "central.toml"
        words = {
            f"postgresql://{role}:PASSWORD@127.0.0.1:5432/alongside": self.cluster.url(role, NAME, PASSWORD, port=at)
            for role, at in ((SERVICE_ROLE, port), (OPERATOR, None))
        }
        words |= {
            "/srv/journal/withdrawals": str(self.alliance.service.settings.journal),
            "/srv/alongside-files": str(self.folder / "files"),
            "/etc/alongside/keys": str(self.alliance.service.settings.keys),
            "alongside-alliance": AUDIENCE,
            **replaced,
        }
        file.write_text(shipped("central.toml", words), encoding="utf-8")
        return file

    def serve(self, settings: Path, *, count: int = 1, journals: tuple[Path, ...] = ()) -> list[Process]:
        """Start processes of the service; with journals, each stands for a machine of its own."""
        for number in range(1, count + 1):
            process = Process(settings, number, journal=journals[number - 1] if journals else None)
            process.start()
            self.processes.append(process)
        return self.processes

    def laptop(self, folder: Path, address: str, clock: Clock, *, is_ward: bool = True) -> Enrolled:
        """Enrol a laptop of the ward or of a partner's intake team, and exchange once."""
        slip = self.alliance.ward_slip() if is_ward else self.alliance.intake_slip()
        laptop = enrol_laptop(
            folder,
            msgspec.structs.replace(slip, address=address),
            user=self.alliance.user("outreach_worker" if is_ward else "intake_worker"),
            role=Role.OUTREACH_WORKER if is_ward else Role.INTAKE_WORKER,
            clock=clock,
            teams=frozenset() if is_ward else frozenset({"outreach_support", "mentoring", "courses"}),
        )
        self._laptops.append(laptop)
        laptop.sync()
        return laptop

    def close(self) -> None:
        """End everything, and remove it."""
        for laptop in self._laptops:
            laptop.close()
        for process in self.processes:
            process.stop()
        self.alliance.stop()
        self.cluster.remove()


@contextmanager
def pgbouncer(premises: Premises, *, pool_size: int = 20) -> Iterator[int]:
    """Run pgbouncer by the file that ships, in front of the cluster; gives its port."""
    folder, port = own_folder(), free_port()
    secret = premises.cluster.ask(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{SERVICE_ROLE}'")
    users = folder / "userlist.txt"
    users.write_text(f'"{SERVICE_ROLE}" "{secret}"\n', encoding="utf-8")
    words = {
        "port=5432": f"port={premises.cluster.port}",
        "listen_port = 6432": f"listen_port = {port}",
        "/etc/pgbouncer/userlist.txt": str(users),
        "/var/log/postgresql": str(folder),
        "/var/run/postgresql": str(folder),
        "default_pool_size = 20": f"default_pool_size = {pool_size}",
    }
    file = folder / "pgbouncer.ini"
    file.write_text(shipped("pgbouncer.ini", words), encoding="utf-8")
    process = subprocess.Popen(
        [_program("pgbouncer"), str(file)], user=account(), cwd=folder, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        assert any("process up" in line for line in process.stderr), "pgbouncer ended"
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


@contextmanager
def haproxy(processes: list[Process], certificate: Path, folder: Path) -> Iterator[int]:
    """Run HAProxy by the file that ships, in front of two processes of the service; gives its port."""
    port, pid = free_port(), folder / "haproxy.pid"
    one, two = processes
    words = {
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/alongside.pem": str(certificate),
        "127.0.0.1:8751 port 8761": f"127.0.0.1:{one.port} port {one.operator_port}",
        "127.0.0.1:8752 port 8762": f"127.0.0.1:{two.port} port {two.operator_port}",
        # A test has less patience than a front proxy.
        "inter 2s": "inter 200ms",
        "timeout http-request 15s": "timeout http-request 2s",
    }
    if account() is None:
        words |= {"    user haproxy\n    group haproxy\n": ""}
    file = folder / "haproxy.cfg"
    file.write_text(shipped("haproxy.cfg", words), encoding="utf-8")
    # It binds its ports before it goes into the background: from here on calls are taken.
    command = [_program("haproxy"), "-D", "-q", "-p", str(pid), "-f", str(file)]
    subprocess.run(command, check=True, timeout=30)
    try:
        yield port
    finally:
        for each in pid.read_text().split():
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(each))
                process.terminate()
                process.wait(timeout=30)


def _program(name: str) -> str:
    """Return a program that Debian keeps where only root looks."""
    for folder in (*os.environ["PATH"].split(os.pathsep), "/usr/sbin"):
        if (Path(folder) / name).exists():
            return str(Path(folder) / name)
    raise FileNotFoundError(name)


def is_installed(name: str) -> bool:
    """Answer whether a program of Debian is there; `.ci/run` installs it."""
    with suppress(FileNotFoundError):
        return bool(_program(name))
    return False
