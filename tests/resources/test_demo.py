"""The demonstration's people are invented, whole, and obey the rules of the domain."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

import resources
from app.domain.checks import check, check_minimum
from app.domain.codes import (
    AgreementKind,
    ContactKind,
    Decision,
    DeclineReason,
    Need,
    NextStep,
    Outcome,
    PackageField,
    PersonDeclineReason,
    Purpose,
    ReferralState,
    RelationshipKind,
    Role,
    WithdrawalReason,
)
from app.domain.consent import effective, lines_of
from app.domain.formats import contact_value
from app.domain.gate import purpose_for
from app.domain.referral_states import TRANSITIONS
from tests.resources.kit import START, ago, contacts_of, events_of, injury_of, org_id, person_of, stay_of

PEOPLE: dict[str, dict[str, Any]] = {person["key"]: person for person in resources.demo_people()}
STORY = resources.demo_story()
SERVICES = {service["slug"]: service for service in resources.services()}
EVERYBODY = pytest.mark.parametrize("key", sorted(PEOPLE))
STEPS_ALLOWED = {(state, rule.to) for rule in TRANSITIONS for state in rule.leaves}
REASONS = {
    ReferralState.DECLINED_BY_SERVICE: DeclineReason,
    ReferralState.DECLINED_BY_PERSON: PersonDeclineReason,
    ReferralState.WITHDRAWN: WithdrawalReason,
}
DRAMA_NUMBER = re.compile(r"07700 900\d{3}|01632 960\d{3}")
"""Numbers that Ofcom keeps for drama: nobody has them."""

ANY_NUMBER = re.compile(r"\b0[\d ]{9,}\d\b")


def whole_text() -> str:
    return json.dumps([resources.read_json("demo", "people.json"), STORY], ensure_ascii=False)


def test_about_sixty_people_each_with_a_key_of_their_own() -> None:
    assert len(PEOPLE) == len(resources.demo_people()) == 60


def test_the_files_say_that_everything_is_invented() -> None:
    for file in ("people.json", "story.json"):
        table = resources.read_json("demo", file)
        assert table["verified"] is False
        assert "invented" in table["source"]


def test_every_phone_number_is_one_of_those_kept_for_drama() -> None:
    numbers = ANY_NUMBER.findall(whole_text())
    assert len(numbers) > 60
    assert all(DRAMA_NUMBER.fullmatch(number) for number in numbers)


def test_nobody_shares_a_phone_number_or_an_email() -> None:
    values = [contact["value"] for person in PEOPLE.values() for contact in person["contacts"]]
    assert len(set(values)) == len(values)


def test_every_email_ends_in_a_domain_that_can_never_exist() -> None:
    emails = re.findall(r"[^\s\"]+@[^\s\"]+", whole_text())
    assert len(emails) > 15
    assert all(email.endswith("example.org") for email in emails)


def test_health_numbers_are_of_the_range_kept_for_tests() -> None:
    numbers = [person["nhs_number"] for person in PEOPLE.values() if "nhs_number" in person]
    assert len(set(numbers)) == len(numbers) >= 5
    assert all(number.startswith("999") for number in numbers)


def test_nothing_is_tied_to_a_calendar_day() -> None:
    assert not re.search(r"\b(19|20)\d\d-\d\d", whole_text())


@EVERYBODY
def test_a_person_becomes_records_the_domain_accepts(key: str) -> None:
    entry = PEOPLE[key]
    person, contacts = person_of(entry), contacts_of(entry)
    stays = [stay_of(entry)] if "stay" in entry else []
    injuries = [injury_of(entry)] if "injury" in entry else []
    for record in (person, *contacts, *stays, *injuries):
        check(record, on=START)
    check_minimum(person, stays, contacts)
    assert bool(injuries) is ("has_sci" in entry["roles"])


@EVERYBODY
def test_a_stay_is_on_a_ward_of_the_demonstration_after_the_injury(key: str) -> None:
    entry = PEOPLE[key]
    if "stay" not in entry:
        return
    stay = entry["stay"]
    assert stay["site"] == STORY["site"]
    assert stay["ward"] in STORY["wards"]
    assert stay["admitted_days_ago"] <= entry["injury"]["injured_days_ago"]
    assert stay["admitted_days_ago"] > stay.get("discharged_days_ago", -1)
    assert stay.get("expected_discharge_in_days", 1) > 0


def test_no_two_people_lie_in_one_bed() -> None:
    beds = Counter(
        (person["stay"]["ward"], person["stay"]["bed"]) for person in PEOPLE.values() if "bed" in person.get("stay", {})
    )
    assert max(beds.values()) == 1


@EVERYBODY
def test_every_answer_passes_the_rules_of_consent(key: str) -> None:
    entry = PEOPLE[key]
    events = list(events_of(entry))
    assert len(events) == len(entry["consent"])
    days = [answer["days_ago"] for answer in entry["consent"]]
    assert days == sorted(days, reverse=True)
    if "stay" in entry:
        assert all(day <= entry["stay"]["admitted_days_ago"] for day in days)


@EVERYBODY
def test_a_referral_rests_on_a_yes_and_walks_only_permitted_steps(key: str) -> None:
    entry = PEOPLE[key]
    lines = lines_of(events_of(entry))
    for referral in entry["referrals"]:
        service = SERVICES[referral["service"]]
        first = referral["steps"][0]
        needs = [Need(need) for need in referral["needs"]]
        assert set(referral["needs"]) <= set(service["needs"])
        assert len(referral["why"]) <= 300
        answer = effective(
            [line for line in lines if line.valid_from <= ago(first["days_ago"])],
            org=org_id(service["provider"]),
            purpose=purpose_for(needs),
            on=ago(first["days_ago"]),
        )
        assert answer.opens_new, referral["service"]
        states = [ReferralState(step["to"]) for step in referral["steps"]]
        assert states[0] is ReferralState.QUEUED
        assert states[-1] == referral["state"]
        assert all(step in STEPS_ALLOWED for step in pairwise(states))
        days = [step["days_ago"] for step in referral["steps"]]
        assert days == sorted(days, reverse=True)


@EVERYBODY
def test_a_step_that_needs_a_reason_has_one_of_the_list(key: str) -> None:
    for referral in PEOPLE[key]["referrals"]:
        for step in referral["steps"]:
            state = ReferralState(step["to"])
            if state in REASONS:
                assert REASONS[state](step["reason"]).is_known
            if "next_step" in step:
                assert NextStep(step["next_step"]).is_known
            if state is ReferralState.COMPLETED:
                assert Outcome(step["outcome"]).is_known
            if state is ReferralState.COULD_NOT_CONTACT:
                tried = [attempt["days_ago"] for attempt in step["tries"]]
                # domain.md 6.2, row 14: at least three tries on three days over at least seven days.
                assert len(set(tried)) >= 3
                assert max(tried) - min(tried) >= 7


def test_nothing_is_open_with_a_charity_the_person_stopped() -> None:
    for entry in PEOPLE.values():
        lines = lines_of(events_of(entry))
        for referral in entry["referrals"]:
            if referral["state"] not in ("queued", "sent", "received", "info_needed"):
                continue
            org = org_id(SERVICES[referral["service"]]["provider"])
            purpose = purpose_for(Need(need) for need in referral["needs"])
            assert effective(lines, org=org, purpose=purpose, on=START).opens_new, entry["key"]


def test_the_caseload_shows_every_kind_of_answer_and_many_states() -> None:
    decisions = {
        line["decision"] for person in PEOPLE.values() for answer in person["consent"] for line in answer["lines"]
    }
    assert decisions == set(Decision) - {Decision.NOT_ASKED}
    assert sum(not person["consent"] for person in PEOPLE.values()) >= 4
    states = {referral["state"] for person in PEOPLE.values() for referral in person["referrals"]}
    assert {"queued", "sent", "received", "info_needed", "accepted", "waiting_list", "in_progress"} <= states
    assert {"completed", "declined_by_service", "declined_by_person", "could_not_contact", "withdrawn"} <= states


def test_people_talk_in_many_ways_and_languages() -> None:
    needs = {need for person in PEOPLE.values() for need in person.get("comm_needs", ())}
    assert {"eye_gaze", "blink", "needs_time", "letter_board", "switch", "speech_device", "large_print"} <= needs
    assert len({person["language"] for person in PEOPLE.values()}) >= 10


def test_a_child_is_asked_as_the_law_asks() -> None:
    answers = [answer for person in PEOPLE.values() for answer in person["consent"] if "gillick" in answer]
    assert {(answer["gillick"]["result"], answer["given_by"]) for answer in answers} == {
        ("competent", "self"),
        ("not_competent", "parent_or_pr"),
    }


@EVERYBODY
def test_relatives_and_signposts_point_to_what_is_there(key: str) -> None:
    entry = PEOPLE[key]
    for relationship in entry.get("relationships", ()):
        assert relationship["to"] in PEOPLE
        assert relationship["to"] != key
        assert not PEOPLE[relationship["to"]].get("story")
        assert RelationshipKind(relationship["kind"]).is_known
    for signpost in entry.get("signposts", ()):
        assert SERVICES[signpost["service"]]["provider"] == STORY["organisations"]["observer"]
        assert Need(signpost["need"]).is_known
    for note in entry.get("notes", ()):
        assert len(note["text"]) <= 8000


def test_the_story_is_about_sam_who_is_not_registered_beforehand() -> None:
    sam = PEOPLE[STORY["person"]]
    assert (sam["given_name"], sam["family_name"], sam["known_as"]) == ("Samira", "Osei", "Sam")
    assert sam["pronouns"] == "she/her"
    assert sam["story"] is True
    assert sam["consent"] == sam["referrals"] == []
    assert set(sam["comm_needs"]) == {"needs_time", "eye_gaze"}
    assert (sam["stay"]["ward"], sam["stay"]["bed"]) == ("St David", "4")
    assert [person["key"] for person in PEOPLE.values() if person.get("story")] == [sam["key"]]


def test_what_sam_says_lets_both_referrals_go_and_what_she_says_later_stops_back_up() -> None:
    sam = PEOPLE[STORY["person"]]
    agreed = list(events_of(sam, [STORY["consent"]]))
    for referral in STORY["referrals"]:
        provider = org_id(SERVICES[referral["service"]]["provider"])
        purpose = purpose_for(Need(need) for need in referral["needs"])
        assert effective(lines_of(agreed), org=provider, purpose=purpose, on=START).opens_new
    stopped = lines_of(events_of(sam, [STORY["consent"], STORY["withdrawal"]]))
    back_up, aspire = org_id("back_up"), org_id("aspire")
    assert not any(effective(stopped, org=back_up, purpose=purpose, on=START).opens_new for purpose in Purpose)
    assert effective(stopped, org=aspire, purpose=Purpose.CASEWORK, on=START).opens_new


def test_the_storys_people_at_work_can_do_their_part() -> None:
    users = {user["key"]: user for user in STORY["users"]}
    assert len({user["email"] for user in users.values()}) == len(users)
    for user in users.values():
        assert user["org"] in {"aspire", "back_up"}
        assert {Role(role) for role in user["roles"]}
    for laptop in STORY["laptops"]:
        assert users[laptop["user"]]["org"] == laptop["org"]
    teams = {SERVICES[referral["service"]]["intake_team"] for referral in STORY["referrals"]}
    reach = {team for user in users.values() for team in user["teams"]}
    assert teams <= reach
    assert SERVICES[STORY["partner"]["accepts"]]["intake_team"] in users["intake_worker"]["teams"]
    for org in ("aspire", "back_up"):
        roles = {role for user in users.values() if user["org"] == org for role in user["roles"]}
        assert {"data_protection_lead", "safeguarding_lead", "it_admin"} <= roles


def test_the_agreement_is_marked_as_a_demonstration_and_leaves_something_out() -> None:
    agreement = STORY["agreement"]
    assert agreement["demonstration"] is True
    assert "demonstration" in agreement["title"]
    assert AgreementKind(agreement["kind"]) is AgreementKind.DATA_SHARING
    assert set(agreement["parties"]) == {signatory["org"] for signatory in agreement["signatories"]}
    assert all(signatory["signed_days_ago"] >= agreement["from_days_ago"] for signatory in agreement["signatories"])
    fields = {PackageField(field) for field in agreement["fields"]}
    assert fields < set(PackageField)
    assert PackageField.CAUSE not in fields
    assert {Purpose(purpose) for purpose in agreement["purposes"]} >= {Purpose.REFERRAL_CONTACT, Purpose.MENTORING}


def test_the_duplicate_of_the_story_is_in_the_caseload() -> None:
    found = PEOPLE[STORY["duplicate"]["finds"]]
    assert (found["given_name"], found["family_name"]) == ("William", "Fergusson")
    assert any({"bill", "william"} <= set(group) for group in resources.nicknames())


def test_drama_numbers_have_one_form_in_the_vault() -> None:
    assert contact_value(ContactKind.MOBILE, "07700 900123") == "+447700900123"
