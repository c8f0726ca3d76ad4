"""Two records that may be of one person, in words: why, what each says, and what has to be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import london_day
from app.domain.codes import RecordType
from app.domain.making_one import chosen_fields
from app.domain.person import Injury, Person
from app.domain.record import Merge, field_rules
from app.use_cases.duplicates import Doubled
from app.use_cases.joining import KnownElsewhere, Merged, PairView, Standing, WrittenSince
from app.use_cases.pair_sides import Side
from ui.messages import day_words, joined, label
from ui.view_models.contacts import shown_value
from ui.view_models.referral_beside import already_words
from ui.view_models.registration import reason_words
from ui.view_models.stored_words import field_name, stored_words
from ui.widgets.text import filled

ONE: Final = "one"
OTHER: Final = "other"
STAY: Final = "stay"
_MAY_BE_SAID: Final = frozenset({"", "two_homes"})
_SAID_ALREADY: Final = frozenset({Standing.SAID, Standing.AGREED})
_QUIET: Final = frozenset({"language", "told_by"})
"""Fields that tell nobody whether two people are one."""

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToChoose:
    """One field in which the two records differ.

    Attributes:
        record, field: which; `stay` for where the person is.
        legend: the field as a heading.
        one: what the older record says.
        other: what the younger says.
        is_open: nothing is chosen beforehand, as it says who the person is.
    """

    record: str
    field: str
    legend: str
    one: str
    other: str
    is_open: bool

    @property
    def key(self) -> str:
        """The name of the choice on the page."""
        return f"{self.record}.{self.field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairWords:
    """The page in words.

    Attributes:
        heading: the question.
        purpose: whose records.
        speaking_for: why they may be of one person, as one sentence.
        against: what speaks against it.
        facts: what each of the two records says, field by field, in the same order.
        choices: what has to be chosen, in the order of the form.
        doubled: open referrals of both to one service, and what becomes of them.
        standing: what was decided already, or why nothing can be; empty while it is open.
        detail: what follows from it.
        may_decide: the form is shown.
        may_agree: it can be said that it is one person.
    """

    heading: str
    purpose: str
    speaking_for: str
    against: str
    facts: tuple[Facts, Facts]
    choices: tuple[ToChoose, ...]
    doubled: tuple[str, ...]
    standing: str
    detail: str
    may_decide: bool
    may_agree: bool


def pair_words(pair: PairView, on: date) -> PairWords:
    """Return two records side by side in words, as read on a day."""
    standing, detail = _standing(pair)
    may_decide = pair.may_decide and pair.refused in _MAY_BE_SAID and pair.standing is not Standing.WAITING
    return PairWords(
        heading=QCoreApplication.translate("pair", "One person or two?"),
        purpose=filled(
            QCoreApplication.translate("pair", "The records of {one} and {other} may be about one person."),
            one=pair.one.name,
            other=pair.other.name,
        ),
        speaking_for=_sentence([reason_words(each) for each in pair.reasons if each.weight > 0]),
        against=_sentence([reason_words(each) for each in pair.reasons if each.weight < 0]),
        facts=_beside(_facts(pair.one), _facts(pair.other)),
        choices=_choices(pair),
        doubled=tuple(_doubled(each, on, is_of_two=pair.is_of_two) for each in pair.doubled),
        standing=standing,
        detail=detail,
        may_decide=may_decide,
        may_agree=may_decide and pair.standing not in _SAID_ALREADY,
    )


def written_on(side: Side) -> str:
    """Return when a record was made: "Registered on 22 November 2026"."""
    text = QCoreApplication.translate("pair", "Registered on {day}")
    if side.is_card:
        text = QCoreApplication.translate("pair", "Registered elsewhere on {day}")
    return filled(text, day=day_words(date.fromisoformat(str(side.person["created_at"])[:10])))


def chosen_values(pair: PairView, answers: dict[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the chosen values of person and injury, as they stand in a body, from the answers of the form."""
    person: dict[str, Any] = {}
    injury: dict[str, Any] = {}
    for key, which in answers.items():
        record, _, field = key.partition(".")
        side = pair.one if which == ONE else pair.other
        if record == RecordType.PERSON:
            person[field] = side.person.get(field)
        elif record == RecordType.INJURY:
            injury[field] = side.injury.get(field)
    return person, injury


def joined_words(merged: Merged) -> tuple[str, str]:
    """Return what the person's page says of a merge: the statement, and what can be done."""
    if merged.is_waiting:
        return (
            QCoreApplication.translate("pair", "This record and another are being made one, or two again."),
            QCoreApplication.translate("pair", "Waiting to be sent. Both stay as they are until then."),
        )
    on = day_words(london_day(merged.merge.created_at))
    if merged.by:
        text = QCoreApplication.translate("pair", "Two records were made one by {by} on {day}.")
    else:
        text = QCoreApplication.translate("pair", "Two records were made one on {day}.")
    return (
        filled(text, by=merged.by, day=on),
        QCoreApplication.translate("pair", "Nothing of either was lost. If they are two people after all, undo it."),
    )


def since_words(since: WrittenSince) -> str:
    """Return something written after a merge, by its kind and day: "Note, 30 November: Asked for a call."."""
    kind = label("record_type", since.kind)
    text = QCoreApplication.translate("pair", "{kind}, {day}: {words}") if since.words else "{kind}, {day}"
    return filled(text, kind=kind, day=day_words(london_day(since.at)), words=since.words)


