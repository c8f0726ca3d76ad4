"""What a file is, by its content and never by its name: the few kinds that may lie beside a record, and nothing else.

The laptop asks this before it keeps a file, the central service before others get it, and a laptop again before it
shows one. Archives, scripts and programs are none of the kinds; a document with macros is refused, and so is a file
that some other program would open as an archive (a polyglot). Nothing is unpacked but one small entry of an Office
file, and that only up to a limit.
"""

from __future__ import annotations

import codecs
import zlib
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile

from app.domain.codes import FileKind
from app.errors import BadInputError

_PIECE: Final = 256 * 1024
_TAIL: Final = 65_535 + 22
"""An archive's directory is found through a record in these last bytes."""
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_MOST_ENTRIES: Final = 10_000
_MOST_UNPACKED: Final = 512 * 1024 * 1024
"""What the parts of an Office file may say they weigh together: more is a bomb for whatever opens it."""
_CONTENT_TYPES: Final = "[Content_Types].xml"
_MOST_CONTENT_TYPES: Final = 1024 * 1024

_OFFICE: Final = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": FileKind.DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": FileKind.XLSX,
}
# Macros, and parts that run code or carry another file in them.
_ACTIVE_PARTS: Final = ("vbaproject", "vbadata", "activex", "macrosheets", "dialogsheets", "oleobject", "/embeddings/")
_ACTIVE_TYPES: Final = (b"macroenabled", b"vbaproject", b"activex", b"oleobject", b"ms-excel.sheet.binary")

_SOUND_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
# What a browser, a shell or Word takes for more than text.
_NOT_JUST_TEXT: Final = (
    "#!", "<!doctype", "<html", "<?", "<script", "<svg", "<hta", "<job", "<package", "{\\rtf", "%!ps", "%pdf", "@echo",
    "mime-version:", "[internetshortcut]", "windows registry editor", "regedit4",
)  # fmt: skip
_WHITE_SPACE: Final = frozenset("\t\n\r\f")


def kind_of(file: BinaryIO, size: int) -> FileKind:
    """Return what a file is.

    Args:
        file: its content; read from anywhere in it, and in pieces.
        size: how many bytes it has.

    Raises:
        BadInputError: `attachment.mime.not_permitted`: it is none of the kinds, or holds something that runs.
    """
    head = _at(file, 0, 16)
    if head.startswith(_ZIP):
        kind = _office_kind(file)
    elif _ZIP_END in _at(file, max(0, size - _TAIL), _TAIL):
        kind = None
    else:
        kind = _plain_kind(head) or (FileKind.TXT if _is_text(file) else None)
    if kind is None:
        raise BadInputError.at("attachment", "mime", "not_permitted")
    return kind


def _plain_kind(head: bytes) -> FileKind | None:
    if head.startswith(b"%PDF-"):
        return FileKind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head[4:8] == b"ftyp" and head[8:12] in _SOUND_BRANDS:
        return FileKind.M4A
    return None


def _office_kind(file: BinaryIO) -> FileKind | None:
    """Return which Office document an archive is, None for any other and for one with macros."""
    try:
        with ZipFile(file) as archive:
            entries = archive.infolist()
            names = [entry.filename.lower() for entry in entries]
            if len(entries) > _MOST_ENTRIES or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
                return None
            if any(part in f"/{name}" for part in _ACTIVE_PARTS for name in names):
                return None
            if any(entry.flag_bits & 1 for entry in entries) or _CONTENT_TYPES.lower() not in names:
                return None
            with archive.open(_CONTENT_TYPES) as types:
                listed = types.read(_MOST_CONTENT_TYPES + 1).lower()
    except (BadZipFile, KeyError, NotImplementedError, OSError, RuntimeError, EOFError, ValueError, zlib.error):
        # Whatever a hostile archive makes the standard library say, it is none of ours.
        return None
    if len(listed) > _MOST_CONTENT_TYPES or any(active in listed for active in _ACTIVE_TYPES):
        return None
    found = {kind for words, kind in _OFFICE.items() if words in listed}
    return found.pop() if len(found) == 1 else None


def _is_text(file: BinaryIO) -> bool:
    """Answer whether a file is text and nothing but text: UTF-8, no control characters, no script."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    file.seek(0)
    is_first = True
    try:
        while piece := file.read(_PIECE):
            words = decode(piece)
            if is_first and words.lstrip().lower().startswith(_NOT_JUST_TEXT):
                return False
            is_first = is_first and not words.strip()
            if any(ord(letter) < 32 and letter not in _WHITE_SPACE for letter in set(words)) or "\x7f" in words:
                return False
        decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)
