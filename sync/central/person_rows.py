"""Locked rows of a person as the rules of the domain take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.aggregate import PersonAggregate, aggregate_of
from app.domain.bodies import KINDS, record_of
from app.domain.codes import RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.domain.record import Record
from app.domain.referral import Referral, ReferralEvent
from app.domain.stamps import stamp_of
from sync.central.overlay import Locked, Row


def person_of(aggregate: Locked) -> PersonAggregate:
    """Return a locked aggregate as the rules of the domain take it."""
    records = (_record(row) for row in aggregate.rows.values() if row.type in KINDS)
    return aggregate_of(PersonId(aggregate.agg_id), records, status_since=_status_since(aggregate))


def _record(row: Row) -> Record:
    """Return a row's record; an override counts from when it came in, should its laptop's clock run ahead."""
    record = row.record()
    received = row.stamps.get("at")
    if isinstance(record, ConsentEvent) and received is not None:
        return replace(record, at=min(record.at, stamp_of(received).moment))
    return record


def referral_of(row: Row) -> Referral:
    """Return a row as the referral it is."""
    return record_of(Referral, row.id, row.body)


def steps_of(aggregate: Locked, referral: Referral) -> list[ReferralEvent]:
    """Return the steps of a referral, by the clocks of those who took them."""
    events = (record_of(ReferralEvent, row.id, row.body) for row in aggregate.of_type(RecordType.REFERRAL_EVENT))
    return sorted((event for event in events if event.referral == referral.id), key=lambda event: (event.at, event.id))


def _status_since(aggregate: Locked) -> datetime | None:
    """Return when the person's status was last set, from the stamp of that field."""
    for row in aggregate.of_type(RecordType.PERSON):
        stamp = row.stamps.get("status")
        if stamp:
            return stamp_of(stamp).moment
    return None
