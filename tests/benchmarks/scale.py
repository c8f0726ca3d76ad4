"""The exchange at scale: a whole caseload pushed and pulled, what a poll costs, and the same rows with a peer."""

from __future__ import annotations

import gc
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
import requests
import zstandard

import resources
from app.domain.codes import AuditAction, NoteLevel, Role
from app.domain.ids import PersonId
from app.domain.note import CaseNote
from app.domain.person import Person, Stay
from app.use_cases.people import PersonChange, change_person
from sync.client.beside import OneBeside
from sync.client.engine import SyncEngine
from tests.benchmarks import guard
from tests.benchmarks.crowd import FAMILY, GIVEN, WARDS
from tests.benchmarks.figures import Figure, seconds
from tests.benchmarks.floors import Pages, PullFloor
from tests.benchmarks.notes import NOTES_EACH, text_of
from tests.benchmarks.service import ServiceProcess
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

RECORDS_A_PERSON = NOTES_EACH + 2
COUNTS = (10_000, 100_000)
POLLS = 5
PEER = Path(__file__).parent / "peer"


@dataclass(slots=True)
class Meter:
    """Counts what one laptop sends and gets: heads and bodies, as they travel."""

    requests: int = 0
    sent: int = 0
    got: int = 0

    def watch(self, laptop: Enrolled) -> None:
        """Count every exchange of a laptop from now on."""
        laptop.net._session.hooks["response"].append(self._on_response)

    def forget(self) -> None:
        """Begin at nothing."""
        self.requests = self.sent = self.got = 0

    def _on_response(self, response: requests.Response, **_more: Any) -> None:
        asked = response.request
        self.requests += 1
        host = urlsplit(asked.url or "").netloc
        self.sent += len(f"{asked.method} {asked.path_url} HTTP/1.1\r\nHost: {host}\r\n\r\n") + _size(asked.headers)
        self.got += len("HTTP/1.1 200 OK\r\n\r\n") + _size(response.headers)


def measure(service: ServiceProcess, folder: Path, counts: Iterable[int] = COUNTS) -> list[Figure]:
    """Push and pull each number of records, pull the change of a hundredth, poll in vain; and a peer where Node is."""
    figures = []
    for count in counts:
        print(f"{count:,} records …", file=sys.stderr, flush=True)
        figures += _one_size(service, folder / str(count), count)
    return figures


