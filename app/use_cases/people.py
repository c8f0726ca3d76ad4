"""Registering, listing, finding and changing people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.checks import check_minimum, faults_of
from app.domain.clocks import parse_day, parse_partial
from app.domain.codes import (
    AgeBand,
    AuditAction,
    CommunicationNeed,
    ContactKind,
    MayUse,
    Nation,
    Need,
    NoteLevel,
    PersonRole,
    SeedStatus,
    SiteKind,
)
from app.domain.directory import Site
from app.domain.disclosure import name_in
from app.domain.faults import Faults
from app.domain.formats import contact_value, nhs_number
from app.domain.ids import ContactPointId, PersonId, RecordId, SiteId, StayId
from app.domain.note import CaseNote, check_amends
from app.domain.person import ContactPoint, Person, Stay
from app.domain.tidying import tidy_line, tidy_text
from app.errors import BadInputError, NotFoundError
from app.storage import find as index
from app.storage import lists
from app.storage.lists import ListedPerson, PeopleFilter, Standing
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault

Typed = tuple[str, str, str]
"""Day, month and year as typed in three boxes; any may be empty."""

NOTHING: Typed = ("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """What the registration form holds, as it was typed."""

    full_name: str = ""
    given_name: str = ""
    family_name: str = ""
    known_as: str = ""
    pronouns: str = ""
    dob: Typed = NOTHING
    age_band: AgeBand = AgeBand.UNKNOWN
    site: SiteId | None = None
    ward: str = ""
    bed: str = ""
    expected_discharge: Typed = NOTHING
    contact_kind: ContactKind | None = None
    contact_value: str = ""
    may_use: frozenset[MayUse] = frozenset()
    comm_needs: frozenset[CommunicationNeed] = frozenset()
    needs: frozenset[Need] = frozenset()
    nhs_number: str = ""
    roles: frozenset[PersonRole] = frozenset({PersonRole.HAS_SCI})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One row of the list of people.

    Attributes:
        rid: the row's number in the list.
        person_id: the person.
        name: full name, or the name in the package of somebody only referred here.
        known_as: what to call them, when it is another name.
        site: name of the site, empty when they are on none.
        ward: the ward.
        bed: the bed.
        discharge_on: expected day of leaving.
        next_thing: kind of the open task that is due first, empty when nothing is.
        next_on: its day.
        is_referred: known only through a referral.
        standing: whether anything about them is only on this laptop.
    """

    rid: int
    person_id: PersonId
    name: str
    known_as: str
    site: str
    ward: str
    bed: str
    discharge_on: date | None
    next_thing: str
    next_on: date | None
    is_referred: bool
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Row numbers of what a search found, best first; `more` when there are more than anybody reads."""

    rids: tuple[int, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteChoice:
    """A site to choose from."""

    site_id: SiteId
    name: str
    wards: tuple[str, ...] = ()


def divide_name(full_name: str) -> tuple[str, str]:
    """Return given and family name of a full name: the last word is the family name, particles stay with it."""
    words = full_name.split()
    if len(words) < 2:
        return (words[0] if words else "", "")
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].lower() in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


_PARTICLES = frozenset(
    [
        "al",
        "ap",
        "bin",
        "bint",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "mac",
        "mc",
        "st",
        "ten",
        "ter",
        "van",
        "von",
        "y",
    ]
)


def register_person(vault: Vault, *, actor: Actor, now: datetime, form: NewPerson) -> PersonId:
    """Register somebody met: person, stay and contact together, or nothing.

    Raises:
        BadInputError: a field breaks its rule; `person.minimum` when nobody could find them again.
        SeveralInputsError: more than one of these.
        NotPermittedError: the role may not.
    """
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        faults = Faults()
        registered = records_of_new(work, form, faults)
        faults.raise_all()
        put_new(work, registered)
        work.drop_draft("register_person", None)
    return registered.person.person_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecords:
    """The records of somebody who is registered, not yet written."""

    person: Person
    stay: Stay | None
    contact: ContactPoint | None


def records_of_new(work: UnitOfWork, form: NewPerson, faults: Faults) -> NewRecords:
    """Return the records of a registration; what is wrong with it is added to `faults`, all of it at once."""
    person = _person(work, form, faults)
    stay = _stay(work, person.person_id, form, faults)
    contact = _contact(work, person.person_id, form, faults)
    for record in (person, stay, contact):
        faults.add(faults_of(record, on=work.today) if record is not None else ())
    if not faults.of("contact_point"):
        # A number that cannot be read is no missing one: it is said once, at its field.
        faults.take(partial(check_minimum, person, [stay] if stay else [], [contact] if contact else []), None)
    return NewRecords(person=person, stay=stay, contact=contact)


def put_new(work: UnitOfWork, registered: NewRecords) -> None:
    """Write the records of a registration."""
    work.create(registered.person)
    if registered.stay is not None:
        work.create(registered.stay)
    if registered.contact is not None:
        work.create(registered.contact)
    work.audit(AuditAction.CREATE, person=registered.person.person_id)


def _person(work: UnitOfWork, form: NewPerson, faults: Faults) -> Person:
    def line(text: str, field: str) -> str:
        return faults.take(partial(tidy_line, text, record="person", field=field), "")

    given, family = form.given_name, form.family_name
    if not (given or family):
        given, family = divide_name(form.full_name)
    return Person(
        **work.header(),
        given_name=line(given, "given_name"),
        family_name=line(family, "family_name"),
        known_as=line(form.known_as, "known_as"),
        pronouns=line(form.pronouns, "pronouns"),
        dob=faults.take(partial(parse_partial, form.dob, record="person", field="dob", on=work.today), None),
        age_band=form.age_band,
        nhs_number=faults.take(partial(nhs_number, form.nhs_number), None) if form.nhs_number.strip() else None,
        key_worker=work.actor.user,
        roles=form.roles,
        comm_needs=form.comm_needs,
        needs=form.needs,
    )


def _stay(work: UnitOfWork, person: PersonId, form: NewPerson, faults: Faults) -> Stay | None:
    leaving = faults.take(partial(_leaving, form.expected_discharge, today=work.today), None)
    ward, bed = (
        faults.take(partial(tidy_line, text, record="stay", field=field), "")
        for field, text in (("ward", form.ward), ("bed", form.bed))
    )
    if form.site is None:
        return None
    return Stay(
        **work.header(),
        person=person,
        site=form.site,
        ward=ward,
        bed=bed,
        expected_discharge_on=leaving,
    )


def _contact(work: UnitOfWork, person: PersonId, form: NewPerson, faults: Faults) -> ContactPoint | None:
    if form.contact_kind is None or not form.contact_value.strip():
        return None
    value = faults.take(partial(contact_value, form.contact_kind, form.contact_value), "")
    if not value:
        return None
    return ContactPoint(
        **work.header(),
        person=person,
        kind=form.contact_kind,
        value=value,
        preferred=True,
        may_use=form.may_use,
    )


def _leaving(typed: Typed, *, today: date, held: date | None = None) -> date | None:
    """Return the day somebody is expected to leave.

    Yesterday still passes, because a visit at night is often written down the next morning; a day that is held
    already passes too, so that ward and bed can be corrected after it is over.

    Raises:
        BadInputError: the day is over, or no day at all.
    """
    leaving = parse_day(typed, record="stay", field="expected_discharge_on")
    if leaving is not None and leaving != held and leaving < today - timedelta(days=1):
        raise BadInputError.at("stay", "expected_discharge_on", "in_past")
    return leaving


def people_ids(vault: Vault, *, shown: PeopleFilter, on: date) -> tuple[int, ...]:
    """Return the row numbers of a list of people, in its order."""
    with vault.reading() as read:
        return lists.people_ids(read.connection, shown, on)


def people_rows(vault: Vault, *, rids: Sequence[int]) -> tuple[ListRow, ...]:
    """Return some rows of a list of people, in the order asked for; those gone meanwhile are left out."""
    with vault.reading() as read:
        names = {site.id: site.name for site in read.all(Site)}
        return tuple(_row(item, names) for item in lists.people_rows(read.connection, rids))


def _row(item: ListedPerson, sites: Mapping[Any, str]) -> ListRow:
    body, stay = item.body, item.stay
    if item.is_referred:
        name, site, ward = name_in(body), str((body.get("site") or {}).get("name", "")), str(body.get("ward", ""))
        discharge = body.get("expected_discharge_on")
    else:
        parts = (body.get("given_name", ""), body.get("family_name", ""))
        name = " ".join(part for part in parts if part) or body.get("known_as", "")
        site = sites.get(UUID(stay["site"]), "") if stay else ""
        ward, discharge = stay.get("ward", ""), stay.get("expected_discharge_on")
    return ListRow(
        rid=item.rid,
        person_id=item.person,
        name=name,
        known_as=str(body.get("known_as", "")),
        site=site,
        ward=ward,
        bed=stay.get("bed", ""),
        discharge_on=date.fromisoformat(discharge) if discharge else None,
        next_thing=item.task.get("kind", ""),
        next_on=date.fromisoformat(item.task["due_on"]) if item.task else None,
        is_referred=item.is_referred,
        standing=item.standing,
    )


def find(vault: Vault, *, typed: str) -> Found:
    """Return the people whose name, ward or phone begins with what was typed."""
    with vault.reading() as read:
        rids = index.find_people(read.connection, typed)
    return Found(rids=tuple(rids[: index.MOST]), more=len(rids) > index.MOST)


def sites(vault: Vault) -> tuple[SiteChoice, ...]:
    """Return the sites to choose from, by name."""
    with vault.reading() as read:
        found = read.all(Site)
    return tuple(
        SiteChoice(site_id=SiteId(site.id), name=site.name, wards=tuple(sorted(site.wards)))
        for site in sorted(found, key=lambda site: site.name.casefold())
        if not site.archived
    )


def add_site(vault: Vault, *, actor: Actor, now: datetime, name: str) -> SiteId:
    """Add a hospital at the bedside with its name only."""
    access.require(actor.roles, Action.ADD_SITE)
    with vault.transaction(actor=actor, now=now) as work:
        site = Site(
            **work.header(),
            name=tidy_line(name, record="site", field="name"),
            nation=Nation.UNKNOWN,
            kind=SiteKind.OTHER,
            seed_status=SeedStatus.ADDED_HERE,
        )
        if not site.name:
            raise BadInputError.at("site", "name", "required")
        work.create(site)
        work.audit(AuditAction.CREATE, reason="site")
    return SiteId(site.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """Fields of a person to set, and codes to add or take away."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Iterable[Any]] = field(default_factory=dict)
    remove: Mapping[str, Iterable[Any]] = field(default_factory=dict)


