"""A laptop takes the service's figures once a day, keeps them without a network, and lets go of what it may not see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain import suppression
from app.domain.clocks import london_day
from app.domain.codes import Role
from app.domain.impact import Selection
from app.domain.impact_tables import Column, Figure, Figures, Row, Table
from app.domain.periods import Period
from app.domain.told_figures import ToldFigures, Whose
from app.errors import NetworkError, NotPermittedError
from app.storage.told import Kept, keep_told, told_of
from app.use_cases import impact
from sync.client.conversation import Conversation
from sync.client.engine import SyncEngine
from sync.client.figures import TakingFigures
from sync.protocol.figures import figures_line, told_figures
from sync.protocol.messages import FIGURES
from tests.helpers.vaults import Clock, make_actor
from tests.sync.alliance import Enrolled


class Counting:
    """The laptop's engine with figures, its monotonic clock, and the paths it asked for."""

    def __init__(self, laptop: Enrolled, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.laptop, self.clock, self.now_s = laptop, clock, 1000.0
        self.asked: list[str] = []
        self.is_offline = False
        get = laptop.net.get

        def counted(path: str):  # type: ignore[no-untyped-def]
            self.asked.append(path)
            if self.is_offline:
                raise NetworkError("network.offline")
            return get(path)

        monkeypatch.setattr(laptop.net, "get", counted)
        self.engine = SyncEngine(
            outbox=laptop.outbox,
            held=laptop.held,
            net=laptop.net,
            clock=clock,
            monotonic=lambda: self.now_s,
            takes_figures=True,
        )

    def run(self) -> int:
        """Run a cycle; returns how often figures were asked for."""
        self.asked.clear()
        self.engine.run(cancelled=lambda: False, report=lambda _progress: None)
        return self.asked.count(FIGURES)


@pytest.fixture
def counting(ward: Enrolled, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    return Counting(ward, clock, monkeypatch)


def test_figures_come_once_a_day_and_stay_without_a_network(counting: Counting) -> None:
    ward = counting.laptop
    assert counting.run() == 1
    counting.now_s += 7200
    assert counting.run() == 0, "the day's figures are here"
    with ward.vault.reading() as read:
        kept = told_of(read, Whose.ALLIANCE)
        assert told_of(read, Whose.ORGANISATION) is None
    assert kept is not None
    assert (kept.told[0].day, kept.fetched_at) == (london_day(counting.clock()), counting.clock())
    counting.is_offline = True
    with pytest.raises(NetworkError):
        counting.run()
    shown = impact.told(ward.vault, actor=ward.actor, whose=Whose.ALLIANCE)
    assert shown is not None
    assert (shown.whose, shown.selection.scope) == (Whose.ALLIANCE, "")


def test_whom_the_service_tells_none_keeps_none(intake: Enrolled, clock: Clock) -> None:
    last_year = london_day(clock()).replace(year=2025)
    figures = Figures(selection=Selection(since="2025-01", until="2025-11"), tables=(), is_empty=False)
    old = ToldFigures(whose=Whose.ALLIANCE, day=last_year, period=Period.ALL, small=5, figures=figures)
    keep_told(intake.vault, (old,), fetched_at=clock())
    service = Conversation(net=intake.net, held=intake.held, monotonic=lambda: 0.0)
    service.begin()
    taking = TakingFigures(service=service, net=intake.net, vault=intake.vault, clock=clock, monotonic=lambda: 0.0)
    taking.take(["intake:here"])
    assert kept_by(intake) is not None, "nobody of an intake team reads them, so none are asked for"
    taking.take(["rights:here"])
    assert kept_by(intake) is None


def kept_by(laptop: Enrolled) -> Kept | None:
    with laptop.vault.reading() as read:
        return told_of(read, Whose.ALLIANCE)


def test_each_role_looks_at_what_it_may(ward: Enrolled) -> None:
    assert impact.may_look(make_actor("aspire", Role.COORDINATOR)) == (Whose.ORGANISATION, Whose.ALLIANCE)
    assert impact.may_look(make_actor("aspire", Role.INTAKE_WORKER)) == ()
    with pytest.raises(NotPermittedError):
        impact.told(ward.vault, actor=ward.actor, whose=Whose.ORGANISATION)


def test_what_a_newer_service_adds_is_left_out() -> None:
    rows = (Row(key="total", cells=(12, suppression.Kept.UNDER)),)
    table = Table(figure=Figure.MATCHING, columns=(Column.READY, Column.MATCHED), rows=rows)
    selection = Selection(since="2026-01", until="2026-11")
    told = ToldFigures(
        whose=Whose.ORGANISATION,
        day=london_day(Clock()()),
        period=Period.LAST_YEAR,
        small=5,
        figures=Figures(selection=selection, tables=(table,), is_empty=False),
    )
    line = figures_line(told)
    assert told_figures(line) == told
    newer = line.tables[0]
    newer.columns.append("beside")
    newer.rows[0].cells.append("7")
    assert told_figures(line) == told
    newer.rows[0].cells.append("7")
    with pytest.raises(ValueError, match="row"):
        told_figures(line)
