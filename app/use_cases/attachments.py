"""Files beside notes and acts of asking: laid there, listed, opened, taken away; their bytes are always sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from app.domain import access
from app.domain.actor import Actor
from app.domain.attachment import KEY_BYTES, LONGEST_TITLE, MOST_BYTES, Attachment, check_parent, level_beside
from app.domain.codes import AuditAction, FileKind, NoteLevel, RecordType
from app.domain.consent_event import ConsentEvent
from app.domain.file_kinds import kind_of
from app.domain.ids import PersonId, RecordId
from app.domain.note import CaseNote
from app.domain.permissions import Action
from app.domain.tidying import tidy_line
from app.errors import BadInputError, NotPermittedError, VaultError
from app.sealed_file import open_file, sealed_size
from app.storage import file_queue, put_out
from app.storage.file_queue import QueueState, Way
from app.storage.files import SealedHere
from app.storage.reader import Reader
from app.storage.vault import Vault

Reach = Callable[[str], None]
"""Called at each named crash point; the shipped program hands in one that does nothing."""

STEPS = ("after-bytes", "after-record")
"""Where a crash is tried, in order."""

SHOWN_INSIDE = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.TXT})
"""Kinds that the program shows by itself; any other needs another program, and a question first."""


class FileState(StrEnum):
    """Where a file stands, as it is said in words."""

    ONLY_HERE = "only_here"
    SENDING = "sending"
    RECEIVED = "received"
    REFUSED = "refused"
    NOT_HERE = "not_here"
    COMING = "coming"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file as a page lists it.

    Attributes:
        attachment: what is known of it.
        state: where its bytes are.
        done_bytes: how many of them went, while they are sent or fetched.
        is_here: it can be opened now.
        is_removable: nobody else has its bytes yet, and the person signed in laid it here.
        is_removed: it was just taken away, and can be put back.
    """

    attachment: Attachment
    state: FileState
    done_bytes: int = 0
    is_here: bool = True
    is_removable: bool = False
    is_removed: bool = False


def title_of(path: Path) -> str:
    """Return under what title a file is offered: its name without the ending, in one tidy line."""
    words = "".join(letter if letter.isprintable() else " " for letter in path.stem)
    return tidy_line(words)[:LONGEST_TITLE].strip()


def add_file(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    parent: UUID,
    path: Path,
    title: str,
    ticked: bool = False,
    reach: Reach = lambda _point: None,
) -> Attachment:
    """Lay a file beside a note or an act of asking: sealed bytes, record, audit and queue, or nothing of them.

    Args:
        vault: the open vault.
        actor: who lays it there.
        now: the moment.
        parent: the note or consent event.
        path: the file as the person has it; read once and left where it is.
        title: how people will see it.
        ticked: partners who may read the note may have this file too.
        reach: called at the crash points.

    Raises:
        BadInputError: it is too big, empty, of no kind that may lie here, or its title will not do.
        DiskFullError, VaultError: it cannot be kept; nothing of it is left. `file.unreadable`: nor can it be read.
        NotFoundError: what it should lie beside has left this laptop.
        NotPermittedError: only who writes such notes, or asks, may do this.
    """
    title = tidy_line(title, record="attachment", field="title")
    if not title:
        raise BadInputError.at("attachment", "title", "required")
    key = vault.random_bytes(KEY_BYTES)
    try:
        given = path.open("rb")
    except OSError as error:
        raise VaultError("file.unreadable", errno=error.errno) from error
    with given, vault.files.sealing(given, key=key, most=MOST_BYTES, name=vault.random_bytes(16).hex()) as made:
        # What lies here is judged, not what the person's folder holds a moment later.
        kind = _kind(vault, made, key)
        reach(STEPS[0])
        with vault.transaction(actor=actor, now=now) as work:
            beside, level = _beside(work, actor, parent, ticked=ticked)
            attachment = Attachment(
                **work.header(),
                person=beside.person,
                parent=beside.id,
                parent_type=beside.TYPE,
                level=level,
                sha256=made.sha.hex(),
                size=made.size,
                mime=kind,
                title=title,
                key=key.hex(),
            )
            check_parent(attachment, beside)
            work.append(attachment)
            work.audit(AuditAction.CHANGE, person=attachment.person, reason="attachment")
            file_queue.enqueue(work.connection, sha=made.sha, record_id=attachment.id, size=made.size, way=Way.UP)
        reach(STEPS[1])
    return attachment


