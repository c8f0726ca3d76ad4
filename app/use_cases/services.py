"""The directory: every service of the alliance with its wait and its check, and what a charity keeps of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.aggregate import Directory
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Need, ServiceStatus
from app.domain.directory import Eligibility, Service
from app.domain.hsds import Profile, Read, is_newer, listing_of, read_listings
from app.domain.ids import OrganisationId, PersonId, ServiceId
from app.domain.note import Signpost
from app.domain.policy import PolicyKey, policy_value
from app.errors import BadInputError
from app.storage.unit_of_work import UnitOfWork
from app.storage.vault import Vault
from app.use_cases.alliance import directory, organisation_name

MOST_FILE_BYTES = 20 * 1024 * 1024
"""What a file of listings may weigh (`domain.md` 12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """One service, as the directory shows it.

    Attributes:
        service_id, name, description: which.
        org_id, org_name: who offers it.
        needs: what it is for.
        status: on the day, with `paused_until` where it is paused.
        wait_days, places: the usual wait and the free places, None where the provider does not say.
        eligibility: whom it is for.
        checked_on, checked_by: the newest check.
        is_stale: the check is older than the provider's policy allows.
        is_own: the actor's charity offers it.
        takes_referrals: the provider takes part in the alliance; others are signposted to.
    """

    service_id: ServiceId
    name: str
    description: str
    org_id: OrganisationId
    org_name: str
    needs: frozenset[Need]
    status: ServiceStatus
    paused_until: date | None
    wait_days: int | None
    places: int | None
    eligibility: Eligibility
    checked_on: date
    checked_by: str
    is_stale: bool
    is_own: bool
    takes_referrals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a charity says of its own service; every field is the new value.

    Attributes:
        status, paused_until: whether it takes people, and the last day on which it does not.
        places, wait_days: free places and the usual wait, None where nobody says.
    """

    status: ServiceStatus
    paused_until: date | None = None
    places: int | None = None
    wait_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One listing of a file, and what would become of it.

    Attributes:
        read: the listing.
        held: the service it is, None for a new one.
        becomes: `new`, `changed`, `older` (what is held was checked later), `in_future`
            (its check lies after today) or `not_yours`.
    """

    read: Read
    held: ServiceId | None
    becomes: str


def services(vault: Vault, *, actor: Actor, now: datetime) -> tuple[ServiceRow, ...]:
    """Return every service that is not closed, by charity and name."""
    access.require(actor.roles, Action.READ_DIRECTORY)
    with vault.reading() as read:
        alliance = directory(read)
    on = london_day(now)
    rows = (_row(each, alliance, actor, on) for each in alliance.services.values() if not each.archived)
    open_ones = (row for row in rows if row.status is not ServiceStatus.CLOSED)
    return tuple(sorted(open_ones, key=lambda row: (row.org_name.casefold(), row.name.casefold())))


def service_row(vault: Vault, *, actor: Actor, now: datetime, service_id: ServiceId) -> ServiceRow:
    """Return one service.

    Raises:
        NotFoundError: there is none here.
    """
    access.require(actor.roles, Action.READ_DIRECTORY)
    with vault.reading() as read:
        service = read.get(Service, service_id)
        return _row(service, directory(read), actor, london_day(now))


def keep_service(vault: Vault, *, actor: Actor, now: datetime, service_id: ServiceId, kept: Kept) -> None:
    """Write what a charity says of its own service today; that is a check, too.

    Raises:
        BadInputError: `service.paused_until.required` or `.in_past`: a pause ends some day.
        NotPermittedError: it is another charity's.
    """
    access.require(actor.roles, Action.PAUSE_SERVICE)
    on = london_day(now)
    if kept.status is ServiceStatus.PAUSED and kept.paused_until is None:
        raise BadInputError.at("service", "paused_until", "required")
    if kept.paused_until is not None and kept.paused_until < on:
        raise BadInputError.at("service", "paused_until", "in_past")
    with vault.transaction(actor=actor, now=now) as work:
        service = work.get(Service, service_id)
        wanted: dict[str, Any] = {
            "status": kept.status,
            "paused_until": kept.paused_until if kept.status is ServiceStatus.PAUSED else None,
            "capacity_places": kept.places,
            "typical_wait_days": kept.wait_days,
        }
        if access.permitted(actor.roles, Action.EDIT_SERVICES) is not None:
            wanted |= {"checked_on": on, "checked_by": actor.shown_name}
        changed = {name: value for name, value in wanted.items() if getattr(service, name) != value}
        if changed:
            work.change(Service, service_id, fields=changed)
            work.audit(AuditAction.CHANGE, reason="service")


def signpost(
    vault: Vault,
    *,
    actor: Actor,
    now: datetime,
    need: Need,
    service_id: ServiceId | None = None,
    told_of: str = "",
    person_id: PersonId | None = None,
) -> None:
    """Record that somebody was told of a service: no data leaves, no consent is needed, and it is no referral."""
    access.require(actor.roles, Action.SIGNPOST)
    with vault.transaction(actor=actor, now=now) as work:
        work.append(
            Signpost(
                **work.header(),
                person=person_id,
                service=service_id,
                told_of=told_of,
                need=need,
                on=london_day(now),
            )
        )
        work.audit(AuditAction.CREATE, person=person_id, reason="signpost")


def export_listings(vault: Vault, *, actor: Actor, now: datetime, profile: Profile) -> bytes:
    """Return the whole directory as listings of HSDS 3.0 or Open Referral UK, as JSON."""
    access.require(actor.roles, Action.READ_DIRECTORY)
    with vault.transaction(actor=actor, now=now) as work:
        alliance = directory(work)
        made = [
            listing_of(service, alliance.organisations[service.provider], profile=profile)
            for service in sorted(alliance.services.values(), key=lambda each: each.id)
            if not service.archived and service.provider in alliance.organisations
        ]
        work.audit(AuditAction.EXPORT, reason="directory")
    return msgspec.json.format(msgspec.json.encode({"contents": made}), indent=2)


def preview_listings(vault: Vault, *, actor: Actor, now: datetime, content: bytes) -> tuple[Listed, ...]:
    """Return what would become of each listing of a file; nothing is written.

    Raises:
        BadInputError: `directory.file.bad_format` with the path of the fault, or `directory.file.too_big`.
    """
    access.require(actor.roles, Action.EDIT_SERVICES)
    reads = read_listings(_decoded(content))
    with vault.reading() as read:
        alliance = directory(read)
    return tuple(_listed(each, alliance, actor, london_day(now)) for each in reads)


def take_in(vault: Vault, *, actor: Actor, now: datetime, listed: Iterable[Listed]) -> int:
    """Write the new and changed listings of a previewed file, all or none; returns how many."""
    access.require(actor.roles, Action.EDIT_SERVICES)
    written = 0
    with vault.transaction(actor=actor, now=now) as work:
        team = _front_door(directory(work), actor)
        for each in listed:
            if each.becomes == "changed" and each.held is not None:
                work.change(Service, each.held, fields=_changed(each.read, work.get(Service, each.held), actor))
            elif each.becomes == "new":
                work.create(_new(work, each.read, actor, team=team, on=london_day(now)))
            else:
                continue
            written += 1
        if written:
            work.audit(AuditAction.CREATE, reason="directory", detail=str(written))
    return written


def _row(service: Service, alliance: Directory, actor: Actor, on: date) -> ServiceRow:
    provider = alliance.organisations.get(service.provider)
    amber = policy_value({} if provider is None else provider.policy, PolicyKey.LISTING_AMBER_DAYS)
    return ServiceRow(
        service_id=ServiceId(service.id),
        name=service.name,
        description=service.description,
        org_id=service.provider,
        org_name=organisation_name(alliance, service.provider),
        needs=service.needs,
        status=service.status_on(on),
        paused_until=service.paused_until,
        wait_days=service.typical_wait_days,
        places=service.capacity_places,
        eligibility=service.eligibility,
        checked_on=service.checked_on,
        checked_by=service.checked_by,
        is_stale=(on - service.checked_on).days > amber,
        is_own=service.provider == actor.org,
        takes_referrals=provider is not None and provider.takes_part_on(on),
    )


def _decoded(content: bytes) -> Any:
    if len(content) > MOST_FILE_BYTES:
        raise BadInputError.at("directory", "file", "too_big")
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError.at("directory", "file", "bad_format", path="$") from error


def _listed(read: Read, alliance: Directory, actor: Actor, on: date) -> Listed:
    own = alliance.organisations.get(actor.org)
    names = set() if own is None else {own.name.casefold(), own.legal_name.casefold()}
    if read.organisation and read.organisation.casefold() not in names:
        return Listed(read=read, held=None, becomes="not_yours")
    if read.fields.get("checked_on", on) > on:
        return Listed(read=read, held=None, becomes="in_future")
    held = next((each for each in alliance.services.values() if _is_the_same(read, each, actor)), None)
    if held is None:
        return Listed(read=read, held=None, becomes="new")
    becomes = "changed" if is_newer(read, held) else "older"
    return Listed(read=read, held=ServiceId(held.id), becomes=becomes)


def _is_the_same(read: Read, service: Service, actor: Actor) -> bool:
    if service.provider != actor.org:
        return False
    return read.id in (str(service.id), service.listing.get("id")) or read.fields["name"] == service.name


def _changed(read: Read, held: Service, actor: Actor) -> dict[str, Any]:
    """Return what a newer listing changes; nations and exceptions are ours alone, and stay."""
    fields = _known(read)
    ages: Eligibility = fields["eligibility"]
    rule = replace(held.eligibility, min_age=ages.min_age, max_age=ages.max_age)
    checked_by = fields.get("checked_by", actor.shown_name)
    return {**fields, "eligibility": rule, "listing": read.listing, "checked_by": checked_by}


def _front_door(alliance: Directory, actor: Actor) -> str:
    """Return the team that takes introductions in, for services that a file brings without one."""
    own = [each for each in alliance.services.values() if each.provider == actor.org]
    return next((each.intake_team for each in own if each.intake_default), own[0].intake_team if own else "front-door")


def _new(work: UnitOfWork, read: Read, actor: Actor, *, team: str, on: date) -> Service:
    fields = {"checked_on": on, "checked_by": actor.shown_name, **_known(read)}
    fields["needs"] = fields.get("needs") or frozenset({Need.OTHER})
    return Service(
        **work.header(),
        provider=actor.org,
        intake_team=team,
        needed_fields=frozenset(),
        listing=read.listing,
        source="imported listing",
        **fields,
    )


def _known(read: Read) -> Mapping[str, Any]:
    """Return what a listing settles; a listing without terms of ours says nothing about needs."""
    return {name: value for name, value in read.fields.items() if name != "needs" or value}
