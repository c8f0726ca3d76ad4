"""One of two records that may be of one person: an own one whole, another charity's as its card shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.bodies import Body
from app.domain.card import ShareCard
from app.domain.codes import ContactKind, PackageField, RecordType
from app.domain.directory import Site
from app.domain.disclosure import name_in
from app.domain.ids import PersonId, RecordId
from app.domain.linkage import Facts, facts_in
from app.domain.person import ContactPoint, Injury, Person, Stay
from app.domain.two_homes import is_told
from app.errors import NotFoundError
from app.storage.reader import Reader
from app.use_cases.same_person import facts_of_people

_OF_THE_PERSON = (PackageField.KNOWN_AS, PackageField.AGE_BAND, PackageField.LANGUAGE, PackageField.DOB)
_OF_THE_INJURY = (
    PackageField.LEVEL,
    PackageField.AIS,
    PackageField.COMPLETENESS,
    PackageField.CAUSE,
    PackageField.INJURY_DATE,
    PackageField.VENTILATION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two records.

    Attributes:
        person_id: whose.
        name: in full.
        person: its body; of a card what it shows of one.
        injury: the body of the injury, empty when nothing is told.
        contacts: ways to reach the person.
        stay: the open stay, None when in no hospital.
        where: its site and ward.
        facts: what it is compared by.
        is_card: another charity's record, of which its card is held.
    """

    person_id: PersonId
    name: str
    person: Body
    injury: Body
    contacts: tuple[ContactPoint, ...]
    stay: Stay | None
    where: str
    facts: Facts
    is_card: bool = False


def side_of(read: Reader, person_id: PersonId) -> Side:
    """Return a record as this laptop holds it.

    Raises:
        NotFoundError: it holds neither the record nor a card that shows anything.
    """
    body = read.body(RecordType.PERSON, person_id)
    if body is None:
        return _side_of_card(read, person_id)
    found = facts_of_people(read, {person_id})[person_id]
    injuries = read.of_person(Injury, person_id)
    stays = [stay for stay in read.of_person(Stay, person_id) if stay.is_open and not stay.archived]
    return Side(
        person_id=person_id,
        name=found[0],
        person=body,
        injury=(read.body(RecordType.INJURY, injuries[-1].id) or {}) if injuries else {},
        contacts=tuple(each for each in read.of_person(ContactPoint, person_id) if not each.archived),
        stay=stays[-1] if stays else None,
        where=_where(read, stays[-1]) if stays else "",
        facts=found[1],
    )


def card_of(read: Reader, person_id: PersonId) -> ShareCard | None:
    """Return what another charity shows of a person now, None when that is nothing."""
    return next((card for card in read.of_person(ShareCard, person_id) if is_told(card.fields)), None)


def name_of(read: Reader, person_id: PersonId) -> str:
    """Return what a person is called here, empty when nothing of them may be seen."""
    held = read.find(Person, person_id)
    if held is not None:
        return held.full_name
    card = card_of(read, person_id)
    return "" if card is None else name_in(card.fields)


def _side_of_card(read: Reader, person_id: PersonId) -> Side:
    card = card_of(read, person_id)
    if card is None:
        raise NotFoundError("person.not_found")
    told = card.fields
    header = {"org": str(card.org), "created_at": card.created_at.isoformat()}
    return Side(
        person_id=person_id,
        name=name_in(told),
        person={**header, **told.get(PackageField.NAME, {}), **_chosen(told, _OF_THE_PERSON)},
        injury=_chosen(told, _OF_THE_INJURY),
        contacts=tuple(_contact(card, point) for point in told.get(PackageField.CONTACT_POINTS, ())),
        stay=None,
        where=" · ".join(
            part for part in ((told.get(PackageField.SITE) or {}).get("name"), told.get(PackageField.WARD)) if part
        ),
        facts=facts_in(told),
        is_card=True,
    )


def _chosen(told: Mapping[str, Any], names: tuple[PackageField, ...]) -> Body:
    return {name.value: told[name] for name in names if name in told}


def _contact(card: ShareCard, point: Mapping[str, Any]) -> ContactPoint:
    return ContactPoint(
        id=RecordId(card.id),
        org=card.org,
        created_at=card.created_at,
        created_by=card.created_by,
        created_role=card.created_role,
        device=card.device,
        person=card.person,
        kind=ContactKind(point["kind"]),
        value=point["value"],
        label=point.get("label", ""),
    )


def _where(read: Reader, stay: Stay) -> str:
    site = read.find(Site, stay.site)
    return " · ".join(part for part in ("" if site is None else site.name, stay.ward) if part)