def files_beside(vault: Vault, *, actor: Actor, person_id: PersonId) -> dict[RecordId, tuple[FileView, ...]]:
    """Return the files of a person by what they lie beside, oldest first; what was taken away is left out.

    What the person signed in has just taken away is in it, so that it can be put back.
    """
    with vault.reading() as read:
        held = read.of_person(Attachment, person_id)
        rows = {
            sha: (Way(way), QueueState(state), sent)
            for sha, way, state, sent in read.connection.exec_driver_sql("SELECT sha, dir, state, sent FROM blob_queue")
        }
        known = _confirmed(read, held)
    found: dict[RecordId, list[FileView]] = {}
    for attachment in held:
        view = _view(vault, actor, attachment, rows.get(bytes.fromhex(attachment.sha256)), attachment.id in known)
        if not attachment.archived or view.is_removed:
            found.setdefault(attachment.parent, []).append(view)
    return {parent: tuple(views) for parent, views in found.items()}


def remove_file(vault: Vault, *, actor: Actor, now: datetime, attachment_id: RecordId) -> None:
    """Take away a file whose bytes nobody else has yet; until the program is locked it can be put back.

    Raises:
        NotFoundError: it has left this laptop.
        NotPermittedError: somebody else laid it here, or the service has it by now.
    """
    with vault.transaction(actor=actor, now=now) as work:
        attachment = work.get(Attachment, attachment_id)
        sha = bytes.fromhex(attachment.sha256)
        row = work.connection.exec_driver_sql("SELECT dir FROM blob_queue WHERE sha = ?", (sha,)).first()
        if attachment.created_by != actor.user or row is None or row.dir != Way.UP:
            raise NotPermittedError
        work.change(Attachment, attachment_id, fields={"archived": True})
        work.audit(AuditAction.CHANGE, person=attachment.person, reason="attachment_removed")
        file_queue.set_aside(work.connection, sha, QueueState.REMOVED)


def put_back(vault: Vault, *, actor: Actor, now: datetime, attachment_id: RecordId) -> None:
    """Put back a file that was just taken away.

    Raises:
        NotFoundError: it has left this laptop, or its bytes have.
    """
    with vault.transaction(actor=actor, now=now) as work:
        attachment = work.get(Attachment, attachment_id)
        sha = bytes.fromhex(attachment.sha256)
        if not vault.files.is_here(sha, attachment.size):
            raise VaultError("file.missing")
        work.change(Attachment, attachment_id, fields={"archived": False})
        work.audit(AuditAction.CHANGE, person=attachment.person, reason="attachment_put_back")
        file_queue.enqueue(work.connection, sha=sha, record_id=attachment_id, size=attachment.size, way=Way.UP)


def want_file(vault: Vault, *, attachment_id: RecordId) -> None:
    """Ask for the bytes of a file; they come with the next exchange.

    Raises:
        NotFoundError: it has left this laptop.
    """
    with vault.reading() as read:
        attachment = read.get(Attachment, attachment_id)
    sha = bytes.fromhex(attachment.sha256)
    if vault.files.is_here(sha, attachment.size):
        return
    with vault.writing() as connection:
        file_queue.enqueue(connection, sha=sha, record_id=attachment_id, size=attachment.size, way=Way.DOWN)


def read_file(vault: Vault, *, actor: Actor, now: datetime, attachment_id: RecordId) -> tuple[Attachment, bytes]:
    """Return what a file holds, to be shown by the program itself; the look is kept in the audit.

    Raises:
        NotFoundError: it has left this laptop.
        VaultError: `file.missing`, `file.damaged`.
        BadInputError: it is not what its record says: nothing of it is shown.
    """
    attachment = _opened(vault, attachment_id)
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.OPEN_FILE, person=attachment.person, reason="inside")
    with vault.files.open(bytes.fromhex(attachment.sha256)) as sealed:
        return attachment, open_file(sealed, key=bytes.fromhex(attachment.key), size=attachment.size).read()


