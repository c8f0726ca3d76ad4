"""The morning after an outage: thousands of laptops with unsent work call at once, and all of it arrives.

Real vaults, real HTTP, real PostgreSQL, two processes of the service; no windows. Each laptop has a key and an identity
of its own, held the directory before the outage, and keeps the program's own schedule, so whoever is turned away comes
back at the turn it was given. `ALONGSIDE_STORM_LAPTOPS` says how many; laptops and service share one machine.
"""

from __future__ import annotations

import heapq
import multiprocessing
import os
import random
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import requests

from app.domain.codes import Nation, NoteLevel, Role, SiteKind
from app.domain.ids import SiteId, UserId
from app.errors import KnownError
from app.storage.held import Held
from app.storage.outbox import Outbox, new_life
from app.use_cases.people import NewPerson, add_note, register_person
from sync.central.entering import new_site
from sync.central.health import HealthPath
from sync.client.engine import SyncEngine
from sync.client.schedule import Pace, after_failure, next_at
from sync.client.transport import RefusedError
from sync.protocol.slip import Slip
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.service import ServiceProcess
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock, Laptop, open_copy
from tests.sync.alliance import Enrolled, enrol_laptop

LAPTOPS = int(os.environ.get("ALONGSIDE_STORM_LAPTOPS", "3000"))
SERVICES = 2
"""Processes of the service, as the operating page says for a machine with two cores."""

PLACES = 60
"""Hospitals; the laptops of one hold the same people."""

PROCESSES = 3
CALLERS = 150
"""Laptops of one process that call at the same time: together many times the places of the service."""

PATIENCE_S = 3600.0
SLOW_S = 2.0
"""What no more than one call of a hundred may take."""


