"""Equality answers: nobody holds them, the newest counts, and no table of them tells what another hides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access import op_permitted
from app.domain.aggregate import Directory, aggregate_of, cls_of, owner_of
from app.domain.bodies import body_of
from app.domain.checks import checked
from app.domain.codes import EthnicGroup, OpKind, PersonStatus, RecordType, Role, Sex
from app.domain.equality import EQUALITY_LISTS, EqualityAnswers, counting_scope, newest_answers
from app.domain.equality_figures import answered_of, equality_tables
from app.domain.ids import RecordId
from app.domain.impact import Selection, sums_of, tally_of
from app.domain.impact_facts import PersonFacts, Step, Why
from app.domain.impact_tables import TOTAL, Column, Figure, Row, Table, tables_of
from app.domain.record import Cls
from app.domain.suppression import Kept
from app.domain.visibility import visibility
from app.errors import BadInputError
from sync.central.scopes import is_scope_key
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, BU, HEADER, NOVA
from tests.domain.record_kit import person

YEAR = Selection(since="2025-01", until="2025-12")
ANSWERS = EqualityAnswers(
    **{**HEADER, "id": RecordId(UUID(int=0x9001)), "org": AS},
    person=NOVA,
    list_version="gss-2021",
    answered_on=ASKED_ON,
    sex=Sex.FEMALE,
)


def held_by(*records: Any) -> set[tuple[str, UUID, Cls]]:
    found = visibility(aggregate_of(NOVA, records), directory=Directory(), on=ASKED_ON, now=ASKED_AT)
    return {(entry.scope_key, entry.owner, entry.cls) for entry in found}


def test_they_lie_in_a_compartment_that_no_device_can_be_given() -> None:
    assert (owner_of(ANSWERS), cls_of(ANSWERS)) == (AS, Cls.EQUALITY)
    equality = {entry for entry in held_by(person(), ANSWERS) if entry[2] is Cls.EQUALITY}
    assert equality == {(counting_scope(AS), AS, Cls.EQUALITY)}
    assert not is_scope_key(counting_scope(AS))
    for gone in (person(restricted=True), person(status=PersonStatus.ERASED)):
        assert not any(cls is Cls.EQUALITY for _, _, cls in held_by(gone, ANSWERS))


@pytest.mark.parametrize("kind", [OpKind.APPEND, OpKind.CREATE, OpKind.PATCH, OpKind.ARCHIVE])
def test_whoever_works_with_people_writes_them_down_and_nobody_changes_them(kind: OpKind) -> None:
    may = {role for role in Role if role is not Role.SYSTEM and op_permitted(role, RecordType.EQUALITY_ANSWERS, kind)}
    casework = {Role.OUTREACH_WORKER, Role.COORDINATOR, Role.INTAKE_WORKER}
    assert may == (casework if kind is OpKind.APPEND else set())


def test_every_list_may_be_left_out_but_not_all_of_them_and_every_list_may_be_declined() -> None:
    tomorrow = ASKED_ON + timedelta(days=1)
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"sex": None}, "answers.required"),
        ({"answered_on": tomorrow}, "answered_on.in_future"),
    )
    for given_answers, fault in cases:
        wrong = replace(ANSWERS, **given_answers)
        with pytest.raises(BadInputError) as refused:
            checked(EqualityAnswers, wrong.id, body_of(wrong), on=ASKED_ON)
        assert refused.value.code == f"equality_answers.{fault}"
    assert checked(EqualityAnswers, ANSWERS.id, body_of(ANSWERS), on=ASKED_ON) == ANSWERS
    for name, codes in EQUALITY_LISTS.items():
        declined = replace(ANSWERS, **{"sex": None, name: codes("prefer_not_to_say")})
        assert checked(EqualityAnswers, declined.id, body_of(declined), on=ASKED_ON) == declined


def test_of_each_list_the_newest_answer_counts_that_the_own_charity_wrote_down() -> None:
    later = replace(ANSWERS, answered_on=ASKED_ON + timedelta(days=9), sex=None, ethnic_group=EthnicGroup.MIXED)
    again = replace(later, answered_on=ASKED_ON + timedelta(days=20), ethnic_group=EthnicGroup.PREFER_NOT_TO_SAY)
    theirs = replace(again, org=BU, sex=Sex.MALE)
    found = newest_answers((again, theirs, ANSWERS, later), AS)
    assert found == {"ethnic_group": "prefer_not_to_say", "sex": "female", "sexual_orientation": "", "religion": ""}


def told(people: list[tuple[str, bool]]) -> dict[str, Table]:
    """The tables of equality of a year in which people met have a sex and were reached or not."""
    every = [
        PersonFacts(person=NOVA, met="2025-03", step=Step.ACCEPTED if reached else Step.MET, why=Why.WAITING)
        for _, reached in people
    ]
    counts = Counter(
        each for facts, (answer, _) in zip(every, people, strict=True) for each in answered_of(facts, {"sex": answer})
    )
    beside = tables_of(tally_of(sums_of(every), YEAR, on=ASKED_ON))
    found = equality_tables(counts, YEAR, beside, small=5)
    return {table.figure.value: table for table in found}


def test_groups_are_shown_with_whoever_was_not_asked_and_with_the_years_own_totals() -> None:
    people = [("female", True)] * 12 + [("female", False)] * 9 + [("male", True)] * 20 + [("", False)] * 6
    tables = told(people)
    table = tables["by_sex"]
    rows = {row.key: row.cells for row in table.rows}
    assert rows["female"] == (21, 12, 9, 57)
    assert rows["male"] == (20, 20, 0, 100)
    assert rows["prefer_not_to_say"] == (0, 0, 0, None)
    assert rows[""] == (6, 0, 6, 0)
    assert rows[TOTAL][:3] == (47, 32, 15)
    assert set(tables) == {"by_sex"}, "nobody answered the other lists"


def test_one_and_five_of_six_tell_nothing_for_the_total_stands_in_another_table() -> None:
    tables = told([("female", True)] + [("male", True)] * 5)
    cells = {row.key: row.cells[:3] for row in tables["by_sex"].rows if row.key != TOTAL}
    assert set(cells.values()) == {(Kept.HIDDEN,) * 3}


def test_where_another_table_hides_how_many_were_met_no_group_tells_it() -> None:
    facts = PersonFacts(person=NOVA, met="2025-03")
    counts = Counter(dict.fromkeys(answered_of(facts, {"sex": "female"}), 40))
    hidden = (Kept.HIDDEN, Kept.HIDDEN, 40, None)
    columns = (Column.MET, Column.TAKEN_ON, Column.NOT_REACHED, Column.SHARE_REACHED)
    beside = Table(figure=Figure.BY_NATION, columns=columns, rows=(Row(key=TOTAL, cells=hidden),))
    (table,) = equality_tables(counts, YEAR, (beside,), small=5)
    assert {row.cells for row in table.rows} == {(Kept.HIDDEN, Kept.HIDDEN, Kept.HIDDEN, None), hidden}


PEOPLE = st.lists(st.tuples(st.sampled_from(["female", "male", "", "prefer_not_to_say"]), st.booleans()), max_size=60)


@settings(max_examples=150, deadline=None)
@given(PEOPLE)
def test_no_number_is_small_and_none_is_what_is_left_of_the_years_totals(people: list[tuple[str, bool]]) -> None:
    for table in told(people).values():
        columns = [Column.MET, Column.TAKEN_ON, Column.NOT_REACHED]
        rows = [row for row in table.rows if row.key != TOTAL]
        for at, column in enumerate(columns):
            counts = [row.cells[at] for row in rows]
            assert all(isinstance(count, Kept) or count == 0 or (count or 0) >= 5 for count in counts)
            hidden = [count for count in counts if isinstance(count, Kept)]
            total = table.cell(TOTAL, column)
            if len(hidden) == 1:
                assert isinstance(total, Kept), (table.figure, column)
        for row in rows:
            assert sum(isinstance(cell, Kept) for cell in row.cells[:3]) != 1, "the others of the row would tell it"
