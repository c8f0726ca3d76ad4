"""Files between laptops: up after their record, down on a click or ahead of it, on after a cut, and gone."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

import resources
from app.domain.attachment import Attachment
from app.domain.clocks import london_day
from app.domain.codes import ConsentMethod, Decision, NoteLevel, PackageField, Purpose, Role, Scope
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.errors import DiskFullError, NetworkError
from app.sealed_file import SEALED_CHUNK_BYTES
from app.use_cases import attachments, consents, people, referrals, stops
from app.use_cases.attachments import FileState
from sync.central.seed import Seed
from sync.client.transport import RefusedError
from sync.protocol.blob import blob_path
from tests.faults.proxy import Exchange, Fault, Proxy, pass_on
from tests.helpers import files
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send, started

LETTER = files.PDF + os.urandom(2 * 1024 * 1024 + 500)
"""Three chunks."""


@pytest.fixture
def colleague(enrolled: Callable[..., Enrolled]) -> Enrolled:
    return enrolled("ward")


def lay(laptop: Enrolled, person: PersonId, tmp_path: Path, content: bytes = LETTER, **named: Any) -> Attachment:
    note = people.add_note(
        laptop.vault, **laptop.act, person_id=person, text="See the letter.", level=NoteLevel.PARTNERS_AGREED
    )
    path = tmp_path / "letter.pdf"
    path.write_bytes(content)
    return attachments.add_file(laptop.vault, **laptop.act, parent=note.id, path=path, title="Letter", **named)


def view(laptop: Enrolled, person: PersonId) -> attachments.FileView:
    ((found,),) = attachments.files_beside(laptop.vault, actor=laptop.actor, person_id=person).values()
    return found


def content(laptop: Enrolled, laid: Attachment) -> bytes:
    return attachments.read_file(laptop.vault, **laptop.act, attachment_id=laid.id)[1]


def on_disk(laptop: Enrolled) -> list[str]:
    folder = laptop.vault.files.folder
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def through(laptop: Enrolled, proxy: Proxy) -> None:
    """Let a laptop reach the service through a proxy from now on."""
    laptop.net._address = proxy.address


@pytest.fixture
def proxy(alliance: AllianceService) -> Any:
    made = Proxy(alliance.address)
    yield made
    made.stop()


def test_a_file_travels_after_its_record_and_a_colleague_of_the_ward_has_it_before_asking(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = register(ward, alliance)
    laid = lay(ward, person, tmp_path)
    assert view(ward, person).state is FileState.ONLY_HERE
    report = ward.sync()
    assert (report.waiting.unsent, report.goes_on) == (0, False)
    assert (view(ward, person).state, view(ward, person).is_removable) == (FileState.RECEIVED, False)
    colleague.sync()
    assert view(colleague, person).state is FileState.RECEIVED
    assert content(colleague, laid) == LETTER
    assert on_disk(colleague) == [f"{laid.sha256}.sealed"]


@pytest.mark.parametrize("seed", range(4))
def test_a_line_that_breaks_at_any_byte_costs_one_chunk_and_nothing_else(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, tmp_path: Path, proxy: Proxy, seed: int
) -> None:
    random = Random(seed)
    person = register(ward, alliance, f"Ottilie Brackwater {seed}")
    laid = lay(ward, person, tmp_path)
    through(ward, proxy)
    through(colleague, proxy)
    sent: list[int] = []

    def cut(exchange: Exchange) -> None:
        if not exchange.path.startswith("/v1/blob/") or exchange.head.startswith(b"HEAD") or random.random() < 0.4:
            if exchange.head.startswith(b"PUT"):
                sent.append(len(exchange.body))
            pass_on(exchange)
        elif exchange.head.startswith(b"PUT"):
            exchange.forward(share=random.random())
            exchange.reset()
        else:
            raw = exchange.forward()
            exchange.answer(raw[: random.randrange(len(raw))])
            exchange.reset()

    with proxy.faulty(cut):
        rounds = until_still(ward) + until_still(colleague)
    assert content(colleague, laid) == LETTER
    assert view(ward, person).state is FileState.RECEIVED
    assert sent == [SEALED_CHUNK_BYTES, SEALED_CHUNK_BYTES, len(LETTER) + 48 - 2 * SEALED_CHUNK_BYTES], rounds


def until_still(laptop: Enrolled) -> int:
    """Exchange until a cycle ends well; returns how many it took."""
    for count in range(1, 60):
        try:
            if not laptop.sync().goes_on:
                return count
        except NetworkError:
            continue
    raise AssertionError("it never ended")


def portal(exchange: Exchange) -> None:
    page = b"<html>Accept the terms</html>"
    exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))


def stale(exchange: Exchange) -> None:
    """Answer with a piece that was right once, under another nonce."""
    raw = exchange.forward()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"x-nonce")]
    exchange.answer(b"\r\n".join([*lines, b"X-Nonce: " + b"0" * 32]) + b"\r\n\r\n" + body)


def flipped(exchange: Exchange) -> None:
    """Change one bit of what is given out."""
    head, _, body = exchange.forward().partition(b"\r\n\r\n")
    exchange.answer(head + b"\r\n\r\n" + body[:100] + bytes([body[100] ^ 1]) + body[101:])


@pytest.mark.parametrize("fault", [portal, stale, flipped])
def test_what_is_not_the_file_is_never_kept(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, tmp_path: Path, proxy: Proxy, fault: Fault
) -> None:
    person = register(ward, alliance, f"Perpetua Lanternwick {fault.__name__}")
    laid = lay(ward, person, tmp_path)
    ward.sync()
    through(colleague, proxy)

    def on_files(exchange: Exchange) -> None:
        (fault if exchange.path.startswith("/v1/blob/") else pass_on)(exchange)

    with proxy.faulty(on_files), pytest.raises(NetworkError):
        colleague.sync()
    assert f"{laid.sha256}.sealed" not in on_disk(colleague)
    colleague.sync()
    assert content(colleague, laid) == LETTER


def test_a_portal_that_answers_the_sending_leaves_the_file_only_here(
    ward: Enrolled, alliance: AllianceService, tmp_path: Path, proxy: Proxy
) -> None:
    person = register(ward, alliance)
    lay(ward, person, tmp_path)
    through(ward, proxy)

    def on_files(exchange: Exchange) -> None:
        (portal if exchange.path.startswith("/v1/blob/") else pass_on)(exchange)

    with proxy.faulty(on_files), pytest.raises(NetworkError):
        ward.sync()
    assert (view(ward, person).state, ward.outbox.waiting().files) == (FileState.ONLY_HERE, 1)


def test_what_a_person_records_meanwhile_goes_before_the_rest_of_a_file(
    ward: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = register(ward, alliance)
    lay(ward, person, tmp_path)
    put, chunks = ward.net.put, []

    def and_a_stop(path: str, body: bytes, **named: Any) -> Any:
        chunks.append(len(body))
        if len(chunks) == 1:
            stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
        return put(path, body, **named)

    ward.net.put = and_a_stop  # type: ignore[method-assign]
    report = ward.sync()
    assert (len(chunks), report.goes_on, report.waiting.files) == (1, True, 1)
    assert view(ward, person).state is FileState.SENDING
    assert view(ward, person).done_bytes > 1_000_000
    assert not ward.sync().goes_on
    assert len(chunks) == 3


def test_a_partner_fetches_a_file_when_somebody_asks_for_it_and_loses_it_with_the_yes(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService, tmp_path: Path, partner: Enrolled
) -> None:
    person = shared_with(ward, intake, alliance)
    partner.sync()
    laid = lay(ward, person, tmp_path, ticked=True)
    ward.sync()
    partner.sync()
    assert (view(partner, person).state, on_disk(partner)) == (FileState.NOT_HERE, [])
    attachments.want_file(partner.vault, attachment_id=laid.id)
    assert view(partner, person).state is FileState.COMING
    partner.sync()
    assert content(partner, laid) == LETTER

    real = Path.unlink

    def refuse(path: Path, **named: Any) -> None:
        if path.suffix == ".sealed":
            raise OSError(errno.EIO, "dead")
        real(path, **named)

    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)
        assert not partner.sync().cleaned
    assert partner.sync().cleaned
    assert on_disk(partner) == []
    with partner.vault.writing() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM blob_queue").scalar_one() == 0


@pytest.fixture
def partner(alliance: AllianceService, tmp_path: Path) -> Any:
    made = enrol_laptop(
        tmp_path / "partner",
        alliance.slip("back_up", "partner_coordinator", ["programme"]),
        user=alliance.user("partner_coordinator"),
        role=Role.COORDINATOR,
        clock=alliance.service.clock,  # type: ignore[arg-type]
    )
    made.sync()
    yield made
    made.close()


def shared_with(ward: Enrolled, intake: Enrolled, alliance: AllianceService) -> PersonId:
    """Register somebody whom Back Up helps and whose notes and files it may read."""
    story = resources.demo_story()
    seed = Seed(alliance.administration, today=london_day(alliance.service.clock()))
    seed.agreement({**story["agreement"], "title": "With files", "fields": [each.value for each in PackageField]})
    ward.sync()
    person = register(ward, alliance, "Thessaly Marchbanks")
    agree(ward, alliance, person)
    cell = Cell(org=alliance.org("back_up"), purpose=Purpose.CASEWORK, decision=Decision.AGREED, scope=Scope.FULL_NOTES)
    form = consents.ConsentForm(
        answers=(cell,), method=ConsentMethod.SPOKEN_IN_PERSON, statement="Yes, everything.", read_back=True
    )
    consents.record_consent(ward.vault, **ward.act, person_id=person, form=form)
    referral_id, _ = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.referral_view(intake.vault, **intake.act, referral_id=referral_id)
    day = intake.laptop.clock().date()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    referrals.accept(intake.vault, **intake.act, referral_id=referral_id, first_step_on=day)
    intake.sync()
    return person


def test_a_file_taken_away_before_it_was_sent_never_leaves_and_its_colleagues_see_nothing(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = register(ward, alliance)
    laid = lay(ward, person, tmp_path)
    attachments.remove_file(ward.vault, **ward.act, attachment_id=laid.id)
    ward.sync()
    colleague.sync()
    assert attachments.files_beside(colleague.vault, actor=colleague.actor, person_id=person) == {}
    with pytest.raises(RefusedError):
        colleague.net.piece(blob_path(bytes.fromhex(laid.sha256)), 0, 100)
    attachments.put_back(ward.vault, **ward.act, attachment_id=laid.id)
    ward.sync()
    colleague.sync()
    assert content(colleague, laid) == LETTER


def test_a_full_laptop_keeps_what_it_has_of_a_file_and_goes_on_when_there_is_room(
    ward: Enrolled,
    colleague: Enrolled,
    alliance: AllianceService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = register(ward, alliance)
    laid = lay(ward, person, tmp_path)
    ward.sync()
    real, kept = os.fsync, []

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part":
            kept.append(1)
            if len(kept) == 2:
                raise OSError(errno.ENOSPC, "full")
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFullError):
            colleague.sync()
    colleague.sync()
    assert content(colleague, laid) == LETTER


def test_what_the_service_refuses_is_said_and_not_sent_again(
    ward: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = register(ward, alliance)
    lay(ward, person, tmp_path)
    with ward.vault.writing() as connection:
        connection.exec_driver_sql(
            'UPDATE outbox SET patch = replace(patch, \'"mime":"pdf"\', \'"mime":"png"\') WHERE type = \'attachment\''
        )
    ward.sync()
    ward.sync()
    assert view(ward, person).state is FileState.REFUSED
    assert ward.outbox.waiting().unsent == 0


def test_a_service_that_lost_its_files_is_given_them_again(
    ward: Enrolled, colleague: Enrolled, alliance: AllianceService, tmp_path: Path
) -> None:
    person = register(ward, alliance)
    laid = lay(ward, person, tmp_path)
    ward.sync()
    shutil.rmtree(alliance.service.settings.files)
    assert alliance.service.blobs.compare_with_disk() >= 1
    ward.held.files.offer_again()
    started(ward).sync()
    colleague.sync()
    assert content(colleague, laid) == LETTER
