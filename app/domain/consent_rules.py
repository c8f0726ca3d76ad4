"""The single rules of domain.md 5.1 and 5.2, each refusing one field of a consent event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import NoReturn

from app.domain.clocks import add_months, ages_on, birthday, latest, london_day
from app.domain.codes import (
    AgeCheck,
    AskAgain,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    Purpose,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.consent import SCOPES
from app.domain.consent_event import ConsentEvent, ConsentLine, GillickCheck
from app.domain.faults import Faults
from app.domain.ids import OrganisationId
from app.domain.organisation import Organisation
from app.domain.policy import POLICY, PolicyKey
from app.domain.record import PartialDate
from app.errors import BadInputError

ADULT = 16
"""Years: below, competence is judged for the decision (Gillick); from here capacity law applies."""

OVERRIDE_REASON = 20
"""Characters: a reason shorter than this explains nothing."""

HIGHEST_SCOPE: Mapping[Purpose, Scope] = {
    Purpose.REFERRAL_CONTACT: Scope.CONTACT_INJURY_NEEDS,
    Purpose.CASEWORK: Scope.FULL_NOTES,
    Purpose.MENTORING: Scope.CONTACT_INJURY_NEEDS,
    Purpose.SERVICE_IMPROVEMENT: Scope.CONTACT,
    Purpose.RESEARCH_CONTACT: Scope.CONTACT,
    Purpose.NEWS_AND_FUNDRAISING: Scope.CONTACT,
}
"""The most that may flow for each purpose."""

NEEDS_WITNESS = frozenset(
    {
        ConsentMethod.OWN_MARK,
        ConsentMethod.MOUTH_STICK_MARK,
        ConsentMethod.EYE_GAZE,
        ConsentMethod.BLINK_CODE,
        ConsentMethod.SWITCH_DEVICE,
        ConsentMethod.LETTER_BOARD,
    }
)
"""Methods in which the asker interprets what was meant, so that a second person must have seen it."""

NO_READ_BACK = frozenset({ConsentMethod.WRITTEN_SIGNATURE, ConsentMethod.LETTER_OR_EMAIL})
"""Methods that leave the person's own writing, so that nothing has to be read back."""

MAY_ONLY_STOP = frozenset({GivenBy.ATTORNEY_PROPERTY, GivenBy.OTHER})
"""Givers without power over what is told of the person (Mental Capacity Act 2005, s. 9 to 11)."""

_UNSAID = frozenset({Decision.NOT_ABLE_NOW, Decision.NOT_ASKED})
_HEARD_BY_OTHERS = frozenset({WordingFormat.INTERPRETER, WordingFormat.BSL})
_DAYS_ALLOWED = POLICY[PolicyKey.CONSENT_END_DAYS].most
_MONTHS_ALLOWED = POLICY[PolicyKey.CONSENT_REVIEW_MONTHS].most


def check_wording(event: ConsentEvent, *, wording_hashes: Collection[str]) -> None:
    """Check that an approved wording was put to the person, in a form and language that are named.

    Nothing was put to somebody who was not able to answer, so then nothing is asked for.
    """
    if _nobody_answered(event):
        return
    faults = Faults()
    for field in ("wording", "wording_hash", "language", "format"):
        if not getattr(event, field):
            faults.add([_fault(field, "required")])
    if event.wording_hash not in wording_hashes:
        faults.add([_fault("wording", "unknown")])
    if event.format in _HEARD_BY_OTHERS and not event.interpreter_name:
        faults.add([_fault("interpreter_name", "required")])
    faults.raise_all()


def check_given(event: ConsentEvent, *, dob: PartialDate | None) -> None:
    """Check who answered, whether they may, and how the answer was given; every fault of them at once."""
    if _nobody_answered(event):
        return
    faults = Faults()
    faults.take(partial(_check_giver, event), None)
    faults.take(partial(_check_capacity, event), None)
    faults.take(partial(_check_age, event, dob), None)
    faults.take(partial(_check_method, event), None)
    faults.raise_all()


