"""The drill of the operator's page: a base backup, the archive, a moment to go back to, and the withdrawals after it.

Real PostgreSQL, its own tools, the files that ship, and two machines with a journal each.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from app.domain.codes import ReferralState
from app.domain.ids import PersonId, ReferralId
from app.domain.person import Person
from app.use_cases import stops
from tests.helpers.cluster import SUPERUSER, Cluster, as_account, own_folder
from tests.helpers.shipped import shipped
from tests.helpers.vaults import Clock
from tests.operating.premises import NAME, Premises, Process
from tests.sync.alliance import Enrolled, agree, register, send, state, traces


@dataclass
class Drill:
    """Two machines with a process each, and where backups go.

    Attributes:
        backup: other storage: base backups and the archive.
        journals: one of each machine.
    """

    premises: Premises
    backup: Path
    journals: tuple[Path, Path]

    @property
    def machines(self) -> list[Process]:
        """The processes of the service, one on each."""
        return self.premises.processes

    def base_backup(self) -> Path:
        """Do what the unit of the base backup does."""
        unit = shipped("alongside-base-backup.service", {"/backup/base": f"{self.backup}/base"})
        (command,) = re.findall(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
        # As systemd reads it: a doubled sign is one.
        command = command.replace("$$", "$").replace("%%", "%")
        cluster = self.premises.cluster
        where = {"PGHOST": str(cluster.folder), "PGPORT": str(cluster.port), "PGUSER": SUPERUSER}
        as_account("/bin/sh", "-c", command, cwd=self.backup, **where)
        (base,) = (self.backup / "base").iterdir()
        return base

    def moment(self) -> str:
        """Return the time T that is written down."""
        return str(self.premises.cluster.ask("SELECT clock_timestamp()"))

    def lose(self) -> None:
        """Stop everything; what was written until now is in the archive."""
        cluster = self.premises.cluster
        for process in self.machines:
            process.stop()
        self.premises.alliance.stop()
        segment = cluster.ask("SELECT pg_walfile_name(pg_switch_wal())")
        archived = f"SELECT COALESCE(last_archived_wal, '') >= '{segment}' FROM pg_stat_archiver"
        while not cluster.ask(archived):
            continue
        cluster.stop()

    def put_back(self, base: Path, moment: str) -> str:
        """Put the database back to a moment, bring the journals together, and run the command; returns its words."""
        premises = self.premises
        words = {"/backup/wal": f"{self.backup}/wal", "MOMENT": moment}
        lost, premises.cluster = premises.cluster, premises.cluster.made_from(base, shipped("recovery.conf", words))
        lost.remove()
        together = premises.folder / "withdrawals.together"
        together.write_bytes(b"".join(journal.read_bytes() for journal in self.journals))
        settings = premises.write_settings(**{str(premises.alliance.service.settings.journal): str(together)})
        done = subprocess.run(
            [sys.executable, "-m", "sync.central", "--settings", str(settings), "restore"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve_again(self) -> None:
        """Start the service on both machines, on the database as it is now."""
        self.premises.alliance = self.premises.hands()
        for process in self.machines:
            process.start()


@pytest.fixture
def drill(tmp_path: Path) -> Iterator[Drill]:
    """Premises with an archive, and two machines."""
    backup = own_folder()
    as_account("mkdir", "wal", "base", cwd=backup)
    premises = Premises(tmp_path / "premises", settings=shipped("postgresql.conf", {"/backup": str(backup)}))
    journals = (tmp_path / "journal one", tmp_path / "journal two")
    premises.serve(premises.write_settings(), count=2, journals=journals)
    made = Drill(premises, backup, journals)
    yield made
    premises.close()
    as_account("rm", "-rf", backup, cwd=backup.parent)


@pytest.mark.timeout(300)
def test_withdrawals_after_the_moment_hold_before_anybody_pulls_and_nothing_acknowledged_is_lost(
    drill: Drill, clock: Clock, tmp_path: Path
) -> None:
    premises, (one, two) = drill.premises, drill.machines
    ward = premises.laptop(tmp_path / "ward", one.address, clock)
    other = premises.laptop(tmp_path / "other", two.address, clock)
    intake = premises.laptop(tmp_path / "intake", one.address, clock, is_ward=False)
    before_backup = referred(ward, premises, "Honora Lambourne")
    exchange(ward, other, intake)
    base = drill.base_backup()
    before_moment = referred(other, premises, "Isolde Marchbanks")
    exchange(other, ward, intake)
    moment = drill.moment()
    clock.forward(seconds=2)
    # All that comes now is in no backup: work, and three withdrawals on two machines.
    after = referred(ward, premises, "Perdita Ravenscroft")
    exchange(ward, other, intake)
    stop(ward, premises, before_backup[0])
    stop(other, premises, before_moment[0])
    exchange(ward, other, intake)
    stop(ward, premises, after[0])
    kept = register(other, premises.alliance, "Thaddeus Winslow")
    exchange(ward, other, intake)
    assert [journal.read_bytes().count(b"\n") for journal in drill.journals] == [2, 1]

    drill.lose()
    said = drill.put_back(base, moment)

    assert said.startswith("3 withdrawals hold again."), said
    assert names_of(premises.cluster) >= {"Lambourne", "Marchbanks"}
    assert names_of(premises.cluster).isdisjoint({"Ravenscroft", "Winslow"}), "the moment lies before them"
    drill.serve_again()
    fresh = premises.laptop(tmp_path / "fresh", one.address, clock, is_ward=False)
    for name in ("Lambourne", "Marchbanks", "Ravenscroft"):
        assert traces(fresh, name) == [], "its first pull"
    exchange(ward, other, intake, fresh, times=3)
    for laptop in (intake, fresh):
        for name in ("Lambourne", "Marchbanks", "Ravenscroft"):
            assert traces(laptop, name) == []
    assert ward.bodies() == other.bodies()
    assert family_names(ward) == {"Lambourne", "Marchbanks", "Ravenscroft", "Winslow"}
    assert kept in {person.id for person in persons(ward)}
    for _, referral_id in (before_backup, before_moment, after):
        assert state(ward, referral_id) is ReferralState.WITHDRAWN
    for laptop in (ward, other, intake, fresh):
        assert laptop.outbox.waiting().unsent == 0
        assert_like_the_service(laptop, premises.cluster)


def referred(ward: Enrolled, premises: Premises, name: str) -> tuple[PersonId, ReferralId]:
    person = register(ward, premises.alliance, name)
    agree(ward, premises.alliance, person)
    return person, send(ward, premises.alliance, person)[0]


def stop(ward: Enrolled, premises: Premises, person: PersonId) -> None:
    ward.laptop.clock.forward(seconds=1)
    asked = stops.Stop(org=premises.alliance.org("back_up"))
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=asked)


def exchange(*laptops: Enrolled, times: int = 2) -> None:
    for _time in range(times):
        for laptop in laptops:
            laptop.sync()


def persons(laptop: Enrolled) -> tuple[Person, ...]:
    with laptop.vault.reading() as read:
        return tuple(read.all(Person))


def family_names(laptop: Enrolled) -> set[str]:
    return {person.family_name for person in persons(laptop)}


def names_of(cluster: Cluster) -> set[str]:
    """Return the family names that the service's database holds."""
    with psycopg.connect(cluster.admin_url(NAME)) as connection:
        rows = connection.execute("SELECT DISTINCT body->>'family_name' FROM record WHERE body ? 'family_name'")
        return {row[0] for row in rows}


def assert_like_the_service(laptop: Enrolled, cluster: Cluster) -> None:
    """The sums of each scope are those of the service, in the same life of its feed."""
    laptop.held.recount()
    with psycopg.connect(cluster.admin_url(NAME)) as connection:
        for scope in laptop.held.scopes():
            row = connection.execute(
                "SELECT n, s0, s1, s2, s3, epoch, head FROM feed_head WHERE scope_id = %s", (scope.id,)
            ).fetchone()
            assert row is not None
            assert (tuple(row[:5]), row[5:]) == (tuple(scope.sums), (scope.epoch, scope.cursor)), scope.key
