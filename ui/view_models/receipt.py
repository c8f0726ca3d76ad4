"""What a person takes away on paper: what they said, how to stop, and the number of the receipt; plain text only.

The discreet version names no charity, no injury and no health word, for somebody whose post is read by others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from app.domain.aggregate import Directory
from app.domain.clocks import london_day
from app.domain.codes import ConsentKind, Decision, Purpose, Scope
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.ids import OrganisationId
from app.use_cases.alliance import organisation_name
from ui.messages import day_words, joined
from ui.view_models.consent_words import told
from ui.widgets.text import filled

NUMBER_LENGTH = 8
"""The last characters of the event's id: enough to find it, too few to guess another."""


class ReceiptForm(StrEnum):
    """How a receipt is written."""

    STANDARD = "standard"
    LARGE_PRINT = "large_print"
    DISCREET = "discreet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One part of a receipt: its heading and its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt in words.

    Attributes:
        title: what it is.
        blocks: its parts; a part without lines is left out.
        number: the last characters of the consent event's id.
        points: size of the print.
    """

    title: str
    blocks: tuple[Block, ...]
    number: str
    points: int

    @property
    def text(self) -> str:
        """The whole receipt as plain text, for paper and file."""
        parts = [self.title]
        parts += ["\n".join([block.heading, *block.lines]) for block in self.blocks if block.lines]
        return "\n\n".join(parts) + "\n"

    @property
    def file_name(self) -> str:
        """A name for the file that says nothing about anybody."""
        return filled(QCoreApplication.translate("receipt", "receipt {number}"), number=self.number) + ".txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """Everything a receipt is written from.

    Attributes:
        event: the consent event it is about.
        directory: the alliance, for names and phones.
        how_to_stop: the approved sentence on stopping, with its phone.
        touched: organisations that a stop of everything reaches.
    """

    event: ConsentEvent
    directory: Directory
    how_to_stop: str
    touched: tuple[OrganisationId, ...] = ()

    def phone(self, org: OrganisationId | None) -> str:
        """Return the phone on which an organisation takes a stop."""
        found = None if org is None else self.directory.organisations.get(org)
        return "" if found is None else found.withdraw_phone


def receipt(facts: ReceiptFacts, form: ReceiptForm = ReceiptForm.STANDARD) -> Receipt:
    """Return the receipt of an answer or of a stop."""
    is_stop = facts.event.kind is ConsentKind.WITHDRAWAL
    blocks = _stop_blocks(facts, form) if is_stop else _answer_blocks(facts, form)
    if is_stop:
        title = QCoreApplication.translate("receipt", "You asked us to stop sharing")
    else:
        title = QCoreApplication.translate("receipt", "Your answers about sharing")
    number = str(facts.event.id).replace("-", "")[-NUMBER_LENGTH:]
    return Receipt(
        title=title,
        blocks=(*blocks, _about(facts, number)),
        number=number,
        points=18 if form is ReceiptForm.LARGE_PRINT else 12,
    )


def kept_words(organisations: Iterable[str], *, is_discreet: bool = False) -> tuple[str, ...]:
    """Return what is kept after a stop and why: proof of what was said, and of the help that was given."""
    names = tuple(organisations)
    # UK GDPR Art. 17(3)(e) and 30: proof of consent and of what was done; laptops are emptied at once.
    kept = [QCoreApplication.translate("receipt", "Your yes and your stop, to show that you said so.")]
    if names:
        who = _they() if is_discreet else joined(names)
        words = QCoreApplication.translate(
            "receipt",
            "What {who} wrote about help it already gave: locked, up to 6 years, so that it can answer for it.",
        )
        kept.append(filled(words, who=who))
    return tuple(kept)


def phone_lines(facts: ReceiptFacts, organisations: Iterable[OrganisationId], form: ReceiptForm) -> tuple[str, ...]:
    """Return each organisation with the phone on which it takes a stop."""
    pairs = [(_name(facts, org, form), facts.phone(org)) for org in organisations]
    if form is ReceiptForm.DISCREET:
        return tuple(phone for _name, phone in pairs if phone)
    return tuple(f"{name}: {phone}" for name, phone in pairs if phone)


def _answer_blocks(facts: ReceiptFacts, form: ReceiptForm) -> tuple[Block, ...]:
    said = {
        Decision.AGREED: QCoreApplication.translate("receipt", "You said yes to this"),
        Decision.REFUSED: QCoreApplication.translate("receipt", "You said no to this"),
        Decision.DECIDE_LATER: QCoreApplication.translate("receipt", "You decide later about this"),
        Decision.NOT_ABLE_NOW: QCoreApplication.translate("receipt", "We ask you about this another day"),
    }
    blocks = [
        Block(
            heading=heading,
            lines=tuple(_line(facts, line, form) for line in facts.event.lines if line.decision is decision),
        )
        for decision, heading in said.items()
    ]
    heading = QCoreApplication.translate("receipt", "How to stop")
    agreed = dict.fromkeys(line.org for line in facts.event.lines if line.decision is Decision.AGREED)
    phones = phone_lines(facts, (org for org in agreed if org is not None), form)
    return (*blocks, Block(heading=heading, lines=(facts.how_to_stop, *phones) if agreed else ()))


def _stop_blocks(facts: ReceiptFacts, form: ReceiptForm) -> tuple[Block, ...]:
    orgs = stopped_organisations(facts)
    names = tuple(_name(facts, org, form) for org in orgs)
    is_discreet = form is ReceiptForm.DISCREET
    return (
        Block(
            heading=QCoreApplication.translate("receipt", "What stops"),
            lines=tuple(_stop_line(facts, line, form) for line in facts.event.lines),
        ),
        Block(
            heading=QCoreApplication.translate("receipt", "What is kept, and why"),
            lines=kept_words(names, is_discreet=is_discreet),
        ),
        Block(
            heading=QCoreApplication.translate("receipt", "Whom you can ring about it"),
            lines=phone_lines(facts, dict.fromkeys([facts.event.asked_by_org, *orgs]), form),
        ),
    )


def stopped_organisations(facts: ReceiptFacts) -> tuple[OrganisationId, ...]:
    """Return the organisations that a stop reaches."""
    named = tuple(line.org for line in facts.event.lines if line.org is not None)
    return tuple(dict.fromkeys(named)) or facts.touched


def _about(facts: ReceiptFacts, number: str) -> Block:
    words = QCoreApplication.translate("receipt", "{day}, {asker}. Number {number}.")
    day = london_day(facts.event.at)
    said = filled(words, day=_whole_day(day), asker=facts.event.asked_by_name, number=number)
    return Block(heading=QCoreApplication.translate("receipt", "This receipt"), lines=(said,))


def _whole_day(day: date) -> str:
    return f"{day_words(day)} {day.year}"


def _line(facts: ReceiptFacts, line: ConsentLine, form: ReceiptForm) -> str:
    assert line.purpose is not None, "an answer names its purpose"
    may = filled(_may_you(line.purpose, is_discreet=form is ReceiptForm.DISCREET), org=_name(facts, line.org, form))
    if line.decision is Decision.AGREED and line.scope is not None and line.ends_on is not None:
        words = QCoreApplication.translate("receipt", "{may}. They know {told}. Until {day}.")
        return filled(words, may=may, told=_told(line.scope, line.purpose, form), day=_whole_day(line.ends_on))
    if line.ask_again_on is not None:
        words = QCoreApplication.translate("receipt", "{may}. We ask again on {day}.")
        return filled(words, may=may, day=_whole_day(line.ask_again_on))
    return may + "."


def _stop_line(facts: ReceiptFacts, line: ConsentLine, form: ReceiptForm) -> str:
    org = _name(facts, line.org, form)
    match line.org, line.purpose:
        case None, None:
            return QCoreApplication.translate("receipt", "Everything, with every charity.")
        case _, None:
            return filled(QCoreApplication.translate("receipt", "Everything with {org}."), org=org)
        case _, purpose:
            may = filled(_may_you(purpose, is_discreet=form is ReceiptForm.DISCREET), org=org)
            return filled(QCoreApplication.translate("receipt", "This: {may}."), may=may)


def _name(facts: ReceiptFacts, org: OrganisationId | None, form: ReceiptForm) -> str:
    if form is not ReceiptForm.DISCREET:
        return organisation_name(facts.directory, org)
    phone = facts.phone(org)
    if not phone:
        return _they()
    return filled(QCoreApplication.translate("receipt", "The people on {phone}"), phone=phone)


def _they() -> str:
    return QCoreApplication.translate("receipt", "They")


def _told(scope: Scope, purpose: Purpose, form: ReceiptForm) -> str:
    if form is not ReceiptForm.DISCREET:
        return told(scope, purpose)
    if scope is Scope.CONTACT:
        return QCoreApplication.translate("receipt", "how to reach you")
    return QCoreApplication.translate("receipt", "how to reach you, and what you agreed to tell them")


def _may_you(purpose: Purpose, *, is_discreet: bool) -> str:
    plain = {
        Purpose.REFERRAL_CONTACT: QCoreApplication.translate("receipt", "{org} may get in touch with you"),
        Purpose.CASEWORK: QCoreApplication.translate("receipt", "{org} may work on your support"),
        Purpose.MENTORING: QCoreApplication.translate("receipt", "{org} may find a mentor for you"),
        Purpose.SERVICE_IMPROVEMENT: QCoreApplication.translate("receipt", "{org} may count your answers in totals"),
        Purpose.RESEARCH_CONTACT: QCoreApplication.translate("receipt", "{org} may invite you to research"),
        Purpose.NEWS_AND_FUNDRAISING: QCoreApplication.translate(
            "receipt", "{org} may send you news and ask for gifts"
        ),
    }
    discreet = {
        Purpose.MENTORING: QCoreApplication.translate("receipt", "{org} may find somebody for you to talk with"),
        Purpose.RESEARCH_CONTACT: QCoreApplication.translate(
            "receipt", "{org} may invite you to take part in something"
        ),
        Purpose.CASEWORK: QCoreApplication.translate("receipt", "{org} may work on what you asked for"),
    }
    return discreet.get(purpose, plain[purpose]) if is_discreet else plain[purpose]
