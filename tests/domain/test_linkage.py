"""Whether two records may be of one person: the examples and the table of domain.md 8."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import ContactKind, Scope
from app.domain.disclosure import PersonFacts, Terms, package_of
from app.domain.linkage import WEIGHTS, Facts, Level, ReasonCode, compare, facts_in, facts_of, keys_of
from app.domain.names import fold_name, name_parts, name_tables, sound_alike, sounds_of
from app.domain.record import PartialDate
from tests.domain.record_kit import ALL_FIELDS, STANMORE, injury, mobile, person, stay

TABLES = name_tables(
    groups=[["William", "Bill", "Will", "Billy"], ["Samuel", "Sam"], ["Samira", "Sam"]],
    common_given=["John", "William"],
    common_family=["Smith", "Jones"],
)
SITE = str(UUID(int=0x51))
OTHER_SITE = str(UUID(int=0x52))


def codes(one: Facts, other: Facts) -> list[ReasonCode]:
    """Return what was found."""
    return [reason.code for reason in compare(one, other, names=TABLES).reasons]


def test_bill_ferguson_and_william_fergusson_are_likely_one_person() -> None:
    bill = Facts(given_name="Bill", family_name="Ferguson", site=SITE, injury_month="2026-03")
    william = Facts(given_name="William", family_name="Fergusson", born="1987", site=SITE, injury_month="2026-03")
    match = compare(bill, william, names=TABLES)
    assert match.weight == 5 + 5 + 0 + 3 + 4
    assert match.level is Level.LIKELY
    assert [(reason.code, reason.detail) for reason in match.reasons] == [
        (ReasonCode.GIVEN_NICKNAME, ("Bill", "William")),
        (ReasonCode.FAMILY_SOUNDS_ALIKE, ()),
        (ReasonCode.SITE_EQUAL, ()),
        (ReasonCode.INJURED_SAME_MONTH, ()),
    ]
    assert compare(william, bill, names=TABLES).reasons[0].detail == ("Bill", "William")
    assert keys_of(bill) & keys_of(william)


def test_two_john_smiths_with_nothing_else_are_possible() -> None:
    john = Facts(given_name="John", family_name="Smith")
    match = compare(john, replace(john, given_name="JOHN"), names=TABLES)
    assert match.weight == 4.5 + 5
    assert match.level is Level.POSSIBLE


def test_two_people_with_nothing_in_common_are_not_shown() -> None:
    match = compare(Facts(given_name="Ana", family_name="Reyes"), Facts(given_name="Tom", family_name="Okafor"))
    assert match.weight == -7
    assert match.level is None


PAIRS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("number", {"numbers": {"nhs_number": "9434765919"}}, {"numbers": {"nhs_number": "9434765919"}}, ["number_equal"]),
    (
        "number",
        {"numbers": {"nhs_number": "9434765919"}},
        {"numbers": {"nhs_number": "4505577104"}},
        ["number_different"],
    ),
    ("kinds", {"numbers": {"nhs_number": "9434765919"}}, {"numbers": {"chi_number": "9434765919"}}, []),
    ("given", {"given_name": "Zoë"}, {"given_name": "zoe"}, ["given_equal"]),
    ("common", {"given_name": "John"}, {"given_name": "John"}, ["given_equal", "given_common"]),
    ("sound", {"given_name": "Stephen"}, {"given_name": "Stefan"}, ["given_sounds_alike"]),
    ("initial", {"given_name": "N"}, {"given_name": "Nova"}, ["given_initial"]),
    ("initial", {"given_name": "K"}, {"given_name": "Nova"}, ["given_different"]),
    ("given", {"given_name": "Nova"}, {"given_name": "Bert"}, ["given_different"]),
    ("full names of one nickname", {"given_name": "Samuel"}, {"given_name": "Samira"}, ["given_different"]),
    ("called", {"given_name": "Mohammed", "known_as": "Mo"}, {"known_as": "Mo"}, ["given_nickname"]),
    (
        "called",
        {"given_name": "Aurelia", "known_as": "Bee"},
        {"given_name": "Bridget", "known_as": "Bee"},
        ["given_nickname"],
    ),
    ("family", {"family_name": "O'Brien"}, {"family_name": "OBRIEN"}, ["family_equal"]),
    ("family", {"family_name": "MacDonald"}, {"family_name": "McDonald"}, ["family_equal"]),
    ("family", {"family_name": "Smith-Jones"}, {"family_name": "Smith Jones"}, ["family_equal"]),
    ("common", {"family_name": "Smith"}, {"family_name": "smith"}, ["family_equal", "family_common"]),
    ("double", {"family_name": "Okafor-Reyes"}, {"family_name": "Reyes"}, ["family_double"]),
    ("sound", {"family_name": "Smyth"}, {"family_name": "Smith"}, ["family_sounds_alike"]),
    ("family", {"family_name": "Reyes"}, {"family_name": "Okafor"}, ["family_different"]),
    (
        "swapped",
        {"given_name": "Chen", "family_name": "Wei"},
        {"given_name": "Wei", "family_name": "Chen"},
        ["names_swapped"],
    ),
    (
        "swapped",
        {"given_name": "Ali", "family_name": "Ali"},
        {"given_name": "Ali", "family_name": "Ali"},
        ["given_equal", "family_equal"],
    ),
    ("born", {"born": "1987-03-05"}, {"born": "1987-03-05"}, ["born_equal"]),
    ("born", {"born": "1987-03-05"}, {"born": "1987-05-03"}, ["born_swapped"]),
    ("born", {"born": "1987-03-05"}, {"born": "1987-03-06"}, ["born_one_digit"]),
    ("born", {"born": "1987-03-05"}, {"born": "1987-03"}, ["born_same_month"]),
    ("born", {"born": "1987-03"}, {"born": "1987-03"}, ["born_same_month"]),
    ("born", {"born": "1987-03-05"}, {"born": "1987"}, ["born_same_year"]),
    ("born", {"born": "1987"}, {"born": "1988"}, ["born_different"]),
    ("born", {"born": "1987-03-05"}, {"born": "1971-12-24"}, ["born_different"]),
    ("born", {"born": "1987", "age_band": "26_40"}, {"age_band": "26_40"}, ["age_equal"]),
    ("age", {"age_band": "26_40"}, {"age_band": "41_60"}, []),
    ("age", {"age_band": "26_40"}, {"age_band": "61_75"}, ["age_apart"]),
    ("age", {"age_band": "unknown"}, {"age_band": "61_75"}, []),
    ("phone", {"phones": frozenset({"+447700900123"})}, {"phones": frozenset({"+447700900123"})}, ["phone_equal"]),
    ("phone", {"phones": frozenset({"+447700900123"})}, {"phones": frozenset({"+447700900124"})}, []),
    ("email", {"emails": frozenset({"n@example.org"})}, {"emails": frozenset({"N@Example.org"})}, ["email_equal"]),
    ("postcode", {"postcode": "HA7 4LP"}, {"postcode": "ha74lp"}, ["postcode_equal"]),
    ("ward", {"site": SITE, "ward": "4"}, {"site": SITE, "ward": "4"}, ["site_equal", "ward_equal"]),
    ("ward", {"site": SITE, "ward": "4"}, {"site": OTHER_SITE, "ward": "4"}, []),
    ("injury", {"injury_month": "2026-03"}, {"injury_month": "2026-04"}, []),
    ("level", {"level": "C6"}, {"level": "C6"}, ["level_equal"]),
    ("level", {"level": "C6"}, {"level": "T4"}, ["level_different"]),
    ("level", {"level": "C6"}, {"level": "C99"}, []),
    ("level", {"level": "C6"}, {"level": "X99"}, []),
]


@pytest.mark.parametrize(("field", "one", "other", "expected"), PAIRS)
def test_each_field_agrees_as_the_table_says(
    field: str, one: dict[str, Any], other: dict[str, Any], expected: list[str]
) -> None:
    first, second = Facts(**one), Facts(**other)
    assert codes(first, second) == expected, field
    assert codes(second, first) == expected
    assert compare(first, second, names=TABLES).weight == sum(WEIGHTS[ReasonCode(code)] for code in expected)


TABLE = {
    "number_equal": 20, "number_different": -5.5, "given_equal": 6.5, "given_common": -2, "given_nickname": 5,
    "given_sounds_alike": 3.5, "given_initial": 1.5, "given_different": -3, "family_equal": 8, "family_common": -3,
    "family_double": 5, "family_sounds_alike": 5, "family_different": -4, "names_swapped": 12, "born_equal": 12,
    "born_swapped": 8, "born_one_digit": 5, "born_same_month": 6, "born_same_year": 3, "born_different": -6,
    "age_equal": 1, "age_apart": -4, "phone_equal": 9, "email_equal": 10, "postcode_equal": 5, "site_equal": 3,
    "ward_equal": 4, "injured_same_month": 4, "level_equal": 2, "level_different": -1,
}  # fmt: skip
"""A literal copy of the table of domain.md 8."""


def test_the_weights_are_those_of_the_table() -> None:
    assert dict(WEIGHTS) == TABLE
    assert set(WEIGHTS) == set(ReasonCode)


def test_an_equal_health_number_alone_is_likely_and_still_only_proposed() -> None:
    number = {"nhs_number": "9434765919"}
    match = compare(Facts(numbers=number), Facts(numbers=number))
    assert match.level is Level.LIKELY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"numbers": {"nhs_number": "1"}}, {"numbers": {"nhs_number": "1"}}),
        ({"given_name": "Chen"}, {"family_name": "Chen"}),
        ({"family_name": "Smyth"}, {"family_name": "Smith"}),
        ({"born": "1987-03-05"}, {"born": "1987-05-03"}),
        ({"phones": frozenset({"+447700900123"})}, {"phones": frozenset({"+447700900123"})}),
        ({"emails": frozenset({"N@example.org"})}, {"emails": frozenset({"n@example.org"})}),
        ({"site": SITE, "injury_month": "2026-03"}, {"site": SITE, "injury_month": "2026-03"}),
        ({"given_name": "محمد"}, {"given_name": "محمد"}),
    ],
)
def test_two_records_that_share_a_key_are_compared(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert keys_of(Facts(**one)) & keys_of(Facts(**other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"born": "1987-03"}, {"born": "1987-03"}),
        ({"site": SITE}, {"site": SITE}),
        ({"age_band": "26_40"}, {"age_band": "26_40"}),
        ({}, {}),
    ],
)
def test_what_many_people_share_is_no_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not keys_of(Facts(**one)) & keys_of(Facts(**other))


def test_what_a_record_holds_is_what_is_compared() -> None:
    recorded = PersonFacts(
        person=person(dob=PartialDate("1987-03-05"), nhs_number="9434765919", postcode="HA7 4LP"),
        injury=injury(),
        contacts=(mobile(), mobile(0x95, kind=ContactKind.WARD_PHONE, value="+441632960123")),
        stays=(stay(),),
    )
    facts = facts_of(recorded)
    assert facts.numbers == {"nhs_number": "9434765919"}
    assert facts.phones == {"+447700900123"}
    assert (facts.site, facts.ward, facts.injury_month, facts.level) == (str(STANMORE), "St Andrew", "2026-03", "C6")
    package = package_of(recorded, Terms(scope=Scope.CONTACT_INJURY, agreement_fields=ALL_FIELDS, needed=ALL_FIELDS))
    shown = facts_in(package)
    assert shown == replace(facts, numbers={}, postcode="", age_band="")
    assert facts_in({}) == Facts()
    assert facts_of(PersonFacts(person=person())).born == ""


WORDS = st.text(max_size=12)
DAYS = st.sampled_from(["", "1987", "1987-03", "1987-03-05", "1987-05-03"])
FACTS = st.builds(
    Facts,
    given_name=WORDS,
    family_name=WORDS,
    known_as=WORDS,
    born=DAYS,
    level=st.sampled_from(["", "C6", "C99", "T4", "X99"]),
    ward=WORDS,
    site=st.sampled_from(["", SITE]),
)


@given(FACTS, FACTS)
def test_comparing_does_not_mind_the_order_nor_any_script(one: Facts, other: Facts) -> None:
    there, back = compare(one, other, names=TABLES), compare(other, one, names=TABLES)
    assert (there.weight, [reason.code for reason in there.reasons]) == (
        back.weight,
        [reason.code for reason in back.reasons],
    )
    keys_of(one)


@given(FACTS)
def test_a_record_compared_with_itself_has_nothing_against_it(facts: Facts) -> None:
    match = compare(facts, facts)
    assert all(reason.weight > 0 for reason in match.reasons)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("O’Neill", "oneill"),
        ("Łukasz", "lukasz"),
        ("Søren", "soren"),
        ("Straße", "strasse"),
        ("Mac Donald", "mcdonald"),
        ("Mace", "mace"),
        ("Mack", "mack"),
        ("D'Souza-Ng", "dsouzang"),
        ("<b>Nova</b>", "bnovab"),
        ("", ""),
        ("王芳", "王芳"),
    ],
)
def test_names_are_folded(written: str, folded: str) -> None:
    assert fold_name(written) == folded


def test_parts_sounds_and_short_names() -> None:
    assert name_parts("Okafor–Reyes B") == {"okafor", "reyes"}
    assert sounds_of("smith") & sounds_of("smyth")
    assert sounds_of("王芳") == {"王芳"}
    assert sounds_of("") == frozenset()
    assert sound_alike("katherine", "kathrine")
    assert not sound_alike("ana", "bert")
    assert TABLES.short_for["sam"] == {"samuel", "samira"}
    assert "samira" not in TABLES.nicknames["samuel"]
