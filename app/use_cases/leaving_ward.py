"""Leaving the ward: what is open or only on this laptop, line by line (`domain.md` 9.3), and the reasons given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.actor import Actor
from app.domain.audit import AuditEntry
from app.domain.clocks import london_day, start_of_london_day
from app.domain.codes import AuditAction, ConsentKind, Decision, Role, TaskState
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.domain.match import Match, MatchCard, Session
from app.domain.task import Task
from app.errors import BadInputError
from app.storage import lists, todays_work
from app.storage.outbox import Outbox
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases import conflicts
from app.use_cases.gap_watch import LEAST_REASON
from app.use_cases.names import names_of
from app.use_cases.today import AHEAD_DAYS, is_mine


class LeavingKind(StrEnum):
    """One line of the check, in its order. Concerns come with their records."""

    DRAFTS = "drafts"
    UNCONFIRMED = "unconfirmed"
    ATTENTION = "attention"
    PROMISES = "promises"
    RECEIPTS = "receipts"
    NO_DAY = "no_day"
    HELD_BACK = "held_back"


_AUDITED = "leaving_"
_TALKS = frozenset({ConsentKind.ANSWER, ConsentKind.WITHDRAWAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """One thing that keeps a line open.

    Attributes:
        at: since when.
        page: the page it is put right on.
        subject: what that page opens: a person, a referral or a consent event; None for a page of lists.
        person_id: whom it is about, None when about nobody.
    """

    at: datetime
    page: str
    subject: UUID | None = None
    person_id: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingLine:
    """One line of the check.

    Attributes:
        kind: which.
        count: how many things are open; 0 when it is done.
        oldest_at: since when the oldest is open.
        names: whom they are about, each once.
        first: the thing to begin with, None when it is done.
        reason: why it stays, as said today; empty when nothing was said or something came up since.
    """

    kind: LeavingKind
    count: int = 0
    oldest_at: datetime | None = None
    names: tuple[str, ...] = ()
    first: OpenItem | None = None
    reason: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is open."""
        return not self.count

    @property
    def is_answered(self) -> bool:
        """Whether it is done, or a reason says why not."""
        return self.is_done or bool(self.reason)


def check(vault: Vault, *, actor: Actor, now: datetime) -> tuple[LeavingLine, ...]:
    """Return every line in its order, for whoever is about to leave."""
    waiting = Outbox(vault).waiting()
    asked = [each.at for each in conflicts.questions_for(vault, actor=actor) if each.waits_for_me]
    with vault.reading() as read:
        today = _Today(read, actor, now)
        found = {kind: look(today) for kind, look in _LOOKS.items()}
        found[LeavingKind.ATTENTION] += [OpenItem(at=at, page="attention") for at in asked]
        newest = todays_work.newest_unconfirmed(read.connection)
        names = names_of(read, {each.person_id for items in found.values() for each in items if each.person_id})
        reasons = today.reasons()
    lines = {kind: _line(kind, items, names, reasons.get(kind)) for kind, items in found.items()}
    if waiting.unsent:
        first = OpenItem(at=waiting.oldest_at or now, page="sync")
        said = reasons.get(LeavingKind.UNCONFIRMED)
        lines[LeavingKind.UNCONFIRMED] = LeavingLine(
            kind=LeavingKind.UNCONFIRMED,
            count=waiting.unsent,
            oldest_at=waiting.oldest_at,
            first=first,
            reason=said.words if said is not None and said.covers(newest or first.at) else "",
        )
    return tuple(lines.get(kind, LeavingLine(kind=kind)) for kind in LeavingKind)


def give_reason(vault: Vault, *, actor: Actor, now: datetime, kind: LeavingKind, reason: str) -> None:
    """Say why a line stays open today; the words are kept in the audit and stay on this laptop.

    Raises:
        BadInputError: `leaving.reason.required`: the reason says too little.
    """
    words = " ".join(reason.split())
    if len(words) < LEAST_REASON:
        raise BadInputError.at("leaving", "reason", "required")
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.CHANGE, reason=f"{_AUDITED}{kind}", detail=words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    at: datetime
    words: str

    def covers(self, moment: datetime) -> bool:
        """Answer whether it was given after something came up."""
        return moment <= self.at


