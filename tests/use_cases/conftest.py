"""A ward laptop with the demonstration alliance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.vaults import Laptop, make_laptop


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Laptop]:
    laptop = make_laptop(tmp_path / "ward")
    yield laptop
    laptop.vault.close()
