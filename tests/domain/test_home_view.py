"""What the organisation that registered a person holds, scope by scope and until when (sync.md 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.clocks import end_of_london_day, london_day
from app.domain.codes import (
    CameFrom,
    NoteLevel,
    PersonStatus,
    TaskKind,
    TaskState,
)
from app.domain.codes import ReferralState as S
from app.domain.record import Cls
from app.domain.visibility import visibility
from tests.domain.consent_kit import (
    AS,
    ASKED_AT,
    ASKED_ON,
    BU,
    X,
    asked,
    organisation,
    said,
)
from tests.domain.record_kit import (
    NOW,
    PRIYA,
    R1,
    STANMORE,
    STOKE,
    aggregate,
    directory,
    note,
    person,
    record_id,
    referral,
    stay,
    task,
    user,
)
from tests.domain.visibility_kit import (
    LINGER,
    OTHER_WARD,
    PROGRAMME,
    RIGHTS,
    WARD,
    YES,
    held,
    sent,
)


def test_the_programme_holds_every_person_it_registered_but_no_concern_and_no_equality_answer() -> None:
    found = held(PROGRAMME, stays=())
    classes = {cls for owner, cls in found if owner == AS}
    assert classes == {Cls.CORE, Cls.INJURY, Cls.NEEDS, Cls.NOTES, Cls.CONSENT, Cls.MENTORING, Cls.OWN}
    assert set(found.values()) == {None}


def test_the_ward_holds_who_lies_there_but_nothing_of_mentoring() -> None:
    found = held(WARD)
    assert {cls for owner, cls in found if owner == AS} == {
        Cls.CORE,
        Cls.INJURY,
        Cls.NEEDS,
        Cls.NOTES,
        Cls.CONSENT,
        Cls.OWN,
    }
    assert set(found.values()) == {None}
    assert not held(OTHER_WARD)


def test_no_other_organisation_holds_a_person_because_of_the_ward_they_lie_on() -> None:
    assert not held(f"site:{BU}:{STANMORE}", YES, **sent(S.ACCEPTED))


def test_a_ward_lets_go_30_days_after_the_person_left() -> None:
    gone = stay(discharged_on=ASKED_ON)
    until = end_of_london_day(ASKED_ON) + LINGER
    assert set(held(WARD, stays=(gone,)).values()) == {until}
    assert not held(WARD, stays=(gone,), on=london_day(until) + timedelta(days=1))
    assert held(WARD, stays=(gone,), now=until - timedelta(seconds=1))
    assert not held(WARD, stays=(gone,), now=until)


def test_the_days_after_leaving_are_the_organisations_policy() -> None:
    around = directory(organisations={AS: organisation(AS, "Aspire", policy={"caseload_linger_days": 7})})
    until = end_of_london_day(ASKED_ON) + timedelta(days=7)
    assert set(held(WARD, stays=(stay(discharged_on=ASKED_ON),), directory=around).values()) == {until}


def test_moving_from_one_ward_to_another_is_held_on_both_for_30_days() -> None:
    stays = (stay(discharged_on=ASKED_ON), stay(STOKE, 0x98))
    assert set(held(WARD, stays=stays).values()) == {end_of_london_day(ASKED_ON) + LINGER}
    assert set(held(OTHER_WARD, stays=stays).values()) == {None}


def test_a_stay_entered_by_mistake_is_no_reason() -> None:
    assert not held(WARD, stays=(stay(archived=True),))


WORKER = {"directory": directory(users={PRIYA: user(PRIYA)})}
OURS = {"created_by": PRIYA}
REASONS: list[tuple[dict[str, Any], bool]] = [
    ({"person": person(key_worker=PRIYA)}, True),
    ({"tasks": (task(for_user=PRIYA),)}, True),
    ({"tasks": (task(**OURS),)}, True),
    ({"tasks": (task(for_user=PRIYA, state=TaskState.DONE),)}, False),
    ({"tasks": (task(for_user=PRIYA, kind=TaskKind.CONFIRM_STOP),)}, False),
    ({"tasks": (task(for_user=PRIYA, org=BU),)}, False),
    ({"tasks": (task(),)}, False),
    *((sent(state, **OURS), True) for state in (S.DRAFT, S.QUEUED, S.SENT, S.IN_PROGRESS)),
    (sent(S.SENT), False),
    ({}, False),
]


@pytest.mark.parametrize(("fields", "holds"), REASONS)
def test_a_workers_site_holds_those_the_worker_has_a_reason_for(fields: dict[str, Any], holds: bool) -> None:
    assert bool(held(WARD, stays=(), **WORKER, **fields)) is holds


def test_a_referral_that_ended_is_a_reason_for_30_days_more() -> None:
    ended = sent(S.COMPLETED, created_by=PRIYA)
    assert set(held(WARD, stays=(), **WORKER, **ended).values()) == {ended["events"][-1].at + LINGER}


def test_a_worker_of_another_organisation_gives_no_site_of_ours_a_reason() -> None:
    around = directory(users={PRIYA: user(PRIYA, BU)})
    assert not held(WARD, stays=(), person=person(key_worker=PRIYA), directory=around)


def test_only_scopes_that_exist_are_named() -> None:
    assert not held(WARD, directory=directory(site_scopes=frozenset()))


@pytest.mark.parametrize("status", [PersonStatus.CLOSED, PersonStatus.DIED, PersonStatus.ENTERED_IN_ERROR])
def test_30_days_after_a_record_ended_the_laptops_let_go_and_the_rights_keep_it(status: PersonStatus) -> None:
    ended = person(status=status)
    for scope in (PROGRAMME, WARD):
        assert set(held(scope, person=ended, status_since=ASKED_AT).values()) == {ASKED_AT + LINGER}
        assert not held(scope, person=ended, status_since=ASKED_AT, now=ASKED_AT + LINGER)
    assert set(held(RIGHTS, person=ended, status_since=ASKED_AT, now=ASKED_AT + 9 * LINGER).values()) == {None}


def test_the_day_of_death_counts_when_nobody_knows_when_it_was_written_down() -> None:
    died = person(status=PersonStatus.DIED, died_on=ASKED_ON)
    assert set(held(PROGRAMME, person=died).values()) == {end_of_london_day(ASKED_ON) + LINGER}


def test_an_erased_person_is_held_by_nobody_and_an_unknown_one_too() -> None:
    for found in (person(status=PersonStatus.ERASED), None):
        around = {"directory": directory(), "on": ASKED_ON, "now": NOW}
        assert visibility(aggregate(YES, person=found, **sent(S.ACCEPTED)), **around) == frozenset()


def test_a_restricted_person_is_held_by_the_data_protection_lead_only() -> None:
    restricted = aggregate(YES, person=person(restricted=True), **sent(S.ACCEPTED))
    found = visibility(restricted, directory=directory(), on=ASKED_ON, now=NOW)
    assert {entry.scope_key for entry in found} == {RIGHTS}


def test_the_data_protection_lead_holds_the_index_and_every_consent_event() -> None:
    events = (said(YES), replace(asked(), org=BU, id=record_id(0xE1)))
    assert set(held(RIGHTS, consent_events=events)) == {(AS, Cls.CORE), (AS, Cls.CONSENT), (BU, Cls.CONSENT)}


def test_the_home_organisation_holds_every_consent_event_whoever_asked() -> None:
    by_partner = (replace(asked(), org=BU),)
    for scope in (PROGRAMME, WARD):
        assert (BU, Cls.CONSENT) in held(scope, consent_events=by_partner)


def test_a_referral_is_held_by_itself_at_home_from_the_draft_on() -> None:
    for state in (S.DRAFT, S.SENT, S.CLOSED):
        assert (R1, Cls.REFERRAL) in held(PROGRAMME, **sent(state))
        assert (R1, Cls.REFERRAL) in held(WARD, **sent(state))


def test_a_referral_of_another_charity_is_held_at_home_only_when_it_comes_here_and_has_left() -> None:
    here = {"org": X, "to_org": AS}
    assert (R1, Cls.REFERRAL) in held(PROGRAMME, **sent(S.SENT, **here))
    assert (R1, Cls.REFERRAL) not in held(PROGRAMME, **sent(S.DRAFT, **here))
    assert (R1, Cls.REFERRAL) not in held(PROGRAMME, **sent(S.SENT, org=X))


def test_notes_for_their_author_and_coordinators_are_in_the_programme_and_on_no_ward() -> None:
    private = {"notes": (note(level=NoteLevel.AUTHOR_AND_COORDINATOR, created_by=PRIYA),)}
    assert (PRIYA, Cls.OWN) in held(PROGRAMME, **private)
    assert (PRIYA, Cls.OWN) not in held(WARD, **private)


def test_of_two_reasons_the_one_that_lasts_longer_counts() -> None:
    early, late = stay(discharged_on=ASKED_ON - timedelta(days=5)), stay(number=0x98, discharged_on=ASKED_ON)
    until = end_of_london_day(ASKED_ON) + LINGER
    assert set(held(WARD, stays=(early, late)).values()) == {until}
    assert set(held(WARD, stays=(late, early)).values()) == {until}
    assert set(held(WARD, stays=(early, stay(number=0x98))).values()) == {None}


@pytest.mark.parametrize("state", list(S))
def test_an_intake_team_keeps_whom_it_took_down_from_outside_until_days_after_the_referral_is_closed(state: S) -> None:
    asked_for = referral(org=AS, to_org=AS, to_team="housing", state=state, came_from=CameFrom.NHS_STAFF)
    known = aggregate(referrals=(asked_for,))
    found = visibility(known, directory=directory(), on=ASKED_ON, now=NOW)
    until = [each.until for each in found if each.scope_key == f"intake:{AS}:housing" and each.cls is Cls.CORE]
    # After "could not be reached", as after a no of the service, the next step is the same team's.
    kept = [known.last_step_at(asked_for) + timedelta(days=90)] if state is S.CLOSED else [None]
    assert until == ([] if state is S.ENTERED_IN_ERROR else kept)


def test_an_intake_team_holds_nobody_s_record_for_a_referral_from_inside() -> None:
    inside = referral(org=AS, to_org=AS, to_team="housing", state=S.SENT, came_from=None)
    found = visibility(aggregate(referrals=(inside,)), directory=directory(), on=ASKED_ON, now=NOW)
    assert not [entry for entry in found if entry.scope_key == f"intake:{AS}:housing" and entry.cls is Cls.CORE]
