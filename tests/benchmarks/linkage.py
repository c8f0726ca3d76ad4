"""Same person? Two public lists whose answer is known, and the warning while typing among 100 000 people."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from time import process_time

import resources
from app.domain.codes import ContactKind
from app.domain.lists.pairing import compare_lists
from app.domain.names import NameTables, name_tables
from app.storage.vault import Vault
from app.use_cases.people import NewPerson
from app.use_cases.same_person import possible_same
from tests.benchmarks.crowd import FAMILY, GIVEN
from tests.benchmarks.febrl import febrl_lists, person_of
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.place import open_place

DAY = date(2026, 11, 30)
TYPED = tuple(zip(GIVEN * 4, FAMILY * 3, strict=False))[:120]


def measure(place: Path) -> list[Figure]:
    """Return how well and how fast people are found again."""
    return [*measure_lists(), *measure_typing(place)]


def measure_lists() -> list[Figure]:
    """Compare febrl4a with febrl4b; goals and the peers' figures on the same fields are those of issue 4."""
    one, other = febrl_lists()
    taken = []
    for _ in range(3):
        began = process_time()
        pairs = compare_lists(one, other, names=_names())
        taken.append(process_time() - began)
    right = sum(person_of(pair.one.id) == person_of(pair.other.id) for pair in pairs)
    on_both = len({person_of(row.id) for row in one} & {person_of(row.id) for row in other})
    return [
        Figure(
            name="febrl4: F1 (Splink 5: 0.9966, recordlinkage's ECM: 0.9917)",
            value=2 * right / (len(pairs) + on_both),
            unit="",
            least=0.998,
        ),
        Figure(name="febrl4: precision", value=right / len(pairs), unit=""),
        Figure(name="febrl4: recall", value=right / on_both, unit=""),
        Figure(
            name="febrl4: 5 000 × 5 000 rows, time of the processor, median of 3",
            value=percentile(taken, 50),
            unit="s",
            goal=3,
        ),
    ]


def measure_typing(place: Path) -> list[Figure]:
    """Ask after people as the registration form does, some of them known and some not."""
    laptop, _ = open_place(place)
    names = _names()
    forms = [form for given, family in TYPED for form in _as_typed(given, family)]
    for form in forms[:10]:
        possible_same(laptop.vault, form=form, names=names, on=DAY)
    taken = [_asked(laptop.vault, form, names) for form in forms]
    laptop.close()
    return [
        Figure(
            name=f"same person? at 100 000: processor's time from form to answer, p95 of {len(taken)}",
            value=percentile(taken, 95) * 1000,
            unit="ms",
            goal=30,
        ),
        Figure(name="same person? at 100 000: the same, median", value=percentile(taken, 50) * 1000, unit="ms"),
    ]


def _asked(vault: Vault, form: NewPerson, names: NameTables) -> float:
    # The processor's time: one thread that waits for nothing takes as long on a machine that is not shared.
    began = process_time()
    possible_same(vault, form=form, names=names, on=DAY)
    return process_time() - began


def _as_typed(given: str, family: str) -> tuple[NewPerson, ...]:
    """The form as it is when somebody pauses: a given name, a whole name, a day of birth, a phone."""
    return (
        NewPerson(full_name=given),
        NewPerson(full_name=f"{given} {family}"),
        NewPerson(full_name=f"{given} {family}", dob=("4", "3", "1987")),
        NewPerson(full_name=f"{given} {family}", contact_kind=ContactKind.MOBILE, contact_value="07700 900123"),
    )


def _names() -> NameTables:
    common = resources.common_names()
    return name_tables(groups=resources.nicknames(), common_given=common["given"], common_family=common["family"])