def check_lines(
    event: ConsentEvent, *, organisations: Mapping[OrganisationId, Organisation], dob: PartialDate | None
) -> None:
    """Check the lines of an answer or a withdrawal."""
    if not event.lines:
        _refuse("lines", "required")
    ids = {line.line_id for line in event.lines}
    stops = event.kind is ConsentKind.WITHDRAWAL
    if any((line.decision is Decision.WITHDRAWAL) is not stops for line in event.lines):
        _refuse("decision", "not_permitted")
    if len(ids) < len(event.lines):
        _refuse("lines", "not_permitted")
    if stops:
        return
    if len({(line.org, line.purpose) for line in event.lines}) < len(event.lines):
        _refuse("lines", "not_permitted")
    faults = Faults()
    for line in event.lines:
        if line.cites & ids:
            faults.add([_fault("cites", "not_permitted")])
        faults.take(partial(_check_answer, line, london_day(event.at)), None)
        if line.decision is Decision.AGREED:
            faults.take(partial(_check_yes, line, event, organisations, dob), None)
    faults.raise_all()


def is_competent(gillick: GillickCheck | None) -> bool:
    """Answer whether a child was found to understand this decision."""
    return gillick is not None and gillick.result is Gillick.COMPETENT


def check_other_kind(event: ConsentEvent, *, held: Iterable[ConsentLine] | None) -> None:
    """Check a correction, an override, a receipt, or what a partner was told and confirmed."""
    if event.lines:
        _refuse("lines", "not_permitted")
    match event.kind:
        case ConsentKind.CORRECTION:
            _check_correction(event, held)
        case ConsentKind.OVERRIDE:
            _require(event, "basis", "override_for", "reason", "second_person_told")
            if len(event.reason) < OVERRIDE_REASON:
                _refuse("reason", "out_of_range")
        case ConsentKind.RECEIPT_GIVEN:
            _require(event, "receipt_format", "receipt_how")
        case _:
            _require(event, "told_org", "told_lines", "how")


def _check_correction(event: ConsentEvent, held: Iterable[ConsentLine] | None) -> None:
    _require(event, "voids", "reason")
    if held is None:
        return
    yeses = {line.line_id for line in held if line.decision is Decision.AGREED}
    if not event.voids <= yeses:
        # A refusal or withdrawal is never voided; a new yes that cites it answers it.
        _refuse("voids", "not_permitted")


def _check_giver(event: ConsentEvent) -> None:
    if event.given_by is None:
        _refuse("given_by", "required")
    if event.given_by is GivenBy.SELF:
        return
    _require(event, "given_by_name", "evidence_seen")
    decided = {line.decision for line in event.lines} & {Decision.AGREED, Decision.DECIDE_LATER}
    if event.given_by in MAY_ONLY_STOP and decided:
        _refuse("given_by", "not_permitted")


def _check_capacity(event: ConsentEvent) -> None:
    if event.capacity is None:
        _refuse("capacity", "required")
    if event.capacity is not Capacity.PRESUMED:
        check = event.capacity_check
        if check is None or not check.who.strip() or not check.support_given.strip():
            _refuse("capacity_check", "required")
        if check.on > london_day(event.at):
            _refuse("capacity_check", "in_future")
    by_self = event.given_by is GivenBy.SELF
    if event.capacity is Capacity.ASSESSED_LACKS_NOW and by_self and _agrees(event):
        # Offer `not_able_now`: capacity may come back (Mental Capacity Act 2005, s. 4(3)).
        _refuse("capacity", "not_permitted")


def _check_age(event: ConsentEvent, dob: PartialDate | None) -> None:
    if event.age_check is None:
        _refuse("age_check", "required")
    if dob is not None and event.age_check is not _age_check_by(dob, london_day(event.at), event.age_check):
        _refuse("age_check", "out_of_range")
    if event.age_check is AgeCheck.AGE_16_OR_OVER:
        if event.given_by is GivenBy.PARENT_OR_PR and _agrees(event):
            _refuse("given_by", "not_permitted")
        return
    gillick = event.gillick
    if gillick is None:
        _refuse("gillick", "required")
    if gillick.result is not Gillick.NOT_ASSESSED and not _is_told_whole(gillick):
        _refuse("gillick", "required")
    if not _agrees(event):
        return
    if event.given_by is GivenBy.SELF and not is_competent(gillick):
        _refuse("gillick", "not_permitted")
    if event.given_by is not GivenBy.SELF and is_competent(gillick):
        _refuse("given_by", "not_permitted")


def _age_check_by(dob: PartialDate, on: date, asked: AgeCheck) -> AgeCheck:
    """Return what the day of birth says; where it is known in part and leaves both open, what was asked."""
    least, most = ages_on(dob, on)
    if most < ADULT:
        return AgeCheck.UNDER_16
    return AgeCheck.AGE_16_OR_OVER if least >= ADULT else asked


