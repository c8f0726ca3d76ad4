"""Files beside notes on one laptop: laid there whole or not at all, sealed, opened, taken away and put back."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.domain.attachment import Attachment
from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction, FileKind, NoteLevel, RecordType, Role
from app.domain.ids import PersonId
from app.domain.note import CaseNote
from app.errors import BadInputError, DiskFullError, NotPermittedError, VaultError
from app.sealed_file import CHUNK_BYTES
from app.storage import file_queue
from app.storage.outbox import Outbox
from app.storage.vault import Vault
from app.use_cases import attachments, people
from app.use_cases.attachments import STEPS, FileState
from app.use_cases.sync_status import waiting_items
from tests.helpers import files
from tests.helpers.acts import register, say
from tests.helpers.pages import decrypted_pages
from tests.helpers.vaults import Laptop, make_actor

SECRET = b"Zanzibarletter about somebody"
LETTER = files.PDF + SECRET


@pytest.fixture
def sam(ward: Laptop) -> PersonId:
    return register(ward)


@pytest.fixture
def note(ward: Laptop, sam: PersonId) -> CaseNote:
    return write_note(ward, sam, NoteLevel.PARTNERS_AGREED)


def write_note(ward: Laptop, person: PersonId, level: NoteLevel) -> CaseNote:
    return people.add_note(ward.vault, **ward.act, person_id=person, text="Letter from the ward.", level=level)


def given(tmp_path: Path, content: bytes = LETTER, name: str = "Samir Discharge letter.docx") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def lay(ward: Laptop, beside: UUID, path: Path, **named: Any) -> Attachment:
    title = named.pop("title", attachments.title_of(path))
    return attachments.add_file(ward.vault, **ward.act, parent=beside, path=path, title=title, **named)


def folder_of(vault: Vault) -> list[str]:
    return sorted(each.name for each in vault.files.folder.iterdir()) if vault.files.folder.exists() else []


def outbox_types(ward: Laptop) -> list[str]:
    with ward.vault.writing() as connection:
        return list(connection.exec_driver_sql("SELECT type FROM outbox ORDER BY seq").scalars())


def test_a_file_is_kept_sealed_under_its_hash_and_waits_to_be_sent(
    ward: Laptop, note: CaseNote, sam: PersonId, tmp_path: Path
) -> None:
    before = Outbox(ward.vault).waiting().unsent
    laid = lay(ward, note.id, given(tmp_path))

    assert (laid.mime, laid.size, laid.title) == (FileKind.PDF, len(LETTER), "Samir Discharge letter")
    assert laid.level is NoteLevel.ORGANISATION
    assert folder_of(ward.vault) == [f"{laid.sha256}.sealed"]
    assert SECRET not in (ward.vault.files.folder / f"{laid.sha256}.sealed").read_bytes()
    assert (ward.vault.files.folder / f"{laid.sha256}.sealed").stat().st_mode & 0o077 == 0
    assert outbox_types(ward)[-2:] == ["attachment", "audit_entry"]
    # A file whose record waits counts once, and so does one whose bytes wait.
    assert (Outbox(ward.vault).waiting().unsent, len(waiting_items(ward.vault))) == (before + 1, before + 1)
    with ward.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox WHERE type = 'attachment'")
    assert (Outbox(ward.vault).waiting().unsent, len(waiting_items(ward.vault))) == (before + 1, before + 1)
    assert waiting_items(ward.vault)[-1].made_at == ward.clock()
    ((view,),) = attachments.files_beside(ward.vault, actor=ward.actor, person_id=sam).values()
    assert (view.state, view.is_here, view.is_removable) == (FileState.ONLY_HERE, True, True)
    assert attachments.read_file(ward.vault, **ward.act, attachment_id=laid.id) == (laid, LETTER)


def test_a_file_beside_a_note_for_partners_is_theirs_only_where_it_was_ticked(
    ward: Laptop, note: CaseNote, tmp_path: Path
) -> None:
    assert lay(ward, note.id, given(tmp_path), ticked=True).level is NoteLevel.PARTNERS_AGREED


def test_evidence_lies_beside_the_act_of_asking(ward: Laptop, sam: PersonId, tmp_path: Path) -> None:
    event = say(ward, sam).event_id
    laid = lay(ward, event, given(tmp_path, files.JPEG, "signed.jpg"))
    assert (laid.parent_type, laid.level, laid.person) == (RecordType.CONSENT_EVENT, None, sam)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "attachment.size.required"),
        (files.archive({"a.txt": b"x"}), "attachment.mime.not_permitted"),
        (files.office(files.WORD_WITH_MACROS), "attachment.mime.not_permitted"),
        (b"#!/bin/sh\n", "attachment.mime.not_permitted"),
        (b"%PDF-1.7" + bytes(25 * 1024 * 1024), "attachment.size.out_of_range"),
    ],
    ids=["nothing", "an archive", "macros", "a script", "too big"],
)
def test_what_may_not_lie_here_leaves_nothing_behind(
    ward: Laptop, note: CaseNote, tmp_path: Path, content: bytes, code: str
) -> None:
    before = outbox_types(ward)
    with pytest.raises(BadInputError) as refused:
        lay(ward, note.id, given(tmp_path, content, "harmless.pdf"))
    assert refused.value.code == code
    assert (folder_of(ward.vault), outbox_types(ward)) == ([], before)


def test_a_title_is_needed_and_the_files_own_name_is_offered_tidy(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        lay(ward, note.id, given(tmp_path), title="  ")
    assert refused.value.code == "attachment.title.required"
    assert attachments.title_of(Path("/x/../  A\tletter\n" + "x" * 100 + ".pdf")) == ("A letter " + "x" * 100)[:80]


def test_whoever_may_not_write_such_a_note_may_lay_nothing_beside_it(
    ward: Laptop, note: CaseNote, tmp_path: Path
) -> None:
    ward.actor = make_actor(role=Role.IT_ADMIN)
    with pytest.raises(NotPermittedError):
        lay(ward, note.id, given(tmp_path))
    assert folder_of(ward.vault) == []


def test_a_file_that_is_gone_or_a_folder_is_said_so(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.pdf", tmp_path):
        with pytest.raises(VaultError) as refused:
            lay(ward, note.id, path, title="x")
        assert refused.value.code == "file.unreadable"


def test_a_file_taken_away_before_it_was_sent_can_be_put_back_until_the_program_starts_again(
    ward: Laptop, note: CaseNote, sam: PersonId, tmp_path: Path
) -> None:
    laid = lay(ward, note.id, given(tmp_path))
    attachments.remove_file(ward.vault, **ward.act, attachment_id=laid.id)
    ((view,),) = attachments.files_beside(ward.vault, actor=ward.actor, person_id=sam).values()
    assert view.is_removed
    assert ward.vault.sweep_files()

    attachments.put_back(ward.vault, **ward.act, attachment_id=laid.id)
    ((view,),) = attachments.files_beside(ward.vault, actor=ward.actor, person_id=sam).values()
    assert (view.is_removed, view.state) == (False, FileState.ONLY_HERE)

    attachments.remove_file(ward.vault, **ward.act, attachment_id=laid.id)
    ward.reopen()
    assert folder_of(ward.vault) == []
    assert attachments.files_beside(ward.vault, actor=ward.actor, person_id=sam) == {}
    with pytest.raises(VaultError) as gone:
        attachments.put_back(ward.vault, **ward.act, attachment_id=laid.id)
    assert gone.value.code == "file.missing"


def test_nobody_takes_away_what_somebody_else_laid_there(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    laid = lay(ward, note.id, given(tmp_path))
    ward.actor = make_actor(name="Sol")
    with pytest.raises(NotPermittedError):
        attachments.remove_file(ward.vault, **ward.act, attachment_id=laid.id)


def test_a_file_opened_in_another_program_lies_in_a_private_folder_until_the_next_start_and_is_audited(
    ward: Laptop, note: CaseNote, tmp_path: Path
) -> None:
    laid = lay(ward, note.id, given(tmp_path))
    path = attachments.put_out_file(ward.vault, **ward.act, attachment_id=laid.id)
    assert path.read_bytes() == LETTER
    assert path.suffix == ".pdf"
    assert "Samir" not in str(path.relative_to(tmp_path))
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    with ward.vault.reading() as read:
        assert [(entry.action, entry.reason) for entry in read.all(AuditEntry)][-1] == (
            AuditAction.OPEN_FILE,
            "outside",
        )
    ward.reopen()
    assert not path.parent.exists()


@pytest.mark.parametrize("damage", ["cut", "changed", "gone"])
def test_damaged_bytes_are_never_shown(ward: Laptop, note: CaseNote, tmp_path: Path, damage: str) -> None:
    laid = lay(ward, note.id, given(tmp_path))
    path = ward.vault.files.folder / f"{laid.sha256}.sealed"
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:-1] if damage == "cut" else bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(VaultError) as found:
        attachments.read_file(ward.vault, **ward.act, attachment_id=laid.id)
    assert found.value.code == ("file.damaged" if damage == "changed" else "file.missing")


def test_a_record_that_lies_about_its_file_shows_nothing_of_it(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    laid = lay(ward, note.id, given(tmp_path))
    with ward.vault.writing() as connection:
        connection.exec_driver_sql("UPDATE attachment SET body = json_set(body, '$.mime', 'png')")
    for opening in (attachments.read_file, attachments.put_out_file):
        with pytest.raises(BadInputError):
            opening(ward.vault, **ward.act, attachment_id=laid.id)


def test_a_full_disk_keeps_nothing_of_a_file_and_everything_else(
    ward: Laptop, note: CaseNote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part":
            raise OSError(errno.ENOSPC, "no space")
        real(descriptor)

    before = outbox_types(ward)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError):
            lay(ward, note.id, given(tmp_path))
    assert (folder_of(ward.vault), outbox_types(ward)) == ([], before)
    lay(ward, note.id, given(tmp_path))


def test_a_vault_that_takes_no_record_keeps_no_bytes(
    ward: Laptop, note: CaseNote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any, **_named: Any) -> None:
        raise DiskFullError

    monkeypatch.setattr(file_queue, "enqueue", refuse)
    with pytest.raises(DiskFullError):
        lay(ward, note.id, given(tmp_path))
    assert folder_of(ward.vault) == []
    with ward.vault.reading() as read:
        assert read.count(RecordType.ATTACHMENT) == 0


def test_no_more_of_a_file_is_in_memory_than_a_few_chunks(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    path = given(tmp_path, b"%PDF-1.7" + bytes(20 * CHUNK_BYTES))
    tracemalloc.start()
    try:
        laid = lay(ward, note.id, path)
        attachments.put_out_file(ward.vault, **ward.act, attachment_id=laid.id)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 8 * CHUNK_BYTES


KILLED = """
import os, signal, sys
from pathlib import Path
from uuid import UUID
from app.storage.health import Expected
from app.use_cases import attachments
from tests.helpers.vaults import Clock, make_actor, open_with

