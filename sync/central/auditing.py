"""The audit of a charity's laptops as an extract for an outsider: each chain that came here, with a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from app.domain.audit_extract import ChainToExtract, extract_lines
from app.domain.bodies import Body
from app.domain.codes import RecordType
from app.domain.ids import OrganisationId
from sync.central.database import Context, PgConnection
from sync.central.private_files import write_lines_over
from sync.central.scopes import scope_id
from sync.central.service import Service
from sync.central.signing import ServiceKeys
from sync.central.tables import TYPE_NUMBERS

_AT_ONCE: Final = 2000
"""Entries that are held in memory together while they are written."""
_ENTRIES: Final = f"FROM record WHERE agg_id = %s AND type = {TYPE_NUMBERS[RecordType.AUDIT_ENTRY]}"
_HEAD: Final = (
    f"SELECT body->>'hash', (body->>'seq')::bigint, count(*) OVER () {_ENTRIES}"
    " ORDER BY (body->>'seq')::bigint DESC, id DESC LIMIT 1"
)
_BODIES: Final = f"SELECT body {_ENTRIES} ORDER BY (body->>'seq')::bigint, id"
_DEVICES: Final = "SELECT id, alg, pubkey FROM device WHERE org = %s ORDER BY enrolled_at, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """How many chains and entries an extract holds."""

    chains: int
    entries: int


def write_audit_extract(service: Service, org: OrganisationId, path: Path, *, now: datetime) -> Extracted:
    """Write what the service holds of the audit of one charity's laptops; only this account may read the file.

    It is read on one snapshot and written as it is read: a long audit needs no more memory than a short one.

    Raises:
        ServiceError: `service.cannot_write`.
    """
    with service.database.reading(Context(org=org, scopes=(scope_id(f"rights:{org}"),))) as connection:
        heads = []
        for device, algorithm, public in connection.execute(_DEVICES, (org,)).fetchall():
            head = connection.execute(_HEAD, (device,)).fetchone()
            if head is not None:
                heads.append((device, algorithm, bytes(public), head))
        chains = [
            ChainToExtract(
                device=device,
                algorithm=algorithm,
                public=public,
                entries=head[2],
                head=head[0],
                bodies=_bodies(connection, device),
            )
            for device, algorithm, public, head in heads
        ]
        receipts = [audit_receipt(service.keys, device, head[1], head[0], now) for device, _, _, head in heads]
        lines = extract_lines(org=org, at=now, service_keys=service.keys.public, chains=chains, receipts=receipts)
        write_lines_over(path, lines)
    return Extracted(chains=len(chains), entries=sum(chain.entries for chain in chains))


def audit_receipt(keys: ServiceKeys, device: UUID, seq: int, head: str, now: datetime) -> dict[str, Any]:
    """Return the signed receipt for the newest entry of a device's chain that the service holds (security.md 7)."""
    return keys.sign({"device": str(device), "seq": seq, "head": head, "at": now.isoformat().replace("+00:00", "Z")})


def _bodies(connection: PgConnection, device: UUID) -> Iterator[Body]:
    with connection.cursor(name="audit") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(_BODIES, (device,))
        for (body,) in cursor:
            yield body
