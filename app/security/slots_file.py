"""slots.json: how each person's password opens the vault, as bytes on the disk; no key is opened here.

The file is not secret and not trusted: whatever a planted one holds, reading it takes bounded time and ends
in a `SlotsFile` or in an error (security.md 2.2).
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NoReturn
from uuid import UUID

import msgspec

from app.domain.canonical import canonical
from app.errors import VaultError
from app.security.atomic_file import Reach, delete_file, reach_nothing, replace_file
from app.security.passwords import SALT_BYTES, Cost

SUITE: Final = "argon2id+hkdf-sha256+aes-256-gcm+hpke-x25519-hkdf-sha256-aes-256-gcm+ed25519"
"""The algorithms of every slot in the file; a change is a new suite, never another meaning of this one."""

PASSWORD_ONLY = "password_only"  # noqa: S105 — the name of a kind of vault
"""The keyring name of a vault without a device secret, which only its policy allows."""

MOST_BYTES = 512 * 1_024
"""64 slots with a full grant each are under 400 KiB."""

MOST_PEOPLE = 64
_DEEPEST = 32
_MOST_GRANT_BYTES = 4_096

# Control marks, and marks that turn the reading direction: a name could show as another one (security.md 6).
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

_PublicKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Generation = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
# HPKE: 32 bytes of encapsulated key, 32 of master key, 16 of tag.
_SealedKey = Annotated[bytes, msgspec.Meta(min_length=80, max_length=80)]
_Tag = Annotated[bytes, msgspec.Meta(max_length=32)]
_UtcMoment = Annotated[datetime, msgspec.Meta(tz=True)]


class SealedMaster(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vault master key of one generation, sealed to one public key."""

    generation: _Generation
    sealed: _SealedKey


class PersonSlot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person's way in.

    Attributes:
        slot_version: counts each new sealing of this person's keys.
        sealed_private: nonce (12 bytes), then both private keys under AES-256-GCM.
        grant: the role grant, signed by the service or by this device; whoever uses it checks it.
        not_after: the slot opens up to this moment; None is without end.
        tag: says that whoever wrote the public keys had a master key; empty in files of before.
    """

    person_id: UUID
    shown_name: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    slot_version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    argon2: Cost
    salt: Annotated[bytes, msgspec.Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
    exchange_public: _PublicKey
    signing_public: _PublicKey
    sealed_private: Annotated[bytes, msgspec.Meta(min_length=92, max_length=92)]
    sealed_master: Annotated[tuple[SealedMaster, ...], msgspec.Meta(min_length=1, max_length=2)]
    grant: dict[str, Any]
    not_after: _UtcMoment | None = None
    tag: _Tag = b""

    def __post_init__(self) -> None:
        if _UNSHOWABLE.search(self.shown_name):
            raise ValueError("shown_name holds a control mark")
        if len(canonical(self.grant)) > _MOST_GRANT_BYTES:
            raise ValueError("grant too big")

    @property
    def is_without_keys(self) -> bool:
        """Whether no password opens it: the secret it was sealed under is gone, and it waits to be made anew."""
        return not any(self.sealed_private)

    def without_keys(self) -> PersonSlot:
        """Return the slot as it stands after the device secret was lost: a name, and nothing that opens."""
        return msgspec.structs.replace(self, sealed_private=bytes(len(self.sealed_private)))


class RecoveryEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The master key sealed to the custodians' public key; `tag` as in a person's slot."""

    public: _PublicKey
    sealed_master: Annotated[tuple[SealedMaster, ...], msgspec.Meta(min_length=1, max_length=2)]
    tag: _Tag = b""


class SlotsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in slots.json; `version` counts each writing."""

    format: Literal[1] = 1
    suite: Literal["argon2id+hkdf-sha256+aes-256-gcm+hpke-x25519-hkdf-sha256-aes-256-gcm+ed25519"] = SUITE
    vault_id: UUID
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    generations: Annotated[tuple[_Generation, ...], msgspec.Meta(min_length=1, max_length=2)]
    keyring: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    people: Annotated[tuple[PersonSlot, ...], msgspec.Meta(min_length=1, max_length=MOST_PEOPLE)]
    recovery: Annotated[tuple[RecoveryEntry, ...], msgspec.Meta(min_length=1, max_length=4)]

    def __post_init__(self) -> None:
        if list(self.generations) != sorted(set(self.generations)):
            raise ValueError("generations not ascending")
        if len({slot.person_id for slot in self.people}) != len(self.people):
            raise ValueError("one person twice")
        entries: tuple[PersonSlot | RecoveryEntry, ...] = (*self.people, *self.recovery)
        for entry in entries:
            sealed = [master.generation for master in entry.sealed_master]
            if sealed != sorted(set(sealed)) or not set(sealed) <= set(self.generations):
                raise ValueError("a master key of no generation")

    @property
    def needs_device_secret(self) -> bool:
        """Whether the passwords open nothing without the keyring's secret."""
        return self.keyring != PASSWORD_ONLY

    def slot_of(self, person_id: UUID) -> PersonSlot | None:
        """Return the person's slot, or None when they have no place on this laptop."""
        return next((slot for slot in self.people if slot.person_id == person_id), None)

    def digest(self) -> bytes:
        """Return the SHA-256 that the audit chain keeps of each version."""
        return hashlib.sha256(canonical(self)).digest()


