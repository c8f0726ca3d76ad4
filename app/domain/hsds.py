"""The directory in and out: Human Services Data Specification 3.0 and its Open Referral UK profile (`domain.md` 12).

A listing is one `service` object with its organization inside, as the API of both serves it. What a listing says that
has no field here is kept whole beside the service and written back unchanged, so that nothing is lost on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid5

from app.domain.codes import Need, ServiceStatus
from app.domain.directory import Eligibility, Service
from app.domain.organisation import Organisation
from app.errors import BadInputError

Listing = dict[str, Any]

NEEDS_TAXONOMY: Final = UUID("6d6e2a5f-6a1f-5c55-9a0c-6b6f6e656564")
"""The taxonomy under which our needs travel; terms of any other stay as they came."""

_NEEDS_NAME: Final = "Alongside needs"

_STATUS_OUT: Final[Mapping[ServiceStatus, str]] = MappingProxyType(
    {
        ServiceStatus.ACTIVE: "active",
        ServiceStatus.PAUSED: "temporarily closed",
        ServiceStatus.CLOSED: "defunct",
    }
)
_STATUS_IN: Final[Mapping[str, ServiceStatus]] = MappingProxyType(
    {
        "active": ServiceStatus.ACTIVE,
        "temporarily closed": ServiceStatus.PAUSED,
        "inactive": ServiceStatus.CLOSED,
        "defunct": ServiceStatus.CLOSED,
    }
)
# Open Referral UK leaves these out of its profile (OpenReferralUK/uk-profile, profile/service.json).
_NOT_IN_UK: Final = frozenset(
    {
        "alternate_name",
        "application_process",
        "eligibility_description",
        "fees_description",
        "interpretation_services",
        "licenses",
        "metadata",
        "phones",
        "program",
        "required_documents",
        "wait_time",
    }
)
_MOST_AGE: Final = 120
_MOST_DESCRIPTION: Final = 1000
_LONGEST_TEXT: Final = 20_000


class Profile(StrEnum):
    """Which of the two a file is written for."""

    HSDS = "hsds"
    OPEN_REFERRAL_UK = "open_referral_uk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One listing, read and checked.

    Attributes:
        id: the listing's own id.
        organisation: the name of the organisation in it, empty when it names none.
        fields: the values of a `Service` that it settles, by field.
        listing: the whole listing, as it came.
    """

    id: str
    organisation: str
    fields: Mapping[str, Any]
    listing: Listing


def listing_of(service: Service, provider: Organisation, *, profile: Profile = Profile.HSDS) -> Listing:
    """Return a service as a listing; what an import once held beside our fields comes back with it.

    Args:
        service: the service.
        provider: the organisation that offers it.
        profile: the UK profile has fewer fields than HSDS.
    """
    made = deepcopy(dict(service.listing))
    made |= {
        "id": made.get("id", str(service.id)),
        "name": service.name,
        "status": _status_out(service, made),
        "assured_date": service.checked_on.isoformat(),
        "attributes": [*_foreign_terms(made), *_needs_out(service)],
        "organization": _organisation_out(provider, made.get("organization")),
    }
    known = {
        "description": _description_out(service, made),
        "minimum_age": service.eligibility.min_age,
        "maximum_age": service.eligibility.max_age,
        "assurer_email": service.checked_by if "@" in service.checked_by else None,
    }
    for name, value in known.items():
        if value not in (None, ""):
            made[name] = value
    if profile is Profile.OPEN_REFERRAL_UK:
        return {name: value for name, value in made.items() if name not in _NOT_IN_UK}
    return made


def read_listings(content: Any) -> tuple[Read, ...]:
    """Return every listing of a file: one, a list of them, or a page of an API (`contents`).

    Raises:
        BadInputError: `directory.file.bad_format` with the `path` of the first fault.
    """
    return tuple(_read(listing, path) for path, listing in _listings(content))


def is_newer(read: Read, held: Service | None) -> bool:
    """Answer whether a listing may replace what is held: a newer check is never overwritten by an older one."""
    checked = read.fields.get("checked_on")
    return held is None or (checked is not None and checked >= held.checked_on)


def _listings(content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict) and "contents" in content:
        yield from ((f"$.contents[{at}]", each) for at, each in enumerate(_list(content["contents"], "$.contents")))
    elif isinstance(content, list):
        yield from ((f"$[{at}]", each) for at, each in enumerate(content))
    else:
        yield "$", content


