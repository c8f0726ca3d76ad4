"""What the operator reads out and hands over: the fingerprint a laptop shows, and a slip for one reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.protocol.slip import read_slip
from tests.helpers.operator import Operator
from tests.helpers.postgres import PostgresServer
from ui.view_models.slip_words import slip_facts


@pytest.fixture
def operator(postgres: PostgresServer, tmp_path: Path) -> Iterator[Operator]:
    """An operator with keys and a migrated database."""
    database = postgres.fresh_database()
    made = Operator.on(database, tmp_path)
    made.made("keys", "make")
    yield made
    postgres.drop(database)


def write_code(operator: Operator, *more: str) -> tuple[str, Path]:
    org = operator.member()
    account = operator.account(org)
    slip = operator.folder / "slip.json"
    result = operator.run(
        "device", "code", str(slip), "--org", org, "--user", account, "--scope", f"rights:{org}", *more
    )
    assert result.exit_code == 0, result.output
    return result.stdout, slip


@pytest.mark.usefixtures("qapp")
def test_the_operator_reads_out_what_the_laptop_shows(operator: Operator) -> None:
    said, slip = write_code(operator)
    shown = dict(slip_facts(read_slip(slip.read_bytes())))["Fingerprint"]
    assert len(shown) == 64 + 14 + 1
    assert said.endswith(f"\n{shown}\n")
    assert f"\n{shown}\n" in operator.run("keys", "show").stdout


def test_the_fingerprint_comes_from_the_key_files(operator: Operator, tmp_path: Path) -> None:
    before = operator.run("keys", "show").stdout
    operator.set("keys", f'"{tmp_path / "others"}"')
    assert operator.refused("keys", "show", code=1) == "There are no signing keys. Run: alongside-central keys make"
    made = operator.run("keys", "make").stdout
    shown = operator.run("keys", "show").stdout
    assert shown != before
    assert made.endswith(shown)


def test_a_slip_is_for_the_operators_eyes_even_where_a_file_lay_open(operator: Operator) -> None:
    open_file = operator.folder / "slip.json"
    open_file.write_text("old")
    open_file.chmod(0o644)
    _, slip = write_code(operator)
    assert slip.stat().st_mode & 0o777 == 0o600
    assert read_slip(slip.read_bytes()).org_name == "Aspire"


def test_a_slip_that_cannot_be_written_is_said_in_a_sentence(operator: Operator) -> None:
    org = operator.member()
    account = operator.account(org)
    nowhere = operator.folder / "absent" / "slip.json"
    sentence = operator.refused(
        "device", "code", str(nowhere), "--org", org, "--user", account, "--scope", f"rights:{org}", code=1
    )
    assert sentence == f"“{nowhere}” cannot be written by this account."


def test_a_slip_brings_the_custodians_key(operator: Operator) -> None:
    key = bytes(range(32))
    _, slip = write_code(operator, "--recovery-key", key.hex())
    assert read_slip(slip.read_bytes()).recovery_public == key.hex()


def test_the_custodians_key_is_taken_as_a_laptops_file_holds_it(operator: Operator) -> None:
    import msgspec

    from app.security.slots_file import RecoveryEntry

    key = bytes(range(200, 232))
    entry = json.loads(msgspec.json.encode(RecoveryEntry(public=key, sealed_master=())))
    _, slip = write_code(operator, "--recovery-key", entry["public"])
    assert read_slip(slip.read_bytes()).recovery_public == key.hex()


@pytest.mark.parametrize("key", ["zz" * 32, "abcd", "=" * 44, "é"])
def test_a_custodians_key_that_is_none_is_refused(operator: Operator, key: str) -> None:
    org = operator.member()
    account = operator.account(org)
    words = ("device", "code", str(operator.folder / "s"), "--org", org, "--user", account, "--scope", f"rights:{org}")
    assert operator.refused(*words, "--recovery-key", key, code=2).startswith("That is not the custodians' public key")
    assert not (operator.folder / "s").exists()
