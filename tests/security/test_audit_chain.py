"""The audit chain: every single change, gap, swap and cut is found, and erasing a detail breaks nothing."""

from __future__ import annotations

import hashlib
import json
import os
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.security.audit_chain import (
    NO_PREVIOUS,
    ChainEntry,
    ChainFault,
    ChainPoint,
    FaultKind,
    SealedEntry,
    commit,
    entry_bytes,
    entry_hash,
    new_salt,
    new_subject_handle,
    seal_entry,
    verify_chain,
)
from app.security.device_key import DeviceKey
from tests.security.kit import ASHA, BEN, NOW, VAULT

KEY = DeviceKey(bytearray(b"k" * 32))
DEVICE = VAULT
LENGTH = 12


def make_chain(length: int = LENGTH) -> list[SealedEntry]:
    chain: list[SealedEntry] = []
    previous = NO_PREVIOUS
    draw = random.Random(3)
    for seq in range(1, length + 1):
        entry = ChainEntry(
            device=DEVICE,
            seq=seq,
            previous=previous,
            at=NOW + timedelta(seconds=seq),
            clock_doubt=False,
            actor=ASHA,
            role="outreach_worker",
            action="open_person",
            subject=new_subject_handle(draw.randbytes),
            reason="",
            commitment=commit(b"detail", salt=draw.randbytes(16)),
            app_version="1.0.0",
        )
        sealed = seal_entry(entry, KEY.sign)
        chain.append(sealed)
        previous = sealed.hash
    return chain


CHAIN = make_chain()
HEAD = ChainPoint(seq=LENGTH, hash=CHAIN[-1].hash)


def fault_of(chain: list[SealedEntry], **known: ChainPoint) -> ChainFault | None:
    return verify_chain(chain, device=DEVICE, public=KEY.public, **known)


def found(kind: FaultKind, seq: int) -> ChainFault:
    return ChainFault(kind=kind, seq=seq)


def test_a_whole_chain_has_no_fault() -> None:
    assert fault_of(CHAIN, head=HEAD, mark=HEAD) is None
    assert fault_of([]) is None
    rest = verify_chain(
        CHAIN[5:],
        device=DEVICE,
        public=KEY.public,
        after=ChainPoint(seq=5, hash=CHAIN[4].hash),
        head=HEAD,
        mark=ChainPoint(seq=3, hash=CHAIN[2].hash),
    )
    assert rest is None


