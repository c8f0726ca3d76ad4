"""Figures are those of a recount by other means, whatever the history, and stay so after every change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.domain.codes import JourneyStage, MentorKind, Role
from app.domain.ids import AggregateId, RecordId
from app.domain.impact import Dimension, Motion, Selection, Tally, of_programme, of_ward
from app.domain.impact_facts import Step, Wait, Why
from app.storage.exchange import PageScope, PulledPage, PulledRow, RowKind
from app.storage.figures import stale_people, take_facts, tally
from app.storage.held import Held
from tests.helpers.acts import register
from tests.helpers.programme import SCOPE, Histories, Raw, fill, rows_of
from tests.helpers.vaults import Laptop, make_actor, make_laptop, stable_id

PEOPLE = 400
ON = date(2026, 12, 1)
LONDON = ZoneInfo("Europe/London")
YEAR = Selection(since="2026-01", until="2026-12")
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


def day_of(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(LONDON).date()


class Recount:
    """The same figures from the bodies alone, person by person, knowing nothing of the program's rules."""

    def __init__(self, histories: Histories, selection: Selection) -> None:
        self.org, self.partner = str(histories.org), str(histories.partner)
        self.selection = selection
        self.steps: Counter[str] = Counter()
        self.why: Counter[str] = Counter()
        self.not_reached: Counter[tuple[str, str]] = Counter()
        self.waits: dict[str, list[int]] = {each.value: [] for each in Wait}
        self.stages: Counter[tuple[str, str]] = Counter()
        self.ended: Counter[str] = Counter()
        self.months: dict[str, Counter[str]] = {}
        self.sums: Counter[str] = Counter()
        self.scores: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number in range(1, PEOPLE + 1):
            self._person(histories.draw(number))

    def _within(self, month: str) -> bool:
        return self.selection.since <= month <= self.selection.until

    def _person(self, raw: Raw) -> None:
        people, profiles = raw.of("person"), raw.of("mentee_profile")
        if people and people[0]["status"] == "entered_in_error":
            return
        if not people and not profiles:
            return
        stays = sorted(raw.of("stay"), key=lambda each: (each["created_at"], each["id"]))
        ward = f"{stays[-1]['site']}|{stays[-1].get('ward', '')}" if stays else ""
        programme = profiles[0]["wanted_kind"] if profiles else ""
        if self.selection.scope not in ("", f"programme:{programme}", f"ward:{ward}"):
            return
        if people and self._within(str(day_of(people[0]["created_at"]))[:7]):
            self._way(raw, people[0], {"ward": ward, "programme": programme})
        if profiles:
            self._mentoring(raw, profiles[0])

    def _way(self, raw: Raw, person: Mapping[str, Any], groups: dict[str, str]) -> None:
        said = [
            line["decision"]
            for event in sorted(raw.of("consent_event"), key=lambda each: (each["at"], each["id"]))
            for line in event["lines"]
            if line["decision"] != "not_asked"
        ]
        yes = [
            event
            for event in raw.of("consent_event")
            if any(line["decision"] == "agreed" and line["org"] == self.partner for line in event["lines"])
        ]
        sent = sorted((each for each in raw.of("referral") if each.get("sent_at")), key=lambda each: each["sent_at"])
        best, why = 0, "not_asked"
        if said:
            best, why = 1, "later" if said[-1] in ("decide_later", "not_able_now") else "refused"
        if yes:
            best, why = 2, "nothing_sent"
        rank = {"sent": 3, "received": 4, "accepted": 5, "in_progress": 6, "completed": 7}
        trails = []
        for referral in sent:
            events = [each for each in raw.of("referral_event") if each["referral"] == referral["id"]]
            far = max([3, *(rank.get(each["to_state"], 0) for each in events)])
            outcome = next((each["asked"]["outcome"] for each in events if each["to_state"] == "completed"), "")
            trails.append((far + (outcome in ("got_help", "partly")), events))
        if trails:
            best = max(far for far, _ in trails)
            # Of those that came as far, the last that was sent.
            events = next(events for far, events in reversed(trails) if far == best)
            why = self._why(best, [each["to_state"] for each in events])
        self.steps.update(
            ["met", "asked", "agreed", "referred", "received", "accepted", "started", "completed", "helped"][: best + 1]
        )
        self.why[why] += 1
        groups |= {"nation": person["nation"], "support": "yes" if person.get("comm_needs") else "no"}
        if best < 5:
            self.not_reached.update(groups.items())
        self._referral_waits(person, yes, sent, raw)

    def _why(self, best: int, states: list[str]) -> str:
        if best == 8:
            return "arrived"
        if best == 7:
            return "other_outcome"
        ends = [
            each
            for each in states
            if each in ("declined_by_service", "declined_by_person", "could_not_contact", "expired")
        ]
        return ends[-1] if ends else "waiting"

    def _wait(self, name: str, since: tuple[str, bool] | None, until: tuple[str, bool] | None) -> None:
        if since and until and not (since[1] or until[1]):
            self.waits[name].append(max(0, (day_of(until[0]) - day_of(since[0])).days))

    def _referral_waits(self, person: Mapping[str, Any], yes: list[Any], sent: list[Any], raw: Raw) -> None:
        if not sent:
            return

        def step(referral: Mapping[str, Any], *states: str) -> tuple[str, bool] | None:
            found = sorted(
                (each["at"], each["id"], each.get("clock_doubt", False))
                for each in raw.of("referral_event")
                if each["referral"] == referral["id"] and each["to_state"] in states
            )
            return (found[0][0], found[0][2]) if found else None

        at_sent = (sent[0]["sent_at"], False)
        first = min(((each["at"], each.get("clock_doubt", False)) for each in yes), default=None)
        self._wait("yes_to_sent", first, at_sent)
        self._wait("sent_to_received", at_sent, step(sent[0], "received"))
        self._wait("sent_to_decision", at_sent, step(sent[0], "accepted", "declined_by_service", "could_not_contact"))
        self._wait("accepted_to_contact", step(sent[0], "accepted"), step(sent[0], "in_progress"))
        accepted = [found for each in sent if (found := step(each, "accepted"))]
        self._wait(
            "met_to_accepted", (person["created_at"], person.get("clock_doubt", False)), min(accepted, default=None)
        )

    def _mentoring(self, raw: Raw, profile: Mapping[str, Any]) -> None:
        matches = [each for each in raw.of("match") if each["state"] != "entered_in_error"]
        ids = {each["id"] for each in matches}
        events = [each for each in raw.of("match_event") if each["match"] in ids]
        began = sorted(
            (each["at"], each["id"], each.get("clock_doubt", False)) for each in events if each["to_state"] == "active"
        )
        amended = {each.get("amends") for each in raw.of("session")}
        calls = sorted(
            (each for each in raw.of("session") if each["match"] in ids and each["id"] not in amended),
            key=lambda each: (each["at"], each["id"]),
        )
        held = [each for each in calls if each["status"] == "held"]
        goals = raw.of("goal")
        if self._within(str(day_of(profile["created_at"]))[:7]):
            was_approved = any(each["to_state"] == "approved" for each in events)
            self.sums["ready"] += profile["status"] in ("ready", "matched") or was_approved
            self.sums["matched"] += bool(began)
            self.sums["goals"] += len(goals)
            self.sums["goals_met"] += sum(each["state"] == "met" for each in goals)
            asked = (profile["created_at"], profile.get("clock_doubt", False))
            self._wait("asked_to_mentor", asked, (began[0][0], began[0][2]) if began else None)
            approved = sorted(
                (each["at"], each["id"], each.get("clock_doubt", False))
                for each in events
                if each["to_state"] == "approved"
            )
            first_call = (held[0]["at"], held[0].get("clock_doubt", False)) if held else None
            self._wait("approved_to_call", (approved[0][0], approved[0][2]) if approved else None, first_call)
        for match in matches:
            ends = [each["at"] for each in events if each["match"] == match["id"] and each["to_state"] == "ended"]
            if match["state"] == "ended" and self._within(str(day_of(max(ends)))[:7]):
                self.ended[match["end_reason"]] += 1
                self.sums["calls"] += sum(each["match"] == match["id"] for each in held)
                starts = [
                    each["at"] for each in events if each["match"] == match["id"] and each["to_state"] == "active"
                ]
                self._measured(raw, day_of(min(starts)), day_of(max(ends)))
        for call in calls:
            month = str(day_of(call["at"]))[:7]
            if self._within(month) and call["status"] != "moved":
                self.months.setdefault(month, Counter())[call["status"]] += 1
                self.months[month]["minutes"] += call.get("minutes", 0) if call["status"] == "held" else 0
        for answer in raw.of("pulse_answer"):
            if answer["match"] in ids and "score" in answer and self._within(answer["answered_on"][:7]):
                of_month = self.months.setdefault(answer["answered_on"][:7], Counter())
                of_month[f"{answer['about']}_sum"] += answer["score"]
                of_month[f"{answer['about']}_answers"] += 1
        self._stage(profile, matches, events, held, goals)

    def _measured(self, raw: Raw, active: date, ended: date) -> None:
        every = raw.of("outcome_measure")
        amended = {each.get("amends") for each in every}

        def near(instrument: str, occasion: str, day: date, days: int) -> list[dict[str, int]]:
            found = [
                (each["answered_on"], each["id"], each["items"])
                for each in every
                if each["id"] not in amended and each["instrument"] == instrument and each["mode"] != "proxy"
                if each["occasion"] == occasion and abs((date.fromisoformat(each["answered_on"]) - day).days) <= days
            ]
            return [items for _, _, items in sorted(found, key=lambda each: each[:2])]

        for instrument in ("coping5", "ucla3"):
            before, after = near(instrument, "start", active, 14), near(instrument, "end", ended, 30)
            if not (before and after):
                continue
            first, last = before[0], after[-1]
            if instrument == "ucla3":
                self.scores["ucla3|total"].append((sum(first.values()), sum(last.values())))
                continue
            for item in first.keys() & last.keys():
                self.scores[f"coping5|{item}"].append((first[item], last[item]))
            if len(first) == len(last) == 5:
                self.sums["risen" if sum(last[each] > first[each] for each in first) >= 3 else "not_risen"] += 1

    def _stage(
        self, profile: Mapping[str, Any], matches: list[Any], events: list[Any], held: list[Any], goals: list[Any]
    ) -> None:
        if profile["status"] == "closed":
            return
        open_ones = sorted(
            (each for each in matches if each["state"] not in ("ended", "declined")),
            key=lambda each: (each["created_at"], each["id"]),
        )
        match: Any = open_ones[-1] if open_ones else None
        days = [day_of(profile["created_at"])]
        if match is None or match["state"] in ("suggested", "approved", "mentee_agreed"):
            begun = match is not None or profile["status"] in ("ready", "matched")
            stage = "matching" if begun else "getting_started"
        else:
            own = [each for each in held if each["match"] == match["id"]]
            days += [day_of(each["at"]) for each in own]
            done = bool(goals) and all(each["state"] == "met" for each in goals)
            stage = "moving_on" if own and (len(own) >= 8 or done) else "growing" if own else "first_meeting"
        days += [day_of(each["at"]) for each in events if match is None or each["match"] == match["id"]]
        paused = match is not None and match["state"] == "paused"
        self.stages[stage, "paused" if paused else "stuck" if ON - max(days) >= timedelta(days=21) else "moving"] += 1


@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda each: f"{each.since}-{each.until}")
def test_figures_are_those_of_a_recount(office: Laptop, selection: Selection) -> None:
    found, again = counted(office, selection), Recount(Histories(office.actor.org), selection)
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
