"""What a partner sees: the package, its preview and the share card come from one computation."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes import (
    AgeBand,
    Cause,
    CommunicationNeed,
    Completeness,
    DischargeTo,
    InjuryLevel,
    MayBeTold,
    Need,
    PackageField,
    Scope,
    Ventilation,
    YesNo,
)
from app.domain.disclosure import (
    CASEWORK_ONLY,
    HeldBackBy,
    PersonFacts,
    Terms,
    build_package,
    card_fields,
    name_in,
    package_hash,
    package_of,
    preview,
    scope_fields,
)
from app.domain.record import PartialDate
from tests.domain.record_kit import ALL_FIELDS, STANMORE, injury, mobile, person, sister, stay

F = PackageField
SITE_NAMES = {STANMORE: "Stanmore"}


def facts(**fields: Any) -> PersonFacts:
    """Return everything that may be recorded of Nova."""
    known: dict[str, Any] = {
        "person": person(
            known_as="Nov",
            dob=PartialDate("1987-03-05"),
            age_band=AgeBand.AGE_26_40,
            comm_needs=frozenset({CommunicationNeed.LARGE_PRINT}),
            home_situation="Two steps to the door.",
            nhs_number="9434765919",
        ),
        "injury": injury(completeness=Completeness.INCOMPLETE, ventilation=Ventilation.NONE),
        "contacts": (mobile(may_say_charity_name=False),),
        "stays": (stay(discharge_to=DischargeTo.HOME),),
        "relationships": (sister(may_be_told=frozenset({MayBeTold.APPOINTMENTS})),),
        "site_names": SITE_NAMES,
        "goals": ("Swim again",),
    }
    return PersonFacts(**{**known, **fields})


def terms(**fields: Any) -> Terms:
    """Return terms that hold nothing back."""
    known: dict[str, Any] = {"scope": Scope.CONTACT_INJURY_NEEDS, "agreement_fields": ALL_FIELDS, "needed": ALL_FIELDS}
    known |= {"why": "Would like a mentor.", "best_time": "after four", "needs": frozenset({Need.COURSE})}
    return Terms(**{**known, "expected_discharge_on": date(2026, 6, 1), **fields})


SCOPES = {
    Scope.CONTACT: "name known_as age_band contact_points contact_permissions language comm_needs site "
    "expected_discharge_on best_time",
    Scope.CONTACT_INJURY: "dob level ais completeness cause injury_date ventilation ward",
    Scope.CONTACT_INJURY_NEEDS: "needs why goals home_situation relationships discharge_to",
    Scope.FULL_NOTES: "shared_notes attachments",
}
"""What each scope adds (domain.md 6.5), a literal copy."""


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_covers_its_fields_and_those_of_the_lower_scopes(scope: Scope) -> None:
    up_to = list(Scope)[: list(Scope).index(scope) + 1]
    assert scope_fields(scope) == {F(name) for lower in up_to for name in SCOPES[lower].split()}


def test_the_example_of_the_specification() -> None:
    """Consent for contact, injury and needs; an agreement without injury; a grant service that asks for a level."""
    on = terms(
        agreement_fields=frozenset({F(name) for name in (SCOPES[Scope.CONTACT] + " needs why").split()}),
        needed=frozenset({F.LEVEL, F.NEEDS, F.NAME, F.CONTACT_POINTS}),
    )
    assert list(package_of(facts(), on)) == ["name", "contact_points", "needs"]
    greyed = [line for line in preview(facts(), on) if not line.sent and line.held_back_by is not HeldBackBy.SERVICE]
    assert [(line.field, line.value, line.held_back_by) for line in greyed] == [(F.LEVEL, "C6", HeldBackBy.AGREEMENT)]


def test_a_full_package_holds_exactly_this() -> None:
    contact_id = str(mobile().id)
    assert package_of(facts(), terms()) == {
        "name": {"given_name": "Nova", "family_name": "Achterberg"},
        "known_as": "Nov",
        "age_band": "26_40",
        "contact_points": [{"id": contact_id, "kind": "mobile", "value": "+447700900123"}],
        "contact_permissions": [{"id": contact_id, "may_use": ["call", "text"]}],
        "language": "en-GB",
        "comm_needs": ["large_print"],
        "site": {"id": str(STANMORE), "name": "Stanmore"},
        "expected_discharge_on": "2026-06-01",
        "best_time": "after four",
        "dob": "1987-03-05",
        "level": "C6",
        "ais": "B",
        "completeness": "incomplete",
        "cause": "fall",
        "injury_date": "2026-03",
        "ventilation": "none",
        "ward": "St Andrew",
        "needs": ["course"],
        "why": "Would like a mentor.",
        "goals": ["Swim again"],
        "home_situation": "Two steps to the door.",
        "relationships": [{"kind": "sibling", "may_be_told": ["appointments"]}],
        "discharge_to": "home",
    }


@pytest.mark.parametrize(
    ("changes", "held_back_by"),
    [
        ({"needed": ALL_FIELDS - {F.LEVEL}}, HeldBackBy.SERVICE),
        ({"scope": Scope.CONTACT}, HeldBackBy.CONSENT),
        ({"agreement_fields": ALL_FIELDS - {F.LEVEL}}, HeldBackBy.AGREEMENT),
        ({"withheld": frozenset({F.LEVEL})}, HeldBackBy.WITHHELD),
        ({"struck": frozenset({F.LEVEL})}, HeldBackBy.STRUCK),
    ],
)
def test_what_holds_a_line_back_is_named_and_the_line_is_not_sent(
    changes: dict[str, Any], held_back_by: HeldBackBy
) -> None:
    line = next(line for line in preview(facts(), terms(**changes)) if line.field is F.LEVEL)
    assert (line.value, line.sent, line.held_back_by) == ("C6", False, held_back_by)
    assert "level" not in package_of(facts(), terms(**changes))


def test_what_is_not_recorded_or_not_known_is_not_sent() -> None:
    bare = PersonFacts(person=person(), injury=injury(level=InjuryLevel.X99, cause=Cause.UNKNOWN))
    package = package_of(bare, terms(why="", best_time="", needs=frozenset(), expected_discharge_on=None))
    assert sorted(package) == ["ais", "injury_date", "language", "name"]
    missing = {line.field for line in preview(bare, terms()) if line.held_back_by is HeldBackBy.NOT_RECORDED}
    assert {F.LEVEL, F.CAUSE, F.CONTACT_POINTS, F.SITE, F.AGE_BAND} <= missing


def test_health_numbers_never_stand_in_a_package() -> None:
    assert "9434765919" not in json.dumps(package_of(facts(), terms(scope=Scope.FULL_NOTES)))


def test_a_contact_point_never_to_be_used_is_not_sent() -> None:
    contacts = (mobile(), mobile(0x95, value="+447700900456", never_use=True), mobile(0x96, archived=True))
    assert [point["value"] for point in package_of(facts(contacts=contacts), terms())["contact_points"]] == [
        "+447700900123"
    ]


def test_a_relationship_that_ended_is_not_sent_and_no_relative_is_named() -> None:
    ended = sister(ended_on=date(2026, 1, 1), parental_responsibility=YesNo.UNKNOWN)
    assert "relationships" not in package_of(facts(relationships=(ended,)), terms())


def test_the_site_is_that_of_the_open_stay() -> None:
    gone = stay(number=0x97, discharged_on=date(2026, 5, 1), ward="Elsewhere")
    assert package_of(facts(stays=(gone, stay())), terms())["ward"] == "St Andrew"
    assert "site" not in package_of(facts(stays=(gone,)), terms())
    assert "ward" not in package_of(facts(stays=(stay(archived=True),)), terms())


def test_notes_and_attachments_are_never_in_a_package_nor_in_its_preview() -> None:
    lines = preview(facts(), terms(scope=Scope.FULL_NOTES))
    assert not {line.field for line in lines} & CASEWORK_ONLY
    assert [line.field for line in lines] == [field for field in F if field not in CASEWORK_ONLY]


FIELD_SETS = st.frozensets(st.sampled_from(F))
TERMS = st.builds(
    Terms,
    scope=st.sampled_from(Scope),
    agreement_fields=FIELD_SETS,
    needed=FIELD_SETS,
    withheld=FIELD_SETS,
    struck=FIELD_SETS,
    why=st.just("Would like a mentor."),
    best_time=st.just("after four"),
    needs=st.frozensets(st.sampled_from(Need), min_size=1),
)


@given(TERMS)
def test_nothing_is_sent_that_the_preview_did_not_show_as_sent(on: Terms) -> None:
    package = package_of(facts(), on)
    assert package == {line.field.value: line.value for line in preview(facts(), on) if line.sent}
    allowed = (scope_fields(on.scope) & on.agreement_fields & on.needed) - on.withheld - on.struck
    assert set(package) <= allowed
    recorded = set(package_of(facts(), terms(scope=Scope.FULL_NOTES, best_time="x")))
    assert allowed & recorded - {F.EXPECTED_DISCHARGE_ON} == set(package)


@given(TERMS)
def test_built_by_its_arguments_a_package_is_the_same(on: Terms) -> None:
    arguments = {name: getattr(on, name) for name in Terms.__slots__}
    assert build_package(facts(), **arguments) == package_of(facts(), on)


@given(st.lists(TERMS, max_size=4))
def test_a_card_shows_what_its_terms_would_send_and_no_more(all_terms: list[Terms]) -> None:
    shown = card_fields(facts(), all_terms)
    packages = [package_of(facts(), each) for each in all_terms]
    assert set(shown) == {name for package in packages for name in package}
    assert set(shown.get("needs", ())) == {need for package in packages for need in package.get("needs", ())}


def test_a_hash_tells_two_packages_apart_and_does_not_mind_the_order() -> None:
    package = package_of(facts(), terms())
    assert package_hash(dict(reversed(list(package.items())))) == package_hash(package)
    assert package_hash({**package, "ward": "St Andrews"}) != package_hash(package)
    assert len(package_hash({})) == 64


def test_the_name_in_a_package_falls_back_to_what_the_person_is_called() -> None:
    assert (
        name_in({"name": {"given_name": "Nova", "family_name": "Achterberg"}, "known_as": "Nov"}) == "Nova Achterberg"
    )
    assert name_in({"name": {"family_name": "Achterberg"}}) == "Achterberg"
    assert name_in({"known_as": "Nov"}) == "Nov"
    assert name_in({}) == ""
