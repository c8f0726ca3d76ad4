"""One referral in words, for either side: where it stands, its clocks, who holds it, what happened, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.domain.codes import PackageField, Priority, ReferralKind, ReferralState
from app.domain.referral_states import AskedOf
from app.storage.lists import Standing
from app.use_cases.referrals import EventLine, ReferralView
from ui.messages import day_and_hour, day_words, joined, label
from ui.view_models.package_words import SentLine, package_lines
from ui.view_models.person_story import StoryItem
from ui.view_models.referral_beside import way_words
from ui.view_models.referral_cards import state_sentence
from ui.widgets.text import filled, in_sentence, lower_first

_S = ReferralState
UNDECIDED: Final = frozenset({_S.SENT, _S.RECEIVED, _S.INFO_NEEDED})
WITH_RECEIVER: Final = frozenset({*UNDECIDED, _S.ACCEPTED, _S.WAITING_LIST, _S.IN_PROGRESS})
OFFERED: Final = (
    _S.QUEUED,
    _S.RECEIVED,
    _S.ACCEPTED,
    _S.IN_PROGRESS,
    _S.COMPLETED,
    _S.CLOSED,
    _S.WAITING_LIST,
    _S.INFO_NEEDED,
    _S.DECLINED_BY_SERVICE,
    _S.COULD_NOT_CONTACT,
    _S.REROUTED,
    _S.DECLINED_BY_PERSON,
    _S.WITHDRAWN,
)
"""Moves that this page offers, the one that brings help nearer first."""

FORWARD: Final = frozenset({_S.QUEUED, _S.RECEIVED, _S.ACCEPTED, _S.IN_PROGRESS, _S.COMPLETED, _S.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWords:
    """One clock: what has to be done, until when, and whether that is past."""

    name: str
    words: str
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWords:
    """One move as a button: where it leads and what it says; `is_next` for the one that helps most."""

    to: ReferralState
    words: str
    is_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralWords:
    """One referral in words.

    Attributes:
        heading: whom or which service it is about.
        purpose: from whom to whom, how soon.
        sentence: where it stands.
        holder: who has to act now.
        clocks: both clocks, as far as they run.
        question: the question that waits for an answer, empty when none.
        story: what happened, newest first.
        package: what the receiver sees.
        moves: what this reader may do, the next thing first.
    """

    heading: str
    purpose: str
    sentence: str
    holder: str
    clocks: tuple[ClockWords, ...]
    question: str
    story: tuple[StoryItem, ...]
    package: tuple[SentLine, ...]
    moves: tuple[MoveWords, ...]


def referral_words(view: ReferralView, now: datetime) -> ReferralWords:
    """Return one referral in words, as read at `now`."""
    on = london_day(now)
    service = view.summary.service_name or QCoreApplication.translate("referral", "a service no longer listed")
    heading = (
        view.person_name if view.is_receiver else f"{in_sentence(view.summary.to_org_name)}: {lower_first(service)}"
    )
    return ReferralWords(
        heading=heading or QCoreApplication.translate("referral", "Referral"),
        purpose=_purpose(view, service),
        sentence=_sentence(view, on),
        holder=_holder(view),
        clocks=clocks(view, now),
        question=open_question(view.events),
        story=tuple(_event(event, view, on) for event in reversed(view.events)),
        package=_package(view),
        moves=_moves(view),
    )


def clocks(view: ReferralView, now: datetime) -> tuple[ClockWords, ...]:
    """Return both clocks, each met, running or late."""
    on, referral = london_day(now), view.referral
    opened = _first(view.events, _S.RECEIVED)
    decided = _first(view.events, *_DECIDED)
    return tuple(
        clock
        for clock in (
            _clock(QCoreApplication.translate("referral", "To be opened"), referral.ack_due, opened, now, on),
            _clock(QCoreApplication.translate("referral", "To be answered"), referral.decide_due, decided, now, on),
        )
        if clock is not None
    )


def open_question(events: tuple[EventLine, ...]) -> str:
    """Return the question that nobody answered yet."""
    last = events[-1] if events else None
    return str(last.asked.get("question", "")) if last is not None and last.to_state is _S.INFO_NEEDED else ""


def channels() -> dict[str, str]:
    """Return the ways of a first contact in words."""
    return {
        "phone": QCoreApplication.translate("referral", "By phone"),
        "video": QCoreApplication.translate("referral", "By video"),
        "in_person_ward": QCoreApplication.translate("referral", "In person, on the ward"),
        "in_person_other": QCoreApplication.translate("referral", "In person, elsewhere"),
        "text": QCoreApplication.translate("referral", "By text"),
    }


def move_words(to: ReferralState, from_state: ReferralState) -> str:
    """Return what the button of a move says."""
    if to is _S.RECEIVED:
        if from_state is _S.INFO_NEEDED:
            return QCoreApplication.translate("referral", "Answer the question")
        return QCoreApplication.translate("referral", "Say that we opened it")
    words = {
        _S.QUEUED: QCoreApplication.translate("referral", "Send it now"),
        _S.ACCEPTED: QCoreApplication.translate("referral", "Accept"),
        _S.IN_PROGRESS: QCoreApplication.translate("referral", "Record the first contact"),
        _S.COMPLETED: QCoreApplication.translate("referral", "Finish"),
        _S.CLOSED: QCoreApplication.translate("referral", "Close the referral"),
        _S.WAITING_LIST: QCoreApplication.translate("referral", "Put on the waiting list"),
        _S.INFO_NEEDED: QCoreApplication.translate("referral", "Ask a question"),
        _S.DECLINED_BY_SERVICE: QCoreApplication.translate("referral", "Decline"),
        _S.COULD_NOT_CONTACT: QCoreApplication.translate("referral", "Could not be reached"),
        _S.REROUTED: QCoreApplication.translate("referral", "Pass it on"),
        _S.DECLINED_BY_PERSON: QCoreApplication.translate("referral", "The person does not want it"),
        _S.WITHDRAWN: QCoreApplication.translate("referral", "Take it back"),
    }
    return words[to]


def _moves(view: ReferralView) -> tuple[MoveWords, ...]:
    state = view.referral.state
    offered = [to for to in OFFERED if to in view.moves and _is_for_reader(to, view)]
    following = next((to for to in offered if to in FORWARD), None)
    return tuple(MoveWords(to=to, words=move_words(to, state), is_next=to is following) for to in offered)


def _is_for_reader(to: ReferralState, view: ReferralView) -> bool:
    """A receiver gives the answer only when the person was asked, not the sender (domain.md 6.2, row 7)."""
    if to is not _S.RECEIVED or view.referral.state is not _S.INFO_NEEDED or not view.is_receiver:
        return True
    last = view.events[-1] if view.events else None
    return last is not None and last.asked.get("asked_of") == AskedOf.PERSON


def _purpose(view: ReferralView, service: str) -> str:
    kind = label("referral_kind", view.referral.kind) if view.referral.kind is ReferralKind.INTRODUCTION else ""
    urgent = label("priority", view.referral.priority) if view.referral.priority is not Priority.ROUTINE else ""
    if view.is_receiver:
        words = QCoreApplication.translate("referral", "From {org} to {service}")
        first = filled(words, org=view.summary.from_org_name, service=lower_first(service))
    else:
        first = filled(QCoreApplication.translate("referral", "For {name}"), name=view.person_name)
    return " · ".join(part for part in (first, kind, urgent) if part)


def _sentence(view: ReferralView, on: date) -> str:
    if not view.is_receiver:
        return state_sentence(view.summary, on)
    day = day_words(london_day(view.summary.last_at), on)
    words = {
        _S.SENT: QCoreApplication.translate("referral", "New. Your team has not opened it yet."),
        _S.RECEIVED: QCoreApplication.translate("referral", "Your team opened it. It waits for your answer."),
        _S.INFO_NEEDED: QCoreApplication.translate("referral", "You asked a question on {day}."),
        _S.ACCEPTED: QCoreApplication.translate("referral", "You accepted it on {day}. The first contact comes next."),
        _S.WAITING_LIST: QCoreApplication.translate("referral", "On your waiting list since {day}."),
        _S.IN_PROGRESS: QCoreApplication.translate("referral", "You have been helping since {day}."),
        _S.COMPLETED: QCoreApplication.translate("referral", "You finished on {day}."),
        _S.DECLINED_BY_SERVICE: QCoreApplication.translate("referral", "You said no on {day}."),
        _S.COULD_NOT_CONTACT: QCoreApplication.translate("referral", "You could not reach the person by {day}."),
    }.get(view.referral.state)
    return filled(words, day=day) if words else state_sentence(view.summary, on)


def _holder(view: ReferralView) -> str:
    """Return who has to act next, and whether the last step has left this laptop."""
    summary, state = view.summary, view.referral.state
    asked_sender = state is _S.INFO_NEEDED and not _is_for_reader(_S.RECEIVED, replace(view, is_receiver=True))
    if state in (_S.CLOSED, _S.ENTERED_IN_ERROR):
        said = QCoreApplication.translate("referral", "Nobody has to do anything more.")
    elif (state in WITH_RECEIVER and not asked_sender) is view.is_receiver:
        said = QCoreApplication.translate("referral", "The next step is yours.")
    else:
        other = summary.from_org_name if view.is_receiver else summary.to_org_name
        said = filled(QCoreApplication.translate("referral", "The next step is for {org}."), org=other)
    if state is _S.QUEUED:
        said = QCoreApplication.translate("referral", "You can still take it back unseen.")
    elif summary.standing is not Standing.RECEIVED and state is not _S.DRAFT:
        said += " " + QCoreApplication.translate("referral", "What was done last is only on this laptop so far.")
    return said


def _clock(name: str, due: datetime | None, met: datetime | None, now: datetime, on: date) -> ClockWords | None:
    if due is None:
        return None
    by = day_words(london_day(due), on)
    if met is not None:
        words = QCoreApplication.translate("referral", "by {by}; done on {day}")
        return ClockWords(name=name, words=filled(words, by=by, day=day_words(london_day(met), on)), is_late=met > due)
    if due < now:
        words = QCoreApplication.translate("referral", "by {by}; that is past")
        return ClockWords(name=name, words=filled(words, by=by), is_late=True)
    return ClockWords(name=name, words=filled(QCoreApplication.translate("referral", "by {by}"), by=by), is_late=False)


def _first(events: tuple[EventLine, ...], *states: ReferralState) -> datetime | None:
    return min((event.at for event in events if event.to_state in states), default=None)


def _package(view: ReferralView) -> tuple[SentLine, ...]:
    shown: dict[PackageField, Any] = dict(view.package)
    shown.update(view.card)
    shown.setdefault(PackageField.NEEDS, sorted(view.referral.needs))
    if view.referral.why:
        shown.setdefault(PackageField.WHY, view.referral.why)
    return package_lines(shown)


def _event(event: EventLine, view: ReferralView, on: date) -> StoryItem:
    words = _step_words(event, view)
    detail = [day_and_hour(event.at, on)]
    code_list = _REASONS.get(event.to_state)
    if code_list and event.reason:
        detail.append(lower_first(label(code_list, event.reason)))
    if event.next_step:
        detail.append(lower_first(label("next_step", event.next_step)))
    detail += _asked_words(event.asked, on)
    accepted = event.asked.get("accepted_needs", ())
    if accepted and set(accepted) != set(view.referral.needs):
        needs = [lower_first(label("need", str(need))) for need in accepted]
        detail.append(filled(QCoreApplication.translate("referral", "only for: {needs}"), needs=joined(needs)))
    if event.by_name:
        detail.append(filled(QCoreApplication.translate("referral", "by {name}"), name=event.by_name))
    if event.clock_doubt:
        detail.append(QCoreApplication.translate("referral", "by a laptop whose clock may be wrong"))
    return StoryItem(words=words, detail=" · ".join(detail), manner=_MANNERS.get(event.to_state, ""))


def _step_words(event: EventLine, view: ReferralView) -> str:
    org = view.summary.to_org_name
    words = {
        _S.QUEUED: QCoreApplication.translate("referral", "Ready to be sent to {org}"),
        _S.DRAFT: QCoreApplication.translate("referral", "Back to a draft"),
        _S.SENT: QCoreApplication.translate("referral", "With {org}"),
        _S.RECEIVED: QCoreApplication.translate("referral", "Opened by {org}"),
        _S.INFO_NEEDED: QCoreApplication.translate("referral", "{org} asked a question"),
        _S.ACCEPTED: QCoreApplication.translate("referral", "Accepted by {org}"),
        _S.WAITING_LIST: QCoreApplication.translate("referral", "On {org}’s waiting list"),
        _S.IN_PROGRESS: QCoreApplication.translate("referral", "{org} began to help"),
        _S.COMPLETED: QCoreApplication.translate("referral", "{org} finished"),
        _S.DECLINED_BY_SERVICE: QCoreApplication.translate("referral", "{org} said no"),
        _S.REROUTED: QCoreApplication.translate("referral", "{org} passed it on"),
    }.get(event.to_state)
    if event.to_state is _S.RECEIVED and event.from_state is _S.INFO_NEEDED:
        return QCoreApplication.translate("referral", "The question was answered")
    return filled(words, org=org) if words else label("referral_state", event.to_state)


def _asked_words(asked: Mapping[str, Any], on: date) -> list[str]:
    said = [f"“{asked[name]}”" for name in ("question", "answer", "reason_text", "why") if asked.get(name)]
    days = {
        "first_step_on": QCoreApplication.translate("referral", "first step {day}"),
        "ask_again_on": QCoreApplication.translate("referral", "on {day}"),
        "ended_on": QCoreApplication.translate("referral", "ended {day}"),
    }
    said += [
        filled(words, day=day_words(date.fromisoformat(str(asked[name])), on))
        for name, words in days.items()
        if asked.get(name)
    ]
    codes = {"outcome": "outcome", "person_view": "person_view"}
    said += [lower_first(label(codes[name], str(asked[name]))) for name in codes if asked.get(name)]
    for each in asked.get("tries", ()):
        text = QCoreApplication.translate("referral", "tried {day}, {way}")
        tried = date.fromisoformat(str(each["on"]))
        said.append(filled(text, day=day_words(tried, on), way=way_words(str(each["way"]))))
    if asked.get("channel"):
        said.append(lower_first(channels().get(str(asked["channel"]), "")))
    return said


_DECIDED: Final = (
    _S.ACCEPTED,
    _S.DECLINED_BY_SERVICE,
    _S.DECLINED_BY_PERSON,
    _S.COULD_NOT_CONTACT,
    _S.REROUTED,
)
"""States that meet the clock of the answer (domain.md 6.4)."""

_REASONS: Final = {
    _S.DECLINED_BY_SERVICE: "decline_reason",
    _S.DECLINED_BY_PERSON: "person_decline_reason",
    _S.WITHDRAWN: "withdrawal_reason",
}
_MANNERS: Final = {
    _S.SENT: "brand",
    _S.RECEIVED: "brand",
    _S.INFO_NEEDED: "attention",
    _S.ACCEPTED: "done",
    _S.WAITING_LIST: "info",
    _S.IN_PROGRESS: "done",
    _S.COMPLETED: "done",
    _S.DECLINED_BY_SERVICE: "stop",
    _S.DECLINED_BY_PERSON: "stop",
    _S.COULD_NOT_CONTACT: "stop",
    _S.WITHDRAWN: "stop",
}
