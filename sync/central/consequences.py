"""Step 6 of the write transaction: what the ops bring about, for everybody, in the same transaction.

Lost consent withdraws referrals; cards are made anew; the access list is computed again and compared with the one
that is stored. Nothing here writes: it changes the overlay and says what enters and leaves each scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from app.domain.aggregate import PersonAggregate
from app.domain.bodies import KINDS, body_of
from app.domain.cards import share_cards
from app.domain.codes import DropReason, GateReason, MatchDeclineReason, RecordType, ReferralState, WithdrawalReason
from app.domain.consent_loss import on_consent_loss, on_match_loss, recalled_on_lapse
from app.domain.ids import OrganisationId, RecordId
from app.domain.mentor_view import match_cards
from app.domain.record import Record
from app.domain.visibility import next_due, reference_visibility, visibility
from app.domain.visible import Visible
from sync.central.alliance import Alliance
from sync.central.joining import MERGED
from sync.central.match_steps import end_match
from sync.central.overlay import Access, Locked, Overlay, Row
from sync.central.person_rows import person_of
from sync.central.referral_clocks import next_clock, run_clocks
from sync.central.referring import withdraw_referral
from sync.central.replacing import forget_replaced, next_forgetting
from sync.central.scopes import scope_id, scope_org
from sync.central.service_records import derived_id

DECIDES_ACCESS = frozenset(
    {
        RecordType.PERSON,
        RecordType.STAY,
        RecordType.CONSENT_EVENT,
        RecordType.REFERRAL,
        RecordType.REFERRAL_EVENT,
        RecordType.CASE_NOTE,
        RecordType.ATTACHMENT,
        RecordType.MENTOR_PROFILE,
        RecordType.MENTEE_PROFILE,
        RecordType.MATCH,
        RecordType.MATCH_EVENT,
        RecordType.GOAL,
        RecordType.CONCERN,
        RecordType.EQUALITY_ANSWERS,
        RecordType.TASK,
    }
)
"""Kinds of a person's records whose change may change who sees what."""

SHOWN_ON_CARDS = DECIDES_ACCESS | {RecordType.INJURY, RecordType.CONTACT_POINT, RecordType.RELATIONSHIP}
"""Kinds of a person's records that a share card is made from."""


_CONSENT_ENDED = frozenset(
    {
        WithdrawalReason.CONSENT_WITHDRAWN.value,
        WithdrawalReason.CONSENT_EXPIRED.value,
        MatchDeclineReason.CONSENT_LOST.value,
    }
)


@dataclass(slots=True)
class Outcome:
    """What a transaction brings about for one aggregate.

    Attributes:
        aggregate: which.
        access: the new access list; None where nothing that decides it changed.
        keys: the key of each scope in it, and of those that were.
        entered: (scope, row) that a scope now holds.
        left: (scope, row) that a scope may hold no more, with why.
        changed: (scope, row) that a scope holds and that has a new body.
    """

    aggregate: Locked
    access: Access | None = None
    keys: dict[UUID, str] = field(default_factory=dict)
    entered: list[tuple[UUID, Row]] = field(default_factory=list)
    left: list[tuple[UUID, Row, DropReason]] = field(default_factory=list)
    changed: list[tuple[UUID, Row]] = field(default_factory=list)


