"""Vaults for the tests of storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.vaults import Laptop, make_laptop


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    laptop = make_laptop(tmp_path / "laptop")
    yield laptop
    laptop.vault.close()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Laptop]:
    laptop = make_laptop(tmp_path / "bare", alliance=False)
    yield laptop
    laptop.vault.close()
