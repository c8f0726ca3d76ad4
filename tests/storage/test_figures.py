"""Figures are those of a recount by other means, whatever the history, and stay so after every change."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.domain.aggregate import aggregate_of
from app.domain.bodies import KINDS, record_of
from app.domain.codes import JourneyStage, MentorKind, RecordType, Role
from app.domain.ids import AggregateId, PersonId, RecordId
from app.domain.impact import RULES, Dimension, Motion, Selection, Tally, addends_of, of_programme, of_ward
from app.domain.impact_facts import Step, Wait, Why, facts_of, heard_in
from app.storage.exchange import PageScope, PulledPage, PulledRow, RowKind
from app.storage.figures import is_behind, stale_people, take_facts, tally
from app.storage.held import Held
from app.use_cases import impact
from tests.helpers.acts import register
from tests.helpers.programme import SCOPE, Histories, fill, rows_of
from tests.helpers.recount import Recount
from tests.helpers.vaults import Laptop, make_actor, make_laptop, stable_id

PEOPLE = 400
ON = date(2026, 12, 1)
YEAR = Selection(since="2026-01", until="2026-12")
EVER = Selection(since="2000-01", until="2099-12")
SELECTIONS = (
    YEAR,
    Selection(since="2025-01", until="2027-12"),
    Selection(since="2026-03", until="2026-03"),
    Selection(since="2025-04", until="2026-06", scope=of_programme(MentorKind.FAMILY)),
    Selection(since="2025-01", until="2026-12", scope=of_ward(f"{stable_id('site', 'salisbury')}|Cedar")),
    Selection(since="2031-01", until="2031-12"),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Laptop]:
    laptop = make_laptop(tmp_path_factory.mktemp("office"), actor=make_actor("back_up", Role.COORDINATOR, "Cai"))
    fill(laptop.vault, Histories(laptop.actor.org), PEOPLE)
    take_all(laptop)
    yield laptop
    laptop.vault.close()


def take_all(laptop: Laptop) -> None:
    with laptop.vault.writing() as connection:
        while take_facts(connection, laptop.actor.org, most=150):
            pass


def counted(laptop: Laptop, selection: Selection = YEAR) -> Tally:
    with laptop.vault.reading() as read:
        return tally(read.connection, selection, on=ON, stuck_days=21)


@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda each: f"{each.since}-{each.until}")
def test_figures_are_those_of_a_recount(office: Laptop, selection: Selection) -> None:
    found, again = counted(office, selection), Recount(Histories(office.actor.org), selection, people=PEOPLE, on=ON)
    order = list(Step)
    for number, step in enumerate(order):
        reached = sum(count for (furthest, _), count in found.way.items() if order.index(furthest) >= number)
        assert reached == again.steps[step], step
    for why in Why:
        assert sum(count for (_, reason), count in found.way.items() if reason is why) == again.why[why], why
    for dimension in (Dimension.WARD, Dimension.PROGRAMME, Dimension.NATION, Dimension.SUPPORT):
        missed = {group: missed for group, (missed, _) in found.groups[dimension].items() if missed}
        assert missed == {group: n for (name, group), n in again.not_reached.items() if name == dimension}
        assert sum(sum(both) for both in found.groups[dimension].values()) == again.steps["met"]
    for wait in Wait:
        assert found.waits.get(wait, {}) == Counter(again.waits[wait]), wait
    assert found.ended == again.ended
    assert found.stages == {(JourneyStage(s), Motion(m)): n for (s, m), n in again.stages.items()}
    for name in ("ready", "matched", "goals", "goals_met", "calls", "risen", "not_risen"):
        assert getattr(found, name) == again.sums[name], name
    assert found.scores == {
        score: (len(both), sum(each[0] for each in both), sum(each[1] for each in both))
        for score, both in again.scores.items()
    }
    assert found.months.keys() == again.months.keys()
    for month, facts in found.months.items():
        expected = again.months[month]
        for name in ("held", "missed_by_mentee", "missed_by_mentor", "minutes", "mentee_sum", "mentee_answers"):
            assert getattr(facts, name) == expected[name], (month, name)
        assert (facts.mentor_sum, facts.mentor_answers) == (expected["mentor_sum"], expected["mentor_answers"])


def test_the_histories_hold_something_of_everything(office: Laptop) -> None:
    """A recount of nothing would agree with anything."""
    found = counted(office, SELECTIONS[1])
    assert {step for step, _ in found.way} == set(Step)
    assert set(found.waits) == set(Wait)
    assert len({why for _, why in found.way}) >= 9
    assert {stage for stage, _ in found.stages} == set(JourneyStage)
    assert {motion for _, motion in found.stages} == set(Motion)
    assert found.doubtful
    assert min(found.calls, found.goals_met, found.matched) > 20
    assert min(found.risen, found.not_risen) > 0
    assert len(found.scores) == 6


def stale(laptop: Laptop) -> int:
    with laptop.vault.reading() as read:
        return stale_people(read.connection)


def kept_of(laptop: Laptop, person: UUID) -> int:
    with laptop.vault.reading() as read:
        return sum(
            read.connection.exec_driver_sql(
                f"SELECT count(*) FROM {table} WHERE agg_id = ?", (person.bytes,)
            ).scalar_one()
            for table in ("figure_person", "figure_stale")
        )


@pytest.fixture
def desk(tmp_path: Path) -> Iterable[Laptop]:
    laptop = make_laptop(tmp_path / "desk", actor=make_actor("back_up", Role.COORDINATOR, "Cai"))
    fill(laptop.vault, Histories(laptop.actor.org), 40)
    take_all(laptop)
    yield laptop
    laptop.vault.close()


def test_a_person_registered_here_counts_at_the_next_look(desk: Laptop) -> None:
    before = sum(counted(desk).way.values())
    assert stale(desk) == 0
    register(desk, "Ama Boateng")
    assert stale(desk) == 1
    take_all(desk)
    assert stale(desk) == 0
    assert sum(counted(desk).way.values()) == before + 1


def test_a_page_that_arrives_is_counted_at_the_next_look(desk: Laptop) -> None:
    histories = Histories(desk.actor.org)
    rows = tuple(rows_of(histories.draw(41), 100_000))
    scope = PageScope(id=SCOPE, epoch=7, seq=200_000, at_head=True)
    Held(desk.vault).apply_page(PulledPage(scopes=(scope,), rows=rows, server_time=datetime.now(UTC)))
    assert stale(desk) == 1


def test_of_a_person_who_is_dropped_no_figure_is_left(desk: Laptop) -> None:
    person = Histories(desk.actor.org).draw(3).person
    assert kept_of(desk, person)
    with desk.vault.reading() as read:
        held = read.connection.exec_driver_sql("SELECT id, type FROM rec_meta WHERE agg_id = ?", (person.bytes,)).all()
    rows = tuple(
        PulledRow(0, 300_000 + number, RowKind.DROP, RecordId(UUID(bytes=key)), AggregateId(person), kind)
        for number, (key, kind) in enumerate(held)
    )
    scope = PageScope(id=SCOPE, epoch=7, seq=400_000, at_head=True)
    Held(desk.vault).apply_page(PulledPage(scopes=(scope,), rows=rows, server_time=datetime.now(UTC)))
    assert kept_of(desk, person) == 0


def test_taking_facts_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    laptop = make_laptop(tmp_path / "desk", actor=make_actor("back_up", Role.COORDINATOR, "Cai"))
    fill(laptop.vault, Histories(laptop.actor.org), 30)
    with laptop.vault.writing() as connection:
        left = take_facts(connection, laptop.actor.org, most=10)
    assert left == stale(laptop) == 20
    laptop.vault.close()


def test_whoever_a_record_leaves_is_taken_anew_like_whoever_it_comes_to(tmp_path: Path) -> None:
    laptop = make_laptop(tmp_path / "o", actor=make_actor("back_up", Role.COORDINATOR, "Cai"))
    fill(laptop.vault, Histories(laptop.actor.org), 60)
    take_all(laptop)
    with laptop.vault.writing() as connection:
        rid, leaves = connection.exec_driver_sql("SELECT rid, agg_id FROM referral LIMIT 1").one()
        find = "SELECT agg_id FROM person WHERE agg_id <> ? LIMIT 1"
        comes = connection.exec_driver_sql(find, (leaves,)).scalar_one()
        # As the service's body moves it when one person is two again.
        connection.exec_driver_sql("UPDATE referral SET agg_id = ? WHERE rid = ?", (comes, rid))
        assert {leaves, comes} <= set(connection.exec_driver_sql("SELECT agg_id FROM figure_stale").scalars())


def test_sums_of_older_rules_are_taken_anew_once_for_whoever_is_here(desk: Laptop) -> None:
    person = register(desk, "Ama Boateng")
    while impact.prepare(desk.vault, actor=desk.actor):
        pass
    before = counted(desk, EVER)
    with desk.vault.writing() as connection:
        # As an older version left it: sums by other rules, and somebody whom those did not count.
        connection.exec_driver_sql("DELETE FROM setting WHERE name = 'figure_rules'")
        connection.exec_driver_sql("DELETE FROM figure_person WHERE agg_id = ?", (person.bytes,))
    assert counted(desk, EVER) != before
    assert impact.prepare(desk.vault, actor=desk.actor) == 0
    assert counted(desk, EVER) == before
    assert stale(desk) == 0
    with desk.vault.reading() as read:
        assert not is_behind(read.connection)


def test_who_changes_what_people_add_raises_the_version_of_the_rules() -> None:
    histories = Histories(make_actor("back_up").org)
    told = hashlib.sha256()
    for number in range(1, 121):
        raw = histories.draw(number)
        records = [
            record_of(KINDS[RecordType(kind)], record_id, body)
            for kind, bodies in raw.records.items()
            for record_id, body in bodies
        ]
        facts = facts_of(aggregate_of(PersonId(raw.person), records), org=histories.org, heard=heard_in(records))
        added = sorted(addends_of(facts)) if facts is not None else []
        told.update(repr([tuple(map(str, each)) for each in added]).encode())
    assert (RULES, told.hexdigest()[:16]) == (2, "30b4ef8a3542c762"), (
        "sums that older versions kept would stay as they are"
    )
