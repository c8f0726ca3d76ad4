"""Which ops about mentoring somebody may send; a part of the table that `app.domain.access` asks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.domain.codes import MatchState, MentorStatus, OpKind, RecordType
from app.domain.permissions import Action

_Ops = Mapping[tuple[RecordType, OpKind], tuple[Action, ...]]

MENTORING_OPS: _Ops = MappingProxyType(
    {
        (RecordType.MENTOR_PROFILE, OpKind.CREATE): (Action.EDIT_PROFILES,),
        (RecordType.MENTOR_PROFILE, OpKind.ARCHIVE): (Action.EDIT_PROFILES,),
        (RecordType.MENTOR_PROFILE, OpKind.PATCH): (Action.EDIT_PROFILES,),
        (RecordType.MENTEE_PROFILE, OpKind.CREATE): (Action.EDIT_PROFILES, Action.START_MENTEE),
        (RecordType.MENTEE_PROFILE, OpKind.PATCH): (Action.EDIT_PROFILES,),
        (RecordType.MENTEE_PROFILE, OpKind.ARCHIVE): (Action.EDIT_PROFILES,),
        (RecordType.MATCH, OpKind.CREATE): (Action.RUN_MATCH,),
        (RecordType.MATCH, OpKind.PATCH): (Action.RUN_MATCH,),
        (RecordType.SESSION, OpKind.APPEND): (Action.LOG_SESSION,),
        (RecordType.PULSE_ANSWER, OpKind.APPEND): (Action.ANSWER_PULSE,),
        (RecordType.GOAL, OpKind.CREATE): (Action.WRITE_GOAL,),
        (RecordType.GOAL, OpKind.PATCH): (Action.WRITE_GOAL,),
        (RecordType.GOAL, OpKind.ARCHIVE): (Action.WRITE_GOAL,),
    }
)
"""What a device may send; a match's steps come with its transitions, and the card is the service's alone."""

OWN_FIELDS = frozenset({"topics", "unwilling_topics", "interests", "channels", "times", "status"})
"""What a mentor changes of the own profile: `own topics, interests, times, pause`."""

_SAID_BY_MENTOR = frozenset({MatchState.ACTIVE, MatchState.DECLINED})

_OWN_STATES = frozenset({MentorStatus.ACTIVE, MentorStatus.PAUSED})


def mentoring_actions(
    record_type: RecordType, op_kind: OpKind, to_state: str | None, change: Mapping[str, Any]
) -> tuple[Action, ...]:
    """Return the actions of which any one permits an op on a match, its card, or a mentor's profile.

    A mentor holds the card and not the match, and steps by it: yes, or no.
    """
    match record_type, op_kind:
        case RecordType.MATCH, OpKind.TRANSITION:
            return (Action.RUN_MATCH,)
        case RecordType.MATCH_CARD, OpKind.TRANSITION if to_state in _SAID_BY_MENTOR:
            return (Action.ANSWER_MATCH,)
        case RecordType.MENTOR_PROFILE, OpKind.PATCH if _is_own(change):
            return (Action.EDIT_PROFILES, Action.EDIT_OWN_PROFILE)
    return MENTORING_OPS.get((record_type, op_kind), ())


def _is_own(change: Mapping[str, Any]) -> bool:
    return set(change) <= OWN_FIELDS and change.get("status", MentorStatus.PAUSED) in _OWN_STATES
