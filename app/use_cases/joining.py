"""Two records that may be of one person: looked at side by side, decided, made one, and two again (`domain.md` 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from app.domain.access import permitted
from app.domain.actor import Actor
from app.domain.codes import AuditAction, PersonStatus, RecordType, Role, SameDecision, TaskKind, TaskState
from app.domain.consent_event import ConsentEvent
from app.domain.ids import OrganisationId, PersonId, RecordId
from app.domain.linkage import Match, Reason, compare
from app.domain.making_one import (
    MergeError,
    check_pair,
    differing,
    fuller,
    is_settled,
    known_of,
    made_one,
)
from app.domain.names import NameTables
from app.domain.note import CaseNote
from app.domain.permissions import Action
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.person_merge import PersonMerge, SamePerson, pair_of
from app.domain.referral import Referral
from app.domain.task import Task
from app.domain.two_homes import Said, is_agreed, said
from app.domain.user import User
from app.errors import NotFoundError, NotPermittedError
from app.storage import find as index
from app.storage import pairs
from app.storage.reader import Reader
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name
from app.use_cases.duplicates import Doubled, doubled_by
from app.use_cases.pair_sides import Side, card_of, name_of, side_of
from app.use_cases.same_person import facts_of_people, looked_up

ASK_WITHIN = timedelta(days=7)
"""Five working days for a coordinator to decide (`domain.md` 4.4)."""

MOST_WORDS = 60
"""Letters of a note by which it is known again."""

MOST_NEW = 50
"""New people that are compared after one exchange, in a quarter of a second: pages wait for the vault meanwhile. The
others wait for the next exchange."""

_PAIRS = UUID("0b8f0a52-4a2b-5d0f-8c1e-6a0e6f0d9a3c")
"""The id of a pair's task is made from the pair, so that two laptops ask the same question once."""


class Standing(StrEnum):
    """How far a decision about a pair is; of two charities' records `said` by the own one, and `agreed` by both."""

    OPEN = "open"
    WAITING = "waiting"
    NOT_SAME = "not_same"
    SAID = "said"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairView:
    """Two records side by side.

    Attributes:
        one: the older record, which lives on; of two charities' records the own one.
        other: the younger, or the other charity's.
        reasons: what speaks for one person and what against it, strongest first.
        person_fields, injury_fields: fields that differ and have to be chosen.
        stays_differ: both are in a hospital, and where has to be chosen.
        standing: how far a decision is.
        may_decide: the reader's role may decide.
        refused: why the two may never be made one: `itself`, `erased` or `two_homes`; empty when they may.
        partner: the other charity, of two charities' records.
        doubled: open referrals of both that ask one service for the same.
    """

    one: Side
    other: Side
    reasons: tuple[Reason, ...]
    person_fields: tuple[str, ...]
    injury_fields: tuple[str, ...]
    stays_differ: bool
    standing: Standing
    may_decide: bool
    refused: str
    partner: str = ""
    doubled: tuple[Doubled, ...] = ()

    @property
    def is_of_two(self) -> bool:
        """Whether the two belong to two charities."""
        return self.one.is_card or self.other.is_card