def change_person(vault: Vault, *, actor: Actor, now: datetime, person_id: PersonId, change: PersonChange) -> Person:
    """Change what is recorded of a person.

    Raises:
        BadInputError: a field refuses its new value; nothing was changed.
    """
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        changed = work.change(Person, person_id, fields=change.fields, add=change.add, remove=change.remove)
        work.audit(AuditAction.CHANGE, person=person_id, detail=",".join(sorted(change.fields)))
    return changed


def add_contact(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    person_id: PersonId,
    kind: ContactKind,
    value: str,
    label: str = "",
    may_use: frozenset[MayUse] = frozenset(),
) -> ContactPointId:
    """Add one way to reach a person, and what it may be used for."""
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        work.get(Person, person_id)
        faults = Faults()
        contact = ContactPoint(
            **work.header(),
            person=person_id,
            kind=kind,
            value=faults.take(partial(contact_value, kind, value), ""),
            label=faults.take(partial(tidy_line, label, record="contact_point", field="label"), ""),
            may_use=may_use,
        )
        faults.add(faults_of(contact, on=work.today))
        faults.raise_all()
        work.create(contact)
        work.audit(AuditAction.CHANGE, person=person_id, reason="contact_point")
    return ContactPointId(contact.id)


def change_permissions(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    person_id: PersonId,
    contact_id: ContactPointId,
    may_use: frozenset[MayUse],
) -> ContactPoint:
    """Say anew what a contact point may be used for; taking away wins over adding on another laptop."""
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        held = work.get(ContactPoint, contact_id).may_use
        changed = work.change(
            ContactPoint, contact_id, add={"may_use": may_use - held}, remove={"may_use": held - may_use}
        )
        work.audit(AuditAction.CHANGE, person=person_id, reason="contact_point")
    return changed


