"""Known bugs of sync engines, to be put back for the length of one history: the simulator has to catch each.

Each changes one function or one statement back to what others shipped, and is named after what it does.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import msgspec
from sqlalchemy import Connection, delete, update

from app.domain import consent
from app.domain.canonical import canonical
from app.domain.codes import Decision, OpKind
from app.storage import held, outbox
from app.storage.exchange import PulledPage
from app.storage.held import Held
from app.storage.tables import RecScope, SyncScope
from app.storage.unit_of_work import UnitOfWork
from sync.central import consequences, feed, lanes, writing
from sync.client import transport
from sync.protocol import framing
from sync.protocol.framing import Frame, unpack
from sync.protocol.messages import ResultLine, ResultState
from tests.simulator.capabilities import FORKS, RESTORES, capabilities

Patch = tuple[Any, str, Any]

# Pages were written by `held` once.
_pages: Any = importlib.import_module("app.storage.pages") if find_spec("app.storage.pages") else held
_restoring: Any = importlib.import_module("sync.central.restoring") if find_spec("sync.central.restoring") else None


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug.

    Attributes:
        name: what it does.
        patches: what it replaces in the program: object, name, replacement.
        service_sql: what it replaces in the service's database.
        vault_sql: what it replaces in each laptop's vault.
        needs: what the history must be able to do for it to show.
    """

    name: str
    patches: tuple[Patch, ...] = ()
    service_sql: str = ""
    vault_sql: tuple[str, ...] = ()
    needs: str = ""

    @contextmanager
    def put_back(self) -> Iterator[None]:
        """Put the bug back for the length of a block."""
        with ExitStack() as stack:
            for target, name, replacement in self.patches:
                stack.enter_context(patch.object(target, name, replacement))
            yield


NO_BUG = Bug("none")

# --- the service ---------------------------------------------------------------------------------------------------

_BARE_SEQUENCE = """
CREATE SEQUENCE feed_number START 1000000;
GRANT USAGE ON SEQUENCE feed_number TO PUBLIC;
CREATE OR REPLACE FUNCTION feed_add(cause uuid, moment timestamptz, device uuid, scopes uuid[], keys text[],
  orgs uuid[], ids uuid[], aggs uuid[], homes uuid[], revs bigint[], flags int[], whys text[], digests bytea,
  at_scope int[], at_record int[], at_place int[])
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO feed AS f (scope_id, id, agg_id, seq, op, rev, dev, h, why)
    SELECT scopes[e.scope], ids[e.record], aggs[e.record], nextval('feed_number'),
      CASE WHEN flags[e.record] & 1 = 1 THEN 'P' ELSE 'D' END, revs[e.record],
      CASE WHEN flags[e.record] & 2 = 2 THEN device END, substring(digests FROM e.record * 16 - 15 FOR 16),
      whys[e.record]
    FROM (SELECT * FROM unnest(at_scope, at_record, at_place) AS at(scope, record, place) ORDER BY at.place) AS e
    ON CONFLICT (scope_id, id) DO UPDATE SET agg_id = excluded.agg_id, seq = excluded.seq, op = excluded.op,
      rev = excluded.rev, dev = excluded.dev, h = excluded.h, why = excluded.why;
  INSERT INTO drop_notice(scope_id, agg_id, seq, why, at, op_id, home_org)
    SELECT f.scope_id, f.agg_id, max(f.seq), min(whys[e.record]), moment, cause, homes[e.record]
    FROM unnest(at_scope, at_record) AS e(scope, record)
    JOIN feed f ON f.scope_id = scopes[e.scope] AND f.id = ids[e.record]
    WHERE flags[e.record] & 1 = 0 GROUP BY f.scope_id, f.agg_id, homes[e.record];
END $$;
-- The books are kept at the commit, without a lock before it: the bug is caught by what it loses and not by them.
CREATE FUNCTION keep_books() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE public.feed_head h SET head = GREATEST(h.head, t.head), n = t.n, s0 = t.s0, s1 = t.s1, s2 = t.s2, s3 = t.s3
  FROM (SELECT max(f.seq) AS head, count(*) FILTER (WHERE f.op = 'P') AS n,
      COALESCE(sum(public.word(f.h, 0)) FILTER (WHERE f.op = 'P'), 0) AS s0,
      COALESCE(sum(public.word(f.h, 4)) FILTER (WHERE f.op = 'P'), 0) AS s1,
      COALESCE(sum(public.word(f.h, 8)) FILTER (WHERE f.op = 'P'), 0) AS s2,
      COALESCE(sum(public.word(f.h, 12)) FILTER (WHERE f.op = 'P'), 0) AS s3
    FROM public.feed f WHERE f.scope_id = NEW.scope_id) t WHERE h.scope_id = NEW.scope_id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER books AFTER INSERT OR UPDATE ON feed DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION keep_books();
"""


