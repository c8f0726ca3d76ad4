"""One laptop from keys to an open vault: made once, opened each day, and marked so that an older copy is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.custody.erasing import clear
from app.custody.exchange_key import exchange_seed
from app.domain.actor import Actor
from app.domain.audit import AuditEntry
from app.domain.bodies import record_of
from app.domain.canonical import canonical
from app.domain.clocks import london_day
from app.domain.codes import AuditAction, Role
from app.domain.ids import DeviceId, IdSource, OrganisationId, SiteId, UserId
from app.domain.user import User
from app.errors import KnownError, NotFoundError, VaultError
from app.paths import LaptopPaths
from app.security.atomic_file import Reach, reach_nothing
from app.security.audit_chain import ChainEntry, ChainPoint, SealedEntry, seal_entry, verify_chain
from app.security.device_key import DeviceKey
from app.security.device_secret import SecretStore
from app.security.mark import Mark, read_mark, write_mark
from app.security.opened_keys import OpenedKeys
from app.security.slot_notes import SlotAct, SlotNote, forget_notes, read_notes
from app.security.slots_file import read_slots
from app.storage.health import Expected
from app.storage.unit_of_work import RandomBytes, Seal
from app.storage.vault import Vault, open_vault
from app.use_cases.restoring import KEEPS, mark_of, put_back, read_restoring

_BLANK_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What cannot be computed and is handed in: clock, randomness and the keyring of this vault."""

    now: Callable[[], datetime]
    random_bytes: RandomBytes
    store: SecretStore


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLaptop:
    """An open vault with the key that speaks for this laptop.

    Attributes:
        exchange: the key under which whoever is signed in is handed work; empty where there is none.
    """

    vault: Vault
    device_key: DeviceKey
    paths: LaptopPaths
    person_id: UserId
    exchange: bytearray = field(default_factory=bytearray, repr=False)

    def close(self) -> None:
        """Close the vault and overwrite the keys."""
        self.vault.close()
        self.device_key.clear()
        clear(self.exchange)


def open_laptop(
    paths: LaptopPaths,
    keys: OpenedKeys,
    means: Means,
    *,
    progress: Callable[[str], None] = lambda _: None,
    with_snapshots: bool = True,
    reach: Reach = reach_nothing,
) -> OpenLaptop:
    """Open the vault with the keys the gate handed over; the keys are overwritten.

    The places of snapshots are made ready `with_snapshots`; not while a laptop is being set up.

    Raises:
        VaultError: why it was not opened; nothing was changed.
    """
    device_key = DeviceKey(bytearray(keys.device_signing_seed))
    person_id = UserId(keys.person_id)
    exchange = exchange_seed(keys.person_signing_seed, vault_id=keys.vault_id, person_id=keys.person_id)
    try:
        with _sqlcipher_key(keys) as key:
            _finish_restore(paths, keys, key, device_key.public, reach)
            mark = mark_of(paths, means.store)
            vault = open_vault(
                paths.vault,
                key,
                expected=_expected(keys, mark),
                ids=IdSource(means.now, means.random_bytes),
                seal=audit_seal(device_key),
                random_bytes=means.random_bytes,
                chain=chain_check(device_key.public, mark),
                today=london_day(means.now()).isoformat(),
                progress=progress,
                with_snapshots=with_snapshots,
            )
    except KnownError:
        device_key.clear()
        clear(exchange)
        raise
    finally:
        keys.clear()
    return OpenLaptop(vault=vault, device_key=device_key, paths=paths, person_id=person_id, exchange=exchange)


def _finish_restore(paths: LaptopPaths, keys: OpenedKeys, key: bytearray, public: bytes, reach: Reach) -> None:
    """Put a snapshot back where that was asked for, or begun; the vault is closed still."""
    wish = read_restoring(paths)
    if wish is None or wish.place == KEEPS:
        return
    head = Mark(audit_seq=wish.audit_seq, audit_hash=wish.audit_hash)
    put_back(paths, wish, key, expected=_expected(keys, head), chain=chain_check(public, head), reach=reach)


def _expected(keys: OpenedKeys, mark: Mark) -> Expected:
    return Expected(
        vault_id=keys.vault_id,
        generation=keys.generation,
        least_audit_seq=mark.audit_seq,
        audit_hash=mark.audit_hash,
    )


def audit_seal(device_key: DeviceKey) -> Seal:
    """Return the function that hashes and signs each audit entry with the laptop's key."""

    def seal(entry: Mapping[str, Any]) -> tuple[str, str]:
        sealed = seal_entry(ChainEntry(**entry), device_key.sign)
        return sealed.hash, sealed.signature.hex()

    return seal


def chain_check(public: bytes, mark: Mark) -> Callable[[Sequence[str]], None]:
    """Return the check of the whole audit chain, to its end and up to the mark."""

    def check(bodies: Sequence[str]) -> None:
        if not bodies:
            return
        entries = [_sealed(msgspec.json.decode(body)) for body in bodies]
        remembered = ChainPoint(seq=mark.audit_seq, hash=mark.audit_hash) if mark.audit_seq else None
        fault = verify_chain(entries, device=entries[0].entry.device, public=public, mark=remembered)
        if fault is not None:
            raise VaultError("vault.audit_broken", kind=fault.kind.value, seq=fault.seq)

    return check


