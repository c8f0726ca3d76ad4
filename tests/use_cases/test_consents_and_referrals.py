"""Consent opens, a no closes at once, and a referral goes exactly as far as consent, agreement and need reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.bodies import body_of
from app.domain.clocks import london_time
from app.domain.codes import (
    ConsentMethod,
    Decision,
    DeclineReason,
    Need,
    NextStep,
    Outcome,
    PackageField,
    PersonView,
    Purpose,
    ReferralState,
    Role,
    Scope,
    WithdrawalReason,
    YesNo,
)
from app.domain.consent import AnswerKind
from app.domain.consent_check import Cell
from app.domain.referral import Referral
from app.errors import BadInputError, BadTransitionError, GateError, NotFoundError, NotPermittedError
from app.use_cases import referrals
from app.use_cases.consents import ConsentForm, check_consent, consent_table, record_consent
from app.use_cases.person_page import open_person
from app.use_cases.refer import Request, preview_of, refer, send_again, services_for
from app.use_cases.stops import Stop, stop_sharing, what_is_shared
from app.use_cases.today import today
from tests.helpers.acts import answered, register, say, send
from tests.helpers.vaults import Laptop, make_actor


def _referral(ward: Laptop, referral_id) -> Referral:
    with ward.vault.reading() as read:
        return read.get(Referral, referral_id)


def test_the_matrix_begins_with_nothing_ticked_and_own_charity_first(ward: Laptop):
    table = consent_table(ward.vault, **ward.act, person_id=register(ward, needs=frozenset({Need.WHEELCHAIR_SKILLS})))
    assert [row.name for row in table.organisations] == ["Aspire", "Back Up", "Spinal Injuries Association"]
    assert {answer.kind for answer in table.current.values()} == {AnswerKind.NOT_ASKED}
    assert "Back Up" in table.sentence(ward.orgs["back_up"], Purpose.REFERRAL_CONTACT)


def test_checking_answers_writes_nothing(ward: Laptop):
    person = register(ward)
    checked = check_consent(ward.vault, **ward.act, person_id=person, form=answered(ward))
    assert checked[0].org_name == "Back Up"
    assert checked[0].ends_on is not None
    assert open_person(ward.vault, **ward.act, person_id=person).answers == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": None}, "consent.method.required"),
        ({"statement": ""}, "consent.statement.required"),
        ({"read_back": False}, "consent.read_back.required"),
        ({"method": ConsentMethod.BLINK_CODE}, "consent.witness_name.required"),
    ],
)
def test_a_yes_without_its_proof_is_refused_at_the_field(ward: Laptop, change, code: str):
    person = register(ward)
    form = answered(ward)
    fields = {name: getattr(form, name) for name in ConsentForm.__dataclass_fields__}
    with pytest.raises(BadInputError) as caught:
        record_consent(ward.vault, **ward.act, person_id=person, form=ConsentForm(**{**fields, **change}))
    assert caught.value.code == code
    assert open_person(ward.vault, **ward.act, person_id=person).answers == ()


def test_a_yes_proposes_an_introduction_to_the_front_door(ward: Laptop):
    recorded = say(ward, register(ward))
    assert recorded.introductions == (ward.services["back_up_outreach"],)


def test_a_referral_without_a_yes_stays_a_draft_and_says_why(ward: Laptop):
    person = register(ward)
    sent = send(ward, person)
    assert (sent.state, sent.gate) == (ReferralState.DRAFT, "gate_consent")
    with pytest.raises(GateError, match="gate_consent"):
        send_again(ward.vault, **ward.act, referral_id=sent.referral_id)
    say(ward, person)
    again = send_again(ward.vault, **ward.act, referral_id=sent.referral_id)
    assert again.state is ReferralState.QUEUED


def test_a_charity_outside_every_agreement_gets_nothing(ward: Laptop):
    person = register(ward)
    with pytest.raises(BadInputError):
        say(ward, person, org="sia")  # an observer that people are signposted to
    choices = services_for(ward.vault, **ward.act, person_id=person, needs=frozenset({Need.ADVOCACY}))
    assert any(choice.signpost_only for choice in choices)


def test_the_package_is_consent_and_agreement_and_need_and_nothing_struck(ward: Laptop):
    person = register(ward, dob=("3", "5", "1987"), known_as="Sam")
    say(ward, person, scope=Scope.CONTACT)
    request = Request(
        service_id=ward.services["back_up_wheelchair_skills"],
        needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        why="Would like to learn",
        struck=frozenset({PackageField.KNOWN_AS}),
    )
    shown = preview_of(ward.vault, **ward.act, person_id=person, request=request)
    held_back = {line.field: line.held_back_by for line in shown.lines if not line.sent}
    assert "dob" not in shown.package
    assert "known_as" not in shown.package
    assert held_back[PackageField.KNOWN_AS] == "struck"
    assert held_back[PackageField.WHY] == "consent"


def test_what_consent_or_a_strike_holds_back_stands_nowhere_in_what_travels(ward: Laptop):
    person = register(ward, expected_discharge=("1", "12", "2026"))
    say(ward, person, scope=Scope.CONTACT)
    request = Request(
        service_id=ward.services["back_up_wheelchair_skills"],
        needs=frozenset({Need.WHEELCHAIR_SKILLS, Need.COURSE}),
        why="Zzcanaryzz about her home",
        best_time="Quetzal o'clock",
        struck=frozenset({PackageField.BEST_TIME, PackageField.EXPECTED_DISCHARGE_ON}),
    )
    shown = preview_of(ward.vault, **ward.act, person_id=person, request=request)
    sent = refer(ward.vault, **ward.act, person_id=person, requests=(replace(request, shown_hash=shown.shown_hash),))[0]
    assert sent.state is ReferralState.QUEUED
    body = str(body_of(_referral(ward, sent.referral_id)))
    for held_back in ("Zzcanaryzz", "Quetzal", "2026-12-01", "'course'"):
        assert held_back not in body


def test_a_reason_is_asked_of_the_sender_even_where_it_will_not_travel(ward: Laptop):
    person = register(ward)
    say(ward, person, scope=Scope.CONTACT)
    request = Request(service_id=ward.services["back_up_outreach"], needs=frozenset({Need.TELEPHONE_SUPPORT}))
    with pytest.raises(BadInputError, match=r"referral\.why\.required"):
        refer(ward.vault, **ward.act, person_id=person, requests=(request,))


def test_what_is_sent_must_be_what_was_shown(ward: Laptop):
    person = register(ward)
    say(ward, person)
    request = Request(
        service_id=ward.services["back_up_wheelchair_skills"],
        needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        why="Would like to learn",
        shown_hash="0" * 64,
    )
    sent = refer(ward.vault, **ward.act, person_id=person, requests=(request,))[0]
    assert (sent.state, sent.gate) == (ReferralState.DRAFT, "gate_package")


def test_referrals_of_one_visit_are_saved_together_or_not_at_all(ward: Laptop):
    person = register(ward)
    say(ward, person)
    good = Request(service_id=ward.services["back_up_wheelchair_skills"], needs=frozenset({Need.COURSE}), why="Why")
    bad = Request(service_id=ward.services["back_up_outreach"], needs=frozenset(), why="Why")
    with pytest.raises(BadInputError, match=r"referral\.needs\.required"):
        refer(ward.vault, **ward.act, person_id=person, requests=(good, bad))
    assert open_person(ward.vault, **ward.act, person_id=person).referrals == ()


def test_a_second_open_referral_to_one_service_asks_for_a_reason(ward: Laptop):
    person = register(ward)
    say(ward, person)
    send(ward, person)
    with pytest.raises(BadInputError, match="duplicate_reason"):
        send(ward, person)


def test_a_referral_that_was_put_away_asks_for_no_reason_as_no_warning_shows_it(ward: Laptop):
    person = register(ward)
    say(ward, person)
    first = send(ward, person)
    with ward.vault.transaction(actor=ward.actor, now=ward.clock()) as work:
        work.change(Referral, first.referral_id, fields={"archived": True})
    second = send(ward, person)
    assert _referral(ward, second.referral_id).duplicate_of is None


def test_a_withdrawal_ends_queued_referrals_in_the_same_moment(ward: Laptop):
    person = register(ward)
    say(ward, person)
    sent = send(ward, person)
    assert sent.state is ReferralState.QUEUED
    ward.clock.forward(minutes=1)
    stopped = stop_sharing(ward.vault, **ward.act, person_id=person, stop=Stop(org=ward.orgs["back_up"]))
    assert stopped.referrals_withdrawn == 1
    assert _referral(ward, sent.referral_id).state is ReferralState.WITHDRAWN
    assert what_is_shared(ward.vault, now=ward.clock(), person_id=person) == ()


def test_stopping_one_purpose_leaves_the_others(ward: Laptop):
    person = register(ward)
    form = ConsentForm(
        answers=tuple(
            Cell(org=ward.orgs["back_up"], purpose=purpose, decision=Decision.AGREED, scope=Scope.CONTACT)
            for purpose in (Purpose.REFERRAL_CONTACT, Purpose.CASEWORK)
        ),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement="Yes",
        read_back=True,
    )
    record_consent(ward.vault, **ward.act, person_id=person, form=form)
    ward.clock.forward(minutes=1)
    stop = Stop(org=ward.orgs["back_up"], purpose=Purpose.REFERRAL_CONTACT)
    stop_sharing(ward.vault, **ward.act, person_id=person, stop=stop)
    shared = what_is_shared(ward.vault, now=ward.clock(), person_id=person)
    assert set(shared[0].purposes) == {Purpose.CASEWORK}


def test_a_new_yes_after_a_stop_counts_because_it_cites_the_stop(ward: Laptop):
    person = register(ward)
    say(ward, person)
    ward.clock.forward(minutes=1)
    stop_sharing(ward.vault, **ward.act, person_id=person, stop=Stop())
    ward.clock.forward(minutes=1)
    say(ward, person)
    shared = what_is_shared(ward.vault, now=ward.clock(), person_id=person)
    assert [each.org_name for each in shared] == ["Back Up"]


def test_a_clock_set_back_revives_nothing(ward: Laptop):
    person = register(ward)
    say(ward, person)
    ward.clock.forward(days=900)
    stop_day = ward.clock()
    say(ward, person, Decision.DECIDE_LATER, purpose=Purpose.MENTORING)
    ward.clock.now = stop_day - timedelta(days=1)
    shared = what_is_shared(ward.vault, now=ward.clock(), person_id=person)
    assert shared == ()


def test_not_able_now_comes_back_on_its_day(ward: Laptop):
    person = register(ward)
    say(ward, person, Decision.NOT_ABLE_NOW, purpose=Purpose.MENTORING)
    due = ward.clock().date() + timedelta(days=7)
    items = today(ward.vault, actor=ward.actor, now=london_time(due, 12, 0))
    assert [(item.code, item.person_name, item.due_on) for item in items] == [("ask_again", "Samira Osei", due)]
    ward.clock.forward(days=7)
    say(ward, person, purpose=Purpose.MENTORING)
    assert not [
        item for item in today(ward.vault, actor=ward.actor, now=london_time(due, 12, 0)) if item.code == "ask_again"
    ]


def test_nobody_who_said_stop_is_asked_again_about_it(ward: Laptop):
    person = register(ward)
    say(ward, person, Decision.NOT_ABLE_NOW, purpose=Purpose.MENTORING)
    say(ward, person, Decision.DECIDE_LATER, org="aspire", purpose=Purpose.CASEWORK)
    ward.clock.forward(minutes=1)
    stop_sharing(ward.vault, **ward.act, person_id=person, stop=Stop(org=ward.orgs["back_up"]))
    soon = ward.clock().date() + timedelta(days=14)
    items = [
        item for item in today(ward.vault, actor=ward.actor, now=london_time(soon, 12, 0)) if item.code == "ask_again"
    ]
    assert [item.words["organisation"] for item in items] == ["Aspire"]


def test_only_the_receivers_team_may_answer(ward: Laptop):
    person = register(ward)
    say(ward, person)
    sent = send(ward, person)
    with pytest.raises(NotPermittedError):
        referrals.open_as_receiver(ward.vault, **ward.act, referral_id=sent.referral_id)
    ward.actor = make_actor("aspire", Role.INTAKE_WORKER, "Kim")
    with pytest.raises(NotFoundError):
        referrals.open_as_receiver(ward.vault, **ward.act, referral_id=sent.referral_id)


def _received(ward: Laptop):
    """A referral that has reached the partner, as it stands on the partner's laptop."""
    person = register(ward)
    say(ward, person)
    sent = send(ward, person)
    with ward.vault.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE referral SET body = json_set(body, '$.state', 'sent', '$.sent_at', '2026-11-22T09:00:00.000Z')"
        )
    ward.actor = make_actor("back_up", Role.INTAKE_WORKER, "Jo", teams=("outreach_support",))
    return sent.referral_id


