"""Mentoring from a list that comes in to the report that goes out, in one window, on a real vault, without network.

Three mentees one after the other: an adult, a family member and a young person, each by their own rules; what is the
same for all three is done by every button for the adult. What the report says more afterwards is exactly what was done
here. Nobody of this story exists.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtWidgets import QApplication

from app.config import Policy
from app.domain.codes import (
    ConsentMethod,
    Decision,
    Exclusion,
    GoalState,
    MatchState,
    PulseSubject,
    Purpose,
    Role,
    Scope,
    SessionChannel,
    ToldItem,
)
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.domain.impact_tables import Column, Figure
from app.domain.match import Match, Session
from app.domain.person import Person
from app.domain.sheets import ListKind
from app.security.device_key import DeviceKey
from app.use_cases import consents, my_matches
from app.use_cases.impact import Period
from app.use_cases.laptop import OpenLaptop
from resources import figure_words
from tests.demo.player import Player
from tests.helpers.programme import Histories, fill
from tests.helpers.vaults import START, Clock, Laptop, make_actor, make_laptop
from tests.ui.desk.conftest import door_of
from ui.desk import Desk
from ui.pages.impact import ImpactPage
from ui.pages.import_people import ImportPeoplePage
from ui.pages.matching import MatchingPage
from ui.pages.measures import MeasuresPage
from ui.pages.mentor import MentorPage
from ui.pages.pulse import PulsePage
from ui.pages.session_log import SessionLogPage
from ui.paper import Paper
from ui.pyside_guard import keep_singletons
from ui.view_models.subjects import AskPulse, LogCall
from ui.widgets import DateParts

CAI = make_actor("back_up", Role.COORDINATOR, "Cai")
BEFORE = 150
"""People of years gone by: of few nothing is shown, and what is not shown cannot be compared."""

CALLS = 10
PATIENT = Policy(idle_lock_minutes=10**6)
"""Weeks pass between two presses of this story; nobody has left the laptop."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of mentoring.

    Attributes:
        role: whom the mentor is like, as the list says it.
        mentee: the name of the mentee.
        born: the mentee's day of birth.
        mentor: who fits.
        dbs: the level of the mentor's background check.
        other: a mentor who is asked about too and does not fit.
        left_out: why not.
        told: what is said of the mentee on the mentor's card.
    """

    role: str
    mentee: str
    born: str
    mentor: str
    dbs: str = "Enhanced"
    other: str
    other_role: str
    other_dbs: str = "Enhanced"
    left_out: Exclusion
    told: Mapping[str, object]


KINDS = {
    "adult": Kind(
        role="sci",
        mentee="Samira",
        born="1988-07-04",
        mentor="Bran",
        other="Tove",
        other_role="family",
        left_out=Exclusion.ROLE_KIND_MISMATCH,
        told={"topics": ["pain"]},
    ),
    # The relative's injury is no record of the family member, so nothing of it is on the card whatever they agree to.
    "family member": Kind(
        role="family",
        mentee="Lin",
        born="1975-02-11",
        mentor="Anil",
        other="Moss",
        other_role="sci",
        left_out=Exclusion.ROLE_KIND_MISMATCH,
        told={"topics": ["pain"]},
    ),
    "young person": Kind(
        role="young_person",
        mentee="Jo",
        born="2010-05-20",
        mentor="Femi",
        other="Ceri",
        other_role="young_person",
        other_dbs="Basic",
        left_out=Exclusion.YOUNG_PERSON_NOT_CLEARED,
        told={"topics": ["pain"]},
    ),
}


@dataclass
class Office:
    """A coordinator's desk that stays open, and the ways through it."""

    laptop: Laptop
    clock: Clock
    folder: Path
    player: Player
    numbers: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def people(self) -> dict[str, PersonId]:
        with self.laptop.vault.reading() as read:
            return {each.given_name: each.person_id for each in read.all(Person) if each.given_name}

    def match_of(self, person: PersonId) -> Match:
        with self.laptop.vault.reading() as read:
            (match,) = read.of_person(Match, person)
        return match

    def calls_of(self, person: PersonId) -> tuple[Session, ...]:
        with self.laptop.vault.reading() as read:
            return read.of_person(Session, person)

    def on_mentee(self, person: PersonId) -> MatchingPage:
        self.player.go("matching", person)
        return self.player.page(MatchingPage)

    def take_in(self, kind: ListKind, rows: list[dict[str, str]]) -> None:
        """Take a list in: choose it, look at every row, and only then say yes."""
        place = self.folder / f"{kind}.csv"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        place.write_text(text.getvalue(), encoding="utf-8")
        self.player.go("import_people")
        page = self.player.page(ImportPeoplePage)
        page.choose_table = lambda _parent: str(place)
        page.kind.choices[kind].click()
        self.player.press("Choose a file")
        self.player.press("Check the rows")
        assert page.rows_part.count.words == f"New people: {len(rows)}. Possibly known already: 0. To put right: 0."
        self.player.press(f"Take {len(rows)} new people in" if len(rows) > 1 else "Take 1 new people in")

    def take_list(self) -> dict[tuple[str, str, str], str]:
        """Take the report away as a list; returns its values by table, row and column."""
        rows = csv.DictReader(io.StringIO(self._taken("csv").decode()))
        return {(row["Figure"], row["Row"], row["Column"]): row["Value"] for row in rows}

    def take_paper(self) -> str:
        """Take the report away as a PDF; returns its text."""
        return " ".join(
            " ".join(page.extract_text() for page in PdfReader(io.BytesIO(self._taken("pdf"))).pages).split()
        )

    def _taken(self, suffix: str) -> bytes:
        self.player.go("impact")
        page = self.player.page(ImpactPage)
        self.player.until(page.csv_button.isVisible)
        page.period.box.setCurrentIndex(page.period.box.findData(Period.ALL))
        self.player.settle()
        place = self.folder / f"report.{suffix}"
        place.unlink(missing_ok=True)
        page.paper = Paper(choose_file=lambda _parent, _name: str(place))
        self.player.press("Save the report" if suffix == "pdf" else "Save as a spreadsheet")
        return place.read_bytes()


