"""The life of the keys, each event from end to end: a real vault, real slots, what gate and desk do with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date

import msgspec
import pytest

from app.custody.shares import make_recovery_key, split
from app.domain.audit import AuditEntry
from app.domain.codes import Role
from app.domain.ids import UserId
from app.domain.user import User
from app.errors import BadInputError, KeyringError, SignInError, VaultError, WrongPasswordError
from app.security.atomic_file import reach_nothing
from app.security.device_secret import DEVICE_SECRET
from app.security.sign_in import sign_in
from app.security.slots_file import previous_copy, read_slots, write_slots
from app.storage.backup import snapshots_in
from app.storage.unit_of_work import UnitOfWork
from app.use_cases.key_life import (
    NewWayIn,
    add_colleague,
    close_places_of_leavers,
    colleagues_without_place,
    take_place_away,
    take_place_away_unopened,
)
from app.use_cases.laptop import OpenLaptop, actor_of, note_slots, open_laptop
from app.use_cases.rekeying import STEPS, Charge, Ground
from app.use_cases.settings import keep_setting, setting
from tests.helpers.vaults import stable_id
from tests.security.kit import MemoryKeyring
from tests.ui.desk.places import CHEAP, MARCUS, PASSWORD, PRIYA, THEIR_PASSWORD, give_colleague_a_place, give_place
from ui.front_door import FrontDoor
from ui.gate_work import known_time, look, open_by_password, way_in
from ui.key_life_work import charge_of
from ui.password_work import ByCustodians, BySignIn, set_password

CLAIRE = UserId(stable_id("user", "aspire/Claire"))
NEW = "seven otters paint barns"
SLOT_STEPS = tuple(f"slots.{step}" for step in ("after-temp", "after-fsync", "after-rename", "after-folder-sync"))


class _Killed(BaseException):
    """Nothing catches it, as nothing catches a kill."""


@dataclass
class Laptop:
    """One laptop as its disk and its keyring hold it."""

    door: FrontDoor
    keyring_: MemoryKeyring
    private: bytearray

    @property
    def ground(self) -> Ground:
        return Ground(paths=self.door.paths, means=self.door.means(look(self.door).store))

    @property
    def generations(self) -> tuple[int, ...]:
        return read_slots(self.door.paths.slots).generations

    def parts(self) -> tuple[str, str]:
        """Two custodians' envelopes: one typed in words, one read from its code."""
        one, _, other = split(self.private, os.urandom)
        return one.to_words(self.door.password_rules.words), other.to_text()

    def signs_in(self, person: UserId, password: str) -> bool:
        with suppress(WrongPasswordError):
            open_by_password(self.door, look(self.door), person, password).keys.clear()
            return True
        return False

    @contextmanager
    def opened(self, person: UserId, password: str) -> Iterator[OpenLaptop]:
        """Sign in as the gate does, and open as the desk does."""
        door, found = self.door, look(self.door)
        laptop = open_laptop(door.paths, open_by_password(door, found, person, password).keys, door.means(found.store))
        try:
            now = door.clock()
            actor = actor_of(laptop.vault, person, now=now)
            note_slots(laptop.vault, found.store, door.paths, actor=actor, now=now)
            assert setting(laptop.vault, name="look") == "kept"
            yield laptop
        finally:
            laptop.close()

    def audited(self, person: UserId, password: str) -> list[str]:
        """Sign in, open, and return what stands in the audit about places and keys."""
        with self.opened(person, password) as laptop, laptop.vault.reading() as read:
            entries = sorted(read.all(AuditEntry), key=lambda entry: entry.seq)
        return [entry.reason for entry in entries if entry.reason]

    @contextmanager
    def charge(self, person: UserId, password: str) -> Iterator[Charge]:
        """Sign in as the gate does, and stay there to act."""
        found = look(self.door)
        signed_in = sign_in(way_in(self.door, found), person, password, now=known_time(self.door, found))
        charge = charge_of(found.slots, found.store, signed_in)
        signed_in.clear()
        try:
            yield charge
        finally:
            charge.clear()


@pytest.fixture
def laptop(gate_door: FrontDoor, keyring_: MemoryKeyring) -> Laptop:
    return furnished(gate_door, keyring_)