def _is_told_whole(gillick: GillickCheck) -> bool:
    answers = (gillick.understood, gillick.could_go_wrong, gillick.parent_told_why)
    return all(answer.strip() for answer in answers) and gillick.parent_told in (YesNo.YES, YesNo.NO)


def _check_method(event: ConsentEvent) -> None:
    faults = Faults()
    if event.method is None:
        faults.add([_fault("method", "required")])
    if event.method in NEEDS_WITNESS:
        faults.take(partial(_require, event, "witness_name", "witness_role"), None)
        if event.witness_name.casefold() == event.asked_by_name.casefold():
            faults.add([_fault("witness_name", "not_permitted")])
    if _agrees(event):
        faults.take(partial(_require, event, "statement"), None)
        if event.method is not None and event.method not in NO_READ_BACK and not event.read_back:
            faults.add([_fault("read_back", "required")])
    faults.raise_all()


def _check_answer(line: ConsentLine, asked_on: date) -> None:
    if line.org is None:
        _refuse("org", "required")
    if line.purpose is None:
        _refuse("purpose", "required")
    if line.valid_from < asked_on:
        _refuse("valid_from", "before_start")
    if line.decision is Decision.AGREED:
        return
    if line.scope is not None or line.withheld:
        _refuse("scope", "not_permitted")
    if line.decision is Decision.REFUSED and line.ask_again is None:
        _refuse("ask_again", "required")
    if line.decision is not Decision.REFUSED and line.ask_again not in (None, AskAgain.ON_DATE):
        _refuse("ask_again", "not_permitted")
    if line.ask_again is AskAgain.ON_DATE and line.ask_again_on is None:
        _refuse("ask_again_on", "required")
    if line.ask_again_on is not None and line.ask_again_on <= asked_on:
        _refuse("ask_again_on", "before_start")


def _check_yes(
    line: ConsentLine,
    event: ConsentEvent,
    organisations: Mapping[OrganisationId, Organisation],
    dob: PartialDate | None,
) -> None:
    asked_on = london_day(event.at)
    organisation = None if line.org is None else organisations.get(line.org)
    if organisation is None or not organisation.takes_part_on(asked_on):
        # Also an organisation that joined later: a new member is never covered by old consents.
        _refuse("org", "not_permitted")
    if not line.org_name_shown.strip():
        _refuse("org_name_shown", "required")
    if line.scope is None:
        _refuse("scope", "required")
    if line.purpose is not None and SCOPES.index(line.scope) > SCOPES.index(HIGHEST_SCOPE[line.purpose]):
        _refuse("scope", "out_of_range")
    _check_days(line, asked_on)
    if event.given_by is GivenBy.PARENT_OR_PR and dob is not None:
        last = birthday(latest(dob), ADULT) - timedelta(days=1)
        if line.ends_on is not None and line.ends_on > last:
            _refuse("ends_on", "out_of_range")


def _check_days(line: ConsentLine, asked_on: date) -> None:
    if line.review_on is None:
        _refuse("review_on", "required")
    if line.ends_on is None:
        _refuse("ends_on", "required")
    if line.valid_from > add_months(asked_on, _MONTHS_ALLOWED):
        _refuse("valid_from", "out_of_range")
    if not asked_on <= line.review_on <= add_months(asked_on, _MONTHS_ALLOWED):
        _refuse("review_on", "out_of_range")
    if not max(line.valid_from, line.review_on) <= line.ends_on <= line.review_on + timedelta(days=_DAYS_ALLOWED):
        _refuse("ends_on", "out_of_range")


def _nobody_answered(event: ConsentEvent) -> bool:
    return all(line.decision in _UNSAID for line in event.lines)


def _agrees(event: ConsentEvent) -> bool:
    return any(line.decision is Decision.AGREED for line in event.lines)


def _require(event: ConsentEvent, *names: str) -> None:
    faults = Faults()
    for name in names:
        value = getattr(event, name)
        if not (value.strip() if isinstance(value, str) else value):
            faults.add([_fault(name, "required")])
    faults.raise_all()


def _refuse(field: str, problem: str) -> NoReturn:
    raise _fault(field, problem)


def _fault(field: str, problem: str) -> BadInputError:
    return BadInputError.at("consent", field, problem)
