"""Comparing one scope with the service: buckets, then single records, then only what differs is fetched (sync.md 6).

Nobody is asked to choose a side: what the service shows replaces, what it drops goes. What it was never told of stays
here and waits to be confirmed, if it is of this organisation's own people. Anything of others is held on the service's
word alone: they may have stopped meanwhile, and their own organisation offers them again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from app.domain.digest import BUCKETS, NOTHING
from app.domain.ids import RecordId
from app.storage.exchange import HeldScope, PulledPage, PulledRow, RowKind
from app.storage.held import Held
from sync.client.apply import fetched_page, sums_of
from sync.client.conversation import Conversation
from sync.client.transport import RefusedError, Transport
from sync.protocol.framing import Frame, FrameError
from sync.protocol.limits import DIGEST_MOST_BUCKETS, FETCH_MOST_IDS
from sync.protocol.messages import (
    DIGEST,
    FETCH,
    BucketLine,
    Compared,
    DigestLine,
    DigestRequest,
    ErrorCode,
    FetchRequest,
)

T = TypeVar("T")


class Comparing:
    """Finds and mends what differs in one scope; used within a cycle."""

    def __init__(
        self,
        *,
        service: Conversation,
        net: Transport,
        held: Held,
        take_in: Callable[[PulledPage], object],
        step: Callable[[], None],
    ) -> None:
        """Take both sides and what to do with a page.

        Args:
            service: asks as this device.
            net: the way to the service.
            held: what is held here.
            take_in: writes a page and tells of it.
            step: called before each question; may raise to stop.
        """
        self._service = service
        self._net = net
        self._held = held
        self._take_in = take_in
        self._step = step

    def mend(self, scope: HeldScope, *, epoch: int, seq: int) -> int | None:
        """Make what is held through a scope what the service lists at a head.

        Returns:
            How many records differed; None when the feed has moved on meanwhile: pull, then compare again.
        """
        try:
            wanted = self._differing(DigestRequest(scope=scope.id, epoch=epoch, seq=seq, want=Compared.BUCKETS), scope)
        except RefusedError as error:
            if error.refusal.error is ErrorCode.MOVED:
                return None
            raise
        for ids in parts(wanted, FETCH_MOST_IDS):
            self.fetch(scope, ids, repairs=True)
        return len(wanted)

    def fetch(self, scope: HeldScope, ids: Sequence[RecordId], *, repairs: bool = False) -> None:
        """Get single records of a scope as the service has them now."""
        self._step()
        request = FetchRequest(scope=scope.id, ids=list(ids))
        frame = self._service.ask(lambda: self._net.post(FETCH, request))
        page, never_listed = fetched_page(frame, scope, frozenset(ids), repairs=repairs)
        stay = self._held.of_own_people(never_listed) if repairs and not scope.was_forgotten else frozenset()
        gone = [record_id for record_id in never_listed if repairs and record_id not in stay]
        self._take_in(replace(page, rows=(*page.rows, *(PulledRow(0, 0, RowKind.DROP, each) for each in gone))))
        if stay:
            # By the service's clock, like everything that is kept for thirty days.
            self._held.mark_not_confirmed(scope.id, stay, at=page.server_time)

    def _differing(self, request: DigestRequest, scope: HeldScope) -> list[RecordId]:
        theirs = {line.bucket: sums_of(line.n, line.d) for line in self._asked(request).lines(BucketLine)}
        mine = self._held.buckets(scope.id)
        buckets = [key for key in range(BUCKETS) if theirs.get(key, NOTHING) != mine.get(key, NOTHING)]
        found: list[RecordId] = []
        for part in parts(buckets, DIGEST_MOST_BUCKETS):
            listed = DigestRequest(
                scope=scope.id, epoch=request.epoch, seq=request.seq, want=Compared.IDS, buckets=list(part)
            )
            there = {RecordId(line.id): (line.rev, line.h) for line in self._asked(listed).lines(DigestLine)}
            here = self._held.digests(scope.id, frozenset(part))
            found += sorted({record_id for record_id, _ in here.items() ^ there.items()})
        if buckets and not found:
            raise FrameError(None, rule="digest")  # sums that differ over records that do not
        return found

    def _asked(self, request: DigestRequest) -> Frame:
        self._step()
        return self._service.ask(lambda: self._net.post(DIGEST, request))


def parts(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """Return items in parts of at most so many."""
    listed = list(items)
    for start in range(0, len(listed), most):
        yield listed[start : start + most]
