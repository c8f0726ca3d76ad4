"""Gap watch: whom nobody holds, and whom to ask again; one list at a time, Enter or one press opens."""

from __future__ import annotations

from typing import Any, ClassVar, Final, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import RecordType
from app.use_cases import gap_watch
from app.use_cases.gap_watch import GapLine, ReaskLine, Watch
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import ListTable
from ui.pages.vault_page import VaultPage
from ui.view_models.gap_words import leaves_words, more_words, reask_words, taken_words, where_words
from ui.view_models.subjects import AskAbout
from ui.widgets import Cell, Column, EmptyState, PrimaryButton, Shape, Tabs, Tone
from ui.widgets.text import filled

UNHELD: Final = "unheld"
ASK_AGAIN: Final = "ask_again"

CHANGES_THE_LIST: Final = frozenset(
    {
        RecordType.PERSON,
        RecordType.STAY,
        RecordType.REFERRAL,
        RecordType.REFERRAL_EVENT,
        RecordType.CONSENT_EVENT,
        RecordType.TASK,
        RecordType.CASE_NOTE,
    }
)


class GapsPage(VaultPage):
    """Two lists that somebody must clear."""

    refresh_on: ClassVar[frozenset[RecordType]] = CHANGES_THE_LIST

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Gap watch"), self.tr("People who could fall between the charities, the soonest to leave first.")
        )
        self.tabs = Tabs([(key, _tab_words(key, 0)) for key in (UNHELD, ASK_AGAIN)])
        self.unheld = ListTable(self._unheld_columns(), name=self.tr("Nobody holds them"), least_width=860)
        self.asks = ListTable(self._ask_columns(), name=self.tr("Ask again"), least_width=860)
        self.nothing = EmptyState(" ", " ")
        self.open_button = PrimaryButton(self.tr("Open the first"))
        self._watch = Watch(gaps=(), asks=())
        self._job: Job[Any] | None = None
        self._build()

    @override
    def load(self) -> None:
        """Read both lists."""
        context = self.context

        def read() -> Watch:
            return gap_watch.watch(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def _build(self) -> None:
        self.add(self.tabs)
        self.add(self.nothing)
        for table in (self.unheld, self.asks):
            table.setMinimumHeight(280)
            self.add(table, fills=True)
            table.hide()
        self.set_actions(self.open_button)
        for part in (self.nothing, self.open_button):
            part.hide()
        self.tabs.chosen.connect(self._on_tab)
        self.unheld.row_opened.connect(self._on_gap)
        self.asks.row_opened.connect(self._on_ask)
        self.open_button.clicked.connect(self._on_first)

    def _unheld_columns(self) -> list[Column]:
        # The px each needs at 1280 wide for what usually stands in it.
        return [
            Column(words=self.tr("Who"), share=172),
            Column(words=self.tr("Why"), share=360),
            Column(words=self.tr("Where"), share=284),
            Column(words=self.tr("Leaves"), share=150),
        ]

    def _ask_columns(self) -> list[Column]:
        return [
            Column(words=self.tr("Where"), share=272),
            Column(words=self.tr("Who"), share=160),
            Column(words=self.tr("About"), share=90),
            Column(words=self.tr("Why"), share=314),
            Column(words=self.tr("Leaves"), share=130),
        ]

    def _on_read(self, watch: Watch) -> None:
        self._watch = watch
        counts = {UNHELD: len(watch.gaps), ASK_AGAIN: len(watch.asks)}
        for key, count in counts.items():
            self.tabs.button(key).set_words(_tab_words(key, count))
        on = self.context.on
        gap_rows: dict[object, list[str | Cell]] = {at: self._gap_row(line) for at, line in enumerate(watch.gaps)}
        self.unheld.set_ids(list(gap_rows), gap_rows)
        ask_rows: dict[object, list[str | Cell]] = {
            at: [
                where_words(line.where),
                Cell(words=line.where.name, strong=True),
                line.org_name,
                reask_words(line),
                Cell(words=leaves_words(line.where, on), tone=Tone.SOFT),
            ]
            for at, line in enumerate(watch.asks)
        }
        self.asks.set_ids(list(ask_rows), ask_rows)
        self._show()

    def _gap_row(self, line: GapLine) -> list[str | Cell]:
        on = self.context.on
        leaves = leaves_words(line.where, on)
        is_near = line.where.leaves_on is not None and (line.where.leaves_on - on).days < 7
        why = more_words(line)
        return [
            Cell(words=line.where.name, strong=True),
            Cell(words=taken_words(line, on) or why, tone=Tone.SOFT if line.taken_by else Tone.INK),
            where_words(line.where),
            Cell(words=leaves, tone=Tone.ATTENTION if is_near else Tone.SOFT, shape=Shape.CLOCK if is_near else None),
        ]

    def _show(self) -> None:
        on_gaps = self.tabs.current == UNHELD
        rows = self._watch.gaps if on_gaps else self._watch.asks
        self.unheld.setVisible(on_gaps and bool(rows))
        self.asks.setVisible(not on_gaps and bool(rows))
        self.nothing.setVisible(not rows)
        self.open_button.setVisible(bool(rows))
        if on_gaps:
            self.nothing.statement.set_words(self.tr("Everybody is held."))
            self.nothing.next_step.set_words(
                self.tr("Whoever agreed to help and is with no charity would stand here, with the reason.")
            )
        else:
            self.nothing.statement.set_words(self.tr("Nobody is to be asked again today."))
            self.nothing.next_step.set_words(
                self.tr("Who could not answer, wanted time, or whose yes ends soon would stand here, ward by ward.")
            )

    def _on_tab(self, _key: str) -> None:
        self._show()

    def _on_first(self) -> None:
        if self.tabs.current == UNHELD:
            self._open_gap(self._watch.gaps[0])
        else:
            self._open_ask(self._watch.asks[0])

    def _on_gap(self, at: object) -> None:
        self._open_gap(self._watch.gaps[cast(int, at)])

    def _on_ask(self, at: object) -> None:
        self._open_ask(self._watch.asks[cast(int, at)])

    def _open_gap(self, line: GapLine) -> None:
        self.context.navigate("gap", line.person_id)

    def _open_ask(self, line: ReaskLine) -> None:
        purpose = min(line.line.purposes, default=None)
        place = None if purpose is None else (line.line.org, purpose)
        self.context.navigate("consent", AskAbout(person_id=line.person_id, place=place))


def _tab_words(key: str, count: int) -> str:
    words = {
        UNHELD: QCoreApplication.translate("gaps", "Nobody holds them"),
        ASK_AGAIN: QCoreApplication.translate("gaps", "Ask again"),
    }
    if not count:
        return words[key]
    return filled(QCoreApplication.translate("gaps", "{words} ({count})"), words=words[key], count=count)
