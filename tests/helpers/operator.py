"""An operator as docs/how-to/central-service.md sets one up: no superuser, owns the database, may create roles."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from typer.testing import CliRunner, Result

from sync.central.__main__ import cli
from sync.central.tables import SERVICE_ROLE
from tests.helpers.postgres import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Somebody at the command line, with a database of their own.

    Attributes:
        folder: settings, keys, journal and whatever is written.
        admin_url: signs in as the server's superuser, to arrange what an operator cannot.
        owner_url: signs in as the operator.
    """

    folder: Path
    admin_url: str
    owner_url: str

    @classmethod
    def at(cls, server_url: str, folder: Path, *, role: str | None = None) -> Operator:
        """Make role and database on a server, and the settings file in a folder."""
        name = f"alongside_{uuid4().hex}"
        role = role or f"operator_{uuid4().hex[:8]}"
        parts = urlsplit(server_url)
        host = parts.netloc.rpartition("@")[2]
        with psycopg.connect(server_url, autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
                connection.execute(f"CREATE ROLE {role} LOGIN CREATEROLE")
            connection.execute(f"CREATE DATABASE {name} OWNER {role}")

        def url(user: str) -> str:
            return urlunsplit(parts._replace(path=f"/{name}", netloc=f"{user}@{host}"))

        made = Database(name=name, owner_url=url(role), service_url=url(SERVICE_ROLE))
        return cls._with_settings(made, folder, admin_url=urlunsplit(parts._replace(path=f"/{name}")))

    @classmethod
    def on(cls, database: Database, folder: Path) -> Operator:
        """Write the settings file for a database that is migrated already."""
        return cls._with_settings(database, folder, admin_url=database.owner_url)

    @classmethod
    def _with_settings(cls, database: Database, folder: Path, *, admin_url: str) -> Operator:
        operator = cls(folder=folder, admin_url=admin_url, owner_url=database.owner_url)
        operator.settings.write_text(
            f'postgres = "{database.service_url}"\nowner = "{database.owner_url}"\n'
            f'journal = "{folder / "withdrawals"}"\nkeys = "{folder / "keys"}"\n'
            f'files = "{folder / "files"}"\n'
            'audience = "alongside-test"\naddress = "https://alongside.example"\n'
        )
        return operator

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "central.toml"

    def run(self, *words: str) -> Result:
        """Type a command."""
        return CliRunner().invoke(cli, ["--settings", str(self.settings), *words])

    def made(self, *words: str) -> str:
        """Type a command that works and return the last line it says: the id of what it made."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout.strip().splitlines()[-1]

    def refused(self, *words: str, code: int) -> str:
        """Type a command that is refused with a code a script can read, and return its one sentence."""
        result = self.run(*words)
        assert result.exit_code == code, result.output
        assert result.stderr.count("\n") == 1, result.stderr
        assert "Traceback" not in result.output
        return result.stderr.strip()

    def write(self, name: str, content: Any) -> Path:
        """Write a JSON file."""
        file = self.folder / name
        file.write_text(json.dumps(content))
        return file

    def set(self, name: str, value: str) -> None:
        """Change one line of the settings."""
        lines = [line for line in self.settings.read_text().splitlines() if not line.startswith(f"{name} =")]
        self.settings.write_text("\n".join([*lines, f"{name} = {value}"]) + "\n")

    def member(self, name: str = "Aspire") -> str:
        """Add a member and return its id."""
        return self.made(
            "organisation", "add", name, "--legal-name", name, "--withdraw-phone", "01632 960101",
            "--data-protection-contact", "lead@example.org", "--safeguarding-contact", "safe@example.org",
        )  # fmt: skip

    def account(self, org: str, name: str = "Daniel Okafor", **options: str) -> str:
        """Add an account and return its id."""
        more = [word for option, value in options.items() for word in (f"--{option}", value)]
        return self.made(
            "user", "add", name, "--org", org, "--email", "dan@example.org", "--shown-name", "Dan",
            "--role", "outreach_worker", *more,
        )  # fmt: skip
