"""The figures of generated histories, counted by code that knows none of the program's rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.impact import Selection
from app.domain.impact_facts import Wait
from tests.helpers.programme import Histories, Raw

LONDON = ZoneInfo("Europe/London")


def day_of(moment: str) -> date:
    """Return the London day of a moment."""
    return datetime.fromisoformat(moment).astimezone(LONDON).date()


class Recount:
    """The same figures from the bodies alone, person by person, knowing nothing of the program's rules."""

    def __init__(self, histories: Histories, selection: Selection, *, people: int, on: date) -> None:
        """Count so many of the histories, as they stand on a day."""
        self.org, self.partner = str(histories.org), str(histories.partner)
        self.selection, self._on = selection, on
        self.steps: Counter[str] = Counter()
        self.why: Counter[str] = Counter()
        self.not_reached: Counter[tuple[str, str]] = Counter()
        self.waits: dict[str, list[int]] = {each.value: [] for each in Wait}
        self.stages: Counter[tuple[str, str]] = Counter()
        self.ended: Counter[str] = Counter()
        self.months: dict[str, Counter[str]] = {}
        self.sums: Counter[str] = Counter()
        self.scores: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number in range(1, people + 1):
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
        self.stages[
            stage, "paused" if paused else "stuck" if self._on - max(days) >= timedelta(days=21) else "moving"
        ] += 1
