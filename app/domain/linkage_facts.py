"""What two records are compared by, and the keys under which a record is found (`domain.md` 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.codes import ContactKind, PackageField
from app.domain.names import fold_name, name_parts, sounds_of
from app.domain.package_values import PersonFacts

_OWN_PHONES = frozenset({ContactKind.MOBILE, ContactKind.LANDLINE})

FULL_DAY = len("2026-03-01")
"""Characters of a day of birth that is known in full."""

TO_MONTH = len("2026-03")
"""Characters of one known to the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What two records are compared by; empty is not known.

    Attributes:
        numbers: health numbers by kind: `nhs_number`, `chi_number`, `hsc_number`.
        given_name, family_name, known_as: as written.
        born: day known in part.
        age_band: code.
        phones: a person's own, in E.164; a ward's telephone is everybody's there.
        emails: any case.
        postcode: of the home.
        site: id of the current site, as text.
        ward: at that site.
        injury_month: `YYYY-MM`.
        level: neurological level.
    """

    numbers: Mapping[str, str] = field(default_factory=dict)
    given_name: str = ""
    family_name: str = ""
    known_as: str = ""
    born: str = ""
    age_band: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    postcode: str = ""
    site: str = ""
    ward: str = ""
    injury_month: str = ""
    level: str = ""

    @property
    def given(self) -> str:
        """The folded given name, or what the person is called when that is all that is known."""
        return fold_name(self.given_name or self.known_as)

    @property
    def family(self) -> str:
        """The folded family name."""
        return fold_name(self.family_name)

    @property
    def first_given(self) -> str:
        """The first of the given names, folded: what follows may be a middle name or the first of two family names."""
        return fold_name((self.given_name or self.known_as).partition(" ")[0])

    @property
    def surnames(self) -> frozenset[str]:
        """The folded parts of the family name, and what follows the first given name: where it begins is a guess."""
        return name_parts(self.family_name) | name_parts(self._behind_the_first)

    @property
    def whole_surname(self) -> str:
        """Everything behind the first given name as one folded name: `Abdul Rahman` is `Abdulrahman`."""
        return fold_name(f"{self._behind_the_first} {self.family_name}")

    @property
    def _behind_the_first(self) -> str:
        return self.given_name.partition(" ")[2]


def facts_of(recorded: PersonFacts) -> Facts:
    """Return what a person's records are compared by."""
    person, injury, stay = recorded.person, recorded.injury, recorded.current_stay
    contacts = [each for each in recorded.contacts if not each.archived]
    numbers = {"nhs_number": person.nhs_number, "chi_number": person.chi_number, "hsc_number": person.hsc_number}
    return Facts(
        numbers={kind: number for kind, number in numbers.items() if number},
        given_name=person.given_name,
        family_name=person.family_name,
        known_as=person.known_as,
        born=person.dob or "",
        age_band=person.age_band,
        phones=frozenset(each.value for each in contacts if each.kind in _OWN_PHONES),
        emails=frozenset(each.value for each in contacts if each.kind is ContactKind.EMAIL),
        postcode=person.postcode or "",
        site="" if stay is None else str(stay.site),
        ward="" if stay is None else stay.ward,
        injury_month="" if injury is None else _month(injury.injury_date or ""),
        level="" if injury is None else injury.level,
    )


def facts_in(package: Mapping[str, Any]) -> Facts:
    """Return what a package or a card can be compared by."""
    name = package.get(PackageField.NAME) or {}
    contacts = package.get(PackageField.CONTACT_POINTS) or ()
    return Facts(
        given_name=name.get("given_name", ""),
        family_name=name.get("family_name", ""),
        known_as=package.get(PackageField.KNOWN_AS, ""),
        born=package.get(PackageField.DOB, ""),
        age_band=package.get(PackageField.AGE_BAND, ""),
        phones=frozenset(each["value"] for each in contacts if each["kind"] in _OWN_PHONES),
        emails=frozenset(each["value"] for each in contacts if each["kind"] == ContactKind.EMAIL),
        site=(package.get(PackageField.SITE) or {}).get("id", ""),
        ward=package.get(PackageField.WARD, ""),
        injury_month=_month(package.get(PackageField.INJURY_DATE, "")),
        level=package.get(PackageField.LEVEL, ""),
    )


def keys_of(facts: Facts) -> frozenset[str]:
    """Return the keys under which a record is found: two records are compared if they share one."""
    keys = {f"{kind}:{number}" for kind, number in facts.numbers.items()}
    keys |= given_keys(facts) | family_keys(facts)
    if len(facts.born) == FULL_DAY:
        keys |= {f"born:{facts.born}", f"born:{swapped_day(facts.born)}"}
    keys |= {f"phone:{phone}" for phone in facts.phones}
    keys |= {f"email:{email.casefold()}" for email in facts.emails}
    if facts.site and facts.injury_month:
        keys.add(f"injured:{facts.site}:{facts.injury_month}")
    return frozenset(keys)


def given_keys(facts: Facts, *, also: Iterable[str] = ()) -> frozenset[str]:
    """Return the keys by which a given name is found; `also` are folded names that it may stand for."""
    names = {facts.given, facts.first_given, *also}
    return frozenset(f"sound:{code}" for name in names if name for code in sounds_of(name))


def family_keys(facts: Facts) -> frozenset[str]:
    """Return the keys by which a family name is found, whole or by one part of a double name."""
    names = {facts.family, facts.whole_surname, *facts.surnames} if facts.family_name else set()
    return frozenset(f"sound:{code}" for name in names if name for code in sounds_of(name))


def swapped_day(born: str) -> str:
    """Return a full day with day and month exchanged, as they often are in writing."""
    year, month, day = born.split("-")
    return f"{year}-{day}-{month}"


def _month(partial: str) -> str:
    return partial[:TO_MONTH] if len(partial) >= TO_MONTH else ""
