"""Everything that is wrong with what was typed, not only the first of it: a form is put right in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from app.errors import BadInputError, SeveralInputsError

T = TypeVar("T")


class Faults:
    """Collects refusals, at most one a field, and raises them together."""

    def __init__(self) -> None:
        """Begin with nothing refused."""
        self._found: dict[str, BadInputError] = {}

    @property
    def errors(self) -> tuple[BadInputError, ...]:
        """What was refused, in the order it was found."""
        return tuple(self._found.values())

    def of(self, *records: str) -> bool:
        """Answer whether anything of one of these kinds of record is refused, or anything at all without names."""
        return any(not records or place.split(".")[0] in records for place in self._found)

    def take(self, read: Callable[[], T], instead: T) -> T:
        """Return what `read` returns, or `instead` where it refuses what was typed."""
        try:
            return read()
        except SeveralInputsError as several:
            self.add(several.errors)
        except BadInputError as error:
            self.add([error])
        return instead

    def add(self, errors: Iterable[BadInputError]) -> None:
        """Keep refusals; the first of a field stands."""
        for error in errors:
            self._found.setdefault(error.code.rpartition(".")[0] if error.field else error.code, error)

    def raise_all(self) -> None:
        """Raise what was refused: one error as it is, several as `SeveralInputsError`."""
        errors = self.errors
        if len(errors) > 1:
            raise SeveralInputsError(*errors)
        if errors:
            raise errors[0]
