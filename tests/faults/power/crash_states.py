"""What a disk may hold after the power went: what was flushed, and any part of what was not (security.md 11).

Each write since a file's last flush is dropped, there, or torn into sectors of 512 bytes; a name that was made, moved
or taken away since the folder's last flush is so or not.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from tests.faults.power.recording import ACKNOWLEDGED, Entry, Kind

SECTOR = 512
DROPPED, THERE = 0.4, 0.7


@dataclass
class _File:
    """The bytes that are certain, and the calls that are not."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Entry] = field(default_factory=list)


class Disk:
    """Follows a recording call by call, and says at any moment what a power cut would leave."""

    def __init__(self) -> None:
        """Begin with an empty folder."""
        self.acknowledged = ""
        self._files: dict[int, _File] = {}
        self._names: dict[str, int] = {}
        self._unsure: list[Entry] = []
        self._is: dict[str, int] = {}
        # A file system gives the number of a file that is gone to the next one.
        self._file_of: dict[int, int] = {}

    def take(self, entry: Entry) -> None:
        """Let one call happen."""
        if entry.name == ACKNOWLEDGED:
            self.acknowledged += entry.data.decode()
            return
        match entry.kind:
            case Kind.CREATE:
                made = replace(entry, inode=len(self._files) + 1)
                self._file_of[entry.inode] = self._is[entry.name] = made.inode
                self._files[made.inode] = _File()
                self._unsure.append(made)
            case Kind.WRITE | Kind.TRUNCATE:
                self._files[self._file_of[entry.inode]].pending.append(entry)
            case Kind.SYNC:
                self._flush(self._file_of[entry.inode])
            case Kind.UNLINK | Kind.RENAME:
                file = self._is.pop(entry.name, 0)
                if entry.kind is Kind.RENAME:
                    self._is[entry.other] = file
                self._unsure.append(replace(entry, inode=file))
            case Kind.SYNC_FOLDER:
                self._settle(entry.name)

    def leave(self, folder: Path, chance: random.Random) -> None:
        """Write one state that the disk may be in into an empty folder."""
        names = dict(self._names)
        for entry in self._unsure:
            if chance.random() < 0.5:
                _rename(names, entry)
        for name, inode in names.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._content(inode, chance))

    def _flush(self, inode: int) -> None:
        file = self._files[inode]
        for entry in file.pending:
            _apply(file.durable, entry)
        file.pending.clear()
        # Who flushes a new file has its name, too: what the file systems of our machines do, and SQLite counts on.
        for made in [each for each in self._unsure if each.kind is Kind.CREATE and each.inode == inode]:
            before = self._unsure[: self._unsure.index(made) + 1]
            self._certain([each for each in before if made.name in {each.name, each.other}])

    def _settle(self, folder: str) -> None:
        here = folder or "."
        self._certain([each for each in self._unsure if str(PurePosixPath(each.name).parent) == here])

    def _certain(self, entries: list[Entry]) -> None:
        for entry in entries:
            _rename(self._names, entry)
            self._unsure.remove(entry)

    def _content(self, inode: int, chance: random.Random) -> bytearray:
        file = self._files[inode]
        content = bytearray(file.durable)
        for entry in file.pending:
            lot = chance.random()
            if lot < DROPPED:
                continue
            if lot < THERE or entry.kind is Kind.TRUNCATE:
                _apply(content, entry)
                continue
            for start in range(0, len(entry.data), SECTOR):
                if chance.random() < 0.5:
                    _put(content, entry.offset + start, entry.data[start : start + SECTOR])
        return content


def _rename(names: dict[str, int], entry: Entry) -> None:
    match entry.kind:
        case Kind.CREATE:
            names[entry.name] = entry.inode
        case Kind.UNLINK:
            if names.get(entry.name) == entry.inode:
                del names[entry.name]
        case _:
            if names.get(entry.name) == entry.inode:
                names[entry.other] = names.pop(entry.name)


def _apply(content: bytearray, entry: Entry) -> None:
    if entry.kind is Kind.TRUNCATE:
        del content[entry.offset :]
        content.extend(bytes(entry.offset - len(content)))
        return
    _put(content, entry.offset, entry.data)


def _put(content: bytearray, at: int, data: bytes) -> None:
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data
