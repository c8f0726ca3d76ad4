"""What the operator enters, as records: from options, and from files for what has many fields."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from app.domain.agreement import Agreement
from app.domain.checks import checked
from app.domain.clocks import london_day
from app.domain.codes import Role, SeedStatus
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.formats import email, phone
from app.domain.ids import AgreementId, OrganisationId, RecordId
from app.domain.names import fold_name
from app.domain.organisation import Organisation
from app.domain.record import Record
from app.domain.record_rules import wording_hash
from app.domain.user import User
from app.errors import BadInputError, NotFoundError, ServiceError
from sync.central.administration import Administration
from sync.central.operator_files import AGREEMENT, SERVICE, WORDING, read_file
from sync.central.seed import header_body

R = TypeVar("R", bound=Record)

_RECOVERY_KEY_BYTES = 32
_NUMBERS = re.compile(r"\+?[0-9][0-9 ()-]{7,}[0-9]")


def as_id(text: str) -> Any:
    """Return a typed id of whatever kind the caller needs.

    Raises:
        ServiceError: `service.bad_id`.
    """
    try:
        return UUID(text)
    except ValueError as error:
        raise ServiceError("service.bad_id", value=text[:60]) from error


def as_recovery_key(text: str) -> bytes:
    """Return the custodians' public key, in hexadecimal or as a laptop's `slots.json` holds it; empty for none.

    Raises:
        ServiceError: `service.bad_recovery_key`.
    """
    if not text:
        return b""
    try:
        raw = bytes.fromhex(text) if len(text) == 2 * _RECOVERY_KEY_BYTES else base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ServiceError("service.bad_recovery_key") from error
    if len(raw) != _RECOVERY_KEY_BYTES:
        raise ServiceError("service.bad_recovery_key")
    return raw


def new_organisation(operator: Administration, *, today: date, **fields: Any) -> RecordId:
    """Add a member, which keeps its own record; it takes part from today on.

    Raises:
        BadInputError: the number to stop cannot be rung, or a contact is neither an e-mail address nor a phone number.
    """
    phone(fields["withdraw_phone"], record="organisation", field="withdraw_phone")
    for name in ("data_protection_contact", "safeguarding_contact"):
        _must_reach(fields[name], name)
    header = operator.header(UUID(int=0), Role.SECRETARIAT)
    header["org"] = OrganisationId(header["id"])
    return _add(operator, Organisation, header, {**fields, "joined_on": str(today)})


def new_site(operator: Administration, *, org: OrganisationId, again: bool = False, **fields: Any) -> RecordId:
    """Add a place.

    Raises:
        ServiceError: `site.there_already`, unless `again` says that it is another one.
    """
    _must_be_member(operator, org)
    for site in operator.alliance().directory.sites.values():
        if not again and (fold_name(site.name), site.nation) == (fold_name(fields["name"]), fields["nation"]):
            raise ServiceError("site.there_already", value=str(site.id))
    header = operator.header(org, Role.SECRETARIAT)
    return _add(operator, Site, header, {**fields, "seed_status": SeedStatus.ADDED_HERE.value})


def new_service(operator: Administration, *, org: OrganisationId, file: Path) -> RecordId:
    """Add a service from a file."""
    _must_be_member(operator, org)
    header = operator.header(org, Role.COORDINATOR)
    return _add(operator, Service, header, {**read_file(SERVICE, file), "provider": str(org)})


def new_agreement(operator: Administration, *, org: OrganisationId, file: Path) -> RecordId:
    """Add a paper from a file; what partners may hold is looked at again for everybody."""
    _must_be_member(operator, org)
    fields = read_file(AGREEMENT, file)
    for party in fields["parties"]:
        _must_be_member(operator, as_id(str(party)))
    added = _add(operator, Agreement, operator.header(org, Role.SECRETARIAT), fields)
    operator.look_again()
    return added


def end_agreement(operator: Administration, agreement: AgreementId, *, today: date) -> None:
    """End a paper with today as its last day; what partners may hold is looked at again for everybody.

    Raises:
        NotFoundError: `agreement.not_found`.
        ServiceError: `agreement.ended_already`: its last day is never written back or put off.
    """
    found = next((each for each in operator.alliance().directory.agreements if each.id == agreement), None)
    if found is None:
        raise NotFoundError("agreement.not_found", value=str(agreement))
    if found.ended_on is not None and found.ended_on <= today:
        raise ServiceError("agreement.ended_already", value=str(found.ended_on))
    operator.patch(found, {"ended_on": today})
    operator.look_again()


def new_user(
    operator: Administration,
    *,
    org: OrganisationId,
    today: date,
    roles: Sequence[str],
    sites: Sequence[str],
    teams: Sequence[str],
    person: str | None = None,
    **fields: Any,
) -> RecordId:
    """Add an account; a volunteer's says whom it is of.

    Raises:
        NotFoundError: `organisation.not_found` or `site.not_found`.
    """
    _must_be_member(operator, org)
    known = operator.alliance().directory.sites
    for site in sites:
        if as_id(site) not in known:
            raise NotFoundError("site.not_found", value=site)
    body = {**fields, "roles": sorted(roles), "sites": sorted(sites), "teams": sorted(teams), "active_from": str(today)}
    if person is not None:
        body["person"] = person
    return _add(operator, User, operator.header(org, Role.IT_ADMIN), body)


def new_wording(operator: Administration, *, org: OrganisationId, file: Path, approved_by: str) -> RecordId:
    """Publish an approved wording from a file in the form of the shipped ones."""
    _must_be_member(operator, org)
    body = read_file(WORDING, file)
    texts = body["texts"]
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise BadInputError.at("consent_wording", "texts", "bad_format")
    approved = {"texts": texts, "hash": wording_hash(texts), "state": "approved", "approved_by": approved_by}
    return _add(operator, ConsentWording, operator.header(org, Role.SECRETARIAT), {**body, **approved})


def _add(operator: Administration, kind: type[R], header: Mapping[str, Any], fields: Mapping[str, Any]) -> RecordId:
    filled = {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}
    record = checked(kind, header["id"], {**header_body(header), **filled}, on=london_day(header["created_at"]))
    operator.add([record])
    return RecordId(record.id)


def _must_be_member(operator: Administration, org: OrganisationId) -> None:
    if org not in operator.alliance().directory.organisations:
        raise NotFoundError("organisation.not_found")


def _must_reach(contact: str, field: str) -> None:
    """Refuse a contact that nobody could write to or ring."""
    for number in _NUMBERS.findall(contact):
        with suppress(BadInputError):
            phone(number)
            return
    addresses = [word.strip("<>(),;") for word in contact.split() if "@" in word]
    if not addresses:
        raise BadInputError.at("organisation", field, "bad_format")
    email(addresses[0], record="organisation", field=field)
