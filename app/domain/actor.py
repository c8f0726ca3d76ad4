"""Who acts: handed to every use case, and signed into every record and audit entry."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.codes import Role
from app.domain.ids import DeviceId, OrganisationId, SiteId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, in which role, on which laptop.

    Attributes:
        user: the account.
        org: its organisation.
        role: the role this act is done in.
        roles: every role the account holds.
        device: this laptop.
        shown_name: the name partners see.
        sites: sites the account is assigned to.
        teams: intake teams the account belongs to.
    """

    user: UserId
    org: OrganisationId
    role: Role
    roles: frozenset[Role]
    device: DeviceId
    shown_name: str
    sites: frozenset[SiteId] = frozenset()
    teams: frozenset[str] = frozenset()
