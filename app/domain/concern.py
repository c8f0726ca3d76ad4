"""Safeguarding concerns: the words as they were said, and what the named lead did (`domain.md` 7.6).

They lie apart from every note. The organisation's safeguarding lead alone holds them; whoever raised one may not read
it again once it has arrived, and others see no more than "see the lead".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from app.domain.codes import AgreedToShare, ConcernState, RecordType
from app.domain.ids import RecordId, UserId
from app.domain.person import OfPerson
from app.domain.record import Cls, Fixed, Line, State, Text

LONGEST_WORDS = 4000
"""Characters of what was said or seen."""

UNREAD_HOURS = 24
"""After so many hours a concern that nobody read is the second lead's to read."""

NEXT_STATES = MappingProxyType(
    {
        ConcernState.SENT: frozenset({ConcernState.READ}),
        ConcernState.READ: frozenset({ConcernState.ACTING, ConcernState.PASSED_ON}),
        ConcernState.ACTING: frozenset({ConcernState.PASSED_ON, ConcernState.CLOSED}),
        ConcernState.PASSED_ON: frozenset({ConcernState.CLOSED}),
        ConcernState.CLOSED: frozenset[ConcernState](),
    }
)
"""Where a concern goes from each state (`domain.md` 4.3); nothing leads back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody who was told already, and when."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern(OfPerson):
    """What somebody said or saw that may mean harm; its words never change.

    Attributes:
        in_their_words: what was said or seen, as it was said.
        noticed_at: when.
        danger_now: somebody is in danger at this moment: 999 was shown.
        told: who was told already.
        consent_to_share: whether the person agreed that this is told.
        reason_without: why it is told all the same.
        state: where it stands with the lead.
    """

    TYPE = RecordType.CONCERN
    CLS = Cls.SAFEGUARDING

    in_their_words: Fixed[Annotated[str, Text(LONGEST_WORDS)]]
    noticed_at: Fixed[datetime]
    danger_now: Fixed[bool] = False
    told: Fixed[tuple[Told, ...]] = ()
    consent_to_share: Fixed[AgreedToShare]
    reason_without: Fixed[Annotated[str, Text(300)]] = ""
    state: State[ConcernState] = ConcernState.SENT


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernStep(OfPerson):
    """One thing that the lead did; never edited.

    Attributes:
        concern: which.
        to_state: the state it reached by that; None when it stayed where it was.
        did: what was done, in the lead's words.
        passed_to: to whom it was passed on.
        at: when.
        by: who.
    """

    TYPE = RecordType.CONCERN_STEP
    CLS = Cls.SAFEGUARDING

    concern: Fixed[RecordId]
    to_state: Fixed[ConcernState | None] = None
    did: Fixed[Annotated[str, Text(2000)]] = ""
    passed_to: Fixed[Annotated[str, Line(120)]] = ""
    at: Fixed[datetime]
    by: Fixed[UserId]
