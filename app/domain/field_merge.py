"""How one field of one record takes a write, by its merge class; `app.domain.merging` goes through the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.bodies import Body, is_empty
from app.domain.codes import MenteeStatus, MentorStatus, PersonStatus, RecordType, TaskState
from app.domain.concern import NEXT_STATES
from app.domain.paragraphs import merge_paragraphs
from app.domain.record import Merge, Record, field_rules
from app.domain.referral import is_free
from app.domain.stamps import Stamp, stamp_of
from app.errors import BadInputError, BadTransitionError

_P = PersonStatus
_MENTOR = MentorStatus
_MENTEE = MenteeStatus

MOVES: Mapping[tuple[RecordType, str], Mapping[str, frozenset[str]]] = {
    (RecordType.PERSON, "status"): {
        _P.ACTIVE: frozenset({_P.CLOSED, _P.DIED, _P.ENTERED_IN_ERROR}),
        _P.CLOSED: frozenset({_P.ACTIVE, _P.DIED, _P.ENTERED_IN_ERROR}),
        _P.DIED: frozenset({_P.ACTIVE, _P.ENTERED_IN_ERROR}),
    },
    (RecordType.MENTOR_PROFILE, "status"): {
        _MENTOR.APPLIED: frozenset({_MENTOR.TRAINING, _MENTOR.LEFT}),
        _MENTOR.TRAINING: frozenset({_MENTOR.ACTIVE, _MENTOR.LEFT}),
        _MENTOR.ACTIVE: frozenset({_MENTOR.PAUSED, _MENTOR.LEFT}),
        _MENTOR.PAUSED: frozenset({_MENTOR.ACTIVE, _MENTOR.LEFT}),
        _MENTOR.LEFT: frozenset({_MENTOR.APPLIED}),
    },
    (RecordType.MENTEE_PROFILE, "status"): {
        _MENTEE.ENQUIRY: frozenset({_MENTEE.TALK_DONE, _MENTEE.CLOSED}),
        _MENTEE.TALK_DONE: frozenset({_MENTEE.READY, _MENTEE.CLOSED}),
        _MENTEE.READY: frozenset({_MENTEE.MATCHED, _MENTEE.CLOSED}),
        _MENTEE.MATCHED: frozenset({_MENTEE.READY, _MENTEE.CLOSED}),
        _MENTEE.CLOSED: frozenset({_MENTEE.ENQUIRY}),
    },
    (RecordType.CONCERN, "state"): {str(state): frozenset(map(str, then)) for state, then in NEXT_STATES.items()},
    (RecordType.TASK, "state"): {TaskState.OPEN: frozenset({TaskState.DONE, TaskState.DROPPED})},
    (RecordType.CONSENT_WORDING, "state"): {"draft": frozenset({"approved"}), "approved": frozenset({"retired"})},
}
"""The small state machines of `domain.md` 4.3. Every other state moves only by an op of its own kind."""

_WRITTEN_WITH_A_MOVE = frozenset({(RecordType.CONSENT_WORDING, "approved_by")})


_FALSE_WINS = frozenset({(RecordType.CONTACT_POINT, "may_say_charity_name")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes: with which stamp, making which revision, having held which one."""

    stamp: Stamp
    rev: int = 0
    base_rev: int | None = None

    def had_seen(self, earlier: Stamp | None) -> bool:
        """Answer whether the writer knew of an earlier write: it made it, held its revision, or wrote later."""
        if earlier is None or earlier.is_of(self.stamp.node):
            return True
        if self.base_rev is not None and earlier.rev:
            return earlier.rev <= self.base_rev
        return earlier < self.stamp


