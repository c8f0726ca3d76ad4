"""What holds for the access list of anybody, in any state, on any day."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.clocks import end_of_london_day, london_day, start_of_london_day
from app.domain.codes import (
    Purpose,
    Scope,
)
from app.domain.codes import ReferralState as S
from app.domain.consent_event import ConsentLine
from app.domain.record import Cls
from app.domain.visibility import Visible, next_due, visibility
from tests.domain.consent_kit import (
    ASKED_ON,
    BU,
    agreed,
    refused,
    withdrawn,
)
from tests.domain.record_kit import (
    NOW,
    R1,
    aggregate,
    agreement,
    at,
    directory,
    stay,
)
from tests.domain.visibility_kit import (
    EXPIRED_ON,
    INTAKE,
    LAPSED_ON,
    LINGER,
    READING_ENDS,
    YES,
    sent,
)


def test_the_next_moment_that_time_alone_changes_something() -> None:
    waiting = aggregate(YES, **sent(S.RECEIVED))
    around = directory()
    assert next_due(waiting, directory=around, on=ASKED_ON, now=NOW) == start_of_london_day(date(2027, 8, 2))
    lapsed = next_due(waiting, directory=around, on=LAPSED_ON, now=at(LAPSED_ON))
    assert lapsed == READING_ENDS
    assert next_due(waiting, directory=around, on=EXPIRED_ON, now=at(EXPIRED_ON)) is None
    discharged = aggregate(stays=(stay(discharged_on=ASKED_ON),))
    assert next_due(discharged, directory=around, on=ASKED_ON, now=NOW) == end_of_london_day(ASKED_ON) + LINGER


def test_the_end_of_a_paper_or_a_membership_is_such_a_moment_for_whoever_agreed_to_anything() -> None:
    waiting = aggregate(YES, **sent(S.ACCEPTED))
    ends = directory(agreements=(agreement(to_on=date(2026, 6, 30)),))
    assert next_due(waiting, directory=ends, on=ASKED_ON, now=NOW) == start_of_london_day(date(2026, 7, 1))
    ended = directory(agreements=(agreement(ended_on=date(2026, 5, 31)),))
    assert next_due(waiting, directory=ended, on=ASKED_ON, now=NOW) == start_of_london_day(date(2026, 6, 1))
    assert next_due(aggregate(), directory=ends, on=ASKED_ON, now=NOW) is None


LINES = st.lists(
    st.sampled_from(
        [
            YES,
            refused("r1"),
            withdrawn("w1", cites=["g1"]),
            withdrawn("w0", org=None, purpose=None),
            agreed("g2", cites=["g1", "w1", "r1"]),
            agreed("m1", purpose=Purpose.MENTORING),
            agreed("c1", purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES),
        ]
    ),
    unique=True,
)
DAYS = st.sampled_from([ASKED_ON, LAPSED_ON, EXPIRED_ON])


@given(LINES, st.sampled_from(S), DAYS, st.randoms(use_true_random=False))
def test_visibility_depends_on_what_is_known_and_not_on_its_order(
    lines: list[ConsentLine], state: S, on: date, random: Any
) -> None:
    around = {"directory": directory(), "on": on, "now": at(on)}
    fields = sent(state)
    first = visibility(aggregate(*lines, **fields), **around)
    random.shuffle(lines)
    steps = list(fields["events"])
    random.shuffle(steps)
    again = visibility(aggregate(*lines, *lines, **{**fields, "events": tuple(steps)}), **around)
    assert first == again
    assert len({(entry.scope_key, entry.owner, entry.cls) for entry in first}) == len(first)
    assert all(entry.until is None or entry.until > at(on) for entry in first)


@given(LINES, st.sampled_from(S), DAYS)
def test_a_further_no_never_opens_anything(lines: list[ConsentLine], state: S, on: date) -> None:
    around = {"directory": directory(), "on": on, "now": at(on)}
    before = visibility(aggregate(*lines, **sent(state)), **around)
    stop = withdrawn("w9", org=None, purpose=None)
    after = visibility(aggregate(*lines, stop, **sent(state)), **around)
    assert after <= before
    assert not [entry for entry in after if str(BU) in entry.scope_key]


@given(LINES, st.sampled_from(S))
def test_between_two_due_moments_nothing_changes(lines: list[ConsentLine], state: S) -> None:
    known = aggregate(*lines, **sent(state))
    around = directory()
    due = next_due(known, directory=around, on=ASKED_ON, now=NOW)
    last = (due or NOW + timedelta(days=4000)) - timedelta(seconds=1)
    now_held = visibility(known, directory=around, on=ASKED_ON, now=NOW)
    assert visibility(known, directory=around, on=london_day(last), now=last) == now_held


def test_a_moment_in_the_list_is_in_utc() -> None:
    found = visibility(aggregate(YES, **sent(S.RECEIVED)), directory=directory(), on=ASKED_ON, now=NOW)
    assert all(entry.until is None or entry.until.utcoffset() == timedelta(0) for entry in found)
    assert Visible(scope_key=INTAKE, owner=R1, cls=Cls.REFERRAL, until=READING_ENDS.astimezone(UTC)) in found
