"""Is this somebody we know already? Asked while registering; only people decide (domain.md 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.clocks import parse_partial
from app.domain.codes import ContactKind
from app.domain.directory import Site
from app.domain.disclosure import PersonFacts, name_in
from app.domain.formats import contact_value, nhs_number
from app.domain.ids import PersonId, RecordId, SiteId
from app.domain.linkage import Facts, Level, Match, Reason, compare, facts_in, facts_of
from app.domain.names import NameTables
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.record import PartialDate
from app.domain.referral import Referral
from app.errors import BadInputError
from app.storage import find as index
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.people import NewPerson, Typed, divide_name

MOST_SHOWN = 5
"""More than anybody compares while somebody waits."""

_PHONES = frozenset({ContactKind.MOBILE, ContactKind.LANDLINE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleSame:
    """Somebody known who may be the person being registered.

    Attributes:
        person_id: who.
        name: as known here.
        where: site and ward.
        level: likely or possible.
        reasons: what speaks for it, strongest first, as codes with the values compared.
    """

    person_id: PersonId
    name: str
    where: str
    level: Level
    reasons: tuple[Reason, ...]


def possible_same(vault: Vault, *, form: NewPerson, names: NameTables, on: date) -> tuple[PossibleSame, ...]:
    """Return people in the vault who may be the one being typed, likeliest first; half-typed fields are no error."""
    with vault.reading() as read:
        return Comparing(read, names).same_as(_typed(form, on))


class Comparing:
    """Compares one after the other with the people of a vault, within one reading; whoever was read is kept.

    A list of 10 000 asks 10 000 times, often about the same few: reading them anew took half of the time.
    """

    def __init__(self, read: Reader, names: NameTables) -> None:
        """Begin with nobody read."""
        self._read = read
        self._names = names
        self._known: dict[PersonId, tuple[str, Facts]] = {}
        self._sites: dict[RecordId, str] | None = None

    def same_as(self, facts: Facts) -> tuple[PossibleSame, ...]:
        """Return people in the vault who may be the one that `facts` are of, likeliest first."""
        people = index.people_of(self._read.connection, looked_up(self._read, facts, self._names))
        if new := {person for person in people if person not in self._known}:
            self._known |= facts_of_people(self._read, new)
        found = []
        # A key may outlive what it was of, until the index is next brought up to date.
        for person in (each for each in dict.fromkeys(people) if each in self._known):
            name, theirs = self._known[person]
            match = compare(facts, theirs, names=self._names)
            if match.level is not None:
                found.append(_shown(person, name, theirs, match, self._site_names()))
        order = {Level.LIKELY: 0, Level.POSSIBLE: 1}
        found.sort(key=lambda each: (order[each.level], -sum(reason.weight for reason in each.reasons)))
        return tuple(found[:MOST_SHOWN])

    def _site_names(self) -> dict[RecordId, str]:
        if self._sites is None:
            self._sites = {site.id: site.name for site in self._read.all(Site)}
        return self._sites


def looked_up(read: Reader, facts: Facts, names: NameTables) -> list[int]:
    """Return the row numbers of people who are worth comparing with somebody."""
    return index.find_alike(read.connection, facts, also_called=names.nicknames.get(facts.given, ()))


def facts_of_people(read: Reader, people: set[PersonId]) -> dict[PersonId, tuple[str, Facts]]:
    """Return the names of people and what each is compared by, as own people or through a referral."""
    stays, contacts = read.of_people(Stay, people), read.of_people(ContactPoint, people)
    injuries, referrals = read.of_people(Injury, people), read.of_people(Referral, people)
    known: dict[PersonId, tuple[str, Facts]] = {}
    for agg, packages in referrals.items():
        known[PersonId(agg)] = (name_in(packages[-1].package), facts_in(packages[-1].package))
    for agg, found in read.of_people(Person, people).items():
        recorded = PersonFacts(
            person=found[0],
            injury=next(iter(injuries.get(agg, [])), None),
            contacts=tuple(contacts.get(agg, [])),
            stays=tuple(stays.get(agg, [])),
        )
        known[PersonId(agg)] = (found[0].full_name, facts_of(recorded))
    return known


def _shown(person_id: PersonId, name: str, facts: Facts, match: Match, sites: Mapping[RecordId, str]) -> PossibleSame:
    site = next((shown for site_id, shown in sites.items() if str(site_id) == facts.site), "")
    reasons = sorted((reason for reason in match.reasons if reason.weight > 0), key=lambda each: -each.weight)
    return PossibleSame(
        person_id=person_id,
        name=name,
        where=" · ".join(part for part in (site, facts.ward) if part),
        level=match.level or Level.POSSIBLE,
        reasons=tuple(reasons),
    )


def _typed(form: NewPerson, on: date) -> Facts:
    given, family = form.given_name, form.family_name
    if not (given or family):
        given, family = divide_name(form.full_name)
    reached = _reached(form)
    return Facts(
        numbers=_numbers(form.nhs_number),
        given_name=given,
        family_name=family,
        known_as=form.known_as,
        born=_born(form.dob, on) or "",
        age_band=form.age_band,
        phones=frozenset({reached} if reached and form.contact_kind in _PHONES else ()),
        emails=frozenset({reached} if reached and form.contact_kind is ContactKind.EMAIL else ()),
        site=str(SiteId(form.site)) if form.site else "",
        ward=form.ward,
    )


def _numbers(typed: str) -> dict[str, str]:
    try:
        return {"nhs_number": nhs_number(typed)} if typed.strip() else {}
    except BadInputError:
        return {}


def _born(typed: Typed, on: date) -> PartialDate | None:
    try:
        return parse_partial(typed, record="person", field="dob", on=on)
    except BadInputError:
        return None


def _reached(form: NewPerson) -> str:
    if form.contact_kind not in _PHONES | {ContactKind.EMAIL}:
        return ""
    try:
        return contact_value(form.contact_kind, form.contact_value)
    except BadInputError:
        return ""