def follow_up(
    overlay: Overlay,
    aggregate: Locked,
    *,
    cause: UUID,
    now: datetime,
    on: date,
    alliance: Alliance,
    scope_keys: Mapping[OrganisationId, frozenset[str]],
    keys: Mapping[UUID, str],
    always: bool = False,
) -> Outcome:
    """Bring about what follows from the changes of one aggregate.

    Args:
        overlay: everything that is locked.
        aggregate: the one to look at.
        cause: the op that is named as the cause of what the service writes.
        now: the service's clock.
        on: the London day.
        alliance: the directory.
        scope_keys: the scopes of each organisation that owns a reference record here.
        keys: the key of each scope that holds anything here.
        always: look even when nothing was changed: time alone may have.
    """
    if always and aggregate.is_person:
        forget_replaced(overlay, aggregate, cause=cause, now=now)
    kinds = {row.type for row in aggregate.changed()}
    outcome = Outcome(aggregate, keys=dict(keys))
    if not aggregate.is_person:
        if kinds or always:
            _follow_up_reference(outcome, scope_keys)
        return outcome
    if aggregate.state == MERGED:
        # Part of another person: nobody holds what is left, and no clock runs on it.
        outcome.access, aggregate.next_due = {}, None
        compare(outcome)
        return outcome
    always = always or aggregate.is_joined
    if always or kinds & SHOWN_ON_CARDS:
        person = _settle_referrals(overlay, aggregate, cause=cause, now=now, on=on, alliance=alliance)
        person = _settle_matches(overlay, aggregate, person, cause=cause, now=now, on=on, alliance=alliance)
        person = _renew_cards(overlay, aggregate, person, cause=cause, on=on, alliance=alliance)
        if always and run_clocks(overlay, aggregate, cause=cause, now=now, on=on):
            person = person_of(aggregate)
        if always or kinds & DECIDES_ACCESS:
            found = visibility(person, directory=alliance.directory, on=on, now=now)
            _take_access(outcome, found)
            moments = (
                next_due(person, directory=alliance.directory, on=on, now=now),
                next_clock(aggregate),
                next_forgetting(aggregate),
            )
            aggregate.next_due = min((moment for moment in moments if moment is not None), default=None)
            _home_follows_person(aggregate, person)
    compare(outcome)
    return outcome


def _home_follows_person(aggregate: Locked, person: PersonAggregate) -> None:
    # A stub made by a withdrawal belongs to whoever recorded it, until the person arrives.
    if person.person is not None:
        aggregate.home_org = person.person.org


def _follow_up_reference(outcome: Outcome, scope_keys: Mapping[OrganisationId, frozenset[str]]) -> None:
    """Compute the access list of the rows in hand; other rows of the aggregate are none of its concern."""
    aggregate = outcome.aggregate
    in_hand = {(row.owner, row.cls) for row in [*aggregate.before.values(), *aggregate.rows.values()]}
    access = {place: until for place, until in aggregate.access.items() if (place[1], place[2]) not in in_hand}
    for row in aggregate.rows.values():
        if row.type in KINDS:
            keys = scope_keys.get(row.org, frozenset())
            for each in reference_visibility(row.record(), scope_keys=keys):
                access[_place(outcome, each)] = each.until
    outcome.access = access
    compare(outcome)


def _settle_referrals(
    overlay: Overlay, aggregate: Locked, *, cause: UUID, now: datetime, on: date, alliance: Alliance
) -> PersonAggregate:
    """End or recall the referrals whose consent is gone; consent withdrawal beats every open state."""
    person = person_of(aggregate)
    lost = on_consent_loss(person, directory=alliance.directory, on=on)
    for referral, reason in lost:
        withdraw_referral(overlay, aggregate.rows[referral.id], reason=reason.value, cause=cause, now=now)
    recalled = recalled_on_lapse(person, directory=alliance.directory, on=on)
    for referral in recalled:
        withdraw_referral(
            overlay,
            aggregate.rows[referral.id],
            reason=GateReason.GATE_CONSENT.value,
            cause=cause,
            now=now,
            to=ReferralState.DRAFT,
        )
    return person_of(aggregate) if lost or recalled else person


def _settle_matches(
    overlay: Overlay,
    aggregate: Locked,
    person: PersonAggregate,
    *,
    cause: UUID,
    now: datetime,
    on: date,
    alliance: Alliance,
) -> PersonAggregate:
    """End or decline the matches whose consent is gone, in the transaction in which it went."""
    lost = on_match_loss(person, directory=alliance.directory, on=on)
    for match, to, reason in lost:
        end_match(overlay, aggregate.rows[match.id], to, reason, cause=cause, now=now)
    return person_of(aggregate) if lost else person


