"""A real central service with a small alliance on it: for tests, journeys, benchmarks and the demonstration.

`AllianceService.start(folder)` starts PostgreSQL and the service, seeds the shipped directory, the agreement and the
accounts of `resources/demo/story.json`, and issues enrolment slips. Works outside pytest too.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import resources
from app.domain.clocks import london_day
from app.domain.ids import IdSource, OrganisationId, SiteId, UserId
from sync.central.administration import Administration
from sync.central.diary import make_log
from sync.central.scopes import scope_id
from sync.central.seed import Seed, organisation_id, service_id, site_id, user_id
from sync.central.service import Service, now_utc
from sync.central.serving import RunningService
from sync.central.settings import Settings
from sync.central.signing import make_keys
from sync.protocol.slip import Slip, write_slip
from tests.helpers.postgres import Database, PostgresServer

AUDIENCE = "alongside-demonstration"


class AllianceService:
    """A running service with Aspire, Back Up and the Spinal Injuries Association on it.

    Attributes:
        address: where it listens.
        service: its parts.
        administration: the operator's hands.
        database: where its data lie.
    """

    def __init__(self, running: RunningService, service: Service, database: Database, stop: Callable[[], None]) -> None:
        """Take what `start` has built."""
        self.running = running
        self.service = service
        self.database = database
        self.administration = Administration(service)
        self._stop = stop

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        server: PostgresServer | None = None,
        database: Database | None = None,
        clock: Callable[[], datetime] = now_utc,
        new_id: Callable[[], UUID] | None = None,
        log: Any | None = None,
        durable: bool = False,
        port: int = 0,
        places: int = 20,
    ) -> AllianceService:
        """Start everything that is not handed in, in `folder`, and seed it.

        Args:
            folder: for keys and journal.
            server: a PostgreSQL server to use instead of starting one.
            database: a seeded database to use instead of making one.
            clock: aware UTC.
            new_id: source of ids.
            log: where the service logs to; nowhere when None.
            durable: commits reach the disk.
            port: to listen on; 0 takes any free one.
            places: calls that may be under way before new cycles have to wait.
        """
        own = None if server or database else PostgresServer.start(durable=durable)
        source = server or own
        made = database is None
        if database is None:
            assert source is not None
            database = source.fresh_database()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "keys").exists():
            make_keys(folder / "keys")
        service = _service(folder, database, clock, new_id, port, places)
        running = RunningService(service, log if log is not None else make_log(to_stderr=False))
        running.start()

        def stop() -> None:
            running.stop()
            if own is not None:
                own.stop()

        alliance = cls(running, service, database, stop)
        if made:
            alliance.seed()
        return alliance

    @property
    def address(self) -> str:
        """Where laptops reach the service."""
        return self.running.address

    def stop(self) -> None:
        """End the service, and PostgreSQL if it was started here."""
        self._stop()

    def seed(self) -> None:
        """Add the shipped directory, and agreement and accounts of the story."""
        story = resources.demo_story()
        seed = Seed(self.administration, today=london_day(self.service.clock()))
        seed.directory(demonstration=True)
        seed.agreement(story["agreement"])
        seed.users(story["users"])
        self.administration.look_again()

    def org(self, slug: str) -> OrganisationId:
        """Return the id of a member by its slug: `aspire`, `back_up`, `sia`."""
        return organisation_id(slug)

    def user(self, key: str) -> UserId:
        """Return the id of an account by its key in the story: `outreach_worker`, `intake_worker` …"""
        return UserId(user_id(key))

    def site(self, slug: str) -> SiteId:
        """Return the id of a site by its slug."""
        return SiteId(site_id(slug))

    def service_id(self, slug: str) -> UUID:
        """Return the id of a service of the directory by its slug."""
        return service_id(slug)

    def scope_key(self, short: str, org: str) -> str:
        """Return a scope key from its short form, such as `site:stoke_mandeville` or `intake:mentoring`."""
        kind, _, rest = short.partition(":")
        own = self.org(org)
        match kind:
            case "site":
                return f"site:{own}:{self.site(rest)}"
            case "intake":
                return f"intake:{own}:{rest}"
            case "mentor":
                return short
        return f"{kind}:{own}"

    def scope(self, short: str, org: str) -> UUID:
        """Return a scope's id from its short form."""
        return scope_id(short if short == "reference" else self.scope_key(short, org))

    def slip(self, org: str, users: str | Sequence[str], scopes: Sequence[str]) -> Slip:
        """Return a slip that enrols one laptop.

        Args:
            org: slug of the member.
            users: keys of the accounts that work on it.
            scopes: short forms of its scopes; the directory comes by itself.
        """
        names = [users] if isinstance(users, str) else list(users)
        return self.administration.device_code(
            self.org(org),
            [self.user(name) for name in names],
            [self.scope_key(scope, org) for scope in scopes],
            address=self.address,
        )

    def write_slip(self, file: Path, org: str, users: str | Sequence[str], scopes: Sequence[str]) -> Path:
        """Write the file of a slip, as an administrator hands it over."""
        file.write_bytes(write_slip(self.slip(org, users, scopes)))
        return file

    def ward_slip(self) -> Slip:
        """Return the slip of the Aspire outreach worker's laptop at Stoke Mandeville."""
        return self.slip("aspire", "outreach_worker", ["site:stoke_mandeville"])

    def intake_slip(self) -> Slip:
        """Return the slip of Back Up's intake laptop."""
        teams = sorted({entry["intake_team"] for entry in resources.services() if entry["provider"] == "back_up"})
        return self.slip("back_up", "intake_worker", [f"intake:{team}" for team in teams])


@contextmanager
def running_alliance(folder: Path, **given: Any) -> Iterator[AllianceService]:
    """Run an alliance for the length of a block."""
    alliance = AllianceService.start(folder, **given)
    try:
        yield alliance
    finally:
        alliance.stop()


def _service(
    folder: Path,
    database: Database,
    clock: Callable[[], datetime],
    new_id: Callable[[], UUID] | None,
    port: int,
    places: int,
) -> Service:
    settings = Settings(
        postgres=database.service_url,
        owner=database.owner_url,
        journal=folder / "withdrawals.journal",
        keys=folder / "keys",
        files=folder / "files",
        audience=AUDIENCE,
        address="http://127.0.0.1",
        port=port,
        places=places,
    )
    return Service(settings, clock=clock, new_id=new_id or IdSource(clock, secrets.token_bytes))
