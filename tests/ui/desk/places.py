"""A laptop on which Priya has a place, made as setting up makes it but without a service."""

from __future__ import annotations

import os
from uuid import UUID, uuid4

from app.custody.shares import make_recovery_key
from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.use_cases.laptop import FirstUser
from app.use_cases.set_up import NewPlace, make_vault, prepare
from tests.helpers.vaults import stable_id
from tests.ui.desk.program import CHEAP
from ui.front_door import FrontDoor

PASSWORD = "gravel tulip ocean lantern"
PRIYA = UserId(stable_id("user", "aspire/Priya"))


def give_place(door: FrontDoor) -> None:
    """Make the laptop's keys and its empty vault."""
    vault_id = uuid4()
    means = door.means(door.new_store(vault_id))
    place = NewPlace(
        person_id=PRIYA,
        shown_name="Priya",
        password=PASSWORD,
        cost=CHEAP,
        recovery_public=make_recovery_key(os.urandom)[1],
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
