"""A laptop with real keys, the shipped alliance and a crowd, as the program finds it when it starts."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from app.config import Policy
from app.custody.shares import make_recovery_key
from app.domain.actor import Actor
from app.domain.ids import DeviceId, UserId
from app.paths import LaptopPaths
from app.security.attempts import Attempts
from app.security.device_secret import FolderlessStore
from app.security.sign_in import Door, sign_in
from app.security.slots_file import read_slots
from app.storage.health import Expected
from app.use_cases.laptop import FirstUser, OpenLaptop, actor_of, open_laptop
from app.use_cases.set_up import NewPlace, make_vault, prepare
from tests.benchmarks.crowd import fill
from tests.benchmarks.passwords import NO_STRETCH, PASSWORD
from tests.helpers.vaults import Clock, Laptop, make_actor, seed_alliance
from ui.__main__ import front_door
from ui.front_door import FrontDoor

POLICY = Policy(password_only=True)
"""No keyring is asked for: the ones of two machines cannot be compared."""


def door_of(folder: Path) -> FrontDoor:
    """Return the front door of the real program, for the laptop in `folder`."""
    paths = LaptopPaths(folder=folder)
    store = FolderlessStore(paths.mark)
    return replace(
        front_door(POLICY),
        paths=paths,
        store_for=lambda _name, _vault: store,
        new_store=lambda _vault: store,
        cost=NO_STRETCH,
        floor=NO_STRETCH,
    )


def make_place(folder: Path, people: int) -> None:
    """Set a laptop up in `folder`, with so many people in its vault."""
    door, worker = door_of(folder), make_actor()
    vault_id = UUID(bytes=os.urandom(16), version=4)
    means = door.means(door.new_store(vault_id))
    _, recovery_public = make_recovery_key(os.urandom)
    place = NewPlace(
        person_id=worker.user,
        shown_name=worker.shown_name,
        password=PASSWORD,
        cost=NO_STRETCH,
        recovery_public=recovery_public,
        floor=NO_STRETCH,
    )
    first = FirstUser(
        user=worker.user,
        org=worker.org,
        device=DeviceId(worker.device),
        name="Priya Example",
        shown_name=worker.shown_name,
        roles=worker.roles,
    )
    with prepare(door.paths, place, means, vault_id=vault_id) as prepared:
        laptop = make_vault(door.paths, prepared, first, means)
    expected = Expected(vault_id=vault_id, generation=1)
    clock = Clock(now=datetime.now(UTC))
    seed_alliance(Laptop(vault=laptop.vault, actor=worker, clock=clock, key=b"", expected=expected))
    fill(laptop.vault, worker, people)
    laptop.close()


def open_place(folder: Path) -> tuple[OpenLaptop, Actor]:
    """Open the laptop in `folder` as its worker does."""
    door, person = door_of(folder), UserId(make_actor().user)
    slots = read_slots(door.paths.slots)
    store = door.store_for(slots.keyring, slots.vault_id)
    way = Door(
        slots=slots,
        store=store,
        attempts=Attempts(door.paths.attempts, store, door.monotonic),
        device_key_path=door.paths.device_key,
    )
    signed_in = sign_in(way, person, PASSWORD, now=door.clock())
    laptop = open_laptop(door.paths, signed_in.keys, door.means(store))
    signed_in.clear()
    return laptop, actor_of(laptop.vault, person, now=door.clock())
