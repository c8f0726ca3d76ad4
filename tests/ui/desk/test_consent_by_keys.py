"""Six charities asked by keyboard alone, from the open page to the record: every key counted, in the real window.

A key counts 0.28 s (an average non-secretary typist) and each question 1.35 s of thinking before its keys: the
keystroke-level model of Card, Moran and Newell, Commun ACM 1980;23:396. What is said aloud is no part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.codes import Need, PackageField, Purpose, ServiceStatus
from app.domain.consent_event import ConsentEvent
from app.domain.directory import Service
from app.domain.ids import OrganisationId, PersonId
from tests.helpers.vaults import Laptop, stable_id
from tests.ui.pages import sharing_kit as kit
from ui.desk import Desk
from ui.pages.consent import ConsentPage
from ui.pages.consent_check import ConsentCheckPage
from ui.pages.consent_done import ConsentDonePage
from ui.widgets import Answer, ChoiceGroup, QuietButton

KEY_S = 0.28
THINK_S = 1.35
LIMIT_S = 90.0
MOST_TABS = 80

# Invented charities, each with one entry in the directory that meets a need of the person.
CHARITIES: Mapping[str, Need] = {
    "Harbour Wheels": Need.WHEELCHAIR_SKILLS,
    "Lantern Advice": Need.BENEFITS_MONEY,
    "Meadow Families": Need.FAMILY_SUPPORT,
    "Cricket Lane Counselling": Need.COUNSELLING,
}

YES, NO, LATER, UNABLE = Answer.AGREED, Answer.REFUSED, Answer.DECIDE_LATER, Answer.NOT_ABLE_NOW

# Row by row, as people answer: most say yes to being contacted, and not to everything.
SAID = (
    (YES, YES, NO),
    (YES, YES, YES),
    (YES, NO, NO),
    (YES, LATER, NO),
    (NO, NO, NO),
    (YES, YES, LATER),
)


@dataclass
class Keyboard:
    """Presses keys where the focus is, and counts them."""

    settle: Callable[[], None]
    keys: int = 0
    questions: int = 0

    @property
    def focus(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None, "the keyboard is nowhere"
        return focused

    @property
    def seconds(self) -> float:
        return self.keys * KEY_S + self.questions * THINK_S

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focus, key, modifier)
        self.keys += 1
        self.settle()

    def tab_to(self, wanted: QWidget) -> None:
        """Press Tab until the keyboard is on a control."""
        for _ in range(MOST_TABS):
            if self.focus is wanted:
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {wanted.accessibleName()}")

    def answer(self, page: ConsentPage, answer: Answer) -> None:
        """Answer the question that is asked, with the fewest keys that lead there."""
        self.questions += 1
        bar = list(page.asking.bar.buttons.values())
        wanted = page.asking.bar.buttons[answer]
        steps = bar.index(wanted) - next(at for at, button in enumerate(bar) if button is self.focus)
        for _ in range(abs(steps)):
            if steps > 0:
                self.press(Qt.Key.Key_Tab)
            else:
                self.press(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert self.focus is wanted
        self.press(Qt.Key.Key_Space)

    def choose(self, control: QWidget) -> None:
        """Answer one question of a form: go to the choice and press it."""
        self.questions += 1
        self.tab_to(control)
        self.press(Qt.Key.Key_Space)

    def choose_in(self, group: ChoiceGroup, key: str) -> None:
        """Answer one question of radio buttons: Tab enters the group, arrows go on in it, Space chooses."""
        self.questions += 1
        choices = list(group.choices.values())
        while self.focus not in choices:
            self.press(Qt.Key.Key_Tab)
        steps = list(group.choices).index(key) - choices.index(self.focus)
        for _ in range(abs(steps)):
            self.press(Qt.Key.Key_Right if steps > 0 else Qt.Key.Key_Left)
        self.press(Qt.Key.Key_Space)
        assert group.value == key


@pytest.fixture
def six(laptop: Laptop) -> Laptop:
    """An alliance of six: Aspire, Back Up and four invented charities with real entries in the directory."""
    for name, need in CHARITIES.items():
        slug = name.lower().replace(" ", "_")
        org = kit.add_member(laptop, slug, name)
        with laptop.vault.transaction(**laptop.act) as work:
            work.create(
                Service(
                    **{**work.header(), "id": stable_id("service", slug), "org": org},
                    name=f"Help of {name}",
                    provider=OrganisationId(org),
                    needs=frozenset({need}),
                    status=ServiceStatus.ACTIVE,
                    intake_team="intake",
                    intake_default=True,
                    needed_fields=frozenset(PackageField),
                    checked_on=laptop.clock().date() - timedelta(days=20),
                    checked_by=name,
                )
            )
    return laptop


@pytest.mark.parametrize(("purposes", "most_keys"), [(3, 80), (6, 100)])
def test_six_charities_are_recorded_by_keyboard_alone_within_ninety_seconds(
    desk_for: Callable[..., Desk], settled: Callable[[Desk], None], six: Laptop, purposes: int, most_keys: int
) -> None:
    needs = frozenset({Need.PEER_MENTORING, Need.HOUSING, *CHARITIES.values()})
    person = kit.register(six, needs=needs)
    desk = desk_for()
    desk.shell.activateWindow()
    # Beside other windows activation comes late, and the keyboard would begin elsewhere.
    assert QTest.qWaitForWindowActive(desk.shell)
    desk.open("consent", person)
    settled(desk)
    page = desk.page
    assert isinstance(page, ConsentPage)
    hands = Keyboard(lambda: settled(desk))
    if purposes == len(Purpose):
        hands.tab_to(page.asking.purposes_button)
        hands.press(Qt.Key.Key_Space)
    assert len(page.asking.places) == len(SAID) * purposes
    assert set(page.asking.matrix.answers.values()) == {Answer.NOT_ASKED}

    hands.press(Qt.Key.Key_Space)
    said = [answer for row in SAID for answer in (row * 2)[:purposes]]
    for answer in said:
        hands.answer(page, answer)
    answer_how(page, hands)
    pages = finish(desk, hands)

    with six.vault.reading() as read:
        (event,) = read.of_person(ConsentEvent, PersonId(person))
    assert [Answer(line.decision) for line in event.lines] == said
    assert pages == 3
    assert hands.keys <= most_keys
    assert hands.seconds <= LIMIT_S


def answer_how(page: ConsentPage, hands: Keyboard) -> None:
    """Say how much may be told, when to ask again, how it was answered, and that it was read back."""
    hands.choose_in(page.how.scope, "contact_injury_needs")
    hands.choose(page.how.agreed_to_script.ticks["yes"])
    hands.choose_in(page.how.method, "spoken_in_person")
    hands.choose(page.how.read_back.ticks["yes"])


def finish(desk: Desk, hands: Keyboard) -> int:
    """Check and record; returns how many pages that were."""
    page = desk.page
    assert isinstance(page, ConsentPage)
    hands.choose(page.check_button)
    check = desk.page
    assert isinstance(check, ConsentCheckPage), page.failure.isVisible() and page.failure
    _wait_until_laid_out(check)
    hands.choose(check.record_button)
    assert isinstance(desk.page, ConsentDonePage)
    return 3


def _wait_until_laid_out(check: ConsentCheckPage) -> None:
    """Tab goes as the page is read: before it is laid out there is nothing to read."""
    above = [button for button in check.findChildren(QuietButton) if button.isVisibleTo(check)]
    for _ in range(200):
        lowest = max(button.mapTo(check, button.rect().topLeft()).y() for button in above)
        if check.record_button.mapTo(check, check.record_button.rect().topLeft()).y() > lowest > 0:
            return
        QTest.qWait(10)
    raise AssertionError("the page is not laid out")
