"""Effective consent: every worked example of domain.md 5.4, and what holds for any set of lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.codes import AskAgain, ConsentKind, Decision, PackageField, Purpose, Scope
from app.domain.consent import (
    NO,
    Answer,
    AnswerKind,
    NoReason,
    cites_for,
    consent_day,
    crossed,
    effective,
    heads,
    lines_of,
    voided_by,
)
from app.domain.consent_event import ConsentLine
from app.domain.ids import LineId, OrganisationId
from tests.domain.consent_kit import AS, ASKED_ON, BU, X, agreed, asked, line, line_id, refused, said, withdrawn

DAY = date(2026, 6, 1)


def answer(*lines: ConsentLine, org: OrganisationId = BU, purpose: Purpose = Purpose.REFERRAL_CONTACT) -> Answer:
    return effective(lines, org=org, purpose=purpose, on=DAY)


def is_crossed(*lines: ConsentLine, org: OrganisationId = BU) -> bool:
    return crossed(lines, org=org, purpose=Purpose.REFERRAL_CONTACT)


def test_example_1_one_yes_is_a_yes_of_its_scope() -> None:
    got = answer(agreed("g1"))
    assert (got.kind, got.scope, got.line_ids) == (AnswerKind.YES, Scope.CONTACT_INJURY, {line_id("g1")})
    assert got.opens_new
    assert got.opens_reading


def test_example_2_a_stop_ends_a_yes_until_a_new_yes_cites_both() -> None:
    g1, w1 = agreed("g1"), withdrawn("w1", cites=["g1"])
    got = answer(g1, w1)
    assert (got.kind, got.reason) == (AnswerKind.NO, NoReason.WITHDRAWN)
    assert not got.opens_reading
    assert answer(g1, w1, agreed("g3", cites=["g1", "w1"])).kind is AnswerKind.YES


def test_example_3_a_yes_that_did_not_see_the_stop_changes_nothing_and_is_crossed() -> None:
    week_ahead = ASKED_ON + timedelta(days=7)
    lines = agreed("g1"), withdrawn("w1", cites=["g1"]), agreed("g2", cites=["g1"], valid_from=week_ahead)
    got = answer(*lines)
    assert (got.kind, got.reason) == (AnswerKind.NO, NoReason.WITHDRAWN)
    assert is_crossed(*lines)


def test_example_4_a_yes_to_one_charity_after_a_stop_to_everything_leaves_the_others_stopped() -> None:
    lines = withdrawn("w0", org=None, purpose=None), agreed("g4", org=AS, cites=["w0"])
    assert answer(*lines, org=AS).kind is AnswerKind.YES
    got = answer(*lines, org=BU)
    assert (got.kind, got.reason) == (AnswerKind.NO, NoReason.WITHDRAWN)
    assert not is_crossed(*lines, org=AS)


def test_example_5_of_two_yeses_the_strictest_counts() -> None:
    lines = (
        agreed("g1", scope=Scope.CONTACT_INJURY_NEEDS, ends_on=date(2026, 12, 31)),
        agreed("g5", scope=Scope.CONTACT, ends_on=date(2026, 6, 30), withheld=frozenset({PackageField.LANGUAGE})),
    )
    got = answer(*lines)
    assert (got.kind, got.scope, got.ends_on) == (AnswerKind.YES, Scope.CONTACT, date(2026, 6, 30))
    assert got.withheld == {PackageField.LANGUAGE}
    july = effective(lines, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=date(2026, 7, 1))
    assert july.kind is AnswerKind.LAPSED


def test_of_two_yeses_the_later_beginning_counts() -> None:
    lines = agreed("g1", valid_from=date(2026, 5, 3)), agreed("g2", valid_from=date(2026, 7, 1))
    got = answer(*lines)
    assert (got.kind, got.start_on) == (AnswerKind.NOT_YET, date(2026, 7, 1))


def test_a_plain_stop_or_refusal_is_an_answer_and_not_crossed() -> None:
    assert not is_crossed(agreed("g1"), withdrawn("w1", cites=["g1"]))
    assert not is_crossed(refused("r1"), refused("r2"))
    assert not is_crossed(agreed("g1"), agreed("g2"))


@pytest.mark.parametrize(
    ("moment", "kind"),
    [
        (datetime(2027, 3, 28, 22, 30, tzinfo=UTC), AnswerKind.YES),
        (datetime(2027, 3, 28, 23, 10, tzinfo=UTC), AnswerKind.LAPSED),
    ],
)
def test_example_6_the_last_day_is_a_london_day_on_the_night_the_clocks_went_forward(
    moment: datetime, kind: AnswerKind
) -> None:
    on = consent_day(laptop=moment)
    lines = [agreed("g1", ends_on=date(2027, 3, 28))]
    assert effective(lines, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=on).kind is kind


def test_example_7_a_charity_nobody_named_was_not_asked_about() -> None:
    lines = agreed("g1", org=AS), agreed("g1b", org=BU)
    assert answer(*lines, org=X).kind is AnswerKind.NOT_ASKED


def test_example_8_somebody_not_able_now_has_said_neither_yes_nor_no() -> None:
    n1 = line("n1", Decision.NOT_ABLE_NOW, ask_again=AskAgain.ON_DATE, ask_again_on=date(2026, 5, 10))
    got = answer(n1)
    assert got.kind is AnswerKind.NOT_ABLE_NOW
    assert not got.opens_new
    assert not got.opens_reading


def test_example_9_somebody_who_said_never_may_still_ring_up_and_agree() -> None:
    r1 = refused("r1", ask_again=AskAgain.NEVER)
    assert answer(r1).reason is NoReason.REFUSED
    assert answer(r1, agreed("g6", cites=["r1"])).kind is AnswerKind.YES


def test_example_10_merging_a_yes_with_a_no_is_a_no() -> None:
    lines = agreed("g1", org=AS), refused("r2", org=AS)
    got = answer(*lines, org=AS)
    assert (got.kind, got.reason) == (AnswerKind.NO, NoReason.REFUSED)
    assert is_crossed(*lines, org=AS)


def test_example_11_two_yeses_that_each_saw_another_stop_are_crossed() -> None:
    lines = withdrawn("w1"), withdrawn("w2"), agreed("g7", cites=["w1"]), agreed("g8", cites=["w2"])
    got = answer(*lines)
    assert (got.kind, got.reason) == (AnswerKind.NO, NoReason.CROSSED)
    assert is_crossed(*lines)


def test_example_12_a_yes_recorded_on_the_wrong_person_never_was() -> None:
    g1 = agreed("g1")
    correction = asked(kind=ConsentKind.CORRECTION, voids=frozenset({g1.line_id}), reason="wrong person")
    events = [said(g1), correction]
    got = effective(lines_of(events), org=BU, purpose=Purpose.REFERRAL_CONTACT, on=DAY, voided=voided_by(events))
    assert got.kind is AnswerKind.NOT_ASKED


def test_example_13_a_parents_yes_lapses_on_the_sixteenth_birthday() -> None:
    g9 = agreed("g9", review_on=date(2027, 9, 9), ends_on=date(2027, 9, 9))
    got = effective([g9], org=BU, purpose=Purpose.REFERRAL_CONTACT, on=date(2027, 9, 10))
    assert got.kind is AnswerKind.LAPSED


def test_example_14_setting_the_laptop_back_revives_nothing() -> None:
    on = consent_day(
        laptop=datetime(2026, 12, 1, 9, 0, tzinfo=UTC),
        server=datetime(2027, 4, 1, 9, 0, tzinfo=UTC),
        newest=datetime(2027, 2, 1, 9, 0, tzinfo=UTC),
    )
    lines = [agreed("g1", ends_on=date(2027, 3, 28))]
    assert effective(lines, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=on).kind is AnswerKind.LAPSED


def test_example_15_each_purpose_stands_alone() -> None:
    lines = agreed("g1", purpose=Purpose.MENTORING), refused("r1", purpose=Purpose.CASEWORK)
    assert answer(*lines, purpose=Purpose.MENTORING).kind is AnswerKind.YES
    assert answer(*lines, purpose=Purpose.CASEWORK).kind is AnswerKind.NO
    assert answer(*lines, purpose=Purpose.REFERRAL_CONTACT).kind is AnswerKind.NOT_ASKED


def test_example_16_deciding_later_does_not_take_a_yes_away() -> None:
    later = line("l1", Decision.DECIDE_LATER, cites=["g1"])
    assert answer(agreed("g1"), later).kind is AnswerKind.YES
    assert answer(later).kind is AnswerKind.DECIDE_LATER


def test_a_yes_runs_from_its_first_day_through_its_last_and_28_days_of_grace() -> None:
    g1 = [agreed("g1", valid_from=date(2026, 6, 1), ends_on=date(2026, 8, 31))]

    def kind(on: date) -> AnswerKind:
        return effective(g1, org=BU, purpose=Purpose.REFERRAL_CONTACT, on=on).kind

    assert kind(date(2026, 5, 31)) is AnswerKind.NOT_YET
    assert kind(date(2026, 6, 1)) is AnswerKind.YES
    assert kind(date(2026, 8, 31)) is AnswerKind.YES
    assert kind(date(2026, 9, 1)) is AnswerKind.LAPSED
    assert kind(date(2026, 9, 28)) is AnswerKind.LAPSED
    assert kind(date(2026, 9, 29)) is AnswerKind.EXPIRED


def test_only_yes_opens_sending_and_only_yes_and_lapsed_open_reading() -> None:
    opening = {kind: (Answer(kind=kind).opens_new, Answer(kind=kind).opens_reading) for kind in AnswerKind}
    assert opening.pop(AnswerKind.YES) == (True, True)
    assert opening.pop(AnswerKind.LAPSED) == (False, True)
    assert set(opening.values()) == {(False, False)}


def test_a_yes_that_names_no_end_is_not_for_ever() -> None:
    endless = replace(agreed("g1"), ends_on=None)
    assert answer(endless).kind is not AnswerKind.YES


def test_a_no_is_never_voided_whatever_a_correction_says() -> None:
    w1 = withdrawn("w1", cites=["g1"])
    got = effective([agreed("g1"), w1], org=BU, purpose=Purpose.REFERRAL_CONTACT, on=DAY, voided={w1.line_id})
    assert got.reason is NoReason.WITHDRAWN


def test_two_yeses_that_cite_each_other_are_dishonest_and_count_as_no() -> None:
    lines = agreed("g1", cites=["g2"]), agreed("g2", cites=["g1"])
    assert answer(*lines) == Answer(kind=AnswerKind.NO, reason=NoReason.CROSSED)
    assert is_crossed(*lines)


def test_a_line_that_cites_itself_gains_nothing() -> None:
    assert answer(withdrawn("w1"), agreed("g1", cites=["g1"])).kind is AnswerKind.NO
    assert answer(agreed("g1", cites=["g1"])).kind is AnswerKind.YES


def test_a_stop_to_every_purpose_of_one_charity_stops_each_of_them() -> None:
    lines = agreed("g1"), agreed("g2", purpose=Purpose.CASEWORK), withdrawn("w1", purpose=None, cites=["g1", "g2"])
    assert answer(*lines).reason is NoReason.WITHDRAWN
    assert answer(*lines, purpose=Purpose.CASEWORK).reason is NoReason.WITHDRAWN


def test_a_yes_stays_when_its_charity_is_one_of_many_and_another_is_stopped() -> None:
    lines = agreed("g1", org=AS), agreed("g2", org=BU), withdrawn("w1", org=BU, purpose=None, cites=["g2"])
    assert answer(*lines, org=AS).kind is AnswerKind.YES


def test_a_new_line_cites_every_line_of_its_organisation_and_purpose_wildcards_included() -> None:
    lines = (
        agreed("g1"),
        withdrawn("w0", org=None, purpose=None),
        withdrawn("w1", org=BU, purpose=None),
        agreed("as", org=AS),
        agreed("case", purpose=Purpose.CASEWORK),
    )
    assert cites_for(lines, BU, Purpose.REFERRAL_CONTACT) == {line_id("g1"), line_id("w0"), line_id("w1")}
    assert cites_for(lines, None, None) == {each.line_id for each in lines}
    assert cites_for(lines, BU, None) == {line_id(name) for name in ("g1", "w0", "w1", "case")}


def test_only_answers_and_withdrawals_carry_standing_lines() -> None:
    override = said(agreed("g1"), kind=ConsentKind.OVERRIDE)
    assert lines_of([override]) == ()
    assert lines_of([said(agreed("g2")), said(withdrawn("w1"), kind=ConsentKind.WITHDRAWAL)]) == (
        agreed("g2"),
        withdrawn("w1"),
    )


NAMES = [f"l{number}" for number in range(6)]


@st.composite
def line_sets(draw: st.DrawFn) -> list[ConsentLine]:
    lines = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        decision = draw(st.sampled_from(Decision))
        wild = decision is Decision.WITHDRAWAL and draw(st.booleans())
        cites = draw(st.frozensets(st.sampled_from(NAMES)))
        fields = {"org": None if wild else draw(st.sampled_from([AS, BU]))}
        if decision is Decision.AGREED:
            fields |= {
                "scope": draw(st.sampled_from(Scope)),
                "valid_from": ASKED_ON + timedelta(days=draw(st.integers(0, 60))),
                "ends_on": ASKED_ON + timedelta(days=draw(st.integers(0, 60))),
            }
        lines.append(line(name, decision, cites=cites, **fields))
    return lines


@given(lines=line_sets(), randomly=st.randoms(use_true_random=False), voided=st.frozensets(st.sampled_from(NAMES)))
@settings(max_examples=200)
def test_neither_order_nor_repetition_changes_the_answer(lines, randomly, voided) -> None:
    taken_back = frozenset(line_id(name) for name in voided)
    repeated = [*lines, *lines]
    randomly.shuffle(repeated)
    for org in (AS, BU):
        asked_of = {"org": org, "purpose": Purpose.REFERRAL_CONTACT, "voided": taken_back}
        assert effective(lines, on=DAY, **asked_of) == effective(repeated, on=DAY, **asked_of)
        assert crossed(lines, **asked_of) == crossed(repeated, **asked_of)


@given(lines=line_sets(), more=st.sampled_from([Decision.REFUSED, Decision.WITHDRAWAL]))
@settings(max_examples=150)
def test_a_no_that_nothing_cites_always_wins(lines, more) -> None:
    stop = ConsentLine(
        line_id=LineId(UUID(int=9)), org=BU, purpose=Purpose.REFERRAL_CONTACT, decision=more, valid_from=ASKED_ON
    )
    got = answer(*lines, stop)
    assert got.kind is AnswerKind.NO
    assert not got.opens_reading


@given(lines=line_sets())
@settings(max_examples=150)
def test_a_yes_rests_on_agreed_lines_that_cite_every_no_and_goes_no_further_than_any(lines) -> None:
    got = answer(*lines)
    if got.kind not in (AnswerKind.YES, AnswerKind.LAPSED, AnswerKind.EXPIRED, AnswerKind.NOT_YET):
        return
    resting = [each for each in lines if each.line_id in got.line_ids]
    noes = {each.line_id for each in lines if each.org in (None, BU) and each.decision in NO}
    assert resting
    assert all(each.decision is Decision.AGREED and noes <= each.cites for each in resting)
    order = list(Scope)
    assert all(order.index(got.scope) <= order.index(each.scope) for each in resting)
    assert all(got.ends_on <= each.ends_on and got.start_on >= each.valid_from for each in resting)


@given(lines=line_sets(), names=st.sampled_from([AS, BU]))
@settings(max_examples=150)
def test_a_new_yes_that_cites_what_is_held_always_counts(lines, names) -> None:
    cites = cites_for(lines, names, Purpose.REFERRAL_CONTACT)
    new = replace(agreed("new", org=names, ends_on=date(2030, 1, 1)), cites=cites)
    lines = [*lines, new]
    got = answer(*lines, org=names)
    assert got.kind is AnswerKind.YES
    assert got.line_ids == {new.line_id}
    assert not is_crossed(*lines, org=names)


@given(lines=line_sets())
def test_heads_are_the_lines_that_nothing_else_cites(lines) -> None:
    unanswered = heads(lines)
    for each in lines:
        cited = any(each.line_id in other.cites for other in lines if other.line_id != each.line_id)
        assert (each in unanswered) is not cited