def furnished(gate_door: FrontDoor, keyring_: MemoryKeyring) -> Laptop:
    """Return a laptop on which Priya has a place, Marcus an account, and Claire's account has ended."""
    made = Laptop(gate_door, keyring_, give_place(gate_door))
    found = look(gate_door)
    keys = open_by_password(gate_door, found, PRIYA, PASSWORD).keys
    opened = open_laptop(gate_door.paths, keys, gate_door.means(found.store))
    now = gate_door.clock()
    actor = actor_of(opened.vault, PRIYA, now=now)
    with opened.vault.transaction(actor=actor, now=now) as work:
        for person, name in ((PRIYA, "Priya Example"), (MARCUS, "Marcus Reed"), (CLAIRE, "Claire Dunn")):
            work.create(user(work, person, name, gone=person == CLAIRE))
    keep_setting(opened.vault, actor=actor, now=now, name="look", value="kept")
    note_slots(opened.vault, found.store, gate_door.paths, actor=actor, now=now)
    opened.close()
    return made


@pytest.fixture
def two(laptop: Laptop) -> Laptop:
    give_colleague_a_place(laptop.door)
    return laptop


def user(work: UnitOfWork, person: UserId, name: str, *, gone: bool = False) -> User:
    """An account as the service sends it."""
    return User(
        **{**work.header(), "id": person},
        name=name,
        email=f"{name.split(maxsplit=1)[0].lower()}@example.org",
        shown_name=name.split(maxsplit=1)[0],
        roles=frozenset({Role.OUTREACH_WORKER}),
        active_from=date(2024, 1, 1),
        active_to=date(2025, 1, 1) if gone else None,
    )


# A colleague


def test_only_open_accounts_of_ones_own_organisation_are_offered_a_place_and_get_one(laptop: Laptop) -> None:
    with laptop.charge(PRIYA, PASSWORD) as charge:
        offered = colleagues_without_place(laptop.ground, charge)
        assert [who.person_id for who in offered] == [MARCUS], "neither herself nor an account that has ended"
        add_colleague(laptop.ground, charge, offered[0], NewWayIn(password=NEW, cost=CHEAP, floor=CHEAP))
    assert laptop.audited(MARCUS, NEW)[-1] == "place_added"


# Somebody leaves


def test_who_leaves_opens_nothing_with_disk_password_and_secret_of_before(two: Laptop) -> None:
    image = two.door.paths.slots.read_bytes()
    theirs = open_by_password(two.door, look(two.door), MARCUS, THEIR_PASSWORD).keys
    with two.charge(PRIYA, PASSWORD) as charge:
        take_place_away(two.ground, charge, MARCUS)[1].clear()
    assert two.generations == (2,)
    assert not any(path.stat().st_size for path in two.door.paths.snapshots.glob("*.db")), "copies under the old key"
    with pytest.raises(SignInError, match=r"auth\.no_slot"):
        two.signs_in(MARCUS, THEIR_PASSWORD)
    assert two.audited(PRIYA, PASSWORD)[-3:] == ["new_key", "place_ended", "rotated"]
    # Slots of before put back, as somebody with a copy of the folder would: they open an older key alone.
    two.door.paths.slots.write_bytes(image)
    with pytest.raises(VaultError, match=r"vault\.could_not_open"):
        open_laptop(two.door.paths, theirs, two.ground.means)


@pytest.mark.parametrize(("point", "nth"), [(at, 1) for at in (*STEPS, *SLOT_STEPS)] + [(at, 2) for at in SLOT_STEPS])
def test_a_new_key_that_is_cut_off_anywhere_is_finished_at_the_next_sign_in(two: Laptop, point: str, nth: int) -> None:
    seen = 0

    def reach(at: str) -> None:
        nonlocal seen
        seen += at == point
        if seen == nth:
            raise _Killed

    with two.charge(PRIYA, PASSWORD) as charge, pytest.raises(_Killed):
        take_place_away(replace(two.ground, reach=reach), charge, MARCUS)
    assert point != STEPS[0] or len(snapshots_in(two.door.paths.snapshots)) == 1, "a copy before anything is changed"
    # What could not be renamed is not there after a kill either, however the file of it is called.
    if two.generations != (1,):
        with pytest.raises(SignInError, match=r"auth\.no_slot"):
            two.signs_in(MARCUS, THEIR_PASSWORD)
        audited = two.audited(PRIYA, PASSWORD)
        assert audited.count("new_key") == 1, "entered once, however often it was tried"
        assert two.generations == (2,)
        assert read_slots(two.door.paths.slots).slot_of(MARCUS) is None
        assert not previous_copy(two.door.paths.slots).exists()
        assert not two.door.paths.rotation_due.exists()
    else:
        # Nothing of it was written: the order is given again, and everybody comes in as before.
        assert (point, nth) in ((SLOT_STEPS[0], 1), (SLOT_STEPS[1], 1))
        assert two.signs_in(MARCUS, THEIR_PASSWORD)
    assert two.signs_in(PRIYA, PASSWORD)


