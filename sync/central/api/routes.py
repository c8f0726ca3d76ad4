"""The routes of the protocol (sync.md 5): each names its action, and first of all asks who is there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import RawBody
from litestar.types import ControllerRouterHandler

from app.domain.access import Action, Reach, permitted
from app.domain.told_figures import Whose
from sync.central.api.blobs import BLOB_ROUTES
from sync.central.api.exchange import AnyRequest, Asked, ask, proof_of, reply
from sync.central.api.reading import read_ops
from sync.central.applying import LANE_STOP
from sync.central.auditing import audit_receipt
from sync.central.cleaning import Report, is_older_disk, take_back, take_report
from sync.central.database import Context
from sync.central.digests import read_digests
from sync.central.feed import read_heads, read_page, read_records
from sync.central.outcomes import RefusedError
from sync.central.passing_on import exchange_keys, take_passed_on
from sync.central.policy import RouteAction
from sync.central.rescuing import keep_rescue, note_wiped
from sync.central.upcasting import faults_of_age
from sync.central.writing import Push
from sync.protocol.figures import figures_line
from sync.protocol.hand_over import PASSED_ON_MOST_OPS
from sync.protocol.limits import OP_MOST_BYTES, PUSH_MOST_BYTES, PUSH_MOST_OPS, RESCUE_MOST_BYTES
from sync.protocol.messages import (
    DIGEST,
    DROPS_ONLY,
    ENROL,
    FETCH,
    FIGURES,
    HEADS,
    KEYS,
    PASSED_ON,
    PING,
    PULL,
    PUSH,
    RECEIPT,
    RESCUE,
    TOKEN,
    WIPED,
    Compared,
    DigestRequest,
    EnrolRequest,
    ErrorCode,
    FetchRequest,
    HeadsReply,
    KeysRequest,
    OpLine,
    PassedOn,
    PassedOnEnd,
    Pong,
    PullRequest,
    PushEnd,
    PushHeader,
    ReceiptReply,
    ReceiptRequest,
    TokenRequest,
    WipeDone,
)

HEALTH = "/v1/health"
"""For the front proxy: whether the database answers. Says nothing else, and is in no frame."""

TXN_MOST_BYTES = 512 * 1024
"""What the ops of one transaction may hold together (sync.md 1)."""


@get(PING, sync_to_thread=True, opt={"action": RouteAction.PING})
def ping(request: AnyRequest) -> Response[bytes]:
    """Answer that this is the service: a laptop tells a portal page by it."""
    asked = ask(request, b"")
    return reply(asked.nonce, [Pong(sync="ok", nonce=asked.nonce)])


@get(HEALTH, sync_to_thread=True, opt={"action": RouteAction.READ_HEALTH})
def health(request: AnyRequest) -> dict[str, str]:
    """Answer whether the database answers."""
    with request.app.state["service"].database.reading(Context()) as connection:
        connection.execute("SELECT 1")
    return {"database": "ok"}


@post(ENROL, sync_to_thread=True, status_code=200, opt={"action": RouteAction.ENROL})
def enrol(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Enrol a device with a one-time code."""
    asked = ask(request, body)
    granted = asked.service.enroller.enrol(asked.one(EnrolRequest), schema=asked.schema, now=asked.now)
    return reply(asked.nonce, [granted])


