"""Who may do what: asked by the laptop, and again by the central service of every op it is sent.

A role named in a request body is never read: roles are grants signed by the central service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

from app.domain.audit import OF_THE_AUDIT
from app.domain.codes import ConsentKind, Decision, NoteLevel, OpKind, PersonStatus, RecordType, ReferralState, Role
from app.domain.mentoring_access import MENTORING_OPS, mentoring_actions
from app.domain.permissions import PERMISSIONS, Action, Reach
from app.errors import NotPermittedError

__all__ = [
    "PERMISSIONS",
    "Action",
    "Nearness",
    "Reach",
    "may",
    "note_levels",
    "op_actions",
    "op_permitted",
    "permitted",
    "reaches",
    "require",
]

_WIDEST_FIRST = (
    Reach.ALLIANCE,
    Reach.ORGANISATION,
    Reach.CASELOAD,
    Reach.RECEIVER,
    Reach.TEAM,
    Reach.SEEN,
    Reach.SITES,
    Reach.BY_SCOPE,
    Reach.CONCERN,
    Reach.OWN,
    Reach.TOLD_TO_MENTOR,
    Reach.DEVICES,
)

_NOTE_ACTIONS: Mapping[NoteLevel, Action] = {
    NoteLevel.AUTHOR_AND_COORDINATOR: Action.NOTE_FOR_COORDINATOR,
    NoteLevel.ORGANISATION: Action.NOTE_FOR_ORGANISATION,
    NoteLevel.PARTNERS_AGREED: Action.NOTE_FOR_PARTNERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearness:
    """How near one record is to the person who acts on it; everything is far unless said.

    Attributes:
        own_organisation: the record is the own organisation's.
        in_caseload: of a person in the own caseload (domain.md 2.1).
        own: of an own match, or written by oneself.
        own_team: addressed to the own team.
        own_receiver: addressed to the own organisation.
        own_site: of a site one is assigned to.
        concern: of a person of a safeguarding concern of the own organisation.
        told: told to the mentor with the mentee's yes.
        in_scope: opened to the own organisation by consent.
        reference: reference data or suppressed totals, no person's.
        device: a device's row.
    """

    own_organisation: bool = False
    in_caseload: bool = False
    own: bool = False
    own_team: bool = False
    own_receiver: bool = False
    own_site: bool = False
    concern: bool = False
    told: bool = False
    in_scope: bool = False
    reference: bool = False
    device: bool = False


def reaches(roles: Iterable[Role], action: Action) -> frozenset[Reach]:
    """Return every reach that the roles of one account have for an action; rights add up."""
    granted = PERMISSIONS[action]
    return frozenset(granted[role] for role in roles if role in granted)


def permitted(roles: Iterable[Role], action: Action) -> Reach | None:
    """Return the widest reach that the roles of one account have for an action, None when it is refused."""
    reached = reaches(roles, action)
    return next((reach for reach in _WIDEST_FIRST if reach in reached), None)


def require(roles: Iterable[Role], action: Action) -> Reach:
    """Return the widest reach for an action.

    Raises:
        NotPermittedError: no role of the account may do it; write an audit entry `refused`.
    """
    reach = permitted(roles, action)
    if reach is None:
        raise NotPermittedError
    return reach


def may(roles: Iterable[Role], action: Action, nearness: Nearness) -> bool:
    """Answer whether the roles of one account reach one record for an action.

    A reader that may not even know of the record must be told "not found", not "forbidden" (domain.md 2.2).
    """
    return any(_covers(reach, nearness) for reach in reaches(roles, action))


def note_levels(roles: Iterable[Role]) -> tuple[NoteLevel, ...]:
    """Return the levels of note that the roles may write, narrowest first."""
    held = tuple(roles)
    return tuple(level for level, action in _NOTE_ACTIONS.items() if permitted(held, action) is not None)


def op_permitted(
    role: Role,
    record_type: RecordType,
    op_kind: OpKind,
    *,
    to_state: str | None = None,
    change: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """Answer whether a role may send such an op at all; whose record it is remains to be asked.

    Args:
        role: a role that `by` has on this device, by the central service's own table. SYSTEM is the service itself,
            never a device.
        record_type: the kind of record.
        op_kind: what is done to it.
        to_state: the state a `transition` goes to.
        change: the op's `set` as it came; never trusted to have any shape.
    """
    if role is Role.SYSTEM:
        return True
    if op_kind is OpKind.SKIP or (record_type in OF_THE_AUDIT and op_kind is OpKind.APPEND):
        return True
    if op_kind is OpKind.PATCH and record_type is RecordType.PERSON and role is Role.DATA_PROTECTION_LEAD:
        # The lead writes nothing of a person but whether the record may be used (UK GDPR Art. 18 and 21).
        return set(change) == {"restricted"}
    if op_kind is OpKind.PATCH and (cleared := _cleared_flags(record_type, change)):
        leads = {lead for _, lead in cleared}
        if leads != {role} or {name for name, _ in cleared} == set(change):
            return leads == {role}
    if op_kind is OpKind.PATCH and record_type is RecordType.PERSON and "status" in change:
        return to_state != PersonStatus.ERASED and role in PERMISSIONS[Action.SET_PERSON_STATUS]
    if op_kind is OpKind.PATCH and record_type is RecordType.SERVICE and not set(change) <= _CAPACITY_FIELDS:
        return role in PERMISSIONS[Action.EDIT_SERVICES]
    return any(role in PERMISSIONS[action] for action in op_actions(record_type, op_kind, to_state, change))


def op_actions(
    record_type: RecordType, op_kind: OpKind, to_state: str | None, change: Mapping[str, Any]
) -> tuple[Action, ...]:
    """Return the actions of which any one permits an op; none when no device may ever send it."""
    if record_type is RecordType.CASE_NOTE and op_kind in _MAKING:
        # By far the most of what is sent is notes.
        return _note_action(change.get("level"))
    match record_type, op_kind:
        case _, OpKind.ERASE_REQUEST:
            return (Action.ASK_FOR_RIGHTS,)
        case RecordType.PERSON | RecordType.PERSON_MERGE, OpKind.MERGE_PERSON:
            return (Action.DECIDE_SAME_PERSON,)
        case RecordType.PERSON | RecordType.PERSON_MERGE, OpKind.UNMERGE_PERSON:
            return (Action.UNDO_MERGE,)
        case RecordType.PERSON, OpKind.TRANSITION:
            return () if to_state == PersonStatus.ERASED else (Action.SET_PERSON_STATUS,)
        case RecordType.REFERRAL, OpKind.TRANSITION:
            return _REFERRAL_MOVES.get(to_state or "", ())
        case RecordType.CONSENT_EVENT, OpKind.CONSENT | OpKind.APPEND:
            return _consent_actions(change)
        case RecordType.ATTACHMENT, OpKind.APPEND | OpKind.CREATE:
            return _file_actions(change)
        case RecordType.MATCH | RecordType.MATCH_CARD | RecordType.MENTOR_PROFILE, _:
            return mentoring_actions(record_type, op_kind, to_state, change)
        case RecordType.CONFLICT, OpKind.RESOLVE:
            return (Action.WRITE_PERSON, Action.DECIDE_SAME_PERSON)
        case _, OpKind.RESOLVE:
            # Whoever may change a field may answer which of two changes is right.
            return op_actions(record_type, OpKind.PATCH, to_state, change)
        case RecordType.AGREEMENT | RecordType.CONSENT_WORDING, OpKind.TRANSITION:
            return (Action.APPROVE_AGREEMENTS, Action.EDIT_AGREEMENTS)
    return _PLAIN.get((record_type, op_kind), ())


_MAKING = (OpKind.CREATE, OpKind.APPEND)
_CAPACITY_FIELDS = frozenset({"capacity_places", "typical_wait_days", "status", "paused_until"})
"""What an intake worker may change of a service: `capacity, pause` in the table."""

_STOPS = frozenset({Decision.REFUSED.value, Decision.WITHDRAWAL.value})

_SENDERS = (Action.WRITE_REFERRAL, Action.REFER_FROM_OUTSIDE)
_REFERRAL_MOVES: Mapping[str, tuple[Action, ...]] = MappingProxyType(
    {
        ReferralState.DRAFT: _SENDERS,
        ReferralState.QUEUED: _SENDERS,
        ReferralState.WITHDRAWN: _SENDERS,
        ReferralState.CLOSED: _SENDERS,
        ReferralState.ENTERED_IN_ERROR: _SENDERS,
        # The sender answers a question, the receiver opens (domain.md 6.2, rows 5 and 7).
        ReferralState.RECEIVED: (Action.ANSWER_REFERRAL, *_SENDERS),
        ReferralState.DECLINED_BY_PERSON: (Action.ANSWER_REFERRAL, *_SENDERS),
        ReferralState.INFO_NEEDED: (Action.ANSWER_REFERRAL,),
        ReferralState.ACCEPTED: (Action.ANSWER_REFERRAL,),
        ReferralState.WAITING_LIST: (Action.ANSWER_REFERRAL,),
        ReferralState.IN_PROGRESS: (Action.ANSWER_REFERRAL,),
        ReferralState.COMPLETED: (Action.ANSWER_REFERRAL,),
        ReferralState.DECLINED_BY_SERVICE: (Action.ANSWER_REFERRAL,),
        ReferralState.COULD_NOT_CONTACT: (Action.ANSWER_REFERRAL,),
        ReferralState.REROUTED: (Action.REROUTE_REFERRAL,),
    }
)
"""Who may ask for each state; `sent` and `expired` are the central service's alone."""

