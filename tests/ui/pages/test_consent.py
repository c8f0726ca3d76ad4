"""The bedside talk, by presses and keys on a real vault: from the first question to what is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from typing_extensions import override

from app.domain.codes import AskAgain, Decision, GivenBy, Purpose, ReferralState, Scope
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.domain.person import Person
from app.domain.referral import Referral
from app.use_cases import drafts
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.consent import ConsentPage
from ui.pages.consent_check import ConsentCheckPage
from ui.pages.consent_done import ConsentDonePage
from ui.view_models.subjects import AskAbout, ToCheck, WasRecorded
from ui.widgets import Answer, Button, DateParts
from ui.widgets.tab_order import tab_stops

Settled = Callable[[], None]


@pytest.fixture
def page(context: PageContext) -> ConsentPage:
    return ConsentPage(context)


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return kit.register(laptop)


def press(page: ConsentPage, *answers: Answer) -> None:
    for answer in answers:
        page.asking.bar.buttons[answer].click()


def say_how(page: ConsentPage) -> None:
    """Say how much, how, and that it was read back: four presses."""
    page.how.scope.choices[Scope.CONTACT_INJURY].click()
    page.how.agreed_to_script.ticks["yes"].click()
    page.how.method.choices["spoken_in_person"].click()
    page.how.read_back.ticks["yes"].click()


def events(laptop: Laptop, person: PersonId) -> tuple[ConsentEvent, ...]:
    with laptop.vault.reading() as read:
        return read.of_person(ConsentEvent, person)


def test_nothing_is_ticked_beforehand(page: ConsentPage, sam: PersonId, shown: Any) -> None:
    shown(page, sam)
    assert set(page.asking.matrix.answers.values()) == {Answer.NOT_ASKED}
    assert page.heading.words == "Who may help Sam?"
    assert page.how.scope.isHidden()
    assert page.how.method.isHidden()
    assert page.how.scope.value is None
    assert page.how.read_back.values == ()


def test_what_was_agreed_before_is_said_but_not_ticked(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    kit.agree(laptop, sam, ("aspire", Purpose.REFERRAL_CONTACT))
    shown(page, sam)
    assert page.asking.matrix.answers[str(laptop.orgs["aspire"]), "referral_contact"] is Answer.NOT_ASKED
    assert page.asking.before.label.words.startswith("Before today: agreed, contact details, the injury and needs")


def test_the_own_charity_comes_first_and_who_takes_no_details_is_not_asked_about(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    shown(page, sam)
    asked = list(dict.fromkeys(org for org, _purpose in page.asking.places))
    assert asked == [laptop.orgs["aspire"], laptop.orgs["back_up"]]
    assert "Spinal Injuries Association" in page.asking.signposts.words


def test_one_press_answers_and_moves_on_to_the_next_sentence(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    shown(page, sam)
    assert page.asking.bar.title.words == "Read aloud: Aspire, get in touch"
    press(page, Answer.AGREED)
    assert page.asking.bar.title.words == "Read aloud: Aspire, work with us"
    assert "Aspire may work on your support" in page.asking.bar.sentence.words
    assert page.talk.given == {(laptop.orgs["aspire"], Purpose.REFERRAL_CONTACT): Decision.AGREED}


def test_undo_takes_back_the_last_answer_and_returns_to_its_question(
    page: ConsentPage, sam: PersonId, shown: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED, Answer.REFUSED)
    page.asking.bar.undo_button.click()
    assert list(page.talk.given.values()) == [Decision.AGREED]
    assert page.asking.bar.title.words == "Read aloud: Aspire, work with us"
    page.asking.bar.undo_button.click()
    assert page.talk.given == {}
    assert not page.asking.bar.undo_button.isVisible()


def test_refused_everything_is_one_press_and_also_ends_an_earlier_yes(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    kit.agree(laptop, sam, ("back_up", Purpose.NEWS_AND_FUNDRAISING), scope=Scope.CONTACT)
    shown(page, sam)
    page.asking.refused_all_button.click()
    assert set(page.talk.given.values()) == {Decision.REFUSED}
    assert (laptop.orgs["back_up"], Purpose.NEWS_AND_FUNDRAISING) in page.talk.given
    page.asking.bar.undo_button.click()
    assert page.talk.given == {}


def test_cannot_answer_today_keeps_what_was_answered_and_asks_for_a_day(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.REFUSED)
    page.asking.not_able_button.click()
    assert sorted(set(page.talk.given.values())) == [Decision.NOT_ABLE_NOW, Decision.REFUSED]
    assert page.how.able_on.isVisible()
    page.how.able_on.set_parts(DateParts(day="3", month="12", year="2026"))
    page.how.method.choices["spoken_in_person"].click()
    page.check_button.click()
    settled()
    assert went.places[-1][0] == "consent_check"


def test_a_person_who_cannot_answer_at_all_is_asked_nothing_more(
    page: ConsentPage, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    page.asking.not_able_button.click()
    assert not page.how.method.isVisible()
    assert not page.how.read_back.isVisible()
    page.check_button.click()
    settled()
    assert went.places[-1][0] == "consent_check"


def test_folded_reasons_open_on_a_press(page: ConsentPage, sam: PersonId, shown: Any) -> None:
    shown(page, sam)
    assert {purpose for _org, purpose in page.asking.places} == {
        Purpose.REFERRAL_CONTACT,
        Purpose.CASEWORK,
        Purpose.MENTORING,
    }
    assert page.asking.purposes_button.words == "Ask also about totals, research and news"
    page.asking.purposes_button.click()
    assert {purpose for _org, purpose in page.asking.places} == set(Purpose)
    assert not page.asking.purposes_button.isVisible()


def test_in_a_large_alliance_only_those_that_meet_a_need_stand_open(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    for number in range(6):
        kit.add_member(laptop, f"charity_{number}", f"Charity {number}")
    shown(page, sam)
    assert len({org for org, _purpose in page.asking.places}) == 2
    assert page.asking.rows_button.words == "6 charities not asked today"
    page.asking.rows_button.click()
    assert len({org for org, _purpose in page.asking.places}) == 8


def test_the_amount_can_be_less_for_one_charity(page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any) -> None:
    shown(page, sam)
    press(page, Answer.AGREED, Answer.AGREED)
    page.how.scope.choices[Scope.CONTACT_INJURY_NEEDS].click()
    page.how.less_button.click()
    place = (laptop.orgs["aspire"], Purpose.CASEWORK)
    page.how.less_fields[place].choices[Scope.CONTACT].click()
    assert page.talk.scope_of(place) is Scope.CONTACT
    assert page.talk.scope_of((laptop.orgs["aspire"], Purpose.REFERRAL_CONTACT)) is Scope.CONTACT_INJURY_NEEDS


def test_how_much_is_read_aloud_in_the_approved_words(page: ConsentPage, sam: PersonId, shown: Any) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    assert not page.how.scope_wording.isVisible()
    page.how.scope.choices[Scope.CONTACT].click()
    assert page.how.scope_wording.isVisible()
    assert "They will know your name, your age group" in page.how.scope_wording.sentence.words


def test_later_over_an_earlier_yes_says_that_the_yes_goes_on(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    kit.agree(laptop, sam, ("aspire", Purpose.REFERRAL_CONTACT))
    shown(page, sam)
    press(page, Answer.DECIDE_LATER)
    page.asking.matrix.set_current(str(laptop.orgs["aspire"]), "referral_contact")
    assert page.asking.before.label.words.endswith("If it should stop meanwhile, press Refused.")


def test_a_missing_answer_is_named_where_it_is_given_and_nothing_is_lost(
    page: ConsentPage, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    page.how.scope.choices[Scope.CONTACT].click()
    page.how.agreed_to_script.ticks["yes"].click()
    page.check_button.click()
    settled()
    assert page.how.method.error
    assert page.errors.isVisible()
    assert went.places == []
    page.how.method.choices["eye_gaze"].click()
    page.check_button.click()
    settled()
    assert page.how.method.error == ""
    assert page.how.witness_name.error
    page.how.witness_name.set_text("Ruth Bell")
    page.how.witness_role.set_text("nurse")
    page.check_button.click()
    settled()
    assert page.how.read_back.error
    assert list(page.talk.given.values()) == [Decision.AGREED]


def test_checking_an_empty_talk_says_that_nothing_was_asked(
    page: ConsentPage, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    page.check_button.click()
    settled()
    assert page.failure.banner.statement.words == "Nothing was asked yet."


def test_a_child_is_asked_whether_they_understand(
    page: ConsentPage, laptop: Laptop, shown: Any, settled: Settled, went: Any
) -> None:
    child = kit.register(laptop, full_name="Ellis Ward", known_as="Ellis", dob=("1", "1", "2013"))
    shown(page, child)
    press(page, Answer.AGREED)
    say_how(page)
    assert page.giver.gillick.isVisible()
    assert not page.giver.usual.isVisible()
    page.check_button.click()
    settled()
    assert page.giver.gillick.error
    page.giver.gillick.choices["competent"].click()
    for field, words in (
        (page.giver.understood, "They will ring me"),
        (page.giver.could_go_wrong, "Others may hear it"),
        (page.giver.parent_told_why, "Mum was there"),
    ):
        field.set_text(words)
    page.giver.parent_told.choices["yes"].click()
    page.check_button.click()
    settled()
    assert went.places[-1][0] == "consent_check"


def test_without_a_full_day_of_birth_the_age_is_asked(
    page: ConsentPage, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    person = kit.register(laptop, dob=("", "", ""))
    shown(page, person)
    assert not page.giver.age.isVisible()
    press(page, Answer.AGREED)
    assert page.giver.age.isVisible()
    say_how(page)
    page.check_button.click()
    settled()
    assert page.giver.age.error


def test_a_change_of_who_answers_opens_its_own_part(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    say_how(page)
    assert "taken as able to decide this" in page.giver.usual.words
    page.giver.change_button.click()
    page.giver.by.choices[GivenBy.ATTORNEY_PROPERTY].click()
    assert page.giver.name.isVisible()
    page.giver.name.set_text("Ruth Osei")
    page.giver.evidence.set_text("the power of attorney")
    page.check_button.click()
    settled()
    assert page.giver.by.error.startswith("This person may not decide that for them.")


def test_lacking_capacity_now_points_to_another_day(page: ConsentPage, sam: PersonId, shown: Any) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    page.giver.change_button.click()
    page.giver.capacity.choices["assessed_lacks_now"].click()
    assert page.giver.not_now.isVisible()
    assert page.giver.support.isVisible()


def test_a_language_without_approved_wording_offers_an_interpreter(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any
) -> None:
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, sam, fields={"language": "pl"})
    shown(page, sam)
    assert page.no_wording.isVisible()
    page.giver.change_button.click()
    page.giver.format.choices["interpreter"].click()
    assert page.giver.interpreter.isVisible()


def test_answers_survive_a_crash(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, qtbot: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED, Answer.REFUSED)
    page.how.scope.choices[Scope.CONTACT].click()
    with qtbot.waitSignal(page.drafts.kept, timeout=3_000):
        pass
    settled()
    again = shown(ConsentPage(context), sam)
    assert again.talk == page.talk
    assert again.how.scope.value == Scope.CONTACT
    assert again.asking.bar.title.words == "Read aloud: Aspire, find a mentor"


def test_discarded_answers_come_back_with_undo(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    page.discard_button.click()
    settled()
    assert page.talk.given == {}
    page.asking.bar.undo_button.click()
    assert list(page.talk.given.values()) == [Decision.AGREED]


def test_leaving_keeps_the_draft(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    page.leave_button.click()
    settled()
    assert went.places == [("person", sam)]
    assert drafts.load_draft(laptop.vault, actor=laptop.actor, page="consent", subject=sam) is not None


def test_change_comes_back_to_the_very_question(
    page: ConsentPage, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED, Answer.REFUSED)
    page.drafts.keep_now()
    settled()
    place = (laptop.orgs["aspire"], Purpose.CASEWORK)
    shown(page, AskAbout(person_id=sam, place=place))
    assert page.asking.current == place
    assert list(page.talk.given.values()) == [Decision.AGREED, Decision.REFUSED]


def through(page: ConsentPage, went: Any, settled: Settled) -> ToCheck:
    page.check_button.click()
    settled()
    key, subject = went.places[-1]
    assert key == "consent_check", page.failure.banner.statement.words
    assert isinstance(subject, ToCheck)
    return subject


def test_every_answer_is_checked_as_a_sentence_and_then_recorded(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED, Answer.DECIDE_LATER, Answer.REFUSED)
    say_how(page)
    page.how.ask_again.choices[AskAgain.NEVER].click()
    check = shown(ConsentCheckPage(context), through(page, went, settled))
    words = [part.words for part in check.findChildren(type(check.heading)) if part.isVisible()]
    assert "Aspire may get in touch with Sam." in words
    assert "They will know contact details and the injury. Until 20 February 2028." in words
    assert "Sam decides later whether Aspire may work on Sam’s support." in words
    assert "Aspire may not find a mentor for Sam." in words
    assert "We do not ask again." in words
    assert "Said it face to face." in words
    assert events(laptop, sam) == ()
    check.record_button.click()
    settled()
    recorded = events(laptop, sam)
    assert len(recorded) == 1
    assert [line.decision for line in recorded[0].lines] == [Decision.AGREED, Decision.DECIDE_LATER, Decision.REFUSED]
    assert went.places[-1][0] == "consent_done"
    assert went.sends == 1
    assert drafts.load_draft(laptop.vault, actor=laptop.actor, page="consent", subject=sam) is None


def test_change_goes_to_the_question_it_stands_beside(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.AGREED)
    say_how(page)
    check = shown(ConsentCheckPage(context), through(page, went, settled))
    place = (laptop.orgs["aspire"], Purpose.REFERRAL_CONTACT)
    assert check.change_buttons[place].accessibleName() == "Change, Aspire, get in touch"
    check.change_buttons[place].click()
    assert went.places[-1] == ("consent", AskAbout(person_id=sam, place=place))


def test_every_change_is_reached_by_arrows_and_only_one_of_them_takes_tab(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    for answer in (Answer.AGREED, Answer.REFUSED, Answer.AGREED):
        press(page, answer)
    say_how(page)
    check = shown(ConsentCheckPage(context), through(page, went, settled))
    check.activateWindow()
    first, second, last = check.change_buttons.values()
    stops = [stop for stop in tab_stops(check) if stop in (first, second, last)]
    assert stops == [first]
    first.setFocus()
    reached = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(QApplication.focusWidget(), key)
        reached.append(QApplication.focusWidget())
    assert reached == [second, last, last, second]
    # Whoever comes back by Tab stands where they were.
    assert [stop for stop in tab_stops(check) if stop in (first, second, last)] == [second]
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert went.places[-1] == ("consent", AskAbout(person_id=sam, place=list(check.change_buttons)[1]))


def test_going_back_after_recording_finds_no_answers_to_record_twice(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.REFUSED)
    page.how.method.choices["spoken_in_person"].click()
    subject = through(page, went, settled)
    page.hide()
    shown(ConsentCheckPage(context), subject).record_button.click()
    settled()
    page.show()
    settled()
    assert page.talk.given == {}


def test_a_double_press_records_once(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    shown(page, sam)
    press(page, Answer.REFUSED)
    page.how.method.choices["spoken_in_person"].click()
    check = shown(ConsentCheckPage(context), through(page, went, settled))
    check.record_button.click()
    check.record_button.click()
    settled()
    assert len(events(laptop, sam)) == 1


def test_a_no_takes_back_what_rested_on_it_and_says_so(
    page: ConsentPage, context: PageContext, laptop: Laptop, shown: Any, settled: Settled, went: Any
) -> None:
    person, referral = kit.sent(laptop)
    shown(page, person)
    page.asking.refused_all_button.click()
    page.how.method.choices["spoken_in_person"].click()
    shown(ConsentCheckPage(context), through(page, went, settled)).record_button.click()
    settled()
    done = shown(ConsentDonePage(context), went.places[-1][1])
    words = [part.words for part in done.now_card.findChildren(type(done.heading))]
    assert "1 referral was taken back, because nobody may act on it any more." in words
    with laptop.vault.reading() as read:
        assert read.get(Referral, referral).state is ReferralState.WITHDRAWN


def test_a_new_yes_proposes_the_introduction(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    recorded = kit.agree(laptop, sam, ("back_up", Purpose.REFERRAL_CONTACT))
    subject = WasRecorded(person_id=sam, event_id=recorded.event_id, introductions=recorded.introductions)
    done = shown(ConsentDonePage(context), subject)
    assert [each.words for each in done.proposed] == ["Introduce Sam to Back Up: Outreach and support"]
    done.refer_button.click()
    key, refer_to = went.places[-1]
    assert key == "refer"
    assert refer_to.introductions == recorded.introductions


class Presses(QObject):
    """Counts what a person does, as the budget counts it: one press, choice or filled field is a step."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0
        self.keys = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and isinstance(watched, QWidget):
            self.keys += 1
            if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return):
                self.steps += 1
        return False


