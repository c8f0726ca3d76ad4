"""What stands beside a referral's state, in words: tries to reach the person, what is left, both views, duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Need, ReferralState
from app.domain.linkage import Level
from app.domain.reaching import REACHED_FOR, Reaching, Try
from app.domain.referral_steps import VISIT
from app.use_cases.duplicates import MaybeSame, OpenAlready
from app.use_cases.referrals import ReferralView
from ui.messages import day_words, joined, label
from ui.view_models.registration import reason_words
from ui.widgets.text import filled, in_sentence, lower_first


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideWords:
    """What stands beside a referral's state; an empty text or tuple takes no room.

    Attributes:
        came_from: who outside the alliance asked, and how to reach them.
        ask_first: that the person has to be asked before anything begins.
        looked_after: who of the team looks after it.
        can_take: whether the reader may take it for themselves, or give it back.
        tries: each try, oldest first.
        reaching: how far trying has come, and what follows.
        can_try: whether a try can be written down.
        left: what was not taken on.
        outcome: each view and what it says.
        duplicate: the referral it is linked to.
        maybe_same: each open referral that may be of the same person.
    """

    came_from: str
    ask_first: str
    looked_after: str
    can_take: bool
    tries: tuple[str, ...]
    reaching: str
    can_try: bool
    left: str
    outcome: tuple[tuple[str, str], ...]
    duplicate: str
    maybe_same: tuple[str, ...]


def beside_words(view: ReferralView, on: date) -> BesideWords:
    """Return what stands beside a referral's state, as read on a day."""
    can_try = view.is_receiver and view.referral.state in REACHED_FOR
    return BesideWords(
        came_from=_came_from(view),
        ask_first=_ask_first(view),
        looked_after=_looked_after(view),
        can_take=view.is_receiver and bool(view.moves),
        tries=tuple(try_words(each, on) for each in view.reaching.tries),
        reaching=reaching_words(view.reaching, on) if can_try else "",
        can_try=can_try,
        left=_left(view.left, view.summary.to_org_name),
        outcome=_outcome(view),
        duplicate="" if view.linked is None else already_words(view.linked, on, is_receiver=view.is_receiver),
        maybe_same=tuple(_maybe(each, on) for each in view.maybe_same),
    )


def way_words(way: str) -> str:
    """Return a way in which somebody was tried: "by phone"; the words of the list for one that is new here."""
    words = _HOW.get(way, "")
    return QCoreApplication.translate("referral", words) if words else lower_first(label("may_use", way))


def try_words(each: Try, on: date) -> str:
    """Return one try: "23 November: by phone"."""
    return f"{day_words(each.on, on)}: {way_words(each.way)}"


def reaching_words(tried: Reaching, on: date) -> str:
    """Return the limit and what follows: how many tries are left, and from when it may end."""
    if not tried.tries:
        text = "Three tries on three days, a week from first to last, before anybody is given up."
        return QCoreApplication.translate("referral", text)
    if tried.is_enough:
        text = "That is enough. Try again, or record that they could not be reached, with what happens next."
        return QCoreApplication.translate("referral", text)
    first_day = max(tried.gives_up_from or on, on)
    if tried.tries[-1].on == first_day:
        first_day += timedelta(days=1)
    day = day_words(first_day, on)
    if tried.days_left > 1:
        text = QCoreApplication.translate("referral", "{count} more days to try, the last on {day} or later.")
        return filled(text, count=tried.days_left, day=day)
    return filled(QCoreApplication.translate("referral", "One more try, on {day} or later."), day=day)


def already_words(other: OpenAlready, on: date, *, is_receiver: bool = False) -> str:
    """Return that a service has a referral of the person: by whom and since when, where that may be seen."""
    if other.referral_id is None or other.on is None:
        if is_receiver:
            return QCoreApplication.translate("referral", "Another referral for this person is open in your charity.")
        return QCoreApplication.translate("referral", "This team already has an open referral for this person.")
    state = lower_first(label("referral_state", other.state or ""))
    text = QCoreApplication.translate("referral", "{name}, {org}, referred them here on {day}: {state}.")
    bare = QCoreApplication.translate("referral", "{org} referred them here on {day}: {state}.")
    org = in_sentence(other.org_name) if other.by_name else other.org_name
    words = text if other.by_name else bare
    return filled(words, name=other.by_name, org=org, day=day_words(other.on, on), state=state)


def _came_from(view: ReferralView) -> str:
    referral = view.referral
    if referral.came_from is None:
        return ""
    who = label("came_from", referral.came_from)
    return f"{who}: {referral.came_from_contact}" if referral.came_from_contact else who


def _ask_first(view: ReferralView) -> str:
    if view.referral.state is not ReferralState.DRAFT or view.referral.came_from is None or view.answer.opens_new:
        return ""
    text = QCoreApplication.translate("referral", "{name} has not been asked yet. Nothing begins before that.")
    return filled(text, name=view.person_name or QCoreApplication.translate("referral", "The person"))


def _looked_after(view: ReferralView) -> str:
    if not view.is_receiver or not view.moves:
        return ""
    if view.is_mine:
        return QCoreApplication.translate("referral", "You look after it.")
    if view.looked_after_by:
        return filled(QCoreApplication.translate("referral", "{name} looks after it."), name=view.looked_after_by)
    return QCoreApplication.translate("referral", "The whole team looks after it.")


def _left(needs: frozenset[Need], org: str) -> str:
    if not needs:
        return ""
    said = joined([lower_first(label("need", need)) for need in sorted(needs)])
    text = QCoreApplication.translate("referral", "{org} did not take on: {needs}. Nobody looks after that yet.")
    return filled(text, org=org, needs=said)


def _outcome(view: ReferralView) -> tuple[tuple[str, str], ...]:
    outcome, seen = view.outcome
    if outcome is None and seen is None:
        return ()
    by_service = filled(QCoreApplication.translate("referral", "{org} says"), org=view.summary.to_org_name)
    not_yet = QCoreApplication.translate("referral", "Not asked yet")
    return (
        (by_service, label("outcome", outcome) if outcome else not_yet),
        (QCoreApplication.translate("referral", "The person says"), label("person_view", seen) if seen else not_yet),
    )


def _maybe(each: MaybeSame, on: date) -> str:
    sure = {
        Level.LIKELY: QCoreApplication.translate("referral", "Probably the same person: {name}."),
        Level.POSSIBLE: QCoreApplication.translate("referral", "Maybe the same person: {name}."),
    }[each.level]
    why = joined([lower_first(words) for reason in each.reasons[:3] if (words := reason_words(reason))])
    parts = [filled(sure, name=each.person_name), already_words(each.other, on)]
    if each.service_name:
        parts.append(filled(QCoreApplication.translate("referral", "Service: {name}."), name=each.service_name))
    if why:
        parts.append(filled(QCoreApplication.translate("referral", "Why: {why}."), why=why))
    return " ".join(parts)


_HOW: Final = {
    "call": "by phone",
    "voicemail": "a message was left",
    "text": "by text",
    "email": "by email",
    "post": "by letter",
    "video": "by video",
    VISIT: "in person",
}
