"""Consent events are built and checked here, on the laptop and again at the central service (domain.md 5.1, 5.2).

An answer must prove that it was freely given by somebody who may give it (UK GDPR Art. 4(11), 7(1)); a stop
needs no proof at all, because stopping is as easy as agreeing (Art. 7(3)).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from app.domain.checks import check, faults_of
from app.domain.clocks import add_months, ages_on, birthday, earliest, is_full, london_day
from app.domain.codes import AgeCheck, AskAgain, ConsentKind, Decision, GivenBy, PackageField, Purpose, Scope
from app.domain.consent import NO, cites_for
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.consent_rules import (
    ADULT,
    HIGHEST_SCOPE,
    check_given,
    check_lines,
    check_other_kind,
    check_wording,
    is_competent,
)
from app.domain.faults import Faults
from app.domain.ids import LineId, OrganisationId
from app.domain.organisation import Organisation
from app.domain.policy import PolicyKey, policy_value
from app.domain.record import PartialDate
from app.errors import BadInputError

__all__ = [
    "HIGHEST_SCOPE",
    "Cell",
    "check_event",
    "childs_noes",
    "give_consent",
    "unknown_cites",
    "withdraw_consent",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of the matrix as it was filled in: one organisation, one purpose, one answer.

    Attributes:
        org: the organisation that was named.
        purpose: what for.
        decision: what the person said.
        scope: how much, when agreed.
        withheld: package fields the person struck out.
        valid_from: first day of a yes, today when None.
        ask_again: when to ask again after a no; `not_said` when nothing was said.
        ask_again_on: the day, for `on_date`, `decide_later` and `not_able_now`; the policy's day when None.
    """

    org: OrganisationId
    purpose: Purpose
    decision: Decision
    scope: Scope | None = None
    withheld: frozenset[PackageField] = frozenset()
    valid_from: date | None = None
    ask_again: AskAgain | None = None
    ask_again_on: date | None = None


def give_consent(
    asked: ConsentEvent,
    cells: Iterable[Cell],
    *,
    held: Iterable[ConsentLine],
    organisations: Mapping[OrganisationId, Organisation],
    wording_hashes: Collection[str],
    dob: PartialDate | None,
    new_id: Callable[[], UUID],
    policy: Mapping[str, int | bool | str] | None = None,
    childs_no: Collection[LineId] = frozenset(),
) -> ConsentEvent:
    """Return the answer event of one conversation: the only way an answer comes into being.

    Args:
        asked: the event with everything but its lines.
        cells: what was answered; cells nobody spoke of are simply not among them.
        held: every line of the person this laptop holds; new lines cite those they answer.
        organisations: the alliance as this laptop knows it.
        wording_hashes: hashes of the wordings that are approved, retired ones included.
        dob: the person's day of birth as far as it is known.
        new_id: makes the id of a line.
        policy: of the asking organisation.
        childs_no: see `childs_noes`.

    Raises:
        BadInputError: `consent.<field>.<problem>`.
    """
    known = tuple(held)
    day = london_day(asked.at)
    lines = tuple(
        _line(
            cell,
            day=day,
            asked=asked,
            held=known,
            organisations=organisations,
            dob=dob,
            line_id=LineId(new_id()),
            policy=policy or {},
        )
        for cell in cells
    )
    event = replace(asked, kind=ConsentKind.ANSWER, lines=lines, age_check=_age_check(asked, dob, day))
    check_event(event, organisations=organisations, wording_hashes=wording_hashes, dob=dob, childs_no=childs_no)
    return event


def withdraw_consent(
    asked: ConsentEvent,
    targets: Iterable[tuple[OrganisationId | None, Purpose | None]],
    *,
    held: Iterable[ConsentLine],
    organisations: Mapping[OrganisationId, Organisation],
    new_id: Callable[[], UUID],
) -> ConsentEvent:
    """Return the withdrawal event of somebody who said stop; it asks for nothing but what to stop.

    Args:
        asked: the event with everything but its lines; how and to whom it was said may be left empty.
        targets: organisation and purpose to stop, None for every one.
        held: every line of the person this laptop holds.
        organisations: the alliance, for the names that are kept with the lines.
        new_id: makes the id of a line.

    Raises:
        BadInputError: `consent.lines.required` when there is nothing to stop.
    """
    known = tuple(held)
    lines = tuple(
        ConsentLine(
            line_id=LineId(new_id()),
            org=org,
            org_name_shown="" if org is None or org not in organisations else organisations[org].name,
            purpose=purpose,
            decision=Decision.WITHDRAWAL,
            valid_from=london_day(asked.at),
            cites=cites_for(known, org, purpose),
        )
        for org, purpose in targets
    )
    event = replace(asked, kind=ConsentKind.WITHDRAWAL, lines=lines)
    check_event(event, organisations=organisations, wording_hashes=())
    return event


