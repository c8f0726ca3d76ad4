"""Search as you type over people: by the beginning of any word of a name, a ward, or a phone's last four."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text

from app.domain.codes import ContactKind, RecordType
from app.domain.ids import PersonId
from app.domain.linkage import Facts, keys_of
from app.domain.linkage_facts import facts_in, family_keys, given_keys

MOST = 200
"""More hits than anybody reads; the page says that there are more."""

INDEXED = frozenset({RecordType.PERSON, RecordType.STAY, RecordType.CONTACT_POINT, RecordType.REFERRAL})
"""Kinds of record whose words a person is found by."""

MOST_ALIKE = 40
"""People who are compared while somebody types: each takes a fifth of a millisecond to read and compare."""

_PEOPLE = """
SELECT p.rid,
       coalesce(json_extract(p.body, '$.given_name'), '')
       || ' ' || coalesce(json_extract(p.body, '$.family_name'), '')
       || ' ' || coalesce(json_extract(p.body, '$.known_as'), ''),
       (SELECT group_concat(coalesce(json_extract(s.body, '$.ward'), ''), ' ') FROM stay s
         WHERE s.agg_id = p.agg_id AND s.discharged_on IS NULL),
       (SELECT group_concat(json_extract(c.body, '$.kind') || ' ' || json_extract(c.body, '$.value'), char(10))
          FROM contact_point c WHERE c.agg_id = p.agg_id
           AND json_extract(c.body, '$.kind') IN ('mobile', 'landline', 'ward_phone', 'email')),
       p.body,
       (SELECT json_extract(s.body, '$.site') FROM stay s
         WHERE s.agg_id = p.agg_id AND s.discharged_on IS NULL ORDER BY s.rid DESC LIMIT 1),
       (SELECT json_extract(i.body, '$.injury_date') FROM injury i WHERE i.agg_id = p.agg_id LIMIT 1)
  FROM person p WHERE p.agg_id IN (SELECT unhex(value) FROM json_each(?1))
"""
_REFERRED = """
SELECT min(r.rid), coalesce(json_extract(r.body, '$.package.name.given_name'), '') || ' '
       || coalesce(json_extract(r.body, '$.package.name.family_name'), '') || ' '
       || coalesce(json_extract(r.body, '$.package.known_as'), ''), '', '',
       json_group_array(json_extract(r.body, '$.package')), '', ''
  FROM referral r WHERE r.agg_id IN (SELECT unhex(value) FROM json_each(?1))
   AND NOT EXISTS (SELECT 1 FROM person p WHERE p.agg_id = r.agg_id) GROUP BY r.agg_id
"""
_ROWS_OF = """
SELECT rid FROM person WHERE agg_id IN (SELECT unhex(value) FROM json_each(?1))
 UNION ALL SELECT rid FROM referral WHERE agg_id IN (SELECT unhex(value) FROM json_each(?1))
