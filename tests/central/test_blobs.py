"""Files at the service: taken in chunk by chunk, looked at, given to whoever may hold the record, deleted with it."""

from __future__ import annotations

import errno
import gc
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import resources
from app.domain.attachment import Attachment
from app.domain.clocks import london_day
from app.domain.codes import FileKind, NoteLevel, OpKind, PackageField, Purpose, Role, Scope
from app.domain.note import CaseNote
from app.sealed_file import SEALED_CHUNK_BYTES
from sync.central.blob_files import BlobFiles
from sync.central.seed import Seed
from sync.protocol.blob import CHUNK_MOST_BYTES, CONTENT_RANGE_HEADER, RANGE_HEADER, UPLOAD_OFFSET_HEADER, blob_path
from sync.protocol.messages import NONCE_HEADER, PROTOCOL_HEADER
from tests.central.device import Device
from tests.central.filing import (
    LETTER,
    Filed,
    ask_raw,
    file_beside,
    get_all,
    get_piece,
    put_all,
    put_chunk,
    sealed_beside,
)
from tests.central.story import Ward, agree, open_and_accept, push_stop, refer, register
from tests.helpers import files
from tests.helpers.central import AllianceService

SENT = [(200, "uploading"), (200, "uploading"), (201, "available")]


@pytest.fixture
def person(alliance: AllianceService, ward: Device) -> Ward:
    return register(alliance, ward)


def on_disk(alliance: AllianceService) -> list[int]:
    folder = alliance.service.settings.files
    return sorted(each.stat().st_size for each in folder.rglob("*") if each.is_file()) if folder.exists() else []


def offset(device: Device, filed: Filed) -> int | None:
    response, nonce = ask_raw(device, "HEAD", filed.path)
    assert (response.headers[PROTOCOL_HEADER], response.content) == ("1", b"")
    if response.status_code != 200:
        assert response.status_code == 404
        return None
    assert response.headers[NONCE_HEADER] == nonce
    return int(response.headers[UPLOAD_OFFSET_HEADER])


