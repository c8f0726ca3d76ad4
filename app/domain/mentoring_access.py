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

_OWN_STATES = frozenset({MentorStatus.ACTIVE, MentorStatus.PAUSED})


def match_actions(record_type: RecordType, to_state: str | None) -> tuple[Action, ...]:
    """Return the actions of which any one permits a step of a match.

    A mentor holds the card and not the match, and steps by it: yes, or no. What ends a match, the system may too.
    """
    said_by_mentor = to_state in (MatchState.ACTIVE, MatchState.DECLINED)
    if record_type is RecordType.MATCH_CARD:
        return (Action.ANSWER_MATCH,) if said_by_mentor else ()
    return (Action.RUN_MATCH,)


def profile_actions(change: Mapping[str, Any]) -> tuple[Action, ...]:
    """Return the actions of which any one permits a change of a mentor's profile."""
    is_own = set(change) <= OWN_FIELDS and change.get("status", MentorStatus.PAUSED) in _OWN_STATES
    return (Action.EDIT_PROFILES, Action.EDIT_OWN_PROFILE) if is_own else (Action.EDIT_PROFILES,)
