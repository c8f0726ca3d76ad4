"""Safeguarding at the service: whether a concern or a step has a place, and that others are told to see the lead."""

from __future__ import annotations

from uuid import UUID

from app.domain.codes import ConcernState, RecordType
from app.domain.concern import Concern, ConcernStep
from app.domain.measures import OutcomeMeasure, may_ask
from app.domain.record import Record
from app.errors import BadInputError, BadTransitionError
from sync.central.overlay import Locked, Overlay
from sync.central.sending import Moving


def check_place(aggregate: Locked, record: Record, moving: Moving) -> None:
    """Check that a concern begins as it was sent, that a step is of a concern, and a questionnaire may be asked.

    Raises:
        BadInputError: there is no such concern or match, or the questionnaire needs a licence.
        BadTransitionError: a concern begins unread.
    """
    match record:
        case Concern() if record.state is not ConcernState.SENT:
            raise BadTransitionError("concern.bad_transition", state=record.state.value)
        case ConcernStep() if not _is_there(aggregate, record, record.concern, RecordType.CONCERN):
            raise BadInputError.at("concern_step", "concern", "not_permitted")
        case OutcomeMeasure():
            _check_measure(aggregate, record, moving)


def follow_concern(overlay: Overlay, aggregate: Locked, record: Record, *, op: UUID) -> None:
    """Let everybody who holds the person see that the lead knows more; of the concern itself they hold nothing."""
    if not isinstance(record, Concern):
        return
    for row in aggregate.of_type(RecordType.PERSON):
        if row.org == record.org and not row.body.get("see_lead"):
            overlay.revise(row, {**row.body, "see_lead": True}, op=op)


def _check_measure(aggregate: Locked, measure: OutcomeMeasure, moving: Moving) -> None:
    own = moving.alliance.directory.organisations.get(measure.org)
    if not may_ask(measure.instrument, {} if own is None else own.policy) and measure.instrument.is_known:
        raise BadInputError.at("outcome_measure", "instrument", "not_permitted")
    if measure.match is not None and not _is_there(aggregate, measure, measure.match, RecordType.MATCH):
        raise BadInputError.at("outcome_measure", "match", "not_permitted")


def _is_there(aggregate: Locked, record: Record, wanted: UUID, kind: RecordType) -> bool:
    row = aggregate.rows.get(wanted)
    return row is not None and row.type is kind and row.org == record.org
