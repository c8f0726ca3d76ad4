"""A charity's years, invented by dice: people, answers, referrals, matches, calls and pulses, as bodies.

Everybody's history is drawn from their number, so that two sides of a comparison see the same one. Odd things are in
it: corrections of calls, answers declined, clocks in doubt, matches entered in error, people others registered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from app.domain.canonical import canonical
from app.domain.ids import AggregateId, OrganisationId, RecordId, ScopeId
from app.storage.exchange import PageScope, PulledPage, PulledRow, ScopeGrant, present_row
from app.storage.held import Held
from app.storage.vault import Vault
from tests.helpers.vaults import stable_id

SCOPE = ScopeId(UUID(int=4343))
PAGE_ROWS = 5000
FIRST = date(2025, 1, 6)
DAYS = 690
"""Registrations lie in so many days; what follows from them may lie later."""

WARDS = ("St David", "St Andrew", "Cedar", "Willow", "Linnet", "")
SITES = ("stoke_mandeville", "salisbury", "stanmore", "cardiff")
_NATIONS = ("england", "england", "england", "wales", "scotland", "northern_ireland", "unknown")
_KINDS = ("sci", "sci", "sci", "family", "parent", "young_person")
_BANDS = ("under_13", "16_17", "18_25", "26_40", "41_60", "41_60", "61_75", "over_75", "unknown")
_ENDS = ("goals_met", "allowance_used", "mentee_ended", "mentor_ended", "not_a_good_fit", "no_contact", "moved_service")
_AFTER_SENT = (
    (),
    ("received",),
    ("received", "declined_by_service"),
    ("received", "declined_by_person"),
    ("expired",),
    ("received", "accepted", "could_not_contact"),
    ("received", "accepted", "waiting_list"),
    ("received", "accepted", "in_progress"),
    ("received", "accepted", "in_progress", "completed"),
    ("received", "accepted", "in_progress", "completed", "closed"),
    ("received", "declined_by_service", "closed"),
)


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What the dice are loaded with; by default every odd thing is likely.

    Attributes:
        mentees: the share of people with whom mentoring is begun.
        decisions: how likely each answer is, in the order agreed, refused, later, not able, not asked.
        after_sent: what may follow on a referral, each as likely.
        scores: pulse scores, each as likely.
        held: how likely a call is held rather than missed or moved, of 100.
        outcomes: what comes of a referral, each as likely.
        reached: how far a match goes, each as likely.
        rise: how much the answers of the end lie above those of the start at least.
        odd: how likely odd things are: clocks in doubt, records entered in error.
        wards: the wards people are on.
        open_days: mentoring begun longer before the last registrations than so many days is closed; 0: by dice alone.
    """

    mentees: float = 0.68
    decisions: tuple[int, ...] = (70, 10, 8, 6, 6)
    after_sent: tuple[tuple[str, ...], ...] = _AFTER_SENT
    scores: tuple[int, ...] = (1, 2, 3, 4, 5)
    held: int = 86
    outcomes: tuple[str, ...] = ("got_help", "partly", "advice_only", "unknown")
    reached: tuple[str, ...] = ("suggested", "approved", "active", "active", "active", "paused", "declined")
    rise: int = 1
    odd: float = 0.02
    wards: tuple[str, ...] = WARDS
    open_days: int = 0


@dataclass
class Raw:
    """One person's records as bodies, by kind, in the order they were made."""

    person: UUID
    records: dict[str, list[tuple[UUID, dict[str, Any]]]] = field(default_factory=dict)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of one kind, with their ids."""
        return [{**body, "id": str(record_id)} for record_id, body in self.records.get(kind, [])]


class Histories:
    """Draws one history after the other, for one organisation."""

    def __init__(
        self,
        org: OrganisationId,
        *,
        seed: int = 20261201,
        first: date = FIRST,
        days: int = DAYS,
        mix: Mix | None = None,
    ) -> None:
        """Take whose people they are, from which day on they are met, and what the dice are loaded with."""
        self.org = org
        self.first, self.days, self.mix = first, days, mix or Mix()
        self.partner = OrganisationId(stable_id("organisation", "aspire"))
        if self.partner == org:
            self.partner = OrganisationId(stable_id("organisation", "back_up"))
        self._seed = seed

    def draw(self, number: int) -> Raw:
        """Return one person's history by their number."""
        return _Drawing(self, number, random.Random(self._seed * 1_000_003 + number)).raw


