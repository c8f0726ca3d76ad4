"""Equality answers leave the laptop for good once they have arrived, and are asked for without a network."""

from __future__ import annotations

from app.use_cases import equality
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, register
from tests.sync.mentoring import canaries_in

ANSWER = "gay_or_lesbian"


def test_what_somebody_said_of_themselves_leaves_no_byte_on_the_laptop(
    ward: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance)
    equality.record_equality(ward.vault, **ward.act, person_id=person, answers={"sexual_orientation": ANSWER})
    view = equality.equality_view(ward.vault, actor=ward.actor, person_id=person)
    assert (view.waits, view.last_on) == (True, ward.laptop.clock().date())
    assert canaries_in(ward, (ANSWER,)) == [ANSWER], "it works offline, and the search can find something"
    for _ in range(2):
        ward.sync()
    assert ward.attention() == []
    assert canaries_in(ward, (ANSWER,)) == []
    view = equality.equality_view(ward.vault, actor=ward.actor, person_id=person)
    assert (view.waits, view.last_on) == (False, ward.laptop.clock().date())
