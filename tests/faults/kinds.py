"""Every fault, by name: what the way between a laptop and the service has been seen to do."""

from __future__ import annotations

import gzip
import time
from contextlib import suppress

import zstandard

from tests.faults.proxy import Exchange, Fault, pass_on

PORTAL_PAGE = b"<!DOCTYPE html><title>Welcome to the hospital wifi</title><form>Accept the terms</form>"
_ZEROS = bytes(40 * 1024 * 1024)


def on(path: str, fault: Fault) -> Fault:
    """Let a fault happen to one endpoint alone."""

    def only_there(exchange: Exchange) -> None:
        (fault if exchange.path == path else pass_on)(exchange)

    return only_there


def page(status: str, *headers: str, content: bytes = PORTAL_PAGE) -> Fault:
    """Answer with somebody else's page."""

    def answer(exchange: Exchange) -> None:
        exchange.answer(reply(status, content, *headers))

    return answer


def reply(status: str, content: bytes, *headers: str) -> bytes:
    """Return a raw reply."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + content


def framed_as_ours(content: bytes, *headers: str) -> Fault:
    """Answer with bytes that carry our header, but were never ours."""
    return page("200 OK", "X-Sync-Proto: 1", "Content-Type: application/octet-stream", *headers, content=content)


def half(exchange: Exchange) -> None:
    """Hang up in the middle of the reply."""
    head, _, body = exchange.forward().partition(b"\r\n\r\n")
    exchange.answer(head + b"\r\n\r\n" + body[: len(body) // 2])


def shortened(exchange: Exchange) -> None:
    """Cut the reply, and correct its stated size: it looks whole."""
    head, _, body = exchange.forward().partition(b"\r\n\r\n")
    kept = body[: len(body) // 2]
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    exchange.answer(b"\r\n".join([*lines, b"Content-Length: %d" % len(kept)]) + b"\r\n\r\n" + kept)


def flipped(exchange: Exchange) -> None:
    """Change one bit of the reply."""
    raw = bytearray(exchange.forward())
    raw[-20] ^= 1
    exchange.answer(bytes(raw))


def reset_before(exchange: Exchange) -> None:
    """Break the line before the service hears of the request."""
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    """Break the line when the service has taken in the request, and lose its reply."""
    exchange.forward()
    exchange.reset()


def reset_in_the_reply(exchange: Exchange) -> None:
    """Break the line in the middle of the reply."""
    head, _, body = exchange.forward().partition(b"\r\n\r\n")
    exchange.answer(head + b"\r\n\r\n" + body[: len(body) // 2])
    exchange.reset()


def half_the_request(exchange: Exchange) -> None:
    """Give the service half of the request, and hang up on both."""
    exchange.forward(share=0.5)
    exchange.reset()


def drip(exchange: Exchange) -> None:
    """Let a byte through now and then."""
    raw = exchange.forward()
    head_ends = raw.index(b"\r\n\r\n") + 4
    with suppress(OSError):
        exchange.answer(raw[:head_ends])
        for byte in raw[head_ends:]:
            exchange.answer(bytes([byte]))
            time.sleep(0.02)


def silence(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.forward()
    exchange.wait_for_hang_up()


zstd_bomb = framed_as_ours(b"\x01" + zstandard.ZstdCompressor().compress(_ZEROS))
"""40 MB in 1.3 KB, whose size is stated."""

zstd_bomb_without_size = framed_as_ours(b"\x01" + zstandard.ZstdCompressor(write_content_size=False).compress(_ZEROS))
"""The same, and nothing says how large it is."""

gzip_bomb = framed_as_ours(b"\x02" + gzip.compress(_ZEROS))
"""40 MB in 40 KB."""

encoded_bomb = framed_as_ours(gzip.compress(_ZEROS), "Content-Encoding: gzip")
"""The same, as an encoding that HTTP libraries unpack by themselves."""

flood = framed_as_ours(bytes(12 * 1024 * 1024))
"""More than any reply of ours may hold."""