def test_a_file_is_taken_in_chunk_by_chunk_and_given_to_a_colleague(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    filed = file_beside(person)
    colleague = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    assert offset(ward, filed) == 0
    assert get_all(colleague, filed) == b""
    for place, (status, state) in zip(range(0, len(filed.sealed), SEALED_CHUNK_BYTES), SENT, strict=True):
        assert offset(ward, filed) == place
        answered, reply = put_chunk(ward, filed, place)
        assert reply is not None
        assert (answered, reply.state) == (status, state)
        assert reply.received == min(place + SEALED_CHUNK_BYTES, len(filed.sealed))
    assert get_all(colleague, filed) == filed.sealed
    assert LETTER[:8] not in b"".join(each.read_bytes() for each in alliance.service.settings.files.rglob("*/*/*"))


def test_a_chunk_that_came_already_or_is_not_the_next_changes_nothing(ward: Device, person: Ward) -> None:
    filed = file_beside(person)
    assert put_chunk(ward, filed, 0)[0] == 200
    for place in (0, 2 * SEALED_CHUNK_BYTES):
        status, reply = put_chunk(ward, filed, place)
        assert reply is not None
        assert (status, reply.received) == (200, SEALED_CHUNK_BYTES)
    assert [put_chunk(ward, filed, at)[0] for at in (SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES)] == [200, 201]
    # Once whole, any chunk is answered the same.
    assert put_chunk(ward, filed, 2 * SEALED_CHUNK_BYTES)[0] == 201


def test_bytes_with_another_hash_are_forgotten_and_may_come_again(ward: Device, person: Ward) -> None:
    filed = file_beside(person)
    put_chunk(ward, filed, 0, bytes(SEALED_CHUNK_BYTES))
    put_chunk(ward, filed, SEALED_CHUNK_BYTES)
    status, reply = put_chunk(ward, filed, 2 * SEALED_CHUNK_BYTES)
    assert reply is not None
    assert (status, reply.state, reply.received) == (200, "damaged", 0)
    assert put_all(ward, filed) == SENT


@pytest.mark.parametrize(
    "content",
    [files.archive({"a.exe": b"MZ"}), files.office(files.WORD_WITH_MACROS), files.png(), b"#!/bin/sh"],
    ids=["an archive", "macros", "another kind", "a script"],
)
def test_a_file_that_is_not_what_its_record_says_is_refused_and_nobody_gets_it(
    alliance: AllianceService, ward: Device, person: Ward, content: bytes
) -> None:
    filed = file_beside(person, content, mime=FileKind.PDF)
    assert put_all(ward, filed) == [(200, "refused")]
    assert put_all(ward, filed) == [(200, "refused")]
    assert get_all(ward, filed) == b""
    assert on_disk(alliance) == []


def test_bytes_that_the_key_of_their_record_does_not_open_are_refused(ward: Device, person: Ward) -> None:
    assert put_all(ward, file_beside(person, key="00" * 32)) == [*SENT[:2], (200, "refused")]


@pytest.mark.parametrize(
    "place",
    ["", "bytes 0-9/10", "bytes 0-1048591/99", "bytes 5-4/2097", "bytes */3", "bytes 0-99999999999/99999999999"],
)
def test_a_chunk_without_a_place_in_its_file_is_a_bad_request(ward: Device, person: Ward, place: str) -> None:
    filed = file_beside(person)
    response, _ = ask_raw(ward, "PUT", filed.path, filed.chunk(0), **{CONTENT_RANGE_HEADER: place})
    assert response.status_code == 400


def test_too_large_a_chunk_is_refused_unread(ward: Device, person: Ward) -> None:
    filed = file_beside(person)
    place = {CONTENT_RANGE_HEADER: f"bytes 0-{CHUNK_MOST_BYTES}/{len(filed.sealed)}"}
    assert ask_raw(ward, "PUT", filed.path, bytes(CHUNK_MOST_BYTES + 1), **place)[0].status_code == 413


@pytest.mark.parametrize("asked", ["bytes=9999999999-", "bytes=-5", "bytes=0-1,5-6", "lines=1-2"])
def test_a_range_that_cannot_be_is_a_bad_request(ward: Device, person: Ward, asked: str) -> None:
    filed = file_beside(person)
    put_all(ward, filed)
    assert ask_raw(ward, "GET", filed.path, **{RANGE_HEADER: asked})[0].status_code == 400
    assert get_piece(ward, filed, len(filed.sealed)).status_code == 400


@pytest.mark.parametrize("path", ["/v1/blob/", "/v1/blob/..%2f..%2fkeys", f"/v1/blob/{'AB' * 32}", "/v1/blob/x"])
def test_a_path_that_is_no_hash_is_not_found(ward: Device, path: str) -> None:
    assert {ask_raw(ward, method, path)[0].status_code for method in ("GET", "HEAD")} == {404}


# --- who may have it -----------------------------------------------------------------------------------------------


def casework(person: Ward, intake: Device) -> None:
    """Let Back Up help the person, and read notes and files."""
    story = resources.demo_story()
    fields = [field.value for field in PackageField]
    seed = Seed(person.alliance.administration, today=london_day(person.device.now()))
    seed.agreement({**story["agreement"], "title": "With notes and files", "fields": fields})
    agree(person)
    agree(person, purpose=Purpose.CASEWORK, scope=Scope.FULL_NOTES)
    refer(person, "back_up_outreach")
    open_and_accept(intake, person)


@pytest.fixture
def partner(alliance: AllianceService) -> Device:
    return Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"])


def test_a_partner_gets_a_ticked_file_while_the_person_says_yes_and_no_other(
    alliance: AllianceService, ward: Device, intake: Device, partner: Device, person: Ward
) -> None:
    ticked, own = file_beside(person, level=NoteLevel.PARTNERS_AGREED), file_beside(person)
    for filed in (ticked, own):
        put_all(ward, filed)
    assert get_all(partner, ticked) == b""
    casework(person, intake)
    assert get_all(partner, ticked) == ticked.sealed
    assert get_all(partner, own) == b""
    assert put_chunk(partner, ticked, 0)[0] == 404
    assert push_stop(person, "back_up").state == "applied"
    assert get_all(partner, ticked) == b""
    assert get_all(ward, ticked) == ticked.sealed


def test_whoever_names_a_hash_of_others_in_a_record_of_their_own_gets_nothing_of_theirs(
    alliance: AllianceService, ward: Device, intake: Device, person: Ward
) -> None:
    theirs = file_beside(person)
    put_all(ward, theirs)
    own = register(alliance, Device.enrol(alliance, "back_up", "partner_coordinator", ["programme"]))
    note = CaseNote(**own.device.header(Role.COORDINATOR), person=own.person_id, level=NoteLevel.ORGANISATION, text="x")
    stolen = sealed_beside(own, note, sha256=theirs.record.sha256, size=theirs.record.size)
    results = own.device.push(own.device.create(note, OpKind.APPEND), own.device.create(stolen.record, OpKind.APPEND))
    assert [result.state for result in results] == ["applied"] * 2, results
    assert get_all(own.device, theirs) == b""
    # Where it could tell that these bytes are here, there would be nothing to send.
    assert offset(own.device, theirs) == 0


def test_a_record_that_no_note_of_its_own_carries_is_refused(ward: Device, person: Ward) -> None:
    note = CaseNote(**ward.header(), person=person.person_id, level=NoteLevel.ORGANISATION, text="x")
    ward.push(ward.create(note, OpKind.APPEND))
    for fields, field in (({"parent": ward.ids()}, "parent"), ({"level": NoteLevel.PARTNERS_AGREED}, "level")):
        (result,) = ward.push(ward.create(sealed_beside(person, note, **fields).record, OpKind.APPEND))
        assert (result.state, result.code) == ("rejected", "constraint")
        assert result.gate == f"attachment.{field}.not_permitted"


def test_nothing_of_a_file_changes_but_that_it_was_taken_away(ward: Device, person: Ward) -> None:
    filed = file_beside(person)
    for name, value in (("title", "Other"), ("key", "00" * 32), ("level", "partners_agreed"), ("sha256", "00" * 32)):
        (result,) = ward.push(ward.patch(filed.record, "attachment", changes={name: value}))
        assert result.state == "rejected", name


# --- deleting ------------------------------------------------------------------------------------------------------


def take_away(device: Device, record: Attachment, *, is_away: bool = True) -> None:
    (result,) = device.push(device.patch(record, "attachment", changes={"archived": is_away}))
    assert result.state == "applied", result


def test_with_its_last_record_a_file_is_deleted_and_it_may_come_back(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    filed = file_beside(person)
    note = CaseNote(**ward.header(), person=person.person_id, level=NoteLevel.ORGANISATION, text="The same letter.")
    again = sealed_beside(person, note, sha256=filed.record.sha256, size=filed.record.size, key=filed.record.key)
    ward.push(ward.create(note, OpKind.APPEND), ward.create(again.record, OpKind.APPEND))
    put_all(ward, filed)
    take_away(ward, filed.record)
    assert alliance.service.blobs.sweep() == 0
    assert get_all(ward, filed) == filed.sealed
    take_away(ward, again.record)
    assert get_all(ward, filed) == b""
    assert alliance.service.blobs.sweep() == 1
    assert on_disk(alliance) == []
    take_away(ward, filed.record, is_away=False)
    assert put_all(ward, filed) == SENT


def test_a_file_that_does_not_go_is_tried_again(
    alliance: AllianceService, ward: Device, person: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = file_beside(person)
    put_all(ward, filed)
    take_away(ward, filed.record)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", _refuse)
        with pytest.raises(Exception, match="busy"):
            alliance.service.blobs.sweep()
    assert on_disk(alliance) == [len(filed.sealed)]
    assert alliance.service.blobs.sweep() == 1
    assert on_disk(alliance) == []


def _refuse(*_given: Any, **_named: Any) -> None:
    raise OSError(errno.EIO, "dead")


# --- what goes wrong -----------------------------------------------------------------------------------------------


def test_a_full_disk_keeps_what_is_there_and_the_laptop_is_told_to_come_back(
    alliance: AllianceService, ward: Device, person: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed = file_beside(person)
    put_chunk(ward, filed, 0)
    real = os.fsync

    def full(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(alliance.service.settings.files):
            raise OSError(errno.ENOSPC, "full")
        real(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        response, _ = ask_raw(
            ward,
            "PUT",
            filed.path,
            filed.chunk(SEALED_CHUNK_BYTES),
            **{CONTENT_RANGE_HEADER: f"bytes {SEALED_CHUNK_BYTES}-{2 * SEALED_CHUNK_BYTES - 1}/{len(filed.sealed)}"},
        )
    assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
    assert offset(ward, filed) == SEALED_CHUNK_BYTES
    assert [put_chunk(ward, filed, at)[0] for at in (SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES)] == [200, 201]


def test_bytes_that_a_crash_left_beyond_what_is_known_are_cut_off(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    filed = file_beside(person)
    put_chunk(ward, filed, 0)
    (path,) = (each for each in alliance.service.settings.files.rglob("*") if each.is_file())
    path.write_bytes(path.read_bytes() + b"half a chunk")
    assert [put_chunk(ward, filed, at)[0] for at in (SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES)] == [200, 201]
    assert get_all(ward, filed) == filed.sealed


def test_two_laptops_that_send_the_same_file_at_once_make_one_whole(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    filed = file_beside(person)
    colleague = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    for device in (ward, colleague):
        device.sign_in()
    senders = [threading.Thread(target=put_all, args=(device, filed)) for device in (ward, colleague)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    put_all(ward, filed)
    assert get_all(ward, filed) == filed.sealed


@pytest.mark.parametrize("how", ["read", "restored"])
def test_a_file_that_the_storage_lost_is_not_found_and_taken_in_again(
    alliance: AllianceService, ward: Device, person: Ward, how: str
) -> None:
    filed = file_beside(person)
    put_all(ward, filed)
    (path,) = (each for each in alliance.service.settings.files.rglob("*") if each.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    if how == "read":
        assert get_all(ward, filed) == b""
    else:
        assert alliance.service.blobs.compare_with_disk() == 1
    assert offset(ward, filed) == 0
    assert put_all(ward, filed) == SENT


def test_taking_in_and_giving_out_hold_no_more_of_a_large_file_than_of_a_small_one(
    alliance: AllianceService, ward: Device, person: Ward
) -> None:
    most = []
    for megabytes in (4, 24):
        filed = file_beside(person, files.PDF + bytes(megabytes * 1024 * 1024))
        tracemalloc.start()
        try:
            for at in range(0, len(filed.sealed), SEALED_CHUNK_BYTES):
                put_chunk(ward, filed, at)
                # Requests and replies refer to each other in rings, on both sides.
                gc.collect()
            for at in range(0, len(filed.sealed), SEALED_CHUNK_BYTES):
                assert get_piece(ward, filed, at).status_code == 206
                gc.collect()
            most.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    small, large = most
    assert large < small + 8 * 1024 * 1024


def test_a_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "files").write_bytes(b"")
    with pytest.raises(Exception, match="files_not_writable"):
        BlobFiles(tmp_path / "files").prove_writable()
    BlobFiles(tmp_path / "fine").prove_writable()
    assert list((tmp_path / "fine").iterdir()) == []


def test_nobody_without_a_token_learns_of_a_file(ward: Device, person: Ward) -> None:
    filed = file_beside(person)
    put_all(ward, filed)
    ward.token = f"{ward.device_id.hex}.nothing"
    assert {ask_raw(ward, method, filed.path)[0].status_code for method in ("GET", "HEAD", "PUT")} == {401}
    assert blob_path(filed.sha) == filed.path
