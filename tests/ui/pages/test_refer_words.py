"""A visit and its packages in words, without a window."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from app.domain.canonical import canonical
from app.domain.codes import DuplicateReason, Need, PackageField, Purpose, ReferralKind, ReferralState, ServiceStatus
from app.domain.directory import EligibilityException
from app.domain.disclosure import HeldBackBy, PreviewLine
from app.domain.ids import OrganisationId, ReferralId, ServiceId
from app.use_cases.refer import Preview, Referred, ServiceChoice
from ui.view_models.package_words import dialled, held_back, package_lines, sent_lines, struck_lines
from ui.view_models.refer import Visit, left_out_note, referred_words, restored_visit, send_words, service_words

FRONT, MENTORING, HOUSING = (ServiceId(UUID(int=number)) for number in (1, 2, 3))
BACK_UP = OrganisationId(UUID(int=9))


def choice(service: ServiceId = MENTORING, **changes: Any) -> ServiceChoice:
    known = {
        "service_id": service,
        "name": "Mentoring",
        "description": "",
        "org_id": BACK_UP,
        "org_name": "Back Up",
        "needs_met": frozenset({Need.PEER_MENTORING}),
        "wait_days": 14,
        "status": ServiceStatus.ACTIVE,
        "paused_until": None,
        "warnings": (),
        "blocked": "",
        "introduction": False,
        "signpost_only": False,
        "exceptions": (),
        "checked_on": date(2026, 11, 22),
        "stale": False,
    }
    return ServiceChoice(**{**known, **changes})


def front_door(**changes: Any) -> ServiceChoice:
    return choice(FRONT, name="Outreach and support", introduction=True, needs_met=frozenset(), **changes)


VISIT = Visit(needs=frozenset({Need.PEER_MENTORING, Need.HOUSING}))


def test_a_referral_asks_for_the_needs_its_service_meets() -> None:
    assert VISIT.needs_of(choice()) == {Need.PEER_MENTORING}
    assert VISIT.place(choice()) == (BACK_UP, Purpose.MENTORING)


def test_an_introduction_rests_on_the_yes_to_being_contacted_even_for_mentoring_needs() -> None:
    visit = Visit(needs=frozenset({Need.PEER_MENTORING}), introductions=(FRONT,))
    assert visit.place(front_door()) == (BACK_UP, Purpose.REFERRAL_CONTACT)
    assert visit.request(front_door(), "Sam").kind is ReferralKind.INTRODUCTION
    assert visit.request(front_door(), "Sam").needs


def test_an_introduction_of_somebody_without_a_known_need_still_asks_for_something() -> None:
    assert Visit().needs_of(front_door()) == {Need.OTHER}


def test_the_reason_is_proposed_from_the_needs_until_it_is_written() -> None:
    assert VISIT.why(choice(), "Sam") == "Sam is looking for: talk with someone who has been there."
    assert VISIT.because(MENTORING, "Sam asked twice.").why(choice(), "Sam") == "Sam asked twice."
    assert VISIT.why(front_door(), "Sam") == "Sam would like to get to know Back Up."


def test_a_line_is_struck_out_for_one_receiver_only_and_can_be_put_back() -> None:
    visit = VISIT.with_struck(MENTORING, PackageField.WARD, is_struck=True)
    assert visit.request(choice(), "Sam").struck == {PackageField.WARD}
    assert visit.request(choice(HOUSING), "Sam").struck == frozenset()
    assert visit.with_struck(MENTORING, PackageField.WARD, is_struck=False).request(choice(), "Sam").struck == set()


def test_a_draft_of_a_visit_comes_back_whole() -> None:
    visit = replace(
        VISIT.ticked(MENTORING, is_ticked=True).because(MENTORING, "Sam asked."),
        introductions=(FRONT,),
        left_out={FRONT: "not_now"},
        struck={MENTORING: frozenset({PackageField.WARD})},
        duplicates={MENTORING: DuplicateReason.NEW_NEED},
        best_time="after 2 pm",
    )
    assert restored_visit(json.loads(canonical(visit.values()))) == visit


def test_everything_that_speaks_for_waiting_stands_as_a_sentence() -> None:
    words = service_words(
        choice(
            warnings=("paused", "already_open", "other_nation"),
            paused_until=date(2026, 12, 31),
            exceptions=(EligibilityException(when="Under 18", says="A parent comes too."),),
            stale=True,
        ),
        VISIT.needs,
    )
    assert words.name == "Back Up: mentoring"
    assert words.facts == "For: talk with someone who has been there. Usual wait: 14 days."
    assert words.cautions == (
        "Paused until 31 December 2026. It answers after that.",
        "A referral to this service is open already.",
        "Offered in another nation.",
        "This entry was last checked on 22 November 2026. Ask before you promise it.",
    )
    assert words.exceptions == ("Under 18: a parent comes too.",)


def preview(gate: str = "") -> Preview:
    return Preview(lines=(), package={}, shown_hash="", gate=gate)


def test_the_one_button_says_how_many_go_and_how_many_stay() -> None:
    assert send_words({MENTORING: preview()}) == "Send 1 referral"
    assert send_words({MENTORING: preview(), HOUSING: preview()}) == "Send 2 referrals"
    assert send_words({MENTORING: preview(), HOUSING: preview("gate_consent")}) == "Send 1 referral, keep 1 as a draft"
    assert send_words({HOUSING: preview("gate_consent")}) == "Keep as a draft"


def test_a_draft_names_the_rule_that_holds_it() -> None:
    draft = Referred(
        referral_id=ReferralId(UUID(int=4)),
        org_name="Back Up",
        service_name="Mentoring",
        state=ReferralState.DRAFT,
        gate="gate_agreement",
    )
    assert referred_words(draft) == ("Back Up: mentoring is kept as a draft. The charities have no agreement for this.")
    assert "waits on this laptop" in referred_words(replace(draft, state=ReferralState.QUEUED, gate=""))


def test_why_an_introduction_was_left_out_is_kept_as_a_note() -> None:
    visit = Visit(introductions=(FRONT,), left_out={FRONT: "not_now"})
    assert left_out_note([front_door()], visit) == "No introduction to Back Up: not now."
    assert left_out_note([front_door()], visit.ticked(FRONT, is_ticked=True)) == ""


def line(field: PackageField, value: Any, held: HeldBackBy = HeldBackBy.NOTHING) -> PreviewLine:
    return PreviewLine(field=field, value=value, sent=held is HeldBackBy.NOTHING, held_back_by=held)


LINES = (
    line(PackageField.NAME, {"given_name": "Samira", "family_name": "Osei"}),
    line(PackageField.DOB, "1988-03", HeldBackBy.CONSENT),
    line(PackageField.LEVEL, "c4", HeldBackBy.AGREEMENT),
    line(PackageField.WARD, "St David", HeldBackBy.STRUCK),
    line(PackageField.CAUSE, None, HeldBackBy.NOT_RECORDED),
    line(PackageField.AIS, None, HeldBackBy.SERVICE),
    line(PackageField.NEEDS, ["housing"], HeldBackBy.CONSENT),
)


def test_what_holds_a_line_back_is_said_with_its_reason() -> None:
    assert [held.sentence for held in held_back(LINES, called="Sam", org="Back Up")] == [
        "Sam did not agree to tell: date of birth.",
        "Not in the agreement with Back Up: where the injury is.",
        "Not recorded: what caused the injury.",
    ]


def test_what_a_referral_says_by_itself_is_shown_as_seen() -> None:
    assert [shown.field for shown in sent_lines(LINES)] == [PackageField.NAME, PackageField.NEEDS]


def test_a_struck_line_can_be_found_again() -> None:
    assert [shown.field for shown in struck_lines(LINES)] == [PackageField.WARD]


def test_values_read_as_people_say_them() -> None:
    point = {"id": "a", "kind": "mobile", "value": "+447700900123", "valid_until": "2026-12-24"}
    permission = {"id": "a", "may_use": ["call"], "safe_times": ["mon_am"], "who_may_answer": "his sister"}
    lines = package_lines(
        {
            PackageField.DOB: "1988-03",
            PackageField.CONTACT_POINTS: [point],
            PackageField.CONTACT_PERMISSIONS: [permission],
            PackageField.EXPECTED_DISCHARGE_ON: "2026-12-12",
            PackageField.RELATIONSHIPS: [{"kind": "parent", "parental_responsibility": "yes"}],
            PackageField.LANGUAGE: "en-GB",
        }
    )
    words = {shown.field: shown.words for shown in lines}
    assert words[PackageField.DOB] == "March 1988"
    assert words[PackageField.CONTACT_POINTS] == "Mobile phone: 07700 900123, good until 24 December"
    assert words[PackageField.CONTACT_PERMISSIONS] == (
        "Mobile phone: call; safe times: Monday morning; do not say a charity’s name to anybody else; "
        "his sister may answer"
    )
    assert words[PackageField.EXPECTED_DISCHARGE_ON] == "12 December 2026"
    assert words[PackageField.RELATIONSHIPS].endswith("with parental responsibility")
    assert words[PackageField.LANGUAGE] == "English"


def test_a_foreign_number_keeps_its_country_and_an_address_stays() -> None:
    assert dialled("+353201234567").startswith("+353")
    assert dialled("sam@example.org") == "sam@example.org"
