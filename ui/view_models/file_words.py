"""A file beside a note, in words: what it is, how large, and where its bytes are."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from app.use_cases.attachments import FileState, FileView
from ui.messages import label
from ui.widgets.text import filled

_KILOBYTE: Final = 1024
_MEGABYTE: Final = 1024 * 1024


def size_words(size_bytes: int) -> str:
    """Return a size as people say it: whole kilobytes, or megabytes with one decimal below ten."""
    if size_bytes < _MEGABYTE:
        return f"{max(1, round(size_bytes / _KILOBYTE))} KB"
    megabytes = size_bytes / _MEGABYTE
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{round(megabytes)} MB"


def what_it_is(view: FileView) -> str:
    """Return kind and size of a file."""
    return f"{label('file_kind', view.attachment.mime)}, {size_words(view.attachment.size)}"


def standing_words(view: FileView) -> str:
    """Return where a file's bytes are; never that they arrived without the service's word for it."""
    words = QCoreApplication.translate("files", _STANDINGS[view.state])
    total = view.attachment.size
    return filled(words, done=_part_words(view.done_bytes, total), total=size_words(total))


def _part_words(done_bytes: int, total: int) -> str:
    """Return how much of a whole is done, in the unit of the whole and without it."""
    if total < _MEGABYTE:
        return str(round(done_bytes / _KILOBYTE))
    digits = 1 if total < 10 * _MEGABYTE else 0
    return f"{min(done_bytes, total) / _MEGABYTE:.{digits}f}"


_STANDINGS = {
    FileState.ONLY_HERE: "Only on this laptop",
    FileState.SENDING: "Sending {done} of {total}",
    FileState.RECEIVED: "Received by the central service",
    FileState.REFUSED: "The central service did not take it. Add the file again; it stays here until then",
    FileState.NOT_HERE: "Not on this laptop yet",
    FileState.COMING: "Fetching {done} of {total}",
}
