"""Files as people have them, made here: small, whole, and of one kind each."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

TEXT = b"Ring in the morning.\r\nAsk for the ward sister.\n"
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
M4A = struct.pack(">I", 24) + b"ftypM4A \x00\x00\x00\x00M4A mp42" + bytes(64)

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
WORD_WITH_MACROS = "application/vnd.ms-word.document.macroEnabled.main+xml"


def png(width: int = 8, height: int = 8, grey: int = 180) -> bytes:
    """Return a grey picture."""
    rows = b"".join(b"\x00" + bytes([grey]) * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


def office(content_type: str = WORD, parts: Mapping[str, bytes] | None = None) -> bytes:
    """Return an Office file with further parts."""
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{content_type}"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<w/>", **(parts or {})})


def archive(entries: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    made = io.BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return made.getvalue()
