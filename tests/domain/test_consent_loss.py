"""What losing consent, or a death, does to referrals under way; and who holds a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.codes import ConsentKind, Need, PersonStatus, Purpose, WithdrawalReason
from app.domain.codes import ReferralState as S
from app.domain.consent_event import ConsentLine
from app.domain.consent_loss import on_consent_loss, recalled_on_lapse
from app.domain.holding import holders, nobody_holding
from app.domain.ids import RecordId
from app.domain.partners import Outlook
from app.domain.referral_states import OPEN
from tests.domain.consent_kit import AS, ASKED_AT, ASKED_ON, BU, X, agreed, asked, refused, said, withdrawn
from tests.domain.record_kit import PRIYA, R1, aggregate, directory, note, person, referral

YES = agreed("g1")
LAPSED_ON = date(2027, 8, 10)
EXPIRED_ON = date(2027, 9, 1)
STOPPED = (YES, withdrawn("w1", cites=["g1"]))
NOT_ACCEPTED = (S.SENT, S.RECEIVED, S.INFO_NEEDED)


def lost(state: S, *lines: ConsentLine, on: date = ASKED_ON, **fields: Any) -> WithdrawalReason | None:
    """Return why the system withdraws a referral in a state now, or None."""
    known = aggregate(*lines, **{"referrals": (referral(state=state),), **fields})
    found = on_consent_loss(known, directory=directory(), on=on)
    return found[0][1] if found else None


@pytest.mark.parametrize("state", list(S))
def test_a_withdrawal_takes_back_every_open_referral_and_leaves_drafts_and_ends_alone(state: S) -> None:
    assert lost(state, *STOPPED) == (WithdrawalReason.CONSENT_WITHDRAWN if state in OPEN else None)
    assert lost(state, YES) is None


@pytest.mark.parametrize("state", list(S))
def test_an_expired_yes_takes_back_what_nobody_has_accepted(state: S) -> None:
    expected = WithdrawalReason.CONSENT_EXPIRED if state in NOT_ACCEPTED else None
    assert lost(state, YES, on=EXPIRED_ON) == expected
    assert lost(state, YES, on=LAPSED_ON) is None


def test_a_yes_taken_back_as_a_mistake_was_never_a_yes() -> None:
    assert lost(S.ACCEPTED, YES, voided=frozenset({YES.line_id})) is WithdrawalReason.CONSENT_WITHDRAWN


def test_a_no_to_one_charity_or_purpose_leaves_the_others() -> None:
    assert lost(S.SENT, YES, withdrawn("w1", org=X)) is None
    assert lost(S.SENT, YES, withdrawn("w1", purpose=Purpose.CASEWORK)) is None
    mentoring = {"referrals": (referral(state=S.SENT, needs=frozenset({Need.PEER_MENTORING})),)}
    both = (YES, agreed("m1", purpose=Purpose.MENTORING), withdrawn("w1", cites=["g1"]))
    assert lost(S.SENT, *both, **mentoring) is None
    stopped_all = withdrawn("w0", org=None, purpose=None)
    assert lost(S.SENT, *both, stopped_all, **mentoring) is WithdrawalReason.CONSENT_WITHDRAWN


def test_a_death_takes_back_every_open_referral() -> None:
    died = person(status=PersonStatus.DIED)
    for state in S:
        assert lost(state, YES, person=died) == (WithdrawalReason.PERSON_DIED if state in OPEN else None)


def test_a_referral_under_an_override_does_not_rest_on_consent() -> None:
    override = replace(asked(), kind=ConsentKind.OVERRIDE, override_for=RecordId(R1))
    assert lost(S.SENT, refused("r1"), consent_events=(override,)) is None


def test_only_queued_referrals_go_back_to_draft_when_a_yes_has_ended() -> None:
    for state in S:
        known = aggregate(YES, referrals=(referral(state=state),))
        recalled = recalled_on_lapse(known, directory=directory(), on=LAPSED_ON)
        assert bool(recalled) is (state is S.QUEUED)
    queued = aggregate(YES, referrals=(referral(state=S.QUEUED),))
    assert recalled_on_lapse(queued, directory=directory(), on=EXPIRED_ON)
    assert not recalled_on_lapse(queued, directory=directory(), on=ASKED_ON)
    stopped = aggregate(*STOPPED, referrals=(referral(state=S.QUEUED),))
    assert not recalled_on_lapse(stopped, directory=directory(), on=ASKED_ON)
    override = replace(asked(), kind=ConsentKind.OVERRIDE, override_for=RecordId(R1))
    overridden = replace(queued, consent_events=(override,))
    assert not recalled_on_lapse(overridden, directory=directory(), on=LAPSED_ON)


def outlook(*lines: ConsentLine, on: date = ASKED_ON, **fields: Any) -> Outlook:
    """Return what is known of Nova on a day."""
    return Outlook(aggregate=aggregate(*lines, **fields), directory=directory(), on=on)


@pytest.mark.parametrize("state", list(S))
def test_a_holder_has_accepted_and_not_ended(state: S) -> None:
    holding = state in (S.ACCEPTED, S.WAITING_LIST, S.IN_PROGRESS)
    assert holders(outlook(referrals=(referral(state=state),))) == (frozenset({BU}) if holding else frozenset())


def test_a_key_worker_who_wrote_in_the_last_60_days_holds() -> None:
    fields = {"person": person(key_worker=PRIYA), "notes": (note(created_by=PRIYA),)}
    assert holders(outlook(on=ASKED_ON + timedelta(days=60), **fields)) == {AS}
    assert not holders(outlook(on=ASKED_ON + timedelta(days=61), **fields))
    assert not holders(outlook(person=person(key_worker=PRIYA), notes=(note(),)))
    assert ASKED_AT.date() == ASKED_ON


NEEDS = frozenset({Need.COURSE})
UNHELD: list[tuple[tuple[ConsentLine, ...], dict[str, Any], bool]] = [
    ((YES,), {}, True),
    ((YES,), {"referrals": (referral(state=S.ACCEPTED),)}, False),
    ((YES,), {"referrals": (referral(state=S.DECLINED_BY_SERVICE),)}, True),
    ((YES,), {"person": person(status=PersonStatus.CLOSED)}, False),
    ((YES,), {"person": person(status=PersonStatus.DIED)}, False),
    ((), {}, False),
    ((), {"person": person(needs=NEEDS)}, True),
    ((refused("r1"),), {"person": person(needs=NEEDS)}, False),
    ((withdrawn("w0", org=None, purpose=None),), {"person": person(needs=NEEDS)}, False),
    ((refused("r1"), agreed("g2", org=X)), {}, True),
    ((YES,), {"person": None}, False),
]


@pytest.mark.parametrize(("lines", "fields", "unheld"), UNHELD)
def test_nobody_holds_an_active_person_who_agreed_or_needs_something(
    lines: tuple[ConsentLine, ...], fields: dict[str, Any], unheld: bool
) -> None:
    assert nobody_holding(outlook(*lines, **fields)) is unheld


def test_an_event_read_twice_changes_nothing() -> None:
    event = said(YES)
    once = aggregate(YES, consent_events=(event,), referrals=(referral(state=S.SENT),))
    twice = replace(once, lines=(YES, YES), consent_events=(event, event))
    around = {"directory": directory(), "on": ASKED_ON}
    assert on_consent_loss(once, **around) == on_consent_loss(twice, **around) == ()