def test_the_inbox_shows_what_is_new_and_opening_is_an_act_of_its_own(ward: Laptop):
    referral_id = _received(ward)
    assert [row.referral_id for row in referrals.inbox(ward.vault, **ward.act).new] == [referral_id]
    view = referrals.referral_view(ward.vault, **ward.act, referral_id=referral_id)
    assert view.is_receiver
    assert view.referral.state is ReferralState.SENT
    assert ReferralState.RECEIVED in view.moves
    referrals.open_as_receiver(ward.vault, **ward.act, referral_id=referral_id)
    assert [row.referral_id for row in referrals.inbox(ward.vault, **ward.act).to_decide] == [referral_id]


def test_a_decline_needs_a_coded_reason_and_a_next_step(ward: Laptop):
    referral_id = _received(ward)
    with pytest.raises(BadInputError, match=r"referral\.reason"):
        referrals.decline(ward.vault, **ward.act, referral_id=referral_id, reason=None, next_step=None)
    with pytest.raises(BadInputError, match="next_step"):
        referrals.decline(
            ward.vault, **ward.act, referral_id=referral_id, reason=DeclineReason.NO_CAPACITY, next_step=None
        )
    declined = referrals.decline(
        ward.vault,
        **ward.act,
        referral_id=referral_id,
        reason=DeclineReason.NO_CAPACITY,
        next_step=NextStep.SENDER_CONTACTS_PERSON,
    )
    assert declined.state is ReferralState.DECLINED_BY_SERVICE


