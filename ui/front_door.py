"""Everything the two programs are handed at the door: paths, policy, clocks, chance, keyring and each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.config import SYSTEM_PROXY, Policy
from app.paths import LaptopPaths
from app.security.device_secret import SecretStore
from app.security.passwords import Cost, PasswordRules

if TYPE_CHECKING:
    from app.use_cases.laptop import Means


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """What cannot be computed; demo and tests hand in their own, the shipped program has no switch for it.

    Attributes:
        paths: where this laptop's vault lies.
        policy: what the organisation's IT laid down.
        clock: the present moment, aware UTC.
        monotonic: seconds on a clock that nobody can set.
        random_bytes: of the operating system.
        fraction: a random number from 0 to 1, for waits that must not fall together.
        store_for: the keyring that a slots file names, for its vault.
        new_store: the keyring that a new vault shall use.
        gate_command: starts a gate.
        desk_command: starts a desk that is told what it inherits.
        password_rules: what a new password is held against.
        cost: what deriving from a new password costs; None measures this laptop.
        floor: the least cost taken; None is the program's own. Only tests hand in less.
    """

    paths: LaptopPaths
    policy: Policy
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    random_bytes: Callable[[int], bytes]
    fraction: Callable[[], float]
    store_for: Callable[[str, UUID], SecretStore]
    new_store: Callable[[UUID], SecretStore]
    gate_command: tuple[str, ...]
    desk_command: Callable[[str], tuple[str, ...]]
    password_rules: PasswordRules
    cost: Cost | None = None
    floor: Cost | None = None

    @property
    def proxy(self) -> str:
        """The proxy that IT laid down, empty for those of the system."""
        return "" if self.policy.proxy_url == SYSTEM_PROXY else self.policy.proxy_url

    def means(self, store: SecretStore) -> Means:
        """Return what opening and making a vault is handed."""
        # Imported when asked for: the sign-in screen, which must be up in a second, needs no database library.
        from app.use_cases.laptop import Means  # noqa: PLC0415

        return Means(now=self.clock, random_bytes=self.random_bytes, store=store)
