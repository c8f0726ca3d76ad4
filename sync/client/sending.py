"""Sending the lanes: frozen batches, each answered once, in sizes that get through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from app.domain.codes import OpKind, RecordType
from app.errors import NetworkError
from app.storage.exchange import FrozenOp, OpStatus
from app.storage.outbox import Outbox
from sync.client.apply import op_line, results_of
from sync.client.conversation import Conversation
from sync.client.progress import Stage
from sync.client.size import Size
from sync.client.transport import SLOW, RefusedError, Transport
from sync.protocol.framing import Frame
from sync.protocol.limits import PUSH_MOST_BYTES, PUSH_MOST_OPS
from sync.protocol.messages import PUSH, ErrorCode, PushEnd, PushHeader

LANE_STOPS: Final = 0
LANE_REST: Final = 1

PARK_AFTER_TRIES: Final = 5
"""A transaction that failed alone so many times is set aside."""
PARK_MOST: Final = 3
"""So many are set aside in one cycle: a service that refuses more than these has a fault of its own."""

Told = Callable[[Stage, int, frozenset[RecordType]], None]
"""Is told after each answered batch: the stage, how many ops were answered, and kinds of record that changed."""


class Sending:
    """Sends what one vault has to send; used by one thread at a time.

    Attributes:
        leftovers: something was given to the home organisation and had to go here: clean up.
    """

    def __init__(
        self,
        *,
        service: Conversation,
        net: Transport,
        outbox: Outbox,
        monotonic: Callable[[], float],
        step: Callable[[Stage], None],
        told: Told,
        restored: Callable[[], bool],
    ) -> None:
        """Take the way to the service, what waits, and who is told.

        Args:
            service: asks as this device.
            net: the way to the service.
            outbox: what waits to be sent.
            monotonic: seconds, for the size of batches.
            step: called before each batch; may raise to stop.
            told: called after each answered batch.
            restored: called when the service was put back; answers whether it has been met by offering again.
        """
        self.leftovers = False
        self._service = service
        self._net = net
        self._outbox = outbox
        self._monotonic = monotonic
        self._step = step
        self._told = told
        self._restored = restored
        self._size = Size(count=PUSH_MOST_OPS, least=1, most=PUSH_MOST_OPS)
        self._has_forked = False
        self._is_searching = False
        self._parked = 0

    def begin(self) -> None:
        """Begin a cycle."""
        self._has_forked = self._is_searching = False
        self._parked = 0

    def send(self, lane: int, *, most_batches: int | None) -> None:
        """Send a lane until it is empty, at most so many batches; None for no limit: withdrawals never wait."""
        stage = Stage.SENDING_STOPS if lane == LANE_STOPS else Stage.SENDING
        batches = 0
        while most_batches is None or batches < most_batches:
            self._step(stage)
            # Numbered and committed before the first byte leaves: after a crash the same bytes go again.
            ops = self._outbox.freeze(lane, most_ops=self._size.count, most_bytes=PUSH_MOST_BYTES)
            if not ops:
                return
            frame = self._ask(stage, lane, ops)
            if frame is not None:
                self._settle(stage, lane, ops, frame)
                batches += 1

    def _settle(self, stage: Stage, lane: int, ops: Sequence[FrozenOp], frame: Frame) -> None:
        results, end = results_of(frame, ops), frame.end(PushEnd)
        if end.audit is not None:
            self._service.check_audit(end.audit)
        changed = self._outbox.settle(lane, results, acked=ops[-1].seq, at=end.server_time, audit_receipt=end.audit)
        # What was held was about somebody this laptop may hold no more, and went with the answer.
        self.leftovers |= any(result.status is OpStatus.HELD for result in results)
        self._told(stage, len(results), changed)

    def _ask(self, stage: Stage, lane: int, ops: Sequence[FrozenOp]) -> Frame | None:
        """Send one batch; None when it goes again in another shape."""
        prev = ops[0].seq - 1
        # A life of the lanes begins with its first number; the service passes over the word when it knows this one.
        header = PushHeader(lane=lane, lane_epoch=self._outbox.lane(lane).lane_epoch, prev=prev, fork=prev == 0)
        lines = tuple(op_line(op) for op in ops)
        began = self._monotonic()
        try:
            frame = self._service.ask(lambda: self._net.post(PUSH, *lines, header=header))
        except RefusedError as error:
            if self._goes_again(stage, lane, ops, error.refusal.error):
                return None
            raise
        except NetworkError as error:
            slow = error.detail.get("reason") == SLOW
            self._size = self._size.halved() if slow else self._size.after_failure()
            if slow and _is_one(ops):
                self._failed_alone(stage, lane, ops)
            raise
        self._size = self._size.after_success(self._monotonic() - began)
        return frame

    def _goes_again(self, stage: Stage, lane: int, ops: Sequence[FrozenOp], error: ErrorCode) -> bool:
        """Answer whether a refused batch may go again at once, and make it ready for that."""
        match error:
            case ErrorCode.TOO_LARGE | ErrorCode.BAD_REQUEST if not _is_one(ops):
                self._size = _smaller(ops, self._size)
                return True
            case ErrorCode.TOO_LARGE | ErrorCode.BAD_REQUEST:
                # It will never be taken as it is: no use in trying five times.
                return self._park(stage, lane, ops)
            case ErrorCode.LANE_FORKED if not self._has_forked:
                # This disk is a copy, or an older state, of one that went on: nothing is lost, nothing happens twice.
                self._has_forked = True
                self._outbox.begin_again()
                return True
            case ErrorCode.LANE_AHEAD:
                return self._restored()
            case ErrorCode.FAILED if _is_one(ops):
                return self._failed_alone(stage, lane, ops)
            case ErrorCode.FAILED:
                return self._search(ops)
        return False

    def _search(self, ops: Sequence[FrozenOp]) -> bool:
        """After three failures in a row, halve until the transaction stands alone at which the service gives way.

        The others get through meanwhile: nobody waits for one bad op longer than its own five tries.
        """
        smaller = self._size.after_failure()
        self._is_searching |= smaller.count < self._size.count
        self._size = _smaller(ops, self._size) if self._is_searching else smaller
        return self._is_searching

    def _failed_alone(self, stage: Stage, lane: int, ops: Sequence[FrozenOp]) -> bool:
        """Count a failure of one transaction; answer whether it is set aside and the lane goes on."""
        tries = self._outbox.count_failure(ops)
        return tries >= PARK_AFTER_TRIES and self._park(stage, lane, ops)

    def _park(self, stage: Stage, lane: int, ops: Sequence[FrozenOp]) -> bool:
        """Set one transaction aside; withdrawals are tried until they are answered, and so is what is skipped already.

        A service that refuses one after the other has another fault than they.
        """
        if lane == LANE_STOPS or self._parked >= PARK_MOST or any(op.kind is OpKind.SKIP for op in ops):
            return False
        self._parked += 1
        self._told(stage, 0, self._outbox.park(ops))
        return True


def _is_one(ops: Sequence[FrozenOp]) -> bool:
    return len({op.txn for op in ops}) == 1


def _smaller(ops: Sequence[FrozenOp], size: Size) -> Size:
    """Return half of what was really sent: a batch may have been far below its limit."""
    return replace(size, count=min(size.count, len(ops))).halved()
