"""Trying to reach somebody, one try at a time; and what is left where a referral was accepted in part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, TaskKind, TaskState
from app.domain.ids import RecordId, ReferralId
from app.domain.reaching import NOBODY_TRIED, REACHED_FOR, Reaching, reaching
from app.domain.referral import Referral
from app.domain.referral_steps import permitted_ways
from app.domain.task import Task
from app.domain.tidying import tidy_text
from app.errors import BadInputError, BadTransitionError, NotFoundError
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.covering import answers_for

LONGEST_WHY = 300
"""Characters of why nothing more is needed."""


def reaching_of(tasks: Iterable[Task], referral: Referral) -> Reaching:
    """Return how far a team has come in reaching the person of a referral; nothing once that is over."""
    return reaching(tasks, referral.referral_id) if referral.state in REACHED_FOR else NOBODY_TRIED


def record_try(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, on: date | None, way: str | None
) -> RecordId:
    """Write down one try to reach the person: on which day and in which way.

    Raises:
        BadInputError: no day, a day to come or before the referral arrived, or a way that is not permitted.
        BadTransitionError: nobody tries to reach the person of this referral any more.
        NotFoundError: it is not this team's.
    """
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        referral = _received(work, actor, referral_id)
        if referral.state not in REACHED_FOR:
            raise BadTransitionError("referral.bad_transition", state=referral.state.value)
        task = Task(
            **work.header(),
            kind=TaskKind.CONTACT_TRY,
            person=referral.person,
            subject=referral.id,
            rule=_way(referral, way),
            for_team=referral.to_team,
            due_on=_day(referral, on, today=work.today),
            state=TaskState.DONE,
        )
        work.create(task)
        work.audit(AuditAction.CHANGE, person=referral.person, reason="contact_try")
        work.drop_draft("referral", referral.id)
    return task.id


def nothing_left(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, why: str) -> None:
    """Say that nothing more is needed of what a receiver did not take on, and why.

    Raises:
        BadInputError: no reason.
        NotFoundError: it is not this organisation's.
    """
    access.require(actor.roles, Action.WRITE_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        if referral.org != actor.org:
            raise NotFoundError("referral.not_found")
        note = tidy_text(why, record="referral", field="why_nothing")
        if not note:
            raise BadInputError.at("referral", "why_nothing", "required")
        if len(note) > LONGEST_WHY:
            raise BadInputError.at("referral", "why_nothing", "too_long", longest=LONGEST_WHY, length=len(note))
        work.create(
            Task(
                **work.header(),
                kind=TaskKind.NEXT_STEP,
                person=referral.person,
                subject=referral.id,
                for_user=actor.user,
                due_on=work.today,
                note=note,
                state=TaskState.DROPPED,
            )
        )
        work.audit(AuditAction.CHANGE, person=referral.person, reason="next_step")
        work.drop_draft("referral", referral.id)


def _received(read: Reader, actor: Actor, referral_id: ReferralId) -> Referral:
    referral = read.get(Referral, referral_id)
    if not answers_for(actor, referral):
        raise NotFoundError("referral.not_found")
    return referral


def _way(referral: Referral, way: str | None) -> str:
    if not way:
        raise BadInputError.at("referral", "way", "required")
    allowed = permitted_ways(referral)
    if allowed is not None and way not in allowed:
        raise BadInputError.at("referral", "tries", "not_permitted")
    return way


def _day(referral: Referral, on: date | None, *, today: date) -> date:
    if on is None:
        raise BadInputError.at("referral", "tries", "required")
    if on > today:
        raise BadInputError.at("referral", "tries", "in_future")
    # A day of grace: a team may have rung somebody on the evening before it opened the referral.
    if referral.sent_at is not None and on < london_day(referral.sent_at) - timedelta(days=1):
        raise BadInputError.at("referral", "tries", "before_start")
    return on
