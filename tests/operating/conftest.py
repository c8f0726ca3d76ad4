"""The clock of the laptops: the machine's own day, for proofs and slips are judged by the real service."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.helpers.vaults import Clock


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock that a test may set ahead."""
    return Clock(now=datetime.now(UTC))