class _Today:
    """What one person did today on this laptop, each kind read once."""

    def __init__(self, read: Reader, actor: Actor, now: datetime) -> None:
        self.read, self.actor, self.on = read, actor, london_day(now)
        self.since = start_of_london_day(self.on)
        self.talks = todays_work.made_since(read.connection, ConsentEvent, self.since, actor.user)

    def drafts(self) -> list[OpenItem]:
        """Everything typed and not recorded: an older draft is only on this laptop too."""
        kept = lists.drafts(self.read.connection, self.actor.user)
        return [
            OpenItem(
                at=_moment(draft.saved_at),
                page=self._page_of(draft.page),
                subject=None if self._page_of(draft.page) == "my_matches" else draft.subject,
                person_id=self._whom(draft.subject),
            )
            for draft in reversed(kept)
        ]

    def _page_of(self, draft: str) -> str:
        """Return the page on which a draft is gone on with; how it goes is asked from the page of the match."""
        if draft in _PULSES:
            return "matching" if Role.COORDINATOR in self.actor.roles else "my_matches"
        return _PAGE_OF_DRAFT.get(draft, draft)

    def _whom(self, subject: UUID | None) -> PersonId | None:
        """Return whom a draft is about: of a call, whose match it is."""
        if subject is None:
            return None
        call = self.read.find(Session, subject)
        of_match = call or self.read.find(Match, subject) or self.read.find(MatchCard, subject)
        return PersonId(subject if of_match is None else of_match.person)

    def attention(self) -> list[OpenItem]:
        items = lists.attention_items(self.read.connection)
        return [OpenItem(at=_moment(item.created), page="attention") for item in items]

    def promises(self) -> list[OpenItem]:
        until = self.on + timedelta(days=AHEAD_DAYS)
        made = todays_work.made_since(self.read.connection, Task, self.since, self.actor.user)
        return [
            OpenItem(at=task.created_at, page="today", person_id=task.person)
            for task in made
            if task.state is TaskState.OPEN and task.due_on <= until and is_mine(task, self.actor)
        ]

    def receipts(self) -> list[OpenItem]:
        answered = {event.reason for event in self.talks if event.kind is ConsentKind.RECEIPT_GIVEN}
        return [
            OpenItem(at=event.created_at, page="consent_done", subject=event.id, person_id=event.person)
            for event in self.talks
            if event.kind in _TALKS and str(event.id) not in answered
        ]

    def without_a_day(self) -> list[OpenItem]:
        return [
            OpenItem(at=event.created_at, page="consent", subject=event.person, person_id=event.person)
            for event in self.talks
            if any(line.decision is Decision.NOT_ABLE_NOW and line.ask_again_on is None for line in event.lines)
        ]

    def held_back(self) -> list[OpenItem]:
        kept = todays_work.kept_referrals(self.read.connection, self.actor.org, self.actor.user)
        return [
            OpenItem(at=each.created_at, page="referral", subject=each.id, person_id=PersonId(each.person))
            for each in kept
        ]

    def reasons(self) -> dict[LeavingKind, _Reason]:
        """Return the newest reason of today for each line."""
        entries = todays_work.made_since(self.read.connection, AuditEntry, self.since, self.actor.user)
        said = {entry.seq: entry for entry in entries if entry.reason.startswith(_AUDITED)}
        words = todays_work.audited_words(self.read.connection, said)
        return {
            LeavingKind(entry.reason.removeprefix(_AUDITED)): _Reason(at=entry.at, words=words.get(seq, ""))
            for seq, entry in sorted(said.items())
        }


_PAGE_OF_DRAFT = {"note": "person"}
_PULSES = frozenset({"pulse", "pulse_of_mentor"})

_LOOKS: dict[LeavingKind, Callable[[_Today], list[OpenItem]]] = {
    LeavingKind.DRAFTS: _Today.drafts,
    LeavingKind.ATTENTION: _Today.attention,
    LeavingKind.PROMISES: _Today.promises,
    LeavingKind.RECEIPTS: _Today.receipts,
    LeavingKind.NO_DAY: _Today.without_a_day,
    LeavingKind.HELD_BACK: _Today.held_back,
}


def _line(kind: LeavingKind, items: Sequence[OpenItem], names: dict[UUID, str], said: _Reason | None) -> LeavingLine:
    if not items:
        return LeavingLine(kind=kind)
    return LeavingLine(
        kind=kind,
        count=len(items),
        oldest_at=min(item.at for item in items),
        names=_each_once(names.get(item.person_id, "") for item in items if item.person_id is not None),
        first=items[0],
        reason=said.words if said is not None and said.covers(max(item.at for item in items)) else "",
    )


def _each_once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
