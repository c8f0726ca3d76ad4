"""What a partner owes after a withdrawal: its laptops remove the person, its data protection lead confirms the stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.bodies import body_of, record_of
from app.domain.card import RemovalReceipt, WaitingLaptop
from app.domain.clocks import add_working_days, london_day
from app.domain.codes import DropReason, Nation, RecordType, Role, TaskKind
from app.domain.consent import NO
from app.domain.consent_event import ConsentEvent
from app.domain.ids import DeviceId, OrganisationId, PersonId, RecordId
from app.domain.task import Task
from sync.central.applying import Circumstances
from sync.central.consequences import Outcome
from sync.central.database import PgConnection
from sync.central.loading import join
from sync.central.overlay import Locked, Overlay
from sync.central.scopes import scope_org
from sync.central.service_records import derived_id, in_milliseconds, service_header

CONFIRM_WORKING_DAYS = 5
"""Working days in which a partner confirms that paper and mailing lists have stopped too (domain.md 4.4)."""

_NOTICES = """
SELECT scope_id, seq, at FROM drop_notice WHERE agg_id = %s AND op_id = %s
"""


@dataclass(frozen=True, slots=True)
class Laptop:
    """A device that held a scope when a record had to leave it."""

    device: UUID
    status: str
    last_seen: datetime | None
    lease_days: int
    removed_at: datetime | None


def order_removals(
    connection: PgConnection, overlay: Overlay, outcome: Outcome, *, cause: UUID, around: Circumstances
) -> list[Locked]:
    """Add receipts and tasks for every partner that must stop; return the aggregates that were taken in for it."""
    aggregate = outcome.aggregate
    if not aggregate.is_person:
        return []
    losing = _losing_scopes(outcome)
    partners = sorted({*losing, *_named_partners(aggregate)})
    join(connection, overlay, partners)
    for org in partners:
        if org in losing:
            _add_receipt(connection, overlay, aggregate, org, losing[org], cause=cause, around=around)
        if org in overlay.aggregates:
            _add_task(overlay, aggregate, org, cause=cause, around=around)
    return [overlay.aggregates[org] for org in partners if org in overlay.aggregates]


def receipt_id(cause: UUID, agg_id: UUID, org: UUID) -> RecordId:
    """Return the id of the receipt for one loss of one person by one partner."""
    return derived_id(cause, agg_id, "removal", org)


def renew_receipts(
    connection: PgConnection, overlay: Overlay, aggregate: Locked, losses: Iterable[tuple[UUID, OrganisationId]]
) -> None:
    """Count again the laptops that have removed a person, for each loss (op, partner)."""
    for cause, org in losses:
        row = aggregate.rows.get(receipt_id(cause, aggregate.agg_id, org))
        if row is None:
            continue
        notices = connection.execute(_NOTICES, (aggregate.agg_id, cause)).fetchall()
        laptops = _laptops(connection, {scope: (seq, at) for scope, seq, at in notices}, org)
        receipt = record_of(RemovalReceipt, row.id, row.body)
        body = {**row.body, **_counts(laptops, receipt.ordered_at)}
        overlay.revise(row, {name: value for name, value in body.items() if value is not None}, op=row.last_op)


def _losing_scopes(outcome: Outcome) -> Mapping[OrganisationId, set[UUID]]:
    losing: dict[OrganisationId, set[UUID]] = {}
    for scope, _, why in outcome.left:
        org = scope_org(outcome.keys[scope])
        if why is DropReason.CONSENT and org is not None and org != outcome.aggregate.home_org:
            losing.setdefault(org, set()).add(scope)
    return losing


def _named_partners(aggregate: Locked) -> set[OrganisationId]:
    """Return the organisations that once received something and that a no of this transaction speaks of."""
    received = {OrganisationId(UUID(row.body["receiver"])) for row in aggregate.of_type(RecordType.SHARE_CARD)}
    said_no: set[OrganisationId] = set()
    for row in aggregate.changed():
        if row.type is RecordType.CONSENT_EVENT:
            for line in record_of(ConsentEvent, row.id, row.body).lines:
                if line.decision in NO:
                    said_no |= received if line.org is None else received & {line.org}
    return said_no - {aggregate.home_org}


def _add_receipt(
    connection: PgConnection,
    overlay: Overlay,
    aggregate: Locked,
    org: OrganisationId,
    scopes: set[UUID],
    *,
    cause: UUID,
    around: Circumstances,
) -> None:
    # No number is given yet, so nothing can be removed yet.
    never = 2**62
    laptops = _laptops(connection, dict.fromkeys(scopes, (never, around.now)), org)
    identifier = receipt_id(cause, aggregate.agg_id, org)
    receipt = RemovalReceipt(
        **service_header(identifier, org=OrganisationId(aggregate.home_org), now=around.now),
        person=PersonId(aggregate.agg_id),
        partner=org,
        partner_name=around.alliance.organisation_name(org),
        withdrawal=_withdrawal(aggregate),
        ordered_at=in_milliseconds(around.now),
        laptops=len(laptops),
        removed=0,
        waiting=tuple(_waiting(laptop) for laptop in laptops),
    )
    overlay.insert_record(aggregate.agg_id, receipt, op=cause)


def _add_task(overlay: Overlay, aggregate: Locked, org: OrganisationId, *, cause: UUID, around: Circumstances) -> None:
    organisation = around.alliance.directory.organisations.get(org)
    nation = Nation.UNKNOWN if organisation is None else organisation.nation
    task = Task(
        **service_header(derived_id(cause, aggregate.agg_id, "stop", org), org=org, now=around.now),
        kind=TaskKind.CONFIRM_STOP,
        person=PersonId(aggregate.agg_id),
        subject=_withdrawal(aggregate),
        rule="withdrawal",
        for_role=Role.DATA_PROTECTION_LEAD,
        due_on=add_working_days(around.on, CONFIRM_WORKING_DAYS, nation, around.holidays),
    )
    overlay.insert_record(org, task, op=cause)


def _withdrawal(aggregate: Locked) -> RecordId | None:
    events = [row for row in aggregate.changed() if row.type is RecordType.CONSENT_EVENT]
    return RecordId(events[-1].id) if events else None


def _laptops(
    connection: PgConnection, notices: Mapping[UUID, tuple[int, datetime]], org: OrganisationId
) -> list[Laptop]:
    """Return every device of a partner that had one of the scopes when the order was given, by device id."""
    found: dict[UUID, Laptop] = {}
    devices = connection.execute("SELECT * FROM scope_devices(%s)", (list(notices),)).fetchall()
    for scope, owner, device, status, last_seen, lease_days, from_at, cleaned, cleaned_at in devices:
        seq, at = notices[scope]
        if owner != org or from_at > at or status == "wiped":
            continue
        removed_at = cleaned_at if cleaned >= seq else None
        if device in found:
            # Held through two scopes, removed only when gone from both.
            other = found[device].removed_at
            removed_at = None if removed_at is None or other is None else max(removed_at, other)
        found[device] = Laptop(device, status, last_seen, lease_days, removed_at)
    return [found[device] for device in sorted(found)]


def _counts(laptops: list[Laptop], ordered_at: datetime) -> dict[str, object]:
    gone = [laptop.removed_at for laptop in laptops if laptop.removed_at is not None]
    receipt = RemovalReceipt(
        **service_header(RecordId(UUID(int=0)), org=OrganisationId(UUID(int=0)), now=ordered_at),
        person=PersonId(UUID(int=0)),
        partner=OrganisationId(UUID(int=0)),
        ordered_at=ordered_at,
        laptops=len(laptops),
        removed=len(gone),
        waiting=tuple(_waiting(laptop) for laptop in laptops if laptop.removed_at is None),
        last_removed_at=in_milliseconds(max(gone)) if gone else None,
    )
    body = body_of(receipt)
    return {name: body.get(name) for name in ("laptops", "removed", "waiting", "last_removed_at")}


def _waiting(laptop: Laptop) -> WaitingLaptop:
    seen = laptop.last_seen
    return WaitingLaptop(
        device=DeviceId(laptop.device),
        last_seen_on=None if seen is None else london_day(seen),
        locks_on=None if seen is None else london_day(seen + timedelta(days=laptop.lease_days)),
    )
