"""What must hold of a history: promises I1 to I15 of sync.md, judged from the set of all ops and by means of its own.

Consent is folded here a second time, in the plainest words, and functions of the program are bound when this module is
imported: a bug that is put back into the program for a while does not put it back here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from app.domain.bodies import KINDS, record_of
from app.domain.canonical import canonical
from app.domain.codes import RecordType
from app.domain.merging import Change, merge
from app.domain.referral import ReferralEvent
from app.domain.referral_states import fold
from app.storage.tables import RECORD_TABLES
from sync.central.tables import TYPE_NAMES, TYPE_NUMBERS
from sync.protocol.framing import Frame, decode_frame
from sync.protocol.messages import FETCH, PULL, PUSH, RECEIPT, ResultLine, RowLine
from tests.helpers.pages import decrypted_pages
from tests.simulator.laptop import SimLaptop

if TYPE_CHECKING:
    from tests.simulator.history import History

REFUSED = frozenset({"rejected", "held", "skipped"})
MAKING = ("create", "append", "consent")
NO = frozenset({"refused", "withdrawal"})
OF_THE_ALLIANCE = frozenset(
    {"organisation", "site", "service", "agreement", "user", "consent_wording", "audit_entry", "audit_subject"}
)
"""Kinds of record that are about nobody."""
FOLDED = (RecordType.PERSON, RecordType.CONTACT_POINT)
"""Kinds that people edit and the service does not."""

HIDDEN = 6
"""Letters at the beginning of a name that a full-text index may leave out: what somebody is known as is as long."""

OFFERED = timedelta(days=29)
"""A laptop keeps what was answered for thirty days, to offer it again to a service that was put back (sync.md 3.1)."""

Cursors = dict[str, tuple[int | None, int]]


def is_open(events: Iterable[dict[str, Any]], org: str) -> bool:
    """Answer whether an organisation may read anything of a person, by the bare rule of I6.

    A yes counts if it cites every no for the same organisation and purpose, in whatever order they came.
    """
    lines = [line for event in events if event["kind"] in ("answer", "withdrawal") for line in event.get("lines", ())]
    mine = [line for line in lines if line.get("org") in (None, org)]
    for yes in mine:
        if yes["decision"] == "agreed":
            noes = {
                line["line_id"]
                for line in mine
                if line["decision"] in NO and line.get("purpose") in (None, yes.get("purpose"))
            }
            if noes <= set(yes.get("cites", ())):
                return True
    return False


class Oracle:
    """Watches one history from outside."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._database = history.slate.look
        self._journalled: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        self._was_put_back = False
        self._told_elsewhere: set[str] = set()
        self._answered: dict[str, datetime] = {}
        self._partner = str(history.world.orgs["back_up"])
        self._spoilt: dict[str, Any] = {}
        self._removed: set[str] = set()
        for laptop in history.laptops:
            self.watch(laptop)

    def watch(self, laptop: SimLaptop) -> None:
        """Look at what a laptop says and hears from now on."""
        wire = self._history.wires[laptop.name]
        wire.on_answer = lambda path, body: self._on_answer(laptop, path, body)
        wire.on_request = lambda path, _body: self._on_request(laptop, path)
        wire.on_spoilt = lambda: self._on_spoilt(laptop)
        wire.on_leaving = lambda: self._nothing_changed(laptop)
        self._removed.discard(laptop.name)
        self._spoilt.pop(laptop.name, None)

    def before_put_back(self, journal: list[dict[str, Any]]) -> None:
        """Remember what a backup knows nothing of and must hold all the same: every withdrawal that was answered."""
        self._was_put_back = True
        for row in self._database.execute("SELECT op_id, received_at, result FROM op_log"):
            # No laptop offers again what was refused.
            refused = row["result"]["st"] in REFUSED
            self._answered[row["op_id"].hex] = datetime.min.replace(tzinfo=UTC) if refused else row["received_at"]
        for entry in journal:
            if entry["state"] not in REFUSED and entry["op"]["k"] == "consent":
                self._journalled[UUID(entry["op"]["agg"])].append(entry["op"]["set"])

    def forget(self, laptop: SimLaptop) -> None:
        """What a laptop that was given up had not sent went with it; what was answered is judged like all else."""
        kept = {row["op_id"].hex for row in self._database.execute("SELECT op_id FROM op_log")}
        written = " ".join(op["patch"] for op_id, op in laptop.entered.items() if op_id in kept)
        said = self._history.said
        self._history.said = [(who, word) for who, word in said if who != laptop.name or word in written]

    def forget_what_is_lost(self, laptop: SimLaptop) -> None:
        """A disk that went back has lost what was never sent: nobody can be asked for it."""
        kept = {row["op_id"].hex for row in self._database.execute("SELECT op_id FROM op_log")}
        waiting = {row[0].hex() for row in laptop.rows("SELECT op_id FROM outbox")}
        # That they were refused was said on the disk that is no more.
        self._told_elsewhere |= kept - waiting
        kept |= waiting
        laptop.entered = {op_id: op for op_id, op in laptop.entered.items() if op_id in kept}
        written = " ".join(op["patch"] for op in laptop.entered.values())
        said = self._history.said
        self._history.said = [(who, word) for who, word in said if who != laptop.name or word in written]

    # --- always ------------------------------------------------------------------------------------------

    def after_act(self, laptop: SimLaptop, fresh: list[str]) -> None:
        """Look at what an act left behind."""

    def before_cycle(self, laptop: SimLaptop) -> Cursors:
        return self._cursors(laptop)

    def after_cycle(self, laptop: SimLaptop, before: Cursors, *, through: bool) -> None:
        self._nothing_changed(laptop)
        for key, (epoch, cursor) in self._cursors(laptop).items():
            old_epoch, old_cursor = before.get(key, (None, 0))
            if old_epoch == epoch:
                assert cursor >= old_cursor, f"I8: {laptop.name} went back from {old_cursor} to {cursor}"

    def has_read_everything(self, laptop: SimLaptop) -> bool:
        """Answer whether a laptop stands where the service stands, has proved it, and has nothing to send."""
        heads = {
            row["scope_id"].bytes: (row["epoch"], row["head"], row["head"], 1)
            for row in self._database.execute("SELECT scope_id, epoch, head FROM feed_head")
        }
        stands = laptop.rows("SELECT scope_id, epoch, cursor, cleaned, at_head FROM sync_scope")
        waits = laptop.rows("SELECT 1 FROM outbox LIMIT 1")
        return not waits and all(heads.get(scope) == tuple(rest) for scope, *rest in stands)

    def after_crash(self, laptop: SimLaptop) -> None:
        """What the cursor says was read is here, whatever the laptop died of (I8)."""
        if self._history.plan.misfortune:
            return
        known = {
            UUID(bytes=row[0]) for row in laptop.rows("SELECT id FROM rec_meta UNION SELECT id FROM unknown_record")
        }
        for scope, cursor in laptop.rows("SELECT scope_id, cursor FROM sync_scope"):
            query = "SELECT id FROM feed WHERE scope_id = %s AND op = 'P' AND seq <= %s"
            read = {row["id"] for row in self._database.execute(query, (UUID(bytes=scope), cursor))}
            assert read <= known, f"I8: {laptop.name} passed {len(read - known)} records that it does not hold"

    def _cursors(self, laptop: SimLaptop) -> Cursors:
        rows = laptop.rows("SELECT key, epoch, cursor FROM sync_scope")
        return {key: (epoch, cursor) for key, epoch, cursor in rows}

    def _on_request(self, laptop: SimLaptop, path: str) -> None:
        if path == RECEIPT and laptop.name in self._removed:
            self._nothing_is_left(laptop)

    def _on_answer(self, laptop: SimLaptop, path: str, body: bytes) -> None:
        if path not in (PULL, FETCH, PUSH):
            return
        frame = decode_frame(body, nonce=None)
        if path == PUSH:
            self._results_show_no_more(laptop, frame)
            return
        rows = frame.lines(RowLine)
        if any(row.kind == "D" for row in rows):
            self._removed.add(laptop.name)
        if laptop.name == "intake":
            shown = {row.agg_id for row in rows if row.kind == "P" and row.record_type not in OF_THE_ALLIANCE}
            self._may_be_shown({agg for agg in shown if agg is not None})

    def _results_show_no_more(self, laptop: SimLaptop, frame: Frame) -> None:
        if laptop.name != "intake":
            return
        shown = [result.op_id.hex for result in frame.lines(ResultLine) if result.body]
        people = {laptop.entered[op]["agg_id"] for op in shown if op in laptop.entered}
        self._may_be_shown({UUID(bytes=agg) for agg in people})

    def _may_be_shown(self, people: set[UUID]) -> None:
        events = self._consent_of(people)
        for person in people & self._people():
            assert is_open(events[person], self._partner), f"I4: the partner was shown person {self._number(person)}"

    def _consent_of(self, people: set[UUID]) -> dict[UUID, list[dict[str, Any]]]:
        found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        if people:
            query = "SELECT agg_id, body FROM record WHERE type = %s AND agg_id = ANY(%s)"
            for row in self._database.execute(query, (TYPE_NUMBERS[RecordType.CONSENT_EVENT], list(people))):
                found[row["agg_id"]].append(row["body"])
        for person in people & self._journalled.keys():
            found[person] += self._journalled[person]
        return found

    def _people(self) -> set[UUID]:
        return set(self._history.names)

    def _number(self, person: UUID) -> int:
        return list(self._history.names).index(person) + 1

    def _on_spoilt(self, laptop: SimLaptop) -> None:
        """An answer is on its way that is none of ours: nothing may change by it (I12)."""
        self._spoilt[laptop.name] = _fingerprint(laptop)

    def _nothing_changed(self, laptop: SimLaptop) -> None:
        before = self._spoilt.pop(laptop.name, None)
        if before is not None:
            assert _fingerprint(laptop) == before, f"I12: a broken answer changed {laptop.name}"

    def _nothing_is_left(self, laptop: SimLaptop) -> None:
        """What a laptop holds no more has left its pages, its log and its index when it says so (I5)."""
        held = {UUID(bytes=row[0]) for row in laptop.rows("SELECT DISTINCT agg_id FROM rec_meta")}
        gone = [(person, name) for person, name in self._history.names.items() if person not in held]
        if gone:
            pages = b"".join(decrypted_pages(laptop.path, laptop.key)).lower()
            for person, name in gone:
                # An index keeps of a word what its neighbour has not: of a name what its six letters before hide.
                rest = name.lower()[HIDDEN:].encode()
                assert rest not in pages, f"I5: {laptop.name} keeps person {self._number(person)}"

    # --- at rest -----------------------------------------------------------------------------------------

    def at_rest(self) -> None:
        """Check everything that must hold when nothing is under way."""
        self._log = {
            row["op_id"].hex: {**row, "patch": msgspec.json.decode(row["sent"] or "{}")}
            for row in self._database.execute("SELECT *, xmin::text::bigint AS txid FROM op_log")
        }
        self._records = {row["id"]: row for row in self._database.execute("SELECT * FROM record WHERE NOT deleted")}
        self._every_op_is_known()
        self._every_word_is_kept()
        self._every_refusal_is_seen()
        self._edits_add_up()
        self._referrals_follow_their_paths()
        self._feeds_are_whole()
        self._laptops_hold_what_the_service_holds()
        self._nothing_had_to_be_mended()
        self._may_be_shown(self._held_by_partner())
        for laptop in self._history.laptops:
            if laptop.name in self._removed:
                self._nothing_is_left(laptop)

    def _every_word_is_kept(self) -> None:
        """Whatever somebody was told is saved stands in the log of ops, whatever became of it (I1)."""
        kept = msgspec.json.encode([row["patch"] for row in self._log.values()]).decode()
        for _who, word in self._history.said:
            assert self._was_put_back or word in kept, "I1: what somebody wrote and saw saved is nowhere"

    def _every_op_is_known(self) -> None:
        long_ago = self._history.clock() - OFFERED
        for laptop in self._history.laptops:
            waiting = [row[0].hex() for row in laptop.rows("SELECT op_id FROM outbox")]
            assert not waiting, f"I15: {laptop.name} still waits with {len(waiting)} ops"
            held = {row[0] for row in laptop.rows("SELECT id FROM rec_meta UNION SELECT id FROM unknown_record")}
            asked = {row[0] for row in laptop.rows("SELECT op_id FROM attention")}
            for op_id, op in laptop.entered.items():
                if self._was_put_back and (op["id"] not in held or bytes.fromhex(op_id) in asked):
                    # What was said about somebody who had to go, or in a note that the writer may not read, went with
                    # it, and no copy is left to offer again; what was refused was seen.
                    continue
                if self._was_put_back and self._answered.get(op_id, long_ago + OFFERED) < long_ago:
                    # Nor what was answered so long ago: the backup that should have held it is older than any may be.
                    continue
                logged = self._log.get(op_id)
                assert logged is not None, f"I1: {laptop.name} lost a {op['kind']} of a {op['type']}"

    def _every_refusal_is_seen(self) -> None:
        for laptop in self._history.laptops:
            seen = {row[0].hex() for row in laptop.rows("SELECT op_id FROM attention WHERE op_id IS NOT NULL")}
            held = {row[0] for row in laptop.rows("SELECT DISTINCT agg_id FROM rec_meta")}
            newest = {op["id"]: op_id for op_id, op in laptop.entered.items() if op["kind"] in MAKING}
            for op_id, op in laptop.entered.items():
                if op_id not in self._log or op_id in self._told_elsewhere:
                    continue
                if op["kind"] in MAKING and newest[op["id"]] != op_id:
                    # Somebody saw it, and sent the record again as it is now: what becomes of that counts.
                    continue
                state = self._log[op_id]["result"]["st"]
                if state in (*REFUSED, "conflict") and op["agg_id"] in held and op["kind"] != "transition":
                    assert op_id in seen, f"I1: {laptop.name} says nothing of a {op['kind']} that was {state}"

    def _edits_add_up(self) -> None:
        """Each edited record is what its accepted ops make of it, one after the other (I1, I2)."""
        by_record: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        numbers = {TYPE_NUMBERS[kind] for kind in FOLDED}
        for row in self._log.values():
            if row["type"] in numbers and row["result"]["st"] not in REFUSED:
                by_record[row["rec_id"]].append(row)
        for record_id, ops in by_record.items():
            stored = self._records.get(record_id)
            assert stored is not None, f"I1: a {TYPE_NAMES[ops[0]['type']]} is not there"
            body = _folded(ops)
            fields = body.keys() | stored["body"].keys()
            differing = sorted(name for name in fields if body.get(name) != stored["body"].get(name))
            assert not differing, f"I1: {differing} of a {TYPE_NAMES[stored['type']]} are not what its ops make"

    def _referrals_follow_their_paths(self) -> None:
        steps: dict[UUID, list[ReferralEvent]] = defaultdict(list)
        for record_id, row in self._records.items():
            if row["type"] == TYPE_NUMBERS[RecordType.REFERRAL_EVENT]:
                event = record_of(ReferralEvent, record_id, row["body"])
                steps[event.referral].append(event)
        for record_id, row in self._records.items():
            if row["type"] == TYPE_NUMBERS[RecordType.REFERRAL] and steps[record_id]:
                state = fold(steps[record_id])
                assert state == row["body"]["state"], f"I11: a referral at {row['body']['state']} stepped to {state}"

    def _feeds_are_whole(self) -> None:
        """Each feed has one entry per record, numbers up to its head, and sums of what is present (I9)."""
        entries: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        for row in self._database.execute("SELECT scope_id, id, agg_id, seq, op, h FROM feed"):
            entries[row["scope_id"]].append(row)
        self._feed = entries
        shown = self._visible_now()
        for head in self._database.execute("SELECT * FROM feed_head"):
            rows = entries[head["scope_id"]]
            present = [row for row in rows if row["op"].strip() == "P"]
            assert len({row["seq"] for row in rows}) == len(rows), "I9: a number was given twice"
            assert max((row["seq"] for row in rows), default=0) <= head["head"], "I9: a number above the head"
            assert len(present) == head["n"], f"I9: {len(present)} records where the head counts {head['n']}"
            sums = [0, 0, 0, 0]
            for row in present:
                for place in range(4):
                    sums[place] += int.from_bytes(bytes(row["h"])[4 * place : 4 * place + 4], "big")
            assert sums == [head[f"s{place}"] for place in range(4)], "I9: the sums are not those of the entries"
            there = {row["id"] for row in present}
            assert there == shown[head["scope_id"]], (
                f"I3: a scope shows {len(there - shown[head['scope_id']])} records too many"
                f" and {len(shown[head['scope_id']] - there)} too few"
            )

    def _visible_now(self) -> dict[UUID, set[UUID]]:
        found: dict[UUID, set[UUID]] = defaultdict(set)
        query = (
            "SELECT v.scope_id, r.id FROM visibility v JOIN record r ON r.agg_id = v.agg_id AND r.owner = v.owner"
            " AND r.cls = v.cls AND NOT r.deleted WHERE v.until IS NULL OR v.until > %s"
        )
        for row in self._database.execute(query, (self._history.clock(),)):
            found[row["scope_id"]].add(row["id"])
        return found

    def _laptops_hold_what_the_service_holds(self) -> None:
        for laptop in self._history.laptops:
            bodies = _bodies(laptop)
            known = {UUID(bytes=row[0]) for row in laptop.rows("SELECT id FROM rec_meta")}
            held: dict[UUID, set[UUID]] = defaultdict(set)
            query = (
                "SELECT s.scope_id, m.id FROM sync_scope s JOIN rec_scope r ON r.sno = s.sno"
                " JOIN rec_meta m ON m.rid = r.rid"
            )
            for scope, record_id in laptop.rows(query):
                held[UUID(bytes=scope)].add(UUID(bytes=record_id))
            for scope_bytes, key in laptop.rows("SELECT scope_id, key FROM sync_scope"):
                scope = UUID(bytes=scope_bytes)
                there = {row["id"] for row in self._feed[scope] if row["op"].strip() == "P"}
                kind = key.partition(":")[0]
                # Of a kind this version cannot read: kept for the version that can, and joined to no scope.
                held[scope] |= there & bodies.keys() - known
                assert held[scope] == there, (
                    f"I3: {laptop.name} holds {len(held[scope] - there)} records too many and"
                    f" {len(there - held[scope])} too few of its {kind} scope"
                )
                for record_id in there:
                    self._is_the_same(laptop, record_id, bodies[record_id])

    def _is_the_same(self, laptop: SimLaptop, record_id: UUID, held: tuple[int | None, bytes]) -> None:
        record = self._records[record_id]
        name = TYPE_NAMES[record["type"]]
        assert held[0] == record["rev"], f"I3: {laptop.name} holds {name} of revision {held[0]}, not {record['rev']}"
        assert held[1] == canonical(record["body"]), f"I3: {laptop.name} holds another {name} than the service"

    def _nothing_had_to_be_mended(self) -> None:
        """Comparing digests mends what a bug lost, and says so: where no disk went back none is due (I7)."""
        if not self._history.plan.misfortune and not self._history.weather.crashes:
            for laptop in self._history.laptops:
                alarm = getattr(laptop.held.device(), "digest_alarm_at", None)
                assert alarm is None, f"I7: {laptop.name} differed from the service, and had to be mended"

    def _held_by_partner(self) -> set[UUID]:
        query = "SELECT DISTINCT m.agg_id FROM rec_meta m JOIN rec_scope s ON s.rid = m.rid"
        partners = [laptop for laptop in self._history.laptops if laptop.name == "intake"]
        return {UUID(bytes=row[0]) for laptop in partners for row in laptop.rows(query)}


