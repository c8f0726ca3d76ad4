"""Questionnaires before and after: which may be asked, the answers as given, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.calls import active_since, reached_at
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Instrument, MatchState, MeasureMode, MeasureOccasion
from app.domain.ids import PersonId, RecordId
from app.domain.match import Match, MatchEvent
from app.domain.measures import QUESTIONS, OutcomeMeasure, Pair, may_ask, pair_of, standing_measures
from app.domain.mentor_checks import HOLDS_A_PLACE
from app.domain.person import Person
from app.errors import BadInputError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory
from app.use_cases.mentoring import policy_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureForm:
    """A questionnaire as the page holds it; an item that was left out is absent."""

    instrument: Instrument
    occasion: MeasureOccasion
    mode: MeasureMode
    answered_on: date
    items: Mapping[str, int] = field(default_factory=dict)
    amends: RecordId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuresView:
    """One person's questionnaires.

    Attributes:
        person_id: whose.
        name: who it is.
        may_ask: the questionnaires that this organisation may use.
        answered: as they stand after corrections, oldest first.
        pairs: start and end of the newest match, for every questionnaire that has a start.
    """

    person_id: PersonId
    name: str
    may_ask: tuple[Instrument, ...]
    answered: tuple[OutcomeMeasure, ...]
    pairs: tuple[Pair, ...]


def measures_view(vault: Vault, *, actor: Actor, person_id: PersonId) -> MeasuresView:
    """Return what was asked of somebody, and what may be.

    Raises:
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.RECORD_MEASURE)
    with vault.reading() as read:
        if not read.knows(person_id):
            raise NotFoundError("person.not_found")
        person = read.find(Person, person_id)
        own = [each for each in read.of_person(OutcomeMeasure, person_id) if each.org == actor.org]
        policy = policy_of(directory(read), actor)
        matches = [each for each in read.of_person(Match, person_id) if each.org == actor.org]
        events = read.of_person(MatchEvent, person_id)
    pairs: tuple[Pair, ...] = ()
    begun = [(each, active_since(event for event in events if event.match == each.id)) for each in matches]
    running = max(
        ((since, match) for match, since in begun if since is not None), key=lambda each: each[0], default=None
    )
    if running is not None:
        since, match = running
        ended = reached_at([event for event in events if event.match == match.id], MatchState.ENDED)
        found = (
            pair_of(
                instrument,
                own,
                match=match.id,
                active_on=london_day(since),
                ended_on=None if ended is None else london_day(ended),
            )
            for instrument in QUESTIONS
        )
        pairs = tuple(pair for pair in found if pair.start is not None)
    return MeasuresView(
        person_id=person_id,
        name=person.full_name if person else "",
        may_ask=tuple(instrument for instrument in QUESTIONS if may_ask(instrument, policy)),
        answered=standing_measures(own),
        pairs=pairs,
    )


def record_measure(
    vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, form: MeasureForm
) -> OutcomeMeasure:
    """Keep the answers to one questionnaire as they were given; what is left out is left out.

    Raises:
        BadInputError: `outcome_measure.<field>.<problem>`; `instrument.not_permitted` without the licence it needs.
        NotFoundError: nothing of the person is held here.
    """
    access.require(actor.roles, Action.RECORD_MEASURE)
    with vault.transaction(actor=actor, now=now) as work:
        if not work.knows(person_id):
            raise NotFoundError("person.not_found")
        if not may_ask(form.instrument, policy_of(directory(work), actor)):
            raise BadInputError.at("outcome_measure", "instrument", "not_permitted")
        amended = None if form.amends is None else work.find(OutcomeMeasure, form.amends)
        if form.amends is not None and (amended is None or amended.person != person_id):
            raise BadInputError.at("outcome_measure", "amends", "not_permitted")
        measure = OutcomeMeasure(
            **work.header(),
            person=person_id,
            instrument=form.instrument,
            version=QUESTIONS[form.instrument].version,
            occasion=form.occasion,
            items=dict(form.items),
            answered_on=form.answered_on,
            mode=form.mode,
            match=_match_of(work, actor, person_id),
            amends=form.amends,
        )
        work.audit(AuditAction.CREATE, person=person_id, reason="outcome_measure")
        return work.append(measure)


def _match_of(read: Reader, actor: Actor, person_id: PersonId) -> RecordId | None:
    """Return the match that answers belong to: the one that runs or is agreed, else the last that ran."""
    own = [each for each in read.of_person(Match, person_id) if each.org == actor.org and each.state in _COUNTS]
    newest = max(own, key=lambda each: (each.state is not MatchState.ENDED, each.created_at, each.id), default=None)
    return None if newest is None else newest.id


_COUNTS = frozenset({MatchState.APPROVED, MatchState.ENDED, *HOLDS_A_PLACE})
"""A match that was declined, or a mistake, has no answers."""
