"""A team's referrals in words: new, to be answered, under way, ended, and those the charity itself sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from app.domain.access import Action, permitted
from app.domain.actor import Actor
from app.domain.clocks import london_day
from app.domain.codes import Priority, ReferralState
from app.domain.ids import ReferralId
from app.storage.lists import Standing
from app.use_cases.referrals import Inbox, InboxRow, SentRow
from ui.messages import column_day, joined, label
from ui.view_models.people_list import name_with_known_as
from ui.view_models.referral_cards import is_over
from ui.widgets.text import filled, lower_first

_S = ReferralState
_UNDECIDED = frozenset({_S.SENT, _S.RECEIVED, _S.INFO_NEEDED})


class Box(StrEnum):
    """The parts of the inbox."""

    NEW = "new"
    TO_DECIDE = "to_decide"
    UNDER_WAY = "under_way"
    ENDED = "ended"
    SENT = "sent"


RECEIVED_BOXES = (Box.NEW, Box.TO_DECIDE, Box.UNDER_WAY, Box.ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCell:
    """One clock as a column has room for it, in a block without headings, and whether it is late."""

    words: str = ""
    in_block: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLine:
    """One referral as a row.

    Attributes:
        referral_id: which.
        name: about whom.
        charity: from whom, or to whom.
        what: what for.
        to_open: the clock to open it: its day, or that it was met.
        to_answer: the clock to answer it, the same.
        state: where it stands.
        needs_you: whether this side has to act.
    """

    referral_id: ReferralId
    name: str
    charity: str
    what: str
    to_open: ClockCell
    to_answer: ClockCell
    state: str
    needs_you: bool


def boxes(actor: Actor) -> tuple[Box, ...]:
    """Return the parts that this reader's roles give: who answers none sees only what was sent."""
    may_answer = permitted(actor.roles, Action.ANSWER_REFERRAL) is not None
    return (*RECEIVED_BOXES, Box.SENT) if may_answer else (Box.SENT,)


def box_words(box: Box, count: int) -> str:
    """Return the words of one part with how many are in it; what is over is not counted."""
    words = {
        Box.NEW: QCoreApplication.translate("inbox", "New"),
        Box.TO_DECIDE: QCoreApplication.translate("inbox", "To answer"),
        Box.UNDER_WAY: QCoreApplication.translate("inbox", "Under way"),
        Box.ENDED: QCoreApplication.translate("inbox", "Ended"),
        Box.SENT: QCoreApplication.translate("inbox", "Sent by us"),
    }[box]
    return f"{words} ({count})" if count and box is not Box.ENDED else words


def nothing_words(box: Box) -> tuple[str, str]:
    """Return what would be here, and what brings it here."""
    words = {
        Box.NEW: (
            QCoreApplication.translate("inbox", "Nothing new for your team."),
            QCoreApplication.translate("inbox", "New referrals arrive at the next connection."),
        ),
        Box.TO_DECIDE: (
            QCoreApplication.translate("inbox", "Nothing waits for your answer."),
            QCoreApplication.translate("inbox", "What your team opens stands here until it is answered."),
        ),
        Box.UNDER_WAY: (
            QCoreApplication.translate("inbox", "Nobody is being helped yet."),
            QCoreApplication.translate("inbox", "What your team accepts stands here until it is finished."),
        ),
        Box.ENDED: (
            QCoreApplication.translate("inbox", "Nothing has ended yet."),
            QCoreApplication.translate("inbox", "Finished and declined referrals stay here for 90 days."),
        ),
        Box.SENT: (
            QCoreApplication.translate("inbox", "No referral was sent yet."),
            QCoreApplication.translate("inbox", "Open a person and choose Refer."),
        ),
    }
    return words[box]


def received_lines(inbox: Inbox, box: Box, now: datetime) -> tuple[InboxLine, ...]:
    """Return one part of what was received, most urgent first."""
    rows = {
        Box.NEW: inbox.new,
        Box.TO_DECIDE: inbox.to_decide,
        Box.UNDER_WAY: inbox.under_way,
        Box.ENDED: inbox.ended,
    }
    return tuple(_received(row, now) for row in rows.get(box, ()))


