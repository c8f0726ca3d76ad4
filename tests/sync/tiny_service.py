"""A service of one device on a real socket: checks proofs, keeps what is pushed, misbehaves on order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.codes import Role
from sync.protocol.framing import Frame, decode_frame, encode_frame
from sync.protocol.messages import (
    STATUS_OF,
    TOKEN,
    EnrolReply,
    EnrolRequest,
    ErrorCode,
    FetchRequest,
    GrantedScope,
    HeadsReply,
    OpLine,
    PageEnd,
    PageHeader,
    PageScopeEnd,
    PageStart,
    Pong,
    PullRequest,
    PushEnd,
    PushHeader,
    ReceiptReply,
    ReceiptRequest,
    Refusal,
    ResultLine,
    ResultState,
    RowLine,
    ScopeHead,
    TokenReply,
)
from sync.protocol.proof import (
    PROOF_PURPOSE,
    KeyAlgorithm,
    decode_bytes,
    encode_bytes,
    key_fingerprint,
    proof_data,
    read_proof_header,
    sign_control,
    signature_is_valid,
)
from sync.protocol.slip import Slip

NOW = datetime(2026, 5, 3, 10, 14, tzinfo=UTC)
AUDIENCE = "alongside-test"
CODE = "K7QM-2XRD-9PLW"
USER = UUID("01930000-0000-7000-8000-000000000003")


@dataclass
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def nonce(self) -> str:
        return self.headers["x-nonce"]

    @property
    def frame(self) -> Frame:
        return decode_frame(self.body, nonce=self.nonce)


@dataclass
class Answer:
    """A reply to send as it is."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    silent: bool = False


Fault = Callable[[Call], Answer | None]


