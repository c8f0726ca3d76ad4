"""Enrolled laptops against the real central service: real vault, real device key, real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from app.domain.actor import Actor
from app.domain.canonical import canonical
from app.domain.codes import (
    ConsentMethod,
    ContactKind,
    Decision,
    MayUse,
    Need,
    Purpose,
    ReferralState,
    Role,
    Scope,
)
from app.domain.consent_check import Cell
from app.domain.ids import DeviceId, OrganisationId, PersonId, ReferralId, ServiceId, UserId
from app.domain.referral import Referral
from app.domain.schema import SCHEMA_VERSION
from app.errors import NetworkError
from app.security.device_key import DeviceKey
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.storage.tables import RECORD_TABLES
from app.use_cases import consents, people, refer
from app.use_cases.laptop import audit_seal
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol, keep_enrolment
from sync.client.progress import CycleReport
from sync.client.transport import RefusedError, Transport
from sync.protocol.framing import Frame
from sync.protocol.messages import ErrorCode, OpLine, Refusal
from sync.protocol.slip import Slip
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock, Laptop, make_laptop, open_copy


class LossyTransport(Transport):
    """A way that loses replies: what was sent has arrived, and nobody here knows; it counts what it carries."""

    lose: Callable[[str], bool] = staticmethod(lambda _path: False)
    before: Callable[[str], object] = staticmethod(lambda _path: None)

    # Why a service would refuse a batch, asked for each op of a push; also after it was taken in.
    refuse: Callable[[OpLine], ErrorCode | None] = staticmethod(lambda _op: None)
    refuse_after: Callable[[OpLine], ErrorCode | None] = staticmethod(lambda _op: None)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.address, self.audience, self.signer = given["address"], given["audience"], given["signer"]
        self.paths: list[str] = []
        self.rows: dict[str, int] = {}

    def post(self, path: str, *lines: Any, header: Any = None) -> Frame:
        self.before(path)
        self._refuse(self.refuse, lines)
        frame = super().post(path, *lines, header=header)
        self._refuse(self.refuse_after, lines)
        self.paths.append(path)
        self.rows[path] = self.rows.get(path, 0) + frame.count
        if self.lose(path):
            raise NetworkError("network.offline")
        return frame

    @staticmethod
    def _refuse(why: Callable[[OpLine], ErrorCode | None], lines: Any) -> None:
        for line in lines:
            code = why(line) if isinstance(line, OpLine) else None
            if code is not None:
                error = RefusedError(f"service.{code}")
                error.refusal = Refusal(error=code)
                raise error


SERVICE = "back_up_wheelchair_skills"


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
    folder: Path,
    slip: Slip,
    *,
    user: UserId,
    role: Role,
    clock: Clock,
    teams: frozenset[str] = frozenset(),
    laptop: Laptop | None = None,
) -> Enrolled:
    """Enrol a laptop by its slip: a new one, or one whose vault is there already."""
    key = DeviceKey(bytearray(os.urandom(32)))
    net = LossyTransport(
        address=slip.address,
        audience=slip.audience,
        signer=key,
        schema=SCHEMA_VERSION,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
    )
    laptop = laptop or make_laptop(folder, alliance=False, clock=clock, seal=audit_seal(key))
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


def image_of(laptop: Enrolled, folder: Path) -> Enrolled:
    """Copy the disk of a laptop as it is now, and start the copy: two machines with one identity."""
    laptop.vault.close()
    folder.mkdir()
    shutil.copy(laptop.vault.path, folder / laptop.vault.path.name)
    laptop.laptop.reopen()
    vault = open_copy(laptop.laptop, folder / laptop.vault.path.name)
    copied = replace(laptop.laptop, vault=vault)
    net = LossyTransport(
        address=laptop.net.address,
        audience=laptop.net.audience,
        signer=laptop.net.signer,
        schema=SCHEMA_VERSION,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
    )
    started(laptop)
    return started(replace(laptop, laptop=copied, net=net))


def started(laptop: Enrolled) -> Enrolled:
    """Give a laptop whose vault was opened again the parts that work on it."""
    laptop.outbox, laptop.held = Outbox(laptop.vault), Held(laptop.vault)
    laptop.engine = SyncEngine(
        outbox=laptop.outbox, held=laptop.held, net=laptop.net, clock=laptop.laptop.clock, monotonic=time.monotonic
    )
    return laptop


def register(ward: Enrolled, alliance: AllianceService, name: str = "Samira Quillfeather") -> PersonId:
    return people.register_person(
        ward.vault,
        **ward.act,
        form=people.NewPerson(
            full_name=name,
            known_as=name.split(maxsplit=1)[0],
            dob=("4", "7", "1988"),
            site=alliance.site("stoke_mandeville"),
            ward="St Andrew",
            contact_kind=ContactKind.MOBILE,
            contact_value="07700 900123",
            may_use=frozenset({MayUse.CALL}),
            needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        ),
    )


def agree(
    ward: Enrolled,
    alliance: AllianceService,
    person: PersonId,
    org: str = "back_up",
    *,
    decision: Decision = Decision.AGREED,
) -> None:
    scope = Scope.CONTACT_INJURY_NEEDS if decision is Decision.AGREED else None
    cell = Cell(org=alliance.org(org), purpose=Purpose.REFERRAL_CONTACT, decision=decision, scope=scope)
    form = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, they may call me.", read_back=True
    )
    consents.record_consent(ward.vault, **ward.act, person_id=person, form=form)


def send(ward: Enrolled, alliance: AllianceService, person: PersonId) -> tuple[ReferralId, refer.Preview]:
    request = refer.Request(
        service_id=ServiceId(alliance.service_id(SERVICE)),
        needs=frozenset({Need.WHEELCHAIR_SKILLS}),
        why="Wants to get about outdoors.",
    )
    preview = refer.preview_of(ward.vault, **ward.act, person_id=person, request=request)
    shown = refer.Request(
        service_id=request.service_id, needs=request.needs, why=request.why, shown_hash=preview.shown_hash
    )
    (done,) = refer.refer(ward.vault, **ward.act, person_id=person, requests=(shown,))
    assert done.state is ReferralState.QUEUED, done.gate
    return done.referral_id, preview


def referral(laptop: Enrolled, referral_id: ReferralId) -> Referral | None:
    with laptop.vault.reading() as read:
        return read.find(Referral, referral_id)


def state(laptop: Enrolled, referral_id: ReferralId) -> ReferralState | None:
    found = referral(laptop, referral_id)
    return None if found is None else found.state


def traces(laptop: Enrolled, words: str) -> list[str]:
    """Tables of a vault in which some words still stand, in any column."""
    found = []
    with laptop.vault.writing() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        for table in tables:
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"'):
                if any(words.casefold() in str(value).casefold() for value in row):
                    found.append(table)
    return found
