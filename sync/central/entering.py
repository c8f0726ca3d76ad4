"""What the operator enters, as records: from options, and from files for what has many fields."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from app.domain.agreement import Agreement
from app.domain.bodies import record_of
from app.domain.codes import Role, SeedStatus
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.ids import OrganisationId, RecordId
from app.domain.organisation import Organisation
from app.domain.record import Record
from app.domain.record_rules import wording_hash
from app.domain.user import User
from app.errors import BadInputError, ServiceError
from sync.central.administration import Administration
from sync.central.seed import header_body

R = TypeVar("R", bound=Record)

_LARGEST_FILE_BYTES = 256 * 1024
_RECOVERY_KEY_BYTES = 32


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
    """Add a member, which keeps its own record; it takes part from today on."""
    header = operator.header(UUID(int=0), Role.SECRETARIAT)
    header["org"] = OrganisationId(header["id"])
    return _add(operator, Organisation, header, {**fields, "joined_on": str(today)})


def new_site(operator: Administration, *, org: OrganisationId, **fields: Any) -> RecordId:
    """Add a place."""
    header = operator.header(org, Role.SECRETARIAT)
    return _add(operator, Site, header, {**fields, "seed_status": SeedStatus.ADDED_HERE.value})


def new_service(operator: Administration, *, org: OrganisationId, file: Path) -> RecordId:
    """Add a service from a file."""
    header = operator.header(org, Role.COORDINATOR)
    return _add(operator, Service, header, {**_read(file), "provider": str(org)})


def new_agreement(operator: Administration, *, org: OrganisationId, file: Path) -> RecordId:
    """Add a paper from a file; what partners may hold is looked at again for everybody."""
    added = _add(operator, Agreement, operator.header(org, Role.SECRETARIAT), _read(file))
    operator.look_at_all_organisations()
    return added


def new_user(
    operator: Administration,
    *,
    org: OrganisationId,
    today: date,
    roles: Sequence[str],
    sites: Sequence[str],
    teams: Sequence[str],
    **fields: Any,
) -> RecordId:
    """Add an account."""
    body = {**fields, "roles": sorted(roles), "sites": sorted(sites), "teams": sorted(teams), "active_from": str(today)}
    return _add(operator, User, operator.header(org, Role.IT_ADMIN), body)


def new_wording(operator: Administration, *, org: OrganisationId, file: Path, approved_by: str) -> RecordId:
    """Publish an approved wording from a file in the form of the shipped ones."""
    shipped = _read(file)
    texts = shipped.get("texts")
    if not isinstance(texts, dict):
        raise ServiceError("service.bad_file")
    body: dict[str, Any] = {
        name: shipped[name] for name in ("version", "language", "format", "material_change") if name in shipped
    }
    approved = {"texts": texts, "hash": wording_hash(texts), "state": "approved", "approved_by": approved_by}
    return _add(operator, ConsentWording, operator.header(org, Role.SECRETARIAT), {**body, **approved})


def _add(operator: Administration, kind: type[R], header: Mapping[str, Any], fields: Mapping[str, Any]) -> RecordId:
    filled = {name: value for name, value in fields.items() if value not in (None, "", [], {}, False)}
    try:
        record = record_of(kind, header["id"], {**header_body(header), **filled})
    except msgspec.ValidationError as error:
        raise ServiceError("service.rejected", problem=str(error)) from error
    try:
        operator.add([record])
    except BadInputError as error:
        raise ServiceError("service.rejected", problem=error.code) from error
    return RecordId(record.id)


def _read(file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
        if len(raw) > _LARGEST_FILE_BYTES:
            raise ServiceError("service.bad_file")
        found = msgspec.json.decode(raw)
    except (OSError, msgspec.DecodeError) as error:
        raise ServiceError("service.bad_file") from error
    if not isinstance(found, dict):
        raise ServiceError("service.bad_file")
    return found
