"""What needs a human eye, as a card says it: what happened, to whom, what is safe, and what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.errors import BadInputError
from app.use_cases.today import AttentionCard
from ui.error_words import ERROR_WORDS
from ui.messages import has_words, label, moment_words, words_of
from ui.view_models.conflict_words import when_words
from ui.view_models.stored_words import field_name, stored_words
from ui.widgets.text import filled, in_sentence

LONGEST_QUOTE: Final = 200
"""More letters of what somebody wrote would hide the choices; the rest is in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """One card: its sentence, what is safe, and the words of each choice, the safest first."""

    statement: str
    detail: str
    choices: tuple[tuple[str, str], ...]


def card_words(card: AttentionCard, now: datetime) -> CardWords:
    """Return one card in words."""
    text, safe = _found(card.code)
    values = {
        "what": _what(card),
        "state": label("referral_state", card.words.get("state", "")).lower()
        or QCoreApplication.translate("attention", "changed"),
        "gate": _gate(card.words.get("gate", "")),
        "problem": _problem(card.words.get("gate", "")),
    }
    statement = _merged(card, now) or filled(QCoreApplication.translate("attention", text), **values)
    details = [
        filled(QCoreApplication.translate("attention", safe), **values),
        _about(card),
        _meant(card),
        _since(card, now),
    ]
    return CardWords(
        statement=statement[:1].upper() + statement[1:],
        detail=" ".join(part for part in details if part),
        choices=tuple((choice, choice_words(choice, card)) for choice in card.choices),
    )


def _merged(card: AttentionCard, now: datetime) -> str:
    """Return "Jo changed the postcode on Monday at 10:20, after you: that one stands." and its like."""
    said = []
    for other in card.others:
        if other.both_kept:
            text = QCoreApplication.translate("attention", "{who} changed {field} {when}; both changes are kept.")
        else:
            text = QCoreApplication.translate("attention", "{who} changed {field} {when}, after you: that one stands.")
        who = other.by or QCoreApplication.translate("attention", "Somebody")
        said.append(filled(text, who=who, field=_field(card, other.field), when=when_words(other.at, now)))
    return " ".join(said)


def _field(card: AttentionCard, field: str) -> str:
    return field_name(card.words.get("type", ""), field) or QCoreApplication.translate("attention", "an entry")


def _about(card: AttentionCard) -> str:
    """Return whom a sentence is about that names only a field."""
    if not (card.others and card.person_name):
        return ""
    return filled(QCoreApplication.translate("attention", "It is about {name}."), name=card.person_name)


def _meant(card: AttentionCard) -> str:
    """Return what was written and did not take effect, so that nobody has to remember it."""
    kept = {other.field for other in card.others if other.both_kept}
    wrote = []
    for meant in card.meant:
        name = field_name(meant.record_type, meant.field)
        words = stored_words(meant.record_type, meant.field, meant.value)
        if name and words and meant.field not in kept:
            wrote.append(f"{name}: {in_sentence(_shortened(words))}")
    if not wrote or (card.code == "merged" and not card.others):
        return ""
    return QCoreApplication.translate("attention", "You wrote: {words}.").format(words="; ".join(wrote).rstrip("."))


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE].rstrip()} …"


def choice_words(choice: str, card: AttentionCard) -> str:
    """Return the words of one choice: a full verb and its object."""
    match choice:
        case "open":
            return filled(QCoreApplication.translate("attention", "Open {name}"), name=card.person_name or _what(card))
        case "correct":
            return QCoreApplication.translate("attention", "Correct it")
        case "send_again":
            return QCoreApplication.translate("attention", "Send it again")
        case "understood":
            return QCoreApplication.translate("attention", "I have read this")
        case _:
            return QCoreApplication.translate("attention", "Put it aside")


def _found(code: str) -> tuple[str, str]:
    reason = code.partition(".")[0]
    return _CARDS.get(code) or _CARDS.get(reason) or _CARDS["parked"]


def _what(card: AttentionCard) -> str:
    """Return what the card is about: "a note about Samira Osei", or without the name when it is not held."""
    kind = card.words.get("type", "")
    if card.person_name and kind in _ABOUT:
        return filled(QCoreApplication.translate("attention", _ABOUT[kind]), name=card.person_name)
    return QCoreApplication.translate("attention", _ALONE.get(kind, "a change"))


def _gate(code: str) -> str:
    words = ERROR_WORDS.get(code)
    return QCoreApplication.translate("errors", words[0]) if words else ""


