"""Policy values: the defaults and ranges of domain.md 4.4, and what happens outside them."""

from __future__ import annotations

import pytest

from app.domain.policy import POLICY, PolicyKey, is_allowed, policy_value, requires_agreement

TABLE = (
    "caseload_linger_days=30 (7–90) consent_review_months=12 (3–24) consent_end_days=90 (0–365) "
    "consent_grace_days=28 (0–90) not_able_now_days=7 (1–30) decide_later_days=14 (1–90) refused_days=180 (90–730) "
    "gap_days=14 (7–28) listing_amber_days=180 (30–365) stuck_days=21 (7–60) dbs_months=36 (12–36) "
    "supervision_days=90 (30–180) lease_days=14 (3–14) small_number=5 (5–10)"
)


def rows() -> list[tuple[str, int, int, int]]:
    words = TABLE.replace("(", "").replace(")", "").split(" ")
    pairs = zip(words[::2], words[1::2], strict=True)
    return [
        (key, int(default), *(int(bound) for bound in bounds.split("–")))
        for (key, _, default), bounds in ((setting.partition("="), bounds) for setting, bounds in pairs)
    ]


@pytest.mark.parametrize(("key", "default", "least", "most"), rows())
def test_each_value_has_its_default_and_is_held_inside_its_range(key: str, default: int, least: int, most: int) -> None:
    policy_key = PolicyKey(key)
    assert policy_value({}, policy_key) == default
    assert policy_value({key: least - 1}, policy_key) == least
    assert policy_value({key: most + 1}, policy_key) == most
    assert policy_value({key: "many"}, policy_key) == default
    assert policy_value({key: True}, policy_key) == default
    assert [is_allowed(key, value) for value in (least - 1, least, most, most + 1)] == [False, True, True, False]


def test_every_whole_number_has_a_range() -> None:
    assert set(POLICY) == set(PolicyKey)
    assert {key for key, *_ in rows()} | {"pulse_first_days", "pulse_every_days"} == set(PolicyKey)


def test_nothing_flows_without_an_agreement_unless_an_organisation_says_so_plainly() -> None:
    assert requires_agreement({})
    assert requires_agreement({"require_sharing_agreement": True})
    assert requires_agreement({"require_sharing_agreement": 0})
    assert requires_agreement({"require_sharing_agreement": "no"})
    assert not requires_agreement({"require_sharing_agreement": False})


def test_keys_that_nobody_defined_are_refused() -> None:
    assert not is_allowed("no_such_key", 1)
    assert is_allowed("swemwbs_licence_ref", "SW-123")
    assert not is_allowed("swemwbs_licence_ref", 1)
