"""What messages look like, looked up before the first thread needs it.

msgspec 0.22 looks at a Struct when it is first decoded and keeps what it found. When two threads do so at once, one of
them may go by what the other has not finished, and the whole process ends with a segmentation fault: the first crowd of
laptops after a start did that to the service. Whatever is looked up in one thread stays.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.domain.bodies import look_up_kinds

OURS = ("sync.", "app.")


def look_up_types() -> frozenset[type[msgspec.Struct]]:
    """Look at every Struct of ours that was imported, and return them; and at every kind of record.

    To be called while there is one thread.
    """
    found = frozenset(kind for kind in _below(msgspec.Struct) if kind.__module__.startswith(OURS))
    for kind in found:
        msgspec.json.Decoder(kind)
    look_up_kinds()
    return found


def _below(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
