"""When to sync next depends on use, changes, failures and the service's wish, and on nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.schedule import Pace, after_failure, after_success, is_in_use, next_at, try_again
from sync.client.size import Size

fractions = st.floats(0, 1)
moments = st.floats(0, 1e6)


def failed(times: int, *, fraction: float = 1.0, retry_after_s: float = 0.0) -> Pace:
    pace = Pace(ended_at=0.0)
    for _time in range(times):
        pace = after_failure(pace, at=100.0, retry_after_s=retry_after_s, fraction=fraction)
    return pace


@given(moments, fractions)
def test_an_idle_laptop_asks_every_thirty_to_sixty_seconds(at: float, fraction: float) -> None:
    pace = after_success(at=at, took_s=0, backoff_s=0, fraction=fraction)

    assert 29.99 <= next_at(pace, in_use=False, wanted=False) - at <= 60.01


@given(moments, fractions)
def test_a_laptop_in_use_asks_every_five_seconds_and_at_once_after_a_change(at: float, fraction: float) -> None:
    pace = after_success(at=at, took_s=0, backoff_s=0, fraction=fraction)

    assert next_at(pace, in_use=True, wanted=False) == at + 5
    assert next_at(pace, in_use=False, wanted=True) == at


@pytest.mark.parametrize(("took_s", "pause"), [(0.0, 5.0), (1.0, 4.0), (2.5, 2.5), (40.0, 2.5)])
def test_the_five_seconds_are_counted_from_the_beginning_of_a_cycle_with_rest_in_between(
    took_s: float, pause: float
) -> None:
    pace = after_success(at=100.0, took_s=took_s, backoff_s=0, fraction=0.5)

    assert next_at(pace, in_use=True, wanted=False) == 100 + pause
    assert next_at(pace, in_use=False, wanted=False) == 145, "nobody waits: the whole pause"


@pytest.mark.parametrize(("times", "longest"), [(1, 2), (2, 4), (3, 8), (9, 512), (10, 900), (40, 900), (4000, 900)])
def test_the_wait_after_failures_doubles_up_to_a_quarter_of_an_hour(times: int, longest: float) -> None:
    assert next_at(failed(times), in_use=False, wanted=False) == 100 + longest
    assert next_at(failed(times, fraction=0.0), in_use=False, wanted=False) == 100


@given(st.integers(1, 60), fractions)
def test_a_change_does_not_shorten_the_wait_after_a_failure(times: int, fraction: float) -> None:
    pace = failed(times, fraction=fraction)

    assert next_at(pace, in_use=True, wanted=True) == next_at(pace, in_use=False, wanted=False)


@given(st.integers(0, 60), st.floats(0, 3600), fractions)
def test_nobody_goes_before_the_service_said_so(times: int, wish: float, fraction: float) -> None:
    pace = after_failure(failed(times), at=100.0, retry_after_s=wish, fraction=fraction)

    for asked in (pace, try_again(pace)):
        assert next_at(asked, in_use=True, wanted=True) >= 100 + wish


def test_the_services_wish_is_obeyed_on_success_too() -> None:
    pace = after_success(at=100.0, took_s=0, backoff_s=300, fraction=0.5)

    assert next_at(pace, in_use=True, wanted=True) == 400


def test_a_later_failure_does_not_forget_an_earlier_wish() -> None:
    pace = after_failure(failed(1, retry_after_s=600), at=101.0, retry_after_s=0, fraction=0.0)

    assert next_at(pace, in_use=True, wanted=True) == 700


@pytest.mark.parametrize(("wish", "until"), [(1e9, 3700), (-5, 100)])
def test_a_mad_wish_holds_nobody_for_more_than_an_hour(wish: float, until: float) -> None:
    assert next_at(failed(1, fraction=0.0, retry_after_s=wish), in_use=True, wanted=True) == until


def test_a_click_or_a_new_network_ends_the_backoff() -> None:
    assert next_at(try_again(failed(12)), in_use=False, wanted=True) == 100


def test_a_success_ends_the_backoff() -> None:
    assert after_success(at=1.0, took_s=0, backoff_s=0, fraction=0.1).failures == 0


@given(st.integers(0, 30), fractions, st.booleans(), st.booleans())
def test_asking_twice_gives_one_answer(times: int, fraction: float, in_use: bool, wanted: bool) -> None:
    pace = failed(times, fraction=fraction)

    assert next_at(pace, in_use=in_use, wanted=wanted) == next_at(pace, in_use=in_use, wanted=wanted)


def test_somebody_uses_the_window_until_two_minutes_after_the_last_key() -> None:
    assert is_in_use(119.9)
    assert not is_in_use(120.0)


def test_a_batch_grows_while_it_goes_quickly_and_stays_within_its_limits() -> None:
    size = Size(count=500, least=100, most=5000)

    assert size.after_success(2.9).count == 750
    assert size.after_success(3.1).count == 500
    for _page in range(20):
        size = size.after_success(0.1)
    assert size.count == 5000
    for _timeout in range(20):
        size = size.halved()
    assert size.count == 100


def test_a_batch_is_halved_after_three_failures() -> None:
    size = Size(count=500, least=1, most=500)

    for expected in (500, 500, 250, 250, 250, 125):
        size = size.after_failure()
        assert size.count == expected
    assert size.after_success(1.0).failures == 0
