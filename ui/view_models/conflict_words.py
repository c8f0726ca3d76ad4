"""A question that two writings of one field raised, in words: who wrote what, when, and what can be answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.use_cases.conflicts import Question, Wording
from ui.messages import day_words, hour_words, labels, weekday_words
from ui.view_models.difference import Piece, changed, compared
from ui.view_models.stored_words import CODES, DAYS, field_name, stored_words
from ui.widgets.text import filled

LONGEST_ON_A_BUTTON: Final = 60
"""A value of more letters is read beside the other one, and its button names whose it is."""


class Entry(StrEnum):
    """In which way a third value can be entered."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    CODE = "code"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWords:
    """One of two long texts: whose it is, and its pieces."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWords:
    """One question in words.

    Attributes:
        statement: "Jo wrote Fergusson on Monday at 10:20. You wrote Ferguson today at 09:05. Which is right?"
        detail: what it is about, and what stands meanwhile.
        first, second: the words of the buttons with the two values.
        first_name, second_name: the same with whose value it is, for a reader of the screen.
        texts: both texts, when the values are too long for a sentence.
        entry: in which way a third value can be entered.
        entry_label: the name of that field.
        options: the answers to choose from, when it is a code.
        answered: what was chosen here and is on its way, or that it was left; empty while it is asked.
    """

    statement: str
    detail: str
    first: str
    second: str
    first_name: str
    second_name: str
    texts: tuple[TextWords, TextWords] | None
    entry: Entry
    entry_label: str
    options: tuple[tuple[str, str], ...]
    answered: str


def question_words(question: Question, now: datetime) -> QuestionWords:
    """Return one question in words."""
    first, second = value_words(question, question.first.value), value_words(question, question.second.value)
    is_long = question.is_text or max(len(first), len(second)) > LONGEST_ON_A_BUTTON
    statement = _long_statement(question) if is_long else _statement(question, first, second, now)
    texts = _texts(question, first, second, now) if is_long else None
    if is_long:
        first, second = _whole(question.first), _whole(question.second)
    return QuestionWords(
        statement=statement,
        detail=_detail(question, is_long=is_long),
        first=first or empty_words(),
        second=second or empty_words(),
        first_name=_named(first or empty_words(), question.first, question),
        second_name=_named(second or empty_words(), question.second, question),
        texts=texts,
        entry=entry_of(question),
        entry_label=_capital(field_words(question)),
        options=tuple((key, words) for key, words in _options(question)),
        answered=_answered(question, is_long=is_long),
    )


def value_words(question: Question, value: Any) -> str:
    """Return one of the values as people read it, empty for none."""
    return stored_words(question.record_type, question.field, value)


def field_words(question: Question) -> str:
    """Return the name of the field inside a sentence: "the family name"."""
    name = field_name(question.record_type, question.field)
    return name or QCoreApplication.translate("conflict", "one entry")


def entry_of(question: Question) -> Entry:
    """Return in which way a third value can be entered."""
    place = (question.record_type, question.field)
    if place in CODES:
        return Entry.CODE
    if place in DAYS:
        return Entry.DAY
    values = (question.first.value, question.second.value)
    if not all(value is None or isinstance(value, str) for value in values) or place in _NOT_TYPED:
        return Entry.NONE
    return Entry.TEXT if question.is_text else Entry.LINE


def when_words(moment: datetime, now: datetime) -> str:
    """Return "today at 10:20", "on Monday at 10:20" within a week, else "on 3 May at 10:20"."""
    day, on = london_day(moment), london_day(now)
    if day == on:
        text = QCoreApplication.translate("conflict", "today at {hour}")
    elif timedelta() < on - day < timedelta(days=7):
        text = QCoreApplication.translate("conflict", "on {day} at {hour}")
        return text.format(day=weekday_words(day), hour=hour_words(moment))
    else:
        text = QCoreApplication.translate("conflict", "on {day} at {hour}")
    return text.format(day=day_words(day, on), hour=hour_words(moment))


def empty_words() -> str:
    """Return the words of a value that is empty."""
    return QCoreApplication.translate("conflict", "Leave it empty")


def _statement(question: Question, first: str, second: str, now: datetime) -> str:
    wrote = _wrote(question.first, first, now, again=False)
    wrote_too = _wrote(question.second, second, now, again=_is_same(question))
    asked = QCoreApplication.translate("conflict", "Which is right?")
    return f"{wrote} {wrote_too} {asked}"


def _wrote(wording: Wording, words: str, now: datetime, *, again: bool) -> str:
    if words:
        text = QCoreApplication.translate("conflict", "{who} wrote {value} {when}.")
        if again:
            text = QCoreApplication.translate("conflict", "{who} wrote {value} {when}, on another laptop.")
    else:
        text = QCoreApplication.translate("conflict", "{who} left it empty {when}.")
    when = "" if wording.at is None else when_words(wording.at, now)
    return " ".join(filled(text, who=_who(wording), value=words, when=when).split()).replace(" .", ".")


def _long_statement(question: Question) -> str:
    first, second = _who(question.first), _who(question.second)
    if question.second.is_mine and not question.first.is_mine:
        second = QCoreApplication.translate("conflict", "you")
    if _is_same(question):
        text = QCoreApplication.translate("conflict", "{first} changed {field} differently on two laptops.")
    else:
        text = QCoreApplication.translate("conflict", "{first} and {second} changed {field} differently.")
    asked = QCoreApplication.translate("conflict", "Which text is right?")
    return f"{filled(text, first=first, second=second, field=field_words(question))} {asked}"


def _texts(question: Question, first: str, second: str, now: datetime) -> tuple[TextWords, TextWords]:
    left, right = compared(first, second)
    if question.before:
        # What both began with says more than what differs: a sentence left out is no sentence the other one made up.
        left, right = changed(question.before, first), changed(question.before, second)
    return (
        TextWords(heading=_heading(question.first, now), pieces=left),
        TextWords(heading=_heading(question.second, now), pieces=right),
    )


def _heading(wording: Wording, now: datetime) -> str:
    when = "" if wording.at is None else when_words(wording.at, now)
    text = QCoreApplication.translate("conflict", "{who} wrote {when}")
    return filled(text, who=_who(wording), when=when).strip()


def _whole(wording: Wording) -> str:
    if wording.is_mine:
        return QCoreApplication.translate("conflict", "Keep mine")
    if not wording.by:
        return QCoreApplication.translate("conflict", "Keep the other one")
    return filled(QCoreApplication.translate("conflict", "Keep {who}’s"), who=wording.by)


def _named(words: str, wording: Wording, question: Question) -> str:
    who = QCoreApplication.translate("conflict", "yours") if wording.is_mine else _who(wording)
    return f"{words}, {who}, {field_words(question)}"


def _detail(question: Question, *, is_long: bool) -> str:
    if question.person_name:
        about = QCoreApplication.translate("conflict", "It is about {field} of {name}.")
    else:
        about = QCoreApplication.translate("conflict", "It is about {field}.")
    about = filled(about, field=field_words(question), name=question.person_name)
    standing = value_words(question, question.first.value)
    if is_long or not standing:
        stands = QCoreApplication.translate("conflict", "Until somebody answers, the first one stands.")
    else:
        text = QCoreApplication.translate("conflict", "Until somebody answers, {value} stands.")
        stands = filled(text, value=standing)
    return f"{about} {stands}"


def _answered(question: Question, *, is_long: bool) -> str:
    if question.is_left and not question.is_answered:
        return QCoreApplication.translate(
            "conflict", "You left this for later or for a colleague. It stays open for everybody else."
        )
    if not question.is_answered:
        return ""
    chosen = value_words(question, question.answer)
    if is_long:
        words = QCoreApplication.translate("conflict", "You answered this.")
    elif chosen:
        words = filled(QCoreApplication.translate("conflict", "You chose {value}."), value=chosen)
    else:
        words = QCoreApplication.translate("conflict", "You chose to leave it empty.")
    if question.is_sent:
        how = QCoreApplication.translate("conflict", "It was sent and is not yet confirmed.")
    else:
        how = QCoreApplication.translate("conflict", "It is only on this laptop: you can still undo it.")
    return f"{words} {how}"


def _who(wording: Wording) -> str:
    if wording.is_mine:
        return QCoreApplication.translate("conflict", "You")
    return wording.by or QCoreApplication.translate("conflict", "Somebody")


def _is_same(question: Question) -> bool:
    return question.first.is_mine and question.second.is_mine


def _options(question: Question) -> list[tuple[str, str]]:
    code_list = CODES.get((question.record_type, question.field))
    if code_list is None:
        return []
    return list(labels(code_list).items())


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


# Chosen elsewhere, with what belongs to it, or made by the program.
_NOT_TYPED: Final = frozenset(
    {(RecordType.SERVICE, "provider"), (RecordType.SITE, "slug"), (RecordType.SERVICE, "slug")}
)
