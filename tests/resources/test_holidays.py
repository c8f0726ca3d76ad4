"""The bank holidays on file: made by rules that also make the years gov.uk has published."""

from __future__ import annotations

import json
from datetime import date

import pytest

import resources
from app.domain.clocks import bank_holidays, is_working_day
from app.domain.codes import Nation
from tests.helpers.make_holidays import holidays_of, in_lieu, table

# Lists as gov.uk published them (repositories ministryofjustice/govuk-bank-holidays and alphagov/frontend), and
# public copies of its list for 2026: every way in which a holiday can fall on a weekend is among them.
PUBLISHED = {
    ("england", 2013): "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    ("england", 2015): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    ("england", 2016): "01-01 03-25 03-28 05-02 05-30 08-29 12-26 12-27",
    ("england", 2017): "01-02 04-14 04-17 05-01 05-29 08-28 12-25 12-26",
    ("england", 2021): "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28",
    ("england", 2026): "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    ("scotland", 2013): "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26",
    ("scotland", 2014): "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26",
    ("scotland", 2015): "01-01 01-02 04-03 05-04 05-25 08-03 11-30 12-25 12-28",
    ("scotland", 2016): "01-01 01-04 03-25 05-02 05-30 08-01 11-30 12-26 12-27",
    ("scotland", 2017): "01-02 01-03 04-14 05-01 05-29 08-07 11-30 12-25 12-26",
    ("northern_ireland", 2013): "01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26",
    ("northern_ireland", 2017): "01-02 03-17 04-14 04-17 05-01 05-29 07-12 08-28 12-25 12-26",
    ("northern_ireland", 2026): "01-01 03-17 04-03 04-06 05-04 05-25 07-13 08-31 12-25 12-28",
}


def test_the_file_is_what_the_rules_make() -> None:
    assert resources.bank_holidays() == table()
    assert resources.path("holidays.json").read_text(encoding="utf-8") == json.dumps(table(), indent=2) + "\n"


@pytest.mark.parametrize(("nation", "year"), sorted(PUBLISHED))
def test_the_rules_make_the_years_that_gov_uk_has_published(nation: str, year: int) -> None:
    assert [f"{day:%m-%d}" for day in sorted(holidays_of(nation, year))] == PUBLISHED[nation, year].split()


def test_scotland_has_one_more_day_in_2026_only() -> None:
    held = resources.bank_holidays()["scotland"]
    assert [day for day in held if day[5:7] == "06"] == ["2026-06-15"]


def test_wales_keeps_the_days_of_england() -> None:
    assert resources.bank_holidays()["wales"] == resources.bank_holidays()["england"]


def test_every_day_is_a_weekday_inside_the_table_and_stands_once() -> None:
    held = resources.bank_holidays()
    for nation in ("england", "wales", "scotland", "northern_ireland"):
        days = [date.fromisoformat(day) for day in held[nation]]
        assert days == sorted(set(days))
        assert all(day.weekday() < 5 and date(2024, 1, 1) <= day <= date(2030, 12, 31) for day in days)
    assert held["last_day"] == "2030-12-31"


def test_christmas_on_a_weekend_moves_to_monday_and_tuesday() -> None:
    assert list(in_lieu(date(2021, 12, 25), date(2021, 12, 26))) == [date(2021, 12, 27), date(2021, 12, 28)]
    assert set(in_lieu(date(2022, 12, 25), date(2022, 12, 26))) == {date(2022, 12, 26), date(2022, 12, 27)}


def test_scotland_keeps_its_new_year_when_it_falls_on_a_weekend() -> None:
    assert list(in_lieu(date(2022, 1, 1), date(2022, 1, 2))) == [date(2022, 1, 3), date(2022, 1, 4)]
    assert set(in_lieu(date(2023, 1, 1), date(2023, 1, 2))) == {date(2023, 1, 2), date(2023, 1, 3)}


def test_the_domain_reads_the_table_and_knows_where_it_has_none() -> None:
    known = bank_holidays(resources.bank_holidays())
    assert not is_working_day(date(2026, 4, 6), Nation.ENGLAND, known)
    assert is_working_day(date(2026, 4, 6), Nation.SCOTLAND, known)
    assert known.covers(Nation.WALES, date(2030, 12, 31))
    assert not known.covers(Nation.WALES, date(2031, 1, 1))
    assert not known.covers(Nation.IRELAND, date(2026, 4, 6))
