"""Two records of one person become one, and two again: what is kept of it (`domain.md` 8).

Only people decide. The service carries it out; this record keeps what it changed, so that it can be undone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from app.domain.codes import RecordType, SameDecision
from app.domain.ids import PersonId, RecordId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, State


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonMerge(OfPerson):
    """One merge: `person` lives on, `other_person` is another name for it until the merge is undone.

    Attributes:
        other_person: the record that became part of `person`.
        chosen: the value of each field of the person that somebody chose, as it stands in a body; None for none.
        injury: the same of the injury, where both had one.
        stay: which of two open stays goes on.
        reasons: why they were taken for one, as codes.
        moved: records that hung on `other_person`.
        later: records written under its name since, by laptops that had not heard of the merge.
        there: consent events that hung on `person` already.
        before: records of `person` that were changed, as they were, by id.
        after: the same as the merge left them.
        undone_at: when it was undone, and by whom; None while it holds.
    """

    TYPE = RecordType.PERSON_MERGE
    CLS = Cls.OWN

    other_person: Fixed[PersonId]
    chosen: Fixed[dict[str, Any]] = field(default_factory=dict)
    injury: Fixed[dict[str, Any]] = field(default_factory=dict)
    stay: Fixed[RecordId | None] = None
    reasons: Fixed[tuple[str, ...]] = ()
    moved: State[frozenset[RecordId]] = frozenset()
    later: State[frozenset[RecordId]] = frozenset()
    there: State[frozenset[RecordId]] = frozenset()
    before: State[dict[str, Any]] = field(default_factory=dict)
    after: State[dict[str, Any]] = field(default_factory=dict)
    undone_at: State[datetime | None] = None
    undone_by: State[UserId | None] = None

    @property
    def holds(self) -> bool:
        """Whether the two are one now."""
        return self.undone_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SamePerson(OfPerson):
    """What somebody decided about two records; kept with `person`, the older of the two, for good.

    Attributes:
        other_person: the other record.
        decision: that they are not the same, or, where two organisations have to agree, that they are.
        why: in their words.
        known: what was known of each then, as `known_of` says: asked again only when something is added.
    """

    TYPE = RecordType.SAME_PERSON
    CLS = Cls.OWN

    other_person: Fixed[PersonId]
    decision: Fixed[SameDecision]
    why: Fixed[Annotated[str, Line(300)]] = ""
    known: Fixed[frozenset[str]] = frozenset()


def pair_of(one: PersonId, other: PersonId) -> tuple[PersonId, PersonId]:
    """Return two people in the order in which a pair is written: the older record, whose id is the smaller, first."""
    return (one, other) if one < other else (other, one)
