"""The audit, for whoever may see it: who looked at or changed what and why, and an extract an outsider can check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from app.domain import access
from app.domain.access import Action, Reach
from app.domain.actor import Actor
from app.domain.audit_extract import ChainToExtract, extract_lines
from app.domain.bodies import Body
from app.domain.codes import AuditAction
from app.domain.concern import Concern
from app.domain.ids import PersonId, UserId
from app.domain.names import fold_name
from app.domain.user import User
from app.errors import NotPermittedError
from app.storage import handed
from app.storage.audit import bodies_of, held_chains, newest_first, subjects
from app.storage.held import Held
from app.storage.reader import Reader
from app.storage.vault import Vault
from app.use_cases.names import names_of

AUDIT: Final = "audit"
"""The reason under which it stands in the audit that somebody read it, or took some of it away."""

MOST_ROWS: Final = 2000
"""Rows that are shown; more are found by a shorter time or a name."""

_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class AuditKind(StrEnum):
    """What somebody did: looked, changed, let something leave the laptop, or handled the laptop itself."""

    LOOKED = "looked"
    CHANGED = "changed"
    TAKEN = "taken"
    LAPTOP = "laptop"


KIND_OF: Final[Mapping[str, AuditKind]] = {
    AuditAction.OPEN_PERSON: AuditKind.LOOKED,
    AuditAction.OPEN_FILE: AuditKind.LOOKED,
    AuditAction.OPEN_LIST: AuditKind.LOOKED,
    AuditAction.SEARCH: AuditKind.LOOKED,
    AuditAction.VIEW_OUTSIDE: AuditKind.LOOKED,
    AuditAction.OPEN_OUTSIDE_CASELOAD: AuditKind.LOOKED,
    AuditAction.CREATE: AuditKind.CHANGED,
    AuditAction.CHANGE: AuditKind.CHANGED,
    AuditAction.MERGE: AuditKind.CHANGED,
    AuditAction.UNDO_MERGE: AuditKind.CHANGED,
    AuditAction.OVERRIDE: AuditKind.CHANGED,
    AuditAction.ERASE: AuditKind.CHANGED,
    AuditAction.PRINT: AuditKind.TAKEN,
    AuditAction.EXPORT: AuditKind.TAKEN,
    AuditAction.SEND_PACKAGE: AuditKind.TAKEN,
    AuditAction.HAND_OVER: AuditKind.TAKEN,
}
"""What is not named here concerns the laptop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """What of the audit is wanted.

    Attributes:
        days: of how many days back; None for ever.
        kind: of one kind, or all.
        by: of one colleague, or everybody.
        name: of people whose name has every word of it; empty for all.
    """

    days: int | None = 30
    kind: AuditKind | None = None
    by: UserId | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry, in what this laptop knows of it.

    Attributes:
        at: when, by the clock of that laptop; `clock_doubt` says that it was not to be trusted.
        who: the colleague's name; empty where no account is held.
        action: slug of the action, also one that this version does not know.
        reason: purpose or reason code, or empty.
        about: the person, where the handle is known here.
        name: that person's name, where it is held here.
        has_subject: the entry speaks of a person, known or not.
        device: the laptop.
    """

    at: datetime
    clock_doubt: bool
    by: UserId
    who: str
    role: str
    action: str
    reason: str
    about: PersonId | None
    name: str
    has_subject: bool
    device: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """What the audit page shows.

    Attributes:
        rows: newest first.
        is_cut: there are more than are shown.
        is_everybodys: of the whole charity, and not of oneself alone.
        laptops: how many laptops' chains are held.
        colleagues: who may be chosen, by name.
    """

    rows: tuple[AuditRow, ...]
    is_cut: bool
    is_everybodys: bool
    laptops: int
    colleagues: tuple[tuple[UserId, str], ...]


def reads_everything(actor: Actor) -> bool:
    """Answer whether somebody reads the audit of the whole charity."""
    return access.permitted(actor.roles, Action.READ_AUDIT) is Reach.ORGANISATION


def audit_view(
    vault: Vault, *, actor: Actor, now: datetime, query: AuditQuery, action: AuditAction = AuditAction.OPEN_LIST
) -> AuditView:
    """Return what an account may read of the audit; that it was read is an entry too, once in ten minutes.

    Args:
        vault: the vault.
        actor: who asks.
        now: the moment.
        query: what is wanted.
        action: `open_list`, or `export` when it is taken away.

    Raises:
        NotPermittedError: the account reads nothing of it.
    """
    access.require(actor.roles, Action.READ_AUDIT)
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(action, reason=AUDIT)
    # Years of entries take their time: whoever writes does not wait for it.
    with vault.reading() as read:
        named = subjects(read.connection, actor.device)
        # Everybody is named only where a name is asked for: it finds its entries of years in one pass.
        names = names_of(read, set(named.values())) if query.name.strip() else {}
        accounts = {user.id: user.name for user in read.all(User)}
        may = _readable(read, actor)
        wanted = _wanted(query, names)
        since = _EVER if query.days is None else now - timedelta(days=query.days)
        rows: list[AuditRow] = []
        for device, body in newest_first(read.connection, since):
            about = named.get((device, body.get("subject", "")))
            if not may(body, about) or not wanted(body, about):
                continue
            rows.append(_row(device, body, about, accounts))
            if len(rows) > MOST_ROWS:
                break
        return _view(read, rows, actor, accounts)


def audit_extract(vault: Vault, *, actor: Actor, now: datetime, algorithm: str, public: bytes) -> bytes:
    """Return the extract of every chain this laptop holds; that it was taken is its last entry.

    Of colleagues' laptops the key is in it where it is known here; the operator of the service has all of them.

    Args:
        vault: the vault.
        actor: who asks.
        now: the moment.
        algorithm: of this laptop's key.
        public: the public half of this laptop's key.

    Raises:
        NotPermittedError: only the data protection lead reads the whole audit.
    """
    if not reads_everything(actor):
        raise NotPermittedError
    device = Held(vault).device()
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.EXPORT, reason=AUDIT)
        keys: dict[UUID, tuple[str, bytes]] = {
            each.device: (each.algorithm, each.device_key) for each in handed.known_keys(work.connection)
        }
        keys[actor.device] = (algorithm, public)
        chains = [
            ChainToExtract(
                device=each.device,
                algorithm=keys.get(each.device, ("", b""))[0],
                public=keys.get(each.device, ("", b""))[1],
                entries=each.entries,
                head=each.head,
                bodies=bodies_of(work.connection, each.device),
            )
            for each in held_chains(work.connection)
        ]
        lines = extract_lines(
            org=actor.org,
            at=now,
            service_keys=device.server_keys,
            chains=chains,
            receipts=[device.audit_receipt] if device.audit_receipt else [],
        )
        return b"".join(lines)


def _readable(read: Reader, actor: Actor) -> Callable[[Body, PersonId | None], bool]:
    """Return what answers whether an account may read an entry; rights add up (domain.md 2.2)."""
    reaches = access.reaches(actor.roles, Action.READ_AUDIT)
    if Reach.ORGANISATION in reaches:
        return lambda _body, _about: True
    me = str(actor.user)
    concerned: set[UUID] = {each.person for each in read.all(Concern)} if Reach.CONCERN in reaches else set()

    def may(body: Body, about: PersonId | None) -> bool:
        if body["created_by"] == me or about in concerned:
            return True
        return Reach.DEVICES in reaches and body["action"] not in KIND_OF

    return may


def _wanted(query: AuditQuery, names: Mapping[UUID, str]) -> Callable[[Body, PersonId | None], bool]:
    words = fold_name(query.name).split()
    found = {person for person, name in names.items() if all(word in fold_name(name) for word in words)}
    by = "" if query.by is None else str(query.by)

    def wanted(body: Body, about: PersonId | None) -> bool:
        if by and body["created_by"] != by:
            return False
        if query.kind is not None and KIND_OF.get(body["action"], AuditKind.LAPTOP) is not query.kind:
            return False
        return not words or about in found

    return wanted


def _row(device: UUID, body: Body, about: PersonId | None, accounts: Mapping[Any, str]) -> AuditRow:
    by = UserId(UUID(body["created_by"]))
    return AuditRow(
        at=datetime.fromisoformat(body["at"]),
        clock_doubt=bool(body.get("clock_doubt", False)),
        by=by,
        who=accounts.get(by, ""),
        role=body["created_role"],
        action=body["action"],
        reason=body.get("reason", ""),
        about=about,
        name="",
        has_subject=bool(body.get("subject", "")),
        device=device,
    )


def _view(read: Reader, rows: Sequence[AuditRow], actor: Actor, accounts: Mapping[Any, str]) -> AuditView:
    names = names_of(read, {row.about for row in rows if row.about is not None})
    own = {user.id for user in read.all(User) if user.org == actor.org}
    colleagues = sorted(
        ((UserId(user), name) for user, name in accounts.items() if user in own), key=lambda one: one[1]
    )
    return AuditView(
        rows=tuple(replace(row, name=names.get(row.about, "")) if row.about else row for row in rows[:MOST_ROWS]),
        is_cut=len(rows) > MOST_ROWS,
        is_everybodys=reads_everything(actor),
        laptops=len(held_chains(read.connection)),
        colleagues=tuple(colleagues),
    )
