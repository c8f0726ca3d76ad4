"""Files as a device sends them: sealed, with a record, chunk by chunk."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import requests

from app.domain.attachment import MOST_BYTES, Attachment
from app.domain.codes import FileKind, NoteLevel, OpKind, RecordType
from app.domain.note import CaseNote
from app.sealed_file import SEALED_CHUNK_BYTES, seal_file
from sync.protocol.blob import CONTENT_RANGE_HEADER, RANGE_HEADER, blob_path, byte_range, content_range
from sync.protocol.framing import decode_frame
from sync.protocol.messages import BlobReply
from tests.central.device import Device
from tests.central.story import Ward
from tests.helpers import files

LETTER = files.PDF + bytes(2 * 1024 * 1024 + 500)
"""A letter of three chunks."""


@dataclass(frozen=True)
class Filed:
    """A file and the record of it."""

    record: Attachment
    sealed: bytes

    @property
    def sha(self) -> bytes:
        return bytes.fromhex(self.record.sha256)

    @property
    def path(self) -> str:
        return blob_path(self.sha)

    def chunk(self, at: int) -> bytes:
        return self.sealed[at : at + SEALED_CHUNK_BYTES]


def file_beside(
    ward: Ward, content: bytes = LETTER, *, level: NoteLevel = NoteLevel.ORGANISATION, **fields: Any
) -> Filed:
    """Write a note and a file beside it, and push both records."""
    device = ward.device
    note = CaseNote(**device.header(), person=ward.person_id, level=NoteLevel.PARTNERS_AGREED, text="See the letter.")
    filed = sealed_beside(ward, note, content, level=level, **fields)
    results = device.push(device.create(note, OpKind.APPEND), device.create(filed.record, OpKind.APPEND), together=True)
    assert [result.state for result in results] == ["applied"] * 2, results
    return filed


def sealed_beside(ward: Ward, note: CaseNote, content: bytes = LETTER, **fields: Any) -> Filed:
    """Seal a file and write its record down, without sending anything."""
    key = secrets.token_bytes(32)
    pieces: list[bytes] = []
    size = seal_file(io.BytesIO(content), pieces.append, key=key, most=MOST_BYTES)
    sealed = b"".join(pieces)
    known: dict[str, Any] = {
        "person": ward.person_id,
        "parent": note.id,
        "parent_type": RecordType.CASE_NOTE,
        "level": NoteLevel.ORGANISATION,
        "sha256": sha256(sealed).hexdigest(),
        "size": size,
        "mime": FileKind.PDF,
        "title": "Letter",
        "key": key.hex(),
    }
    return Filed(Attachment(**ward.device.header(), **{**known, **fields}), sealed)


def ask_raw(device: Device, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[requests.Response, str]:
    """Ask about a file; returns the response as it is, and the nonce."""
    if not device.token:
        device.sign_in()
    nonce = secrets.token_hex(16)
    proven = device.proven(method, path, body, nonce)
    response = device.session.request(
        method, device.address + path, data=body or None, headers={**proven, **headers}, timeout=30
    )
    return response, nonce


def put_chunk(device: Device, filed: Filed, at: int, content: bytes | None = None) -> tuple[int, BlobReply | None]:
    """Send the chunk at a place; returns the status, and what the service said if it was no refusal."""
    body = filed.chunk(at) if content is None else content
    place = {CONTENT_RANGE_HEADER: content_range(at, len(body), len(filed.sealed))}
    response, nonce = ask_raw(device, "PUT", filed.path, body, **place)
    frame = decode_frame(response.content, nonce=nonce)
    return response.status_code, frame.one(BlobReply) if response.status_code in (200, 201) else None


def put_all(device: Device, filed: Filed) -> list[tuple[int, str]]:
    """Send every chunk in order; returns status and state of each answer."""
    answers = [put_chunk(device, filed, at) for at in range(0, len(filed.sealed), SEALED_CHUNK_BYTES)]
    return [(status, "" if reply is None else reply.state.value) for status, reply in answers]


def get_piece(device: Device, filed: Filed, at: int = 0) -> requests.Response:
    """Ask for the piece of a file at a place."""
    return ask_raw(device, "GET", filed.path, **{RANGE_HEADER: byte_range(at)})[0]


def get_all(device: Device, filed: Filed) -> bytes:
    """Fetch a file; empty when there is none for this device."""
    pieces: list[bytes] = []
    while (at := sum(map(len, pieces))) < len(filed.sealed):
        response = get_piece(device, filed, at)
        if response.status_code != 206:
            assert response.status_code == 404
            return b""
        pieces.append(response.content)
    return b"".join(pieces)
