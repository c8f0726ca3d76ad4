"""Two referrals that may ask for the same: said with who and when where that may be seen, and without where not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.clocks import london_day
from app.domain.codes import ReferralState
from app.domain.ids import OrganisationId, PersonId, ReferralId, ServiceId
from app.domain.linkage import Level, Reason, facts_in
from app.domain.making_one import doubled
from app.domain.names import NameTables
from app.domain.referral import Referral
from app.domain.referral_states import is_live, is_open
from app.storage.reader import Reader
from app.use_cases.alliance import organisation_name
from app.use_cases.same_person import Comparing


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlready:
    """A referral to a service that is open while another is written or read.

    Attributes:
        referral_id: which; None where it may not be seen here: then nothing else is known of it either.
        org_name: whose it is.
        by_name: who wrote it, as partners know them.
        on: the day it was sent, or written when it has not left yet.
        state: where it stands.
    """

    referral_id: ReferralId | None = None
    org_name: str = ""
    by_name: str = ""
    on: date | None = None
    state: ReferralState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaybeSame:
    """An open referral of another record that may be of the same person, and what speaks for it."""

    other: OpenAlready
    service_name: str
    person_name: str
    level: Level
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled:
    """Two open referrals to one service, of two records that may be of one person; the later is linked to the first."""

    service_name: str
    first: OpenAlready
    later: OpenAlready


def open_already(held: PersonAggregate, alliance: Directory, service: ServiceId) -> OpenAlready | None:
    """Return the oldest open referral of a person to a service, whoever made it, as far as it is held here."""
    found = (
        each for each in held.referrals if each.to_service == service and is_open(each.state) and not each.archived
    )
    first = min(found, key=lambda each: (each.sent_at or each.created_at, each.id), default=None)
    return None if first is None else _seen(first, alliance)


def linked(read: Reader, referral: Referral, alliance: Directory) -> OpenAlready | None:
    """Return the referral that one is linked to as a duplicate; only that it is there, when it may not be seen.

    The first of two is told of the later one, as long as that is open.
    """
    if referral.duplicate_of is None:
        later = (each for each in read.of_person(Referral, referral.person) if each.duplicate_of == referral.id)
        found = next((each for each in later if is_live(each.state) and not each.archived), None)
        return None if found is None else _seen(found, alliance)
    other = read.find(Referral, referral.duplicate_of)
    return OpenAlready() if other is None else _seen(other, alliance)


def maybe_same(
    read: Reader, referral: Referral, alliance: Directory, *, org: OrganisationId, names: NameTables
) -> tuple[MaybeSame, ...]:
    """Return open referrals to the same organisation that may be about the same person, from whichever charity.

    The receiver holds both packages, so it may see both; the senders hear of each other's by nothing but its answer.
    """
    alike = Comparing(read, names).same_as(facts_in(referral.package))
    others = [each for each in alike if each.person_id != referral.person]
    referrals = read.of_people(Referral, {each.person_id for each in others})
    found = []
    for each in others:
        for other in referrals.get(each.person_id, []):
            if other.to_org != org or not is_live(other.state) or other.archived:
                continue
            service = alliance.services.get(other.to_service)
            found.append(
                MaybeSame(
                    other=_seen(other, alliance),
                    service_name="" if service is None else service.name,
                    person_name=each.name,
                    level=each.level,
                    reasons=each.reasons,
                )
            )
    return tuple(found)


def doubled_by(read: Reader, one: PersonId, other: PersonId, alliance: Directory) -> tuple[Doubled, ...]:
    """Return the open referrals of two records that ask one service for the same, once they are of one person."""
    referrals = {each.referral_id: each for person in (one, other) for each in read.of_person(Referral, person)}
    found = []
    for later, first in doubled(referrals.values()).items():
        service = alliance.services.get(referrals[later].to_service)
        if service is not None and referrals[later].person != referrals[first].person:
            seen = (_seen(referrals[first], alliance), _seen(referrals[later], alliance))
            found.append(Doubled(service_name=service.name, first=seen[0], later=seen[1]))
    return tuple(found)


def _seen(other: Referral, alliance: Directory) -> OpenAlready:
    return OpenAlready(
        referral_id=other.referral_id,
        org_name=organisation_name(alliance, other.org),
        by_name=other.sender_name,
        on=london_day(other.sent_at or other.created_at),
        state=other.state,
    )