def put_out_file(vault: Vault, *, actor: Actor, now: datetime, attachment_id: RecordId) -> Path:
    """Put a file where another program can open it, until the next lock or start; asked for and audited.

    Raises:
        NotFoundError, VaultError, BadInputError: as `read_file`.
        DiskFullError: there is no room for it.
    """
    attachment = _opened(vault, attachment_id)
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.OPEN_FILE, person=attachment.person, reason="outside")
    with vault.files.open(bytes.fromhex(attachment.sha256)) as sealed:
        content = open_file(sealed, key=bytes.fromhex(attachment.key), size=attachment.size)
        name = vault.random_bytes(8).hex()
        return put_out.put(vault.path.parent, content, name=name, ending=attachment.mime.value)


def _opened(vault: Vault, attachment_id: RecordId) -> Attachment:
    """Return a file's record once its bytes are known to be what it says: a service may have been deceived."""
    with vault.reading() as read:
        attachment = read.get(Attachment, attachment_id)
    sha = bytes.fromhex(attachment.sha256)
    if not vault.files.is_here(sha, attachment.size):
        raise VaultError("file.missing")
    made = SealedHere(sha=sha, size=attachment.size)
    if _kind(vault, made, bytes.fromhex(attachment.key)) is not attachment.mime:
        raise BadInputError.at("attachment", "mime", "not_permitted")
    return attachment


def _kind(vault: Vault, made: SealedHere, key: bytes) -> FileKind:
    with vault.files.open(made.sha) as sealed:
        return kind_of(open_file(sealed, key=key, size=made.size), made.size)


def _beside(
    work: Reader, actor: Actor, parent: UUID, *, ticked: bool
) -> tuple[CaseNote | ConsentEvent, NoteLevel | None]:
    note = work.find(CaseNote, parent)
    if note is not None:
        if note.level not in access.note_levels(actor.roles):
            raise NotPermittedError
        return note, level_beside(note, ticked=ticked)
    access.require(actor.roles, Action.RECORD_ANSWER)
    return work.get(ConsentEvent, parent), None


def _confirmed(read: Reader, held: tuple[Attachment, ...]) -> set[RecordId]:
    """Return those whose records the service has."""
    found = set()
    for attachment in held:
        row = read.connection.exec_driver_sql("SELECT rev FROM rec_meta WHERE id = ?", (attachment.id.bytes,)).one()
        if row.rev is not None:
            found.add(attachment.id)
    return found


def _view(
    vault: Vault, actor: Actor, attachment: Attachment, row: tuple[Way, QueueState, int] | None, is_known: bool
) -> FileView:
    sha = bytes.fromhex(attachment.sha256)
    is_here = vault.files.is_here(sha, attachment.size)
    match row:
        case (Way.UP, QueueState.REFUSED, _):
            state, done = FileState.REFUSED, 0
        case (Way.UP, _, sent) if sent:
            state, done = FileState.SENDING, attachment.size * sent // sealed_size(attachment.size)
        case (Way.UP, _, _):
            state, done = FileState.ONLY_HERE, 0
        case (Way.DOWN, _, _) if not is_here:
            state, done = FileState.COMING, vault.files.bytes_got(sha)
        case _:
            state, done = (FileState.RECEIVED if is_here else FileState.NOT_HERE), 0
            state = state if is_known or not is_here else FileState.ONLY_HERE
    is_own = attachment.created_by == actor.user and attachment.parent_type is RecordType.CASE_NOTE
    return FileView(
        attachment=attachment,
        state=state,
        done_bytes=done,
        is_here=is_here,
        is_removable=is_own and row is not None and row[0] is Way.UP and not attachment.archived,
        is_removed=is_own and attachment.archived and row is not None and row[1] is QueueState.REMOVED,
    )
