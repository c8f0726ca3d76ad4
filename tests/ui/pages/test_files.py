"""Files beside notes on the page: chosen, named, added, opened, taken away and put back, with the words for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.attachment import Attachment
from app.domain.codes import FileKind, NoteLevel, RecordType
from app.domain.ids import PersonId
from app.storage import file_queue
from app.use_cases import people
from app.use_cases.attachments import FileState, FileView
from tests.helpers import files
from tests.helpers.acts import register
from tests.helpers.vaults import Laptop
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.note_files import FileLine
from ui.pages.person import PersonPage
from ui.pages.person_files import PersonFiles
from ui.pages.person_notes import NotesPart
from ui.view_models.file_words import size_words, standing_words

Settle = Callable[[], None]
Show = Callable[..., Any]


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    person = register(laptop)
    for level in (NoteLevel.ORGANISATION, NoteLevel.PARTNERS_AGREED):
        people.add_note(laptop.vault, **laptop.act, person_id=person, text=f"For {level}.", level=level)
    return person


@pytest.fixture
def page(context: PageContext, sam: PersonId, shown: Show) -> PersonPage:
    opened = PersonPage(context)
    shown(opened, sam)
    opened.show_part("notes")
    return opened


def part(page: PersonPage) -> PersonFiles:
    notes = page.parts["notes"]
    assert isinstance(notes, NotesPart)
    return notes.files


def choose(page: PersonPage, tmp_path: Path, content: bytes, name: str, *, newest: bool = True) -> PersonFiles:
    """Choose a file for a note; the newest is for partners."""
    path = tmp_path / name
    path.write_bytes(content)
    files_part = part(page)
    files_part.choose = lambda _parent: str(path)
    beside = list(files_part._lists.values())[0 if newest else -1]
    beside.add_button.click()
    return files_part


def only_line(page: PersonPage) -> FileLine:
    (line,) = [line for beside in part(page)._lists.values() for line in beside.lines.values()]
    return line


def add(
    page: PersonPage, tmp_path: Path, settled: Settle, content: bytes = files.TEXT, name: str = "a.txt"
) -> FileLine:
    choose(page, tmp_path, content, name).form.add_button.click()
    settled()
    return only_line(page)


def test_a_file_is_named_and_added_and_listed_with_size_and_state(
    page: PersonPage, tmp_path: Path, settled: Settle
) -> None:
    files_part = choose(page, tmp_path, files.TEXT, "Discharge letter.txt")
    assert files_part.form.title.text == "Discharge letter"
    files_part.form.title.set_text("Letter from the ward")
    files_part.form.add_button.click()
    settled()
    assert files_part.isHidden()
    line = only_line(page)
    assert line.title.words == "Letter from the ward"
    assert line.standing.words == "Plain text, 1 KB · Only on this laptop"


def test_whether_partners_may_have_it_is_asked_only_where_they_read_the_note(
    page: PersonPage, laptop: Laptop, sam: PersonId, tmp_path: Path, settled: Settle
) -> None:
    assert choose(page, tmp_path, files.TEXT, "a.txt", newest=False).form.tick.isHidden()
    files_part = choose(page, tmp_path, files.TEXT, "a.txt")
    assert not files_part.form.tick.isHidden()
    assert not files_part.form.tick.isChecked()
    files_part.form.tick.click()
    files_part.form.add_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert [each.level for each in read.of_person(Attachment, sam)] == [NoteLevel.PARTNERS_AGREED]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (files.office(files.WORD_WITH_MACROS), "This kind of file cannot be kept here."),
        (b"", "This file is empty."),
        (b"%PDF-" + bytes(25 * 1024 * 1024), "This file is too large: 25 MB is the most."),
    ],
    ids=["macros", "empty", "too large"],
)
def test_what_cannot_be_kept_is_said_at_the_form_and_what_was_typed_stays(
    page: PersonPage, tmp_path: Path, settled: Settle, content: bytes, said: str
) -> None:
    files_part = choose(page, tmp_path, content, "letter.pdf")
    files_part.form.title.set_text("Letter")
    files_part.form.add_button.click()
    settled()
    assert files_part.form.title.error.startswith(said)
    assert (files_part.form.title.text, files_part.isHidden()) == ("Letter", False)


def test_going_back_in_the_chooser_or_the_form_adds_nothing(page: PersonPage, tmp_path: Path, settled: Settle) -> None:
    files_part = part(page)
    files_part.choose = lambda _parent: ""
    next(iter(files_part._lists.values())).add_button.click()
    assert files_part.isHidden()
    choose(page, tmp_path, files.TEXT, "a.txt").form.back_button.click()
    settled()
    assert files_part.isHidden()
    assert not any(beside.lines for beside in files_part._lists.values())


def test_text_and_pictures_are_shown_inside_and_forgotten_when_closed(
    page: PersonPage, tmp_path: Path, settled: Settle
) -> None:
    viewer = part(page).viewer
    add(page, tmp_path, settled).open_button.click()
    settled()
    assert "ward sister" in viewer.words.words
    viewer.close_button.click()
    assert (viewer.words.words, part(page).isHidden()) == ("", True)


def test_a_picture_is_drawn_small_enough(page: PersonPage, tmp_path: Path, settled: Settle) -> None:
    add(page, tmp_path, settled, files.png(3000, 1500), "wound.png").open_button.click()
    settled()
    picture = part(page).viewer.picture
    assert not picture.isHidden()
    assert picture.sizeHint().width() == 900
    assert picture.heightForWidth(450) == 225
    assert picture.accessibleName() == "wound"


@pytest.mark.qt_log_ignore("JPEG datastream contains no image")
def test_a_picture_that_cannot_be_read_is_said_so(page: PersonPage, tmp_path: Path, settled: Settle) -> None:
    add(page, tmp_path, settled, files.JPEG, "photo.jpg").open_button.click()
    settled()
    assert part(page).viewer.words.words == "This picture cannot be shown here."
    assert part(page).viewer.picture.isHidden()


def test_another_program_is_asked_about_first_and_told_when_there_is_none(
    context: PageContext, sam: PersonId, shown: Show, tmp_path: Path, settled: Settle
) -> None:
    opened: list[Path] = []

    def open_outside(path: Path) -> bool:
        opened.append(path)
        return len(opened) > 1

    page = PersonPage(replace(context, open_outside=open_outside))
    shown(page, sam)
    page.show_part("notes")
    line = add(page, tmp_path, settled, files.PDF, "Letter.pdf")
    question = part(page).question
    line.open_button.click()
    settled()
    assert question.statement.words == "“Letter” opens in another program (PDF document)."
    question.no_button.click()
    settled()
    assert opened == []
    for _ in range(2):
        line.open_button.click()
        question.yes_button.click()
        settled()
    assert [path.read_bytes() for path in opened] == [files.PDF] * 2


def test_a_file_is_taken_away_and_put_back(page: PersonPage, tmp_path: Path, settled: Settle) -> None:
    line = add(page, tmp_path, settled)
    line.remove_button.click()
    settled()
    line = only_line(page)
    assert line.standing.words == "Taken away. Until Alongside is locked it can be put back."
    assert (line.open_button.isHidden(), line.remove_button.isHidden()) == (True, True)
    line.return_button.click()
    settled()
    assert only_line(page).standing.words.endswith("Only on this laptop")


def test_a_file_that_is_not_here_is_fetched_on_a_click_and_opens_when_it_came(
    page: PersonPage, laptop: Laptop, context: PageContext, went: Went, tmp_path: Path, settled: Settle
) -> None:
    add(page, tmp_path, settled)
    vault = laptop.vault
    (stored,) = vault.files.folder.iterdir()
    content = stored.read_bytes()
    stored.unlink()
    with vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM blob_queue")
    part(page).read()
    settled()
    assert only_line(page).standing.words.endswith("Not on this laptop yet")
    only_line(page).open_button.click()
    settled()
    assert went.sends == 1
    assert only_line(page).standing.words.endswith("Fetching 0 of 1 KB")
    stored.write_bytes(content)
    with vault.writing() as connection:
        file_queue.arrived(connection, bytes.fromhex(stored.stem), file_queue.Way.DOWN)
    context.changes.tell({RecordType.ATTACHMENT})
    settled()
    assert "ward sister" in part(page).viewer.words.words


def view(laptop: Laptop, state: FileState, size: int = 12 * 1024 * 1024, done: int = 3 * 1024 * 1024) -> FileView:
    attachment = Attachment(
        id=laptop.vault.ids(),  # type: ignore[arg-type]
        org=laptop.actor.org,
        created_at=laptop.clock(),
        created_by=laptop.actor.user,
        created_role=laptop.actor.role,
        device=laptop.actor.device,
        person=laptop.vault.ids(),  # type: ignore[arg-type]
        parent=laptop.vault.ids(),  # type: ignore[arg-type]
        parent_type=RecordType.CASE_NOTE,
        level=NoteLevel.ORGANISATION,
        sha256="00" * 32,
        size=size,
        mime=FileKind.PDF,
        title="x",
        key="00" * 32,
    )
    return FileView(attachment=attachment, state=state, done_bytes=done)


def test_where_a_file_is_is_said_in_words(laptop: Laptop) -> None:
    assert standing_words(view(laptop, FileState.SENDING)) == "Sending 3 of 12 MB"
    assert standing_words(view(laptop, FileState.COMING, 3 * 1024 * 1024, 1024 * 1024)) == "Fetching 1.0 of 3.0 MB"
    assert standing_words(view(laptop, FileState.RECEIVED)) == "Received by the central service"
    assert [size_words(size) for size in (1, 2048, 1024 * 1024, 25 * 1024 * 1024)] == [
        "1 KB",
        "2 KB",
        "1.0 MB",
        "25 MB",
    ]
