"""Share cards: whom they are made for, which lines they carry and what they show."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from app.domain.aggregate import cls_of, owner_of
from app.domain.card import ShareCard
from app.domain.codes import (
    Decision,
    Need,
    PackageField,
    Purpose,
    Scope,
)
from app.domain.codes import ReferralState as S
from app.domain.consent import effective
from app.domain.consent_event import ConsentLine
from app.domain.ids import OrganisationId
from app.domain.record import Cls
from app.domain.visibility import share_cards
from tests.domain.consent_kit import (
    AS,
    ASKED_AT,
    ASKED_ON,
    BU,
    NOVA,
    X,
    agreed,
    line,
    withdrawn,
)
from tests.domain.record_kit import (
    COURSES,
    R2,
    aggregate,
    agreement,
    directory,
    referral,
    service,
)
from tests.domain.visibility_kit import (
    CONSENTS,
    HOLDING,
    YES,
    sent,
)


def card_ids(org: OrganisationId) -> UUID:
    """Return the id of a card."""
    return UUID(int=org.int << 8)


def cards(*lines: ConsentLine, on: date = ASKED_ON, **fields: Any) -> dict[OrganisationId, ShareCard]:
    """Return the cards of Nova by receiver."""
    around = fields.pop("directory", directory())
    made = share_cards(aggregate(*lines, **fields), directory=around, on=on, card_id=card_ids)
    return {card.receiver: card for card in made}


def test_a_card_carries_the_lines_that_name_its_receiver_and_withdrawals_from_everybody() -> None:
    everything = withdrawn("w0", org=None, purpose=None, cites=["g1"])
    other = agreed("g2", org=X)
    undecided = line("d1", Decision.DECIDE_LATER, org=None)
    card = cards(YES, everything, other, undecided, **sent(S.SENT))[BU]
    assert set(card.lines) == {YES, everything}
    assert (card.id, card.org, card.person, card.created_at) == (card_ids(BU), AS, NOVA, ASKED_AT)
    assert owner_of(card) == BU
    assert cls_of(card) is Cls.CARD


def test_a_line_taken_back_as_a_mistake_is_not_on_the_card() -> None:
    assert cards(YES, voided=frozenset({YES.line_id}), **sent(S.SENT))[BU].lines == ()


@pytest.mark.parametrize("state", list(S))
def test_a_card_is_filled_while_the_receiver_holds_the_person(state: S) -> None:
    card = cards(YES, **sent(state)).get(BU)
    assert (card is None) is (state in (S.DRAFT, S.QUEUED))
    filled = state in (*HOLDING, S.COMPLETED)
    assert card is None or bool(card.fields) is filled


@pytest.mark.parametrize(("name", "lines", "on", "opens", "holding"), CONSENTS)
def test_a_card_is_empty_unless_consent_opens_reading(
    name: str, lines: tuple[ConsentLine, ...], on: date, opens: bool, holding: bool
) -> None:
    assert bool(cards(*lines, on=on, **sent(S.ACCEPTED))[BU].fields) is opens, name


def test_a_card_shows_what_consent_agreement_and_service_let_through_now() -> None:
    fields = sent(S.ACCEPTED, struck=frozenset({PackageField.WHY}))
    shown = cards(agreed("g1", withheld=frozenset({PackageField.CAUSE})), **fields)[BU].fields
    assert shown["level"] == "C6"
    assert {"needs", "why", "cause", "home_situation"}.isdisjoint(shown)
    asks_little = directory(services={COURSES: service(needed_fields=frozenset({PackageField.NAME}))})
    assert list(cards(YES, directory=asks_little, **fields)[BU].fields) == ["name"]
    agreed_little = directory(agreements=(agreement(fields=frozenset({PackageField.SITE})),))
    assert list(cards(YES, directory=agreed_little, **fields)[BU].fields) == ["site"]
    assert cards(YES, directory=directory(agreements=()), **fields)[BU].fields == {}


def test_a_card_grows_with_a_second_referral_and_with_casework() -> None:
    little = directory(services={COURSES: service(needed_fields=frozenset({PackageField.NAME, PackageField.NEEDS}))})
    fields = sent(S.ACCEPTED)
    again = referral(R2, state=S.ACCEPTED, needs=frozenset({Need.WORK}), sent_at=ASKED_AT)
    both = {**fields, "referrals": (*fields["referrals"], again)}
    assert cards(YES, directory=little, **both)[BU].fields["needs"] == ["course", "wheelchair_skills", "work"]
    casework = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
    assert "dob" not in cards(YES, directory=little, **fields)[BU].fields
    assert "level" in cards(YES, casework, directory=little, **fields)[BU].fields
    assert BU not in cards(casework)


def test_what_was_struck_out_for_a_service_is_not_shown_by_way_of_casework() -> None:
    casework = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
    struck = sent(S.ACCEPTED, struck=frozenset({PackageField.CAUSE}))
    assert "cause" in cards(YES, casework, **sent(S.ACCEPTED))[BU].fields
    assert "cause" not in cards(YES, casework, **struck)[BU].fields


def test_a_line_on_a_card_cites_only_lines_that_are_on_it() -> None:
    other = agreed("g2", org=X)
    everything = withdrawn("w0", org=None, purpose=None, cites=["g1", "g2"])
    again = agreed("g3", cites=["g1", "w0"])
    card = cards(YES, other, everything, again, **sent(S.SENT))[BU]
    on_card = {line.line_id for line in card.lines}
    assert all(line.cites <= on_card for line in card.lines)
    assert effective(card.lines, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=ASKED_ON).opens_new


def test_a_partner_that_refers_to_itself_gets_no_more_than_the_paper_lets_flow() -> None:
    onwards = sent(S.ACCEPTED, org=BU)
    little = directory(agreements=(agreement(fields=frozenset({PackageField.SITE})),))
    assert list(cards(YES, directory=little, **onwards)[BU].fields) == ["site"]


def test_a_person_nobody_knows_has_no_card() -> None:
    assert cards(YES, person=None, **sent(S.ACCEPTED)) == {}
