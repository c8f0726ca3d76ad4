"""What people are called, as this laptop knows them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from app.domain.disclosure import name_in
from app.domain.ids import PersonId
from app.domain.person import Person
from app.domain.referral import Referral
from app.storage.reader import Reader


def names_of(read: Reader, people: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of people held here, as own people or through a referral; others are absent."""
    wanted = set(people)
    names = {person: name_in(found[0].package) for person, found in read.of_people(Referral, wanted).items()}
    names.update({person: found[0].full_name for person, found in read.of_people(Person, wanted).items()})
    return {PersonId(person): name for person, name in names.items() if name}
