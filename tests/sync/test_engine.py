"""One cycle against a service on a real socket and a real vault, also when something gives way in the middle."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Raw

from app.domain.bodies import body_of
from app.domain.canonical import canonical
from app.domain.codes import PersonStatus, RecordType, Role
from app.domain.ids import DeviceId, IdSource, OrganisationId, RecordId, ScopeId, UserId
from app.domain.person import Person
from app.errors import NetworkError, ServiceError
from sync.client.progress import CycleReport, Progress, Stage
from sync.client.signed import RevokedError
from sync.protocol.framing import decode_frame
from sync.protocol.limits import PUSH_MOST_OPS
from sync.protocol.messages import (
    FETCH,
    HEADS,
    PING,
    PULL,
    PUSH,
    RECEIPT,
    TOKEN,
    ErrorCode,
    OpLine,
    PageEnd,
    PageHeader,
    PullRequest,
    PushEnd,
    PushHeader,
    ReceiptRequest,
    ResultLine,
    ResultState,
    RowLine,
)
from sync.protocol.proof import sign_control
from tests.sync.conftest import Exchange
from tests.sync.tiny_service import NOW, Answer, Call, TinyService, applied

SITE, INTAKE = UUID(int=0x51), UUID(int=0x52)
IDS = IdSource(lambda: datetime(2026, 5, 3, 9, tzinfo=UTC), os.urandom)


@pytest.fixture(autouse=True)
def _two_scopes(service: TinyService) -> None:
    service.scopes = {SITE: [], INTAKE: []}
    service.epochs = {SITE: 81, INTAKE: 7}


def person(name: str, person_id: UUID | None = None, **more: Any) -> Person:
    return Person(
        id=RecordId(person_id or IDS()),
        org=OrganisationId(UUID(int=0xA)),
        created_at=datetime(2026, 5, 3, 9, tzinfo=UTC),
        created_by=UserId(UUID(int=0xB)),
        created_role=Role.OUTREACH_WORKER,
        device=DeviceId(UUID(int=0xD)),
        known_as=name,
        **more,
    )


def present(who: Person, seq: int, *, rev: int = 1) -> RowLine:
    return RowLine(
        kind="P",
        seq=seq,
        record_type="person",
        id=who.id,
        agg_id=who.aggregate,
        rev=rev,
        body=Raw(canonical(body_of(who))),
    )


def drop(who: Person, seq: int) -> RowLine:
    return RowLine(kind="D", seq=seq, id=who.id, why="consent")


def record(exchange: Exchange, who: Person) -> Person:
    with exchange.laptop.vault.transaction(actor=exchange.laptop.actor, now=exchange.laptop.clock()) as work:
        return work.create(who)


def rename(exchange: Exchange, who: Person, name: str) -> None:
    with exchange.laptop.vault.transaction(actor=exchange.laptop.actor, now=exchange.laptop.clock()) as work:
        work.change(Person, who.id, fields={"known_as": name})


def known_as(exchange: Exchange, who: Person) -> str | None:
    with exchange.laptop.vault.reading() as read:
        found = read.find(Person, who.id)
    return None if found is None else found.known_as


def people(exchange: Exchange) -> int:
    with exchange.laptop.vault.reading() as read:
        return read.count(RecordType.PERSON)


def when(path: str, answer: Callable[[Call], Answer | None]) -> Callable[[Call], Answer | None]:
    return lambda call: answer(call) if call.path == path else None


def test_a_first_cycle_takes_everything_in_and_says_so(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person(f"Person {number}"), number) for number in range(1, 1401)]
    service.scopes[INTAKE] = [present(person("Sam"), 40)]

    report = exchange.run()

    assert isinstance(report, CycleReport)
    assert (report.got, report.at_head, report.cleaned, people(exchange)) == (1401, True, True, 1401)
    assert report.changed == {RecordType.PERSON}
    assert {scope.id: (scope.cursor, scope.epoch, scope.start) for scope in exchange.held.scopes()} == {
        SITE: (1400, 81, None),
        INTAKE: (40, 7, None),
    }
    assert service.cleaned == {SITE: 1400, INTAKE: 40}
    loading = [step for step in exchange.steps if isinstance(step, Progress) and step.first_load]
    assert loading
    assert all(step.stage is Stage.GETTING for step in loading)


def test_steps_come_in_the_order_that_protects_people(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))

    exchange.run()

    ours = [path for path in service.paths() if path != PING]
    # Two calls for the token: the first proof has no window nonce yet.
    assert ours[-5:] == [TOKEN, HEADS, PUSH, PULL, RECEIPT]


def test_what_is_recorded_here_is_sent_once_and_confirmed(exchange: Exchange, service: TinyService) -> None:
    who = record(exchange, person("Sam"))
    rename(exchange, who, "Samira")
    assert exchange.outbox.waiting().new == 2

    report = exchange.run()
    again = exchange.run()

    assert (report.sent, report.waiting.unsent, again.sent) == (2, 0, 0)
    assert [(lane, op.kind, op.seq) for lane, op in service.pushed] == [(1, "create", 1), (1, "patch", 2)]
    assert service.pushed[0][1].changes["known_as"] == "Sam"
    assert (service.pushed[1][1].changes, service.pushed[1][1].base) == ({"known_as": "Samira"}, {"known_as": "Sam"})


def test_lane_numbers_go_on_without_a_gap(exchange: Exchange, service: TinyService) -> None:
    for number in range(3):
        record(exchange, person(f"Person {number}"))
        exchange.run()

    headers = [call.frame.header(PushHeader) for call in service.calls if call.path == PUSH]
    assert [header.prev for header in headers] == [0, 1, 2]
    assert len({header.lane_epoch for header in headers}) == 1


def test_a_reply_that_is_lost_leads_to_the_same_bytes_again(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))

    # Once more than the laptop asks by itself.
    cuts = [1, 2]

    def lost(call: Call) -> Answer | None:
        if not cuts:
            return None
        cuts.pop()
        this, service.fault = service.fault, lambda _call: None
        answer = service.answer(call)
        service.fault = this
        answer.cut = 20
        return answer

    service.fault = when(PUSH, lost)
    with pytest.raises(NetworkError):
        exchange.run()
    assert exchange.outbox.waiting().sent == 1

    report = exchange.run()

    lines = [call.frame.raw_lines() for call in service.calls if call.path == PUSH]
    assert lines[0] == lines[-1]
    assert (report.sent, report.waiting.unsent, len(service.pushed)) == (1, 0, 1)


def test_a_portal_changes_nothing_and_is_remembered(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))
    service.fault = lambda _call: Answer(200, b"<html>Sign in</html>", {"X-Sync-Proto": "1"})

    with pytest.raises(NetworkError) as caught:
        exchange.run()

    device = exchange.held.device()
    assert caught.value.code == device.last_trouble == "network.portal"
    assert device.last_trouble_at == exchange.laptop.clock()
    assert exchange.outbox.waiting().new == 1
    assert not service.pushed


def test_a_success_ends_the_trouble(exchange: Exchange, service: TinyService) -> None:
    service.fault = lambda call: service.refuse(call, ErrorCode.BUSY)
    with pytest.raises(ServiceError):
        exchange.run()
    service.fault = lambda _call: None

    exchange.run()

    device = exchange.held.device()
    assert (device.last_trouble, device.last_success_at) == ("", exchange.laptop.clock())


def test_an_idle_cycle_is_one_request(exchange: Exchange, service: TinyService) -> None:
    exchange.run()
    service.calls.clear()

    exchange.run()

    assert service.paths() == [HEADS]


def test_a_laptop_confirms_where_it_stands_every_hour(exchange: Exchange, service: TinyService) -> None:
    exchange.run()
    service.calls.clear()

    exchange.now_s += 3601
    exchange.run()

    assert service.paths() == [TOKEN, HEADS, RECEIPT]


def test_a_drop_is_gone_before_it_is_reported_gone(exchange: Exchange, service: TinyService) -> None:
    sam = person("Sam")
    service.scopes[SITE] = [present(sam, 1)]
    exchange.run()
    service.scopes[SITE] = [drop(sam, 2)]
    order: list[str] = []
    really_clean = exchange.held.clean
    exchange.held.clean = lambda: order.append("clean") or really_clean()  # type: ignore[method-assign, func-returns-value]
    service.fault = when(RECEIPT, lambda _call: order.append("receipt"))  # type: ignore[arg-type, func-returns-value]

    report = exchange.run()

    assert (report.removed, report.cleaned, known_as(exchange, sam)) == (1, True, None)
    assert order == ["clean", "receipt"]
    assert service.cleaned[SITE] == 2


def test_what_could_not_be_cleaned_is_not_reported_and_tried_again(exchange: Exchange, service: TinyService) -> None:
    sam = person("Sam")
    service.scopes[SITE] = [present(sam, 1)]
    exchange.run()
    service.scopes[SITE] = [drop(sam, 2)]
    service.calls.clear()

    with exchange.laptop.vault.reading() as read:
        read.count(RecordType.PERSON)  # somebody is still reading the old pages
        report = exchange.run()

    assert not report.cleaned
    assert service.cleaned[SITE] == 1
    assert exchange.run().cleaned
    assert service.cleaned[SITE] == 2


def test_withdrawals_leave_before_everything_else(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))
    record(exchange, person("Kim"))
    with exchange.laptop.vault.writing() as connection:
        connection.exec_driver_sql("UPDATE outbox SET lane = 0 WHERE seq = 2")

    exchange.run()

    assert [lane for lane, _op in service.pushed] == [0, 1]
    assert [(exchange.outbox.lane(lane).acked, exchange.outbox.lane(lane).next_seq) for lane in (0, 1)] == [(1, 2)] * 2
    assert [op.changes["known_as"] for _lane, op in service.pushed] == ["Kim", "Sam"]


def test_a_merged_answer_is_shown_here(exchange: Exchange, service: TinyService) -> None:
    who = record(exchange, person("Sam"))
    body = body_of(person("Samira", who.id))
    service.answer_op = lambda op: ResultLine(op_id=op.op_id, state=ResultState.MERGED, rev=3, body=body)

    report = exchange.run()

    assert known_as(exchange, who) == "Samira"
    assert report.changed == {RecordType.PERSON}


def test_one_refused_op_holds_nobody_up(exchange: Exchange, service: TinyService) -> None:
    refused = record(exchange, person("Sam"))
    record(exchange, person("Kim"))

    def answer(op: OpLine) -> ResultLine:
        if op.record_id == refused.id:
            return ResultLine(op_id=op.op_id, state=ResultState.REJECTED, code="not_permitted")
        return applied(op)

    service.answer_op = answer

    assert exchange.run().waiting.unsent == 0
    with exchange.laptop.vault.writing() as connection:
        reasons = connection.exec_driver_sql("SELECT reason FROM attention").scalars().all()
    assert reasons == ["rejected"]


def test_answers_to_other_ops_settle_nothing(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))
    record(exchange, person("Kim"))
    spoils: tuple[Callable[[list[ResultLine]], list[ResultLine]], ...] = (
        lambda lines: [msgspec.structs.replace(lines[0], op_id=UUID(int=9)), lines[1]],
        lambda lines: lines[:1],
        lambda lines: [lines[0], lines[0]],
        lambda lines: lines[::-1],
        lambda lines: [*lines, lines[0]],
        lambda _lines: [],
    )

    for number, spoil in enumerate(spoils):

        def odd(call: Call, spoil: Callable[[list[ResultLine]], list[ResultLine]] = spoil) -> Answer:
            ops = call.frame.lines(OpLine)
            end = PushEnd(acked=ops[-1].seq, server_time=NOW)
            return service.frame(call, *spoil([applied(op) for op in ops]), end=end)

        service.fault = when(PUSH, odd)
        with pytest.raises(NetworkError):
            exchange.run()

        assert exchange.outbox.waiting().sent == 2, number


def test_a_batch_that_is_too_large_goes_by_halves(exchange: Exchange, service: TinyService) -> None:
    for number in range(40):
        record(exchange, person(f"Person {number}"))

    def fussy(call: Call) -> Answer | None:
        return service.refuse(call, ErrorCode.TOO_LARGE) if call.frame.count > 20 else None

    service.fault = when(PUSH, fussy)

    report = exchange.run()

    assert (report.sent, len(service.pushed)) == (40, 40)
    assert max(call.frame.count for call in service.calls if call.path == PUSH) <= PUSH_MOST_OPS


def test_a_token_the_service_forgot_is_renewed_once(exchange: Exchange, service: TinyService) -> None:
    exchange.run()
    service.tokens.clear()
    service.calls.clear()

    exchange.run()

    assert service.paths() == [HEADS, TOKEN, HEADS]


def test_a_service_that_never_takes_its_own_token_is_left_alone(exchange: Exchange, service: TinyService) -> None:
    service.fault = when(HEADS, lambda call: service.refuse(call, ErrorCode.TOKEN))

    with pytest.raises(ServiceError) as caught:
        exchange.run()

    assert caught.value.code == "service.token"
    assert service.paths().count(HEADS) == 2


def test_a_token_is_renewed_before_it_ends(exchange: Exchange, service: TinyService) -> None:
    exchange.run()
    service.calls.clear()

    exchange.now_s += 550
    exchange.run()

    assert service.paths() == [TOKEN, HEADS]


def test_a_scope_taken_away_takes_its_people_with_it(exchange: Exchange, service: TinyService) -> None:
    sam, kim = person("Sam"), person("Kim")
    service.scopes[SITE], service.scopes[INTAKE] = [present(sam, 1)], [present(sam, 1), present(kim, 2)]
    exchange.run()
    assert people(exchange) == 2

    del service.scopes[INTAKE]
    cleaned: list[bool] = []
    really_clean = exchange.held.clean
    exchange.held.clean = lambda: cleaned.append(really_clean()) or cleaned[-1]  # type: ignore[func-returns-value, method-assign]
    report = exchange.run()

    assert cleaned == [True]
    assert RecordType.PERSON in report.changed
    assert (known_as(exchange, sam), known_as(exchange, kim)) == ("Sam", None)
    assert [scope.id for scope in exchange.held.scopes()] == [SITE]


def test_an_own_change_with_a_revision_not_held_here_is_fetched(exchange: Exchange, service: TinyService) -> None:
    sam = person("Sam")
    service.scopes[SITE] = [RowLine(kind="K", seq=1, id=sam.id, rev=4)]
    service.bodies[sam.id] = RowLine(
        kind="P",
        record_type="person",
        id=sam.id,
        agg_id=sam.aggregate,
        rev=4,
        body=Raw(canonical(body_of(sam))),
    )

    exchange.run()

    assert FETCH in service.paths()
    assert known_as(exchange, sam) == "Sam"
    assert [scope.cursor for scope in exchange.held.scopes() if scope.id == ScopeId(SITE)] == [1]


def test_a_fetch_that_the_network_cut_off_is_made_up_for_in_the_next_cycle(
    exchange: Exchange, service: TinyService
) -> None:
    sam = person("Sam")
    service.scopes[SITE] = [present(person("Kim"), 1), RowLine(kind="K", seq=2, id=sam.id, rev=4)]
    service.bodies[sam.id] = msgspec.structs.replace(present(sam, 2), seq=0, rev=4)
    service.fault = lambda call: service.refuse(call, ErrorCode.BUSY) if call.path == FETCH else None

    with pytest.raises(ServiceError, match="busy"):
        exchange.run()
    (site,) = (scope for scope in exchange.held.scopes() if scope.id == ScopeId(SITE))
    assert (site.cursor, site.at_head) == (1, False)

    service.fault = lambda _call: None
    report = exchange.run()

    assert known_as(exchange, sam) == "Sam"
    assert report.at_head


def test_a_record_of_a_later_version_is_kept_for_the_update(exchange: Exchange, service: TinyService) -> None:
    row = present(person("Sam"), 1)
    service.scopes[SITE] = [msgspec.structs.replace(row, record_type="peer_group")]

    report = exchange.run()

    assert (report.at_head, people(exchange)) == (True, 0)


def test_fields_of_a_later_version_stay_in_the_body(exchange: Exchange, service: TinyService) -> None:
    sam = person("Sam")
    body = canonical({**body_of(sam), "favourite_colour": "teal"})
    service.scopes[SITE] = [msgspec.structs.replace(present(sam, 1), body=Raw(body))]

    exchange.run()

    with exchange.laptop.vault.reading() as read:
        assert (read.body(RecordType.PERSON, sam.id) or {})["favourite_colour"] == "teal"


ODD_ROWS: tuple[dict[str, Any], ...] = (
    {"seq": 0},
    {"scope_index": 7},
    {"kind": "X"},
    {"kind": "U"},
    {"agg_id": None},
    {"rev": None},
    {"record_type": ""},
    {"body": Raw(b"[]")},
    {"seq": 10**9},
)


def test_a_page_with_an_odd_row_is_refused_whole(exchange: Exchange, service: TinyService) -> None:
    exchange.run()
    service.scopes[SITE] = [present(person("Sam"), 1), present(person("Kim"), 2)]
    honest = service._pull

    for odd in ODD_ROWS:

        def spoiled(call: Call, odd: dict[str, Any] = odd) -> Answer:
            frame = decode_frame(honest(call).body, nonce=call.nonce)
            first, second = frame.lines(RowLine)
            lines = [first, msgspec.structs.replace(second, **odd)]
            return service.frame(call, *lines, header=frame.header(PageHeader), end=frame.end(PageEnd))

        service.fault = when(PULL, spoiled)
        with pytest.raises(NetworkError):
            exchange.run()

        assert people(exchange) == 0, odd
        assert {scope.cursor for scope in exchange.held.scopes()} == {0}, odd


class SpoiledPage:
    """The parts of an honest page, to be spoiled in one way."""

    def __init__(self, answer: Answer, call: Call) -> None:
        frame = decode_frame(answer.body, nonce=call.nonce)
        self.header, self.lines, self.end = frame.header(PageHeader), frame.lines(RowLine), frame.end(PageEnd)

    def backwards(self) -> None:
        self.lines = []
        self.end.scopes[0] = msgspec.structs.replace(self.end.scopes[0], seq=4)

    def repeated(self) -> None:
        self.lines.reverse()

    def other_scopes(self) -> None:
        self.header.scopes.reverse()

    def endless(self) -> None:
        self.lines = []
        ends = [msgspec.structs.replace(end, seq=seq) for end, seq in zip(self.end.scopes, (5, 0), strict=True)]
        self.end = msgspec.structs.replace(self.end, more=True, scopes=ends)

    def other_epoch(self) -> None:
        self.header.scopes[0] = msgspec.structs.replace(self.header.scopes[0], epoch=82)

    def odd_sums(self) -> None:
        self.end.scopes[0] = msgspec.structs.replace(self.end.scopes[0], d=["1", "2", "3", "-4"])


def test_a_page_that_would_lose_or_repeat_rows_is_refused(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person("Kim"), 5)]
    exchange.run()
    service.scopes[SITE] += [present(person("Sam"), 6), present(person("Alex"), 7)]
    honest = service._pull

    for spoil in (
        SpoiledPage.backwards,
        SpoiledPage.repeated,
        SpoiledPage.other_scopes,
        SpoiledPage.endless,
        SpoiledPage.other_epoch,
        SpoiledPage.odd_sums,
    ):

        def spoiled(call: Call, spoil: Callable[[SpoiledPage], None] = spoil) -> Answer:
            page = SpoiledPage(honest(call), call)
            spoil(page)
            return service.frame(call, *page.lines, header=page.header, end=page.end)

        service.fault = when(PULL, spoiled)
        with pytest.raises(NetworkError):
            exchange.run()

        assert people(exchange) == 1, spoil
        assert {scope.cursor for scope in exchange.held.scopes()} == {5, 0}, spoil

    service.fault = lambda _call: None
    exchange.run()
    assert people(exchange) == 3


def test_a_cycle_is_stopped_between_two_steps_and_goes_on_later(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person(f"Person {number}"), number) for number in range(1, 1401)]
    seen: list[Progress] = []

    report = exchange.engine.run(cancelled=lambda: people(exchange) >= 500, report=seen.append)

    assert report.cancelled
    assert 500 <= people(exchange) < 1400
    assert not report.at_head
    assert exchange.run().at_head
    assert people(exchange) == 1400


def test_every_page_is_told_as_it_lands(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person(f"Person {number}"), number) for number in range(1, 701)]

    exchange.run()

    landed = [step for step in exchange.steps if isinstance(step, Progress) and step.changed]
    assert [step.done for step in landed] == [500, 700]


def test_a_page_lost_in_the_middle_of_a_first_load_is_asked_for_again(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person(f"Person {number}"), number) for number in range(1, 1401)]

    # Once more than the laptop asks by itself.
    cuts = [1, 2]

    def second_page_cut(call: Call) -> Answer | None:
        if call.frame.one(PullRequest).scopes[0].seq == 0 or not cuts:
            return None
        cuts.pop()
        this, service.fault = service.fault, lambda _call: None
        answer = service.answer(call)
        service.fault = this
        answer.cut = 100
        return answer

    service.fault = when(PULL, second_page_cut)
    with pytest.raises(NetworkError):
        exchange.run()
    # A portal test follows a cut reply; the pages taken in stay.
    assert people(exchange) == 500

    exchange.run()

    assert people(exchange) == 1400
    asked = [call.frame.one(PullRequest).scopes[0] for call in service.calls if call.path == PULL]
    assert [(scope.seq, scope.start) for scope in asked[:3]] == [(0, None), (500, 1400), (500, 1400)]


def test_an_order_to_give_up_the_vault_is_obeyed_only_with_the_services_signature(
    exchange: Exchange, service: TinyService
) -> None:
    honest = service.signed(revoke=str(service.device_id), serial=1, wipe=True, rescue=False)
    forged = sign_control(honest, Ed25519PrivateKey.generate())
    another = service.signed(revoke=str(UUID(int=1)), serial=1, wipe=True, rescue=False)

    for order in (forged, another, {"revoke": str(service.device_id)}, {}):
        service.fault = lambda call, order=order: service.refuse(call, ErrorCode.REVOKED, revocation=order)  # type: ignore[misc]
        with pytest.raises(NetworkError):
            exchange.run()

    service.fault = lambda call: service.refuse(call, ErrorCode.REVOKED, revocation=honest)
    with pytest.raises(RevokedError) as caught:
        exchange.run()
    assert (caught.value.code, caught.value.order.serial) == ("service.revoked", 1)

    exchange.held.remember(control_serial=1)
    with pytest.raises(NetworkError):
        exchange.run()


def test_an_order_may_also_come_with_a_token(exchange: Exchange, service: TinyService) -> None:
    service.control = [service.signed(revoke=str(service.device_id), serial=1, wipe=False, rescue=False)]
    record(exchange, person("Sam"))

    with pytest.raises(RevokedError):
        exchange.run()

    assert not service.pushed


def test_a_new_lease_is_kept_and_a_forged_one_is_not(exchange: Exchange, service: TinyService) -> None:
    later = service.signed(lease=str(service.device_id), issued_at="2026-06-01T00:00:00Z", until="2026-06-15T00:00:00Z")
    service.lease = lambda: later  # type: ignore[method-assign]
    exchange.run()
    assert exchange.held.device().lease_until == datetime(2026, 6, 15, tzinfo=UTC)

    forged = sign_control({**later, "until": "2036-06-15T00:00:00Z"}, Ed25519PrivateKey.generate())
    service.lease = lambda: forged  # type: ignore[method-assign]
    exchange.now_s += 4000
    with pytest.raises(NetworkError):
        exchange.run()

    assert exchange.held.device().lease_until == datetime(2026, 6, 15, tzinfo=UTC)


def test_a_forged_audit_receipt_settles_nothing(exchange: Exchange, service: TinyService) -> None:
    record(exchange, person("Sam"))
    fields = {"device": str(service.device_id), "seq": 9, "head": "00" * 32, "at": "2026-05-03T10:14:00Z"}

    def answered(receipt: dict[str, object]) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            ops = call.frame.lines(OpLine)
            end = PushEnd(acked=ops[-1].seq, server_time=datetime(2026, 5, 3, tzinfo=UTC), audit=receipt)
            return service.frame(call, *map(applied, ops), end=end)

        return answer

    service.fault = when(PUSH, answered(sign_control(fields, Ed25519PrivateKey.generate())))
    with pytest.raises(NetworkError):
        exchange.run()
    assert exchange.outbox.waiting().sent == 1

    service.fault = when(PUSH, answered(service.signed(**fields)))
    exchange.run()
    assert exchange.held.device().audit_receipt["seq"] == 9


def test_a_laptop_without_a_service_says_so(exchange: Exchange, service: TinyService) -> None:
    exchange.held.remember(device_id=None)

    with pytest.raises(ServiceError) as caught:
        exchange.run()

    assert caught.value.code == "service.not_enrolled"
    assert not service.calls


def test_the_receipt_names_every_scope_with_its_cursor(exchange: Exchange, service: TinyService) -> None:
    service.scopes[SITE] = [present(person("Sam"), 3)]

    exchange.run()

    sent = [call for call in service.calls if call.path == RECEIPT][-1].frame.one(ReceiptRequest)
    assert {(scope.id, scope.epoch, scope.seq, scope.cleaned) for scope in sent.scopes} == {
        (SITE, 81, 3, 3),
        (INTAKE, 7, 0, 0),
    }


def test_a_closed_person_is_still_a_person(exchange: Exchange, service: TinyService) -> None:
    sam = person("Sam", status=PersonStatus.DIED, died_on=date(2026, 5, 1))
    service.scopes[SITE] = [present(sam, 1)]

    exchange.run()

    assert known_as(exchange, sam) == "Sam"