_STATE = """
SELECT (SELECT group_concat(hex(scope_id) || epoch || '/' || cursor || '/' || cleaned || at_head) FROM sync_scope),
  (SELECT group_concat(hex(op_id) || ifnull(lane_seq, '') || state) FROM outbox),
  (SELECT group_concat(lane || next_seq || '/' || acked) FROM lane),
  (SELECT count(*) || '/' || sum(rev) || '/' || max(rid) FROM rec_meta),
  (SELECT count(*) FROM rec_scope), (SELECT hex(lease) FROM sync_device)
"""


def _fingerprint(laptop: SimLaptop) -> Any:
    return laptop.rows(_STATE)


def _bodies(laptop: SimLaptop) -> dict[UUID, tuple[int | None, bytes]]:
    found = {}
    for table in RECORD_TABLES.values():
        query = f'SELECT m.id, m.rev, t.body FROM rec_meta m JOIN "{table.__tablename__}" t ON t.rid = m.rid'
        for record_id, rev, body in laptop.rows(query):
            found[UUID(bytes=record_id)] = (rev, canonical(msgspec.json.decode(body)))
    for record_id, rev, body in laptop.rows("SELECT id, rev, body FROM unknown_record"):
        found[UUID(bytes=record_id)] = (rev, canonical(msgspec.json.decode(body)))
    return found