_WRITES = (OpKind.CREATE, OpKind.PATCH, OpKind.ARCHIVE)
_PLAIN: Mapping[tuple[RecordType, OpKind], tuple[Action, ...]] = MappingProxyType(
    {
        **{
            (kind, op): (Action.WRITE_PERSON,)
            for kind in (
                RecordType.PERSON,
                RecordType.INJURY,
                RecordType.CONTACT_POINT,
                RecordType.RELATIONSHIP,
                RecordType.STAY,
            )
            for op in _WRITES
        },
        (RecordType.REFERRAL, OpKind.CREATE): _SENDERS,
        (RecordType.REFERRAL, OpKind.PATCH): (*_SENDERS, Action.ANSWER_REFERRAL),
        (RecordType.REFERRAL, OpKind.ARCHIVE): _SENDERS,
        (RecordType.SIGNPOST, OpKind.CREATE): (Action.SIGNPOST,),
        (RecordType.SIGNPOST, OpKind.APPEND): (Action.SIGNPOST,),
        (RecordType.SAME_PERSON, OpKind.APPEND): (Action.DECIDE_SAME_PERSON,),
        # Nothing of a file ever changes but that it was taken away, or put back.
        (RecordType.ATTACHMENT, OpKind.PATCH): (*_NOTE_ACTIONS.values(), Action.RECORD_ANSWER),
        (RecordType.OUTCOME_MEASURE, OpKind.APPEND): (Action.RECORD_MEASURE,),
        (RecordType.EQUALITY_ANSWERS, OpKind.APPEND): (Action.WRITE_EQUALITY,),
        # Raised by whoever saw it, and moved by the lead alone; nobody changes a word, and nobody takes one away.
        (RecordType.CONCERN, OpKind.APPEND): (Action.RAISE_CONCERN,),
        (RecordType.CONCERN, OpKind.PATCH): (Action.WORK_CONCERN,),
        (RecordType.CONCERN_STEP, OpKind.APPEND): (Action.WRITE_CONCERN_FILE,),
        **{(RecordType.TASK, op): (Action.KEEP_TASKS,) for op in _WRITES},
        (RecordType.SITE, OpKind.CREATE): (Action.ADD_SITE,),
        (RecordType.SITE, OpKind.PATCH): (Action.ADD_SITE,),
        (RecordType.SITE, OpKind.ARCHIVE): (Action.EDIT_DIRECTORY,),
        (RecordType.SERVICE, OpKind.CREATE): (Action.EDIT_SERVICES,),
        (RecordType.SERVICE, OpKind.PATCH): (Action.EDIT_SERVICES, Action.PAUSE_SERVICE),
        (RecordType.SERVICE, OpKind.ARCHIVE): (Action.EDIT_SERVICES,),
        **{(RecordType.ORGANISATION, op): (Action.EDIT_DIRECTORY,) for op in _WRITES},
        **{(RecordType.AGREEMENT, op): (Action.EDIT_AGREEMENTS,) for op in _WRITES},
        **{(RecordType.CONSENT_WORDING, op): (Action.EDIT_AGREEMENTS,) for op in _WRITES},
        **{(RecordType.NOTICE, op): (Action.EDIT_SERVICES, Action.EDIT_DIRECTORY) for op in _WRITES},
        **MENTORING_OPS,
        **{(RecordType.USER, op): (Action.MANAGE_USERS,) for op in _WRITES},
    }
)
"""What a device may send of each kind of record; cards, receipts and referral events are never among it."""

