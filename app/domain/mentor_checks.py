"""A mentor's checks (`domain.md` 7.6), and how many mentees a mentor has room for (7.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from app.domain.clocks import add_months, ages_on, latest
from app.domain.codes import AgeBand, DbsLevel, MatchState, MentorCheck, MentorKind, MentorStatus
from app.domain.ids import RecordId
from app.domain.mentoring import MentorProfile
from app.domain.policy import PolicyKey, policy_value
from app.domain.record import PartialDate
from app.errors import BadInputError

NEEDED_REFERENCES = 2
"""References that a mentor must have."""

HOLDS_A_PLACE = frozenset({MatchState.MENTEE_AGREED, MatchState.ACTIVE, MatchState.PAUSED})
"""States of a match that take one of the mentor's places."""

_AGE_BANDS = (
    (76, AgeBand.OVER_75), (61, AgeBand.AGE_61_75), (41, AgeBand.AGE_41_60), (26, AgeBand.AGE_26_40),
    (18, AgeBand.AGE_18_25), (16, AgeBand.AGE_16_17), (13, AgeBand.AGE_13_15),
)  # fmt: skip

_ENHANCED = frozenset({DbsLevel.ENHANCED, DbsLevel.ENHANCED_BARRED})

_Policy = Mapping[str, int | bool | str]


class CheckRules:
    """What mentors' checks have to be on one London day, under one organisation's policy."""

    def __init__(self, *, on: date, policy: _Policy) -> None:
        """Take the day and the policy."""
        self._on = on
        self._months = policy_value(policy, PolicyKey.DBS_MONTHS)
        self._supervised = timedelta(days=policy_value(policy, PolicyKey.SUPERVISION_DAYS))
        self._dbs_ends: dict[date, date] = {}

    def lapsed(self, profile: MentorProfile) -> Iterator[MentorCheck]:
        """Yield the checks that a mentor does not have, or no more."""
        if profile.training_on is None or profile.training_on > self._on:
            yield MentorCheck.TRAINING
        if profile.conduct_on is None or profile.conduct_on > self._on:
            yield MentorCheck.CONDUCT
        if profile.references < NEEDED_REFERENCES:
            yield MentorCheck.REFERENCES
        if profile.dbs_level is DbsLevel.NONE or profile.dbs_on is None or self._dbs_end(profile.dbs_on) < self._on:
            yield MentorCheck.DBS
        if profile.supervised_on is None or profile.supervised_on + self._supervised < self._on:
            yield MentorCheck.SUPERVISION

    def ends(self, profile: MentorProfile) -> dict[MentorCheck, date]:
        """Return the last day of each check that runs out, of those that were made."""
        ends = {}
        if profile.dbs_on is not None:
            ends[MentorCheck.DBS] = self._dbs_end(profile.dbs_on)
        if profile.supervised_on is not None:
            ends[MentorCheck.SUPERVISION] = profile.supervised_on + self._supervised
        return ends

    def _dbs_end(self, made_on: date) -> date:
        if made_on not in self._dbs_ends:
            self._dbs_ends[made_on] = add_months(made_on, self._months)
        return self._dbs_ends[made_on]


def lapsed_checks(profile: MentorProfile, *, on: date, policy: _Policy) -> tuple[MentorCheck, ...]:
    """Return the checks that a mentor does not have, or no more, on a London day; none is what a match needs."""
    return tuple(CheckRules(on=on, policy=policy).lapsed(profile))


def may_mentor_young(profile: MentorProfile) -> bool:
    """Answer whether a mentor may mentor somebody under 18: of that kind, and with an enhanced check."""
    return MentorKind.YOUNG_PERSON in profile.role_kinds and profile.dbs_level in _ENHANCED


def age_band_of(born: PartialDate, on: date) -> AgeBand:
    """Return the age band of somebody on a day; of a day of birth known in part, the youngest they may be.

    So a young person is never taken for an adult because only the year is known.
    """
    age, _ = ages_on(born, on)
    return band_at(age)


def band_at(age: int) -> AgeBand:
    """Return the age band that an age in whole years lies in."""
    return next((band for first, band in _AGE_BANDS if age >= first), AgeBand.UNDER_13)


def is_under_18(band: AgeBand) -> bool:
    """Answer whether an age band lies under 18; unknown does not."""
    return band in (AgeBand.UNDER_13, AgeBand.AGE_13_15, AgeBand.AGE_16_17)


def is_child(band: AgeBand) -> bool:
    """Answer whether an age band lies under 13: then a parent has a mentor, and the child none (7.6)."""
    return band is AgeBand.UNDER_13


def is_ready_to_mentor(profile: MentorProfile, *, on: date, policy: _Policy) -> bool:
    """Answer whether a mentor is active and has every check on a London day."""
    return profile.status is MentorStatus.ACTIVE and not lapsed_checks(profile, on=on, policy=policy)


def may_become_active(profile: MentorProfile, *, on: date) -> None:
    """Look at what somebody needs to mentor at all: training, and with an injury of their own a year with it (7.1).

    Of a day known in part the last that it may be counts; a day that nobody wrote down is no year.

    Raises:
        BadInputError: `mentor_profile.training_on.required`, `.injured_on.required` or `.injured_on.out_of_range`.
    """
    if profile.training_on is None or profile.training_on > on:
        raise BadInputError.at(profile.TYPE, "training_on", "required")
    if MentorKind.SCI not in profile.role_kinds:
        return
    if profile.injured_on is None:
        raise BadInputError.at(profile.TYPE, "injured_on", "required")
    if add_months(latest(profile.injured_on), 12) > on:
        raise BadInputError.at(profile.TYPE, "injured_on", "out_of_range")


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
