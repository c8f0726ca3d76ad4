"""The morning after an outage: thousands of laptops with unsent work call at once, and all of it arrives.

Real vaults, real HTTP, real PostgreSQL; no windows. Each laptop keeps the program's own schedule, so whoever is turned
away comes back at the turn it was given.
"""

from __future__ import annotations

import heapq
import multiprocessing
import os
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg
import requests

from app.domain.codes import NoteLevel, Role
from app.domain.ids import UserId
from app.errors import KnownError
from app.storage.held import Held
from app.storage.outbox import Outbox
from app.use_cases.people import NewPerson, add_note, register_person
from sync.client.engine import SyncEngine
from sync.client.schedule import Pace, after_failure, next_at
from sync.client.transport import RefusedError
from sync.protocol.slip import Slip
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.service import ServiceProcess
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, enrol_laptop

LAPTOPS = int(os.environ.get("ALONGSIDE_STORM_LAPTOPS", "3000"))
PROCESSES = 3
CALLERS = 40
"""Laptops of one process that call at the same time."""

PATIENCE_S = 1800.0


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


def measure(service: ServiceProcess, folder: Path, laptops: int = LAPTOPS) -> list[Figure]:
    """Let all laptops call at once, and wait until every one of them has sent what it had."""
    before = _ops(service)
    slips = [service.slip("aspire", "outreach_worker", ["site:stoke_mandeville"]) for _ in range(laptops)]
    user, site = service.alliance.user("outreach_worker"), service.alliance.site("stoke_mandeville")
    context = multiprocessing.get_context("spawn")
    ready, tallies = context.Barrier(PROCESSES + 1), context.Queue()
    processes = [
        context.Process(target=_many, args=(folder / str(number), slips[number::PROCESSES], user, site, ready, tallies))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait(timeout=PATIENCE_S)
    began = monotonic()
    found = [tallies.get(timeout=PATIENCE_S) for _ in processes]
    took = monotonic() - began
    for process in processes:
        process.join()
    ops = _ops(service) - before
    seconds = [each for tally in found for each in tally.seconds]
    answers = sum((tally.answers for tally in found), Counter())
    troubles = sum((tally.troubles for tally in found), Counter())
    drained = sum(tally.drained for tally in found)
    print("answers by status:", dict(answers), "troubles:", dict(troubles), flush=True)
    return [
        Figure(name=f"storm of {laptops:,} laptops: drained", value=drained, unit=""),
        Figure(name="storm: until the last had sent everything", value=took, unit="s"),
        Figure(name="storm: calls let in, p99", value=percentile(seconds, 99), unit="s", goal=2),
        Figure(name="storm: calls let in, median", value=percentile(seconds, 50), unit="s"),
        Figure(name="storm: calls a second, turned away ones too", value=sum(answers.values()) / took, unit="/s"),
        Figure(name="storm: ops a second", value=ops / took, unit="/s"),
        Figure(
            name="storm: cycles with an error that somebody would see", value=sum(troubles.values()), unit="", goal=0
        ),
    ]


def _ops(service: ServiceProcess) -> int:
    with psycopg.connect(service.alliance.database.owner_url) as connection:
        connection.execute("SET row_security = off")
        found = connection.execute("SELECT count(*) FROM op_log").fetchone()
    assert found is not None
    return int(found[0])


def _many(folder: Path, slips: Sequence[Slip], user: UserId, site: Any, ready: Any, tallies: Any) -> None:
    """Be the laptops of one process: enrolled, with work recorded on the ward, and then all on the network at once."""
    laptops = [_ward(folder / str(number), slip, user, site) for number, slip in enumerate(slips)]
    ready.wait()
    tally = Tally()
    _Crowd(laptops, tally).drain()
    tallies.put(tally)


def _ward(folder: Path, slip: Slip, user: UserId, site: Any) -> Enrolled:
    clock = Clock(now=datetime.now(UTC))
    laptop = enrol_laptop(folder, slip, user=user, role=Role.OUTREACH_WORKER, clock=clock)
    form = NewPerson(full_name="Ama Example", site=site)
    person = register_person(laptop.vault, **laptop.act, form=form)
    add_note(laptop.vault, **laptop.act, person_id=person, text="Seen on the ward.", level=NoteLevel.ORGANISATION)
    # Thousands of open files are more than a process may have: each is opened for its calls alone.
    laptop.vault.close()
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
