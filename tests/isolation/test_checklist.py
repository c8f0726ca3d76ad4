"""The lines of the checklist of sync.md 10 that `tests/central/test_walls.py` does not hold yet."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import requests

from sync.central.database import Context
from sync.central.tables import FEED_ROLE, OWNER_ROLE, SERVICE_ROLE
from tests.central.device import Device
from tests.central.story import unsent_person
from tests.helpers.central import AllianceService

NHS_NUMBER = "9434765919"


@pytest.fixture
def owner(alliance: AllianceService) -> Iterator[psycopg.Connection]:
    """A superuser's connection, to look at the catalogue."""
    with psycopg.connect(alliance.database.owner_url, autocommit=True) as connection:
        yield connection


def test_no_unique_key_is_over_what_a_person_is_known_by(owner: psycopg.Connection) -> None:
    """A unique error would tell that somebody else knows this person: keys are ids, hashes of secrets, and places."""
    rows = owner.execute(
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey::int[])"
        " WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
        " AND c.relname <> 'alembic_version'"
    ).fetchall()
    expressions = owner.execute(
        "SELECT count(*) FROM pg_index WHERE indisunique AND indexprs IS NOT NULL"
        " AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
    ).fetchone()
    assert expressions == (0,)
    ids = {"id", "agg_id", "rec_id", "op_id", "device", "user_id", "scope_id", "owner", "old", "org"}
    others = {"lane", "role", "cls", "seq", "nonce", "hash", "sha256", "key", "op", "rev", "dev"}
    assert rows
    assert {column for _, column in rows} <= ids | others


def test_two_members_may_know_the_same_person_by_the_same_number(alliance: AllianceService, ward: Device) -> None:
    other = Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"])
    results = []
    for device in (ward, other):
        person = unsent_person(alliance, device, nhs_number=NHS_NUMBER).person
        (result,) = device.push(device.create(person))
        results.append((result.state, result.code, result.rev, result.body))
    assert results == [("applied", "", 1, None)] * 2


def test_access_is_decided_by_one_policy_alone(owner: psycopg.Connection) -> None:
    """The flat list is read in the policy of `record` and in no other, so that no two rules can drift apart."""
    rows = owner.execute(
        "SELECT tablename FROM pg_policies WHERE (qual || COALESCE(with_check, '')) LIKE '%visibility%'"
    ).fetchall()
    assert rows == [("record",)]


def test_no_policy_is_recursive(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT tablename FROM pg_policies WHERE qual LIKE '%FROM ' || tablename || ' %' OR qual LIKE '%FROM record %'"
    ).fetchall()
    assert rows == []


def test_migrations_own_everything_and_nobody_signs_in_as_their_role(owner: psycopg.Connection) -> None:
    owners = {
        role
        for (role,) in owner.execute(
            "SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
            " WHERE c.relnamespace = 'public'::regnamespace"
        )
    }
    assert owners == {OWNER_ROLE}
    may_sign_in = owner.execute(
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname = ANY(%s)", ([OWNER_ROLE, FEED_ROLE, SERVICE_ROLE],)
    ).fetchall()
    assert may_sign_in == [(SERVICE_ROLE,)]


@pytest.mark.parametrize("table", ["op_log", "drop_notice", "feed", "scope", "feed_head"])
def test_the_service_edits_no_history(alliance: AllianceService, ward: Device, table: str) -> None:
    context = Context(org=ward.org, device=ward.device_id, scopes=tuple(ward.cursors))
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            alliance.service.database.writing(context) as connection,
        ):
            connection.execute(statement)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/person/1", "/v1/../v1/nothing", "/metrics", "/docs", "/schema"])
def test_what_is_not_there_is_one_answer_whatever_is_asked(alliance: AllianceService, path: str) -> None:
    answers = {
        (response.status_code, response.content)
        for response in (
            requests.request(method, alliance.address + each, timeout=10)
            for each in (path, "/v1/nowhere")
            for method in ("GET", "DELETE")
        )
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404