def _seconds(clock: Clock) -> float:
    return (clock.now - START).total_seconds()


@pytest.fixture(scope="module")
def office(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    keep_singletons()
    folder, clock = tmp_path_factory.mktemp("office"), Clock()
    laptop = make_laptop(folder / "vault", actor=CAI, clock=clock)
    fill(laptop.vault, Histories(CAI.org, first=date(2024, 1, 8), days=300), BEFORE)
    door = door_of(folder / "vault", clock, partial(_seconds, clock), PATIENT)
    opened = OpenLaptop(vault=laptop.vault, device_key=DeviceKey(bytearray(32)), paths=door.paths, person_id=CAI.user)
    desk = Desk(opened, CAI, door)
    desk.shell.resize(1280, 860)
    desk.shell.show()
    desk.begin()
    player = Player("office", desk)
    player.settle()
    yield Office(laptop, clock, folder, player)
    desk.close()
    laptop.vault.close()


@pytest.mark.timeout(420)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_from_a_list_to_the_report(office: Office, kind: Kind) -> None:
    before = office.numbers or office.take_list()
    person = _taken_in(office, kind)
    _made_ready(office, person)
    _matched(office, person, kind)
    _ten_calls(office, person, kind)
    if kind.role == "sci":
        _one_more_needs_a_reason(office, person)
    parties = ("the mentee", "the mentor") if kind.role == "sci" else ("the mentee",)
    for who in parties:
        _asked_how_it_goes(office, person, who)
    _closed(office, person)
    for who in parties:
        _asked_how_it_goes(office, person, who)
    # A report holds whole months.
    office.clock.forward(days=32)
    office.numbers = office.take_list()
    _counted(before, office.numbers, missed=int(kind.role == "sci"), mentor_answers=2 if kind.role == "sci" else 0)
    if kind.role == "sci":
        _on_paper(office.numbers, office.take_paper())


def _taken_in(office: Office, kind: Kind) -> PersonId:
    """The programme as it stands in a spreadsheet: two mentors, one mentee; what it says of consent is not consent."""
    today = office.clock().date()
    common = {"Injury level": "C6", "Injury date": "2014", "Topics": "Travel;Pain", "Training date": "2020-01-31"}
    common |= {"DBS date": (today - timedelta(days=90)).isoformat(), "Status": "Active"}
    common |= {"Supervision due": (today + timedelta(days=85)).isoformat()}
    mentors = [
        {"First name": name, "Email": f"{name.lower()}@example.org", "Role": role, "DBS level": dbs, **common}
        for name, role, dbs in ((kind.mentor, kind.role, kind.dbs), (kind.other, kind.other_role, kind.other_dbs))
    ]
    office.take_in(ListKind.MENTORS, mentors)
    mentee = {"First name": kind.mentee, "Email": f"{kind.mentee.lower()}@example.org", "Date of birth": kind.born}
    mentee |= {"Wanted role": kind.role, "Topics": "travel", "Goal 1": "travel: Take the train alone"}
    office.take_in(ListKind.MENTEES, [{**mentee, "Consent date": "2026-01-05"}])
    people = office.people()
    for name in (kind.mentor, kind.other):
        office.player.go("mentor", people[name])
        page = office.player.page(MentorPage)
        office.player.press("Change checks")
        fields = {key.removeprefix("mentor_profile."): each for key, each in page.forms.named_fields().items()}
        fields["conduct_on"].set_parts(DateParts(day="31", month="1", year="2020"))  # type: ignore[attr-defined]
        fields["references"].choices["2"].click()  # type: ignore[attr-defined]
        office.player.press("Save checks")
    return people[kind.mentee]


def _made_ready(office: Office, person: PersonId) -> None:
    office.on_mentee(person)
    office.player.press("The matching talk is done")
    office.player.press("Ready for a mentor")
    page = office.player.page(MatchingPage)
    assert page.choose_buttons == {}, "nobody is proposed to who has not agreed"
    cell = Cell(org=CAI.org, purpose=Purpose.MENTORING, decision=Decision.AGREED, scope=Scope.CONTACT_INJURY_NEEDS)
    said = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, find me one.", read_back=True
    )
    consents.record_consent(office.laptop.vault, actor=CAI, now=office.clock(), person_id=person, form=said)


