"""Setting a laptop up, off the window's thread: keys, enrolment, vault, or nothing at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app import __version__
from app.domain.codes import Role
from app.domain.ids import UserId
from app.domain.schema import SCHEMA_VERSION
from app.errors import BadInputError
from app.security.device_secret import SecretStore
from app.security.opened_keys import OpenedKeys, keys_for_desk
from app.security.passwords import FLOOR, PASSWORD_ONLY_FLOOR, Cost, calibrate, check_password, seconds_for
from app.security.slots_file import PASSWORD_ONLY
from app.storage.held import Held
from app.use_cases.laptop import FirstUser, Means
from app.use_cases.set_up import NewPlace, Prepared, make_vault, prepare
from sync.client.enrol import Enrolment, enrol, keep_enrolment
from sync.client.transport import Transport
from sync.protocol.slip import Slip
from ui.front_door import FrontDoor
from ui.lease_day import write_lease_day
from ui.recovery_key import RecoveryKey, new_recovery_key, note_kept, note_not_kept

DEVICE_NAME: Final = "laptop"
"""What the service calls a new device until the administrator names it; no person's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A laptop that was just set up.

    Attributes:
        keys: for the desk; the caller clears them.
        recovery: the custodians' key, to be kept; None when the slip brought one.
    """

    keys: OpenedKeys
    recovery: RecoveryKey | None = field(repr=False)


def check_new_password(door: FrontDoor, slip: Slip, password: str) -> None:
    """Refuse a password that is easy to guess. Raises `BadInputError`."""
    names = " ".join((slip.user_name, slip.shown_name, slip.org_name)).split()
    check_password(password, door.password_rules, names=names, words_only=door.policy.password_only)


def check_slip(door: FrontDoor, slip: Slip) -> None:
    """Refuse a slip for another service than the one that IT laid down. Raises `BadInputError`."""
    if door.policy.sync_url and slip.address.rstrip("/") != door.policy.sync_url:
        raise BadInputError.at("slip", "address", "not_ours")


def set_up(door: FrontDoor, slip: Slip, password: str, progress: Callable[[str], None]) -> SetUp:
    """Make the keys, enrol, make the vault; whatever fails, nothing of it stays on this laptop.

    `progress` is told `measuring`, `keys`, `enrolling` and `vault`.

    Raises:
        BadInputError: the password is easy to guess, or the slip is for another service than IT laid down.
        NetworkError: the service was not reached, or is not the one the slip names.
        ServiceError: the slip is spent or too old.
        VaultError: something of a vault is here already, or the folder cannot be written.
        KeyringError: the keyring cannot take the secret.
    """
    check_slip(door, slip)
    check_new_password(door, slip, password)
    recovery = None if slip.recovery_public else new_recovery_key(door.random_bytes, door.password_rules.words)
    vault_id = UUID(bytes=door.random_bytes(16), version=4)
    store = door.new_store(vault_id)
    means = door.means(store)
    progress("measuring")
    place = NewPlace(
        person_id=UserId(slip.user),
        shown_name=slip.shown_name,
        password=password,
        cost=cost_here(door, store),
        recovery_public=recovery.public if recovery else bytes.fromhex(slip.recovery_public),
        floor=door.floor,
    )
    progress("keys")
    with prepare(door.paths, place, means, vault_id=vault_id) as prepared:
        progress("enrolling")
        enrolment = _enrolled(door, slip, prepared)
        progress("vault")
        _make(door, slip, prepared, enrolment, means)
        # Inside: a window closed over the parts must not lose them for ever, so the note is there before the place is.
        (note_kept if recovery is None else note_not_kept)(door.paths)
        keys = keys_for_desk(prepared.slot, generation=1, device_signing_seed=prepared.device_key.seed)
    return SetUp(keys=keys, recovery=recovery)


def _enrolled(door: FrontDoor, slip: Slip, prepared: Prepared) -> Enrolment:
    with _transport(door, slip, prepared) as net:
        return enrol(slip, net=net, signer=prepared.device_key, device_name=DEVICE_NAME, app_version=__version__)


@contextmanager
def _transport(door: FrontDoor, slip: Slip, prepared: Prepared) -> Iterator[Transport]:
    net = Transport(
        address=slip.address,
        audience=slip.audience,
        signer=prepared.device_key,
        schema=SCHEMA_VERSION,
        random_bytes=door.random_bytes,
        monotonic=door.monotonic,
        proxy=door.proxy,
    )
    try:
        yield net
    finally:
        net.close()


def _make(door: FrontDoor, slip: Slip, prepared: Prepared, enrolment: Enrolment, means: Means) -> None:
    first = FirstUser(
        user=UserId(slip.user),
        org=enrolment.org,
        device=enrolment.device_id,
        name=slip.user_name,
        shown_name=slip.shown_name,
        roles=frozenset(Role(role) for role in slip.roles),
    )
    with closing(make_vault(door.paths, prepared, first, means)) as laptop:
        keep_enrolment(enrolment, Held(laptop.vault))
        write_lease_day(door.paths, enrolment.lease_until)


def cost_here(door: FrontDoor, store: SecretStore) -> Cost:
    """Return what deriving from a new password costs on this laptop, measured now."""
    if door.cost is not None:
        return door.cost
    least = PASSWORD_ONLY_FLOOR if store.name == PASSWORD_ONLY else FLOOR

    def measure_s(cost: Cost) -> float:
        return seconds_for(cost, monotonic=door.monotonic)

    return calibrate(measure_s, cores=os.cpu_count() or 1, least=least)
