"""Real vaults for tests: encrypted, in a folder of the test, with an alliance and people if asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unicodedata import normalize
from uuid import UUID, uuid5

import resources
from app.domain.actor import Actor
from app.domain.agreement import Agreement, Signatory
from app.domain.bodies import plain, record_of
from app.domain.canonical import canonical
from app.domain.codes import (
    AgreementKind,
    AllianceRole,
    Nation,
    PackageField,
    Purpose,
    Role,
    WordingFormat,
)
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.ids import DeviceId, IdSource, OrganisationId, SiteId, UserId
from app.domain.organisation import Organisation
from app.domain.user import User
from app.storage.health import Expected
from app.storage.unit_of_work import Seal
from app.storage.vault import FILE_NAME, Vault, create_vault, open_vault

NAMESPACE = UUID("018f0000-0000-7000-8000-000000000000")
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def seal(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Hash an audit entry as the program does; tests have no device key."""
    return sha256(b"alongside-audit-v1" + canonical(plain(dict(entry)))).hexdigest(), ""


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


@dataclass
class Laptop:
    """A vault and who works on it."""

    vault: Vault
    actor: Actor
    clock: Clock
    key: bytes
    expected: Expected
    seal: Seal = seal
    orgs: Mapping[str, OrganisationId] = field(default_factory=dict)
    sites: Mapping[str, SiteId] = field(default_factory=dict)
    services: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def act(self) -> dict[str, Any]:
        """The arguments every writing use case takes."""
        return {"actor": self.actor, "now": self.clock()}

    def reopen(self) -> Vault:
        """Close the vault and open it again, as after a restart."""
        self.vault.close()
        self.vault = open_with(self.vault.path, self.key, self.expected, self.clock, self.seal)
        return self.vault


def stable_id(kind: str, slug: str) -> UUID:
    """Return the same id for the same seed entry in every test and on every side."""
    return uuid5(NAMESPACE, f"{kind}/{slug}")


def make_actor(
    org: str = "aspire", role: Role = Role.OUTREACH_WORKER, name: str = "Priya", teams: Sequence[str] = ()
) -> Actor:
    """Return somebody who works for an organisation of the demonstration alliance."""
    return Actor(
        user=UserId(stable_id("user", f"{org}/{name}")),
        org=OrganisationId(stable_id("organisation", org)),
        role=role,
        roles=frozenset({role}),
        device=DeviceId(stable_id("device", f"{org}/{name}")),
        shown_name=name,
        teams=frozenset(teams),
    )


def make_laptop(
    folder: Path,
    *,
    actor: Actor | None = None,
    alliance: bool = True,
    clock: Clock | None = None,
    seal: Seal = seal,
) -> Laptop:
    """Make and open a real vault in `folder`; with `alliance`, the shipped directory is in it."""
    clock = clock or Clock()
    folder.mkdir(parents=True, exist_ok=True)
    template = _template(alliance)
    path = folder / FILE_NAME
    path.write_bytes(template.content)
    expected = Expected(vault_id=template.vault_id, generation=1)
    return Laptop(
        vault=open_with(path, template.key, expected, clock, seal),
        seal=seal,
        actor=actor or make_actor(),
        clock=clock,
        key=template.key,
        expected=expected,
        orgs={
            each["slug"]: OrganisationId(stable_id("organisation", each["slug"])) for each in resources.organisations()
        },
        sites={each["slug"]: SiteId(stable_id("site", each["slug"])) for each in resources.sites()},
        services={each["slug"]: stable_id("service", each["slug"]) for each in resources.services()},
    )


@dataclass(frozen=True)
class _Template:
    """A closed vault, made once in a process and copied for every test."""

    content: bytes
    key: bytes
    vault_id: UUID


@cache
def _template(alliance: bool) -> _Template:
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE_NAME
        key = b"x'" + os.urandom(32).hex().encode() + b"'"
        vault_id = UUID(bytes=os.urandom(16))
        create_vault(path, bytearray(key), vault_id=vault_id, generation=1, now=START, random_bytes=os.urandom)
        expected = Expected(vault_id=vault_id, generation=1)
        clock = Clock()
        vault = open_with(path, key, expected, clock)
        if alliance:
            seed_alliance(Laptop(vault=vault, actor=make_actor(), clock=clock, key=key, expected=expected))
        vault.close()
        return _Template(content=path.read_bytes(), key=key, vault_id=vault_id)


def open_with(path: Path, key: bytes, expected: Expected, clock: Clock, seal: Seal = seal) -> Vault:
    """Open the vault of a test."""
    return open_vault(
        path,
        bytearray(key),
        expected=expected,
        ids=IdSource(clock, os.urandom),
        seal=seal,
        random_bytes=os.urandom,
        chain=lambda _: None,
        today=clock().date().isoformat(),
    )


