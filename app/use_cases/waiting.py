"""The waiting list of mentoring: who waits how long, and the best mentors for everybody together, as proposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.clocks import london_day
from app.domain.codes import MenteeStatus
from app.domain.ids import PersonId
from app.domain.matching import Side, Weights
from app.domain.mentor_view import has_consent_of
from app.domain.mentoring import MenteeProfile
from app.domain.partners import Outlook
from app.domain.person import Person
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, mentoring_aggregate
from app.use_cases.importing import Course
from app.use_cases.matching import Suggestion, Suggestions, candidates_of, mentee_side
from app.use_cases.mentoring import policy_of
from app.use_cases.programme import mentees

PROMISED_DAYS: Final = 14
"""Days within which somebody who is ready shall have a mentor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """Somebody who waits.

    Attributes:
        person_id: who.
        name: their name.
        called: what to call them.
        since: the London day since which they wait: they asked, or the last match came to nothing.
        days: how many days that is.
        proposed: the mentor in the best assignment of all, None for whoever stays without.
        why: how many mentors are left out for what, and how many have too little in common.
        taken: how many would fit, and are proposed to somebody else or have no more place.
    """

    person_id: PersonId
    name: str
    called: str
    since: date
    days: int
    proposed: Suggestion | None
    why: Suggestions
    taken: int

    @property
    def promised_by(self) -> date:
        """The day by which they were promised a mentor."""
        return self.since + timedelta(days=PROMISED_DAYS)

    @property
    def is_late(self) -> bool:
        """Whether the promise is broken."""
        return self.days > PROMISED_DAYS


def waiting_list(
    vault: Vault, *, actor: Actor, now: datetime, weights: Weights, course: Course
) -> tuple[WaitingRow, ...]:
    """Return who is ready and has no match, longest wait first, with the best mentors for all together.

    Nothing is written: somebody chooses each mentor.

    Raises:
        KnownError: `import.stopped`; or `assignment.too_many` mentees or places at once.
    """
    # Arrays and the solver take 200 ms to load (measured): not before somebody looks at a waiting list.
    from app.domain.assigning import Waiting, best_assignment  # noqa: PLC0415
    from app.domain.roster import Roster  # noqa: PLC0415

    access.require(actor.roles, Action.RUN_MATCH)
    rows = [
        row
        for row in mentees(vault, actor=actor, now=now)
        if row.match is None and row.status is MenteeStatus.READY and row.since is not None
    ]
    rows.sort(key=lambda row: (row.since or now, row.person_id))
    on = london_day(now)
    with vault.reading() as read:
        alliance = directory(read)
        waiting = []
        for done, row in enumerate(rows):
            course.reach(done, len(rows))
            wish, side, consent = _asking(read, alliance, actor, row.person_id, on)
            assert row.since is not None
            waiting.append(Waiting(wish=wish, side=side, consent=consent, since=london_day(row.since)))
        candidates = candidates_of(read, actor)
        roster = Roster(candidates, on=on, policy=policy_of(alliance, actor))
        placings = best_assignment(waiting, roster, weights=weights)
        chosen = [each.scored.candidate.side.person for each in placings if each.scored is not None]
        names = {person: found[0].full_name for person, found in read.of_people(Person, chosen).items()}
    course.reach(len(rows), len(rows))
    return tuple(
        WaitingRow(
            person_id=row.person_id,
            name=row.name,
            called=row.called,
            since=placing.who.since,
            days=(on - placing.who.since).days,
            proposed=None
            if placing.scored is None
            else Suggestion(
                mentor=placing.scored.candidate.side.person,
                name=names.get(placing.scored.candidate.side.person, ""),
                scored=placing.scored,
            ),
            why=Suggestions(
                mentee=row.person_id,
                mentee_called=row.called,
                best=(),
                left_out=placing.left_out,
                too_low=placing.too_low,
                asked=len(candidates),
            ),
            taken=placing.taken,
        )
        for row, placing in zip(rows, placings, strict=True)
    )


def _asking(
    read: Reader, alliance: Directory, actor: Actor, person_id: PersonId, on: date
) -> tuple[MenteeProfile, Side, bool]:
    held = mentoring_aggregate(read, person_id)
    wish = next(profile for profile in held.mentee_profiles if profile.org == actor.org)
    consent = has_consent_of(Outlook(aggregate=held, directory=alliance, on=on), actor.org)
    return wish, mentee_side(held, wish, actor, on=on), consent
