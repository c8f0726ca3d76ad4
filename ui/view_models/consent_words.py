"""Answers as sentences: for the page that checks them, for what is known from before, and for the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.codes import AskAgain, Capacity, ConsentMethod, Decision, GivenBy, Purpose, Scope
from app.domain.consent import Answer, AnswerKind, NoReason
from app.use_cases.consents import CheckedLine
from ui.messages import day_words, label
from ui.view_models.consent_talk import Place, Talk, can_choose_scope
from ui.widgets.text import filled, in_sentence, lower_first


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSentence:
    """One answer to be checked.

    Attributes:
        place: its cell.
        sentence: what was answered.
        detail: how much and until when, or when to ask again.
        change: what the Change link is about.
    """

    place: Place
    decision: Decision
    sentence: str
    detail: str
    change: str


def answer_sentence(line: CheckedLine, *, called: str, on: date) -> AnswerSentence:
    """Return one answer as a sentence that can be read to the person."""
    assert line.line.org is not None, "an answer names its organisation"
    return AnswerSentence(
        place=(line.line.org, line.purpose),
        decision=line.decision,
        sentence=_sentence(line, called),
        detail=_detail(line, on),
        change=f"{in_sentence(line.org_name)}, {lower_first(label('purpose', line.purpose))}",
    )


def may(purpose: Purpose, *, org: str, called: str) -> str:
    """Return what a yes lets an organisation do: "Back Up may find a mentor for Sam"."""
    words = {
        Purpose.REFERRAL_CONTACT: QCoreApplication.translate("consent", "{org} may get in touch with {called}"),
        Purpose.CASEWORK: QCoreApplication.translate("consent", "{org} may work on {called}’s support"),
        Purpose.MENTORING: QCoreApplication.translate("consent", "{org} may find a mentor for {called}"),
        Purpose.SERVICE_IMPROVEMENT: QCoreApplication.translate(
            "consent", "{org} may count {called}’s answers in totals"
        ),
        Purpose.RESEARCH_CONTACT: QCoreApplication.translate("consent", "{org} may invite {called} to research"),
        Purpose.NEWS_AND_FUNDRAISING: QCoreApplication.translate(
            "consent", "{org} may send {called} news and ask for gifts"
        ),
    }
    return filled(words[purpose], org=org, called=called)


def may_not(purpose: Purpose, *, org: str, called: str) -> str:
    """Return what a no keeps an organisation from: "Back Up may not find a mentor for Sam"."""
    words = {
        Purpose.REFERRAL_CONTACT: QCoreApplication.translate("consent", "{org} may not get in touch with {called}"),
        Purpose.CASEWORK: QCoreApplication.translate("consent", "{org} may not work on {called}’s support"),
        Purpose.MENTORING: QCoreApplication.translate("consent", "{org} may not find a mentor for {called}"),
        Purpose.SERVICE_IMPROVEMENT: QCoreApplication.translate(
            "consent", "{org} may not count {called}’s answers in totals"
        ),
        Purpose.RESEARCH_CONTACT: QCoreApplication.translate("consent", "{org} may not invite {called} to research"),
        Purpose.NEWS_AND_FUNDRAISING: QCoreApplication.translate(
            "consent", "{org} may not send {called} news or ask for gifts"
        ),
    }
    return filled(words[purpose], org=org, called=called)


def told(scope: Scope, purpose: Purpose) -> str:
    """Return what the organisation will know: "contact details and the injury"."""
    if not can_choose_scope(purpose):
        return QCoreApplication.translate("consent", "a name and one way to reach them")
    return lower_first(label("scope", scope))


def scope_words(scope: Scope) -> str:
    """Return one choice of how much may be told, short enough for a button."""
    words = {
        Scope.CONTACT: QCoreApplication.translate("consent", "Contact details only"),
        Scope.CONTACT_INJURY: QCoreApplication.translate("consent", "Contact details and the injury"),
        Scope.CONTACT_INJURY_NEEDS: QCoreApplication.translate("consent", "Contact details, the injury and needs"),
    }
    return words.get(scope) or label("scope", scope)


def before_today(answer: Answer, on: date) -> str:
    """Return what is known of a cell from earlier talks, empty when it was never asked."""
    match answer.kind, answer.reason:
        case AnswerKind.NOT_ASKED, _:
            return ""
        case AnswerKind.YES, _:
            words = QCoreApplication.translate("consent", "Before today: agreed, {scope}, until {day}.")
        case AnswerKind.LAPSED | AnswerKind.EXPIRED, _:
            words = QCoreApplication.translate("consent", "Before today: agreed, but that ended on {day}.")
        case AnswerKind.NOT_YET, _:
            words = QCoreApplication.translate("consent", "Before today: agreed from a later day on.")
        case AnswerKind.NO, NoReason.WITHDRAWN:
            words = QCoreApplication.translate("consent", "Before today: said stop.")
        case AnswerKind.NO, NoReason.CROSSED:
            words = QCoreApplication.translate("consent", "Two earlier answers do not fit together. Ask again.")
        case AnswerKind.NO, _:
            words = QCoreApplication.translate("consent", "Before today: refused.")
        case AnswerKind.NOT_ABLE_NOW, _:
            words = QCoreApplication.translate("consent", "Before today: not able to answer.")
        case _:
            words = QCoreApplication.translate("consent", "Before today: wanted to decide later.")
    scope = label("scope", answer.scope).lower() if answer.scope else ""
    day = day_words(answer.ends_on, on) if answer.ends_on else ""
    return filled(words, scope=scope, day=day)


def giver_words(talk: Talk, *, called: str, asker: str) -> tuple[str, ...]:
    """Return who answered, how, who asked and who saw it, each a sentence."""
    said = [_who_answered(talk, called)]
    if talk.method is not None:
        said.append(_how(talk.method))
    if talk.asks_interpreter:
        how = label("wording_format", talk.format)
        words = QCoreApplication.translate("consent", "{how}, by {name}.")
        said.append(filled(words, how=how, name=talk.interpreter_name.strip()))
    said.append(filled(QCoreApplication.translate("consent", "{asker} asked."), asker=asker))
    if talk.asks_witness or talk.witness_name.strip():
        words = QCoreApplication.translate("consent", "Witness: {name}, {role}.")
        said.append(filled(words, name=talk.witness_name.strip(), role=talk.witness_role.strip()))
    if talk.asks_read_back and talk.read_back:
        said.append(QCoreApplication.translate("consent", "The answers were read back."))
    return tuple(said)


def usual_words(called: str) -> str:
    """Return what is shown as set: who answers, and that they can decide."""
    words = QCoreApplication.translate(
        "consent", "{called} answers for themself and is taken as able to decide this. Read from the standard wording."
    )
    return filled(words, called=called)


def _who_answered(talk: Talk, called: str) -> str:
    if talk.giver.by is GivenBy.SELF:
        words = {
            Capacity.PRESUMED: QCoreApplication.translate("consent", "{called} answered for themself."),
            Capacity.ASSESSED_HAS: QCoreApplication.translate(
                "consent", "{called} answered for themself, and {checker} checked that they can decide this."
            ),
            Capacity.ASSESSED_LACKS_NOW: QCoreApplication.translate(
                "consent", "{called} answered; {checker} found that they cannot decide this now."
            ),
            Capacity.FLUCTUATING: QCoreApplication.translate(
                "consent", "{called} answered at a time when they can decide, as {checker} found."
            ),
        }[talk.giver.capacity]
        return filled(words, called=called, checker=talk.giver.checked_by.strip())
    words = QCoreApplication.translate("consent", "{name} answered: {role}. Seen: {evidence}.")
    return filled(
        words,
        name=talk.giver.name.strip(),
        role=lower_first(label("given_by", talk.giver.by)),
        evidence=talk.giver.evidence.strip(),
    )


def _how(method: ConsentMethod) -> str:
    return label("consent_method", method) + "."


def _sentence(line: CheckedLine, called: str) -> str:
    match line.decision:
        case Decision.AGREED:
            return may(line.purpose, org=line.org_name, called=called) + "."
        case Decision.REFUSED:
            return may_not(line.purpose, org=line.org_name, called=called) + "."
        case Decision.DECIDE_LATER:
            words = QCoreApplication.translate("consent", "{called} decides later whether {may}.")
        case _:
            words = QCoreApplication.translate("consent", "{called} was not able to say whether {may}.")
    return filled(words, called=called, may=may(line.purpose, org=line.org_name, called=called))


def _detail(line: CheckedLine, on: date) -> str:
    if line.decision is Decision.AGREED and line.scope is not None and line.ends_on is not None:
        words = QCoreApplication.translate("consent", "They will know {told}. Until {day}.")
        return filled(words, told=told(line.scope, line.purpose), day=day_words(line.ends_on, on))
    if line.decision is Decision.REFUSED:
        return _asked_again(line, on)
    if line.ask_on is not None:
        words = QCoreApplication.translate("consent", "We ask again on {day}.")
        return filled(words, day=day_words(line.ask_on, on))
    return ""


def _asked_again(line: CheckedLine, on: date) -> str:
    match line.line.ask_again:
        case AskAgain.NEVER:
            return QCoreApplication.translate("consent", "We do not ask again.")
        case AskAgain.AFTER_DISCHARGE:
            return QCoreApplication.translate("consent", "We may ask again after they leave hospital.")
        case AskAgain.ON_DATE if line.ask_on is not None:
            words = QCoreApplication.translate("consent", "We may ask again on {day}.")
            return filled(words, day=day_words(line.ask_on, on))
        case _:
            return ""
