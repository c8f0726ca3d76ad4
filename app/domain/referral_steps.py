"""What each step of a referral requires (`domain.md` 6.2, last column, with the codes of 6.3).

The required data travel in `ReferralEvent.asked` under these names, as JSON:

     2 queued               package_seen (hash of the preview), override (consent event) in place of consent lines
     5 received             team, user
     6 info_needed          question, asked_of (`sender`, `person`)
     7 received             answer
     8 accepted             first_step_on, accepted_needs
     9 waiting_list         expected_start (YYYY-MM)
    10 in_progress          first_contact_at, channel
    11 completed            outcome, ended_on
    12 declined_by_service  for reason `duplicate_of`: duplicate_of; for `other`: reason_text; and of the next step
    13 declined_by_person   heard_by
    14 could_not_contact    tries [{on, way}]; and of the next step
    15 rerouted             service
    18 closed               person_view, person_told
    19 closed               next_step_done; or why, for the next step `nothing_needed`

The next step of a decline: `refer_elsewhere` asks for service, `ask_again_on` for ask_again_on, `nothing_needed`
for why. A field that fails is refused as `referral.<field>.<problem>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.domain.asked import Asked
from app.domain.clocks import london_day
from app.domain.codes import (
    DeclineReason,
    GateReason,
    MayUse,
    Need,
    NextStep,
    Outcome,
    PackageField,
    PersonDeclineReason,
    PersonView,
    ReferralState,
    WithdrawalReason,
    YesNo,
)
from app.domain.consent import Answer
from app.domain.disclosure import package_hash
from app.domain.referral import Referral, ReferralEvent
from app.errors import BadInputError, BadTransitionError, GateError

RECORD = "referral"

SHORTEST_QUESTION = 10
"""Characters: less is not a question anybody can answer."""

LEAST_TRIES = 3
"""Tries, each on a day of its own, before somebody counts as not reached."""

TRIES_OVER_DAYS = 7
"""Days between the first and the last of those tries."""

EXPIRES_AFTER_DAYS = 28
"""Days without a step after `decide_due`."""

CLOSES_AFTER_DAYS = 14
"""Days after which the system closes what was completed."""

_WITH_REASON = frozenset({3, 12, 13, 16, 20})
"""Rows of the table that name a reason; any other text there would travel unread."""

_WITH_NEXT_STEP = frozenset({12, 14, 18, 19})
"""Rows of the table that name what happens next."""

VISIT = "visit"
"""A try in person, for which no contact point needs permission."""


class Actor(StrEnum):
    """On whose behalf a step is taken; a sender's coordinator may do all that a sender may. Fixed for ever."""

    SENDER = "sender"
    RECEIVER = "receiver"
    SYSTEM = "system"
    SENDER_COORDINATOR = "sender_coordinator"


class AskedOf(StrEnum):
    """Who is asked for what is missing. Fixed for ever."""

    SENDER = "sender"
    PERSON = "person"


