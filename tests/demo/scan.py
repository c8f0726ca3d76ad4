"""Looking for anything readable in the files a laptop leaves: every file, several encodings."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path


def forms_of(word: str) -> Iterator[bytes]:
    """Yield the ways a word may stand in a file: UTF-8 and UTF-16, composed and decomposed, small, and base64."""
    for form in {unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word), word.lower()}:
        yield form.encode()
        yield form.encode("utf-16-le")
        raw = form.encode()
        # Base64 has three phases, and the two outer groups depend on the neighbours.
        for lead in range(3):
            coded = base64.b64encode(bytes(lead) + raw)
            inner = coded[4 if lead else 0 : -4]
            if len(inner) >= 8:
                yield inner


def plaintext_hits(folders: Iterable[Path], words: Iterable[str]) -> list[tuple[str, str]]:
    """Return file and word for every word that stands readable in any file below the folders."""
    wanted = [(word, form) for word in words for form in forms_of(word)]
    hits = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                hits += [(path.name, word) for word, form in wanted if form in content]
    return hits
