"""A laptop of the demonstration: set up from a slip with real keys, enrolled over a cable, opened by a password."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

import resources
from app import __version__
from app.config import Policy, read_policy
from app.custody.shares import make_recovery_key
from app.domain.actor import Actor
from app.domain.codes import Role
from app.domain.ids import OrganisationId, UserId
from app.domain.schema import SCHEMA_VERSION
from app.errors import KeyringError
from app.paths import LaptopPaths
from app.security.attempts import Attempts
from app.security.device_secret import (
    AllowedKeyring,
    FolderlessStore,
    KeyringStore,
    SecretStore,
    allowed_keyrings,
    find_keyring,
    keyring_named,
)
from app.security.passwords import FLOOR, PASSWORD_ONLY_FLOOR, Cost, load_password_rules
from app.security.sign_in import Door, sign_in
from app.security.slots_file import PASSWORD_ONLY, read_slots
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.storage.vault import Vault
from app.use_cases.laptop import FirstUser, Means, OpenLaptop, actor_of, note_sign_in, open_laptop
from app.use_cases.set_up import NewPlace, make_vault, prepare
from sync.client.engine import SyncEngine
from sync.client.enrol import enrol, keep_enrolment
from sync.client.progress import CycleReport
from sync.client.transport import Transport
from sync.protocol.slip import Slip
from tests.demo.cable import Cable
from ui.front_door import FrontDoor

PASSWORD = "harbour lantern meadow cricket"
POLICY_FILE = "policy.toml"


def working_keyring() -> AllowedKeyring | None:
    """Return the keyring of this machine, None where there is none."""
    try:
        return find_keyring(allowed_keyrings(sys.platform), limit_s=5.0)
    except KeyringError:
        return None


def write_policy(folder: Path, *, keyring: AllowedKeyring | None) -> Policy:
    """Write the demonstration's own policy file and return what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / POLICY_FILE
    text = 'support_text = "This is the demonstration: ask whoever started it."\n'
    if keyring is None:
        text += "password_only = true\n"
    file.write_text(text, encoding="utf-8")
    return read_policy(file)


