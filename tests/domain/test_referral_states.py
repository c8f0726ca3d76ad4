"""The states of a referral: every row of domain.md 6.2, what each row requires, and any walk through the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.codes import ReferralState as S
from app.domain.consent import Answer, AnswerKind
from app.domain.disclosure import package_hash
from app.domain.referral import Referral, ReferralEvent
from app.domain.referral_states import (
    FINAL,
    LIVE,
    OPEN,
    TRANSITIONS,
    Actor,
    allowed_moves,
    check_start,
    fold,
    is_live,
    is_open,
    is_repeat,
    rule_for,
    transition,
)
from app.errors import BadInputError, BadTransitionError, GateError
from tests.domain.consent_kit import ASKED_AT, ASKED_ON
from tests.domain.record_kit import R1, referral, step

SENDERS = {Actor.SENDER, Actor.SENDER_COORDINATOR}
RECEIVER = {Actor.RECEIVER}
SYSTEM = {Actor.SYSTEM}
LIVE_STATES = "sent received info_needed accepted waiting_list in_progress"
ENDED = "declined_by_service declined_by_person could_not_contact rerouted withdrawn expired"

TABLE: list[tuple[int, str, str, set[Actor]]] = [
    (1, "new", "draft", SENDERS),
    (2, "draft", "queued", SENDERS),
    (3, "queued", "draft", SENDERS | SYSTEM),
    (4, "queued", "sent", SYSTEM),
    (5, "sent", "received", RECEIVER),
    (6, "sent received", "info_needed", RECEIVER),
    (7, "info_needed", "received", SENDERS | RECEIVER),
    (8, "received", "accepted", RECEIVER),
    (9, "accepted", "waiting_list", RECEIVER),
    (10, "accepted waiting_list", "in_progress", RECEIVER),
    (11, "in_progress", "completed", RECEIVER),
    (12, "sent received info_needed accepted waiting_list", "declined_by_service", RECEIVER),
    (13, LIVE_STATES, "declined_by_person", SENDERS | RECEIVER),
    (14, "received accepted waiting_list", "could_not_contact", RECEIVER),
    (15, "received accepted waiting_list", "rerouted", RECEIVER),
    (16, f"draft queued {LIVE_STATES}", "withdrawn", SENDERS | SYSTEM),
    (17, "sent received info_needed", "expired", SYSTEM),
    (18, "completed", "closed", SENDERS | SYSTEM),
    (19, ENDED, "closed", SENDERS),
    (20, "draft queued sent", "entered_in_error", SENDERS),
    (20, f"{LIVE_STATES[5:]} completed {ENDED}", "entered_in_error", {Actor.SENDER_COORDINATOR}),
]
"""A literal copy of the table: row, from, to, who."""

PACKAGE = {"known_as": "Nova", "site": {"name": "Stanmore"}}
SEEN = package_hash(PACKAGE)
SENT_AT = datetime(2026, 5, 3, 11, tzinfo=UTC)
YES = Answer(kind=AnswerKind.YES)
SERVICE = str(UUID(int=0x64))
TRIES = [{"on": f"2026-05-{day}", "way": "call"} for day in ("04", "06", "11")]

GOOD: dict[int, dict[str, Any]] = {
    2: {"asked": {"package_seen": SEEN}},
    3: {"reason": "gate_consent"},
    5: {"asked": {"team": "front-door", "user": str(UUID(int=7))}},
    6: {"asked": {"question": "Which ward are you on?", "asked_of": "person"}},
    7: {"asked": {"answer": "St Andrew"}},
    8: {"asked": {"first_step_on": "2026-05-10", "accepted_needs": ["course"]}},
    9: {"asked": {"expected_start": "2026-07"}},
    10: {"asked": {"first_contact_at": "2026-05-10T09:00:00.000Z", "channel": "phone"}},
    11: {"asked": {"outcome": "got_help", "ended_on": "2026-06-01"}},
    12: {"reason": "no_capacity", "next_step": "sender_contacts_person"},
    13: {"reason": "not_now", "asked": {"heard_by": "Priya"}},
    14: {"next_step": "sender_contacts_person", "asked": {"tries": TRIES}},
    15: {"asked": {"service": SERVICE}, "answer": YES},
    16: {"reason": "consent_withdrawn"},
    18: {"asked": {"person_view": "yes", "person_told": "yes"}},
    19: {"asked": {"next_step_done": True}},
    20: {"reason": "wrong person"},
}
"""For each row, what lets the step through."""

LATER = date(2027, 1, 1)
QUESTION = step(S.INFO_NEEDED, 1, leaves=S.SENT, asked={"question": "Which ward?", "asked_of": "person"})


def at_state(state: S, **fields: Any) -> Referral:
    """Return a referral in a state, with its package and clocks."""
    known: dict[str, Any] = {"state": state, "package": PACKAGE, "package_hash": SEEN, "sent_at": SENT_AT}
    known["decide_due"] = datetime(2026, 5, 17, 22, 59, 59, tzinfo=UTC)
    return replace(referral(), **{**known, **fields})


def attempt(number: int, state: S, to: S, by: Actor, **changes: Any) -> dict[str, Any]:
    """Take a step with what its row requires, and anything changed."""
    arguments: dict[str, Any] = {"asked": {}, "on": LATER, "history": (QUESTION,), **GOOD.get(number, {}), **changes}
    return transition(at_state(state), to=to, by=by, **arguments)


ROWS = [
    (number, S(source), S(to), actor)
    for number, sources, to, actors in TABLE
    if sources != "new"
    for source in sources.split()
    for actor in sorted(actors)
]


@pytest.mark.parametrize(("number", "state", "to", "by"), ROWS)
def test_every_row_of_the_table_lets_its_step_through(number: int, state: S, to: S, by: Actor) -> None:
    changes = {}
    if number == 16 and by is Actor.SYSTEM:
        changes = {"reason": "person_died"}
    asked = attempt(number, state, to, by, **changes)
    assert set(GOOD.get(number, {}).get("asked", {})) <= set(asked) or by is Actor.SYSTEM
    found = rule_for(state, to, by)
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize("by", list(Actor))
@pytest.mark.parametrize("to", list(S))
@pytest.mark.parametrize("state", list(S))
def test_whatever_is_not_in_the_table_is_refused_with_the_current_state(state: S, to: S, by: Actor) -> None:
    listed = any((state, to, by) == (source, target, actor) for _, source, target, actor in ROWS)
    assert (to in allowed_moves(state, by)) == listed
    if not listed:
        with pytest.raises(BadTransitionError) as refused:
            transition(at_state(state), to=to, by=by, asked={}, on=LATER)
        assert refused.value.code == "referral.bad_transition"
        assert refused.value.detail == {"state": state.value}


def test_a_new_referral_begins_as_a_draft_and_needs_a_need() -> None:
    assert allowed_moves(None, Actor.SENDER) == (S.DRAFT,)
    assert allowed_moves(None, Actor.RECEIVER) == ()
    check_start(referral())
    with pytest.raises(BadInputError, match=r"referral\.needs\.required"):
        check_start(replace(referral(), needs=frozenset()))


def test_live_open_and_final_are_as_listed() -> None:
    assert {state for state in S if is_live(state)} == {S(name) for name in LIVE_STATES.split()} == LIVE
    assert {state for state in S if is_open(state)} == LIVE | {S.QUEUED} == OPEN
    assert {S.CLOSED, S.ENTERED_IN_ERROR} == FINAL
    assert all(not allowed_moves(state, actor) for state in FINAL for actor in Actor)


def test_every_row_has_its_number() -> None:
    assert sorted({row.number for row in TRANSITIONS}) == list(range(1, 21))


TEAM, WARD = Actor.RECEIVER, Actor.SENDER

REFUSALS: list[tuple[int, S, S, Actor, dict[str, Any], str]] = [
    (2, S.DRAFT, S.QUEUED, WARD, {"asked": {}}, "referral.package_seen.required"),
    (2, S.DRAFT, S.QUEUED, WARD, {"asked": {"package_seen": "0" * 64}}, "gate_package"),
    (3, S.QUEUED, S.DRAFT, Actor.SYSTEM, {"reason": "no_reason"}, "referral.reason.unknown_code"),
    (3, S.QUEUED, S.DRAFT, Actor.SYSTEM, {"reason": ""}, "referral.reason.required"),
    (5, S.SENT, S.RECEIVED, TEAM, {"asked": {"team": "front-door"}}, "referral.user.required"),
    (5, S.SENT, S.RECEIVED, TEAM, {"asked": {"team": "a", "user": "me"}}, "referral.user.bad_format"),
    (6, S.SENT, S.INFO_NEEDED, TEAM, {"asked": {"question": "Which ward?"}}, "referral.asked_of.required"),
    (
        6, S.SENT, S.INFO_NEEDED, TEAM,
        {"asked": {"question": "Which?   ", "asked_of": "person"}}, "referral.question.out_of_range",
    ),
    (
        6, S.SENT, S.INFO_NEEDED, TEAM,
        {"asked": {"question": "Which ward is it?", "asked_of": "ward"}}, "referral.asked_of.unknown_code",
    ),
    (7, S.INFO_NEEDED, S.RECEIVED, WARD, {"asked": {}}, "referral.answer.required"),
    (8, S.RECEIVED, S.ACCEPTED, TEAM, {"asked": {"accepted_needs": ["course"]}}, "referral.first_step_on.required"),
    (
        8, S.RECEIVED, S.ACCEPTED, TEAM,
        {"asked": {"first_step_on": "2026-02-31", "accepted_needs": ["course"]}}, "referral.first_step_on.bad_format",
    ),
    (
        8, S.RECEIVED, S.ACCEPTED, TEAM,
        {"asked": {"first_step_on": "2026-05-02", "accepted_needs": ["course"]}}, "referral.first_step_on.before_start",
    ),
    (
        8, S.RECEIVED, S.ACCEPTED, TEAM,
        {"asked": {"first_step_on": "2026-05-10", "accepted_needs": ["housing"]}},
        "referral.accepted_needs.out_of_range",
    ),
    (
        8, S.RECEIVED, S.ACCEPTED, TEAM,
        {"asked": {"first_step_on": "2026-05-10", "accepted_needs": ["magic"]}}, "referral.accepted_needs.unknown_code",
    ),
    (
        8, S.RECEIVED, S.ACCEPTED, TEAM,
        {"asked": {"first_step_on": "2026-05-10", "accepted_needs": []}}, "referral.accepted_needs.required",
    ),
    (9, S.ACCEPTED, S.WAITING_LIST, TEAM, {"asked": {"expected_start": "July"}}, "referral.expected_start.bad_format"),
    (
        9, S.ACCEPTED, S.WAITING_LIST, TEAM,
        {"asked": {"expected_start": "2026-04"}}, "referral.expected_start.before_start",
    ),
    (
        10, S.ACCEPTED, S.IN_PROGRESS, TEAM,
        {"asked": {"first_contact_at": "2027-01-02T09:00:00.000Z", "channel": "phone"}},
        "referral.first_contact_at.in_future",
    ),
    (
        10, S.ACCEPTED, S.IN_PROGRESS, TEAM,
        {"asked": {"first_contact_at": "2026-05-10T09:00", "channel": "phone"}}, "referral.first_contact_at.bad_format",
    ),
    (
        10, S.ACCEPTED, S.IN_PROGRESS, TEAM,
        {"asked": {"first_contact_at": "2026-05-10T09:00:00.000Z", "channel": "pigeon"}},
        "referral.channel.unknown_code",
    ),
    (11, S.IN_PROGRESS, S.COMPLETED, TEAM, {"asked": {"outcome": "got_help"}}, "referral.ended_on.required"),
    (
        11, S.IN_PROGRESS, S.COMPLETED, TEAM,
        {"asked": {"outcome": "got_help", "ended_on": "2027-01-02"}}, "referral.ended_on.in_future",
    ),
    (
        11, S.IN_PROGRESS, S.COMPLETED, TEAM,
        {"asked": {"outcome": "fine", "ended_on": "2026-06-01"}}, "referral.outcome.unknown_code",
    ),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"reason": ""}, "referral.reason.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"reason": "not_now"}, "referral.reason.unknown_code"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"next_step": ""}, "referral.next_step.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"reason": "other"}, "referral.reason_text.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"reason": "duplicate_of"}, "referral.duplicate_of.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"next_step": "refer_elsewhere"}, "referral.service.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"next_step": "ask_again_on"}, "referral.ask_again_on.required"),
    (12, S.SENT, S.DECLINED_BY_SERVICE, TEAM, {"next_step": "nothing_needed"}, "referral.why.required"),
    (13, S.SENT, S.DECLINED_BY_PERSON, WARD, {"asked": {}}, "referral.heard_by.required"),
    (13, S.SENT, S.DECLINED_BY_PERSON, WARD, {"reason": "no_capacity"}, "referral.reason.unknown_code"),
    (14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM, {"asked": {}}, "referral.tries.required"),
    (14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM, {"asked": {"tries": TRIES[:2]}}, "referral.tries.out_of_range"),
    (14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM, {"asked": {"tries": "thrice"}}, "referral.tries.bad_format"),
    (
        14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM,
        {"asked": {"tries": [{"on": f"2026-05-0{day}", "way": "call"} for day in (4, 5, 6)]}},
        "referral.tries.out_of_range",
    ),
    (
        14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM,
        {"asked": {"tries": [TRIES[0], TRIES[0], TRIES[2]]}}, "referral.tries.out_of_range",
    ),
    (
        14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM,
        {"asked": {"tries": [*TRIES, {"on": "2027-01-02", "way": "call"}]}}, "referral.tries.in_future",
    ),
    (14, S.RECEIVED, S.COULD_NOT_CONTACT, TEAM, {"next_step": ""}, "referral.next_step.required"),
    (15, S.RECEIVED, S.REROUTED, TEAM, {"answer": None}, "gate_consent"),
    (15, S.RECEIVED, S.REROUTED, TEAM, {"answer": Answer(kind=AnswerKind.LAPSED)}, "gate_consent"),
    (15, S.RECEIVED, S.REROUTED, TEAM, {"asked": {}}, "referral.service.required"),
    (16, S.SENT, S.WITHDRAWN, WARD, {"reason": "changed_mind"}, "referral.reason.unknown_code"),
    (16, S.SENT, S.WITHDRAWN, Actor.SYSTEM, {"reason": "sent_by_mistake"}, "referral.reason.not_permitted"),
    (16, S.ACCEPTED, S.WITHDRAWN, Actor.SYSTEM, {"reason": "consent_expired"}, "referral.bad_transition"),
    (18, S.COMPLETED, S.CLOSED, WARD, {"asked": {"person_view": "yes"}}, "referral.person_told.required"),
    (18, S.COMPLETED, S.CLOSED, WARD, {"asked": {"person_told": "yes"}}, "referral.person_view.required"),
    (19, S.WITHDRAWN, S.CLOSED, WARD, {"asked": {}}, "referral.next_step.required"),
    (19, S.WITHDRAWN, S.CLOSED, WARD, {"asked": {}, "next_step": "nothing_needed"}, "referral.why.required"),
    (20, S.DRAFT, S.ENTERED_IN_ERROR, WARD, {"reason": ""}, "referral.reason.required"),
    (20, S.DRAFT, S.ENTERED_IN_ERROR, WARD, {"reason": "x" * 61}, "referral.reason.too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "state", "to", "by", "changes", "code"), REFUSALS)
def test_what_a_row_requires_is_asked_for_by_name(
    number: int, state: S, to: S, by: Actor, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises((BadInputError, GateError, BadTransitionError)) as refused:
        attempt(number, state, to, by, **changes)
    assert refused.value.code == code


def test_a_referral_is_not_queued_without_a_reason_or_a_consent_line() -> None:
    for missing, code in (({"consent_lines": frozenset()}, "consent_lines"),):
        with pytest.raises(BadInputError, match=rf"referral\.{code}\.required"):
            transition(at_state(S.DRAFT, **missing), to=S.QUEUED, by=Actor.SENDER, on=LATER, **GOOD[2])


def test_an_override_stands_in_for_consent_lines() -> None:
    override = str(UUID(int=9))
    asked = {"package_seen": SEEN, "override": override}
    given = transition(
        at_state(S.DRAFT, consent_lines=frozenset()), to=S.QUEUED, by=Actor.SENDER, on=LATER, asked=asked
    )
    assert given == asked


def test_a_package_changed_after_the_preview_is_not_queued() -> None:
    with pytest.raises(GateError, match="gate_package"):
        transition(at_state(S.DRAFT, package={"known_as": "N"}), to=S.QUEUED, by=Actor.SENDER, on=LATER, **GOOD[2])


def test_a_receiver_answers_its_own_question_only_when_the_person_was_asked() -> None:
    of_sender = replace(QUESTION, asked={"question": "Which ward?", "asked_of": "sender"})
    assert attempt(7, S.INFO_NEEDED, S.RECEIVED, Actor.RECEIVER) == {"answer": "St Andrew"}
    for history in ((of_sender,), ()):
        with pytest.raises(BadTransitionError):
            attempt(7, S.INFO_NEEDED, S.RECEIVED, Actor.RECEIVER, history=history)
        attempt(7, S.INFO_NEEDED, S.RECEIVED, Actor.SENDER, history=history)


def test_only_permitted_ways_count_as_tries() -> None:
    package = {**PACKAGE, "contact_permissions": [{"id": "1", "may_use": ["email"]}]}
    asked = {
        "tries": [{"on": each["on"], "way": way} for each, way in zip(TRIES, ("email", "visit", "email"), strict=True)]
    }
    waiting = at_state(S.RECEIVED, package=package)
    arguments: dict[str, Any] = {"to": S.COULD_NOT_CONTACT, "by": Actor.RECEIVER, "next_step": "sender_contacts_person"}
    assert transition(waiting, asked=asked, on=LATER, **arguments) == asked
    with pytest.raises(BadInputError, match=r"referral\.tries\.not_permitted"):
        transition(waiting, asked={"tries": TRIES}, on=LATER, **arguments)


def test_the_data_of_a_decline_and_its_next_step_are_kept() -> None:
    service = {"next_step": "refer_elsewhere", "asked": {"service": SERVICE}}
    assert attempt(12, S.SENT, S.DECLINED_BY_SERVICE, Actor.RECEIVER, **service) == {"service": SERVICE}
    day = {"next_step": "ask_again_on", "asked": {"ask_again_on": "2026-09-01"}, "reason": "no_capacity"}
    assert attempt(12, S.SENT, S.DECLINED_BY_SERVICE, Actor.RECEIVER, **day) == {"ask_again_on": "2026-09-01"}
    twice = {"reason": "duplicate_of", "asked": {"duplicate_of": str(R1)}}
    assert attempt(12, S.SENT, S.DECLINED_BY_SERVICE, Actor.RECEIVER, **twice) == {"duplicate_of": str(R1)}


def test_the_system_expires_a_referral_28_days_after_it_was_due_and_quiet() -> None:
    quiet: dict[str, Any] = {"to": S.EXPIRED, "by": Actor.SYSTEM, "asked": {}}
    waiting = at_state(S.SENT)
    assert transition(waiting, on=date(2026, 6, 14), history=(QUESTION,), **quiet) == {}
    with pytest.raises(BadTransitionError):
        transition(waiting, on=date(2026, 6, 13), history=(QUESTION,), **quiet)
    spoken = replace(QUESTION, at=datetime(2026, 6, 1, 9, tzinfo=UTC))
    with pytest.raises(BadTransitionError):
        transition(waiting, on=date(2026, 6, 28), history=(spoken,), **quiet)
    assert transition(waiting, on=date(2026, 6, 29), history=(spoken,), **quiet) == {}
    with pytest.raises(BadTransitionError):
        transition(at_state(S.SENT, decide_due=None), on=LATER, history=(QUESTION,), **quiet)


def test_the_system_closes_what_was_completed_14_days_ago() -> None:
    done = step(S.COMPLETED, 2, leaves=S.IN_PROGRESS, at=datetime(2026, 6, 1, 9, tzinfo=UTC))
    closing: dict[str, Any] = {"to": S.CLOSED, "by": Actor.SYSTEM, "asked": {}, "history": (QUESTION, done)}
    assert transition(at_state(S.COMPLETED), on=date(2026, 6, 15), **closing) == {"person_view": "not_asked"}
    with pytest.raises(BadTransitionError):
        transition(at_state(S.COMPLETED), on=date(2026, 6, 14), **closing)


def test_a_step_taken_twice_for_one_reason_is_a_repeat() -> None:
    gone = step(S.WITHDRAWN, 3, leaves=S.SENT, reason="duplicate")
    ended = at_state(S.WITHDRAWN)
    assert is_repeat(ended, to=S.WITHDRAWN, reason="duplicate", history=(gone, QUESTION))
    assert not is_repeat(ended, to=S.WITHDRAWN, reason="no_longer_needed", history=(gone,))
    assert not is_repeat(at_state(S.SENT), to=S.WITHDRAWN, reason="duplicate", history=(QUESTION,))


def test_no_history_has_no_state_and_a_broken_one_is_refused() -> None:
    assert fold(()) is None
    with pytest.raises(ValueError, match="not one history"):
        fold((step(S.DRAFT, 0), step(S.SENT, 1, leaves=S.QUEUED)))


class Walk(RuleBasedStateMachine):
    """Any walk through the table: the steps kept always fold back to the state that is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.referral = at_state(S.DRAFT)
        self.steps: list[ReferralEvent] = []

    @initialize()
    def begin(self) -> None:
        """Write the first draft."""
        self.steps.append(step(S.DRAFT, 0))

    @precondition(lambda self: self.referral.state not in FINAL)
    @rule(choice=st.data(), by=st.sampled_from(Actor))
    def move(self, choice: st.DataObject, by: Actor) -> None:
        """Take any step the table offers this actor, with what it requires."""
        moves = allowed_moves(self.referral.state, by)
        if not moves:
            return
        to = choice.draw(st.sampled_from(moves))
        row = rule_for(self.referral.state, to, by)
        assert row is not None
        history = (*self.steps, replace(QUESTION, at=self.steps[-1].at + timedelta(seconds=1)))
        arguments: dict[str, Any] = {"asked": {}, **GOOD.get(row.number, {})}
        transition(self.referral, to=to, by=by, on=date(2030, 1, 1), history=history, **arguments)
        taken = step(to, len(self.steps), leaves=self.referral.state)
        self.steps.append(replace(taken, at=ASKED_AT + timedelta(minutes=len(self.steps))))
        self.referral = replace(self.referral, state=to)

    @rule(to=st.sampled_from(S), by=st.sampled_from(Actor))
    def refuse(self, to: S, by: Actor) -> None:
        """Try what the table does not offer."""
        if to not in allowed_moves(self.referral.state, by):
            with pytest.raises(BadTransitionError):
                transition(self.referral, to=to, by=by, asked={}, on=ASKED_ON)

    @rule(seed=st.randoms(use_true_random=False))
    def shuffle(self, seed: Any) -> None:
        """Receive the steps in another order, and some twice."""
        again = [*self.steps, *self.steps[: len(self.steps) // 2]]
        seed.shuffle(again)
        assert fold(again) is self.referral.state

    @invariant()
    def folds_back(self) -> None:
        """The history tells the state."""
        if self.steps:
            assert fold(self.steps) is self.referral.state


TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
