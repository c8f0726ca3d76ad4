"""Every example of docs/sync/protocol.md is read into the message of its name and written to the same bytes."""

from __future__ import annotations

import io
import re
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.attachment import MOST_BYTES
from app.domain.canonical import body_hash
from app.domain.codes import OpKind
from app.domain.digest import record_digest
from app.sealed_file import CHUNK_BYTES, seal_chunk, seal_file, sealed_size
from sync.protocol import messages
from sync.protocol.blob import CHUNK_MOST_BYTES, SEALED_MOST_BYTES
from sync.protocol.framing import decode_frame
from sync.protocol.messages import (
    STATUS_OF,
    DigestLine,
    EnrolReply,
    EnrolRequest,
    ErrorCode,
    HoldCode,
    Message,
    Pong,
    Refusal,
    RejectCode,
)
from sync.protocol.proof import (
    ENROL_PURPOSE,
    PROOF_PURPOSE,
    WIPE_DONE_PURPOSE,
    KeyAlgorithm,
    control_is_valid,
    decode_bytes,
    enrol_data,
    key_fingerprint,
    proof_data,
    read_proof_header,
    signature_is_valid,
    wipe_done_data,
)
from sync.protocol.slip import read_slip, write_slip

PAGE = (Path(__file__).parents[2] / "docs" / "sync" / "protocol.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json (\w+)\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
SERVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))).public_key().public_bytes_raw()
# Parts of other messages, and a base without fields of its own.
WITHIN_OTHERS = {
    "WrittenBy",
    "GrantedScope",
    "ScopeHead",
    "PullScope",
    "PageStart",
    "PageScopeEnd",
    "CleanedScope",
    "ColleagueKey",
    "FigureTable",
    "FigureRow",
    "Message",
}


def block(name: str) -> str:
    found = re.search(rf"^```{name}\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def example(kind: type[Message]) -> str:
    return next(text for name, text in EXAMPLES if name == kind.__name__)


@pytest.mark.parametrize(("name", "text"), EXAMPLES)
def test_every_example_is_read_and_written_again_to_the_same_bytes(name: str, text: str) -> None:
    kind = getattr(messages, name)
    for line in text.splitlines():
        assert msgspec.json.encode(msgspec.json.decode(line, type=kind)) == line.encode()


def test_every_message_has_an_example() -> None:
    kinds = {name for name, kind in vars(messages).items() if isinstance(kind, type) and issubclass(kind, Message)}

    assert kinds - WITHIN_OTHERS == {name for name, _text in EXAMPLES}


def test_the_frame_on_the_page_is_a_frame() -> None:
    frame = decode_frame(b"\x00" + block("frame").encode() + b"\n", nonce="00112233445566778899aabbccddeeff")

    assert frame.one(Pong).sync == "ok"


def test_the_files_on_the_page_are_sealed_as_it_says() -> None:
    key, short = bytes(range(32)), b"Ring in the morning.\n"
    pieces: list[bytes] = []
    seal_file(io.BytesIO(bytes(CHUNK_BYTES + 1)), pieces.append, key=key, most=2 * CHUNK_BYTES)
    sealed = bytes.fromhex(block("sealed-file"))
    nonce, bound = bytes(12), b"alongside/file/1\x00" + bytes(8) + b"\x01"

    assert AESGCM(key).decrypt(nonce, sealed, bound) == short
    assert seal_chunk(key, 0, short, is_last=True) == sealed
    assert sha256(sealed).hexdigest() in PAGE
    assert sha256(b"".join(pieces)).hexdigest() == block("sealed-file-of-two")
    assert len(pieces[0]) == CHUNK_MOST_BYTES
    assert sealed_size(MOST_BYTES) == SEALED_MOST_BYTES


def test_the_digest_on_the_page_is_that_of_its_record() -> None:
    record_id = UUID("01930000-0000-7000-8000-000000000003")
    digest = record_digest("person", record_id, 10, body_hash({"known_as": "Bill"})).hex()

    assert block("digest") == digest
    assert msgspec.json.decode(example(DigestLine), type=DigestLine) == DigestLine(id=record_id, rev=10, h=digest[:16])


def test_the_proof_on_the_page_holds() -> None:
    data = proof_data(
        audience="alongside-demo",
        method="GET",
        path="/v1/heads",
        window_nonce="w1",
        nonce="00112233445566778899aabbccddeeff",
        token="t0ken",
        body=b"",
    )
    window_nonce, signature = read_proof_header(block("proof-header"))

    assert data.decode() == block("proof-data")
    assert window_nonce == "w1"
    assert signature_is_valid(
        algorithm=KeyAlgorithm.ED25519, public_key=DEVICE, purpose=PROOF_PURPOSE, data=data, signature=signature
    )


@pytest.mark.parametrize("kind", [messages.Lease, messages.Revocation, messages.AuditReceipt])
def test_the_signed_messages_on_the_page_are_signed(kind: type[Message]) -> None:
    assert control_is_valid(msgspec.json.decode(example(kind)), [SERVICE])


def test_the_word_of_a_wiped_laptop_on_the_page_is_signed() -> None:
    said = msgspec.json.decode(example(messages.WipeDone))

    assert signature_is_valid(
        algorithm=KeyAlgorithm.ED25519,
        public_key=DEVICE,
        purpose=WIPE_DONE_PURPOSE,
        data=wipe_done_data(said),
        signature=decode_bytes(said["sig"]),
    )


def test_the_enrolment_on_the_page_belongs_together() -> None:
    slip = read_slip(block("slip").encode())
    request = msgspec.json.decode(example(EnrolRequest), type=EnrolRequest)
    reply = msgspec.json.decode(example(EnrolReply), type=EnrolReply)

    assert write_slip(slip).decode().rstrip() == block("slip")
    assert [key_fingerprint(decode_bytes(key)) for key in reply.server_keys] == slip.keys
    assert decode_bytes(request.pubkey) == DEVICE
    assert signature_is_valid(
        algorithm=KeyAlgorithm(request.alg),
        public_key=DEVICE,
        purpose=ENROL_PURPOSE,
        data=enrol_data(audience=slip.audience, code=request.code, public_key=DEVICE),
        signature=decode_bytes(request.proof),
    )


def test_the_page_names_every_code_and_its_status() -> None:
    for code in ErrorCode:
        row = next(line for line in PAGE.splitlines() if re.match(r"\| \d{3}", line) and f"`{code}`" in line)
        assert str(STATUS_OF[code]) in row.split("|")[1]
    for listed in (*RejectCode, *HoldCode, *OpKind):
        assert re.search(rf"[` ]{listed}[` ]", PAGE), listed


def test_a_refusal_with_a_code_of_a_later_version_is_not_taken_for_one_of_ours() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"error":"from_the_future"}', type=Refusal)
