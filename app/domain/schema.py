"""The versions of the record shapes and ops: which this program writes, and what each brought."""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 3
"""The version that this program writes (sync.md 11).

| version | what it brought |
|---|---|
| 1 | the first; the stamp of an op ended in four digits of its laptop's id |
| 2 | conflicts that a person answers (`conflict`, `resolve`) |
| 3 | the stamp of an op names no laptop: the service puts in the one that proved its key; changes that a later \
one replaced are told (`Clash.replaced`) |

Within a major version fields, codes and kinds are only added. Whatever an earlier version wrote otherwise is led here
by a pure function of its own (`sync.central.upcasting`), with golden files of both.
"""
