"""A laptop whose disk is full says so; what it holds stays whole, and the exchange goes on when there is room again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.codes import Role
from app.errors import DiskFullError, VaultError
from app.storage.exchange import OpStatus
from tests.faults.vault_state import state_of
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop, register

resource = pytest.importorskip("resource", reason="this system has no limit on the size of files")

ROOM = 48 * 1024
"""Bytes that are left: enough for a few small commits, and not for what is to come."""


@contextmanager
def no_file_may_grow_beyond(size_bytes: int) -> Iterator[None]:
    """Let every write beyond a size fail, as on a file system that is full."""
    with restored_limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        yield


@contextmanager
def restored_limit() -> Iterator[None]:
    """Put the limit back to what it was before the block."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [0, ROOM // 4, ROOM])
def test_a_pull_that_does_not_fit_is_taken_in_whole_or_not_at_all_and_goes_on_later(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, room: int
) -> None:
    for number in range(25):
        register(colleague, alliance, f"Isolde Featherstone {room} {number}")
    colleague.sync()
    before, held, largest = state_of(ward), ward.bodies(), ward.vault.path.stat().st_size
    with no_file_may_grow_beyond(largest + room if room else 1), pytest.raises(VaultError):
        ward.sync()
    assert ward.bodies() in (held, colleague.bodies())
    assert room or state_of(ward) == before
    assert ward.sync().at_head
    assert ward.bodies() == colleague.bodies()


def test_an_answer_that_cannot_be_written_down_is_asked_for_again(
    ward: Enrolled, alliance: AllianceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service took the ops in, and the laptop has no room for the answer: they go again, and count once."""
    person = register(ward, alliance, "Crispin Abernathy")
    post = ward.net.post

    def full_at_the_answer(*given: object, **named: object) -> object:
        frame = post(*given, **named)  # type: ignore[arg-type]
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        return frame

    monkeypatch.setattr(ward.net, "post", full_at_the_answer)
    with restored_limit(), pytest.raises(VaultError):
        ward.sync()
    monkeypatch.undo()
    assert ward.outbox.waiting().unsent > 0
    report = ward.sync()
    assert report.waiting.unsent == 0
    with ward.vault.writing() as connection:
        revision = connection.exec_driver_sql("SELECT rev FROM rec_meta WHERE id = ?", (person.bytes,)).scalar()
    assert revision == 1
    assert OpStatus.REJECTED.value not in ward.attention()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB of its own."""
    mount = shutil.which("mount")
    made = tmp_path / "disk"
    made.mkdir()
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(made)], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("no file system may be mounted here; the tests above hold the same without one")
    yield made
    subprocess.run(["umount", str(made)], check=True)


def test_a_full_disk_is_called_full(
    small_disk: Path, alliance: AllianceService, clock: Clock, behind: Callable[[], Enrolled]
) -> None:
    user = alliance.user("outreach_worker")
    laptop = enrol_laptop(small_disk, alliance.ward_slip(), user=user, role=Role.OUTREACH_WORKER, clock=clock)
    try:
        laptop.sync()
        ballast = small_disk / "ballast"
        left = shutil.disk_usage(small_disk).free
        ballast.write_bytes(bytes(max(left - ROOM, 0)))
        before = state_of(laptop)
        with pytest.raises(DiskFullError) as full:
            register_many(laptop, alliance)
        assert full.value.code == "vault.disk_full"
        ballast.unlink()
        laptop.sync()
        assert laptop.outbox.waiting().unsent == 0
        assert state_of(laptop).keys() == before.keys()
    finally:
        laptop.close()


def register_many(laptop: Enrolled, alliance: AllianceService) -> None:
    for number in range(400):
        register(laptop, alliance, f"Peregrine Loxley {number}")
