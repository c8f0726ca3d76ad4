"""Files on their way, for the exchange: what is to be sent and fetched, and every chunk checked before it is kept."""

from __future__ import annotations

import hashlib

from app.errors import VaultError
from app.sealed_file import SEALED_CHUNK_BYTES, chunk_count, open_chunk
from app.storage import file_queue
from app.storage.file_queue import Queued, QueueState, Way
from app.storage.files import FileStore
from app.storage.vault import Vault


class MovingFiles:
    """The files of one vault on their way; called by the sync thread only."""

    def __init__(self, vault: Vault) -> None:
        """Take the vault."""
        self._vault = vault

    @property
    def _store(self) -> FileStore:
        return self._vault.files

    def to_send(self) -> tuple[Queued, ...]:
        """Return what is to be sent and is whole here, newest first; what is not here is set aside."""
        with self._vault.reading() as read:
            queued = file_queue.to_send(read.connection)
        here = tuple(each for each in queued if self._store.is_here(each.sha, each.size))
        for lost in set(queued) - set(here):
            self._set_aside(lost)
        return here

    def chunk(self, queued: Queued, at: int) -> bytes:
        """Return the sealed chunk at a place of a file.

        Raises:
            VaultError: `file.missing`.
        """
        with self._store.open(queued.sha) as sealed:
            sealed.seek(at)
            return sealed.read(SEALED_CHUNK_BYTES)

    def sent(self, queued: Queued, received: int) -> None:
        """Note how many bytes the service has confirmed."""
        with self._vault.writing() as connection:
            file_queue.note_sent(connection, queued.sha, received)

    def received(self, queued: Queued) -> None:
        """Note that the service has the whole file, and that it is what its record says."""
        with self._vault.writing() as connection:
            file_queue.arrived(connection, queued.sha, Way.UP)

    def refused(self, queued: Queued) -> None:
        """Note that the service will never take the file."""
        self._set_aside(queued)

    def is_sound(self, queued: Queued) -> bool:
        """Answer whether what lies here still has its hash; a file that has not is set aside."""
        with self._store.open(queued.sha) as sealed:
            is_sound = hashlib.file_digest(sealed, "sha256").digest() == queued.sha
        if not is_sound:
            self._set_aside(queued)
        return is_sound

    def wanted(self) -> tuple[Queued, ...]:
        """Return what somebody asked for, newest first; what is here by now is taken off the queue."""
        with self._vault.reading() as read:
            queued = file_queue.wanted(read.connection)
        return tuple(each for each in queued if not self._is_got(each))

    def of_caseload(self) -> tuple[Queued, ...]:
        """Return what a ward's laptop fetches before anybody asks for it, newest first."""
        with self._vault.reading() as read:
            queued = file_queue.of_caseload(read.connection)
        return tuple(each for each in queued if not self._store.is_here(each.sha, each.size))

    def next_place(self, queued: Queued) -> int:
        """Return from where a file is fetched on: what is here of it stays."""
        count = min(self._store.chunks_got(queued.sha), chunk_count(queued.size) - 1)
        return count * SEALED_CHUNK_BYTES

    def take_in(self, queued: Queued, at: int, sealed: bytes) -> bool:
        """Keep a chunk that came; answer whether the file is whole with it.

        Raises:
            VaultError: `file.damaged`: it is not that chunk of that file, and nothing of it is kept.
            DiskFullError: there is no room.
        """
        index, last = at // SEALED_CHUNK_BYTES, chunk_count(queued.size) - 1
        open_chunk(queued.key, index, sealed, is_last=index == last)
        self._store.take_in(queued.sha, index, sealed, is_last=index == last)
        if index == last:
            with self._vault.writing() as connection:
                file_queue.arrived(connection, queued.sha, Way.DOWN)
        return index == last

    def offer_again(self) -> None:
        """Queue every file of this organisation that is whole here: the service was put back."""
        with self._vault.reading() as read:
            own = file_queue.own_files(read.connection)
        here = [each for each in own if self._store.is_here(each.sha, each.size)]
        with self._vault.writing() as connection:
            for each in here:
                file_queue.enqueue(connection, sha=each.sha, record_id=each.record_id, size=each.size, way=Way.UP)

    def _is_got(self, queued: Queued) -> bool:
        is_here = self._store.is_here(queued.sha, queued.size)
        if is_here:
            with self._vault.writing() as connection:
                file_queue.arrived(connection, queued.sha, Way.DOWN)
        return is_here

    def _set_aside(self, queued: Queued) -> None:
        with self._vault.writing() as connection:
            file_queue.set_aside(connection, queued.sha, QueueState.REFUSED)


def is_damaged(error: VaultError) -> bool:
    """Answer whether an error says that a chunk was not the one that was asked for."""
    return error.code == "file.damaged"
