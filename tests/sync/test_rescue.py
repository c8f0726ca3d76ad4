"""Unsent work that leaves a laptop sealed: fresh while there is any, and opened by two custodians."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.custody.sealing import CUSTODIANS, Receiver, header_of_sealed, open_sealed
from app.custody.shares import join, make_recovery_key, split
from app.errors import VaultError
from app.security.sealed_outbox import read_sealed
from app.storage.unsent import unsent_ops
from sync.client.apply import op_line
from sync.client.rescue import Sealing, content_of, keep_sealed
from sync.protocol.framing import FrameError
from sync.protocol.messages import OpLine
from sync.protocol.rescue import unpack_pushes
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, register

VAULT = UUID("01890000-0000-7000-8000-0000000000aa")
PERSON = uuid4()


class Custody:
    """Three custodians, one person, and what a laptop seals to them."""

    def __init__(self, folder: Path) -> None:
        private, public = make_recovery_key(os.urandom)
        self.shares = split(private, os.urandom)
        self.person_seed = bytearray(os.urandom(32))
        self.sealing = Sealing(
            path=folder / "outbox.sealed",
            vault_id=VAULT,
            receivers=(
                Receiver(owner=CUSTODIANS, public=public),
                Receiver(
                    owner=PERSON,
                    public=X25519PrivateKey.from_private_bytes(self.person_seed).public_key().public_bytes_raw(),
                ),
            ),
            random_bytes=os.urandom,
        )

    @property
    def sealed(self) -> bytes:
        found = read_sealed(self.sealing.path)
        assert found is not None
        return found


@pytest.fixture
def custody(tmp_path: Path) -> Custody:
    return Custody(tmp_path)


def ops_in(content: bytes) -> list[OpLine]:
    return [op for push in unpack_pushes(content) for op in push.ops]


def unsent(laptop: Enrolled) -> list[OpLine]:
    return [op_line(op) for _, ops in sorted(unsent_ops(laptop.vault).lanes.items()) for op in ops]


def test_two_custodians_open_unsent_work_byte_for_byte(
    alliance: AllianceService, ward: Enrolled, custody: Custody
) -> None:
    person = register(ward, alliance, "Samira Quillfeather")
    ward.outbox.freeze(1, most_ops=2, most_bytes=10_000_000)
    agree(ward, alliance, person)
    written = content_of(unsent_ops(ward.vault))

    count = keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())

    for one, other in ((0, 1), (1, 2), (2, 0)):
        private = join(custody.shares[one], custody.shares[other])
        assert open_sealed(custody.sealed, private) == written
    assert ops_in(written) == unsent(ward)
    assert count == header_of_sealed(custody.sealed).count == ward.outbox.waiting().unsent
    numbers = [op.seq for op in ops_in(written)]
    assert {0, 1} < set(numbers), "frozen ops keep their numbers, the others have none"


def test_the_person_who_worked_opens_it_too(alliance: AllianceService, ward: Enrolled, custody: Custody) -> None:
    register(ward, alliance)
    keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())

    assert ops_in(open_sealed(custody.sealed, custody.person_seed, owner=PERSON)) == unsent(ward)


def test_nothing_of_a_person_stands_in_the_file(alliance: AllianceService, ward: Enrolled, custody: Custody) -> None:
    register(ward, alliance, "Samira Quillfeather")
    keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())

    assert "Quillfeather" in str(ops_in(content_of(unsent_ops(ward.vault))))
    for trace in (b"Quillfeather", "Quillfeather".encode("utf-16-le"), b"07700", b"person"):
        assert trace not in custody.sealed


def test_it_goes_with_the_last_change_that_was_confirmed(
    alliance: AllianceService, ward: Enrolled, custody: Custody
) -> None:
    register(ward, alliance)
    keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())
    assert custody.sealing.path.exists()

    ward.sync()
    assert keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock()) == 0

    assert not custody.sealing.path.exists()


def test_another_key_one_share_or_a_changed_byte_opens_nothing(
    alliance: AllianceService, ward: Enrolled, custody: Custody
) -> None:
    register(ward, alliance)
    keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())
    private = join(custody.shares[0], custody.shares[1])
    sealed = custody.sealed

    with pytest.raises(VaultError, match=r"sealed\.other_key"):
        open_sealed(sealed, make_recovery_key(os.urandom)[0])
    with pytest.raises(VaultError, match=r"sealed\.other_key"):
        open_sealed(sealed, custody.person_seed)
    end = sealed.index(b"\n")
    for place in (*range(0, end, 37), end, end + 1, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(VaultError):
            open_sealed(bytes(changed), private)
    for cut in (0, 1, end, end + 5, len(sealed) - 1):
        with pytest.raises(VaultError):
            open_sealed(sealed[:cut], private)


def test_a_content_that_was_cut_is_taken_for_nothing(alliance: AllianceService, ward: Enrolled) -> None:
    register(ward, alliance)
    content = content_of(unsent_ops(ward.vault))
    for cut in (1, 4, 5, len(content) // 2, len(content) - 1):
        with pytest.raises(FrameError):
            unpack_pushes(content[:cut])
    assert unpack_pushes(b"") == []


def test_many_changes_of_one_kind_come_back_in_their_order(
    alliance: AllianceService, ward: Enrolled, custody: Custody
) -> None:
    for number in range(40):
        register(ward, alliance, f"Invented Person{number}")
    assert len(unsent(ward)) > 100, "more than one frame"

    keep_sealed(ward.vault, custody.sealing, now=ward.laptop.clock())

    private = join(custody.shares[0], custody.shares[2])
    assert ops_in(open_sealed(custody.sealed, private)) == unsent(ward)
