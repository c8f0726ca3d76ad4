"""One simulated laptop: the real vault in a file, the real engine, and a process that may die at any commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.domain.actor import Actor
from app.domain.ids import IdSource
from app.security.device_key import DeviceKey
from app.storage.connection import connect
from app.storage.health import Expected
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.storage.vault import Vault, open_vault
from sync.client.engine import SyncEngine
from sync.client.progress import CycleReport
from sync.client.size import Size
from sync.client.transport import Transport
from tests.helpers.vaults import seal
from tests.simulator.weather import SimClock, Weather
from tests.simulator.wire import Wire

AUDIENCE = "alongside-simulation"
ADDRESS = "http://127.0.0.1:8750"
FILES = ("", "-wal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One enrolled laptop as every history finds it: its file, its keys and who works on it."""

    name: str
    actor: Actor
    vault_key: bytes
    vault_id: UUID
    device_seed: bytes
    files: dict[str, bytes]


class MortalVault(Vault):
    """A vault whose process may die before and after each commit."""

    def __init__(self, opened: Vault, *, moment: Callable[[str], None], random_bytes: Callable[[int], bytes]) -> None:
        super().__init__(
            opened._engine,
            opened.path,
            ids=opened.ids,
            seal=seal,
            random_bytes=random_bytes,
            snapshots=opened.snapshots,
        )
        self._moment = moment

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with super().writing() as connection:
            yield connection
            self._moment("before commit")
        self._moment("after commit")

    def clean(self) -> bool:
        self._moment("before clean")
        done = super().clean()
        self._moment("after clean")
        return done

    def end(self) -> None:
        """Close every file, without the tidying of a proper end."""
        self.snapshots.close()
        self._engine.dispose()


class SimLaptop:
    """A laptop of one history.

    Attributes:
        skew: how far its clock is off.
        at_hand: the person and the referral that somebody worked on last, to go on with more often than not.
        entered: every op its people ever made, by id, in the words of its outbox.
    """

    def __init__(
        self,
        image: Image,
        folder: Path,
        *,
        wire: Wire,
        clock: SimClock,
        weather: Weather,
        seed: str,
        compiled: dict[Any, Any],
        change: tuple[str, ...] = (),
    ) -> None:
        self.name = image.name
        self.actor = image.actor
        self.skew = timedelta()
        self.at_hand: dict[str, UUID] = {}
        self.entered: dict[str, dict[str, Any]] = {}
        self.path = folder / f"{image.name}.db"
        self.key = image.vault_key
        self.image = image
        self._true = clock
        self._weather = weather
        self._wire = wire
        self._compiled = compiled
        self._rng = Random(f"{seed}/{image.name}")
        self.put_back(image.files)
        self._change(change)
        self._start()

    def _change(self, statements: tuple[str, ...]) -> None:
        if statements:
            connection = connect(self.path, bytearray(self.key))
            for statement in statements:
                connection.execute(statement)
            connection.close()

    def clock(self) -> datetime:
        """What this laptop's clock shows."""
        return self._true() + self.skew

    @property
    def act(self) -> dict[str, Any]:
        """The arguments every writing use case takes."""
        return {"actor": self.actor, "now": self.clock()}

    def _start(self) -> None:
        opened = open_vault(
            self.path,
            bytearray(self.key),
            expected=Expected(vault_id=self.image.vault_id, generation=1),
            ids=IdSource(self.clock, self._rng.randbytes),
            seal=seal,
            random_bytes=self._rng.randbytes,
            chain=lambda _entries: None,
            today=self.clock().date().isoformat(),
        )
        self._look = connect(self.path, bytearray(self.key))
        # A pool of its own begins with no statement compiled: shared, a history takes half the time.
        engine = opened._engine
        engine._compiled_cache = self._compiled.setdefault("statements", engine._compiled_cache)
        engine.dialect = self._compiled.setdefault("dialect", engine.dialect)
        self.vault = MortalVault(
            opened, moment=lambda what: self._weather.moment(self.name, what), random_bytes=self._rng.randbytes
        )
        self.net = Transport(
            address=ADDRESS,
            audience=AUDIENCE,
            signer=DeviceKey(bytearray(self.image.device_seed)),
            schema=1,
            random_bytes=self._rng.randbytes,
            monotonic=self._true.seconds,
        )
        self._wire.plug_into(self.net)
        self.outbox, self.held = Outbox(self.vault), Held(self.vault)
        self.engine = SyncEngine(
            outbox=self.outbox, held=self.held, net=self.net, clock=self.clock, monotonic=self._true.seconds
        )
        # Small batches and pages: what goes wrong between two of them shall have its chance in a short history.
        sending = getattr(self.engine, "_sending", None)
        batch = Size(count=self._rng.choice((2, 8, 40)), least=1, most=500)
        if sending is None:
            self.engine._push_size = batch
        else:
            sending._size = batch
        self.engine._pull_size = Size(count=self._rng.choice((2, 8, 40)), least=1, most=1500)

    def sync(self) -> CycleReport:
        """Run one cycle."""
        return self.engine.run(cancelled=lambda: False, report=lambda _progress: None)

    def files(self) -> dict[str, bytes]:
        """Return the vault's files as the disk holds them now."""
        there = {end: self.path.with_name(self.path.name + end) for end in FILES}
        return {end: file.read_bytes() for end, file in there.items() if file.exists()}

    def put_back(self, files: dict[str, bytes]) -> None:
        """Let the disk hold these files and no others."""
        for end in (*FILES, "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        for end, content in files.items():
            self.path.with_name(self.path.name + end).write_bytes(content)

    def die_and_restart(self, files: dict[str, bytes] | None = None) -> None:
        """Lose everything in memory, and start again from the disk, or from an older image of it."""
        left = self.files() if files is None else files
        self.close()
        self.put_back(left)
        self._start()

    def close(self) -> None:
        self.net.close()
        self._look.close()
        self.vault.end()

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Read straight from the tables."""
        return list(self._look.execute(query, values))

    def notice_entered(self) -> list[str]:
        """Take note of ops that were committed here since; returns their ids."""
        fresh = []
        for row in self.rows("SELECT op_id, lane, type, id, agg_id, kind, patch, hlc FROM outbox ORDER BY seq"):
            op_id = row[0].hex()
            if op_id not in self.entered:
                names = ("lane", "type", "id", "agg_id", "kind", "patch", "hlc")
                self.entered[op_id] = dict(zip(names, row[1:], strict=True))
                fresh.append(op_id)
        return fresh