def _choices(pair: PairView) -> tuple[ToChoose, ...]:
    found = [
        _to_choose(RecordType.PERSON, Person, name, pair.one.person, pair.other.person) for name in pair.person_fields
    ]
    found += [
        _to_choose(RecordType.INJURY, Injury, name, pair.one.injury, pair.other.injury) for name in pair.injury_fields
    ]
    choices = [choice for choice in found if choice.legend]
    if pair.stays_differ:
        choices.append(
            ToChoose(
                record=STAY,
                field=STAY,
                legend=QCoreApplication.translate("pair", "Where the person is now"),
                one=pair.one.where,
                other=pair.other.where,
                is_open=True,
            )
        )
    return tuple(choices)


def _to_choose(
    record: RecordType, kind: type[Person | Injury], name: str, one: dict[str, Any], other: dict[str, Any]
) -> ToChoose:
    words = field_name(record, name)
    return ToChoose(
        record=record.value,
        field=name,
        legend=words[:1].upper() + words[1:],
        one=stored_words(record, name, one.get(name)),
        other=stored_words(record, name, other.get(name)),
        is_open=field_rules(kind)[name].merge is Merge.IDENTITY,
    )


def _beside(one: Facts, other: Facts) -> tuple[Facts, Facts]:
    """Return both with the same names in the same order, so that the eye compares line by line."""
    names = list(dict.fromkeys(name for name, _ in (*one, *other)))
    mine, theirs = dict(one), dict(other)
    return tuple((name, mine.get(name, "–")) for name in names), tuple((name, theirs.get(name, "–")) for name in names)


def _facts(side: Side) -> Facts:
    rows = [(QCoreApplication.translate("pair", "Where"), side.where)]
    for record, kind, body in ((RecordType.PERSON, Person, side.person), (RecordType.INJURY, Injury, side.injury)):
        for name in chosen_fields(kind):
            words = field_name(record, name)
            if words and name not in _QUIET and body.get(name) != "unknown":
                rows.append((_short(words), stored_words(record, name, body.get(name))))
    for contact in side.contacts:
        rows.append((label("contact_kind", contact.kind), shown_value(contact)))
    return tuple((name, words) for name, words in rows if words)


def _short(words: str) -> str:
    """Return "Given name" of "the given name"."""
    name = words.removeprefix("the ")
    return name[:1].upper() + name[1:]


def _standing(pair: PairView) -> tuple[str, str]:
    if pair.refused == "two_homes":
        return _standing_of_two(pair)
    if pair.refused:
        return (
            QCoreApplication.translate("pair", "These two records cannot be made one."),
            QCoreApplication.translate("pair", "One of them was erased, or was entered by mistake."),
        )
    if pair.standing is Standing.WAITING:
        return (
            QCoreApplication.translate("pair", "Making one record of the two."),
            QCoreApplication.translate(
                "pair", "It happens at the next exchange. Without a network both stay as they are, and you can go on."
            ),
        )
    if pair.standing is Standing.NOT_SAME:
        return (
            QCoreApplication.translate("pair", "Somebody decided that these are two people."),
            QCoreApplication.translate("pair", "If you know better, you can still make them one."),
        )
    if not pair.may_decide:
        return (
            QCoreApplication.translate("pair", "A coordinator decides this."),
            QCoreApplication.translate("pair", "Ask one with the button below; the pair then waits on their list."),
        )
    return "", ""


def _standing_of_two(pair: PairView) -> tuple[str, str]:
    apart = QCoreApplication.translate(
        "pair", "Each charity keeps its own record, and nothing is copied from one to the other."
    )
    match pair.standing:
        case Standing.AGREED:
            said = QCoreApplication.translate("pair", "{charity} and you both say that this is one person.")
            return filled(said, charity=pair.partner), apart
        case Standing.SAID:
            said = QCoreApplication.translate(
                "pair", "You said that this is one person. {charity} has not said so yet."
            )
            return filled(said, charity=pair.partner), apart
        case Standing.NOT_SAME:
            said = QCoreApplication.translate("pair", "You said that these are two people.")
            then = QCoreApplication.translate("pair", "If you know better, you can still say that they are one person.")
            return said, then
    if not pair.may_decide:
        return (
            QCoreApplication.translate("pair", "A coordinator decides this."),
            QCoreApplication.translate("pair", "Ask one with the button below; the pair then waits on their list."),
        )
    said = QCoreApplication.translate("pair", "The second record is {charity}’s. They are asked the same question.")
    return filled(said, charity=pair.partner), apart


def _doubled(doubled: Doubled, on: date, *, is_of_two: bool) -> str:
    """Return "Both ask Outreach. Dan, Aspire, referred them here on 3 May: … Ann, Aspire, …"."""
    said = [
        filled(
            QCoreApplication.translate("pair", "Both records ask {service} for help."), service=doubled.service_name
        ),
        already_words(doubled.first, on),
        already_words(doubled.later, on),
    ]
    if not is_of_two:
        then = "Made one, the later is linked to the earlier, so that the team sees that they are the same."
        said.append(QCoreApplication.translate("pair", then))
    return " ".join(said)


def elsewhere_words(elsewhere: KnownElsewhere) -> tuple[str, str]:
    """Return what a person's page says of the same person's record at another charity: the statement, and more."""
    if not elsewhere.charity:
        return (
            QCoreApplication.translate("pair", "You have a record of this person too."),
            QCoreApplication.translate("pair", "Both charities said that it is one person. Look there before you ask."),
        )
    return (
        filled(
            QCoreApplication.translate("pair", "{charity} has a record of this person too."), charity=elsewhere.charity
        ),
        QCoreApplication.translate("pair", "Both charities said that it is one person. Look there before you ask."),
    )


def _sentence(words: list[str]) -> str:
    said = joined([each for each in words if each])
    return f"{said[:1].upper()}{said[1:]}." if said else ""
