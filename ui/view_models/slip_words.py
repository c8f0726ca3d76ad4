"""What an enrolment slip says, as it is shown and compared before anything is sent."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from sync.protocol.slip import Slip, read_aloud
from ui.messages import joined, label


def slip_facts(slip: Slip) -> tuple[tuple[str, str], ...]:
    """Return what is shown of a slip: each its name and its words."""
    return (
        (QCoreApplication.translate("slip", "Charity"), slip.org_name),
        (QCoreApplication.translate("slip", "This place is for"), slip.user_name),
        (QCoreApplication.translate("slip", "Name on the screen"), slip.shown_name),
        (QCoreApplication.translate("slip", "What you do"), joined([label("role", role) for role in slip.roles])),
        (QCoreApplication.translate("slip", "Central service"), slip.address),
        (QCoreApplication.translate("slip", "Fingerprint"), read_aloud(slip.keys[0])),
    )
