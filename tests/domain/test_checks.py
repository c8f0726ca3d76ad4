"""Fields of records: what is refused, under which code, and what people of any script may be called."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.agreement import Agreement, Signatory
from app.domain.bodies import body_of, is_body, record_of, unknown_fields
from app.domain.canonical import canonical
from app.domain.checks import (
    check,
    check_minimum,
    check_patch,
    checked,
    contact_value,
    email,
    nhs_number,
    phone,
    postcode,
    tidy_line,
    tidy_text,
)
from app.domain.codes import (
    AgreementKind,
    Cause,
    CommunicationNeed,
    ContactKind,
    InjuryLevel,
    Nation,
    Need,
    NonTraumaticKind,
    NoteLevel,
    PackageField,
    PersonStatus,
    Purpose,
    RelationshipKind,
    Role,
    SeedStatus,
    ServiceStatus,
    SiteKind,
    TaskKind,
    TaskState,
    WordingFormat,
)
from app.domain.consent_event import ConsentWording
from app.domain.directory import Eligibility, Service, Site
from app.domain.ids import DeviceId, OrganisationId, PersonId, RecordId, ServiceId, SiteId, UserId
from app.domain.note import CaseNote, Signpost
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.record import PartialDate, Record, field_rules
from app.domain.record_rules import doubts, wording_hash
from app.domain.schema import SCHEMA_VERSION
from app.domain.task import Task
from app.domain.user import User
from app.errors import BadInputError
from tests.domain.consent_kit import AS, BU, organisation

TODAY = date(2026, 5, 3)
NOW = datetime(2026, 5, 3, 10, 0, tzinfo=UTC)
WHO = PersonId(UUID(int=1))
HEADER: dict[str, Any] = {
    "id": RecordId(UUID(int=2)),
    "org": OrganisationId(UUID(int=3)),
    "created_at": NOW,
    "created_by": UserId(UUID(int=4)),
    "created_role": Role.OUTREACH_WORKER,
    "device": DeviceId(UUID(int=5)),
}


def person(**fields: Any) -> Person:
    return Person(**{**HEADER, "given_name": "Samira", "family_name": "Osei", **fields})


def injury(**fields: Any) -> Injury:
    return Injury(**{**HEADER, "person": WHO, **fields})


def contact(kind: ContactKind, value: str, **fields: Any) -> ContactPoint:
    return ContactPoint(**{**HEADER, "person": WHO, "kind": kind, "value": value, **fields})


def stay(**fields: Any) -> Stay:
    return Stay(**{**HEADER, "person": WHO, "site": SiteId(UUID(int=6)), **fields})


def task(**fields: Any) -> Task:
    known = {"kind": TaskKind.ASK_AGAIN, "due_on": TODAY, "for_role": Role.OUTREACH_WORKER}
    return Task(**{**HEADER, **known, **fields})


def note(text: str, **fields: Any) -> CaseNote:
    return CaseNote(**{**HEADER, "person": WHO, "level": NoteLevel.ORGANISATION, "text": text, **fields})


def site(**fields: Any) -> Site:
    known = {
        "name": "Queen's",
        "nation": Nation.ENGLAND,
        "kind": SiteKind.GENERAL_HOSPITAL,
        "seed_status": SeedStatus.ADDED_HERE,
    }
    return Site(**{**HEADER, **known, **fields})


def service(**fields: Any) -> Service:
    known = {
        "name": "Peer mentoring",
        "provider": BU,
        "needs": frozenset({Need.PEER_MENTORING}),
        "status": ServiceStatus.ACTIVE,
        "intake_team": "intake",
        "needed_fields": frozenset({PackageField.NAME}),
        "checked_on": TODAY,
        "checked_by": "Ines Roque",
    }
    return Service(**{**HEADER, **known, **fields})


def agreement(**fields: Any) -> Agreement:
    known = {
        "title": "Sharing",
        "kind": AgreementKind.DATA_SHARING,
        "parties": frozenset({AS, BU}),
        "purposes": frozenset({Purpose.REFERRAL_CONTACT}),
        "fields": frozenset({PackageField.NAME}),
        "from_on": TODAY,
        "review_on": date(2027, 5, 3),
    }
    return Agreement(**{**HEADER, **known, **fields})


def user(**fields: Any) -> User:
    known = {
        "name": "Priya Shah",
        "email": "priya@example.org",
        "shown_name": "Priya",
        "roles": frozenset({Role.OUTREACH_WORKER}),
        "active_from": TODAY,
    }
    return User(**{**HEADER, **known, **fields})


def wording(**fields: Any) -> ConsentWording:
    texts = {"referral_contact": "May {organisation} have your details?"}
    known = {
        "version": "1",
        "language": "en-GB",
        "format": WordingFormat.STANDARD,
        "texts": texts,
        "hash": wording_hash(texts),
    }
    return ConsentWording(**{**HEADER, **known, **fields})


def problem(record: Record, on: date = TODAY) -> str:
    with pytest.raises(BadInputError) as refused:
        check(record, on=on)
    return refused.value.code


GOOD: list[Record] = [
    person(),
    injury(level=InjuryLevel.C4),
    contact(ContactKind.MOBILE, "+447700900123"),
    stay(ward="St Andrew", admitted_on=PartialDate("2026-04")),
    task(),
    note("Would like a call after four."),
    site(),
    service(),
    agreement(),
    user(),
    wording(),
    organisation(AS, "Aspire"),
]


@pytest.mark.parametrize("record", GOOD, ids=lambda record: record.TYPE)
def test_a_right_record_passes_whole_and_read_back_from_its_body(record: Record) -> None:
    check(record, on=TODAY)
    body = body_of(record)
    assert checked(type(record), record.id, body, on=TODAY) == record


# How else a value may be spelt that makes the same record: another letter case, another precision, nothing said twice.
OTHERWISE: list[Callable[[Any], Any]] = [
    lambda value: value.upper() if isinstance(value, str) else value,
    lambda value: value.replace("-", "") if isinstance(value, str) else value,
    lambda value: value.replace(".000Z", "Z").replace("T", " ") if isinstance(value, str) else value,
    lambda value: value.replace("Z", "+00:00") if isinstance(value, str) else value,
    lambda value: float(value) if isinstance(value, int) else value,
    lambda value: list(reversed(value)) * 2 if isinstance(value, list) else value,
    lambda value: type(value)(),
    lambda _value: None,
]


@pytest.mark.parametrize("record", GOOD, ids=lambda record: record.TYPE)
def test_a_body_is_told_from_every_other_spelling_of_it(record: Record) -> None:
    kind, body = type(record), body_of(record)
    assert is_body(record, body)
    assert is_body(record, {**body, "a_field_of_tomorrow": {"b": 1.5}})
    assert not is_body(record, {**body, "id": str(record.id)})
    found = [{name: value for name, value in body.items() if name != left} for left in body]
    found += [{**body, name: change(body[name])} for name in body for change in OTHERWISE]
    found += [
        {**body, name: empty} for name in field_rules(kind) if name not in body for empty in (None, False, "", [])
    ]
    for each in found:
        try:
            made = record_of(kind, record.id, each)
        except (msgspec.ValidationError, ValueError):
            continue
        assert is_body(made, each) == (canonical(each) == canonical({**body_of(made), **unknown_fields(kind, each)}))


NAMES = [
    "Ngũgĩ",
    "Þórdís",
    "O’Connor-Łukasz",
    "D'Souza",
    "محمد",
    "שָׂרָה",
    "王秀英",
    "ปิยะดา",
    "श्रीमती",
    "നിഹാല‍ൻ",
    "می‌خواهم",
    "Ἀλέξανδρος",
    "Nguyễn Thị Ánh",
    "Ǹdìdì",
    "X Æ A-12",
    "👩‍🦽 Sam",
    "Mary Anne",
    "I",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_is_kept_as_it_is(name: str) -> None:
    kept = tidy_line(name)
    assert kept == unicodedata.normalize("NFC", name)
    check(person(given_name=kept, family_name=kept, known_as=kept), on=TODAY)


HOSTILE = [
    "<script>alert(1)</script>",
    "<b>Sam</b>",
    "Robert'); DROP TABLE person;--",
    '=HYPERLINK("x")',
    "{given_name}",
    "%s%n",
    "../../etc/passwd",
    "&amp;",
    "NULL",
    "\\u0000",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_is_a_name_and_nothing_else(name: str) -> None:
    assert tidy_line(name) == name
    check(person(given_name=name), on=TODAY)


def test_marks_that_turn_or_hide_text_are_dropped_before_it_is_kept() -> None:
    assert tidy_line("Sam\u202e\u2066iseO\u2069\u200b\ufeff\U000e0041") == "SamiseO"
    assert problem(person(given_name="Sam\u202eiseO")) == "person.given_name.bad_format"


def test_a_pasted_line_is_trimmed_and_its_spaces_are_one() -> None:
    assert tidy_line("  Samira\u00a0\u2003 Ama\r\n\tOsei ") == "Samira Ama Osei"
    assert tidy_line("Cafe\u0301") == "Café"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_a_control_character_is_refused(character: str) -> None:
    for tidy in (tidy_line, tidy_text):
        with pytest.raises(BadInputError) as refused:
            tidy(f"Sam{character}ira", record="person", field="given_name")
        assert refused.value.code == "person.given_name.bad_format"
    assert problem(person(given_name=f"Sam{character}ira")) == "person.given_name.bad_format"
    assert problem(note(f"a{character}b")) == "case_note.text.bad_format"


@pytest.mark.parametrize("name", [" Sam", "Sam ", "Sam  Osei", "Sam\nOsei", "Sam\tOsei", "Cafe\u0301"])
def test_a_line_that_no_form_would_send_is_refused_at_the_service(name: str) -> None:
    assert problem(person(given_name=name)) == "person.given_name.bad_format"


def test_paragraphs_keep_their_lines_and_lose_their_ragged_ends() -> None:
    assert tidy_text("  One.  \r\n\r\n\r\n\r\nTwo,\tthree.\u2028Four.\n") == "One.\n\nTwo, three.\nFour."


@given(st.text(max_size=60))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    for tidy in (tidy_line, tidy_text):
        try:
            once = tidy(text)
        except BadInputError:
            continue
        assert tidy(once) == once


@given(st.text(max_size=40))
def test_any_tidied_name_passes_and_can_be_stored(text: str) -> None:
    try:
        name = tidy_line(text)
    except BadInputError:
        assume(False)
        return
    assume(name)
    check(person(known_as=name), on=TODAY)
    assert name.encode("utf-8").decode("utf-8") == name


def test_a_note_of_10_000_characters_is_refused_with_how_much_fits() -> None:
    with pytest.raises(BadInputError) as refused:
        check(note("x" * 10_000), on=TODAY)
    assert refused.value.code == "case_note.text.too_long"
    assert refused.value.detail == {"longest": 8000, "length": 10_000}
    check(note("x" * 8000), on=TODAY)


def test_a_length_is_counted_in_characters_of_any_script() -> None:
    check(person(known_as="王" * 80), on=TODAY)
    assert problem(person(known_as="王" * 81)) == "person.known_as.too_long"


def test_an_empty_note_is_required() -> None:
    assert problem(note("")) == "case_note.text.required"


@pytest.mark.parametrize("typed", ["943 476 5919", "9434765919", "943-476-5919", " 943\u00a0476\u20135919 "])
def test_an_nhs_number_is_read_however_it_is_spaced(typed: str) -> None:
    assert nhs_number(typed) == "9434765919"
    check(person(nhs_number=nhs_number(typed)), on=TODAY)


@pytest.mark.parametrize(
    "typed",
    ["943 476 5918", "943476591", "94347659190", "", "943476591X", "９４３４７６５９１９", "0000000000", "4444444444"],
)
def test_an_nhs_number_that_fails_modulus_11_is_refused(typed: str) -> None:
    with pytest.raises(BadInputError) as refused:
        nhs_number(typed)
    assert refused.value.code == "person.nhs_number.bad_format"
    assert typed not in str(refused.value) or not typed
    if typed:
        assert problem(person(nhs_number=typed)) == "person.nhs_number.bad_format"


@given(st.integers(0, 10**9 - 1))
def test_an_nhs_number_has_the_one_check_digit_of_modulus_11(number: int) -> None:
    nine = f"{number:09}"
    assume(len(set(nine)) > 1)
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    expected = {11 - total % 11 if total % 11 else 0} - {10}
    accepted = set()
    for digit in range(10):
        try:
            nhs_number(f"{nine}{digit}")
        except BadInputError:
            continue
        accepted.add(digit)
    assert accepted == expected


def test_a_chi_or_hc_number_that_fails_the_check_only_raises_a_doubt() -> None:
    doubtful = person(chi_number="9434765918", hsc_number="9434765919")
    check(doubtful, on=TODAY)
    assert doubts(doubtful) == ("chi_number",)
    assert problem(person(chi_number="943")) == "person.chi_number.bad_format"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"dob": "2026-05-04"}, "person.dob.in_future"),
        ({"dob": "2027"}, "person.dob.in_future"),
        ({"dob": "1905-05-02"}, "person.dob.out_of_range"),
        ({"dob": "1899"}, "person.dob.out_of_range"),
        ({"dob": "2026-02-31"}, "person.dob.bad_format"),
        ({"dob": "31 2 2026"}, "person.dob.bad_format"),
        ({"dob": "1987-3"}, "person.dob.bad_format"),
        ({"dob": "١٩٨٧"}, "person.dob.bad_format"),
        ({"died_on": date(2026, 5, 4)}, "person.died_on.in_future"),
        ({"died_on": date(1986, 12, 31), "dob": "1987"}, "person.died_on.before_start"),
        ({"language": "English!"}, "person.language.bad_format"),
        ({"postcode": "HP21 8A", "nation": Nation.ENGLAND}, "person.postcode.bad_format"),
        ({"postcode": "hp21 8al"}, "person.postcode.bad_format"),
        ({"postcode": "HP21 8AL HP21"}, "person.postcode.too_long"),
        ({"given_name": "", "family_name": ""}, "person.minimum"),
        ({"pronouns": "x" * 21}, "person.pronouns.too_long"),
        ({"comm_needs": frozenset({CommunicationNeed("telepathy")})}, "person.comm_needs.unknown_code"),
        ({"nation": Nation("atlantis")}, "person.nation.unknown_code"),
    ],
)
def test_a_person_is_refused_by_field(fields: dict[str, Any], code: str) -> None:
    assert problem(person(**fields)) == code


@pytest.mark.parametrize("dob", ["1906-05-04", "1905-05-04", "2026-05-03", "2026-05", "2026", "1987-03"])
def test_a_day_of_birth_up_to_120_years_ago_passes(dob: str) -> None:
    check(person(dob=PartialDate(dob)), on=TODAY)


def test_a_code_of_a_newer_version_is_kept() -> None:
    newer = person(schema_version=SCHEMA_VERSION + 1, comm_needs=frozenset({CommunicationNeed("telepathy")}))
    check(newer, on=TODAY)


def test_a_code_of_a_newer_version_stays_beside_what_is_changed_here() -> None:
    held = body_of(person(comm_needs=frozenset({CommunicationNeed("telepathy")})))
    check_patch(Person, held, {"comm_needs": ["large_print", "telepathy"]}, TODAY)
    with pytest.raises(BadInputError, match=r"person\.comm_needs\.unknown_code"):
        check_patch(Person, held, {"comm_needs": ["telekinesis", "telepathy"]}, TODAY)


def test_an_erased_person_has_nothing_left_to_check() -> None:
    check(person(given_name="", family_name="", status=PersonStatus.ERASED), on=TODAY)


def test_somebody_needs_a_name_and_a_place_or_a_way_to_be_reached() -> None:
    sam, here, number = person(), stay(), contact(ContactKind.MOBILE, "+447700900123")
    check_minimum(sam, [here], [])
    check_minimum(sam, [], [number])
    gone = replace(here, discharged_on=TODAY)
    for stays, contacts in (([], []), ([gone], []), ([replace(here, archived=True)], [replace(number, archived=True)])):
        with pytest.raises(BadInputError) as refused:
            check_minimum(sam, stays, contacts)
        assert refused.value.code == "person.minimum"
        assert refused.value.field == ""
    with pytest.raises(BadInputError):
        check_minimum(person(given_name="", family_name=""), [here], [number])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("07700 900123", "+447700900123"),
        ("+44 7700 900123", "+447700900123"),
        ("0044 7700 900 123", "+447700900123"),
        ("01697 72222", "+44169772222"),
        ("(01632) 960123", "+441632960123"),
        ("+353 1 234 5678", "+35312345678"),
        ("٠٧٧٠٠٩٠٠١٢٣", "+447700900123"),
    ],
)
def test_a_phone_number_is_kept_as_the_world_dials_it(typed: str, kept: str) -> None:
    assert phone(typed) == kept
    assert contact_value(ContactKind.LANDLINE, typed) == kept
    check(contact(ContactKind.WARD_PHONE, kept), on=TODAY)


@pytest.mark.parametrize(
    "typed",
    [
        "07700",
        "01494 2",
        "",
        "12",
        "ward 3",
        "07700 900123 ext 4",
        "07700 9001234567",
        "<b>",
        "+44",
        "07700 9001",
        "07700 90012",
        "163 2960",
    ],
)
def test_what_nobody_can_dial_is_refused(typed: str) -> None:
    with pytest.raises(BadInputError) as refused:
        phone(typed)
    assert refused.value.code == "contact_point.value.bad_format"


def test_an_irish_number_is_read_as_irish_for_somebody_in_ireland() -> None:
    assert phone("01 234 5678", nation=Nation.IRELAND) == "+35312345678"


@pytest.mark.parametrize("typed", ["sam@example.org", "s.o'neil+ward@mail.example.co.uk", "用户@例子.广告"])
def test_an_email_of_one_at_and_a_domain_is_kept(typed: str) -> None:
    assert email(f" {typed} ") == typed
    check(contact(ContactKind.EMAIL, typed), on=TODAY)


def test_the_domain_of_an_email_is_lower_case_and_the_name_is_left_alone() -> None:
    assert email("Sam@Example.ORG") == "Sam@example.org"


@pytest.mark.parametrize(
    "typed",
    ["sam", "sam@", "@example.org", "sam@example", "a@b@example.org", "sam @example.org", ".sam@example.org",
     "sam..o@example.org", "sam@-example.org", "sam@example..org", "<sam@example.org>", "sam@exa_mple.org\n.x"],
)  # fmt: skip
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(BadInputError) as refused:
        email(typed)
    assert refused.value.code == "contact_point.value.bad_format"


def test_an_email_is_no_longer_than_can_be_delivered() -> None:
    with pytest.raises(BadInputError) as refused:
        email("a" * 60 + "@" + ".".join(["b" * 60] * 4) + ".org")
    assert refused.value.code == "contact_point.value.too_long"


def test_an_address_has_at_most_five_lines() -> None:
    five = "Flat 1\n2 Acre Lane\nAylesbury\nBucks\nHP21 8AL"
    check(contact(ContactKind.POST, five), on=TODAY)
    assert contact_value(ContactKind.POST, five.replace("\n", "\r\n")) == five
    assert problem(contact(ContactKind.POST, five + "\nUK")) == "contact_point.value.too_long"


def test_a_way_to_reach_somebody_says_how() -> None:
    assert problem(contact(ContactKind.MOBILE, "")) == "contact_point.value.required"
    assert problem(contact(ContactKind.MOBILE, "07700 900123")) == "contact_point.value.bad_format"
    assert problem(contact(ContactKind.VIDEO, "sam\nosei")) == "contact_point.value.bad_format"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("hp218al", "HP21 8AL"), (" SW1a  1aa", "SW1A 1AA"), ("M1 1AE", "M1 1AE"), ("je23ab", "JE2 3AB")],
)
def test_a_postcode_is_kept_in_capitals_with_one_space(typed: str, kept: str) -> None:
    assert postcode(typed, nation=Nation.ENGLAND) == kept


def test_a_postcode_of_another_country_passes_for_somebody_who_lives_there() -> None:
    assert postcode("d02 x285", nation=Nation.IRELAND) == "D02 X285"
    with pytest.raises(BadInputError):
        postcode("D02 X285", nation=Nation.WALES)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (injury(injury_date=PartialDate("2026-06")), "injury.injury_date.in_future"),
        (injury(non_traumatic_kind=NonTraumaticKind.TUMOUR), "injury.non_traumatic_kind.not_permitted"),
        (
            injury(cause=Cause.FALL, non_traumatic_kind=NonTraumaticKind.TUMOUR),
            "injury.non_traumatic_kind.not_permitted",
        ),
        (injury(level=InjuryLevel("C9")), "injury.level.unknown_code"),
        (stay(ward="x" * 41), "stay.ward.too_long"),
        (stay(admitted_on=PartialDate("2026-06")), "stay.admitted_on.in_future"),
        (stay(discharged_on=date(2026, 5, 4)), "stay.discharged_on.in_future"),
        (
            stay(admitted_on=PartialDate("2026-04-02"), discharged_on=date(2026, 4, 1)),
            "stay.discharged_on.before_start",
        ),
        (
            stay(admitted_on=PartialDate("2026-04"), expected_discharge_on=date(2026, 3, 31)),
            "stay.expected_discharge_on.before_start",
        ),
        (stay(expected_discharge_on=date(2999, 1, 1)), "stay.expected_discharge_on.out_of_range"),
        (task(for_role=None), "task.for_role.required"),
        (task(for_team="intake"), "task.for_role.not_permitted"),
        (task(state=TaskState.DROPPED), "task.note.required"),
        (note("x", amends=HEADER["id"]), "case_note.amends.not_permitted"),
        (site(name=""), "site.name.required"),
        (site(wards=frozenset({"x" * 41})), "site.wards.too_long"),
        (site(wards=frozenset({"St\x07Andrew"})), "site.wards.bad_format"),
        (site(wards=frozenset({""})), "site.wards.bad_format"),
        (site(postcode="nowhere"), "site.postcode.bad_format"),
        (service(needs=frozenset()), "service.needs.required"),
        (service(capacity_places=10_000), "service.capacity_places.out_of_range"),
        (service(ack_working_days=0), "service.ack_working_days.out_of_range"),
        (service(checked_on=date(2026, 5, 4)), "service.checked_on.in_future"),
        (service(eligibility=Eligibility(min_age=18, max_age=16)), "service.eligibility.out_of_range"),
        (service(eligibility=Eligibility(max_age=-1)), "service.eligibility.out_of_range"),
        (service(description="x" * 1001), "service.description.too_long"),
        (agreement(parties=frozenset({AS})), "agreement.parties.out_of_range"),
        (agreement(to_on=TODAY), "agreement.to_on.before_start"),
        (
            agreement(
                signatories=(Signatory(org=OrganisationId(UUID(int=9)), name="Jo", post="Chair", signed_on=TODAY),)
            ),
            "agreement.signatories.not_permitted",
        ),
        (user(roles=frozenset()), "user.roles.required"),
        (user(email="priya"), "user.email.bad_format"),
        (user(active_to=date(2026, 5, 2)), "user.active_to.before_start"),
        (wording(texts={"casework": "Changed."}), "consent_wording.hash.bad_format"),
        (wording(language="???"), "consent_wording.language.bad_format"),
        (wording(texts={}), "consent_wording.texts.required"),
        (organisation(AS, "Aspire", charity_number="12"), "organisation.charity_number.bad_format"),
        (organisation(AS, "Aspire", left_on=date(2023, 12, 31)), "organisation.left_on.before_start"),
        (organisation(AS, "Aspire", policy={"gap_days": 99}), "organisation.policy.out_of_range"),
        (organisation(AS, "Aspire", policy={"no_such_key": 1}), "organisation.policy.out_of_range"),
        (organisation(AS, "Aspire", policy={"gap_days": True}), "organisation.policy.out_of_range"),
        (organisation(AS, "Aspire", policy={"require_sharing_agreement": 0}), "organisation.policy.out_of_range"),
    ],
)
def test_each_rule_of_a_record_refuses_its_field(record: Record, code: str) -> None:
    assert problem(record) == code


@pytest.mark.parametrize("places", [None, 0, 9999])
def test_the_ends_of_a_range_belong_to_it(places: int | None) -> None:
    check(service(capacity_places=places, eligibility=Eligibility(min_age=0, max_age=120)), on=TODAY)
    assert problem(service(eligibility=Eligibility(max_age=121))) == "service.eligibility.out_of_range"


@pytest.mark.parametrize("number", ["1075317", "SC012345", "NIC101234", "012345"])
def test_charity_numbers_of_all_registers_pass(number: str) -> None:
    check(organisation(AS, "Aspire", charity_number=number), on=TODAY)


def test_nobody_is_related_to_themselves() -> None:
    own = Relationship(**HEADER, person=WHO, other_person=WHO, kind=RelationshipKind.PARTNER)
    assert problem(own) == "relationship.other_person.not_permitted"


def test_a_signpost_names_what_was_told_and_not_a_day_to_come() -> None:
    told = Signpost(**HEADER, service=ServiceId(UUID(int=8)), need=Need.LEGAL, on=TODAY)
    check(told, on=TODAY)
    check(replace(told, service=None, told_of="Citizens Advice"), on=TODAY)
    assert problem(replace(told, service=None)) == "signpost.service.required"
    assert problem(replace(told, on=date(2026, 5, 4))) == "signpost.on.in_future"


def test_a_wording_hash_does_not_depend_on_how_its_letters_were_typed() -> None:
    assert wording_hash({"casework": "Cafe\u0301"}) == wording_hash({"casework": "Café"})
    assert wording_hash({"a": "1", "b": "2"}) == wording_hash({"b": "2", "a": "1"})
    assert wording_hash({"a": "1"}) != wording_hash({"a": "1 "})


def patched(record: Record, **changes: Any) -> str | None:
    try:
        check_patch(type(record), body_of(record), changes, TODAY)
    except BadInputError as refused:
        return refused.code
    return None


def test_a_patch_may_change_what_merges_and_nothing_that_is_fixed() -> None:
    sam = person()
    assert patched(sam, known_as="Sam", dob="1987-03", needs=["housing"]) is None
    assert patched(sam, dob=None, postcode=None) is None
    assert patched(sam, created_role="coordinator") == "person.created_role.not_permitted"
    assert patched(sam, org=str(BU)) == "person.org.not_permitted"
    assert patched(sam, status="died") == "person.status.not_permitted"
    assert patched(note("x"), text="y") == "case_note.text.not_permitted"
    assert patched(stay(), person=str(WHO)) == "stay.person.not_permitted"


def test_a_patch_is_checked_as_the_record_it_makes() -> None:
    sam = person(dob=PartialDate("1987"))
    assert patched(sam, dob="2030") == "person.dob.in_future"
    assert patched(sam, died_on="1980-01-01") == "person.died_on.before_start"
    assert patched(sam, given_name=None, family_name="") == "person.minimum"
    assert patched(sam, known_as="x" * 81) == "person.known_as.too_long"
    assert patched(sam, needs=["moon_landing"]) == "person.needs.unknown_code"
    assert patched(site(), name=None) == "site.name.required"
    assert patched(stay(discharged_on=TODAY), admitted_on="2026-05-03") is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"known_as": 7}, "person.known_as.bad_format"),
        ({"died_on": "31 2 2026"}, "person.died_on.bad_format"),
        ({"needs": "housing"}, "person.needs.bad_format"),
        ({"key_worker": "nobody"}, "person.key_worker.bad_format"),
        ({"see_lead": "yes"}, "person.see_lead.bad_format"),
    ],
)
def test_a_patch_of_the_wrong_shape_is_refused_by_field(changes: dict[str, Any], code: str) -> None:
    assert patched(person(), **changes) == code


def test_a_patch_keeps_fields_that_only_a_newer_version_knows() -> None:
    check_patch(Person, {**body_of(person()), "shoe_size": 42}, {"hat_size": 7, "known_as": "Sam"}, TODAY)


def test_a_body_of_the_wrong_shape_names_the_field_and_none_of_its_values() -> None:
    body = body_of(person())
    wrong = [
        ({**body, "given_name": ["Samira"]}, "person.given_name.bad_format"),
        ({**body, "status": "resurrected"}, "person.status.unknown_code"),
        ({name: value for name, value in body.items() if name != "device"}, "person.device.required"),
    ]
    for each, code in wrong:
        with pytest.raises(BadInputError) as refused:
            checked(Person, UUID(int=2), each, on=TODAY)
        assert refused.value.code == code
        assert refused.value.detail == {}


ANYTHING = (
    st.none()
    | st.integers()
    | st.text(max_size=9)
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.none())
)
FIELDS = st.sampled_from(["given_name", "dob", "needs", "status", "policy", "created_at", "no_such_field"])


@given(st.dictionaries(FIELDS, ANYTHING))
def test_no_body_from_the_wire_raises_anything_but_bad_input(changes: dict[str, Any]) -> None:
    codes = [patched(person(), **changes)]
    try:
        checked(Person, UUID(int=2), {**body_of(person()), **changes}, on=TODAY)
    except BadInputError as refused:
        codes.append(refused.code)
    assert all(code is None or code.startswith("person.") for code in codes)
