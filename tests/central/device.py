"""A device as the service sees it: it enrols, signs every call, numbers its ops and follows its feeds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.bodies import body_of
from app.domain.codes import OpKind, Role
from app.domain.ids import DeviceId, IdSource, OrganisationId, PersonId, RecordId, UserId
from app.domain.record import Record
from sync.protocol.framing import Frame, decode_frame, encode_frame
from sync.protocol.messages import (
    ENROL,
    FETCH,
    HEADS,
    NONCE_HEADER,
    PROOF_HEADER,
    PROTOCOL_HEADER,
    PULL,
    PUSH,
    RECEIPT,
    SCHEMA_HEADER,
    TOKEN,
    CleanedScope,
    EnrolReply,
    EnrolRequest,
    FetchRequest,
    HeadsReply,
    OpLine,
    PageEnd,
    PageHeader,
    PullRequest,
    PullScope,
    PushEnd,
    PushHeader,
    ReceiptReply,
    ReceiptRequest,
    Refusal,
    ResultLine,
    RowLine,
    TokenReply,
    TokenRequest,
)
from sync.protocol.proof import (
    ENROL_PURPOSE,
    PROOF_PURPOSE,
    encode_bytes,
    enrol_data,
    proof_data,
    proof_header,
    signed_text,
)
from tests.helpers.central import AllianceService


class AnsweredNoError(Exception):
    """The service refused a whole request."""

    def __init__(self, status: int, refusal: Refusal, headers: Any) -> None:
        super().__init__(f"{status} {refusal.error}")
        self.status = status
        self.refusal = refusal
        self.headers = headers


@dataclass
class Cursor:
    """Where this device stands in one feed."""

    key: str
    seq: int = 0
    epoch: int | None = None
    start: int | None = None
    at_head: bool = False


@dataclass
class Device:
    """One enrolled device with one person at it."""

    address: str
    audience: str
    device_id: UUID
    org: OrganisationId
    user: UserId
    key: Ed25519PrivateKey
    cursors: dict[UUID, Cursor]
    lane_epoch: UUID = field(default_factory=lambda: UUID(bytes=secrets.token_bytes(16)))
    lanes: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    held: dict[UUID, dict[UUID, RowLine]] = field(default_factory=dict)
    token: str = ""
    window: str = ""
    clock: Any = None
    schema: int = 1
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.ids = IdSource(self.now, secrets.token_bytes)

    def now(self) -> datetime:
        return self.clock() if self.clock else datetime.now(UTC)

    # --- signing in ----------------------------------------------------------------------------------------

    @classmethod
    def enrol(
        cls, alliance: AllianceService, org: str, user: str, scopes: list[str], *, others: tuple[str, ...] = ()
    ) -> Device:
        slip = alliance.slip(org, [user, *others], scopes)
        key = Ed25519PrivateKey.generate()
        reply = enrol_with(slip, key)
        return cls(
            address=slip.address,
            audience=slip.audience,
            device_id=reply.device_id,
            org=OrganisationId(reply.org),
            user=alliance.user(user),
            key=key,
            cursors={scope.id: Cursor(scope.key) for scope in reply.scopes},
            clock=alliance.service.clock,
        )

    def sign_in(self) -> TokenReply:
        self.token = ""
        try:
            reply = self.ask("POST", TOKEN, TokenRequest(device_id=self.device_id)).one(TokenReply)
        except AnsweredNoError as no:
            if not no.refusal.proof_nonce:
                raise
            self.window = no.refusal.proof_nonce
            reply = self.ask("POST", TOKEN, TokenRequest(device_id=self.device_id)).one(TokenReply)
        self.token, self.window = reply.access, reply.proof_nonce
        return reply

    # --- exchange ------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, *lines: Any, header: Any = None, nonce: str | None = None) -> Frame:
        if not self.token and path not in (TOKEN, ENROL):
            self.sign_in()
        nonce = nonce or secrets.token_hex(16)
        body = encode_frame(lines, nonce=nonce, header=header) if method == "POST" else b""
        return self.send(method, path, body, nonce)

    def send(self, method: str, path: str, body: bytes, nonce: str, **changed: str) -> Frame:
        headers = {**self.proven(method, path, body, nonce), **changed}
        response = self.session.request(method, self.address + path, data=body or None, headers=headers, timeout=30)
        assert response.headers[PROTOCOL_HEADER] == "1"
        assert response.headers["Cache-Control"] == "no-store"
        frame = decode_frame(response.content, nonce=nonce)
        if response.status_code != 200:
            raise AnsweredNoError(response.status_code, frame.one(Refusal), response.headers)
        return frame

    def proven(self, method: str, path: str, body: bytes, nonce: str) -> dict[str, str]:
        text = proof_data(
            audience=self.audience,
            method=method,
            path=path,
            window_nonce=self.window,
            nonce=nonce,
            token=self.token,
            body=body,
        )
        headers = {
            PROTOCOL_HEADER: "1",
            SCHEMA_HEADER: str(self.schema),
            NONCE_HEADER: nonce,
            PROOF_HEADER: proof_header(self.window, self.key.sign(signed_text(PROOF_PURPOSE, text))),
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    # --- writing -------------------------------------------------------------------------------------------

    def header(self, role: Role = Role.OUTREACH_WORKER) -> dict[str, Any]:
        moment = self.now()
        return {
            "id": RecordId(self.ids()),
            "org": self.org,
            "created_at": moment.replace(microsecond=0),
            "created_by": self.user,
            "created_role": role,
            "device": DeviceId(self.device_id),
        }

    def create(self, record: Record, kind: OpKind = OpKind.CREATE, **given: Any) -> OpLine:
        return self.op(record.TYPE.value, record.id, record.aggregate, kind, changes=body_of(record), **given)

    def op(self, record_type: str, record_id: UUID, agg_id: UUID, kind: OpKind, **given: Any) -> OpLine:
        milliseconds = int(self.now().timestamp() * 1000)
        values: dict[str, Any] = {
            "seq": 0,
            "op_id": self.ids(),
            "txn": self.ids(),
            "record_type": record_type,
            "record_id": record_id,
            "agg_id": agg_id,
            "kind": kind.value,
            "hlc": f"{milliseconds}-0-{self.device_id.hex[-4:]}",
            "schema": 1,
            "by": self.user,
        }
        return OpLine(**{**values, **given})

    def patch(self, record: Record | RowLine, kind: str, **given: Any) -> OpLine:
        agg = record.aggregate if isinstance(record, Record) else record.agg_id
        assert agg is not None
        return self.op(kind, record.id, agg, OpKind.PATCH, **given)

    def numbered(self, ops: list[OpLine], lane: int = 1) -> list[OpLine]:
        first = self.lanes[lane] + 1
        return [msgspec.structs.replace(op, seq=first + place) for place, op in enumerate(ops)]

    def push(self, *ops: OpLine, lane: int = 1, together: bool = False) -> list[ResultLine]:
        """Push ops, and return what became of each."""
        listed = list(ops)
        if together:
            txn = self.ids()
            listed = [msgspec.structs.replace(op, txn=txn) for op in listed]
        return self.push_numbered(self.numbered(listed, lane), lane=lane)

    def push_numbered(
        self, ops: list[OpLine], *, lane: int = 1, prev: int | None = None, fork: bool = False
    ) -> list[ResultLine]:
        first = ops[0].seq - 1 if prev is None else prev
        header = PushHeader(lane=lane, lane_epoch=self.lane_epoch, prev=first, fork=fork)
        frame = self.ask("POST", PUSH, *ops, header=header)
        end = frame.end(PushEnd)
        self.lanes[lane] = end.acked
        self.end = end
        results = frame.lines(ResultLine)
        assert [result.op_id for result in results] == [op.op_id for op in ops]
        return results

    # --- reading -------------------------------------------------------------------------------------------

    def heads(self) -> HeadsReply:
        return self.ask("GET", HEADS).one(HeadsReply)

    def pull(self, *, max_rows: int = 5000, max_bytes: int = 4 * 1024 * 1024) -> list[RowLine]:
        """Pull until at head; returns every line that came."""
        lines: list[RowLine] = []
        while True:
            page, more = self.pull_page(max_rows=max_rows, max_bytes=max_bytes)
            lines += page
            if not more:
                return lines

    def places(self) -> list[PullScope]:
        """Where this device stands in each of its feeds."""
        return [
            PullScope(id=scope, seq=here.seq, epoch=here.epoch, start=here.start)
            for scope, here in self.cursors.items()
        ]

    def pull_page(self, *, max_rows: int = 5000, max_bytes: int = 4 * 1024 * 1024) -> tuple[list[RowLine], bool]:
        order, scopes = list(self.cursors), self.places()
        frame = self.ask("POST", PULL, PullRequest(scopes=scopes, max_rows=max_rows, max_bytes=max_bytes))
        header, end, lines = frame.header(PageHeader), frame.end(PageEnd), frame.lines(RowLine)
        for scope, start, ended in zip(order, header.scopes, end.scopes, strict=True):
            here = self.cursors[scope]
            here.seq, here.epoch, here.at_head = ended.seq, start.epoch, ended.at_head
            here.start = None if ended.at_head else start.start
            self.counts = {**getattr(self, "counts", {}), scope: ended}
        for line in lines:
            held = self.held.setdefault(order[line.scope_index], {})
            if line.kind == "P":
                held[line.id] = line
            elif line.kind == "D":
                held.pop(line.id, None)
        return lines, end.more

    def fetch(self, scope: UUID, *ids: UUID) -> list[RowLine]:
        return self.ask("POST", FETCH, FetchRequest(scope=scope, ids=list(ids))).lines(RowLine)

    def confirm(self, *, cleaned: bool = True) -> ReceiptReply:
        """Report the cursors, and that everything dropped is gone."""
        scopes = [
            CleanedScope(id=scope, epoch=here.epoch or 0, seq=here.seq, cleaned=here.seq if cleaned else 0)
            for scope, here in self.cursors.items()
        ]
        return self.ask("POST", RECEIPT, ReceiptRequest(scopes=scopes)).one(ReceiptReply)

    def cycle(self) -> list[RowLine]:
        """Pull and confirm, as a laptop does after its pushes."""
        lines = self.pull()
        self.confirm()
        return lines

    def bodies(self, record_type: str) -> dict[UUID, dict[str, Any]]:
        """Return the bodies of one kind that this device holds through any scope."""
        return {
            record_id: msgspec.json.decode(line.body)
            for held in self.held.values()
            for record_id, line in held.items()
            if line.record_type == record_type
        }

    def holds(self, record_id: UUID) -> bool:
        return any(record_id in held for held in self.held.values())


def enrol_with(slip: Any, key: Ed25519PrivateKey, **changed: Any) -> EnrolReply:
    """Enrol a key with a slip, and return the reply."""
    public = key.public_key().public_bytes_raw()
    text = enrol_data(audience=slip.audience, code=slip.code, public_key=public)
    request = EnrolRequest(
        code=slip.code,
        pubkey=encode_bytes(public),
        alg="ed25519",
        device_name="Laptop",
        app_version="0.1.0",
        proof=encode_bytes(key.sign(signed_text(ENROL_PURPOSE, text))),
    )
    request = msgspec.structs.replace(request, **changed)
    nonce = secrets.token_hex(16)
    response = requests.post(
        slip.address + ENROL,
        data=encode_frame([request], nonce=nonce),
        headers={PROTOCOL_HEADER: "1", SCHEMA_HEADER: "1", NONCE_HEADER: nonce},
        timeout=30,
    )
    frame = decode_frame(response.content, nonce=nonce)
    if response.status_code != 200:
        raise AnsweredNoError(response.status_code, frame.one(Refusal), response.headers)
    return frame.one(EnrolReply)


def tomorrow(moment: datetime) -> datetime:
    """Return the same time a day on."""
    return moment + timedelta(days=1)


def person_id_of(record: Record) -> PersonId:
    """Return whose aggregate a record is in."""
    return PersonId(record.aggregate)