def _renew_cards(
    overlay: Overlay, aggregate: Locked, person: PersonAggregate, *, cause: UUID, on: date, alliance: Alliance
) -> PersonAggregate:
    def card_id(org: OrganisationId) -> UUID:
        return derived_id(aggregate.agg_id, "card", org)

    def match_card_id(match: RecordId) -> UUID:
        return derived_id(match, "match_card")

    cards: list[Record] = [*share_cards(person, directory=alliance.directory, on=on, card_id=card_id)]
    cards += match_cards(person, card_id=match_card_id)
    for card in cards:
        there = aggregate.rows.get(card.id)
        if there is None:
            overlay.insert_record(aggregate.agg_id, card, op=cause)
        else:
            overlay.revise(there, body_of(card), op=cause)
    return person


def _take_access(outcome: Outcome, found: Iterable[Visible]) -> None:
    outcome.access = {_place(outcome, each): each.until for each in found}


def _place(outcome: Outcome, each: Visible) -> tuple[UUID, UUID, int]:
    identifier = scope_id(each.scope_key)
    outcome.keys[identifier] = each.scope_key
    return (identifier, each.owner, int(each.cls))


def compare(outcome: Outcome) -> None:
    """Say what enters, leaves and changes, row by row and scope by scope; may be asked again after more changes."""
    aggregate = outcome.aggregate
    outcome.entered, outcome.left, outcome.changed = [], [], []
    after = aggregate.access if outcome.access is None else outcome.access
    if not aggregate.before:
        # Nobody holds anything yet, as of nearly everything that is written: whoever may see a row gets it.
        outcome.entered = [(scope, row) for scope, row in _shown(after, aggregate.rows.values())]
        return
    held = _holders(aggregate.access, aggregate.before.values())
    holds = _holders(after, aggregate.rows.values())
    for (scope, row_id), row in holds.items():
        before = held.get((scope, row_id))
        if before is None:
            outcome.entered.append((scope, row))
        elif before is not row:
            outcome.changed.append((scope, row))
    for (scope, row_id), row in held.items():
        if (scope, row_id) not in holds:
            why = _why(outcome, scope, after)
            outcome.left.append((scope, aggregate.rows.get(row_id, row), why))


def _holders(access: Access, rows: Iterable[Row]) -> dict[tuple[UUID, UUID], Row]:
    return {(scope, row.id): row for scope, row in _shown(access, rows)}


def _shown(access: Access, rows: Iterable[Row]) -> Iterator[tuple[UUID, Row]]:
    """Yield each row with each scope that may hold it by an access list."""
    scopes: dict[tuple[int, int], list[UUID]] = {}
    for scope, owner, cls in access:
        scopes.setdefault((owner.int, cls), []).append(scope)
    for row in rows:
        for scope in scopes.get((row.owner.int, row.cls), ()):
            yield scope, row


def _why(outcome: Outcome, scope: UUID, after: Access) -> DropReason:
    """Return why a scope may not hold a record any more, in the word its laptop shows."""
    aggregate = outcome.aggregate
    key = outcome.keys.get(scope, "")
    if aggregate.state == "erased":
        return DropReason.ERASED
    if aggregate.is_person and scope_org(key) != aggregate.home_org:
        spoke = any(row.type is RecordType.CONSENT_EVENT for row in aggregate.changed())
        ended = any(row.body.get("reason") in _CONSENT_ENDED for row in aggregate.changed())
        return DropReason.CONSENT if spoke or ended else DropReason.ENDED
    still = {outcome.keys[place[0]] for place in after if place[0] in outcome.keys}
    if key.startswith("site:") and any(other.startswith("site:") for other in still):
        return DropReason.MOVED
    return DropReason.TEAM if key.startswith("intake:") else DropReason.ENDED
