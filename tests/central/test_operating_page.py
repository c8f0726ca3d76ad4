"""The operating page can be followed: its commands, settings, metrics and events are those of the program."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import pytest
import typer

from sync.central.__main__ import cli
from sync.central.settings import Settings, read_settings
from tests.helpers.central import AllianceService
from tests.helpers.shipped import FOLDER, shipped

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "central-service.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [block for name, block in found if name == kind]


def test_every_command_on_the_page_exists_with_its_options() -> None:
    lines = [line for block in blocks("") for line in block.splitlines() if line.startswith("alongside-central ")]
    assert len(lines) > 15
    for line in lines:
        words = shlex.split(line.split("#")[0])[1:]
        command: click.Command = typer.main.get_command(cli)
        while words and hasattr(command, "commands"):
            name = words.pop(0)
            assert name in command.commands, line
            command = command.commands[name]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_every_command_in_the_text_exists() -> None:
    named = set(re.findall(r"`alongside-central ([a-z]+)`", PAGE))
    assert named >= {"status", "serve"}
    assert named <= set(typer.main.get_command(cli).commands)  # type: ignore[attr-defined]


def test_the_settings_that_ship_are_read_and_hold_every_one() -> None:
    settings = read_settings(FOLDER / "central.toml", {})
    assert (settings.port, settings.operator_port, settings.drain_seconds) == (8750, 8760, 10)
    assert set(tomllib.loads(shipped("central.toml", {}))) == {each.name for each in fields(Settings)}


def test_every_file_that_ships_is_on_the_page() -> None:
    files = {file.name for file in FOLDER.iterdir()}
    assert len(files) > 8
    # A service that a timer starts is named by its timer.
    assert {name for name in files if name not in PAGE and name.replace(".service", ".timer") not in PAGE} == set()


@pytest.mark.parametrize("unit", sorted(FOLDER.glob("*.service")), ids=lambda unit: unit.name)
def test_every_unit_starts_a_command_that_there_is(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    program, *words = line.split()
    if program.endswith("/alongside-central"):
        assert program.startswith("/opt/alongside/environment/bin/"), "where the page installs it"
        assert words[0] in typer.main.get_command(cli).commands  # type: ignore[attr-defined]
    settings = re.findall(r"^Environment=ALONGSIDE_CENTRAL_(\w+)=", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.lower() for name in settings} <= {each.name for each in fields(Settings)} | {"settings"}


def test_every_metric_and_event_in_an_alarm_is_one_the_service_has(alliance: AllianceService) -> None:
    text = alliance.running.metrics.text().decode()
    for name in set(re.findall(r"`?(alongside_[a-z_]+)", PAGE)) - {
        "alongside_owner",
        "alongside_feed",
        "alongside_service",
    }:
        assert f"# TYPE {name.removesuffix('_total')}" in text or f"# TYPE {name} " in text, name
    source = "".join(
        file.read_text(encoding="utf-8") for file in (Path(__file__).parents[2] / "sync" / "central").rglob("*.py")
    )
    for event in re.findall(r'event="([a-z_]+)"', PAGE):
        assert f'"{event}"' in source, event
