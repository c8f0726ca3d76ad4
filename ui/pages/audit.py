"""The audit: who looked at or changed what and why; a data protection lead sees everybody's, others their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import AuditAction, RecordType
from app.use_cases import auditing
from app.use_cases.auditing import AuditQuery, AuditView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListOrNothing, ListTable
from ui.pages.vault_page import VaultPage
from ui.paper import Paper, Saved, save, saved_words
from ui.view_models.audit_words import (
    about_words,
    action_words,
    audit_csv,
    kind_options,
    period_options,
    query_of,
    reason_words,
    when_words,
    who_words,
)
from ui.widgets import (
    Banner,
    Cell,
    Column,
    EmptyState,
    FlowRow,
    Manner,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    TextField,
    TextRole,
    Tone,
    announce,
    shown,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled

TYPING_PAUSE_MS = 300
"""After the last key, before the list follows what is typed."""


class AuditPage(VaultPage):
    """Newest first, of a time, a colleague, a kind and a person; it goes out as a spreadsheet or for an outsider."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.AUDIT_SUBJECT})

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.paper = paper or Paper()
        everything = auditing.reads_everything(context.actor)
        self.set_heading(
            self.tr("Audit"),
            self.tr(
                "Who looked at or changed what, and why. Nobody can change this list; that you read it stands in it."
            )
            if everything
            else self.tr("What you looked at and changed on this laptop. Nobody can change this list."),
        )
        self.view: AuditView | None = None
        self.outcome = Banner("", manner=Manner.DONE)
        self.outcome.hide()
        self.period = self._choice(self.tr("When"), period_options())
        self.kind = self._choice(self.tr("What"), kind_options(), everything=self.tr("Everything"))
        self.by = self._choice(self.tr("Who"), [], everything=self.tr("Everybody"))
        self.name = TextField(self.tr("About whom, part of the name"), characters=24, longest=80)
        self.by.setVisible(everything)
        self.count = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.table = ListTable(
            [
                Column(words=self.tr("When"), share=190),
                Column(words=self.tr("Who"), share=190),
                Column(words=self.tr("What"), share=210),
                Column(words=self.tr("About"), share=230),
                Column(words=self.tr("Why"), share=190),
            ],
            name=self.tr("Audit"),
            least_width=960,
        )
        self.nothing = EmptyState(
            self.tr("Nothing of this kind is here."), self.tr("Choose a longer time, or everything.")
        )
        self.list = ListOrNothing(self.table, self.nothing)
        self.csv_button = PrimaryButton(self.tr("Save as a spreadsheet"))
        self.extract_button = SecondaryButton(self.tr("Save for an outsider to check"))
        self._typing = QTimer(self, singleShot=True, interval=TYPING_PAUSE_MS)
        self._is_filling = False
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read what is chosen; that it was read stands in the audit, once in ten minutes."""
        context, query = self.context, self._query()

        def read() -> AuditView:
            return auditing.audit_view(context.vault, actor=context.actor, now=context.now, query=query)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self.add(self.outcome)
        self.add(FlowRow(self.period, self.kind, self.by, self.name, gap=BETWEEN_FIELDS))
        self.add(self.count)
        self.add(self.list, fills=True)
        self.set_actions(self.csv_button, self.extract_button)
        has_key = self.context.hand_keys is not None
        self.extract_button.setVisible(has_key and auditing.reads_everything(self.context.actor))
        for choice in (self.period, self.kind, self.by):
            choice.box.currentIndexChanged.connect(self._on_chosen)
        self.name.line.textChanged.connect(lambda _words: self._typing.start())
        self._typing.timeout.connect(self.load)
        self.csv_button.clicked.connect(self._on_csv)
        self.extract_button.clicked.connect(self._on_extract)

    @staticmethod
    def _choice(words: str, options: list[tuple[str, str]], *, everything: str = "") -> SelectField:
        field = SelectField(words, options)
        field.box.setMinimumContentsLength(18)
        if everything:
            field.box.setItemText(0, everything)
        else:
            # A time is always chosen: nothing would mean everything, and take long.
            field.box.removeItem(0)
            field.set_value("30")
        return field

    def _query(self) -> AuditQuery:
        return query_of(self.period.value, self.kind.value, self.by.value, self.name.text)

    def _on_chosen(self, _at: int) -> None:
        if not self._is_filling:
            self.outcome.hide()
            self.load()

    def _on_read(self, view: AuditView) -> None:
        self.view = view
        self._fill_colleagues(view)
        now = self.context.now
        cells: dict[object, list[str | Cell]] = {
            at: [
                when_words(row, now),
                who_words(row),
                Cell(words=action_words(row), strong=True),
                about_words(row),
                reason_words(row),
            ]
            for at, row in enumerate(view.rows)
        }
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(view.rows))
        self.count.set_words(self._count_words(view))
        self.csv_button.setEnabled(bool(view.rows))

    def _count_words(self, view: AuditView) -> str:
        if view.is_cut:
            words = self.tr("The newest {count} are shown. A shorter time or a name shows the others.")
        elif view.is_everybodys and view.laptops > 1:
            words = self.tr("{count} entries, of {laptops} laptops as far as they have exchanged with the service.")
        else:
            words = self.tr("{count} entries.")
        return filled(words, count=f"{len(view.rows):,}", laptops=view.laptops)

    def _fill_colleagues(self, view: AuditView) -> None:
        box, chosen = self.by.box, self.by.value
        there = [box.itemData(at) for at in range(1, box.count())]
        if there == [str(user) for user, _ in view.colleagues]:
            return
        self._is_filling = True
        first = box.itemText(0)
        box.clear()
        box.addItem(first, "")
        for user, name in view.colleagues:
            box.addItem(shown(name), str(user))
        self.by.set_value(chosen)
        self._is_filling = False

    # --- taking away -----------------------------------------------------------------------------------------

    def _on_csv(self) -> None:
        context, query = self.context, self._query()

        def made() -> bytes:
            view = auditing.audit_view(
                context.vault, actor=context.actor, now=context.now, query=query, action=AuditAction.EXPORT
            )
            return audit_csv(view.rows)

        self._save("audit.csv", made)

    def _on_extract(self) -> None:
        context, keys = self.context, self.context.hand_keys
        assert keys is not None
        signer = keys.signer

        def made() -> bytes:
            return auditing.audit_extract(
                context.vault,
                actor=context.actor,
                now=context.now,
                algorithm=signer.algorithm,
                public=signer.public,
            )

        self._save("audit-extract.jsonl", made)

    def _save(self, name: str, made: Callable[[], bytes]) -> None:
        self.clear_failure()
        self.outcome.hide()
        place = self.paper.place(self, name)
        if place is not None:
            self.ask(lambda: save(place, made()), self._on_saved)

    def _on_saved(self, saved: Saved) -> None:
        words = saved_words(saved)
        self.outcome.set_manner(Manner.DONE if saved is Saved.DONE else Manner.STOP)
        self.outcome.set_words(words)
        self.outcome.show()
        self.set_scroll_position(0)
        announce(self, words)
