"""A charity's whole list taken in: 10 000 rows read, compared with those known, and written."""

from __future__ import annotations

from pathlib import Path
from random import Random
from time import process_time

from app.domain.codes import Role
from app.domain.sheets import MOST_ROWS, mapping_of
from app.use_cases import importing
from app.use_cases.importing import Course
from app.use_cases.workbooks import read_table
from tests.benchmarks.crowd import GIVEN
from tests.benchmarks.figures import Figure
from tests.helpers.vaults import make_actor, make_laptop
from ui.view_models.registration import shipped_name_tables

SYLLABLES = ("ba", "do", "ki", "lo", "mer", "nan", "pol", "ri", "sto", "wen", "gar", "hol")


def measure(folder: Path) -> list[Figure]:
    """Take 10 000 invented people in on a laptop that holds nobody yet; the goal is that of issue 4."""
    content, names = invented(MOST_ROWS), shipped_name_tables()
    laptop = make_laptop(folder / "spreadsheet")
    act = {"actor": make_actor("aspire", Role.COORDINATOR), "now": laptop.clock()}
    began = process_time()
    sheet = read_table(content)
    mapping = mapping_of(sheet.headings, {})
    run = importing.look_at(laptop.vault, **act, sheet=sheet, mapping=mapping, names=names, course=Course())
    looked = process_time()
    taken = importing.take_in(laptop.vault, **act, people=run.new, remember={}, course=Course())
    ended = process_time()
    laptop.vault.close()
    if len(taken) != MOST_ROWS:
        raise AssertionError(f"{len(taken)} of {MOST_ROWS} rows were taken in")
    return [
        Figure(name="import of 10 000 rows, time of the processor", value=ended - began, unit="s", goal=20),
        Figure(name="import: reading and comparing", value=looked - began, unit="s"),
        Figure(name="import: writing, all or none", value=ended - looked, unit="s"),
    ]


def invented(rows: int) -> bytes:
    """Return a CSV file of so many invented people, no two alike."""
    chance = Random(3)
    lines = ["First name,Last name,Email,Phone,Date of birth"]
    for number in range(rows):
        family = "".join(chance.choice(SYLLABLES) for _ in range(3)).title()
        day = f"{chance.randint(1, 28):02d}/{chance.randint(1, 12):02d}/{chance.randint(1940, 2005)}"
        lines.append(f"{chance.choice(GIVEN)},{family},p{number}@example.org,07700 9{number:05d},{day}")
    return "\n".join(lines).encode()
