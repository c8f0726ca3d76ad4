"""The figures endpoint: the laptop's own figures over the whole charity, and of the alliance what may be told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from app.domain.clocks import london_day
from app.domain.codes import Decision, OpKind, Purpose, RecordType, Religion, Role, Scope
from app.domain.equality import EqualityAnswers
from app.domain.ids import OrganisationId
from app.domain.impact import EVERYBODY, Selection
from app.domain.impact_facts import Step, Wait
from app.domain.impact_tables import TOTAL, Cell, Column, Figure, Figures
from app.domain.periods import Period, months_of
from app.domain.suppression import Kept
from app.domain.told_figures import ToldFigures, Whose
from app.errors import BadInputError, NotFoundError
from app.use_cases import impact
from sync.central.listing import Listing
from sync.central.scopes import scope_id
from sync.central.tables import TYPE_NUMBERS
from sync.protocol.figures import told_figures
from sync.protocol.messages import FIGURES, ErrorCode, FiguresLine
from tests.central.conftest import Clock
from tests.central.device import AnsweredNoError, Device
from tests.central.story import answer, consent_op, person_ops, unsent_person
from tests.central.test_papers_from_laptops import office_of
from tests.helpers.central import AllianceService
from tests.helpers.postgres import PostgresServer
from tests.helpers.programme import Histories, fill
from tests.helpers.recount import Recount
from tests.helpers.vaults import make_actor, make_laptop

PEOPLE = 150


def agree(alliance: AllianceService, ward: Device, count: int, decision: Decision = Decision.AGREED) -> None:
    """Register people who said what they think of being counted."""
    for at in range(count):
        person = unsent_person(alliance, ward, given_name=f"Person{at}")
        said = answer(person, "aspire", Purpose.SERVICE_IMPROVEMENT, decision, Scope.CONTACT)
        assert {result.state for result in ward.push(*person_ops(person), consent_op(ward, said))} == {"applied"}


def asked(device: Device) -> list[ToldFigures]:
    device.token = ""
    told = [told_figures(line) for line in device.ask("GET", FIGURES).lines(FiguresLine)]
    return [each for each in told if each is not None]


def of_alliance(device: Device) -> Figures:
    (told,) = (each for each in asked(device) if each.whose is Whose.ALLIANCE)
    assert told.period is Period.ALL
    return told.figures


def met(figures: Figures, org: OrganisationId) -> tuple[Cell, Cell]:
    """How many were met with one charity, and together."""
    (table,) = (each for each in figures.tables if each.figure is Figure.BY_CHARITY)
    return table.cell(str(org), Column.MET), table.cell(TOTAL, Column.MET)


def store(url: str, org: OrganisationId, histories: Histories, people: int) -> None:
    """Lay histories into the service's tables, as the charity's own programme may see them."""
    records, seen = [], []
    for number in range(1, people + 1):
        raw = histories.draw(number)
        seen.append((raw.person, scope_id(f"programme:{org}"), org))
        records += [
            (raw.person, record_id, TYPE_NUMBERS[RecordType(kind)], org, Jsonb(body))
            for kind, bodies in raw.records.items()
            for record_id, body in bodies
        ]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sync.writer', '1', true)")
        cursor.executemany(
            "INSERT INTO record(agg_id, id, type, cls, owner, rev, body, fstamp, chash, last_op)"
            " VALUES (%s, %s, %s, 1, %s, 1, %s, '{}', '', gen_random_uuid())",
            records,
        )
        cursor.executemany("INSERT INTO visibility(agg_id, scope_id, owner, cls) VALUES (%s, %s, %s, 1)", seen)


def test_the_whole_charity_adds_up_to_what_a_laptop_counts_that_holds_everybody_and_to_a_recount(
    alliance: AllianceService, postgres: PostgresServer, tmp_path: Path
) -> None:
    office = office_of(alliance, "back_up", role="coordinator", scope="programme:")
    org = alliance.org("back_up")
    histories = Histories(org)
    store(make_conninfo(postgres.superuser_url, dbname=alliance.database.name), org, histories, PEOPLE)
    actor = replace(make_actor("back_up", Role.COORDINATOR, "Cai"), org=org)
    laptop = make_laptop(tmp_path / "laptop", actor=actor)
    fill(laptop.vault, histories, PEOPLE)
    while impact.prepare(laptop.vault, actor=actor):
        pass
    now = alliance.service.clock()
    told = [each for each in asked(office) if each.whose is Whose.ORGANISATION]
    assert {each.day for each in told} == {london_day(now)}
    scopes = set()
    for each in told:
        scope = each.figures.selection.scope
        here = impact.impact(laptop.vault, actor=actor, now=now, period=each.period, scope=scope)
        assert (each.figures.selection, each.figures.is_empty) == (here.selection, here.is_empty)
        assert here.is_empty or each.figures.tables == here.tables, (each.period, scope)
        scopes.add(scope)
    assert scopes == {EVERYBODY, *here.scopes}
    assert len([each for each in told if not each.figures.is_empty]) > 40
    laptop.vault.close()
    check_by_recount(told, histories, now.date())


def check_by_recount(told: list[ToldFigures], histories: Histories, on: date) -> None:
    """Every number of the way and of waiting that is told is the one that code finds which knows no rule."""
    shown = 0
    for each in told:
        if each.figures.is_empty or each.figures.selection.scope:
            continue
        since, until = months_of(each.period, on)
        again = Recount(histories, Selection(since=since, until=until), people=PEOPLE, on=on)
        tables = {table.figure: table for table in each.figures.tables}
        cells = [(tables[Figure.WAY].cell(step, Column.REACHED), again.steps[step]) for step in Step]
        cells += [(tables[Figure.TIMES].cell(wait, Column.PEOPLE), len(again.waits[wait])) for wait in Wait]
        for cell, count in cells:
            assert isinstance(cell, Kept) or cell == count
            shown += not isinstance(cell, Kept)
    assert shown > 30


def test_of_the_alliance_a_charity_sees_its_own_and_what_may_be_told_of_the_others(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    agree(alliance, ward, 6)
    agree(alliance, ward, 2, Decision.REFUSED)
    office = office_of(alliance, "back_up")
    aspire = alliance.org("aspire")
    assert of_alliance(ward).is_empty, "this month is not over"
    clock.advance(days=35)
    assert met(of_alliance(ward), aspire) == met(of_alliance(office), aspire) == (6, 6)


def test_four_people_of_another_charity_are_told_to_nobody_else(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    agree(alliance, ward, 4)
    office = office_of(alliance, "back_up")
    clock.advance(days=35)
    told = of_alliance(office)
    assert met(told, alliance.org("aspire")) == (Kept.HIDDEN, Kept.HIDDEN)
    assert 4 not in {cell for table in told.tables for row in table.rows for cell in row.cells}


def test_who_reads_no_reports_of_a_whole_charity_is_told_none(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    assert {each.whose for each in asked(ward)} == {Whose.ALLIANCE}
    with pytest.raises(AnsweredNoError) as refused:
        asked(intake)
    assert refused.value.refusal.error is ErrorCode.SCOPE_DENIED


def test_the_operator_reads_out_what_one_member_may_see(alliance: AllianceService, ward: Device, clock: Clock) -> None:
    agree(alliance, ward, 6)
    clock.advance(days=35)
    listing = Listing(alliance.administration, today=london_day(clock()))
    back_up = alliance.org("back_up")
    lines = [line.split("  ") for line in listing.figures(back_up, Whose.ALLIANCE, Period.ALL)]
    assert ["Aspire", "6", "0", "6", "0"] in lines
    assert ["way", "reached", "stopped", "share_of_met"] in lines
    own = listing.figures(alliance.org("aspire"), Whose.ORGANISATION, Period.ALL)
    assert "met  6  0  100" in own
    assert len(listing.figures(back_up, Whose.ORGANISATION, Period.LAST_YEAR)) == 1, "there is nobody"
    with pytest.raises(BadInputError):
        listing.figures(back_up, Whose.ALLIANCE, Period.LAST_YEAR)
    with pytest.raises(NotFoundError):
        listing.figures(OrganisationId(UUID(int=7)), Whose.ALLIANCE, Period.ALL)


def test_equality_answers_are_counted_in_the_year_and_told_to_no_device(
    alliance: AllianceService, ward: Device, clock: Clock
) -> None:
    coordinator = office_of(alliance, "aspire", role="coordinator", scope="programme:")
    for at in range(6):
        person = unsent_person(alliance, ward, given_name=f"Person{at}")
        said = EqualityAnswers(
            **ward.header(),
            person=person.person_id,
            list_version="gss-2021",
            answered_on=london_day(clock()),
            religion=Religion.SIKH,
        )
        results = ward.push(*person_ops(person), ward.create(said, OpKind.APPEND))
        assert {result.state for result in results} == {"applied"}
    seen = {row.record_type for device in (ward, coordinator) for row in device.cycle()}
    assert "person" in seen
    assert "equality_answers" not in seen
    clock.advance(days=370)
    (year,) = (
        each
        for each in asked(coordinator)
        if (each.whose, each.period) == (Whose.ORGANISATION, Period.LAST_YEAR) and not each.figures.selection.scope
    )
    tables = {table.figure: table for table in year.figures.tables}
    assert tables[Figure.BY_RELIGION].cell("sikh", Column.MET) == 6
    assert tables[Figure.BY_RELIGION].cell("", Column.MET) == 0
    assert Figure.BY_SEX not in tables, "nobody answered that list"
    assert Figure.BY_RELIGION not in {
        table.figure
        for each in asked(coordinator)
        if each.period is not Period.LAST_YEAR or each.figures.selection.scope
        for table in each.figures.tables
    }
