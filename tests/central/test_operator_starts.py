"""The service starts on what it needs, or says in a sentence why not."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import CapturingLogger

from tests.central.device import AnsweredNoError, Device
from tests.central.story import push_stop, register
from tests.helpers.central import AllianceService
from tests.helpers.operator import Operator
from tests.helpers.postgres import PostgresServer


@pytest.fixture
def operator(postgres: PostgresServer, tmp_path: Path) -> Iterator[Operator]:
    """An operator with keys and a migrated, empty database."""
    database = postgres.fresh_database()
    made = Operator.on(database, tmp_path)
    made.made("keys", "make")
    yield made
    postgres.drop(database)


def serve(operator: Operator) -> subprocess.CompletedProcess[str]:
    """Start the service as a program of its own, where it is expected to end at once."""
    command = [sys.executable, "-m", "sync.central", "--settings", str(operator.settings), "serve"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_service_without_a_journal_does_not_start(operator: Operator) -> None:
    journal = operator.folder / "gone" / "withdrawals"
    operator.set("journal", f'"{journal}"')
    ended = serve(operator)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith(f"The withdrawal journal “{journal}” cannot be written by this account.")
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_is_said_in_one_sentence(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        operator.set("port", str(other.getsockname()[1]))
        ended = serve(operator)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "Another program listens on that port already.\n"


def test_a_host_of_another_machine_is_said_in_one_sentence(operator: Operator) -> None:
    operator.set("host", '"192.0.2.1"')
    ended = serve(operator)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The service cannot listen on “host” and “port” of the settings (")
    assert ended.stderr.count("\n") == 1


def test_a_settings_file_that_is_not_there_is_named(operator: Operator) -> None:
    absent = operator.settings
    absent.unlink()
    assert (
        operator.refused("status", code=2) == f"There is no settings file “{absent}”, or this account cannot read it."
    )


@pytest.mark.parametrize(("name", "value"), [("port", "70000"), ("port", '"x"'), ("connections", "0")])
def test_a_number_that_will_not_do_is_named(operator: Operator, name: str, value: str) -> None:
    operator.set(name, value)
    assert operator.refused("serve", code=2).startswith(f"The setting “{name}” is not understood.")


def test_a_journal_that_fails_later_is_an_event_in_the_log(
    postgres: PostgresServer, seeded: AllianceService, tmp_path: Path
) -> None:
    database = postgres.copy_of(seeded.database)
    log = CapturingLogger()
    alliance = AllianceService.start(tmp_path, server=postgres, database=database, log=log)
    try:
        ward = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
        person = register(alliance, ward)
        alliance.service.settings.journal.mkdir()
        with pytest.raises(AnsweredNoError) as no:
            push_stop(person)
        assert (no.value.status, no.value.refusal.error) == (503, "busy")
        (failed,) = [call for call in log.calls if call.args == ("journal_failed",)]
        assert failed.method_name == "error"
        assert failed.kwargs == {"path": "/v1/push", "device": ward.device_id.hex}
    finally:
        alliance.stop()
        postgres.drop(database)
