"""Fixtures of the tests of keys and sign-in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.security.device_secret import KeyringStore
from app.security.passwords import PasswordRules, load_password_rules
from tests.security.kit import VAULT, Clock, Made, MemoryKeyring, make


@pytest.fixture
def made() -> Made:
    return make(bytearray(os.urandom(32)))


@pytest.fixture
def memory_keyring() -> MemoryKeyring:
    return MemoryKeyring()


@pytest.fixture
def store(memory_keyring: MemoryKeyring) -> KeyringStore:
    return KeyringStore(VAULT, memory_keyring.allowed(), limit_s=5)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def rules() -> PasswordRules:
    return load_password_rules(Path(__file__).parents[2] / "resources" / "passwords")