def _read(listing: Any, path: str) -> Read:
    if not isinstance(listing, dict):
        raise _bad(path)
    organisation = listing.get("organization") or {}
    if not isinstance(organisation, dict):
        raise _bad(f"{path}.organization")
    fields: dict[str, Any] = {
        "name": _text(listing, "name", path, most=120, required=True),
        "status": _status_in(listing, path),
        "needs": frozenset(_needs_in(listing, path)),
        "eligibility": Eligibility(
            min_age=_age(listing, "minimum_age", path), max_age=_age(listing, "maximum_age", path)
        ),
        "description": _text(listing, "description", path, most=_MOST_DESCRIPTION),
    }
    checked_on = _day(listing, "assured_date", path)
    if checked_on is not None:
        fields["checked_on"] = checked_on
    assurer = _text(listing, "assurer_email", path, most=120)
    if assurer:
        fields["checked_by"] = assurer
    return Read(
        id=_text(listing, "id", path, most=200, required=True),
        organisation=_text(organisation, "name", f"{path}.organization", most=200),
        fields=fields,
        listing=listing,
    )


def _status_out(service: Service, before: Mapping[str, Any]) -> str:
    was = before.get("status")
    # Both `inactive` and `defunct` are closed here: whichever it was stays.
    return str(was) if _STATUS_IN.get(str(was)) is service.status else _STATUS_OUT[service.status]


def _description_out(service: Service, before: Mapping[str, Any]) -> str:
    """Return our description; a longer one, of which ours is the beginning, goes back whole."""
    was = before.get("description")
    is_longer = isinstance(was, str) and was.strip()[:_MOST_DESCRIPTION] == service.description
    return str(was) if is_longer else service.description


def _status_in(listing: Listing, path: str) -> ServiceStatus:
    found = _STATUS_IN.get(str(listing.get("status")))
    if found is None:
        raise _bad(f"{path}.status")
    return found


def _needs_out(service: Service) -> list[Listing]:
    return [
        {
            "id": str(uuid5(service.id, f"need:{need}")),
            "link_entity": "service",
            "taxonomy_term": {
                "id": str(uuid5(NEEDS_TAXONOMY, need)),
                "code": need.value,
                "name": need.value.replace("_", " "),
                "description": "A need that people have after a spinal cord injury.",
                "taxonomy": _NEEDS_NAME,
            },
        }
        for need in sorted(service.needs)
    ]


def _needs_in(listing: Listing, path: str) -> Iterator[Need]:
    for at, attribute in enumerate(_list(listing.get("attributes") or [], f"{path}.attributes")):
        if not isinstance(attribute, dict):
            raise _bad(f"{path}.attributes[{at}]")
        if _is_ours(attribute):
            code = str(attribute["taxonomy_term"].get("code"))
            # A need of a newer version has no name here: it stays in the listing.
            yield from (Need(code),) if code in {need.value for need in Need} else ()


def _foreign_terms(listing: Listing) -> list[Listing]:
    return [each for each in listing.get("attributes") or [] if not _is_ours(each)]


def _is_ours(attribute: Mapping[str, Any]) -> bool:
    term = attribute.get("taxonomy_term")
    return isinstance(term, dict) and term.get("taxonomy") == _NEEDS_NAME


def _organisation_out(provider: Organisation, before: Any) -> Listing:
    kept: Listing = dict(before) if isinstance(before, dict) else {}
    description = kept.get("description") or provider.does or provider.legal_name
    return {**kept, "id": kept.get("id", str(provider.id)), "name": provider.name, "description": description}


def _text(holder: Mapping[str, Any], name: str, path: str, *, most: int, required: bool = False) -> str:
    value = holder.get(name)
    if value in (None, "") and not required:
        return ""
    longest = _LONGEST_TEXT if most == _MOST_DESCRIPTION else most
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise _bad(f"{path}.{name}")
    return value.strip()[:most]


def _age(listing: Listing, name: str, path: str) -> int | None:
    value = listing.get(name)
    if value is None:
        return None
    # JSON knows one kind of number; 12.0 is an age, true is none.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or value != int(value)
        or not 0 <= value <= _MOST_AGE
    ):
        raise _bad(f"{path}.{name}")
    return int(value)


def _day(listing: Listing, name: str, path: str) -> date | None:
    value = listing.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError) as error:
        raise _bad(f"{path}.{name}") from error


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _bad(path)
    return value


def _bad(path: str) -> BadInputError:
    return BadInputError.at("directory", "file", "bad_format", path=path)