class Channel(StrEnum):
    """How a contact took place. Fixed for ever."""

    PHONE = "phone"
    VIDEO = "video"
    IN_PERSON_WARD = "in_person_ward"
    IN_PERSON_OTHER = "in_person_other"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step somebody wants to take.

    Attributes:
        referral: as it stands.
        by: on whose behalf.
        reason: coded reason.
        next_step: coded next step.
        asked: the required data, as JSON.
        on: London day of the step.
        history: the steps before it.
        answer: effective consent for the organisation of the new service, for a re-route.
        is_judged_later: only the central service knows that answer: a laptop lets the step go there.
    """

    referral: Referral
    by: Actor
    reason: str
    next_step: str
    asked: Mapping[str, Any]
    on: date
    history: Sequence[ReferralEvent]
    answer: Answer | None
    is_judged_later: bool = False

    @property
    def given(self) -> Asked:
        """The required data, to be read field by field."""
        return Asked(RECORD, self.asked)

    @property
    def last(self) -> ReferralEvent | None:
        """The newest step before this one."""
        return max(self.history, key=lambda event: (event.at, event.id), default=None)


Requirement = Callable[[Step], dict[str, Any]]


def required_data(number: int, step: Step) -> dict[str, Any]:
    """Return the checked data of a step by the row of the table.

    Raises:
        BadInputError: something required is missing or wrong.
        GateError: the preview differs, or nobody agreed to the organisation of a re-route.
        BadTransitionError: the step is not due, or not this actor's now.
    """
    if step.reason and number not in _WITH_REASON:
        raise BadInputError.at(RECORD, "reason", "not_permitted")
    if step.next_step and number not in _WITH_NEXT_STEP:
        raise BadInputError.at(RECORD, "next_step", "not_permitted")
    requirement = _REQUIREMENTS.get(number)
    return {} if requirement is None else requirement(step)


def check_start(referral: Referral) -> None:
    """Refuse a new referral without a need (row 1); person and service are required by its shape."""
    if not referral.needs:
        raise BadInputError.at(RECORD, "needs", "required")


def _queued(step: Step) -> dict[str, Any]:
    referral = step.referral
    check_start(referral)
    # Why is asked of the sender, but the record says it only where the package does: it travels whole.
    if not referral.why and PackageField.WHY in referral.package:
        raise BadInputError.at(RECORD, "why", "required")
    asked: dict[str, Any] = {"package_seen": step.given.text("package_seen", longest=64)}
    if "override" in step.asked:
        asked["override"] = step.given.identifier("override")
    elif not referral.consent_lines:
        raise BadInputError.at(RECORD, "consent_lines", "required")
    if not asked["package_seen"] == referral.package_hash == package_hash(referral.package):
        raise GateError(GateReason.GATE_PACKAGE.value)
    return asked


def _back_to_draft(step: Step) -> dict[str, Any]:
    if step.by is Actor.SYSTEM or step.reason:
        Asked(RECORD, {"reason": step.reason}).code("reason", GateReason)
    return {}


def _received(step: Step) -> dict[str, Any]:
    return {"team": step.given.text("team", longest=60), "user": step.given.identifier("user")}


def _info_needed(step: Step) -> dict[str, Any]:
    question = step.given.text("question", shortest=SHORTEST_QUESTION, longest=1000)
    return {"question": question, "asked_of": step.given.code("asked_of", AskedOf)}


def _answered(step: Step) -> dict[str, Any]:
    questions = [event for event in step.history if event.to_state is ReferralState.INFO_NEEDED]
    newest = max(questions, key=lambda event: (event.at, event.id), default=None)
    of_person = newest is not None and newest.asked.get("asked_of") == AskedOf.PERSON
    if step.by is Actor.RECEIVER and not of_person:
        raise BadTransitionError("referral.bad_transition", state=step.referral.state.value)
    return {"answer": step.given.text("answer", longest=1000)}


def _accepted(step: Step) -> dict[str, Any]:
    first = step.given.day("first_step_on", earliest=_sent_on(step))
    needs = step.given.codes("accepted_needs", Need)
    if not frozenset(needs) <= step.referral.needs:
        raise BadInputError.at(RECORD, "accepted_needs", "out_of_range")
    return {"first_step_on": first, "accepted_needs": needs}


def _waiting_list(step: Step) -> dict[str, Any]:
    return {"expected_start": step.given.month("expected_start", earliest=_sent_on(step))}


def _in_progress(step: Step) -> dict[str, Any]:
    at = step.given.moment("first_contact_at", latest_day=step.on)
    return {"first_contact_at": at, "channel": step.given.code("channel", Channel)}


def _completed(step: Step) -> dict[str, Any]:
    ended = step.given.day("ended_on", earliest=_sent_on(step), latest=step.on)
    return {"outcome": step.given.code("outcome", Outcome), "ended_on": ended}


def _declined_by_service(step: Step) -> dict[str, Any]:
    reason = Asked(RECORD, {"reason": step.reason}).code("reason", DeclineReason)
    asked = _next_step(step)
    if reason == DeclineReason.DUPLICATE_OF:
        asked["duplicate_of"] = step.given.identifier("duplicate_of")
    if reason == DeclineReason.OTHER:
        asked["reason_text"] = step.given.text("reason_text", longest=300)
    return asked


def _declined_by_person(step: Step) -> dict[str, Any]:
    Asked(RECORD, {"reason": step.reason}).code("reason", PersonDeclineReason)
    return {"heard_by": step.given.text("heard_by", longest=80)}


def _could_not_contact(step: Step) -> dict[str, Any]:
    ways = permitted_ways(step.referral)
    tries = []
    for entry in step.given.entries("tries"):
        attempt = Asked(RECORD, entry)
        on = attempt.day("on", latest=step.on, called="tries")
        way = attempt.text("way", longest=20, called="tries")
        if ways is not None and way not in ways:
            raise BadInputError.at(RECORD, "tries", "not_permitted")
        tries.append({"on": on, "way": way})
    days = {date.fromisoformat(attempt["on"]) for attempt in tries}
    if len(days) < LEAST_TRIES or max(days) - min(days) < timedelta(days=TRIES_OVER_DAYS):
        raise BadInputError.at(RECORD, "tries", "out_of_range")
    return {"tries": tries, **_next_step(step)}


def _rerouted(step: Step) -> dict[str, Any]:
    service = step.given.identifier("service")
    if service == str(step.referral.to_service):
        raise BadInputError.at(RECORD, "service", "not_permitted")
    if not step.is_judged_later and (step.answer is None or not step.answer.opens_new):
        # Nobody is passed on unasked: the caller asks for "ask the person first".
        raise GateError(GateReason.GATE_CONSENT.value)
    return {"service": service}


def _withdrawn(step: Step) -> dict[str, Any]:
    reason = Asked(RECORD, {"reason": step.reason}).code("reason", WithdrawalReason)
    by_system = (WithdrawalReason.CONSENT_WITHDRAWN, WithdrawalReason.CONSENT_EXPIRED, WithdrawalReason.PERSON_DIED)
    if step.by is Actor.SYSTEM and reason not in by_system:
        raise BadInputError.at(RECORD, "reason", "not_permitted")
    not_accepted = (ReferralState.SENT, ReferralState.RECEIVED, ReferralState.INFO_NEEDED)
    if reason == WithdrawalReason.CONSENT_EXPIRED and step.referral.state not in not_accepted:
        # What was accepted before the yes ran out runs on (domain.md 6.6).
        raise BadTransitionError("referral.bad_transition", state=step.referral.state.value)
    return {}


def _expired(step: Step) -> dict[str, Any]:
    due = step.referral.decide_due
    quiet_since = max((event.at for event in step.history), default=due)
    if due is None or quiet_since is None or step.on < _days_after(max(due, quiet_since), EXPIRES_AFTER_DAYS):
        raise BadTransitionError("referral.bad_transition", state=step.referral.state.value)
    return {}


def _closed_after_completion(step: Step) -> dict[str, Any]:
    if step.by is not Actor.SYSTEM:
        told = step.given.code("person_told", YesNo)
        return {"person_view": step.given.code("person_view", PersonView), "person_told": told}
    if step.last is None or step.on < _days_after(step.last.at, CLOSES_AFTER_DAYS):
        raise BadTransitionError("referral.bad_transition", state=step.referral.state.value)
    return {"person_view": PersonView.NOT_ASKED.value}


def _closed_after_end(step: Step) -> dict[str, Any]:
    if step.asked.get("next_step_done") is True:
        return {"next_step_done": True}
    if step.next_step != NextStep.NOTHING_NEEDED:
        raise BadInputError.at(RECORD, "next_step", "required")
    return {"why": step.given.text("why", longest=300)}


def _entered_in_error(step: Step) -> dict[str, Any]:
    Asked(RECORD, {"reason": step.reason}).text("reason", longest=60)
    return {}


def _next_step(step: Step) -> dict[str, Any]:
    match NextStep(Asked(RECORD, {"next_step": step.next_step}).code("next_step", NextStep)):
        case NextStep.REFER_ELSEWHERE:
            return {"service": step.given.identifier("service")}
        case NextStep.ASK_AGAIN_ON:
            return {"ask_again_on": step.given.day("ask_again_on", earliest=_sent_on(step))}
        case NextStep.NOTHING_NEEDED:
            return {"why": step.given.text("why", longest=300)}
        case _:
            return {}


def permitted_ways(referral: Referral) -> frozenset[str] | None:
    """Return the ways that the package permits; None when it says nothing about them."""
    permissions = referral.package.get(PackageField.CONTACT_PERMISSIONS)
    if permissions is None:
        return frozenset({*MayUse, VISIT})
    return frozenset({VISIT, *(way for each in permissions for way in each.get("may_use", ()))})


def _sent_on(step: Step) -> date | None:
    return None if step.referral.sent_at is None else london_day(step.referral.sent_at)


def _days_after(moment: datetime, days: int) -> date:
    return london_day(moment) + timedelta(days=days)


_REQUIREMENTS: Mapping[int, Requirement] = {
    2: _queued,
    3: _back_to_draft,
    5: _received,
    6: _info_needed,
    7: _answered,
    8: _accepted,
    9: _waiting_list,
    10: _in_progress,
    11: _completed,
    12: _declined_by_service,
    13: _declined_by_person,
    14: _could_not_contact,
    15: _rerouted,
    16: _withdrawn,
    17: _expired,
    18: _closed_after_completion,
    19: _closed_after_end,
    20: _entered_in_error,
}
