"""A volunteer's laptop on the real service: it holds its matches and nothing beyond, and loses them when it must."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.codes import (
    CorrectionReason,
    MatchState,
    MentorStatus,
    NoteLevel,
    Purpose,
    Role,
    SessionChannel,
    SessionStatus,
    TaskKind,
    ToldItem,
    Topic,
)
from app.domain.match import Match, MatchEvent, Session
from app.domain.mentoring import Goal, MenteeProfile
from app.domain.note import CaseNote
from app.domain.task import Task
from app.errors import BadInputError, ServiceError
from app.use_cases import mentoring, mentors, my_matches, people, stops, today
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop
from tests.sync.mentoring import (
    NEXT_WEEK,
    OTHER_MENTEE,
    OTHER_NOTE,
    Programme,
    canaries_in,
    card_of,
    kinds_held,
    profile_of,
)


@pytest.fixture(scope="module")
def clock() -> Clock:
    # The wall in the database goes by the database's own clock: a week that ends is a week from now.
    return Clock(now=datetime.now(UTC))


@pytest.fixture
def programme(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Programme]:
    slip = alliance.slip("back_up", "partner_coordinator", ["programme"])
    user = alliance.user("partner_coordinator")
    laptop = enrol_laptop(tmp_path / "programme", slip, user=user, role=Role.COORDINATOR, clock=clock)
    laptop.sync()
    yield Programme(alliance, laptop, tmp_path, clock)
    laptop.close()


@pytest.fixture
def volunteers() -> Iterator[list[Enrolled]]:
    made: list[Enrolled] = []
    yield made
    for laptop in made:
        laptop.close()


def held_call(view: my_matches.MatchView, clock: Clock, **fields: object) -> my_matches.SessionForm:
    form = my_matches.defaults_for(view, clock())
    known = {name: getattr(form, name) for name in form.__dataclass_fields__}
    return my_matches.SessionForm(**{**known, "at": clock() - timedelta(hours=1), **fields})


def test_a_match_opens_with_the_mentees_yes_and_a_call_logged_offline_reaches_the_programme(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)

    (view,) = my_matches.my_matches(bran.vault).matches
    assert (view.card.known_as, view.card.told) == ("Samira", {"level": "C6"})
    assert [way["value"] for way in view.card.contacts] == ["+447700900123"]
    assert [goal.text for goal in view.goals] == ["Take the train to my sister"]
    assert view.next_call == 1
    my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    form = held_call(view, clock, topics=frozenset({Topic.TRAVEL}), goal=view.goals[0].id, call_me_back=True)
    form = replace(form, referral_wanted=True)
    my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=form)
    assert my_matches.my_matches(bran.vault).matches[0].next_call == 2

    bran.sync()
    programme.laptop.sync()

    assert programme.state(match_id) is MatchState.ACTIVE
    with programme.laptop.vault.reading() as read:
        (call,) = read.of_person(Session, mentee)
        assert (call.minutes, call.topics, call.created_role) == (45, {Topic.TRAVEL}, Role.MENTOR)
        assert {event.to_state for event in read.of_person(MatchEvent, mentee)} >= {MatchState.ACTIVE}
        assert read.of_person(MenteeProfile, mentee)[0].status == "matched"
        tasks = [task.kind for task in read.of_person(Task, mentee)]
    assert TaskKind.CALL_MENTOR_BACK in tasks
    waiting = today.today(programme.laptop.vault, actor=programme.laptop.actor, now=clock())
    assert [item.person_id for item in waiting if item.code == "referral_wanted"] == [mentee]
    bran.sync()
    assert bran.attention() == []
    assert bran.outbox.waiting().new == 0
    assert my_matches.my_matches(bran.vault).matches[0].card.state is MatchState.ACTIVE


def test_a_mentor_goes_on_by_themselves_and_the_service_looks_again_whether_they_may(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor = programme.add_mentor()
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    my_matches.pause_mentoring(bran.vault, **bran.act, pause=True)
    bran.sync()
    profile = profile_of(programme.laptop, mentor)
    lately = (clock().date() - timedelta(days=200)).isoformat()
    mentors.save_profile(**programme.act, profile_id=profile.id, wanted={"injured_on": lately})
    programme.laptop.sync()
    assert profile_of(programme.laptop, mentor).status is MentorStatus.PAUSED
    # What the volunteer's laptop knows of the injury is older, and says that they may.
    my_matches.pause_mentoring(bran.vault, **bran.act, pause=False)
    bran.sync()
    assert bran.attention() == ["rejected"]
    programme.laptop.sync()
    assert profile_of(programme.laptop, mentor).status is MentorStatus.PAUSED


def test_every_page_of_a_volunteers_vault_holds_nothing_beyond_the_projection(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    other = programme.add_mentee(f"Linnea {OTHER_MENTEE}")
    elsewhere = programme.add_mentor("Tove Marsh")
    people.add_note(**programme.act, person_id=mentee, text=OTHER_NOTE, level=NoteLevel.AUTHOR_AND_COORDINATOR)
    match_id = programme.match(mentee, mentor, told=frozenset())
    programme.match(other, elsewhere)
    programme.laptop.sync()
    assert set(canaries_in(programme.laptop)) >= {OTHER_NOTE, OTHER_MENTEE}, "the search can find something"
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    (view,) = my_matches.my_matches(bran.vault).matches
    my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=held_call(view, clock))
    bran.sync()
    bran.sync()

    assert canaries_in(bran, (*canaries_in(programme.laptop), "2026-03", "Linnea", "Tove")) == []
    assert kinds_held(bran) == {
        "match_card": 1, "goal": 1, "mentor_profile": 1, "match_event": 1, "session": 1,
    }  # fmt: skip
    card = card_of(bran, match_id)
    assert card is not None
    assert card.told == {}
    assert {scope.key.partition(":")[0] for scope in bran.held.scopes()} == {"mentor", "reference"}


def test_what_a_volunteer_notes_is_theirs_and_the_coordinators(
    programme: Programme, volunteers: list[Enrolled]
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    people.add_note(
        bran.vault, **bran.act, person_id=mentee, text="Rang twice.", level=NoteLevel.AUTHOR_AND_COORDINATOR
    )
    bran.sync()
    programme.laptop.sync()
    bran.sync()
    for laptop in (bran, programme.laptop):
        with laptop.vault.reading() as read:
            assert [note.text for note in read.of_person(CaseNote, mentee)] == ["Rang twice."]


@pytest.mark.parametrize("who", ["coordinator", "mentor"])
def test_a_stop_ends_the_match_and_leaves_no_byte_on_the_volunteers_laptop(
    programme: Programme, volunteers: list[Enrolled], clock: Clock, who: str
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    (view,) = my_matches.my_matches(bran.vault).matches
    my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=held_call(view, clock))
    bran.sync()
    programme.laptop.sync()
    there = ("Samira", "7700900123", "Take the train")
    assert set(canaries_in(bran, there)) == set(there), "the search can find something"

    laptop = programme.laptop if who == "coordinator" else bran
    stop = stops.Stop(org=programme.alliance.org("back_up"), purpose=Purpose.MENTORING)
    stops.stop_sharing(laptop.vault, **laptop.act, person_id=mentee, stop=stop)
    laptop.sync()
    bran.sync()
    programme.laptop.sync()

    assert programme.state(match_id) is MatchState.ENDED
    with programme.laptop.vault.reading() as read:
        assert read.get(Match, match_id).end_reason == "consent_withdrawn"
    assert canaries_in(bran, there) == []
    assert set(kinds_held(bran)) == {"mentor_profile"}


def test_an_ended_match_stays_a_week_for_the_last_log_and_then_goes(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    bran.sync()
    programme.laptop.sync()
    with programme.laptop.vault.reading() as read:
        goals = {str(goal.id): "met" for goal in read.of_person(Goal, mentee)}
    mentoring.move_match(
        **programme.act, match_id=match_id, to=MatchState.ENDED, reason="goals_met", asked={"goals": goals}
    )
    programme.laptop.sync()
    bran.sync()
    (view,) = my_matches.my_matches(bran.vault).matches
    assert view.card.state is MatchState.ENDED
    my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=held_call(view, clock))
    bran.sync()
    assert bran.attention() == []
    with programme.laptop.vault.reading() as read:
        assert [goal.state for goal in read.of_person(Goal, mentee)] in (["met"], ["not_started"])
    programme.laptop.sync()
    with programme.laptop.vault.reading() as read:
        assert [goal.state for goal in read.of_person(Goal, mentee)] == ["met"]

    clock.forward(days=NEXT_WEEK.days)
    programme.alliance.service.timekeeper.run(now=clock())
    bran.sync()
    assert my_matches.my_matches(bran.vault).matches == ()
    assert set(kinds_held(bran)) == {"mentor_profile"}


def test_a_mentor_who_leaves_loses_everything_at_once_and_a_coordinator_is_asked(
    programme: Programme, volunteers: list[Enrolled]
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    assert card_of(bran, match_id) is not None
    profile = profile_of(programme.laptop, mentor)
    mentoring.move_profile(**programme.act, profile_id=profile.id, to=MentorStatus.LEFT)
    programme.laptop.sync()
    bran.sync()
    assert kinds_held(bran) == {}
    assert canaries_in(bran, ("Samira", "7700900123")) == []
    programme.laptop.sync()
    with programme.laptop.vault.reading() as read:
        assert [task.rule for task in read.of_person(Task, mentee) if task.kind == "check_mentor"] == ["mentor_left"]
        assert read.get(Match, match_id).state is MatchState.MENTEE_AGREED


def test_closing_a_volunteers_account_empties_the_laptop_of_every_mentee(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    assert card_of(bran, match_id) is not None
    administration = programme.alliance.administration
    administration.leave(programme.alliance.org("back_up"), bran.actor.user, today=clock().date())
    bran.sync()
    assert card_of(bran, match_id) is None
    assert canaries_in(bran, ("Samira", "7700900123", "Take the train")) == []


def test_of_two_matches_for_one_place_the_later_waits_for_a_coordinator_and_nothing_is_lost(
    programme: Programme, volunteers: list[Enrolled]
) -> None:
    mentor = programme.add_mentor(max_matches=1)
    first, second = programme.add_mentee(), programme.add_mentee("Linnea Ashdown")
    # Two coordinators who do not know of each other's: neither laptop sees the other's match when it suggests.
    one = programme.match(first, mentor)
    profile = profile_of(programme.laptop, mentor)
    mentoring.change_profile(**programme.act, profile_id=profile.id, fields={"max_matches": 2})
    two = programme.match(second, mentor)
    mentoring.change_profile(**programme.act, profile_id=profile.id, fields={"max_matches": 1})
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    for match_id in (two, one):
        my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    bran.sync()
    bran.sync()
    programme.laptop.sync()

    assert (programme.state(one), programme.state(two)) == (MatchState.ACTIVE, MatchState.MENTEE_AGREED)
    waiting = card_of(bran, two)
    assert waiting is not None
    assert (waiting.state, waiting.waits_for_room) == (MatchState.MENTEE_AGREED, True)
    with programme.laptop.vault.reading() as read:
        (task,) = [task for task in read.of_person(Task, second) if task.kind == "check_mentor"]
    assert (task.rule, task.for_role) == ("no_room", Role.COORDINATOR)
    assert bran.attention() == []

    mentoring.change_profile(**programme.act, profile_id=profile.id, fields={"max_matches": 2})
    programme.laptop.sync()
    my_matches.answer_match(bran.vault, **bran.act, match_id=two, says_yes=True)
    bran.sync()
    programme.laptop.sync()
    assert programme.state(two) is MatchState.ACTIVE


def test_an_eleventh_call_is_saved_and_asks_a_coordinator(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    my_matches.answer_match(bran.vault, **bran.act, match_id=match_id, says_yes=True)
    (view,) = my_matches.my_matches(bran.vault).matches
    for _ in range(11):
        clock.forward(hours=2)
        my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=held_call(view, clock))
    bran.sync()
    programme.laptop.sync()
    with programme.laptop.vault.reading() as read:
        assert len(read.of_person(Session, mentee)) == 11
        rules = [task.rule for task in read.of_person(Task, mentee)]
    assert rules.count("over_allowance") == 1
    assert my_matches.my_matches(bran.vault).matches[0].next_call == 12


def test_a_correction_takes_the_place_of_a_call_and_calls_at_once_or_to_come_are_refused(
    programme: Programme, volunteers: list[Enrolled], clock: Clock
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    (view,) = my_matches.my_matches(bran.vault).matches
    call = my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=held_call(view, clock))
    for bad, code in (
        (held_call(view, clock), "session.at.duplicate"),
        (held_call(view, clock, at=clock() + timedelta(hours=1)), "session.at.in_future"),
        (held_call(view, clock, at=clock() - timedelta(days=1), minutes=None), "session.minutes.required"),
        (held_call(view, clock, at=clock() - timedelta(days=1), mood_after=6), "session.mood_after.out_of_range"),
    ):
        with pytest.raises(BadInputError) as refused:
            my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=bad)
        assert refused.value.code == code
    right = held_call(view, clock, status=SessionStatus.MISSED_BY_MENTEE, channel=SessionChannel.VIDEO, amends=call.id)
    with pytest.raises(BadInputError, match=r"session\.amends_because\.required"):
        my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=right)
    right = replace(right, amends_because=CorrectionReason.WRONG_OUTCOME)
    my_matches.log_session(bran.vault, **bran.act, match_id=match_id, form=right)
    (view,) = my_matches.my_matches(bran.vault).matches
    assert [each.status for each in view.sessions] == [SessionStatus.MISSED_BY_MENTEE]
    assert view.next_call == 1
    bran.sync()
    programme.laptop.sync()
    with programme.laptop.vault.reading() as read:
        assert len(read.of_person(Session, mentee)) == 2


def test_what_the_coordinator_is_shown_as_told_is_exactly_the_card(
    programme: Programme, volunteers: list[Enrolled]
) -> None:
    mentor, mentee = programme.add_mentor(), programme.add_mentee()
    match_id = programme.match(mentee, mentor, told=frozenset({ToldItem.LEVEL, ToldItem.YEARS, ToldItem.PAIN}))
    shown = mentoring.what_is_told(programme.laptop.vault, actor=programme.laptop.actor, match_id=match_id)
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    (view,) = my_matches.my_matches(bran.vault).matches
    for name in ("known_as", "language", "comm_needs", "contacts", "told", "allowance", "first_call_due"):
        assert getattr(view.card, name) == getattr(shown.card, name), name
    assert view.card.told == {"level": "C6", "year": "2026", "topics": ["pain"]}
    assert view.goals == shown.goals


def test_a_volunteers_slip_is_for_one_volunteer_and_nothing_else(programme: Programme) -> None:
    mentor = programme.add_mentor()
    administration, org = programme.alliance.administration, programme.alliance.org("back_up")
    bran = programme.account(mentor, "Bran")
    nobody = programme.account(None, "Nobody")
    coordinator = programme.alliance.user("partner_coordinator")
    own = f"mentor:{mentor}"
    for users, keys, code in (
        ([nobody], [], "user.person_missing"),
        ([bran], [f"programme:{org}"], "device.one_volunteer"),
        ([bran], [own, f"programme:{org}"], "device.one_volunteer"),
        ([bran], [f"mentor:{administration.service.new_id()}"], "device.one_volunteer"),
        ([bran, coordinator], [own], "device.one_volunteer"),
        ([coordinator, bran], [f"programme:{org}"], "device.one_volunteer"),
        ([coordinator], [own], "device.one_volunteer"),
        ([coordinator], [], "service.scope_missing"),
    ):
        with pytest.raises(ServiceError) as refused:
            administration.device_code(org, users, keys)
        assert refused.value.code == code, (users, keys)
    assert administration.device_code(org, [bran], []).roles == [Role.MENTOR]
    assert administration.device_code(org, [bran], [own]).user == bran


def test_nobody_else_may_be_let_onto_a_volunteers_laptop_and_no_volunteer_onto_another(
    programme: Programme, volunteers: list[Enrolled]
) -> None:
    mentor = programme.add_mentor()
    programme.laptop.sync()
    bran = programme.volunteer(mentor)
    volunteers.append(bran)
    administration, org = programme.alliance.administration, programme.alliance.org("back_up")
    coordinator = programme.alliance.user("partner_coordinator")
    for device, user in (
        (bran.actor.device, coordinator),
        (programme.laptop.actor.device, bran.actor.user),
    ):
        with pytest.raises(ServiceError, match=r"device\.one_volunteer"):
            administration.admit_user(device, org, user)
