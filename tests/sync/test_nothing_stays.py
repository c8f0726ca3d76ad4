"""After a withdrawal nothing stays at a partner that had worked on the referral, and what it had not sent goes too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.domain.canonical import canonical
from app.domain.codes import NoteLevel, ReferralState
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId, ReferralId
from app.domain.note import CaseNote
from app.domain.referral import ReferralEvent
from app.domain.referral_states import fold
from app.errors import NotFoundError
from app.storage.lists import attention_items
from app.use_cases import drafts, people, referrals, settings, stops
from tests.helpers.central import AllianceService
from tests.helpers.pages import decrypted_pages
from tests.sync.alliance import Enrolled, agree, register, send, state, traces

NAME = "Ottoline Brackenridge"
NOTE = "Zanzibarnote"
DRAFT = "Zanzibardraft"
CANARIES = ("Brackenridge", "Ottoline", "7700900123", "outdoors", NOTE, DRAFT)
"""Name, phone, the reason of the referral, and what the partner wrote: see `register` and `send`."""


def left_over(laptop: Enrolled) -> list[str]:
    """Return the canaries that stand anywhere in the vault's pages or its write-ahead log."""
    pages = b"".join(decrypted_pages(laptop.vault.path, laptop.laptop.key)).lower()
    return [canary for canary in CANARIES if canary.lower().encode() in pages]


def worked_on(ward: Enrolled, intake: Enrolled, alliance: AllianceService) -> tuple[PersonId, ReferralId]:
    """Send a referral; the partner opens, drafts, accepts and begins it, and everybody knows."""
    person = register(ward, alliance, NAME)
    agree(ward, alliance, person)
    referral_id, _preview = send(ward, alliance, person)
    ward.sync()
    intake.sync()
    referrals.referral_view(intake.vault, **intake.act, referral_id=referral_id)
    referrals.open_as_receiver(intake.vault, **intake.act, referral_id=referral_id)
    day = intake.laptop.clock().date() + timedelta(days=7)
    referrals.accept(intake.vault, **intake.act, referral_id=referral_id, first_step_on=day)
    intake.sync()
    referrals.start(
        intake.vault,
        **intake.act,
        referral_id=referral_id,
        first_contact_at=intake.laptop.clock() - timedelta(minutes=5),
        channel="phone",
    )
    intake.sync()
    ward.sync()
    assert {"Brackenridge", "7700900123", "outdoors"} <= set(left_over(intake)), "the search can find something"
    return person, referral_id


def withdraw(ward: Enrolled, alliance: AllianceService, person: PersonId) -> None:
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.sync()


