"""A laptop on which Priya has a place, made as setting up makes it but without a service."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

from app.custody.shares import make_recovery_key
from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.security.device_secret import read_device_secret
from app.security.sign_in import sign_in
from app.security.slots import Newcomer, SlotMaker, add_person
from app.security.slots_file import write_slots
from app.use_cases.laptop import FirstUser
from app.use_cases.set_up import NewPlace, make_vault, prepare
from tests.helpers.vaults import stable_id
from tests.ui.desk.program import CHEAP
from ui.front_door import FrontDoor
from ui.gate_work import look, way_in

PASSWORD = "gravel tulip ocean lantern"
PRIYA = UserId(stable_id("user", "aspire/Priya"))


MARCUS = UserId(stable_id("user", "aspire/Marcus"))
THEIR_PASSWORD = "orbit velvet cactus harbour"


def give_place(door: FrontDoor) -> bytearray:
    """Make the laptop's keys and its empty vault; returns the private half of the custodians' key."""
    vault_id = uuid4()
    private, public = make_recovery_key(os.urandom)
    means = door.means(door.new_store(vault_id))
    place = NewPlace(
        person_id=PRIYA,
        shown_name="Priya",
        password=PASSWORD,
        cost=CHEAP,
        recovery_public=public,
        floor=CHEAP,
    )
    first = FirstUser(
        user=PRIYA,
        org=OrganisationId(stable_id("organisation", "aspire")),
        device=DeviceId(UUID(int=7)),
        name="Priya Example",
        shown_name="Priya",
        roles=frozenset({Role.OUTREACH_WORKER}),
    )
    with prepare(door.paths, place, means, vault_id=vault_id) as prepared:
        make_vault(door.paths, prepared, first, means).close()
    return private


def give_colleague_a_place(door: FrontDoor) -> None:
    """Let Priya let Marcus in, as somebody whose slot is open does."""
    found = look(door)
    signed_in = sign_in(way_in(door, found), PRIYA, PASSWORD, now=door.clock())
    secret = read_device_secret(found.store) if found.slots.needs_device_secret else None
    newcomer = Newcomer(person_id=MARCUS, shown_name="Marcus", password=THEIR_PASSWORD, cost=CHEAP, grant={})
    maker = SlotMaker(device_secret=secret, random_bytes=os.urandom, floor=CHEAP)
    write_slots(door.paths.slots, add_person(found.slots, signed_in.slot.masters, newcomer, maker))
    signed_in.clear()
