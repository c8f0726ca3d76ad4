"""What a person gets in writing about a referral: an answer, a wait, an end; no health word in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.codes import PackageField, ReferralState
from app.domain.disclosure import name_in
from app.printing.sheet import Block, Layout, Picture, Sheet
from app.use_cases.referrals import ReferralView
from ui.view_models.print_words import PrintWords, words_in

_KEYS: Final[Mapping[ReferralState, str]] = {
    ReferralState.ACCEPTED: "accepted",
    ReferralState.WAITING_LIST: "waiting",
    ReferralState.DECLINED_BY_SERVICE: "declined",
    ReferralState.COMPLETED: "ended",
}
"""The steps of a referral that the person is told of (`domain.md` 6.6), and the letter for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """Everything a letter is written from.

    Attributes:
        key: which letter.
        step: what the step said.
        org: the charity that answered.
        asker, asker_org, phone: who writes, and the phone of their charity.
        called: how the person likes to be called; empty when the package does not say.
        number: the last characters of the referral's id.
        on: the day it is written.
        language: of the person, BCP 47.
    """

    key: str
    step: Mapping[str, Any]
    org: str
    asker: str
    asker_org: str
    phone: str
    called: str
    number: str
    on: date
    language: str

    @property
    def file_name(self) -> str:
        """A name for the file, without its ending, that says nothing about anybody."""
        return f"letter {self.number}"


def letter_key(view: ReferralView) -> str:
    """Return which letter the newest step of a referral calls for, empty when none."""
    for event in reversed(view.events):
        if event.to_state in _KEYS:
            return _KEYS[event.to_state]
        if event.to_state is not ReferralState.CLOSED:
            return ""
    return ""


def letter_facts(view: ReferralView, *, called: str, asker: str, asker_org: str, phone: str, on: date) -> LetterFacts:
    """Return what a letter about a referral is written from; there must be one (`letter_key`)."""
    key = letter_key(view)
    step = next(event.asked for event in reversed(view.events) if _KEYS.get(event.to_state) == key)
    return LetterFacts(
        key=key,
        step=step,
        org=view.summary.to_org_name,
        asker=asker,
        asker_org=asker_org,
        phone=phone,
        called=called or _called_in(view.package),
        number=str(view.referral.id).replace("-", "")[-8:],
        on=on,
        language=str(view.package.get(PackageField.LANGUAGE) or ""),
    )


def letter(facts: LetterFacts, layout: Layout, language: str) -> Sheet:
    """Return a letter in a language and layout; a discreet one names no charity."""
    words, discreet = words_in(language or facts.language), layout is Layout.DISCREET
    body = words.say("letter", f"discreet_{facts.key}" if discreet else facts.key, **_values(facts, words))
    sentences = [body, *_first_step(facts, words)]
    ring = "ring" if facts.phone else "ring_nobody"
    day = words.say("letter", "about", day=words.day(facts.on))
    signed = words.say("letter", "signed_discreet" if discreet else "signed", asker=facts.asker, org=facts.asker_org)
    return Sheet(
        title=words.say("letter", "discreet_title" if discreet else f"{facts.key}_title", org=facts.org),
        language=words.language,
        layout=layout,
        sender="" if discreet else facts.asker_org,
        blocks=(
            _block(words, Picture.PERSON, _greeting(facts, words)),
            _block(words, Picture.ABOUT, *sentences),
            _block(words, Picture.ASK, words.say("letter", ring, phone=facts.phone)),
            Block(items=((signed,), (day,)), is_list=False),
        ),
    )


def _greeting(facts: LetterFacts, words: PrintWords) -> str:
    if not facts.called:
        return words.say("letter", "greeting_nobody")
    return words.say("letter", "greeting", called=facts.called)


def _values(facts: LetterFacts, words: PrintWords) -> dict[str, str]:
    month = str(facts.step.get("expected_start") or "")
    return {"org": facts.org, "month": words.month(month) if month else ""}


def _first_step(facts: LetterFacts, words: PrintWords) -> list[str]:
    day = facts.step.get("first_step_on")
    if facts.key != "accepted" or not day:
        return []
    return [words.say("letter", "accepted_first_step", day=words.day(date.fromisoformat(str(day))))]


def _block(words: PrintWords, picture: Picture, *sentences: str) -> Block:
    shown = words.picture(picture) if picture else ""
    return Block(items=(sentences,), picture=picture, picture_words=shown, is_list=False)


def _called_in(package: Mapping[PackageField, Any]) -> str:
    return (
        str(package.get(PackageField.KNOWN_AS) or "")
        or name_in({field.value: value for field, value in package.items()}).split(" ")[0]
    )
