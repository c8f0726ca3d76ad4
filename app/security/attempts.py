"""Wrong guesses at a password: counted where a restart and a clock change do not reach, answered with waits.

Never a hard stop and never a wipe: a colleague's guesses must not shut out a worker without network
(security.md 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from app.errors import MustWaitError
from app.security.atomic_file import replace_file
from app.security.device_secret import SecretStore
from app.security.mark import Mark, read_mark, write_mark

WAITS_S = (0, 0, 0, 5, 15, 30, 60, 120, 120, 120)
"""Seconds to wait after the first, second, … wrong guess."""

LONG_WAIT_S = 15 * 60
"""Seconds to wait after each wrong guess from the eleventh on."""

_MOST_BYTES = 64 * 1_024


class _Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """attempts.json: wrong guesses by person, those above 0."""

    guesses: dict[UUID, Annotated[int, msgspec.Meta(ge=1, le=2**53)]]
    format: Literal[1] = 1


class Attempts:
    """The wrong guesses of everybody with a place on this laptop.

    A guess is counted before it is tried, so that ending the program in the middle of one gains nothing.
    Counts lie in attempts.json and in the mark; the higher one counts. Waits run on the monotonic clock from
    the last guess, or in full from the start of the program.
    """

    def __init__(self, path: Path, store: SecretStore, monotonic: Callable[[], float]) -> None:
        """Take attempts.json, the store of the mark and a clock in seconds that nobody can set."""
        self._path = path
        self._store = store
        self._monotonic = monotonic
        self._started = monotonic()
        self._counts: dict[UUID, int] = {}
        self._last: dict[UUID, float] = {}
        self._confirmed: set[UUID] = set()

    def count(self, person_id: UUID) -> int:
        """Return how many wrong guesses stand against a person's slot; the keyring is asked only once."""
        if person_id not in self._counts:
            in_file = self._in_file().get(person_id, 0)
            self._counts[person_id] = max(in_file, self._mark().guesses_of(person_id))
        return self._counts[person_id]

    def wait_s(self, person_id: UUID) -> int:
        """Return the whole seconds until the next guess is taken; 0 is now."""
        if person_id in self._confirmed:
            return 0
        waited = self._monotonic() - self._last.get(person_id, self._started)
        return max(0, math.ceil(wait_after(self.count(person_id)) - waited))

    def check(self, person_id: UUID) -> None:
        """Refuse a guess that comes too early.

        Raises:
            MustWaitError: with `seconds`.
        """
        seconds = self.wait_s(person_id)
        if seconds:
            raise MustWaitError(seconds=seconds)

    def count_one(self, person_id: UUID) -> None:
        """Count a guess that is about to be tried, durably."""
        self._confirmed.discard(person_id)
        self._last[person_id] = self._monotonic()
        self._keep(person_id, self.count(person_id) + 1)

    def take_back(self, person_id: UUID) -> None:
        """Take the last count back: nothing was tried after all."""
        self._keep(person_id, self.count(person_id) - 1)

    def forget(self, person_id: UUID) -> None:
        """Set a person's count to 0: the password was right."""
        self._last.pop(person_id, None)
        if self.count(person_id):
            self._keep(person_id, 0)

    def confirm(self, person_id: UUID) -> None:
        """Let one guess through at once: a colleague with a slot here, or the service, knows the person."""
        self._confirmed.add(person_id)

    def _keep(self, person_id: UUID, count: int) -> None:
        self._counts[person_id] = count
        counts = {other: guesses for other, guesses in self._in_file().items() if other != person_id}
        if count:
            counts[person_id] = count
        replace_file(self._path, msgspec.json.encode(_Stored(guesses=counts)))
        write_mark(self._store, self._mark().with_guesses(person_id, count))

    def _mark(self) -> Mark:
        return read_mark(self._store) or Mark()

    def _in_file(self) -> dict[UUID, int]:
        """Return the file's counts; a damaged file counts as none, as a deleted one would: the mark remains."""
        try:
            with self._path.open("rb") as file:
                stored = msgspec.json.decode(file.read(_MOST_BYTES), type=_Stored)
        except (FileNotFoundError, msgspec.MsgspecError, RecursionError):
            return {}
        return stored.guesses


def wait_after(wrong_guesses: int) -> int:
    """Return the seconds to wait after so many wrong guesses."""
    if wrong_guesses == 0:
        return 0
    return WAITS_S[wrong_guesses - 1] if wrong_guesses <= len(WAITS_S) else LONG_WAIT_S
