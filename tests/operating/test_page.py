"""The operator's page, played literally: from an empty PostgreSQL to two enrolled laptops, command by command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from app.domain.codes import Role
from app.domain.ids import UserId
from sync.central.__main__ import cli
from sync.central.tables import SERVICE_ROLE
from sync.protocol.slip import read_slip
from tests.helpers.cluster import Cluster
from tests.helpers.shipped import shipped
from tests.helpers.vaults import Clock
from tests.operating.premises import NAME, OPERATOR, PASSWORD, Process
from tests.sync.alliance import enrol_laptop

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "central-service.md").read_text(encoding="utf-8")
IDS = {"ASPIRE": ("organisation list", "Aspire"), "BACKUP": ("organisation list", "Back Up"),
       "STOKE": ("site list", "Stoke Mandeville")}  # fmt: skip
"""Words of the page that stand for an id: which list shows it, beside which name."""


class Walker:
    """Somebody who types what stands on the page, and reads what is answered."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.settings = folder / "central.toml"
        self.known: dict[str, str] = {}

    def write_settings(self) -> None:
        words = {
            f"postgresql://{role}:PASSWORD@127.0.0.1:5432/alongside": self.cluster.url(role, NAME, PASSWORD)
            for role in (SERVICE_ROLE, OPERATOR)
        }
        words |= {
            "/srv/journal": str(self.folder),
            "/srv/alongside-files": str(self.folder / "files"),
            "/etc/alongside": str(self.folder),
        }
        self.settings.write_text(shipped("central.toml", words), encoding="utf-8")

    def type_block(self, kind: str, block: str) -> None:
        """Type the lines of a block: SQL as the superuser, the program's commands as the operator."""
        if kind == "sql":
            for statement in re.sub(r"--.*", "", block).replace("…", PASSWORD).split(";"):
                if statement.strip():
                    self.cluster.run(statement)
        for line in block.splitlines() if kind == "" else ():
            if line.startswith("alongside-central "):
                self.type(line)

    def type(self, line: str) -> str:
        """Type one command, with ids for the words that stand for them."""
        words = shlex.split(line)[1:]
        for word, found in self.known.items():
            words = [re.sub(rf"\b{word}\b", found, each) for each in words]
        words = [str(self.folder / each) if each.endswith(".json") else each for each in words]
        done = CliRunner().invoke(cli, ["--settings", str(self.settings), *words])
        assert done.exit_code == 0, f"{line}: {done.output}"
        self._remember(" ".join(words[:2]), words, done.stdout)
        return done.stdout

    def _remember(self, command: str, words: list[str], said: str) -> None:
        for word, (listed_by, name) in IDS.items():
            if command == listed_by:
                (self.known[word],) = [line.split()[0] for line in said.splitlines() if f"  {name}  " in line]
        if command == "user add":
            self.known[words[2].split()[0].upper()] = said.strip()


@pytest.fixture
def walker(tmp_path: Path) -> Iterator[Walker]:
    """Somebody at an empty PostgreSQL."""
    cluster = Cluster.make(settings="fsync = off")
    yield Walker(cluster, tmp_path)
    cluster.remove()


def blocks(*headings: str) -> list[tuple[str, str]]:
    """Return the blocks of sections of the page, in their order, each with its kind."""
    found = []
    for heading in headings:
        section = PAGE[PAGE.index(f"\n## {heading}") :].partition("\n## ")[2].partition("\n## ")[0]
        section = section.partition("\n### ")[0]
        found += re.findall(r"^```(\w*)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return found


def test_the_page_leads_from_an_empty_postgresql_to_two_enrolled_laptops(
    walker: Walker, tmp_path: Path, clock: Clock
) -> None:
    walker.write_settings()
    for kind, block in blocks("1. Program", "2. Settings", "6. Two laptops"):
        walker.type_block(kind, block)
    process = Process(walker.settings, 1)
    process.start()
    laptops = []
    try:
        for name, role in (("ward", Role.OUTREACH_WORKER), ("intake", Role.INTAKE_WORKER)):
            slip = read_slip((tmp_path / f"{name}.json").read_bytes())
            user, here = UserId(slip.user), msgspec.structs.replace(slip, address=process.address)
            laptops.append(enrol_laptop(tmp_path / name, here, user=user, role=role, clock=clock))
            assert laptops[-1].sync().at_head
        said = walker.type("alongside-central status")
        assert said.count("0 behind") == 2
        assert said.count("last seen") == 2
    finally:
        for laptop in laptops:
            laptop.close()
        process.stop()