def _never_takes_away(outcome: Any, found: Iterable[Any]) -> None:
    new = {consequences._place(outcome, each): each.until for each in found}
    outcome.access = {**outcome.aggregate.access, **new}


def _enters_what_changed(outcome: Any, original: Callable[[Any], None] = consequences.compare) -> None:
    original(outcome)
    changed = {row.id for row in outcome.aggregate.changed()}
    outcome.entered = [(scope, row) for scope, row in outcome.entered if row.id in changed]


def _last_line_wins(lines: Sequence[Any]) -> tuple[Any, ...]:
    if not lines:
        return ()
    last = max(lines, key=lambda line: line.line_id)
    return (last,) if last.decision is Decision.AGREED else ()


def _answers_by_number(
    connection: Any, caller: Any, header: Any, ops: Sequence[Any], *, now: Any, **_more: Any
) -> lanes.LaneCheck:
    last_seq = lanes._lock_lane(connection, caller, header, ops, now)
    lanes._lock_device(connection, caller)
    stored = {op.op_id: ResultLine(op_id=op.op_id, state=ResultState.APPLIED) for op in ops if op.seq <= last_seq}
    fresh = [op for op in ops if op.seq > last_seq]
    return lanes.LaneCheck(fresh=fresh, stored=stored, last_seq=max(last_seq, ops[-1].seq if ops else 0))


# --- the laptop ----------------------------------------------------------------------------------------------------


def _numbers_from_what_is_left(
    connection: Connection, lane: int, original: Callable[[Connection, int], Any] = outbox._lane
) -> Any:
    left = connection.exec_driver_sql("SELECT max(lane_seq) FROM outbox WHERE lane = ?", (lane,)).scalar()
    return replace(original(connection, lane), next_seq=(left or 0) + 1)


def _cursor_first(self: Held, page: PulledPage, original: Callable[..., Any] = Held.apply_page) -> Any:
    with self._vault.writing() as connection:
        for scope in page.scopes:
            connection.execute(
                update(SyncScope)
                .where(SyncScope.scope_id == scope.id.bytes)
                .values(epoch=scope.epoch, cursor=scope.seq)
            )
    return original(self, page)


def _forgets_whoever_holds(
    connection: Connection, rids: Iterable[int], original: Callable[..., Any] = held.forget_unheld
) -> Any:
    listed = list(rids)
    connection.execute(delete(RecScope).where(RecScope.rid.in_(listed)))
    return original(connection, listed)


def _says_it_is_clean(self: Held) -> bool:
    self._forget_strays()
    return True


def _base_is_what_is_shown(
    self: UnitOfWork, record: Any, before: Any, after: Any, original: Callable[..., None] = UnitOfWork._update_row
) -> None:
    original(self, record, before, after)
    self.connection.exec_driver_sql(
        "UPDATE rec_base SET body = ? WHERE rid = (SELECT rid FROM rec_meta WHERE id = ?)",
        (canonical(before).decode(), record.id.bytes),
    )


