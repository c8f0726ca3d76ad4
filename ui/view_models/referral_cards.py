"""Referrals as a person's page shows them: where each stands as a sentence, and the five stations with their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.domain.codes import ReferralState
from app.storage.lists import Standing
from app.use_cases.summaries import ReferralSummary, Stop
from ui.messages import day_words, label, short_day
from ui.widgets.text import filled, in_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class StationWords:
    """One station: its words, its day, whether it was reached."""

    words: str
    day: str
    is_reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralCard:
    """One referral in words."""

    heading: str
    sentence: str
    stations: tuple[StationWords, ...]
    is_overdue: bool


def referral_card(summary: ReferralSummary, now: datetime, *, is_ours: bool = True) -> ReferralCard:
    """Return one referral in words, as read at `now`; `is_ours` when the reader's charity wrote it."""
    on = london_day(now)
    service = summary.service_name or QCoreApplication.translate("referral", "a service no longer listed")
    sentence = state_sentence(summary, on)
    overdue = _overdue(summary, now)
    return ReferralCard(
        heading=f"{in_sentence(summary.to_org_name)}: {_lower_first(service)}",
        sentence=f"{sentence} {overdue}".strip(),
        stations=station_words(summary, on, written_by="" if is_ours else summary.from_org_name),
        is_overdue=bool(overdue),
    )


def state_sentence(summary: ReferralSummary, on: date) -> str:
    """Return where a referral stands, each word resting on a proof."""
    words = _STATES.get(summary.state, "")
    if summary.state is ReferralState.QUEUED and summary.standing is Standing.SENT:
        words = "Sent, not yet confirmed."
    sentence = filled(
        QCoreApplication.translate("referral", words),
        org=summary.to_org_name,
        day=day_words(london_day(summary.last_at), on),
    )
    return " ".join(part for part in (sentence, _due(summary, on), _reason(summary)) if part)


def _due(summary: ReferralSummary, on: date) -> str:
    """Return which clock runs, empty when none does: the service sets both when it takes a referral in."""
    if summary.state is ReferralState.SENT and summary.ack_due:
        text, moment = QCoreApplication.translate("referral", "To be opened by {day}."), summary.ack_due
    elif summary.state is ReferralState.RECEIVED and summary.decide_due:
        text, moment = QCoreApplication.translate("referral", "Answer due by {day}."), summary.decide_due
    else:
        return ""
    return filled(text, day=day_words(london_day(moment), on))


def _reason(summary: ReferralSummary) -> str:
    words = reason_words(summary)
    return f"{words}." if words else ""


def station_words(summary: ReferralSummary, on: date, *, written_by: str = "") -> tuple[StationWords, ...]:
    """Return the five stations in words, filled as far as there is proof.

    Args:
        summary: the referral.
        on: today.
        written_by: the charity that wrote it, for a reader of another charity: it never was on their laptop first.
    """
    here = QCoreApplication.translate("referral", "On this laptop")
    there = filled(QCoreApplication.translate("referral", "Written by {org}"), org=written_by)
    words = {
        Stop.ON_THIS_LAPTOP: there if written_by else here,
        Stop.WITH_ORGANISATION: filled(QCoreApplication.translate("referral", "With {org}"), org=summary.to_org_name),
        Stop.OPENED: QCoreApplication.translate("referral", "Opened"),
        Stop.ACCEPTED: QCoreApplication.translate("referral", "Accepted"),
        Stop.HELPED: QCoreApplication.translate("referral", "Helped"),
    }
    return tuple(
        StationWords(
            words=words[station.stop],
            day=short_day(london_day(station.on), on) if station.on else "",
            is_reached=station.reached,
        )
        for station in summary.stations
    )


def reason_words(summary: ReferralSummary) -> str:
    """Return the coded reason of the last step in words, empty when it has none."""
    code_list = _REASONS.get(summary.state)
    return label(code_list, summary.reason) if code_list and summary.reason else ""


def is_over(state: ReferralState) -> bool:
    """Answer whether nothing more is expected of a referral."""
    return state in _OVER


def _overdue(summary: ReferralSummary, now: datetime) -> str:
    if summary.state is ReferralState.SENT and summary.ack_due and summary.ack_due < now:
        return QCoreApplication.translate("referral", "Not opened in time.")
    if summary.state in _UNDECIDED and summary.decide_due and summary.decide_due < now:
        return QCoreApplication.translate("referral", "No answer in time.")
    return ""


def _lower_first(words: str) -> str:
    # "NHS ..." keeps its capitals.
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


_UNDECIDED = frozenset({ReferralState.SENT, ReferralState.RECEIVED})
_OVER = frozenset(
    {
        ReferralState.COMPLETED,
        ReferralState.DECLINED_BY_SERVICE,
        ReferralState.DECLINED_BY_PERSON,
        ReferralState.COULD_NOT_CONTACT,
        ReferralState.REROUTED,
        ReferralState.WITHDRAWN,
        ReferralState.EXPIRED,
        ReferralState.CLOSED,
        ReferralState.ENTERED_IN_ERROR,
    }
)
_REASONS = {
    ReferralState.DECLINED_BY_SERVICE: "decline_reason",
    ReferralState.DECLINED_BY_PERSON: "person_decline_reason",
    ReferralState.WITHDRAWN: "withdrawal_reason",
    ReferralState.COMPLETED: "outcome",
    ReferralState.DRAFT: "gate_reason",
}
_STATES = {
    ReferralState.DRAFT: "Kept as a draft. Nothing was sent.",
    ReferralState.QUEUED: "Waiting on this laptop. It is sent at the next connection.",
    ReferralState.SENT: "With {org}, not opened yet.",
    ReferralState.RECEIVED: "Opened by {org} on {day}.",
    ReferralState.INFO_NEEDED: "{org} asked a question on {day}.",
    ReferralState.ACCEPTED: "Accepted by {org} on {day}.",
    ReferralState.WAITING_LIST: "On {org}’s waiting list since {day}.",
    ReferralState.IN_PROGRESS: "{org} has been helping since {day}.",
    ReferralState.COMPLETED: "Finished on {day}.",
    ReferralState.DECLINED_BY_SERVICE: "{org} said no on {day}.",
    ReferralState.DECLINED_BY_PERSON: "The person said no on {day}.",
    ReferralState.COULD_NOT_CONTACT: "{org} could not reach the person by {day}.",
    ReferralState.REROUTED: "{org} passed it to another service on {day}.",
    ReferralState.WITHDRAWN: "Taken back on {day}.",
    ReferralState.EXPIRED: "No answer ever came. It ended on {day}.",
    ReferralState.CLOSED: "Closed on {day}.",
    ReferralState.ENTERED_IN_ERROR: "Recorded by mistake.",
}
