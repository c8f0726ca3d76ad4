"""What happens now that the answers are recorded, in honest sentences."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from app.domain.aggregate import Directory
from app.domain.codes import Decision
from app.domain.consent_event import ConsentEvent
from app.domain.ids import ServiceId
from app.use_cases.alliance import organisation_name
from ui.messages import joined
from ui.widgets.text import filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """A referral that a new yes proposes: the front door of an organisation."""

    service_id: ServiceId
    org_name: str
    words: str


def happens_now(event: ConsentEvent, *, withdrawn: int, called: str, enrolled: bool) -> tuple[str, ...]:
    """Return what follows from a recorded talk."""
    if enrolled:
        said = [QCoreApplication.translate("done", "It is kept on this laptop, and sent at the next connection.")]
    else:
        said = [QCoreApplication.translate("done", "It is kept on this laptop.")]
    agreed = joined(list(dict.fromkeys(_names(event, Decision.AGREED))))
    if agreed:
        words = QCoreApplication.translate(
            "done", "Nothing was told to {names} yet: that begins with a referral, which you see before it goes."
        )
        said.append(filled(words, names=agreed))
    if withdrawn:
        said.append(_withdrawn(withdrawn))
    if any(line.ask_again_on for line in event.lines):
        words = QCoreApplication.translate("done", "The days to ask {called} again stand under Today.")
        said.append(filled(words, called=called))
    return tuple(said)


def introductions(directory: Directory, services: tuple[ServiceId, ...], called: str) -> tuple[Introduction, ...]:
    """Return the introductions that the new yeses propose."""
    known = [
        (service_id, directory.services[service_id]) for service_id in services if service_id in directory.services
    ]
    return tuple(
        Introduction(
            service_id=service_id,
            org_name=organisation_name(directory, service.provider),
            words=filled(
                QCoreApplication.translate("done", "Introduce {called} to {org}: {service}"),
                called=called,
                org=organisation_name(directory, service.provider),
                service=service.name,
            ),
        )
        for service_id, service in known
    )


def _names(event: ConsentEvent, decision: Decision) -> list[str]:
    return [line.org_name_shown for line in event.lines if line.decision is decision and line.org != event.asked_by_org]


def _withdrawn(count: int) -> str:
    if count == 1:
        return QCoreApplication.translate("done", "1 referral was taken back, because nobody may act on it any more.")
    words = QCoreApplication.translate(
        "done", "{count} referrals were taken back, because nobody may act on them any more."
    )
    return filled(words, count=count)