@dataclass(slots=True)
class Tally:
    """What one process saw.

    Attributes:
        seconds: how long each call took that was let in.
        answers: how many calls ended with which status.
        troubles: codes of cycles that failed in any other way than by being asked to come back.
        drained: laptops with nothing left to send.
    """

    seconds: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    drained: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One laptop to be: by which slip, and where it stands."""

    slip: Slip
    site: SiteId


def measure(services: Sequence[ServiceProcess], folder: Path, laptops: int = LAPTOPS) -> list[Figure]:
    """Let all laptops call at once, and wait until every one of them has sent what it had."""
    alliance = services[0].alliance
    context = multiprocessing.get_context("spawn")
    ready, tallies = context.Barrier(PROCESSES + 1), context.Queue()
    # A slip works for ten minutes: they are made no sooner than somebody is about to use them.
    places = context.Queue(maxsize=4 * PROCESSES)
    user = alliance.user("outreach_worker")
    shares = [len(range(number, laptops, PROCESSES)) for number in range(PROCESSES)]
    processes = [
        context.Process(target=_many, args=(folder / str(number), share, places, user, ready, tallies))
        for number, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    for place in _places(services, laptops):
        places.put(place)
    ready.wait(timeout=PATIENCE_S)
    before, within_before = _ops(alliance), _within(services)
    began = monotonic()
    found = [tallies.get(timeout=PATIENCE_S) for _ in processes]
    took = monotonic() - began
    for process in processes:
        process.join()
    ops = _ops(alliance) - before
    quick, calls = (now - then for now, then in zip(_within(services), within_before, strict=True))
    seconds = [each for tally in found for each in tally.seconds]
    answers = sum((tally.answers for tally in found), Counter())
    troubles = sum((tally.troubles for tally in found), Counter())
    drained = sum(tally.drained for tally in found)
    print("answers by status:", dict(answers), "troubles:", dict(troubles), flush=True)
    return [
        Figure(name=f"storm of {laptops:,} laptops: not drained", value=laptops - drained, unit="", goal=0),
        Figure(name="storm: until the last had sent everything", value=took, unit="s"),
        # As laptops saw it: with the time in which hundreds of them wait for their turn on the cores they share.
        Figure(name="storm: calls let in, p99 as laptops saw it", value=percentile(seconds, 99), unit="s"),
        Figure(name="storm: calls let in, median as laptops saw it", value=percentile(seconds, 50), unit="s"),
        Figure(name="storm: calls over 2 s as the service saw it", value=100 - 100 * quick / calls, unit="%", goal=1),
        Figure(name="storm: calls turned away, for each laptop", value=answers[503] / laptops, unit=""),
        Figure(name="storm: calls a second, turned away ones too", value=sum(answers.values()) / took, unit="/s"),
        Figure(name="storm: ops a second", value=ops / took, unit="/s"),
        Figure(
            name="storm: memory of a service process, the larger",
            value=max(service.memory_bytes() for service in services) / 2**20,
            unit="MiB",
        ),
        Figure(
            name="storm: cycles with an error that somebody would see", value=sum(troubles.values()), unit="", goal=0
        ),
    ]


def _places(services: Sequence[ServiceProcess], laptops: int) -> Iterator[Place]:
    """Make a slip for each laptop, one after the other in each hospital and with each process of the service."""
    operator, own = services[0].alliance.administration, services[0].alliance.org("aspire")
    account = [services[0].alliance.user("outreach_worker")]
    kind = SiteKind.GENERAL_HOSPITAL.value
    sites = [
        new_site(operator, org=own, again=True, name=f"Hospital {number}", nation=Nation.ENGLAND.value, kind=kind)
        for number in range(PLACES)
    ]
    for number in range(laptops):
        site, service = sites[number % PLACES], services[number % len(services)]
        slip = operator.device_code(own, account, [f"site:{own}:{site}"], address=service.address)
        yield Place(slip, SiteId(site))


def _within(services: Sequence[ServiceProcess]) -> tuple[float, float]:
    """Return how many calls all processes answered within `SLOW_S`, and how many in all, by their own metrics."""
    texts = [requests.get(service.operator_address + HealthPath.METRICS, timeout=60).text for service in services]
    quick = re.compile(rf'^alongside_request_seconds_bucket{{le="{SLOW_S}",.*}} (\S+)$', re.MULTILINE)
    every = re.compile(r"^alongside_request_seconds_count{.*} (\S+)$", re.MULTILINE)
    found = [sum(float(each) for text in texts for each in which.findall(text)) for which in (quick, every)]
    return found[0], found[1]


def _ops(alliance: AllianceService) -> int:
    with psycopg.connect(alliance.database.owner_url) as connection:
        connection.execute("SET row_security = off")
        found = connection.execute("SELECT count(*) FROM op_log").fetchone()
    assert found is not None
    return int(found[0])


def _many(folder: Path, count: int, places: Any, user: UserId, ready: Any, tallies: Any) -> None:
    """Be the laptops of one process: enrolled, with work recorded on the ward, and then all on the network at once."""
    clock = Clock(now=datetime.now(UTC))
    known = _enrolled(folder / "first", places.get(), user, clock)
    known.sync()
    known.close()
    laptops = [_ward(folder / str(number), known, places.get(), user) for number in range(1, count)]
    ready.wait()
    tally = Tally(drained=1)
    _Crowd(laptops, tally).drain()
    tallies.put(tally)


def _enrolled(folder: Path, place: Place, user: UserId, clock: Clock, laptop: Laptop | None = None) -> Enrolled:
    role = Role.OUTREACH_WORKER
    return enrol_laptop(folder, place.slip, user=user, role=role, clock=clock, laptop=laptop)


def _ward(folder: Path, known: Enrolled, place: Place, user: UserId) -> Enrolled:
    """Return a laptop that held the directory before the outage, with a person who was seen during it.

    Its vault is a copy of one that was enrolled before; its key, its identity and its lanes are its own.
    """
    folder.mkdir(parents=True)
    file = folder / known.vault.path.name
    shutil.copy(known.vault.path, file)
    copied = replace(known.laptop, vault=open_copy(known.laptop, file))
    with copied.vault.writing() as connection:
        new_life(connection, os.urandom(16))
    laptop = _enrolled(folder, place, user, known.laptop.clock, copied)
    form = NewPerson(full_name="Ama Example", site=place.site)
    person = register_person(laptop.vault, **laptop.act, form=form)
    add_note(laptop.vault, **laptop.act, person_id=person, text="Seen on the ward.", level=NoteLevel.ORGANISATION)
    # Thousands of open files are more than a process may have: each is opened for its calls alone.
    laptop.close()
    return laptop


class _Crowd:
    """The laptops of one process, each at the moment its schedule says."""

    def __init__(self, laptops: Sequence[Enrolled], tally: Tally) -> None:
        self._tally = tally
        self._lock = threading.Lock()
        self._dice = random.Random(20261122)
        start = monotonic()
        self._queue = [(start, number, laptop, Pace(ended_at=start)) for number, laptop in enumerate(laptops)]
        heapq.heapify(self._queue)
        self._left = len(laptops)
        for laptop in laptops:
            laptop.net._session.hooks["response"].append(self._on_response)

    def drain(self) -> None:
        callers = [threading.Thread(target=self._call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    def _call(self) -> None:
        while self._left:
            with self._lock:
                due = self._queue and self._queue[0][0] <= monotonic()
                turn = heapq.heappop(self._queue) if due else None
            if turn is None:
                sleep(0.02)
                continue
            self._cycle(*turn)

    def _cycle(self, _at: float, number: int, laptop: Enrolled, pace: Pace) -> None:
        vault = laptop.laptop.reopen()
        outbox, held = Outbox(vault), Held(vault)
        engine = SyncEngine(outbox=outbox, held=held, net=laptop.net, clock=laptop.laptop.clock, monotonic=monotonic)
        try:
            engine.run(cancelled=lambda: False, report=lambda _progress: None)
            waiting = outbox.waiting()
            is_drained = not (waiting.new or waiting.sent)
        except KnownError as error:
            is_drained = False
            retry = error.retry_after_s if isinstance(error, RefusedError) else 0.0
            pace = after_failure(pace, at=monotonic(), retry_after_s=retry, fraction=self._dice.random())
            if error.code != "service.busy":
                self._tally.troubles[error.code] += 1
        finally:
            laptop.net.close()
            vault.close()
        with self._lock:
            if is_drained:
                self._left -= 1
                self._tally.drained += 1
            else:
                heapq.heappush(self._queue, (next_at(pace, in_use=False, wanted=True), number, laptop, pace))

    def _on_response(self, response: requests.Response, **_more: Any) -> None:
        self._tally.answers[response.status_code] += 1
        if response.status_code == 200:
            self._tally.seconds.append(response.elapsed.total_seconds())
