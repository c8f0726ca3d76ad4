"""What a person is given who asks what is held of them (UK GDPR Art. 15, domain.md 11), as plain values.

The organisation's own records of the person in all classes, every act of consent, what was sent and to whom, and who
looked. Words that may be somebody else's, or about somebody else, are passages: each is given or left out by the data
protection lead, who reads them first. A concern is the safeguarding lead's and not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.domain.attachment import Attachment
from app.domain.bodies import Body
from app.domain.codes import RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.equality import EqualityAnswers
from app.domain.ids import OrganisationId
from app.domain.match import Match, MatchEvent, PulseAnswer, Session
from app.domain.measures import OutcomeMeasure
from app.domain.mentoring import Goal, MenteeProfile, MentorProfile
from app.domain.note import CaseNote, Signpost
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.record import Record
from app.domain.referral import Referral, ReferralEvent
from app.domain.task import Task

FORMAT: Final = "alongside-access-pack"
VERSION: Final = 1

PACKED: Final[tuple[type[Record], ...]] = (
    Person,
    ContactPoint,
    Relationship,
    Injury,
    Stay,
    ConsentEvent,
    Referral,
    ReferralEvent,
    Signpost,
    CaseNote,
    Attachment,
    MenteeProfile,
    MentorProfile,
    Goal,
    Match,
    MatchEvent,
    Session,
    PulseAnswer,
    OutcomeMeasure,
    EqualityAnswers,
    Task,
)
"""Kinds of record in a pack, in the order in which they are told."""

PASSAGES: Final[Mapping[RecordType, tuple[str, ...]]] = {
    RecordType.CONTACT_POINT: ("who_may_answer",),
    RecordType.RELATIONSHIP: ("other_person", "evidence_seen"),
    RecordType.CONSENT_EVENT: ("witness_name",),
    RecordType.REFERRAL: ("why", "came_from_contact"),
    RecordType.CASE_NOTE: ("text",),
    RecordType.ATTACHMENT: ("title",),
    RecordType.PULSE_ANSWER: ("comment",),
    RecordType.TASK: ("note",),
    RecordType.SIGNPOST: ("told_of",),
}
"""Fields that may hold the words of others, or words about others."""

_OURS: Final = frozenset(
    {
        *("org", "created_by", "device", "schema_version", "rev", "clock_doubt", "person"),
        *("by", "asked_by", "key_worker", "assignee", "for_user", "sender_name", "asked_by_name", "by_name"),
    }
)
"""Parts of every record that tell of the program and of staff, and nothing of the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One record as it lies in the vault."""

    id: UUID
    kind: RecordType
    org: OrganisationId
    body: Body


@dataclass(frozen=True, slots=True, order=True)
class PassageId:
    """Which field of which record."""

    record: UUID
    field: str

    def __str__(self) -> str:
        """Return it as one key."""
        return f"{self.record}:{self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Words that are given or left out.

    Attributes:
        place: where they stand.
        kind: of the record.
        words: as they were written.
        role: of whoever wrote them.
        on: the day, London.
    """

    place: PassageId
    kind: RecordType
    words: str
    role: str
    on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How often somebody of a role had something to do with the record on one day; staff are not named."""

    on: date
    organisation: str
    role: str
    action: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack before it is written.

    Attributes:
        organisation: whose records they are.
        received_on: when the person asked.
        records: in the order of `PACKED`, oldest first, without what was left out.
        sent: the packages that left, as (receiver, service, moment, package).
        looks: newest first.
        left_out: kinds and fields of passages that were left out, and how many of each.
    """

    organisation: str
    received_on: date
    records: tuple[Held, ...]
    sent: tuple[tuple[str, str, str, Mapping[str, Any]], ...]
    looks: tuple[Look, ...]
    left_out: tuple[tuple[RecordType, str, int], ...]


def is_packed(held: Held, org: OrganisationId) -> bool:
    """Answer whether a record is one of those that the organisation answers for; consent is told whoever asked."""
    if held.kind is RecordType.TASK and held.body.get("kind") in ("access_request", "erasure_request"):
        return False
    return held.org == org or held.kind is RecordType.CONSENT_EVENT


def passages_of(records: Iterable[Held]) -> Iterator[Passage]:
    """Yield the words that have to be looked at before they are given."""
    for held in records:
        for name in PASSAGES.get(held.kind, ()):
            words = held.body.get(name)
            if words:
                yield Passage(
                    place=PassageId(held.id, name),
                    kind=held.kind,
                    words=str(words),
                    role=str(held.body["created_role"]),
                    on=str(held.body["created_at"])[:10],
                )


def words_of(passages: Iterable[Passage]) -> frozenset[str]:
    """Return the words of passages, to be found wherever else they stand: in a package that was sent, say."""
    return frozenset(each.words for each in passages)


def without(records: Iterable[Held], left_out: Collection[PassageId], words: Collection[str]) -> Iterator[Held]:
    """Yield the records without the passages that are left out; the field stays, and says that it was.

    Args:
        records: what is told.
        left_out: which passages are not.
        words: what stood in them, which is left out wherever else it stands.
    """
    for held in records:
        gone = [name for name in PASSAGES.get(held.kind, ()) if PassageId(held.id, name) in left_out]
        body = scrubbed({**held.body, **dict.fromkeys(gone, LEFT_OUT)}, words)
        yield Held(id=held.id, kind=held.kind, org=held.org, body=body)


def scrubbed(value: Any, words: Collection[str]) -> Any:
    """Return JSON values in which no text has any of the words.

    Short words are looked for as a whole text only: "Jo" must not take "Joint" away.
    """
    if not words:
        return value
    match value:
        case str():
            is_there = any(each == value or (len(each) >= _LONG and each in value) for each in words)
            return LEFT_OUT if is_there else value
        case dict():
            return {name: scrubbed(each, words) for name, each in value.items()}
        case list() | tuple():
            return [scrubbed(each, words) for each in value]
    return value


_LONG: Final = 12
"""Characters from which words are looked for inside other text."""

LEFT_OUT: Final = "[left out: it is about somebody else, or in confidence from them]"
"""What stands in the place of words that are left out."""


def pack_json(pack: Pack, *, made_at: str) -> dict[str, Any]:
    """Return a pack as data that another system can read."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": made_at,
        "organisation": pack.organisation,
        "received_on": pack.received_on.isoformat(),
        "records": [{"type": each.kind.value, **told(each)} for each in pack.records],
        "sent": [
            {"to": to, "service": service, "at": at, "what": dict(package)} for to, service, at, package in pack.sent
        ],
        "looked_at": [
            {
                "on": look.on.isoformat(),
                "organisation": look.organisation,
                "role": look.role,
                "action": look.action,
                "count": look.count,
            }
            for look in pack.looks
        ],
        "left_out": [{"type": kind.value, "field": name, "count": count} for kind, name, count in pack.left_out],
    }


def told(held: Held) -> dict[str, Any]:
    """Return what a record tells of the person."""
    return {name: value for name, value in held.body.items() if name not in _OURS}
