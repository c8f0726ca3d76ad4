"""Today: one list, one order, the reason in words, and one press to begin."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget

from app.domain.codes import RecordType
from app.use_cases import today
from app.use_cases.today import TodayItem
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.today_words import summary_words, today_line
from ui.widgets import (
    Banner,
    Cell,
    Column,
    EmptyState,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
)


class TodayPage(VaultPage):
    """What waits for whoever is signed in."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {
            RecordType.TASK,
            RecordType.REFERRAL,
            RecordType.REFERRAL_EVENT,
            RecordType.STAY,
            RecordType.PERSON,
            RecordType.MATCH,
            RecordType.PULSE_ANSWER,
            RecordType.CONCERN,
        }
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(self.tr("Today"), self.tr("What waits for you, the most pressing first."))
        self.summary = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.recovery = Banner(
            self.tr("The three recovery parts of this laptop are not kept."),
            self.tr(
                "Without them nobody opens its records if every password is lost. Your next sign-in shows new parts:"
                " have paper or a USB stick at hand."
            ),
            manner=Manner.ATTENTION,
        )
        self.table = ListTable(self._columns(), name=self.tr("What waits for you"), least_width=860)
        self.nothing = EmptyState(
            self.tr("Nothing waits for you today."),
            self.tr("Questions to ask again, referrals to answer and people about to leave stand here."),
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.first_button = PrimaryButton(self.tr("Open the first"))
        self.people_button = SecondaryButton(self.tr("Go to People"))
        self.leave_button = SecondaryButton(self.tr("Leave the ward"))
        self._job: Job[Any] | None = None
        self._items: tuple[TodayItem, ...] = ()
        self._build()

    def load(self) -> None:
        """Read the list again."""
        context = self.context

        def read() -> tuple[TodayItem, ...]:
            return today.today(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self.add(self.recovery)
        self.add(self.summary)
        self.recovery.setVisible(not self.context.is_recovery_kept())
        self.add(self.list, fills=True)
        self.summary.hide()
        self.set_actions(self.first_button, self.people_button, self.leave_button)
        self.first_button.hide()
        self.first_button.clicked.connect(self._on_first)
        self.people_button.clicked.connect(self._on_people)
        self.leave_button.clicked.connect(self._on_leave)
        self.table.row_opened.connect(self._on_opened)

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("What"), share=386),
            Column(words=self.tr("Who"), share=172),
            Column(words=self.tr("Where"), share=264),
            Column(words=self.tr("By when"), share=144),
        ]

    def _on_read(self, items: tuple[TodayItem, ...]) -> None:
        self._items = items
        rows: dict[object, list[str | Cell]] = {at: self._row(item) for at, item in enumerate(items)}
        self.table.set_ids(list(rows), rows)
        self.summary.set_words(summary_words(items, self.context.on))
        self.list.show_rows(are_there=bool(items))
        for part in (self.summary, self.first_button):
            part.setVisible(bool(items))

    def _row(self, item: TodayItem) -> list[str | Cell]:
        line = today_line(item, self.context.on)
        when = Cell(
            words=line.when,
            strong=line.is_pressing,
            tone=Tone.STOP if line.is_overdue else Tone.ATTENTION if line.is_pressing else Tone.SOFT,
            shape=Shape.TRIANGLE if line.is_overdue else Shape.CLOCK if line.is_pressing else None,
        )
        return [Cell(words=line.what, strong=True), line.who, line.where, when]

    def _on_first(self) -> None:
        self._open(0)

    def _on_opened(self, at: object) -> None:
        self._open(cast(int, at))

    def _open(self, at: int) -> None:
        item = self._items[at]
        if item.page != "today":
            self.context.navigate(item.page, item.subject)

    def _on_people(self) -> None:
        self.context.navigate("people", None)

    def _on_leave(self) -> None:
        self.context.navigate("leaving_ward", None)
