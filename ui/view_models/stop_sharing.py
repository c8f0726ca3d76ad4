"""What can be stopped, from everything to one purpose of one charity, and what has happened once it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import ConsentMethod, Purpose
from app.domain.ids import OrganisationId
from app.use_cases.stops import Shared, Stop, Stopped
from ui.messages import day_words, joined, label
from ui.view_models.consent_words import may
from ui.widgets.text import filled, lower_first

METHODS: Final = (
    ConsentMethod.SPOKEN_IN_PERSON,
    ConsentMethod.SPOKEN_BY_PHONE,
    ConsentMethod.LETTER_OR_EMAIL,
    ConsentMethod.EYE_GAZE,
    ConsentMethod.BLINK_CODE,
    ConsentMethod.SPEECH_DEVICE,
)
"""Ways to say stop that are offered; a stop asks for none of them (UK GDPR Art. 7(3))."""

BY_PHONE: Final = frozenset({ConsentMethod.SPOKEN_BY_PHONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class StopChoice:
    """One thing that can be stopped.

    Attributes:
        key: for the control.
        words: what stops.
        hint: what that means now.
        org: which organisation, None for every one.
        purpose: which purpose, None for every one.
    """

    key: str
    words: str
    hint: str
    org: OrganisationId | None
    purpose: Purpose | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedWords:
    """What one organisation has: its name and one line for each purpose."""

    name: str
    lines: tuple[str, ...]


def shared_words(shared: Sequence[Shared], *, called: str, on: date) -> tuple[SharedWords, ...]:
    """Return what is shared with whom, in sentences."""
    return tuple(SharedWords(name=each.org_name, lines=_lines(each, called, on)) for each in shared)


def stop_choices(shared: Sequence[Shared], *, called: str) -> tuple[StopChoice, ...]:
    """Return what can be stopped: everything with one charity before its single purposes, then everything."""
    choices: list[StopChoice] = []
    for each in shared:
        words = filled(QCoreApplication.translate("stop", "Everything with {org}"), org=each.org_name)
        choices.append(StopChoice(key=str(each.org_id), words=words, hint=_whole(each), org=each.org_id, purpose=None))
        if len(each.purposes) > 1:
            choices += [_one(each, purpose, called) for purpose in each.purposes]
    everything = QCoreApplication.translate("stop", "Everything, with every charity")
    hint = QCoreApplication.translate("stop", "Also with {called}’s own charity, and for charities not asked yet")
    last = StopChoice(key="all", words=everything, hint=filled(hint, called=called), org=None, purpose=None)
    return (*choices, last)


def goes_on(choice: StopChoice, shared: Sequence[Shared], *, called: str) -> str:
    """Return what goes on when only one purpose stops, empty when nothing does."""
    if choice.org is None or choice.purpose is None:
        return ""
    each = next(each for each in shared if each.org_id == choice.org)
    others = [
        may(purpose, org=each.org_name, called=called) for purpose in each.purposes if purpose is not choice.purpose
    ]
    if not others:
        return ""
    return filled(QCoreApplication.translate("stop", "This goes on: {others}."), others=joined(others))


def stop_of(choice: StopChoice, method: ConsentMethod | None) -> Stop:
    """Return the stop to record for what was chosen; who said so is added by the page."""
    return Stop(org=choice.org, purpose=choice.purpose, method=method, by_phone=method in BY_PHONE)


def stopped_words(
    stopped: Stopped, choice: StopChoice, shared: Sequence[Shared], *, called: str, enrolled: bool
) -> tuple[str, ...]:
    """Return what has happened, and what happens next; only who received something has something to remove."""
    said = [QCoreApplication.translate("stop", "It counts on this laptop from this moment.")]
    if stopped.referrals_withdrawn == 1:
        said.append(QCoreApplication.translate("stop", "1 referral was taken back."))
    elif stopped.referrals_withdrawn:
        words = QCoreApplication.translate("stop", "{count} referrals were taken back.")
        said.append(filled(words, count=stopped.referrals_withdrawn))
    if enrolled:
        said.append(QCoreApplication.translate("stop", "At the next connection it travels before everything else."))
    received = {each.org_name for each in shared if each.ever_received}
    names = [name for name in stopped.organisations if name in received]
    if names and choice.purpose is None:
        words = QCoreApplication.translate(
            "stop", "The laptops of {names} then remove {called}; each one proves it on {called}’s page."
        )
        said.append(filled(words, names=joined(names), called=called))
    return tuple(said)


def method_words() -> Mapping[ConsentMethod, str]:
    """Return the ways to say stop in words."""
    return MappingProxyType({method: label("consent_method", method) for method in METHODS})


def _lines(shared: Shared, called: str, on: date) -> tuple[str, ...]:
    lines = []
    for purpose, answer in shared.purposes.items():
        sentence = may(purpose, org=shared.org_name, called=called)
        if answer.ends_on is not None:
            words = QCoreApplication.translate("stop", "{sentence}, until {day}.")
            lines.append(filled(words, sentence=sentence, day=day_words(answer.ends_on, on)))
        else:
            lines.append(sentence + ".")
    if shared.open_referrals:
        lines.append(_referrals(shared.open_referrals))
    elif shared.ever_received:
        lines.append(QCoreApplication.translate("stop", "It received a referral before."))
    return tuple(lines)


def _referrals(count: int) -> str:
    if count == 1:
        return QCoreApplication.translate("stop", "1 referral is open.")
    return filled(QCoreApplication.translate("stop", "{count} referrals are open."), count=count)


def _whole(shared: Shared) -> str:
    purposes = [lower_first(label("purpose", purpose)) for purpose in shared.purposes]
    if not purposes:
        return QCoreApplication.translate("stop", "No yes stands; whatever it still has is removed")
    parts = [upper_first(joined(purposes))]
    if shared.open_referrals:
        parts.append(_referrals(shared.open_referrals).removesuffix("."))
    return "; ".join(parts)


def upper_first(words: str) -> str:
    """Return words as they begin a line."""
    return words[:1].upper() + words[1:]


def _one(shared: Shared, purpose: Purpose, called: str) -> StopChoice:
    words = QCoreApplication.translate("stop", "Only this: {may}")
    return StopChoice(
        key=f"{shared.org_id}/{purpose}",
        words=filled(words, may=may(purpose, org=shared.org_name, called=called)),
        hint="",
        org=shared.org_id,
        purpose=purpose,
    )
