"""The service tells what a scope adds up to: the same numbers as a laptop finds, for its own scopes and heads only."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from app.domain.canonical import body_hash
from app.domain.digest import Sums, bucket_of, record_digest
from sync.protocol.messages import DIGEST, BucketLine, Compared, DigestLine, DigestRequest
from tests.central.device import AnsweredNoError, Device
from tests.central.story import register
from tests.helpers.central import AllianceService


def at_head(device: Device, kind: str) -> DigestRequest:
    """Return a request about one scope of a device, where it stands now."""
    scope, here = next((scope, here) for scope, here in device.cursors.items() if here.key.startswith(kind))
    return DigestRequest(scope=scope, epoch=here.epoch or 0, seq=here.seq, want=Compared.BUCKETS)


def buckets(device: Device, request: DigestRequest) -> list[BucketLine]:
    return device.ask("POST", DIGEST, request).lines(BucketLine)


def held(device: Device, scope: UUID) -> dict[int, Sums]:
    """Add up what a device holds of a scope, from the bodies it was sent."""
    found: dict[int, Sums] = {}
    for row in device.held[scope].values():
        digest = record_digest(row.record_type, row.id, row.rev or 0, body_hash(msgspec.json.decode(row.body)))
        found[bucket_of(row.id)] = found.get(bucket_of(row.id), Sums()).plus([digest])
    return found


def test_buckets_add_up_to_what_the_scopes_records_add_up_to(alliance: AllianceService, ward: Device) -> None:
    register(alliance, ward)
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    for kind in ("site", "reference"):
        request = at_head(other, kind)
        lines = buckets(other, request)
        assert {line.bucket: Sums(line.n, *map(int, line.d)) for line in lines} == held(other, request.scope)
        end = other.counts[request.scope]
        assert (sum(line.n for line in lines), [str(sum(int(line.d[i]) for line in lines)) for i in range(4)]) == (
            end.n,
            end.d,
        )


def test_ids_name_the_records_of_the_buckets_that_were_asked_for(alliance: AllianceService, ward: Device) -> None:
    person = register(alliance, ward)
    ward.pull()
    request = at_head(ward, "site")
    wanted = sorted({bucket_of(person.person_id), bucket_of(person.stay.id)})
    lines = ward.ask("POST", DIGEST, msgspec.structs.replace(request, want=Compared.IDS, buckets=wanted)).lines(
        DigestLine
    )
    listed = {line.id: (line.rev, line.h) for line in lines}
    assert {person.person_id, person.stay.id} <= set(listed)
    assert {bucket_of(record_id) for record_id in listed} == set(wanted)
    digest = record_digest("person", person.person_id, 1, body_hash(ward_body(alliance, person.person_id)))
    assert listed[person.person_id] == (1, digest[:8].hex())


def ward_body(alliance: AllianceService, record_id: UUID) -> dict[str, object]:
    other = Device.enrol(alliance, "aspire", "outreach_worker", ["site:stoke_mandeville"])
    other.pull()
    return other.bodies("person")[record_id]


def test_a_head_that_has_moved_on_is_said(alliance: AllianceService, ward: Device) -> None:
    ward.pull()
    request = at_head(ward, "site")
    register(alliance, ward)
    assert refused(ward, request) == (409, "moved")


def test_what_is_not_at_this_head_is_refused(alliance: AllianceService, ward: Device, intake: Device) -> None:
    for device in (ward, intake):
        device.pull()
    request = at_head(ward, "site")
    changed = msgspec.structs.replace
    assert refused(ward, changed(request, seq=request.seq + 1)) == (409, "cursor_ahead")
    assert refused(ward, changed(request, epoch=request.epoch + 1)) == (409, "epoch_changed")
    for wanted in ([], [256], [-1], list(range(33))):
        assert refused(ward, changed(request, want=Compared.IDS, buckets=wanted)) == (400, "bad_request")


def test_another_organisations_scope_and_no_scope_are_one_answer(
    alliance: AllianceService, ward: Device, intake: Device
) -> None:
    ward.pull()
    theirs, nobodys = at_head(ward, "site"), at_head(ward, "site")
    for request in (theirs, msgspec.structs.replace(nobodys, scope=intake.ids())):
        assert refused(intake, request) == (403, "scope_denied")


def refused(device: Device, request: DigestRequest) -> tuple[int, str]:
    with pytest.raises(AnsweredNoError) as no:
        device.ask("POST", DIGEST, request)
    return no.value.status, no.value.refusal.error.value
