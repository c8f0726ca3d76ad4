"""Enrolled laptops against the real central service: real vault, real device key, real PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from app.domain.actor import Actor
from app.domain.bodies import canonical
from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.errors import NetworkError
from app.security.device_key import DeviceKey
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.storage.tables import RECORD_TABLES
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol, keep_enrolment
from sync.client.progress import CycleReport
from sync.client.transport import Transport
from sync.protocol.framing import Frame
from sync.protocol.slip import Slip
from tests.helpers.vaults import Clock, Laptop, make_laptop


class LossyTransport(Transport):
    """A way that loses replies: what was sent has arrived, and nobody here knows."""

    lose: Callable[[str], bool] = staticmethod(lambda _path: False)

    def post(self, path: str, *lines: Any, header: Any = None) -> Frame:
        frame = super().post(path, *lines, header=header)
        if self.lose(path):
            raise NetworkError("network.offline")
        return frame


@dataclass
class Enrolled:
    """One laptop of one organisation and who works on it."""

    laptop: Laptop
    actor: Actor
    net: LossyTransport
    outbox: Outbox
    held: Held
    engine: SyncEngine
    pushed_by_hand: int = 0

    @property
    def vault(self) -> Any:
        return self.laptop.vault

    @property
    def act(self) -> dict[str, Any]:
        return {"actor": self.actor, "now": self.laptop.clock()}

    def sync(self) -> CycleReport:
        return self.engine.run(cancelled=lambda: False, report=lambda _progress: None)

    def bodies(self) -> dict[tuple[str, str], tuple[int | None, bytes]]:
        """Every record this laptop holds through a scope, by kind and id: revision and body."""
        found: dict[tuple[str, str], tuple[int | None, bytes]] = {}
        with self.vault.writing() as connection:
            for kind, table in RECORD_TABLES.items():
                rows = connection.exec_driver_sql(
                    f'SELECT m.id, m.rev, t.body FROM rec_meta m JOIN "{table.__tablename__}" t ON t.rid = m.rid '
                    "WHERE EXISTS (SELECT 1 FROM rec_scope s WHERE s.rid = m.rid)"
                )
                for record_id, rev, body in rows:
                    found[kind.value, record_id.hex()] = (rev, canonical_text(body))
        return found

    def attention(self) -> list[str]:
        with self.vault.writing() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT reason FROM attention ORDER BY created")]

    def close(self) -> None:
        self.net.close()
        self.vault.close()


def canonical_text(body: str) -> bytes:
    return canonical(msgspec.json.decode(body))


def enrol_laptop(
    folder: Path, slip: Slip, *, user: UserId, role: Role, clock: Clock, teams: frozenset[str] = frozenset()
) -> Enrolled:
    """Enrol a new laptop by its slip."""
    key = DeviceKey(bytearray(os.urandom(32)))
    net = LossyTransport(
        address=slip.address,
        audience=slip.audience,
        signer=key,
        schema=1,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
    )
    laptop = make_laptop(folder, alliance=False, clock=clock)
    outbox, held = Outbox(laptop.vault), Held(laptop.vault)
    enrolment = enrol(slip, net=net, signer=key, device_name="Test laptop", app_version="0.1.0")
    keep_enrolment(enrolment, held)
    actor = Actor(
        user=user,
        org=OrganisationId(enrolment.org),
        role=role,
        roles=frozenset({role}),
        device=DeviceId(enrolment.device_id),
        shown_name="Tester",
        teams=teams,
    )
    laptop.actor = actor
    engine = SyncEngine(outbox=outbox, held=held, net=net, clock=clock, monotonic=time.monotonic)
    return Enrolled(laptop=laptop, actor=actor, net=net, outbox=outbox, held=held, engine=engine)
