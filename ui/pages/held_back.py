"""Records that are kept and not used: because the person asked for that, or objects; held back, and let go again."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.domain.person import Person
from app.errors import BadInputError
from app.use_cases import holding_back
from app.use_cases.holding_back import HeldBackRow, HeldBackWhy
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FoldedForm, ListOrNothing, ListTable, stack
from ui.pages.person_finder import PersonFinder
from ui.pages.vault_page import VaultPage
from ui.view_models.access_words import chosen_words, held_back_options, since_words, why_words
from ui.widgets import (
    Banner,
    Cell,
    ChoiceGroup,
    Column,
    EmptyState,
    Field,
    FlowRow,
    Manner,
    Option,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    announce,
)
from ui.widgets.layouts import BETWEEN_FIELDS

OF_THE_INDEX = frozenset({RecordType.PERSON})
"""Kinds of record that change what stands here."""


class HeldBackPage(VaultPage):
    """The list; a press on a row asks whether to let it be used again; a new one is held back below."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_INDEX

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Held back"),
            self.tr("Records that are kept and not used. Only data protection leads of your charity see them."),
        )
        self.rows: tuple[HeldBackRow, ...] = ()
        self.outcome = Banner("", manner=Manner.DONE)
        self.table = ListTable(
            [
                Column(words=self.tr("Who"), share=280),
                Column(words=self.tr("Why"), share=300),
                Column(words=self.tr("Since"), share=180),
            ],
            name=self.tr("Records held back"),
            least_width=700,
        )
        nothing = EmptyState(self.tr("No record is held back."), self.tr("Hold one back below when somebody asks."))
        self.list = ListOrNothing(self.table, nothing)
        self.about = SafeLabel("", TextRole.STATEMENT)
        self.let_go_button = PrimaryButton(self.tr("Let it be used again"))
        self.keep_button = SecondaryButton(self.tr("Keep it held back"))
        self.asking, beside = stack(BETWEEN_FIELDS)
        beside.addWidget(self.about)
        beside.addWidget(FlowRow(self.let_go_button, self.keep_button, gap=12))
        self.finder = PersonFinder(self)
        self.why = ChoiceGroup(
            self.tr("What they want"), [Option(key=key, words=words) for key, words in held_back_options()]
        )
        self.form = FoldedForm(
            self.tr("Hold a record back"),
            self.tr("Hold it back"),
            self.finder.who,
            self.finder.person,
            self.why,
            shape=Shape.PENCIL,
        )
        self._chosen: HeldBackRow | None = None
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read what is held back."""
        context = self.context

        def read() -> tuple[HeldBackRow, ...]:
            return holding_back.held_back(context.vault, actor=context.actor)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of what is refused."""
        return {"held_back.person": self.finder.person, "held_back.why": self.why}.get(key)

    def _build(self) -> None:
        self.add(self.outcome)
        self.add(self.list, fills=True)
        for part in (self.asking, self.form):
            self.add(part)
        self.outcome.hide()
        self.asking.hide()
        self.table.row_opened.connect(self._on_opened)
        self.let_go_button.clicked.connect(self._on_let_go)
        self.keep_button.clicked.connect(self._on_keep)
        self.form.save_asked.connect(self._on_hold)

    def _on_read(self, rows: tuple[HeldBackRow, ...]) -> None:
        self.rows = rows
        on = self.context.on
        cells: dict[object, list[str | Cell]] = {
            at: [Cell(words=row.name, strong=True), why_words(row), since_words(row, on)] for at, row in enumerate(rows)
        }
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(rows))

    def _on_opened(self, at: object) -> None:
        self._chosen = self.rows[cast(int, at)]
        self.about.set_words(chosen_words(self._chosen))
        self.asking.show()
        self.keep_button.setFocus()
        announce(self, self.about.words)

    def _on_keep(self) -> None:
        self.asking.hide()
        self.table.setFocus()

    def _on_let_go(self) -> None:
        chosen, context = self._chosen, self.context
        assert chosen is not None
        self.clear_failure()

        def write() -> Person:
            return holding_back.let_go(context.vault, actor=context.actor, now=context.now, person_id=chosen.person_id)

        self.ask(write, self._on_gone)

    def _on_hold(self) -> None:
        self.clear_failure()
        context, person, why = self.context, self.finder.chosen, self.why.value

        def write() -> Person:
            if person is None:
                raise BadInputError.at("held_back", "person", "required")
            return holding_back.hold_back(
                context.vault,
                actor=context.actor,
                now=context.now,
                person_id=person,
                why=None if why is None else HeldBackWhy(why),
            )

        self.ask(write, self._on_held)

    def _on_held(self, _person: Person) -> None:
        self.finder.clear()
        self.why.set_value(None)
        self.form.fold()
        self._say(self.tr("Held back. It leaves every other laptop, and partners, with the next exchange of each."))

    def _on_gone(self, _person: Person) -> None:
        self.asking.hide()
        self._say(self.tr("It is used again. It comes back with the next exchange of each laptop."))

    def _say(self, words: str) -> None:
        self.outcome.set_words(words)
        self.outcome.show()
        announce(self, words)
        self.context.changes.tell(OF_THE_INDEX)
        self.context.sync_now()
        self.load()
