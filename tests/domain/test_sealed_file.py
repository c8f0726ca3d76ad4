"""A file in sealed chunks: what was sealed is what is read, and nothing else opens."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadInputError, VaultError
from app.sealed_file import CHUNK_BYTES, SEALED_CHUNK_BYTES, open_chunk, open_file, seal_chunk, seal_file, sealed_size

KEY = bytes(range(32))
BIG = bytes(range(256)) * (2 * CHUNK_BYTES // 256 + 3)


def sealed(content: bytes, most: int = 3 * CHUNK_BYTES) -> bytes:
    pieces: list[bytes] = []
    assert seal_file(io.BytesIO(content), pieces.append, key=KEY, most=most) == len(content)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, len(BIG)])
def test_what_was_sealed_is_read_again_and_weighs_what_was_said(size: int) -> None:
    made = sealed(BIG[:size])
    assert len(made) == sealed_size(size)
    assert open_file(io.BytesIO(made), key=KEY, size=size).read() == BIG[:size]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(BIG) + 10), st.integers(0, 70_000))
def test_it_is_read_from_anywhere(place: int, count: int) -> None:
    opened = open_file(io.BytesIO(SEALED_BIG), key=KEY, size=len(BIG))
    opened.seek(place)
    assert opened.read(count) == BIG[place : place + count]


SEALED_BIG = sealed(BIG)
FIRST, SECOND, LAST = (
    SEALED_BIG[:SEALED_CHUNK_BYTES],
    SEALED_BIG[SEALED_CHUNK_BYTES : 2 * SEALED_CHUNK_BYTES],
    SEALED_BIG[2 * SEALED_CHUNK_BYTES :],
)


@pytest.mark.parametrize(
    ("made", "size"),
    [
        (SECOND + FIRST + LAST, len(BIG)),
        (FIRST + FIRST + LAST, len(BIG)),
        (FIRST + SECOND, 2 * CHUNK_BYTES),
        (FIRST + LAST, CHUNK_BYTES + len(LAST) - 16),
        (SEALED_BIG[:-1], len(BIG)),
        (SEALED_BIG[:-1] + bytes([SEALED_BIG[-1] ^ 1]), len(BIG)),
        (SEALED_BIG, len(BIG) - 1),
        (b"<html>Accept the terms</html>", 13),
    ],
    ids=["swapped", "repeated", "without its end", "without its middle", "cut", "one bit", "another size", "a page"],
)
def test_what_was_moved_repeated_cut_or_changed_does_not_open(made: bytes, size: int) -> None:
    with pytest.raises(VaultError) as damaged:
        open_file(io.BytesIO(made), key=KEY, size=size).read()
    assert damaged.value.code == "file.damaged"


def test_another_key_opens_nothing() -> None:
    with pytest.raises(VaultError):
        open_chunk(bytes(32), 0, seal_chunk(KEY, 0, b"x", is_last=True), is_last=True)


def test_more_than_may_be_and_nothing_at_all_are_refused() -> None:
    for content, code in ((BIG, "attachment.size.out_of_range"), (b"", "attachment.size.required")):
        with pytest.raises(BadInputError) as refused:
            sealed(content, most=len(BIG) - 1)
        assert refused.value.code == code
