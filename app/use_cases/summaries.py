"""Referrals in a few honest facts: each station of the way only on proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.aggregate import Directory
from app.domain.codes import ReferralState
from app.domain.ids import OrganisationId, PersonId, ReferralId, ServiceId
from app.domain.referral import Referral, ReferralEvent
from app.storage.lists import Standing
from app.use_cases.alliance import organisation_name


class Stop(StrEnum):
    """The five stations that everybody understands."""

    ON_THIS_LAPTOP = "on_this_laptop"
    WITH_ORGANISATION = "with_org"
    OPENED = "opened"
    ACCEPTED = "accepted"
    HELPED = "helped"


_REACHED_BY = {
    Stop.WITH_ORGANISATION: (ReferralState.SENT,),
    Stop.OPENED: (ReferralState.RECEIVED,),
    Stop.ACCEPTED: (ReferralState.ACCEPTED,),
    Stop.HELPED: (ReferralState.COMPLETED,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One station, and since when there is proof of it."""

    stop: Stop
    on: datetime | None = None

    @property
    def reached(self) -> bool:
        """Whether there is proof."""
        return self.on is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralSummary:
    """One referral as a card shows it.

    Attributes:
        referral_id: which.
        person_id: about whom.
        to_org: receiver.
        to_org_name: its name.
        from_org: sender.
        from_org_name: its name.
        service_id: the service.
        service_name: its name.
        state: where it stands.
        stations: the five stations in order.
        ack_due: until when it should be opened.
        decide_due: until when it should be decided.
        reason: coded reason of the last step.
        next_step: what happens next, as decided.
        last_by: shown name of who took the last step.
        last_at: when.
        standing: where the referral stands towards the central service.
    """

    referral_id: ReferralId
    person_id: PersonId
    to_org: OrganisationId
    to_org_name: str
    from_org: OrganisationId
    from_org_name: str
    service_id: ServiceId
    service_name: str
    state: ReferralState
    stations: tuple[Station, ...]
    ack_due: datetime | None
    decide_due: datetime | None
    reason: str
    next_step: str
    last_by: str
    last_at: datetime
    standing: Standing


def summarise(
    referral: Referral, events: Iterable[ReferralEvent], alliance: Directory, standing: Standing
) -> ReferralSummary:
    """Return the summary of one referral from its own steps."""
    steps = sorted((event for event in events if event.referral == referral.id), key=lambda event: (event.at, event.id))
    last = steps[-1] if steps else None
    service = alliance.services.get(referral.to_service)
    return ReferralSummary(
        referral_id=referral.referral_id,
        person_id=referral.person,
        to_org=referral.to_org,
        to_org_name=organisation_name(alliance, referral.to_org),
        from_org=referral.org,
        from_org_name=organisation_name(alliance, referral.org),
        service_id=referral.to_service,
        service_name="" if service is None else service.name,
        state=referral.state,
        stations=_stations(referral, steps),
        ack_due=referral.ack_due,
        decide_due=referral.decide_due,
        reason="" if last is None else last.reason,
        next_step="" if last is None else last.next_step,
        last_by="" if last is None else last.by_name,
        last_at=referral.created_at if last is None else last.at,
        standing=standing,
    )


def _stations(referral: Referral, steps: Iterable[ReferralEvent]) -> tuple[Station, ...]:
    first: dict[ReferralState, datetime] = {}
    for step in steps:
        first.setdefault(step.to_state, step.at)
    stations = [Station(stop=Stop.ON_THIS_LAPTOP, on=referral.created_at)]
    for stop, states in _REACHED_BY.items():
        moments = [first[state] for state in states if state in first]
        on = min(moments, default=referral.sent_at if stop is Stop.WITH_ORGANISATION else None)
        stations.append(Station(stop=stop, on=on))
    return tuple(stations)
