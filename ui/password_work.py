"""Giving somebody a new password, off the window's thread: by their own, by a colleague's, or by two custodians."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from app.custody.shares import Share, join
from app.errors import BadInputError, KeyringError
from app.security.atomic_file import replace_file
from app.security.device_secret import read_device_secret
from app.security.opened_keys import MasterKeys
from app.security.passwords import check_password
from app.security.secret_bytes import clear
from app.security.sign_in import open_device_key_at_gate, sign_in
from app.security.slot_notes import SlotAct, SlotNote, add_note
from app.security.slots import SlotMaker, change_password, open_with_recovery
from app.security.slots_file import SlotsFile, write_slots
from ui.front_door import FrontDoor
from ui.gate_work import Found, known_time, way_in
from ui.recovery_key import note_not_kept
from ui.set_up_work import cost_here


@dataclass(frozen=True, slots=True, kw_only=True)
class BySignIn:
    """Somebody's password opens the master key: one's own, or a colleague's."""

    person_id: UUID
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByCustodians:
    """Two custodians' parts open it.

    Attributes:
        parts: as typed, pasted or scanned.
        makes_new_parts: the key was this laptop's own, so that another one takes its place.
    """

    parts: tuple[str, str] = field(repr=False)
    makes_new_parts: bool


def set_password(door: FrontDoor, found: Found, person_id: UUID, password: str, way: BySignIn | ByCustodians) -> None:
    """Give a person a new password and a new key pair; the old password opens nothing any more.

    Args:
        door: paths, rules and chance.
        found: what the gate found here.
        person_id: who gets it.
        password: the new one, as typed.
        way: what opens the master key.

    Raises:
        BadInputError: the new password is easy to guess (`password.new`), is the old one (`password.new.same`), or a
            part is not right (`recovery.share`, with `which` 1 or 2).
        MustWaitError, WrongPasswordError, SignInError: as `sign_in` raises them.
        KeyringError: the device secret cannot be had.
        VaultError: the slots could not be written; the old password still opens.
    """
    slot = found.slots.slot_of(person_id)
    names = "" if slot is None else slot.shown_name
    check_password(password, door.password_rules, names=names.split(), words_only=found.password_only)
    if isinstance(way, BySignIn) and way.person_id == person_id and way.password == password:
        raise BadInputError.at("password", "new", "same")
    with _masters(door, found, way) as masters, _device_secret(door, found, way, masters) as held:
        maker = SlotMaker(device_secret=held.secret, random_bytes=door.random_bytes, floor=door.floor)
        slots = change_password(held.slots, masters, person_id, password, maker, cost=cost_here(door, found.store))
        _note_what_follows(door, person_id, way)
        write_slots(door.paths.slots, slots, keep_previous=False)
        held.commit()
    found.attempts.forget(person_id)


def _note_what_follows(door: FrontDoor, person_id: UUID, way: BySignIn | ByCustodians) -> None:
    """Leave the notes before the slots are written: after a crash in between too much is done, and not too little."""
    paths = door.paths
    add_note(paths.slot_notes, _note(person_id, way))
    if isinstance(way, ByCustodians) or way.person_id != person_id:
        # A password that was lost may have been found: an older copy of the slots is to open nothing of today.
        replace_file(paths.rotation_due, b"")
    if isinstance(way, ByCustodians) and way.makes_new_parts:
        note_not_kept(paths)


def read_part(typed: str, words: tuple[str, ...]) -> Share:
    """Return a custodian's part: its words, the text of its code, or the whole saved file.

    Raises:
        BadInputError: as `Share.from_words` does.
    """
    lines = [line for line in typed.splitlines() if len(line.split()) >= _WORDS_OF_A_LINE]
    text = lines[0] if len(typed.splitlines()) > 1 and len(lines) == 1 else typed
    return Share.from_text(text) if _is_code(text) else Share.from_words(text, words)


_WORDS_OF_A_LINE = 40
"""A line of a saved part with so many words is the part; its headings have fewer."""


def _is_code(text: str) -> bool:
    return any(sign.isdigit() for sign in text) or text.count("-") >= 10


@contextmanager
def _masters(door: FrontDoor, found: Found, way: BySignIn | ByCustodians) -> Iterator[MasterKeys]:
    if isinstance(way, ByCustodians):
        masters = _by_parts(door, found, way)
        try:
            yield masters
        finally:
            clear(*masters.by_generation.values())
        return
    signed_in = sign_in(way_in(door, found), way.person_id, way.password, now=known_time(door, found))
    try:
        yield signed_in.slot.masters
    finally:
        signed_in.clear()


def _by_parts(door: FrontDoor, found: Found, way: ByCustodians) -> MasterKeys:
    shares: list[Share] = []
    try:
        for which, typed in enumerate(way.parts, start=1):
            try:
                shares.append(read_part(typed, door.password_rules.words))
            except BadInputError as error:
                error.detail["which"] = which
                raise
        private = join(shares[0], shares[1])
        try:
            return open_with_recovery(found.slots, private)
        finally:
            clear(private)
    finally:
        for share in shares:
            share.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What a new slot is sealed with.

    Attributes:
        secret: of the device; None in a `password_only` vault.
        slots: to change.
        commit: to call once they are written.
    """

    secret: bytearray | None = field(repr=False)
    slots: SlotsFile
    commit: Callable[[], None]


def _nothing() -> None:
    """Have nothing left to do."""


@contextmanager
def _device_secret(door: FrontDoor, found: Found, way: BySignIn | ByCustodians, masters: MasterKeys) -> Iterator[_Held]:
    """Yield the device secret; a lost one is made anew where custodians stand at the laptop, and nowhere else."""
    if not found.slots.needs_device_secret:
        yield _Held(secret=None, slots=found.slots, commit=_nothing)
        return
    if found.store.name != found.slots.keyring:
        raise KeyringError("keyring.secret_lost")
    secret = _right_secret(door, found) if isinstance(way, ByCustodians) else read_device_secret(found.store)
    if secret is None:
        # Imported on the rarest day of all: it needs the database's library.
        from ui.key_life_work import renewed  # noqa: PLC0415

        with renewed(door, found.slots, found.store, masters) as (made, slots, commit):
            yield _Held(secret=made, slots=slots, commit=commit)
        return
    try:
        yield _Held(secret=secret, slots=found.slots, commit=_nothing)
    finally:
        clear(secret)


def _right_secret(door: FrontDoor, found: Found) -> bytearray | None:
    """Return the device secret, None where it is gone or another one: the laptop's key tells. Raises `KeyringError`."""
    try:
        key = open_device_key_at_gate(way_in(door, found))
    except KeyringError as error:
        if error.code != "keyring.secret_lost":
            raise
        return None
    if key is not None:
        key.clear()
    return read_device_secret(found.store)


def _note(person_id: UUID, way: BySignIn | ByCustodians) -> SlotNote:
    if isinstance(way, ByCustodians):
        return SlotNote(act=SlotAct.BY_CUSTODIANS, person=person_id)
    if way.person_id == person_id:
        return SlotNote(act=SlotAct.OWN_PASSWORD, person=person_id)
    return SlotNote(act=SlotAct.BY_COLLEAGUE, person=person_id, by=way.person_id)