def test_an_order_without_a_password_ends_a_place_at_once_and_the_next_sign_in_makes_the_key(two: Laptop) -> None:
    take_place_away_unopened(two.ground, MARCUS)
    with pytest.raises(SignInError, match=r"auth\.no_slot"):
        two.signs_in(MARCUS, THEIR_PASSWORD)
    assert two.audited(PRIYA, PASSWORD)[-3:] == ["new_key", "place_ended", "rotated"]
    assert two.generations == (2,)
    assert not two.door.paths.rotation_due.exists()


def test_an_account_that_the_service_closed_loses_its_place_at_the_next_desk(two: Laptop) -> None:
    with two.opened(PRIYA, PASSWORD) as opened:
        assert close_places_of_leavers(two.ground, opened.vault) == 0
        now = two.door.clock()
        with opened.vault.transaction(actor=actor_of(opened.vault, PRIYA, now=now), now=now) as work:
            work.change(User, MARCUS, fields={"active_to": date(2025, 1, 1)})
        assert close_places_of_leavers(two.ground, opened.vault) == 1
    with pytest.raises(SignInError, match=r"auth\.no_slot"):
        two.signs_in(MARCUS, THEIR_PASSWORD)
    assert "place_ended" in two.audited(PRIYA, PASSWORD)
    assert two.generations == (2,)


def test_the_last_place_is_never_taken_away(laptop: Laptop) -> None:
    before = laptop.door.paths.slots.read_bytes()
    with laptop.charge(PRIYA, PASSWORD) as charge, pytest.raises(VaultError, match=r"slots\.last_person"):
        take_place_away(laptop.ground, charge, PRIYA)
    with pytest.raises(VaultError, match=r"slots\.last_person"):
        take_place_away_unopened(laptop.ground, PRIYA)
    assert laptop.door.paths.slots.read_bytes() == before
    assert not laptop.door.paths.rotation_due.exists()


def test_a_key_that_was_planted_in_the_slots_gets_no_share_and_nobody_is_locked_out(two: Laptop) -> None:
    slots = read_slots(two.door.paths.slots)
    entry = msgspec.structs.replace(slots.recovery[0], public=make_recovery_key(os.urandom)[1])
    planted = msgspec.structs.replace(slots, recovery=(entry,))
    write_slots(two.door.paths.slots, planted)
    with two.charge(PRIYA, PASSWORD) as charge, pytest.raises(VaultError, match=r"slots\.altered"):
        take_place_away(two.ground, charge, MARCUS)
    assert read_slots(two.door.paths.slots) == planted, "nothing was written"
    two.door.paths.rotation_due.touch()
    assert two.signs_in(PRIYA, PASSWORD)
    assert two.generations == (1,)
    assert two.door.paths.rotation_due.exists(), "it is still due"


def test_somebody_whom_the_vault_does_not_know_begins_no_new_key(two: Laptop) -> None:
    with two.opened(PRIYA, PASSWORD) as opened:
        now = two.door.clock()
        with opened.vault.transaction(actor=actor_of(opened.vault, PRIYA, now=now), now=now) as work:
            work.change(User, MARCUS, fields={"active_to": date(2025, 1, 1)})
    two.door.paths.rotation_due.touch()
    before = two.door.paths.slots.read_bytes()
    assert two.signs_in(MARCUS, THEIR_PASSWORD), "the desk is who refuses him"
    assert two.door.paths.slots.read_bytes() == before
    assert "new_key" in two.audited(PRIYA, PASSWORD)


# A lost password


def test_a_colleague_lets_somebody_in_and_the_vault_gets_a_new_key(two: Laptop) -> None:
    way = BySignIn(person_id=MARCUS, password=THEIR_PASSWORD)
    set_password(two.door, look(two.door), PRIYA, NEW, way)
    assert not two.signs_in(PRIYA, PASSWORD)
    assert two.audited(PRIYA, NEW)[-3:] == ["new_key", "password_by_colleague", "rotated"]
    assert two.generations == (2,)
    assert two.signs_in(MARCUS, THEIR_PASSWORD)


