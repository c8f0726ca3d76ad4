"""What a later write replaced: told for thirty days to those who read the record, and put back by one press."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.access import op_permitted
from app.domain.actor import Actor
from app.domain.bodies import KINDS
from app.domain.codes import AuditAction, OpKind, RecordType
from app.domain.conflict import TOLD_FOR, Clash, Conflict
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.record import field_rules
from app.domain.user import User
from app.errors import NotFoundError, NotPermittedError
from app.storage.reader import Reader
from app.storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One of the two values, who wrote it and when; `by` is empty when not known here."""

    value: Any
    by: str
    is_mine: bool
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentChange:
    """One field in which a later write replaced another.

    Attributes:
        conflict: the record that tells of it.
        record_type, field: what was written twice.
        stands: what the later write put there.
        lost: what it replaced.
        can_put_back: the later value still stands, and the reader's role may change it.
    """

    conflict: RecordId
    record_type: RecordType
    field: str
    stands: Written
    lost: Written
    can_put_back: bool


def recent_changes(read: Reader, *, actor: Actor, now: datetime, person_id: PersonId) -> tuple[RecentChange, ...]:
    """Return what later writes replaced in a person's records within thirty days, newest first."""
    told = [each for each in read.of_person(Conflict, person_id) if _is_fresh(each, now) and each.record_type in KINDS]
    if not told:
        return ()
    looking = _Looking(read, actor, {UserId(user.id): user.shown_name for user in read.all(User)})
    found = [
        change
        for conflict in told
        for name, clash in conflict.fields.items()
        if clash.is_told and (change := looking.change(conflict, name, clash)) is not None
    ]
    return tuple(
        sorted(found, key=lambda change: change.stands.at.timestamp() if change.stands.at else 0, reverse=True)
    )


def put_back(vault: Vault, *, actor: Actor, now: datetime, conflict_id: RecordId, field: str) -> RecordType:
    """Write the older value again, as a change of its own; returns the kind of record that changed.

    Raises:
        NotFoundError: nothing is told of this field any more.
        NotPermittedError: the role may not change the field.
        BadInputError: the field refuses the older value by now.
    """
    with vault.transaction(actor=actor, now=now) as work:
        conflict = work.find(Conflict, conflict_id)
        clash = None if conflict is None else conflict.fields.get(field)
        if conflict is None or clash is None or not clash.is_told or not _is_fresh(conflict, now):
            raise NotFoundError("conflict.not_found")
        if not _may_change(conflict, field, actor):
            raise NotPermittedError
        work.change(KINDS[conflict.record_type], conflict.record, fields={field: _lost(clash)})
        work.audit(AuditAction.CHANGE, person=conflict.person, reason="put_back")
        return conflict.record_type


@dataclass(frozen=True, slots=True)
class _Looking:
    """Who looks at what, and the names of their colleagues."""

    read: Reader
    actor: Actor
    colleagues: Mapping[UserId, str]

    def change(self, conflict: Conflict, name: str, clash: Clash) -> RecentChange | None:
        body = self.read.body(conflict.record_type, conflict.record)
        if body is None or name not in field_rules(KINDS[conflict.record_type]):
            return None
        current, lost = body.get(name), _lost(clash)
        if (current or None) == (lost or None):
            # Put back, or written again by somebody: there is nothing to tell any more.
            return None
        is_first = clash.chosen == clash.theirs
        lost_by, lost_at = (clash.mine_by, clash.mine_at) if is_first else (clash.theirs_by, clash.theirs_at)
        still_stands = (current or None) == (clash.chosen or None)
        return RecentChange(
            conflict=conflict.id,
            record_type=conflict.record_type,
            field=name,
            stands=self._written(clash.chosen, clash.chosen_by, clash.chosen_at),
            lost=self._written(lost, lost_by, lost_at),
            can_put_back=still_stands and _may_change(conflict, name, self.actor),
        )

    def _written(self, value: Any, by: UserId | None, at: datetime | None) -> Written:
        name = "" if by is None else self.colleagues.get(by, "")
        return Written(value=value, by=name, is_mine=by == self.actor.user, at=at)


def _is_fresh(conflict: Conflict, now: datetime) -> bool:
    return now < conflict.created_at + TOLD_FOR


def _lost(clash: Clash) -> Any:
    return clash.mine if clash.chosen == clash.theirs else clash.theirs


def _may_change(conflict: Conflict, field: str, actor: Actor) -> bool:
    return conflict.org == actor.org and any(
        op_permitted(role, conflict.record_type, OpKind.PATCH, change={field: None}) for role in actor.roles
    )
