"""What is sent is frozen, what is answered is settled, what comes is applied whole, what must go leaves no byte."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from app.domain.bodies import body_of
from app.domain.canonical import body_hash, canonical
from app.domain.codes import ConsentMethod, Decision, DropReason, Need, Purpose, RecordType, ReferralState, Scope
from app.domain.consent_check import Cell
from app.domain.ids import AggregateId, OpId, RecordId, ScopeId
from app.domain.person import Person
from app.domain.referral import Referral
from app.storage.exchange import OpResult, OpStatus, PageScope, PulledPage, PulledRow, RowKind, ScopeGrant, present_row
from app.storage.held import Held
from app.storage.lists import attention_items
from app.storage.outbox import Outbox
from app.use_cases.consents import ConsentForm, record_consent
from app.use_cases.people import NewPerson, PersonChange, change_person, find, register_person
from app.use_cases.refer import Request, refer
from app.use_cases.stops import Stop, stop_sharing
from tests.helpers.pages import decrypted_pages
from tests.helpers.vaults import Laptop

SCOPE = ScopeId(UUID(int=77))


def _register(laptop: Laptop, name: str = "Samira Osei"):
    return register_person(
        laptop.vault, **laptop.act, form=NewPerson(full_name=name, site=laptop.sites["stoke_mandeville"])
    )


def _agree(laptop: Laptop, person, org: str = "back_up"):
    form = ConsentForm(
        answers=(
            Cell(
                org=laptop.orgs[org],
                purpose=Purpose.REFERRAL_CONTACT,
                decision=Decision.AGREED,
                scope=Scope.CONTACT_INJURY_NEEDS,
            ),
        ),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        statement="Yes",
        read_back=True,
    )
    return record_consent(laptop.vault, **laptop.act, person_id=person, form=form)


def _frozen(laptop: Laptop, lane: int = 1):
    return Outbox(laptop.vault).freeze(lane, most_ops=500, most_bytes=1_000_000)


def _page(laptop: Laptop, *rows: PulledRow, seq: int, at_head: bool = True) -> PulledPage:
    scope = PageScope(id=SCOPE, epoch=5, seq=seq, at_head=at_head)
    return PulledPage(scopes=(scope,), rows=rows, server_time=laptop.clock())


def _present(record, rev: int, seq: int, **changes) -> PulledRow:
    body = {**body_of(record), **changes}
    return present_row(
        seq=seq,
        record_id=record.id,
        agg_id=record.aggregate,
        record_type=record.TYPE.value,
        rev=rev,
        body=canonical(body),
    )


def _dropped(record, seq: int) -> PulledRow:
    return PulledRow(scope_index=0, seq=seq, kind=RowKind.DROP, id=record.id, why=DropReason.CONSENT)


def test_a_crash_after_freezing_sends_the_same_bytes_again(laptop: Laptop):
    _register(laptop)
    first = _frozen(laptop)
    laptop.reopen()
    assert _frozen(laptop) == first
    assert [op.seq for op in first] == list(range(1, len(first) + 1))


def test_numbers_of_a_lane_go_on_after_the_outbox_was_emptied(laptop: Laptop):
    _register(laptop)
    ops = _frozen(laptop)
    results = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1) for op in ops]
    Outbox(laptop.vault).settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    _register(laptop, "Bill Ferguson")
    assert _frozen(laptop)[0].seq == ops[-1].seq + 1


def test_a_transaction_is_never_split(laptop: Laptop):
    _register(laptop)
    _register(laptop, "Bill Ferguson")
    ops = Outbox(laptop.vault).freeze(1, most_ops=4, most_bytes=1_000_000)
    # Person and stay stand or fall together; the audit entry of the registration stands by itself.
    assert [op.record_type for op in ops] == [
        RecordType.PERSON,
        RecordType.STAY,
        RecordType.AUDIT_SUBJECT,
        RecordType.AUDIT_ENTRY,
    ]
    assert ops[0].txn == ops[1].txn != ops[2].txn
    assert len(Outbox(laptop.vault).freeze(1, most_ops=1, most_bytes=1_000_000)) == 2


def test_a_withdrawal_waits_in_a_lane_of_its_own(laptop: Laptop):
    person = _register(laptop)
    _agree(laptop, person)
    laptop.clock.forward(minutes=1)
    stop_sharing(laptop.vault, **laptop.act, person_id=person, stop=Stop(org=laptop.orgs["back_up"]))
    stops = _frozen(laptop, lane=0)
    assert [op.record_type for op in stops] == [RecordType.CONSENT_EVENT]
    rest = _frozen(laptop)
    assert stops[0].txn not in {op.txn for op in rest}


def test_a_refusal_that_ends_a_yes_travels_with_the_stops(laptop: Laptop):
    person = _register(laptop)
    _agree(laptop, person)
    laptop.clock.forward(minutes=1)
    form = ConsentForm(
        answers=(Cell(org=laptop.orgs["back_up"], purpose=Purpose.REFERRAL_CONTACT, decision=Decision.REFUSED),),
        method=ConsentMethod.SPOKEN_IN_PERSON,
    )
    record_consent(laptop.vault, **laptop.act, person_id=person, form=form)
    assert len(_frozen(laptop, lane=0)) == 1


def test_answers_that_come_twice_change_nothing_the_second_time(laptop: Laptop):
    _register(laptop)
    ops = _frozen(laptop)
    results = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=3) for op in ops]
    outbox = Outbox(laptop.vault)
    assert outbox.settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    assert not outbox.settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    assert outbox.waiting().unsent == 0


def test_a_refused_step_shows_the_referral_as_it_was_and_asks_a_person(laptop: Laptop):
    person = _register(laptop)
    recorded = _agree(laptop, person)
    request = Request(service_id=recorded.introductions[0], needs=frozenset({Need.COURSE}), why="Would like a course")
    sent = refer(laptop.vault, **laptop.act, person_id=person, requests=(request,))[0]
    assert sent.state is ReferralState.QUEUED
    ops = _frozen(laptop)
    results = [
        OpResult(op_id=op.op_id, status=OpStatus.REJECTED, code="gate", gate="gate_consent")
        if op.kind == "transition"
        else OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1)
        for op in ops
    ]
    Outbox(laptop.vault).settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    with laptop.vault.reading() as read:
        assert read.get(Referral, sent.referral_id).state is ReferralState.DRAFT
        items = attention_items(read.connection)
    assert [item.detail["gate"] for item in items] == ["gate_consent"]


def test_a_refused_step_to_where_the_service_stands_already_is_not_taken_back(laptop: Laptop):
    person = _register(laptop)
    recorded = _agree(laptop, person)
    request = Request(service_id=recorded.introductions[0], needs=frozenset({Need.COURSE}), why="Would like a course")
    sent = refer(laptop.vault, **laptop.act, person_id=person, requests=(request,))[0]
    ops = _frozen(laptop)
    (step,) = [op for op in ops if op.kind == "transition"]
    outbox = Outbox(laptop.vault)
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE offered AS SELECT * FROM outbox WHERE kind = 'transition'")
    taken = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1) for op in ops]
    outbox.settle(1, taken, acked=ops[-1].seq, at=laptop.clock())
    with laptop.vault.writing() as connection:
        # As after a service was put back: what it had answered is offered again.
        connection.exec_driver_sql("INSERT INTO outbox SELECT * FROM offered")

    refused = OpResult(op_id=step.op_id, status=OpStatus.REJECTED, code="bad_transition", state="queued")
    outbox.settle(1, [refused], acked=ops[-1].seq, at=laptop.clock())

    with laptop.vault.reading() as read:
        assert read.get(Referral, sent.referral_id).state is ReferralState.QUEUED


def test_a_page_and_its_cursor_are_one_commit(laptop: Laptop):
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x")])
    good, bad = _pulled_person(laptop, "Good", "Row"), _pulled_person(laptop, "Bad", "Row")
    # A body without a status breaks a constraint of the vault: nothing of its page may stay.
    rows = (_present(good, rev=1, seq=7), _present(bad, rev=1, seq=8, status=None))
    with pytest.raises(IntegrityError):
        held.apply_page(_page(laptop, *rows, seq=8))
    assert held.scopes()[0].cursor == 0
    assert find(laptop.vault, typed="good").rids == ()


def _pulled_person(laptop: Laptop, given: str, family: str) -> Person:
    return Person(
        id=RecordId(uuid4()),
        org=laptop.actor.org,
        created_at=laptop.clock(),
        created_by=laptop.actor.user,
        created_role=laptop.actor.role,
        device=laptop.actor.device,
        given_name=given,
        family_name=family,
    )


def test_a_pulled_person_is_found_and_a_dropped_one_leaves_no_byte(laptop: Laptop):
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x")])
    person = _pulled_person(laptop, "Zzcanaryzz", "Quetzalcoatlus")
    applied = held.apply_page(_page(laptop, _present(person, rev=1, seq=1), seq=1))
    assert applied.changed == {RecordType.PERSON}
    assert len(find(laptop.vault, typed="quetz").rids) == 1
    assert _is_on_a_page(laptop, b"quetzal"), "the search for left-over bytes must be able to find something"
    applied = held.apply_page(_page(laptop, _dropped(person, seq=2), seq=2))
    assert applied.dropped == 1
    assert held.clean()
    assert not _is_on_a_page(laptop, b"quetzal")
    assert not _is_on_a_page(laptop, b"zzcanary")


def _is_on_a_page(laptop: Laptop, word: bytes) -> bool:
    return any(word in page.lower() for page in decrypted_pages(laptop.vault.path, laptop.key))


def test_a_record_held_through_two_scopes_goes_with_the_last(laptop: Laptop):
    other = ScopeId(UUID(int=78))
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x"), ScopeGrant(id=other, key="programme:x")])
    person = _pulled_person(laptop, "Una", "Two")
    scopes = (PageScope(id=SCOPE, epoch=5, seq=1), PageScope(id=other, epoch=6, seq=1))
    one = _present(person, rev=1, seq=1)
    two = one._replace(scope_index=1)
    held.apply_page(PulledPage(scopes=scopes, rows=(one, two), server_time=laptop.clock()))
    assert held.apply_page(_page(laptop, _dropped(person, seq=2), seq=2)).dropped == 0
    gone = PulledRow(scope_index=0, seq=2, kind=RowKind.DROP, id=person.id)
    last = PulledPage(scopes=(PageScope(id=other, epoch=6, seq=2),), rows=(gone,), server_time=laptop.clock())
    assert held.apply_page(last).dropped == 1


def test_an_unsent_edit_stays_on_top_of_what_the_service_says(laptop: Laptop):
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x")])
    person = _pulled_person(laptop, "Will", "Ferguson")
    held.apply_page(_page(laptop, _present(person, rev=1, seq=1), seq=1))
    change_person(
        laptop.vault, **laptop.act, person_id=person.person_id, change=PersonChange(fields={"known_as": "Bill"})
    )
    held.apply_page(_page(laptop, _present(person, rev=2, seq=2, pronouns="he/him"), seq=2))
    with laptop.vault.reading() as read:
        shown = read.get(Person, person.id)
    assert (shown.known_as, shown.pronouns) == ("Bill", "he/him")


def _rename(laptop: Laptop, person, known_as: str):
    change = PersonChange(fields={"known_as": known_as})
    return change_person(laptop.vault, **laptop.act, person_id=person, change=change)


def _standing(laptop: Laptop, person) -> tuple[int | None, bytes | None, str]:
    """Revision, hash and how somebody likes to be called."""
    with laptop.vault.reading() as read:
        row = read.connection.exec_driver_sql("SELECT rev, chash FROM rec_meta WHERE id = ?", (person.bytes,)).one()
        return row.rev, row.chash, read.get(Person, person).known_as


def test_a_change_refused_beside_the_yes_to_a_new_record_is_shown_no_more(laptop: Laptop):
    person = _register(laptop)
    taken = body_hash(body_of(_rename(laptop, person, "Sam")))
    refused = _rename(laptop, person, "Sammy")
    ops = _frozen(laptop)
    about = [op for op in ops if op.record_id == refused.id]
    results = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1, chash=taken.hex()) for op in about[:2]]
    results.append(OpResult(op_id=about[2].op_id, status=OpStatus.HELD, code="actor_left"))
    Outbox(laptop.vault).settle(1, results, acked=ops[-1].seq, at=laptop.clock())
    assert _standing(laptop, person) == (1, taken, "Sam")


def test_a_revision_of_a_body_that_is_not_here_is_not_taken_for_changes_offered_again(laptop: Laptop):
    person, outbox = _register(laptop), Outbox(laptop.vault)
    _rename(laptop, person, "Sam")
    mine = body_hash(body_of(_rename(laptop, person, "Sammy")))
    ops = _frozen(laptop)
    answers = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=2, chash=mine.hex()) for op in ops]
    outbox.settle(1, answers, acked=ops[-1].seq, at=laptop.clock())
    assert _standing(laptop, person) == (2, mine, "Sammy")
    outbox.offer_again(after=None)
    ops = _frozen(laptop)
    # The service was put back, and somebody else's change came before these.
    answers = [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=3, chash="ab" * 32) for op in ops]
    outbox.settle(1, answers, acked=ops[-1].seq, at=laptop.clock())
    assert _standing(laptop, person) == (2, mine, "Sammy")


def test_a_field_this_version_does_not_know_survives_an_edit(laptop: Laptop):
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x")])
    person = _pulled_person(laptop, "Will", "Ferguson")
    held.apply_page(_page(laptop, _present(person, rev=1, seq=1, shoe_size="nine"), seq=1))
    change_person(
        laptop.vault, **laptop.act, person_id=person.person_id, change=PersonChange(fields={"known_as": "Bill"})
    )
    with laptop.vault.reading() as read:
        assert (read.body(RecordType.PERSON, person.id) or {})["shoe_size"] == "nine"


def test_a_kind_of_record_this_version_does_not_know_is_kept_as_it_came(laptop: Laptop):
    held = Held(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="site:x")])
    row = present_row(
        seq=1, record_id=RecordId(uuid4()), agg_id=AggregateId(uuid4()), record_type="hologram", rev=4,
        body=b'{"colour":"blue"}',
    )  # fmt: skip
    held.apply_page(_page(laptop, row, seq=1))
    with laptop.vault.reading() as read:
        kept = read.connection.exec_driver_sql("SELECT type, rev, body FROM unknown_record").one()
    assert tuple(kept) == ("hologram", 4, '{"colour":"blue"}')


def test_waiting_says_how_much_and_since_when(laptop: Laptop):
    began = laptop.clock()
    _register(laptop)
    laptop.clock.forward(days=3)
    waiting = Outbox(laptop.vault).waiting()
    assert waiting.unsent == 2, "person and stay; the audit entry is nothing a worker has to send"
    assert waiting.oldest_at == began
    assert laptop.clock() - waiting.oldest_at == timedelta(days=3)


def test_an_answer_to_an_op_nobody_knows_is_passed_over(laptop: Laptop):
    result = OpResult(op_id=OpId(uuid4()), status=OpStatus.APPLIED, rev=1)
    assert Outbox(laptop.vault).settle(1, [result], acked=0, at=laptop.clock()) == frozenset()


def test_what_was_written_here_and_no_scope_holds_goes_once_it_is_confirmed(laptop: Laptop):
    held, outbox = Held(laptop.vault), Outbox(laptop.vault)
    held.set_scopes([ScopeGrant(id=SCOPE, key="intake:x")])
    with laptop.vault.writing() as connection:
        # The alliance of the template came through a scope of its own.
        connection.exec_driver_sql("INSERT INTO rec_scope(sno, rid) SELECT 99, rid FROM rec_meta")
    person = _register(laptop)
    ops = _frozen(laptop)
    outbox.settle(
        1,
        [OpResult(op_id=op.op_id, status=OpStatus.APPLIED, rev=1) for op in ops],
        acked=ops[-1].seq,
        at=laptop.clock(),
    )
    held.clean()
    with laptop.vault.reading() as read:
        assert read.find(Person, person) is not None, "not before every scope was read to its head"
    held.apply_page(_page(laptop, seq=9))
    assert held.clean()
    with laptop.vault.reading() as read:
        assert read.find(Person, person) is None
        assert read.audit_head(laptop.actor.device)[0] > 0, "the audit chain is the laptop's own"
    assert not _is_on_a_page(laptop, b"samira")
