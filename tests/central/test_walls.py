"""The two walls between organisations: row-level security in the database, and the service's own rules before it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
from psycopg import errors

from app.domain.codes import Role
from sync.central import applying
from sync.central.database import Context, ContextLeakError, Database, UnsafeRoleError
from sync.central.tables import FEED_ROLE, OWNER_ROLE, SERVICE_ROLE
from tests.central.device import AnsweredNoError, Device
from tests.central.story import agree, open_and_accept, person_ops, refer, register, unsent_person
from tests.helpers.central import AllianceService

BARE = frozenset({"alembic_version"})
"""Tables that hold nothing of any organisation."""


@pytest.fixture
def owner(alliance: AllianceService) -> Iterator[psycopg.Connection]:
    """A superuser's connection, to look at the catalogue and past every wall."""
    with psycopg.connect(alliance.database.owner_url, autocommit=True) as connection:
        yield connection


def column(connection: psycopg.Connection, query: str) -> set[str]:
    return {row[0] for row in connection.execute(query)}


# --- the catalogue -----------------------------------------------------------------------------------------


def test_every_table_has_row_level_security_forced(owner: psycopg.Connection) -> None:
    bare = column(
        owner,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    assert bare == BARE


def test_every_table_the_service_may_write_says_what_it_may_write(owner: psycopg.Connection) -> None:
    writable = column(
        owner,
        "SELECT DISTINCT table_name FROM information_schema.role_table_grants"
        f" WHERE grantee = '{SERVICE_ROLE}' AND privilege_type IN ('INSERT', 'UPDATE')",
    )
    checked = column(
        owner,
        "SELECT tablename FROM pg_policies WHERE with_check IS NOT NULL AND with_check <> 'true'"
        f" AND '{SERVICE_ROLE}' = ANY(roles)",
    )
    assert writable
    assert writable <= checked


def test_history_is_only_ever_added_to(owner: psycopg.Connection) -> None:
    rights = column(
        owner,
        "SELECT privilege_type FROM information_schema.role_table_grants"
        f" WHERE grantee = '{SERVICE_ROLE}' AND table_name = 'op_log'",
    )
    assert rights == {"SELECT", "INSERT"}
    for table in ("feed", "feed_head", "drop_notice", "scope"):
        found = column(
            owner,
            "SELECT privilege_type FROM information_schema.role_table_grants"
            f" WHERE grantee = '{SERVICE_ROLE}' AND table_name = '{table}'",
        )
        assert found == {"SELECT"}, table


def test_functions_that_look_across_have_a_fixed_path_and_an_owner_nobody_signs_in_as(
    owner: psycopg.Connection,
) -> None:
    rows = owner.execute(
        "SELECT p.proname, r.rolname, r.rolcanlogin, array_to_string(p.proconfig, ';') FROM pg_proc p"
        " JOIN pg_roles r ON r.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
    ).fetchall()
    assert {name for name, *_ in rows} >= {"feed_add", "open_aggregates", "use_aggregates"}
    for name, role, can_login, config in rows:
        assert role == FEED_ROLE, name
        assert not can_login
        assert next(each for each in config.split(";") if each.startswith("search_path=")).endswith("pg_temp"), name


def test_nobody_but_the_service_may_call_them(owner: psycopg.Connection) -> None:
    open_to_all = column(
        owner,
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND has_function_privilege('public', oid, 'EXECUTE')",
    )
    assert open_to_all == set()


def test_no_view_shows_what_its_owner_may_see(owner: psycopg.Connection) -> None:
    assert column(owner, "SELECT viewname FROM pg_views WHERE schemaname = 'public'") == set()


def test_the_services_role_owns_nothing_and_bypasses_nothing(owner: psycopg.Connection) -> None:
    row = owner.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
        " EXISTS (SELECT FROM pg_class WHERE relowner = r.oid), pg_has_role(r.oid, %s, 'MEMBER')"
        " FROM pg_roles r WHERE rolname = %s",
        (OWNER_ROLE, SERVICE_ROLE),
    ).fetchone()
    assert row == (False, False, False, False, False, False)


