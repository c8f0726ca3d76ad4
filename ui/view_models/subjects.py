"""What one page hands another when more is needed than the id of a person or a referral."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.domain.codes import Need, PulseSubject
from app.domain.ids import ConsentEventId, PersonId, RecordId, ServiceId
from ui.view_models.consent_talk import Place, Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAbout:
    """Open the bedside page at one question, or at a part of it; the draft holds the rest."""

    person_id: PersonId
    place: Place | None = None
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCheck:
    """Answers to be checked before they are recorded.

    Attributes:
        person_id: whose.
        talk: the answers.
        under_16: what the day of birth says.
        script: the sentence that could be agreed to.
        language: of the wording that was read.
    """

    person_id: PersonId
    talk: Talk
    under_16: bool | None
    script: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WasRecorded:
    """A consent event that was just recorded, with what it makes possible and what it ended."""

    person_id: PersonId
    event_id: ConsentEventId
    introductions: tuple[ServiceId, ...] = ()
    withdrawn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferTo:
    """Refer a person, with services proposed: the front doors of charities that may newly be in touch.

    `needs` are what the visit is about, where it is about less than everything the person needs.
    """

    person_id: PersonId
    introductions: tuple[ServiceId, ...] = ()
    needs: frozenset[Need] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall:
    """A call to write down, or the one that a correction takes the place of."""

    match_id: RecordId
    amends: RecordId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPulse:
    """Ask one party of a match how it goes."""

    match_id: RecordId
    about: PulseSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePair:
    """Two people whose records may be of one person."""

    one: PersonId
    other: PersonId


def person_of(subject: object) -> PersonId:
    """Return whom a page was opened on, whatever it was handed."""
    if isinstance(subject, UUID):
        return PersonId(subject)
    assert isinstance(subject, AskAbout | ToCheck | WasRecorded | ReferTo), "a page about a person is opened on one"
    return subject.person_id