def test_accepting_unopened_is_an_illegal_step_with_the_state_it_is_in(ward: Laptop):
    referral_id = _received(ward)
    with pytest.raises(BadTransitionError) as caught:
        referrals.accept(ward.vault, **ward.act, referral_id=referral_id, first_step_on=ward.clock().date())
    assert caught.value.detail["state"] == "sent"


def test_a_referral_is_taken_back_with_a_reason(ward: Laptop):
    person = register(ward)
    say(ward, person)
    sent = send(ward, person)
    with pytest.raises(BadInputError, match="reason"):
        referrals.take_back(ward.vault, **ward.act, referral_id=sent.referral_id, reason=None)
    taken = referrals.take_back(
        ward.vault, **ward.act, referral_id=sent.referral_id, reason=WithdrawalReason.SENT_BY_MISTAKE
    )
    assert taken.state is ReferralState.WITHDRAWN


def test_a_failing_second_half_leaves_no_first_half(ward: Laptop, monkeypatch: pytest.MonkeyPatch):
    person = register(ward)
    say(ward, person)
    sent = send(ward, person)
    ward.clock.forward(minutes=1)

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "the disk was pulled")

    monkeypatch.setattr("app.storage.unit_of_work.index_people", fail)
    with pytest.raises(OSError, match="pulled"):
        stop_sharing(ward.vault, **ward.act, person_id=person, stop=Stop())
    assert _referral(ward, sent.referral_id).state is ReferralState.QUEUED
    assert what_is_shared(ward.vault, now=ward.clock(), person_id=person)


