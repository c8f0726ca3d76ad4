"""The rules of single kinds of record that stand in domain.md 4.3, beyond what every field is checked for."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from app.domain.agreement import Agreement
from app.domain.attachment import Attachment, check_attachment
from app.domain.canonical import canonical
from app.domain.clocks import OLDEST_AGE, ages_on, earliest, london_day
from app.domain.codes import Cause, ConcernState, Nation, PersonStatus, RecordType, SessionStatus, TaskState
from app.domain.concern import Concern, ConcernStep
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.equality import EqualityAnswers
from app.domain.formats import (
    UNITED_KINGDOM,
    contact_value,
    email,
    health_digits,
    is_charity_number,
    is_language,
    nhs_number,
    passes_modulus_11,
    postcode,
)
from app.domain.match import Match, PulseAnswer, Session
from app.domain.measures import OutcomeMeasure, item_fault
from app.domain.mentoring import MOST_STEPS, Goal, MenteeProfile, MentorProfile
from app.domain.note import CaseNote, Signpost
from app.domain.notice import Notice
from app.domain.organisation import Organisation
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.policy import is_allowed
from app.domain.record import Record
from app.domain.task import Task
from app.domain.tidying import is_tidy_line
from app.domain.user import User
from app.errors import BadInputError

_SHA256 = re.compile("[0-9a-f]{64}")

LONGEST_WARD = 40
"""Characters of a ward's name."""


def record_name(kind: type[Record]) -> str:
    """Return how error codes name a kind of record."""
    return "consent" if kind.TYPE is RecordType.CONSENT_EVENT else kind.TYPE.value


def check_rules(record: Record, *, on: date) -> None:
    """Check the rules of the record's own kind.

    Raises:
        BadInputError: `<record>.<field>.<problem>`.
    """
    match record:
        case Person():
            _check_person(record, on)
        case Injury():
            _check_injury(record)
        case ContactPoint():
            _must_be(record, "value", contact_value(record.kind, record.value))
        case Relationship():
            if record.other_person == record.person:
                raise _refused(record, "other_person", "not_permitted")
        case Stay():
            _check_stay(record, on)
        case Signpost() | CaseNote() | Task():
            _check_work(record, on)
        case Attachment():
            check_attachment(record)
        case MentorProfile() | MenteeProfile() | Match() | Goal() | Session() | PulseAnswer():
            _check_mentoring(record, on)
        case OutcomeMeasure() | Concern() | ConcernStep() | EqualityAnswers():
            _check_said(record, on)
        case User():
            _must_be(record, "email", email(record.email, record="user", field="email"))
            _check_order(record, "active_to", record.active_from, record.active_to)
        case _:
            _check_reference(record, on)


def doubts(person: Person) -> tuple[str, ...]:
    """Return what to ask about again though it may be right: a CHI or H&C number that fails modulus 11.

    That both follow the rule of the NHS number is not confirmed, so a failure only warns.
    """
    numbers = {"chi_number": person.chi_number, "hsc_number": person.hsc_number}
    return tuple(field for field, digits in numbers.items() if digits and not passes_modulus_11(digits))


