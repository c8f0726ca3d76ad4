"""An answer to a conflict: the first counts, a later one is compared again, the same one twice does nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.domain.codes import RecordType, Role
from app.domain.conflict import Clash, Conflict
from app.domain.ids import DeviceId, OrganisationId, PersonId, RecordId, UserId
from app.domain.resolving import Resolution, resolve, settled
from app.errors import BadInputError

MONDAY = datetime(2026, 11, 23, 10, 20, tzinfo=UTC)
JO, ANA = UserId(UUID(int=1)), UserId(UUID(int=2))
ASKED = Conflict(
    id=RecordId(UUID(int=3)),
    org=OrganisationId(UUID(int=4)),
    created_at=MONDAY,
    created_by=JO,
    created_role=Role.SYSTEM,
    device=DeviceId(UUID(int=5)),
    person=PersonId(UUID(int=6)),
    record=RecordId(UUID(int=6)),
    record_type=RecordType.PERSON,
    fields={
        "family_name": Clash(theirs="Fergusson", mine="Ferguson"),
        "died_on": Clash(theirs=None, mine="2026-11-01"),
    },
)


def answered(conflict: Conflict, chosen: str | None, *, base: str | None, current: str | None) -> Resolution:
    return resolve(conflict, name="family_name", chosen=chosen, base=base, current=current, by=ANA, at=MONDAY)


def test_the_first_answer_is_written_and_the_other_fields_stay_in_question() -> None:
    done = answered(ASKED, "Ferguson", base="Fergusson", current="Fergusson")

    assert (done.writes, done.again) == (True, None)
    assert done.conflict.fields["family_name"].chosen == "Ferguson"
    assert not done.conflict.fields["family_name"].is_open
    assert done.conflict.fields["died_on"].is_open


def test_choosing_what_stands_writes_nothing_and_closes_the_question() -> None:
    done = answered(ASKED, "Fergusson", base="Fergusson", current="Fergusson")

    assert (done.writes, done.again) == (False, None)
    assert not done.conflict.fields["family_name"].is_open


def test_a_later_answer_is_compared_with_the_first_even_if_nothing_was_written() -> None:
    first = answered(ASKED, "Fergusson", base="Fergusson", current="Fergusson").conflict
    later = answered(first, "Ferguson", base="Fergusson", current="Fergusson")

    assert (later.writes, later.again) == (False, ("Fergusson", "Ferguson"))
    assert later.conflict == first


def test_giving_the_same_answer_again_changes_nothing() -> None:
    first = answered(ASKED, "Ferguson", base="Fergusson", current="Fergusson").conflict

    assert answered(first, "Ferguson", base="Fergusson", current="Ferguson") == Resolution(conflict=first)


def test_clearing_a_field_is_an_answer_in_whatever_way_it_is_said() -> None:
    done = answered(ASKED, "", base="Fergusson", current="Fergusson")

    assert done.writes
    assert answered(done.conflict, None, base="Fergusson", current=None).again is None


def test_a_field_that_is_not_in_question_is_refused() -> None:
    with pytest.raises(BadInputError) as caught:
        resolve(ASKED, name="dob", chosen="1988", base=None, current=None, by=ANA, at=MONDAY)
    assert caught.value.code == "conflict.fields.unknown_code"


def test_a_wish_that_came_true_is_settled_and_any_other_stays() -> None:
    assert not settled(ASKED, name="family_name", current="Ferguson", by=ANA, at=MONDAY).fields["family_name"].is_open
    for name, current in (("family_name", "Fergusson"), ("dob", "1988")):
        assert settled(ASKED, name=name, current=current, by=ANA, at=MONDAY) == ASKED
