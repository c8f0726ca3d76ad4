"""What a person takes away on paper: what they said, how to stop, and the number of the receipt.

The discreet version names no charity, no injury and no health word, for somebody whose post is read by others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.aggregate import Directory
from app.domain.clocks import london_day
from app.domain.codes import ConsentKind, Decision, Purpose, Scope
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.ids import OrganisationId
from app.printing.sheet import Block, Layout, Picture, Sheet
from app.use_cases.alliance import organisation_name
from ui.view_models.consent_talk import can_choose_scope
from ui.view_models.print_words import ENGLISH, PrintWords, words_in

NUMBER_LENGTH: Final = 8
"""The last characters of the event's id: enough to find it, too few to guess another."""

_PICTURES: Final = {
    Decision.AGREED: Picture.YES,
    Decision.REFUSED: Picture.NO,
    Decision.DECIDE_LATER: Picture.LATER,
    Decision.NOT_ABLE_NOW: Picture.ANOTHER_DAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """Everything a receipt is written from.

    Attributes:
        event: the consent event it is about.
        directory: the alliance, for names and phones.
        how_to_stop: the approved sentence on stopping in the language of the talk, with its phone.
        language: the language of the talk.
        touched: organisations that a stop of everything reaches.
    """

    event: ConsentEvent
    directory: Directory
    how_to_stop: str
    language: str = ENGLISH
    touched: tuple[OrganisationId, ...] = ()

    @property
    def number(self) -> str:
        """The receipt's number: the last characters of the consent event's id."""
        return str(self.event.id).replace("-", "")[-NUMBER_LENGTH:]

    @property
    def file_name(self) -> str:
        """A name for the file, without its ending, that says nothing about anybody."""
        return f"receipt {self.number}"

    def phone(self, org: OrganisationId | None) -> str:
        """Return the phone on which an organisation takes a stop."""
        found = None if org is None else self.directory.organisations.get(org)
        return "" if found is None else found.withdraw_phone


def receipt(facts: ReceiptFacts, layout: Layout = Layout.STANDARD, language: str = "") -> Sheet:
    """Return the receipt of an answer or of a stop.

    Args:
        facts: what it is written from.
        layout: how it is set; a discreet one leaves out more than it sets smaller.
        language: of its words; the language of the talk when empty.
    """
    writer = _Writer(facts, layout, words_in(language or facts.language))
    return writer.sheet()


def stopped_organisations(facts: ReceiptFacts) -> tuple[OrganisationId, ...]:
    """Return the organisations that a stop reaches."""
    named = tuple(line.org for line in facts.event.lines if line.org is not None)
    return tuple(dict.fromkeys(named)) or facts.touched


@dataclass(frozen=True, slots=True)
class _Writer:
    """One receipt being written: facts, layout and the words of its language."""

    facts: ReceiptFacts
    layout: Layout
    words: PrintWords

    @property
    def is_discreet(self) -> bool:
        return self.layout is Layout.DISCREET

    def sheet(self) -> Sheet:
        is_stop = self.facts.event.kind is ConsentKind.WITHDRAWAL
        asker = organisation_name(self.facts.directory, self.facts.event.asked_by_org)
        return Sheet(
            title=self.say("stop_title" if is_stop else "answers_title"),
            language=self.words.language,
            layout=self.layout,
            sender="" if self.is_discreet else asker,
            blocks=(*(self.stop_blocks() if is_stop else self.answer_blocks()), self.about()),
        )

    def say(self, key: str, /, **values: str) -> str:
        return self.words.say("receipt", key, **values)

    def block(self, heading: str, items: Iterable[tuple[str, ...]], picture: Picture, *, is_list: bool = True) -> Block:
        shown = self.words.picture(picture)
        return Block(heading=heading, items=tuple(items), picture=picture, picture_words=shown, is_list=is_list)

    def answer_blocks(self) -> tuple[Block, ...]:
        lines = self.facts.event.lines
        said = [
            self.block(
                self.say(f"said.{decision}"),
                (self.answer(line) for line in lines if line.decision is decision),
                picture,
            )
            for decision, picture in _PICTURES.items()
        ]
        agreed = dict.fromkeys(line.org for line in lines if line.decision is Decision.AGREED)
        if not agreed:
            return tuple(said)
        phones = self.phones(org for org in agreed if org is not None)
        stop = [(self.how_to_stop(),), *((phone,) for phone in phones)]
        return (*said, self.block(self.say("how_to_stop"), stop, Picture.STOP, is_list=False))

    def stop_blocks(self) -> tuple[Block, ...]:
        orgs = stopped_organisations(self.facts)
        ring = self.phones(dict.fromkeys([self.facts.event.asked_by_org, *orgs]))
        return (
            self.block(
                self.say("what_stops"), ((self.stop_line(line),) for line in self.facts.event.lines), Picture.STOP
            ),
            self.block(
                self.say("kept_heading"), ((line,) for line in self.kept(self.name(org) for org in orgs)), Picture.KEPT
            ),
            self.block(self.say("whom_to_ring"), ((line,) for line in ring), Picture.ASK),
        )

    def about(self) -> Block:
        event = self.facts.event
        day = self.words.day(london_day(event.at))
        said = (
            self.say("about_line", day=day, asker=event.asked_by_name),
            self.say("number", number=self.facts.number),
        )
        return self.block(self.say("about"), [said], Picture.ABOUT, is_list=False)

    def how_to_stop(self) -> str:
        """Return the approved sentence of the talk's own language, or this language's words for it."""
        if self.words.language == words_in(self.facts.language).language and self.facts.how_to_stop:
            return self.facts.how_to_stop
        return self.say("stop_sentences", phone=self.facts.phone(self.facts.event.asked_by_org))

    def kept(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what is kept after a stop and why: proof of what was said, and of the help that was given."""
        # UK GDPR Art. 17(3)(e) and 30: proof of consent and of what was done; laptops are emptied at once.
        proof, listed = self.say("kept_proof"), tuple(names)
        if not listed:
            return (proof,)
        who = self.say("they") if self.is_discreet else self.words.joined(listed)
        return (proof, self.say("kept_work", who=who))

    def phones(self, organisations: Iterable[OrganisationId]) -> tuple[str, ...]:
        """Return each organisation with the phone on which it takes a stop."""
        pairs = [(self.name(org), self.facts.phone(org)) for org in organisations]
        return tuple(phone if self.is_discreet else f"{name}: {phone}" for name, phone in pairs if phone)

    def answer(self, line: ConsentLine) -> tuple[str, ...]:
        assert line.purpose is not None, "an answer names its purpose"
        may = self.may(line.purpose, line.org) + "."
        if line.decision is Decision.AGREED and line.scope is not None and line.ends_on is not None:
            told = self.say("told", told=self.told(line.scope, line.purpose))
            return (may, told, self.say("until", day=self.words.day(line.ends_on)))
        if line.ask_again_on is not None:
            return (may, self.say("ask_again", day=self.words.day(line.ask_again_on)))
        return (may,)

    def stop_line(self, line: ConsentLine) -> str:
        if line.purpose is not None:
            return self.say("this", may=self.may(line.purpose, line.org))
        if line.org is None:
            return self.say("everything")
        return self.say("everything_with", org=self.name(line.org))

    def may(self, purpose: Purpose, org: OrganisationId | None) -> str:
        return self.words.say("may_discreet" if self.is_discreet else "may", purpose.value, org=self.name(org))

    def name(self, org: OrganisationId | None) -> str:
        if not self.is_discreet:
            return organisation_name(self.facts.directory, org)
        phone = self.facts.phone(org)
        return self.say("people_on", phone=phone) if phone else self.say("they")

    def told(self, scope: Scope, purpose: Purpose) -> str:
        if not can_choose_scope(purpose):
            return self.words.say("told", "one_way")
        if self.is_discreet:
            return self.words.say("told", "discreet.contact" if scope is Scope.CONTACT else "discreet.more")
        return self.words.say("told", scope.value)
