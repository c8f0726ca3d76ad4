"""A consent event at the door: the same rules as on the laptop, over everything the service knows of the person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.domain.codes import ConsentKind, OpKind, RecordType
from app.domain.consent import NO, lines_of
from app.domain.consent_check import check_event, childs_noes, unknown_cites
from app.domain.consent_event import ConsentEvent
from app.domain.person import Person
from app.domain.record import Record
from sync.central.alliance import Alliance
from sync.central.outcomes import OpRefusedError
from sync.central.overlay import Locked
from sync.protocol.messages import OpLine, RejectCode


def check_consent(aggregate: Locked, record: Record, alliance: Alliance) -> None:
    """Check a record that is about to be added, if it is a consent event.

    Raises:
        BadInputError: as `app.domain.consent_check.check_event` does.
        OpRefusedError: `unknown_cites`, for a yes that cites what nobody knows; a stop is never refused for that.
    """
    if not isinstance(record, ConsentEvent):
        return
    if record.asked_by_org != record.org:
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    events = consent_events(aggregate)
    if not (_may_override(aggregate, record) and _may_void(aggregate, record, events)):
        raise OpRefusedError(RejectCode.NOT_PERMITTED)
    lines = lines_of(events)
    known = {line.line_id for line in lines}
    if any(line.line_id in known for line in record.lines):
        raise OpRefusedError(RejectCode.ID_REUSE)
    if unknown_cites(record, known):
        raise OpRefusedError(RejectCode.UNKNOWN_CITES)
    person = next((row.record() for row in aggregate.of_type(RecordType.PERSON)), None)
    check_event(
        record,
        organisations=alliance.directory.organisations,
        wording_hashes=alliance.wording_hashes,
        dob=person.dob if isinstance(person, Person) else None,
        held=lines,
        childs_no=childs_noes(events),
    )


def is_stop(op: OpLine) -> bool:
    """Answer whether an op only takes something away, or confirms that it was taken away.

    Such an op is taken even from an organisation that may hold the person no more.
    """
    if op.kind != OpKind.CONSENT:
        return False
    match op.changes.get("kind"):
        case ConsentKind.WITHDRAWAL | ConsentKind.PARTNER_CONFIRMED_STOP:
            return True
        case ConsentKind.ANSWER:
            lines = op.changes.get("lines")
            return isinstance(lines, list) and all(
                isinstance(line, dict) and line.get("decision") in {decision.value for decision in NO} for line in lines
            )
    return False


def consent_events(aggregate: Locked) -> list[ConsentEvent]:
    """Return every consent event of a person."""
    found = (row.record() for row in aggregate.of_type(RecordType.CONSENT_EVENT))
    return [event for event in found if isinstance(event, ConsentEvent)]


def received_stamp(record: Record, now: datetime) -> dict[str, str]:
    """Return the stamp that says when an override came in: its hours never run by a laptop's clock alone."""
    if isinstance(record, ConsentEvent) and record.kind is ConsentKind.OVERRIDE:
        return {"at": f"{int(now.timestamp() * 1000)}-0-central"}
    return {}


def _may_override(aggregate: Locked, event: ConsentEvent) -> bool:
    """Answer whether an override is its sender's: nobody shares a person with itself over their no."""
    if event.kind is not ConsentKind.OVERRIDE or event.override_for is None:
        return True
    row = aggregate.rows.get(event.override_for)
    return row is not None and row.type is RecordType.REFERRAL and row.org == event.org


def _may_void(aggregate: Locked, event: ConsentEvent, events: Iterable[ConsentEvent]) -> bool:
    """Answer whether a correction takes back what its own organisation recorded; the home organisation takes any.

    An answer taken back lets an earlier, wider one stand again.
    """
    if event.kind is not ConsentKind.CORRECTION or event.org == aggregate.home_org:
        return True
    own = {line.line_id for other in events if other.org == event.org for line in other.lines}
    return event.voids <= own
