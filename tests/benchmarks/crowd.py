"""A vault with many people, filled the way the service fills one: page by page."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from app.domain.actor import Actor
from app.domain.canonical import canonical
from app.domain.ids import AggregateId, RecordId, ScopeId
from app.storage.exchange import PageScope, PulledPage, PulledRow, ScopeGrant, present_row
from app.storage.held import Held
from app.storage.vault import Vault
from tests.helpers.vaults import stable_id

SCOPE = ScopeId(UUID(int=4242))
PAGE_ROWS = 5000
GIVEN = (
    "Samira William Ama Oisin Lukasz Mary Grace Tunde Hoa Peter Aisha Gareth Eleanor Norman Rosalind Efua Janet"
    " Ngozi Kwame Archie Jasmine George Priya Daniel Ruth Colin Tess Wendy Joel Marek Elspeth Yewande Abena Minh"
).split()
FAMILY = (
    "Osei Fergusson Boateng Wojcik Llewellyn Adeyemi Nguyen Finch Tomlinson Mensah Eccles Vickers Blundell Ashdown"
    " Okoro Raman Okafor Haverley Strand Bright Marlowe Holub Kerr Amankwah Sorrell Smith Jones Taylor Brown Davies"
    " Evans Thomas Johnson Roberts Walker Wright Robinson Thompson White Hughes Edwards Green Hall Wood Harris Clarke"
).split()
WARDS = ("St David", "Heron", "Kestrel", "Linnet", "Alder", "Rowan", "Wren")


def fill(vault: Vault, actor: Actor, people: int) -> None:
    """Bring so many people into an open vault that holds the alliance, each on a ward."""
    held = Held(vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:crowd")])
    rows, seq = person_rows(actor, people), 0
    while page := tuple(islice(rows, PAGE_ROWS)):
        seq += len(page)
        scope = PageScope(id=SCOPE, epoch=7, seq=seq, at_head=seq == 2 * people)
        held.apply_page(PulledPage(scopes=(scope,), rows=page, server_time=datetime.now(UTC)))


def person_id(number: int) -> UUID:
    """Return the id of a person of the crowd by their number."""
    return UUID(int=(0x01A20000_0000_7000 << 64) | (0x8000 << 48) | (number * 2))


def person_rows(actor: Actor, people: int) -> Iterator[PulledRow]:
    """Yield a person and a stay for each, the same ones every time."""
    dice = random.Random(20261122)
    header = {
        "org": str(actor.org),
        "created_at": "2026-11-01T09:00:00.000Z",
        "created_by": str(actor.user),
        "created_role": "outreach_worker",
        "device": str(actor.device),
        "schema_version": 1,
    }
    for number in range(people):
        person = person_id(number)
        family = dice.choice(FAMILY) + ("" if number % 3 else "-" + dice.choice(FAMILY))
        body = {
            **header,
            "given_name": dice.choice(GIVEN),
            "family_name": f"{family} {number:x}" if number % 7 == 0 else family,
            "status": "active",
            "language": "en-GB",
            "nation": "england",
            "age_band": "41_60",
        }
        yield _row(number * 2 + 1, person, person, "person", body)
        place = {
            **header,
            "person": str(person),
            "site": str(stable_id("site", "stoke_mandeville")),
            "ward": dice.choice(WARDS),
            "bed": str(dice.randint(1, 30)),
            "discharge_to": "unknown",
            "able_to_meet": "unknown",
        }
        yield _row(number * 2 + 2, UUID(int=person.int + 1), person, "stay", place)


def _row(seq: int, record: UUID, person: UUID, kind: str, body: dict[str, object]) -> PulledRow:
    return present_row(
        seq=seq,
        record_id=RecordId(record),
        agg_id=AggregateId(person),
        record_type=kind,
        rev=1,
        body=canonical(body),
    )
