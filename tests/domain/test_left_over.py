"""What a receiver did not take on, and who is asked about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.domain.codes import ReferralState
from app.domain.left_over import needs_left
from tests.domain.record_kit import referral, step


class Untouched:
    """Records that nobody may walk."""

    def __iter__(self) -> Iterator[Any]:
        pytest.fail("walked for nothing")


def test_where_all_was_taken_on_no_other_record_is_looked_at() -> None:
    asked = referral(state=ReferralState.ACCEPTED)
    accepted = step(
        ReferralState.ACCEPTED, 1, leaves=ReferralState.RECEIVED, asked={"accepted_needs": sorted(asked.needs)}
    )
    assert asked.needs
    assert needs_left(asked, [accepted], others=Untouched(), tasks=Untouched()) == frozenset()