def test_nothing_of_a_person_stays_at_a_partner_that_had_worked_with_them(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, referral_id = worked_on(ward, intake, alliance)
    for page, subject in (("referral", referral_id), ("note", person), ("referral_answer", referral_id)):
        drafts.save_draft(intake.vault, **intake.act, page=page, subject=subject, values={"text": DRAFT})
    settings.keep_setting(
        intake.vault,
        **intake.act,
        name="last_place",
        value=canonical({"page": "referral", "id": str(referral_id)}).decode(),
    )

    withdraw(ward, alliance, person)
    intake.sync()

    assert left_over(intake) == []
    for identifier in (str(referral_id), str(person)):
        assert "setting" not in traces(intake, identifier)


def test_a_note_that_was_not_sent_in_time_goes_to_the_home_organisation_and_from_the_laptop(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, _referral_id = worked_on(ward, intake, alliance)
    withdraw(ward, alliance, person)
    people.add_note(intake.vault, **intake.act, person_id=person, text=NOTE, level=NoteLevel.ORGANISATION)

    intake.sync()

    assert left_over(intake) == []
    assert traces(intake, NOTE) == []
    with intake.vault.reading() as read:
        (item,) = attention_items(read.connection)
    assert (item.reason, item.detail["patch"]) == ("held", {})


def test_what_is_typed_while_the_person_leaves_is_not_kept(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, referral_id = worked_on(ward, intake, alliance)
    withdraw(ward, alliance, person)
    intake.sync()
    with pytest.raises(NotFoundError):
        people.add_note(intake.vault, **intake.act, person_id=person, text=NOTE, level=NoteLevel.ORGANISATION)
    drafts.save_draft(intake.vault, **intake.act, page="referral", subject=referral_id, values={"text": DRAFT})
    assert traces(intake, DRAFT) == []


def test_what_was_being_saved_as_the_person_left_goes_with_the_next_exchange(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, _referral_id = worked_on(ward, intake, alliance)
    withdraw(ward, alliance, person)
    intake.sync()
    with intake.vault.transaction(**intake.act) as work:
        work.append(CaseNote(**work.header(), person=person, level=NoteLevel.ORGANISATION, text=NOTE))
    assert NOTE in left_over(intake)
    intake.sync()
    assert left_over(intake) == []


def test_a_note_that_was_refused_goes_with_its_person(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, _referral_id = worked_on(ward, intake, alliance)
    with intake.vault.transaction(**intake.act) as work:
        work.append(CaseNote(**work.header(), person=person, level=NoteLevel.AUTHOR_AND_COORDINATOR, text=NOTE))
    intake.sync()
    assert intake.attention() == ["rejected"], "an intake worker may not write notes of that level"
    withdraw(ward, alliance, person)
    intake.sync()
    assert left_over(intake) == []


def test_a_stop_stays_in_force_here_while_the_person_waits_to_be_sent(
    ward: Enrolled, alliance: AllianceService
) -> None:
    person = register(ward, alliance, NAME)
    agree(ward, alliance, person)
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    with ward.vault.writing() as connection:
        # As when the service takes no more in one exchange, or one op of the person cannot be sent.
        connection.exec_driver_sql("UPDATE outbox SET state = 'parked' WHERE lane = 1")

    ward.sync()
    assert ward.held.clean()

    with ward.vault.reading() as read:
        kinds = {event.kind.value for event in read.of_person(ConsentEvent, person)}
    assert "withdrawal" in kinds
    shared = stops.what_is_shared(ward.vault, now=ward.laptop.clock(), person_id=person)
    assert all(not each.purposes for each in shared)


def test_stopped_and_agreed_again_without_network_is_agreed(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService
) -> None:
    person, first = worked_on(ward, intake, alliance)
    stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    ward.laptop.clock.forward(minutes=1)
    agree(ward, alliance, person)
    again, _preview = send(ward, alliance, person)

    ward.sync()
    intake.sync()
    ward.sync()

    assert (state(ward, first), state(ward, again)) == (ReferralState.WITHDRAWN, ReferralState.SENT)
    assert (state(intake, first), state(intake, again)) == (None, ReferralState.SENT)
    assert "Brackenridge" in left_over(intake)


@pytest.mark.parametrize("offline_first", [True, False])
def test_a_history_is_one_path_on_both_sides_when_the_service_stepped_first(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService, *, offline_first: bool
) -> None:
    person, referral_id = worked_on(ward, intake, alliance)
    if offline_first:
        stops.stop_sharing(ward.vault, **ward.act, person_id=person, stop=stops.Stop(org=alliance.org("back_up")))
    else:
        withdraw(ward, alliance, person)
    ward.sync()
    ward.sync()
    with ward.vault.reading() as read:
        steps = [each for each in read.of_person(ReferralEvent, person) if each.referral == referral_id]
    assert fold(steps) is ReferralState.WITHDRAWN
    assert len([step for step in steps if step.to_state is ReferralState.WITHDRAWN]) == 1


def test_a_second_laptop_and_the_first_hold_the_same_after_a_stop(
    ward: Enrolled, intake: Enrolled, alliance: AllianceService, enrolled: Callable[..., Enrolled]
) -> None:
    person, _referral_id = worked_on(ward, intake, alliance)
    withdraw(ward, alliance, person)
    other = enrolled("ward")
    ward.sync()
    assert ward.bodies() == other.bodies()