def _sealed(body: dict[str, Any]) -> SealedEntry:
    entry = record_of(AuditEntry, _BLANK_ID, body)
    return SealedEntry(
        entry=ChainEntry(
            device=entry.device,
            seq=entry.seq,
            previous=entry.previous,
            at=entry.at,
            clock_doubt=entry.clock_doubt,
            actor=entry.created_by,
            role=entry.created_role.value,
            action=entry.action.value,
            subject=entry.subject,
            reason=entry.reason,
            commitment=entry.detail,
            app_version=entry.app_version,
        ),
        hash=entry.hash,
        signature=bytes.fromhex(entry.signature),
    )


def raise_mark(vault: Vault, store: SecretStore, *, device: DeviceId, now: datetime) -> None:
    """Write the head of the laptop's chain into the keyring: after it, an older copy of the vault is found."""
    with vault.reading() as read:
        seq, entry_hash = read.audit_head(device)
    if seq:
        mark = read_mark(store) or Mark()
        write_mark(store, mark.raised(seq=seq, entry_hash=entry_hash, at=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUser:
    """Who a laptop was set up for, as the enrolment named them; counts until the User record has arrived."""

    user: UserId
    org: OrganisationId
    device: DeviceId
    name: str
    shown_name: str
    roles: frozenset[Role]


FIRST_USER = "first_user"


def keep_first_user(vault: Vault, first: FirstUser, *, now: datetime) -> None:
    """Remember who the laptop was set up for, and begin the audit chain."""
    actor = _actor(first, role=_leading(first.roles))
    with vault.transaction(actor=actor, now=now) as work:
        body = {
            "user": str(first.user),
            "org": str(first.org),
            "device": str(first.device),
            "name": first.name,
            "shown_name": first.shown_name,
            "roles": sorted(first.roles),
        }
        work.keep_setting(FIRST_USER, canonical(body).decode())
        work.audit(AuditAction.SLOT_CHANGE, reason="set_up")


def actor_of(vault: Vault, person_id: UserId, *, now: datetime, device: DeviceId | None = None) -> Actor:
    """Return who has signed in, with the roles the service granted.

    Raises:
        NotFoundError: `user.not_found`: neither the record nor the enrolment names this person.
    """
    with vault.reading() as read:
        user = read.find(User, person_id)
        text = read.setting(FIRST_USER)
    first = msgspec.json.decode(text, type=FirstUser) if text else None
    if user is None:
        if first is None or first.user != person_id:
            raise NotFoundError("user.not_found")
        return _actor(first, role=_leading(first.roles))
    if not user.is_active(london_day(now)):
        raise NotFoundError("user.not_found")
    known_device = device or (first.device if first is not None else DeviceId(_BLANK_ID))
    return Actor(
        user=person_id,
        org=user.org,
        role=_leading(user.roles),
        roles=user.roles,
        device=known_device,
        shown_name=user.shown_name,
        sites=frozenset(SiteId(site) for site in user.sites),
        teams=user.teams,
    )


def note_sign_in(vault: Vault, store: SecretStore, *, actor: Actor, now: datetime) -> None:
    """Enter a sign-in into the audit chain and the mark."""
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.LOGIN)
    raise_mark(vault, store, device=actor.device, now=now)


SLOTS_SEEN = "slots_seen"


def note_slots(vault: Vault, store: SecretStore, paths: LaptopPaths, *, actor: Actor, now: datetime) -> None:
    """Enter into the audit chain what was done to the slots since a desk last looked, explained or not.

    Raises:
        VaultError: the slots cannot be read.
    """
    digest = read_slots(paths.slots).digest().hex()
    with vault.reading() as read:
        seen = read.setting(SLOTS_SEEN)
    if seen == digest:
        return
    notes = read_notes(paths.slot_notes)
    if seen and not notes:
        notes = [SlotNote(act=SlotAct.UNEXPLAINED)]
    with vault.transaction(actor=actor, now=now) as work:
        work.keep_setting(SLOTS_SEEN, digest)
        for note in notes:
            action = AuditAction.RECOVERY if note.act is SlotAct.BY_CUSTODIANS else AuditAction.SLOT_CHANGE
            work.audit(action, reason=note.act.value, detail=f"{note.person or ''} {note.by or ''}".strip())
    raise_mark(vault, store, device=actor.device, now=now)
    forget_notes(paths.slot_notes)


def note_lock(vault: Vault, store: SecretStore, *, actor: Actor, now: datetime, reason: str) -> None:
    """Enter a lock into the audit chain and the mark; `reason` is `asked`, `idle` or `lease`."""
    with vault.transaction(actor=actor, now=now) as work:
        work.audit(AuditAction.LOCK, reason=reason)
    raise_mark(vault, store, device=actor.device, now=now)


_ORDER = (
    Role.COORDINATOR,
    Role.OUTREACH_WORKER,
    Role.INTAKE_WORKER,
    Role.MENTOR,
    Role.DATA_PROTECTION_LEAD,
    Role.SAFEGUARDING_LEAD,
    Role.SECRETARIAT,
    Role.IT_ADMIN,
)


def _leading(roles: frozenset[Role]) -> Role:
    """The role that acts are signed with, when an account carries several."""
    return next((role for role in _ORDER if role in roles), Role.SYSTEM)


def _actor(first: FirstUser, *, role: Role) -> Actor:
    return Actor(
        user=first.user,
        org=first.org,
        role=role,
        roles=first.roles,
        device=first.device,
        shown_name=first.shown_name,
    )


@contextmanager
def _sqlcipher_key(keys: OpenedKeys) -> Iterator[bytearray]:
    key = keys.sqlcipher_key()
    try:
        yield key
    finally:
        key[:] = bytes(len(key))
