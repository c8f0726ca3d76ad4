"""What two records of one person become together, field by field, and when they may not (`domain.md` 8).

Both sides of the exchange ask these functions: the page for what to show and offer, the service for what to write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.bodies import Body, is_empty
from app.domain.codes import PersonStatus, RecordType
from app.domain.ids import ReferralId, ServiceId
from app.domain.linkage_facts import Facts
from app.domain.person import Person
from app.domain.record import Merge, Record, field_rules
from app.domain.referral import Referral
from app.domain.referral_states import is_live
from app.errors import BadInputError, KnownError

STAYS_BEHIND = frozenset({RecordType.PERSON, RecordType.SHARE_CARD, RecordType.PERSON_MERGE, RecordType.SAME_PERSON})
"""Kinds of record that do not move: the person itself, what the service makes anew, and what speaks of the pair."""

_HEADER = frozenset(
    {"id", "org", "created_at", "created_by", "created_role", "device", "schema_version", "clock_doubt"}
)
_NOT_CHOSEN = _HEADER | {"archived", "status", "person"}
_FINAL = frozenset({PersonStatus.ERASED.value, PersonStatus.ENTERED_IN_ERROR.value})


class MergeError(KnownError):
    """Two records cannot become one: `merge.not_permitted`, with why in `detail['why']`."""

    default_code = "merge.not_permitted"


def check_pair(one: Mapping[str, Any], other: Mapping[str, Any], *, is_itself: bool) -> None:
    """Refuse a pair that can never be made one.

    Args:
        one: body of the person who lives on.
        other: body of the other.
        is_itself: both are one record.

    Raises:
        MergeError: itself, an erased record or one entered in error, or two organisations' records.
    """
    if is_itself:
        raise MergeError(why="itself")
    if _FINAL & {one.get("status"), other.get("status")}:
        raise MergeError(why="erased")
    if one["org"] != other["org"]:
        raise MergeError(why="two_homes")


def chosen_fields(kind: type[Record]) -> tuple[str, ...]:
    """Return the fields of which one value is chosen, in their order; sets and flags are joined instead."""
    single = (Merge.IDENTITY, Merge.LWW)
    return tuple(name for name, rule in field_rules(kind).items() if rule.merge in single and name not in _NOT_CHOSEN)


def differing(kind: type[Record], one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of which both have a value, and not the same."""
    return tuple(
        name
        for name in chosen_fields(kind)
        if not _says_nothing(one.get(name)) and not _says_nothing(other.get(name)) and one.get(name) != other.get(name)
    )


def fuller(kind: type[Record], one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return for each field the value of the record that has one, the first's where both have."""
    return {
        name: other.get(name) if _says_nothing(one.get(name)) and not _says_nothing(other.get(name)) else one.get(name)
        for name in chosen_fields(kind)
    }


def made_one(kind: type[Record], one: Mapping[str, Any], other: Mapping[str, Any], chosen: Mapping[str, Any]) -> Body:
    """Return the body of two records together; permissions and flags are the stricter of both.

    Raises:
        BadInputError: an identity field that differs was not chosen (`required`), or the value chosen is neither's any
            more (`changed`): somebody wrote meanwhile.
    """
    rules, default = field_rules(kind), fuller(kind, one, other)
    body = dict(one)
    for name in differing(kind, one, other):
        if name not in chosen and rules[name].merge is Merge.IDENTITY:
            raise BadInputError.at("person_merge", name, "required")
    for name, value in (default | dict(chosen)).items():
        if name not in default or value not in (one.get(name), other.get(name)):
            raise BadInputError.at("person_merge", name, "changed")
        body[name] = value
    for name, rule in rules.items():
        mine, theirs = one.get(name), other.get(name)
        match rule.merge:
            case Merge.SET_ADD:
                body[name] = sorted({*(mine or ()), *(theirs or ())})
            case Merge.SET_REMOVE:
                body[name] = sorted({*(mine or ())} & {*(theirs or ())})
            case Merge.FLAG:
                body[name] = bool(mine or theirs)
    if kind is Person:
        body["status"] = _status(one, other)
    return {name: value for name, value in body.items() if not is_empty(value)}


def same_contact(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Answer whether two contact points are one way to reach somebody."""
    return (one.get("kind"), one.get("value")) == (other.get("kind"), other.get("value"))


def stricter_contact(one: Mapping[str, Any], other: Mapping[str, Any]) -> Body:
    """Return a contact point that both records have, with what both permit."""
    permitted = sorted({*one.get("may_use", ())} & {*other.get("may_use", ())})
    body = {
        **one,
        "may_use": permitted,
        "never_use": bool(one.get("never_use") or other.get("never_use")),
        "may_say_charity_name": bool(one.get("may_say_charity_name") and other.get("may_say_charity_name")),
    }
    return {name: value for name, value in body.items() if not is_empty(value)}


def doubled(referrals: Iterable[Referral]) -> dict[ReferralId, ReferralId]:
    """Return which live referrals of one person ask the same service again, each with the oldest that asks it.

    One that was linked already keeps its link: somebody, or the service, said so when it left.
    """
    by_service: dict[ServiceId, list[Referral]] = {}
    for referral in referrals:
        if is_live(referral.state) and not referral.archived:
            by_service.setdefault(referral.to_service, []).append(referral)
    found: dict[ReferralId, ReferralId] = {}
    for asked in by_service.values():
        first, *later = sorted(asked, key=lambda each: (each.sent_at or each.created_at, each.id))
        found |= {each.referral_id: first.referral_id for each in later if each.duplicate_of is None}
    return found


def given_back(now: Mapping[str, Any], *, before: Mapping[str, Any], after: Mapping[str, Any]) -> Body:
    """Return a body as it was before a merge, but for what somebody changed since."""
    body = dict(now)
    for name in {*before, *after}:
        if before.get(name) != after.get(name) and now.get(name) == after.get(name) and name != "person":
            body[name] = before.get(name)
    return {name: value for name, value in body.items() if not is_empty(value)}


def known_of(one: Facts, other: Facts) -> frozenset[str]:
    """Return what of a pair a new comparison would rest on: health numbers, days of birth and phones that are known.

    Nothing is repeated: `one.dob`, `other.phone.2`.
    """
    known: set[str] = set()
    for side, facts in (("one", one), ("other", other)):
        known |= {f"{side}.{kind}" for kind in facts.numbers}
        known |= {f"{side}.phone.{count}" for count in range(1, len(facts.phones) + 1)}
        if facts.born:
            known.add(f"{side}.dob.{len(facts.born)}")
    return frozenset(known)


def is_settled(decided: Iterable[frozenset[str]], known: frozenset[str]) -> bool:
    """Answer whether somebody decided about a pair when as much was known as is now."""
    return any(known <= then for then in decided)


def _status(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    both = {str(one.get("status")), str(other.get("status"))}
    for status in (PersonStatus.DIED, PersonStatus.ACTIVE):
        if status in both:
            return status.value
    return str(one.get("status"))


def _says_nothing(value: Any) -> bool:
    return is_empty(value) or value in ("unknown", "X99", "not_told")
