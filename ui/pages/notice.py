"""One notice: what it says, whom to ask, until when; its own charity changes it or takes it down."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.ids import RecordId
from app.use_cases import noticeboard
from app.use_cases.noticeboard import NoticeRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_words, label
from ui.pages.parts import FactList
from ui.pages.vault_page import VaultPage
from ui.view_models.notice_words import standing_words
from ui.widgets import Banner, Card, Manner, PrimaryButton, SafeLabel, SecondaryButton, announce


class NoticePage(VaultPage):
    """A notice in full."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.NOTICE, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.standing = Banner("", manner=Manner.ATTENTION)
        self.card = Card(self.tr("What it says"))
        self.body = SafeLabel("")
        self.facts = FactList()
        self.change_button = PrimaryButton(self.tr("Change this notice"))
        self.withdraw_button = SecondaryButton(self.tr("Take it down"))
        self.again_button = SecondaryButton(self.tr("Undo: hang it up again"))
        self.row: NoticeRow | None = None
        self._job: Job[Any] | None = None
        self.card.add(self.body)
        self.add(self.standing)
        self.add(self.card)
        self.add(self.facts)
        self.set_actions(self.change_button, self.withdraw_button, self.again_button)
        for part in (self.standing, self.card, self._actions):
            part.hide()
        self.change_button.clicked.connect(self._on_change)
        self.withdraw_button.clicked.connect(self._on_withdraw)
        self.again_button.clicked.connect(self._on_again)

    @property
    def _notice(self) -> RecordId:
        assert isinstance(self.subject, UUID), "a notice's page is opened on a notice"
        return RecordId(self.subject)

    @override
    def load(self) -> None:
        """Read the notice again."""
        context, notice = self.context, self._notice

        def read() -> NoticeRow:
            return noticeboard.notice_row(context.vault, actor=context.actor, now=context.now, notice_id=notice)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _on_read(self, row: NoticeRow) -> None:
        self.row = row
        on = self.context.on
        self.set_heading(row.title, label("notice_kind", row.kind))
        standing = standing_words(row, on)
        self.standing.set_words(standing)
        self.standing.setVisible(bool(standing))
        self.body.set_words(row.body)
        self.facts.show_facts(
            [
                (self.tr("From"), row.org_name),
                (self.tr("Whom to ask"), row.contact),
                (self.tr("First day"), day_words(row.from_on, on) if row.from_on is not None else ""),
                (self.tr("Last day"), day_words(row.until_on, on) if row.until_on is not None else self.tr("None set")),
            ]
        )
        self.card.show()
        self._actions.setVisible(row.may_change)
        self.withdraw_button.setVisible(row.withdrawn_on is None)
        self.again_button.setVisible(row.withdrawn_on is not None)

    def _on_change(self) -> None:
        self.context.navigate("notice_form", self._notice)

    def _on_withdraw(self) -> None:
        self._write(withdrawn=True)

    def _on_again(self) -> None:
        self._write(withdrawn=False)

    def _write(self, *, withdrawn: bool) -> None:
        self.clear_failure()
        context, notice = self.context, self._notice

        def write() -> None:
            noticeboard.withdraw(
                context.vault, actor=context.actor, now=context.now, notice_id=notice, withdrawn=withdrawn
            )

        self.ask(write, self._on_written)

    def _on_written(self, _nothing: None) -> None:
        announce(self, self.tr("Recorded on this laptop."))
        self.context.changes.tell({RecordType.NOTICE})
        self.context.sync_now()
        self.load()
