"""Safeguarding concerns: who may hold one, who may send what, and that the words never change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.domain.access import op_permitted
from app.domain.aggregate import Directory, aggregate_of, cls_of, compartment_of, owner_of
from app.domain.bodies import body_of
from app.domain.checks import check_patch, checked
from app.domain.codes import AgreedToShare, ConcernState, OpKind, PersonStatus, RecordType, Role
from app.domain.concern import NEXT_STATES, Concern, ConcernStep
from app.domain.field_merge import MOVES
from app.domain.ids import RecordId
from app.domain.lead_view import lead_scope
from app.domain.record import Cls
from app.domain.visibility import visibility
from app.errors import BadInputError
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, ASKER, BU, HEADER, NOVA
from tests.domain.record_kit import injury, mobile, person

CONCERN = Concern(
    **{**HEADER, "id": RecordId(UUID(int=0x8001)), "org": AS},
    person=NOVA,
    in_their_words="He takes my chair away at night.",
    noticed_at=ASKED_AT,
    consent_to_share=AgreedToShare.NOT_ASKED,
)
STEP = ConcernStep(
    **{**HEADER, "id": RecordId(UUID(int=0x8002)), "org": AS},
    person=NOVA,
    concern=CONCERN.id,
    to_state=ConcernState.READ,
    at=ASKED_AT,
    by=ASKER,
)


def held_by(*records: Any) -> set[tuple[str, UUID, Cls]]:
    found = visibility(aggregate_of(NOVA, records), directory=Directory(), on=ASKED_ON, now=ASKED_AT)
    return {(entry.scope_key, entry.owner, entry.cls) for entry in found}


@pytest.mark.parametrize("record", [CONCERN, STEP])
def test_a_concern_lies_in_a_compartment_that_nothing_else_lies_in(record: Concern | ConcernStep) -> None:
    assert (owner_of(record), cls_of(record)) == (AS, Cls.SAFEGUARDING)
    assert compartment_of(record.TYPE, record.id, body_of(record)) == (AS, Cls.SAFEGUARDING)


def test_the_lead_alone_holds_it_with_who_the_person_is() -> None:
    around = (person(), injury(), mobile())
    assert {key for key, _, cls in held_by(*around, CONCERN, STEP) if cls is Cls.SAFEGUARDING} == {lead_scope(AS)}
    lead = {(owner, cls) for key, owner, cls in held_by(*around, CONCERN) if key == lead_scope(AS)}
    assert lead == {(AS, Cls.SAFEGUARDING), (AS, Cls.CORE), (AS, Cls.INJURY)}
    assert not any(key.startswith("lead:") for key, _, _ in held_by(*around))


def test_what_another_organisation_raises_goes_to_its_own_lead_and_tells_that_lead_nothing_of_ours() -> None:
    theirs = replace(CONCERN, org=BU)
    found = held_by(person(), injury(), theirs)
    assert {entry for entry in found if entry[2] is Cls.SAFEGUARDING} == {(lead_scope(BU), BU, Cls.SAFEGUARDING)}
    assert not any(key == lead_scope(AS) or (key == lead_scope(BU) and owner == AS) for key, owner, _ in found)


def test_a_restricted_record_leaves_the_lead_the_concern_and_nothing_beside_it() -> None:
    lead = {(key, cls) for key, _, cls in held_by(person(restricted=True), CONCERN) if key.startswith("lead:")}
    assert lead == {(lead_scope(AS), Cls.SAFEGUARDING)}


def test_of_somebody_erased_nobody_holds_a_concern() -> None:
    assert held_by(person(status=PersonStatus.ERASED), CONCERN) == set()


_RAISERS = {
    Role.OUTREACH_WORKER, Role.COORDINATOR, Role.MENTOR, Role.INTAKE_WORKER, Role.DATA_PROTECTION_LEAD,
    Role.SAFEGUARDING_LEAD,
}  # fmt: skip
_LEAD = {Role.SAFEGUARDING_LEAD}


@pytest.mark.parametrize(
    ("kind", "op", "change", "roles"),
    [
        (RecordType.CONCERN, OpKind.APPEND, {}, _RAISERS),
        (RecordType.CONCERN, OpKind.CREATE, {}, set()),
        (RecordType.CONCERN, OpKind.PATCH, {"state": "read"}, _LEAD),
        (RecordType.CONCERN, OpKind.ARCHIVE, {}, set()),
        (RecordType.CONCERN_STEP, OpKind.APPEND, {}, _LEAD),
        (RecordType.CONCERN_STEP, OpKind.PATCH, {"did": "x"}, set()),
        (
            RecordType.OUTCOME_MEASURE,
            OpKind.APPEND,
            {},
            {Role.OUTREACH_WORKER, Role.COORDINATOR, Role.INTAKE_WORKER},
        ),
        (RecordType.OUTCOME_MEASURE, OpKind.PATCH, {}, set()),
    ],
)
def test_who_may_send_what(kind: RecordType, op: OpKind, change: dict[str, Any], roles: set[Role]) -> None:
    may = {role for role in Role if role is not Role.SYSTEM and op_permitted(role, kind, op, change=change)}
    assert may == roles


@pytest.mark.parametrize("field", ["in_their_words", "noticed_at", "danger_now", "told", "reason_without"])
def test_what_was_said_is_never_edited_not_even_by_the_lead(field: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_patch(Concern, body_of(CONCERN), {field: "He was joking."}, ASKED_ON)
    assert refused.value.code == f"concern.{field}.not_permitted"


def test_a_concern_moves_one_way_only() -> None:
    assert MOVES[RecordType.CONCERN, "state"]["sent"] == {"read"}
    assert not NEXT_STATES[ConcernState.CLOSED]
    assert all(ConcernState.SENT not in then for then in NEXT_STATES.values())


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (replace(CONCERN, in_their_words=""), "concern.in_their_words.required"),
        (replace(CONCERN, in_their_words="x" * 4001), "concern.in_their_words.too_long"),
        (replace(STEP, to_state=None), "concern_step.did.required"),
        (replace(STEP, to_state=ConcernState.PASSED_ON), "concern_step.passed_to.required"),
    ],
)
def test_a_concern_needs_its_words_and_a_step_what_was_done(record: Any, code: str) -> None:
    with pytest.raises(BadInputError) as refused:
        checked(type(record), record.id, body_of(record), on=ASKED_ON)
    assert refused.value.code == code
