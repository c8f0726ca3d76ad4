"""Who a page is about, in the words of its header: name, how to address them, where they are, what they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.clocks import ages_on
from app.domain.codes import CommunicationNeed, DischargeTo, PackageField, PersonStatus
from app.domain.person import Person
from app.use_cases.person_page import PersonView
from ui.messages import day_words, label
from ui.widgets.text import filled, in_sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderFacts:
    """What the header of a page about a person says.

    Attributes:
        name: the full name.
        address: known as and pronouns.
        place: site, ward, bed, the day they are expected to leave.
        needs: communication needs in words.
        warnings: what a worker must know before they go in: see the lead, locked, closed, died.
    """

    name: str
    address: str
    place: str
    needs: tuple[str, ...]
    warnings: tuple[str, ...]


def header_facts(view: PersonView, on: date) -> HeaderFacts:
    """Return what the header says of a person on the day `on`."""
    person = view.person
    return HeaderFacts(
        name=view.name,
        address=_address(view),
        place=place_words(view, on),
        needs=tuple(label("communication_need", need) for need in _comm_needs(view)),
        warnings=_warnings(person) if person else (),
    )


def place_words(view: PersonView, on: date) -> str:
    """Return "Stoke Mandeville · St David ward, bed 4 · home expected 12 December"."""
    ward = view.ward
    if ward and "ward" not in ward.casefold():
        ward = filled(QCoreApplication.translate("person", "{ward} ward"), ward=ward)
    bed = filled(QCoreApplication.translate("person", "bed {bed}"), bed=view.bed) if view.bed else ""
    within = ", ".join(part for part in (ward, bed) if part)
    return " · ".join(part for part in (in_sentence(view.site_name), within, _leaving(view, on)) if part)


def leaving_soon(view: PersonView, on: date) -> str:
    """Return "Leaves in 20 days.", empty when no day is known or it is far off."""
    if view.discharge_on is None:
        return ""
    match (view.discharge_on - on).days:
        case 0:
            return QCoreApplication.translate("person", "Leaves today.")
        case 1:
            return QCoreApplication.translate("person", "Leaves tomorrow.")
        case days if 1 < days <= 60:
            return filled(QCoreApplication.translate("person", "Leaves in {days} days."), days=days)
        case _:
            return ""


def age_words(person: Person, on: date) -> str:
    """Return the age on a day: "38", "37 or 38", or the band that was told."""
    if person.dob is None:
        return label("age_band", person.age_band)
    least, most = ages_on(person.dob, on)
    if least == most:
        return str(least)
    return filled(QCoreApplication.translate("person", "{least} or {most}"), least=least, most=most)


def partial_words(partial: str) -> str:
    """Return a day known in part as people say it: "15 March 1984", "March 1984", "1984"."""
    parts = [int(part) for part in partial.split("-")]
    if len(parts) == 3:
        day = date(parts[0], parts[1], parts[2])
        return f"{day_words(day)} {day.year}"
    if len(parts) == 2:
        return f"{day_words(date(parts[0], parts[1], 1)).split()[-1]} {parts[0]}"
    return str(parts[0])


def grouped_number(number: str) -> str:
    """Return an NHS number in its groups, "943 476 5919"."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if len(number) == 10 else number


def _address(view: PersonView) -> str:
    parts = []
    # "Mary Jane" of "Mary Jane Watson" was never told: it is the given name, which stands in the heading already.
    if view.called and f" {view.called.casefold()} " not in f" {view.name.casefold()} ":
        parts.append(filled(QCoreApplication.translate("person", "known as {called}"), called=view.called))
    if view.person and view.person.pronouns:
        parts.append(view.person.pronouns)
    return " · ".join(parts)


def _leaving(view: PersonView, on: date) -> str:
    if view.discharge_on is None:
        return ""
    day = day_words(view.discharge_on, on)
    if view.stay is not None and view.stay.discharge_to is DischargeTo.HOME:
        return filled(QCoreApplication.translate("person", "home expected {day}"), day=day)
    return filled(QCoreApplication.translate("person", "expected to leave {day}"), day=day)


def _comm_needs(view: PersonView) -> list[CommunicationNeed]:
    held = view.person.comm_needs if view.person else view.card.get(PackageField.COMM_NEEDS, ())
    return sorted(CommunicationNeed(need) for need in held)


def _warnings(person: Person) -> tuple[str, ...]:
    said = []
    if person.see_lead:
        said.append(QCoreApplication.translate("person", "See the safeguarding lead first"))
    if person.restricted:
        said.append(QCoreApplication.translate("person", "Locked by the data protection lead"))
    if person.status is not PersonStatus.ACTIVE:
        said.append(label("person_status", person.status))
    return tuple(said)
