"""Two laptops and the real central service: what one records the other sees, and what one stops is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.codes import (
    CommunicationNeed,
    OpKind,
    RecordType,
    ReferralState,
    Role,
)
from app.domain.ids import AggregateId, OpId, PersonId, RecordId, TxnId
from app.domain.person import Person
from app.domain.referral import ReferralEvent
from app.errors import BadInputError, GateError, NetworkError, ServiceError
from app.storage.exchange import FrozenOp
from app.use_cases import consents, referrals, stops
from sync.client.apply import op_line
from sync.client.signed import RevokedError
from sync.protocol.messages import PULL, PUSH, PushHeader, ResultLine, ResultState
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, referral, register, send, state, traces


def test_a_new_laptop_gets_the_directory_and_nobody(ward: Enrolled) -> None:
    kinds = {kind for kind, _id in ward.bodies()}

    assert {"organisation", "service", "site", "agreement", "consent_wording", "user"} <= kinds
    assert "person" not in kinds


def test_a_referral_is_seen_by_the_partner_exactly_as_it_was_shown_and_accepted(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance)
    agree(ward, alliance, person)
    referral_id, preview = send(ward, alliance, person)

    sent = ward.sync()
    intake.sync()

    assert (sent.waiting.unsent, ward.attention()) == (0, [])
    assert state(ward, referral_id) is ReferralState.SENT
    arrived = referral(intake, referral_id)
    assert arrived is not None
    assert arrived.package == preview.package
    with intake.vault.reading() as read:
        assert read.find(Person, person) is None

    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    day = intake.laptop.clock().date() + timedelta(days=7)
    referrals.accept(intake.vault, **intake.act, referral_id=referral_id, first_step_on=day)
    intake.sync()
    ward.sync()

    assert state(ward, referral_id) is ReferralState.ACCEPTED
    assert intake.attention() == []


def test_a_withdrawal_is_gone_at_the_partner_and_the_ward_has_the_receipt(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Ottoline Brackenridge")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    assert traces(intake, "Brackenridge")

    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    assert ward.outbox.freeze(0, most_ops=10, most_bytes=10**6)[0].kind is OpKind.CONSENT
    ward.sync()
    gone = intake.sync()

    assert (gone.removed > 0, gone.cleaned) == (True, True)
    assert traces(intake, "Brackenridge") == []
    assert referral(intake, referral_id) is None
    assert state(ward, referral_id) is ReferralState.WITHDRAWN

    ward.sync()
    (receipt,) = stops.removals(ward.vault, person_id=person)
    assert (receipt.org_name, receipt.removed) == ("Back Up", receipt.laptops - len(receipt.waiting))
    assert receipt.removed >= 1


def test_a_change_made_before_the_withdrawal_was_known_is_kept_for_the_home_organisation(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Rosalind Thackeray")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()

    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    report = intake.sync()

    assert report.waiting.unsent == 0
    assert referral(intake, referral_id) is None
    assert traces(intake, "Thackeray") == []


def test_two_laptops_of_one_site_hold_the_same_bytes(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    other = enrolled("ward")
    for name in ("Ines Marchetti", "Tobias Okonkwo"):
        agree(ward, alliance, register(ward, alliance, name))
    register(other, alliance, "Wilhelmina Ashdown")

    for laptop in (ward, other, ward, other):
        laptop.sync()

    assert ward.bodies() == other.bodies()
    assert {kind for kind, _id in ward.bodies()} >= {"person", "stay", "consent_event", "contact_point"}


def test_changes_to_different_fields_meet_and_nobody_is_asked(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Bertram Halloway")
    ward.sync()
    other = enrolled("ward")

    change(ward, person, known_as="Bert")
    change(other, person, comm_needs=frozenset({CommunicationNeed.NEEDS_TIME}))
    for laptop in (ward, other, ward):
        laptop.sync()

    for laptop in (ward, other):
        with laptop.vault.reading() as read:
            found = read.get(Person, person)
        assert (found.known_as, found.comm_needs) == ("Bert", {CommunicationNeed.NEEDS_TIME})
        assert laptop.attention() == []
    assert ward.bodies() == other.bodies()


def test_the_same_step_taken_on_two_laptops_is_one_step(
    ward: Enrolled, intake: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Hyacinth Loveday")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    second = enrolled("intake")
    intake.sync()
    for laptop in (intake, second):
        laptop.laptop.clock.forward(seconds=1)
        referrals.open_as_receiver(laptop.vault, **laptop.act, referral_id=referral_id)
    for laptop in (intake, second, intake, ward):
        laptop.sync()

    assert [state(laptop, referral_id) for laptop in (intake, second, ward)] == [ReferralState.RECEIVED] * 3
    assert (intake.attention(), second.attention()) == ([], [])
    assert steps(second, person) == steps(intake, person)
    assert len([step for step in steps(second, person) if step == ReferralState.RECEIVED]) == 1
    assert intake.bodies() == second.bodies()


def test_two_spellings_of_a_name_wait_for_a_person_to_decide(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Isobel Fergus")
    ward.sync()
    other = enrolled("ward")

    change(ward, person, family_name="Fergusson")
    change(other, person, family_name="Ferguson")
    for laptop in (ward, other, ward):
        laptop.sync()

    for laptop in (ward, other):
        with laptop.vault.reading() as read:
            assert read.get(Person, person).family_name == "Fergusson"
    assert other.attention() == ["conflict"]


def test_lost_replies_apply_nothing_twice(
    ward: Enrolled, enrolled: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Cassius Penhaligon")
    agree(ward, alliance, person)
    losing = {PUSH: 3, PULL: 2}

    def lose(path: str) -> bool:
        losing[path] = losing.get(path, 0) - 1
        return losing[path] >= 0

    ward.net.lose = lose  # type: ignore[method-assign]
    failures = 0
    for _cycle in range(8):
        try:
            ward.sync()
        except NetworkError:
            failures += 1
    other = enrolled("ward")

    assert failures == 5
    assert (ward.outbox.waiting().unsent, ward.attention()) == (0, [])
    assert ward.bodies() == other.bodies()
    with other.vault.reading() as read:
        assert len(read.all(Person)) == len({found.id for found in read.all(Person)})


def test_a_referral_without_consent_is_refused_at_the_service_too(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Peregrine Lockwood")
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    with ward.vault.writing() as connection:
        connection.exec_driver_sql("DELETE FROM outbox WHERE kind = 'consent'")

    ward.sync()
    intake.sync()

    assert state(ward, referral_id) is ReferralState.DRAFT
    assert "rejected" in ward.attention()
    assert referral(intake, referral_id) is None
    assert traces(intake, "Lockwood") == []


def test_a_partner_cannot_change_a_person_it_was_never_told_of(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, "Eudora Winterbourne")
    ward.sync()

    known, unknown = (push_rename(intake, aimed_at) for aimed_at in (person, PersonId(intake.vault.ids())))
    ward.sync()

    # Absent and not yours are one answer.
    assert (known.state, known.code, known.body) == (unknown.state, unknown.code, unknown.body)
    assert known.state in {ResultState.REJECTED, ResultState.HELD}
    with ward.vault.reading() as read:
        assert read.get(Person, person).known_as == "Eudora"


def test_a_revoked_laptop_is_told_with_a_signature(ward: Enrolled, alliance: AllianceService) -> None:
    alliance.administration.revoke(ward.actor.org, ward.actor.device)

    with pytest.raises(RevokedError) as caught:
        ward.sync()

    assert caught.value.order.revoke == ward.actor.device


def test_a_code_enrols_one_laptop_once(tmp_path: Path, alliance: AllianceService, clock: Clock) -> None:
    slip = alliance.ward_slip()
    user = alliance.user("outreach_worker")
    enrol_laptop(tmp_path / "first", slip, user=user, role=Role.OUTREACH_WORKER, clock=clock).close()

    with pytest.raises(ServiceError) as caught:
        enrol_laptop(tmp_path / "second", slip, user=user, role=Role.OUTREACH_WORKER, clock=clock)

    assert caught.value.code == "service.enrol_refused"


def test_a_refused_form_leaves_nothing_to_send(ward: Enrolled, alliance: AllianceService) -> None:
    person = register(ward, alliance, "Leopold Vance")
    before = ward.outbox.waiting()
    bare = consents.ConsentForm(answers=(), method=None)

    with pytest.raises((BadInputError, GateError)):
        consents.record_consent(ward.vault, **ward.act, person_id=person, form=bare)

    assert ward.outbox.waiting() == before


def steps(laptop: Enrolled, person: PersonId) -> list[ReferralState]:
    with laptop.vault.reading() as read:
        return [event.to_state for event in read.of_person(ReferralEvent, person)]


def change(laptop: Enrolled, person: PersonId, **fields: object) -> None:
    sets = {name: value for name, value in fields.items() if isinstance(value, frozenset)}
    plain = {name: value for name, value in fields.items() if name not in sets}
    laptop.laptop.clock.forward(seconds=1)
    with laptop.vault.transaction(**laptop.act) as work:
        work.change(Person, person, fields=plain, add=sets)


def push_rename(laptop: Enrolled, person: PersonId) -> ResultLine:
    """Push a change past the laptop's own rules, as a broken or hostile laptop could."""
    lane = laptop.outbox.lane(1)
    before = laptop.pushed_by_hand
    laptop.pushed_by_hand += 1
    op = FrozenOp(
        seq=lane.acked + before + 1,
        op_id=OpId(laptop.vault.ids()),
        txn=TxnId(laptop.vault.ids()),
        record_type=RecordType.PERSON,
        record_id=RecordId(person),
        agg_id=AggregateId(person),
        kind=OpKind.PATCH,
        base_rev=1,
        change={"set": {"known_as": "Somebody"}, "base": {"known_as": "Eudora"}},
        hlc="1763800000123-0-a1b2",
        schema=1,
        actor=laptop.actor.user,
    )
    header = PushHeader(lane=1, lane_epoch=lane.lane_epoch, prev=lane.acked + before)
    return laptop.net.post(PUSH, op_line(op), header=header).one(ResultLine)
