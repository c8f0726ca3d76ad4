"""What the tests of keys and sign-in share: a cheap cost, invented people, a keyring that lies in memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from keyring.backend import KeyringBackend

from app.custody.shares import make_recovery_key
from app.security.device_secret import AllowedKeyring
from app.security.opened_keys import OpenedSlot
from app.security.passwords import Cost
from app.security.slots import Newcomer, SlotMaker, create_slots
from app.security.slots_file import SlotsFile

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
VAULT = UUID("01890000-0000-7000-8000-0000000000aa")
ASHA = UUID("01890000-0000-7000-8000-000000000001")
BEN = UUID("01890000-0000-7000-8000-000000000002")
PASSWORD = "correct horse battery staple"


@dataclass
class MemoryKeyring:
    """A keyring of the test: what it holds outlives each instance, and it can be told to misbehave."""

    held: dict[tuple[str, str], str] = field(default_factory=dict)
    instances: int = 0
    before: Callable[[], None] = lambda: None
    on_write: Callable[[str], str] = lambda value: value

    def allowed(self) -> AllowedKeyring:
        return AllowedKeyring(name="SecretService", make=self.make)

    def make(self) -> KeyringBackend:
        self.instances += 1
        keyring_ = self

        class Backend(KeyringBackend):
            priority = 1

            def get_password(self, service: str, username: str) -> str | None:
                keyring_.before()
                return keyring_.held.get((service, username))

            def set_password(self, service: str, username: str, password: str) -> None:
                keyring_.before()
                keyring_.held[service, username] = keyring_.on_write(password)

            def delete_password(self, service: str, username: str) -> None:
                keyring_.before()
                del keyring_.held[service, username]

        return Backend()


@dataclass
class Clock:
    """A monotonic clock that the test moves."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Made:
    """A vault's slots as they were made, and what opens them."""

    slots: SlotsFile
    opened: OpenedSlot
    secret: bytearray
    maker: SlotMaker
    recovery_private: bytearray
    recovery_public: bytes


def newcomer(person_id: UUID = ASHA, name: str = "Asha Verma", password: str = PASSWORD) -> Newcomer:
    return Newcomer(
        person_id=person_id, shown_name=name, password=password, cost=CHEAP, grant={"role": "outreach_worker"}
    )


def make(secret: bytearray | None, keyring: str = "SecretService") -> Made:
    maker = SlotMaker(device_secret=secret, random_bytes=os.urandom, floor=CHEAP)
    private, public = make_recovery_key(os.urandom)
    slots, opened = create_slots(vault_id=VAULT, keyring=keyring, first=newcomer(), recovery_public=public, maker=maker)
    return Made(slots, opened, secret or bytearray(), maker, private, public)