def sent_lines(sent: Iterable[SentRow], now: datetime) -> tuple[InboxLine, ...]:
    """Return what was sent, newest first, what is over last."""
    rows = sorted(sent, key=lambda row: is_over(row.summary.state))
    return tuple(_sent(row, now) for row in rows)


def _received(row: InboxRow, now: datetime) -> InboxLine:
    needs = joined([_inside(at, label("need", need)) for at, need in enumerate(sorted(row.needs))])
    urgent = label("priority", row.priority) if row.priority is not Priority.ROUTINE else ""
    return InboxLine(
        referral_id=row.referral_id,
        name=name_with_known_as(row.person_name, row.known_as),
        charity=row.from_org_name,
        what=" · ".join(part for part in (urgent, needs) if part),
        to_open=_to_open(row.ack_due, now, is_running=row.state is _S.SENT),
        to_answer=_to_answer(row.decide_due, now, is_running=row.state in _UNDECIDED),
        state=_with_whom(row),
        needs_you=row.state in (_S.SENT, _S.RECEIVED, _S.ACCEPTED),
    )


def _sent(row: SentRow, now: datetime) -> InboxLine:
    summary = row.summary
    return InboxLine(
        referral_id=summary.referral_id,
        name=row.person_name,
        charity=summary.to_org_name,
        what=summary.service_name,
        to_open=_to_open(summary.ack_due, now, is_running=summary.state is _S.SENT),
        to_answer=_to_answer(summary.decide_due, now, is_running=summary.state in _UNDECIDED),
        state=_state(summary.state, summary.standing),
        needs_you=summary.state in (_S.DRAFT, _S.INFO_NEEDED),
    )


def _to_open(due: datetime | None, now: datetime, *, is_running: bool) -> ClockCell:
    return _clock(
        due,
        now,
        is_running=is_running,
        met=QCoreApplication.translate("inbox", "opened"),
        block=QCoreApplication.translate("inbox", "to open {clock}"),
    )


def _to_answer(due: datetime | None, now: datetime, *, is_running: bool) -> ClockCell:
    return _clock(
        due,
        now,
        is_running=is_running,
        met=QCoreApplication.translate("inbox", "answered"),
        block=QCoreApplication.translate("inbox", "to answer {clock}"),
    )


def _clock(due: datetime | None, now: datetime, *, is_running: bool, met: str, block: str) -> ClockCell:
    """Return one clock: until when, that it was met, or empty before it is set."""
    if due is None:
        return ClockCell()
    if not is_running:
        return ClockCell(words=met)
    day = column_day(london_day(due), london_day(now))
    if due < now:
        words = filled(QCoreApplication.translate("inbox", "late, {day}"), day=day)
        return ClockCell(words=words, in_block=filled(block, clock=words), is_late=True)
    words = filled(QCoreApplication.translate("inbox", "by {day}"), day=day)
    return ClockCell(words=words, in_block=filled(block, clock=words))


def _with_whom(row: InboxRow) -> str:
    """Return where it stands, and who of the team looks after it: then whether it was sent says its page."""
    if not row.looked_after_by:
        return _state(row.state, row.standing)
    state = _state(row.state, Standing.RECEIVED)
    if row.covers_for:
        words = QCoreApplication.translate("inbox", "{state} · {name} for {other}")
        return filled(words, state=state, name=row.looked_after_by, other=row.covers_for)
    return f"{state} · {row.looked_after_by}"


def _state(state: ReferralState, standing: Standing) -> str:
    if state is _S.QUEUED:
        return QCoreApplication.translate("inbox", "Waits on this laptop")
    if state is _S.SENT:
        # Only the central service says so: it has the referral.
        return QCoreApplication.translate("inbox", "Not opened yet")
    words = label("referral_state", state)
    # Shorter than elsewhere: it stands behind another word, in a column.
    match standing:
        case Standing.ONLY_HERE:
            return filled(QCoreApplication.translate("inbox", "{state}, not sent yet"), state=words)
        case Standing.SENT:
            return filled(QCoreApplication.translate("inbox", "{state}, not confirmed"), state=words)
        case Standing.RECEIVED:
            return words


def _inside(at: int, words: str) -> str:
    return words if at == 0 else lower_first(words)
