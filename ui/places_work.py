"""Giving a colleague a place on this laptop, and ending one, off the window's thread; both by somebody's password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from uuid import UUID

from app.errors import SignInError
from app.security.passwords import check_password
from app.security.sign_in import sign_in
from app.security.slots_file import read_slots
from app.use_cases.key_life import Colleague, NewWayIn, add_colleague, colleagues_without_place, take_place_away
from app.use_cases.rekeying import Charge
from ui.front_door import FrontDoor
from ui.gate_work import Found, known_time, way_in
from ui.key_life_work import charge_of, ground_of, make_ready
from ui.password_work import BySignIn
from ui.set_up_work import cost_here


def whom_to_add(door: FrontDoor, found: Found, by: BySignIn) -> tuple[Colleague, ...]:
    """Return who may be given a place. Raises as `sign_in` does, and `VaultError`."""
    with _charge(door, found, by) as charge:
        return colleagues_without_place(ground_of(door, found.store), charge)


def give_place(door: FrontDoor, found: Found, by: BySignIn, colleague: Colleague, password: str) -> None:
    """Give a colleague a place under a password of their own.

    Raises:
        BadInputError: the password is easy to guess.
        MustWaitError, WrongPasswordError, SignInError, KeyringError: as `sign_in` raises them.
        VaultError: `slots.full`, or the slots could not be written; nothing was changed.
    """
    names = f"{colleague.name} {colleague.shown_name}".split()
    check_password(password, door.password_rules, names=names, words_only=found.password_only)
    with _charge(door, found, by) as charge:
        new = NewWayIn(password=password, cost=cost_here(door, found.store), floor=door.floor)
        add_colleague(ground_of(door, found.store), charge, colleague, new)


def end_place(door: FrontDoor, found: Found, by: BySignIn, person_id: UUID) -> None:
    """End somebody's place; the records get a new key that they have no share in.

    Raises:
        MustWaitError, WrongPasswordError, SignInError, KeyringError: as `sign_in` raises them.
        VaultError: `slots.altered`; or the disk takes no more, and the next sign-in does the rest.
    """
    if person_id == by.person_id:
        raise SignInError("auth.refused")
    with _charge(door, found, by) as charge:
        take_place_away(ground_of(door, found.store), charge, person_id)[1].clear()


@contextmanager
def _charge(door: FrontDoor, found: Found, by: BySignIn) -> Iterator[Charge]:
    """Sign in to act, after what an earlier change left to be done."""
    found = replace(found, slots=read_slots(door.paths.slots))
    with ExitStack() as held:
        signed_in = sign_in(way_in(door, found), by.person_id, by.password, now=known_time(door, found))
        held.callback(signed_in.clear)
        ready = make_ready(door, found.slots, found.store, signed_in)
        held.callback(ready.clear)
        charge = charge_of(read_slots(door.paths.slots), found.store, ready)
        held.callback(charge.clear)
        yield charge
