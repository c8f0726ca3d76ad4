"""Files up and down, chunk by chunk, after everything else: what is cut off goes on from there in the next cycle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.domain.codes import RecordType
from app.errors import VaultError
from app.sealed_file import sealed_size
from app.storage.file_queue import Queued
from app.storage.moving_files import MovingFiles, is_damaged
from sync.client.conversation import Conversation
from sync.client.progress import Stage
from sync.client.transport import RefusedError, Transport
from sync.protocol.blob import CHUNK_MOST_BYTES, blob_path, content_range
from sync.protocol.framing import FrameError
from sync.protocol.messages import BlobReply, BlobState, ErrorCode

SECONDS_A_CYCLE: Final = 20.0
"""How long one cycle moves files: a stop, of this laptop or of others, waits no longer for them."""

FILES: Final = frozenset({RecordType.ATTACHMENT})

Told = Callable[[Stage, int, frozenset[RecordType]], None]
"""Is told after each chunk: the stage, how many files are done, and kinds of record whose state changed."""


class Filing:
    """Moves the files of one vault; used by one thread at a time."""

    def __init__(
        self,
        *,
        service: Conversation,
        net: Transport,
        files: MovingFiles,
        monotonic: Callable[[], float],
        step: Callable[[Stage], None],
        told: Told,
        is_urgent: Callable[[], bool],
    ) -> None:
        """Take the way to the service, the files, and who is asked and told.

        Args:
            service: asks as this device.
            net: the way to the service.
            files: what is on its way.
            monotonic: seconds.
            step: called before each chunk; may raise to stop.
            told: called after each chunk.
            is_urgent: asked before each chunk: something else is to be sent first.
        """
        self._service = service
        self._net = net
        self._files = files
        self._monotonic = monotonic
        self._step = step
        self._told = told
        self._is_urgent = is_urgent
        self._ends_at = 0.0
        self._done = 0
        self._looks_ahead = True

    def look_ahead(self) -> None:
        """Look again, in this cycle, what of the caseload is to be fetched."""
        self._looks_ahead = True

    def move(self) -> bool:
        """Send what is only here, then fetch what was asked for, then what belongs to the caseload.

        Returns:
            Whether anything is left that the next cycle should go on with at once.

        Raises:
            NetworkError, ServiceError: as everywhere; what was confirmed by then stays confirmed.
            VaultError: the vault or its folder cannot be written.
        """
        self._ends_at, self._done = self._monotonic() + SECONDS_A_CYCLE, 0
        for queued in self._files.to_send():
            if not self._send(queued):
                return True
        for queued in self._files.wanted():
            if not self._fetch(queued):
                return True
        if self._looks_ahead:
            for queued in self._files.of_caseload():
                if not self._fetch(queued):
                    return True
            self._looks_ahead = False
        return False

    def _send(self, queued: Queued) -> bool:
        """Send a file from where the service has it; answer whether there is time for another."""
        whole = sealed_size(queued.size)
        at = self._net.offset(blob_path(queued.sha)) or 0
        # Where all is there already, the last chunk goes again: only a framed answer says that it was received.
        at = min(at, (whole - 1) // CHUNK_MOST_BYTES * CHUNK_MOST_BYTES)
        begins_again = 0
        while True:
            if not self._has_time(Stage.SENDING_FILES):
                return False
            reply = self._put(queued, at, whole)
            if reply is None or reply.state is BlobState.REFUSED:
                if reply is not None:
                    self._files.refused(queued)
                return self._ended(Stage.SENDING_FILES, reply is not None)
            if reply.state is BlobState.AVAILABLE:
                self._files.received(queued)
                return self._ended(Stage.SENDING_FILES, True)
            if reply.state is BlobState.DAMAGED or reply.received <= at:
                # What was taken in was not what lies here, or another laptop began anew: once more, and then later.
                begins_again += 1
                if begins_again > 1 or not self._files.is_sound(queued):
                    return self._ended(Stage.SENDING_FILES, False)
            at = reply.received
            self._files.sent(queued, at)
            self._told(Stage.SENDING_FILES, self._done, FILES)

    def _put(self, queued: Queued, at: int, whole: int) -> BlobReply | None:
        """Send one chunk; None where this laptop may not send the file, or not now."""
        chunk = self._files.chunk(queued, at)
        place = content_range(at, len(chunk), whole)
        try:
            frame = self._service.ask(lambda: self._net.put(blob_path(queued.sha), chunk, place=place))
        except RefusedError as error:
            if error.refusal.error is not ErrorCode.NOT_FOUND:
                raise
            return None
        reply = frame.one(BlobReply)
        if reply.size != whole or not 0 <= reply.received <= whole:
            raise FrameError(None, rule="file")
        return reply

    def _fetch(self, queued: Queued) -> bool:
        """Fetch a file from where it was cut off; answer whether there is time for another."""
        whole = sealed_size(queued.size)
        at = self._files.next_place(queued)
        tries = 0
        while True:
            if not self._has_time(Stage.GETTING_FILES):
                return False
            try:
                piece = self._service.ask(lambda: self._net.piece(blob_path(queued.sha), at, whole))  # noqa: B023
            except RefusedError as error:
                if error.refusal.error is not ErrorCode.NOT_FOUND:
                    raise
                # Its sender has not sent it yet: it is looked for again.
                return self._ended(Stage.GETTING_FILES, False)
            try:
                is_whole = self._files.take_in(queued, at, piece)
            except VaultError as error:
                if not is_damaged(error):
                    raise
                tries += 1
                if tries > 1:
                    raise FrameError(None, rule="file") from error
                at = self._files.next_place(queued)
                continue
            if is_whole:
                return self._ended(Stage.GETTING_FILES, True)
            at += CHUNK_MOST_BYTES
            self._told(Stage.GETTING_FILES, self._done, FILES)

    def _has_time(self, stage: Stage) -> bool:
        self._step(stage)
        return self._monotonic() < self._ends_at and not self._is_urgent()

    def _ended(self, stage: Stage, is_done: bool) -> bool:
        self._done += is_done
        self._told(stage, self._done, FILES if is_done else frozenset())
        return True
