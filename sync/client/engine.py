"""One cycle of the exchange: send what is here, take in what is there, prove what is gone (sync.md 6).

No thread, no clock, no sleep and no socket of its own: all of it is handed in, so a cycle runs the same in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.domain.codes import RecordType
from app.domain.digest import Sums
from app.domain.ids import RecordId, ScopeId, UserId
from app.errors import NetworkError, ServiceError
from app.storage import handed
from app.storage.exchange import Applied, HeldScope, PulledPage, SyncDevice
from app.storage.held import Held
from app.storage.outbox import Outbox
from sync.client.apply import PageLines, lines_of, page_of
from sync.client.beside import Asked, Beside, in_turn
from sync.client.comparing import Comparing, parts
from sync.client.conversation import Conversation
from sync.client.drops import TOO_OLD_TO_READ, TOO_OLD_TO_SEND, places_of, pull_drops
from sync.client.figures import TakingFigures
from sync.client.filing import Filing
from sync.client.handing_over import HandKeys
from sync.client.passing_on import PassingOn
from sync.client.progress import CycleReport, Progress, Stage
from sync.client.sending import LANE_REST, LANE_STOPS, Sending
from sync.client.size import Size
from sync.client.transport import RefusedError, Transport
from sync.protocol.limits import (
    FETCH_MOST_IDS,
    PULL_FIRST_ROWS,
    PULL_LEAST_ROWS,
    PULL_MOST_BYTES,
    PUSH_MOST_BATCHES,
)
from sync.protocol.messages import (
    HEADS,
    PULL,
    RECEIPT,
    CleanedScope,
    ErrorCode,
    HeadsReply,
    PullRequest,
    PullScope,
    ReceiptReply,
    ReceiptRequest,
    ScopeHead,
)

# An idle laptop confirms where it stands this often, so that its lease is renewed without a request a minute.
_RECEIPT_SECONDS: Final = 3600.0
# A success is written down this often while nothing changes: an idle poll costs the disk nothing.
_REMEMBER_WITHIN: Final = timedelta(seconds=60)
# Sums that are moved with every record cannot see a body that the disk changed by itself: once a day all are hashed.
_RECOUNT_AFTER: Final = timedelta(days=1)
# What the service had taken in shortly before its backup may be in it or not: a day more costs nothing.
_OFFER_BEFORE: Final = timedelta(days=1)
# How often a scope is compared in one cycle while its feed moves on; the next cycle goes on from there.
_COMPARE_TIMES: Final = 3

# The service gives up to 5 000, but the last page is written with nothing asked for meanwhile: the shorter the better.
# 10 000 records came in 0.65 s with this and in 0.75 s with 5 000.
_PULL_MOST_ROWS: Final = 1500

Report = Callable[[Progress], None]


class _StoppedError(Exception):
    """Somebody asked to stop; raised only between two steps."""


@dataclass(slots=True)
class _Tally:
    """What a cycle has done so far."""

    sent: int = 0
    passed_on: int = 0
    got: int = 0
    removed: int = 0
    repaired: int = 0
    changed: frozenset[RecordType] = frozenset()
    backoff_s: float = 0.0
    is_first_load: bool = False
    cannot_send: bool = False
    goes_on: bool = False
    has_offered: bool = False
    has_compared: bool = False


class SyncEngine:
    """The exchange of one vault with its service; used by one thread at a time."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        held: Held,
        net: Transport,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        beside: Beside = in_turn,
        hand_keys: HandKeys | None = None,
        user: UserId | None = None,
        takes_figures: bool = False,
    ) -> None:
        """Take the vault's two sides, the way to the service and the clocks.

        Args:
            outbox: what waits to be sent.
            held: what came from the service.
            net: the way to it.
            clock: aware UTC, for what people are shown.
            monotonic: seconds, for the life of a token and the size of pages.
            beside: how the next page, or the next batch, is asked for while the answer before it is written.
            hand_keys: of whoever is signed in, for work that colleagues hand to each other; None without them.
            user: who that is.
            takes_figures: once a day it asks for what the service counts.
        """
        self._outbox = outbox
        self._held = held
        self._net = net
        self._clock = clock
        self._monotonic = monotonic
        self._beside = beside
        self._service = Conversation(net=net, held=held, monotonic=monotonic)
        self._comparing = Comparing(
            service=self._service, net=net, held=held, take_in=self._take_in, step=self._comparing_step
        )
        self._sending = Sending(
            service=self._service,
            net=net,
            outbox=outbox,
            monotonic=monotonic,
            beside=beside,
            step=self._sending_step,
            told=self._sent,
            restored=self._offer_again,
        )
        self._filing = Filing(
            service=self._service,
            net=net,
            files=held.files,
            monotonic=monotonic,
            step=self._filing_step,
            told=self._filed,
            is_urgent=lambda: bool(outbox.waiting().new),
        )
        self._passing_on = PassingOn(
            service=self._service,
            net=net,
            vault=held.vault,
            keys=hand_keys,
            user=user,
            clock=clock,
            monotonic=monotonic,
        )
        self._figures = TakingFigures(
            service=self._service, net=net, vault=held.vault, clock=clock, monotonic=monotonic
        )
        self._takes_figures = takes_figures
        self._at_service: dict[ScopeId, Sums] = {}
        self._is_too_old = False
        self._receipt_at = float("-inf")
        self._pull_size = Size(count=PULL_FIRST_ROWS, least=PULL_LEAST_ROWS, most=_PULL_MOST_ROWS)
        self._report: Report = _silent
        self._cancelled: Callable[[], bool] = _never
        self._tally = _Tally()

    def run(self, *, cancelled: Callable[[], bool], report: Report) -> CycleReport:
        """Run one cycle; whatever it has taken in by then stays taken in, however it ends.

        Args:
            cancelled: asked between two steps.
            report: called after each step, on this thread.

        Raises:
            NetworkError: the service was not reached; nothing changed because of it.
            ServiceError: the service refused; a `RevokedError` orders to give up the vault.
            VaultError: the vault cannot be written.
        """
        self._report, self._cancelled, self._tally = report, cancelled, _Tally()
        try:
            self._steps()
            self._remember_success()
            # Last, so that nothing that may be cut off holds up what people wrote.
            self._take_figures()
            self._move_files()
        except _StoppedError:
            return self._ended(cancelled=True)
        except (NetworkError, ServiceError) as error:
            self._held.remember(last_trouble=error.code, last_trouble_at=self._clock())
            raise
        return self._ended(cancelled=False)

    def _steps(self) -> None:
        self._step(Stage.SIGNING_IN)
        self._service.begin()
        news = self._look()
        self._sending.begin()
        # A stop may overtake whom it is about, and waits for nothing: not for a colleague's file, which may be more
        # than this network carries, nor for whatever keeps the service from taking it.
        self._sending.send(LANE_STOPS, most_batches=None)
        self._passing_on.pass_on(self._service.known_device, opens_nothing=True)
        self._send()
        self._tally.passed_on = self._passing_on.pass_on(self._service.known_device, opens_nothing=False)
        counted = self._recount_when_due()
        if news or self._tally.sent or self._tally.passed_on or counted:
            try:
                self._get()
            except RefusedError as error:
                if not self._meets(error):
                    raise
                self._send()
                self._get()
        self._forget_handed()
        self._confirm(self._clean())
        self._passing_on.exchange_keys(self._service.known_device, self._known.server_keys)
        if self._outbox.waiting().new:
            self._send_rest()
            self._clean()

    def _forget_handed(self) -> None:
        """Once everything is taken in, what a colleague gave and the service does not give goes again."""
        gone = handed.forget_unconfirmed(self._held.vault)
        if gone:
            self._sending.leftovers = True
            self._took_in(Stage.CLEANING, self._tally.got, changed=gone)

    def _take_figures(self) -> None:
        if self._takes_figures and not (self._is_too_old or self._tally.cannot_send):
            self._figures.take([scope.key for scope in self._held.scopes()])

    def _move_files(self) -> None:
        if self._is_too_old or self._tally.cannot_send:
            return
        if RecordType.ATTACHMENT in self._tally.changed:
            self._filing.look_ahead()
        self._tally.goes_on = self._filing.move()

    def _send(self) -> None:
        self._sending.send(LANE_STOPS, most_batches=None)
        self._send_rest()

    def _send_rest(self) -> None:
        """Send what is no stop; a program that is too old for that still takes in what has to go."""
        try:
            self._sending.send(LANE_REST, most_batches=PUSH_MOST_BATCHES)
        except RefusedError as error:
            if error.refusal.error is not ErrorCode.UPDATE_NEEDED:
                raise
            self._tally.cannot_send = True

    def _get(self) -> None:
        if not self._is_too_old:
            try:
                self._adopt()
                self._pull()
                self._verify()
            except RefusedError as error:
                if error.refusal.error is not ErrorCode.UPDATE_NEEDED:
                    raise
                # Until this program is replaced, and so until this object is.
                self._is_too_old = True
        if self._is_too_old:
            pull_drops(
                service=self._service, net=self._net, held=self._held, step=self._dropping_step, told=self._dropped
            )

    # --- what there is -------------------------------------------------------------------------------------------

    def _look(self) -> bool:
        """Ask where the scopes stand; answer whether there is anything to get."""
        self._step(Stage.LOOKING)
        reply = self._service.ask(lambda: self._net.get(HEADS)).one(HeadsReply)
        self._tally.backoff_s = float(reply.backoff_s)
        held = {scope.id: scope for scope in self._held.scopes()}
        if held.keys() != {scope.id for scope in reply.scopes}:
            self._service.sign_in()
            return True
        if any(_has_ended(held[ScopeId(head.id)], head) for head in reply.scopes):
            self._offer_again()
            return True
        return any(
            not held[ScopeId(head.id)].at_head
            or held[ScopeId(head.id)].epoch != head.epoch
            or held[ScopeId(head.id)].cursor < head.head
            for head in reply.scopes
        )

    # --- get -----------------------------------------------------------------------------------------------------

    def _pull(self) -> None:
        """Take in page after page until there is no more."""
        ahead: Asked[PageLines] | None = None
        fetched: set[tuple[ScopeId, RecordId]] = set()
        more = True
        try:
            while more:
                scopes = tuple(scope for scope in self._held.scopes() if not scope.is_to_compare)
                first_load = any(not scope.at_head and scope.start is not None for scope in scopes)
                self._tally.is_first_load |= any(scope.epoch is None for scope in scopes)
                self._step(Stage.GETTING, done=self._tally.got, first_load=first_load)
                if not scopes:
                    return
                asked, ahead = ahead or self._ask_page(places_of(scopes), in_turn), None
                page, more = page_of(self._sized_pull(asked), scopes)
                if more and any(scope.start is not None for scope in page.scopes):
                    # Waiting for the service and writing take about as long, and a first load has nothing to fetch.
                    ahead = self._ask_page(_places_after(page), self._beside)
                unknown = self._take_in(page)
                if unknown:
                    if ahead is not None:
                        ahead.give_up()
                        ahead = None
                    self._fetch(unknown)
                    # The cursor waits before what was fetched. What is not held even then is left to the next cycle.
                    more, fetched = more or not fetched.issuperset(unknown), fetched.union(unknown)
        finally:
            if ahead is not None:
                ahead.give_up()

    def _ask_page(self, places: list[PullScope], beside: Beside) -> Asked[PageLines]:
        request = PullRequest(scopes=places, max_rows=self._pull_size.count, max_bytes=PULL_MOST_BYTES)
        return Asked(lambda: lines_of(self._net.post(PULL, request)), beside)

    def _sized_pull(self, asked: Asked[PageLines]) -> PageLines:
        began = self._monotonic()
        try:
            lines = self._service.ask(asked.reply)
        except NetworkError:
            self._pull_size = self._pull_size.halved()
            raise
        self._pull_size = self._pull_size.after_success(self._monotonic() - began)
        return lines

    def _take_in(self, page: PulledPage) -> tuple[tuple[ScopeId, RecordId], ...]:
        applied = self._held.apply_page(page)
        self._tally.got += len(page.rows)
        self._tally.removed += applied.dropped
        self._at_service.update({scope.id: scope.sums for scope in page.scopes if scope.sums is not None})
        self._took_in(Stage.GETTING, self._tally.got, changed=applied.changed, removed=applied.dropped)
        return applied.unknown

    def _fetch(self, wanted: tuple[tuple[ScopeId, RecordId], ...]) -> None:
        """Get the records whose own change came back with a revision that is not held here."""
        for scope in self._held.scopes():
            ids = [record_id for scope_id, record_id in wanted if scope_id == scope.id]
            for part in parts(ids, FETCH_MOST_IDS):
                self._comparing.fetch(scope, part)

    # --- after the service was put back --------------------------------------------------------------------------

    def _offer_again(self) -> bool:
        """Offer again what the service may have lost; answer whether that was still to be done in this cycle."""
        if self._tally.has_offered:
            return False
        self._tally.has_offered = True
        # It says with a token up to when it holds what this laptop sent.
        self._service.sign_in()
        last = self._service.last_op_at
        self._outbox.offer_again(after=None if last is None else last - _OFFER_BEFORE)
        self._held.files.offer_again()
        return True

    def _meets(self, error: RefusedError) -> bool:
        """Answer whether the cycle may go on after a cursor was refused, and prepare it for that."""
        match error.refusal.error:
            case ErrorCode.EPOCH_CHANGED | ErrorCode.CURSOR_AHEAD:
                return self._offer_again()
            case ErrorCode.CURSOR_TOO_OLD if not self._tally.has_compared:
                self._tally.has_compared = True
                self._held.compare_all()
                return True
        return False

    def _adopt(self) -> None:
        """Compare scopes whose feed began a new life, and follow it from where both sides were the same."""
        for _round in range(_COMPARE_TIMES):
            waiting = [scope for scope in self._held.scopes() if scope.is_to_compare]
            if not waiting:
                return
            self._step(Stage.COMPARING)
            reply = self._service.ask(lambda: self._net.get(HEADS)).one(HeadsReply)
            heads = {ScopeId(head.id): head for head in reply.scopes}
            for scope in waiting:
                head = heads.get(scope.id)
                if head is None:
                    continue
                differed = self._comparing.mend(scope, epoch=head.epoch, seq=head.head)
                if differed is not None:
                    self._tally.repaired += differed
                    self._held.adopt(scope.id, epoch=head.epoch, seq=head.head)

    # --- compare -------------------------------------------------------------------------------------------------

    def _recount_when_due(self) -> bool:
        """Once a day, hash what the disk holds now; answer whether the service has to be asked for its sums."""
        counted_at, now = self._known.recounted_at, self._clock()
        if counted_at is not None and timedelta(0) <= now - counted_at < _RECOUNT_AFTER:
            return False
        scopes = self._held.scopes()
        if not scopes or not all(scope.at_head for scope in scopes):
            return False
        self._step(Stage.COMPARING)
        self._held.recount()
        self._outbox.forget_acknowledged(now=self._held.device().server_time or now)
        self._held.remember(recounted_at=now)
        return True

    def _verify(self) -> None:
        """At the head both sides must add up to the same; where they do not, mend what differs and raise the alarm."""
        for _round in range(_COMPARE_TIMES):
            differing = self._differing()
            if not differing:
                return
            self._held.remember(digest_alarm_at=self._clock())
            # A sum that went wrong by itself is no difference: count first.
            self._held.recount()
            for scope in self._differing():
                self._tally.repaired += self._comparing.mend(scope, epoch=scope.epoch or 0, seq=scope.cursor) or 0
            self._pull()

    def _differing(self) -> list[HeldScope]:
        return [
            scope
            for scope in self._held.scopes()
            if scope.at_head and self._at_service.get(scope.id, scope.sums) != scope.sums
        ]

    def _sending_step(self, stage: Stage) -> None:
        self._step(stage, done=self._tally.sent)

    def _sent(self, stage: Stage, answered: int, changed: frozenset[RecordType]) -> None:
        self._tally.sent += answered
        self._took_in(stage, self._tally.sent, changed=changed)

    def _dropping_step(self) -> None:
        self._step(Stage.GETTING, done=self._tally.got)

    def _dropped(self, applied: Applied) -> None:
        self._tally.removed += applied.dropped
        self._took_in(Stage.GETTING, self._tally.got, changed=applied.changed, removed=applied.dropped)

    def _comparing_step(self) -> None:
        self._step(Stage.COMPARING, done=self._tally.got)

    # --- prove ---------------------------------------------------------------------------------------------------

    def _clean(self) -> tuple[HeldScope, ...]:
        """Prove that what had to go is gone; raised only then, and tried again in the next cycle otherwise.

        Returns:
            Where the scopes stand after it.
        """
        scopes = self._held.scopes()
        if self._service.scopes_changed:
            # A scope that was taken away took its records with it: every page has to look again.
            self._took_in(Stage.CLEANING, self._tally.got, changed=frozenset(RecordType))
        elif (
            not self._sending.leftovers
            and not self._held.owes_forgetting()
            and all(scope.cleaned >= scope.reached for scope in scopes)
        ):
            return scopes
        self._step(Stage.CLEANING)
        if self._held.clean():
            self._held.raise_cleaned()
            self._service.scopes_changed = self._sending.leftovers = False
            self._receipt_at = float("-inf")
        return self._held.scopes()

    def _confirm(self, held: Iterable[HeldScope]) -> None:
        """Report where this laptop stands; the service renews the lease of one that has read everything."""
        scopes = [
            CleanedScope(id=scope.id, epoch=scope.epoch, seq=scope.reached, cleaned=scope.cleaned)
            for scope in held
            if scope.epoch is not None
        ]
        if not scopes or self._monotonic() - self._receipt_at < _RECEIPT_SECONDS:
            return
        self._step(Stage.CONFIRMING)
        reply = self._service.ask(lambda: self._net.post(RECEIPT, ReceiptRequest(scopes=scopes))).one(ReceiptReply)
        if reply.lease is not None:
            self._service.take_lease(reply.lease)
        self._receipt_at = self._monotonic()

    # --- telling -------------------------------------------------------------------------------------------------

    @property
    def _known(self) -> SyncDevice:
        """What this laptop knew when the cycle began: only a cycle changes what is asked of it here."""
        device = self._service.device
        assert device is not None, "begin comes first"
        return device

    def _step(self, stage: Stage, *, done: int = 0, first_load: bool = False) -> None:
        if self._cancelled():
            raise _StoppedError
        self._report(Progress(stage=stage, done=done, first_load=first_load))

    def _filing_step(self, stage: Stage) -> None:
        self._step(stage)

    def _filed(self, stage: Stage, done: int, changed: frozenset[RecordType]) -> None:
        self._took_in(stage, done, changed=changed)

    def _took_in(self, stage: Stage, done: int, *, changed: frozenset[RecordType], removed: int = 0) -> None:
        self._tally.changed |= changed
        self._report(Progress(stage=stage, done=done, changed=changed, removed=removed))

    def _remember_success(self) -> None:
        now, device = self._clock(), self._known
        if self._tally.is_first_load and device.recounted_at is None:
            self._held.remember(recounted_at=now)
        before = device.last_success_at
        if self._is_too_old or self._tally.cannot_send:
            self._remember_too_old(now)
            return
        quiet = not (self._tally.sent or self._tally.got or device.last_trouble)
        if quiet and before is not None and timedelta(0) <= now - before < _REMEMBER_WITHIN:
            return
        self._held.remember(last_success_at=now, last_trouble="", last_trouble_at=None)

    def _remember_too_old(self, now: datetime) -> None:
        """Keep that this program has to be replaced, and whether it still sends."""
        code = TOO_OLD_TO_SEND if self._tally.cannot_send else TOO_OLD_TO_READ
        self._held.remember(last_trouble=code, last_trouble_at=now)
        if not self._tally.cannot_send:
            self._held.remember(last_success_at=now)

    def _ended(self, *, cancelled: bool) -> CycleReport:
        scopes = self._held.scopes()
        return CycleReport(
            sent=self._tally.sent,
            got=self._tally.got,
            removed=self._tally.removed,
            repaired=self._tally.repaired,
            changed=self._tally.changed,
            at_head=all(scope.at_head for scope in scopes),
            cleaned=all(scope.cleaned >= scope.reached for scope in scopes),
            waiting=self._outbox.waiting(),
            backoff_s=self._tally.backoff_s,
            cancelled=cancelled,
            goes_on=self._tally.goes_on,
            update_needed=self._is_too_old or self._tally.cannot_send,
        )


def _has_ended(scope: HeldScope, head: ScopeHead) -> bool:
    """Whether a feed is not the one that was followed: the service was put back to an earlier state."""
    return scope.epoch is not None and (scope.epoch != head.epoch or scope.cursor > head.head)


def _places_after(page: PulledPage) -> list[PullScope]:
    return [PullScope(id=scope.id, seq=scope.seq, epoch=scope.epoch, start=scope.start) for scope in page.scopes]


def _silent(_progress: Progress) -> None:
    """Tell nobody: no cycle runs yet."""


def _never() -> bool:
    return False