_FLAGS: Mapping[tuple[RecordType, str], Role] = MappingProxyType(
    {
        (RecordType.PERSON, "see_lead"): Role.SAFEGUARDING_LEAD,
        (RecordType.PERSON, "restricted"): Role.DATA_PROTECTION_LEAD,
        (RecordType.CONTACT_POINT, "never_use"): Role.COORDINATOR,
    }
)
"""Flags that once set stay set until this role clears them (domain.md 4.3)."""


def _consent_actions(change: Mapping[str, Any]) -> tuple[Action, ...]:
    match change.get("kind"):
        case ConsentKind.WITHDRAWAL:
            return (Action.RECORD_STOP,)
        case ConsentKind.ANSWER:
            return (Action.RECORD_STOP,) if _says_only_no(change.get("lines")) else (Action.RECORD_ANSWER,)
        case ConsentKind.OVERRIDE:
            return (Action.START_OVERRIDE,)
        case ConsentKind.PARTNER_TOLD | ConsentKind.PARTNER_CONFIRMED_STOP | ConsentKind.CORRECTION:
            return (Action.RECORD_ANSWER, Action.RELEASE_RIGHTS)
        case ConsentKind.RECEIPT_GIVEN:
            return (Action.RECORD_STOP,)
    return ()


def _file_actions(change: Mapping[str, Any]) -> tuple[Action, ...]:
    """Whoever may write the note, or record the answer, may lay a file beside it."""
    if change.get("level") is None:
        return (Action.RECORD_ANSWER,)
    return _note_action(change.get("level"))


