"""The re-ask list: one test for each reason, and for whoever must never stand on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from app.domain.codes import (
    AskAgain,
    ConsentKind,
    Decision,
    GivenBy,
    Need,
    PackageField,
    PersonStatus,
    Purpose,
    ServiceStatus,
    WordingFormat,
)
from app.domain.consent_event import ConsentEvent, ConsentWording
from app.domain.directory import Service
from app.domain.ids import OrganisationId, RecordId, SiteId
from app.domain.person import Person, Stay
from app.domain.reask import Asked, Reask, ReaskReason, reask
from app.domain.record import PartialDate
from app.domain.record_rules import wording_hash
from tests.domain.consent_kit import (
    ALLIANCE,
    AS,
    ASKED_ON,
    BU,
    HEADER,
    NOVA,
    X,
    agreed,
    line,
    organisation,
    refused,
    said,
    withdrawn,
)

SAID = {"org_name_shown": "Back Up"}


def nova(**fields: Any) -> Person:
    return Person(**{**HEADER, "id": RecordId(NOVA), "org": AS, "given_name": "Nova", **fields})


def asked_of(*events: ConsentEvent, **fields: Any) -> Asked:
    known = {
        "person": nova(),
        "events": events,
        "stays": (),
        "organisations": {BU: ALLIANCE[BU]},
        "services": (),
        "wordings": (),
        "policy": {},
    }
    return Asked(**{**known, **fields})


def reasons(asked: Asked, on: date) -> list[tuple[OrganisationId, ReaskReason, date]]:
    return [(row.org, row.reason, row.due_on) for row in reask(asked, on=on)]


def offer(org: OrganisationId, need: Need, **fields: Any) -> Service:
    known = {
        "id": RecordId(UUID(int=org.int + 1)),
        "org": org,
        "name": "A service",
        "provider": org,
        "needs": frozenset({need}),
        "status": ServiceStatus.ACTIVE,
        "intake_team": "intake",
        "needed_fields": frozenset({PackageField.NAME}),
        "checked_on": ASKED_ON,
        "checked_by": "Ines Roque",
    }
    return Service(**{**HEADER, **known, **fields})


def a_stay(discharged_on: date | None) -> Stay:
    return Stay(**HEADER, id=RecordId(UUID(int=60)), org=AS, person=NOVA, site=SiteId(UUID(int=61)),
                discharged_on=discharged_on)  # fmt: skip


def test_a_standing_yes_is_on_the_list_30_days_before_it_ends() -> None:
    yes = asked_of(said(agreed("g1")))  # to 1 August 2027
    assert reasons(yes, date(2027, 7, 1)) == []
    assert reasons(yes, date(2027, 7, 2)) == [(BU, ReaskReason.EXPIRING, date(2027, 7, 2))]
    assert reasons(yes, date(2027, 8, 1)) == [(BU, ReaskReason.EXPIRING, date(2027, 7, 2))]
    assert reasons(yes, date(2027, 8, 2)) == [(BU, ReaskReason.LAPSED, date(2027, 8, 2))]
    assert reasons(yes, date(2027, 8, 30)) == [(BU, ReaskReason.EXPIRED, date(2027, 8, 2))]


def test_a_parents_yes_is_asked_again_of_the_young_person_at_16() -> None:
    ended = agreed("g9", review_on=date(2027, 9, 9), ends_on=date(2027, 9, 9))
    by_parent = said(ended, given_by=GivenBy.PARENT_OR_PR)
    born = nova(dob=PartialDate("2011-09-10"))
    assert reasons(asked_of(by_parent, person=born), date(2027, 9, 10)) == [
        (BU, ReaskReason.TURNED_16, date(2027, 9, 10))
    ]
    assert reasons(asked_of(said(ended), person=born), date(2027, 9, 10)) == [
        (BU, ReaskReason.LAPSED, date(2027, 9, 10))
    ]


def test_crossed_answers_come_before_everything_else() -> None:
    crossed = asked_of(
        said(agreed("g1")),
        said(withdrawn("w1", cites=["g1"]), kind=ConsentKind.WITHDRAWAL),
        said(agreed("g2", cites=["g1"])),
        said(refused("r1", purpose=Purpose.MENTORING, ask_again=AskAgain.ON_DATE, ask_again_on=date(2026, 5, 4))),
    )
    (row,) = reask(crossed, on=date(2026, 6, 1))
    assert row == Reask(
        person=NOVA,
        org=BU,
        reason=ReaskReason.CROSSED,
        purposes=frozenset({Purpose.REFERRAL_CONTACT}),
        due_on=ASKED_ON,
    )


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (Decision.NOT_ABLE_NOW, ReaskReason.NOT_ABLE_NOW_DUE),
        (Decision.DECIDE_LATER, ReaskReason.DECIDE_LATER_DUE),
        (Decision.REFUSED, ReaskReason.REFUSED_DUE),
    ],
)
def test_a_day_to_ask_again_is_due_on_that_day(decision: Decision, reason: ReaskReason) -> None:
    day = date(2026, 5, 10)
    later = asked_of(said(line("n1", decision, ask_again=AskAgain.ON_DATE, ask_again_on=day)))
    assert reasons(later, date(2026, 5, 9)) == []
    assert reasons(later, day) == [(BU, reason, day)]


def test_who_is_deciding_still_has_the_yes_they_gave_and_is_asked_on_the_day() -> None:
    later = line("l1", Decision.DECIDE_LATER, cites=["g1"], ask_again=AskAgain.ON_DATE, ask_again_on=date(2026, 5, 17))
    events = said(agreed("g1")), said(later)
    assert reasons(asked_of(*events), date(2026, 5, 17)) == [(BU, ReaskReason.DECIDE_LATER_DUE, date(2026, 5, 17))]


def test_a_refusal_without_a_day_is_due_after_180_days_or_as_the_policy_says() -> None:
    no = said(refused("r1", ask_again=AskAgain.NOT_SAID))
    assert reasons(asked_of(no), date(2026, 10, 29)) == []
    assert reasons(asked_of(no), date(2026, 10, 30)) == [(BU, ReaskReason.REFUSED_DUE, date(2026, 10, 30))]
    sooner = asked_of(no, policy={"refused_days": 90})
    assert reasons(sooner, date(2026, 8, 1)) == [(BU, ReaskReason.REFUSED_DUE, date(2026, 8, 1))]


def test_a_refusal_until_after_discharge_is_due_the_day_after_it() -> None:
    no = said(refused("r1", ask_again=AskAgain.AFTER_DISCHARGE))
    assert reasons(asked_of(no, stays=(a_stay(None),)), date(2030, 1, 1)) == []
    assert reasons(asked_of(no, stays=(a_stay(date(2026, 5, 2)),)), date(2030, 1, 1)) == []
    gone = asked_of(no, stays=(a_stay(date(2026, 6, 1)),))
    assert reasons(gone, date(2026, 6, 1)) == []
    assert reasons(gone, date(2026, 6, 2)) == [(BU, ReaskReason.REFUSED_DUE, date(2026, 6, 2))]


def test_who_said_never_is_never_prompted() -> None:
    never = asked_of(said(refused("r1", ask_again=AskAgain.NEVER)))
    assert reasons(never, date(2036, 1, 1)) == []


def test_a_withdrawal_is_not_asked_about_again() -> None:
    stopped = asked_of(said(agreed("g1")), said(withdrawn("w1", cites=["g1"]), kind=ConsentKind.WITHDRAWAL))
    assert reasons(stopped, date(2036, 1, 1)) == []


def wording(number: int, made: datetime, *, material: bool) -> ConsentWording:
    texts = {"casework": f"Version {number}"}
    return ConsentWording(
        **{**HEADER, "created_at": made},
        id=RecordId(UUID(int=70 + number)),
        org=AS,
        version=str(number),
        language="en-GB",
        format=WordingFormat.STANDARD,
        texts=texts,
        hash=wording_hash(texts),
        material_change=material,
    )


def test_a_yes_to_words_that_have_changed_their_meaning_is_asked_again() -> None:
    newer = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    older = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
    yes = said(agreed("g1"))
    day = date(2026, 7, 1)
    changed = asked_of(yes, wordings=(wording(2, newer, material=True),))
    assert reasons(changed, day) == [(BU, ReaskReason.WORDING_CHANGED, day)]
    assert reasons(asked_of(yes, wordings=(wording(2, newer, material=False),)), day) == []
    assert reasons(asked_of(yes, wordings=(wording(2, older, material=True),)), day) == []


def test_a_charity_that_joins_and_offers_what_is_needed_is_asked_about() -> None:
    newcomer = organisation(X, "Newcomer", joined_on=date(2027, 2, 1))
    alliance = {**ALLIANCE, X: newcomer}
    need = nova(needs=frozenset({Need.LEGAL}))
    asked = asked_of(
        said(agreed("g1", org=AS), agreed("g2", org=BU)),
        person=need,
        organisations=alliance,
        services=(offer(X, Need.LEGAL), offer(BU, Need.COURSE)),
    )
    assert reasons(asked, date(2027, 1, 31)) == []
    assert reasons(asked, date(2027, 2, 1)) == [(X, ReaskReason.NEW_MEMBER, date(2027, 2, 1))]
    closed = replace(asked, services=(offer(X, Need.LEGAL, status=ServiceStatus.CLOSED),))
    assert reasons(closed, date(2027, 2, 1)) == []
    named = replace(asked, events=(*asked.events, said(line("n1", Decision.NOT_ASKED, org=X))))
    assert reasons(named, date(2027, 2, 1)) == []


def test_a_stop_to_everything_takes_the_person_off_the_list_until_they_agree_to_something() -> None:
    stop = said(withdrawn("w0", org=None, purpose=None), kind=ConsentKind.WITHDRAWAL)
    need = nova(needs=frozenset({Need.COURSE}))
    asked = asked_of(stop, person=need, services=(offer(BU, Need.COURSE),))
    assert reasons(asked, date(2030, 1, 1)) == []
    again = asked_of(stop, said(agreed("g1", cites=["w0"])), person=need)
    assert reasons(again, date(2027, 8, 2)) == [(BU, ReaskReason.LAPSED, date(2027, 8, 2))]


@pytest.mark.parametrize("status", sorted(set(PersonStatus) - {PersonStatus.ACTIVE}))
def test_only_somebody_active_is_asked(status: PersonStatus) -> None:
    asked = asked_of(said(agreed("g1")), person=nova(status=status))
    assert reasons(asked, date(2027, 8, 2)) == []


def test_nobody_is_asked_about_a_charity_that_has_left() -> None:
    left = {BU: organisation(BU, "Back Up", left_on=date(2027, 1, 1))}
    assert reasons(asked_of(said(agreed("g1")), organisations=left), date(2027, 8, 2)) == []


def test_a_voided_yes_is_no_reason() -> None:
    correction = said(kind=ConsentKind.CORRECTION, voids=frozenset({agreed("g1").line_id}))
    assert reasons(asked_of(said(agreed("g1")), correction), date(2027, 8, 2)) == []


def test_the_list_is_in_the_order_of_its_reasons() -> None:
    events = said(agreed("g1", org=BU)), said(line("n1", Decision.NOT_ABLE_NOW, org=AS))
    asked = asked_of(*events, organisations=ALLIANCE)
    assert [row[:2] for row in reasons(asked, date(2027, 8, 2))] == [
        (BU, ReaskReason.LAPSED),
        (AS, ReaskReason.NOT_ABLE_NOW_DUE),
    ]


def test_of_two_refusals_one_never_is_never() -> None:
    soon = refused("r1", ask_again=AskAgain.ON_DATE, ask_again_on=date(2026, 6, 1))
    asked = asked_of(said(soon), said(refused("r2", ask_again=AskAgain.NEVER)))
    assert reasons(asked, date(2030, 1, 1)) == []


def test_a_stop_to_everything_stays_whatever_a_correction_says() -> None:
    stop = withdrawn("w0", org=None, purpose=None)
    correction = said(kind=ConsentKind.CORRECTION, voids=frozenset({stop.line_id}))
    need = nova(needs=frozenset({Need.COURSE}))
    events = said(stop, kind=ConsentKind.WITHDRAWAL), correction
    assert reasons(asked_of(*events, person=need, services=(offer(BU, Need.COURSE),)), date(2030, 1, 1)) == []


def test_one_charity_is_one_line_with_all_its_purposes_due_since_the_first() -> None:
    case = agreed("g2", purpose=Purpose.CASEWORK, review_on=date(2027, 4, 3), ends_on=date(2027, 7, 1))
    (row,) = reask(asked_of(said(agreed("g1"), case)), on=date(2027, 8, 10))
    assert row.reason is ReaskReason.LAPSED
    later = agreed("g3", purpose=Purpose.MENTORING, ends_on=date(2027, 7, 31))
    (row,) = reask(asked_of(said(agreed("g1"), later)), on=date(2027, 8, 10))
    assert row.purposes == {Purpose.REFERRAL_CONTACT, Purpose.MENTORING}
    assert row.due_on == date(2027, 8, 1)


def test_words_that_changed_twice_are_due_since_the_first_change() -> None:
    changes = (
        wording(2, datetime(2026, 8, 1, 9, 0, tzinfo=UTC), material=True),
        wording(3, datetime(2026, 7, 1, 9, 0, tzinfo=UTC), material=True),
    )
    assert reasons(asked_of(said(agreed("g1")), wordings=changes), date(2026, 9, 1)) == [
        (BU, ReaskReason.WORDING_CHANGED, date(2026, 7, 1))
    ]


def test_a_discharge_on_the_day_of_asking_counts() -> None:
    no = said(refused("r1", ask_again=AskAgain.AFTER_DISCHARGE))
    asked = asked_of(no, stays=(a_stay(ASKED_ON),))
    assert reasons(asked, date(2026, 5, 4)) == [(BU, ReaskReason.REFUSED_DUE, date(2026, 5, 4))]


def test_a_parents_yes_is_found_among_other_events() -> None:
    ended = agreed("g9", review_on=date(2027, 9, 9), ends_on=date(2027, 9, 9))
    events = said(ended, given_by=GivenBy.PARENT_OR_PR), said(line("n1", Decision.NOT_ASKED, purpose=Purpose.CASEWORK))
    born = nova(dob=PartialDate("2011-09-10"))
    (row,) = reask(asked_of(*events, person=born), on=date(2027, 9, 10))
    assert row.reason is ReaskReason.TURNED_16
