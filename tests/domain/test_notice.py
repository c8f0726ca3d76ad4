"""Notices: when they hang on the board, and what in them looks as if it were about somebody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

import resources
from app.domain.names import name_tables
from app.domain.notice import Doubt, doubts_about
from tests.domain.record_kit import notice

NAMES = name_tables(
    groups=resources.nicknames(),
    common_given=resources.common_names()["given"],
    common_family=resources.common_names()["family"],
)
DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "doubts"),
    [
        ("Wheelchair skills in Leeds, six places left", set()),
        ("Ask about Margaret Whitlow, who would like to come", {Doubt.NAME}),
        ("Peggy O’Brien could speak about her flat", {Doubt.NAME}),
        ("Ring 07700 900123 on Tuesdays", {Doubt.PHONE}),
        ("Ring +44 7700 900123", {Doubt.PHONE}),
        ("Number 943 476 5919", {Doubt.NHS_NUMBER}),
        ("Number 9434765918 is none", set()),
        ("In 2026 we counted 1000 calls, 12 345 678 steps", set()),
        ("David will train the trainers", set()),
    ],
)
def test_what_looks_personal_is_found_and_the_rest_is_left_alone(text: str, doubts: set[Doubt]) -> None:
    assert doubts_about(text, NAMES) == doubts


@pytest.mark.parametrize(
    ("changes", "hangs"),
    [
        ({}, True),
        ({"from_on": DAY}, True),
        ({"from_on": DAY + timedelta(days=1)}, False),
        ({"until_on": DAY}, True),
        ({"until_on": DAY - timedelta(days=1)}, False),
        ({"withdrawn_on": DAY}, False),
        ({"archived": True}, False),
    ],
)
def test_a_notice_hangs_from_its_first_day_to_its_last(changes: dict[str, object], hangs: bool) -> None:
    assert notice(**changes).is_shown(DAY) is hangs
