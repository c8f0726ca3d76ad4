"""A mentor's checks (`domain.md` 7.6), and how many mentees a mentor has room for (7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from app.domain.clocks import add_months
from app.domain.codes import AgeBand, DbsLevel, MatchState, MentorCheck, MentorKind, MentorStatus
from app.domain.ids import RecordId
from app.domain.mentoring import MentorProfile
from app.domain.policy import PolicyKey, policy_value

NEEDED_REFERENCES = 2
"""References that a mentor must have."""

HOLDS_A_PLACE = frozenset({MatchState.MENTEE_AGREED, MatchState.ACTIVE, MatchState.PAUSED})
"""States of a match that take one of the mentor's places."""

_ENHANCED = frozenset({DbsLevel.ENHANCED, DbsLevel.ENHANCED_BARRED})

_Policy = Mapping[str, int | bool | str]


def lapsed_checks(profile: MentorProfile, *, on: date, policy: _Policy) -> tuple[MentorCheck, ...]:
    """Return the checks that a mentor does not have, or no more, on a London day; none is what a match needs."""
    ends = check_ends(profile, policy=policy)
    lacking = {
        MentorCheck.TRAINING: profile.training_on is None or profile.training_on > on,
        MentorCheck.CONDUCT: profile.conduct_on is None or profile.conduct_on > on,
        MentorCheck.REFERENCES: profile.references < NEEDED_REFERENCES,
        MentorCheck.DBS: profile.dbs_level is DbsLevel.NONE or _is_over(ends, MentorCheck.DBS, on),
        MentorCheck.SUPERVISION: _is_over(ends, MentorCheck.SUPERVISION, on),
    }
    return tuple(check for check, is_lacking in lacking.items() if is_lacking)


def check_ends(profile: MentorProfile, *, policy: _Policy) -> dict[MentorCheck, date]:
    """Return the last day of each check that runs out, of those that were made."""
    ends = {}
    if profile.dbs_on is not None:
        ends[MentorCheck.DBS] = add_months(profile.dbs_on, policy_value(policy, PolicyKey.DBS_MONTHS))
    if profile.supervised_on is not None:
        days = timedelta(days=policy_value(policy, PolicyKey.SUPERVISION_DAYS))
        ends[MentorCheck.SUPERVISION] = profile.supervised_on + days
    return ends


def may_mentor_young(profile: MentorProfile) -> bool:
    """Answer whether a mentor may mentor somebody under 18: of that kind, and with an enhanced check."""
    return MentorKind.YOUNG_PERSON in profile.role_kinds and profile.dbs_level in _ENHANCED


def is_under_18(band: AgeBand) -> bool:
    """Answer whether an age band lies under 18; unknown does not."""
    return band in (AgeBand.UNDER_13, AgeBand.AGE_13_15, AgeBand.AGE_16_17)


def is_ready_to_mentor(profile: MentorProfile, *, on: date, policy: _Policy) -> bool:
    """Answer whether a mentor is active and has every check on a London day."""
    return profile.status is MentorStatus.ACTIVE and not lapsed_checks(profile, on=on, policy=policy)


def has_room(profile: MentorProfile, matches: Mapping[RecordId, MatchState], asking: RecordId) -> bool:
    """Answer whether a mentor has a place for one more match to become active.

    Matches that run hold their places; of those whose mentee has agreed, the earlier made come first. So of two that
    would be one too many, the same waits wherever it is asked.

    Args:
        profile: the mentor's.
        matches: the states of every match of the mentor, by id.
        asking: the match that would become active.
    """
    running = {MatchState.ACTIVE, MatchState.PAUSED}
    before = sum(
        match_id != asking and (state in running or (state is MatchState.MENTEE_AGREED and match_id < asking))
        for match_id, state in matches.items()
    )
    return before < profile.max_matches


def _is_over(ends: Mapping[MentorCheck, date], check: MentorCheck, on: date) -> bool:
    return check not in ends or ends[check] < on