class TinyService:
    """One device, a few scopes, everything applied; `fault` may answer first."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.device_id = UUID(int=0xD)
        self.org = UUID(int=0xA)
        self.device_key = b""
        self.scopes: dict[UUID, list[RowLine]] = {}
        self.epochs: dict[UUID, int] = {}
        self.bodies: dict[UUID, RowLine] = {}
        self.pushed: list[tuple[int, OpLine]] = []
        self.results: dict[UUID, ResultLine] = {}
        self.answer_op: Callable[[OpLine], ResultLine] = applied
        self.calls: list[Call] = []
        self.cleaned: dict[UUID, int] = {}
        self.control: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.window = "w1"
        self.fault: Fault = lambda _call: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def slip(self) -> Slip:
        fingerprint = key_fingerprint(self.key.public_key().public_bytes_raw())
        return Slip(
            address=self.address,
            audience=AUDIENCE,
            keys=[fingerprint],
            code=CODE,
            org_name="Aspire",
            user=USER,
            user_name="Priya Example",
            shown_name="Priya",
            roles=[Role.OUTREACH_WORKER],
        )

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def paths(self) -> list[str]:
        return [call.path for call in self.calls]

    def signed(self, **fields: Any) -> dict[str, Any]:
        return sign_control(fields, self.key)

    def lease(self) -> dict[str, Any]:
        return self.signed(lease=str(self.device_id), issued_at="2026-05-03T10:14:00Z", until="2026-05-17T10:14:00Z")

    def frame(self, call: Call, *lines: msgspec.Struct, status: int = 200, **more: Any) -> Answer:
        body = encode_frame(lines, nonce=call.nonce, **more)
        return Answer(status, body, {"X-Sync-Proto": "1", "Cache-Control": "no-store"})

    def refuse(self, call: Call, error: ErrorCode, *, retry_after: str = "", **more: Any) -> Answer:
        answer = self.frame(call, Refusal(error=error, **more), status=STATUS_OF[error])
        if retry_after:
            answer.headers["Retry-After"] = retry_after
        return answer

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        faulty = self.fault(call)
        if faulty is not None:
            return faulty
        match call.path:
            case "/v1/ping":
                return self.frame(call, Pong(sync="ok", nonce=call.nonce))
            case "/v1/enrol":
                return self._enrol(call)
        return self._refusal(call) or self._proven(call)

    def _proven(self, call: Call) -> Answer:
        match call.path:
            case "/v1/token":
                return self._token(call)
            case "/v1/heads":
                heads = [
                    ScopeHead(id=key, epoch=self.epochs[key], head=_head(rows)) for key, rows in self.scopes.items()
                ]
                return self.frame(call, HeadsReply(scopes=heads, server_time=NOW))
            case "/v1/push":
                return self._push(call)
            case "/v1/pull":
                return self._pull(call)
            case "/v1/fetch":
                return self._fetch(call)
            case "/v1/receipt":
                for scope in call.frame.one(ReceiptRequest).scopes:
                    self.cleaned[scope.id] = scope.cleaned
                return self.frame(call, ReceiptReply(server_time=NOW, lease=self.lease()))
        return self.refuse(call, ErrorCode.NOT_FOUND)

    def _refusal(self, call: Call) -> Answer | None:
        window, signature = read_proof_header(call.headers["x-proof"])
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        data = proof_data(
            audience=AUDIENCE,
            method=call.method,
            path=call.path,
            window_nonce=window,
            nonce=call.nonce,
            token=token,
            body=call.body,
        )
        valid = signature_is_valid(
            algorithm=KeyAlgorithm.ED25519,
            public_key=self.device_key,
            purpose=PROOF_PURPOSE,
            data=data,
            signature=signature,
        )
        if not valid or window != self.window:
            return self.refuse(call, ErrorCode.PROOF, proof_nonce=self.window)
        if call.path != TOKEN and token not in self.tokens:
            return self.refuse(call, ErrorCode.TOKEN)
        return None

    def _enrol(self, call: Call) -> Answer:
        request = call.frame.one(EnrolRequest)
        if request.code != CODE:
            return self.refuse(call, ErrorCode.ENROL_REFUSED)
        self.device_key = decode_bytes(request.pubkey)
        reply = EnrolReply(
            device_id=self.device_id,
            org=self.org,
            server_keys=[encode_bytes(self.key.public_key().public_bytes_raw())],
            scopes=self._granted(),
            lease=self.lease(),
        )
        return self.frame(call, reply, status=201)

    def _token(self, call: Call) -> Answer:
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        reply = TokenReply(
            access=token,
            expires_s=600,
            proof_nonce=self.window,
            server_time=NOW,
            scopes=self._granted(),
            control=self.control,
        )
        return self.frame(call, reply)

    def _granted(self) -> list[GrantedScope]:
        return [GrantedScope(id=scope, key=f"site:{scope}") for scope in self.scopes]

    def _push(self, call: Call) -> Answer:
        header, ops = call.frame.header(PushHeader), call.frame.lines(OpLine)
        for op in ops:
            if op.op_id not in self.results:
                self.pushed.append((header.lane, op))
                self.results[op.op_id] = self.answer_op(op)
        end = PushEnd(acked=ops[-1].seq, server_time=NOW)
        return self.frame(call, *(self.results[op.op_id] for op in ops), end=end)

    def _pull(self, call: Call) -> Answer:
        request = call.frame.one(PullRequest)
        lines: list[RowLine] = []
        starts, ends = [], []
        for index, scope in enumerate(request.scopes):
            rows = [row for row in self.scopes[scope.id] if row.seq > scope.seq]
            fits = rows[: max(request.max_rows - len(lines), 0)]
            whole = len(fits) == len(rows)
            lines += [msgspec.structs.replace(row, scope_index=index) for row in fits]
            reached = _head(self.scopes[scope.id]) if whole else (fits[-1].seq if fits else scope.seq)
            first = scope.seq == 0 and scope.start is None
            start = _head(self.scopes[scope.id]) if first else scope.start
            starts.append(PageStart(id=scope.id, epoch=self.epochs[scope.id], start=start))
            ends.append(PageScopeEnd(seq=reached, at_head=whole, n=len(self.scopes[scope.id])))
        more = not all(end.at_head for end in ends)
        return self.frame(
            call, *lines, header=PageHeader(server_time=NOW, scopes=starts), end=PageEnd(scopes=ends, more=more)
        )

    def _fetch(self, call: Call) -> Answer:
        request = call.frame.one(FetchRequest)
        lines = [self.bodies.get(found) or RowLine(kind="U", id=found) for found in request.ids]
        starts = [PageStart(id=request.scope, epoch=self.epochs[request.scope])]
        return self.frame(call, *lines, header=PageHeader(server_time=NOW, scopes=starts))


def applied(op: OpLine) -> ResultLine:
    """The answer to an op that took effect as it was meant."""
    return ResultLine(op_id=op.op_id, state=ResultState.APPLIED, rev=(op.base_rev or 0) + 1)


def _head(rows: list[RowLine]) -> int:
    return max((row.seq for row in rows), default=0)


def _handler(service: TinyService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = service.answer(Call(self.command, self.path, headers, self.rfile.read(length)))
            if answer.silent:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])
            if answer.cut is not None:
                self.close_connection = True

        do_GET = do_POST = _reply  # noqa: N815 - names the standard library calls

        def log_message(self, *_arguments: object) -> None:
            """Keep quiet."""

    return Handler
