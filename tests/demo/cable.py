"""A network cable that can be pulled: a forwarder on loopback between a laptop and the service."""

from __future__ import annotations

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Cable:
    """Forwards bytes to the service while it is plugged in; pulled, every connection breaks and none is taken."""

    def __init__(self, address: str) -> None:
        """Take the service's address; the laptop is given `address` of the cable instead."""
        parts = urlsplit(address)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        probe = socket.create_server(("127.0.0.1", 0))
        self._port = probe.getsockname()[1]
        probe.close()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Where the laptop believes the service is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_plugged(self) -> bool:
        """Whether anything passes."""
        return self._listener is not None

    def plug(self) -> None:
        """Let bytes pass."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
            threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def pull(self) -> None:
        """Break every connection and take no new one."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # Closing alone leaves a thread in accept(): shutting down wakes it.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            still_open, self._open = self._open, set()
        for side in still_open:
            _end(side)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._target, timeout=5)
            except OSError:
                _end(near)
                continue
            with self._lock:
                self._open |= {near, far}
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
        for side in (source, sink):
            _end(side)
            with self._lock:
                self._open.discard(side)


def _end(side: socket.socket) -> None:
    with contextlib.suppress(OSError):
        side.shutdown(socket.SHUT_RDWR)
    side.close()
