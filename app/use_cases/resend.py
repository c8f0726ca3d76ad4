"""Sending again what the service could not take: the same intent as new ops, on the records as they are now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.actor import Actor
from app.domain.bodies import KINDS, record_of
from app.domain.codes import AuditAction, OpKind
from app.domain.conflict import Conflict
from app.domain.ids import RecordId
from app.domain.referral import Referral, ReferralEvent
from app.errors import BadTransitionError, NotFoundError
from app.storage.unit_of_work import ParkedOp, UnitOfWork
from app.storage.vault import Vault

MAKING = frozenset({OpKind.CREATE, OpKind.APPEND, OpKind.CONSENT})
"""Kinds of op that bring a new record."""


def resend(vault: Vault, *, actor: Actor, now: datetime, item: RecordId) -> int:
    """Send again all that was set aside about the person of an attention item; returns how many changes.

    Each change gets a new op id: under its old one the service will never apply it.

    Raises:
        NotFoundError: nothing is set aside under this item; it was sent again already, or the person has left.
        BadTransitionError: a referral has moved on meanwhile, and the step no longer fits; nothing is sent.
    """
    with vault.transaction(actor=actor, now=now) as work:
        parked = work.parked(item)
        if not parked:
            raise NotFoundError("attention.not_found")
        for op in parked:
            _again(work, op)
        work.audit(AuditAction.CHANGE, reason="resend")
    return len(parked)


def resend_refused(vault: Vault, *, actor: Actor, now: datetime, record_id: RecordId) -> int:
    """Send new records of a person again that were refused, as they are here now and under new op ids.

    What was recorded together was refused together, so all of it goes; the items that speak of it are answered.

    Returns:
        How many records.

    Raises:
        NotFoundError: the record is not held any more.
    """
    with vault.transaction(actor=actor, now=now) as work:
        count = work.revive(record_id)
        work.audit(AuditAction.CHANGE, reason="resend")
    return count


def _again(work: UnitOfWork, op: ParkedOp) -> None:
    kind = KINDS[op.record_type]
    if op.kind in MAKING:
        work.send_again(work.get(kind, op.record_id), op.kind, cites=op.cites)
    elif op.kind is OpKind.TRANSITION and kind is Referral:
        _step_again(work, op)
    elif op.kind is OpKind.RESOLVE:
        _answer_again(work, op)
    elif op.is_confirmed:
        # On a record that never arrived, a later change is in its body already.
        work.change(kind, op.record_id, **_changes(work, op))


def _answer_again(work: UnitOfWork, op: ParkedOp) -> None:
    """Give an answer again where the question is still open; one that a colleague answered needs no other."""
    conflict = work.find(Conflict, UUID(op.cites[0]))
    for name, chosen in op.patch.get("set", {}).items():
        if conflict is not None and name in conflict.fields and conflict.fields[name].is_open:
            work.resolve(conflict, name, chosen)


def _step_again(work: UnitOfWork, op: ParkedOp) -> None:
    step = op.patch["set"]
    event = record_of(ReferralEvent, UUID(step["event_id"]), step["event"])
    referral = work.get(Referral, op.record_id)
    if referral.state is not event.from_state:
        raise BadTransitionError
    work.transition(referral, event)


def _changes(work: UnitOfWork, op: ParkedOp) -> dict[str, Any]:
    """Return a change as `UnitOfWork.change` takes it: values of the domain, not of the wire."""
    kind = KINDS[op.record_type]
    before = work.body(op.record_type, op.record_id) or {}

    def read(named: dict[str, Any]) -> dict[str, Any]:
        record = record_of(
            kind, op.record_id, {**before, **{key: new for key, new in named.items() if new is not None}}
        )
        return {name: getattr(record, name) if named[name] is not None else None for name in named}

    return {
        "fields": read(op.patch.get("set", {})),
        "add": read(op.patch.get("add", {})),
        "remove": read(op.patch.get("rem", {})),
    }
