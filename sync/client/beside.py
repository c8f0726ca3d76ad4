"""Asking for something while something else is done: the one place in the exchange where two things happen at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from app.errors import NetworkError, ServiceError

T = TypeVar("T")


class Beside(Protocol):
    """Takes a question; returns what waits for its answer, or raises what went wrong."""

    def __call__(self, question: Callable[[], T], /) -> Callable[[], T]:
        """Ask now or later."""


def in_turn(question: Callable[[], T]) -> Callable[[], T]:
    """Ask only when the answer is wanted: nothing happens beside anything, as in a test."""
    return question


class OneBeside:
    """Asks one question at a time on a thread of its own; meanwhile nobody else may use its connection."""

    def __init__(self) -> None:
        """Take no thread yet: most cycles ask nothing ahead."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alongside-ahead")

    def __call__(self, question: Callable[[], T]) -> Callable[[], T]:
        """Ask now; the answer is waited for by calling what is returned."""
        return self._thread.submit(question).result

    def close(self) -> None:
        """End the thread, once its question is answered."""
        self._thread.shutdown()


class Asked(Generic[T]):
    """A question that was asked already, or will be when its answer is wanted; asked again after a new sign-in."""

    def __init__(self, question: Callable[[], T], beside: Beside) -> None:
        """Ask beside what goes on here."""
        self._question = question
        self._first: Callable[[], T] | None = beside(question)

    def reply(self) -> T:
        """Wait for the answer; whoever wants it once more asks once more."""
        first, self._first = self._first, None
        return self._question() if first is None else first()

    def give_up(self) -> None:
        """Wait for an answer that nobody needs: the connection may be used again only then."""
        if self._first is not None and self._first is not self._question:
            with suppress(NetworkError, ServiceError):
                self._first()