def move_to(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    person_id: PersonId,
    site: SiteId,
    ward: str = "",
    bed: str = "",
    expected_discharge: Typed = NOTHING,
) -> StayId:
    """Record where a person is now; a new site closes the open stay on this day."""
    access.require(actor.roles, Action.WRITE_PERSON)
    with vault.transaction(actor=actor, now=now) as work:
        work.get(Person, person_id)
        open_stays = [stay for stay in work.of_person(Stay, person_id) if stay.is_open]
        here = next((stay for stay in open_stays if stay.site == site), None)
        held = here.expected_discharge_on if here else None
        faults = Faults()
        fields: dict[str, Any] = {
            "ward": faults.take(partial(tidy_line, ward, record="stay", field="ward"), ""),
            "bed": faults.take(partial(tidy_line, bed, record="stay", field="bed"), ""),
            "expected_discharge_on": faults.take(
                partial(_leaving, expected_discharge, today=work.today, held=held), None
            ),
        }
        faults.add(faults_of(Stay(**work.header(), person=person_id, site=site, **fields), on=work.today))
        faults.raise_all()
        for stay in open_stays:
            if stay is not here:
                work.change(Stay, stay.id, fields={"discharged_on": work.today})
        if here is None:
            here = work.create(Stay(**work.header(), person=person_id, site=site, **fields))
        else:
            work.change(Stay, here.id, fields=fields)
        work.audit(AuditAction.CHANGE, person=person_id, reason="stay")
    return StayId(here.id)


def add_note(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    person_id: PersonId,
    text: str,
    level: NoteLevel,
    amends: RecordId | None = None,
) -> CaseNote:
    """Write a note, or what the person says about an earlier one; its level is shown while it is typed.

    Raises:
        BadInputError: `case_note.amends.not_permitted`; `case_note.level.not_permitted`: wider than the earlier one's.
        NotFoundError: nothing of the person is held here any more.
    """
    if level not in access.note_levels(actor.roles):
        access.require((), Action.NOTE_FOR_PARTNERS)
    with vault.transaction(actor=actor, now=now) as work:
        if not work.knows(person_id):
            raise NotFoundError("person.not_found")
        note = CaseNote(
            **work.header(),
            person=person_id,
            level=level,
            text=tidy_text(text, record="case_note", field="text"),
            amends=amends,
        )
        check_amends(note, None if amends is None else work.find(CaseNote, amends))
        work.append(note)
        work.audit(AuditAction.CHANGE, person=person_id, reason="case_note")
        work.drop_draft("note", person_id)
    return note
