"""What matching counts how much: the weights in use on this laptop, every version that was, who changed it and why."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from app.domain import access
from app.domain.access import Action
from app.domain.actor import Actor
from app.domain.codes import AuditAction, Criterion
from app.domain.ids import UserId
from app.domain.matching import Weights, checked_weights
from app.domain.tidying import tidy_line
from app.domain.user import User
from app.errors import BadInputError
from app.storage.reader import Reader
from app.storage.vault import Vault

KEPT: Final = "match_weights"
"""The setting under which the versions are kept, oldest first."""

LONGEST_REASON: Final = 120


class _Kept(msgspec.Struct):
    version: str
    weights: dict[str, int]
    at: datetime
    by: UserId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsVersion:
    """One version of the weights.

    Attributes:
        weights: how much each criterion counts, with the version's name: matches keep it.
        at: when it was made; None for the one that ships.
        by: the name of who made it, empty where this laptop does not know it.
        reason: why.
    """

    weights: Weights
    at: datetime | None = None
    by: str = ""
    reason: str = ""


def weights_in_use(vault: Vault, *, shipped: Weights) -> Weights:
    """Return the newest weights of this laptop, those that ship where nobody changed them."""
    with vault.reading() as read:
        kept = _kept(read)
    return _weights(kept[-1]) if kept else shipped


def versions(vault: Vault, *, actor: Actor, shipped: Weights) -> tuple[WeightsVersion, ...]:
    """Return every version, the one in use first, the one that ships last."""
    access.require(actor.roles, Action.RUN_MATCH)
    with vault.reading() as read:
        kept = _kept(read)
        names = {user.user_id: user.name for user in read.all(User)}
    made = [
        WeightsVersion(weights=_weights(each), at=each.at, by=names.get(each.by, ""), reason=each.reason)
        for each in reversed(kept)
    ]
    return (*made, WeightsVersion(weights=shipped))


def change_weights(
    vault: Vault, *, actor: Actor, now: datetime, of: Mapping[Criterion, int], reason: str
) -> WeightsVersion:
    """Make a new version of the weights, with who, when and why; matches that were made keep theirs.

    Raises:
        BadInputError: `match_weights.<criterion>.out_of_range`, `match_weights.sum.out_of_range`, or
            `match_weights.reason.<problem>`.
    """
    access.require(actor.roles, Action.RUN_MATCH)
    checked_weights(of)
    said = tidy_line(reason, record=KEPT, field="reason")
    if not said:
        raise BadInputError.at(KEPT, "reason", "required")
    if len(said) > LONGEST_REASON:
        raise BadInputError.at(KEPT, "reason", "too_long", longest=LONGEST_REASON)
    with vault.transaction(actor=actor, now=now) as work:
        kept = _kept(work)
        made = _Kept(
            version=_name(len(kept) + 2, of),
            weights={criterion.value: of[criterion] for criterion in Criterion},
            at=work.now,
            by=actor.user,
            reason=said,
        )
        work.keep_setting(KEPT, msgspec.json.encode([*kept, made]).decode())
        work.audit(AuditAction.CHANGE, reason=KEPT, detail=made.version)
    return WeightsVersion(weights=_weights(made), at=made.at, reason=made.reason)


def _kept(read: Reader) -> list[_Kept]:
    return msgspec.json.decode(read.setting(KEPT, "[]"), type=list[_Kept])


def _weights(kept: _Kept) -> Weights:
    return Weights(version=kept.version, of={Criterion(name): weight for name, weight in kept.weights.items()})


def _name(number: int, of: Mapping[Criterion, int]) -> str:
    """Return "weights-2-1f3a9c02": two laptops that choose differently never name two sets of weights alike."""
    told = ",".join(f"{criterion.value}={of[criterion]}" for criterion in Criterion)
    return f"weights-{number}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
