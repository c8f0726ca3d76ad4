"""Laptops that push without end while something is killed, and what must be true of their database after."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from app.errors import NetworkError, ServiceError
from tests.helpers.central import AllianceService
from tests.sync.alliance import Enrolled, register

PATIENCE_S = 40


@dataclass
class Progress:
    """How many persons have come through, and whoever waits for more."""

    synced: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    bugs: list[BaseException] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def note(self, count: int) -> None:
        with self.changed:
            self.synced += count
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            there = self.changed.wait_for(lambda: bool(self.bugs) or self.synced >= count, timeout=PATIENCE_S)
        assert not self.bugs, self.bugs
        assert there, (self.synced, count, self.troubles)


def work(laptop: Enrolled, alliance: AllianceService, name: str, progress: Progress) -> None:
    """Register one person after the other and send them, until told to stop; trouble is what a laptop lives with."""
    number = 0
    try:
        while not progress.over.is_set():
            number += 1
            register(laptop, alliance, f"{name} {number}")
            try:
                laptop.sync()
            except (NetworkError, ServiceError) as trouble:
                progress.troubles[f"{trouble.code} {trouble.detail}"] += 1
                progress.over.wait(0.2)
            else:
                progress.note(1)
    except BaseException as bug:
        progress.bugs.append(bug)
        progress.note(0)
        raise


def drain(laptop: Enrolled) -> None:
    """Sync until nothing waits; the pool of a service whose database was killed may need a try for each connection."""
    for _ in range(20):
        try:
            if laptop.sync().waiting.unsent == 0:
                return
        except (NetworkError, ServiceError):
            continue
    pytest.fail("an outbox does not drain")


def nothing_is_lost(laptops: Sequence[Enrolled], owner_url: str) -> None:
    """What a laptop was told is received stands in the log, and so does its effect."""
    with psycopg.connect(owner_url) as owner:
        logged = {row[0] for row in owner.execute("SELECT op_id FROM op_log")}
        stored = {row[0] for row in owner.execute("SELECT id FROM record")}
    for laptop in laptops:
        with laptop.vault.writing() as connection:
            acked = connection.exec_driver_sql("SELECT op_id, id FROM acked_op").all()
        assert acked
        assert {bytes(op_id) for op_id, _ in acked} <= {op_id.bytes for op_id in logged}
        assert {bytes(record) for _, record in acked} <= {record.bytes for record in stored}


def nothing_counts_twice(owner_url: str, *, lanes_at_least: int) -> None:
    """Each lane's numbers have no gap and no repeat, each record one revision, each feed one number for each entry."""
    with psycopg.connect(owner_url) as owner:
        lanes = owner.execute(
            "SELECT l.last_seq, count(o.seq), count(DISTINCT o.seq), min(o.seq), max(o.seq) FROM device_lane l"
            " JOIN op_log o ON (o.device, o.lane, o.lane_epoch) = (l.device, l.lane, l.lane_epoch)"
            " GROUP BY l.device, l.lane, l.last_seq"
        ).fetchall()
        assert len(lanes) >= lanes_at_least
        for last, count, distinct, lowest, highest in lanes:
            assert (count, distinct, lowest, highest) == (last, last, 1, last)
        # Every op of this test makes a record: one that counted twice would be at its second revision.
        people = "SELECT count(*), count(*) FILTER (WHERE rev <> 1) FROM record WHERE type BETWEEN 10 AND 13"
        total, again = _one(owner, people)
        assert total > 0
        assert again == 0
        ahead = "SELECT count(*) FROM feed f JOIN feed_head h USING (scope_id) WHERE f.seq > h.head"
        assert _one(owner, ahead) == (0,)
        wrong = (
            "SELECT count(*) FROM feed_head h WHERE h.n <>"
            " (SELECT count(*) FROM feed f WHERE f.scope_id = h.scope_id AND f.op = 'P')"
        )
        assert _one(owner, wrong) == (0,)


def _one(owner: psycopg.Connection, query: str) -> Any:
    return owner.execute(query).fetchone()  # type: ignore[call-overload]