class DemoLaptop:
    """One laptop: its folder, its person, its cable, and whatever of it is open."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        user: Mapping[str, Any],
        cable: Cable,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        """Take who works on it and how it reaches the service."""
        self.name = name
        self.paths = LaptopPaths(folder=folder)
        self.user = user
        self.cable = cable
        self.clock = clock
        self.policy = policy
        self.open: OpenLaptop | None = None
        self._engine: SyncEngine | None = None
        self._actor: Actor | None = None

    # --- parts ---------------------------------------------------------------------------------------------

    def store(self, vault_id: UUID, keyring_name: str | None = None) -> SecretStore:
        """Return where the device secret and the mark of the vault lie."""
        if self.policy.password_only:
            return FolderlessStore(self.paths.mark)
        allowed = allowed_keyrings(sys.platform)
        chosen = keyring_named(keyring_name, allowed) if keyring_name else find_keyring(allowed)
        return KeyringStore(vault_id, chosen)

    @property
    def cost(self) -> Cost:
        """What a derivation costs here: the program's own floor."""
        return PASSWORD_ONLY_FLOOR if self.policy.password_only else FLOOR

    def front_door(self) -> FrontDoor:
        """Return what the program is handed on this laptop."""
        command = (sys.executable, "-m", "tests.demo.front", str(self.paths.folder))
        return FrontDoor(
            paths=self.paths,
            policy=self.policy,
            clock=self.clock,
            monotonic=time.monotonic,
            random_bytes=os.urandom,
            fraction=random.random,
            store_for=lambda name, vault_id: self.store(vault_id, name),
            new_store=self.store,
            gate_command=command,
            desk_command=lambda argument: (*command, "--desk", argument),
            password_rules=load_password_rules(resources.path("passwords")),
            cost=self.cost,
        )

    # --- life ----------------------------------------------------------------------------------------------

    def set_up(self, slip: Slip) -> None:
        """Make keys and vault, and enrol with the service: nothing of it is left if any part fails."""
        slip = replace_address(slip, self.cable.address)
        vault_id = UUID(bytes=os.urandom(16), version=4)
        means = self._means(self.store(vault_id))
        user = UserId(UUID(self.user["id"]))
        _, recovery_public = make_recovery_key(os.urandom)
        place = NewPlace(
            person_id=user,
            shown_name=self.user["shown_name"],
            password=PASSWORD,
            cost=self.cost,
            recovery_public=recovery_public,
        )
        with prepare(self.paths, place, means, vault_id=vault_id) as prepared:
            net = self._transport(slip.address, slip.audience, prepared.device_key)
            enrolment = enrol(slip, net=net, signer=prepared.device_key, device_name=self.name, app_version=__version__)
            first = FirstUser(
                user=user,
                org=OrganisationId(enrolment.org),
                device=enrolment.device_id,
                name=self.user["name"],
                shown_name=self.user["shown_name"],
                roles=frozenset(map(Role, self.user["roles"])),
            )
            self.open = make_vault(self.paths, prepared, first, means)
            keep_enrolment(enrolment, Held(self.vault))

    def start(self) -> None:
        """Open the laptop as a person does: password, keys, vault."""
        slots = read_slots(self.paths.slots)
        store = (
            FolderlessStore(self.paths.mark)
            if slots.keyring == PASSWORD_ONLY
            else self.store(slots.vault_id, slots.keyring)
        )
        door = Door(
            slots=slots,
            store=store,
            attempts=Attempts(self.paths.attempts, store, time.monotonic),
            device_key_path=self.paths.device_key,
        )
        signed_in = sign_in(door, UserId(UUID(self.user["id"])), PASSWORD, now=self.clock())
        means = self._means(store)
        self.open = open_laptop(self.paths, signed_in.keys, means)
        signed_in.clear()
        note_sign_in(self.vault, store, actor=self.actor, now=self.clock())

    def shut(self) -> None:
        """Close the laptop; what it knew of the service is forgotten with it."""
        assert self.open is not None
        self.open.close()
        self.open = None
        self._engine = None
        self._actor = None

    @property
    def vault(self) -> Vault:
        """The open vault."""
        assert self.open is not None, "the laptop is shut"
        return self.open.vault

    @property
    def actor(self) -> Actor:
        """Who works on it, with the roles the service granted."""
        assert self.open is not None
        # The account is of today, also while the demonstration lives through earlier weeks.
        return actor_of(self.vault, self.open.person_id, now=datetime.now(UTC))

    @property
    def act(self) -> dict[str, Any]:
        """The arguments every writing use case takes."""
        return {"actor": self.actor, "now": self.clock()}

    def exchange(self) -> CycleReport:
        """Run one whole exchange with the service, now."""
        assert self.open is not None
        if self._engine is None:
            device = Held(self.vault).device()
            self._engine = SyncEngine(
                outbox=Outbox(self.vault),
                held=Held(self.vault),
                net=self._transport(device.address, device.audience, self.open.device_key),
                clock=self.clock,
                monotonic=time.monotonic,
            )
        return self._engine.run(cancelled=lambda: False, report=lambda _: None)

    def _means(self, store: SecretStore) -> Means:
        return Means(now=self.clock, random_bytes=os.urandom, store=store)

    def _transport(self, address: str, audience: str, signer: Any) -> Transport:
        return Transport(
            address=address,
            audience=audience,
            signer=signer,
            schema=SCHEMA_VERSION,
            random_bytes=os.urandom,
            monotonic=time.monotonic,
        )


def replace_address(slip: Slip, address: str) -> Slip:
    """Return a slip that leads through a cable."""
    return msgspec.structs.replace(slip, address=address)
