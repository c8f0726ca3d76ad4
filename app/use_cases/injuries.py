"""What is told of an injury: one record a person, and not knowing is an answer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.checks import faults_of
from app.domain.clocks import parse_partial
from app.domain.codes import (
    Ais,
    AuditAction,
    Cause,
    Completeness,
    InjuryLevel,
    NonTraumaticKind,
    ToldBy,
    Ventilation,
)
from app.domain.faults import Faults
from app.domain.ids import PersonId
from app.domain.person import Injury, Person
from app.storage.vault import Vault
from app.use_cases.people import NOTHING, Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class InjuryForm:
    """What was told, as it was chosen; the day as typed in three boxes."""

    level: InjuryLevel = InjuryLevel.X99
    ais: Ais = Ais.UNKNOWN
    completeness: Completeness = Completeness.NOT_TOLD
    cause: Cause = Cause.UNKNOWN
    non_traumatic_kind: NonTraumaticKind | None = None
    ventilation: Ventilation = Ventilation.UNKNOWN
    told_by: ToldBy = ToldBy.SELF
    injury_date: Typed = NOTHING


def record_injury(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, form: InjuryForm) -> Injury:
    """Record what is told of an injury, or change what was told before.

    Raises:
        BadInputError: `injury.<field>.<problem>`, such as a day after today.
    """
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        work.get(Person, person_id)
        told = {each.name: getattr(form, each.name) for each in fields(form)}
        faults = Faults()
        read_day = partial(parse_partial, form.injury_date, record="injury", field="injury_date", on=work.today)
        told["injury_date"] = faults.take(read_day, None)
        faults.add(faults_of(Injury(**work.header(), person=person_id, **told), on=work.today))
        faults.raise_all()
        known = next(iter(work.of_person(Injury, person_id)), None)
        if known is None:
            injury = work.create(Injury(**work.header(), person=person_id, **told))
        else:
            injury = work.change(Injury, known.id, fields=told)
        work.audit(AuditAction.CHANGE, person=person_id, reason="injury")
    return injury
