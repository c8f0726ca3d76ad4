"""What an answer to a conflict does: the first one counts, a later one is compared again (`sync.md` 7).

The laptop asks this before it shows an answer, the central service when it receives it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.bodies import is_empty
from app.domain.conflict import Clash, Conflict
from app.domain.ids import UserId
from app.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What becomes of one answer.

    Attributes:
        conflict: the conflict after it; the field it speaks of is answered.
        writes: the chosen value must be written: it is not what stands.
        again: what stands and what was chosen, when somebody was quicker and said otherwise.
    """

    conflict: Conflict
    writes: bool = False
    again: tuple[Any, Any] | None = None


def resolve(
    conflict: Conflict, *, name: str, chosen: Any, base: Any, current: Any, by: UserId, at: datetime
) -> Resolution:
    """Return what an answer to one field of a conflict does; giving the same answer again changes nothing.

    Args:
        conflict: the conflict as it stands.
        name: the field.
        chosen: the value that somebody chose: one of the two, or a third.
        base: what stood in the record when they chose.
        current: what stands there now.
        by: who chose.
        at: when, as a record holds it.

    Raises:
        BadInputError: `conflict.fields.unknown_code` for a field that is not in question.
    """
    asked = conflict.fields.get(name)
    if asked is None:
        raise BadInputError.at(conflict.TYPE, "fields", "unknown_code")
    chosen, base, current = _normal(chosen), _normal(base), _normal(current)
    answered = _answered(conflict, name, chosen, by, at) if asked.is_open else conflict
    if chosen == current:
        return Resolution(conflict=answered)
    if asked.is_open and base == current:
        return Resolution(conflict=answered, writes=True)
    return Resolution(conflict=answered, again=(current, chosen))


def settled(conflict: Conflict, *, name: str, current: Any, by: UserId, at: datetime) -> Conflict:
    """Return another conflict of the same record after a field was written: a wish that came true is no question."""
    asked = conflict.fields.get(name)
    if asked is None or not asked.is_open or asked.mine != _normal(current):
        return conflict
    return _answered(conflict, name, current, by, at)


def _answered(conflict: Conflict, name: str, chosen: Any, by: UserId, at: datetime) -> Conflict:
    answer: Clash = replace(conflict.fields[name], chosen=chosen, chosen_by=by, chosen_at=at)
    return replace(conflict, fields={**conflict.fields, name: answer})


def _normal(value: Any) -> Any:
    return None if is_empty(value) else value
