"""A snapshot put back on a laptop that exchanges: what was acknowledged comes back, what was withdrawn does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.domain.ids import PersonId
from app.domain.person import Person
from app.paths import LaptopPaths
from app.storage.backup import Snapshot
from app.use_cases import stops
from app.use_cases.restoring import ask_restore, put_back, read_restoring, set_aside_in, take_back_wish
from tests.helpers.central import AllianceService
from tests.helpers.vaults import open_copy
from tests.sync.alliance import Enrolled, agree, register, send, started, traces


def test_a_withdrawn_person_stands_in_no_snapshot_once_the_laptop_says_so(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = _shared(ward, intake, alliance, "Rosamund Thistle")
    before = intake.vault.take_snapshot()
    assert _stands_in(intake, before, tmp_path / "before", "Thistle")
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()
    report = intake.sync()
    assert report.cleaned
    (left,) = intake.vault.snapshots.all
    assert not _stands_in(intake, left, tmp_path / "after", "Thistle")
    held = [path for path in before.path.parent.glob("*.db") if path.stat().st_size]
    assert held == [left.path]


def test_what_was_sent_comes_back_and_who_was_withdrawn_meanwhile_goes_again(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = _shared(ward, intake, alliance, "Ottoline Brackenridge")
    snapshot = intake.vault.take_snapshot()
    # The copy is of before: meanwhile one is withdrawn, whom the laptop drops, and another arrives.
    _shared(ward, intake, alliance, "Persephone Larkspur")
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()

    aside = _put_back(intake, snapshot)
    assert traces(intake, "Brackenridge")
    assert traces(intake, "Larkspur") == []
    report = intake.sync()

    assert traces(intake, "Brackenridge") == []
    assert traces(intake, "Larkspur")
    assert not report.cleaned, "what lies aside holds the person still"
    for path in aside.iterdir():
        path.unlink()
    aside.rmdir()
    assert intake.sync().cleaned


def test_a_wards_own_work_of_after_the_copy_comes_back_if_it_was_sent(
    ward: Enrolled, alliance: AllianceService
) -> None:
    register(ward, alliance, "Known Before")
    ward.sync()
    snapshot = ward.vault.take_snapshot()
    sent = register(ward, alliance, "Sent After")
    ward.sync()
    _put_back(ward, snapshot)
    assert sent not in _people(ward)
    written = register(ward, alliance, "Written Again")
    report = ward.sync()
    assert ward.vault.snapshots.all == (snapshot,), "an exchange that removed nobody makes no copy anew"
    assert {sent, written} <= set(_people(ward))
    assert report.waiting.unsent == 0
    assert ward.attention() == []


def _shared(ward: Enrolled, intake: Enrolled, alliance: AllianceService, name: str) -> PersonId:
    person = register(ward, alliance, name)
    agree(ward, alliance, person)
    send(ward, alliance, person)
    ward.sync()
    intake.sync()
    assert traces(intake, name.split()[1])
    return person


def _people(laptop: Enrolled) -> dict[PersonId, str]:
    with laptop.vault.reading() as read:
        return {found.person_id: found.known_as for found in read.all(Person)}


def _put_back(laptop: Enrolled, snapshot: Snapshot) -> Path:
    """Cut the file, and put the snapshot in its place as the next sign-in does; returns where the file lies aside."""
    paths, inner = LaptopPaths(folder=laptop.vault.path.parent), laptop.laptop
    laptop.vault.close()
    paths.vault.write_bytes(paths.vault.read_bytes()[:-4096])
    ask_restore(paths, snapshot, fault="vault.truncated", now=inner.clock())
    wish = read_restoring(paths)
    assert wish is not None
    put_back(paths, wish, bytearray(inner.key), expected=inner.expected, chain=lambda _: None)
    take_back_wish(paths)
    inner.reopen()
    started(laptop)
    (aside,) = set_aside_in(paths.folder)
    return aside


def _stands_in(laptop: Enrolled, snapshot: Snapshot, folder: Path, words: str) -> bool:
    folder.mkdir()
    copy = folder / "vault.db"
    copy.write_bytes(snapshot.path.read_bytes())
    vault = open_copy(laptop.laptop, copy)
    try:
        return bool(traces(replace(laptop, laptop=replace(laptop.laptop, vault=vault)), words))
    finally:
        vault.close()