def test_three_charities_and_two_reasons_take_at_most_sixteen_steps_by_keyboard_alone(
    page: ConsentPage, context: PageContext, laptop: Laptop, sam: PersonId, shown: Any, settled: Settled, went: Any
) -> None:
    kit.add_member(laptop, "third", "Third Charity")
    shown(page, sam)
    presses = Presses()
    QApplication.instance().installEventFilter(presses)  # type: ignore[union-attr]

    def to(target: QWidget) -> None:
        """Go there by Tab, and by arrows within a group of choices."""
        for _ in range(120):
            here = QApplication.focusWidget()
            if here is target:
                return
            group = getattr(target, "group", lambda: None)()
            same = group is not None and here is not None and getattr(here, "group", lambda: None)() is group
            QTest.keyClick(here, Qt.Key.Key_Right if same else Qt.Key.Key_Tab)
        raise AssertionError(f"the keyboard does not reach {target.accessibleName()}")

    def press_key(target: QWidget) -> None:
        to(target)
        QTest.keyClick(target, Qt.Key.Key_Space)

    page.asking.matrix.focus_current()
    agreed, not_asked = page.asking.bar.buttons[Answer.AGREED], page.asking.bar.buttons[Answer.NOT_ASKED]
    for _charity in range(3):
        press_key(agreed)
        press_key(agreed)
        press_key(not_asked)
    choices: list[Button | QWidget] = [
        page.how.scope.choices[Scope.CONTACT_INJURY],
        page.how.agreed_to_script.ticks["yes"],
        page.how.method.choices["spoken_in_person"],
        page.how.read_back.ticks["yes"],
        page.check_button,
    ]
    for choice in choices:
        press_key(choice)
    settled()
    check = shown(ConsentCheckPage(context), went.places[-1][1])
    check.activateWindow()
    check.back_button.setFocus()
    QTest.keyClick(check.back_button, Qt.Key.Key_Backtab)
    press_key(check.record_button)
    settled()
    QApplication.instance().removeEventFilter(presses)  # type: ignore[union-attr]
    lines = events(laptop, sam)[0].lines
    assert len([line for line in lines if line.decision is Decision.AGREED]) == 6
    # One more step brought the worker here from the person's page.
    assert presses.steps + 1 <= 16
