"""Beside a referral's state: who looks after it, tries to reach the person, what is left, both views, duplicates."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.actor import Actor
from app.domain.ids import ReferralId
from app.storage.vault import Vault
from app.use_cases import covering, reaching
from app.use_cases.referrals import ReferralView
from ui.pages.move_form import MoveForm, Step, day_of, set_day, today_words
from ui.pages.parts import FactList
from ui.pages.referral_end_forms import ways_of
from ui.view_models.referral_beside import BesideWords, beside_words
from ui.widgets import (
    Banner,
    Card,
    ChoiceGroup,
    DateField,
    Field,
    FlowRow,
    Manner,
    Option,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    SideBySide,
    TextField,
    Tone,
    clear,
)


class BesidePart(QWidget):
    """What is neither the state nor a move; nothing is shown that has nothing to say.

    Signals:
        form_asked: A `MoveForm` to open.
        step_asked: A `Step` to take at once.
        refer_asked: Refer the person for what is left.
        open_asked: The id of a referral whose page is wanted.
        ask_asked: Ask the person what they agree to.
    """

    form_asked = Signal(object)
    step_asked = Signal(object)
    refer_asked = Signal()
    open_asked = Signal(object)
    ask_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words: BesideWords | None = None
        self.came_from_card = Card(self.tr("Who asked"))
        self.ask_button = SecondaryButton(self.tr("Ask them now"))
        self.ask_first = Banner("", manner=Manner.ATTENTION, actions=(self.ask_button,))
        self.looked_after = SafeLabel("", tone=Tone.SOFT)
        self.take_button = SecondaryButton("")
        self.try_button = SecondaryButton(self.tr("Record a try"))
        self.tries_card = Card(self.tr("Reaching them"))
        self.refer_button = SecondaryButton(self.tr("Refer for what is left"))
        self.nothing_button = QuietButton(self.tr("Nothing more is needed"))
        self.left = Banner("", manner=Manner.ATTENTION, actions=(self.refer_button, self.nothing_button))
        self.linked_button = QuietButton(self.tr("Open that referral"))
        self.duplicate = Banner("", manner=Manner.INFO, actions=(self.linked_button,))
        self.outcome_card = Card(self.tr("What came of it"))
        self.outcome = FactList()
        self.same_buttons: dict[ReferralId, QuietButton] = {}
        self._tries = QVBoxLayout()
        self._same = QVBoxLayout()
        self._view: ReferralView | None = None
        self._on = date.min
        self._build()

    def show_view(self, view: ReferralView, on: date) -> None:
        """Show one referral as read on a day."""
        self._view, self._on = view, on
        words = self.words = beside_words(view, on)
        self.ask_first.set_words(words.ask_first)
        self.ask_first.setVisible(bool(words.ask_first))
        self.came_from_card.set_words(self.tr("Who asked"), words.came_from)
        self.came_from_card.setVisible(bool(words.came_from))
        self.looked_after.set_words(words.looked_after)
        said = self.tr("Give it back to the team") if view.is_mine else self.tr("I look after it")
        self.take_button.set_words(said)
        self._team.setVisible(words.can_take)
        clear(self._tries)
        for line in words.tries:
            self._tries.addWidget(SafeLabel(line))
        self.tries_card.set_words(self.tr("Reaching them"), words.reaching)
        self.tries_card.setVisible(words.can_try)
        self.left.set_words(words.left)
        self.left.setVisible(bool(words.left))
        self.outcome.show_facts(words.outcome)
        self.outcome_card.setVisible(bool(words.outcome))
        self.duplicate.set_words(words.duplicate)
        self.duplicate.setVisible(bool(words.duplicate))
        self.linked_button.setVisible(view.linked is not None and view.linked.referral_id is not None)
        self._show_same(view, words)

    def _build(self) -> None:
        # Level with the words of the button beside it.
        self.looked_after.setContentsMargins(0, 12, 0, 0)
        self._team = SideBySide(self.looked_after, self.take_button, least_width=420, stretches=(1, 0))
        self._tries.setSpacing(4)
        self._same.setSpacing(8)
        self.tries_card.add(self._tries)
        self.tries_card.add(FlowRow(self.try_button, gap=12))
        self.outcome_card.add(self.outcome)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.ask_first)
        column.addWidget(self.duplicate)
        column.addLayout(self._same)
        column.addWidget(self.left)
        column.addWidget(self._team)
        column.addWidget(self.tries_card)
        column.addWidget(self.outcome_card)
        column.addWidget(self.came_from_card)
        self.ask_button.clicked.connect(self.ask_asked)
        self.linked_button.clicked.connect(self._on_linked)
        self.take_button.clicked.connect(self._on_take)
        self.try_button.clicked.connect(self._on_try)
        self.refer_button.clicked.connect(self.refer_asked)
        self.nothing_button.clicked.connect(self._on_nothing)

    def _show_same(self, view: ReferralView, words: BesideWords) -> None:
        clear(self._same)
        self.same_buttons = {}
        for each, said in zip(view.maybe_same, words.maybe_same, strict=True):
            other = each.other.referral_id
            if other is None:
                continue
            open_words = self.tr("Open that referral")
            button = QuietButton(open_words, full_name=f"{open_words}, {each.person_name}, {each.other.org_name}")
            button.clicked.connect(partial(self._on_open, other))
            self.same_buttons[other] = button
            self._same.addWidget(Banner(said, manner=Manner.ATTENTION, actions=(button,)))

    def _on_linked(self) -> None:
        if self._view is not None and self._view.linked is not None:
            self.open_asked.emit(self._view.linked.referral_id)

    def _on_take(self) -> None:
        is_mine = not (self._view is not None and self._view.is_mine)

        def take(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> object:
            return covering.look_after(vault, actor=actor, now=now, referral_id=referral, is_mine=is_mine)

        self.step_asked.emit(take)

    def _on_try(self) -> None:
        if self._view is not None:
            self.form_asked.emit(TryForm(self._on, ways_of(self._view.package)))

    def _on_nothing(self) -> None:
        self.form_asked.emit(NothingLeftForm())

    def _on_open(self, referral: ReferralId, _checked: bool = False) -> None:
        self.open_asked.emit(referral)


class TryForm(MoveForm):
    """One try to reach the person."""

    def __init__(self, on: date, ways: dict[str, str]) -> None:
        super().__init__()
        self.way = ChoiceGroup(
            self.tr("How did you try?"), [Option(key=way, words=words) for way, words in ways.items()], in_a_row=True
        )
        self.day = DateField(self.tr("Day of the try"), hint=today_words())
        set_day(self.day, on)
        self.build(self.tr("You tried and did not reach them"), self.tr("Record this try"), self.way, self.day)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"way": self.way, "tries": self.day}

    def step(self) -> Step:
        """Return the try."""
        way, day = self.way.value, day_of(self.day, "tries")

        def record(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> object:
            return reaching.record_try(vault, actor=actor, now=now, referral_id=referral, on=day, way=way)

        return record


class NothingLeftForm(MoveForm):
    """Nothing more is needed of what a receiver did not take on."""

    def __init__(self) -> None:
        super().__init__()
        self.why = TextField(self.tr("Why nothing more is needed"))
        self.build(self.tr("Nothing more is needed"), self.tr("Take it off the list"), self.why)

    def named_fields(self) -> dict[str, Field]:
        """Return the field by name."""
        return {"why_nothing": self.why}

    def step(self) -> Step:
        """Return why nothing more is needed."""
        why = self.why.text

        def settle(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> None:
            reaching.nothing_left(vault, actor=actor, now=now, referral_id=referral, why=why)

        return settle
