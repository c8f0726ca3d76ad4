"""Recording a consent at 100 000 people: from the click on the button until it is safe on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from typing_extensions import override

from app.domain.codes import ConsentMethod, Decision, Purpose, Scope
from app.domain.ids import OrganisationId, PersonId
from tests.benchmarks.crowd import person_id
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.place import door_of, open_place
from tests.benchmarks.raw import RawVault
from tests.benchmarks.watch import Waiter
from tests.helpers.vaults import stable_id
from ui.desk import Desk
from ui.jobs import Job, Jobs
from ui.pages.consent_check import ConsentCheckPage
from ui.view_models.consent_talk import Talk
from ui.view_models.subjects import ToCheck

TIMES = 300
FIRST = 20
"""So many at the beginning are not counted: the first ones fill the caches of a whole day."""
SEEN_MS = 50
"""Nobody presses a button sooner after it came into sight."""

T = TypeVar("T")


def measure(place: Path, folder: Path) -> list[Figure]:
    """Record a talk with each of many people on the real page, and after each commit as much by SQLCipher alone."""
    laptop, actor = open_place(place)
    desk = Desk(laptop, actor, door_of(place))
    desk.shell.show()
    log = laptop.paths.vault.with_name(laptop.paths.vault.name + "-wal")
    worker = _Worker(desk)
    laptop.vault.clean()
    worker.record(person_id(0))
    content = os.urandom(log.stat().st_size)
    raw = RawVault(folder / "raw.db")
    taken, floor = [], []
    for number in range(1, FIRST + TIMES + 1):
        taken.append(worker.record(person_id(number)))
        began = perf_counter()
        raw.commit([content])
        floor.append(perf_counter() - began)
    raw.close()
    worker.close()
    desk.close()
    laptop.close()
    taken, floor = taken[FIRST:], floor[FIRST:]
    return [
        Figure(name=f"record a consent: click to durable, p99 of {TIMES}", value=_ms(taken, 99), unit="ms", goal=16),
        Figure(
            name=f"the same against a raw commit of as many bytes ({len(content):,}), p99",
            value=_ms(taken, 99),
            unit="ms",
            floor=_ms(floor, 99),
            goal=3,
        ),
        Figure(name="the same, median", value=_ms(taken, 50), unit="ms", floor=_ms(floor, 50), goal=3),
    ]


class _StampedJobs(Jobs):
    """The vault thread, and the moment at which its last piece of work returned."""

    returned_at = 0.0

    @override
    def run(self, work: Callable[[], T], *told: Any, instead_of: Job[Any] | None = None) -> Job[T]:
        """Do the work as ever and note when it was done."""

        def stamped() -> T:
            result = work()
            self.returned_at = perf_counter()
            return result

        return super().run(stamped, *told, instead_of=instead_of)


class _Worker:
    """Somebody who checks the answers of one person after the other and records them."""

    def __init__(self, desk: Desk) -> None:
        self._waiter = Waiter()
        self._is_recorded = False
        self._jobs = _StampedJobs(desk)
        self._jobs.became_idle.connect(self._waiter.look)
        self._page = ConsentCheckPage(replace(desk.context, navigate=self._on_navigate, jobs=self._jobs))
        desk.shell.open_page(self._page)

    def close(self) -> None:
        """End the vault thread."""
        self._jobs.close()

    def record(self, person: object) -> float:
        """Record one talk; returns the seconds from the click until the use case returned, its commit on the disk."""
        self._is_recorded = False
        self._page.open(self._answers(person))
        self._waiter.until(lambda: self._jobs.is_idle and self._page.record_button.isEnabled())
        self._waiter.rest(SEEN_MS)
        began = perf_counter()
        QTest.mouseClick(self._page.record_button, Qt.MouseButton.LeftButton)
        self._waiter.until(lambda: self._is_recorded)
        return self._jobs.returned_at - began

    def _answers(self, person: object) -> ToCheck:
        """Two charities, two purposes, one of them refused: what a talk at a bed comes to."""
        own, other = (OrganisationId(stable_id("organisation", slug)) for slug in ("aspire", "back_up"))
        talk = Talk(
            given={
                (own, Purpose.REFERRAL_CONTACT): Decision.AGREED,
                (other, Purpose.REFERRAL_CONTACT): Decision.AGREED,
                (other, Purpose.MENTORING): Decision.AGREED,
                (other, Purpose.NEWS_AND_FUNDRAISING): Decision.REFUSED,
            },
            scope=Scope.CONTACT_INJURY_NEEDS,
            method=ConsentMethod.SPOKEN_IN_PERSON,
            agreed_to_script=True,
            read_back=True,
        )
        return ToCheck(
            person_id=PersonId(person),  # type: ignore[arg-type]
            talk=talk,
            under_16=False,
            script="I agree to the ones I said yes to.",
            language="en-GB",
        )

    def _on_navigate(self, page: str, _subject: object | None = None) -> None:
        assert page == "consent_done", page
        self._is_recorded = True


def _ms(seconds: list[float], percent: float) -> float:
    return percentile(seconds, percent) * 1000
