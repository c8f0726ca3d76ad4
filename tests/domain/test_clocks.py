"""London days, days known in part, ages, working days and the clocks of a referral."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clocks import (
    BankHolidays,
    ack_due,
    add_months,
    add_working_days,
    ages_on,
    bank_holidays,
    birthday,
    decide_due,
    earliest,
    end_of_london_day,
    is_full,
    is_partial_date,
    is_working_day,
    latest,
    london_day,
    on_working_day,
    parse_day,
    parse_partial,
    start_of_london_day,
    whole_days,
)
from app.domain.codes import Nation
from app.domain.record import PartialDate
from app.errors import BadInputError

TODAY = date(2026, 5, 3)
EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6)})
HOLIDAYS = BankHolidays(
    days={Nation.ENGLAND: EASTER, Nation.SCOTLAND: frozenset({date(2026, 4, 3)})}, last_day=date(2030, 12, 31)
)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2027-03-28T22:30", date(2027, 3, 28)),
        ("2027-03-28T23:10", date(2027, 3, 29)),
        ("2026-03-29T00:59", date(2026, 3, 29)),
        ("2026-03-28T23:59", date(2026, 3, 28)),
        ("2026-06-30T23:00", date(2026, 7, 1)),
        ("2026-10-24T22:59", date(2026, 10, 24)),
        ("2026-10-24T23:00", date(2026, 10, 25)),
        ("2026-10-25T23:59", date(2026, 10, 25)),
        ("2026-12-31T23:59", date(2026, 12, 31)),
    ],
)
def test_the_london_day_follows_summer_time(moment: str, day: date) -> None:
    assert london_day(datetime.fromisoformat(moment).replace(tzinfo=UTC)) == day


def test_the_end_of_a_london_day_is_an_hour_earlier_in_utc_in_summer() -> None:
    assert end_of_london_day(date(2026, 3, 28)) == datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC)
    assert end_of_london_day(date(2026, 3, 29)) == datetime(2026, 3, 29, 22, 59, 59, tzinfo=UTC)
    assert end_of_london_day(date(2026, 10, 25)) == datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_a_london_day_begins_after_the_day_before_has_ended(day: date) -> None:
    assert london_day(start_of_london_day(day)) == day
    assert london_day(end_of_london_day(day)) == day
    gap = start_of_london_day(day + timedelta(days=1)) - end_of_london_day(day)
    assert gap == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1987", "1987"),
        ("3 2026", "2026-03"),
        ("2026-03", "2026-03"),
        ("2026-03-03", "2026-03-03"),
        ("3/4/2026", "2026-04-03"),
        ("03.04.2026", "2026-04-03"),
        ("3 April 2026", "2026-04-03"),
        (" 3 sept 1987", "1987-09-03"),
        ("29 2 2024", "2024-02-29"),
        ("April 2026", "2026-04"),
        (("3", "4", "2026"), "2026-04-03"),
        (("", "4", "2026"), "2026-04"),
        (("", "", "1987"), "1987"),
    ],
)
def test_a_day_is_read_day_first_in_the_ways_people_write_it(typed, meant) -> None:
    assert parse_partial(typed, record="person", field="dob", on=TODAY) == meant


@pytest.mark.parametrize("nothing", ["", "   ", ("", "", ""), (" ", "", "")])
def test_an_empty_day_is_no_day(nothing) -> None:
    assert parse_partial(nothing, record="person", field="dob") is None
    assert parse_day(nothing, record="stay", field="discharged_on") is None


@pytest.mark.parametrize(
    "typed",
    [
        "31 2 2026",
        "29 2 2026",
        "0 1 2026",
        "1 13 2026",
        "13/13/2026",
        "87",
        "1/2/87",
        "0000",
        "20260",
        "yesterday",
        "٣/٤/٢٠٢٦",
        "2026-04-03-02",
        "3 4 5 2026",
        "<b>1987</b>",
        "-1",
        ("31", "2", "2026"),
        ("3", "", "2026"),
        ("3", "4", ""),
        ("x", "4", "2026"),
        ("1", "feburary", "2026"),
    ],
)
def test_a_day_that_does_not_exist_is_refused_and_names_the_field(typed) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_partial(typed, record="person", field="dob", on=TODAY)
    assert refused.value.code == "person.dob.bad_format"
    assert refused.value.field == "dob"


@pytest.mark.parametrize("typed", ["4 5 2026", "6 2026", "2027", "31 12 9999"])
def test_a_day_that_is_still_to_come_is_refused(typed: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_partial(typed, record="injury", field="injury_date", on=TODAY)
    assert refused.value.code == "injury.injury_date.in_future"


def test_the_year_and_month_we_are_in_are_not_the_future() -> None:
    for typed in ("3 5 2026", "5 2026", "2026"):
        assert parse_partial(typed, record="injury", field="injury_date", on=TODAY) is not None


def test_a_whole_day_is_asked_for_where_a_part_is_not_enough() -> None:
    assert parse_day("3 5 2026", record="stay", field="discharged_on", on=TODAY) == TODAY
    with pytest.raises(BadInputError) as refused:
        parse_day("5 2026", record="stay", field="discharged_on", on=TODAY)
    assert refused.value.code == "stay.discharged_on.bad_format"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_day_or_is_refused_by_name(typed: str) -> None:
    partial, code = None, ""
    try:
        partial = parse_partial(typed, record="person", field="dob", on=TODAY)
    except BadInputError as refused:
        code = refused.code
    assert code in ("", "person.dob.bad_format", "person.dob.in_future")
    assert partial is None or (is_partial_date(partial) and earliest(partial) <= TODAY)


@given(st.dates(date(1890, 1, 1), TODAY))
def test_a_whole_day_reads_back_as_itself(day: date) -> None:
    for typed in (day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"{day.day} {day.month} {day.year}"):
        assert parse_partial(typed, record="person", field="dob", on=TODAY) == day.isoformat()


def test_a_day_known_in_part_spans_its_year_or_month() -> None:
    assert (earliest(PartialDate("2024")), latest(PartialDate("2024"))) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (earliest(PartialDate("2024-02")), latest(PartialDate("2024-02"))) == (date(2024, 2, 1), date(2024, 2, 29))
    assert earliest(PartialDate("2024-02-29")) == latest(PartialDate("2024-02-29"))
    assert [is_full(PartialDate(day)) for day in ("2024", "2024-02", "2024-02-29")] == [False, False, True]


def test_an_age_is_reached_on_the_birthday_and_known_as_far_as_the_day_is() -> None:
    assert ages_on(PartialDate("2010-05-04"), TODAY) == (15, 15)
    assert ages_on(PartialDate("2010-05-03"), TODAY) == (16, 16)
    assert ages_on(PartialDate("2010"), TODAY) == (15, 16)
    assert ages_on(PartialDate("2010-05"), TODAY) == (15, 16)


def test_who_was_born_on_29_february_comes_of_age_on_1_march_of_a_common_year() -> None:
    assert birthday(date(2008, 2, 29), 16) == date(2024, 2, 29)
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert ages_on(PartialDate("2008-02-29"), date(2026, 2, 28)) == (17, 17)


def test_twelve_months_after_29_february_is_28_february() -> None:
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert add_months(date(2026, 5, 3), 12) == date(2027, 5, 3)


THURSDAY = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(("nation", "due"), [(Nation.ENGLAND, date(2026, 4, 8)), (Nation.SCOTLAND, date(2026, 4, 7))])
def test_easter_moves_the_day_to_open_a_referral_differently_in_england_and_scotland(nation, due) -> None:
    assert ack_due(THURSDAY, nation=nation, holidays=HOLIDAYS) == end_of_london_day(due)
    decided = decide_due(THURSDAY, nation=nation, holidays=HOLIDAYS)
    assert decided == datetime(2026, 4, 16, 22, 59, 59, tzinfo=UTC)


def test_the_shipped_bank_holidays_give_the_same_days() -> None:
    shipped = Path(__file__).parents[2] / "resources" / "holidays.json"
    holidays = bank_holidays(json.loads(shipped.read_text(encoding="utf-8")))
    assert ack_due(THURSDAY, nation=Nation.ENGLAND, holidays=holidays) == end_of_london_day(date(2026, 4, 8))
    assert ack_due(THURSDAY, nation=Nation.SCOTLAND, holidays=holidays) == end_of_london_day(date(2026, 4, 7))
    assert holidays.covers(Nation.WALES, date(2026, 12, 31))
    assert not holidays.covers(Nation.IRELAND, date(2026, 12, 31))


def test_a_referral_sent_at_half_past_midnight_in_summer_counts_from_the_london_day() -> None:
    sent = datetime(2026, 6, 2, 23, 30, tzinfo=UTC)  # Wednesday 3 June, 00:30 in London
    assert ack_due(sent, nation=Nation.ENGLAND, holidays=HOLIDAYS) == end_of_london_day(date(2026, 6, 5))


def test_days_spent_waiting_for_an_answer_are_added_before_moving_to_a_working_day() -> None:
    sent = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
    due = [decide_due(sent, nation=Nation.ENGLAND, holidays=HOLIDAYS, paused_days=days) for days in (0, 4, 5, 6, 7)]
    days = [15, 19, 22, 22, 22]
    assert due == [end_of_london_day(date(2026, 6, day)) for day in days]


def test_a_service_may_set_its_own_days() -> None:
    assert ack_due(THURSDAY, nation=Nation.ENGLAND, holidays=HOLIDAYS, ack_working_days=1) == end_of_london_day(
        date(2026, 4, 7)
    )
    assert decide_due(THURSDAY, nation=Nation.ENGLAND, holidays=HOLIDAYS, decide_days=1) == end_of_london_day(
        date(2026, 4, 7)
    )


def test_beyond_the_table_mondays_to_fridays_are_counted_and_the_day_is_known_to_be_estimated() -> None:
    christmas = date(2031, 12, 25)
    assert is_working_day(christmas, Nation.ENGLAND, HOLIDAYS)
    assert not HOLIDAYS.covers(Nation.ENGLAND, christmas)
    assert HOLIDAYS.covers(Nation.ENGLAND, date(2030, 12, 31))
    assert is_working_day(date(2026, 4, 6), Nation.CROWN_DEPENDENCY, HOLIDAYS)


@given(
    st.dates(date(2026, 3, 1), date(2026, 5, 31)),
    st.integers(1, 20),
    st.sampled_from([Nation.ENGLAND, Nation.SCOTLAND, Nation.IRELAND]),
)
def test_working_days_are_counted_one_by_one(day: date, count: int, nation: Nation) -> None:
    end = add_working_days(day, count, nation, HOLIDAYS)
    between = (day + timedelta(days=step) for step in range(1, (end - day).days + 1))
    assert sum(is_working_day(each, nation, HOLIDAYS) for each in between) == count
    assert is_working_day(end, nation, HOLIDAYS)
    assert on_working_day(end, nation, HOLIDAYS) == end


def test_only_whole_days_between_two_moments_count() -> None:
    noon = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
    assert whole_days(noon, noon + timedelta(days=2, hours=23)) == 2
    assert whole_days(noon, noon - timedelta(days=2)) == 0
