"""Policy: the values that an organisation may change, each inside its range (domain.md 4.4, last row)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PolicyKey(StrEnum):
    """The whole numbers that an organisation's `policy` may hold. Fixed for ever."""

    CASELOAD_LINGER_DAYS = "caseload_linger_days"
    CONSENT_REVIEW_MONTHS = "consent_review_months"
    CONSENT_END_DAYS = "consent_end_days"
    CONSENT_GRACE_DAYS = "consent_grace_days"
    NOT_ABLE_NOW_DAYS = "not_able_now_days"
    DECIDE_LATER_DAYS = "decide_later_days"
    REFUSED_DAYS = "refused_days"
    GAP_DAYS = "gap_days"
    LISTING_AMBER_DAYS = "listing_amber_days"
    STUCK_DAYS = "stuck_days"
    PULSE_FIRST_DAYS = "pulse_first_days"
    PULSE_EVERY_DAYS = "pulse_every_days"
    DBS_MONTHS = "dbs_months"
    SUPERVISION_DAYS = "supervision_days"
    LEASE_DAYS = "lease_days"
    SMALL_NUMBER = "small_number"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The default of one policy value, and the least and the most it may be."""

    default: int
    least: int
    most: int


POLICY: Mapping[PolicyKey, Allowed] = {
    PolicyKey.CASELOAD_LINGER_DAYS: Allowed(30, 7, 90),
    PolicyKey.CONSENT_REVIEW_MONTHS: Allowed(12, 3, 24),
    PolicyKey.CONSENT_END_DAYS: Allowed(90, 0, 365),
    PolicyKey.CONSENT_GRACE_DAYS: Allowed(28, 0, 90),
    PolicyKey.NOT_ABLE_NOW_DAYS: Allowed(7, 1, 30),
    PolicyKey.DECIDE_LATER_DAYS: Allowed(14, 1, 90),
    PolicyKey.REFUSED_DAYS: Allowed(180, 90, 730),
    PolicyKey.GAP_DAYS: Allowed(14, 7, 28),
    PolicyKey.LISTING_AMBER_DAYS: Allowed(180, 30, 365),
    PolicyKey.STUCK_DAYS: Allowed(21, 7, 60),
    PolicyKey.PULSE_FIRST_DAYS: Allowed(30, 30, 30),
    PolicyKey.PULSE_EVERY_DAYS: Allowed(60, 60, 60),
    PolicyKey.DBS_MONTHS: Allowed(36, 12, 36),
    PolicyKey.SUPERVISION_DAYS: Allowed(90, 30, 180),
    PolicyKey.LEASE_DAYS: Allowed(14, 3, 14),
    PolicyKey.SMALL_NUMBER: Allowed(5, 5, 10),
}
"""Default and range of every whole number; values outside the range are refused when written."""

REQUIRE_SHARING_AGREEMENT = "require_sharing_agreement"
"""Whether nothing flows without a signed agreement; true unless an organisation says otherwise."""

OTHER_KEYS = frozenset({REQUIRE_SHARING_AGREEMENT, "swemwbs_licence_ref"})
"""The keys that hold no whole number."""


def policy_value(policy: Mapping[str, int | bool | str], key: PolicyKey) -> int:
    """Return an organisation's value, held inside its range, or the default when it set none."""
    allowed = POLICY[key]
    value = policy.get(key, allowed.default)
    if not isinstance(value, int) or isinstance(value, bool):
        return allowed.default
    return min(max(value, allowed.least), allowed.most)


def requires_agreement(policy: Mapping[str, int | bool | str]) -> bool:
    """Answer whether nothing flows without a signed agreement; only a plain false switches it off."""
    return policy.get(REQUIRE_SHARING_AGREEMENT, True) is not False


def is_allowed(key: str, value: object) -> bool:
    """Answer whether a policy may hold this value under this key."""
    if key == REQUIRE_SHARING_AGREEMENT:
        return isinstance(value, bool)
    if key in OTHER_KEYS:
        return isinstance(value, str)
    allowed = next((limits for known, limits in POLICY.items() if known == key), None)
    if allowed is None or not isinstance(value, int) or isinstance(value, bool):
        return False
    return allowed.least <= value <= allowed.most
