"""The re-ask list: whom to ask again, about which organisation, and why (domain.md 9.2). Nothing is asked here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.clocks import birthday, earliest, london_day
from app.domain.codes import AskAgain, Decision, GivenBy, PersonStatus, Purpose, ServiceStatus
from app.domain.consent import (
    Answer,
    AnswerKind,
    NoReason,
    concerned_lines,
    crossed,
    effective,
    heads,
    lines_of,
    voided_by,
)
from app.domain.consent_event import ConsentEvent, ConsentLine, ConsentWording
from app.domain.consent_rules import ADULT
from app.domain.directory import Service
from app.domain.ids import LineId, OrganisationId, PersonId
from app.domain.organisation import Organisation
from app.domain.person import Person, Stay
from app.domain.policy import PolicyKey, policy_value

EXPIRING_DAYS = 30
"""Days before the end of a yes from which asking again is due."""


class ReaskReason(StrEnum):
    """Why somebody should be asked again, in the order the list shows. Fixed for ever."""

    CROSSED = "crossed"
    TURNED_16 = "turned_16"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    NOT_ABLE_NOW_DUE = "not_able_now_due"
    DECIDE_LATER_DUE = "decide_later_due"
    REFUSED_DUE = "refused_due"
    WORDING_CHANGED = "wording_changed"
    NEW_MEMBER = "new_member"


REASONS = tuple(ReaskReason)
"""Reasons, most pressing first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reask:
    """One line of the list.

    Attributes:
        person: whom to ask.
        org: about which organisation.
        reason: the most pressing reason.
        purposes: the purposes it concerns, empty for an organisation never asked about.
        due_on: since when asking is due.
    """

    person: PersonId
    org: OrganisationId
    reason: ReaskReason
    purposes: frozenset[Purpose]
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of one person and the alliance when the list is made.

    Attributes:
        person: the person.
        events: every consent event of the person that is held.
        stays: every stay of the person.
        organisations: the alliance.
        services: every service of the alliance.
        wordings: every wording that was ever approved.
        policy: of the organisation that asks.
    """

    person: Person
    events: tuple[ConsentEvent, ...]
    stays: tuple[Stay, ...]
    organisations: Mapping[OrganisationId, Organisation]
    services: Collection[Service]
    wordings: Collection[ConsentWording]
    policy: Mapping[str, int | bool | str]


def reask(asked: Asked, *, on: date) -> tuple[Reask, ...]:
    """Return for each organisation the most pressing reason to ask one person again, most pressing first.

    Args:
        asked: what is known.
        on: the day of `consent_day`.
    """
    if asked.person.status is not PersonStatus.ACTIVE:
        return ()
    rows = (
        row
        for org, organisation in asked.organisations.items()
        if organisation.takes_part_on(on) and (row := _of_organisation(asked, org, on)) is not None
    )
    return tuple(sorted(rows, key=lambda row: (REASONS.index(row.reason), row.due_on, row.org)))


def _of_organisation(asked: Asked, org: OrganisationId, on: date) -> Reask | None:
    voided = voided_by(asked.events)
    lines = tuple(line for line in lines_of(asked.events) if line.org in (None, org))
    unanswered = heads([line for line in lines if not (line.decision is Decision.AGREED and line.line_id in voided)])
    if any(line.decision is Decision.WITHDRAWAL and line.purpose is None for line in unanswered):
        return None
    found: dict[ReaskReason, list[tuple[date, Purpose]]] = {}
    for purpose in Purpose:
        for reason, since in _of_purpose(asked, lines, voided, org=org, purpose=purpose, on=on):
            found.setdefault(reason, []).append((since, purpose))
    if found:
        reason = min(found, key=REASONS.index)
        return Reask(
            person=asked.person.person_id,
            org=org,
            reason=reason,
            purposes=frozenset(purpose for _, purpose in found[reason]),
            due_on=min(since for since, _ in found[reason]),
        )
    return None if any(line.org == org for line in lines) else _new_member(asked, org, on)


def _of_purpose(
    asked: Asked,
    lines: Collection[ConsentLine],
    voided: frozenset[LineId],
    *,
    org: OrganisationId,
    purpose: Purpose,
    on: date,
) -> Iterable[tuple[ReaskReason, date]]:
    concerned = concerned_lines(lines, org=org, purpose=purpose, voided=voided)
    unanswered = heads(concerned)
    if not concerned or any(line.ask_again is AskAgain.NEVER for line in unanswered):
        return
    grace_days = policy_value(asked.policy, PolicyKey.CONSENT_GRACE_DAYS)
    answer = effective(concerned, org=org, purpose=purpose, on=on, grace_days=grace_days, voided=voided)
    if crossed(concerned, org=org, purpose=purpose, voided=voided):
        yield ReaskReason.CROSSED, max(line.valid_from for line in unanswered or concerned)
    yield from _ended(asked, answer, on)
    for line in unanswered:
        yield from _due(asked, line, answer, on)
    yield from _wording(asked, answer, on)


def _ended(asked: Asked, answer: Answer, on: date) -> Iterable[tuple[ReaskReason, date]]:
    ends_on = answer.ends_on
    if ends_on is None:
        return
    match answer.kind:
        case AnswerKind.LAPSED | AnswerKind.EXPIRED:
            if _by_parent(asked, answer) and _turned_16_by(asked.person, on):
                yield ReaskReason.TURNED_16, ends_on + timedelta(days=1)
            reason = ReaskReason.LAPSED if answer.kind is AnswerKind.LAPSED else ReaskReason.EXPIRED
            yield reason, ends_on + timedelta(days=1)
        case AnswerKind.YES if ends_on - on <= timedelta(days=EXPIRING_DAYS):
            yield ReaskReason.EXPIRING, ends_on - timedelta(days=EXPIRING_DAYS)


def _due(asked: Asked, line: ConsentLine, answer: Answer, on: date) -> Iterable[tuple[ReaskReason, date]]:
    match line.decision:
        case Decision.NOT_ABLE_NOW if answer.kind is not AnswerKind.NO:
            reason, days = ReaskReason.NOT_ABLE_NOW_DUE, PolicyKey.NOT_ABLE_NOW_DAYS
        case Decision.DECIDE_LATER if answer.kind is not AnswerKind.NO:
            reason, days = ReaskReason.DECIDE_LATER_DUE, PolicyKey.DECIDE_LATER_DAYS
        case Decision.REFUSED if answer.reason is NoReason.REFUSED:
            reason, days = ReaskReason.REFUSED_DUE, PolicyKey.REFUSED_DAYS
        case _:
            return
    if line.ask_again is AskAgain.AFTER_DISCHARGE:
        since = _day_after_discharge(asked.stays, line.valid_from)
    else:
        since = line.ask_again_on or line.valid_from + timedelta(days=policy_value(asked.policy, days))
    if since is not None and since <= on:
        yield reason, since


def _wording(asked: Asked, answer: Answer, on: date) -> Iterable[tuple[ReaskReason, date]]:
    """Yield when a yes rests on words that have since changed in what they mean."""
    if answer.kind is not AnswerKind.YES:
        return
    last = max((event.at for event in asked.events if _carries(event, answer.line_ids)), default=None)
    changed = [wording.created_at for wording in asked.wordings if wording.material_change]
    newer: list[datetime] = [] if last is None else [moment for moment in changed if moment > last]
    if newer and london_day(min(newer)) <= on:
        yield ReaskReason.WORDING_CHANGED, london_day(min(newer))


def _new_member(asked: Asked, org: OrganisationId, on: date) -> Reask | None:
    offers = any(
        service.provider == org and service.needs & asked.person.needs and service.status_on(on) != ServiceStatus.CLOSED
        for service in asked.services
    )
    if not offers:
        return None
    since = max(asked.organisations[org].joined_on, london_day(asked.person.created_at))
    return Reask(
        person=asked.person.person_id, org=org, reason=ReaskReason.NEW_MEMBER, purposes=frozenset(), due_on=since
    )


def _carries(event: ConsentEvent, line_ids: frozenset[LineId]) -> bool:
    return any(line.line_id in line_ids for line in event.lines)


def _by_parent(asked: Asked, answer: Answer) -> bool:
    return any(event.given_by is GivenBy.PARENT_OR_PR and _carries(event, answer.line_ids) for event in asked.events)


def _turned_16_by(person: Person, on: date) -> bool:
    return person.dob is not None and birthday(earliest(person.dob), ADULT) <= on


def _day_after_discharge(stays: Collection[Stay], asked_on: date) -> date | None:
    """Return the day after the first discharge since somebody was asked, None while they are still there."""
    days = [stay.discharged_on for stay in stays if stay.discharged_on is not None and stay.discharged_on >= asked_on]
    return min(days) + timedelta(days=1) if days else None
