"""What one cycle tells while it runs and when it has ended: frozen values, safe to hand to another thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.codes import RecordType
from app.storage.exchange import Waiting


class Stage(StrEnum):
    """Where a cycle stands."""

    SIGNING_IN = "signing_in"
    LOOKING = "looking"
    SENDING_STOPS = "sending_stops"
    SENDING = "sending"
    GETTING = "getting"
    COMPARING = "comparing"
    CLEANING = "cleaning"
    CONFIRMING = "confirming"
    SENDING_FILES = "sending_files"
    GETTING_FILES = "getting_files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a cycle.

    Attributes:
        stage: what is being done.
        done: ops sent or rows taken in so far, in this cycle.
        first_load: some scope was never read to its end: what is shown is not complete yet.
        changed: kinds of record this step changed in the vault.
        removed: records this step removed from the vault.
    """

    stage: Stage
    done: int = 0
    first_load: bool = False
    changed: frozenset[RecordType] = frozenset()
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """What a cycle did.

    Attributes:
        sent: ops the service answered.
        got: rows taken in.
        removed: records that had to go and are gone.
        repaired: records that differed from the service's and were fetched; more than none raises an alarm.
        changed: kinds of record that changed in the vault.
        at_head: every scope was read to its end.
        cleaned: removed bytes are proven gone.
        waiting: what is still only on this laptop.
        backoff_s: how long the service asks to be left alone.
        cancelled: it was stopped between two steps.
        goes_on: files are left on their way that there was no time for.
        update_needed: the program is too old to read what is new; what had to go is gone.
    """

    sent: int = 0
    got: int = 0
    removed: int = 0
    repaired: int = 0
    changed: frozenset[RecordType] = frozenset()
    at_head: bool = False
    cleaned: bool = False
    waiting: Waiting
    backoff_s: float = 0.0
    cancelled: bool = False
    goes_on: bool = False
    update_needed: bool = False
