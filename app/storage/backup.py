"""Snapshots: copies of the vault beside it, encrypted under its own key, that count only once they were checked.

A desk forgets the key as soon as its connections are open (security.md 4.2). So the places for snapshots are opened
while the key is there, as connections that wait: three files, each empty or one copy, and a copy that was checked has a
note beside it. The note goes before a copy is begun and comes after it was checked: whatever a crash leaves without a
note is emptied at the next opening and never offered.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from sqlcipher3 import dbapi2

from app.errors import VaultError
from app.storage.connection import PAGE_SIZE, known, translated
from app.storage.health import ChainCheck, Expected, check_copy, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = "snapshots"
MOST: Final = 3
LONGEST: Final = timedelta(days=14)
"""How old a snapshot becomes: a lease ends by then, and what was withdrawn is nowhere kept longer."""

STEPS: Final = ("after-copy", "after-verify", "after-note", "after-emptied")
"""Where a crash is tried, in order."""

_STEP_PAGES: Final = 1_024
"""Pages copied at a time: between two, a lock or the end of the program stops it."""

_LONGEST_NOTE: Final = 4_096


class _Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a copy without its key; nothing in it is a secret or a person's."""

    format: Literal[1] = 1
    taken_at: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
    generation: int
    schema: int
    audit_seq: int
    audit_hash: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{64})?$")]
    size: Annotated[int, msgspec.Meta(ge=PAGE_SIZE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A copy that passed the five checks.

    Attributes:
        place: 1 to `MOST`, which of the files it is.
        taken_at: when (aware UTC).
        generation: of the key that opens it.
        schema: version of its tables.
        audit_seq, audit_hash: the head of the laptop's audit chain in it.
    """

    place: int
    path: Path
    taken_at: datetime
    generation: int
    schema: int
    audit_seq: int
    audit_hash: str


class StoppedError(VaultError):
    """The copy was stopped before its end, as somebody locked the laptop; what was copied does not count."""

    default_code = "vault.busy"


def snapshots_in(folder: Path) -> tuple[Snapshot, ...]:
    """Return the snapshots of a folder, the newest first; needs no key and changes nothing."""
    found = (_read(folder, place) for place in range(1, MOST + 1))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.taken_at, reverse=True))


def forget_snapshots(folder: Path) -> None:
    """Delete every snapshot while the vault is closed, as after another key.

    Raises:
        VaultError: one did not go.
    """
    for place in range(1, MOST + 1):
        for path in (_note_of(folder, place), *_files_of(folder, place)):
            with translated(), _writable():
                path.unlink(missing_ok=True)


class Snapshots:
    """The three places of an open vault; its calls may come from several threads, and one works at a time."""

    def __init__(
        self, folder: Path, key: bytearray, *, expected: Expected, chain: ChainCheck, places: int = MOST
    ) -> None:
        """Open the places while the key is there, and empty what does not count; the key stays the caller's.

        Raises:
            VaultError: the folder refuses writing.
        """
        self._folder, self._expected, self._chain = folder, expected, chain
        self._one_at_a_time = threading.Lock()
        self._is_stopped = False
        self._waiting: dict[int, Any] = {}
        if not places:
            return
        with translated(), _writable():
            folder.mkdir(mode=0o700, exist_ok=True)
            for place in range(1, places + 1):
                self._begin(place)
                self._waiting[place] = self._opened(place, key)

    @property
    def all(self) -> tuple[Snapshot, ...]:
        """The snapshots that are there, the newest first."""
        return snapshots_in(self._folder)

    def is_due(self, now: datetime) -> bool:
        """Answer whether none of the last day is there."""
        newest = next(iter(self.all), None)
        return newest is None or not timedelta(0) <= now - newest.taken_at < timedelta(days=1)

    def take(
        self, source: Any, *, now: datetime, is_only: bool = False, reach: Callable[[str], None] = lambda _: None
    ) -> Snapshot:
        """Copy what a connection reads, check the copy, and let it count; the oldest gives its place.

        Args:
            source: connection of the driver, outside a transaction.
            now: aware UTC.
            is_only: empty every other place afterwards: they hold what was deleted since.
            reach: called at each crash point.

        Raises:
            VaultError: no copy was made, and those that were there before are as they were, or one fewer.
        """
        with self._one_at_a_time:
            self._age(now)
            place = self._next_place()
            self._empty(place)
            try:
                note = self._copied(source, self._waiting[place], place, now, reach)
            except BaseException:
                with suppress(VaultError):
                    self._empty(place)
                raise
            _write_note(_note_of(self._folder, place), note)
            reach(STEPS[2])
            if is_only:
                for other in set(self._waiting) - {place}:
                    self._empty(other)
                reach(STEPS[3])
            made = _read(self._folder, place)
            assert made is not None, "its note was written"
            return made

    def empty(self) -> None:
        """Empty every place. Raises `VaultError` where one cannot be."""
        with self._one_at_a_time:
            for place in self._waiting:
                self._empty(place)

    def stop(self) -> None:
        """Stop a copy that runs, from any thread; none is taken afterwards."""
        self._is_stopped = True

    def close(self) -> None:
        """Stop a copy that runs, and close the connections."""
        self.stop()
        with self._one_at_a_time:
            for connection in self._waiting.values():
                connection.close()
            self._waiting.clear()

    def _begin(self, place: int) -> None:
        """Make the file where it is missing, and empty one that does not count under this key."""
        path, made = _path_of(self._folder, place), _read(self._folder, place)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if made is None or made.generation != self._expected.generation:
            self._empty(place)

    def _opened(self, place: int, key: bytearray) -> Any:
        path = _path_of(self._folder, place)
        try:
            return _waiting(path, key)
        except VaultError:
            # Under another key, or damaged: it opens for nobody, and must not keep a healthy vault shut.
            self._empty(place)
            return _waiting(path, key)

    def _age(self, now: datetime) -> None:
        for each in self.all:
            # One from the future is as old as one whose day nobody knows.
            if not timedelta(days=-1) <= now - each.taken_at <= LONGEST:
                self._empty(each.place)

    def _next_place(self) -> int:
        if not self._waiting or self._is_stopped:
            raise StoppedError
        taken = {each.place for each in self.all}
        free = sorted(set(self._waiting) - taken)
        return free[0] if free else self.all[-1].place

    def _empty(self, place: int) -> None:
        with translated(), _writable():
            _note_of(self._folder, place).unlink(missing_ok=True)
            path, *beside = _files_of(self._folder, place)
            # Not deleted: a connection waits at it, and Windows deletes no file that is open.
            if path.exists():
                os.truncate(path, 0)
            for each in beside:
                each.unlink(missing_ok=True)

    def _copied(self, source: Any, target: Any, place: int, now: datetime, reach: Callable[[str], None]) -> _Note:
        try:
            self._copy(source, target)
            reach(STEPS[0])
            path = _path_of(self._folder, place)
            check_copy(target, path, self._expected, self._chain)
            reach(STEPS[1])
            seq, entry_hash = head_of(target)
            generation, schema = target.execute("SELECT generation, schema FROM identity").fetchone()
        except dbapi2.Error as error:
            raise known(error) from error
        return _Note(
            taken_at=int(now.timestamp() * 1000),
            generation=generation,
            schema=schema,
            audit_seq=seq,
            audit_hash=entry_hash,
            size=path.stat().st_size,
        )

    def _copy(self, source: Any, target: Any) -> None:
        # One view of the source from the first page to the last: else each save would begin the copy anew.
        source.execute("BEGIN").close()
        try:
            source.execute("SELECT count(*) FROM identity").fetchone()
            source.backup(target, pages=_STEP_PAGES, progress=self._told)
        finally:
            source.execute("ROLLBACK").close()
        # The copy says of itself, as its source, that a log lies beside it: it is one whole file.
        if target.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",):
            raise VaultError("vault.setting_refused", setting="journal_mode")

    def _told(self, _status: int, _left: int, _pages: int) -> None:
        if self._is_stopped:
            raise StoppedError


def _waiting(path: Path, key: bytearray) -> Any:
    """Open a connection that has the key and has read nothing yet."""
    connection = dbapi2.connect(
        path.as_uri() + "?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=5
    )
    copy = bytearray(key)
    try:
        connection.set_key(copy)
        for setting in ("cipher_log_level=NONE", "temp_store=2", "synchronous=FULL", "cache_size=-2048"):
            connection.execute(f"PRAGMA {setting}").fetchall()
    except dbapi2.Error as error:
        connection.close()
        raise known(error) from error
    finally:
        copy[:] = bytes(len(copy))
    return connection


def _path_of(folder: Path, place: int) -> Path:
    return folder / f"{place}.db"


def _note_of(folder: Path, place: int) -> Path:
    return folder / f"{place}.json"


def _files_of(folder: Path, place: int) -> tuple[Path, ...]:
    path = _path_of(folder, place)
    return (path, *(path.with_name(path.name + end) for end in ("-journal", "-wal", "-shm")))


def _read(folder: Path, place: int) -> Snapshot | None:
    """Return the snapshot at a place, None where none counts: no note, or not the file that the note speaks of."""
    path = _path_of(folder, place)
    try:
        with _note_of(folder, place).open("rb") as file:
            note = msgspec.json.decode(file.read(_LONGEST_NOTE), type=_Note)
        if path.stat().st_size != note.size:
            return None
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None
    return Snapshot(
        place=place,
        path=path,
        taken_at=datetime.fromtimestamp(note.taken_at / 1000, UTC),
        generation=note.generation,
        schema=note.schema,
        audit_seq=note.audit_seq,
        audit_hash=note.audit_hash,
    )


def _write_note(path: Path, note: _Note) -> None:
    temporary = path.with_name(path.name + ".new")
    with translated(), _writable():
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(note))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle to a folder that can be flushed.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _writable() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise VaultError("vault.read_only", errno=error.errno) from error
