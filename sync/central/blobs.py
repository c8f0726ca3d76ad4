"""Files beside records at the service: who may have one, taking it in chunk by chunk, looking at it, giving it out.

The right to bytes is the visibility of a record that speaks of them; absent and not yours are one answer. Only the
organisation whose record it is sends them. Before others get a file it is opened with the key of its record, and what
it is must be what the record says: version 1 of the service can read (ADR 0051).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.domain.file_kinds import kind_of
from app.errors import BadInputError, VaultError
from app.sealed_file import SEALED_CHUNK_BYTES, open_file, sealed_size
from sync.central.blob_files import BlobFiles
from sync.central.database import Context, Database, PgConnection
from sync.central.outcomes import RefusedError
from sync.central.policy import Caller
from sync.protocol.messages import BlobReply, BlobState, ErrorCode

# The service's own question, beside the one that `use_blob` asks: both have to say yes (sync.md 10).
_SHOWN = """
SELECT EXISTS (SELECT FROM blob_use u JOIN record r ON r.agg_id = u.agg_id AND r.id = u.id
  JOIN visibility v ON v.agg_id = r.agg_id AND v.owner = r.owner AND v.cls = r.cls
  WHERE u.sha256 = %s AND NOT r.deleted AND v.scope_id = ANY(%s) AND (v.until IS NULL OR v.until > %s))
