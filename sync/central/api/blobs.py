"""The routes of files beside records: how much of one is here, the next chunk of it, a piece of it."""

from __future__ import annotations

from litestar import HttpMethod, Response, get, put, route
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, RawBody

from sync.central.api.exchange import AnyRequest, Asked, ask, reply
from sync.central.blobs import Blobs, Chunk
from sync.central.outcomes import RefusedError
from sync.central.policy import RouteAction
from sync.protocol.blob import (
    CHUNK_MOST_BYTES,
    CONTENT_RANGE_HEADER,
    RANGE_HEADER,
    UPLOAD_OFFSET_HEADER,
    content_range,
    read_byte_range,
    read_content_range,
    read_hash,
)
from sync.protocol.messages import (
    BLOB,
    MEDIA_TYPE,
    NONCE_HEADER,
    PROTOCOL_HEADER,
    PROTOCOL_VERSION,
    BlobState,
    ErrorCode,
)

_EVENTS = {
    BlobState.AVAILABLE: "file_available",
    BlobState.REFUSED: "file_refused",
    BlobState.DAMAGED: "file_damaged",
}
_PATH = BLOB.replace("{sha256}", "{sha256:str}")


# WORKAROUND: litestar 2.25 registers a handler anew with every other one of its path, and each time wraps it for its
# thread once more: the first of several answers with a coroutine. So these go to their thread by themselves.


@route(_PATH, http_method=HttpMethod.HEAD, status_code=200, opt={"action": RouteAction.LOOK_FOR_FILE})
async def stands(request: AnyRequest, sha256: FromPath[str]) -> Response[bytes]:
    """Say in a header how much of a file is here; a reply without a body is in no frame, and only a hint."""
    return await sync_to_thread(_stands, request, sha256)


def _stands(request: AnyRequest, sha256: str) -> Response[bytes]:
    asked = ask(request, b"")
    stand = _blobs(asked).stands(asked.device, _hash(sha256), now=asked.now)
    return Response(
        content=b"",
        status_code=200,
        media_type=MEDIA_TYPE,
        headers={**_headers(asked), UPLOAD_OFFSET_HEADER: str(stand.received)},
    )


@put(
    _PATH,
    status_code=200,
    request_max_body_size=CHUNK_MOST_BYTES + 1,
    opt={"action": RouteAction.SEND_FILE},
)
async def take(request: AnyRequest, sha256: FromPath[str], body: RawBody) -> Response[bytes]:
    """Take the next chunk of a file in."""
    return await sync_to_thread(_take, request, sha256, bytes(body))


def _take(request: AnyRequest, sha256: str, body: bytes) -> Response[bytes]:
    asked = ask(request, body)
    if len(body) > CHUNK_MOST_BYTES:
        raise RefusedError(ErrorCode.TOO_LARGE)
    place = read_content_range(request.headers.get(CONTENT_RANGE_HEADER, ""))
    if place is None or place[1] != len(body):
        raise RefusedError(ErrorCode.BAD_REQUEST)
    chunk = Chunk(at=place[0], content=body, total=place[2])
    taken = _blobs(asked).take(asked.device, _hash(sha256), chunk, now=asked.now)
    if event := _EVENTS.get(taken.state):
        log = request.app.state["log"]
        (log.info if taken.state is BlobState.AVAILABLE else log.warning)(event, size_bytes=taken.size)
    answer = reply(asked.nonce, [taken], status=201 if taken.state is BlobState.AVAILABLE else 200)
    answer.headers[UPLOAD_OFFSET_HEADER] = str(taken.received)
    return answer


@get(_PATH, status_code=206, opt={"action": RouteAction.GET_FILE})
async def give(request: AnyRequest, sha256: FromPath[str]) -> Response[bytes]:
    """Give a piece of a file, as it was sealed; its key proves every chunk of it."""
    return await sync_to_thread(_give, request, sha256)


def _give(request: AnyRequest, sha256: str) -> Response[bytes]:
    asked = ask(request, b"")
    at = read_byte_range(request.headers.get(RANGE_HEADER, ""))
    if at is None:
        raise RefusedError(ErrorCode.BAD_REQUEST)
    piece = _blobs(asked).give(asked.device, _hash(sha256), at=at, now=asked.now)
    place = content_range(at, len(piece.content), piece.total)
    return Response(
        content=piece.content,
        status_code=206,
        media_type=MEDIA_TYPE,
        headers={**_headers(asked), CONTENT_RANGE_HEADER: place},
    )


def _blobs(asked: Asked) -> Blobs:
    return asked.service.blobs


def _hash(text: str) -> bytes:
    sha = read_hash(text)
    if sha is None:
        raise RefusedError(ErrorCode.NOT_FOUND)
    return sha


def _headers(asked: Asked) -> dict[str, str]:
    return {PROTOCOL_HEADER: PROTOCOL_VERSION, "Cache-Control": "no-store", NONCE_HEADER: asked.nonce}


BLOB_ROUTES = (stands, take, give)
"""The routes of files."""
