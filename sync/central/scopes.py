"""Scope keys and their ids: an id is made from its key, so that nobody need look one up."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID, uuid5

from app.domain.ids import OrganisationId, ScopeId, SiteId

REFERENCE = "reference"
"""The scope of the directory; every enrolled device holds it."""

KINDS = frozenset({"site", "programme", "intake", "mentor", "lead", "rights", "admin"})
"""The first word of every other key (sync.md 2)."""

_NAMESPACE = UUID("5f0c9a5e-6c53-5f7e-9d1b-0a3b0d0c7a11")


@lru_cache(maxsize=4096)
def scope_id(key: str) -> ScopeId:
    """Return the id of a scope."""
    return ScopeId(uuid5(_NAMESPACE, key))


def scope_org(key: str) -> OrganisationId | None:
    """Return the organisation a scope belongs to; None for the directory, and for a volunteer's own."""
    kind, _, rest = key.partition(":")
    if kind in {REFERENCE, "mentor"}:
        return None
    return OrganisationId(UUID(rest.split(":")[0]))


def is_scope_key(key: str) -> bool:
    """Answer whether a text is the key of a scope."""
    kind, _, rest = key.partition(":")
    if key == REFERENCE:
        return True
    parts = rest.split(":", 1)
    if kind not in KINDS or not _is_uuid(parts[0]):
        return False
    if kind == "site":
        return len(parts) == 2 and _is_uuid(parts[1])
    if kind == "intake":
        return len(parts) == 2 and bool(parts[1])
    return len(parts) == 1


def site_of(key: str) -> tuple[OrganisationId, SiteId]:
    """Return organisation and site of a `site:` key."""
    _, org, site = key.split(":")
    return OrganisationId(UUID(org)), SiteId(UUID(site))


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
