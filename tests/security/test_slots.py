"""Who opens a vault and who does not: passwords, device secrets, leavers, recovery, rotation."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import argon2.low_level
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.custody.shares import make_recovery_key
from app.errors import SignInError, VaultError, WrongPasswordError
from app.security.opened_keys import keys_for_desk
from app.security.passwords import FLOOR, Cost
from app.security.rotation import begin_rotation, finish_rotation
from app.security.slots import (
    SlotMaker,
    add_person,
    change_password,
    create_slots,
    open_slot,
    open_with_recovery,
    remove_person,
    replace_grant,
    reseal,
)
from app.security.slots_file import PASSWORD_ONLY, PersonSlot, SlotsFile
from tests.security.kit import ASHA, BEN, CHEAP, NOW, PASSWORD, VAULT, Made, make, newcomer

BENS = "four quite other words"


def with_slot(slots: SlotsFile, **changes: object) -> SlotsFile:
    return msgspec.structs.replace(slots, people=(msgspec.structs.replace(slots.people[0], **changes),))


def test_the_right_password_opens_the_same_master_key(made: Made) -> None:
    with open_slot(made.slots, ASHA, PASSWORD, made.secret, now=NOW) as opened:
        assert opened.masters.by_generation == made.opened.masters.by_generation
        assert opened.signing_seed == made.opened.signing_seed
        assert len(opened.masters.by_generation[1]) == 32


def test_the_database_key_is_hkdf_of_the_master_key_and_the_vault(made: Made) -> None:
    master = bytes(made.opened.masters.by_generation[1])
    expected = HKDF(SHA256(), 32, None, b"alongside/db/1" + VAULT.bytes).derive(master)
    keys = keys_for_desk(made.opened, generation=1, device_signing_seed=bytearray(32))
    assert bytes(keys.db_key) == expected
    assert keys.sqlcipher_key() == f"x'{expected.hex()}'".encode()
    assert len(keys.sqlcipher_key()) == 67


def test_a_slot_is_built_exactly_as_the_design_draws_it(made: Made) -> None:
    """Opens a slot by hand, with another Argon2 library: what later versions and recovery tools rely on."""
    slot = made.slots.people[0]
    stretched = argon2.low_level.hash_secret_raw(PASSWORD.encode(), slot.salt, 1, 64, 1, 32, argon2.low_level.Type.ID)
    info = b"alongside/kek/1" + VAULT.bytes + ASHA.bytes + (1).to_bytes(8, "big")
    kek = HKDF(SHA256(), 32, None, info).derive(stretched + bytes(made.secret))
    header = {
        "format": 1,
        "suite": made.slots.suite,
        "vault_id": str(VAULT),
        "person_id": str(ASHA),
        "shown_name": "Asha Verma",
        "slot_version": 1,
        "argon2": {"iterations": 1, "lanes": 1, "memory_kib": 64},
        "salt": b64encode(slot.salt).decode(),
        "exchange_public": b64encode(slot.exchange_public).decode(),
        "signing_public": b64encode(slot.signing_public).decode(),
        "not_after": None,
    }
    aad = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    private = AESGCM(kek).decrypt(slot.sealed_private[:12], slot.sealed_private[12:], aad)
    assert private == bytes(made.opened.exchange_seed + made.opened.signing_seed)
    master = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM).decrypt(
        slot.sealed_master[0].sealed,
        X25519PrivateKey.from_private_bytes(private[:32]),
        b"alongside/master/1" + VAULT.bytes + ASHA.bytes + (1).to_bytes(8, "big"),
    )
    assert master == bytes(made.opened.masters.by_generation[1])


def test_a_wrong_password_is_refused(made: Made) -> None:
    with pytest.raises(WrongPasswordError):
        open_slot(made.slots, ASHA, PASSWORD + " ", made.secret, now=NOW)


def test_the_password_alone_opens_nothing_on_another_account(made: Made) -> None:
    with pytest.raises(WrongPasswordError):
        open_slot(made.slots, ASHA, PASSWORD, bytearray(os.urandom(32)), now=NOW)


def test_a_password_only_slot_never_opens_as_one_with_a_secret_nor_the_other_way() -> None:
    alone = make(None, keyring=PASSWORD_ONLY)
    with open_slot(alone.slots, ASHA, PASSWORD, None, now=NOW) as opened:
        assert opened.masters.by_generation == alone.opened.masters.by_generation
    claimed = msgspec.structs.replace(alone.slots, keyring="SecretService")
    with pytest.raises(WrongPasswordError):
        open_slot(claimed, ASHA, PASSWORD, bytearray(32), now=NOW)
    with pytest.raises(ValueError, match="device secret"):
        open_slot(alone.slots, ASHA, PASSWORD, bytearray(32), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"shown_name": "Ben Okafor"},
        {"slot_version": 2},
        {"salt": bytes(16)},
        {"argon2": Cost(memory_kib=72, iterations=1, lanes=1)},
        {"exchange_public": bytes(32)},
        {"signing_public": bytes(32)},
        {"not_after": NOW + timedelta(days=3_650)},
        {"person_id": BEN},
        {"sealed_private": bytes(92)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_field_of_a_header_can_be_changed_by_somebody_without_the_password(
    made: Made, change: dict[str, object]
) -> None:
    altered = with_slot(made.slots, **change)
    with pytest.raises(WrongPasswordError):
        open_slot(altered, altered.people[0].person_id, PASSWORD, made.secret, now=NOW)


def test_a_slot_carried_into_another_vault_does_not_open(made: Made) -> None:
    elsewhere = msgspec.structs.replace(made.slots, vault_id=BEN)
    with pytest.raises(WrongPasswordError):
        open_slot(elsewhere, ASHA, PASSWORD, made.secret, now=NOW)


def test_a_master_key_sealed_for_another_place_is_damage_and_not_a_key(made: Made) -> None:
    grown = add_person(made.slots, made.opened.masters, newcomer(BEN, "Ben Okafor", BENS), made.maker)
    asha, ben = grown.people
    swapped = msgspec.structs.replace(
        grown, people=(msgspec.structs.replace(asha, sealed_master=ben.sealed_master), ben)
    )
    with pytest.raises(VaultError) as refused:
        open_slot(swapped, ASHA, PASSWORD, made.secret, now=NOW)
    assert refused.value.code == "slots.damaged"


def test_a_grant_is_renewed_without_the_password(made: Made) -> None:
    renewed = replace_grant(made.slots, ASHA, {"role": "coordinator", "signature": "ab"})
    assert renewed.version == 2
    assert renewed.people[0].grant["role"] == "coordinator"
    open_slot(renewed, ASHA, PASSWORD, made.secret, now=NOW).clear()


def test_a_slot_that_has_ended_says_so_only_to_who_has_the_password(made: Made) -> None:
    ending = replace(newcomer(), not_after=NOW)
    slots, _ = create_slots(
        vault_id=VAULT,
        keyring="SecretService",
        first=ending,
        recovery_public=made.recovery_public,
        maker=made.maker,
    )
    open_slot(slots, ASHA, PASSWORD, made.secret, now=NOW).clear()
    later = NOW + timedelta(seconds=1)
    with pytest.raises(SignInError) as ended:
        open_slot(slots, ASHA, PASSWORD, made.secret, now=later)
    assert ended.value.code == "auth.slot_ended"
    with pytest.raises(WrongPasswordError):
        open_slot(slots, ASHA, "something else entirely", made.secret, now=later)


def test_a_colleague_is_added_and_both_open_the_same_vault(made: Made) -> None:
    grown = add_person(made.slots, made.opened.masters, newcomer(BEN, "Ben Okafor", BENS), made.maker)
    with (
        open_slot(grown, BEN, BENS, made.secret, now=NOW) as ben,
        open_slot(grown, ASHA, PASSWORD, made.secret, now=NOW) as asha,
    ):
        assert ben.masters.by_generation == asha.masters.by_generation
        assert ben.signing_seed != asha.signing_seed
    with pytest.raises(WrongPasswordError):
        open_slot(grown, BEN, PASSWORD, made.secret, now=NOW)


def test_nobody_is_added_twice_nor_beyond_64(made: Made) -> None:
    with pytest.raises(VaultError) as twice:
        add_person(made.slots, made.opened.masters, newcomer(), made.maker)
    assert twice.value.code == "slots.already_there"
    others = [msgspec.structs.replace(made.slots.people[0], person_id=UUID(int=number)) for number in range(64)]
    full = msgspec.structs.replace(made.slots, people=tuple(others))
    with pytest.raises(VaultError) as refused:
        add_person(full, made.opened.masters, newcomer(BEN), made.maker)
    assert refused.value.code == "slots.full"


def test_a_removed_person_has_no_slot_and_the_last_one_is_not_removed(made: Made) -> None:
    grown = add_person(made.slots, made.opened.masters, newcomer(BEN, "Ben Okafor", BENS), made.maker)
    left = remove_person(grown, ASHA)
    with pytest.raises(SignInError) as gone:
        open_slot(left, ASHA, PASSWORD, made.secret, now=NOW)
    assert gone.value.code == "auth.no_slot"
    with pytest.raises(VaultError) as last:
        remove_person(left, BEN)
    assert last.value.code == "slots.last_person"


def test_a_changed_password_makes_a_new_key_pair(made: Made) -> None:
    changed = change_password(made.slots, made.opened.masters, ASHA, BENS, made.maker, cost=CHEAP)
    before, after = made.slots.people[0], changed.people[0]
    assert after.exchange_public != before.exchange_public
    assert after.signing_public != before.signing_public
    assert after.slot_version == 2
    assert (after.shown_name, after.grant) == (before.shown_name, before.grant)
    with open_slot(changed, ASHA, BENS, made.secret, now=NOW) as opened:
        assert opened.masters.by_generation == made.opened.masters.by_generation
    with pytest.raises(WrongPasswordError):
        open_slot(changed, ASHA, PASSWORD, made.secret, now=NOW)


def test_sealing_anew_at_a_dearer_cost_keeps_keys_and_password(made: Made) -> None:
    dearer = Cost(memory_kib=128, iterations=2, lanes=1)
    end = NOW + timedelta(days=14)
    with open_slot(made.slots, ASHA, PASSWORD, made.secret, now=NOW) as opened:
        raised = reseal(made.slots, opened, PASSWORD, made.maker, cost=dearer, shown_name="Asha V", not_after=end)
    slot: PersonSlot = raised.people[0]
    assert (slot.argon2, slot.shown_name, slot.not_after) == (dearer, "Asha V", end)
    assert slot.exchange_public == made.slots.people[0].exchange_public
    assert slot.salt != made.slots.people[0].salt
    open_slot(raised, ASHA, PASSWORD, made.secret, now=NOW).clear()


def test_no_slot_is_made_below_the_floor_unless_a_test_hands_in_another(made: Made) -> None:
    for secret in (made.secret, None):
        shipped = SlotMaker(device_secret=secret, random_bytes=os.urandom)
        with pytest.raises(ValueError, match="least cost"):
            change_password(made.slots, made.opened.masters, ASHA, BENS, shipped, cost=CHEAP)
    without_keyring = SlotMaker(device_secret=None, random_bytes=os.urandom)
    with pytest.raises(ValueError, match="least cost"):
        without_keyring.check_cost(FLOOR)  # 64 MiB is enough with a device secret only.
    SlotMaker(device_secret=made.secret, random_bytes=os.urandom).check_cost(FLOOR)


def test_the_cost_that_ships_opens_as_the_cheap_one_does(made: Made) -> None:
    shipped = SlotMaker(device_secret=made.secret, random_bytes=os.urandom)
    slots = change_password(made.slots, made.opened.masters, ASHA, BENS, shipped, cost=FLOOR)
    open_slot(slots, ASHA, BENS, made.secret, now=NOW).clear()


def test_the_recovery_key_opens_the_vault_without_any_device_secret(made: Made) -> None:
    masters = open_with_recovery(made.slots, made.recovery_private)
    assert masters.by_generation == made.opened.masters.by_generation
    new_account = replace(made.maker, device_secret=bytearray(os.urandom(32)))
    recovered = change_password(made.slots, masters, ASHA, BENS, new_account, cost=CHEAP)
    open_slot(recovered, ASHA, BENS, new_account.device_secret, now=NOW).clear()


def test_another_recovery_key_opens_nothing(made: Made) -> None:
    other, _ = make_recovery_key(os.urandom)
    with pytest.raises(SignInError) as refused:
        open_with_recovery(made.slots, other)
    assert refused.value.code == "auth.wrong_recovery_key"


def test_a_rotation_serves_who_stays_and_ends_the_way_in_of_who_leaves(made: Made) -> None:
    grown = add_person(made.slots, made.opened.masters, newcomer(BEN, "Ben Okafor", BENS), made.maker)
    turning, both = begin_rotation(
        grown,
        made.opened.masters,
        leaving=(ASHA,),
        recovery_public=made.recovery_public,
        random_bytes=os.urandom,
    )
    assert turning.generations == (1, 2)
    with open_slot(turning, BEN, BENS, made.secret, now=NOW) as ben:
        assert set(ben.masters.by_generation) == {1, 2}
        assert ben.masters.by_generation == both.by_generation
    with open_slot(turning, ASHA, PASSWORD, made.secret, now=NOW) as asha:
        assert set(asha.masters.by_generation) == {1}
    done = finish_rotation(turning)
    assert done.generations == (2,)
    assert [slot.person_id for slot in done.people] == [BEN]
    with open_slot(done, BEN, BENS, made.secret, now=NOW) as ben:
        assert set(ben.masters.by_generation) == {2}
        assert ben.masters.db_key(2) != made.opened.masters.db_key(1)
    assert set(open_with_recovery(done, made.recovery_private).by_generation) == {2}


def test_a_planted_public_key_is_never_let_into_a_new_generation(made: Made) -> None:
    planted = with_slot(made.slots, exchange_public=make_recovery_key(os.urandom)[1])
    with pytest.raises(VaultError) as refused:
        begin_rotation(
            planted,
            made.opened.masters,
            recovery_public=made.recovery_public,
            random_bytes=os.urandom,
        )
    assert refused.value.code == "slots.altered"


def test_a_rotation_starts_once_and_leaves_somebody(made: Made) -> None:
    def begin(slots: SlotsFile, leaving: tuple[object, ...] = ()) -> SlotsFile:
        turned, _ = begin_rotation(
            slots,
            made.opened.masters,
            leaving=leaving,  # type: ignore[arg-type]
            recovery_public=made.recovery_public,
            random_bytes=os.urandom,
        )
        return turned

    with pytest.raises(VaultError) as again:
        begin(begin(made.slots))
    assert again.value.code == "slots.rotation_open"
    with pytest.raises(VaultError) as nobody:
        begin(made.slots, (ASHA,))
    assert nobody.value.code == "slots.last_person"


def test_leaving_a_slot_overwrites_every_key_and_no_key_shows_in_a_repr(made: Made) -> None:
    opened = open_slot(made.slots, ASHA, PASSWORD, made.secret, now=NOW)
    keys = keys_for_desk(opened, generation=1, device_signing_seed=bytearray(b"d" * 32))
    assert opened.signing_seed.hex() not in repr(opened)
    assert all(part not in repr((opened, keys, made.maker, newcomer())) for part in ("bytearray", PASSWORD))
    with opened:
        pass
    assert opened.masters.by_generation[1] == bytearray(32)
    assert opened.exchange_seed == opened.signing_seed == bytearray(32)
    assert keys.db_key != bytearray(32)  # The desk's copies are its own.
    keys.clear()
    assert keys.db_key == keys.person_signing_seed == keys.device_signing_seed == bytearray(32)
