"""What changed in the vault, told to every open page by one signal; news travels up only here."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.domain.codes import RecordType


class Changes(QObject):
    """Tells pages which kinds of record changed, so that each decides whether to read again.

    Signals:
        vault_changed: A `frozenset[RecordType]`; connect it to a bound method of a `QObject`, since the sync
            thread tells news too.
    """

    vault_changed = Signal(frozenset)

    def tell(self, kinds: Iterable[RecordType]) -> None:
        """Say that records of these kinds changed; may be called from any thread."""
        told: frozenset[RecordType] = frozenset(kinds)
        if told:
            self.vault_changed.emit(told)