def wording_hash(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of wording texts: canonical JSON in NFC and UTF-8, hexadecimal."""
    normal = {unicodedata.normalize("NFC", key): unicodedata.normalize("NFC", text) for key, text in texts.items()}
    return hashlib.sha256(canonical(normal)).hexdigest()


def _check_person(person: Person, on: date) -> None:
    if person.status is PersonStatus.ERASED:
        return
    if person.dob is not None and ages_on(person.dob, on)[0] > OLDEST_AGE:
        raise _refused(person, "dob", "out_of_range")
    if person.died_on is not None and person.died_on > on:
        raise _refused(person, "died_on", "in_future")
    if person.dob is not None:
        _check_order(person, "died_on", earliest(person.dob), person.died_on)
    if person.nhs_number is not None:
        _must_be(person, "nhs_number", nhs_number(person.nhs_number))
    for field, digits in (("chi_number", person.chi_number), ("hsc_number", person.hsc_number)):
        if digits is not None:
            _must_be(person, field, health_digits(digits, field=field))
    if not is_language(person.language):
        raise _refused(person, "language", "bad_format")
    if person.postcode is not None:
        _must_be(person, "postcode", postcode(person.postcode, nation=person.nation))
    if not (person.given_name or person.family_name or person.known_as):
        raise BadInputError("person.minimum")


def _check_injury(injury: Injury) -> None:
    if injury.non_traumatic_kind is not None and injury.cause is not Cause.NON_TRAUMATIC:
        raise _refused(injury, "non_traumatic_kind", "not_permitted")


def _check_stay(stay: Stay, on: date) -> None:
    admitted = None if stay.admitted_on is None else earliest(stay.admitted_on)
    if stay.discharged_on is not None and stay.discharged_on > on:
        # A day that is still to come is expected, not a discharge.
        raise _refused(stay, "discharged_on", "in_future")
    _check_order(stay, "discharged_on", admitted, stay.discharged_on)
    _check_order(stay, "expected_discharge_on", admitted, stay.expected_discharge_on)


def _check_work(record: Signpost | CaseNote | Task, on: date) -> None:
    match record:
        case Signpost():
            if record.service is None and not record.told_of:
                raise _refused(record, "service", "required")
            if record.on > on:
                raise _refused(record, "on", "in_future")
        case CaseNote():
            if record.amends == record.id:
                raise _refused(record, "amends", "not_permitted")
        case Task():
            doers = [doer for doer in (record.for_role, record.for_team, record.for_user) if doer]
            if len(doers) != 1:
                raise _refused(record, "for_role", "not_permitted" if doers else "required")
            if record.state is TaskState.DROPPED and not record.note:
                raise _refused(record, "note", "required")


def _check_mentoring(record: MentorProfile | MenteeProfile | Match | Goal | Session | PulseAnswer, on: date) -> None:
    match record:
        case MentorProfile():
            _check_mentor(record, on)
        case MenteeProfile():
            _check_labels(record)
        case Match():
            if record.mentor == record.person:
                raise _refused(record, "mentor", "not_permitted")
        case Goal():
            if len(record.steps) > MOST_STEPS:
                raise _refused(record, "steps", "too_long")
        case Session():
            _check_session(record, on)
        case PulseAnswer():
            if (record.score is None) is not record.declined:
                raise _refused(record, "score", "not_permitted" if record.declined else "required")
            if record.answered_on > on:
                raise _refused(record, "answered_on", "in_future")


def _check_mentor(profile: MentorProfile, on: date) -> None:
    for field in ("training_on", "conduct_on", "dbs_on", "supervised_on"):
        day = getattr(profile, field)
        if day is not None and day > on:
            raise _refused(profile, field, "in_future")
    if profile.topics & profile.unwilling_topics:
        raise _refused(profile, "unwilling_topics", "not_permitted")
    _check_labels(profile)


def _check_labels(profile: MentorProfile | MenteeProfile) -> None:
    if any(not is_language(language) for language in profile.languages):
        raise _refused(profile, "languages", "bad_format")
    if any(not is_tidy_line(interest) or not interest for interest in profile.interests):
        raise _refused(profile, "interests", "bad_format")
    if any(len(interest) > LONGEST_WARD for interest in profile.interests):
        raise _refused(profile, "interests", "too_long")


def _check_session(session: Session, on: date) -> None:
    if session.status is SessionStatus.HELD and session.minutes is None:
        raise _refused(session, "minutes", "required")
    if session.status is not SessionStatus.PLANNED and london_day(session.at) > on:
        raise _refused(session, "at", "in_future")
    if session.amends == session.id:
        raise _refused(session, "amends", "not_permitted")


def _check_measure(measure: OutcomeMeasure, on: date) -> None:
    fault = item_fault(measure.instrument, measure.items)
    if fault:
        raise _refused(measure, "items", fault)
    if measure.answered_on > on:
        raise _refused(measure, "answered_on", "in_future")
    if measure.amends == measure.id:
        raise _refused(measure, "amends", "not_permitted")


def _check_said(record: OutcomeMeasure | Concern | ConcernStep | EqualityAnswers, on: date) -> None:
    match record:
        case OutcomeMeasure():
            _check_measure(record, on)
        case Concern():
            if london_day(record.noticed_at) > on:
                raise _refused(record, "noticed_at", "in_future")
            if any(not is_tidy_line(told.who) or not told.who for told in record.told):
                raise _refused(record, "told", "bad_format")
        case EqualityAnswers():
            if record.is_empty:
                raise _refused(record, "answers", "required")
            if record.answered_on > on:
                raise _refused(record, "answered_on", "in_future")
        case ConcernStep():
            if record.to_state is None and not record.did:
                raise _refused(record, "did", "required")
            if record.to_state is ConcernState.PASSED_ON and not record.passed_to:
                raise _refused(record, "passed_to", "required")


def _check_reference(record: Record, on: date) -> None:
    match record:
        case Organisation():
            _check_organisation(record)
        case Site():
            if record.postcode is not None:
                nation = record.nation if record.nation in UNITED_KINGDOM else Nation.UNKNOWN
                _must_be(record, "postcode", postcode(record.postcode, nation=nation, record="site"))
            if any(not is_tidy_line(ward) or not ward for ward in record.wards):
                raise _refused(record, "wards", "bad_format")
            if any(len(ward) > LONGEST_WARD for ward in record.wards):
                raise _refused(record, "wards", "too_long")
        case Agreement():
            _check_agreement(record)
        case Service():
            _check_service(record, on)
        case Notice():
            _check_order(record, "until_on", record.from_on, record.until_on)
        case ConsentWording():
            if record.hash != wording_hash(record.texts):
                raise _refused(record, "hash", "bad_format")
            if not is_language(record.language):
                raise _refused(record, "language", "bad_format")


def _check_organisation(organisation: Organisation) -> None:
    if organisation.charity_number is not None and not is_charity_number(organisation.charity_number):
        raise _refused(organisation, "charity_number", "bad_format")
    _check_order(organisation, "left_on", organisation.joined_on, organisation.left_on)
    if any(not is_allowed(key, value) for key, value in organisation.policy.items()):
        raise _refused(organisation, "policy", "out_of_range")


def _check_agreement(agreement: Agreement) -> None:
    if len(agreement.parties) < 2:
        raise _refused(agreement, "parties", "out_of_range")
    if agreement.to_on is not None and agreement.to_on <= agreement.from_on:
        raise _refused(agreement, "to_on", "before_start")
    signed = [signatory.org for signatory in agreement.signatories]
    if any(org not in agreement.parties for org in signed):
        raise _refused(agreement, "signatories", "not_permitted")
    if len(signed) != len(set(signed)):
        raise _refused(agreement, "signatories", "duplicate")
    if agreement.document is not None and not _SHA256.fullmatch(agreement.document.sha256):
        raise _refused(agreement, "document", "bad_format")
    if agreement.replaces == agreement.id:
        raise _refused(agreement, "replaces", "not_permitted")


def _check_service(service: Service, on: date) -> None:
    least, most = service.eligibility.min_age, service.eligibility.max_age
    ages = [age for age in (least, most) if age is not None]
    if any(not 0 <= age <= OLDEST_AGE for age in ages) or ages != sorted(ages):
        raise _refused(service, "eligibility", "out_of_range")
    if service.checked_on > on:
        raise _refused(service, "checked_on", "in_future")


def _must_be(record: Record, field: str, normal: str) -> None:
    """Refuse a value that is right but not in its one form: the form would have tidied it."""
    if getattr(record, field) != normal:
        raise _refused(record, field, "bad_format")


def _check_order(record: Record, field: str, start: date | None, end: date | None) -> None:
    if start is not None and end is not None and end < start:
        raise _refused(record, field, "before_start")


def _refused(record: Record, field: str, problem: str) -> BadInputError:
    return BadInputError.at(record_name(type(record)), field, problem)
