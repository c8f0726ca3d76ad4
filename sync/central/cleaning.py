"""What laptops report: how far they have pulled, and what they have proven to be gone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.ids import OrganisationId
from sync.central.database import PgConnection
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.central.scopes import scope_org
from sync.protocol.messages import CleanedScope, ErrorCode

Loss = tuple[UUID, UUID, OrganisationId]
"""A person, the op that caused the loss, and the partner that lost."""

_STANDING = """
SELECT h.scope_id, h.epoch, h.head, CASE WHEN s.epoch = h.epoch THEN s.cleaned ELSE 0 END FROM feed_head h
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
    for scope_id, epoch, head, before in found:
        here = reported[scope_id]
        if here.epoch != epoch:
            raise RefusedError(ErrorCode.EPOCH_CHANGED)
        if not 0 <= here.cleaned <= here.seq <= head:
            raise RefusedError(ErrorCode.CURSOR_AHEAD)
        report.is_up_to_date &= here.seq == head
        report.went_back |= here.cleaned < before
        connection.execute(_REPORT, (epoch, here.seq, here.cleaned, now, caller.device, scope_id))
        first, last = sorted((before, here.cleaned))
        org = scope_org(caller.scopes[scope_id])
        for agg_id, op_id, home_org in connection.execute(_NOTICES, (scope_id, first, last)):
            if org is not None and home_org != org:
                losses[OrganisationId(home_org)].append((agg_id, op_id, org))
    return report
