"""The notes part of a person's page: write one, say who may read it while it is written, read those there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from app.domain.access import note_levels
from app.domain.codes import NoteLevel, RecordType
from app.domain.faults import Faults
from app.domain.ids import RecordId
from app.domain.note import CaseNote
from app.errors import BadInputError
from app.storage.lists import KeptDraft
from app.use_cases import people
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.messages import day_and_hour, label
from ui.pages.person_files import PersonFiles
from ui.pages.person_part import PersonPart
from ui.widgets import (
    Banner,
    Card,
    ChoiceGroup,
    EmptyState,
    Field,
    Manner,
    Option,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextArea,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.layouts import column
from ui.widgets.text import filled

DRAFT_OF_NOTE = "note"

LONGEST_NOTE: Final = 8_000
"""Characters of a note, as `CaseNote` has it."""


class NotesPart(PersonPart):
    """The note being written stands above those that were."""

    def __init__(self, context: PageContext) -> None:
        super().__init__(context)
        self.text = TextArea(self.tr("New note"), lines=5, longest=LONGEST_NOTE)
        self.level = ChoiceGroup(self.tr("Who may read it"), self._levels())
        self.save_button = PrimaryButton(self.tr("Save note"))
        self.kept = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.about = Banner("", manner=Manner.INFO)
        self.alone_button = SecondaryButton(self.tr("Write a note of its own instead"))
        form = column(self.about, self.alone_button, self.text, self.level, self.save_button, self.kept, gap=24)
        self.amend_buttons: dict[RecordId, QuietButton] = {}
        self._amends: CaseNote | None = None
        self._wanted = ""
        self.files = PersonFiles(context)
        self.whole.insertLayout(0, form)
        self.whole.insertWidget(1, self.files)
        self.files.failed.connect(self.failed)
        self.files.tried.connect(self.tried)
        self.drafts = DraftKeeper(context, DRAFT_OF_NOTE, self._values, self)
        self.drafts.watch(self.text, self.level)
        self.drafts.found.connect(self._on_draft)
        self.drafts.kept.connect(self._on_kept)
        self.drafts.failed.connect(self.failed)
        self.save_button.clicked.connect(self._on_save)
        self.alone_button.clicked.connect(self._on_alone)
        self._may_write = bool(note_levels(context.actor.roles))
        for part in (self.text, self.level, self.save_button, self.kept):
            part.setVisible(self._may_write)
        self._show_about(None)

    def show_person(self, view: PersonView) -> None:
        """Show the notes; what is being written stays."""
        is_new = self.view is None or self.view.person_id != view.person_id
        self.files.begin(view.person_id)
        super().show_person(view)
        self.files.read()
        if is_new and self._may_write:
            self.drafts.begin(view.person_id)

    def build(self, view: PersonView) -> None:
        """Show the notes, newest first."""
        self.add_heading(self.tr("Notes"))
        if not view.notes:
            words = self.tr("No notes yet.")
            self.add(EmptyState(words, self.tr("What you write here is kept on this laptop and sent later.")))
        self.amend_buttons = {}
        there = {note.id for note in view.notes}
        said: dict[RecordId, list[CaseNote]] = {}
        for note in reversed(view.notes):
            if note.amends in there:
                assert note.amends is not None
                said.setdefault(note.amends, []).append(note)
        for note in view.notes:
            if note.amends not in there:
                self.add(self._card(note, said.get(note.id, ())))
        if self._wanted:
            self._show_about(next((note for note in view.notes if str(note.id) == self._wanted), None))

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into."""
        return {"case_note.text": self.text, "case_note.level": self.level}.get(key) or self.files.field_of(key)

    def _levels(self) -> list[Option]:
        return [Option(key=level, words=label("note_level", level)) for level in note_levels(self.context.actor.roles)]

    def _card(self, note: CaseNote, said: Sequence[CaseNote]) -> Card:
        written = day_and_hour(note.created_at, self.context.on)
        card = Card(written)
        card.add(SafeLabel(note.text))
        for each in said:
            day = day_and_hour(each.created_at, self.context.on)
            card.add(SafeLabel(filled(self.tr("What the person says about it, {day}:"), day=day), TextRole.LABEL))
            card.add(SafeLabel(each.text))
        words = filled(self.tr("May be read by: {who}"), who=label("note_level", note.level))
        card.add(SafeLabel(words, TextRole.HINT, tone=Tone.SOFT))
        card.add(self.files.beside(note))
        if self._may_write and note.org == self.context.actor.org and note.level in self.level.choices:
            words = self.tr("Add what the person says about it")
            about = filled(self.tr("{words}, note of {day}"), words=words, day=written)
            button = QuietButton(words, shape=Shape.PENCIL, full_name=about)
            button.clicked.connect(partial(self._on_amend, note))
            self.amend_buttons[note.id] = button
            card.add(button)
        return card

    def _on_amend(self, note: CaseNote) -> None:
        self._show_about(note)
        self.level.set_value(note.level)
        self.text.focus_control()
        announce(self, self.about.statement.words)

    def _on_alone(self) -> None:
        self._show_about(None)
        self.text.focus_control()

    def _show_about(self, note: CaseNote | None) -> None:
        self._amends, self._wanted = note, "" if note is None else str(note.id)
        if note is not None:
            words = self.tr("You write what the person says about the note of {day}. That note stays as it is.")
            self.about.set_words(filled(words, day=day_and_hour(note.created_at, self.context.on)))
        for part in (self.about, self.alone_button):
            part.setVisible(note is not None)

    def _values(self) -> dict[str, Any]:
        return {"text": self.text.text, "level": self.level.value or "", "amends": self._wanted}

    def _on_draft(self, draft: KeptDraft) -> None:
        self.text.set_text(str(draft.values.get("text", "")))
        level = str(draft.values.get("level", ""))
        if level in self.level.choices:
            self.level.set_value(level)
        self._wanted = str(draft.values.get("amends", ""))
        if self._wanted and self.view is not None:
            self._show_about(next((note for note in self.view.notes if str(note.id) == self._wanted), None))
        self.kept.set_words(self.tr("This was begun earlier and is not saved as a note yet."))

    def _on_kept(self) -> None:
        self.kept.set_words(self.tr("Kept as a draft on this laptop."))

    def _on_save(self) -> None:
        context, person = self.context, self.person_id
        text, level = self.text.text, self.level.value
        amends = None if self._amends is None else self._amends.id
        self.drafts.keep_now()

        def write() -> CaseNote:
            faults = Faults()
            if not text.strip():
                faults.add([BadInputError.at("case_note", "text", "required")])
            if level is None:
                faults.add([BadInputError.at("case_note", "level", "required")])
            faults.raise_all()
            assert level is not None
            return people.add_note(
                context.vault,
                actor=context.actor,
                now=context.now,
                person_id=person,
                text=text,
                level=NoteLevel(level),
                amends=amends,
            )

        self.ask(write, self._on_written)

    def _on_written(self, _note: CaseNote) -> None:
        self.drafts.end()
        self._show_about(None)
        self.text.set_text("")
        self.level.set_value(None)
        self.drafts.begin(self.person_id)
        words = self.tr("Saved on this laptop.")
        self.kept.set_words(words)
        announce(self, words)
        self.context.changes.tell({RecordType.CASE_NOTE})
