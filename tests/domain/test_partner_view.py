"""What receiving organisations hold, scope by scope and until when (sync.md 2, domain.md 4.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain.codes import (
    AllianceRole,
    ConsentKind,
    Need,
    NoteLevel,
    PackageField,
    Purpose,
    Scope,
)
from app.domain.codes import ReferralState as S
from app.domain.consent_event import ConsentLine
from app.domain.ids import RecordId
from app.domain.record import Cls
from tests.domain.consent_kit import (
    AS,
    ASKED_AT,
    BU,
    X,
    agreed,
    asked,
    organisation,
    refused,
    withdrawn,
)
from tests.domain.record_kit import (
    R1,
    R2,
    agreement,
    directory,
    note,
    referral,
    step,
)
from tests.domain.visibility_kit import (
    CONSENTS,
    EXPIRED_ON,
    HOLDING,
    INTAKE,
    LAPSED_ON,
    LINGER,
    PARTNER,
    PATHS,
    PROGRAMME,
    READING_ENDS,
    TAKEN_BACK,
    YES,
    held,
    sent,
)


@pytest.mark.parametrize("state", list(S))
def test_an_intake_team_holds_a_referral_from_sent_on_until_it_is_taken_back(state: S) -> None:
    found = held(INTAKE, YES, **sent(state))
    holds = state not in (S.DRAFT, S.QUEUED, *TAKEN_BACK)
    assert ((R1, Cls.REFERRAL) in found) is holds
    assert ((BU, Cls.CARD) in found) is holds
    assert {owner for owner, _ in found} <= {R1, BU}
    assert not holds or {cls for _, cls in found} == {Cls.REFERRAL, Cls.CARD, Cls.OWN, Cls.CONSENT}


def test_a_closed_referral_leaves_the_intake_team_after_90_days() -> None:
    closed = sent(S.CLOSED)
    until = closed["events"][-1].at + timedelta(days=90)
    assert held(INTAKE, YES, **closed)[R1, Cls.REFERRAL] == until
    assert not held(INTAKE, YES, now=until, **closed)


def test_a_withdrawn_referral_does_not_come_back_when_it_is_closed() -> None:
    closed = sent(S.WITHDRAWN)
    gone = (*closed["events"], step(S.CLOSED, 9, leaves=S.WITHDRAWN))
    fields = {"referrals": (replace(closed["referrals"][0], state=S.CLOSED),), "events": gone}
    assert not held(INTAKE, YES, **fields)
    assert not held(PARTNER, YES, **fields)


@pytest.mark.parametrize(("name", "lines", "on", "waiting", "holding"), CONSENTS)
def test_consent_opens_a_referral_and_a_no_closes_it_at_once(
    name: str, lines: tuple[ConsentLine, ...], on: date, waiting: bool, holding: bool
) -> None:
    assert bool(held(INTAKE, *lines, on=on, **sent(S.RECEIVED))) is waiting, name
    for state in HOLDING:
        assert ((R1, Cls.REFERRAL) in held(INTAKE, *lines, on=on, **sent(state))) is holding
        assert ((R1, Cls.REFERRAL) in held(PARTNER, *lines, on=on, **sent(state))) is holding
        assert ((BU, Cls.OWN) in held(PARTNER, *lines, on=on, **sent(state))) is holding
        # What is read live closes when the yes has run out, even while the referral runs on.
        assert ((BU, Cls.CARD) in held(PARTNER, *lines, on=on, **sent(state))) is waiting


def test_a_yes_taken_back_as_a_mistake_opens_nothing() -> None:
    assert not held(INTAKE, YES, voided=frozenset({YES.line_id}), **sent(S.RECEIVED))


def test_a_mentoring_referral_rests_on_the_mentoring_line() -> None:
    mentoring = sent(S.RECEIVED, needs=frozenset({Need.PEER_MENTORING}))
    assert not held(INTAKE, YES, **mentoring)
    assert held(INTAKE, agreed("g1", purpose=Purpose.MENTORING), **mentoring)


def test_the_end_of_a_yes_is_written_beside_what_it_opens() -> None:
    waiting = held(INTAKE, YES, **sent(S.RECEIVED))
    assert set(waiting.values()) == {READING_ENDS}
    holding = held(PARTNER, YES, **sent(S.ACCEPTED))
    assert holding[BU, Cls.CARD] == READING_ENDS
    assert holding[R1, Cls.REFERRAL] is None


def test_a_referral_to_somebody_else_is_not_shown() -> None:
    fields = sent(S.ACCEPTED)
    other = referral(R2, state=S.SENT, to_org=X, sent_at=ASKED_AT)
    fields["referrals"] += (other,)
    for scope in (INTAKE, PARTNER):
        assert (R2, Cls.REFERRAL) not in held(scope, YES, agreed("g2", org=X), **fields)
    assert (R2, Cls.REFERRAL) in held(f"intake:{X}:front-door", YES, agreed("g2", org=X), **fields)


def test_a_partner_never_holds_the_records_the_card_is_made_from() -> None:
    mentoring = agreed("g2", purpose=Purpose.MENTORING, scope=Scope.CONTACT_INJURY_NEEDS)
    for scope in (INTAKE, PARTNER):
        for state in S:
            found = held(scope, YES, mentoring, **sent(state))
            assert not {owner for owner, _ in found} - {BU, R1}


@pytest.mark.parametrize("state", list(S))
def test_a_partners_programme_holds_from_acceptance_until_30_days_after_it_ended(state: S) -> None:
    fields = sent(state)
    found = held(PARTNER, YES, **fields)
    if state in HOLDING:
        assert found[R1, Cls.REFERRAL] is None
    elif S.ACCEPTED in PATHS[state] and state not in TAKEN_BACK:
        left = next(each for each in fields["events"] if each.from_state in HOLDING and each.to_state not in HOLDING)
        assert set(found.values()) == {left.at + LINGER}
        assert not held(PARTNER, YES, now=left.at + LINGER, **fields)
    else:
        assert not found


def test_a_partner_that_left_or_only_observes_holds_nothing() -> None:
    left = organisation(BU, "Back Up", left_on=date(2026, 5, 2))
    observes = organisation(BU, "Back Up", alliance_role=AllianceRole.OBSERVER)
    for members in ({BU: left}, {BU: observes}, {}):
        around = directory(organisations={AS: organisation(AS, "Aspire"), **members})
        assert not held(INTAKE, YES, directory=around, **sent(S.ACCEPTED))
        assert not held(PARTNER, YES, directory=around, **sent(S.ACCEPTED))


def test_an_effective_mentoring_line_opens_the_card_to_the_mentoring_programme() -> None:
    line = agreed("g1", purpose=Purpose.MENTORING)
    found = held(PARTNER, line)
    assert found[BU, Cls.CARD] == READING_ENDS
    assert not held(INTAKE, line)
    assert held(PARTNER, line, on=LAPSED_ON)
    assert not held(PARTNER, line, on=EXPIRED_ON)
    assert not held(PARTNER, line, withdrawn("w1", purpose=Purpose.MENTORING, cites=["g1"]))
    assert not held(PARTNER, line, directory=directory(agreements=()))


def test_notes_flow_between_charities_only_through_casework_with_full_notes() -> None:
    full = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
    fields = {**sent(S.ACCEPTED), "notes": (note(org=BU, level=NoteLevel.PARTNERS_AGREED),)}
    assert (AS, Cls.NOTES) in held(PARTNER, YES, full, **fields)
    assert (BU, Cls.NOTES) in held(PROGRAMME, YES, full, **fields)
    narrower = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.CONTACT_INJURY_NEEDS)
    for lines in ((YES,), (YES, narrower), (YES, full, withdrawn("w1", purpose=Purpose.CASEWORK, cites=["g2"]))):
        assert (AS, Cls.NOTES) not in held(PARTNER, *lines, **fields)
        assert (BU, Cls.NOTES) not in held(PROGRAMME, *lines, **fields)


def test_notes_flow_only_where_the_paper_names_them_and_nobody_held_them_back() -> None:
    full = agreed("g2", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
    withheld = replace(full, withheld=frozenset({PackageField.SHARED_NOTES}))
    fields = {**sent(S.ACCEPTED), "notes": (note(org=BU, level=NoteLevel.PARTNERS_AGREED),)}
    without_notes = directory(agreements=(agreement(fields=frozenset({PackageField.NAME, PackageField.SITE})),))
    contact_only = directory(agreements=(agreement(purposes=frozenset({Purpose.REFERRAL_CONTACT})),))
    for line, around in ((full, without_notes), (full, contact_only), (withheld, directory())):
        assert (AS, Cls.NOTES) not in held(PARTNER, YES, line, directory=around, **fields)
        assert (BU, Cls.NOTES) not in held(PROGRAMME, YES, line, directory=around, **fields)


def test_a_referral_onwards_is_held_by_its_sender_as_long_as_the_sender_holds_the_person() -> None:
    fields = sent(S.ACCEPTED)
    fields["referrals"] += (referral(R2, state=S.DRAFT, org=BU, to_org=X),)
    assert (R2, Cls.REFERRAL) in held(PARTNER, YES, **fields)
    assert (R2, Cls.REFERRAL) not in held(PARTNER, refused("r1"), **fields)
    assert (R2, Cls.REFERRAL) not in held(PROGRAMME, YES, **fields)


def test_an_override_opens_one_package_for_72_hours_over_any_no() -> None:
    override = replace(asked(), kind=ConsentKind.OVERRIDE, override_for=RecordId(R1), at=ASKED_AT)
    fields = {**sent(S.SENT), "consent_events": (override,)}
    until = ASKED_AT + timedelta(hours=72)
    assert held(INTAKE, refused("r1"), **fields) == {(R1, Cls.REFERRAL): until}
    assert not held(INTAKE, refused("r1"), now=until, **fields)
    assert not held(PARTNER, refused("r1"), **fields)


def test_the_sender_may_be_the_receiver_and_consent_still_counts() -> None:
    own = sent(S.SENT, to_org=AS)
    team = f"intake:{AS}:front-door"
    assert held(team, agreed("g1", org=AS), **own)
    assert not held(team, **own)


def test_an_archived_referral_is_shown_to_nobody_else() -> None:
    archived = sent(S.ACCEPTED, archived=True)
    assert not held(INTAKE, YES, **archived)
    assert not held(PARTNER, YES, **archived)
