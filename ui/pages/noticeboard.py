"""The noticeboard: what the charities tell each other of training, expertise, good practice and joint projects."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.use_cases import noticeboard
from app.use_cases.noticeboard import NoticeRow
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import label, labels
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.notice_words import last_day_words
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, SecondaryButton, SelectField


class NoticeboardPage(VaultPage):
    """Every notice that hangs today, newest first, of one kind or all."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.NOTICE, RecordType.ORGANISATION})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Noticeboard"),
            self.tr("Training, expertise, good practice and joint projects, for every charity of the alliance."),
        )
        self.kind = SelectField(self.tr("About"), list(labels("notice_kind").items()))
        self.kind.box.setItemText(0, self.tr("Everything"))
        self.table = ListTable(self._columns(), name=self.tr("Notices"), least_width=860)
        self.nothing = EmptyState("")
        self.list = ListOrNothing(self.table, self.nothing)
        self.open_button = PrimaryButton(self.tr("Open the first"))
        self.write_button = SecondaryButton(self.tr("Write a notice"))
        self._rows: tuple[NoticeRow, ...] = ()
        self._job: Job[Any] | None = None
        self.add(self.kind)
        self.add(self.list, fills=True)
        self.set_actions(self.open_button, self.write_button)
        self.open_button.hide()
        self.write_button.setVisible(noticeboard.may_write(context.actor))
        self.kind.box.currentIndexChanged.connect(self._on_kind)
        self.table.row_opened.connect(self._on_opened)
        self.open_button.clicked.connect(self._on_first)
        self.write_button.clicked.connect(self._on_write)

    @property
    def shown(self) -> tuple[NoticeRow, ...]:
        """The notices of the kind that is chosen, or all of them."""
        kind = self.kind.value
        return tuple(row for row in self._rows if kind is None or row.kind == kind)

    @override
    def load(self) -> None:
        """Read the board again."""
        context = self.context

        def read() -> tuple[NoticeRow, ...]:
            return noticeboard.notices(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("Notice"), share=360),
            Column(words=self.tr("About"), share=190),
            Column(words=self.tr("From"), share=200),
            Column(words=self.tr("Last day"), share=150),
        ]

    def _on_read(self, rows: tuple[NoticeRow, ...]) -> None:
        self._rows = rows
        self._show()

    def _show(self) -> None:
        on, shown = self.context.on, self.shown
        lines: dict[object, list[str | Cell]] = {
            at: [
                Cell(words=row.title, strong=True),
                label("notice_kind", row.kind),
                row.org_name,
                last_day_words(row, on),
            ]
            for at, row in enumerate(shown)
        }
        self.table.set_ids(list(lines), lines)
        self._show_nothing()
        self.list.show_rows(are_there=bool(shown))
        self.open_button.setVisible(bool(shown))

    def _show_nothing(self) -> None:
        if self._rows:
            words = self.tr("There is no notice about this."), self.tr("Choose another kind, or everything.")
        elif noticeboard.may_write(self.context.actor):
            words = (
                self.tr("There is no notice yet."),
                self.tr("Write the first: a course with free places, what you are good at, an idea for a project."),
            )
        else:
            words = (
                self.tr("There is no notice yet."),
                self.tr("Coordinators write notices. New ones come with the next exchange."),
            )
        self.nothing.statement.set_words(words[0])
        self.nothing.next_step.set_words(words[1])
        self.nothing.next_step.show()

    def _on_kind(self, _at: int) -> None:
        self._show()

    def _on_first(self) -> None:
        self._on_opened(0)

    def _on_opened(self, at: object) -> None:
        self.context.navigate("notice", self.shown[cast(int, at)].notice_id)

    def _on_write(self) -> None:
        self.context.navigate("notice_form", None)
