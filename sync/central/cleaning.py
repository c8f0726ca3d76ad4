"""What laptops report: how far they have pulled, and what they have proven to be gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.clocks import london_day
from app.domain.ids import OrganisationId
from sync.central.database import PgConnection
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.scopes import scope_org
from sync.protocol.messages import CleanedScope, ErrorCode, PullScope

_NO_END = 2**62

Loss = tuple[UUID, UUID, OrganisationId]
"""A person, the op that caused the loss, and the partner that lost."""

_STANDING = """
SELECT h.scope_id, h.epoch, h.head, CASE WHEN s.epoch = h.epoch THEN s.cleaned ELSE 0 END, s.cleaned_at FROM feed_head h
JOIN device_scope s ON s.scope_id = h.scope_id AND s.device = %s WHERE h.scope_id = ANY(%s)
"""
_REPORT = """
UPDATE device_scope SET epoch = %s, pulled = %s, cleaned = %s, cleaned_at = %s WHERE device = %s AND scope_id = %s
"""
_NOTICES = """
SELECT agg_id, op_id, home_org FROM drop_notice WHERE scope_id = %s AND seq > %s AND seq <= %s
"""


@dataclass(slots=True)
class Report:
    """What a laptop's report amounts to.

    Attributes:
        is_up_to_date: every scope of the device stood at its head.
        losses: whose removal it speaks of, by the person's home organisation.
        went_back: a number is lower than one reported before: an older disk image is in use.
    """

    is_up_to_date: bool
    losses: Mapping[OrganisationId, list[Loss]] = field(default_factory=dict)
    went_back: bool = False


def take_report(connection: PgConnection, caller: Caller, scopes: list[CleanedScope], *, now: datetime) -> Report:
    """Note a laptop's cursors.

    Raises:
        RefusedError: a scope is not this device's, or a number is none of its feed.
    """
    reported = {scope.id: scope for scope in scopes}
    if len(reported) != len(scopes) or not set(reported) <= set(caller.scopes):
        raise RefusedError(ErrorCode.SCOPE_DENIED)
    found = connection.execute(_STANDING, (caller.device, list(reported))).fetchall()
    losses: dict[OrganisationId, list[Loss]] = defaultdict(list)
    report = Report(is_up_to_date=set(reported) == set(caller.scopes), losses=losses)
    for scope_id, epoch, head, before, reported_at in found:
        here = reported[scope_id]
        if here.epoch != epoch:
            raise RefusedError(ErrorCode.EPOCH_CHANGED)
        if not 0 <= here.cleaned <= here.seq <= head:
            raise RefusedError(ErrorCode.CURSOR_AHEAD)
        report.is_up_to_date &= here.seq == head
        report.went_back |= here.cleaned < before
        connection.execute(_REPORT, (epoch, here.seq, here.cleaned, now, caller.device, scope_id))
        first, last = sorted((before, here.cleaned))
        if reported_at is None or london_day(reported_at) != london_day(now):
            # What is still to go is counted too: it was seen today, and locks itself later than was said.
            last = head
        for org, loss in _losses(connection, caller, scope_id, between=(first, last)):
            losses[org].append(loss)
    return report


def is_older_disk(connection: PgConnection, caller: Caller, scopes: list[PullScope]) -> bool:
    """Answer whether a laptop pulls from before what it has proven to be gone."""
    return bool(_behind(connection, caller, scopes))


def take_back(connection: PgConnection, caller: Caller, scopes: list[PullScope], *, now: datetime) -> Report:
    """Take back what a laptop had proven, when it pulls from before that: an older state of its disk is in use.

    What it removed is on that disk again, and its home organisation must not read that it is gone. A laptop that
    holds nothing of a scope, and asks from its very beginning, has nothing to remove.
    """
    losses: dict[OrganisationId, list[Loss]] = defaultdict(list)
    report = Report(is_up_to_date=False, losses=losses)
    for scope, before in _behind(connection, caller, scopes):
        report.went_back = True
        connection.execute(_REPORT, (scope.epoch, scope.seq, scope.seq, now, caller.device, scope.id))
        for org, loss in _losses(connection, caller, scope.id, between=(scope.seq, before)):
            losses[org].append(loss)
    return report


def all_losses(connection: PgConnection, caller: Caller) -> Mapping[OrganisationId, list[Loss]]:
    """Return every removal that a device is counted in, by the person's home organisation."""
    losses: dict[OrganisationId, list[Loss]] = defaultdict(list)
    for scope_id in caller.scopes:
        for org, loss in _losses(connection, caller, scope_id, between=(0, _NO_END)):
            losses[org].append(loss)
    return losses


def _behind(connection: PgConnection, caller: Caller, scopes: list[PullScope]) -> list[tuple[PullScope, int]]:
    asked = {scope.id: scope for scope in scopes if scope.seq > 0}
    if not asked:
        return []
    found = connection.execute(_STANDING, (caller.device, list(asked))).fetchall()
    return [
        (asked[scope_id], before)
        for scope_id, epoch, _, before, _ in found
        if asked[scope_id].epoch == epoch and max(asked[scope_id].seq, asked[scope_id].dropped or 0) < before
    ]


def _losses(
    connection: PgConnection, caller: Caller, scope_id: UUID, *, between: tuple[int, int]
) -> Iterator[tuple[OrganisationId, Loss]]:
    """Yield whose removal lies between two numbers of a feed, by the person's home organisation."""
    org = scope_org(caller.scopes[scope_id])
    for agg_id, op_id, home_org in connection.execute(_NOTICES, (scope_id, *between)):
        if org is not None and home_org != org:
            yield OrganisationId(home_org), (agg_id, op_id, org)
