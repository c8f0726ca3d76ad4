"""Two charities' records that may be of one person: what may be compared, and what has been said (`domain.md` 8).

Both have to say that it is one person, and each hears of the pair only while both may see both records. So what is
compared is the card that each home organisation gives the other: a question tells neither of them more than it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from app.domain.codes import PackageField, SameDecision
from app.domain.ids import SYSTEM, PersonId
from app.domain.linkage import compare
from app.domain.linkage_facts import facts_in, keys_of
from app.domain.making_one import is_settled
from app.domain.names import NameTables
from app.domain.person_merge import SamePerson


class Said(StrEnum):
    """What one of the two charities says about a pair."""

    NOTHING = "nothing"
    SAME = "same_person"
    NOT_SAME = "not_same"


def card_keys(fields: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys under which a card is found; none of one that shows nothing."""
    return keys_of(facts_in(fields)) if is_told(fields) else frozenset()


def is_told(fields: Mapping[str, Any]) -> bool:
    """Answer whether a card says who somebody is: an answer that was taken back leaves it empty."""
    return bool(fields.get(PackageField.NAME) or fields.get(PackageField.KNOWN_AS))


def may_be_one(one: Mapping[str, Any], other: Mapping[str, Any], *, names: NameTables) -> bool:
    """Answer whether the cards of two people, each for the other's charity, speak for one person."""
    if not (is_told(one) and is_told(other)):
        return False
    return compare(facts_in(one), facts_in(other), names=names).level is not None


def said(decisions: Iterable[SamePerson], other: PersonId, known: frozenset[str]) -> Said:
    """Return what a charity's coordinators have said about a pair; the last word counts.

    Args:
        decisions: kept with its own record.
        other: the other charity's record.
        known: what is known of both now, its own first (`making_one.known_of`): a no holds until that is more.
    """
    own = [each for each in decisions if each.other_person == other and each.created_by != SYSTEM]
    own.sort(key=lambda each: (each.created_at, each.id))
    if own and own[-1].decision is SameDecision.SAME:
        return Said.SAME
    noes = (each.known for each in own if each.decision is SameDecision.NOT_SAME)
    return Said.NOT_SAME if is_settled(noes, known) else Said.NOTHING


def is_agreed(decisions: Iterable[SamePerson], other: PersonId) -> bool:
    """Answer whether the service has noted that both charities say it is one person."""
    return any(each.other_person == other and each.created_by == SYSTEM and not each.archived for each in decisions)