def _folded(ops: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a record becomes by its ops in the order in which the service took them."""

    # What clashed or lost names the revision that stood already: it came after the op that made it, whatever laptop it
    # is of. Two pushes of one moment are told apart by their transactions.
    def place(op: dict[str, Any]) -> tuple[Any, ...]:
        result = op["result"]
        return (result.get("rev") or 0, op["received_at"], op["txid"], result["st"] == "conflict", op["seq"])

    ops = sorted(ops, key=place)
    body: dict[str, Any] = {}
    stamps: dict[str, str] = {}
    rev, together = 0, None
    for op in ops:
        patch = op["patch"] or {}
        if op["kind"] == "create":
            body, rev = dict(patch["set"]), op["result"]["rev"]
            continue
        if (op["device"], op["received_at"]) != together:
            before, together = rev, (op["device"], op["received_at"])
        merged = merge(
            KINDS[TYPE_NAMES[op["type"]]],
            current=body,
            stamps=stamps,
            change=Change(
                set=patch.get("set", {}), base=patch.get("base", {}), add=patch.get("add", {}), rem=patch.get("rem", {})
            ),
            stamp=op["hlc"],
            received=op["received_at"].isoformat(),
            rev=before + 1,
            base_rev=op["base_rev"],
        )
        body, stamps, rev = merged.body, merged.stamps, op["result"].get("rev") or rev
    return body
