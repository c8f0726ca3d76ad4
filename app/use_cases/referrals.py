"""Reading and answering referrals: the receiver's inbox, the sender's list, and every step either may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.bodies import record_of
from app.domain.card import ShareCard
from app.domain.clocks import end_of_london_day, london_day
from app.domain.codes import (
    AuditAction,
    DeclineReason,
    Need,
    NextStep,
    Outcome,
    PackageField,
    PersonDeclineReason,
    PersonView,
    Priority,
    ReferralKind,
    ReferralState,
    Role,
    WithdrawalReason,
    YesNo,
)
from app.domain.consent import Answer, effective
from app.domain.disclosure import name_in
from app.domain.gate import purpose_for
from app.domain.ids import PersonId, ReferralId
from app.domain.left_over import needs_left
from app.domain.names import NameTables
from app.domain.person import Person
from app.domain.reaching import NOBODY_TRIED, Reaching
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import Actor as Side
from app.domain.referral_states import allowed_moves, is_live
from app.errors import NotFoundError
from app.storage import lists
from app.storage.lists import Standing
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, person_aggregate
from app.use_cases.consents import day_of
from app.use_cases.covering import Cover, answers_for, cover_of
from app.use_cases.duplicates import MaybeSame, OpenAlready, linked, maybe_same
from app.use_cases.moves import move
from app.use_cases.passing_on import Onward, onward_services
from app.use_cases.reaching import reaching_of
from app.use_cases.refer import sending_action
from app.use_cases.summaries import ReferralSummary, summarise

_S = ReferralState
_NEW = frozenset({_S.SENT})
_WAITING = frozenset({_S.INFO_NEEDED, _S.WAITING_LIST, _S.IN_PROGRESS, _S.ACCEPTED})
SYSTEM_ONLY = frozenset({_S.SENT, _S.EXPIRED, _S.DRAFT})
"""States that only the system brings about; no button leads there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One referral in a team's inbox.

    `looked_after_by` is who of the team looks after it today, empty for the whole team; `covers_for` is the
    colleague it was given to, when that one is away.
    """

    referral_id: ReferralId
    person_id: PersonId
    person_name: str
    known_as: str
    from_org_name: str
    service_name: str
    kind: ReferralKind
    priority: Priority
    needs: frozenset[Need]
    state: ReferralState
    sent_at: datetime | None
    ack_due: datetime | None
    decide_due: datetime | None
    overdue: bool
    standing: Standing
    looked_after_by: str = ""
    covers_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A team's referrals: not opened yet, to decide, under way, ended."""

    new: tuple[InboxRow, ...] = ()
    to_decide: tuple[InboxRow, ...] = ()
    under_way: tuple[InboxRow, ...] = ()
    ended: tuple[InboxRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRow:
    """One referral this organisation sent, with whom it is about."""

    person_name: str
    summary: ReferralSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """One step of a referral, for its history."""

    at: datetime
    from_state: ReferralState | None
    to_state: ReferralState
    by_name: str
    reason: str
    next_step: str
    asked: Mapping[str, Any]
    clock_doubt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralView:
    """One referral, whole, as this reader may see it.

    Attributes:
        referral: the record.
        summary: state, stations and clocks.
        person_name: the name in the package, or of the own person.
        package: what was sent, by field; what the receiver sees.
        card: what may be known now, for a receiver that accepted; empty before.
        events: every step, oldest first.
        moves: where this reader may move it next.
        is_receiver: whether the reader's organisation received it.
        answer: what consent amounts to today.
        reaching: how far the team has come in reaching the person; for a receiver only.
        left: what a receiver did not take on, and nobody takes care of yet; for a sender only.
        outcome: what came of it as the service sees it and as the person sees it, each empty until it is known.
        linked: the referral it is linked to as a duplicate.
        maybe_same: open referrals of other records that may be of the same person; for a receiver only.
        looked_after_by: who of the team looks after it today, empty for the whole team.
        is_mine: whether the reader was given it.
        onward: where it could be passed on to; for a receiver only.
    """

    referral: Referral
    summary: ReferralSummary
    person_name: str
    package: Mapping[PackageField, Any]
    card: Mapping[PackageField, Any]
    events: tuple[EventLine, ...]
    moves: tuple[ReferralState, ...]
    is_receiver: bool
    answer: Answer
    reaching: Reaching = NOBODY_TRIED
    left: frozenset[Need] = frozenset()
    outcome: tuple[Outcome | None, PersonView | None] = (None, None)
    linked: OpenAlready | None = None
    maybe_same: tuple[MaybeSame, ...] = ()
    looked_after_by: str = ""
    is_mine: bool = False
    onward: tuple[Onward, ...] = ()


def inbox(vault: Vault, *, actor: Actor, now: datetime) -> Inbox:
    """Return the referrals to the actor's team: all teams for a coordinator."""
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.reading() as read:
        alliance = directory(read)
        found = _records(lists.referrals(read.connection, to_org=actor.org))
        mine = [referral for referral in found if answers_for(actor, referral)]
        standing = lists.standings(read.connection, [referral.id for referral in mine])
        cover = cover_of(read, alliance, actor, london_day(now))
    rows = {referral.id: _inbox_row(referral, cover, standing[referral.id], now) for referral in mine}

    def pick(states: frozenset[ReferralState]) -> tuple[InboxRow, ...]:
        chosen = [rows[referral.id] for referral in mine if referral.state in states]
        return tuple(sorted(chosen, key=_most_urgent_first))

    ended = frozenset(_S) - _NEW - _WAITING - {_S.RECEIVED, _S.DRAFT, _S.QUEUED}
    return Inbox(new=pick(_NEW), to_decide=pick(frozenset({_S.RECEIVED})), under_way=pick(_WAITING), ended=pick(ended))


def referrals_sent(vault: Vault, *, actor: Actor) -> tuple[SentRow, ...]:
    """Return the referrals this organisation sent, newest first."""
    with vault.reading() as read:
        alliance = directory(read)
        sent = _records(lists.referrals(read.connection, from_org=actor.org))
        people = read.of_people(Person, {referral.person for referral in sent})
        events = read.of_people(ReferralEvent, {referral.person for referral in sent})
        standing = lists.standings(read.connection, [referral.id for referral in sent])
    rows = []
    for referral in sent:
        person = next(iter(people.get(referral.person, [])), None)
        name = name_in(referral.package) if person is None else person.full_name
        summary = summarise(referral, events.get(referral.person, []), alliance, standing[referral.id])
        rows.append(SentRow(person_name=name, summary=summary))
    return tuple(rows)


def referral_view(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, names: NameTables | None = None
) -> ReferralView:
    """Open a referral; the look is kept in the audit.

    Raises:
        NotFoundError: it is not held here, or is for another team: one answer for both.
    """
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        is_receiver = referral.to_org == actor.org and _may_answer(actor)
        if referral.org != actor.org and not answers_for(actor, referral):
            raise NotFoundError("referral.not_found")
        work.audit(AuditAction.OPEN_PERSON, person=referral.person, reason="referral")
        return _view(work, referral, actor, now, is_receiver=is_receiver, names=names or NameTables())


def _view(
    read: Reader, referral: Referral, actor: Actor, now: datetime, *, is_receiver: bool, names: NameTables
) -> ReferralView:
    alliance = directory(read)
    held = person_aggregate(read, referral.person)
    steps = held.steps_of(referral.referral_id)
    cover = cover_of(read, alliance, actor, london_day(now))
    is_sender = referral.org == actor.org
    card = next((each for each in read.of_person(ShareCard, referral.person) if each.receiver == actor.org), None)
    standing = lists.standings(read.connection, [referral.id])[referral.id]
    lines = held.lines if card is None else card.lines
    return ReferralView(
        referral=referral,
        summary=summarise(referral, steps, alliance, standing),
        person_name=name_in(referral.package) if held.person is None else held.person.full_name,
        package=_fields(referral.package),
        card={} if card is None else _fields(card.fields),
        events=tuple(_event_line(step) for step in steps),
        moves=_moves(referral, actor, is_receiver=is_receiver),
        is_receiver=is_receiver,
        answer=effective(
            lines, org=referral.to_org, purpose=purpose_for(referral.needs), on=day_of(held, now), voided=held.voided
        ),
        reaching=reaching_of(held.tasks, referral) if is_receiver else NOBODY_TRIED,
        left=needs_left(referral, steps, others=held.referrals, tasks=held.tasks) if is_sender else frozenset(),
        outcome=_outcome(steps),
        linked=linked(read, referral, alliance),
        maybe_same=maybe_same(read, referral, alliance, org=actor.org, names=names)
        if is_receiver and is_live(referral.state)
        else (),
        looked_after_by=cover.name_of(cover.looked_after_by(referral)) if is_receiver else "",
        is_mine=referral.assignee == actor.user,
        onward=onward_services(alliance, referral, actor, now) if is_receiver else (),
    )


def _outcome(steps: Sequence[ReferralEvent]) -> tuple[Outcome | None, PersonView | None]:
    """Return how a referral ended as the service sees it, and as the person does: both are kept, neither replaces."""
    said: dict[str, str] = {}
    for step in steps:
        said |= {name: str(step.asked[name]) for name in ("outcome", "person_view") if step.asked.get(name)}
    outcome, seen = said.get("outcome"), said.get("person_view")
    return (Outcome(outcome) if outcome else None, PersonView(seen) if seen else None)


def open_as_receiver(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId) -> Referral:
    """Say that the team has opened a referral: this is what the sender waits to see."""
    return _answer(vault, actor, now, referral_id, _S.RECEIVED, asked={"team": "", "user": str(actor.user)})


def accept(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    first_step_on: date | None,
    accepted_needs: frozenset[Need] | None = None,
) -> Referral:
    """Take a person on, with the day of the first step; needs that are not taken on wait as a next step."""
    with vault.reading() as read:
        needs = read.get(Referral, referral_id).needs
    return _answer(
        vault,
        actor,
        now,
        referral_id,
        _S.ACCEPTED,
        asked={"first_step_on": first_step_on, "accepted_needs": needs if accepted_needs is None else accepted_needs},
    )


def decline(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    reason: DeclineReason | None,
    next_step: NextStep | None,
    detail: Mapping[str, Any] | None = None,
) -> Referral:
    """Decline with a coded reason and the next step, so that nobody falls in a gap."""
    return _answer(
        vault,
        actor,
        now,
        referral_id,
        _S.DECLINED_BY_SERVICE,
        reason=reason or "",
        next_step=next_step or "",
        asked=detail,
    )


def ask(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, question: str, asked_of: str
) -> Referral:
    """Ask the sender or the person something before deciding; the decision clock rests meanwhile."""
    return _answer(vault, actor, now, referral_id, _S.INFO_NEEDED, asked={"question": question, "asked_of": asked_of})


def put_on_waiting_list(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, expected_start: str
) -> Referral:
    """Say that help will start later, and in which month."""
    return _answer(vault, actor, now, referral_id, _S.WAITING_LIST, asked={"expected_start": expected_start})


def start(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, first_contact_at: datetime, channel: str
) -> Referral:
    """Say that the person was reached and help has begun."""
    asked = {"first_contact_at": first_contact_at, "channel": channel}
    return _answer(vault, actor, now, referral_id, _S.IN_PROGRESS, asked=asked)


def complete(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    outcome: Outcome | None,
    ended_on: date | None,
) -> Referral:
    """Say what came of it, as the service sees it."""
    return _answer(vault, actor, now, referral_id, _S.COMPLETED, asked={"outcome": outcome, "ended_on": ended_on})


def could_not_contact(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    tries: Sequence[Mapping[str, Any]],
    next_step: NextStep | None,
    detail: Mapping[str, Any] | None = None,
) -> Referral:
    """Say that the person could not be reached: at least three tries, on three days, over a week."""
    asked = {"tries": [dict(each) for each in tries], **(detail or {})}
    return _answer(vault, actor, now, referral_id, _S.COULD_NOT_CONTACT, next_step=next_step or "", asked=asked)


def declined_by_person(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    reason: PersonDeclineReason | None,
    heard_by: str,
) -> Referral:
    """Record that the person does not want it; sender and receiver both may."""
    return _either(
        vault, actor, now, referral_id, _S.DECLINED_BY_PERSON, reason=reason or "", asked={"heard_by": heard_by}
    )


def answer(vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, text: str) -> Referral:
    """Answer what the receiver asked."""
    return _either(vault, actor, now, referral_id, _S.RECEIVED, asked={"answer": text})


def take_back(
    vault: Vault, *, actor: Actor, now: datetime, referral_id: ReferralId, reason: WithdrawalReason | None
) -> Referral:
    """Withdraw a referral of one's own organisation, with a reason."""
    return _send_side(vault, actor, now, referral_id, _S.WITHDRAWN, reason=reason or "")


def close(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    person_view: PersonView | None = None,
    person_told: YesNo | None = None,
    next_step: str = "",
    next_step_done: bool = False,
    why: str = "",
) -> Referral:
    """Close a referral that has ended: the next step is done, or nothing is needed and why."""
    asked = {
        "person_view": person_view,
        "person_told": person_told,
        "next_step_done": next_step_done,
        "why": why,
    }
    return _send_side(
        vault,
        actor,
        now,
        referral_id,
        _S.CLOSED,
        next_step=next_step,
        asked={name: value for name, value in asked.items() if value},
    )


def _answer(
    vault: Vault,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    to: ReferralState,
    *,
    reason: str = "",
    next_step: str = "",
    asked: Mapping[str, Any] | None = None,
) -> Referral:
    access.require(actor.roles, Action.ANSWER_REFERRAL)
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        if not answers_for(actor, referral):
            raise NotFoundError("referral.not_found")
        given = {**(asked or {})}
        if to is _S.RECEIVED and "team" in given:
            given["team"] = referral.to_team
        return _moved(work, referral, to, Side.RECEIVER, reason=reason, next_step=next_step, asked=given)


def _send_side(
    vault: Vault,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    to: ReferralState,
    *,
    reason: str = "",
    next_step: str = "",
    asked: Mapping[str, Any] | None = None,
) -> Referral:
    with vault.transaction(actor=actor, now=now) as work:
        referral = work.get(Referral, referral_id)
        access.require(actor.roles, sending_action(referral))
        if referral.org != actor.org:
            raise NotFoundError("referral.not_found")
        return _moved(work, referral, to, _sender(actor), reason=reason, next_step=next_step, asked=asked)


def _either(
    vault: Vault,
    actor: Actor,
    now: datetime,
    referral_id: ReferralId,
    to: ReferralState,
    *,
    reason: str = "",
    asked: Mapping[str, Any] | None = None,
) -> Referral:
    with vault.reading() as read:
        sent_here = read.get(Referral, referral_id).org == actor.org
    side = _send_side if sent_here else _answer
    return side(vault, actor, now, referral_id, to, reason=reason, asked=asked)


def _moved(
    work: UnitOfWork,
    referral: Referral,
    to: ReferralState,
    by: Side,
    *,
    reason: str,
    next_step: str,
    asked: Mapping[str, Any] | None,
) -> Referral:
    moved = move(work, referral, to, by=by, reason=reason, next_step=next_step, asked=asked)
    work.audit(AuditAction.CHANGE, person=referral.person, reason=f"referral_{to}")
    work.drop_draft("referral", referral.id)
    return moved


def _sender(actor: Actor) -> Side:
    return Side.SENDER_COORDINATOR if Role.COORDINATOR in actor.roles else Side.SENDER


def _may_answer(actor: Actor) -> bool:
    return access.permitted(actor.roles, Action.ANSWER_REFERRAL) is not None


def _moves(referral: Referral, actor: Actor, *, is_receiver: bool) -> tuple[ReferralState, ...]:
    """Return where this reader may move a referral; within one organisation somebody may be on both sides."""
    may_send = access.permitted(actor.roles, sending_action(referral)) is not None and referral.org == actor.org
    moves: set[ReferralState] = set()
    if is_receiver and answers_for(actor, referral):
        moves |= set(allowed_moves(referral.state, Side.RECEIVER))
    if may_send:
        moves |= set(allowed_moves(referral.state, _sender(actor)))
    return tuple(state for state in ReferralState if state in moves - SYSTEM_ONLY)


def _records(rows: list[tuple[bytes, str]]) -> list[Referral]:
    return [record_of(Referral, UUID(bytes=record_id), msgspec.json.decode(body)) for record_id, body in rows]


def _inbox_row(referral: Referral, cover: Cover, standing: Standing, now: datetime) -> InboxRow:
    summary = summarise(referral, (), cover.alliance, standing)
    somebody = cover.looked_after_by(referral)
    is_covered = somebody is not None and somebody != referral.assignee
    due = referral.ack_due if referral.state in _NEW else referral.decide_due
    undecided = referral.state in (_S.SENT, _S.RECEIVED)
    return InboxRow(
        referral_id=referral.referral_id,
        person_id=referral.person,
        person_name=name_in(referral.package),
        known_as=str(referral.package.get("known_as", "")),
        from_org_name=summary.from_org_name,
        service_name=summary.service_name,
        kind=referral.kind,
        priority=referral.priority,
        needs=referral.needs,
        state=referral.state,
        sent_at=referral.sent_at,
        ack_due=referral.ack_due,
        decide_due=referral.decide_due,
        overdue=undecided and due is not None and due < now,
        standing=standing,
        looked_after_by=cover.name_of(somebody),
        covers_for=cover.name_of(referral.assignee) if is_covered else "",
    )


def _most_urgent_first(row: InboxRow) -> tuple[int, datetime]:
    order = {Priority.URGENT: 0, Priority.SOON: 1}
    far = end_of_london_day(date(9000, 1, 1))
    return order.get(row.priority, 2), row.decide_due or row.sent_at or far


def _fields(package: Mapping[str, Any]) -> dict[PackageField, Any]:
    known = {field.value for field in PackageField}
    return {PackageField(name): value for name, value in package.items() if name in known}


def _event_line(step: ReferralEvent) -> EventLine:
    return EventLine(
        at=step.at,
        from_state=step.from_state,
        to_state=step.to_state,
        by_name=step.by_name,
        reason=step.reason,
        next_step=step.next_step,
        asked=step.asked,
        clock_doubt=step.clock_doubt,
    )
