"""Two versions of one record become one: per field, by its merge class (`sync.md` 7, `domain.md` 4.1).

For each field: if the service's value is the one the writer saw, the writer's is taken; if it already is what the
writer wants, nothing happens; else the two truly clash, and the merge class decides. No clock is read: the
writer's stamp (`app.domain.stamps`) and the moment of receipt are handed in.

Kept stamps go by field name; for an element of a set they go by `<field>/<element>` and are those of its last
addition (`set+`) or removal (`set-`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.bodies import Body, is_empty
from app.domain.field_merge import FieldMerge, Writer
from app.domain.record import Merge, Record, field_rules
from app.domain.stamps import stamp_of
from app.errors import BadInputError

_SETS = frozenset({Merge.SET_ADD, Merge.SET_REMOVE})


class MergeOutcome(StrEnum):
    """What became of a change. Fixed for ever."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a writer did to one record, and what it saw before.

    Attributes:
        set: the new value of each field that was written; an empty value clears it.
        base: the value that stood there when the writer wrote; empty or left out when there was none.
        add: elements added, by field.
        rem: elements removed, by field.
    """

    set: Mapping[str, Any] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, list[Any]] = field(default_factory=dict)
    rem: Mapping[str, list[Any]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return not (self.set or self.add or self.rem)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields it touches."""
        return frozenset({*self.set, *self.add, *self.rem})


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a change and the service's body make together.

    Attributes:
        body: the new body.
        stamps: the new stamps.
        outcome: `applied` when every field stands as the writer wanted it; `merged` when something the writer had
            not seen stands instead or beside it; `conflict` when some field waits for a person.
        overwritten: the losing value of each field that the later write replaced, whoever's it was.
        clashes: for each field that waits for a person, what stands (theirs) and what was wanted (mine).
    """

    body: Body
    stamps: dict[str, str]
    outcome: MergeOutcome
    overwritten: Mapping[str, Any]
    clashes: Mapping[str, tuple[Any, Any]]


def merge(
    kind: type[Record],
    *,
    current: Mapping[str, Any],
    stamps: Mapping[str, str],
    change: Change,
    stamp: str,
    received: str,
    rev: int = 0,
    base_rev: int | None = None,
    by: str = "",
) -> Merged:
    """Return what the service's body becomes by a change; giving it the same change again changes nothing.

    The writer's right to make the change was checked before (`app.domain.access`), its values are checked after
    (`app.domain.checks`).

    Args:
        kind: the kind of record.
        current: the service's body.
        stamps: the service's stamps of it.
        change: what the writer did.
        stamp: the writer's clock.
        received: moment of receipt, as a record holds it; no write counts as later than that.
        rev: the revision that this write makes.
        base_rev: the revision the writer held; without it, what it had seen is judged by the stamps.
        by: the writer, kept beside each stamp.

    Raises:
        BadInputError: a field may not be changed (`not_permitted`), or is no set (`bad_format`).
        BadTransitionError: a small state machine does not go there.
    """
    clock = replace(stamp_of(stamp), by=by).no_later_than(datetime.fromisoformat(received))
    writer = Writer(stamp=clock, rev=rev, base_rev=base_rev)
    work = FieldMerge(kind, dict(current), dict(stamps), writer)
    for name, value in change.set.items():
        if _is_set(kind, name):
            before = change.base.get(name) or []
            work.elements(name, add=_without(value or [], before), remove=_without(before, value or []))
        else:
            work.value(name, change.base.get(name), value)
    for name in sorted({*change.add, *change.rem}):
        if not _is_set(kind, name):
            raise BadInputError.at(kind.TYPE, name, "bad_format")
        work.elements(name, add=change.add.get(name, ()), remove=change.rem.get(name, ()))
    outcome = MergeOutcome.APPLIED
    if work.clashes:
        outcome = MergeOutcome.CONFLICT
    elif work.differs:
        outcome = MergeOutcome.MERGED
    return Merged(
        body={name: value for name, value in work.body.items() if not is_empty(value)},
        stamps=work.stamps,
        outcome=outcome,
        overwritten=work.overwritten,
        clashes=work.clashes,
    )


def apply_change(kind: type[Record], body: Mapping[str, Any], change: Change) -> Body:
    """Return a body with a change applied as its writer means it: what a laptop shows until the service answers."""
    after = {**body, **change.set}
    for name in {*change.add, *change.rem}:
        if not _is_set(kind, name):
            raise BadInputError.at(kind.TYPE, name, "bad_format")
        kept = _without([*after.get(name, ()), *change.add.get(name, ())], change.rem.get(name, ()))
        after[name] = sorted(set(kept))
    return {name: value for name, value in after.items() if not is_empty(value)}


def change_between(kind: type[Record], before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """Return the change that leads from one body to another: what differs, and nothing else."""
    differing = [name for name in {**before, **after} if _value(before, name) != _value(after, name)]
    whole = [name for name in differing if not _is_set(kind, name)]
    sets = [name for name in differing if _is_set(kind, name)]
    added = {name: _without(after.get(name, ()), before.get(name, ())) for name in sets}
    removed = {name: _without(before.get(name, ()), after.get(name, ())) for name in sets}
    return Change(
        set={name: _value(after, name) for name in whole},
        base={name: _value(before, name) for name in whole if name in before},
        add={name: elements for name, elements in added.items() if elements},
        rem={name: elements for name, elements in removed.items() if elements},
    )


def _is_set(kind: type[Record], name: str) -> bool:
    rule = field_rules(kind).get(name)
    return rule is not None and rule.merge in _SETS


def _without(elements: Iterable[Any], taken: Iterable[Any]) -> list[Any]:
    out = list(taken)
    return [element for element in elements if element not in out]


def _value(body: Mapping[str, Any], name: str) -> Any:
    value = body.get(name)
    return None if is_empty(value) else value