class _Drawing:
    def __init__(self, world: Histories, number: int, dice: random.Random) -> None:
        self._world, self._dice = world, dice
        self._ids = (UUID(int=(number << 80) | 0x7000 << 64 | 0x8000 << 48 | each) for each in count(1))
        self.raw = Raw(next(self._ids))
        self._mix = world.mix
        self._day = world.first + timedelta(days=dice.randrange(world.days))
        registered = dice.random() < 0.97
        self._person(registered)
        if registered:
            self._stays()
            self._asked()
        if dice.random() < self._mix.mentees or not registered:
            self._mentoring()

    def _at(self, day: date) -> str:
        return f"{day.isoformat()}T{self._dice.randint(8, 22):02}:{self._dice.randint(0, 59):02}:00.000Z"

    def _later(self, most: int) -> date:
        self._day += timedelta(days=self._dice.randint(0, most))
        return self._day

    def _make(self, kind: str, body: dict[str, Any], *, day: date, org: UUID | None = None) -> UUID:
        record_id = self.raw.person if kind == "person" else next(self._ids)
        whole = {
            "org": str(org or self._world.org),
            "created_at": self._at(day),
            "created_by": str(UUID(int=7)),
            "created_role": "coordinator",
            "device": str(UUID(int=8)),
            "schema_version": 1,
        }
        if kind != "person":
            whole["person"] = str(self.raw.person)
        if self._dice.random() < self._mix.odd:
            whole["clock_doubt"] = True
        self.raw.records.setdefault(kind, []).append((record_id, whole | body))
        return record_id

    def _person(self, registered: bool) -> None:
        dice = self._dice
        body: dict[str, Any] = {"known_as": "Sam", "nation": dice.choice(_NATIONS), "language": "en-GB"}
        body["status"] = dice.choices(("active", "closed", "died", "entered_in_error"), (88, 8, 2, 2))[0]
        body["age_band"] = dice.choice(_BANDS)
        if dice.random() < 0.5:
            born = date(1940, 1, 1) + timedelta(days=dice.randrange(26_000))
            body["dob"] = born.isoformat()[: dice.choice((4, 7, 10, 10, 10))]
        if dice.random() < 0.15:
            body["comm_needs"] = ["easy_read"]
        if registered:
            self._make("person", body, day=self._day)

    def _stays(self) -> None:
        for _ in range(self._dice.choice((0, 1, 1, 1, 2))):
            body = {"site": str(stable_id("site", self._dice.choice(SITES)))}
            if ward := self._dice.choice(self._mix.wards):
                body["ward"] = ward
            self._make("stay", body, day=self._later(3))

    def _asked(self) -> None:
        agreed = False
        for _ in range(self._dice.choice((0, 1, 1, 1, 2))):
            lines = []
            for org in (self._world.partner, self._world.org)[: self._dice.choice((1, 1, 2))]:
                decision = self._dice.choices(
                    ("agreed", "refused", "decide_later", "not_able_now", "not_asked"), self._mix.decisions
                )[0]
                agreed |= decision == "agreed" and org == self._world.partner
                lines.append(
                    {
                        "line_id": str(next(self._ids)),
                        "org": str(org),
                        "purpose": "referral_contact",
                        "decision": decision,
                        "valid_from": self._day.isoformat(),
                    }
                )
            day = self._later(5)
            body = {"kind": "answer", "at": self._at(day), "lines": lines, "asked_by": str(UUID(int=7))}
            self._make("consent_event", body | {"asked_by_org": str(self._world.org)}, day=day)
        for _ in range(self._dice.choice((0, 1, 1, 2)) if agreed else 0):
            self._referral()

    def _referral(self) -> None:
        sent = self._later(6)
        path = self._dice.choice(self._mix.after_sent)
        is_sent = self._dice.random() < 0.9
        body: dict[str, Any] = {
            "kind": "introduction",
            "state": (("sent", *path)[-1]) if is_sent else "queued",
            "to_service": str(UUID(int=9)),
            "to_org": str(self._world.partner),
            "to_team": "intake",
            "needs": ["housing"],
            "package_hash": "ab",
        }
        if is_sent:
            body["sent_at"] = self._at(sent)
        referral = self._make("referral", body, day=sent)
        before, day = "sent", sent
        for state in path if is_sent else ():
            day += timedelta(days=self._dice.randint(0, 12))
            step: dict[str, Any] = {"referral": str(referral), "from_state": before, "to_state": state}
            step |= {"at": self._at(day), "by": str(UUID(int=7))}
            if state == "completed":
                step["asked"] = {"outcome": self._dice.choice(self._mix.outcomes)}
            self._make("referral_event", step, day=day, org=self._world.partner)
            before = state

    def _mentoring(self) -> None:
        dice = self._dice
        day = self._later(20)
        matches = dice.choice((0, 1, 1, 1, 2))
        status = dice.choice(("ready", "matched", "closed") if matches else ("enquiry", "talk_done", "ready", "closed"))
        last = self._world.first + timedelta(days=self._world.days)
        if self._mix.open_days and (last - day).days > self._mix.open_days:
            status = "closed"
        profile = {"wanted_kind": dice.choice(_KINDS), "status": status, "nation": dice.choice(_NATIONS)}
        self._make("mentee_profile", profile | {"age_band": dice.choice(_BANDS)}, day=day)
        for _ in range(dice.randint(0, 3)):
            goal = {"text": "Take the train", "area": "travel", "state": dice.choice(("met", "some_steps", "mostly"))}
            self._make("goal", goal, day=day)
        for number in range(matches):
            self._match(is_last=number == matches - 1)

    def _match(self, *, is_last: bool) -> None:
        dice = self._dice
        reached = dice.choice(self._mix.reached)
        is_over = reached == "active" and (not is_last or dice.random() < 0.5)
        state = "ended" if is_over else reached
        if dice.random() < self._mix.odd:
            state = "entered_in_error"
        body: dict[str, Any] = {"state": state, "mentor": str(UUID(int=dice.randint(100, 900))), "allowance": 10}
        if state == "ended":
            body["end_reason"] = dice.choice(_ENDS)
        match = self._make("match", body, day=self._later(10))
        way = ["suggested", "approved", "mentee_agreed", "active"]
        steps = way if reached in ("active", "paused") else way[: way.index(reached) + 1] if reached in way else way[:1]
        steps = [*steps, *(["paused"] if reached == "paused" else []), *(["declined"] if reached == "declined" else [])]
        for before, step in zip([None, *steps], steps, strict=False):
            self._match_step(match, before, step)
        if "active" in steps:
            self._measures("start")
            self._calls(match)
            if is_over:
                self._match_step(match, "active", "ended")
                self._measures("end")

    def _measures(self, occasion: str) -> None:
        dice = self._dice
        if dice.random() < 0.2:
            return
        day = self._later(16 if occasion == "start" else 33)
        least = 1 if occasion == "start" else 1 + self._mix.rise
        common = {"occasion": occasion, "answered_on": day.isoformat()}
        common["mode"] = dice.choice(("self", "self", "read_aloud", "proxy"))
        strategies = ("using_support", "keeping_busy", "acceptance", "problem_solving", "hope")
        answered = [each for each in strategies if dice.random() < 0.98]
        items: dict[str, int] = {each: dice.randint(least, 5) for each in answered}
        coping = self._make(
            "outcome_measure", common | {"instrument": "coping5", "version": "ours-1", "items": items}, day=day
        )
        if dice.random() < 0.1:
            again = {each: dice.randint(1, 5) for each in strategies}
            body = common | {"instrument": "coping5", "version": "ours-1", "items": again, "amends": str(coping)}
            self._make("outcome_measure", body, day=day)
        lonely = {each: dice.randint(1, 3) for each in ("companionship", "left_out", "isolated")}
        self._make("outcome_measure", common | {"instrument": "ucla3", "version": "ons-2018", "items": lonely}, day=day)

    def _match_step(self, match: UUID, before: str | None, step: str) -> None:
        day = self._later(8)
        body = {"match": str(match), "mentor": str(UUID(int=5)), "to_state": step, "at": self._at(day)}
        body["by"] = str(UUID(int=7))
        if before:
            body["from_state"] = before
        self._make("match_event", body, day=day)

    def _calls(self, match: UUID) -> None:
        dice = self._dice
        for _ in range(dice.choice((0, *range(4, 19)))):
            day = self._later(14)
            body: dict[str, Any] = {"match": str(match), "at": self._at(day), "channel": "phone"}
            body["status"] = dice.choices(
                ("held", "missed_by_mentee", "missed_by_mentor", "moved"), (self._mix.held, 7, 3, 4)
            )[0]
            if body["status"] == "held":
                body["minutes"] = dice.choice((15, 30, 45, 60))
            call = self._make("session", body, day=day)
            if dice.random() < 0.05:
                self._make("session", body | {"amends": str(call), "minutes": 50, "status": "held"}, day=day)
            if dice.random() < 0.2:
                pulse: dict[str, Any] = {"match": str(match), "about": dice.choice(("mentee", "mentor"))}
                pulse["answered_on"] = day.isoformat()
                pulse |= {"declined": True} if dice.random() < 0.1 else {"score": dice.choice(self._mix.scores)}
                self._make("pulse_answer", pulse, day=day)