def _problem(code: str) -> str:
    """Return what is wrong with a field: "the date of injury is after today", or that it does not fit."""
    if code in _OF_AN_OP:
        return QCoreApplication.translate("attention", _OF_AN_OP[code])
    if code.count(".") != _PARTS_OF_A_FIELD or not has_words(code):
        return QCoreApplication.translate("attention", "It does not fit what the central service holds.")
    return words_of(BadInputError(code)).sentence


def _since(card: AttentionCard, now: datetime) -> str:
    text = QCoreApplication.translate("attention", "Since {when}.")
    return filled(text, when=moment_words(card.at, now))


_PARTS_OF_A_FIELD: Final = 2
_OF_AN_OP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "op.schema": "It was written with an Alongside that is too old by now.",
        "op.line_size": "It is too long.",
    }
)
_ABOUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person": "a change in the record of {name}",
        "injury": "what was recorded of {name}’s injury",
        "contact_point": "a way to reach {name}",
        "stay": "where {name} is",
        "consent_event": "an answer of {name}",
        "referral": "a referral of {name}",
        "referral_event": "a step in a referral of {name}",
        "case_note": "a note about {name}",
        "task": "a task about {name}",
        "relationship": "a relative or friend of {name}",
    }
)
_ALONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consent_event": "an answer about sharing",
        "referral": "a referral",
        "referral_event": "a step in a referral",
        "case_note": "a note",
        "task": "a task",
        "site": "a hospital",
        "service": "a service",
    }
)
_CARDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "rejected.bad_transition": (
            "Somebody was quicker with {what}: it is {state} by now.",
            "Your change was not applied. What you wrote is kept in the history.",
        ),
        "rejected.not_passed_on": (
            "{what} was not passed on. {gate}",
            "It is still with your team. Whoever sent it was asked to ask the person first.",
        ),
        "rejected.gate": ("{what} could not leave. {gate}", "It is safe here as a draft. Nothing was sent."),
        "rejected.not_permitted": (
            "{what} was not taken: your role did not allow it any more.",
            "It is safe here. Your coordinator can do it for you.",
        ),
        "rejected.constraint": (
            "{what} could not be taken. {problem}",
            "It is safe here. Nothing else is held up. Put it right, and it is sent again.",
        ),
        "rejected.read_only": (
            "{what} was not taken: only the charity that wrote it can change it.",
            "Nothing was changed. Ask them, or write a note.",
        ),
        "rejected.id_reuse": (
            "{what} was not taken: something else was saved in its place before.",
            "It is safe here. Open it, see what is there, and write it again if it is still needed.",
        ),
        "rejected.actor_unknown": (
            "{what} was not taken: the account that wrote it may not work on this laptop.",
            "It is safe here. Your IT support can give the account back; then send it again.",
        ),
        "rejected.capacity": (
            "{what} was not taken: the last free place was given to somebody else.",
            "Nothing is lost. Open it and choose again.",
        ),
        "rejected.unknown_type": (
            "{what} was not taken: the central service does not know this kind of record yet.",
            "It is safe here. Your IT support can ask for the service to be updated.",
        ),
        "rejected.unknown_cites": (
            "{what} was not taken: it rests on an earlier answer that is not known there.",
            "It is safe here. Open it, look at the answers, and ask again if one is missing.",
        ),
        "held.actor_left": (
            "{what} went to the person’s home charity to look at: it was written after the account had ended.",
            "Nothing was lost. Your coordinator can say what became of it.",
        ),
        "rejected.gone": ("{what} was not taken: the record has ended for everybody.", "Nothing else is held up."),
        "rejected.too_big": ("{what} is too long to be sent.", "It is safe here. Make it shorter and save it again."),
        "rejected": ("{what} was not taken by the central service.", "It is safe here. Nothing else is held up."),
        "held.out_of_scope": (
            "{what} went to the person’s home charity: they are no longer shared with you.",
            "Nothing was lost.",
        ),
        "held": ("{what} is kept by the person’s home charity and not shown here any more.", "Nothing was lost."),
        "conflict": (
            "{what} was changed by two people at once.",
            "The first change stands. Both are kept: look which one is right.",
        ),
        "merged": ("{what} was changed by somebody else too; both changes are kept.", ""),
        "dropped": ("1 person asked to stop sharing with us and was removed from this laptop.", ""),
        "parked": (
            "{what} could not be sent.",
            "It is safe here. Nothing else is held up. Open it to correct it first, then send it again.",
        ),
        "not_confirmed": (
            "{what} was sent a month ago and is still not confirmed by the central service.",
            "It is safe here. Your IT support can look into it.",
        ),
    }
)
