"""Two records of one person on two laptops become one everywhere, and two again: nothing is lost and no no is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.codes import ConsentMethod, ContactKind, Decision, MayUse, NoteLevel, Purpose, Role
from app.domain.consent_check import Cell
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId, ReferralId
from app.domain.names import NameTables
from app.domain.note import CaseNote
from app.domain.person import ContactPoint, Person, Stay
from app.domain.person_merge import PersonMerge
from app.domain.task import Task
from app.errors import BadInputError, NotPermittedError
from app.use_cases import consents, joining, people, referrals
from app.use_cases.joining import PairView, Standing, decide_same, open_pair, undo_merge
from app.use_cases.same_person import possible_same
from sync.protocol.messages import DIGEST
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, referral, register, send

NAMES = NameTables()


@pytest.fixture
def coordinator(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Enrolled]:
    slip = alliance.slip("aspire", "ward_coordinator", ["programme", "site:stoke_mandeville"])
    laptop = enrol_laptop(
        tmp_path / "office", slip, user=alliance.user("ward_coordinator"), role=Role.COORDINATOR, clock=clock
    )
    laptop.sync()
    yield laptop
    laptop.close()


@pytest.fixture
def second(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Enrolled]:
    """Another laptop of the same coordinator."""
    slip = alliance.slip("aspire", "ward_coordinator", ["programme"])
    laptop = enrol_laptop(
        tmp_path / "home", slip, user=alliance.user("ward_coordinator"), role=Role.COORDINATOR, clock=clock
    )
    laptop.sync()
    yield laptop
    laptop.close()


@pytest.fixture
def pair(ward: Enrolled, coordinator: Enrolled, alliance: AllianceService) -> tuple[PersonId, PersonId]:
    """One person, registered on the ward and again in the office."""
    one = register(ward, alliance, "William Fergusson")
    ward.laptop.clock.forward(seconds=2)
    other = people.register_person(
        coordinator.vault,
        **coordinator.act,
        form=people.NewPerson(
            full_name="Bill Ferguson",
            contact_kind=ContactKind.MOBILE,
            contact_value="07700 900123",
            may_use=frozenset({MayUse.VOICEMAIL}),
            site=alliance.site("stoke_mandeville"),
            ward="Heron",
        ),
    )
    for laptop in (ward, coordinator, ward):
        laptop.sync()
    return one, other


def shown(laptop: Enrolled, pair: tuple[PersonId, PersonId]) -> PairView:
    return open_pair(laptop.vault, **laptop.act, one=pair[1], other=pair[0], names=NAMES)


def make_one(laptop: Enrolled, pair: tuple[PersonId, PersonId], **more: object) -> PersonMerge:
    view = shown(laptop, pair)
    chosen = {name: view.one.person[name] for name in view.person_fields}
    assert view.one.stay is not None
    return decide_same(laptop.vault, **laptop.act, pair=view, chosen=chosen, stay=view.one.stay.id, **more)


def held(laptop: Enrolled, pair: tuple[PersonId, PersonId]) -> set[PersonId]:
    """Which of the two a laptop holds; the service of these tests knows the pairs of the others, too."""
    with laptop.vault.reading() as read:
        return {person for person in pair if read.find(Person, person) is not None}


def of(laptop: Enrolled, kind: type, person: PersonId) -> list:
    with laptop.vault.reading() as read:
        return list(read.of_person(kind, person))


def the_merge(laptop: Enrolled, person: PersonId) -> PersonMerge:
    (merge,) = of(laptop, PersonMerge, person)
    return merge


def test_both_laptops_show_one_person_and_after_undoing_both_again(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    one, other = pair
    before = [laptop.bodies() for laptop in (ward, coordinator)]
    asked = [laptop.net.paths.count(DIGEST) for laptop in (ward, coordinator)]
    bodies = [of(ward, Person, each)[0] for each in pair]
    assert held(ward, pair) == held(coordinator, pair) == {one, other}

    make_one(coordinator, pair)
    assert held(coordinator, pair) == {one, other}
    assert shown(coordinator, pair).standing is Standing.WAITING
    for laptop in (coordinator, ward):
        laptop.sync()

    assert held(ward, pair) == held(coordinator, pair) == {one}
    assert coordinator.attention() == ward.attention() == []
    for laptop in (ward, coordinator):
        assert of(laptop, Person, other) == of(laptop, Stay, other) == of(laptop, ContactPoint, other) == []
        assert {stay.person for stay in of(laptop, Stay, one)} == {one}
        assert [stay.ward for stay in of(laptop, Stay, one) if stay.is_open] == ["St Andrew"]
        (contact,) = (each for each in of(laptop, ContactPoint, one) if not each.archived)
        assert contact.may_use == frozenset()

    undo_merge(coordinator.vault, **coordinator.act, merge_id=the_merge(coordinator, one).id)
    for laptop in (coordinator, ward):
        laptop.sync()

    assert [of(ward, Person, each)[0] for each in pair] == bodies
    for laptop, then in zip((ward, coordinator), before, strict=True):
        assert held(laptop, pair) == {one, other}
        now = laptop.bodies()
        for (kind, record_id), (_, body) in then.items():
            assert now[kind, record_id][1] == body, kind
    # At every head both sides added up to the same: nobody had to look where they differ.
    assert [laptop.net.paths.count(DIGEST) for laptop in (ward, coordinator)] == asked
    assert {key: ward.bodies()[key] for key in ward.bodies() if key in coordinator.bodies()} == {
        key: body for key, body in coordinator.bodies().items() if key in ward.bodies()
    }


def test_what_a_laptop_wrote_about_the_other_meanwhile_reaches_the_one(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    one, other = pair
    people.add_note(ward.vault, **ward.act, person_id=other, text="Asked for a call.", level=NoteLevel.ORGANISATION)
    people.change_person(
        ward.vault, **ward.act, person_id=other, change=people.PersonChange(fields={"known_as": "Billy"})
    )
    make_one(coordinator, pair)
    for laptop in (coordinator, ward, coordinator, ward):
        laptop.sync()

    for laptop in (ward, coordinator):
        assert held(laptop, pair) == {one}
        assert [note.person for note in of(laptop, CaseNote, one)] == [one]
        assert of(laptop, Person, one)[0].known_as == "Billy"

    undo_merge(coordinator.vault, **coordinator.act, merge_id=the_merge(coordinator, one).id)
    for laptop in (coordinator, ward):
        laptop.sync()
    assert [note.person for note in of(ward, CaseNote, other)] == [other]
    assert ward.attention() == coordinator.attention() == []


def test_the_stricter_consent_holds_and_a_no_since_then_holds_for_both(
    ward: Enrolled, coordinator: Enrolled, alliance: AllianceService, pair: tuple[PersonId, PersonId]
) -> None:
    one, other = pair
    agree(ward, alliance, one)
    refuse(coordinator, alliance, other)
    for laptop in (ward, coordinator, ward):
        laptop.sync()
    make_one(coordinator, pair)
    for laptop in (coordinator, ward):
        laptop.sync()
    assert len(of(ward, ConsentEvent, one)) == 2

    refuse(ward, alliance, one, Purpose.CASEWORK)
    ward.sync()
    coordinator.sync()
    undo_merge(coordinator.vault, **coordinator.act, merge_id=the_merge(coordinator, one).id)
    for laptop in (coordinator, ward):
        laptop.sync()

    for laptop in (ward, coordinator):
        for person in pair:
            noes = {
                line.purpose
                for event in of(laptop, ConsentEvent, person)
                for line in event.lines
                if line.decision is Decision.REFUSED
            }
            assert Purpose.CASEWORK in noes
        assert [line.decision for event in of(laptop, ConsentEvent, one)[:1] for line in event.lines] == [
            Decision.AGREED
        ]


def test_what_was_written_since_goes_to_whom_it_is_about(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    one, other = pair
    make_one(coordinator, pair)
    for laptop in (coordinator, ward):
        laptop.sync()
    ward.laptop.clock.forward(seconds=5)
    for text in ("About William.", "About Bill."):
        people.add_note(ward.vault, **ward.act, person_id=one, text=text, level=NoteLevel.ORGANISATION)
    ward.sync()
    coordinator.sync()
    (merged,) = joining.merges_of(coordinator.vault, actor=coordinator.actor, person_id=one)
    assert [each.words for each in merged.since] == ["About William.", "About Bill."]

    to_other = [each.record_id for each in merged.since if each.words == "About Bill."]
    undo_merge(coordinator.vault, **coordinator.act, merge_id=merged.merge.id, to_other=to_other)
    for laptop in (coordinator, ward):
        laptop.sync()
    for laptop in (ward, coordinator):
        assert [note.text for note in of(laptop, CaseNote, one)] == ["About William."]
        assert [note.text for note in of(laptop, CaseNote, other)] == ["About Bill."]
        assert laptop.attention() == []


def test_somebody_else_wrote_meanwhile_so_nothing_is_made_one(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    make_one(coordinator, pair)
    people.change_person(
        ward.vault, **ward.act, person_id=pair[0], change=people.PersonChange(fields={"family_name": "Ferris"})
    )
    for laptop in (ward, coordinator, ward):
        laptop.sync()
    assert held(ward, pair) == held(coordinator, pair) == set(pair)
    assert coordinator.attention() == ["rejected"]
    assert shown(coordinator, pair).standing is Standing.OPEN


def test_an_outreach_worker_may_not_decide(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    with pytest.raises(NotPermittedError):
        make_one(ward, pair)
    assert not shown(ward, pair).may_decide


def test_an_identity_field_that_differs_has_to_be_chosen(
    coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    with pytest.raises(BadInputError) as caught:
        decide_same(coordinator.vault, **coordinator.act, pair=shown(coordinator, pair), chosen={})
    assert caught.value.code == "person_merge.given_name.required"


def test_not_the_same_is_remembered_on_every_laptop_until_more_is_known(
    ward: Enrolled, coordinator: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    assert joining.look_for_pairs(coordinator.vault, **coordinator.act, names=NAMES) > 0
    view = shown(coordinator, pair)
    joining.decide_not_same(coordinator.vault, **coordinator.act, pair=view, why="Brothers.")
    for laptop in (coordinator, ward):
        laptop.sync()
    for laptop in (coordinator, ward):
        assert shown(laptop, pair).standing is Standing.NOT_SAME
        assert [task.state for task in of(laptop, Task, pair[0]) if task.subject == pair[1]] == ["done"]
    people.change_person(
        ward.vault, **ward.act, person_id=pair[1], change=people.PersonChange(fields={"dob": "1988-07-04"})
    )
    ward.sync()
    coordinator.sync()
    assert shown(coordinator, pair).standing is Standing.OPEN


def test_a_pair_is_asked_about_once(coordinator: Enrolled, ward: Enrolled, pair: tuple[PersonId, PersonId]) -> None:
    assert joining.look_for_pairs(coordinator.vault, **coordinator.act, names=NAMES) > 0
    assert joining.look_for_pairs(coordinator.vault, **coordinator.act, names=NAMES) == 0
    assert joining.look_for_pairs(ward.vault, **ward.act, names=NAMES) == 0
    assert [task.subject for task in of(coordinator, Task, pair[0])].count(pair[1]) == 1


def test_two_laptops_that_ask_about_one_pair_ask_once(
    coordinator: Enrolled, second: Enrolled, pair: tuple[PersonId, PersonId]
) -> None:
    second.sync()
    for laptop in (coordinator, second):
        laptop.laptop.clock.forward(seconds=1)
        assert joining.look_for_pairs(laptop.vault, **laptop.act, names=NAMES) > 0
    for laptop in (coordinator, second, coordinator):
        laptop.sync()
    for laptop in (coordinator, second):
        assert [task.subject for task in of(laptop, Task, pair[0])].count(pair[1]) == 1
        assert laptop.attention() == []


def refuse(
    laptop: Enrolled, alliance: AllianceService, person: PersonId, purpose: Purpose = Purpose.REFERRAL_CONTACT
) -> None:
    form = consents.ConsentForm(
        answers=(Cell(org=alliance.org("back_up"), purpose=purpose, decision=Decision.REFUSED),),
        method=ConsentMethod.SPOKEN_IN_PERSON,
        read_back=True,
    )
    consents.record_consent(laptop.vault, **laptop.act, person_id=person, form=form)


def test_two_open_referrals_to_one_service_are_linked_for_both_sides_and_undoing_takes_the_link_back(
    ward: Enrolled, coordinator: Enrolled, intake: Enrolled, alliance: AllianceService, pair: tuple[PersonId, PersonId]
) -> None:
    one, other = pair
    asked = []
    # The younger record's was sent first: the older of two referrals counts, whichever record lives on.
    for laptop, person in ((coordinator, other), (ward, one)):
        agree(laptop, alliance, person)
        laptop.sync()
        asked.append(send(laptop, alliance, person)[0])
        laptop.sync()
        laptop.laptop.clock.forward(minutes=5)
    for laptop in (coordinator, ward, intake):
        laptop.sync()
    first, later = asked
    (doubled,) = shown(coordinator, pair).doubled
    assert (doubled.first.referral_id, doubled.later.referral_id) == (first, later)
    # The team holds no record of either, only what it was sent: it knows them again by that.
    assert [each.other.referral_id for each in opened(intake, first).maybe_same] == [later]
    form = people.NewPerson(full_name="Will Fergusson", contact_kind=ContactKind.MOBILE, contact_value="07700 900123")
    same = possible_same(intake.vault, form=form, names=NAMES, on=intake.laptop.clock().date())
    assert {each.person_id for each in same} == {one, other}

    make_one(coordinator, pair)
    for laptop in (coordinator, ward, intake):
        laptop.sync()
    for laptop in (coordinator, ward, intake):
        assert [linked_to(laptop, each) for each in (first, later)] == [None, first]
        assert {referral(laptop, each).person for each in (first, later)} == {one}
        assert [opened(laptop, each).linked.referral_id for each in (first, later)] == [later, first]

    undo_merge(coordinator.vault, **coordinator.act, merge_id=the_merge(coordinator, one).id)
    for laptop in (coordinator, ward, intake):
        laptop.sync()
    for laptop in (coordinator, ward, intake):
        assert [linked_to(laptop, each) for each in (first, later)] == [None, None]
        assert [referral(laptop, each).person for each in (first, later)] == [other, one]
        assert laptop.attention() == []


def opened(laptop: Enrolled, referral_id: ReferralId) -> referrals.ReferralView:
    return referrals.referral_view(laptop.vault, **laptop.act, referral_id=referral_id, names=NAMES)


def linked_to(laptop: Enrolled, referral_id: ReferralId) -> ReferralId | None:
    found = referral(laptop, referral_id)
    assert found is not None
    return found.duplicate_of
