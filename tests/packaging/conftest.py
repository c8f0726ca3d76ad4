"""The packages these tests are about: made before, in the folder that ALONGSIDE_PACKAGES names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the packages."""
    named = os.environ.get("ALONGSIDE_PACKAGES")
    if not named:
        pytest.skip("NOT RUN: no packages here; `nox -s package -- --out DIR` makes them and runs this")
    return Path(named)


@pytest.fixture(scope="session")
def frozen(packages: Path) -> Path:
    """The folder of the frozen program."""
    return packages / "alongside"