def _edits_what_is_waiting(self: UnitOfWork, original: Callable[..., None] = UnitOfWork._enqueue, **op: Any) -> None:
    """Add a change to the newest waiting op of its record, sent or not."""
    newest = self.connection.exec_driver_sql(
        "SELECT seq, kind, patch FROM outbox WHERE id = ? ORDER BY seq DESC LIMIT 1", (op["record_id"].bytes,)
    ).first()
    if op["kind"] is not OpKind.PATCH or newest is None or newest.kind != OpKind.PATCH.value:
        original(self, **op)
        return
    waiting = msgspec.json.decode(newest.patch)
    waiting["set"] = {**waiting.get("set", {}), **op["patch"]["set"]}
    self.connection.exec_driver_sql(
        "UPDATE outbox SET patch = ? WHERE seq = ?", (canonical(waiting).decode(), newest.seq)
    )


def _any_frame(raw: bytes, *, nonce: str | None, limits: Any = framing.FRAME_LIMITS, **_more: Any) -> Frame:
    """Read a frame as it comes: whoever's question it answers, and wherever it ends."""
    lines = unpack(raw, limits).split(b"\n")[:-1]
    if len(lines) < 2:
        framing._refuse("no_end")
    between = lines[1:-1]
    return Frame(head=lines[0], body=b"".join(line + b"\n" for line in between), count=len(between), tail=lines[-1])


_ALL = (
    Bug("feed number from a bare sequence", service_sql=_BARE_SEQUENCE),
    Bug("lane numbers from what is left in the outbox", patches=((outbox, "_lane", _numbers_from_what_is_left),)),
    Bug("cursor committed before its rows", patches=((Held, "apply_page", _cursor_first),)),
    Bug(
        "feed ordered as text",
        patches=((feed, "_PAGE", feed._PAGE.replace("ORDER BY f.seq", 'ORDER BY f.seq::text COLLATE "C"')),),
    ),
    Bug("consent by the last writer", patches=((consent, "_standing", _last_line_wins),)),
    Bug(
        "no guard, and visibility that only grows",
        patches=(
            (consequences, "_take_access", _never_takes_away),
            (feed, "_PAGE", feed._PAGE.replace("AND (v.until IS NULL OR v.until > %s)", "AND %s IS NOT NULL")),
        ),
    ),
    Bug("a drop that ignores other scopes", patches=((_pages, "forget_unheld", _forgets_whoever_holds),)),
    Bug(
        "a scope that is entered with what changed only",
        patches=((consequences, "compare", _enters_what_changed), (writing, "compare", _enters_what_changed)),
    ),
    Bug("a sent op that is edited", patches=((UnitOfWork, "_enqueue", _edits_what_is_waiting),)),
    Bug("a reply that is taken without its nonce", patches=((transport, "decode_frame", _any_frame),)),
    Bug("a receipt before the clean-up", patches=((Held, "clean", _says_it_is_clean),)),
    Bug(
        "a full-text index without secure delete",
        vault_sql=(
            "INSERT INTO find(find, rank) VALUES('secure-delete', 0)",
            "INSERT INTO alike(alike, rank) VALUES('secure-delete', 0)",
        ),
    ),
    Bug(
        "a repeat known by its number alone",
        patches=((writing, "check_lane", _answers_by_number),),
        needs=FORKS,
    ),
    Bug(
        "a service restored without its journal",
        patches=((_restoring, "replay_withdrawals", lambda *_, **__: 0),),
        needs=RESTORES,
    ),
    Bug("a base taken from what is shown", patches=((UnitOfWork, "_update_row", _base_is_what_is_shown),)),
)
"""The table of sync.md 14.4."""

BUGS = tuple(each for each in _ALL if not each.needs or each.needs in capabilities())
"""Those that this program could have."""


def bug(name: str) -> Bug:
    """Return a bug by its name."""
    return next(each for each in BUGS if each.name == name)
