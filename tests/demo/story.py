"""The main job, told on real parts: recorded without network, in the partner's hands with it, gone when withdrawn."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import resources
from app.domain.codes import Decision, PackageField, Purpose, ReferralState
from app.domain.ids import PersonId, ReferralId, ServiceId
from app.domain.impact_tables import TOTAL, Column, Figure
from app.domain.periods import Period
from app.domain.person import Person
from app.domain.referral import Referral
from app.storage.tables import RECORD_TABLES
from app.use_cases import gap_watch, referrals
from app.use_cases.injuries import InjuryForm, record_injury
from app.use_cases.person_page import open_person
from tests.demo.laptops import DemoLaptop
from tests.demo.player import PATIENCE_S, NotThereError, Player
from tests.demo.scan import plaintext_hits
from tests.demo.world import World
from ui.desk import Desk
from ui.pages.agreement import AgreementPage
from ui.pages.agreements import AgreementsPage
from ui.pages.consent import ConsentPage
from ui.pages.consent_check import ConsentCheckPage
from ui.pages.consent_done import ConsentDonePage
from ui.pages.gap import GapPage
from ui.pages.gaps import GapsPage
from ui.pages.impact import ImpactPage
from ui.pages.person import PersonPage
from ui.pages.refer import ReferPage
from ui.pages.referral import ReferralPage
from ui.pages.referral_forms import AcceptForm
from ui.pages.register_person import RegisterPersonPage
from ui.pages.same_person import SamePersonPage
from ui.pages.stop_sharing import StopSharingPage
from ui.pages.team_inbox import TeamInboxPage
from ui.paper import Paper
from ui.view_models.impact_words import Part
from ui.view_models.pair_words import ONE
from ui.widgets import DateField


@dataclass
class Step:
    """One step of the story: whether it went as told, and how long it took."""

    name: str
    ok: bool
    seconds: float
    why: str = ""


@dataclass
class Story:
    """Plays the story on a world and keeps what happened.

    Attributes:
        world: service and laptops.
        pictures: where pictures go.
        say: is told each caption.
        steps: what happened.
        figures: `consent_to_partner_s`, `withdrawal_to_gone_s`.
    """

    world: World
    pictures: Path | None
    say: Callable[[str], None]
    steps: list[Step] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    _ward: Player | None = None
    _partner: Player | None = None
    _lead: Player | None = None
    _office: Player | None = None
    _person: PersonId | None = None
    _twice: PersonId | None = None
    _sent: dict[str, ReferralId] = field(default_factory=dict)
    _shown: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _received_at: float = 0.0
    _stopped_at: float = 0.0

    def __post_init__(self) -> None:
        """Read the text."""
        self._told = resources.demo_story()
        self._sam = next(entry for entry in resources.demo_people() if entry["key"] == self._told["person"])

    def play(self) -> bool:
        """Play every step in order; the first that fails ends the story. Answers whether all went as told."""
        for name, act in self._acts():
            caption = self._told["captions"].get(name)
            if caption:
                self.say(caption)
            began = time.monotonic()
            try:
                act()
            except Exception as error:  # noqa: BLE001 - the story's door: a failed step is told, and ends it
                self.steps.append(Step(name, ok=False, seconds=time.monotonic() - began, why=repr(error)))
                return False
            self.steps.append(Step(name, ok=True, seconds=round(time.monotonic() - began, 3)))
        return True

    def close(self) -> None:
        """End the desks."""
        for player in (self._ward, self._partner, self._lead, self._office):
            if player is not None:
                player.desk.close()
        self._ward = self._partner = self._lead = self._office = None

    def _acts(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "open_both", self.open_both
        yield "network_off", self.network_off
        yield "register", self.register
        yield "consent", self.consent
        yield "paper_receipt", self.paper_receipt
        yield "refer", self.refer
        yield "restart", self.restart
        yield "network_on", self.network_on
        yield "partner_sees", self.partner_sees
        yield "partner_accepts", self.partner_accepts
        yield "ward_sees", self.ward_sees
        yield "withdraw_offline", self.withdraw_offline
        yield "network_back", self.network_back
        yield "gone", self.gone
        yield "receipt", self.receipt
        yield "agreements", self.agreements
        yield "gap_watch", self.gap_watch
        yield "registered_twice", self.registered_twice
        yield "one_record", self.one_record
        yield "two_again", self.two_again
        yield "dashboard", self.dashboard
        yield "report", self.report

    # --- who is where --------------------------------------------------------------------------------------

    @property
    def ward(self) -> Player:
        """The outreach worker at her desk."""
        assert self._ward is not None
        return self._ward

    @property
    def partner(self) -> Player:
        """The intake worker at hers."""
        assert self._partner is not None
        return self._partner

    @property
    def lead(self) -> Player:
        """The outreach worker's coordinator at hers."""
        assert self._lead is not None
        return self._lead

    @property
    def office(self) -> Player:
        """The partner's coordinator at his."""
        assert self._office is not None
        return self._office

    @property
    def person(self) -> PersonId:
        """Whom the story is about."""
        assert self._person is not None
        return self._person

    def _sit_down(self, laptop: DemoLaptop) -> Player:
        assert laptop.open is not None
        desk = Desk(laptop.open, laptop.actor, laptop.front_door())
        desk.shell.resize(1280, 832)
        desk.shell.show()
        player = Player(laptop.name, desk, self.pictures)
        desk.begin()
        player.until(lambda: desk.page is not None)
        player.settle()
        desk.start_sync()
        return player

    # --- the steps -----------------------------------------------------------------------------------------

    def open_both(self) -> None:
        """Both open their laptops."""
        self._ward = self._sit_down(self.world.ward)
        self._partner = self._sit_down(self.world.partner)
        self.ward.picture("today-ward")
        self.ward.go("people")
        self.ward.picture("people-ward")
        self.partner.picture("today-partner")
        self.partner.go("team_inbox")
        self.partner.picture("team_inbox-partner")

    def network_off(self) -> None:
        """The ward has no network."""
        self.world.ward.cable.pull()

    def register(self) -> None:
        """Sam is registered at the bedside."""
        sam, stay = self._sam, self._sam["stay"]
        self.ward.go("register_person")
        page = self.ward.page(RegisterPersonPage)
        form = page.form
        self.ward.fill(form.full_name, f"{sam['given_name']} {sam['family_name']}")
        self.ward.fill(form.known_as, sam["known_as"])
        form.site.set_value(str(self.world.service.site(stay["site"])))
        self.ward.fill(form.ward, stay["ward"])
        self.ward.fill(form.bed, stay["bed"])
        contact = sam["contacts"][0]
        form.contact_kind.choices[contact["kind"]].click()
        self.ward.fill(form.contact_value, contact["value"])
        form.may_use.set_values(contact["may_use"])
        form.more_button.click()
        born = self.world.clock().date() - timedelta(days=sam["born_days_ago"])
        _type_day(form.more.dob, born)
        _type_day(form.more.leaves, self.world.clock().date() + timedelta(days=stay["expected_discharge_in_days"]))
        self.ward.fill(form.more.pronouns, sam["pronouns"])
        form.more.comm_needs.set_values(sam["comm_needs"])
        form.more.needs.set_values(sam["needs"])
        self.ward.picture("register_person")
        page.save_button.click()
        person = self.ward.page(PersonPage)
        assert isinstance(person.subject, UUID)
        self._person = PersonId(person.subject)
        told = sam["injury"]
        laptop = self.world.ward
        record_injury(
            laptop.vault,
            **laptop.act,
            person_id=self.person,
            form=InjuryForm(
                level=told["level"], ais=told["ais"], completeness=told["completeness"], cause=told["cause"]
            ),
        )
        self.ward.picture("person-registered")

    def consent(self) -> None:
        """Sam answers for each charity and each reason."""
        self.ward.go("consent", self.person)
        page = self.ward.page(ConsentPage)
        self.ward.picture("consent-empty")
        for line in self._told["consent"]["lines"]:
            place = (self.world.service.org(line["org"]), Purpose(line["purpose"]))
            page.asking.ask(place)
            self.ward.settle()
            wanted = Decision(line["decision"])
            button = next(button for answer, button in page.asking.bar.buttons.items() if answer.value == wanted.value)
            button.click()
            self.ward.settle()
        self.ward.picture("consent-answered")
        how = page.how
        how.scope.choices["contact_injury_needs"].click()
        how.method.choices[self._told["consent"]["method"]].click()
        how.agreed_to_script.set_values(["yes"])
        how.read_back.set_values(["yes"])
        self.ward.settle()
        page.check_button.click()
        check = self.ward.page(ConsentCheckPage)
        self.ward.picture("consent_check")
        check.record_button.click()
        self.ward.page(ConsentDonePage)
        self.ward.picture("consent_done")

    def paper_receipt(self) -> None:
        """Sam's receipt goes onto paper where the laptop stands, without network."""
        page = self.ward.page(ConsentDonePage)
        place = self.world.folder / "ward" / "receipt.pdf"
        page.receipt.paper = Paper(choose_file=lambda _parent, _name: str(place))
        self.ward.press("Save the receipt")
        self.ward.until(place.exists)
        self.ward.settle()
        paper = place.read_bytes()
        place.unlink()
        assert paper.startswith(b"%PDF-"), "a receipt to print"
        self.ward.picture("consent_done-receipt")

    def refer(self) -> None:
        """Two referrals from one talk, each shown exactly as the charity will see it."""
        done = self.ward.page(ConsentDonePage)
        done.refer_button.click()
        page = self.ward.page(ReferPage)
        wanted = {ServiceId(self.world.service.service_id(told["service"])): told for told in self._told["referrals"]}
        assert page.needs is not None
        page.needs.set_values(sorted({need for told in wanted.values() for need in told["needs"]}))
        self.ward.settle()
        for service in [*page.rows]:
            row = page.rows[service]
            if row.tick.isChecked() is not (service in wanted):
                row.tick.click()
                self.ward.settle()
        for service, row in page.rows.items():
            # Unticking a front door that was newly opened asks why.
            if service not in wanted and not row.reason.isHidden():
                row.reason.choices[next(iter(row.reason.choices))].click()
        for service, told in wanted.items():
            page.sections[service].why.set_text(told["why"])
            self.ward.settle()
        self.ward.settle()
        self.ward.picture("refer")
        page.send_button.click()
        self.ward.until(lambda: not page.done.isHidden())
        self.ward.settle()
        self.ward.picture("refer-done")
        with self.world.ward.vault.reading() as read:
            for referral in read.of_person(Referral, self.person):
                told = wanted[referral.to_service]
                assert referral.state is ReferralState.QUEUED, f"{told['service']} is {referral.state}"
                self._sent[told["service"]] = referral.referral_id
                self._shown[told["service"]] = referral.package
        assert len(self._sent) == len(wanted)

    def restart(self) -> None:
        """The laptop is shut and started again, with nothing but the password."""
        self.ward.desk.close()
        laptop = self.world.ward
        laptop.shut()
        hits = plaintext_hits([laptop.paths.folder], self.words())
        assert not hits, f"readable on the shut laptop: {sorted({path for path, _ in hits})}"
        laptop.start()
        self._ward = self._sit_down(laptop)
        self.ward.go("person", self.person)
        assert open_person(laptop.vault, **laptop.act, person_id=self.person).name.startswith(self._sam["given_name"])
        with laptop.vault.reading() as read:
            unsent = read.connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
        assert unsent > 0, "what was recorded waits on this laptop"
        self.ward.go("sync")
        self.ward.picture("sync-waiting")

    def network_on(self) -> None:
        """The network is back; the laptop sends by itself."""
        self.world.ward.cable.plug()
        self._received_at = time.monotonic()
        self.ward.desk.context.sync_now()
        referral = self._sent[self._told["partner"]["accepts"]]
        self.partner.until(lambda: self._has(self.world.partner, referral))
        self.figures["consent_to_partner_s"] = round(time.monotonic() - self._received_at, 3)

    def partner_sees(self) -> None:
        """The partner sees what Sam agreed to, and nothing else."""
        referral = self._sent[self._told["partner"]["accepts"]]
        partner = self.world.partner
        self.partner.go("team_inbox")
        inbox = referrals.inbox(partner.vault, **partner.act)
        assert referral in {row.referral_id for row in inbox.new}
        self.partner.page(TeamInboxPage)
        self.partner.picture("team_inbox-new")
        self.partner.go("referral", referral)
        self.partner.page(ReferralPage)
        self.partner.picture("referral-new")
        view = referrals.referral_view(partner.vault, **partner.act, referral_id=referral)
        sent = {PackageField(name): value for name, value in self._shown[self._told["partner"]["accepts"]].items()}
        assert dict(view.package) == sent, "the partner sees exactly the package that was shown"
        other = self._sent[next(name for name in self._sent if name != self._told["partner"]["accepts"])]
        assert not self._has(partner, other), "a referral to somebody else is nobody else's"
        with partner.vault.reading() as read:
            assert read.find(Person, self.person) is None, "the record itself stays at home"

    def partner_accepts(self) -> None:
        """The partner opens it, then accepts with a day."""
        referral = self._sent[self._told["partner"]["accepts"]]
        page = self.partner.page(ReferralPage)
        page.move_buttons[ReferralState.RECEIVED].click()
        self.partner.settle()
        self.partner.until(lambda: ReferralState.ACCEPTED in page.move_buttons)
        self.partner.settle()
        page.move_buttons[ReferralState.ACCEPTED].click()
        self.partner.settle()
        form = page.form
        assert isinstance(form, AcceptForm)
        day = self.world.clock().date() + timedelta(days=self._told["partner"]["first_step_in_days"])
        _type_day(form.first_step_on, day)
        self.partner.picture("referral-accept")
        form.save_button.click()
        self.partner.settle()
        view = referrals.referral_view(self.world.partner.vault, **self.world.partner.act, referral_id=referral)
        assert view.referral.state is ReferralState.ACCEPTED
        self.partner.picture("referral-accepted")

    def ward_sees(self) -> None:
        """The ward sees that it was accepted, and when."""
        referral = self._sent[self._told["partner"]["accepts"]]

        def accepted() -> bool:
            with self.world.ward.vault.reading() as read:
                return read.get(Referral, referral).state is ReferralState.ACCEPTED

        self.ward.until(accepted)
        self.ward.go("person", self.person)
        self.ward.picture("person-accepted")

    def withdraw_offline(self) -> None:
        """Sam says stop, without network: on this laptop it counts at once."""
        self.world.ward.cable.pull()
        self.ward.go("stop_sharing", self.person)
        page = self.ward.page(StopSharingPage)
        self.ward.picture("stop_sharing")
        org = self.world.service.org(self._told["withdrawal"]["lines"][0]["org"])
        assert page.what is not None
        choice = next(key for key in page.what.choices if str(org) in key)
        page.what.choices[choice].click()
        page.method.choices[self._told["withdrawal"]["method"]].click()
        page.stop_button.click()
        self.ward.settle()
        self.ward.picture("stop_sharing-done")
        with self.world.ward.vault.reading() as read:
            state = read.get(Referral, self._sent[self._told["partner"]["accepts"]]).state
        assert state is ReferralState.WITHDRAWN

    def network_back(self) -> None:
        """The stop travels before everything else."""
        self.world.ward.cable.plug()
        self._stopped_at = time.monotonic()
        self.ward.desk.context.sync_now()

    def gone(self) -> None:
        """Sam's details are gone from the partner's laptop: no row, and no page of the file."""
        partner = self.world.partner
        self.partner.until(lambda: not self._holds_anything(partner))
        self.figures["withdrawal_to_gone_s"] = round(time.monotonic() - self._stopped_at, 3)
        self.partner.go("team_inbox")
        self.partner.picture("team_inbox-gone")

    def receipt(self) -> None:
        """The ward is told by the partner's own proof that its laptops removed Sam."""
        ward = self.world.ward

        def proved() -> bool:
            found = open_person(ward.vault, **ward.act, person_id=self.person).removals
            return any(receipt.removed == receipt.laptops > 0 for receipt in found)

        self.ward.until(proved)
        self.ward.go("person", self.person)
        self.ward.picture("person-receipt")

    def agreements(self) -> None:
        """The ward looks up by which paper anything flows to the partner."""
        self.ward.press("Directory")
        self.ward.press("Agreements")
        register = self.ward.page(AgreementsPage)
        assert register.shown, "the register holds the demonstration's paper"
        self.ward.picture("agreements")
        self.ward.press("Open the first")
        paper = self.ward.page(AgreementPage)
        self.ward.until(lambda: paper.row is not None)
        assert paper.row is not None
        assert paper.row.flows, "what flows by it today is said"
        self.ward.picture("agreement")

    def gap_watch(self) -> None:
        """The ward sees whom nobody holds, and takes the first on."""
        self.ward.press("Gap watch")
        self.ward.page(GapsPage)
        self.ward.picture("gaps")
        self.ward.press("Open the first")
        page = self.ward.page(GapPage)
        assert isinstance(page.subject, UUID)
        person = PersonId(page.subject)
        self.ward.picture("gap")
        self.ward.press("I look after this")
        laptop = self.world.ward
        line = gap_watch.gap_of(laptop.vault, **laptop.act, person_id=person)
        assert line is not None, "the row stays until somebody holds them"
        assert line.taken_by, "whoever took it on is named"
        self.ward.picture("gap-taken")

    def registered_twice(self) -> None:
        """The coordinator registers somebody whom the ward knows, is told so, and goes on all the same."""
        told = self._told["duplicate"]
        self.world.open_lead()
        self._lead = self._sit_down(self.world.lead)
        self.lead.go("register_person")
        page = self.lead.page(RegisterPersonPage)
        self.lead.fill(page.form.full_name, f"{told['given_name']} {told['family_name']}")
        page.form.site.set_value(str(self.world.service.site(self._told["site"])))
        self.lead.fill(page.form.ward, told["ward"])
        known = next(entry for entry in resources.demo_people() if entry["key"] == told["finds"])
        contact = known["contacts"][0]
        page.form.contact_kind.choices[contact["kind"]].click()
        self.lead.settle()
        self.lead.fill(page.form.contact_value, contact["value"])
        name = f"{known['given_name']} {known['family_name']}"
        self.lead.until(lambda: any(card.words.heading.endswith(name) for card in page.same.cards))
        self.lead.picture("register_person-known")
        self.lead.press("Save")
        shown = self.lead.page(PersonPage)
        assert isinstance(shown.subject, UUID)
        self._twice = PersonId(shown.subject)
        self._exchange_until(lambda: self._has_person(self.world.ward, self._twice))

    def one_record(self) -> None:
        """The coordinator looks at both side by side and makes them one, on every laptop."""
        assert self._twice is not None
        shown = self.lead.page(PersonPage)
        self._exchange_until(lambda: bool(shown.joined.compare_buttons))
        self.lead.picture("person-maybe-same")
        self.lead.press("Compare the two")
        page = self.lead.page(SamePersonPage)
        self.lead.until(lambda: page.pair is not None)
        for choice in page.choices.values():
            if choice.value is None:
                choice.choices[ONE].click()
        self.lead.picture("same_person")
        self.lead.press("Make them one record")
        self.lead.page(PersonPage)
        laptops = (self.world.lead, self.world.ward)
        self._exchange_until(lambda: not any(self._has_person(laptop, self._twice) for laptop in laptops))
        self.lead.picture("person-one-record")

    def two_again(self) -> None:
        """It was a mistake: both records are as they were, on every laptop."""
        shown = self.lead.page(PersonPage)
        self._exchange_until(lambda: bool(shown.joined.undo_buttons))
        self.lead.press("Make two records again")
        laptops = (self.world.lead, self.world.ward)
        self._exchange_until(lambda: all(self._has_person(laptop, self._twice) for laptop in laptops))
        self.lead.go("people")
        self.lead.picture("people-two-again")

    def dashboard(self) -> None:
        """The coordinator looks at what became of people, without network, part by part."""
        self.world.open_office()
        self._office = self._sit_down(self.world.office)
        self.office.press("Impact")
        page = self.office.page(ImpactPage)
        page.period.set_value(Period.TWELVE_MONTHS)
        self.office.until(lambda: page.shown is not None and not page.shown.is_empty)
        self.office.settle()
        tables = {} if page.shown is None else {table.figure: table for table in page.shown.tables}
        assert tables[Figure.QUALITY].cell(TOTAL, Column.BOTH_SCORE) is not None, "a score that may be shown"
        for words, name in (
            ("The way to help", "way"),
            ("Who is reached", "reach"),
            ("Waiting times", "times"),
            ("Mentoring", "mentoring"),
        ):
            self.office.press(words, within=page.tabs)
            assert page.figure_parts, f"figures of {words}"
            self.office.picture(f"impact-{name}")

    def report(self) -> None:
        """The report for the funder is saved from the page, and holds no small number."""
        page = self.office.page(ImpactPage)
        place = self.world.folder / "office" / "impact.csv"
        page.paper = Paper(choose_file=lambda _parent, _name: str(place))
        self.office.press("Save as a spreadsheet")
        self.office.until(page.outcome.isVisible)
        with place.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        place.unlink()
        assert len({row["Figure"] for row in rows}) > len(Part), "every table of the page"
        counts = {"Came this far", "Stopped here", "Met", "Reached", "Held", "Matches", "People"}
        small = [row for row in rows if row["Column"] in counts and row["Value"] in {"1", "2", "3", "4"}]
        assert not small, "a small number left the laptop"

    # --- what is checked ------------------------------------------------------------------------------------

    def words(self) -> list[str]:
        """Return what must never stand readable in any file: names, numbers, reasons, notes and the password."""
        from tests.demo.laptops import PASSWORD

        told = [referral["why"] for referral in self._told["referrals"]]
        people = resources.demo_people()
        names = [entry["family_name"] for entry in people if len(entry["family_name"]) > 5]
        notes = [note["text"] for entry in people for note in entry.get("notes", ())]
        phones = [contact["value"] for entry in people for contact in entry["contacts"]]
        names.append(self._told["duplicate"]["family_name"])
        return [PASSWORD, self._sam["given_name"], self._told["consent"]["statement"], *told, *names, *notes, *phones]

    def _exchange_until(self, holds: Callable[[], bool]) -> None:
        """Let the ward's laptop and its coordinator's exchange until something holds."""
        ends = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > ends:
                raise NotThereError("the ward and its coordinator did not come to an end")
            for player in (self.lead, self.ward):
                player.desk.context.sync_now()
                player.settle()

    def _has_person(self, laptop: DemoLaptop, person: PersonId | None) -> bool:
        assert person is not None
        with laptop.vault.reading() as read:
            return read.find(Person, person) is not None

    def _has(self, laptop: DemoLaptop, referral: ReferralId) -> bool:
        with laptop.vault.reading() as read:
            return read.find(Referral, referral) is not None

    def _holds_anything(self, laptop: DemoLaptop) -> bool:
        with laptop.vault.reading() as read:
            for table in RECORD_TABLES.values():
                sql = f'SELECT 1 FROM "{table.__tablename__}" WHERE agg_id = ? LIMIT 1'
                if read.connection.exec_driver_sql(sql, (self.person.bytes,)).first():
                    return True
        return False


def _type_day(field: DateField, day: date) -> None:
    for box, number in (("day", day.day), ("month", day.month), ("year", day.year)):
        field.boxes[box].setText(str(number))  # type: ignore[index]


@contextmanager
def told(world: World, pictures: Path | None, say: Callable[[str], None]) -> Iterator[Story]:
    """Have a story whose desks are closed whatever happens."""
    story = Story(world, pictures, say)
    try:
        yield story
    finally:
        story.close()
