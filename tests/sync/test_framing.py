"""A frame is exactly ours or it is refused, whatever was cut, swapped, packed or doubled."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from sync.protocol.framing import Frame, FrameError, Packing, canonical_object, decode_frame, encode_frame
from sync.protocol.limits import FrameLimits

NONCE = "00112233445566778899aabbccddeeff"
SMALL = FrameLimits(packed_bytes=64 * 1024, plain_bytes=256 * 1024, line_bytes=8 * 1024, depth=32)


class Header(msgspec.Struct):
    lane: int


class End(msgspec.Struct):
    more: bool


class Note(msgspec.Struct):
    words: str


class Held(msgspec.Struct, omit_defaults=True):
    rev: int
    b: msgspec.Raw = msgspec.Raw()


def framed(*lines: bytes, packing: Packing = Packing.PLAIN) -> bytes:
    return encode_frame(lines, nonce=NONCE, packing=packing)


def refusal(raw: bytes, *, nonce: str | None = NONCE, limits: FrameLimits = SMALL) -> object:
    with pytest.raises(FrameError) as caught:
        decode_frame(raw, nonce=nonce, limits=limits)
    assert caught.value.code == "network.not_ours"
    return caught.value.detail["rule"]


def by_hand(*lines: bytes, before: bytes = b'{"t":"hdr","nonce":"' + NONCE.encode() + b'"}', count: int = -1) -> bytes:
    """A frame with a right sum whatever its lines are."""
    plain = b"".join(line + b"\n" for line in (before, *lines))
    count = len(lines) if count < 0 else count
    plain += json.dumps({"t": "end", "n": count}).encode()[:-1]
    return b"\x00" + plain + b',"sha256":"' + hashlib.sha256(plain).hexdigest().encode() + b'"}\n'


@pytest.mark.parametrize("packing", Packing)
def test_what_is_framed_is_read_again(packing: Packing) -> None:
    notes = [Note("“Wíll” — ŵ 𝔘"), Note("x" * 4000)]

    raw = encode_frame(notes, nonce=NONCE, header=Header(1), end=End(True), packing=packing)
    frame = decode_frame(raw, nonce=NONCE)

    assert raw[0] == packing
    assert frame.lines(Note) == notes
    assert frame.header(Header) == Header(1)
    assert frame.end(End) == End(True)


def test_a_short_frame_stays_plain() -> None:
    assert framed(b"{}", packing=Packing.ZSTD)[0] == Packing.PLAIN


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53) | st.booleans()), max_size=6))
def test_any_text_and_number_survives_the_way(values: list[dict[str, object]]) -> None:
    frame = decode_frame(encode_frame([msgspec.json.encode(value) for value in values], nonce=NONCE), nonce=NONCE)

    assert [msgspec.json.decode(line) for line in frame.raw_lines()] == values


@pytest.mark.parametrize("packing", Packing)
def test_a_frame_cut_at_any_byte_is_refused(packing: Packing) -> None:
    raw = encode_frame([Note(f"note {number} " * 20) for number in range(4)], nonce=NONCE, packing=packing)
    assert raw[0] == packing

    for length in range(len(raw)):
        with pytest.raises(FrameError):
            decode_frame(raw[:length], nonce=NONCE, limits=SMALL)


def test_a_frame_changed_at_any_byte_is_refused() -> None:
    raw = framed(b'{"words":"agreed"}')
    original = decode_frame(raw, nonce=NONCE)

    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 0x01
        try:
            frame = decode_frame(bytes(changed), nonce=NONCE, limits=SMALL)
        except FrameError:
            continue
        assert frame == original, place


@pytest.mark.parametrize("place", [b"hdr", b"words", b"end"])
def test_a_byte_that_is_no_text_is_refused_in_any_line(place: bytes) -> None:
    plain = framed(b'{"words":"words"}').replace(b'"' + place + b'"', b'"' + place + b'\xb5"')
    refusal(plain)


def test_a_line_that_is_no_text_is_refused_when_it_is_read() -> None:
    frame = Frame(head=b'{"lane":1,"x":"\xb5"}', body=b'{"words":"\xb5"}\n', count=1, tail=b'{"more":true,"x":"\xb5"}')
    for reading in (lambda: frame.one(Note), lambda: frame.lines(Note), lambda: Frame.header(frame, Note)):
        with pytest.raises(FrameError):
            reading()


def test_no_byte_of_a_frame_can_be_another() -> None:
    # An end may say how far a feed was read and what it adds up to: a digit of that counts as much as a record.
    raw = encode_frame([Note("x")], nonce=NONCE, header=Header(1), end=End(True), packing=Packing.PLAIN)

    for place in range(len(raw)):
        for other in {raw[place] ^ 1, raw[place] ^ 0x0F, ord("7"), ord(" ")} - {raw[place]}:
            refusal(raw[:place] + bytes([other]) + raw[place + 1 :])


@pytest.mark.parametrize("packing", Packing)
def test_bytes_after_the_frame_are_refused(packing: Packing) -> None:
    raw = encode_frame([Note("x" * 2000)], nonce=NONCE, packing=packing)

    assert refusal(raw + b"\n") in {"packing", "no_end", "json"}
    assert refusal(raw + raw[1:]) in {"packing", "sha256", "json"}


def test_a_reply_to_another_request_is_refused() -> None:
    assert refusal(framed(b"{}"), nonce="f" * 32) == "nonce"


def test_a_frame_may_be_read_where_the_nonce_is_not_known_yet() -> None:
    assert decode_frame(framed(b"{}"), nonce=None).count == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<!DOCTYPE html><html><body>Sign in to the hospital wifi</body></html>",
        b"\x00<html>\n<body>\n</html>\n",
        b'{"sync":"ok"}',
        b"\x00\n",
        b"\x00{}\n{}\n",
        b"\x07{}\n",
        bytes(range(256)),
    ],
)
def test_a_portal_page_is_refused(raw: bytes) -> None:
    refusal(raw)


def test_a_wrong_count_or_kind_of_line_is_refused() -> None:
    assert refusal(by_hand(b"{}", count=2)) == "count"
    assert refusal(by_hand(b"{}", before=b'{"t":"hdr"}')) == "header"
    assert refusal(by_hand(b"{}", before=b'{"t":"end","nonce":"x"}')) == "header"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"a":1,"a":2}', "doubled_key"),
        (b'{"a": 1, "a": 1}', "doubled_key"),
        (b'{"a":{"b":[{"c":1,"c":1}]}}', "doubled_key"),
        (b'{"a":1,"\\u0061":2}', "doubled_key"),
        (b'{"a":NaN}', "json"),
        (b'{"a":-Infinity}', "json"),
        (b'{"a":1e400}', "json"),
        (b'{"a":"\xff"}', "json"),
        (b'{"a":"\\ud800"}', "json"),
        (b'{"a":1', "json"),
        (b"[1]", "json"),
        (b"null", "json"),
        (b"", "json"),
        (b'{"a":1} {"b":2}', "json"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "depth"),
        (b'{"a":' + b"[" * 4000, "depth"),
        (b'{"a":' + b'{"a":' * 900 + b"1" + b"}" * 901, "depth"),
        (b'{"a":"' + b"x" * 9000 + b'"}', "line_size"),
    ],
)
def test_a_line_that_two_readers_could_read_differently_is_refused(line: bytes, rule: str) -> None:
    assert refusal(by_hand(line)) == rule


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": 1, "b": [1, 2]}',
        b'{"a":' + b"[" * 31 + b"]" * 31 + b"}",
        b'{"a":"' + b"[" * 200 + b'"}',
        b'{"a":[' + b",".join([b"[]"] * 200) + b"]}",
        b'{"a":"\\u0041","b":"\\/"}',
        b'{"a":{"x":1},"b":{"x":1}}',
    ],
)
def test_an_honest_line_in_another_style_passes(line: bytes) -> None:
    assert decode_frame(by_hand(line), nonce=NONCE, limits=SMALL).raw_lines() == [line]


def test_a_zstd_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = b"\x01" + zstandard.ZstdCompressor(level=3).compress(bytes(200 * 1024 * 1024))
    assert len(bomb) < 64 * 1024

    assert refusal(bomb) == "size"


def test_a_zstd_bomb_that_hides_its_size_is_refused() -> None:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    bomb = b"\x01" + packer.compress(bytes(2 * 1024 * 1024)) + packer.flush()

    assert refusal(bomb) == "size"


def test_a_zstd_frame_that_lies_about_its_size_is_refused() -> None:
    honest = zstandard.ZstdCompressor(level=3).compress(b"a" * 1000)
    # RFC 8878, 3.1.1: the two bytes after the descriptor hold the size less 256.
    lying = honest[:5] + (44).to_bytes(2, "little") + honest[7:]
    assert zstandard.frame_content_size(lying) == 300

    assert refusal(b"\x01" + lying) == "packing"


def test_a_gzip_bomb_is_unpacked_no_further_than_the_limit() -> None:
    bomb = b"\x02" + gzip.compress(bytes(20 * 1024 * 1024))
    assert len(bomb) < 64 * 1024

    assert refusal(bomb) == "size"


def test_a_body_too_large_to_unpack_is_refused_unread() -> None:
    assert refusal(b"\x00" + bytes(70 * 1024)) == "size"


@given(st.binary(max_size=400), st.sampled_from(list(Packing)))
def test_no_bytes_at_all_bring_the_reader_down(rest: bytes, packing: Packing) -> None:
    with pytest.raises(FrameError):
        decode_frame(bytes([packing]) + rest, nonce=NONCE, limits=SMALL)


def test_a_line_break_cannot_be_smuggled_into_a_line() -> None:
    with pytest.raises(ValueError, match="line break"):
        framed(b'{"a":1}\n{"b":2}')


def test_lines_of_another_shape_are_refused_when_they_are_read() -> None:
    frame: Frame = decode_frame(framed(b'{"words":7}'), nonce=NONCE)

    for read in (lambda: frame.lines(Note), lambda: frame.one(Note), lambda: frame.header(Header)):
        with pytest.raises(FrameError):
            read()
    with pytest.raises(FrameError):
        decode_frame(framed(b"{}", b"{}"), nonce=NONCE).one(Note)


def test_an_error_says_which_rule_and_nothing_of_the_body() -> None:
    with pytest.raises(FrameError) as caught:
        decode_frame(by_hand(b'{"name":"Samira","name":"Osei"}'), nonce=NONCE)

    assert not re.search("Samira|Osei", f"{caught.value} {caught.value.detail}")


def read_later(*lines: bytes) -> Frame:
    return decode_frame(by_hand(*lines), nonce=NONCE, limits=SMALL, reads_lines=False)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b'{"rev":1,"rev":2}', "doubled_key"),
        (b'{"rev":1,"new":{"a":1,"a":2}}', "doubled_key"),
        (b'{"rev":1,"b":{"a":' + b"[" * 40 + b"]" * 40 + b"}}", "depth"),
        (b'{"rev":1,"b":"' + b"x" * 9000 + b'"}', "line_size"),
        (b"", "json"),
    ],
)
def test_lines_that_are_read_later_are_checked_no_less(line: bytes, rule: str) -> None:
    frame = read_later(b'{"rev":1}', line)

    with pytest.raises(FrameError) as caught:
        frame.exact_lines(Held, limits=SMALL)

    assert caught.value.detail["rule"] == rule


def test_a_field_of_a_newer_version_is_passed_over_where_lines_are_read_later() -> None:
    (line,) = read_later(b'{ "rev": 1, "shoe": [1, 2], "b": {} }').exact_lines(Held, limits=SMALL)

    assert (line.rev, bytes(line.b)) == (1, b"{}")


def test_a_body_is_read_in_its_canonical_form() -> None:
    assert canonical_object(b'{"b":1, "a":{"d":2,"c":"\xc5\xb5"}}') == '{"a":{"c":"ŵ","d":2},"b":1}'.encode()


@pytest.mark.parametrize("body", [b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b"[1]", b'"a"', b"{", b"", b'{"a":NaN}'])
def test_a_body_that_two_parsers_may_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(FrameError):
        canonical_object(body)
