"""The two walls between organisations, each of which a test may take down."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import Enum, auto
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.domain.codes import Role
from sync.central import applying, blobs, feed, loading, writing
from sync.central.api import blobs as file_routes
from sync.central.api import routes
from sync.central.api.exchange import Asked, ask
from sync.central.cleaning import take_report
from sync.central.database import Context
from sync.central.policy import Caller
from sync.protocol.messages import CleanedScope


class Wall(Enum):
    """What stands between two organisations."""

    API = auto()
    DATABASE = auto()


class AnyScope(dict[UUID, str]):
    """Scopes that hold every scope there is: what a check sees that checks nothing."""

    def __init__(self, own: dict[UUID, str], org: UUID) -> None:
        super().__init__(own)
        self.own = dict(own)
        self._org = org

    def __contains__(self, scope: object) -> bool:
        return True

    def __missing__(self, scope: UUID) -> str:
        return f"programme:{self._org}"


def without_the_database(owner: psycopg.Connection) -> None:
    """Switch row-level security off on every table; the service is running and does not look again."""
    found = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity"
    ).fetchall()
    assert found
    for (table,) in found:
        owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    # Files lie outside the tables: the function that opens one of their rows asks in the policies' stead.
    row = owner.execute("SELECT pg_get_functiondef('use_blob(bytea, timestamptz)'::regprocedure)").fetchone()
    assert row is not None
    opened = re.sub(r"AND EXISTS \(SELECT FROM visibility .*?moment\)\)", "", row[0], flags=re.DOTALL)
    assert opened != row[0]
    owner.execute(opened)


def without_the_api(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch off what the service itself asks: scopes of the caller, the guard at read, and the rules of ops.

    What a transaction may see is still set from the device's real scopes: that is what the other wall goes by.
    """

    def ask_no_more(request: Any, body: bytes) -> Asked:
        asked = ask(request, body)
        if asked.caller is None:
            return asked
        everything = AnyScope(dict(asked.caller.scopes), asked.caller.org)
        return replace(asked, caller=replace(asked.caller, scopes=everything))

    def report_any(connection: Any, caller: Caller, scopes: list[CleanedScope], **given: Any) -> Any:
        asked = AnyScope({**caller.scopes, **{scope.id: caller.scopes[scope.id] for scope in scopes}}, caller.org)
        return take_report(connection, replace(caller, scopes=asked), scopes, **given)

    real_lock = loading._lock

    def always_opened(*given: Any) -> Any:
        locked = real_lock(*given)
        for aggregate in locked.values():
            aggregate.opened = True
        return locked

    monkeypatch.setattr(routes, "ask", ask_no_more)
    monkeypatch.setattr(file_routes, "ask", ask_no_more)
    monkeypatch.setattr(blobs, "_context", _true_context)
    monkeypatch.setattr(blobs, "_is_shown", lambda *_given: True)
    monkeypatch.setattr(routes, "take_report", report_any)
    monkeypatch.setattr(routes, "_context", lambda asked: _true_context(asked.device))
    monkeypatch.setattr(writing, "_context", _true_context)
    monkeypatch.setattr(feed, "_check_request", lambda _caller, _request: None)
    for question in ("_PAGE", "_FETCH"):
        # Nothing is asked of the access list any more: what the database itself hides has no body to show.
        assert feed._GUARD in getattr(feed, question)
        monkeypatch.setattr(feed, question, getattr(feed, question).replace(feed._GUARD, "r.type IS NULL"))
    monkeypatch.setattr(loading, "_lock", always_opened)
    monkeypatch.setattr(applying, "authorise", _permit)
    monkeypatch.setattr(applying, "_check_header", lambda _op, _around: None)
    monkeypatch.setattr(applying, "_check_reach", lambda *_given: None)
    monkeypatch.setattr(applying, "_check_place", lambda _aggregate, _record, _caller: None)
    monkeypatch.setattr(applying, "check_correction", lambda _aggregate, _row, _change, _caller: False)
    monkeypatch.setattr(writing, "_withhold_bodies", lambda _work, _verdicts, _outcomes: None)


def _permit(_caller: Caller, _op: Any) -> frozenset[Role]:
    return frozenset({Role.SYSTEM, Role.OUTREACH_WORKER, Role.INTAKE_WORKER})


def _true_context(caller: Caller) -> Context:
    scopes = caller.scopes.own if isinstance(caller.scopes, AnyScope) else caller.scopes
    return Context(org=caller.org, device=caller.device, scopes=tuple(dict(scopes)))
