"""Gap watch: each reason begins on its day and ends with its cause, and nobody is listed who wants nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.domain.codes import Need, PersonStatus, Purpose, TaskKind, TaskState
from app.domain.codes import ReferralState as S
from app.domain.consent_event import ConsentLine
from app.domain.gaps import Gap, GapRow, gap_row, holders
from app.domain.partners import Outlook
from app.domain.record import Record
from tests.domain.consent_kit import ASKED_ON, ASKER, BU, agreed, refused, withdrawn
from tests.domain.record_kit import aggregate, at, directory, note, person, referral, stay, step, task
from tests.domain.visibility_kit import YES

DAY = timedelta(days=1)


def row(*lines: ConsentLine, on: date = ASKED_ON, reask_since: tuple[date, ...] = (), **fields: Any) -> GapRow | None:
    outlook = Outlook(aggregate=aggregate(*lines, **fields), directory=directory(), on=on)
    return gap_row(outlook, now=at(on), reask_since=reask_since)


def gaps(*lines: ConsentLine, **fields: Any) -> list[Gap]:
    found = row(*lines, **fields)
    return [] if found is None else [cause.gap for cause in found.causes]


def went(*states: S) -> dict[str, Any]:
    """Return a referral that took these steps, an hour apart, from the day it was asked."""
    steps = tuple(
        step(to, number, leaves=leaves)
        for number, (leaves, to) in enumerate(zip([None, *states], states, strict=False))
    )
    return {"referrals": (referral(state=states[-1], sent_at=at(ASKED_ON)),), "events": steps}


ACCEPTED = (S.DRAFT, S.QUEUED, S.SENT, S.RECEIVED, S.ACCEPTED)


def test_somebody_who_agreed_to_nothing_and_needs_nothing_is_missing_to_nobody() -> None:
    assert gaps(person=person(needs=frozenset()), on=ASKED_ON + 100 * DAY) == []


def test_leaving_within_seven_days_with_nobody_comes_first() -> None:
    leaves = ASKED_ON + 20 * DAY
    stays = (stay(expected_discharge_on=leaves),)
    assert gaps(YES, stays=stays, on=leaves - 8 * DAY) == []
    assert gaps(YES, stays=stays, on=leaves - 7 * DAY) == [Gap.LEAVING_UNHELD]
    gone = (stay(discharged_on=leaves),)
    assert Gap.LEAVING_UNHELD in gaps(YES, stays=gone, on=leaves + 60 * DAY)
    assert Gap.LEAVING_UNHELD not in gaps(YES, stays=gone, on=leaves + 61 * DAY)


@pytest.mark.parametrize("state", [S.ACCEPTED, S.WAITING_LIST, S.IN_PROGRESS])
def test_whoever_accepted_holds_and_nobody_is_leaving_unheld(state: S) -> None:
    leaves = ASKED_ON + 2 * DAY
    told = went(*ACCEPTED, *((state,) if state is not S.ACCEPTED else ()))
    assert gaps(YES, stays=(stay(expected_discharge_on=leaves),), **told) == []
    outlook = Outlook(aggregate=aggregate(YES, **told), directory=directory(), on=ASKED_ON)
    assert holders(outlook, on=ASKED_ON) == {BU}


def test_a_no_with_its_next_step_undone_is_declined_everywhere_from_that_day() -> None:
    told = went(S.DRAFT, S.QUEUED, S.SENT, S.RECEIVED, S.DECLINED_BY_SERVICE)
    found = row(YES, on=ASKED_ON + DAY, **told)
    assert found is not None
    assert [(cause.gap, cause.since, cause.org) for cause in found.causes] == [(Gap.DECLINED_EVERYWHERE, ASKED_ON, BU)]
    closed = went(S.DRAFT, S.QUEUED, S.SENT, S.RECEIVED, S.DECLINED_BY_SERVICE, S.CLOSED)
    assert Gap.DECLINED_EVERYWHERE not in gaps(YES, on=ASKED_ON + DAY, **closed)


def test_the_worked_example_is_one_row_with_both_reasons() -> None:
    # Ana agreed on the 1st, was declined on the 9th with no next step done; on the 15th nobody had accepted either.
    told = went(S.DRAFT, S.QUEUED, S.SENT, S.RECEIVED, S.DECLINED_BY_SERVICE)
    assert gaps(YES, on=ASKED_ON + 13 * DAY, **told) == [Gap.DECLINED_EVERYWHERE]
    assert gaps(YES, on=ASKED_ON + 14 * DAY, **told) == [Gap.DECLINED_EVERYWHERE, Gap.NO_ACCEPTANCE]


def test_clocks_that_passed_are_named_with_the_charity() -> None:
    due = at(ASKED_ON + 3 * DAY)
    sent = {"referrals": (referral(state=S.SENT, sent_at=at(ASKED_ON), ack_due=due, decide_due=due + 7 * DAY),)}
    assert gaps(YES, on=ASKED_ON + 3 * DAY, **sent) == []
    late = row(YES, on=ASKED_ON + 4 * DAY, **sent)
    assert late is not None
    assert [(cause.gap, cause.org) for cause in late.causes] == [(Gap.NO_ACKNOWLEDGEMENT, BU)]
    assert gaps(YES, on=ASKED_ON + 11 * DAY, **sent) == [Gap.NO_ACKNOWLEDGEMENT, Gap.NO_DECISION]


def test_a_referral_on_this_laptop_for_more_than_a_day_is_stuck() -> None:
    told = went(S.DRAFT, S.QUEUED)
    assert gaps(YES, on=ASKED_ON + DAY, **told) == [Gap.STUCK_ON_LAPTOP]
    assert Gap.STUCK_ON_LAPTOP not in gaps(YES, on=ASKED_ON, **told)


def test_a_waiting_list_of_more_than_90_quiet_days_is_long() -> None:
    told = went(*ACCEPTED, S.WAITING_LIST)
    assert gaps(YES, on=ASKED_ON + 90 * DAY, **told) == []
    assert gaps(YES, on=ASKED_ON + 91 * DAY, **told) == [Gap.LONG_WAIT]
    written = (note(created_at=at(ASKED_ON + 60 * DAY)),)
    assert gaps(YES, on=ASKED_ON + 91 * DAY, notes=written, **told) == []


def test_a_question_14_days_late_is_asked_too_late() -> None:
    told = went(*ACCEPTED)
    assert gaps(YES, on=ASKED_ON + 13 * DAY, reask_since=(ASKED_ON,), **told) == []
    assert gaps(YES, on=ASKED_ON + 14 * DAY, reask_since=(ASKED_ON,), **told) == [Gap.ASKED_TOO_LATE]


def test_nobody_holding_is_said_only_when_nothing_else_is_and_after_14_days() -> None:
    needs = person(needs=frozenset({Need.HOUSING}), created_at=at(ASKED_ON))
    assert gaps(person=needs, on=ASKED_ON + 13 * DAY) == []
    assert gaps(person=needs, on=ASKED_ON + 14 * DAY) == [Gap.NOBODY_HOLDING]


def test_a_note_by_the_key_worker_holds_for_60_days() -> None:
    needs = person(needs=frozenset({Need.HOUSING}), created_at=at(ASKED_ON), key_worker=ASKER)
    notes = (note(created_at=at(ASKED_ON + 10 * DAY), created_by=ASKER),)
    assert gaps(person=needs, notes=notes, on=ASKED_ON + 69 * DAY) == []
    assert gaps(person=needs, notes=notes, on=ASKED_ON + 84 * DAY) == [Gap.NOBODY_HOLDING]


@pytest.mark.parametrize(
    "said", [(refused("r1", org=BU),), (YES, withdrawn("w1", org=BU, cites=("g1",))), (YES, withdrawn("w1", org=None))]
)
def test_whoever_said_no_to_everything_is_left_in_peace(said: tuple[ConsentLine, ...]) -> None:
    assert gaps(*said, on=ASKED_ON + 40 * DAY) == []


@pytest.mark.parametrize("status", [status for status in PersonStatus if status is not PersonStatus.ACTIVE])
def test_only_active_people_are_listed(status: PersonStatus) -> None:
    assert gaps(YES, person=person(status=status), on=ASKED_ON + 40 * DAY) == []


def test_a_restricted_record_is_out_of_every_list() -> None:
    assert gaps(YES, person=person(restricted=True), on=ASKED_ON + 40 * DAY) == []


def test_a_dropped_row_comes_back_with_a_newer_cause() -> None:
    dropped = task(kind=TaskKind.GAP, state=TaskState.DROPPED, created_at=at(ASKED_ON + 20 * DAY))
    told = {"tasks": (dropped,)}
    assert gaps(YES, on=ASKED_ON + 20 * DAY, **told) == []
    leaves = ASKED_ON + 40 * DAY
    stays = (stay(expected_discharge_on=leaves),)
    assert gaps(YES, stays=stays, on=leaves - 7 * DAY, **told) == [Gap.LEAVING_UNHELD]


def test_a_row_says_who_has_taken_it_on() -> None:
    taken: Record = task(kind=TaskKind.GAP, for_user=ASKER)
    found = row(YES, on=ASKED_ON + 14 * DAY, tasks=(taken,))
    assert found is not None
    assert found.taken_by == taken


def test_rows_stand_by_discharge_day_unknown_last_then_by_reason_and_age() -> None:
    soon = row(YES, on=ASKED_ON + 14 * DAY, stays=(stay(expected_discharge_on=ASKED_ON + 16 * DAY),))
    later = row(YES, on=ASKED_ON + 14 * DAY, stays=(stay(expected_discharge_on=ASKED_ON + 60 * DAY),))
    unknown = row(agreed("g2", purpose=Purpose.MENTORING), on=ASKED_ON + 14 * DAY)
    assert soon is not None
    assert later is not None
    assert unknown is not None
    assert sorted([unknown, later, soon], key=lambda each: each.order) == [soon, later, unknown]