def check_event(
    event: ConsentEvent,
    *,
    organisations: Mapping[OrganisationId, Organisation],
    wording_hashes: Collection[str],
    dob: PartialDate | None = None,
    held: Iterable[ConsentLine] | None = None,
    childs_no: Collection[LineId] = frozenset(),
) -> None:
    """Check a consent event of any kind before it is written, wherever it was made.

    Args:
        event: the whole event.
        organisations: the alliance.
        wording_hashes: hashes of the wordings that are approved, retired ones included.
        dob: the person's day of birth as far as it is known.
        held: the person's lines, against which a correction is checked; None where they are not at hand.
        childs_no: see `childs_noes`.

    Raises:
        BadInputError: `consent.<field>.<problem>`. A withdrawal is refused only when it names nothing to stop.
    """
    if event.voids and event.kind not in (ConsentKind.CORRECTION, ConsentKind.WITHDRAWAL):
        raise BadInputError.at("consent", "voids", "not_permitted")
    if event.kind is ConsentKind.ANSWER:
        _check_answer(event, organisations, wording_hashes, dob=dob, childs_no=childs_no)
        return
    check(event, on=london_day(event.at))
    match event.kind:
        case ConsentKind.WITHDRAWAL:
            check_lines(event, organisations=organisations, dob=dob)
        case _:
            check_other_kind(event, held=held)


def unknown_cites(event: ConsentEvent, known: Collection[LineId]) -> frozenset[LineId]:
    """Return the ids an event cites that nobody knows: such an event is parked, a stop never is (domain.md 5.3)."""
    if event.kind is ConsentKind.WITHDRAWAL or all(line.decision in NO for line in event.lines):
        return frozenset()
    own = {line.line_id for line in event.lines}
    return frozenset(cite for line in event.lines for cite in line.cites) - own - frozenset(known)


def childs_noes(events: Iterable[ConsentEvent]) -> frozenset[LineId]:
    """Return the noes of a competent child that the child did not answer: no parent's yes may stand over them."""
    own = [event for event in events if event.given_by is GivenBy.SELF]
    noes = {
        line.line_id
        for event in own
        if event.age_check is AgeCheck.UNDER_16 and is_competent(event.gillick)
        for line in event.lines
        if line.decision in NO
    }
    answered = {
        cite for event in own for line in event.lines if line.decision is Decision.AGREED for cite in line.cites
    }
    return frozenset(noes - answered)


def _line(
    cell: Cell,
    *,
    day: date,
    asked: ConsentEvent,
    held: tuple[ConsentLine, ...],
    organisations: Mapping[OrganisationId, Organisation],
    dob: PartialDate | None,
    line_id: LineId,
    policy: Mapping[str, int | bool | str],
) -> ConsentLine:
    organisation = organisations.get(cell.org)
    line = ConsentLine(
        line_id=line_id,
        org=cell.org,
        org_name_shown="" if organisation is None else organisation.name,
        purpose=cell.purpose,
        decision=cell.decision,
        valid_from=cell.valid_from or day,
        cites=cites_for(held, cell.org, cell.purpose),
    )
    if cell.decision is not Decision.AGREED:
        ask_again, ask_again_on = _when_to_ask_again(cell, day, policy)
        return replace(line, ask_again=ask_again, ask_again_on=ask_again_on)
    review_on = add_months(day, policy_value(policy, PolicyKey.CONSENT_REVIEW_MONTHS))
    ends_on = review_on + timedelta(days=policy_value(policy, PolicyKey.CONSENT_END_DAYS))
    if asked.given_by is GivenBy.PARENT_OR_PR and dob is not None:
        # From 16 the young person answers; the earliest day of birth that is possible protects them best.
        sixteen = max(birthday(earliest(dob), ADULT), line.valid_from + timedelta(days=1))
        ends_on = min(ends_on, sixteen - timedelta(days=1))
    return replace(line, scope=cell.scope, withheld=cell.withheld, review_on=min(review_on, ends_on), ends_on=ends_on)


def _when_to_ask_again(
    cell: Cell, day: date, policy: Mapping[str, int | bool | str]
) -> tuple[AskAgain | None, date | None]:
    match cell.decision:
        case Decision.REFUSED:
            return cell.ask_again or AskAgain.NOT_SAID, cell.ask_again_on
        case Decision.DECIDE_LATER:
            days = policy_value(policy, PolicyKey.DECIDE_LATER_DAYS)
        case Decision.NOT_ABLE_NOW:
            days = policy_value(policy, PolicyKey.NOT_ABLE_NOW_DAYS)
        case _:
            return None, None
    return AskAgain.ON_DATE, cell.ask_again_on or day + timedelta(days=days)


def _age_check(asked: ConsentEvent, dob: PartialDate | None, day: date) -> AgeCheck | None:
    if dob is None or not is_full(dob):
        return asked.age_check
    return AgeCheck.UNDER_16 if ages_on(dob, day)[0] < ADULT else AgeCheck.AGE_16_OR_OVER


def _check_answer(
    event: ConsentEvent,
    organisations: Mapping[OrganisationId, Organisation],
    wording_hashes: Collection[str],
    *,
    dob: PartialDate | None,
    childs_no: Collection[LineId],
) -> None:
    """Check an answer; everything that is wrong with it is said at once, so that a talk is put right in one go."""
    faults = Faults()
    faults.add(faults_of(event, on=london_day(event.at)))
    faults.take(partial(check_lines, event, organisations=organisations, dob=dob), None)
    faults.take(partial(check_wording, event, wording_hashes=wording_hashes), None)
    faults.take(partial(check_given, event, dob=dob), None)
    faults.take(partial(_check_childs_no, event, childs_no), None)
    faults.raise_all()


def _check_childs_no(event: ConsentEvent, childs_no: Collection[LineId]) -> None:
    if event.given_by is GivenBy.SELF:
        return
    for line in event.lines:
        if line.decision is Decision.AGREED and line.cites & frozenset(childs_no):
            raise BadInputError.at("consent", "given_by", "not_permitted")