def test_a_finished_referral_is_closed_with_the_persons_view(ward: Laptop):
    referral_id = _received(ward)
    today_ = ward.clock().date()
    referrals.open_as_receiver(ward.vault, **ward.act, referral_id=referral_id)
    referrals.accept(ward.vault, **ward.act, referral_id=referral_id, first_step_on=today_)
    referrals.start(ward.vault, **ward.act, referral_id=referral_id, first_contact_at=ward.clock(), channel="phone")
    referrals.complete(ward.vault, **ward.act, referral_id=referral_id, outcome=Outcome.GOT_HELP, ended_on=today_)
    ward.actor = make_actor()
    closed = referrals.close(
        ward.vault, **ward.act, referral_id=referral_id, person_view=PersonView.YES, person_told=YesNo.YES
    )
    assert closed.state is ReferralState.CLOSED


def test_a_referral_within_one_charity_is_answered_by_its_own_team(ward: Laptop):
    person = register(ward)
    say(ward, person, org="aspire")
    send(ward, person, "aspire_housing", Need.HOUSING)
    with ward.vault.writing() as connection:
        connection.exec_driver_sql("UPDATE referral SET body = json_set(body, '$.state', 'sent')")
    ward.actor = make_actor("aspire", Role.INTAKE_WORKER, "Kim", teams=("housing",))
    new = referrals.inbox(ward.vault, **ward.act).new
    view = referrals.referral_view(ward.vault, **ward.act, referral_id=new[0].referral_id)
    assert view.is_receiver
    assert ReferralState.RECEIVED in view.moves
    opened = referrals.open_as_receiver(ward.vault, **ward.act, referral_id=new[0].referral_id)
    assert opened.state is ReferralState.RECEIVED
