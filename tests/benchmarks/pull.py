"""A first load: 10 000 records of 1 KB from the real service into an empty vault."""

from __future__ import annotations

import gc
import socket
import threading
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter

import zstandard

from app.domain.codes import Role
from sync.client.beside import OneBeside
from sync.client.engine import SyncEngine
from sync.client.progress import Progress, Stage
from sync.protocol.framing import encode_frame
from tests.benchmarks.figures import Figure, percentile, seconds
from tests.benchmarks.notes import fill_service
from tests.benchmarks.raw import RawVault
from tests.benchmarks.service import ServiceProcess
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

TIMES = 5


def measure(service: ServiceProcess, folder: Path) -> list[Figure]:
    """Pull a ward's caseload into one empty laptop after the other, and move the same bytes without a program."""
    count = fill_service(service.alliance)
    taken, floor, packed = [], [], 0
    for number in range(TIMES):
        laptop = enrol_laptop(
            folder / f"pull{number}",
            service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"]),
            user=service.alliance.user("outreach_worker"),
            role=Role.OUTREACH_WORKER,
            clock=Clock(now=datetime.now(UTC)),
        )
        pages, beside = _Pages(), OneBeside()
        engine = SyncEngine(
            outbox=laptop.outbox,
            held=laptop.held,
            net=laptop.net,
            clock=laptop.laptop.clock,
            monotonic=monotonic,
            beside=beside,
        )
        # As on a laptop: while a desk lives, the thread that pulls collects no garbage (ui/collecting.py).
        gc.disable()
        taken.append(seconds(lambda: engine.run(cancelled=lambda: False, report=pages.note)))  # noqa: B023
        gc.enable()
        beside.close()
        bodies = _bodies(laptop)
        assert len(bodies) >= count, "every record has arrived"
        bare = _Floor(folder / f"floor{number}.db", pages.cut(bodies))
        floor.append(bare.seconds())
        packed = bare.packed_bytes
        laptop.close()
    return [
        Figure(
            name=f"pull of {count:,} records of 1 KB into an empty vault, median of {TIMES}",
            value=percentile(taken, 50),
            unit="s",
            floor=percentile(floor, 50),
            goal=6,
        ),
        Figure(name="the same: bytes a record on the wire", value=packed / len(bodies), unit="B"),
    ]


class _Pages:
    """How many rows each page of a pull had."""

    def __init__(self) -> None:
        self._reached = [0]

    def note(self, progress: Progress) -> None:
        if progress.stage is Stage.GETTING and progress.done > self._reached[-1]:
            self._reached.append(progress.done)

    def cut(self, bodies: list[bytes]) -> list[list[bytes]]:
        """Return the bodies in pages of the same sizes."""
        ends = [*self._reached[1:-1], len(bodies)]
        return [bodies[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _bodies(laptop: Enrolled) -> list[bytes]:
    return [body for _, body in laptop.bodies().values()]


class _Floor:
    """The same pages over loopback, unpacked, and written by SQLCipher with the vault's pragmas, a commit each."""

    def __init__(self, path: Path, pages: list[list[bytes]]) -> None:
        self._raw = RawVault(path)
        self._pages = pages
        self._frames = [encode_frame(page, nonce="") for page in pages]
        self.packed_bytes = sum(map(len, self._frames))

    def seconds(self) -> float:
        """Return how long it takes."""
        listener = socket.create_server(("127.0.0.1", 0))
        sender = threading.Thread(target=self._send, args=(listener,))
        sender.start()
        began = perf_counter()
        with socket.create_connection(listener.getsockname()) as wire:
            for page, frame in zip(self._pages, self._frames, strict=True):
                wire.sendall(b"?")
                packed = _received(wire, len(frame))
                zstandard.ZstdDecompressor().decompress(packed[1:])
                self._raw.commit(body.decode() for body in page)
        took = perf_counter() - began
        sender.join()
        listener.close()
        self._raw.close()
        return took

    def _send(self, listener: socket.socket) -> None:
        wire, _ = listener.accept()
        with wire:
            for frame in self._frames:
                wire.recv(1)
                wire.sendall(frame)


def _received(wire: socket.socket, size: int) -> bytes:
    content = bytearray(size)
    view, at = memoryview(content), 0
    while at < size:
        at += wire.recv_into(view[at:])
    return bytes(content)