def _one_size(service: ServiceProcess, folder: Path, count: int) -> list[Figure]:
    folder.mkdir()
    writer, meter = _laptop(service, folder / "writer"), Meter()
    _cycle(writer)
    people = _fill(writer, service, count)
    meter.watch(writer)
    push = seconds(lambda: _drain(writer))
    push_bytes = meter.sent
    reader, read_meter = _laptop(service, folder / "reader"), Meter()
    empty_bytes = reader.vault.path.stat().st_size
    read_meter.watch(reader)
    pages = Pages()
    pull = seconds(lambda: _cycle(reader, pages))
    pull_bytes = read_meter.got
    disk_bytes = reader.vault.path.stat().st_size - empty_bytes
    bodies = [body for _, body in reader.bodies().values()]
    if len(bodies) < count:
        raise AssertionError("records are missing")
    floor_pull = PullFloor(folder / "floor.db", pages.cut(bodies)).seconds()
    floor_push = _push_floor(service, bodies)
    changed = _change(writer, people[: count // 100])
    _drain(writer)
    again = seconds(lambda: _cycle(reader))
    read_meter.forget()
    for _ in range(POLLS):
        _cycle(reader)
    peer = _peer(folder, bodies, count // 100)
    writer.close()
    reader.close()
    name, polled = f"{count:,} records of 1 KB", (read_meter.sent + read_meter.got) / POLLS
    return [
        Figure(name=f"push of {name}: laptop and service", value=push, unit="s", floor=floor_push, goal=8),
        Figure(name=f"pull of {name} into an empty laptop", value=pull, unit="s", floor=floor_pull, goal=4),
        Figure(name=f"push of {name}: bytes a record", value=push_bytes / count, unit="B", goal=350),
        Figure(name=f"pull of {name}: bytes a record", value=pull_bytes / count, unit="B", goal=350),
        Figure(name=f"pull of {name}: disk a record", value=disk_bytes / count, unit="B", goal=1800),
        _pull_of_changed(f"pull of {changed} changed of {count:,}", again * 1000, peer),
        Figure(
            name=f"idle poll at {count:,}: bytes both ways",
            value=polled,
            unit="B",
            goal=950,
        ),
        Figure(name=f"idle poll at {count:,}: requests", value=read_meter.requests / POLLS, unit="", goal=1),
        *_against(peer, name, push=push, pull=pull),
        *guard.measure(service),
    ]


def _pull_of_changed(name: str, took_ms: float, peer: dict[str, float] | None) -> Figure:
    if peer is None:
        return Figure(name=name, value=took_ms, unit="ms")
    return Figure(name=f"{name}, against PouchDB", value=took_ms, unit="ms", floor=peer["pullChanged"] * 1000, goal=0.5)


def _against(peer: dict[str, float] | None, name: str, *, push: float, pull: float) -> list[Figure]:
    if peer is None:
        return []
    return [
        Figure(name=f"push of {name}, against PouchDB", value=push, unit="s", floor=peer["push"], goal=1 / 1.5),
        Figure(name=f"pull of {name}, against PouchDB", value=pull, unit="s", floor=peer["pull"], goal=1 / 4),
        Figure(name="PouchDB: idle poll, requests", value=peer["idleRequests"], unit=""),
    ]


def _laptop(service: ServiceProcess, folder: Path) -> Enrolled:
    laptop = enrol_laptop(
        folder,
        service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"]),
        user=service.alliance.user("outreach_worker"),
        role=Role.OUTREACH_WORKER,
        clock=Clock(now=datetime.now(UTC)),
    )
    laptop.engine = SyncEngine(
        outbox=laptop.outbox,
        held=laptop.held,
        net=laptop.net,
        clock=laptop.laptop.clock,
        monotonic=monotonic,
        beside=OneBeside(),
    )
    return laptop


def _cycle(laptop: Enrolled, pages: Pages | None = None) -> None:
    # As on a laptop: while a desk lives, the thread that exchanges collects no garbage (ui/collecting.py).
    gc.disable()
    try:
        laptop.engine.run(cancelled=lambda: False, report=pages.note if pages else lambda _progress: None)
    finally:
        gc.enable()


def _drain(laptop: Enrolled) -> None:
    while True:
        _cycle(laptop)
        waiting = laptop.outbox.waiting()
        if not (waiting.new or waiting.sent):
            return


def _fill(laptop: Enrolled, service: ServiceProcess, count: int) -> list[PersonId]:
    """Record the caseload of a ward offline: each person with where they are and their notes in one transaction."""
    words = (resources.path("passwords") / "words.txt").read_text(encoding="utf-8").split()
    dice, site, people = random.Random(20261122), service.alliance.site("stoke_mandeville"), []
    for _ in range(count // RECORDS_A_PERSON):
        with laptop.vault.transaction(**laptop.act) as work:
            bed = str(dice.randint(1, 30))
            person = Person(**work.header(), given_name=dice.choice(GIVEN), family_name=dice.choice(FAMILY))
            work.create(person)
            work.create(
                Stay(
                    **work.header(),
                    person=person.person_id,
                    site=site,
                    ward=dice.choice(WARDS),
                    bed=bed,
                )
            )
            for _ in range(NOTES_EACH):
                text = text_of(dice, words)
                work.append(CaseNote(**work.header(), person=person.person_id, level=NoteLevel.ORGANISATION, text=text))
            work.audit(AuditAction.CREATE, person=person.person_id)
        people.append(person.person_id)
    return people


def _change(laptop: Enrolled, people: list[PersonId]) -> int:
    for person in people:
        change_person(laptop.vault, **laptop.act, person_id=person, change=PersonChange(fields={"known_as": "Bill"}))
    return len(people)


def _push_floor(service: ServiceProcess, bodies: list[bytes]) -> float:
    """Return what the same bodies cost as JSON, packed, unpacked and copied into one table, with nothing around it."""
    decoded = [msgspec.json.decode(body) for body in bodies]
    with psycopg.connect(service.alliance.database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bench_floor(body text)")
        connection.execute("TRUNCATE bench_floor")
        began = perf_counter()
        for start in range(0, len(decoded), 500):
            lines = b"\n".join(msgspec.json.encode(body) for body in decoded[start : start + 500])
            plain = zstandard.ZstdDecompressor().decompress(zstandard.ZstdCompressor(level=3).compress(lines))
            with connection.cursor().copy("COPY bench_floor FROM STDIN") as copy:
                for line in plain.split(b"\n"):
                    copy.write_row((line.decode(),))
        took = perf_counter() - began
        connection.execute("DROP TABLE bench_floor")
    return took


def _peer(folder: Path, bodies: list[bytes], changed: int) -> dict[str, float] | None:
    """Return what PouchDB and express-pouchdb take for the same bodies; None where there is no Node."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or len(bodies) > COUNTS[0] * 2:
        return None
    place = folder / "peer"
    shutil.copytree(PEER, place)
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=place, check=True, timeout=300)
    with (place / "records.ndjson").open("wb") as lines:
        for number, body in enumerate(bodies):
            fields = msgspec.json.decode(body)
            lines.write(json.dumps({"text": "", **fields, "id": f"record-{number:08}"}).encode() + b"\n")
    done = subprocess.run(
        [node, "peer.js", "records.ndjson", str(changed)], cwd=place, check=True, capture_output=True, timeout=900
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _size(headers: Any) -> int:
    heads = sum(len(name) + len(value) + 4 for name, value in headers.items())
    return heads + int(headers.get("Content-Length", 0))
