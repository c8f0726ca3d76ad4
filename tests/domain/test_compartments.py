"""Whose each record is, what goes to no person, and an aggregate made of any records."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.aggregate import aggregate_of, cls_of, compartment_of, owner_of
from app.domain.audit import AuditEntry, AuditSubject
from app.domain.bodies import body_of
from app.domain.card import ShareCard
from app.domain.codes import (
    AuditAction,
    ConsentKind,
    Need,
    NoteLevel,
    RecordType,
    Role,
    TaskKind,
)
from app.domain.codes import ReferralState as S
from app.domain.conflict import Clash, Conflict
from app.domain.note import Signpost
from app.domain.record import Cls, Record
from app.domain.visibility import reference_visibility
from tests.domain.consent_kit import (
    AS,
    ASKED_AT,
    ASKED_ON,
    ASKER,
    BU,
    HEADER,
    NOVA,
    asked,
    organisation,
    said,
)
from tests.domain.record_kit import (
    PRIYA,
    R1,
    STANMORE,
    agreement,
    injury,
    mobile,
    note,
    person,
    record_id,
    referral,
    service,
    sister,
    site,
    stay,
    step,
    task,
    user,
)
from tests.domain.visibility_kit import (
    INTAKE,
    PARTNER,
    PROGRAMME,
    RIGHTS,
    YES,
)

OFFICE = [f"programme:{AS}", f"site:{AS}:{STANMORE}", f"rights:{AS}", f"admin:{AS}", f"mentor:{NOVA}"]
TEAM_TASK = task(person=None, kind=TaskKind.CHASE_DECISION, for_team="front-door", org=BU)
SIGNPOST = Signpost(id=record_id(0xF1), org=AS, need=Need.COURSE, on=ASKED_ON, **HEADER)
AUDIT = AuditEntry(
    id=record_id(0xF2), org=AS, seq=1, action=AuditAction.LOGIN, at=ASKED_AT, previous="", hash="", **HEADER
)
QUESTION = Conflict(
    id=record_id(0xF4),
    org=AS,
    person=NOVA,
    record=record_id(0xF5),
    record_type=RecordType.PERSON,
    fields={"family_name": Clash(theirs="Achterberg", mine="Achtenberg")},
    **HEADER,
)
WITHOUT_PERSON: list[tuple[Record, list[str]]] = [
    (organisation(AS, "Aspire"), ["reference"]),
    (site(STANMORE, "Stanmore"), ["reference"]),
    (service(), ["reference"]),
    (agreement(), ["reference"]),
    (service(archived=True), []),
    (user(PRIYA), OFFICE[:4]),
    (AUDIT, [RIGHTS]),
    (AuditSubject(id=record_id(0xF6), org=AS, person=NOVA, handle="0a" * 8, **HEADER), [RIGHTS]),
    (task(kind=TaskKind.CONFIRM_STOP), [RIGHTS]),
    (task(kind=TaskKind.OVERRIDE_REVIEW, person=None), [RIGHTS]),
    (task(person=None, for_role=Role.IT_ADMIN), [f"admin:{AS}"]),
    (task(person=None), [PROGRAMME]),
    (TEAM_TASK, [PARTNER, INTAKE]),
    (SIGNPOST, OFFICE[:2]),
    (QUESTION, [f"admin:{AS}", PROGRAMME]),
    (person(), []),
]


@pytest.mark.parametrize(("record", "keys"), WITHOUT_PERSON)
def test_what_belongs_to_no_person_goes_where_it_is_used(record: Record, keys: list[str]) -> None:
    found = reference_visibility(record, scope_keys=OFFICE)
    assert {entry.scope_key for entry in found} == set(keys)
    assert all((entry.owner, entry.cls, entry.until) == (owner_of(record), cls_of(record), None) for entry in found)


CARD = ShareCard(id=record_id(0xF3), org=AS, person=NOVA, receiver=BU, **HEADER)
PRIVATE = note(level=NoteLevel.AUTHOR_AND_COORDINATOR)
COMPARTMENTS: list[tuple[Record, UUID, Cls]] = [
    (person(), AS, Cls.CORE),
    (injury(), AS, Cls.INJURY),
    (mobile(), AS, Cls.CORE),
    (sister(), AS, Cls.NEEDS),
    (stay(), AS, Cls.INJURY),
    (said(YES), AS, Cls.CONSENT),
    (referral(), R1, Cls.REFERRAL),
    (step(S.ACCEPTED, 4, org=BU), R1, Cls.REFERRAL),
    (CARD, BU, Cls.CARD),
    (note(), AS, Cls.OWN),
    (note(level=NoteLevel.PARTNERS_AGREED), AS, Cls.NOTES),
    (PRIVATE, ASKER, Cls.OWN),
    (task(), AS, Cls.OWN),
    (task(kind=TaskKind.CONFIRM_STOP), record_id(0xA1), Cls.OWN),
    (task(person=None), record_id(0xA1), Cls.OWN),
    (user(PRIYA), AS, Cls.OWN),
    (service(), BU, Cls.REFERENCE),
    (AUDIT, AS, Cls.OWN),
    (QUESTION, AS, Cls.OWN),
    (SIGNPOST, AS, Cls.OWN),
]


@pytest.mark.parametrize(("record", "owner", "cls"), COMPARTMENTS)
def test_each_record_lies_in_one_compartment_and_its_body_says_the_same(record: Record, owner: UUID, cls: Cls) -> None:
    assert (owner_of(record), cls_of(record)) == (owner, cls)
    assert compartment_of(record.TYPE, record.id, body_of(record)) == (owner, cls)


def test_an_aggregate_is_made_of_any_records_in_any_order() -> None:
    event = said(YES)
    correction = replace(
        asked(), kind=ConsentKind.CORRECTION, id=record_id(0xE2), voids=frozenset({YES.line_id}), reason="wrong bed"
    )
    records = [task(), event, stay(), referral(), step(S.DRAFT, 0), mobile(), sister(), note(), injury(), correction]
    made = aggregate_of(NOVA, [*records, person(), service()], status_since=ASKED_AT)
    assert made == aggregate_of(NOVA, [service(), person(), *reversed(records)], status_since=ASKED_AT)
    assert (made.person, made.injury, made.stays, made.contacts) == (person(), injury(), (stay(),), (mobile(),))
    assert (made.referrals, made.events, made.tasks) == ((referral(),), (step(S.DRAFT, 0),), (task(),))
    assert (made.relationships, made.notes) == ((sister(),), (note(),))
    assert (made.lines, made.voided) == ((YES,), frozenset({YES.line_id}))
    assert aggregate_of(NOVA, []).person is None