def header_of(slots: SlotsFile, slot: PersonSlot) -> bytes:
    """Return what the sealing of a person's keys is bound to: all of the slot but sealed keys and grant.

    The grant stays out because it is signed itself and is renewed without the person's password.
    """
    return canonical(
        {
            "format": slots.format,
            "suite": slots.suite,
            "vault_id": slots.vault_id,
            "person_id": slot.person_id,
            "shown_name": slot.shown_name,
            "slot_version": slot.slot_version,
            "argon2": slot.argon2,
            "salt": slot.salt,
            "exchange_public": slot.exchange_public,
            "signing_public": slot.signing_public,
            "not_after": slot.not_after,
        }
    )


def previous_copy(path: Path) -> Path:
    """Return where the one previous version lies."""
    return path.with_name(path.name + ".previous")


def read_slots(path: Path) -> SlotsFile:
    """Read and check slots.json.

    Raises:
        VaultError: `slots.missing`, `slots.unreadable`, `slots.damaged` or, from a newer program,
            `slots.newer`. Nothing was changed; a previous copy is never taken silently, because it may hold
            somebody who was removed.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise VaultError("slots.missing") from error
    except OSError as error:
        raise VaultError("slots.unreadable", errno=error.errno) from error
    return parse_slots(content)


def parse_slots(content: bytes) -> SlotsFile:
    """Return the slots of a file's bytes; everything that is not exactly this format is refused."""
    if len(content) > MOST_BYTES:
        raise VaultError("slots.damaged")
    try:
        tree = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_int=_small_number,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        _check_depth(tree)
        canonical(tree)  # Refuses half a surrogate pair anywhere: it could not be written back.
        _check_suite(tree)
        return msgspec.convert(tree, SlotsFile, strict=True)
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        # `from None`: the parser's own words quote the file, and a name may stand in it.
        raise VaultError("slots.damaged", kind=type(error).__name__) from None


def render_slots(slots: SlotsFile) -> bytes:
    """Return the file's bytes: canonical JSON and a line end."""
    content = canonical(slots) + b"\n"
    # Held against the reader's own rules first: a file that cannot be read back would lock everybody out.
    if parse_slots(content) != slots:
        raise AssertionError("slots do not read back as they were")
    return content


def write_slots(path: Path, slots: SlotsFile, *, keep_previous: bool = True, reach: Reach = reach_nothing) -> None:
    """Put the file in place, keeping one previous copy.

    Without `keep_previous` the older copy is deleted *before* the new file is in place, so that no crash
    leaves an old password, or a leaver, beside today's slots (security.md 2.3, 4.7).
    """
    content = render_slots(slots)
    if not keep_previous:
        delete_file(previous_copy(path))
    elif path.exists():
        replace_file(previous_copy(path), path.read_bytes())
    replace_file(path, content, reach=lambda step: reach(f"slots.{step}"))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name twice in one object")
    return members


def _small_number(text: str) -> int:
    number = int(text) if len(text) <= 16 else 2**64
    if abs(number) > 2**53:
        raise ValueError("a number that other programs would round")
    return number


def _refuse_number(_text: str) -> NoReturn:
    raise ValueError("a number with a fraction, or none at all")


def _check_depth(tree: Any) -> None:
    level = [tree]
    for _ in range(_DEEPEST):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise ValueError("too deep")


def _check_suite(tree: Any) -> None:
    """Tell a file of a newer program from a damaged one: the person needs an update, not a recovery."""
    if not isinstance(tree, dict) or not isinstance(tree.get("format"), int):
        raise ValueError("not a slots file")
    if tree["format"] > 1 or (tree["format"] == 1 and tree.get("suite") != SUITE):
        raise VaultError("slots.newer")
