"""The totals endpoint: who is told what, and that small numbers of others stay with them."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain.clocks import london_day
from app.domain.codes import Decision, Purpose, Scope
from app.domain.ids import OrganisationId
from app.domain.impact_facts import STEPS
from app.errors import NotFoundError
from sync.central.listing import Listing
from sync.protocol.messages import TOTALS, ErrorCode, TotalsLine
from tests.central.conftest import Clock
from tests.central.device import AnsweredNoError, Device
from tests.central.story import answer, consent_op, person_ops, unsent_person
from tests.central.test_papers_from_laptops import office_of
from tests.helpers.central import AllianceService


def counted(alliance: AllianceService, ward: Device, count: int, decision: Decision = Decision.AGREED) -> None:
    """Register people who said what they think of being counted."""
    for at in range(count):
        person = unsent_person(alliance, ward, given_name=f"Person{at}")
        said = answer(person, "aspire", Purpose.SERVICE_IMPROVEMENT, decision, Scope.CONTACT)
        assert {result.state for result in ward.push(*person_ops(person), consent_op(ward, said))} == {"applied"}


def asked(device: Device) -> dict[tuple[str, str], TotalsLine]:
    device.token = ""
    lines = device.ask("GET", TOTALS).lines(TotalsLine)
    return {(line.of.value, str(line.org or "")): line for line in lines}


def test_a_charity_sees_its_own_and_what_may_be_told_of_the_others(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    counted(alliance, ward, 6)
    counted(alliance, ward, 2, Decision.REFUSED)
    office = office_of(alliance, "back_up")
    aspire = str(alliance.org("aspire"))
    assert asked(ward)["own", aspire].reached[0] == "0", "this month is not over"
    clock.advance(days=35)
    own, others = asked(ward), asked(office)
    assert own["own", aspire].steps == [step.value for step in STEPS]
    assert (own["own", aspire].reached[0], own["others", ""].reached[0]) == ("6", "0")
    assert (others["member", aspire].reached[0], others["alliance", ""].reached[0]) == ("6", "6")


def test_four_people_of_another_charity_are_told_to_nobody_else(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    counted(alliance, ward, 4)
    office = office_of(alliance, "back_up")
    clock.advance(days=35)
    told = asked(office)
    assert told["member", str(alliance.org("aspire"))].reached[0] == "under"
    assert "4" not in {*told["others", ""].reached, *told["alliance", ""].reached}


def test_who_may_not_read_totals_is_refused(alliance: AllianceService, intake: Device) -> None:
    with pytest.raises(AnsweredNoError) as refused:
        asked(intake)
    assert refused.value.refusal.error is ErrorCode.SCOPE_DENIED


def test_the_operator_reads_out_what_one_member_may_see(alliance: AllianceService, ward: Device, clock: Clock) -> None:
    counted(alliance, ward, 4)
    clock.advance(days=35)
    listing = Listing(alliance.administration, today=london_day(clock()))
    lines = [line.split("  ") for line in listing.totals(alliance.org("back_up"))]
    assert lines[0][2:] == [step.value for step in STEPS]
    assert {name: reached for name, reached, *_ in lines[1:]}["Aspire"] == "under"
    assert lines[1][0] == "Back Up"
    assert [name for name, *_ in lines[-2:]] == ["all others", "alliance"]
    with pytest.raises(NotFoundError):
        listing.totals(OrganisationId(UUID(int=7)))
