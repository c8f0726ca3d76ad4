"""The directory: places where people are, and the services that organisations offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from app.domain.codes import (
    EligibleWhere,
    EligibleWho,
    Nation,
    Need,
    PackageField,
    RecordType,
    SeedStatus,
    ServiceStatus,
    SiteKind,
)
from app.domain.ids import OrganisationId
from app.domain.record import Cls, Identity, Line, Lww, Paragraphs, Range, Record, SetAdd, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Record):
    """A hospital or other place; any can be added at the bedside with its name only."""

    TYPE = RecordType.SITE
    CLS = Cls.REFERENCE

    name: Identity[Annotated[str, Line(120)]]
    slug: Identity[Annotated[str, Line(60)]] = ""
    nation: Identity[Nation]
    kind: Lww[SiteKind]
    postcode: Lww[Annotated[str | None, Line(10)]] = None
    seed_status: Lww[SeedStatus]
    checked_on: Lww[date | None] = None
    wards: SetAdd[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityException:
    """When the rule does not hold, in the provider's words."""

    when: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whom a service is for."""

    min_age: int | None = None
    max_age: int | None = None
    nations: frozenset[Nation] = frozenset()
    who: EligibleWho = EligibleWho.ANY
    where: EligibleWhere = EligibleWhere.ANY
    exceptions: tuple[EligibilityException, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Record):
    """What an organisation offers (HSDS 3.0 `service`)."""

    TYPE = RecordType.SERVICE
    CLS = Cls.REFERENCE

    name: Identity[Annotated[str, Line(120)]]
    provider: Identity[OrganisationId]
    description: Paragraphs[Annotated[str, Text(1000)]] = ""
    needs: Lww[frozenset[Need]]
    status: Lww[ServiceStatus]
    paused_until: Lww[date | None] = None
    capacity_places: Lww[Annotated[int | None, Range(0, 9999)]] = None
    typical_wait_days: Lww[Annotated[int | None, Range(0, 730)]] = None
    intake_team: Lww[Annotated[str, Line(60)]]
    intake_default: Lww[bool] = False
    needed_fields: Lww[frozenset[PackageField]]
    ack_working_days: Lww[Annotated[int, Range(1, 5)]] = 2
    decide_days: Lww[Annotated[int, Range(1, 28)]] = 14
    eligibility: Lww[Eligibility] = Eligibility()
    checked_on: Lww[date]
    checked_by: Lww[Annotated[str, Line(120)]]
    verified: Lww[bool] = False
    source: Lww[Annotated[str, Line(200)]] = ""
    listing: Lww[dict[str, Any]] = field(default_factory=dict)
    """What an imported listing holds that has no field here; written back unchanged (`app.domain.hsds`)."""

    def status_on(self, day: date) -> ServiceStatus:
        """Return its status on a day: active again the day after `paused_until`."""
        if self.status is ServiceStatus.PAUSED and self.paused_until is not None and self.paused_until < day:
            return ServiceStatus.ACTIVE
        return self.status
