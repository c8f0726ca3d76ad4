"""Files beside records: who reads them, what is refused, and what consent opens of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.aggregate import cls_of, compartment_of, owner_of
from app.domain.attachment import Attachment, check_parent, level_beside
from app.domain.bodies import body_of
from app.domain.checks import check
from app.domain.codes import FileKind, NoteLevel, PackageField, Purpose, RecordType, Scope
from app.domain.codes import ReferralState as S
from app.domain.record import Cls
from app.errors import BadInputError
from tests.domain.consent_kit import AS, ASKED_ON, BU, HEADER, NOVA, agreed, asked, withdrawn
from tests.domain.record_kit import PRIYA, agreement, directory, note, person, record_id
from tests.domain.visibility_kit import PARTNER, PROGRAMME, WARD, YES, held, sent

FILE = record_id(0xFE)
NOTE = note(level=NoteLevel.PARTNERS_AGREED)


def file(**fields: Any) -> Attachment:
    known: dict[str, Any] = {
        "id": FILE,
        "org": AS,
        "person": NOVA,
        "parent": NOTE.id,
        "parent_type": RecordType.CASE_NOTE,
        "level": NoteLevel.ORGANISATION,
        "sha256": "ab" * 32,
        "size": 1000,
        "mime": FileKind.PDF,
        "title": "Discharge letter",
        "key": "cd" * 32,
    }
    return Attachment(**{**HEADER, **known, **fields})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"size": 0}, "attachment.size.out_of_range"),
        ({"size": 25 * 1024 * 1024 + 1}, "attachment.size.out_of_range"),
        ({"sha256": "AB" * 32}, "attachment.sha256.bad_format"),
        ({"key": "short"}, "attachment.key.bad_format"),
        ({"title": ""}, "attachment.title.required"),
        ({"title": "x" * 81}, "attachment.title.too_long"),
        ({"mime": FileKind("exe")}, "attachment.mime.unknown_code"),
        ({"parent_type": RecordType.PERSON}, "attachment.parent_type.not_permitted"),
        ({"level": None}, "attachment.level.not_permitted"),
        ({"parent_type": RecordType.CONSENT_EVENT}, "attachment.level.not_permitted"),
    ],
)
def test_each_fault_is_named_at_its_field(fields: dict[str, Any], code: str) -> None:
    check(file(), on=ASKED_ON)
    with pytest.raises(BadInputError) as refused:
        check(file(**fields), on=ASKED_ON)
    assert refused.value.code == code


@pytest.mark.parametrize("given", [file(), file(level=NoteLevel.PARTNERS_AGREED),
    file(level=NoteLevel.AUTHOR_AND_COORDINATOR), file(level=None, parent_type=RecordType.CONSENT_EVENT)])  # fmt: skip
def test_its_compartment_is_the_same_from_the_record_and_from_its_body(given: Attachment) -> None:
    assert compartment_of(given.TYPE, given.id, body_of(given)) == (owner_of(given), cls_of(given))


def test_it_lies_where_its_parent_lies_and_apart_where_it_was_ticked() -> None:
    assert (owner_of(file()), cls_of(file())) == (AS, Cls.OWN)
    evidence = file(level=None, parent_type=RecordType.CONSENT_EVENT)
    assert (owner_of(evidence), cls_of(evidence)) == (AS, Cls.CONSENT)
    own = file(level=NoteLevel.AUTHOR_AND_COORDINATOR)
    assert owner_of(own) == own.created_by
    assert (owner_of(file(level=NoteLevel.PARTNERS_AGREED)), cls_of(file(level=NoteLevel.PARTNERS_AGREED))) == (
        FILE,
        Cls.NOTES,
    )


def test_partners_see_it_only_where_it_was_ticked() -> None:
    assert level_beside(NOTE, ticked=True) is NoteLevel.PARTNERS_AGREED
    assert level_beside(NOTE, ticked=False) is NoteLevel.ORGANISATION
    assert level_beside(note(level=NoteLevel.ORGANISATION), ticked=True) is NoteLevel.ORGANISATION
    assert level_beside(note(level=NoteLevel.AUTHOR_AND_COORDINATOR), ticked=False) is NoteLevel.AUTHOR_AND_COORDINATOR


@pytest.mark.parametrize(
    ("given", "parent", "problem"),
    [
        (file(level=NoteLevel.PARTNERS_AGREED), note(level=NoteLevel.ORGANISATION), "level"),
        (file(level=NoteLevel.ORGANISATION), note(level=NoteLevel.AUTHOR_AND_COORDINATOR), "level"),
        (file(level=NoteLevel.AUTHOR_AND_COORDINATOR), note(level=NoteLevel.ORGANISATION), "level"),
        (
            file(level=NoteLevel.AUTHOR_AND_COORDINATOR),
            note(level=NoteLevel.AUTHOR_AND_COORDINATOR, created_by=PRIYA),
            "parent",
        ),
        (file(), note(org=BU), "parent"),
        (file(), None, "parent"),
        (file(), person(), "parent"),
        (file(level=None, parent_type=RecordType.CONSENT_EVENT), NOTE, "parent"),
    ],
)
def test_it_is_never_read_by_more_people_than_what_it_lies_beside(given: Attachment, parent: Any, problem: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check_parent(given, parent)
    assert refused.value.code == f"attachment.{problem}.not_permitted"


def test_evidence_lies_beside_the_event_it_proves() -> None:
    event = asked()
    check_parent(file(level=None, parent_type=RecordType.CONSENT_EVENT, parent=event.id), event)
    check_parent(file(), NOTE)


FULL = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
BESIDE = {**sent(S.ACCEPTED), "notes": (NOTE,)}


def test_a_ticked_file_flows_where_notes_and_files_may_and_no_other_does() -> None:
    ticked = file(level=NoteLevel.PARTNERS_AGREED)
    unticked = file(id=record_id(0xFF))
    fields = {**BESIDE, "attachments": (ticked, unticked)}
    assert (FILE, Cls.NOTES) in held(PARTNER, YES, FULL, **fields)
    assert (FILE, Cls.NOTES) in held(PROGRAMME, YES, FULL, **fields)
    assert (FILE, Cls.NOTES) in held(WARD, YES, FULL, **fields)
    assert (AS, Cls.OWN) not in held(PARTNER, YES, FULL, **fields)


def test_notes_may_flow_where_files_may_not() -> None:
    fields = {**BESIDE, "attachments": (file(level=NoteLevel.PARTNERS_AGREED),)}
    notes_only = directory(agreements=(agreement(fields=frozenset(PackageField) - {PackageField.ATTACHMENTS}),))
    withheld = replace(FULL, withheld=frozenset({PackageField.ATTACHMENTS}))
    for line, around in ((FULL, notes_only), (withheld, directory())):
        seen = held(PARTNER, YES, line, directory=around, **fields)
        assert (AS, Cls.NOTES) in seen
        assert (FILE, Cls.NOTES) not in seen


def test_a_no_takes_the_file_from_the_partner_and_a_partners_own_file_from_the_home_organisation() -> None:
    stop = withdrawn("w1", purpose=Purpose.CASEWORK, cites=["g2"])
    theirs = file(org=BU, level=NoteLevel.PARTNERS_AGREED)
    for given, key in ((file(level=NoteLevel.PARTNERS_AGREED), PARTNER), (theirs, PROGRAMME)):
        fields = {**BESIDE, "attachments": (given,)}
        assert (FILE, Cls.NOTES) in held(key, YES, FULL, **fields)
        assert (FILE, Cls.NOTES) not in held(key, YES, FULL, stop, **fields)
    assert (FILE, Cls.NOTES) in held(PARTNER, YES, **{**BESIDE, "attachments": (theirs,)})
