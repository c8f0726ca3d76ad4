"""What a first load costs at the very least: the same pages over loopback, unpacked and written by SQLCipher."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from time import perf_counter

import zstandard

from sync.client.progress import Progress, Stage
from sync.protocol.framing import encode_frame
from tests.benchmarks.raw import RawVault


class Pages:
    """How many rows each page of a pull had."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._reached = [0]

    def note(self, progress: Progress) -> None:
        """Take in how far a load is."""
        if progress.stage is Stage.GETTING and progress.done > self._reached[-1]:
            self._reached.append(progress.done)

    def cut(self, bodies: list[bytes]) -> list[list[bytes]]:
        """Return the bodies in pages of the same sizes."""
        ends = [*self._reached[1:-1], len(bodies)]
        return [bodies[start:end] for start, end in zip([0, *ends], ends, strict=False)]


class PullFloor:
    """The same pages over loopback, unpacked, and written by SQLCipher with the vault's pragmas, a commit each."""

    def __init__(self, path: Path, pages: list[list[bytes]]) -> None:
        """Take the bodies, page by page."""
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
