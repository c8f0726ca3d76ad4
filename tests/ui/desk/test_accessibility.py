"""The pages of the gate are named, sized, reached and readable in every look and at 200 %."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.codes import Role
from app.errors import VaultError, WrongPasswordError
from sync.protocol.slip import Slip, write_slip
from tests.helpers.accessibility import faults_in_every_look
from tests.ui.desk.conftest import Steady
from ui.pages.open_failed import OpenFailedPage
from ui.pages.recovery_parts import RecoveryPartsPage
from ui.pages.set_up import SetUpPage
from ui.pages.sign_in import SignInPage

SLIP = Slip(
    address="https://alongside.example",
    audience="alongside-demo",
    keys=["ab" * 32],
    code="K7QM-2XRD-9PLW",
    org_name="Aspire",
    user=UUID(int=3),
    user_name="Priya Example",
    shown_name="Priya",
    roles=[Role.OUTREACH_WORKER],
)


def sign_in() -> QWidget:
    page = SignInPage([(UUID(int=3), "Priya"), (UUID(int=4), "Jo")], monotonic=Steady())
    page.show_facts(lease_day=date(2026, 12, 1), on=date(2026, 11, 22), disk_encrypted=False, password_only=True)
    return page


def sign_in_refused() -> QWidget:
    page = SignInPage([(UUID(int=3), "Priya")], monotonic=Steady())
    page.show_error(WrongPasswordError(seconds=15))
    return page


def set_up() -> QWidget:
    page = SetUpPage(lambda: "gravel tulip ocean lantern")
    page.pasted.set_text(write_slip(SLIP).decode())
    page.show_progress("Making the keys.")
    return page


def recovery_parts() -> QWidget:
    words = "gravel tulip ocean lantern " * 12
    return RecoveryPartsPage([("A", words), ("B", words), ("C", words)], "1a2b 3c4d 5e6f 7081 92a3 b4c5 d6e7 f809")


def open_failed() -> QWidget:
    return OpenFailedPage(VaultError("vault.truncated"), "Charity IT: 01632 960 111")


@pytest.mark.parametrize("make", [sign_in, sign_in_refused, set_up, recovery_parts, open_failed])
def test_the_pages_of_the_gate_are_without_faults_in_every_look(
    qapp: QApplication, make: Callable[[], QWidget]
) -> None:
    assert faults_in_every_look(make) == []