def test_the_service_does_not_start_as_a_role_that_looks_past_the_wall(alliance: AllianceService) -> None:
    database = Database(alliance.database.owner_url)
    with pytest.raises(UnsafeRoleError) as refused:
        database.open()
    assert refused.value.detail["problem"] == "bypasses"


# --- row-level security alone --------------------------------------------------------------------------------


def test_without_a_context_nothing_is_there(alliance: AllianceService, ward: Device) -> None:
    register(alliance, ward)
    with alliance.service.database.reading(Context()) as connection:
        for table in ("record", "visibility", "feed", "feed_head", "device", "consent_line", "aggregate", "op_log",
                      "drop_notice", "scope", "access_token", "enrol_code", "device_scope"):  # fmt: skip
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_the_wall_holds_when_every_query_asks_for_everything(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    secret = register(alliance, ward, given_name="Nobody", family_name="Told")
    with alliance.service.database.reading(context_of(intake)) as connection:
        rows = connection.execute("SELECT agg_id, id, body::text FROM record").fetchall()
    assert {agg for agg, _, _ in rows if agg == secret.person_id} == set()
    mine = [body for agg, _, body in rows if agg == person.person_id]
    assert mine
    ids = {identifier for _, identifier, _ in rows}
    assert ids.isdisjoint({person.person_id, person.stay.id, person.contact.id, person.injury.id})
    with alliance.service.database.reading(context_of(intake)) as connection:
        scopes = {scope for (scope,) in connection.execute("SELECT DISTINCT scope_id FROM feed")}
        devices = {device for (device,) in connection.execute("SELECT id FROM device")}
        lines = connection.execute("SELECT count(*) FROM consent_line").fetchone()
    assert scopes <= set(intake.cursors)
    assert ward.device_id not in devices
    assert lines == (0,)


def test_rows_are_written_by_the_write_transaction_alone(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    for table in ("record", "visibility", "consent_line"):
        with (
            pytest.raises(errors.InsufficientPrivilege),
            alliance.service.database.settling(context_of(ward)) as connection,
        ):
            connection.execute(f"DELETE FROM {table} WHERE agg_id = %s", (person.person_id,))


def test_feeds_are_written_by_their_function_alone(alliance: AllianceService, ward: Device) -> None:
    for statement in ("UPDATE feed SET why = 'x'", "UPDATE feed_head SET head = 0", "DELETE FROM drop_notice"):
        with (
            pytest.raises(errors.InsufficientPrivilege),
            alliance.service.database.writing(context_of(ward)) as connection,
        ):
            connection.execute(statement)


def test_an_aggregate_of_another_organisation_does_not_open(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    person = register(alliance, ward)
    with alliance.service.database.writing(context_of(intake)) as connection:
        opened = connection.execute("SELECT opened FROM open_aggregates(%s, '{}')", ([person.person_id],)).fetchone()
        connection.execute("SELECT use_aggregates(%s)", ([person.person_id],))
        assert opened == (False,)
        assert connection.execute("SELECT current_setting('app.aggs')").fetchone() == ("",)
        assert connection.execute("SELECT count(*) FROM record WHERE agg_id = %s", (person.person_id,)).fetchone() == (
            0,
        )


def test_a_row_with_a_forged_owner_is_refused_by_the_database(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    forge = "UPDATE record SET body = jsonb_set(body, '{org}', to_jsonb(%s::text)) WHERE agg_id = %s"
    with alliance.service.database.writing(context_of(ward)) as connection:
        connection.execute("SELECT use_aggregates(%s)", ([person.person_id],))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(forge, (str(alliance.org("sia")), person.person_id))


def test_a_context_never_outlives_its_transaction(alliance: AllianceService, ward: Device) -> None:
    database = alliance.service.database
    with database.reading(context_of(ward)):
        pass
    with database.reading(Context()) as connection:
        assert connection.execute("SELECT current_setting('app.org', true)").fetchone() == ("",)


def test_a_connection_that_kept_a_context_is_never_used(alliance: AllianceService, ward: Device) -> None:
    database = Database(alliance.database.service_url, size=1)
    database.open()
    with database.settling(context_of(ward)) as connection:
        connection.execute("SELECT set_config('app.org', %s, false)", (str(ward.org),))
    with pytest.raises(ContextLeakError), database.reading(Context()):
        pass
    database.close()


# --- the service's own rules alone -----------------------------------------------------------------------------


def test_with_the_rules_of_ops_switched_off_the_database_still_refuses_foreign_records(
    alliance: AllianceService, ward: Device, intake: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = register(alliance, ward)
    monkeypatch.setattr(applying, "authorise", lambda _caller, _op: frozenset({Role.SYSTEM}))
    monkeypatch.setattr(applying, "_check_header", lambda _op, _around: None)
    forged = unsent_person(alliance, ward, given_name="Forged")  # says it is Aspire's, and comes from Back Up
    (op, *_) = person_ops(forged)
    there = intake.patch(person.person, "person", changes={"known_as": "X"}, base={"known_as": "Sam"})
    (held,) = intake.push(there)
    assert (held.state, held.code) == ("held", "out_of_scope")
    foreign = msgspec.structs.replace(op, by=intake.user)
    with pytest.raises(AnsweredNoError) as no:
        intake.push(foreign)
    assert no.value.refusal.error == "failed"
    ward.pull()
    assert "Forged" not in {body.get("given_name") for body in ward.bodies("person").values()}


def test_with_row_level_security_off_the_service_still_shows_a_partner_only_its_own(
    alliance: AllianceService, ward: Device, intake: Device, owner: psycopg.Connection
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    secret = register(alliance, ward, given_name="Nobody", family_name="Told")
    for table in column(
        owner, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity"
    ):
        owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    intake.pull()
    assert intake.bodies("person") == intake.bodies("stay") == intake.bodies("consent_event") == {}
    assert len(intake.bodies("referral")) == 1
    own = next(iter(intake.cursors))
    fetched = intake.fetch(own, person.person_id, secret.person_id, secret.stay.id)
    assert {line.kind for line in fetched} == {"U"}
    with pytest.raises(AnsweredNoError) as no:
        intake.fetch(alliance.scope("site:stoke_mandeville", "aspire"), person.person_id)
    assert no.value.refusal.error == "scope_denied"
    (result,) = intake.push(intake.patch(secret.person, "person", changes={"known_as": "X"}))
    assert result.state == "held"


def test_a_foreign_id_on_any_endpoint_tells_nothing(alliance: AllianceService, ward: Device, intake: Device) -> None:
    person = register(alliance, ward)
    nowhere = intake.ids()
    own = next(iter(intake.cursors))
    there, absent = (intake.fetch(own, identifier) for identifier in (person.person_id, nowhere))
    assert [line.kind for line in there] == [line.kind for line in absent] == ["U"]
    answers = []
    for scope in (next(key for key in ward.cursors if key not in intake.cursors), nowhere):
        with pytest.raises(AnsweredNoError) as no:
            intake.fetch(scope, person.person_id)
        answers.append((no.value.status, no.value.refusal))
    assert answers[0] == answers[1]


def test_a_withdrawn_person_is_dropped_by_the_guard_even_if_the_feed_still_says_present(
    alliance: AllianceService, ward: Device, intake: Device, owner: psycopg.Connection
) -> None:
    person = register(alliance, ward)
    agree(person)
    refer(person)
    open_and_accept(intake, person)
    owner.execute("SET sync.writer = '1'")
    owner.execute(
        "DELETE FROM visibility WHERE agg_id = %s AND scope_id = ANY(%s)", (person.person_id, list(intake.cursors))
    )
    page, more = intake.pull_page()
    assert {line.kind for line in page if line.agg_id == person.person_id or line.kind == "D"} == {"D"}
    assert more
    assert not all(cursor.at_head for cursor in intake.cursors.values())
    assert intake.bodies("referral") == intake.bodies("share_card") == {}


def context_of(device: Device) -> Context:
    return Context(org=device.org, device=device.device_id, scopes=tuple(device.cursors))


def test_importing_the_service_starts_nothing() -> None:
    """Importing the service opens nothing: no connection, no file, no thread."""
    code = "import sync.central.api.app, sync.central.__main__, threading; assert threading.active_count() == 1"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