def test_the_hash_is_that_of_the_design() -> None:
    content = entry_bytes(CHAIN[0].entry)
    assert json.loads(content) == json.loads(json.dumps(json.loads(content), sort_keys=True, separators=(",", ":")))
    assert (
        content == json.dumps(json.loads(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
    assert entry_hash(CHAIN[0].entry) == hashlib.sha256(b"alongside-audit-v1" + content).hexdigest()
    assert set(json.loads(content)) == {
        "version", "device", "seq", "previous", "at", "clock_doubt", "actor", "role", "action", "subject",
        "reason", "commitment", "app_version",
    }  # fmt: skip


CHANGES = [
    {"version": 2},
    {"device": BEN},
    {"previous": "ab" * 32},
    {"at": NOW},
    {"clock_doubt": True},
    {"actor": BEN},
    {"role": "it_admin"},
    {"action": "search"},
    {"subject": "0" * 32},
    {"reason": "override"},
    {"commitment": ""},
    {"app_version": "1.0.1"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
@pytest.mark.parametrize("place", [0, 5, LENGTH - 1])
def test_every_changed_field_is_found(place: int, change: dict[str, object]) -> None:
    altered = replace(CHAIN[place].entry, **change)  # type: ignore[arg-type]
    expected = found(FaultKind.ALTERED, place + 1)
    assert fault_of([*CHAIN[:place], replace(CHAIN[place], entry=altered), *CHAIN[place + 1 :]]) == expected
    # With the hash made to fit, the signature does not; with a signature of another key neither.
    rehashed = replace(CHAIN[place], entry=altered, hash=entry_hash(altered))
    assert fault_of([*CHAIN[:place], rehashed, *CHAIN[place + 1 :]]) == expected
    forged = seal_entry(altered, DeviceKey(bytearray(32)).sign)
    assert fault_of([*CHAIN[:place], forged, *CHAIN[place + 1 :]]) == expected


@pytest.mark.parametrize("change", [{"device": BEN}, {"previous": "ab" * 32}])
def test_an_entry_well_signed_but_of_another_chain_is_found(change: dict[str, object]) -> None:
    strange = seal_entry(replace(CHAIN[-1].entry, **change), KEY.sign)  # type: ignore[arg-type]
    assert fault_of([*CHAIN[:-1], strange]) == found(FaultKind.ALTERED, LENGTH)


@pytest.mark.parametrize("place", range(LENGTH))
def test_a_missing_entry_is_found_in_the_middle_and_by_the_head_at_the_end(place: int) -> None:
    without = CHAIN[:place] + CHAIN[place + 1 :]
    kind = FaultKind.TRUNCATED if place == LENGTH - 1 else FaultKind.MISSING
    assert fault_of(without, head=HEAD) == found(kind, place + 1)


@settings(max_examples=200, deadline=None)
@given(order=st.permutations(range(LENGTH)))
def test_any_other_order_is_found_as_reordered(order: list[int]) -> None:
    fault = fault_of([CHAIN[place] for place in order], head=HEAD)
    if order == list(range(LENGTH)):
        assert fault is None
    else:
        first_wrong = next(place for place, other in enumerate(order) if place != other)
        assert fault == found(FaultKind.REORDERED, first_wrong + 1)


def test_a_doubled_entry_is_found() -> None:
    assert fault_of([*CHAIN[:4], CHAIN[3], *CHAIN[4:]]) == found(FaultKind.REORDERED, 4)


@pytest.mark.parametrize("kept", range(LENGTH))
def test_every_truncation_is_found_by_the_head_and_by_the_mark(kept: int) -> None:
    assert fault_of(CHAIN[:kept], head=HEAD) == found(FaultKind.TRUNCATED, kept + 1)
    assert fault_of(CHAIN[:kept], mark=HEAD) == found(FaultKind.BELOW_MARK, kept + 1)
    assert fault_of(CHAIN[:kept]) is None  # Alone a chain proves nothing: heads must lie elsewhere.


def test_a_history_rewritten_with_the_devices_own_key_is_found_by_the_mark() -> None:
    entry = replace(CHAIN[8].entry, action="search")
    rewritten = [*CHAIN[:8], seal_entry(entry, KEY.sign)]
    for old in CHAIN[9:]:
        rewritten.append(seal_entry(replace(old.entry, previous=rewritten[-1].hash), KEY.sign))
    assert fault_of(rewritten) is None
    assert fault_of(rewritten, mark=HEAD) == found(FaultKind.BELOW_MARK, LENGTH)
    assert fault_of(rewritten, head=ChainPoint(seq=10, hash=CHAIN[9].hash)) == found(FaultKind.ALTERED, 10)
    point = ChainPoint(seq=LENGTH, hash=rewritten[-1].hash)
    assert verify_chain([], device=DEVICE, public=KEY.public, after=point, mark=HEAD) == found(
        FaultKind.BELOW_MARK, LENGTH
    )


def test_a_fresh_mark_of_no_entry_is_no_fault() -> None:
    assert fault_of([], mark=ChainPoint(seq=0, hash="")) is None


def test_ten_thousand_random_mutations_of_anchored_entries_are_all_found() -> None:
    draw = random.Random(20_260_503)
    missed = [number for number in range(10_000) if fault_of(mutated(draw), head=HEAD, mark=HEAD) is None]
    assert missed == []


def mutated(draw: random.Random) -> list[SealedEntry]:
    chain = list(CHAIN)
    place = draw.randrange(LENGTH)
    match draw.randrange(6):
        case 0:
            del chain[place]
        case 1:
            del chain[place:]
        case 2:
            other = (place + draw.randrange(1, LENGTH)) % LENGTH
            chain[place], chain[other] = chain[other], chain[place]
        case 3:
            chain[place] = replace(chain[place], entry=replace(chain[place].entry, **draw.choice(CHANGES)))  # type: ignore[arg-type]
        case 4:
            signature = bytearray(chain[place].signature)
            signature[draw.randrange(64)] ^= draw.randrange(1, 256)
            chain[place] = replace(chain[place], signature=bytes(signature))
        case _:
            chain.insert(place, chain[draw.randrange(LENGTH)])
    return chain


def test_erasing_detail_and_salt_leaves_the_chain_whole_and_the_detail_unguessable() -> None:
    salt = new_salt(os.urandom)
    commitment = commit(b"male, T6, Stoke Mandeville", salt=salt)
    assert commit(b"male, T6, Stoke Mandeville", salt=salt) == commitment
    assert commit(b"male, T6, Stoke Mandeville", salt=new_salt(os.urandom)) != commitment
    with pytest.raises(ValueError, match="salt"):
        commit(b"x", salt=b"")
    assert b"Mandeville" not in b"".join(entry_bytes(sealed.entry) for sealed in CHAIN)


def test_handles_of_one_person_made_twice_have_nothing_in_common() -> None:
    handles = {new_subject_handle(os.urandom) for _ in range(100)}
    assert len(handles) == 100
    assert all(len(handle) == 32 for handle in handles)
