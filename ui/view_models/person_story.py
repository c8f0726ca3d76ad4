"""What happened to a person and what is due, in sentences: the timeline, the questions to ask again, the answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Purpose
from app.domain.consent import Answer, AnswerKind, NoReason
from app.use_cases.person_page import Ask, Happening, OrganisationAnswers, PersonView
from ui.messages import day_and_hour, day_words, joined, label, near_day
from ui.view_models.person_facts import leaving_soon
from ui.view_models.removal_words import removal_words
from ui.widgets.text import filled, in_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryItem:
    """One entry of the timeline; `manner` is `done`, `stop`, `info`, `attention`, `brand` or empty."""

    words: str
    detail: str
    manner: str


def story(view: PersonView, on: date) -> tuple[StoryItem, ...]:
    """Return what happened, newest first."""
    return tuple(_item(happening, view, on) for happening in view.timeline)


def _item(happening: Happening, view: PersonView, on: date) -> StoryItem:
    if happening.code == "removed":
        return _removal(happening, view, on)
    words = dict(happening.words)
    state = happening.code.removeprefix("referral_")
    text = (
        _STEPS.get(state, "{organisation}: {state}") if state != happening.code else _HAPPENINGS.get(happening.code, "")
    )
    organisations = [name for name in words.get("organisations", "").split(", ") if name]
    purposes = [label("purpose", slug).lower() for slug in words.get("purposes", "").split(",") if slug]
    values = {
        "called": view.called,
        "organisation": words.get("organisation", "") or happening.org_name,
        "organisations": joined(organisations) or QCoreApplication.translate("story", "every charity"),
        "purposes": joined(purposes) or QCoreApplication.translate("story", "everything"),
        "state": label("referral_state", state).lower(),
    }
    return StoryItem(
        words=filled(QCoreApplication.translate("story", text), **values),
        detail=_detail(happening, on),
        manner=happening.manner,
    )


def _removal(happening: Happening, view: PersonView, on: date) -> StoryItem:
    receipt = next(
        each
        for each in view.removals
        if each.partner_name == happening.org_name and happening.at in (each.last_removed_at, each.ordered_at)
    )
    words = removal_words(receipt, on)
    parts = (day_and_hour(happening.at, on), words.detail)
    return StoryItem(words=words.statement, detail=" · ".join(part for part in parts if part), manner=happening.manner)


def _detail(happening: Happening, on: date) -> str:
    parts = [day_and_hour(happening.at, on)]
    method = happening.words.get("method", "")
    if method:
        parts.append(_lower(label("consent_method", method)))
    parts += [_lower(words) for words in _reasons(happening)]
    if happening.by:
        by = (
            happening.by
            if not happening.org_name
            else f"{in_sentence(happening.by)}, {in_sentence(happening.org_name)}"
        )
        parts.append(filled(QCoreApplication.translate("story", "by {by}"), by=by))
    return " · ".join(parts)


def _reasons(happening: Happening) -> list[str]:
    reason, next_step = happening.words.get("reason", ""), happening.words.get("next_step", "")
    code_list = _REASON_LISTS.get(happening.code, "")
    said = [label(code_list, reason)] if code_list and reason else []
    return [*said, label("next_step", next_step)] if next_step else said


def is_stopped(view: PersonView) -> bool:
    """Answer whether the person said stop to anything."""
    return any(answer.reason is NoReason.WITHDRAWN for row in view.answers for answer in row.cells.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWords:
    """What is due to be asked again, and why."""

    statement: str
    detail: str
    is_due: bool


def asks(view: PersonView, on: date) -> tuple[AskWords, ...]:
    """Return what is to be asked again, soonest first; what one talk left open stands in one sentence."""
    groups: dict[tuple[str, date, date], list[Ask]] = defaultdict(list)
    for ask in view.asks:
        groups[ask.reason, ask.since, ask.due_on].append(ask)
    return tuple(_ask(group, view, on) for group in groups.values())


def _ask(group: Sequence[Ask], view: PersonView, on: date) -> AskWords:
    first = group[0]
    things = joined(_things(group))
    if first.due_on <= on:
        statement = QCoreApplication.translate("story", "Ask {called} again about {things}.")
    else:
        statement = QCoreApplication.translate("story", "From {day}, ask {called} again about {things}.")
    why = _ASK_REASONS.get(first.reason, "It was left open on {since}.")
    detail = filled(QCoreApplication.translate("story", why), called=view.called, since=day_words(first.since, on))
    return AskWords(
        statement=filled(statement, called=view.called, things=things, day=near_day(first.due_on, on)),
        detail=f"{detail} {leaving_soon(view, on)}".strip(),
        is_due=first.due_on <= on,
    )


def _things(group: Sequence[Ask]) -> list[str]:
    by_org: dict[str, list[str]] = defaultdict(list)
    for ask in group:
        if ask.purpose is not None:
            by_org[ask.org_name].append(_ABOUT[ask.purpose])
    if not by_org:
        return [QCoreApplication.translate("story", "sharing")]
    return [
        filled(
            QCoreApplication.translate("story", "{things} with {org}"),
            things=joined([QCoreApplication.translate("story", thing) for thing in things]),
            org=org,
        )
        for org, things in by_org.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLine:
    """What one organisation may do for one purpose: the purpose, the answer as a word, and the rest of it."""

    purpose: str
    kind: AnswerKind
    word: str
    detail: str


def answer_lines(row: OrganisationAnswers, on: date) -> tuple[AnswerLine, ...]:
    """Return the answers of one organisation, those never asked for left out."""
    asked = ((purpose, answer) for purpose, answer in row.cells.items() if answer.kind is not AnswerKind.NOT_ASKED)
    return tuple(_answer(purpose, answer, on) for purpose, answer in asked)


def not_asked_words(row: OrganisationAnswers) -> str:
    """Return which purposes nobody asked about, as one quiet sentence; empty when all were asked."""
    missing = [
        label("purpose", purpose).lower()
        for purpose, answer in row.cells.items()
        if answer.kind is AnswerKind.NOT_ASKED
    ]
    if not missing:
        return ""
    return filled(QCoreApplication.translate("story", "Not asked: {purposes}."), purposes=joined(missing))


def _answer(purpose: Purpose, answer: Answer, on: date) -> AnswerLine:
    parts = []
    if answer.scope is not None and answer.kind in _WITH_SCOPE:
        parts.append(label("scope", answer.scope))
    if answer.ends_on is not None and answer.kind in _WITH_SCOPE:
        parts.append(filled(QCoreApplication.translate("story", "until {day}"), day=day_words(answer.ends_on, on)))
    if answer.withheld:
        fields = [label("package_field", field).lower() for field in sorted(answer.withheld)]
        parts.append(filled(QCoreApplication.translate("story", "without {fields}"), fields=joined(fields)))
    return AnswerLine(
        purpose=label("purpose", purpose),
        kind=answer.kind,
        word=_answer_word(answer),
        detail=", ".join(parts),
    )


def _answer_word(answer: Answer) -> str:
    match answer.kind, answer.reason:
        case AnswerKind.NO, NoReason.WITHDRAWN:
            return QCoreApplication.translate("story", "Said stop")
        case AnswerKind.NO, NoReason.CROSSED:
            return QCoreApplication.translate("story", "Two answers do not fit: ask again")
        case AnswerKind.NO, _:
            return QCoreApplication.translate("story", "Refused")
        case kind, _:
            return QCoreApplication.translate("story", _ANSWERS[kind])


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


_WITH_SCOPE = frozenset({AnswerKind.YES, AnswerKind.LAPSED, AnswerKind.EXPIRED})
_ANSWERS = {
    AnswerKind.YES: "Agreed",
    AnswerKind.LAPSED: "Ended: ask again",
    AnswerKind.EXPIRED: "Ended",
    AnswerKind.NOT_YET: "Agreed from later on",
    AnswerKind.NOT_ABLE_NOW: "Not able now",
    AnswerKind.DECIDE_LATER: "Later",
    AnswerKind.NOT_ASKED: "Not asked",
}
_ABOUT = {
    Purpose.REFERRAL_CONTACT: "getting in touch",
    Purpose.CASEWORK: "working together",
    Purpose.MENTORING: "a mentor",
    Purpose.SERVICE_IMPROVEMENT: "counting in totals",
    Purpose.RESEARCH_CONTACT: "research",
    Purpose.NEWS_AND_FUNDRAISING: "news and appeals",
}
_ASK_REASONS = {
    "not_able_now": "On {since} {called} was not able to answer.",
    "not_able_now_due": "On {since} {called} was not able to answer.",
    "decide_later": "On {since} {called} wanted to decide later.",
    "decide_later_due": "On {since} {called} wanted to decide later.",
    "refused": "On {since} {called} said no for now.",
    "refused_due": "On {since} {called} said no for now.",
    "expiring": "The yes of {since} ends soon.",
    "lapsed": "The yes of {since} has ended.",
    "expired": "The yes of {since} has ended.",
    "crossed": "On one laptop {called} said stop, on another yes.",
    "new_member": "This charity is new in the alliance.",
    "turned_16": "{called} is 16 by now and answers for themself.",
    "wording_changed": "The words read out have changed since {since}.",
}
_HAPPENINGS = {
    "registered": "Registered by {organisation}",
    "agreed": "{called} agreed: {organisations}",
    "refused": "{called} refused: {organisations}",
    "withdrew": "{called} said stop: {organisations}",
    "not_able_now": "Not able now: {purposes}",
    "decide_later": "Decides later: {purposes}",
    "answered": "{called} answered",
    "moved": "Moved",
    "note": "Note written",
}
_STEPS = {
    "draft": "Referral to {organisation} begun",
    "sent": "Sent to {organisation}",
    "received": "Opened by {organisation}",
    "info_needed": "{organisation} asked a question",
    "accepted": "Accepted by {organisation}",
    "waiting_list": "On {organisation}’s waiting list",
    "in_progress": "{organisation} began to help",
    "completed": "{organisation} finished",
    "declined_by_service": "{organisation} said no",
    "declined_by_person": "{called} said no to {organisation}",
    "could_not_contact": "{organisation} could not reach {called}",
    "rerouted": "{organisation} passed it on",
    "withdrawn": "Taken back from {organisation}",
    "expired": "{organisation} never answered",
    "closed": "Closed with {organisation}",
    "entered_in_error": "Recorded by mistake: {organisation}",
}
_REASON_LISTS = {
    "referral_declined_by_service": "decline_reason",
    "referral_declined_by_person": "person_decline_reason",
    "referral_withdrawn": "withdrawal_reason",
    "referral_completed": "outcome",
}
