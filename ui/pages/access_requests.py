"""People who asked what is held of them: the list, and one request looked through, given and done with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.access_pack import PassageId
from app.domain.clocks import parse_day
from app.domain.codes import RecordType
from app.domain.ids import RecordId
from app.domain.task import Task
from app.errors import BadInputError
from app.printing.typeset import Typesetter
from app.use_cases import access_requests
from app.use_cases.access_pack_words import pack_sheet
from app.use_cases.access_requests import RequestRow, RequestView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.parts import FoldedForm, ListOrNothing, ListTable, stack
from ui.pages.person_finder import PersonFinder
from ui.pages.recovery_parts import choose_folder
from ui.pages.vault_page import VaultPage
from ui.paper import Saved, save, saved_words
from ui.view_models.access_words import (
    arrived_words,
    count_words,
    due_words,
    passage_words,
    standing_words,
)
from ui.widgets import (
    Banner,
    Cell,
    Column,
    DateField,
    EmptyState,
    Field,
    FlowRow,
    Manner,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.layouts import BETWEEN_FIELDS

OF_REQUESTS = frozenset({RecordType.TASK, RecordType.PERSON})
"""Kinds of record that change what a data protection lead sees of requests."""


class AccessRequestsPage(VaultPage):
    """Open ones first, the soonest due at the top; a new one is written down below."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_REQUESTS

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.set_heading(
            self.tr("Requests"),
            self.tr("People who asked what your charity holds about them. The answer is due within one month."),
        )
        self.rows: tuple[RequestRow, ...] = ()
        self.table = ListTable(
            [
                Column(words=self.tr("Who"), share=260),
                Column(words=self.tr("Asked on"), share=160),
                Column(words=self.tr("Answer by"), share=180),
                Column(words=self.tr("Where it stands"), share=240),
            ],
            name=self.tr("Requests"),
            least_width=760,
        )
        nothing = EmptyState(self.tr("No requests."), self.tr("Write one down below when somebody asks."))
        self.list = ListOrNothing(self.table, nothing)
        self.finder = PersonFinder(self)
        self.who, self.person = self.finder.who, self.finder.person
        self.received_on = DateField(self.tr("Day on which they asked"))
        self.form = FoldedForm(
            self.tr("Write down a request"),
            self.tr("Write it down"),
            self.who,
            self.person,
            self.received_on,
            shape=Shape.PENCIL,
        )
        self._job: Job[Any] | None = None
        self.held_back_button = SecondaryButton(self.tr("Records that are held back"))
        self.add(self.list, fills=True)
        self.add(self.form)
        self.set_actions(self.held_back_button)
        self.held_back_button.clicked.connect(lambda: self.context.navigate("held_back", None))
        self.form.save_asked.connect(self._on_save)
        self.table.row_opened.connect(self._on_opened)

    @override
    def load(self) -> None:
        """Read the requests again."""
        context = self.context

        def read() -> tuple[RequestRow, ...]:
            return access_requests.requests(context.vault, actor=context.actor, now=context.now)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of what is refused."""
        return {"access_request.person": self.person, "access_request.received_on": self.received_on}.get(key)

    def _on_read(self, rows: tuple[RequestRow, ...]) -> None:
        self.rows = rows
        on = self.context.on
        cells: dict[object, list[str | Cell]] = {
            at: [
                Cell(words=row.name or self.tr("Not known here"), strong=True),
                due_words(row.received_on, on),
                due_words(row.due_on, on),
                Cell(
                    words=standing_words(row),
                    tone=Tone.STOP if row.is_late else Tone.INK,
                    shape=Shape.TRIANGLE if row.is_late else None,
                ),
            ]
            for at, row in enumerate(rows)
        }
        self.table.set_ids(list(cells), cells)
        self.list.show_rows(are_there=bool(rows))

    def _on_opened(self, at: object) -> None:
        row = self.rows[cast(int, at)]
        if row.is_open:
            self.context.navigate("access_request", row.task_id)
        else:
            announce(self, self.tr("It was answered. There is nothing more to do."))

    def _on_save(self) -> None:
        self.clear_failure()
        context, chosen, typed = self.context, self.finder.chosen, self.received_on.parts()

        def write() -> Task:
            if chosen is None:
                raise BadInputError.at("access_request", "person", "required")
            day = parse_day((typed.day, typed.month, typed.year), record="access_request", field="received_on")
            return access_requests.ask_for_access(
                context.vault,
                actor=context.actor,
                now=context.now,
                person_id=chosen,
                received_on=day,
            )

        self.ask(write, self._on_written)

    def _on_written(self, task: Task) -> None:
        self.context.changes.tell(OF_REQUESTS)
        self.context.sync_now()
        self.context.navigate("access_request", task.id)


class AccessRequestPage(VaultPage):
    """What may be another's words is read one by one; then the files are made, handed over, and the request closed."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.CASE_NOTE, RecordType.REFERRAL})

    def __init__(
        self,
        context: PageContext,
        parent: QWidget | None = None,
        *,
        choose: Callable[[QWidget], str] = choose_folder,
    ) -> None:
        super().__init__(context, parent=parent)
        self.view: RequestView | None = None
        self.decided: dict[PassageId, bool] = {}
        self.setter = Typesetter()
        self._choose = choose
        self._at = 0
        self.arriving = Banner("", manner=Manner.INFO)
        self.outcome = Banner("", manner=Manner.DONE)
        self.count = SafeLabel("", TextRole.STATEMENT)
        self.about = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.words = SafeLabel("", TextRole.READING)
        self.give_button = PrimaryButton(self.tr("Give these words"))
        self.leave_button = SecondaryButton(self.tr("Leave them out"))
        self.back_button = SecondaryButton(self.tr("One back"))
        self.make_button = PrimaryButton(self.tr("Make the three files"))
        self.again_button = SecondaryButton(self.tr("Look at them again"))
        self.close_button = SecondaryButton(self.tr("It was handed over: close the request"))
        self.reading, beside = stack(BETWEEN_FIELDS)
        for part in (self.about, self.words, FlowRow(self.give_button, self.leave_button, self.back_button, gap=12)):
            beside.addWidget(part)
        self._job: Job[Any] | None = None
        for each in (self.arriving, self.outcome, self.count, self.reading):
            self.add(each)
        self.set_actions(self.make_button, self.again_button, self.close_button)
        for hidden in (self.arriving, self.outcome, self.reading, self.close_button):
            hidden.hide()
        self.give_button.clicked.connect(lambda: self._decide(given=True))
        self.leave_button.clicked.connect(lambda: self._decide(given=False))
        self.back_button.clicked.connect(self._on_back)
        self.again_button.clicked.connect(self._on_again)
        self.make_button.clicked.connect(self._on_make)
        self.close_button.clicked.connect(self._on_close)

    @override
    def load(self) -> None:
        """Read the request and what was decided so far; the look at the record is kept in the audit."""
        context, task = self.context, self._task

        def read() -> RequestView:
            return access_requests.request_view(context.vault, actor=context.actor, now=context.now, task_id=task)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @property
    def _task(self) -> RecordId:
        assert self.subject is not None
        return RecordId(self.subject)  # type: ignore[arg-type]

    def _on_read(self, view: RequestView) -> None:
        self.view = view
        self.decided = {**view.decided, **self.decided}
        self.set_header(PersonHeader(view.row.name or self.tr("Somebody whose record is not here"), is_own_page=True))
        self.arriving.set_words(arrived_words(view))
        self.arriving.setVisible(bool(arrived_words(view)))
        left = [at for at, each in enumerate(view.passages) if each.place not in self.decided]
        self._at = left[0] if left else len(view.passages)
        self._show()

    def _show(self) -> None:
        view = self.view
        assert view is not None
        self.count.set_words(count_words(view, self.decided))
        is_reading = self._at < len(view.passages)
        self.reading.setVisible(is_reading)
        self.back_button.setVisible(self._at > 0)
        if is_reading:
            passage = view.passages[self._at]
            about, words = passage_words(passage, self._at + 1, len(view.passages))
            self.about.set_words(about)
            self.words.set_words(words)
            announce(self, f"{about} {words}")
        self.make_button.setVisible(not is_reading)
        self.make_button.setEnabled(view.has_arrived)
        self.again_button.setVisible(not is_reading and bool(view.passages))

    def _decide(self, *, given: bool) -> None:
        view = self.view
        assert view is not None
        self.decided[view.passages[self._at].place] = given
        self._at += 1
        self._keep()
        self._show()
        (self.give_button if self._at < len(view.passages) else self.make_button).setFocus()

    def _on_back(self) -> None:
        self._at -= 1
        self._show()
        self.give_button.setFocus()

    def _on_again(self) -> None:
        self._at = 0
        self.close_button.hide()
        self._show()
        self.give_button.setFocus()

    def _keep(self) -> None:
        context, task, decided = self.context, self._task, dict(self.decided)

        def write() -> None:
            access_requests.keep_decisions(
                context.vault, actor=context.actor, now=context.now, task_id=task, decided=decided
            )

        self.ask(write, self._on_kept)

    def _on_kept(self, _nothing: None) -> None:
        """Nothing is said: each decision is kept like typing is."""

    def _on_make(self) -> None:
        self.clear_failure()
        self.outcome.hide()
        chosen = self._choose(self)
        if not chosen:
            return
        folder, context, task, decided = Path(chosen), self.context, self._task, dict(self.decided)

        def write() -> Saved:
            given = access_requests.give_pack(
                context.vault, actor=context.actor, now=context.now, task_id=task, decided=decided
            )
            # Nobody's name stands in the name of a file.
            name = f"access-pack-{str(task)[-8:]}"
            pdf = self.setter.pdf(pack_sheet(given, on=context.on))
            for ending, content in ((".pdf", pdf), (".json", given.json), (".fhir.json", given.fhir)):
                if save(folder / f"{name}{ending}", content) is Saved.REFUSED:
                    return Saved.REFUSED
            return Saved.DONE

        self.ask(write, self._on_made)

    def _on_made(self, saved: Saved) -> None:
        done = saved is Saved.DONE
        words = self.tr("Three files were made. Hand them over, then delete them.") if done else saved_words(saved)
        self.outcome.set_manner(Manner.DONE if done else Manner.STOP)
        self.outcome.set_words(words)
        self.outcome.show()
        self.close_button.setVisible(done)
        self.set_scroll_position(0)
        announce(self, words)

    def _on_close(self) -> None:
        context, task = self.context, self._task

        def write() -> None:
            access_requests.close_request(context.vault, actor=context.actor, now=context.now, task_id=task)

        self.ask(write, self._on_closed)

    def _on_closed(self, _nothing: None) -> None:
        self.context.changes.tell(OF_REQUESTS)
        self.context.sync_now()
        self.context.navigate("access_requests", None)