def _matched(office: Office, person: PersonId, kind: Kind) -> None:
    """Proposed, approved, agreed to by the mentee with what is told, and by the mentor."""
    people, page = office.people(), office.on_mentee(person)
    assert page.view is not None
    assert page.view.proposed is not None
    assert people[kind.mentor] in page.choose_buttons
    assert people[kind.other] not in page.choose_buttons
    assert page.view.proposed.left_out[kind.left_out] >= 1
    page.choose_buttons[people[kind.mentor]].click()
    office.player.settle()
    for words, state in (
        ("Approve this match", MatchState.APPROVED),
        ("They said yes", MatchState.MENTEE_AGREED),
        ("The mentor said yes", MatchState.ACTIVE),
    ):
        if state is MatchState.MENTEE_AGREED:
            for item in (ToldItem.LEVEL, ToldItem.PAIN):
                page.told.ticks[item].click()
        office.player.press(words)
        assert office.match_of(person).state is state
    assert page.view.told is not None
    assert page.view.told.card.told == kind.told
    _questionnaire(office, person, "start", 2)


def _questionnaire(office: Office, person: PersonId, occasion: str, answer: int) -> None:
    office.player.page(MatchingPage)
    office.player.press("Questionnaires")
    page = office.player.page(MeasuresPage)
    assert page.instrument is not None
    page.instrument.choices["coping5"].click()
    page.occasion.choices[occasion].click()
    page.mode.choices["self"].click()
    for question in page.questions.values():
        question.choices[str(answer)].click()
    office.player.press("Save the answers")


def _ten_calls(office: Office, person: PersonId, kind: Kind) -> None:
    """Ten calls of an hour, a week apart."""
    for number in range(1, CALLS + 1):
        office.clock.forward(days=7)
        if number == 1 or kind.role == "sci":
            _written_down(office, person, number, kind)
        else:
            # The second to the tenth are the first once more: by the same use case, and for one kind by the page.
            match = office.match_of(person)
            act: dict[str, Any] = {"actor": CAI, "now": office.clock(), "match_id": match.id}
            view = my_matches.match_view(office.laptop.vault, actor=CAI, match_id=match.id)
            my_matches.log_session(office.laptop.vault, **act, form=my_matches.defaults_for(view, office.clock()))


def _one_more_needs_a_reason(office: Office, person: PersonId) -> None:
    office.clock.forward(days=1)
    office.player.go("session_log", LogCall(match_id=office.match_of(person).id))
    page = office.player.page(SessionLogPage)
    assert f"All {CALLS} calls were held." in page.number.words
    page.status.choices["missed_by_mentee"].click()
    office.player.press("Save call")
    assert len(office.calls_of(person)) == CALLS + 1
    matching = office.player.page(MatchingPage)
    office.player.press("Agree on more calls")
    matching.match_steps.allowance.choices["11"].click()
    office.player.press("Save the number of calls")
    assert matching.match_steps.allowance_reason.error == "Say why there are more calls than usual."
    assert office.match_of(person).allowance == CALLS
    office.player.fill(matching.match_steps.allowance_reason, "The train was cancelled.")
    office.player.press("Save the number of calls")
    assert office.match_of(person).allowance == CALLS + 1


