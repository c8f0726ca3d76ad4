"""The central service as a process of its own, started by its own command on the alliance of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from sync.central.settings import PREFIX
from sync.protocol.slip import Slip
from tests.helpers.central import AllianceService, running_alliance


class ServiceProcess:
    """A service that shares no interpreter with the laptops that are measured.

    Attributes:
        alliance: the operator's hands on the same database.
        address: where laptops reach it.
    """

    def __init__(self, alliance: AllianceService) -> None:
        """Start it with the settings of the alliance, on a free port."""
        self.alliance = alliance
        settings = alliance.service.settings
        named = {
            "postgres": settings.postgres,
            "journal": str(settings.journal),
            "keys": str(settings.keys),
            "audience": settings.audience,
            "address": settings.address,
            "port": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sync.central", "serve"],
            env={**os.environ, **{PREFIX + name.upper(): value for name, value in named.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.address = "http://" + line.partition("http://")[2].strip().rstrip(".")

    def slip(self, org: str, user: str, scopes: list[str]) -> Slip:
        """Return a slip that enrols one laptop with this process."""
        return msgspec.structs.replace(self.alliance.slip(org, user, scopes), address=self.address)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def service_process(folder: Path) -> Iterator[ServiceProcess]:
    """Run PostgreSQL and the service for the length of a block."""
    with running_alliance(folder) as alliance:
        service = ServiceProcess(alliance)
        try:
            yield service
        finally:
            service.stop()
