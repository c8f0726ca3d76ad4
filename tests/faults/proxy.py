"""A way between a laptop and the service on which anything may go wrong: real sockets, real bytes."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

_HEAD_END = b"\r\n\r\n"


@dataclass
class Exchange:
    """One request that is under way, and both ends of its line."""

    client: socket.socket
    head: bytes
    body: bytes
    service: tuple[str, int]

    @property
    def path(self) -> str:
        """The path that was asked for, without its query."""
        return urlsplit(self.head.split(b" ", 2)[1].decode()).path

    def forward(self, *, share: float = 1.0) -> bytes:
        """Send the request on, or only a share of its body, and return the whole raw reply."""
        head = self.head[: -len(_HEAD_END)] + b"\r\nConnection: close" + _HEAD_END
        with socket.create_connection(self.service, timeout=30) as line:
            line.sendall(head + self.body[: int(len(self.body) * share)])
            if share < 1:
                return b""
            return b"".join(iter(lambda: line.recv(65536), b""))

    def answer(self, raw: bytes) -> None:
        """Send raw bytes back."""
        self.client.sendall(raw)

    def reset(self) -> None:
        """Break the line off, as a gateway does that was switched off."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def wait_for_hang_up(self) -> None:
        """Say nothing until the laptop gives up."""
        with suppress(OSError):
            self.client.settimeout(30)
            self.client.recv(1)


Fault = Callable[[Exchange], None]


def pass_on(exchange: Exchange) -> None:
    """No fault: every byte goes through."""
    exchange.answer(exchange.forward())


class Proxy:
    """Listens on a port of its own; `faulty` lets everything go wrong for the length of a block."""

    def __init__(self, service: str, certificate: ssl.SSLContext | None = None) -> None:
        """Take the service's origin, and a certificate to speak TLS with."""
        parts = urlsplit(service)
        assert parts.hostname is not None
        assert parts.port is not None
        self._service = (parts.hostname, parts.port)
        self._certificate = certificate
        self._fault: Fault = pass_on
        self.paths: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    @property
    def address(self) -> str:
        """Where laptops reach it."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def faulty(self, fault: Fault) -> Iterator[None]:
        """Answer with a fault inside the block."""
        before, self._fault = self._fault, fault
        try:
            yield
        finally:
            self._fault = before

    def stop(self) -> None:
        """Close the port and wait for what is under way."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(timeout=30)

    def _begin(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._begin(self._serve, client)

    def _serve(self, line: socket.socket) -> None:
        # A laptop that gives up, or does not trust the certificate, breaks the line: that is what is looked for.
        with suppress(OSError), line:
            client = line if self._certificate is None else self._certificate.wrap_socket(line, server_side=True)
            with client:
                head, body = _read_request(client)
                if head:
                    exchange = Exchange(client, head, body, self._service)
                    self.paths.append(exchange.path)
                    self._fault(exchange)


def _read_request(client: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while _HEAD_END not in received:
        piece = client.recv(65536)
        if not piece:
            return b"", b""
        received += piece
    head, _, body = received.partition(_HEAD_END)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += client.recv(65536)
    return head + _HEAD_END, body
