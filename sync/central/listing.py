"""What the alliance has, a line each with the id first, so that an id can be found again; nothing of persons helped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from app.domain.agreement import Agreement
from app.domain.consent_event import ConsentWording
from app.domain.directory import Service, Site
from app.domain.ids import OrganisationId
from app.domain.impact_facts import STEPS
from app.domain.organisation import Organisation
from app.domain.record import Record
from app.domain.user import User
from app.errors import NotFoundError
from sync.central.administration import Administration, DeviceStatus
from sync.central.alliance import Alliance
from sync.central.sentences import order_words

R = TypeVar("R", bound=Record)

GAP = "  "
"""Between columns: what a person reads apart and a script may split at."""


class Listing:
    """Reads the directory once and lists it."""

    def __init__(self, operator: Administration, *, today: date) -> None:
        """Take the operator's hands and the London day."""
        self._operator = operator
        self._today = today
        self._alliance: Alliance = operator.alliance()

    def organisations(self) -> list[str]:
        """Return the members and observers."""
        found = self._of(Organisation, None)
        return [
            _line(each.id, each.name, each.alliance_role, f"since {each.joined_on}", _until(each.left_on))
            for each in found
        ]

    def sites(self, org: OrganisationId | None) -> list[str]:
        """Return the places, those of one organisation or all."""
        return [_line(each.id, each.name, each.kind, each.nation, each.postcode or "") for each in self._of(Site, org)]

    def services(self, org: OrganisationId | None) -> list[str]:
        """Return what is offered, with the team that takes introductions in."""
        return [
            _line(
                each.id, each.name, self._name(each.provider), f"team {each.intake_team}", each.status_on(self._today)
            )
            for each in self._of(Service, org)
        ]

    def users(self, org: OrganisationId | None) -> list[str]:
        """Return the accounts as their members named them; these are people at work."""
        return [
            _line(each.id, each.name, self._name(each.org), ", ".join(sorted(each.roles)), _until(each.active_to))
            for each in self._of(User, org)
        ]

    def agreements(self, org: OrganisationId | None) -> list[str]:
        """Return the papers, those an organisation is a party of or all, and where they stand today."""
        if org is not None:
            self._must_be_member(org)
        return [
            _line(
                each.id,
                each.title,
                each.kind,
                each.state(self._today),
                ", ".join(sorted(self._name(party) for party in each.parties)),
                f"review {each.review_on}",
            )
            for each in self._of(Agreement, None)
            if org is None or org in each.parties
        ]

    def totals(self, org: OrganisationId) -> list[str]:
        """Return the alliance's totals as one member may see them: how many came to each step, a line each."""
        self._must_be_member(org)
        service = self._operator.service
        day, told = service.totaller.totals(org, now=service.clock())
        names = {member: self._name(member) for member in told.members}
        rows = [(self._name(org), told.own), *sorted((names[member], each) for member, each in told.members.items())]
        rows += [("all others", told.others), ("alliance", told.alliance)]
        return [
            _line("counted on", day, *STEPS),
            *(_line(name, *(str(count) for count in shown.reached)) for name, shown in rows),
        ]

    def wordings(self, org: OrganisationId | None) -> list[str]:
        """Return the wordings and who approved them."""
        return [
            _line(each.id, each.version, each.language, each.format, each.state, each.approved_by)
            for each in self._of(ConsentWording, org)
        ]

    def devices(self, org: OrganisationId | None) -> list[str]:
        """Return the laptops: what they call themselves, how they stand, and who works on them."""
        lines = []
        for member in self._members(org):
            workers = self._operator.device_workers(member)
            for each in self._operator.device_status(member):
                names = [self._account(user) for user in workers.get(each.device, ())]
                lines.append(
                    _line(each.device, each.name, self._name(member), _how(each), seen_words(each), ", ".join(names))
                )
        return lines

    def _members(self, org: OrganisationId | None) -> Iterable[OrganisationId]:
        if org is None:
            return list(self._alliance.directory.organisations)
        self._must_be_member(org)
        return [org]

    def _of(self, kind: type[R], org: OrganisationId | None) -> list[R]:
        if org is not None:
            self._must_be_member(org)
        found = [each for each in self._alliance.records.values() if isinstance(each, kind)]
        return sorted((each for each in found if org in (None, each.org)), key=_order)

    def _must_be_member(self, org: OrganisationId) -> None:
        if org not in self._alliance.directory.organisations:
            raise NotFoundError("organisation.not_found")

    def _name(self, org: OrganisationId) -> str:
        return self._alliance.organisation_name(org) or str(org)

    def _account(self, user: UUID) -> str:
        found = self._alliance.records.get(user)
        return found.name if isinstance(found, User) else str(user)


def seen_words(device: DeviceStatus) -> str:
    """Return when a device last called."""
    return "never seen" if device.last_seen is None else f"last seen {_minute(device.last_seen)}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _until(day: date | None) -> str:
    return "" if day is None else f"until {day}"


def _order(record: Record) -> tuple[datetime, UUID]:
    return record.created_at, record.id


def _line(*columns: object) -> str:
    return GAP.join(text for text in (str(column) for column in columns) if text)


def _how(device: DeviceStatus) -> str:
    return device.status if device.order is None else order_words(device.order)