@dataclass(frozen=True, slots=True, kw_only=True)
class MayBe:
    """Somebody who may be the same person, until somebody decides.

    Attributes:
        other: who.
        name: their name.
    """

    other: PersonId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownElsewhere:
    """The same person's record at another charity, as both charities have said.

    Attributes:
        other: the other of the two records.
        charity: who keeps it; empty for the reader's own.
    """

    other: PersonId
    charity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSince:
    """Something written about a person after a merge: kind, day and the words it begins with."""

    record_id: RecordId
    kind: RecordType
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merge as the page of the person tells it.

    Attributes:
        merge: the record.
        name: what the other record was called.
        by: who made them one, as colleagues know them.
        since: what was written about the person since, which may belong to the other one.
        is_waiting: it, or its undoing, has not been sent.
        may_undo: the reader's role may undo it.
    """

    merge: PersonMerge
    name: str
    by: str
    since: tuple[WrittenSince, ...]
    is_waiting: bool
    may_undo: bool


def open_pair(
    vault: Vault, *, actor: Actor, now: datetime, one: PersonId, other: PersonId, names: NameTables
) -> PairView:
    """Return two records side by side; the look at each is kept in the audit.

    Raises:
        MergeError: both are one record.
        NotFoundError: one of them is not held here.
    """
    if one == other:
        raise MergeError(why="itself")
    first, second = pair_of(one, other)
    with vault.transaction(actor=actor, now=now) as work:
        mine, theirs = side_of(work, first), side_of(work, second)
        if mine.is_card:
            mine, theirs = theirs, mine
        for side in (mine, theirs):
            work.audit(AuditAction.OPEN_PERSON, person=side.person_id)
        is_of_two = mine.is_card or theirs.is_card
        alliance = directory(work)
        return PairView(
            one=mine,
            other=theirs,
            reasons=_reasons(compare(mine.facts, theirs.facts, names=names)),
            person_fields=() if is_of_two else differing(Person, mine.person, theirs.person),
            injury_fields=differing(Injury, mine.injury, theirs.injury)
            if mine.injury and theirs.injury and not is_of_two
            else (),
            stays_differ=mine.stay is not None and theirs.stay is not None,
            standing=_standing_of_two(work, mine, theirs) if is_of_two else _standing(work, first, second),
            may_decide=permitted(actor.roles, Action.DECIDE_SAME_PERSON) is not None,
            refused=_refused(mine, theirs),
            partner=organisation_name(alliance, OrganisationId(UUID(theirs.person["org"]))) if is_of_two else "",
            doubled=doubled_by(work, mine.person_id, theirs.person_id, alliance),
        )


def decide_same(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    pair: PairView,
    chosen: Mapping[str, Any],
    injury: Mapping[str, Any] | None = None,
    stay: RecordId | None = None,
) -> PersonMerge:
    """Ask the service to make one person of two; until it has, both stay as they are.

    Args:
        vault: the open vault.
        actor: who decides.
        now: the moment.
        pair: as it was shown.
        chosen: the value of each differing field of the person, as in a body.
        injury: the same of the injury.
        stay: which of two open stays goes on.

    Raises:
        BadInputError: an identity field is not chosen, or was changed since it was shown.
        MergeError: the two may not be made one.
        NotPermittedError: the role may not.
    """
    _require(actor, Action.DECIDE_SAME_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        mine, theirs = side_of(work, pair.one.person_id), side_of(work, pair.other.person_id)
        check_pair(mine.person, theirs.person, is_itself=mine.person_id == theirs.person_id)
        if _standing(work, mine.person_id, theirs.person_id) is Standing.WAITING:
            raise MergeError(why="waiting")
        made_one(Person, mine.person, theirs.person, chosen)
        if mine.injury and theirs.injury:
            made_one(Injury, mine.injury, theirs.injury, injury or {})
        merge = PersonMerge(
            **work.header(),
            person=mine.person_id,
            other_person=theirs.person_id,
            chosen=fuller(Person, mine.person, theirs.person) | dict(chosen),
            injury=fuller(Injury, mine.injury, theirs.injury) | dict(injury or {})
            if mine.injury and theirs.injury
            else {},
            stay=stay,
            reasons=tuple(str(reason.code) for reason in pair.reasons),
        )
        work.merge_people(merge)
        work.audit(AuditAction.MERGE, person=mine.person_id)
        _close_tasks(work, mine.person_id, theirs.person_id)
        return merge


def decide_same_of_two(vault: Vault, *, actor: Actor, now: datetime, pair: PairView) -> None:
    """Say that another charity's record is of the same person; nothing follows before it says so too.

    Raises:
        NotFoundError: the other record may not be seen any more.
        NotPermittedError: the role may not decide.
    """
    _require(actor, Action.DECIDE_SAME_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        one, other = side_of(work, pair.one.person_id), side_of(work, pair.other.person_id)
        work.append(
            SamePerson(
                **work.header(),
                person=one.person_id,
                other_person=other.person_id,
                decision=SameDecision.SAME,
                known=known_of(one.facts, other.facts),
            )
        )
        _close_tasks(work, one.person_id, other.person_id)


def decide_not_same(vault: Vault, *, actor: Actor, now: datetime, pair: PairView, why: str = "") -> None:
    """Remember that two records are of two people: nobody is asked again until more is known of one of them.

    Raises:
        BadInputError: the reason is too long.
        NotPermittedError: the role may not decide.
    """
    _require(actor, Action.DECIDE_SAME_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        one, other = side_of(work, pair.one.person_id), side_of(work, pair.other.person_id)
        work.append(
            SamePerson(
                **work.header(),
                person=one.person_id,
                other_person=other.person_id,
                decision=SameDecision.NOT_SAME,
                why=why,
                known=known_of(one.facts, other.facts),
            )
        )
        _close_tasks(work, one.person_id, other.person_id)


def decide_later(vault: Vault, *, actor: Actor, now: datetime, pair: PairView) -> None:
    """Leave a pair for later: its task waits another week, and one is made where there was none."""
    with vault.transaction(actor=actor, now=now) as work:
        waiting = list(_tasks(work, pair.one.person_id, pair.other.person_id))
        for task in waiting:
            work.change(Task, task.id, fields={"due_on": work.today + ASK_WITHIN})
        if not waiting:
            _ask(work, pair.one.person_id, pair.other.person_id)


def merges_of(vault: Vault, *, actor: Actor, person_id: PersonId) -> tuple[Merged, ...]:
    """Return the merges that hold for a person, newest first."""
    with vault.reading() as read:
        held = [merge for merge in read.of_person(PersonMerge, person_id) if merge.holds]
        return tuple(
            Merged(
                merge=merge,
                name=_former_name(merge),
                by=_shown_name(read, merge),
                since=_since(read, merge),
                is_waiting=pairs.is_waiting(read.connection, merge.id),
                may_undo=permitted(actor.roles, Action.UNDO_MERGE) is not None,
            )
            for merge in sorted(held, key=lambda merge: merge.created_at, reverse=True)
        )


def waiting_pairs(vault: Vault, *, person_id: PersonId) -> tuple[MayBe, ...]:
    """Return who may be the same person and waits for a decision."""
    with vault.reading() as read:
        about = [*read.of_person(Task, person_id), *pairs.tasks_about(read, person_id)]
        open_ones = [
            task for task in about if task.kind is TaskKind.POSSIBLE_SAME_PERSON and task.state is TaskState.OPEN
        ]
        ends = {PersonId(end) for task in open_ones for end in (task.person, task.subject) if end is not None}
        # Another charity's record may have gone out of sight before the question about it did.
        others = {each: name_of(read, each) for each in ends - {person_id}}
        return tuple(MayBe(other=each, name=name) for each, name in others.items() if name)


def known_elsewhere(vault: Vault, *, person_id: PersonId) -> tuple[KnownElsewhere, ...]:
    """Return which other charities keep a record of the same person, as both have said, while that may be seen."""
    with vault.reading() as read:
        decided = [*read.of_person(SamePerson, person_id), *pairs.decisions_about(read, person_id)]
        agreed = {(each.person, each.other_person) for each in decided if is_agreed([each], each.other_person)}
        alliance = directory(read)
        found = []
        for own, other in sorted(agreed):
            card = card_of(read, other)
            if card is not None and read.find(Person, own) is not None:
                is_own = own == person_id
                name = organisation_name(alliance, card.org) if is_own else ""
                found.append(KnownElsewhere(other=other if is_own else own, charity=name))
        return tuple(found)


def pair_of_task(vault: Vault, *, task_id: RecordId) -> tuple[PersonId, PersonId]:
    """Return the two people a task asks about.

    Raises:
        NotFoundError: the task is not held here.
    """
    with vault.reading() as read:
        task = read.get(Task, task_id)
        if task.person is None or task.subject is None:
            raise NotFoundError("task.not_found")
        return task.person, PersonId(task.subject)


def undo_merge(
    vault: Vault, *, actor: Actor, now: datetime, merge_id: RecordId, to_other: Iterable[RecordId] = ()
) -> None:
    """Ask the service to make two people of one again.

    Args:
        vault: the open vault.
        actor: who undoes it.
        now: the moment.
        merge_id: the merge.
        to_other: what was written since and belongs to the other person; a no is copied to both anyway.

    Raises:
        MergeError: it waits to be sent already, or was undone.
        NotFoundError: the merge is not held here.
        NotPermittedError: the role may not.
    """
    _require(actor, Action.UNDO_MERGE)
    with vault.transaction(actor=actor, now=now) as work:
        merge = work.get(PersonMerge, merge_id)
        if not merge.holds or pairs.is_waiting(work.connection, merge_id):
            raise MergeError(why="waiting")
        work.undo_merge(merge, to_other=frozenset(to_other))
        work.audit(AuditAction.UNDO_MERGE, person=merge.person)


def look_for_pairs(vault: Vault, *, actor: Actor, now: datetime, names: NameTables) -> int:
    """Ask a coordinator about people who came since the last look and may be known already; returns how many pairs.

    Only a coordinator's laptop asks: it holds everybody of the organisation, and nobody is asked twice.
    """
    if permitted(actor.roles, Action.DECIDE_SAME_PERSON) is None:
        return 0
    with vault.reading() as read:
        upto, people = pairs.new_people(read.connection, most=MOST_NEW)
        found = {pair for person in people for pair in _pairs_with(read, person, names)}
    if upto is None:
        return 0
    with vault.transaction(actor=actor, now=now) as work:
        for one, other in sorted(found):
            _ask(work, one, other)
        pairs.looked_at(work.connection, upto)
    return len(found)


def _pairs_with(read: Reader, person: PersonId, names: NameTables) -> Iterable[tuple[PersonId, PersonId]]:
    facts = facts_of_people(read, {person}).get(person)
    if facts is None:
        return
    alike = set(index.people_of(read.connection, looked_up(read, facts[1], names))) - {person}
    own = read.find(Person, person)
    for other, (_, theirs) in facts_of_people(read, alike).items():
        held = read.find(Person, other)
        # Across organisations a pair waits until both may see both records; a card is not a record (domain.md 8).
        if own is None or held is None or own.org != held.org or held.status is PersonStatus.ERASED:
            continue
        one, second = pair_of(person, other)
        if compare(facts[1], theirs, names=names).level is not None and not _is_decided(read, one, second):
            yield one, second


def _is_decided(read: Reader, one: PersonId, other: PersonId) -> bool:
    if any(True for _ in _tasks(read, one, other)):
        return True
    facts = {person: found[1] for person, found in facts_of_people(read, {one, other}).items()}
    then = [each.known for each in _decisions(read, one, other)]
    return is_settled(then, known_of(facts[one], facts[other]))


def _ask(work: UnitOfWork, one: PersonId, other: PersonId) -> None:
    header = work.header() | {"id": RecordId(uuid5(_PAIRS, f"{one}:{other}:{work.today}"))}
    if work.find(Task, header["id"]) is not None:
        return
    work.create(
        Task(
            **header,
            kind=TaskKind.POSSIBLE_SAME_PERSON,
            person=one,
            subject=RecordId(other),
            for_role=Role.COORDINATOR,
            due_on=work.today + ASK_WITHIN,
        )
    )


def _tasks(read: Reader, one: PersonId, other: PersonId) -> Iterable[Task]:
    for task in read.of_person(Task, one):
        if task.kind is TaskKind.POSSIBLE_SAME_PERSON and task.subject == other and task.state is TaskState.OPEN:
            yield task


def _close_tasks(work: UnitOfWork, one: PersonId, other: PersonId) -> None:
    for task in list(_tasks(work, one, other)):
        work.change(Task, task.id, fields={"state": TaskState.DONE})


def _decisions(read: Reader, one: PersonId, other: PersonId) -> Iterable[SamePerson]:
    return (each for each in read.of_person(SamePerson, one) if each.other_person == other)


def _standing(read: Reader, one: PersonId, other: PersonId) -> Standing:
    for merge in read.of_person(PersonMerge, one):
        if merge.other_person == other and pairs.is_waiting(read.connection, merge.id):
            return Standing.WAITING
    facts = {person: found[1] for person, found in facts_of_people(read, {one, other}).items()}
    then = [each.known for each in _decisions(read, one, other)]
    return Standing.NOT_SAME if is_settled(then, known_of(facts[one], facts[other])) else Standing.OPEN


def _standing_of_two(read: Reader, own: Side, other: Side) -> Standing:
    decisions = read.of_person(SamePerson, own.person_id)
    if is_agreed(decisions, other.person_id):
        return Standing.AGREED
    match said(decisions, other.person_id, known_of(own.facts, other.facts)):
        case Said.SAME:
            return Standing.SAID
        case Said.NOT_SAME:
            return Standing.NOT_SAME
    return Standing.OPEN


def _refused(one: Side, other: Side) -> str:
    try:
        check_pair(one.person, other.person, is_itself=False)
    except MergeError as error:
        return str(error.detail["why"])
    return ""


def _reasons(match: Match) -> tuple[Reason, ...]:
    return tuple(sorted(match.reasons, key=lambda reason: -abs(reason.weight)))


def _since(read: Reader, merge: PersonMerge) -> tuple[WrittenSince, ...]:
    moved = merge.moved | merge.later | merge.there
    found = [
        WrittenSince(
            record_id=record.id,
            kind=record.TYPE,
            at=record.created_at,
            words=record.text[:MOST_WORDS] if isinstance(record, CaseNote) else "",
        )
        for record in read.everything_of(merge.person, (CaseNote, ContactPoint, Stay, Referral, ConsentEvent))
        if record.created_at > merge.created_at and record.id not in moved
    ]
    return tuple(sorted(found, key=lambda each: each.at))


def _former_name(merge: PersonMerge) -> str:
    chosen = merge.chosen
    return " ".join(str(chosen.get(name) or "") for name in ("given_name", "family_name")).strip()


def _shown_name(read: Reader, merge: PersonMerge) -> str:
    user = read.find(User, merge.created_by)
    return "" if user is None else user.shown_name


def _require(actor: Actor, action: Action) -> None:
    if permitted(actor.roles, action) is None:
        raise NotPermittedError
