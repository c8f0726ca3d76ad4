"""Building and checking consent events: every rule of domain.md 5.1 and 5.2 refuses its field by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.codes import (
    AgeCheck,
    AllianceRole,
    AskAgain,
    Capacity,
    ConsentKind,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    HowTold,
    OverrideBasis,
    PackageField,
    Purpose,
    ReceiptHow,
    Role,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.consent import AnswerKind, effective, lines_of
from app.domain.consent_check import (
    HIGHEST_SCOPE,
    Cell,
    check_event,
    childs_noes,
    give_consent,
    unknown_cites,
    withdraw_consent,
)
from app.domain.consent_event import CapacityCheck, ConsentEvent
from app.domain.ids import RecordId
from app.domain.record import PartialDate
from app.errors import BadInputError, SeveralInputsError
from tests.domain.consent_kit import (
    ALLIANCE,
    AS,
    ASKED_AT,
    ASKED_ON,
    ASKER,
    BU,
    COMPETENT,
    HASH,
    HEADER,
    NOVA,
    X,
    agreed,
    asked,
    ids,
    line_id,
    organisation,
    refused,
    said,
    withdrawn,
)

YES = Cell(org=BU, purpose=Purpose.REFERRAL_CONTACT, decision=Decision.AGREED, scope=Scope.CONTACT_INJURY)
ASSESSED = CapacityCheck(who="Dr A. Nwosu", on=ASKED_ON, support_given="Quiet room, letter board, an hour.")


def give(event: ConsentEvent, *cells: Cell, **more: Any) -> ConsentEvent:
    known: dict[str, Any] = {
        "held": (),
        "organisations": ALLIANCE,
        "wording_hashes": {HASH},
        "dob": None,
        "new_id": ids(),
    }
    return give_consent(event, cells or (YES,), **{**known, **more})


def problem(event: ConsentEvent, *cells: Cell, **more: Any) -> str:
    with pytest.raises(BadInputError) as refusal:
        give(event, *cells, **more)
    return refusal.value.code


def fault(event: ConsentEvent, **more: Any) -> str:
    with pytest.raises(BadInputError) as refusal:
        check_event(event, organisations=ALLIANCE, wording_hashes={HASH}, **more)
    return refusal.value.code


def test_everything_that_is_wrong_with_a_talk_is_said_at_once() -> None:
    event = asked(
        given_by=GivenBy.ATTORNEY_HEALTH_WELFARE,
        given_by_name="",
        evidence_seen="",
        method=None,
        statement="",
        language="",
    )
    with pytest.raises(SeveralInputsError) as refusal:
        give(event, replace(YES, scope=None))
    assert [each.code for each in refusal.value.errors] == [
        "consent.scope.required",
        "consent.language.required",
        "consent.given_by_name.required",
        "consent.evidence_seen.required",
        "consent.method.required",
        "consent.statement.required",
    ]


def test_an_answer_at_the_bedside_becomes_an_event_with_its_days_and_names() -> None:
    event = give(asked(), YES)
    (line,) = event.lines
    assert event.kind is ConsentKind.ANSWER
    assert (line.org, line.org_name_shown, line.scope) == (BU, "Back Up", Scope.CONTACT_INJURY)
    assert (line.valid_from, line.review_on, line.ends_on) == (ASKED_ON, date(2027, 5, 3), date(2027, 8, 1))


def test_a_yes_of_29_february_is_asked_again_on_28_february() -> None:
    event = give(asked(at=datetime(2024, 2, 29, 12, 0, tzinfo=UTC)))
    assert event.lines[0].review_on == date(2025, 2, 28)


def test_an_answer_after_midnight_in_summer_belongs_to_the_london_day() -> None:
    event = give(asked(at=datetime(2026, 5, 2, 23, 30, tzinfo=UTC)))
    assert event.lines[0].valid_from == ASKED_ON


def test_the_policy_of_the_asking_organisation_moves_the_days() -> None:
    policy = {"consent_review_months": 3, "consent_end_days": 0, "not_able_now_days": 3, "decide_later_days": 9000}
    unable = Cell(org=AS, purpose=Purpose.CASEWORK, decision=Decision.NOT_ABLE_NOW)
    later = Cell(org=BU, purpose=Purpose.CASEWORK, decision=Decision.DECIDE_LATER)
    yes, not_now, undecided = give(asked(), YES, unable, later, policy=policy).lines
    assert (yes.review_on, yes.ends_on) == (date(2026, 8, 3), date(2026, 8, 3))
    assert not_now.ask_again_on == date(2026, 5, 6)
    # 90 days are the most a policy may say.
    assert undecided.ask_again_on == date(2026, 8, 1)


@pytest.mark.parametrize(
    ("decision", "ask_again", "day"),
    [
        (Decision.REFUSED, AskAgain.NOT_SAID, None),
        (Decision.DECIDE_LATER, AskAgain.ON_DATE, date(2026, 5, 17)),
        (Decision.NOT_ABLE_NOW, AskAgain.ON_DATE, date(2026, 5, 10)),
        (Decision.NOT_ASKED, None, None),
    ],
)
def test_what_is_not_a_yes_says_when_to_ask_again(decision, ask_again, day) -> None:
    (line,) = give(asked(), Cell(org=BU, purpose=Purpose.MENTORING, decision=decision)).lines
    assert (line.ask_again, line.ask_again_on) == (ask_again, day)
    assert (line.scope, line.ends_on) == (None, None)


def test_a_new_answer_cites_what_it_answers_so_that_a_yes_after_a_no_counts() -> None:
    held = [refused("r1"), agreed("other", org=AS)]
    event = give(asked(), YES, held=held)
    assert event.lines[0].cites == {line_id("r1")}
    known = [*held, *lines_of([event])]
    answer = effective(known, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=ASKED_ON)
    assert answer.kind is AnswerKind.YES


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"wording": ""}, "consent.wording.required"),
        ({"wording_hash": ""}, "consent.wording_hash.required"),
        ({"wording_hash": "b2" * 32}, "consent.wording.unknown"),
        ({"language": ""}, "consent.language.required"),
        ({"format": None}, "consent.format.required"),
        ({"format": WordingFormat.INTERPRETER}, "consent.interpreter_name.required"),
        ({"format": WordingFormat.BSL}, "consent.interpreter_name.required"),
        ({"given_by": None}, "consent.given_by.required"),
        ({"capacity": None}, "consent.capacity.required"),
        ({"age_check": None}, "consent.age_check.required"),
        ({"method": None}, "consent.method.required"),
        ({"statement": ""}, "consent.statement.required"),
        ({"read_back": False}, "consent.read_back.required"),
        ({"statement": "x" * 1001}, "consent.statement.too_long"),
        ({"ward": "St\x00Andrew"}, "consent.ward.bad_format"),
        ({"voids": frozenset({line_id("g1")})}, "consent.voids.not_permitted"),
    ],
)
def test_an_answer_that_cannot_be_proved_is_refused_by_field(changed: dict[str, Any], code: str) -> None:
    assert problem(asked(**changed)) == code


@pytest.mark.parametrize("method", [ConsentMethod.WRITTEN_SIGNATURE, ConsentMethod.LETTER_OR_EMAIL])
def test_what_the_person_wrote_need_not_be_read_back(method: ConsentMethod) -> None:
    assert give(asked(method=method, read_back=False)).method is method


@pytest.mark.parametrize("method", sorted(set(ConsentMethod) - {ConsentMethod.WRITTEN_SIGNATURE}))
def test_no_method_ever_needs_a_drawn_signature(method: ConsentMethod) -> None:
    event = asked(method=method, witness_name="Ines Roque", witness_role="speech therapist")
    assert give(event).method is method


WITNESSED = ("own_mark", "mouth_stick_mark", "eye_gaze", "blink_code", "switch_device", "letter_board")


@pytest.mark.parametrize("method", ConsentMethod)
def test_a_witness_stands_by_where_the_asker_reads_the_answer(method: ConsentMethod) -> None:
    if method in WITNESSED:
        assert problem(asked(method=method)) == "consent.witness_name.required"
        assert problem(asked(method=method, witness_name="Ines Roque")) == "consent.witness_role.required"
        by_asker = asked(method=method, witness_name="PRIYA", witness_role="worker")
        assert problem(by_asker) == "consent.witness_name.not_permitted"
    else:
        assert give(asked(method=method)).witness_name == ""


OTHERS = sorted(set(GivenBy) - {GivenBy.SELF})


@pytest.mark.parametrize("giver", OTHERS)
def test_somebody_else_who_answers_is_named_with_the_evidence_seen(giver: GivenBy) -> None:
    no = Cell(org=BU, purpose=Purpose.CASEWORK, decision=Decision.REFUSED)
    assert problem(asked(given_by=giver), no) == "consent.given_by_name.required"
    assert problem(asked(given_by=giver, given_by_name="Jo Adeyemi"), no) == "consent.evidence_seen.required"
    named = asked(given_by=giver, given_by_name="Jo Adeyemi", evidence_seen="order of 2 March")
    assert give(named, no).given_by is giver


@pytest.mark.parametrize("giver", [GivenBy.ATTORNEY_PROPERTY, GivenBy.OTHER])
def test_who_may_only_stop_cannot_agree(giver: GivenBy) -> None:
    named = asked(given_by=giver, given_by_name="Jo Adeyemi", evidence_seen="paper seen")
    assert problem(named) == "consent.given_by.not_permitted"


def test_a_parent_cannot_agree_for_somebody_of_16() -> None:
    named = asked(given_by=GivenBy.PARENT_OR_PR, given_by_name="Jo Adeyemi", evidence_seen="birth certificate")
    assert problem(named) == "consent.given_by.not_permitted"


@pytest.mark.parametrize("capacity", sorted(set(Capacity) - {Capacity.PRESUMED}))
def test_a_judgement_of_capacity_says_who_when_and_with_what_support(capacity: Capacity) -> None:
    no = Cell(org=BU, purpose=Purpose.CASEWORK, decision=Decision.REFUSED)
    assert problem(asked(capacity=capacity), no) == "consent.capacity_check.required"
    unsupported = replace(ASSESSED, support_given=" ")
    assert problem(asked(capacity=capacity, capacity_check=unsupported), no) == "consent.capacity_check.required"
    tomorrow = replace(ASSESSED, on=date(2026, 5, 4))
    assert problem(asked(capacity=capacity, capacity_check=tomorrow), no) == "consent.capacity_check.in_future"
    assert give(asked(capacity=capacity, capacity_check=ASSESSED), no).capacity is capacity


def test_somebody_who_lacks_capacity_now_cannot_agree_but_may_refuse() -> None:
    lacking = asked(capacity=Capacity.ASSESSED_LACKS_NOW, capacity_check=ASSESSED)
    assert problem(lacking) == "consent.capacity.not_permitted"
    fluctuating = asked(capacity=Capacity.FLUCTUATING, capacity_check=ASSESSED)
    assert give(fluctuating).lines[0].decision is Decision.AGREED


def child(**changed: Any) -> ConsentEvent:
    return asked(**{"age_check": AgeCheck.UNDER_16, "gillick": COMPETENT, **changed})


def parent(**changed: Any) -> ConsentEvent:
    by_parent = {
        "given_by": GivenBy.PARENT_OR_PR,
        "given_by_name": "Jo Adeyemi",
        "evidence_seen": "birth certificate",
        "gillick": replace(COMPETENT, result=Gillick.NOT_COMPETENT),
    }
    return child(**{**by_parent, **changed})


def test_a_competent_child_agrees_alone() -> None:
    assert give(child()).lines[0].decision is Decision.AGREED


@pytest.mark.parametrize("result", [Gillick.NOT_COMPETENT, Gillick.NOT_ASSESSED])
def test_a_child_who_was_not_found_competent_cannot_agree(result: Gillick) -> None:
    assert problem(child(gillick=replace(COMPETENT, result=result))) == "consent.gillick.not_permitted"


@pytest.mark.parametrize(
    "gillick",
    [
        None,
        replace(COMPETENT, understood=""),
        replace(COMPETENT, could_go_wrong="  "),
        replace(COMPETENT, parent_told=YesNo.UNKNOWN),
        replace(COMPETENT, parent_told_why=""),
    ],
)
def test_what_a_child_understood_is_written_down(gillick) -> None:
    assert problem(child(gillick=gillick)) == "consent.gillick.required"


def test_a_parent_answers_only_for_a_child_who_is_not_competent() -> None:
    assert give(parent()).given_by is GivenBy.PARENT_OR_PR
    assert problem(parent(gillick=COMPETENT)) == "consent.given_by.not_permitted"


def test_a_parent_cannot_agree_over_a_competent_childs_no_but_the_child_may() -> None:
    no = replace(child(), lines=(refused("r1"),))
    childs_no = childs_noes([no])
    assert childs_no == {line_id("r1")}
    held = [refused("r1")]
    assert problem(parent(), held=held, childs_no=childs_no) == "consent.given_by.not_permitted"
    yes = give(child(), held=held, childs_no=childs_no)
    assert yes.lines[0].cites == {line_id("r1")}
    assert childs_noes([no, yes]) == frozenset()


def test_a_parents_yes_ends_the_day_before_the_sixteenth_birthday() -> None:
    event = give(parent(), dob=PartialDate("2011-02-10"))
    assert event.lines[0].ends_on == date(2027, 2, 9)
    assert event.lines[0].review_on == date(2027, 2, 9)
    too_long = replace(event, lines=(replace(event.lines[0], ends_on=date(2027, 2, 10)),))
    assert fault(too_long, dob=PartialDate("2011-02-10")) == "consent.ends_on.out_of_range"


def test_a_parents_yes_for_a_year_of_birth_ends_with_its_first_possible_birthday() -> None:
    assert give(parent(), dob=PartialDate("2011")).lines[0].ends_on == date(2026, 12, 31)
    assert give(parent(), dob=PartialDate("2010")).lines[0].ends_on == ASKED_ON


def test_a_full_day_of_birth_decides_the_age_whatever_was_ticked() -> None:
    assert give(asked(), dob=PartialDate("2010-05-03")).age_check is AgeCheck.AGE_16_OR_OVER
    assert problem(asked(), dob=PartialDate("2010-05-04")) == "consent.gillick.required"
    ticked = give(child(), dob=None)
    assert fault(ticked, dob=PartialDate("1980")) == "consent.age_check.out_of_range"
    assert fault(ticked, dob=PartialDate("2009")) == "consent.age_check.out_of_range"
    check_event(ticked, organisations=ALLIANCE, wording_hashes={HASH}, dob=PartialDate("2010"))
    assert fault(give(asked()), dob=PartialDate("2012")) == "consent.age_check.out_of_range"


def test_who_is_not_able_now_is_recorded_without_wording_or_giver() -> None:
    unable = Cell(org=BU, purpose=Purpose.REFERRAL_CONTACT, decision=Decision.NOT_ABLE_NOW)
    nothing_put = asked(
        wording="", wording_hash="", language="", format=None, given_by=None, capacity=None, age_check=None, method=None
    )
    assert give(nothing_put, unable).lines[0].decision is Decision.NOT_ABLE_NOW
    assert problem(nothing_put, replace(unable, org=AS), YES) == "consent.wording.required"


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("scope", Scope)
def test_no_purpose_goes_beyond_its_highest_scope(purpose: Purpose, scope: Scope) -> None:
    highest = {
        Purpose.REFERRAL_CONTACT: Scope.CONTACT_INJURY_NEEDS,
        Purpose.CASEWORK: Scope.FULL_NOTES,
        Purpose.MENTORING: Scope.CONTACT_INJURY_NEEDS,
        Purpose.SERVICE_IMPROVEMENT: Scope.CONTACT,
        Purpose.RESEARCH_CONTACT: Scope.CONTACT,
        Purpose.NEWS_AND_FUNDRAISING: Scope.CONTACT,
    }
    assert highest == HIGHEST_SCOPE
    cell = Cell(org=BU, purpose=purpose, decision=Decision.AGREED, scope=scope)
    order = list(Scope)
    if order.index(scope) > order.index(highest[purpose]):
        assert problem(asked(), cell) == "consent.scope.out_of_range"
    else:
        assert give(asked(), cell).lines[0].scope is scope


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"org": None}, "consent.org.required"),
        ({"purpose": None}, "consent.purpose.required"),
        ({"org_name_shown": ""}, "consent.org_name_shown.required"),
        ({"scope": None}, "consent.scope.required"),
        ({"org": X}, "consent.org.not_permitted"),
        ({"review_on": None}, "consent.review_on.required"),
        ({"ends_on": None}, "consent.ends_on.required"),
        ({"review_on": date(2028, 5, 4), "ends_on": date(2028, 5, 5)}, "consent.review_on.out_of_range"),
        ({"ends_on": date(2030, 1, 1)}, "consent.ends_on.out_of_range"),
        ({"ends_on": date(2026, 5, 1)}, "consent.ends_on.out_of_range"),
        ({"valid_from": date(2026, 5, 2)}, "consent.valid_from.before_start"),
        ({"valid_from": date(2028, 5, 4)}, "consent.valid_from.out_of_range"),
        ({"valid_from": date(2027, 7, 1), "ends_on": date(2027, 6, 1)}, "consent.ends_on.out_of_range"),
        ({"decision": Decision.WITHDRAWAL}, "consent.decision.not_permitted"),
        ({"decision": Decision.REFUSED}, "consent.scope.not_permitted"),
        ({"cites": frozenset({line_id("g1")})}, "consent.cites.not_permitted"),
    ],
)
def test_a_line_from_anywhere_is_checked_again(changed: dict[str, Any], code: str) -> None:
    assert fault(said(replace(agreed("g1"), **changed))) == code


def test_a_line_may_use_the_whole_of_what_the_policy_allows() -> None:
    last = date(2028, 5, 3)
    longest = replace(agreed("g1"), valid_from=last, review_on=last, ends_on=date(2029, 5, 3))
    check_event(said(longest), organisations=ALLIANCE, wording_hashes={HASH})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ask_again": None}, "consent.ask_again.required"),
        ({"ask_again": AskAgain.ON_DATE}, "consent.ask_again_on.required"),
        ({"ask_again": AskAgain.ON_DATE, "ask_again_on": ASKED_ON}, "consent.ask_again_on.before_start"),
        ({"withheld": frozenset({PackageField.DOB})}, "consent.scope.not_permitted"),
        ({"decision": Decision.DECIDE_LATER}, "consent.ask_again.not_permitted"),
    ],
)
def test_a_no_says_when_to_ask_again_and_nothing_about_scope(changed: dict[str, Any], code: str) -> None:
    assert fault(said(replace(refused("r1", ask_again=AskAgain.NEVER), **changed))) == code


def test_an_answer_says_each_thing_once_and_something_at_all() -> None:
    assert fault(said()) == "consent.lines.required"
    assert fault(said(agreed("g1"), agreed("g1", org=AS))) == "consent.lines.not_permitted"
    assert fault(said(agreed("g1"), refused("r1"))) == "consent.lines.not_permitted"


def test_a_charity_that_joins_later_is_never_covered_by_old_consents() -> None:
    newcomer = {**ALLIANCE, X: organisation(X, "Newcomer", joined_on=date(2027, 2, 1))}
    cell = replace(YES, org=X)
    assert problem(asked(), cell, organisations=newcomer) == "consent.org.not_permitted"
    joined = asked(at=datetime(2027, 2, 1, 12, 0, tzinfo=UTC))
    assert give(joined, cell, organisations=newcomer).lines[0].org_name_shown == "Newcomer"


@pytest.mark.parametrize(
    "fields", [{"left_on": date(2026, 5, 2)}, {"alliance_role": AllianceRole.OBSERVER}], ids=["left", "observes"]
)
def test_nobody_agrees_to_a_charity_that_receives_nothing_but_may_refuse_it(fields: dict[str, Any]) -> None:
    alliance = {BU: organisation(BU, "Back Up", **fields)}
    assert problem(asked(), YES, organisations=alliance) == "consent.org.not_permitted"
    no = Cell(org=BU, purpose=Purpose.REFERRAL_CONTACT, decision=Decision.REFUSED)
    assert give(asked(), no, organisations=alliance).lines[0].decision is Decision.REFUSED


def test_stopping_asks_for_nothing_but_what_to_stop() -> None:
    bare = ConsentEvent(
        id=RecordId(UUID(int=1)),
        org=AS,
        created_at=ASKED_AT,
        created_by=ASKER,
        created_role=Role.MENTOR,
        device=HEADER["device"],
        person=NOVA,
        kind=ConsentKind.WITHDRAWAL,
        asked_by=ASKER,
        asked_by_org=AS,
        at=ASKED_AT,
    )
    held = [agreed("g1"), agreed("g2", purpose=Purpose.CASEWORK), agreed("g3", org=AS)]
    event = withdraw_consent(bare, [(BU, None)], held=held, organisations=ALLIANCE, new_id=ids())
    (line,) = event.lines
    assert (line.org_name_shown, line.purpose, line.decision) == ("Back Up", None, Decision.WITHDRAWAL)
    assert line.cites == {line_id("g1"), line_id("g2")}
    known = [*held, line]
    assert effective(known, org=BU, purpose=Purpose.CASEWORK, on=ASKED_ON).kind is AnswerKind.NO
    assert effective(known, org=AS, purpose=Purpose.REFERRAL_CONTACT, on=ASKED_ON).kind is AnswerKind.YES


def test_stopping_everything_names_nobody_and_cites_everything() -> None:
    held = [agreed("g1"), agreed("g3", org=AS)]
    event = withdraw_consent(asked(), [(None, None)], held=held, organisations=ALLIANCE, new_id=ids())
    assert event.lines[0].org is None
    assert event.lines[0].cites == {line_id("g1"), line_id("g3")}


def test_a_stop_is_never_refused_for_how_it_was_written_down() -> None:
    odd = asked(kind=ConsentKind.WITHDRAWAL, ward="W" * 400, statement="x" * 9000, wording_hash="none", given_by=None)
    twice = (withdrawn("w1", cites=["w2"]), withdrawn("w2", org=X, purpose=None), withdrawn("w3"))
    voiding = replace(odd, lines=twice, voids=frozenset({line_id("g1")}))
    check_event(voiding, organisations={}, wording_hashes=())
    assert fault(odd) == "consent.lines.required"
    assert fault(replace(odd, lines=(agreed("g1"),))) == "consent.decision.not_permitted"


def test_a_yes_that_cites_the_unknown_is_parked_and_a_no_never() -> None:
    yes = said(agreed("g2", cites=["g1", "lost"]))
    assert unknown_cites(yes, {line_id("g1")}) == {line_id("lost")}
    assert unknown_cites(said(refused("r1", cites=["lost"])), ()) == frozenset()
    stop = said(withdrawn("w1", cites=["lost"]), kind=ConsentKind.WITHDRAWAL)
    assert unknown_cites(stop, ()) == frozenset()


def correction(**changed: Any) -> ConsentEvent:
    whole = {"kind": ConsentKind.CORRECTION, "voids": frozenset({line_id("g1")}), "reason": "recorded on a namesake"}
    return asked(**{**whole, **changed})


def test_a_correction_takes_back_only_a_yes_and_says_why() -> None:
    check_event(correction(), organisations={}, wording_hashes=(), held=[agreed("g1")])
    assert fault(correction(reason="")) == "consent.reason.required"
    assert fault(correction(voids=frozenset())) == "consent.voids.required"
    assert fault(correction(), held=[withdrawn("g1")]) == "consent.voids.not_permitted"
    assert fault(correction(), held=[]) == "consent.voids.not_permitted"
    assert fault(replace(correction(), lines=(agreed("g9"),))) == "consent.lines.not_permitted"


def override(**changed: Any) -> ConsentEvent:
    whole = {
        "kind": ConsentKind.OVERRIDE,
        "basis": OverrideBasis.VITAL_INTERESTS,
        "override_for": RecordId(UUID(int=7)),
        "reason": "Collapsed at home, ambulance needs the level.",
        "second_person_told": "Ines Roque",
    }
    return asked(**{**whole, **changed})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"basis": None}, "consent.basis.required"),
        ({"override_for": None}, "consent.override_for.required"),
        ({"reason": " "}, "consent.reason.bad_format"),
        ({"reason": "it was urgent"}, "consent.reason.out_of_range"),
        ({"second_person_told": ""}, "consent.second_person_told.required"),
    ],
)
def test_an_override_names_its_ground_its_reason_and_a_second_person(changed: dict[str, Any], code: str) -> None:
    check_event(override(), organisations={}, wording_hashes=())
    assert fault(override(**changed)) == code


def test_a_receipt_says_in_what_form_it_was_given() -> None:
    given = asked(
        kind=ConsentKind.RECEIPT_GIVEN, receipt_format=WordingFormat.EASY_READ, receipt_how=ReceiptHow.PRINTED
    )
    check_event(given, organisations={}, wording_hashes=())
    assert fault(replace(given, receipt_how=None)) == "consent.receipt_how.required"
    assert fault(replace(given, receipt_format=None)) == "consent.receipt_format.required"


@pytest.mark.parametrize("kind", [ConsentKind.PARTNER_TOLD, ConsentKind.PARTNER_CONFIRMED_STOP])
def test_what_a_partner_was_told_names_the_partner_the_lines_and_the_way(kind: ConsentKind) -> None:
    told = asked(kind=kind, told_org=BU, told_lines=frozenset({line_id("w1")}), how=HowTold.AUTOMATIC)
    check_event(told, organisations={}, wording_hashes=())
    assert fault(replace(told, told_org=None)) == "consent.told_org.required"
    assert fault(replace(told, told_lines=frozenset())) == "consent.told_lines.required"
    assert fault(replace(told, how=None)) == "consent.how.required"
