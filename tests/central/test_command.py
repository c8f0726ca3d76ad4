"""What the operator types, and what comes back: sentences, codes a script can read, and no personal data."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import requests
from typer.testing import CliRunner, Result

import resources
from sync.central.__main__ import cli
from sync.central.diary import keep_allowed
from sync.central.sentences import SENTENCES, sentence_for
from sync.protocol.slip import read_slip
from tests.central.device import Device, enrol_with
from tests.helpers.postgres import Database, PostgresServer


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[Database]:
    """A migrated, empty database."""
    made = postgres.fresh_database()
    yield made
    postgres.drop(made)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Path:
    """A settings file."""
    file = tmp_path / "central.toml"
    file.write_text(
        f'postgres = "{database.service_url}"\nowner = "{database.owner_url}"\n'
        f'journal = "{tmp_path / "withdrawals"}"\nkeys = "{tmp_path / "keys"}"\n'
        f'files = "{tmp_path / "files"}"\n'
        'audience = "alongside-test"\naddress = "https://alongside.example"\n'
    )
    return file


def run(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--settings", str(settings), *words])


def made(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout.strip().splitlines()[-1]


def member(settings: Path, name: str = "Aspire") -> str:
    return made(
        run(
            settings, "organisation", "add", name, "--legal-name", name, "--withdraw-phone", "01632 960101",
            "--data-protection-contact", "lead@example.org", "--safeguarding-contact", "safe@example.org",
        )
    )  # fmt: skip


def test_an_alliance_is_set_up_from_nothing(settings: Path, tmp_path: Path) -> None:
    assert run(settings, "keys", "make").exit_code == 0
    assert "version 0" in run(settings, "migrate").stdout
    org = member(settings)
    site = made(run(settings, "site", "add", "Stoke Mandeville", "--org", org, "--kind", "sci_centre"))
    account = made(
        run(
            settings, "user", "add", "Daniel Okafor", "--org", org, "--email", "dan@example.org", "--shown-name", "Dan",
            "--role", "outreach_worker", "--site", site,
        )
    )  # fmt: skip
    slip = tmp_path / "slip.json"
    written = run(
        settings, "device", "code", str(slip), "--org", org, "--user", account, "--scope", f"site:{org}:{site}"
    )
    assert written.exit_code == 0, written.output
    read = read_slip(slip.read_bytes())
    assert (read.address, read.audience, read.org_name) == ("https://alongside.example", "alongside-test", "Aspire")
    shown = run(settings, "status").stdout
    assert "Aspire" in shown
    assert "Okafor" not in shown


def test_a_member_a_service_a_paper_and_a_wording_come_from_files(settings: Path, tmp_path: Path) -> None:
    run(settings, "keys", "make")
    one, other = member(settings), member(settings, "Back Up")
    service = tmp_path / "service.json"
    (entry, *_) = resources.services()
    fields = ("name", "description", "needs", "status", "intake_team", "intake_default", "needed_fields", "checked_on",
              "checked_by", "source")  # fmt: skip
    service.write_text(json.dumps({name: entry[name] for name in fields}))
    assert UUID(made(run(settings, "service", "add", str(service), "--org", one)))
    paper = tmp_path / "paper.json"
    signed = [{"org": org, "name": "A. Trustee", "post": "Chair", "signed_on": "2026-01-05"} for org in (one, other)]
    paper.write_text(
        json.dumps(
            {
                "title": "Sharing", "kind": "data_sharing", "parties": sorted([one, other]),
                "purposes": ["referral_contact"], "fields": ["name"], "from_on": "2026-01-05",
                "review_on": "2027-01-05", "signatories": signed,
            }
        )
    )  # fmt: skip
    added = made(run(settings, "agreement", "add", str(paper), "--org", one))
    assert run(settings, "agreement", "end", one).exit_code == 2, "an id, but no agreement's"
    assert "last day" in made(run(settings, "agreement", "end", added))
    again = run(settings, "agreement", "end", added)
    assert (again.exit_code, "already" in again.output) == (2, True)
    wording = resources.path("wordings", "en-GB-standard-1.json")
    published = run(settings, "wording", "publish", str(wording), "--org", one, "--approved-by", "Both leads")
    assert UUID(made(published))


def test_the_shipped_directory_loads_once(settings: Path) -> None:
    run(settings, "keys", "make")
    first, second = run(settings, "seed"), run(settings, "seed")
    assert first.exit_code == second.exit_code == 0
    assert first.stdout == second.stdout
    assert int(first.stdout.split()[0]) > 20


def test_a_device_is_revoked_by_its_id(settings: Path, tmp_path: Path, alliance: object, ward: Device) -> None:
    wrong = run(settings, "device", "revoke", str(ward.device_id), "--org", str(ward.org))
    run(settings, "keys", "make")
    absent = run(settings, "device", "revoke", str(ward.device_id), "--org", str(ward.org))
    assert (wrong.exit_code, absent.exit_code) == (2, 2)
    assert absent.stderr == "That organisation has no such device.\n"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("status",), 1, "There are no signing keys. Run: alongside-central keys make"),
        (("site", "add", "X", "--org", "nonsense"), 1, "There are no signing keys"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    settings: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    result = run(settings, *words)
    assert result.exit_code == code
    assert result.stderr.startswith(sentence)


def test_bad_settings_end_with_a_code_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "central.toml"
    cases = {
        'postgres = "x"': "Missing in the settings: “journal”, “keys”, “files”, “audience”, “address”.",
        "postgres = ": "The settings file “",
        'postgrse = "x"': "The setting “postgrse” is not understood.",
    }
    for text, sentence in cases.items():
        file.write_text(text)
        result = run(file, "status")
        assert result.exit_code == 2
        assert result.stderr.startswith(sentence)
    assert run(tmp_path / "absent.toml", "status").exit_code == 2


def test_a_database_that_is_not_there_is_said_in_a_sentence(settings: Path) -> None:
    run(settings, "keys", "make")
    text = settings.read_text().replace("dbname", "x")
    lines = [line for line in text.splitlines() if not line.startswith(("postgres", "owner"))]
    settings.write_text(
        'postgres = "postgresql://nobody@127.0.0.1:1/none"\nowner = "postgresql://a@127.0.0.1:1/b"\n' + "\n".join(lines)
    )
    for words in (("status",), ("migrate",)):
        result = run(settings, *words)
        assert result.exit_code == 1
        assert "The database does not answer." in result.stderr


def test_an_unmigrated_database_is_said_in_a_sentence(settings: Path, database: Database) -> None:
    run(settings, "keys", "make")
    settings.write_text(settings.read_text().replace(f"/{database.name}?", "/postgres?"))
    result = run(settings, "status")
    assert result.exit_code == 1
    assert "alongside-central migrate" in result.stderr


def test_a_role_that_owns_the_tables_is_refused_by_serve(settings: Path, database: Database) -> None:
    run(settings, "keys", "make")
    settings.write_text(settings.read_text().replace(database.service_url, database.owner_url))
    result = run(settings, "serve")
    assert result.exit_code == 1
    assert "row-level security" in result.stderr


def test_keys_are_never_replaced(settings: Path, tmp_path: Path) -> None:
    run(settings, "keys", "make")
    before = (tmp_path / "keys" / "service.key").read_bytes()
    assert run(settings, "keys", "make").exit_code == 1
    assert (tmp_path / "keys" / "service.key").read_bytes() == before
    assert (tmp_path / "keys" / "service.key").stat().st_mode & 0o077 == 0


def test_a_database_that_was_put_back_begins_every_feed_anew(settings: Path, database: Database) -> None:
    run(settings, "keys", "make")
    member(settings)
    before = epochs(database)

    done = run(settings, "restore")

    assert done.exit_code == 0, done.output
    assert done.stdout == f"0 withdrawals hold again. {len(before)} feeds have a new life: laptops compare and mend.\n"
    after = epochs(database)
    assert before.keys() == after.keys()
    assert all(after[scope] != epoch and 0 < after[scope] < 2**31 for scope, epoch in before.items())


def test_a_restore_without_the_owner_opens_nothing(settings: Path, database: Database) -> None:
    run(settings, "keys", "make")
    member(settings)
    before = epochs(database)
    settings.write_text("".join(line for line in settings.read_text().splitlines(True) if "owner" not in line))

    assert run(settings, "restore").exit_code == 2
    assert epochs(database) == before


def epochs(database: Database) -> dict[UUID, int]:
    with psycopg.connect(database.owner_url) as connection:
        return dict(connection.execute("SELECT scope_id, epoch FROM feed_head").fetchall())


def test_what_is_refused_names_the_field(settings: Path) -> None:
    run(settings, "keys", "make")
    org = member(settings)
    result = run(settings, "site", "add", "x" * 121, "--org", org)
    assert result.exit_code == 2
    assert "site.name.too_long" in result.stderr


def test_every_sentence_can_be_said() -> None:
    from app.errors import ServiceError

    for code in SENTENCES:
        said = sentence_for(ServiceError(code, setting="x", problem="y", value="z"))
        assert said.endswith((".", "migrate", "make", "list"))
        assert "{" not in said


def test_the_log_drops_what_is_not_on_its_list() -> None:
    kept = keep_allowed(
        None, "info", {"event": "refused", "code": "proof", "name": "Samira Osei", "body": {"dob": "1987"}}
    )
    assert kept == {"event": "refused", "code": "proof"}


def test_a_slip_from_the_command_enrols(alliance: object, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    file = alliance.write_slip(tmp_path / "slip.json", "aspire", "outreach_worker", ["site:stoke_mandeville"])  # type: ignore[attr-defined]
    assert enrol_with(read_slip(file.read_bytes()), Ed25519PrivateKey.generate()).device_id


def test_serve_answers_until_it_is_told_to_end(settings: Path, tmp_path: Path) -> None:
    run(settings, "keys", "make")
    text = settings.read_text() + "port = 0\n"
    settings.write_text(text)
    command = [sys.executable, "-m", "sync.central", "--settings", str(settings), "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        said = serving.stdout.readline().strip()
        address = said.removeprefix("Listening on ").rstrip(".")
        assert requests.get(address + "/v1/health", timeout=30).json() == {"database": "ok"}
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(timeout=30) == 0


def test_the_operator_sees_how_far_an_order_has_come_and_brings_work_in_with_two_parts(
    settings: Path, tmp_path: Path
) -> None:
    run(settings, "migrate")
    run(settings, "keys", "make")
    org = member(settings)
    for words in (("rescue", "import"), ("rescue", "import", "--device", org, "--file", "x")):
        refused = run(settings, *words, "--org", org)
        assert refused.exit_code == 1
        assert "either" in refused.stderr
    one_part = run(settings, "rescue", "import", "--org", org, "--file", "x", "--part", "y")
    assert "Two parts are needed" in one_part.stderr
    assert run(settings, "rescue", "list", "--org", org).exit_code == 0
    assert run(settings, "device", "list", "--org", org).stdout == ""
    unknown = run(settings, "device", "revoke", org, "--org", org)
    assert "no such device" in unknown.stderr
