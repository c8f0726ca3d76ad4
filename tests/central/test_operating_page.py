"""The operating page can be followed: its commands, settings, metrics and events are those of the program."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import click
import typer

from sync.central.__main__ import cli
from sync.central.settings import Settings, read_settings
from tests.helpers.central import AllianceService

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


def test_the_settings_on_the_page_are_read(tmp_path: Path) -> None:
    (example,) = blocks("toml")
    file = tmp_path / "central.toml"
    file.write_text(example)
    settings = read_settings(file, {})
    assert (settings.port, settings.operator_port, settings.drain_seconds) == (8750, 8760, 10)
    assert set(tomllib.loads(example)) == {each.name for each in fields(Settings)}


def test_every_metric_and_event_in_an_alarm_is_one_the_service_has(alliance: AllianceService) -> None:
    text = alliance.running.metrics.text().decode()
    for name in set(re.findall(r"`?(alongside_[a-z_]+)", PAGE)) - {"alongside_owner", "alongside_feed"}:
        if name not in {"alongside_service"}:
            assert f"# TYPE {name.removesuffix('_total')}" in text or f"# TYPE {name} " in text, name
    source = "".join(
        file.read_text(encoding="utf-8") for file in (Path(__file__).parents[2] / "sync" / "central").rglob("*.py")
    )
    for event in re.findall(r'event="([a-z_]+)"', PAGE):
        assert f'"{event}"' in source, event