"""


def index_people(connection: Connection, people: Iterable[UUID]) -> None:
    """Bring the index entries of some people up to date, from what the vault holds of them now."""
    wanted = ("[" + ",".join(f'"{person.hex}"' for person in people) + "]",)
    if wanted == ("[]",):
        return
    rows = [(rid,) for (rid,) in connection.exec_driver_sql(_ROWS_OF, wanted)]
    if rows:
        connection.exec_driver_sql("DELETE FROM find WHERE rowid = ?", rows)
        connection.exec_driver_sql("DELETE FROM alike WHERE rowid = ?", rows)
    words, keys = [], []
    for rid, names, wards, contacts, body, site, injured in connection.exec_driver_sql(_PEOPLE, wanted):
        ways = [tuple(line.split(" ", 1)) for line in (contacts or "").splitlines()]
        phones = " ".join(value for kind, value in ways if kind != ContactKind.EMAIL)
        words.append((rid, f"{names} {wards or ''} {_phone_words(phones)}"))
        keys.append((rid, _tokens(keys_of(_facts(body, ways, site or "", injured or "")))))
    for rid, names, _, _, packages, _, _ in connection.exec_driver_sql(_REFERRED, wanted):
        words.append((rid, names))
        told = [facts_in(package) for package in msgspec.json.decode(packages) if package]
        keys.append((rid, _tokens({key for facts in told for key in keys_of(facts)})))
    if words:
        connection.exec_driver_sql("INSERT INTO find(rowid, words) VALUES (?, ?)", words)
        connection.exec_driver_sql("INSERT INTO alike(rowid, keys) VALUES (?, ?)", keys)


def find_alike(
    connection: Connection, facts: Facts, *, also_called: Iterable[str] = (), most: int = MOST_ALIKE
) -> list[int]:
    """Return the row numbers of people who share a key with `facts`: worth comparing, not yet the same.

    Those who share what few others have come first, then those of whom both names sound alike, either way round, then
    those of whom one does: among 100 000 people thousands share the sound of a given name alone.

    Args:
        connection: an open transaction.
        facts: of the person who is looked for.
        also_called: folded names that the given name may stand for, such as its long form.
        most: people at most.
    """
    given, family = given_keys(facts, also=also_called), family_keys(facts)
    rare = keys_of(facts) - given - family
    both = f"({_any_of(given)}) AND ({_any_of(family)})" if given and family else ""
    found: dict[int, None] = {}
    for expression in (_any_of(rare), both, _any_of(family), _any_of(given)):
        if expression and len(found) < most:
            found |= dict.fromkeys(_alike(connection, expression, most))
    return list(found)[:most]


def people_of(connection: Connection, rids: Iterable[int]) -> list[PersonId]:
    """Return the people whom rows are of, in the order of the rows."""
    rows = connection.execute(
        text("SELECT m.agg_id FROM json_each(:rids) CROSS JOIN rec_meta m ON m.rid = value"),
        {"rids": msgspec.json.encode(list(rids)).decode()},
    )
    return [PersonId(UUID(bytes=agg_id)) for agg_id in rows.scalars()]


def _alike(connection: Connection, expression: str, most: int) -> Iterable[int]:
    wanted = {"expression": expression, "most": most}
    return connection.execute(
        text("SELECT rowid FROM alike WHERE alike MATCH :expression LIMIT :most"), wanted
    ).scalars()


def _any_of(keys: Iterable[str]) -> str:
    return " OR ".join(f'"{token}"' for token in _tokens(keys).split())


def _tokens(keys: Iterable[str]) -> str:
    """Keys hold marks that the index would take apart, so each becomes one word."""
    return " ".join(sorted("k" + blake2b(key.encode(), digest_size=6).hexdigest() for key in keys))


def _facts(body: str, ways: Sequence[tuple[str, ...]], site: str, injured: str) -> Facts:
    person = msgspec.json.decode(body)
    numbers = ("nhs_number", "chi_number", "hsc_number")
    return Facts(
        numbers={kind: person[kind] for kind in numbers if kind in person},
        given_name=person.get("given_name", ""),
        family_name=person.get("family_name", ""),
        known_as=person.get("known_as", ""),
        born=person.get("dob", ""),
        # A ward's telephone is everybody's there.
        phones=frozenset(value for kind, value in ways if kind in (ContactKind.MOBILE, ContactKind.LANDLINE)),
        emails=frozenset(value for kind, value in ways if kind == ContactKind.EMAIL),
        site=site,
        injury_month=injured[:7] if len(injured) >= 7 else "",
    )


def _phone_words(values: str) -> str:
    """Phones are found by their last four digits and by the whole national number."""
    words = []
    for value in values.split():
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 7:
            words += [digits[-4:], "0" + digits[2:] if value.startswith("+44") else digits]
    return " ".join(words)


def match_expression(typed: str) -> str:
    """Return the FTS5 expression for what was typed: each word quoted and matched by its beginning.

    FTS5 raises on an open quote, so quotes are doubled; an empty answer means nothing to look for.
    """
    folded = unicodedata.normalize("NFC", typed)
    words = re.findall(r"[^\W_]+", folded)
    return " ".join(f'"{word}"*' for word in words[:8])


def find_people(connection: Connection, typed: str, *, most: int = MOST) -> list[int]:
    """Return the row numbers of people (or of referrals about people only referred here), at most `most` + 1."""
    expression = match_expression(typed)
    if not expression:
        return []
    rows = connection.execute(
        text("SELECT rowid FROM find WHERE find MATCH :expression LIMIT :most"),
        {"expression": expression, "most": most + 1},
    )
    return list(rows.scalars())
