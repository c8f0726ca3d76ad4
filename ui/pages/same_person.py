"""Two records side by side: one person or two? Only people decide, and what they decide can be undone."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.domain.ids import PersonId, RecordId
from app.errors import BadInputError, SeveralInputsError
from app.use_cases import joining
from app.use_cases.joining import PairView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FactList, FoldedForm, stack
from ui.pages.vault_page import VaultPage
from ui.view_models.pair_words import ONE, OTHER, STAY, PairWords, chosen_values, pair_words, written_on
from ui.view_models.registration import shipped_name_tables
from ui.view_models.subjects import ComparePair
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Field,
    IconLabel,
    Manner,
    Option,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    SideBySide,
    Surface,
    TextArea,
    TextRole,
    Tone,
    announce,
    clear,
)
from ui.widgets.text import filled

LEAST_WIDTH_OF_TWO_RECORDS = 640
"""Below it the records stand one after the other: a fact and its name need some three hundred px."""


class SamePersonPage(VaultPage):
    """Why two records may be of one person, what each says, what is right, and three answers."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {RecordType.PERSON, RecordType.PERSON_MERGE, RecordType.SAME_PERSON}
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("One person or two?"))
        self.pair: PairView | None = None
        self.choices: dict[str, ChoiceGroup] = {}
        self._job: Job[Any] | None = None
        self._above, self._told = stack(16)
        self._below, self._form = stack(24)
        self.same_button = PrimaryButton(self.tr("Make them one record"))
        self.agree_button = PrimaryButton(self.tr("This is one person"))
        self.later_button = QuietButton(self.tr("Decide later"), shape=Shape.CLOCK)
        self.ask_button = SecondaryButton(self.tr("Ask a coordinator"))
        self.why = TextArea(
            self.tr("Why are they two people?"), optional=True, hint=self.tr("For example: father and son.")
        )
        self.not_same = FoldedForm(
            self.tr("These are two people"), self.tr("Keep as two people"), self.why, shape=Shape.PEOPLE
        )
        self._build()

    @override
    def load(self) -> None:
        """Read both records again."""
        context, subject = self.context, self.subject

        def read() -> PairView:
            one, other = _pair(context, subject)
            return joining.open_pair(
                context.vault,
                actor=context.actor,
                now=context.now,
                one=one,
                other=other,
                names=shipped_name_tables(),
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the choice that is refused, or where the reason is typed."""
        name = key.rpartition(".")[2]
        if key == "same_person.why":
            return self.why
        return next((choice for at, choice in self.choices.items() if at.rpartition(".")[2] == name), None)

    def _build(self) -> None:
        self.add(self._above)
        self.add(self._below)
        self.add(self.not_same)
        self.not_same.hide()
        self.set_actions(self.same_button, self.agree_button, self.ask_button, self.later_button)
        self.same_button.clicked.connect(self._on_same)
        self.agree_button.clicked.connect(self._on_agree)
        self.later_button.clicked.connect(self._on_later)
        self.ask_button.clicked.connect(self._on_later)
        self.not_same.save_asked.connect(self._on_not_same)
        for button in (self.same_button, self.agree_button, self.ask_button, self.later_button):
            button.hide()

    def _on_read(self, pair: PairView) -> None:
        chosen = self._answers() if self.pair is not None and self.pair.one.person_id == pair.one.person_id else {}
        self.pair = pair
        words = pair_words(pair, london_day(self.context.now))
        self.set_heading(words.heading, words.purpose)
        clear(self._told)
        self._tell(words)
        self._told.addWidget(self._records(pair, words))
        for said in words.doubled:
            self._told.addWidget(Banner(said, "", manner=Manner.ATTENTION))
        clear(self._form)
        self.choices.clear()
        if words.may_decide and not pair.is_of_two:
            self._ask(words, chosen)
        self.not_same.setVisible(words.may_decide)
        self.same_button.setVisible(words.may_agree and not pair.is_of_two)
        self.agree_button.setVisible(words.may_agree and pair.is_of_two)
        self.later_button.setVisible(words.may_agree)
        self.ask_button.setVisible(not pair.may_decide)

    def _tell(self, words: PairWords) -> None:
        if words.standing:
            self._told.addWidget(Banner(words.standing, words.detail, manner=Manner.INFO))
        if words.speaking_for:
            self._told.addWidget(IconLabel(Shape.TRIANGLE, words.speaking_for, tone=Tone.ATTENTION))
        if words.against:
            text = self.tr("Against it: {reasons}").format(reasons=words.against[:1].lower() + words.against[1:])
            self._told.addWidget(SafeLabel(text, tone=Tone.SOFT))

    def _records(self, pair: PairView, words: PairWords) -> QWidget:
        parts = [
            _record(side.name, written_on(side), facts)
            for side, facts in zip((pair.one, pair.other), words.facts, strict=True)
        ]
        return SideBySide(*parts, least_width=LEAST_WIDTH_OF_TWO_RECORDS, stretches=(1, 1))

    def _ask(self, words: PairWords, chosen: dict[str, str]) -> None:
        if words.choices:
            self._form.addWidget(SafeLabel(self.tr("Where they differ, which is right?"), TextRole.SECTION))
        for choice in words.choices:
            options = [Option(key=ONE, words=choice.one), Option(key=OTHER, words=choice.other)]
            group = ChoiceGroup(choice.legend, options, in_a_row=True)
            group.set_value(chosen.get(choice.key) or (None if choice.is_open else ONE))
            self.choices[choice.key] = group
            self._form.addWidget(group)
        hint = self.tr(
            "Notes, referrals, stays and ways to reach the person move together. Of two answers about sharing the"
            " stricter one holds. You can undo it at any time."
        )
        self._form.addWidget(SafeLabel(hint, TextRole.HINT, tone=Tone.SOFT))

    def _answers(self) -> dict[str, str]:
        return {key: choice.value for key, choice in self.choices.items() if choice.value is not None}

    def _on_same(self) -> None:
        self.clear_failure()
        pair, context, answers = self.pair, self.context, self._answers()
        assert pair is not None, "the button is shown with a pair"
        missing = [key for key in self.choices if key not in answers]
        if missing:
            errors = [BadInputError.at("person_merge", key.rpartition(".")[2], "required") for key in missing]
            self.show_failure(errors[0] if len(errors) == 1 else SeveralInputsError(*errors))
            return
        chosen, injury = chosen_values(pair, answers)
        stay = self._stay(pair, answers)

        def decide() -> PersonId:
            joining.decide_same(
                context.vault,
                actor=context.actor,
                now=context.now,
                pair=pair,
                chosen=chosen,
                injury=injury,
                stay=stay,
            )
            return pair.one.person_id

        self.ask(decide, self._on_decided)

    @staticmethod
    def _stay(pair: PairView, answers: dict[str, str]) -> RecordId | None:
        if not pair.stays_differ:
            return None
        side = pair.one if answers[f"{STAY}.{STAY}"] == ONE else pair.other
        return None if side.stay is None else side.stay.id

    def _on_agree(self) -> None:
        self.clear_failure()
        pair, context = self.pair, self.context
        assert pair is not None, "the button is shown with a pair"

        def decide() -> PairView:
            joining.decide_same_of_two(context.vault, actor=context.actor, now=context.now, pair=pair)
            return pair

        self.ask(decide, self._on_agreed)

    def _on_not_same(self) -> None:
        self.clear_failure()
        pair, context, why = self.pair, self.context, self.why.text
        assert pair is not None, "the form is shown with a pair"

        def decide() -> None:
            joining.decide_not_same(context.vault, actor=context.actor, now=context.now, pair=pair, why=why)

        self.ask(decide, self._on_two)

    def _on_later(self) -> None:
        self.clear_failure()
        pair, context = self.pair, self.context
        assert pair is not None, "the button is shown with a pair"

        def decide() -> None:
            joining.decide_later(context.vault, actor=context.actor, now=context.now, pair=pair)

        self.ask(decide, self._on_left)

    def _on_decided(self, person: PersonId) -> None:
        announce(self, self.tr("They become one record at the next exchange. Until then both stay as they are."))
        self.context.changes.tell({RecordType.PERSON_MERGE, RecordType.TASK})
        self.context.navigate("person", person)

    def _on_agreed(self, pair: PairView) -> None:
        said = self.tr("Kept. When {charity} says so too, both records tell it.")
        announce(self, filled(said, charity=pair.partner))
        self.context.changes.tell({RecordType.SAME_PERSON, RecordType.TASK})
        self.context.navigate("person", pair.one.person_id)

    def _on_two(self, _nothing: None) -> None:
        self.not_same.fold()
        self.why.set_text("")
        announce(self, self.tr("Kept as two people. Nobody is asked again until more is known."))
        self.context.changes.tell({RecordType.SAME_PERSON, RecordType.TASK})
        self.context.navigate("today", None)

    def _on_left(self, _nothing: None) -> None:
        announce(self, self.tr("Left for later. The question comes back in a week."))
        self.context.changes.tell({RecordType.TASK})
        self.context.navigate("today", None)


def _record(name: str, written: str, facts: tuple[tuple[str, str], ...]) -> QWidget:
    card = Surface(gap=12)
    card.setAccessibleName(name)
    card.add(SafeLabel(name, TextRole.SECTION))
    card.add(SafeLabel(written, TextRole.HINT, tone=Tone.SOFT))
    card.add(FactList(facts))
    filler = QVBoxLayout()
    filler.addStretch(1)
    card.column.addLayout(filler)
    return card


def _pair(context: PageContext, subject: object) -> tuple[PersonId, PersonId]:
    if isinstance(subject, ComparePair):
        return subject.one, subject.other
    assert isinstance(subject, UUID), "the page is opened on a pair, or on the task that asks about one"
    return joining.pair_of_task(context.vault, task_id=RecordId(subject))
