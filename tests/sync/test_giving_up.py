"""From the operator's order to the colleague who has the work: a real vault, a real service, two real custodians."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from app.custody.sealing import CUSTODIANS, Receiver
from app.custody.shares import Share, make_recovery_key, split
from app.domain.person import Person
from app.errors import NetworkError
from app.paths import LaptopPaths
from app.security.device_secret import FolderlessStore
from app.use_cases.giving_up import GivingUp, Unsent, note_order, obey, read_note
from sync.central.rescuing import import_kept, import_sealed
from sync.central.sentences import order_words
from sync.client.asking import ask_whether_revoked, read_service, remember_service
from sync.client.rescue import Sealing, carry_sealed, hand_over, keep_sealed
from sync.client.signed import RevokedError
from sync.client.transport import Transport
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, register, send

VAULT = UUID("01890000-0000-7000-8000-0000000000aa")


class Laptop:
    """An enrolled laptop that is going to be given up, and the custodians of its key."""

    def __init__(self, enrolled: Enrolled) -> None:
        self.enrolled = enrolled
        self.paths = LaptopPaths(folder=enrolled.vault.path.parent)
        private, public = make_recovery_key(os.urandom)
        self.shares = split(private, os.urandom)
        self.sealing = Sealing(
            path=self.paths.sealed_outbox,
            vault_id=VAULT,
            receivers=(Receiver(owner=CUSTODIANS, public=public),),
            random_bytes=os.urandom,
        )
        self.store = FolderlessStore(self.paths.mark)

    @property
    def two(self) -> tuple[Share, Share]:
        return self.shares[0], self.shares[2]

    def hears(self) -> GivingUp:
        """Sync, hear the order, seal, note it, and obey."""
        with pytest.raises(RevokedError) as caught:
            self.enrolled.sync()
        order, device = caught.value.order, self.enrolled.held.device()
        if order.rescue:
            keep_sealed(self.enrolled.vault, self.sealing, now=self.enrolled.laptop.clock())
        note = GivingUp(
            vault_id=VAULT,
            keyring="password_only",
            device=order.revoke,
            serial=order.serial,
            wipe=order.wipe,
            rescue=order.rescue,
            org_name=device.org_name,
            address=device.address,
            audience=device.audience,
        )
        note_order(self.paths, note)
        self.enrolled.vault.close()
        return obey(self.paths, note, self.store)

    def hands_over(self, note: GivingUp) -> GivingUp:
        return hand_over(self.paths, note, net=self.enrolled.net, signer=self.enrolled.net._signer)


@pytest.fixture
def lost(ward: Enrolled) -> Laptop:
    return Laptop(ward)


def words_for(alliance: AllianceService, laptop: Laptop) -> str:
    actor = laptop.enrolled.actor
    status = next(each for each in alliance.administration.device_status(actor.org) if each.device == actor.device)
    assert status.order is not None
    return order_words(status.order)


def revoke(alliance: AllianceService, laptop: Laptop, **how: bool) -> None:
    alliance.administration.revoke(laptop.enrolled.actor.org, laptop.enrolled.actor.device, **how)


def test_unsent_work_of_a_revoked_laptop_reaches_the_colleagues_and_the_partner(
    alliance: AllianceService, lost: Laptop, enrolled: Callable[..., Enrolled], intake: Enrolled
) -> None:
    person = register(lost.enrolled, alliance, "Samira Quillfeather")
    agree(lost.enrolled, alliance, person)
    referral_id, _ = send(lost.enrolled, alliance, person)
    revoke(alliance, lost)

    note = lost.hears()
    assert {path.name for path in lost.paths.folder.iterdir()} == {"giving_up.json", "outbox.sealed"}
    assert "not acknowledged" in words_for(alliance, lost)
    note = lost.hands_over(note)

    assert (note.unsent, note.is_told) == (Unsent.SENT, True)
    assert read_note(lost.paths) == note
    assert not lost.paths.sealed_outbox.exists()
    assert "acknowledged: wiped" in words_for(alliance, lost)
    assert "sent here sealed" in words_for(alliance, lost)
    done = import_kept(alliance.service, lost.enrolled.actor.org, lost.enrolled.actor.device, lost.two)
    assert {result.state.value for result in done.results} <= {"applied", "merged"}, done.results
    colleague = enrolled("ward")
    with colleague.vault.reading() as read:
        assert read.get(Person, person).full_name == "Samira Quillfeather"
    intake.sync()
    with intake.vault.reading() as read:
        assert read.knows(referral_id)


def test_without_a_network_the_work_stays_and_goes_at_the_next_try(alliance: AllianceService, lost: Laptop) -> None:
    register(lost.enrolled, alliance)
    revoke(alliance, lost)
    note = lost.hears()
    lost.enrolled.net._address, there = "http://127.0.0.1:9", lost.enrolled.net._address

    with pytest.raises(NetworkError):
        lost.hands_over(note)
    assert lost.paths.sealed_outbox.exists()
    assert "not acknowledged" in words_for(alliance, lost)

    lost.enrolled.net._address = there
    assert lost.hands_over(note).unsent is Unsent.SENT


def test_a_crash_between_sending_and_telling_is_told_at_the_next_try(alliance: AllianceService, lost: Laptop) -> None:
    register(lost.enrolled, alliance)
    revoke(alliance, lost)
    note = lost.hears()
    lost.enrolled.net.lose = lambda path: path == "/v1/wiped"
    with pytest.raises(NetworkError):
        lost.hands_over(note)
    lost.enrolled.net.lose = lambda _path: False

    again = read_note(lost.paths)
    assert again is not None
    assert (again.unsent, again.is_told) == (Unsent.SENT, False)
    assert lost.hands_over(again).is_told


def test_a_stick_brings_the_work_in_and_a_later_push_is_a_repeat(
    alliance: AllianceService, lost: Laptop, tmp_path: Path
) -> None:
    ward = lost.enrolled
    person = register(ward, alliance)
    ward.outbox.freeze(1, most_ops=2, most_bytes=10_000_000)
    agree(ward, alliance, person)
    keep_sealed(ward.vault, lost.sealing, now=ward.laptop.clock())
    folder = tmp_path / "stick"
    folder.mkdir()
    stick = carry_sealed(lost.sealing.path, folder)
    done = import_sealed(alliance.service, ward.actor.org, stick.read_bytes(), lost.two)
    assert {result.state.value for result in done.results} == {"applied"}

    report = ward.sync()

    assert report.waiting.unsent == 0
    assert ward.attention() == []
    with ward.vault.reading() as read:
        assert read.get(Person, person)
    assert keep_sealed(ward.vault, lost.sealing, now=ward.laptop.clock()) == 0


def test_an_order_to_lock_leaves_the_vault_and_says_so(alliance: AllianceService, lost: Laptop) -> None:
    register(lost.enrolled, alliance)
    revoke(alliance, lost, wipe=False)
    note = lost.hands_over(lost.hears())
    assert lost.enrolled.vault.path.exists()
    assert note.unsent is Unsent.SENT
    assert "locked for good" in words_for(alliance, lost)


def test_an_order_without_rescue_hands_nothing_over(alliance: AllianceService, lost: Laptop) -> None:
    register(lost.enrolled, alliance)
    keep_sealed(lost.enrolled.vault, lost.sealing, now=lost.enrolled.laptop.clock())
    revoke(alliance, lost, rescue=False)
    assert lost.hands_over(lost.hears()).unsent is Unsent.NONE
    assert "nothing was unsent" in words_for(alliance, lost)


def patient(lost: Laptop) -> Transport:
    net = lost.enrolled.net
    return Transport(
        address=net._address,
        audience=net._audience,
        signer=net._signer,
        schema=1,
        random_bytes=os.urandom,
        monotonic=time.monotonic,
        patience_s=0.7,
    )


def test_the_gate_hears_of_a_revocation_with_nobody_signed_in(alliance: AllianceService, lost: Laptop) -> None:
    remember_service(lost.paths.service, lost.enrolled.held.device())
    known = read_service(lost.paths.service)
    assert known is not None
    assert known.device == lost.enrolled.actor.device
    net = patient(lost)
    assert ask_whether_revoked(known, net) is None
    revoke(alliance, lost)
    order = ask_whether_revoked(known, net)
    assert order is not None
    assert (order.revoke, order.serial, order.wipe) == (known.device, 1, True)
    net.close()


def test_the_gate_believes_no_other_key_and_no_older_order(alliance: AllianceService, lost: Laptop) -> None:
    import msgspec

    remember_service(lost.paths.service, lost.enrolled.held.device())
    known = read_service(lost.paths.service)
    assert known is not None
    revoke(alliance, lost)
    net = patient(lost)
    assert ask_whether_revoked(msgspec.structs.replace(known, keys=(bytes(32),)), net) is None
    assert ask_whether_revoked(msgspec.structs.replace(known, serial=1), net) is None
    assert ask_whether_revoked(msgspec.structs.replace(known, device=UUID(int=1)), net) is None
    assert ask_whether_revoked(known, net) is not None
    net.close()


def test_a_gate_without_network_waits_below_three_seconds(lost: Laptop) -> None:
    import socket

    remember_service(lost.paths.service, lost.enrolled.held.device())
    known = read_service(lost.paths.service)
    assert known is not None
    net = patient(lost)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        net._address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert ask_whether_revoked(known, net) is None
        assert time.monotonic() - began < 3.0
    net.close()
    lost.paths.service.write_bytes(b"{")
    assert read_service(lost.paths.service) is None
