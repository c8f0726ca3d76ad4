"""An enrolment slip is read strictly, and names only an address that is safe to talk to."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import Role
from app.errors import BadInputError
from sync.protocol.slip import Slip, address_is_safe, read_slip, write_slip

SLIP = Slip(
    address="https://alongside.example",
    audience="alongside-demo",
    keys=["ab" * 32, "cd" * 32],
    code="K7QM-2XRD-9PLW",
    org_name="Back Up",
    user=UUID("01930000-0000-7000-8000-000000000009"),
    user_name="Jo Example",
    shown_name="Jo",
    roles=[Role.INTAKE_WORKER],
    recovery_public="ef" * 32,
)


def test_a_slip_is_read_as_it_was_written() -> None:
    assert read_slip(write_slip(SLIP)) == SLIP


def test_a_slip_may_leave_the_recovery_key_to_the_laptop() -> None:
    fields = json.loads(write_slip(SLIP))
    del fields["recovery_public"]

    assert read_slip(json.dumps(fields).encode()).recovery_public == ""


@pytest.mark.parametrize("missing", ["user", "user_name", "shown_name", "roles"])
def test_a_slip_that_does_not_say_who_the_place_is_for_is_refused(missing: str) -> None:
    fields = json.loads(write_slip(SLIP))
    del fields[missing]

    with pytest.raises(BadInputError):
        read_slip(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"format": "alongside-slip-2"},
        {"address": ""},
        {"audience": "a\nb"},
        {"keys": []},
        {"keys": ["ab"]},
        {"keys": ["AB" * 32]},
        {"keys": ["ab" * 32] * 5},
        {"code": "short"},
        {"code": "with spaces in it"},
        {"org_name": "x" * 201},
        {"user": "Jo"},
        {"user_name": ""},
        {"shown_name": "Jo\u202eoJ"},
        {"shown_name": "x" * 121},
        {"roles": []},
        {"roles": ["owner"]},
        {"roles": ["system"]},
        {"recovery_public": "ef"},
        {"recovery_public": "EF" * 32},
        {"surprise": 1},
    ],
)
def test_a_slip_with_anything_odd_in_it_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadInputError) as caught:
        read_slip(json.dumps({**json.loads(write_slip(SLIP)), **change}).encode())

    assert caught.value.code == "slip.file.bad_format"


@given(st.binary(max_size=200))
def test_any_other_file_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(BadInputError):
        read_slip(raw)


def test_a_slip_longer_than_a_slip_is_refused_unread() -> None:
    with pytest.raises(BadInputError):
        read_slip(write_slip(SLIP) + b" " * 9000)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://alongside.example", True),
        ("https://alongside.example:8443", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://alongside.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://", False),
        ("https://alongside.example/path", False),
        ("https://alongside.example?query", False),
        ("https://user:word@alongside.example", False),
        ("https://alongside.example:port", False),
        ("https://alongside.example:99999", False),
        ("ftp://alongside.example", False),
        ("file:///etc/passwd", False),
        ("alongside.example", False),
        ("https://[::1", False),
    ],
)
def test_only_https_or_this_very_machine_is_talked_to(address: str, safe: bool) -> None:
    assert address_is_safe(address) is safe
