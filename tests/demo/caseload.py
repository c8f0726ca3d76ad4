"""A realistic caseload: the invented people of `resources/demo`, lived through day by day on both laptops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import resources
from app.domain.codes import (
    AgeCheck,
    Ais,
    AskAgain,
    AuditAction,
    Capacity,
    Cause,
    CommunicationNeed,
    Completeness,
    ConsentMethod,
    ContactKind,
    Decision,
    DischargeTo,
    Gillick,
    GivenBy,
    InjuryLevel,
    MayBeTold,
    MayUse,
    Nation,
    Need,
    NonTraumaticKind,
    NoteLevel,
    PersonRole,
    Purpose,
    ReferralKind,
    RelationshipKind,
    Scope,
    ToldBy,
    Ventilation,
    WordingFormat,
    YesNo,
)
from app.domain.consent_check import Cell
from app.domain.consent_event import GillickCheck
from app.domain.formats import contact_value
from app.domain.ids import OrganisationId, PersonId, ReferralId, ServiceId, SiteId
from app.domain.person import ContactPoint, Injury, Person, Relationship, Stay
from app.domain.record import PartialDate
from app.errors import KnownError
from app.storage.unit_of_work import UnitOfWork
from app.use_cases import referrals
from app.use_cases.consents import ConsentForm, record_consent
from app.use_cases.people import add_note
from app.use_cases.refer import Request, preview_of, refer
from app.use_cases.stops import Stop, stop_sharing
from tests.demo.clock import DemoClock
from tests.demo.laptops import DemoLaptop

ROUNDS = (61, 31, 16, 6, 2, 0)
"""Days ago on which the laptops met the service; what happened in between waited on them."""


@dataclass
class Caseload:
    """Lives the demonstration's past: who is registered, asked, referred, and what the partner did.

    Attributes:
        ward: the outreach worker's laptop.
        partner: the partner's intake laptop.
        clock: shared by both and the service.
        ids: finds organisations, sites and services by slug.
    """

    ward: DemoLaptop
    partner: DemoLaptop
    clock: DemoClock
    org: Callable[[str], OrganisationId]
    site: Callable[[str], SiteId]
    service: Callable[[str], UUID]
    people: dict[str, PersonId] = field(default_factory=dict)
    sent: dict[tuple[str, str], ReferralId] = field(default_factory=dict)

    def live(self, progress: Callable[[str], None] = lambda _: None) -> None:
        """Live through the past weeks, round by round, up to today."""
        entries = [entry for entry in resources.demo_people() if not entry.get("story")]
        done: set[tuple[str, str, int]] = set()
        for day in ROUNDS:
            for what, days_ago, act in sorted(self._acts(entries), key=lambda each: -each[1]):
                if days_ago >= day and what not in done:
                    done.add(what)
                    self.clock.set_back(max(days_ago, 0) + 0.01)
                    act()
            self.clock.set_back(day)
            self.ward.exchange()
            self.partner.exchange()
            for what, days_ago, act in sorted(self._answers(entries), key=lambda each: -each[1]):
                if days_ago >= day and what not in done:
                    done.add(what)
                    act()
            self.partner.exchange()
            self.ward.exchange()
            progress(f"{day} days ago")
        self.clock.set_back(0)

    def _acts(self, entries: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str, int], float, Callable[[], None]]]:
        for entry in entries:
            key = entry["key"]
            yield (key, "met", 0), _met(entry), lambda entry=entry: self._register(entry)
            for number, answer in enumerate(entry["consent"]):
                when = answer.get("days_ago", 0)
                yield (key, "said", number), when - 0.1, lambda e=entry, a=answer: self._say(e, a)
            for number, told in enumerate(entry["referrals"]):
                when = told["steps"][0]["days_ago"] if told["steps"] else 1
                yield (key, "sent", number), when - 0.2, lambda e=entry, t=told: self._send(e, t)
            for number, note in enumerate(entry.get("notes", ())):
                yield (key, "note", number), note.get("days_ago", 1) - 0.3, lambda e=entry, n=note: self._note(e, n)

    def _answers(
        self, entries: list[dict[str, Any]]
    ) -> Iterator[tuple[tuple[str, str, int], float, Callable[[], None]]]:
        for entry in entries:
            for told in entry["referrals"]:
                if not told["service"].startswith("back_up"):
                    continue
                for number, step in enumerate(told["steps"]):
                    what = (entry["key"], f"step {told['service']}", number)
                    yield what, step["days_ago"], lambda e=entry, t=told, s=step: self._step(e, t, s)

    # --- at the ward ---------------------------------------------------------------------------------------

    def _register(self, entry: dict[str, Any]) -> None:
        with self.ward.vault.transaction(**self.ward.act) as work:
            person = work.create(_person(work, entry))
            self.people[entry["key"]] = person.person_id
            for record in _around(work, person.person_id, entry, self.site):
                work.create(record)
            for told in entry.get("relationships", ()):
                if told["to"] in self.people:
                    work.create(_relationship(work, person.person_id, self.people[told["to"]], told))
            work.audit(AuditAction.CREATE, person=person.person_id)

    def _say(self, entry: dict[str, Any], answer: dict[str, Any]) -> None:
        person = self.people[entry["key"]]
        if answer["kind"] == "withdrawal":
            for line in answer["lines"]:
                stop = Stop(
                    org=self.org(line["org"]) if line["org"] else None,
                    purpose=Purpose(line["purpose"]) if line["purpose"] else None,
                    given_by=GivenBy(answer["given_by"]),
                )
                stop_sharing(self.ward.vault, **self.ward.act, person_id=person, stop=stop)
            return
        form = consent_form(answer, org=self.org, today=datetime.now(UTC).date())
        record_consent(self.ward.vault, **self.ward.act, person_id=person, form=form)

    def _send(self, entry: dict[str, Any], told: dict[str, Any]) -> None:
        person = self.people[entry["key"]]
        request = request_of(told, self.service)
        shown = preview_of(self.ward.vault, **self.ward.act, person_id=person, request=request)
        request = request_of(told, self.service, shown_hash=shown.shown_hash)
        done = refer(self.ward.vault, **self.ward.act, person_id=person, requests=(request,))[0]
        self.sent[entry["key"], told["service"]] = done.referral_id

    def _note(self, entry: dict[str, Any], note: dict[str, Any]) -> None:
        add_note(
            self.ward.vault,
            **self.ward.act,
            person_id=self.people[entry["key"]],
            text=note["text"],
            level=NoteLevel(note["level"]),
        )

    # --- at the partner ------------------------------------------------------------------------------------

    def _step(self, entry: dict[str, Any], told: dict[str, Any], step: dict[str, Any]) -> None:
        referral = self.sent.get((entry["key"], told["service"]))
        if referral is None:
            return
        today = self.clock().date()
        given = {"referral_id": referral, **self.partner.act}
        vault = self.partner.vault
        # A person who has stopped sharing since is no longer on the partner's laptop.
        try:
            match step["to"]:
                case "received":
                    referrals.open_as_receiver(vault, **given)
                case "accepted":
                    planned = datetime.now(UTC).date() + timedelta(days=step.get("first_step_in_days", 7))
                    first = max(planned, today + timedelta(days=1))
                    referrals.accept(vault, **given, first_step_on=first)
                case "waiting_list":
                    month = today + timedelta(days=step.get("expected_start_in_days", 60))
                    referrals.put_on_waiting_list(vault, **given, expected_start=f"{month:%Y-%m}")
                case "in_progress":
                    channel = step.get("channel", "phone")
                    referrals.start(vault, **given, first_contact_at=self.clock(), channel=channel)
                case "declined_by_service":
                    referrals.decline(vault, **given, reason=step["reason"], next_step="sender_contacts_person")
                case "info_needed":
                    question = step.get("question", "Which days suit the person best?")
                    referrals.ask(vault, **given, question=question, asked_of=step.get("asked_of", "sender"))
                case "completed":
                    referrals.complete(vault, **given, outcome=step["outcome"], ended_on=today)
        except KnownError:
            return


def _met(entry: Mapping[str, Any]) -> float:
    """How many days ago somebody was first met: before anything else is known of them."""
    days = [answer.get("days_ago", 0) for answer in entry["consent"]]
    days += [note.get("days_ago", 0) for note in entry.get("notes", ())]
    days += [told["steps"][0]["days_ago"] for told in entry["referrals"] if told["steps"]]
    return min(max(days, default=3), 3650) + 0.5


def consent_form(answer: Mapping[str, Any], *, org: Callable[[str], OrganisationId], today: date) -> ConsentForm:
    """Return one conversation of the demonstration as it is recorded."""
    told = answer.get("gillick")
    return ConsentForm(
        answers=tuple(_cell(line, org, today) for line in answer["lines"]),
        given_by=GivenBy(answer["given_by"]),
        given_by_name=answer.get("given_by_name", ""),
        evidence_seen=answer.get("evidence_seen", ""),
        capacity=Capacity(answer.get("capacity", "presumed")),
        age_check=AgeCheck(answer["age_check"]) if "age_check" in answer else None,
        gillick=None
        if told is None
        else GillickCheck(
            result=Gillick(told["result"]),
            understood=told["understood"],
            could_go_wrong=told["could_go_wrong"],
            parent_told=YesNo(told["parent_told"]),
            parent_told_why=told["parent_told_why"],
        ),
        method=ConsentMethod(answer["method"]),
        statement=answer.get("statement", ""),
        read_back=answer.get("read_back", False),
        witness_name=answer.get("witness_name", ""),
        witness_role=answer.get("witness_role", ""),
        format=WordingFormat(answer.get("format", "standard")),
        interpreter_name=answer.get("interpreter_name", ""),
    )


def _cell(line: Mapping[str, Any], org: Callable[[str], OrganisationId], today: date) -> Cell:
    later = line.get("ask_again_in_days")
    return Cell(
        org=org(line["org"]),
        purpose=Purpose(line["purpose"]),
        decision=Decision(line["decision"]),
        scope=Scope(line["scope"]) if "scope" in line else None,
        ask_again=AskAgain(line["ask_again"]) if "ask_again" in line else None,
        ask_again_on=None if later is None else today + timedelta(days=later),
    )


def request_of(told: Mapping[str, Any], service: Callable[[str], UUID], shown_hash: str = "") -> Request:
    """Return one referral of the demonstration as it is chosen."""
    return Request(
        service_id=ServiceId(service(told["service"])),
        kind=ReferralKind(told["kind"]),
        needs=frozenset(map(Need, told["needs"])),
        why=told["why"],
        best_time=told.get("best_time", ""),
        shown_hash=shown_hash,
    )


def _person(work: UnitOfWork, entry: Mapping[str, Any]) -> Person:
    born = work.today - timedelta(days=entry["born_days_ago"])
    known = {"day": PartialDate(str(born)), "year": PartialDate(str(born.year)), "none": None}
    return Person(
        **work.header(),
        given_name=entry["given_name"],
        family_name=entry["family_name"],
        known_as=entry.get("known_as", ""),
        dob=known[entry["born_known"]],
        nhs_number=entry.get("nhs_number"),
        pronouns=entry["pronouns"],
        language=entry["language"],
        nation=Nation(entry["nation"]),
        key_worker=work.actor.user,
        home_situation=entry.get("home_situation", ""),
        roles=frozenset(map(PersonRole, entry["roles"])),
        comm_needs=frozenset(map(CommunicationNeed, entry.get("comm_needs", ()))),
        needs=frozenset(map(Need, entry["needs"])),
        see_lead=entry.get("see_lead", False),
    )


def _around(
    work: UnitOfWork, person: PersonId, entry: Mapping[str, Any], site: Callable[[str], SiteId]
) -> Iterator[Any]:
    """Yield injury, stay and contacts; days count from the day the demonstration starts, not from the act."""
    start = work.today + timedelta(days=round(_met(entry)))
    if told := entry.get("injury"):
        kind = told.get("non_traumatic_kind")
        yield Injury(
            **work.header(),
            person=person,
            level=InjuryLevel(told["level"]),
            ais=Ais(told["ais"]),
            injury_date=PartialDate(str(min(start - timedelta(days=told["injured_days_ago"]), work.today))),
            completeness=Completeness(told["completeness"]),
            cause=Cause(told["cause"]),
            non_traumatic_kind=None if kind is None else NonTraumaticKind(kind),
            ventilation=Ventilation(told["ventilation"]),
            told_by=ToldBy(told["told_by"]),
        )
    if stay := entry.get("stay"):
        expected, left = stay.get("expected_discharge_in_days"), stay.get("discharged_days_ago")
        gone = None if left is None else start - timedelta(days=left)
        yield Stay(
            **work.header(),
            person=person,
            site=site(stay["site"]),
            ward=stay["ward"],
            bed=stay.get("bed", ""),
            admitted_on=PartialDate(str(min(start - timedelta(days=stay["admitted_days_ago"]), work.today))),
            expected_discharge_on=None if expected is None else start + timedelta(days=expected),
            discharged_on=None if gone is None or gone > work.today else gone,
            discharge_to=DischargeTo(stay.get("discharge_to", "unknown")),
        )
    for contact in entry["contacts"]:
        kind = ContactKind(contact["kind"])
        yield ContactPoint(
            **work.header(),
            person=person,
            kind=kind,
            value=contact_value(kind, contact["value"]),
            who_may_answer=contact.get("who_may_answer", ""),
            preferred=contact.get("preferred", False),
            may_use=frozenset(map(MayUse, contact["may_use"])),
            may_say_charity_name=contact.get("may_say_charity_name", False),
        )


def _relationship(work: UnitOfWork, relative: PersonId, person: PersonId, told: Mapping[str, Any]) -> Relationship:
    return Relationship(
        **work.header(),
        person=person,
        other_person=relative,
        kind=RelationshipKind(told["kind"]),
        parental_responsibility=YesNo(told.get("parental_responsibility", "unknown")),
        may_be_told=frozenset(map(MayBeTold, told.get("may_be_told", ()))),
    )
