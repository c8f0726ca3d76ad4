"""pgbouncer in transaction mode, by the file that ships: one server connection for everybody, and nothing leaks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.domain.codes import ReferralState
from app.use_cases import stops
from sync.central.database import Context, Database
from sync.central.tables import SERVICE_ROLE
from tests.helpers.vaults import Clock
from tests.operating.premises import NAME, PASSWORD, Premises, is_installed, pgbouncer
from tests.sync.alliance import Enrolled, agree, register, send, state, traces

pytestmark = pytest.mark.skipif(not is_installed("pgbouncer"), reason="pgbouncer is not installed")

ROUNDS = 60


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """PostgreSQL with an alliance on it, and what the page says of the role behind pgbouncer."""
    made = Premises(tmp_path_factory.mktemp("premises"))
    made.cluster.run(f"ALTER ROLE {SERVICE_ROLE} SET jit = off")
    made.cluster.run(f"ALTER ROLE {SERVICE_ROLE} SET timezone = 'UTC'")
    yield made
    made.close()


@pytest.fixture(scope="module")
def port(premises: Premises) -> Iterator[int]:
    """Where pgbouncer listens; it has a single connection to PostgreSQL to lend."""
    with pgbouncer(premises, pool_size=1) as found:
        yield found


@pytest.fixture(scope="module")
def laptops(
    premises: Premises, port: int, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Enrolled, Enrolled]:
    """A ward's and a partner's laptop, whose service has pgbouncer between itself and PostgreSQL."""
    (process,) = premises.serve(premises.write_settings(port=port))
    ward, intake = (
        premises.laptop(tmp_path_factory.mktemp("laptop"), process.address, clock, is_ward=is_ward)
        for is_ward in (True, False)
    )
    return ward, intake


def test_the_whole_way_of_a_consent_and_back(
    premises: Premises, laptops: tuple[Enrolled, Enrolled], clock: Clock
) -> None:
    ward, intake = laptops
    person = register(ward, premises.alliance, "Honora Lambourne")
    agree(ward, premises.alliance, person)
    referral, _ = send(ward, premises.alliance, person)
    ward.sync()
    intake.sync()
    assert state(intake, referral) is ReferralState.SENT
    assert traces(intake, "Lambourne")
    clock.forward(minutes=1)
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=premises.alliance.org("back_up")))
    ward.sync()
    intake.sync()
    assert traces(intake, "Lambourne") == []
    ward.sync()
    assert state(ward, referral) is ReferralState.WITHDRAWN


def test_two_organisations_at_once_over_one_connection_see_their_own(
    premises: Premises, laptops: tuple[Enrolled, Enrolled]
) -> None:
    ward, intake = laptops

    def many(laptop: Enrolled, name: str) -> None:
        for number in range(12):
            register(laptop, premises.alliance, f"{name} Number{number}")
            laptop.sync()

    with ThreadPoolExecutor(2) as both:
        done = [both.submit(many, ward, "Wardside"), both.submit(many, intake, "Partnerside")]
        for each in done:
            each.result()
    assert traces(intake, "Wardside") == []
    assert traces(ward, "Partnerside") == []
    backends = "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND datname = '{}'"
    own_hands = premises.alliance.service.database.statistics()["pool_size"]
    assert premises.cluster.ask(backends.format(SERVICE_ROLE, NAME)) == 1 + own_hands


def test_the_context_of_one_borrower_never_reaches_the_next(
    premises: Premises, laptops: tuple[Enrolled, Enrolled], port: int
) -> None:
    """Two pools and one server connection, turn by turn: each sees its own rows, and whoever says nothing sees none."""
    url = premises.cluster.url(SERVICE_ROLE, NAME, PASSWORD, port=port)
    contexts = [
        Context(
            org=laptop.actor.org,
            device=laptop.actor.device,
            scopes=tuple(scope.id for scope in laptop.held.scopes()),
        )
        for laptop in laptops
    ]
    pools = [Database(url, size=2) for _ in contexts]
    found: list[set[tuple[object, ...]]] = [set(), set()]
    backends: set[object] = set()
    for pool in pools:
        pool.open()
    try:
        for _ in range(ROUNDS):
            for place, (pool, context) in enumerate(zip(pools, contexts, strict=True)):
                # The same statement again and again: this is what a driver prepares, and a pooler mixes up.
                with pool.reading(context) as connection:
                    found[place].add(tuple(connection.execute("SELECT DISTINCT id FROM device").fetchall()))
                    assert connection.execute("SELECT current_setting('app.org')").fetchone() == (str(context.org),)
                    backends.add(connection.execute("SELECT pg_backend_pid()").fetchone())
                with pool.reading(Context()) as connection:
                    for table in ("record", "feed", "device", "op_log", "consent_line", "visibility"):
                        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    finally:
        for pool in pools:
            pool.close()
    assert len(backends) == 1
    assert [len(each) for each in found] == [1, 1]
    assert found[0].isdisjoint(found[1])


def test_after_every_borrower_the_connection_knows_nobody(
    premises: Premises, laptops: tuple[Enrolled, Enrolled], port: int
) -> None:
    laptops[0].sync()
    with psycopg.connect(premises.cluster.url(SERVICE_ROLE, NAME, PASSWORD, port=port), autocommit=True) as bare:
        left = bare.execute(
            "SELECT name, setting FROM pg_settings WHERE name LIKE 'app.%' OR name LIKE 'sync.%'"
        ).fetchall()
        assert {setting for _, setting in left} <= {""}
        assert bare.execute("SELECT current_setting('jit'), current_setting('timezone')").fetchone() == ("off", "UTC")
        assert bare.execute("SELECT count(*) FROM record").fetchone() == (0,)
