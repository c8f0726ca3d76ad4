"""Records the service itself makes: their header, and ids that come out the same when a step is done again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from app.domain.codes import ReferralState, Role
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, RecordId
from app.domain.referral import Referral, ReferralEvent
from sync.central.tables import CONSOLE


def derived_id(*parts: UUID | str) -> RecordId:
    """Return the id of a record that follows from others; the same parts give the same id."""
    first, *rest = parts
    base = first if isinstance(first, UUID) else uuid5(CONSOLE, first)
    return RecordId(uuid5(base, "/".join(str(part) for part in rest)))


def service_header(record_id: RecordId, *, org: OrganisationId, now: datetime) -> dict[str, Any]:
    """Return the header of a record that the service writes for an organisation."""
    return {
        "id": record_id,
        "org": org,
        "created_at": in_milliseconds(now),
        "created_by": SYSTEM,
        "created_role": Role.SYSTEM,
        "device": DeviceId(CONSOLE),
    }


def in_milliseconds(moment: datetime) -> datetime:
    """Return a moment as records hold it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def service_step(
    referral: Referral, to: ReferralState, *, cause: UUID, now: datetime, reason: str = ""
) -> ReferralEvent:
    """Return an automatic step of a referral, brought about by the op or record `cause`."""
    return ReferralEvent(
        **service_header(derived_id(cause, referral.id, to.value), org=referral.org, now=now),
        person=referral.person,
        referral=referral.referral_id,
        from_state=referral.state,
        to_state=to,
        at=in_milliseconds(now),
        by=SYSTEM,
        reason=reason,
    )
