"""The audit, for whoever may see it: an extract that an outsider can check."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain import access
from app.domain.access import Action, Reach
from app.domain.actor import Actor
from app.domain.audit_extract import ChainToExtract, extract_lines
from app.domain.codes import AuditAction
from app.errors import NotPermittedError
from app.storage import handed
from app.storage.audit import bodies_of, held_chains
from app.storage.held import Held
from app.storage.vault import Vault

EXTRACTED = "audit"
"""The reason under which it stands in the audit that somebody took an extract of it."""


def audit_extract(vault: Vault, *, actor: Actor, now: datetime, algorithm: str, public: bytes) -> bytes:
    """Return the extract of every chain this laptop holds; that it was taken is its last entry.

    Of colleagues' laptops the key is in it where it is known here; the operator of the service has all of them.

    Args:
        vault: the vault.
        actor: who asks.
        now: the moment.
        algorithm: of this laptop's key.
        public: the public half of this laptop's key.

    Raises:
        NotPermittedError: only the data protection lead reads the whole audit.
    """
    if access.require(actor.roles, Action.READ_AUDIT) is not Reach.ORGANISATION:
        raise NotPermittedError
    device = Held(vault).device()
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.EXPORT, reason=EXTRACTED)
        keys: dict[UUID, tuple[str, bytes]] = {
            each.device: (each.algorithm, each.device_key) for each in handed.known_keys(work.connection)
        }
        keys[actor.device] = (algorithm, public)
        chains = [
            ChainToExtract(
                device=each.device,
                algorithm=keys.get(each.device, ("", b""))[0],
                public=keys.get(each.device, ("", b""))[1],
                entries=each.entries,
                head=each.head,
                bodies=bodies_of(work.connection, each.device),
            )
            for each in held_chains(work.connection)
        ]
        lines = extract_lines(
            org=actor.org,
            at=now,
            service_keys=device.server_keys,
            chains=chains,
            receipts=[device.audit_receipt] if device.audit_receipt else [],
        )
        return b"".join(lines)