@dataclass(slots=True)
class FieldMerge:
    """One record while a change goes through it, field by field.

    Attributes:
        kind: the kind of record.
        body: the service's body, changed in place.
        stamps: its stamps, changed in place.
        writer: who writes.
        overwritten: losing values of fields that the later write replaced.
        clashes: what stands and what was wanted, where a person must decide.
        differs: something stands that the writer did not want or know.
    """

    kind: type[Record]
    body: Body
    stamps: dict[str, str]
    writer: Writer
    overwritten: dict[str, Any] = field(default_factory=dict)
    clashes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    differs: bool = False

    def value(self, name: str, base: Any, wanted: Any) -> None:
        """Write one value, knowing what stood there when the writer wrote."""
        wanted, base = _normal(wanted), _normal(base)
        merge = self._class_of(name)
        if merge is Merge.FLAG:
            self._flag(name, wanted=bool(wanted))
        elif wanted == self._current(name):
            return
        elif (self.kind.TYPE, name) in MOVES:
            self._move(name, wanted, refuse=merge is Merge.STATE)
        elif (self.kind.TYPE, name) in _FALSE_WINS:
            self._permission(name, wanted=bool(wanted))
        elif merge in (Merge.FIXED, Merge.APPEND, Merge.STATE):
            raise BadInputError.at(self.kind.TYPE, name, "not_permitted")
        elif base == self._current(name):
            self._take(name, wanted)
        else:
            self._clash(merge, name, base, wanted)

    def elements(self, name: str, *, add: Iterable[Any], remove: Iterable[Any]) -> None:
        """Add and remove elements of one set."""
        removal_wins = self._class_of(name) is Merge.SET_REMOVE
        present = set(self._current(name) or ())
        for element in remove:
            if removal_wins or self._had_seen(f"{name}/{element}"):
                present.discard(element)
            elif element in present:
                self.differs = True
            if removal_wins:
                self._refresh(f"{name}/{element}")
        for element in add:
            if not removal_wins or element in present or self._had_seen(f"{name}/{element}"):
                present.add(element)
            else:
                self.differs = True
            if not removal_wins:
                self._refresh(f"{name}/{element}")
        self.body[name] = sorted(present)

    def _class_of(self, name: str) -> Merge:
        rule = field_rules(self.kind).get(name)
        if rule is None or (self.kind.TYPE, name) in _WRITTEN_WITH_A_MOVE:
            # A field of a newer version is kept as it came, and the later write wins.
            return Merge.LWW
        state = self._current("state") if self.kind.TYPE is RecordType.REFERRAL else None
        if rule.merge is Merge.FIXED and is_free(name, state):
            return Merge.LWW
        return rule.merge

    def _clash(self, merge: Merge, name: str, base: Any, wanted: Any) -> None:
        match merge:
            case Merge.IDENTITY:
                self.clashes[name] = (self._current(name), wanted)
            case Merge.TEXT:
                self._text(name, base, wanted)
            case _:
                self._later_wins(name, wanted)

    def _text(self, name: str, base: Any, wanted: Any) -> None:
        merged = merge_paragraphs(base or "", self._current(name) or "", wanted or "")
        if merged is None:
            self.clashes[name] = (self._current(name), wanted)
            return
        self._take(name, merged)
        self.differs |= merged != wanted

    def _later_wins(self, name: str, wanted: Any) -> None:
        standing = self._stamp(name)
        if standing is None or standing < self.writer.stamp:
            self.overwritten[name] = self._current(name)
            self._take(name, wanted)
        else:
            self.overwritten[name] = wanted
            self.differs = True

    def _flag(self, name: str, *, wanted: bool) -> None:
        """Raise or clear a flag; clearing does not undo a raising that the writer had not seen."""
        if wanted:
            self.body[name] = True
            self._refresh(name)
        elif self._current(name) and self._had_seen(name):
            self._take(name, None)
        elif self._current(name):
            self.differs = True

    def _permission(self, name: str, *, wanted: bool) -> None:
        """Give or take back a permission; giving does not undo a taking back that the writer had not seen."""
        if not wanted or self._had_seen(name):
            self._take(name, wanted)
        else:
            self.differs = True

    def _move(self, name: str, wanted: Any, *, refuse: bool) -> None:
        current = str(self._current(name))
        if wanted in MOVES[self.kind.TYPE, name].get(current, frozenset()):
            self._take(name, wanted)
        elif refuse:
            raise BadTransitionError(f"{self.kind.TYPE}.bad_transition", state=current)
        else:
            self.overwritten[name] = wanted
            self.differs = True

    def _take(self, name: str, wanted: Any) -> None:
        self.body[name] = wanted
        self.stamps[name] = str(replace(self.writer.stamp.after(self._stamp(name)), rev=self.writer.rev))

    def _refresh(self, place: str) -> None:
        standing = self._stamp(place)
        if standing is None or standing < self.writer.stamp:
            self.stamps[place] = str(replace(self.writer.stamp, rev=self.writer.rev))

    def _had_seen(self, place: str) -> bool:
        return self.writer.had_seen(self._stamp(place))

    def _stamp(self, place: str) -> Stamp | None:
        text = self.stamps.get(place)
        return None if text is None else stamp_of(text)

    def _current(self, name: str) -> Any:
        return _normal(self.body.get(name))


def _normal(value: Any) -> Any:
    return None if is_empty(value) else value
