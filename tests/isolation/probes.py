"""Every question a device can put into which somebody else's id fits, and the answer without what differs by chance."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
import requests

from app.domain.codes import NoteLevel, OpKind
from app.domain.note import CaseNote
from sync.protocol.blob import CONTENT_RANGE_HEADER, blob_path
from sync.protocol.framing import decode_frame, encode_frame
from sync.protocol.messages import (
    BLOB,
    DIGEST,
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
    CleanedScope,
    ColleagueKey,
    EnrolRequest,
    FetchRequest,
    KeysRequest,
    OpLine,
    PassedOn,
    PullRequest,
    PullScope,
    PushHeader,
    ReceiptRequest,
    TokenRequest,
    UnsentFate,
    WipeDone,
)
from tests.central.device import Device
from tests.central.filing import ask_raw
from tests.central.story import Ward


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and the lines, with the id asked about and fresh nonces taken out."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Prober:
    """One device that asks about an id, through every endpoint."""

    device: Device
    own: Ward
    files: Mapping[UUID, bytes] = field(default_factory=dict)
    """Hashes of files, by the id of their record."""

    # --- reading ---------------------------------------------------------------------------------------------

    def enrol_with_it(self, it: UUID) -> Answer:
        line = EnrolRequest(code=str(it), pubkey="", alg="ed25519", device_name="x", app_version="0", proof="")
        return self._ask(it, "POST", ENROL, line)

    def sign_in_as_it(self, it: UUID) -> Answer:
        return self._ask(it, "POST", TOKEN, TokenRequest(device_id=it))

    def use_its_token(self, it: UUID) -> Answer:
        return self._ask(it, "GET", HEADS, token=f"{it.hex}.{secrets.token_urlsafe(32)}")

    def name_it_in_a_query(self, it: UUID) -> Answer:
        return self._ask(it, "GET", f"{HEADS}?scope={it}&device={it}")

    def name_it_in_a_path(self, it: UUID) -> Answer:
        return self._ask(it, "GET", f"/v1/record/{it}")

    def ping_with_it(self, it: UUID) -> Answer:
        return self._ask(it, "GET", f"{PING}?id={it}")

    def pull_its_scope(self, it: UUID) -> Answer:
        return self._ask(it, "POST", PULL, PullRequest(scopes=[PullScope(id=it, seq=0)], max_rows=100, max_bytes=65536))

    def pull_it_beside_mine(self, it: UUID) -> Answer:
        scopes = [PullScope(id=self._scope(), seq=0), PullScope(id=it, seq=0)]
        return self._ask(it, "POST", PULL, PullRequest(scopes=scopes, max_rows=100, max_bytes=65536))

    def fetch_from_its_scope(self, it: UUID) -> Answer:
        return self._ask(it, "POST", FETCH, FetchRequest(scope=it, ids=[self.own.person_id]))

    def fetch_it(self, it: UUID) -> Answer:
        return self._ask(it, "POST", FETCH, FetchRequest(scope=self._scope(), ids=[it]))

    def report_for_it(self, it: UUID) -> Answer:
        report = CleanedScope(id=it, epoch=1, seq=0, cleaned=0)
        return self._ask(it, "POST", RECEIPT, ReceiptRequest(scopes=[report]))

    def digest_its_scope(self, it: UUID) -> Answer:
        line = msgspec.json.encode({"scope": str(it), "epoch": 1, "seq": 0, "want": "buckets"})
        return self._ask(it, "POST", DIGEST, line)

    def hand_over_beside_it(self, it: UUID) -> Answer:
        return self._ask(it, "PUT", RESCUE, it.bytes)

    def name_a_key_for_it(self, it: UUID) -> Answer:
        return self._ask(it, "POST", KEYS, KeysRequest(own=ColleagueKey(device=it, user=it, exchange="x", sig="x")))

    def pass_on_for_it(self, it: UUID) -> Answer:
        header = PassedOn(
            from_device=it,
            to_device=self.device.device_id,
            to_user=it,
            made_at=datetime(2026, 5, 3, tzinfo=UTC),
            lane_epoch=it,
            stops=0,
            sha256="0" * 64,
            sig="x",
        )
        return self._ask(it, "POST", PASSED_ON, self._patch(record_id=it, agg_id=it), header=header)

    def say_it_is_wiped(self, it: UUID) -> Answer:
        line = WipeDone(device=it, serial=1, wiped=True, unsent=UnsentFate.NONE, sig="x")
        return self._ask(it, "POST", WIPED, line)

    def ask_how_much_of_its_file_is_here(self, it: UUID) -> Answer:
        return self._ask_file(it, "HEAD")

    def get_its_file(self, it: UUID) -> Answer:
        return self._ask_file(it, "GET")

    def send_its_file(self, it: UUID) -> Answer:
        return self._ask_file(it, "PUT", b"x", **{CONTENT_RANGE_HEADER: "bytes 0-0/1000"})

    # --- writing ---------------------------------------------------------------------------------------------

    def change_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(record_id=it, agg_id=it))

    def change_it_as_mine(self, it: UUID) -> Answer:
        return self._push(it, self._patch(record_id=it))

    def change_mine_as_its(self, it: UUID) -> Answer:
        return self._push(it, self._patch(agg_id=it))

    def archive_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(record_id=it, agg_id=it, kind=OpKind.ARCHIVE, changes={}, base={}))

    def erase_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(record_id=it, agg_id=it, kind=OpKind.ERASE_REQUEST, changes={}), lane=0)

    def merge_it_into_mine(self, it: UUID) -> Answer:
        return self._push(it, self._patch(kind=OpKind.MERGE_PERSON, changes={"into": str(it)}))

    def move_it(self, it: UUID) -> Answer:
        event = {"id": str(it), "from_state": "sent", "to_state": "received"}
        changes = {"event_id": str(it), "event": event}
        op = self._patch(record_id=it, agg_id=it, record_type="referral", kind=OpKind.TRANSITION, changes=changes)
        return self._push(it, op)

    def write_as_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(by=it))

    def cite_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(kind=OpKind.CONSENT, record_type="consent_event", cites=[it]))

    def skip_it(self, it: UUID) -> Answer:
        return self._push(it, self._patch(record_id=it, agg_id=it, kind=OpKind.SKIP, changes={}, base={}))

    def write_in_its_lane(self, it: UUID) -> Answer:
        return self._push(it, self._patch(), lane_epoch=it)

    def write_in_its_transaction(self, it: UUID) -> Answer:
        return self._push(it, self._patch(changes={"pronouns": "they"}, base={}, txn=it))

    # --- claiming: whoever makes an id is the first to use it --------------------------------------------------

    def put_a_note_on_it(self, it: UUID) -> Answer:
        return self._push(it, self._note(person=it))

    def use_its_id_for_a_note(self, it: UUID) -> Answer:
        return self._push(it, self._note(id=it))

    def use_its_op_id(self, it: UUID) -> Answer:
        return self._push(it, self._patch(op_id=it))

    # -----------------------------------------------------------------------------------------------------------

    def _ask_file(self, it: UUID, method: str, body: bytes = b"", **headers: str) -> Answer:
        sha = self.files.get(it, sha256(it.bytes).digest())
        response, nonce = ask_raw(self.device, method, blob_path(sha), body, **headers)
        if response.status_code == 206 or method == "HEAD":
            return Answer(response.status_code, _without_chance(response, response.content.hex().encode(), it, nonce))
        frame = decode_frame(response.content, nonce=nonce)
        return Answer(response.status_code, _without_chance(response, frame.head + frame.body + frame.tail, it, nonce))

    def _scope(self) -> UUID:
        return next(scope for scope, here in self.device.cursors.items() if here.key.startswith("site:"))

    def _patch(self, **given: Any) -> OpLine:
        meant = {
            "record_type": "person",
            "record_id": self.own.person_id,
            "agg_id": self.own.person_id,
            "kind": OpKind.PATCH,
            "changes": {"known_as": "Changed"},
            **given,
        }
        kinds = (meant.pop("record_type"), meant.pop("record_id"), meant.pop("agg_id"), meant.pop("kind"))
        return self.device.op(*kinds, **meant)

    def _note(self, **given: Any) -> OpLine:
        header = {**self.device.header(), "person": self.own.person_id, **given}
        return self.device.create(CaseNote(**header, level=NoteLevel.ORGANISATION, text="Mine."))

    def ask_for_its_figures(self, it: UUID) -> Answer:
        """Whose figures are told follows from who asks; what the address says besides is not read."""
        return self._ask(it, "GET", f"{FIGURES}?org={it}&scope={it}")

    def _push(self, it: UUID, op: OpLine, *, lane: int = 1, lane_epoch: UUID | None = None) -> Answer:
        device = self.device
        (numbered,) = device.numbered([op], lane)
        header = PushHeader(lane=lane, lane_epoch=lane_epoch or device.lane_epoch, prev=device.lanes[lane])
        answer = self._ask(it, "POST", PUSH, numbered, header=header)
        if answer.status == 200:
            device.lanes[lane] += 1
        return answer

    def _ask(self, it: UUID, method: str, path: str, *lines: Any, header: Any = None, token: str = "") -> Answer:
        device = self.device
        if not device.token:
            device.sign_in()
        nonce, own_token = secrets.token_hex(16), device.token
        body = encode_frame(lines, nonce=nonce, header=header) if method == "POST" else b""
        try:
            device.token = token or ("" if path == TOKEN else own_token)
            headers = device.proven(method, path, body, nonce)
        finally:
            device.token = own_token
        response = device.session.request(method, device.address + path, data=body or None, headers=headers, timeout=30)
        frame = decode_frame(response.content, nonce=nonce)
        return Answer(response.status_code, _without_chance(response, frame.head + frame.body + frame.tail, it, nonce))


_CHANCE = re.compile(
    r'"(?:proof_nonce|server_time|sha256|op|ch|acked|rev|issued_at|until|sig)":(?:"[^"]*"|\d+),?'
    r'|"(?:audit|lease)":\{[^}]*\},?'
)


def _without_chance(response: requests.Response, lines: bytes, it: UUID, nonce: str) -> str:
    text = lines.decode().replace(nonce, "NONCE").replace(str(it), "IT").replace(it.hex, "IT")
    headers = sorted(name for name in response.headers if name.lower() not in {"date", "content-length"})
    return _CHANCE.sub("", text) + " " + ",".join(headers)


Question = Callable[[Prober, UUID], Answer]

UNIFORM: dict[str, tuple[Question, ...]] = {
    ENROL: (Prober.enrol_with_it,),
    TOKEN: (Prober.sign_in_as_it,),
    HEADS: (Prober.use_its_token, Prober.name_it_in_a_query, Prober.name_it_in_a_path),
    PING: (Prober.ping_with_it,),
    FIGURES: (Prober.ask_for_its_figures,),
    PULL: (Prober.pull_its_scope, Prober.pull_it_beside_mine),
    FETCH: (Prober.fetch_from_its_scope, Prober.fetch_it),
    RECEIPT: (Prober.report_for_it,),
    DIGEST: (Prober.digest_its_scope,),
    KEYS: (Prober.name_a_key_for_it,),
    PASSED_ON: (Prober.pass_on_for_it,),
    RESCUE: (Prober.hand_over_beside_it,),
    WIPED: (Prober.say_it_is_wiped,),
    BLOB: (Prober.ask_how_much_of_its_file_is_here, Prober.get_its_file, Prober.send_its_file),
    PUSH: (
        Prober.change_it,
        Prober.change_it_as_mine,
        Prober.change_mine_as_its,
        Prober.archive_it,
        Prober.erase_it,
        Prober.merge_it_into_mine,
        Prober.move_it,
        Prober.write_as_it,
        Prober.cite_it,
        Prober.skip_it,
        Prober.write_in_its_lane,
        Prober.write_in_its_transaction,
    ),
}
"""Questions by endpoint, whose answer must be the same for an id of others and for one that nobody ever made."""

CLAIMING: dict[Question, str] = {
    Prober.put_a_note_on_it: "person",
    Prober.use_its_id_for_a_note: "record",
    Prober.use_its_op_id: "op",
}
"""Questions that claim an id, each with the kind of id that is taken. Laptops make ids, 74 of their bits at random: one
that is taken cannot be had, and the answer says so by a code alone. Only who was told an id can ask, and learns nothing
but that it is still taken."""
