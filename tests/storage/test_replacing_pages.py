"""A page that replaces what is held leaves what a page into an empty vault would leave."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from app.domain.codes import ContactKind, MayUse
from app.domain.ids import PersonId, RecordId, ScopeId
from app.domain.person import ContactPoint, Person, Stay
from app.domain.record import Record
from app.storage.exchange import PageScope, PulledPage, PulledRow, ScopeGrant, present_row
from app.storage.held import Held
from app.use_cases.people import PersonChange, change_person, find
from tests.helpers.pages import decrypted_pages
from tests.helpers.vaults import Laptop
from tests.storage.test_outbox_and_held import _present

SITE, PROGRAMME = ScopeId(UUID(int=77)), ScopeId(UUID(int=78))
_HELD = """
SELECT m.id, m.type, m.agg_id, m.rev, m.chash, t.agg_id, t.body FROM rec_meta m JOIN "{table}" t ON t.rid = m.rid
"""
_SUMS = "SELECT scope_id, n, s0, s1, s2, s3 FROM sync_scope ORDER BY scope_id"


def _ready(laptop: Laptop) -> Held:
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SITE, key="site:x"), ScopeGrant(id=PROGRAMME, key="programme:x")])
    return held


def _take(held: Held, laptop: Laptop, rows: list[PulledRow], seq: int, *, repairs: bool = False) -> None:
    scopes = tuple(PageScope(id=scope, epoch=5, seq=seq, at_head=True) for scope in (SITE, PROGRAMME))
    held.apply_page(PulledPage(scopes=scopes, rows=tuple(rows), server_time=laptop.clock(), repairs=repairs))


def _state(laptop: Laptop, records: list[Record]) -> tuple[set[Any], list[Any]]:
    """Return what is held of records of the service, and what each scope adds up to."""
    ids = {record.id.bytes for record in records}
    with laptop.vault.reading() as read:
        rows = {
            tuple(row)
            for table in ("person", "stay", "contact_point")
            for row in read.connection.exec_driver_sql(_HELD.format(table=table))
            if row[0] in ids
        }
        return rows, [tuple(row) for row in read.connection.exec_driver_sql(_SUMS)]


def _people(laptop: Laptop, count: int) -> list[Record]:
    records: list[Record] = []
    for number in range(count):
        header = {
            "org": laptop.actor.org,
            "created_at": laptop.clock(),
            "created_by": laptop.actor.user,
            "created_role": laptop.actor.role,
            "device": laptop.actor.device,
        }
        person = Person(id=RecordId(uuid4()), **header, given_name=f"Given{number}", family_name=f"Zeta{number} é")
        of: dict[str, Any] = {**header, "person": PersonId(person.id)}
        stay = Stay(id=RecordId(uuid4()), **of, site=laptop.sites["stoke_mandeville"], ward=f"Ward {number} \U0001f600")
        reached = ContactPoint(
            id=RecordId(uuid4()), **of, kind=ContactKind.MOBILE, value="+447700900123", may_use=frozenset({MayUse.CALL})
        )
        records += [person, stay, reached]
    return records


def test_newer_rows_of_many_kinds_leave_what_a_first_load_of_them_leaves(laptop: Laptop, bare: Laptop) -> None:
    dice, records = random.Random(7), _people(laptop, 30)
    held, fresh = _ready(laptop), _ready(bare)
    first = [_present(record, rev=1, seq=place + 1) for place, record in enumerate(records)]
    _take(held, laptop, [row._replace(scope_index=index) for row in first for index in (0, 1)], seq=99)
    newest: dict[RecordId, PulledRow] = {RecordId(row.id): row for row in first}
    for record in dice.sample(records, 60):
        # Of other lengths, with letters of several bytes: what is cut from one piece is cut where it ends.
        word = "é" * dice.randint(0, 40)
        name = {Person: "known_as", Stay: "ward", ContactPoint: "label"}[type(record)]
        newest[RecordId(record.id)] = _present(record, rev=2, seq=200, **{name: word})
    newer = [row for row in newest.values() if row.rev == 2]
    both = [row._replace(scope_index=index) for row in newer for index in (0, 1)]
    _take(held, laptop, [*both, *first[:5]], seq=200)
    _take(fresh, bare, [row._replace(scope_index=index) for row in newest.values() for index in (0, 1)], seq=200)
    assert _state(laptop, records) == _state(bare, records)
    assert len(_state(laptop, records)[0]) == len(records)


def test_a_row_that_hangs_elsewhere_now_takes_its_words_along(laptop: Laptop) -> None:
    records = _people(laptop, 2)
    one, stay, two = records[0], records[1], records[3]
    held = _ready(laptop)
    _take(held, laptop, [_present(record, rev=1, seq=1) for record in records], seq=1)
    assert isinstance(stay, Stay)
    moved = replace(stay, person=PersonId(two.id), ward="Quetzalward")
    _take(held, laptop, [_present(moved, rev=2, seq=2)], seq=2)
    with laptop.vault.reading() as read:
        of_one = read.connection.exec_driver_sql("SELECT count(*) FROM stay WHERE agg_id = ?", (one.id.bytes,))
        assert of_one.scalar_one() == 0
    assert len(find(laptop.vault, typed="quetzalward").rids) == 1
    assert find(laptop.vault, typed="zeta0 ward").rids == ()


def test_a_body_that_was_lost_and_one_that_was_edited_come_back_beside_the_others(laptop: Laptop) -> None:
    records = [record for record in _people(laptop, 4) if isinstance(record, Person)]
    held = _ready(laptop)
    _take(held, laptop, [_present(record, rev=1, seq=1) for record in records], seq=1)
    edited, lost = records[1], records[2]
    change_person(
        laptop.vault, **laptop.act, person_id=edited.person_id, change=PersonChange(fields={"known_as": "Bill"})
    )
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM person WHERE agg_id = ?", (lost.id.bytes,))
    _take(held, laptop, [_present(record, rev=2, seq=2, pronouns="she/her") for record in records], seq=2)
    with laptop.vault.reading() as read:
        shown = [read.get(Person, record.id) for record in records]
        bases = read.connection.exec_driver_sql("SELECT count(*) FROM rec_base").scalar_one()
    assert [person.pronouns for person in shown] == ["she/her"] * 4
    assert [person.known_as for person in shown] == ["", "Bill", "", ""]
    assert bases == 1


def test_a_repair_takes_an_older_revision_and_a_page_does_not(laptop: Laptop) -> None:
    person = _people(laptop, 1)[0]
    held = _ready(laptop)
    _take(held, laptop, [_present(person, rev=3, seq=3, known_as="Newer")], seq=3)
    _take(held, laptop, [_present(person, rev=2, seq=4, known_as="Older")], seq=4)
    assert _known_as(laptop, person) == "Newer"
    _take(held, laptop, [_present(person, rev=2, seq=4, known_as="Older")], seq=4, repairs=True)
    assert _known_as(laptop, person) == "Older"


def test_a_kind_this_version_does_not_know_is_replaced_as_it_came(laptop: Laptop) -> None:
    held, record = _ready(laptop), RecordId(uuid4())
    of: dict[str, Any] = {"record_id": record, "agg_id": record, "record_type": "hologram"}
    _take(held, laptop, [present_row(seq=1, rev=1, body=b'{"a":1}', **of)], seq=1)
    _take(held, laptop, [present_row(seq=2, rev=2, body=b'{"a":2}', **of)], seq=2)
    with laptop.vault.reading() as read:
        kept = read.connection.exec_driver_sql("SELECT u.body, m.rev FROM unknown_record u JOIN rec_meta m USING (id)")
        assert kept.all() == [('{"a":2}', 2)]


def test_what_was_replaced_leaves_no_byte(laptop: Laptop) -> None:
    person = _people(laptop, 1)[0]
    held = _ready(laptop)
    _take(held, laptop, [_present(person, rev=1, seq=1, known_as="Zzcanaryzz")], seq=1)
    assert any(b"zzcanary" in page.lower() for page in decrypted_pages(laptop.vault.path, laptop.key))
    _take(held, laptop, [_present(person, rev=2, seq=2, known_as="Other")], seq=2)
    assert held.clean()
    assert not any(b"zzcanary" in page.lower() for page in decrypted_pages(laptop.vault.path, laptop.key))


def _known_as(laptop: Laptop, person: Record) -> str:
    with laptop.vault.reading() as read:
        return read.get(Person, RecordId(person.id)).known_as