def open_copy(laptop: Laptop, path: Path) -> Vault:
    """Open a copy of a laptop's vault: the same key, the same clock."""
    return open_with(path, laptop.key, laptop.expected, laptop.clock)


def seed_alliance(laptop: Laptop) -> None:
    """Write the shipped directory, an agreement and an approved wording, as records from the service would be."""
    with laptop.vault.transaction(actor=laptop.actor, now=laptop.clock()) as work:
        for record in alliance_records(laptop.clock()):
            work.create(record)
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("UPDATE rec_meta SET rev = 1")


def alliance_records(now: datetime) -> list[Any]:
    """Return the reference records of the demonstration alliance."""

    def header(kind: str, slug: str, org: str = "aspire") -> dict[str, Any]:
        return {
            "id": stable_id(kind, slug),
            "org": stable_id("organisation", org),
            "created_at": now,
            "created_by": UserId(UUID(int=0)),
            "created_role": Role.SECRETARIAT,
            "device": DeviceId(UUID(int=0)),
        }

    records: list[Any] = []
    for entry in resources.organisations():
        records.append(
            Organisation(
                **header("organisation", entry["slug"], entry["slug"]),
                name=entry["name"],
                legal_name=entry["legal_name"],
                charity_number=entry.get("charity_number"),
                nation=Nation(entry["nation"]),
                alliance_role=AllianceRole(entry["alliance_role"]),
                joined_on=date.fromisoformat(entry["joined_on"]),
                withdraw_phone=entry["withdraw_phone"],
                data_protection_contact=entry["data_protection_contact"],
                safeguarding_contact=entry["safeguarding_contact"],
                does=entry["does"],
            )
        )
    records += [_site(header("site", entry["slug"]), entry) for entry in resources.sites()]
    records += [_service(header("service", entry["slug"], entry["provider"]), entry) for entry in resources.services()]
    records.append(_agreement(header("agreement", "sharing")))
    records += [_wording(header("consent_wording", entry["version"]), entry) for entry in resources.wordings()]
    for name, org, role, teams in (
        ("Priya", "aspire", Role.OUTREACH_WORKER, ()),
        ("Jo", "back_up", Role.INTAKE_WORKER, ()),
    ):
        records.append(
            User(
                **header("user", f"{org}/{name}", org),
                name=f"{name} Example",
                email=f"{name.lower()}@example.org",
                shown_name=name,
                roles=frozenset({role}),
                teams=frozenset(teams),
                active_from=date(2024, 1, 1),
            )
        )
    return records


def _site(header: dict[str, Any], entry: Mapping[str, Any]) -> Site:
    body = {
        key: value for key, value in entry.items() if key in {"name", "slug", "nation", "kind", "seed_status", "wards"}
    }
    return record_of(Site, header["id"], {**_plain(header), **body})


def _service(header: dict[str, Any], entry: Mapping[str, Any]) -> Service:
    names = set(Service.__dataclass_fields__)
    body = {key: value for key, value in entry.items() if key in names and value is not None}
    body["provider"] = str(stable_id("organisation", entry["provider"]))
    body["eligibility"] = {key: value for key, value in entry["eligibility"].items() if value is not None}
    return record_of(Service, header["id"], {**_plain(header), **body})


def _plain(header: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in header.items() if key != "id"}


def _agreement(header: dict[str, Any]) -> Agreement:
    parties = [OrganisationId(stable_id("organisation", slug)) for slug in ("aspire", "back_up")]
    return Agreement(
        **header,
        title="Data sharing agreement (demonstration)",
        kind=AgreementKind.DATA_SHARING,
        parties=frozenset(parties),
        purposes=frozenset(Purpose),
        fields=frozenset(PackageField),
        from_on=date(2026, 1, 1),
        review_on=date(2027, 12, 1),
        signatories=tuple(
            Signatory(org=org, name="Demonstration", post="Chief executive", signed_on=date(2025, 12, 1))
            for org in parties
        ),
        demonstration=True,
    )


def _wording(header: dict[str, Any], entry: Mapping[str, Any]) -> ConsentWording:
    texts = {key: normalize("NFC", value) for key, value in entry["texts"].items()}
    return ConsentWording(
        **header,
        version=entry["version"],
        language=entry["language"],
        format=WordingFormat(entry["format"]),
        texts=texts,
        hash=sha256(json.dumps(texts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest(),
        state="approved",
        approved_by="Demonstration",
    )