def _written_down(office: Office, person: PersonId, number: int, kind: Kind) -> None:
    match = office.match_of(person)
    if number == 1:
        office.on_mentee(person)
        office.player.press("Write down a call for the mentor")
    else:
        office.player.go("session_log", LogCall(match_id=match.id))
    page = office.player.page(SessionLogPage)
    assert f"Call {number} of {CALLS} is next" in page.number.words
    if number == 1:
        page.channel.choices[SessionChannel.TEXT].click()
        assert page.young.isVisibleTo(page) is (kind.role == "young_person")
        page.channel.choices[SessionChannel.PHONE].click()
        page.minutes.choices["60"].click()
    office.player.press("Save call")


def _asked_how_it_goes(office: Office, person: PersonId, who: str) -> None:
    match = office.match_of(person)
    if match.state is MatchState.ACTIVE:
        office.on_mentee(person)
        office.player.press(f"Ask how it goes, {who}")
    else:
        about = PulseSubject.MENTEE if who == "the mentee" else PulseSubject.MENTOR
        office.player.go("pulse", AskPulse(match_id=match.id, about=about))
    page = office.player.page(PulsePage)
    assert page.due.isVisibleTo(page), "day 30 has passed, or the match is over"
    page.faces.faces[5].click()
    office.player.press("Save")


def _closed(office: Office, person: PersonId) -> None:
    office.clock.forward(days=1)
    page = office.on_mentee(person)
    office.player.press("End the match")
    assert page.match_steps.end_form is not None
    reason, goal = page.match_steps.end_form.fields
    reason.set_value("goals_met")  # type: ignore[attr-defined]
    office.player.press("End this match")
    assert office.match_of(person).state is MatchState.ACTIVE, "how far each goal is was not said"
    goal.set_value(GoalState.MET)  # type: ignore[attr-defined]
    office.player.press("End this match")
    assert office.match_of(person).state is MatchState.ENDED
    _questionnaire(office, person, "end", 4)


def _counted(
    before: Mapping[tuple[str, str, str], str],
    after: Mapping[tuple[str, str, str], str],
    *,
    missed: int,
    mentor_answers: int,
) -> None:
    """What the report says more than before is what was done."""
    words = figure_words()

    def more(figure: Figure, row: str, column: Column) -> int:
        place = (words["figures"][figure]["title"], row, words["columns"][column])
        return int(after[place].replace(",", "")) - int(before[place].replace(",", ""))

    whole = words["rows"]["other"]["total"]
    done = {
        (Figure.CALLS, whole, Column.HELD): CALLS,
        (Figure.CALLS, whole, Column.HOURS): CALLS,
        (Figure.CALLS, whole, Column.MISSED_BY_MENTEE): missed,
        (Figure.CALLS, whole, Column.MISSED_BY_MENTOR): 0,
        (Figure.MATCHING, whole, Column.READY): 1,
        (Figure.MATCHING, whole, Column.MATCHED): 1,
        (Figure.QUALITY, whole, Column.MENTEE_ANSWERS): 2,
        (Figure.QUALITY, whole, Column.MENTOR_ANSWERS): mentor_answers,
        (Figure.GOALS, whole, Column.GOALS): 1,
        (Figure.GOALS, whole, Column.GOALS_MET): 1,
        (Figure.ENDED, whole, Column.MATCHES): 1,
        (Figure.COPING, whole, Column.PAIRS): 1,
    }
    assert {place: more(*place) for place in done} == done


def _on_paper(numbers: Mapping[tuple[str, str, str], str], paper: str) -> None:
    """Every row of the list stands on the paper, its values in the same order."""
    rows: dict[tuple[str, str], list[str]] = {}
    for (figure, row, _column), value in numbers.items():
        rows.setdefault((figure, row), []).append(value)
    said = {" ".join(" ".join((row, *values)).split()) for (_figure, row), values in rows.items() if row}
    assert {each for each in said if each not in paper} == set()
