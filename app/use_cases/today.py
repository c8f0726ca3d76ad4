"""What waits for me: one list in one order, each with its reason; and what needs a human eye."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.domain.access import Action, permitted
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.bodies import KINDS, record_of
from app.domain.calls import REFERRAL_WANTED
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Need, RecordType, ReferralState, Role, TaskKind
from app.domain.covering import is_unwatched, members
from app.domain.ids import PersonId, RecordId, ReferralId
from app.domain.left_over import needs_left
from app.domain.partners import HOLDING
from app.domain.person import Stay
from app.domain.reaching import REACHED_FOR, reaching
from app.domain.record import Merge, field_rules
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import CHECKS_RUN_OUT, Task
from app.domain.user import User
from app.storage import lists
from app.storage.lists import AttentionItem
from app.storage.outbox import PARKED
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name
from app.use_cases.correcting import has_form
from app.use_cases.covering import Cover, answers_for, cover_of
from app.use_cases.names import names_of
from app.use_cases.pulses import DuePulse, due_pulses
from app.use_cases.resend import MAKING
from app.use_cases.safeguarding import ConcernRow, waiting_concerns

NEVER_AGAIN = frozenset(f"rejected.{code}" for code in ("gone", "id_reuse", "read_only", "too_big", "unknown_type"))
"""Refusals that sending the same once more would meet again."""

AHEAD_DAYS = 7
"""Tasks due within this many days are promises worth seeing today."""
_BOTH_KEPT = frozenset({Merge.TEXT, Merge.SET_ADD, Merge.SET_REMOVE})
AHEAD = timedelta(days=AHEAD_DAYS)
LEAVING_DAYS = 7
"""Somebody leaving within this many days is worth seeing today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """One thing that waits for somebody.

    Attributes:
        code: of a referral that came: `referral_new`, `referral_decide`, `referral_first_step`, `referral_give_up`;
            of one that was sent: `referral_question`, `referral_declined`, `referral_not_reached`,
            `referral_expired`, `referral_rest`, `referral_draft`, `chase_acknowledgement`, `chase_decision`;
            `team_unwatched`, `leaving`, `pulse_due`, or the kind of the task.
        person_id: whom it is about, None for an organisation's task.
        person_name: the name.
        where: site and ward, as far as known.
        bed: the bed.
        words: what the sentence needs.
        due_on: by which day.
        overdue: that day has passed.
        page: the page it opens.
        subject: what that page opens.
    """

    code: str
    person_id: PersonId | None
    person_name: str
    where: str
    bed: str
    words: Mapping[str, str] = field(default_factory=dict)
    due_on: date | None = None
    overdue: bool = False
    page: str
    subject: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionCard:
    """Something a person has to look at, in facts that make a sentence.

    Attributes:
        id: the item.
        code: `<status>.<code>`: `rejected.gate`, `rejected.bad_transition`, `held.out_of_scope`, `conflict` …
        person_id: whom it is about, when still held.
        person_name: the name, when still held.
        words: record type, what was meant, the state it met.
        record: what it opens.
        at: since when.
        choices: what can be done, the safest first: `correct`, `open`, `send_again`, `understood`.
        meant: what was wanted, of a change that did not take effect as it was meant.
        others: what somebody else had changed too, of a change that was merged.
    """

    id: RecordId
    code: str
    person_id: PersonId | None
    person_name: str
    words: Mapping[str, str]
    record: UUID | None
    at: datetime
    choices: tuple[str, ...]
    meant: tuple[Meant, ...] = ()
    others: tuple[Other, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """One field that a change wanted, as it is stored: kind of record, field and value."""

    record_type: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """One field that somebody else had changed too.

    Attributes:
        field: which.
        by: who, as colleagues know them; empty when not known here.
        at: when.
        both_kept: both changes stand; else the other one alone.
    """

    field: str
    by: str
    at: datetime
    both_kept: bool


def today(vault: Vault, *, actor: Actor, now: datetime) -> tuple[TodayItem, ...]:
    """Return what waits for this person, most pressing first; what waits for a colleague they cover for is in it."""
    on = london_day(now)
    with vault.reading() as read:
        alliance = directory(read)
        cover = cover_of(read, alliance, actor, on)
        rows = lists.open_tasks(read.connection, on + timedelta(days=AHEAD_DAYS))
        tasks = [record_of(Task, UUID(bytes=key), msgspec.json.decode(body)) for key, body in rows]
        # Who is away is a fact for whoever looks at the team, and nothing to do.
        to_do = (task for task in tasks if task.kind is not TaskKind.COVER)
        mine = [task for task in to_do if is_mine(task, actor) or _is_covered(task, cover)]
        found = [
            record_of(Referral, UUID(bytes=key), msgspec.json.decode(body))
            for key, body in [
                *lists.referrals(read.connection, to_org=actor.org),
                *lists.referrals(read.connection, from_org=actor.org),
            ]
        ]
        referrals = {referral.id: referral for referral in found}
        leaving = _leaving(read, on)
        due = _due_pulses(read, actor, now)
        unread = waiting_concerns(read, actor=actor, now=now)
        people = (
            {task.person for task in mine if task.person} | {each.person for each in referrals.values()} | set(leaving)
        ) | {pulse.person_id for pulse in due}
        names = names_of(read, people)
        waiting = _Waiting(
            cover=cover,
            events=read.of_people(ReferralEvent, _people_in(referrals.values(), _WITH_STEPS)),
            tasks=read.of_people(Task, _people_in(referrals.values(), _WITH_STEPS)),
            referrals=_by_person(referrals.values()),
        )
        stays = {
            person: next((stay for stay in reversed(held) if stay.is_open), None)
            for person, held in read.of_people(Stay, people).items()
        }
    places = _Places(names=names, stays=stays, alliance=alliance)
    items = [_of_task(task, places, on) for task in mine]
    items += [item for each in referrals.values() if (item := _of_referral(each, waiting, places, on))]
    items += _unwatched(cover, referrals.values(), on)
    listed = {item.person_id for item in items}
    items += [_of_leaving(person, places, on) for person in leaving if person not in listed]
    items += [_of_pulse(pulse, places) for pulse in due]
    items += [_of_concern(row) for row in unread]
    far = date.max
    return tuple(sorted(items, key=lambda item: (not item.overdue, item.due_on or far, item.person_name.casefold())))


def attention(vault: Vault) -> tuple[AttentionCard, ...]:
    """Return what needs a human eye, oldest first."""
    with vault.reading() as read:
        items = lists.attention_items(read.connection)
        people: dict[UUID, PersonId] = {}
        # A gate refuses what is sent, which then is a draft, and what is passed on, which stays with the team.
        with_team: set[UUID] = set()
        for item in items:
            kind = None if item.record is None else read.kind_of(item.record)
            record = None if kind is None or item.record is None else read.find(kind, item.record)
            if item.record is not None and record is not None:
                people[item.record] = PersonId(record.aggregate)
            if item.record is not None and isinstance(record, Referral) and record.state in REACHED_FOR:
                with_team.add(item.record)
        names = names_of(read, people.values())
        colleagues = {str(user.id): user.shown_name for user in read.all(User)} if items else {}
        parked: dict[UUID, list[Meant]] = {}
        for key, record_type, patch in lists.parked_patches(read.connection):
            parked.setdefault(key, []).extend(_meant(record_type, patch))
    cards = (_card(item, people, names, is_with_team=item.record in with_team) for item in items)
    return tuple(
        replace(
            card,
            meant=tuple(parked.get(item.id) or _meant(card.words["type"], item.detail.get("patch", {}))),
            others=_others(item, colleagues),
        )
        for card, item in zip(cards, items, strict=True)
    )


def put_aside(vault: Vault, *, actor: Actor, now: datetime, item: RecordId) -> None:
    """Take an item off the list: somebody has read and answered it."""
    with vault.transaction(actor=actor, now=now) as work:
        lists.drop_attention(work.connection, item)
        work.audit(AuditAction.CHANGE, reason="attention")


def _card(
    item: AttentionItem, people: Mapping[UUID, PersonId], names: Mapping[UUID, str], *, is_with_team: bool
) -> AttentionCard:
    detail = item.detail
    code = f"{item.reason}.{detail['code']}" if detail.get("code") else item.reason
    was_not_passed_on = is_with_team and code == "rejected.gate"
    if was_not_passed_on:
        code = "rejected.not_passed_on"
    person = people.get(item.record) if item.record else None
    is_parked = item.reason == PARKED
    is_new_and_refused = item.reason == "rejected" and detail.get("kind") in MAKING and code not in NEVER_AGAIN
    is_held_by_gate = detail.get("code") == "gate" and not was_not_passed_on
    can_resend = person is not None and (is_parked or is_held_by_gate)
    can_resend = can_resend or (person is not None and is_new_and_refused)
    correct = ("correct",) if person is not None and has_form(item) else ()
    choices = correct + (("open",) if person else ()) + (("send_again",) if can_resend else ())
    return AttentionCard(
        id=item.id,
        code=code,
        person_id=person,
        person_name=names.get(person, "") if person else "",
        words={name: str(detail.get(name, "")) for name in ("type", "kind", "gate", "state")},
        record=item.record if person else None,
        at=datetime.fromtimestamp(item.created / 1000, tz=UTC),
        # What was set aside is only here: it is sent again, never put aside with a word.
        choices=choices if is_parked and can_resend else (*choices, "understood"),
    )


_FOR_THE_LEAD = frozenset({RecordType.CONCERN.value, RecordType.CONCERN_STEP.value})
"""Whatever is wrong with one of these, its words stand on no page that somebody else may open."""


def _meant(record_type: str, patch: Mapping[str, Any]) -> list[Meant]:
    if record_type in _FOR_THE_LEAD:
        return []
    wanted = {**patch.get("set", {}), **patch.get("add", {})}
    return [Meant(record_type=record_type, field=name, value=value) for name, value in wanted.items()]


def _others(item: AttentionItem, colleagues: Mapping[str, str]) -> tuple[Other, ...]:
    found: Mapping[str, Mapping[str, str]] = item.detail.get("others", {})
    if not found or item.detail.get("type") not in KINDS:
        return ()
    rules = field_rules(KINDS[RecordType(item.detail["type"])])
    return tuple(
        Other(
            field=name,
            by=colleagues.get(each["by"], ""),
            at=datetime.fromisoformat(each["at"]),
            both_kept=name in rules and rules[name].merge in _BOTH_KEPT,
        )
        for name, each in sorted(found.items())
    )


def is_mine(task: Task, actor: Actor) -> bool:
    """Answer whether a task waits for this person: by name, by team or by role."""
    if task.org != actor.org:
        return False
    if task.for_user is not None:
        return task.for_user == actor.user
    if task.for_team is not None:
        return task.for_team in actor.teams or not actor.teams
    return task.for_role is None or task.for_role in actor.roles


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    names: Mapping[UUID, str]
    stays: Mapping[UUID, Stay | None]
    alliance: Directory

    def of(self, person: PersonId | None) -> dict[str, Any]:
        stay = None if person is None else self.stays.get(person)
        site = None if stay is None else self.alliance.sites.get(stay.site)
        where = " · ".join(
            part for part in ("" if site is None else site.name, "" if stay is None else stay.ward) if part
        )
        return {
            "person_name": "" if person is None else self.names.get(person, ""),
            "where": where,
            "bed": "" if stay is None else stay.bed,
        }


_WITH_STEPS = frozenset({*HOLDING, ReferralState.RECEIVED, ReferralState.COMPLETED})
_UNDECIDED = frozenset({ReferralState.SENT, ReferralState.RECEIVED, ReferralState.INFO_NEEDED})
_FELL_BACK = {
    ReferralState.INFO_NEEDED: "referral_question",
    ReferralState.DECLINED_BY_SERVICE: "referral_declined",
    ReferralState.COULD_NOT_CONTACT: "referral_not_reached",
    ReferralState.EXPIRED: "referral_expired",
    ReferralState.DRAFT: "referral_draft",
}
"""States of a referral that come back to whoever sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """What says for whom a referral waits: who covers whom, and the steps and tasks of those under way.

    Referrals, steps and tasks by the person they are about.
    """

    cover: Cover
    events: Mapping[UUID, Sequence[ReferralEvent]]
    tasks: Mapping[UUID, Sequence[Task]]
    referrals: Mapping[UUID, Sequence[Referral]]

    def left_of(self, referral: Referral) -> frozenset[Need]:
        others = self.referrals[referral.person]
        steps, tasks = self.events.get(referral.person, ()), self.tasks.get(referral.person, ())
        return needs_left(referral, steps, others=others, tasks=tasks)

    def stands_since(self, referral: Referral) -> date | None:
        """Return the day of a referral's last step: whoever was reached meanwhile is tried anew."""
        at = [step.at for step in self.events.get(referral.person, ()) if step.referral == referral.id]
        return london_day(max(at)) if at else None

    def first_step_of(self, referral: Referral) -> date | None:
        """Return the day that was promised for the first step."""
        days = [
            str(step.asked["first_step_on"])
            for step in self.events.get(referral.person, ())
            if step.referral == referral.id and step.asked.get("first_step_on")
        ]
        return date.fromisoformat(days[-1]) if days else None


def _by_person(referrals: Iterable[Referral]) -> dict[UUID, list[Referral]]:
    found: dict[UUID, list[Referral]] = {}
    for each in referrals:
        found.setdefault(each.person, []).append(each)
    return found


def _people_in(referrals: Iterable[Referral], states: frozenset[ReferralState]) -> set[UUID]:
    return {each.person for each in referrals if each.state in states}


def _is_covered(task: Task, cover: Cover) -> bool:
    """Whether a task is of a colleague whom the reader covers for."""
    return task.org == cover.actor.org and task.for_user is not None and cover.stands_for(task.for_user)


def _unwatched(cover: Cover, referrals: Iterable[Referral], on: date) -> list[TodayItem]:
    """Return for a coordinator each team of whom nobody is there while somebody's referral waits."""
    org, users = cover.actor.org, cover.alliance.users
    if Role.COORDINATOR not in cover.actor.roles:
        return []
    teams = {each.to_team for each in referrals if each.to_org == org and each.state in _UNDECIDED}
    empty = (team for team in sorted(teams) if members(users, org, team, on))
    return [
        TodayItem(
            code="team_unwatched",
            person_id=None,
            person_name="",
            where="",
            bed="",
            words={"team": team},
            due_on=on,
            page="team_inbox",
            subject=None,
        )
        for team in empty
        if is_unwatched(cover.absences, users, org, team, on)
    ]


_PAGE_OF = {
    TaskKind.ASK_AGAIN: "consent",
    TaskKind.POSSIBLE_SAME_PERSON: "same_person",
    TaskKind.AGREEMENT_REVIEW: "agreement",
    TaskKind.ACCESS_REQUEST: "access_request",
    TaskKind.STUCK_MATCH: "matching",
    TaskKind.LOW_PULSE: "matching",
    TaskKind.CALL_MENTOR_BACK: "matching",
}


def _page_of(task: Task) -> str:
    if task.kind is TaskKind.CHECK_MENTOR:
        return "mentor" if task.rule == CHECKS_RUN_OUT else "matching"
    return _PAGE_OF.get(task.kind, "person" if task.person else "today")


def _due_pulses(read: Reader, actor: Actor, now: datetime) -> tuple[DuePulse, ...]:
    if permitted(actor.roles, Action.RUN_MATCH) is None:
        return ()
    return due_pulses(read, actor=actor, now=now)


def _of_concern(row: ConcernRow) -> TodayItem:
    """Say that one waits; nothing of it stands on a list that others may look over the shoulder at."""
    return TodayItem(
        code="read_concern",
        person_id=None,
        person_name="",
        where="",
        bed="",
        due_on=london_day(row.noticed_at),
        overdue=row.is_late or row.danger_now,
        page="concern_file",
        subject=row.concern_id,
    )


def _of_pulse(pulse: DuePulse, places: _Places) -> TodayItem:
    """Ask on its day; overdue is what nobody asked within a week of it."""
    return TodayItem(
        code="pulse_due",
        person_id=pulse.person_id,
        **places.of(pulse.person_id),
        due_on=pulse.due_on,
        overdue=pulse.is_overdue,
        page="matching",
        subject=pulse.person_id,
    )


def _of_task(task: Task, places: _Places, on: date) -> TodayItem:
    org = task.rule.partition("/")[0]
    purpose = task.rule.partition("/")[2]
    named = {str(key): each.name for key, each in places.alliance.organisations.items()}
    return TodayItem(
        code=REFERRAL_WANTED if task.rule == REFERRAL_WANTED else task.kind.value,
        person_id=task.person,
        **places.of(task.person),
        words={"organisation": named.get(org, ""), "purpose": purpose, "note": task.note},
        due_on=task.due_on,
        overdue=task.due_on < on,
        page=_page_of(task),
        subject=_subject_of(task),
    )


def _subject_of(task: Task) -> UUID | None:
    match task.kind:
        case TaskKind.POSSIBLE_SAME_PERSON | TaskKind.ACCESS_REQUEST:
            return task.id
        case TaskKind.AGREEMENT_REVIEW:
            return task.subject
    return task.person


def _of_referral(referral: Referral, waiting: _Waiting, places: _Places, on: date) -> TodayItem | None:
    actor = waiting.cover.actor
    code, due_on = "", None
    if referral.to_org == actor.org:
        code, due_on = _received(referral, waiting, on)
    if not code and referral.org == actor.org:
        code, due_on = _sent(referral, waiting, on)
    if not code:
        return None
    received = referral.to_org == actor.org
    service = places.alliance.services.get(referral.to_service)
    return TodayItem(
        code=code,
        person_id=referral.person,
        **places.of(referral.person),
        words={
            "organisation": organisation_name(places.alliance, referral.org if received else referral.to_org),
            "service": "" if service is None else service.name,
        },
        due_on=due_on,
        overdue=due_on is not None and due_on < on,
        page="referral",
        subject=ReferralId(referral.id),
    )


def _received(referral: Referral, waiting: _Waiting, on: date) -> tuple[str, date | None]:
    """Return what the reader's team has to do next about a referral, and by when."""
    cover = waiting.cover
    may_answer = permitted(cover.actor.roles, Action.ANSWER_REFERRAL) is not None
    if not (may_answer and answers_for(cover.actor, referral) and cover.is_mine(referral)):
        return "", None
    if referral.state is ReferralState.SENT:
        return "referral_new", _day(referral.ack_due)
    tried = reaching(waiting.tasks.get(referral.person, ()), referral.referral_id, since=waiting.stands_since(referral))
    if referral.state in REACHED_FOR and tried.is_enough:
        return "referral_give_up", tried.gives_up_from
    if referral.state is ReferralState.RECEIVED:
        return "referral_decide", _day(referral.decide_due)
    first_step = waiting.first_step_of(referral)
    if referral.state is ReferralState.ACCEPTED and first_step is not None and first_step - on <= AHEAD:
        return "referral_first_step", first_step
    return "", None


def _sent(referral: Referral, waiting: _Waiting, on: date) -> tuple[str, date | None]:
    """Return what the reader's charity has to do about a referral that it sent, and by when."""
    if referral.state in _FELL_BACK:
        return _FELL_BACK[referral.state], _day(referral.decide_due)
    if referral.state is ReferralState.SENT and (due := _day(referral.ack_due)) is not None and due < on:
        return TaskKind.CHASE_ACKNOWLEDGEMENT.value, due
    if referral.state in _UNDECIDED and (due := _day(referral.decide_due)) is not None and due < on:
        return TaskKind.CHASE_DECISION.value, due
    if referral.state in _WITH_STEPS and waiting.left_of(referral):
        return "referral_rest", None
    return "", None


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else london_day(moment)


def _leaving(read: Reader, on: date) -> list[PersonId]:
    until = on + timedelta(days=LEAVING_DAYS)
    rids = lists.people_ids(read.connection, lists.PeopleFilter.GOING_HOME, on)
    rows = lists.people_rows(read.connection, rids[:50])
    return [row.person for row in rows if row.stay and row.stay.get("expected_discharge_on", "9") <= until.isoformat()]


def _of_leaving(person: PersonId, places: _Places, on: date) -> TodayItem:
    stay = places.stays.get(person)
    due = None if stay is None else stay.expected_discharge_on
    return TodayItem(
        code="leaving",
        person_id=person,
        **places.of(person),
        due_on=due,
        overdue=due is not None and due < on,
        page="person",
        subject=person,
    )
