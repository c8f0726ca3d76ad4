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
from app.domain.impact import EVERYBODY
from app.domain.impact_tables import OTHER_GROUPS, TOTAL, Cell, Figure
from app.domain.organisation import Organisation
from app.domain.periods import Period
from app.domain.record import Record
from app.domain.told_figures import Whose
from app.domain.user import User
from app.errors import BadInputError, NotFoundError
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

    def figures(self, org: OrganisationId, whose: Whose, period: Period) -> list[str]:
        """Return the figures of everybody as one member may see them: each table with its columns, a line a row."""
        self._must_be_member(org)
        service = self._operator.service
        told = service.figurer.told(org, whose, now=service.clock())
        found = next(
            (each for each in told if each.period is period and each.figures.selection.scope == EVERYBODY), None
        )
        if found is None:
            raise BadInputError("figures.period.not_counted")
        selection = found.figures.selection
        lines = [_line("counted on", found.day, "from", selection.since, "until", selection.until)]
        for table in found.figures.tables if not found.figures.is_empty else ():
            lines.append(_line(table.figure, *table.columns))
            lines += [_line(self._row(table.figure, row.key), *map(_cell, row.cells)) for row in table.rows]
        return lines

    def _row(self, figure: Figure, key: str) -> str:
        if figure is Figure.BY_CHARITY and key not in {TOTAL, OTHER_GROUPS}:
            return self._name(OrganisationId(UUID(key)))
        return key or "none"

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


def _cell(cell: Cell) -> str:
    return "-" if cell is None else str(cell)


def _how(device: DeviceStatus) -> str:
    return device.status if device.order is None else order_words(device.order)
