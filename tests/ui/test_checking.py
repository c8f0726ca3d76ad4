"""What `alongsidectl` answers IT: versions, settings, a trial of every part, and a bundle without a name in it."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import __version__
from app.config import Configuration, Layer, Origin, configured
from app.errors import KnownError, NetworkError, VaultError
from app.paths import LaptopPaths
from app.storage.tables import SCHEMA
from tests.ui.serving import Silent
from ui.alongsidectl import main
from ui.checking import Machine, check_config, reach_service, run_self_test, version
from ui.log_file import FILE_NAME, begin_log, log_refusal
from ui.messages import has_words
from ui.self_test import CHECKS
from ui.support_bundle import bundle

ROOT = Path(__file__).resolve().parents[2]
NAME = "Marguerite Quillfeather"


def laid_down(**values: object) -> Configuration:
    return configured([Layer(origin=Origin.ORGANISATION, where="policy.toml", values=values)])


def machine(folder: Path, **values: object) -> Machine:
    return Machine(paths=LaptopPaths(folder=folder), configuration=laid_down(**values))


@pytest.fixture
def _logs_end() -> Iterator[None]:
    yield
    for name in ("app", "sync", "ui"):
        logger = logging.getLogger(name)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(logging.NOTSET)


def test_the_version_is_said_for_detection_scripts() -> None:
    assert version(as_json=False).text.startswith(f"alongside {__version__} (")
    assert json.loads(version(as_json=True).text)["vault_schema"] == SCHEMA


def test_the_self_test_tries_real_parts_and_takes_less_than_three_seconds_of_the_machine() -> None:
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "ui.alongsidectl", "--self-test", "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    after = os.times()
    told = json.loads(done.stdout)
    checks = {each["name"]: each for each in told["checks"]}
    assert list(checks) == list(CHECKS)
    damaged = {name for name, (code, _work) in CHECKS.items() if code == 4}
    assert [name for name in damaged if not checks[name]["ok"]] == []
    assert "community" in checks["sqlcipher"]["found"]
    assert "tagged" in checks["typst"]["found"]
    # A machine without a keyring, such as one that tests run on, is refused with its own code.
    assert done.returncode == (0 if checks["keyring"]["ok"] else 7)
    assert told["ok"] is (done.returncode == 0)
    # Time of the processor: on a machine that does other work beside, the time on the wall says nothing.
    assert after.children_user + after.children_system - before.children_user - before.children_system < 3


def test_a_part_that_fails_is_named_and_the_rest_is_tried_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.storage.probe

    def fail(*_: object) -> str:
        raise VaultError("vault.probe_failed", step="read")

    monkeypatch.setattr(app.storage.probe, "probe", fail)
    answer = run_self_test(machine(tmp_path, password_only=True), as_json=True)
    wrong = {each["name"]: each["found"] for each in json.loads(answer.text)["checks"] if not each["ok"]}
    assert (answer.code, wrong) == (4, {"sqlcipher": "vault.probe_failed"})


def test_a_trial_vault_leaves_nothing_and_a_wrong_folder_is_told(tmp_path: Path) -> None:
    from app.storage.probe import probe

    assert probe(tmp_path, os.urandom).startswith("4.")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(VaultError) as refused:
        probe(tmp_path / "nowhere", os.urandom)
    assert refused.value.code == "vault.read_only"


def test_the_configuration_is_told_value_by_value_with_its_place(tmp_path: Path) -> None:
    answer = check_config(machine(tmp_path, idle_lock_minutes=3, allow_print=False), as_json=False)
    assert answer.code == 0
    assert "idle_lock_minutes = 3  (set in policy.toml)" in answer.text
    assert "allow_usb_handover = true  (default)" in answer.text
    assert "note: allow_print is set, and this version does not do it." in answer.text


@pytest.mark.parametrize(
    ("values", "codes", "exit_code"),
    [
        ({}, [], 0),
        ({"idle_lock_minutes": 99}, ["policy.out_of_range"], 3),
        ({"enrolment_slip": "/nowhere/slip.json"}, ["machine.no_slip"], 3),
    ],
)
def test_what_is_wrong_with_settings_has_its_code_its_words_and_an_exit_code(
    tmp_path: Path, values: dict[str, object], codes: list[str], exit_code: int
) -> None:
    answer = check_config(machine(tmp_path, **values), as_json=True)
    told = json.loads(answer.text)
    assert (answer.code, [each["code"] for each in told["faults"]]) == (exit_code, codes)
    assert all(has_words(code) for code in codes)
    assert told["ok"] is not codes or not codes


def test_a_vault_of_a_newer_program_is_told_without_a_key(tmp_path: Path) -> None:
    place = machine(tmp_path)
    place.paths.schema.write_text(str(SCHEMA + 1), encoding="ascii")
    answer = check_config(place, as_json=False)
    assert answer.code == 5
    assert "Update Alongside" in answer.text
    place.paths.schema.write_text(str(SCHEMA), encoding="ascii")
    assert check_config(place, as_json=False).code == 0


def test_a_folder_that_takes_nothing_is_told() -> None:
    answer = check_config(machine(Path("/proc/alongside")), as_json=True)
    assert (answer.code, json.loads(answer.text)["faults"][0]["code"]) == (7, "vault.read_only")


def test_a_service_that_does_not_answer_is_told_and_only_when_it_is_asked(tmp_path: Path) -> None:
    place = machine(tmp_path, sync_url="https://alongside.invalid")
    assert check_config(place, as_json=False).code == 0

    def silent(address: str, proxy: str) -> None:
        assert (address, proxy) == ("https://alongside.invalid", "")
        raise NetworkError("network.offline")

    answer = check_config(place, as_json=True, reach=silent)
    assert (answer.code, json.loads(answer.text)["faults"][0]["code"]) == (3, "network.offline")


def test_reaching_asks_the_real_address() -> None:
    with Silent() as address, pytest.raises(KnownError) as refused:
        reach_service(address, "")
    assert refused.value.code in ("network.portal", "network.blocked")


def test_one_question_at_a_time(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--version", "--self-test"], ["--reach"], ["--json"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("alongside ")


@pytest.mark.usefixtures("_logs_end")
def test_the_log_names_what_is_wrong_and_nobody(tmp_path: Path) -> None:
    configuration = configured(
        [Layer(origin=Origin.ORGANISATION, where="p", values={"allow_print": False}, unknown=("odd\nkey",))]
    )
    begin_log(tmp_path, configuration)
    log_refusal(VaultError("vault.newer", schema=11, known=10))
    try:
        raise ValueError(NAME)
    except ValueError:
        logging.getLogger("ui.trial").exception("fault: ValueError")
    logging.getLogger("urllib3").error(NAME)
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert "WARNING policy.unknown key='odd\\nkey'" in text
    assert "WARNING policy.not_in_force key=allow_print" in text
    assert "ERROR refused: vault.newer known=10 schema=11" in text
    assert "fault: ValueError" in text
    assert NAME not in text
    assert all(line[:4].isdigit() for line in text.splitlines())


def test_a_bundle_for_support_holds_no_name_wherever_one_stands(tmp_path: Path) -> None:
    place = machine(
        tmp_path, support_text=NAME, sync_url="https://quillfeather.example", password_only=True, idle_lock_minutes=4
    )
    place.paths.logs.mkdir()
    (place.paths.logs / FILE_NAME).write_text(
        f"2026-12-01T07:00:00Z ERROR refused: vault.newer known=10 file={NAME}\n"
        f"2026-12-01T07:00:00Z ERROR fault: Quillfeather < ui/desk.py:1 {NAME}\n"
        f"2026-12-01T07:00:00Z ERROR refused: marguerite.quillfeather\n{NAME}\n",
        encoding="utf-8",
    )
    place.paths.vault.write_bytes(NAME.encode())
    (tmp_path / f"{NAME}.pdf").write_bytes(b"x")
    place.paths.slots.write_text(NAME, encoding="utf-8")
    made = bundle(place)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    for text in (*parts, *parts.values()):
        assert "quillfeather" not in text.lower()
        assert "marguerite" not in text.lower()
        assert str(tmp_path) not in text
    assert json.loads(parts["log.json"]) == {"vault.newer": 1, "fault": 1, "other": 2}
    told = json.loads(parts["configuration.json"])["set"]
    assert told["support_text"] == {"from": "organisation", "length": len(NAME)}
    assert told["idle_lock_minutes"] == {"from": "organisation", "value": 4}
    laptop = json.loads(parts["laptop.json"])
    assert laptop["files"]["vault.db"] == len(NAME)
    assert laptop["files"]["others"] == 2