def _note_action(level: object) -> tuple[Action, ...]:
    action = _NOTE_ACTIONS.get(cast(NoteLevel, level)) if isinstance(level, str) else None
    return () if action is None else (action,)


def _says_only_no(lines: Any) -> bool:
    if not isinstance(lines, list) or not lines:
        return False
    return all(isinstance(line, dict) and line.get("decision") in _STOPS for line in lines)


def _cleared_flags(record_type: RecordType, change: Mapping[str, Any]) -> tuple[tuple[str, Role], ...]:
    return tuple(
        (name, lead)
        for (kind, name), lead in _FLAGS.items()
        if kind is record_type and name in change and change[name] is not True
    )


def _covers(reach: Reach, near: Nearness) -> bool:
    covered = {
        Reach.CASELOAD: near.in_caseload,
        Reach.ORGANISATION: near.own_organisation,
        Reach.OWN: near.own,
        Reach.TEAM: near.own_team,
        Reach.RECEIVER: near.own_receiver,
        Reach.CONCERN: near.concern,
        Reach.SITES: near.own_site,
        Reach.TOLD_TO_MENTOR: near.own and near.told,
        Reach.BY_SCOPE: near.own_team and near.in_scope,
        Reach.SEEN: near.in_caseload or near.own_organisation or near.own or near.own_team or near.concern,
        Reach.ALLIANCE: near.reference,
        Reach.DEVICES: near.device,
    }
    return covered[reach]
