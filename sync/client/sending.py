"""Sending the lanes: frozen batches, each answered once, in sizes that get through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.codes import OpKind, RecordType
from app.errors import NetworkError
from app.storage.exchange import FrozenOp, OpResult, OpStatus
from app.storage.outbox import Outbox
from sync.client.apply import op_line, results_of
from sync.client.beside import Asked, Beside
from sync.client.conversation import Conversation
from sync.client.progress import Stage
from sync.client.size import Size
from sync.client.transport import SLOW, RefusedError, Transport
from sync.protocol.framing import Frame
from sync.protocol.limits import PUSH_MOST_BYTES, PUSH_MOST_OPS
from sync.protocol.messages import PUSH, ErrorCode, OpLine, PushEnd, PushHeader

LANE_STOPS: Final = 0
LANE_REST: Final = 1

PARK_AFTER_TRIES: Final = 5
"""A transaction that failed alone so many times is set aside."""
PARK_MOST: Final = 3
"""So many are set aside in one cycle: a service that refuses more than these has a fault of its own."""

Told = Callable[[Stage, int, frozenset[RecordType]], None]
"""Is told after each answered batch: the stage, how many ops were answered, and kinds of record that changed."""


@dataclass(slots=True)
class _Batch:
    """Frozen ops, ready to be sent, and how long the service took over them once it has answered."""

    ops: Sequence[FrozenOp]
    header: PushHeader
    lines: tuple[OpLine, ...]
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Answered:
    """What the service said to a batch, checked whole, and not yet written."""

    lane: int
    stage: Stage
    results: tuple[OpResult, ...]
    acked: int
    end: PushEnd


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
        beside: Beside,
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
            beside: how a batch is asked about while the answer before it is written, and the next is frozen.
            step: called before each batch; may raise to stop.
            told: called after each answered batch.
            restored: called when the service was put back; answers whether it has been met by offering again.
        """
        self.leftovers = False
        self._service = service
        self._net = net
        self._outbox = outbox
        self._monotonic = monotonic
        self._beside = beside
        self._step = step
        self._told = told
        self._restored = restored
        self._size = Size(count=PUSH_MOST_OPS, least=1, most=PUSH_MOST_OPS)
        self._has_forked = False
        self._is_searching = False
        self._parked = 0
        self._answered: _Answered | None = None

    def begin(self) -> None:
        """Begin a cycle."""
        self._has_forked = self._is_searching = False
        self._parked = 0

    def send(self, lane: int, *, most_batches: int | None) -> None:
        """Send a lane until it is empty, at most so many batches; None for no limit: withdrawals never wait."""
        stage = Stage.SENDING_STOPS if lane == LANE_STOPS else Stage.SENDING
        batches, batch = 0, None
        try:
            while most_batches is None or batches < most_batches:
                self._step(stage)
                batch = batch or self._cut(lane)
                if batch is None:
                    return
                asked = Asked(self._question(batch), self._beside)
                following = self._meanwhile(lane, batch, asked, is_last=batches + 1 == most_batches)
                if self._take_answer(stage, lane, batch, asked):
                    batches += 1
                    if following is None:
                        return
                    batch = following
                else:
                    batch = None
        finally:
            self._settle()

    def _cut(self, lane: int, *, after: int = 0) -> _Batch | None:
        """Freeze the next batch, of what stands after a number in its lane; None when nothing waits."""
        # Numbered and committed before the first byte leaves: after a crash the same bytes go again.
        ops = self._outbox.freeze(lane, most_ops=self._size.count, most_bytes=PUSH_MOST_BYTES, after=after)
        if not ops:
            return None
        prev = ops[0].seq - 1
        # A life of the lanes begins with its first number; the service passes over the word when it knows this one.
        header = PushHeader(lane=lane, lane_epoch=self._outbox.lane(lane).lane_epoch, prev=prev, fork=prev == 0)
        return _Batch(ops, header, tuple(op_line(op) for op in ops))

    def _meanwhile(self, lane: int, batch: _Batch, asked: Asked[Frame], *, is_last: bool) -> _Batch | None:
        """While the service works: write what it said to the batch before, and freeze the one after."""
        try:
            self._settle()
            return None if is_last else self._cut(lane, after=batch.ops[-1].seq)
        except BaseException:
            asked.give_up()
            raise

    def _question(self, batch: _Batch) -> Callable[[], Frame]:
        def ask() -> Frame:
            began = self._monotonic()
            try:
                return self._net.post(PUSH, *batch.lines, header=batch.header)
            finally:
                batch.took_s = self._monotonic() - began

        return ask

    def _settle(self) -> None:
        """Write what the service said last, if that is still to be done."""
        answered, self._answered = self._answered, None
        if answered is None:
            return
        results, end = answered.results, answered.end
        changed = self._outbox.settle(
            answered.lane, results, acked=answered.acked, at=end.server_time, audit_receipt=end.audit
        )
        # What was held was about somebody this laptop may hold no more, and went with the answer.
        self.leftovers |= any(result.status is OpStatus.HELD for result in results)
        self._told(answered.stage, len(results), changed)

    def _take_answer(self, stage: Stage, lane: int, batch: _Batch, asked: Asked[Frame]) -> bool:
        """Wait for the answer to a batch; False when its ops go again in another shape."""
        ops = batch.ops
        try:
            frame = self._service.ask(asked.reply)
        except RefusedError as error:
            if self._goes_again(stage, lane, ops, error.refusal.error):
                return False
            raise
        except NetworkError as error:
            slow = error.detail.get("reason") == SLOW
            self._size = self._size.halved() if slow else self._size.after_failure()
            if slow and _is_one(ops):
                self._failed_alone(stage, lane, ops)
            raise
        self._size = self._size.after_success(batch.took_s)
        results, end = results_of(frame, ops), frame.end(PushEnd)
        if end.audit is not None:
            self._service.check_audit(end.audit)
        self._answered = _Answered(lane, stage, results, ops[-1].seq, end)
        return True

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
