"""The central service as a process of its own, started by its own command on the alliance of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import msgspec
import psutil

from sync.central.settings import PREFIX
from sync.protocol.slip import Slip
from tests.helpers.central import AllianceService, running_alliance


class ServiceProcess:
    """A service that shares no interpreter with the laptops that are measured.

    Attributes:
        alliance: the operator's hands on the same database.
        address: where laptops reach it.
        operator_address: where it says what it counted.
        log: what it wrote.
    """

    def __init__(self, alliance: AllianceService) -> None:
        """Start it with the settings of the alliance, on free ports."""
        self.alliance = alliance
        settings = alliance.service.settings
        named = {
            "postgres": settings.postgres,
            "journal": str(settings.journal),
            "keys": str(settings.keys),
            "files": str(settings.files),
            "audience": settings.audience,
            "address": settings.address,
            "port": "0",
            "operator_port": "0",
        }
        with settings.journal.with_name(f"{uuid4().hex}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sync.central", "serve"],
                env={**os.environ, **{PREFIX + name.upper(): value for name, value in named.items()}},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.log = Path(log.name)
        assert self._process.stdout is not None
        self.address, self.operator_address = (_origin(self._process.stdout.readline()) for _ in range(2))

    def slip(self, org: str, user: str, scopes: list[str]) -> Slip:
        """Return a slip that enrols one laptop with this process."""
        return msgspec.structs.replace(self.alliance.slip(org, user, scopes), address=self.address)

    def memory_bytes(self) -> int:
        """Return how much memory it takes up."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def stop(self) -> None:
        """End it; one that ended by itself has measured nothing."""
        if (ended := self._process.poll()) is not None:
            last = self.log.read_text(encoding="utf-8").splitlines()[-5:]
            raise RuntimeError(f"a process of the service ended by itself: {ended}", *last)
        self._process.terminate()
        self._process.wait()


def _origin(line: str) -> str:
    return "http://" + line.partition("http://")[2].strip().rstrip(".")


@contextmanager
def service_process(folder: Path) -> Iterator[ServiceProcess]:
    """Run PostgreSQL and the service for the length of a block."""
    with service_processes(folder, 1) as (service,):
        yield service


@contextmanager
def service_processes(folder: Path, count: int) -> Iterator[list[ServiceProcess]]:
    """Run PostgreSQL and several processes of the service side by side for the length of a block."""
    with running_alliance(folder) as alliance, ExitStack() as processes:
        services = []
        for _ in range(count):
            services.append(ServiceProcess(alliance))
            processes.callback(services[-1].stop)
        yield services