"""
_STANDS = "SELECT size, received, state FROM blob WHERE sha256 = %s AND org = %s"
_LOCKED = _STANDS + " FOR UPDATE"
_BEGIN = """
INSERT INTO blob(sha256, org, size, received, state, at) VALUES (%s, %s, %s, 0, 'uploading', %s) ON CONFLICT DO NOTHING
"""
_NOTE = "UPDATE blob SET received = %s, state = %s, at = %s WHERE sha256 = %s AND org = %s"
_SWEEP_MOST: Final = 100
_FIRST: Final = (b"", UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a file as it came: its place, its bytes, and how many the whole file has."""

    at: int
    content: bytes
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a file as it is given out, and how many bytes the whole has."""

    content: bytes
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Blob:
    """A file whose record the caller may hold: whose it is, what it should weigh, and what it should be."""

    sha: bytes
    org: UUID
    sealed_size: int
    size: int
    key: str
    mime: str


class Blobs:
    """Takes files in and gives them out; safe to share between threads and processes."""

    def __init__(self, database: Database, files: BlobFiles) -> None:
        """Take the database and the folder."""
        self._database = database
        self._files = files

    def stands(self, caller: Caller, sha: bytes, *, now: datetime) -> BlobReply:
        """Return how much of a file is here; nothing of one that was never begun.

        Raises:
            RefusedError: `not_found`.
        """
        with self._database.settling(_context(caller)) as connection:
            blob = _find(connection, caller, sha, now)
            row = connection.execute(_STANDS, (sha, blob.org)).fetchone()
        if row is None:
            return BlobReply(received=0, size=blob.sealed_size, state=BlobState.UPLOADING)
        return BlobReply(received=row[1], size=row[0], state=BlobState(row[2]))

    def take(self, caller: Caller, sha: bytes, chunk: Chunk, *, now: datetime) -> BlobReply:
        """Take the next chunk of a file; one that is not the next changes nothing, and is told which is.

        Raises:
            RefusedError: `not_found` for whoever may not send it; `bad_request` for a chunk of another file.
            FilesError: it could not be kept; what was there before is whole.
        """
        with self._database.settling(_context(caller)) as connection:
            blob = _find(connection, caller, sha, now)
            if blob.org != caller.org:
                raise RefusedError(ErrorCode.NOT_FOUND)
            if chunk.total != blob.sealed_size:
                raise RefusedError(ErrorCode.BAD_REQUEST)
            connection.execute(_BEGIN, (sha, blob.org, blob.sealed_size, now))
            row = connection.execute(_LOCKED, (sha, blob.org)).fetchone()
            assert row is not None
            received, state = row[1], BlobState(row[2])
            if state is not BlobState.UPLOADING or chunk.at != received:
                return BlobReply(received=received, size=blob.sealed_size, state=state)
            self._files.write(blob.org, sha, at=received, content=chunk.content)
            received += len(chunk.content)
            reply = BlobReply(received=received, size=blob.sealed_size, state=BlobState.UPLOADING)
            if received == blob.sealed_size:
                reply = self._look_at(blob)
            kept = BlobState.UPLOADING if reply.state is BlobState.DAMAGED else reply.state
            connection.execute(_NOTE, (reply.received, kept, now, sha, blob.org))
            return reply

    def give(self, caller: Caller, sha: bytes, *, at: int, now: datetime) -> Piece:
        """Give a piece of a file, from one place on; never more than a chunk.

        Raises:
            RefusedError: `not_found`, also while it is not whole or was refused; `bad_request` beyond its end.
            FilesError: the storage does not give it.
        """
        with self._database.settling(_context(caller)) as connection:
            blob = _find(connection, caller, sha, now)
            row = connection.execute(_STANDS, (sha, blob.org)).fetchone()
            if row is None or BlobState(row[2]) is not BlobState.AVAILABLE:
                raise RefusedError(ErrorCode.NOT_FOUND)
            is_here = self._files.length(blob.org, sha) == blob.sealed_size
            if not is_here:
                # The database was put back without the files, or they without it: laptops offer it again.
                connection.execute(_NOTE, (0, BlobState.UPLOADING, now, sha, blob.org))
        if not is_here:
            raise RefusedError(ErrorCode.NOT_FOUND)
        if at >= blob.sealed_size:
            raise RefusedError(ErrorCode.BAD_REQUEST)
        content = self._files.read(blob.org, sha, at=at, count=SEALED_CHUNK_BYTES)
        return Piece(content=content, total=blob.sealed_size)

    def sweep(self) -> int:
        """Delete the bytes of files that no record speaks of any more; returns how many went.

        Raises:
            FilesError: some do not go; they are tried again.
        """
        with self._database.reading(Context()) as connection:
            stale = connection.execute("SELECT sha256, org FROM stale_blobs(%s)", (_SWEEP_MOST,)).fetchall()
        gone = 0
        for sha, org in stale:
            with self._database.settling(Context()) as connection:
                if connection.execute("SELECT forget_blob(%s, %s)", (sha, org)).fetchone() == (True,):
                    # Before the commit: a row without bytes is found and offered again, bytes without a row never.
                    self._files.delete(org, sha)
                    gone += 1
        return gone

    def compare_with_disk(self) -> int:
        """Begin again what the database believes to be here and is not; returns how many files that were."""
        last, begun = _FIRST, 0
        while True:
            with self._database.settling(Context()) as connection:
                rows = connection.execute("SELECT * FROM blobs_after(%s, %s, %s)", (*last, _SWEEP_MOST)).fetchall()
                for sha, org, _, received in rows:
                    if self._files.length(org, sha) < received:
                        connection.execute("SELECT restart_blob(%s, %s)", (sha, org))
                        begun += 1
            if len(rows) < _SWEEP_MOST:
                return begun
            last = (rows[-1][0], rows[-1][1])

    def _look_at(self, blob: _Blob) -> BlobReply:
        """Answer what became of a file that is whole: it is what its record says, or nobody gets it."""
        if not self._files.has_hash(blob.org, blob.sha):
            return BlobReply(received=0, size=blob.sealed_size, state=BlobState.DAMAGED)
        if self._is_as_said(blob):
            return BlobReply(received=blob.sealed_size, size=blob.sealed_size, state=BlobState.AVAILABLE)
        self._files.delete(blob.org, blob.sha)
        return BlobReply(received=0, size=blob.sealed_size, state=BlobState.REFUSED)

    def _is_as_said(self, blob: _Blob) -> bool:
        try:
            with self._files.open(blob.org, blob.sha) as sealed:
                content = open_file(sealed, key=bytes.fromhex(blob.key), size=blob.size)
                return kind_of(content, blob.size) == blob.mime
        except (BadInputError, VaultError):
            return False


def _find(connection: PgConnection, caller: Caller, sha: bytes, now: datetime) -> _Blob:
    """Return a file that the caller may have by a record, and make its row readable for this transaction.

    Raises:
        RefusedError: `not_found`.
    """
    found = connection.execute("SELECT org, size, key, mime FROM use_blob(%s, %s)", (sha, now)).fetchone()
    if found is None or not _is_shown(connection, caller, sha, now):
        raise RefusedError(ErrorCode.NOT_FOUND)
    org, size, key, mime = found
    return _Blob(sha=sha, org=org, sealed_size=sealed_size(size), size=size, key=key, mime=mime)


def _is_shown(connection: PgConnection, caller: Caller, sha: bytes, now: datetime) -> bool:
    return connection.execute(_SHOWN, (sha, list(caller.scopes), now)).fetchone() == (True,)


def _context(caller: Caller) -> Context:
    return Context(org=caller.org, device=caller.device, scopes=tuple(caller.scopes))
