"""Two records of one person: what two charities say of theirs, and which referrals ask the same service again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.codes import ReferralState, SameDecision
from app.domain.ids import SYSTEM, PersonId, ReferralId
from app.domain.making_one import doubled
from app.domain.names import name_tables
from app.domain.person_merge import SamePerson
from app.domain.two_homes import Said, card_keys, is_agreed, may_be_one, said
from tests.domain.consent_kit import AS, HEADER
from tests.domain.record_kit import COURSES, GRANTS, NOW, record_id, referral

THEIRS, STRANGER = PersonId(UUID(int=0xB1)), PersonId(UUID(int=0xB2))
NAMES = name_tables(groups=[["William", "Bill"]])
BILL = {"name": {"given_name": "Bill", "family_name": "Ferguson"}, "dob": "1988-07-04"}
WILLIAM = {"name": {"given_name": "William", "family_name": "Fergusson"}, "dob": "1988-07-04"}
KNOWN = frozenset({"one.phone.1"})


def decided(number: int, decision: SameDecision, **fields: Any) -> SamePerson:
    header = {**HEADER, "org": AS, "created_at": NOW + timedelta(minutes=number)}
    given = {"other_person": THEIRS, "known": KNOWN, **fields}
    return SamePerson(
        **{**header, **given, "id": record_id(number), "person": PersonId(UUID(int=1)), "decision": decision}
    )


SAME, NOT = SameDecision.SAME, SameDecision.NOT_SAME


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ([], Said.NOTHING),
        ([decided(1, SAME)], Said.SAME),
        ([decided(1, NOT)], Said.NOT_SAME),
        ([decided(1, SAME), decided(2, NOT)], Said.NOT_SAME),
        ([decided(2, SAME), decided(1, NOT)], Said.SAME),
        ([decided(1, NOT, known=frozenset())], Said.NOTHING),
        ([decided(1, SAME, other_person=STRANGER)], Said.NOTHING),
        ([decided(1, SAME, created_by=SYSTEM)], Said.NOTHING),
    ],
)
def test_the_last_word_of_the_own_coordinators_counts(decisions: list[SamePerson], expected: Said) -> None:
    assert said(decisions, THEIRS, KNOWN) is expected


def test_only_the_service_notes_that_both_agree_and_takes_it_back() -> None:
    assert not is_agreed([decided(1, SAME)], THEIRS)
    assert is_agreed([decided(1, SAME, created_by=SYSTEM)], THEIRS)
    assert not is_agreed([decided(1, SAME, created_by=SYSTEM)], STRANGER)
    assert not is_agreed([decided(1, SAME, created_by=SYSTEM, archived=True)], THEIRS)


def test_a_card_that_says_nobodys_name_is_found_by_nothing_and_compared_with_nobody() -> None:
    assert card_keys(BILL) & card_keys(WILLIAM)
    assert may_be_one(BILL, WILLIAM, names=NAMES)
    nameless = {"dob": "1988-07-04", "contact_points": [{"kind": "mobile", "value": "+447700900123"}]}
    for card in ({}, nameless):
        assert card_keys(card) == frozenset()
        assert not may_be_one(card, card, names=NAMES)
        assert not may_be_one(BILL, card, names=NAMES)


def test_later_live_referrals_to_a_service_are_linked_to_the_oldest_that_was_sent() -> None:
    def sent(number: int, minutes: int, **fields: Any) -> Any:
        values = {"state": ReferralState.RECEIVED, "to_service": COURSES, "sent_at": NOW + timedelta(minutes=minutes)}
        return referral(UUID(int=number), **{**values, **fields})

    first, later, last = sent(3, 0), sent(1, 5), sent(2, 9)
    others = [
        sent(4, 1, to_service=GRANTS),
        sent(5, 2, state=ReferralState.CLOSED),
        sent(6, 3, state=ReferralState.DRAFT, sent_at=None),
        sent(7, 4, archived=True),
        sent(8, 6, duplicate_of=ReferralId(UUID(int=9))),
    ]
    assert doubled([later, last, first, *others]) == {each.referral_id: first.referral_id for each in (later, last)}
    assert doubled(others) == {}