@post(TOKEN, sync_to_thread=True, status_code=200, opt={"action": RouteAction.SIGN_IN})
def token(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Give a device that proves its key a token."""
    asked = ask(request, body)
    device = asked.one(TokenRequest).device_id
    granted = asked.service.door.sign_in(device, proof_of(request, body), schema=asked.schema, now=asked.now)
    return reply(asked.nonce, [granted])


@get(HEADS, sync_to_thread=True, opt={"action": RouteAction.READ_HEADS})
def heads(request: AnyRequest) -> Response[bytes]:
    """Say where the scopes of a device stand."""
    asked = ask(request, b"")
    asked.service.timekeeper.run(now=asked.now)
    with asked.service.database.reading(_context(asked)) as connection:
        found = read_heads(connection, asked.device)
    return reply(asked.nonce, [HeadsReply(scopes=found, server_time=asked.now)])


@post(PUSH, sync_to_thread=True, status_code=200, opt={"action": RouteAction.PUSH})
def push(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Take in ops."""
    asked = ask(request, body)
    header, raw = asked.header(PushHeader), asked.raw_lines()
    versions = asked.service.versions
    if header.lane != LANE_STOP and asked.schema < versions.writes_from:
        # A stop passes whatever it was written with.
        raise RefusedError(ErrorCode.UPDATE_NEEDED)
    if len(raw) > PUSH_MOST_OPS or sum(map(len, raw)) > PUSH_MOST_BYTES + OP_MOST_BYTES:
        raise RefusedError(ErrorCode.TOO_LARGE)
    ops, faults = read_ops(raw)
    if header.lane != LANE_STOP:
        faults = {**faults_of_age(ops, versions), **faults}
    push = Push(caller=asked.device, header=header, ops=ops, now=asked.now, too_big=_too_big(ops, raw), faults=faults)
    pushed = asked.service.writer.push(push)
    end = PushEnd(acked=pushed.acked, server_time=asked.now, audit=_audit_receipt(asked, pushed.audit))
    return reply(asked.nonce, pushed.results, end=end)


@post(PULL, sync_to_thread=True, status_code=200, opt={"action": RouteAction.PULL})
def pull(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Give the next page."""
    asked = ask(request, body)
    wanted = asked.one(PullRequest)
    if wanted.mode != DROPS_ONLY:
        _check_reads(asked)
    asked.service.timekeeper.run(now=asked.now)
    with asked.service.database.reading(_context(asked)) as connection:
        page = read_page(connection, asked.device, wanted, now=asked.now)
        is_older = is_older_disk(connection, asked.device, wanted.scopes)
    _alarm(request, asked, page.guarded)
    if is_older:
        with asked.service.database.settling(_context(asked)) as connection:
            report = take_back(connection, asked.device, wanted.scopes, now=asked.now)
        _renew_receipts(request, asked, report)
    return reply(asked.nonce, page.lines, header=page.header, end=page.end)


@post(FETCH, sync_to_thread=True, status_code=200, opt={"action": RouteAction.FETCH})
def fetch(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Give single records of one scope."""
    asked = ask(request, body)
    wanted = asked.one(FetchRequest)
    _check_reads(asked)
    with asked.service.database.reading(_context(asked)) as connection:
        page = read_records(connection, asked.device, wanted, now=asked.now)
    _alarm(request, asked, page.guarded)
    return reply(asked.nonce, page.lines, header=page.header, end=page.end)


@post(DIGEST, sync_to_thread=True, status_code=200, opt={"action": RouteAction.COMPARE})
def digest(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Say what a scope adds up to; a laptop asks when it differs, or after the service was restored."""
    asked = ask(request, body)
    wanted = asked.one(DigestRequest)
    with asked.service.database.reading(_context(asked)) as connection:
        lines = read_digests(connection, asked.device, wanted)
    if wanted.want is Compared.BUCKETS:
        request.app.state["log"].warning("digest_compared", device=str(asked.device.device), scope=str(wanted.scope))
    return reply(asked.nonce, lines)


@post(RECEIPT, sync_to_thread=True, status_code=200, opt={"action": RouteAction.REPORT})
def receipt(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Take in cursors and proven clean-up; give a new lease to a laptop that is up to date."""
    asked = ask(request, body)
    wanted = asked.one(ReceiptRequest)
    service, caller = asked.service, asked.device
    with service.database.settling(_context(asked)) as connection:
        report = take_report(connection, caller, wanted.scopes, now=asked.now)
        row = connection.execute("SELECT lease_days FROM device WHERE id = %s", (caller.device,)).fetchone()
    _renew_receipts(request, asked, report)
    lease = service.keys.lease(caller.device, int(row[0]), asked.now) if row and report.is_up_to_date else None
    return reply(asked.nonce, [ReceiptReply(server_time=asked.now, lease=lease)])


@post(KEYS, sync_to_thread=True, status_code=200, opt={"action": RouteAction.EXCHANGE_KEYS})
def keys(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Keep the key under which somebody here is handed work, and tell those of the colleagues."""
    asked = ask(request, body)
    told = exchange_keys(asked.service, asked.device, asked.one(KeysRequest), now=asked.now)
    return reply(asked.nonce, [told])


@post(PASSED_ON, sync_to_thread=True, status_code=200, opt={"action": RouteAction.FORWARD})
def passed_on(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Take in ops that a colleague handed to this laptop."""
    asked = ask(request, body)
    header, raw = asked.header(PassedOn), asked.raw_lines()
    if len(raw) > PASSED_ON_MOST_OPS:
        raise RefusedError(ErrorCode.TOO_LARGE)
    results = take_passed_on(asked.service, asked.device, header, raw, read_ops(raw), now=asked.now)
    request.app.state["log"].info("passed_on", count=len(raw))
    return reply(asked.nonce, results, end=PassedOnEnd(server_time=asked.now))


@put(
    RESCUE,
    sync_to_thread=True,
    status_code=201,
    request_max_body_size=RESCUE_MOST_BYTES + 1,
    opt={"action": RouteAction.RESCUE},
)
def rescue(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Keep the sealed outbox of a laptop that was revoked."""
    asked = ask(request, body)
    if len(body) > RESCUE_MOST_BYTES:
        raise RefusedError(ErrorCode.TOO_LARGE)
    kept = keep_rescue(asked.service, proof_of(request, body), now=asked.now)
    request.app.state["log"].info("rescued", size_bytes=len(body))
    return reply(asked.nonce, [kept], status=201)


@post(WIPED, sync_to_thread=True, status_code=200, opt={"action": RouteAction.REPORT_WIPED})
def wiped(request: AnyRequest, body: RawBody) -> Response[bytes]:
    """Take in a laptop's signed word that it obeyed the order to give up its vault."""
    asked = ask(request, body)
    noted = note_wiped(asked.service, asked.one(WipeDone), proof_of(request, body), now=asked.now)
    return reply(asked.nonce, [noted])


@get(FIGURES, sync_to_thread=True, opt={"action": RouteAction.READ_FIGURES})
def figures(request: AnyRequest) -> Response[bytes]:
    """Tell a charity its own figures, and those of the alliance, small numbers kept out; each as its roles allow."""
    asked = ask(request, b"")
    roles = {role for held in asked.device.roles.values() for role in held}
    wanted = [
        whose
        for whose, may in (
            (Whose.ORGANISATION, permitted(roles, Action.READ_REPORTS) is Reach.ORGANISATION),
            (Whose.ALLIANCE, permitted(roles, Action.READ_TOTALS) is not None),
        )
        if may
    ]
    if not wanted:
        raise RefusedError(ErrorCode.SCOPE_DENIED)
    figurer, org = asked.service.figurer, asked.device.org
    told = [each for whose in wanted for each in figurer.told(org, whose, now=asked.now)]
    return reply(asked.nonce, [figures_line(each) for each in told])


ROUTES: tuple[ControllerRouterHandler, ...] = (
    ping,
    health,
    enrol,
    token,
    heads,
    push,
    pull,
    fetch,
    digest,
    receipt,
    keys,
    passed_on,
    rescue,
    wiped,
    figures,
    *BLOB_ROUTES,
)
"""Every route there is."""


def _check_reads(asked: Asked) -> None:
    """Refuse bodies to a program that is too old to read them; what must go it is told in pages of drops alone."""
    if asked.schema < asked.service.versions.reads_from:
        raise RefusedError(ErrorCode.UPDATE_NEEDED)


def _renew_receipts(request: AnyRequest, asked: Asked, report: Report) -> None:
    for home_org, losses in report.losses.items():
        asked.service.writer.renew_receipts(home_org, losses, now=asked.now, cause=asked.service.new_id())
    if report.went_back:
        request.app.state["log"].warning("receipt_went_back", device=str(asked.device.device))


def _context(asked: Asked) -> Context:
    caller = asked.device
    return Context(org=caller.org, device=caller.device, scopes=tuple(caller.scopes))


def _audit_receipt(asked: Asked, newest: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the signed receipt for the newest entry of the device's audit chain (security.md 7)."""
    if newest is None:
        return None
    return audit_receipt(asked.service.keys, asked.device.device, newest["seq"], newest["hash"], asked.now)


def _too_big(ops: list[OpLine], raw: list[bytes]) -> frozenset[UUID]:
    """Return the ops that are larger than an op may be, and those of a transaction that is larger than one may be."""
    sizes: dict[UUID, int] = {}
    for op, line in zip(ops, raw, strict=True):
        sizes[op.txn] = sizes.get(op.txn, 0) + len(line)
    return frozenset(
        op.op_id
        for op, line in zip(ops, raw, strict=True)
        if len(line) > OP_MOST_BYTES or sizes[op.txn] > TXN_MOST_BYTES
    )


def _alarm(request: AnyRequest, asked: Asked, guarded: int) -> None:
    if guarded:
        request.app.state["log"].warning("guard_hit", device=str(asked.device.device), rows=guarded)