def rows_of(raw: Raw, first: int) -> Iterator[PulledRow]:
    """Yield one person's records as the service hands them out, numbered from `first` on."""
    number = first
    for kind, records in raw.records.items():
        for record_id, body in records:
            yield present_row(
                seq=number,
                scope_index=0,
                record_type=kind,
                record_id=RecordId(record_id),
                agg_id=AggregateId(raw.person),
                rev=1,
                body=canonical(body),
            )
            number += 1


def fill(vault: Vault, histories: Histories, people: int, *, scope_key: str = "") -> int:
    """Bring so many histories into a vault, page by page; returns how many records they are.

    Args:
        vault: of the laptop.
        histories: whose.
        people: how many.
        scope_key: how the key of the scope begins that they come through, of those the laptop holds; else one is made.
    """
    held = Held(vault)
    if not scope_key:
        held.set_scopes([ScopeGrant(id=SCOPE, key="org:programme")])
    through = next(scope for scope in held.scopes() if scope.key.startswith(scope_key or "org:programme"))
    page: list[PulledRow] = []
    number = first = through.cursor
    for each in range(people):
        found = list(rows_of(histories.draw(each + 1), number + 1))
        page += found
        number += len(found)
        if len(page) >= PAGE_ROWS or each == people - 1:
            scope = PageScope(id=through.id, epoch=through.epoch or 7, seq=number, at_head=each == people - 1)
            held.apply_page(PulledPage(scopes=(scope,), rows=tuple(page), server_time=datetime.now(UTC)))
            page = []
    return number - first
