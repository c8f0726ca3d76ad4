"""Audit entries: who did or saw what, chained per device; no personal data stands in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.codes import AuditAction, RecordType
from app.domain.ids import AggregateId, PersonId
from app.domain.record import Cls, Fixed, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(Record):
    """One link of a device's chain (security.md 7).

    Attributes:
        seq: its place in the device's chain, from 1 without gaps.
        action: what was done.
        subject: random handle of the person it speaks of, empty when of none.
        at: when, by the device's clock; `clock_doubt` says when that clock is not to be trusted.
        reason: purpose or reason code.
        detail: SHA-256 of salt and detail, hexadecimal; the detail itself stays in the vault.
        previous: hash of the entry before, hexadecimal.
        hash: hash of this entry, hexadecimal.
        signature: by the device key over the hash, hexadecimal; empty on a laptop without one.
        app_version: of the program that wrote it.
    """

    TYPE = RecordType.AUDIT_ENTRY
    CLS = Cls.OWN

    seq: Fixed[int]
    action: Fixed[AuditAction]
    subject: Fixed[str] = ""
    at: Fixed[datetime]
    reason: Fixed[str] = ""
    detail: Fixed[str] = ""
    previous: Fixed[str]
    hash: Fixed[str]
    signature: Fixed[str] = ""
    app_version: Fixed[str] = ""

    @property
    def aggregate(self) -> AggregateId:
        """The device's: its chain is one unit."""
        return AggregateId(self.device)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSubject(Record):
    """Whom a handle in one laptop's chain stands for: what a data protection lead reads the chain by (ADR 0112).

    It travels beside the chain and is no part of it: erasing somebody destroys it, and the chain stays whole.

    Attributes:
        person: the person.
        handle: the random handle.
    """

    TYPE = RecordType.AUDIT_SUBJECT
    CLS = Cls.OWN

    person: Fixed[PersonId]
    handle: Fixed[str]

    @property
    def aggregate(self) -> AggregateId:
        """The laptop's, as the chain is."""
        return AggregateId(self.device)


OF_THE_AUDIT = frozenset({RecordType.AUDIT_ENTRY, RecordType.AUDIT_SUBJECT})
"""Kinds that travel with what they speak of: a look at a person is nothing that a worker has to send."""
