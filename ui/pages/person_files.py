"""Files beside the notes of a person's page: chosen, added, listed, shown, taken away and put back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from app.domain.access import note_levels
from app.domain.attachment import Attachment
from app.domain.codes import NoteLevel, RecordType
from app.domain.ids import PersonId, RecordId
from app.domain.note import CaseNote
from app.errors import KnownError, VaultError
from app.use_cases import attachments
from app.use_cases.attachments import SHOWN_INSIDE, FileView
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_and_hour
from ui.pages.file_panel import AddFileForm, FileViewer, OutsideQuestion
from ui.pages.note_files import NoteFiles
from ui.widgets import Field, announce
from ui.widgets.layouts import GRID
from ui.widgets.text import filled

Views = Mapping[RecordId, tuple[FileView, ...]]


def choose_file(parent: QWidget) -> str:
    """Let a person choose a file in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent)
    return chosen


class PersonFiles(QWidget):
    """What is being done with one file, and the lists below the notes it feeds.

    Signals:
        failed: A `KnownError` for the page to say.
        tried: Something is tried; what went wrong before is no longer said.
    """

    failed = Signal(object)
    tried = Signal()

    def __init__(self, context: PageContext, *, choose: Callable[[QWidget], str] = choose_file) -> None:
        super().__init__()
        self.context = context
        self.choose = choose
        self.form = AddFileForm()
        self.question = OutsideQuestion()
        self.viewer = FileViewer()
        self._person: PersonId | None = None
        self._lists: dict[RecordId, NoteFiles] = {}
        self._note: CaseNote | None = None
        self._path = Path()
        self._asked: Attachment | None = None
        self._opens: RecordId | None = None
        self._job: Job[Any] | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID)
        for part in (self.form, self.question, self.viewer):
            part.hide()
            layout.addWidget(part)
        self.hide()
        self.form.add_asked.connect(self._on_add)
        self.form.given_up.connect(self._close)
        self.question.agreed.connect(self._on_agreed)
        self.question.given_up.connect(self._close)
        self.viewer.closed.connect(self._close)
        context.changes.vault_changed.connect(self._on_changed)

    def begin(self, person: PersonId) -> None:
        """Begin with the notes of a person, whose lists are made anew; what is being done with a file stays."""
        if person != self._person:
            self._close()
        self._person = person
        self._lists = {}

    def beside(self, note: CaseNote) -> NoteFiles:
        """Return the list of files to stand below one note."""
        roles, actor = self.context.actor.roles, self.context.actor
        may_add = note.org == actor.org and note.level in note_levels(roles)
        if note.level is NoteLevel.AUTHOR_AND_COORDINATOR:
            may_add = may_add and note.created_by == actor.user
        files = NoteFiles(note, may_add=may_add)
        files.add_asked.connect(lambda: self._on_choose(note))
        files.open_asked.connect(self._on_open)
        files.removal_asked.connect(self._on_remove)
        files.return_asked.connect(self._on_return)
        self._lists[note.id] = files
        return files

    def read(self) -> None:
        """Read where the files stand."""
        context, person = self.context, self._person
        if person is None:
            return

        def work() -> Views:
            return attachments.files_beside(context.vault, actor=context.actor, person_id=person)

        self._job = context.jobs.run(work, self._on_read, self._on_failed, instead_of=self._job)

    def field_of(self, key: str) -> Field | None:
        """Return the field that `<record>.<field>` is typed into; what is wrong with the file itself stands there."""
        return self.form.title if key.startswith("attachment.") and not self.form.isHidden() else None

    def _on_changed(self, kinds: frozenset[RecordType]) -> None:
        if RecordType.ATTACHMENT in kinds and RecordType.CASE_NOTE not in kinds:
            self.read()

    def _on_read(self, views: Views) -> None:
        for note, files in self._lists.items():
            files.show_files(views.get(note, ()))
        self._open_what_came(view for each in views.values() for view in each)

    def _open_what_came(self, views: Iterable[FileView]) -> None:
        """Open what somebody asked for and had to wait for."""
        for view in views:
            if view.attachment.id == self._opens and view.is_here:
                self._opens = None
                self._on_open(view)

    def _on_choose(self, note: CaseNote) -> None:
        chosen = self.choose(self)
        if not chosen:
            return
        self._close()
        self._note, self._path = note, Path(chosen)
        heading = filled(
            self.tr("Add a file to the note of {when}"), when=day_and_hour(note.created_at, self.context.on)
        )
        self.form.begin(heading, attachments.title_of(self._path), may_share=note.level is NoteLevel.PARTNERS_AGREED)
        self.show()

    def _on_add(self) -> None:
        context, note, path = self.context, self._note, self._path
        assert note is not None, "the form is shown for a note"
        title, ticked = self.form.title.text, self.form.tick.isChecked()

        def work() -> Attachment:
            return attachments.add_file(
                context.vault,
                actor=context.actor,
                now=context.now,
                parent=note.id,
                path=path,
                title=title,
                ticked=ticked,
            )

        self._ask(work, self._on_added)

    def _on_added(self, attachment: Attachment) -> None:
        self._close()
        self._say(filled(self.tr("“{title}” is kept on this laptop and sent later."), title=attachment.title))

    def _on_open(self, view: FileView) -> None:
        context, attachment = self.context, view.attachment
        self._close()
        if not view.is_here:
            self._opens = attachment.id
            self._ask(lambda: attachments.want_file(context.vault, attachment_id=attachment.id), self._on_wanted)
        elif attachment.mime in SHOWN_INSIDE:
            self._ask(
                lambda: attachments.read_file(
                    context.vault, actor=context.actor, now=context.now, attachment_id=attachment.id
                ),
                self._on_content,
            )
        else:
            self._asked = attachment
            self.show()
            self.question.ask(attachment)

    def _on_wanted(self, _nothing: None) -> None:
        self.context.sync_now()
        self.read()
        announce(self, self.tr("The file is being fetched and opens when it is here."))

    def _on_content(self, found: tuple[Attachment, bytes]) -> None:
        self.show()
        self.viewer.show_file(*found)

    def _on_agreed(self) -> None:
        context, attachment = self.context, self._asked
        assert attachment is not None, "the question is about a file"
        self._ask(
            lambda: attachments.put_out_file(
                context.vault, actor=context.actor, now=context.now, attachment_id=attachment.id
            ),
            self._on_put_out,
        )

    def _on_put_out(self, path: Path) -> None:
        self._close()
        if not self.context.open_outside(path):
            self.failed.emit(VaultError("file.no_program"))

    def _on_remove(self, view: FileView) -> None:
        context, attachment = self.context, view.attachment

        def work() -> str:
            attachments.remove_file(context.vault, actor=context.actor, now=context.now, attachment_id=attachment.id)
            return attachment.title

        self._ask(work, self._on_removed)

    def _on_removed(self, title: str) -> None:
        self._say(filled(self.tr("“{title}” is taken away."), title=title))

    def _on_return(self, view: FileView) -> None:
        context, attachment = self.context, view.attachment

        def work() -> str:
            attachments.put_back(context.vault, actor=context.actor, now=context.now, attachment_id=attachment.id)
            return attachment.title

        self._ask(work, self._on_returned)

    def _on_returned(self, title: str) -> None:
        self._say(filled(self.tr("“{title}” is back."), title=title))

    def _say(self, words: str) -> None:
        announce(self, words)
        self.context.changes.tell({RecordType.ATTACHMENT})

    def _ask(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.tried.emit()
        self.context.jobs.run(work, done, self._on_failed)

    def _on_failed(self, error: KnownError) -> None:
        self.failed.emit(error)

    def _close(self) -> None:
        self._asked = None
        self.form.hide()
        self.question.hide()
        self.viewer.forget()
        self.hide()
