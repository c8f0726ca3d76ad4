"""Values that a later write replaced are emptied in the op log after thirty days, and nothing else of an op is."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from app.domain.codes import OpKind
from sync.central import forgetting
from sync.central.database import Context
from sync.central.migrating import migrate
from tests.central.conftest import Clock
from tests.central.device import Device
from tests.central.story import person_ops, unsent_person
from tests.helpers.central import AllianceService

FIRST, SECOND, THIRD = "HP21 8AL", "OX3 9DU", "S5 7AU"


def written_again(alliance: AllianceService, ward: Device, *postcodes: str) -> UUID:
    """Let one field be written again and again by somebody who never saw what stood there; returns whose it is."""
    person = unsent_person(alliance, ward)
    ward.push(*person_ops(person), together=True)
    for postcode in postcodes:
        write(ward, person.person_id, postcode)
    return person.person_id


def write(ward: Device, person: UUID, postcode: str) -> None:
    changes = {"changes": {"postcode": postcode}, "base": {"postcode": "LE1 1AA"}}
    (result,) = ward.push(ward.op("person", person, person, OpKind.PATCH, **changes))
    assert result.state in ("applied", "merged")


def lost(alliance: AllianceService) -> list[str]:
    """Return every value that the log holds as replaced."""
    rows = asked(alliance, "SELECT overwritten ->> 'postcode' FROM op_log WHERE overwritten IS NOT NULL ORDER BY op_id")
    return [value for (value,) in rows]


def asked(alliance: AllianceService, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(alliance.database.owner_url) as owner:
        owner.execute("SET row_security = off")
        return owner.execute(question).fetchall()  # type: ignore[call-overload, no-any-return]


def test_a_replaced_value_is_emptied_after_thirty_days_and_the_op_stays(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    person = written_again(alliance, ward, FIRST, SECOND, THIRD)
    early = lost(alliance)
    assert len(early) >= 2
    clock.advance(days=20)
    ward.sign_in()
    write(ward, person, FIRST)
    late = lost(alliance)[len(early) :]
    assert len(late) == 1
    rest = "SELECT op_id, device, seq, agg_id, rec_id, hlc, received_at, patch, result, sent FROM op_log ORDER BY op_id"
    before = asked(alliance, rest)

    clock.advance(days=9)
    alliance.service.forgetter.run_all(clock)
    assert lost(alliance) == [*early, *late], "29 days are not thirty"

    clock.advance(days=1)
    alliance.service.forgetter.run_all(clock)
    assert lost(alliance) == late
    clock.advance(days=20)
    alliance.service.forgetter.run_all(clock)
    assert lost(alliance) == []
    assert asked(alliance, rest) == before
    assert asked(alliance, "SELECT op_id FROM op_overwritten") == []


def test_many_are_emptied_a_batch_at_a_time_and_what_another_service_is_at_is_left_to_it(
    alliance: AllianceService, ward: Device, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_again(alliance, ward, FIRST, SECOND, THIRD, FIRST)
    assert len(lost(alliance)) == 4
    clock.advance(days=30)
    monkeypatch.setattr(forgetting, "BATCH", 2)
    with psycopg.connect(alliance.database.owner_url) as other:
        other.execute("SELECT FROM op_overwritten ORDER BY received_at LIMIT 1 FOR UPDATE")
        assert [alliance.service.forgetter.run(now=clock()) for _ in range(3)] == [2, 1, 0]
        assert len(lost(alliance)) == 1
    alliance.service.forgetter.run_all(clock)
    assert lost(alliance) == []


def test_ops_that_were_there_before_the_list_are_listed(alliance: AllianceService, ward: Device, clock: Clock) -> None:
    """As in a database that comes from the version before: values in the log, and nothing that names their ops."""
    written_again(alliance, ward, FIRST, SECOND)
    assert lost(alliance)
    with psycopg.connect(alliance.database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM op_overwritten")
        owner.execute("UPDATE alembic_version SET version_num = '0011'")
    migrate(alliance.database.owner_url, now=clock())
    clock.advance(days=30)
    alliance.service.forgetter.run_all(clock)
    assert lost(alliance) == []


def test_no_more_of_an_op_can_be_changed_than_what_is_forgotten(alliance: AllianceService, ward: Device) -> None:
    """The service's role calls the function and nothing else; the function's role may change that one column."""
    context = Context(org=ward.org, device=ward.device_id)
    for statement in ("UPDATE op_log SET overwritten = NULL", "DELETE FROM op_overwritten"):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            alliance.service.database.writing(context) as connection,
        ):
            connection.execute(statement)
    may = asked(
        alliance,
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = 'alongside_feed' AND table_name = 'op_log' AND privilege_type = 'UPDATE'",
    )
    assert may == [("overwritten",)]
