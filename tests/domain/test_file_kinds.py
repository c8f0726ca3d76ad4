"""What may lie beside a record, by content; what does not may call itself what it likes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.codes import FileKind
from app.domain.file_kinds import kind_of
from app.errors import BadInputError
from tests.helpers import files

GOOD = {
    FileKind.PDF: files.PDF,
    FileKind.PNG: files.png(),
    FileKind.JPEG: files.JPEG,
    FileKind.TXT: files.TEXT,
    FileKind.DOCX: files.office(),
    FileKind.XLSX: files.office(files.EXCEL),
    FileKind.M4A: files.M4A,
}
REFUSED = {
    "an archive": files.archive({"notes.txt": b"x"}),
    "a document with macros": files.office(files.WORD_WITH_MACROS),
    "a document that hides its macros": files.office(parts={"word/vbaProject.bin": b"x"}),
    "a document with a control that runs": files.office(parts={"word/activeX/activeX1.xml": b"<x/>"}),
    "a document with a file inside": files.office(parts={"word/embeddings/oleObject1.bin": b"x"}),
    "two documents in one": files.office(f'{files.WORD}" x="{files.EXCEL}'),
    "half an archive": files.office()[:-30],
    "a picture that is an archive too": files.png() + files.archive({"a.js": b"x"}),
    "a PDF that is an archive too": files.PDF + files.archive({"a.js": b"x"}),
    "a program of Windows": b"MZ\x90\x00" + bytes(200),
    "a program of Linux": b"\x7fELF" + bytes(200),
    "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "a page": b"  \n<!DOCTYPE html><script>alert(1)</script>",
    "a drawing with a script": b"<svg onload=alert(1)>",
    "a batch file": b"@echo off\r\ndel *.*",
    "a link": b"[InternetShortcut]\r\nURL=http://example.org",
    "an old Word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    "rich text": b"{\\rtf1 hello}",
    "text with control characters": b"hello\x1b[2J",
    "text that is not UTF-8": b"caf\xe9",
    "text with a byte cut off": "café".encode()[:-1],
    "a film": b"\x00\x00\x00\x18ftypmp42" + bytes(64),
    "an unpacked gzip": b"\x1f\x8b\x08" + bytes(64),
}
REFUSED["a document that says it is a bomb"] = files.office(
    parts={f"word/{number}.xml": bytes(60 * 1024 * 1024) for number in range(9)}
)


def kind(content: bytes) -> FileKind:
    return kind_of(io.BytesIO(content), len(content))


@pytest.mark.parametrize("expected", GOOD, ids=str)
def test_each_kind_is_known_by_its_content(expected: FileKind) -> None:
    assert kind(GOOD[expected]) is expected


@pytest.mark.parametrize("what", REFUSED)
def test_whatever_runs_or_hides_something_is_refused(what: str) -> None:
    with pytest.raises(BadInputError) as refused:
        kind(REFUSED[what])
    assert refused.value.code == "attachment.mime.not_permitted"


def test_text_may_begin_with_a_mark_of_its_coding_and_hold_any_language() -> None:
    assert kind("﻿Gŵyl hapus\tशुभ\n".encode()) is FileKind.TXT


def test_a_letter_that_lies_across_two_pieces_is_read_whole() -> None:
    assert kind(b"a" * (256 * 1024 - 1) + "é".encode() * 10) is FileKind.TXT


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=400), st.sampled_from(list(GOOD.values())).flatmap(
    lambda whole: st.tuples(st.integers(0, len(whole)), st.binary(max_size=8)).map(
        lambda cut: whole[: cut[0]] + cut[1] + whole[cut[0] :]
    )
)))  # fmt: skip
def test_no_content_leads_to_anything_but_a_kind_or_a_refusal(content: bytes) -> None:
    try:
        assert kind(content) in FileKind
    except BadInputError as refused:
        assert refused.code == "attachment.mime.not_permitted"  # noqa: PT017 - either way is right
