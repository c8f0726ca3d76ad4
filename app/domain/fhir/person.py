"""A package's person as FHIR R4: Patient, RelatedPerson, Condition, Observation, Encounter and Goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from app.domain.codes import PackageField

Resource = dict[str, Any]
Package = Mapping[PackageField, Any]
"""What a receiver may have, by field: JSON values as `package_values` writes them."""

OURS: Final = "urn:alongside:codes:"
"""Systems of code lists that no public terminology has."""

_TELECOM: Final = {"mobile": ("phone", "mobile"), "landline": ("phone", "home"), "ward_phone": ("phone", "temp"),
                   "email": ("email", "home"), "video": ("other", "home")}  # fmt: skip


def urn(identifier: UUID | str) -> str:
    """Return how one entry of a Bundle names another."""
    return f"urn:uuid:{identifier}"


def reference(identifier: UUID | str, display: str = "") -> Resource:
    """Return a reference to another entry of the same Bundle."""
    return {"reference": urn(identifier)} | ({"display": display} if display else {})


def derived(identifier: UUID, part: str) -> UUID:
    """Return the id of a resource that is one part of a record: the same each time."""
    return uuid5(identifier, part)


def concept(code_list: str, code: str, words: str) -> Resource:
    """Return a coded value in words."""
    return {"coding": [{"system": OURS + code_list, "code": code, "display": words}], "text": words}


class Words:
    """Labels of code lists, for the text that stands beside every code."""

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        """Take the labels by list and slug."""
        self._labels = labels

    def of(self, code_list: str, code: str) -> str:
        """Return the words for a code; the code itself where a newer list has others."""
        return self._labels.get(code_list, {}).get(code, code)

    def concept(self, code_list: str, code: str) -> Resource:
        """Return a code of one of the lists."""
        return concept(code_list, code, self.of(code_list, code))


def patient(person: UUID, package: Package, *, home: UUID | None, home_name: str) -> Resource:
    """Return the person; no health number, which only an access pack holds."""
    name = package.get(PackageField.NAME) or {}
    known_as = str(package.get(PackageField.KNOWN_AS) or "")
    names = [_name("official", name.get("given_name", ""), name.get("family_name", "")), _name("usual", known_as, "")]
    made: Resource = {
        "resourceType": "Patient",
        "id": str(person),
        "name": [each for each in names if each],
        "birthDate": package.get(PackageField.DOB),
        "telecom": [each for point in package.get(PackageField.CONTACT_POINTS) or () if (each := _telecom(point))],
        "address": [
            {"use": "home", "text": point["value"]}
            for point in package.get(PackageField.CONTACT_POINTS) or ()
            if point.get("kind") == "post"
        ],
        "communication": _communication(package),
    }
    if home is not None:
        made["managingOrganization"] = reference(home, home_name)
    return filled(made)


def related(person: UUID, package: Package, words: Words) -> Iterator[Resource]:
    """Yield who is close to the person; their names stay in records of their own."""
    for number, each in enumerate(package.get(PackageField.RELATIONSHIPS) or ()):
        yield {
            "resourceType": "RelatedPerson",
            "id": str(derived(person, f"related-{number}")),
            "patient": reference(person),
            "relationship": [words.concept("relationship_kind", each["kind"])],
        }


def injury(person: UUID, package: Package, words: Words) -> Iterator[Resource]:
    """Yield the injury as a Condition, with its level and grade as Observations."""
    level, grade = package.get(PackageField.LEVEL), package.get(PackageField.AIS)
    cause, when = package.get(PackageField.CAUSE), package.get(PackageField.INJURY_DATE)
    if not any((level, grade, cause, when)):
        return
    said = [words.of("injury_level", level) if level else "", words.of("cause", cause) if cause else ""]
    condition = derived(person, "injury")
    yield filled(
        {
            "resourceType": "Condition",
            "id": str(condition),
            "subject": reference(person),
            "code": {"text": ": ".join(["Spinal cord injury", *filter(None, said)])},
            "onsetDateTime": when,
        }
    )
    for part, code_list, value, title in (
        ("level", "injury_level", level, "Neurological level of injury"),
        ("ais", "ais", grade, "ASIA Impairment Scale"),
    ):
        if value:
            yield {
                "resourceType": "Observation",
                "id": str(derived(person, part)),
                "status": "final",
                "code": {"text": title},
                "subject": reference(person),
                "focus": [reference(condition)],
                "valueCodeableConcept": words.concept(code_list, value),
            }


def encounter(person: UUID, package: Package, site: UUID | None) -> Iterator[Resource]:
    """Yield the stay the person is in, as an inpatient encounter."""
    place = package.get(PackageField.SITE)
    if not place or site is None:
        return
    leaves = package.get(PackageField.EXPECTED_DISCHARGE_ON)
    ward = str(package.get(PackageField.WARD) or "")
    yield filled(
        {
            "resourceType": "Encounter",
            "id": str(derived(person, "stay")),
            "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
            "subject": reference(person),
            "location": [filled({"location": reference(site, str(place.get("name", ""))), "period": {"end": leaves}})],
            "serviceType": {"text": ward} if ward else None,
        }
    )


def goals(person: UUID, package: Package) -> Iterator[Resource]:
    """Yield what the person hopes to do."""
    for number, text in enumerate(package.get(PackageField.GOALS) or ()):
        yield {
            "resourceType": "Goal",
            "id": str(derived(person, f"goal-{number}")),
            "lifecycleStatus": "active",
            "description": {"text": str(text)},
            "subject": reference(person),
        }


def filled(resource: Resource) -> Resource:
    """Return a resource without its empty parts: FHIR knows no empty value."""
    kept = {name: filled(value) if isinstance(value, dict) else value for name, value in resource.items()}
    return {name: value for name, value in kept.items() if value not in (None, "", [], {})}


def _name(use: str, given: str, family: str) -> Resource:
    if not (given or family):
        return {}
    return {"use": use} | ({"family": family} if family else {}) | ({"given": [given]} if given else {})


def _telecom(point: Mapping[str, Any]) -> Resource:
    known = _TELECOM.get(point.get("kind", ""))
    if known is None:
        return {}
    system, use = known
    rank = {"rank": 1} if point.get("preferred") else {}
    return {"system": system, "value": point["value"], "use": use, **rank}


def _communication(package: Package) -> list[Resource]:
    language = package.get(PackageField.LANGUAGE)
    if not language:
        return []
    return [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": language}]}, "preferred": True}]