def test_two_custodians_let_somebody_in_and_the_vault_gets_a_new_key_and_new_parts(laptop: Laptop) -> None:
    door = laptop.door
    set_password(door, look(door), PRIYA, NEW, ByCustodians(parts=laptop.parts(), makes_new_parts=True))
    opened = open_by_password(door, look(door), PRIYA, NEW)
    assert opened.recovery is not None, "new parts are shown at the sign-in that follows"
    opened.keys.clear()
    assert laptop.generations == (2,)
    assert "password_by_custodians" in laptop.audited(PRIYA, NEW)


# A lost device secret


def test_a_keyring_that_was_reset_makes_no_key_and_custodians_bring_everybody_back(two: Laptop) -> None:
    two.keyring_.held.clear()
    for person, password in ((PRIYA, PASSWORD), (MARCUS, THEIR_PASSWORD)):
        with pytest.raises(KeyringError, match=r"keyring\.secret_lost"):
            two.signs_in(person, password)
    with pytest.raises(KeyringError, match=r"keyring\.secret_lost"):
        set_password(two.door, look(two.door), PRIYA, NEW, BySignIn(person_id=MARCUS, password=THEIR_PASSWORD))
    assert not [name for _, name in two.keyring_.held if name.endswith(DEVICE_SECRET)], "nobody else makes one"

    set_password(two.door, look(two.door), PRIYA, NEW, ByCustodians(parts=two.parts(), makes_new_parts=False))
    assert {"new_device_secret", "password_by_custodians", "new_key"} <= set(two.audited(PRIYA, NEW))
    # Marcus' password is not called wrong: his place waits to be made anew, and Priya does it.
    with pytest.raises(SignInError, match=r"auth\.place_without_keys"):
        two.signs_in(MARCUS, THEIR_PASSWORD)
    set_password(two.door, look(two.door), MARCUS, THEIR_PASSWORD, BySignIn(person_id=PRIYA, password=NEW))
    assert two.audited(MARCUS, THEIR_PASSWORD)


def test_parts_of_another_laptop_make_no_secret(laptop: Laptop) -> None:
    laptop.keyring_.held.clear()
    before = laptop.door.paths.slots.read_bytes()
    one, other, _ = split(make_recovery_key(os.urandom)[0], os.urandom)
    way = ByCustodians(parts=(one.to_text(), other.to_text()), makes_new_parts=True)
    with pytest.raises(SignInError, match=r"auth\.wrong_recovery_key"):
        set_password(laptop.door, look(laptop.door), PRIYA, NEW, way)
    with pytest.raises(BadInputError):
        set_password(
            laptop.door,
            look(laptop.door),
            PRIYA,
            NEW,
            ByCustodians(parts=(one.to_text(), one.to_text()), makes_new_parts=True),
        )
    assert laptop.door.paths.slots.read_bytes() == before
    assert not laptop.keyring_.held


def test_a_new_secret_that_is_cut_off_before_its_slots_is_made_once_more(
    two: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.keyring_.held.clear()
    way = ByCustodians(parts=two.parts(), makes_new_parts=False)

    def killed(*_arguments: object, **_named: object) -> None:
        raise _Killed

    for name in ("write_slots", "add_note"):
        monkeypatch.setattr(f"ui.password_work.{name}", killed)
        with pytest.raises(_Killed):
            set_password(two.door, look(two.door), PRIYA, NEW, way)
        monkeypatch.undo()
        with pytest.raises(KeyringError, match=r"keyring\.secret_lost"):
            two.signs_in(PRIYA, PASSWORD)
    # After the slots and before the laptop's key is wrapped anew: still said to be lost, and done again.
    monkeypatch.setattr("app.use_cases.key_life.rewrap_device_key", killed)
    with pytest.raises(_Killed):
        set_password(two.door, look(two.door), PRIYA, NEW, way)
    monkeypatch.undo()
    with pytest.raises(KeyringError, match=r"keyring\.secret_lost"):
        two.signs_in(PRIYA, NEW)
    set_password(two.door, look(two.door), PRIYA, NEW, way)
    assert "new_key" in two.audited(PRIYA, NEW)


def test_crash_points_cost_the_shipped_program_nothing(laptop: Laptop) -> None:
    assert laptop.ground.reach is reach_nothing