def reach(point):
    if point == sys.argv[5]:
        os.kill(os.getpid(), signal.SIGKILL)

expected = Expected(vault_id=UUID(sys.argv[3]), generation=1)
vault = open_with(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), expected, Clock())
attachments.add_file(vault, actor=make_actor(), now=Clock()(), parent=UUID(sys.argv[4]), path=Path(sys.argv[6]),
    title="x", reach=reach)
"""


@pytest.mark.parametrize("point", STEPS)
def test_a_kill_leaves_the_file_with_its_record_or_neither(
    ward: Laptop, note: CaseNote, tmp_path: Path, point: str
) -> None:
    path = given(tmp_path)
    ward.vault.close()
    told = [str(ward.vault.path), ward.key.hex(), str(ward.expected.vault_id), str(note.id), point, str(path)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *told],
        check=False,
        capture_output=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert len(folder_of(ward.vault)) == 1
    ward.reopen()
    with ward.vault.reading() as read:
        held = read.all(Attachment)
    assert len(held) == (1 if point == "after-record" else 0)
    assert folder_of(ward.vault) == [f"{each.sha256}.sealed" for each in held]
    with ward.vault.writing() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM blob_queue").scalar_one() == len(held)


def test_nothing_of_a_file_stands_anywhere_unsealed(ward: Laptop, note: CaseNote, tmp_path: Path) -> None:
    lay(ward, note.id, given(tmp_path))
    ward.vault.close()
    pages = b"".join(decrypted_pages(ward.vault.path, ward.key))
    assert SECRET not in pages
    assert all(SECRET not in each.read_bytes() for each in ward.vault.path.parent.rglob("*") if each.is_file())
