"""Ten thousand records of a caseload, written into the service the way a ward's laptop writes them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import resources
from app.domain.codes import NoteLevel, OpKind
from app.domain.note import CaseNote
from app.domain.person import Person, Stay
from sync.protocol.messages import OpLine, ResultState
from tests.benchmarks.crowd import FAMILY, GIVEN, WARDS
from tests.central.device import Device
from tests.helpers.central import AllianceService

PEOPLE = 500
NOTES_EACH = 18
"""With the person and where they are, twenty records each: ten thousand."""

BODY_BYTES = 1024
"""How long the body of a note is, its fixed header of about 300 bytes included."""

PEOPLE_A_PUSH = 25
BEGINNINGS = ("Seen on the ward", "Phoned the family", "In the gym", "With the physiotherapist", "Before going home")


def fill_service(alliance: AllianceService) -> int:
    """Push the caseload of one ward; returns how many records that is."""
    device = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    words, dice, count = everyday_words(), random.Random(20261122), 0
    for _ in range(PEOPLE // PEOPLE_A_PUSH):
        ops = [op for _ in range(PEOPLE_A_PUSH) for op in person_ops(alliance, device, dice, words)]
        results = device.push(*ops)
        assert all(result.state is ResultState.APPLIED for result in results)
        count += len(ops)
    return count


def person_ops(alliance: AllianceService, device: Device, dice: random.Random, words: list[str]) -> Iterator[OpLine]:
    """Yield what a ward's laptop writes of one new person: the person first, where they are, and their notes."""
    txn = device.ids()
    person = Person(**device.header(), given_name=dice.choice(GIVEN), family_name=dice.choice(FAMILY))
    yield device.create(person, txn=txn)
    stay = Stay(
        **device.header(),
        person=person.person_id,
        site=alliance.site("stoke_mandeville"),
        ward=dice.choice(WARDS),
        bed=str(dice.randint(1, 30)),
    )
    yield device.create(stay, txn=txn)
    for _ in range(NOTES_EACH):
        note = CaseNote(
            **device.header(), person=person.person_id, level=NoteLevel.ORGANISATION, text=text_of(dice, words)
        )
        yield device.create(note, OpKind.APPEND, txn=txn)


def everyday_words() -> list[str]:
    """Return the words that notes are made of."""
    return (resources.path("passwords") / "words.txt").read_text(encoding="utf-8").split()


def text_of(dice: random.Random, words: list[str]) -> str:
    """Everyday words in no order: invented sentences that repeat themselves pack far better than real notes do."""
    text = dice.choice(BEGINNINGS)
    while len(text) < BODY_BYTES - 420:
        text += f" {dice.choice(words)}" + ("" if dice.random() < 0.9 else f" {dice.randint(1, 28)} March.")
    return text
