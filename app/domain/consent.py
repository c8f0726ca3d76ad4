"""Effective consent: a pure function of the set of lines (domain.md 5.3).

The answer depends only on which lines are in the set: not on their order, their repetition or any clock. A yes
counts only if it cites every no that is known, so a no that somebody had not seen always wins (UK GDPR Art. 7(3):
stopping is as easy as agreeing).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.domain.clocks import london_day
from app.domain.codes import ConsentKind, Decision, PackageField, Purpose, Scope
from app.domain.consent_event import ConsentEvent, ConsentLine
from app.domain.ids import LineId, OrganisationId

GRACE_DAYS = 28
"""Days after the end of a yes during which what was received may still be read."""

SCOPES = tuple(Scope)
"""Scopes, lowest first."""

NO = frozenset({Decision.REFUSED, Decision.WITHDRAWAL})
"""The two decisions that take away."""


class AnswerKind(StrEnum):
    """What all lines amount to. Fixed for ever."""

    YES = "yes"
    NO = "no"
    LAPSED = "lapsed"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    NOT_ABLE_NOW = "not_able_now"
    DECIDE_LATER = "decide_later"
    NOT_ASKED = "not_asked"


class NoReason(StrEnum):
    """Why an answer is no; empty for every other answer. Fixed for ever."""

    NONE = ""
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    CROSSED = "crossed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What consent amounts to for one organisation and purpose on one London day.

    Attributes:
        kind: the answer.
        reason: why it is a no.
        scope: how much, while a yes stands or did stand.
        withheld: package fields struck out by the person.
        start_on: first London day of the yes.
        ends_on: last London day of the yes, included.
        line_ids: the lines it rests on: the yeses that count, else the lines that nothing answers.
    """

    kind: AnswerKind
    reason: NoReason = NoReason.NONE
    scope: Scope | None = None
    withheld: frozenset[PackageField] = frozenset()
    start_on: date | None = None
    ends_on: date | None = None
    line_ids: frozenset[LineId] = frozenset()

    @property
    def opens_new(self) -> bool:
        """Whether something new may be sent."""
        return self.kind is AnswerKind.YES

    @property
    def opens_reading(self) -> bool:
        """Whether what was received may still be read."""
        return self.kind in (AnswerKind.YES, AnswerKind.LAPSED)


def effective(
    lines: Iterable[ConsentLine],
    *,
    org: OrganisationId,
    purpose: Purpose,
    on: date,
    grace_days: int = GRACE_DAYS,
    voided: Collection[LineId] = frozenset(),
) -> Answer:
    """Answer whether consent covers `purpose` by `org` on the London day `on`, and how far.

    Args:
        lines: every line known of the person, in any order, repeated or not.
        org: the organisation that asks to receive.
        purpose: what for.
        on: the day of `consent_day`; it decides only whether a yes has begun or ended.
        grace_days: policy `consent_grace_days`.
        voided: lines that a correction took back; only a yes can be (see `voided_by`).
    """
    concerned = _concerned(lines, org, purpose, voided)
    standing = _standing(concerned)
    if standing:
        return _yes(standing, on, grace_days)
    return _without_yes(concerned)


def crossed(
    lines: Iterable[ConsentLine],
    *,
    org: OrganisationId,
    purpose: Purpose,
    voided: Collection[LineId] = frozenset(),
) -> bool:
    """Answer whether a yes and a no passed each other, so that somebody must ask again (`crossed_answers`)."""
    concerned = _concerned(lines, org, purpose, voided)
    if any(line.decision is Decision.AGREED and not _cites_every_no(line, concerned) for line in heads(concerned)):
        return True
    return not _standing(concerned) and _without_yes(concerned).reason is NoReason.CROSSED


def heads(lines: Collection[ConsentLine]) -> tuple[ConsentLine, ...]:
    """Return the lines that no other line of the same collection cites."""
    answered = {cite for line in lines for cite in line.cites if cite != line.line_id}
    return tuple(line for line in lines if line.line_id not in answered)


def concerned_lines(
    lines: Iterable[ConsentLine],
    *,
    org: OrganisationId,
    purpose: Purpose,
    voided: Collection[LineId] = frozenset(),
) -> tuple[ConsentLine, ...]:
    """Return the lines that speak of one organisation and purpose, those for every one included."""
    return _concerned(lines, org, purpose, voided)


def lines_of(events: Iterable[ConsentEvent]) -> tuple[ConsentLine, ...]:
    """Return the lines of answers and withdrawals; no other kind of event carries a standing line."""
    kinds = (ConsentKind.ANSWER, ConsentKind.WITHDRAWAL)
    return tuple(line for event in events if event.kind in kinds for line in event.lines)


def voided_by(events: Iterable[ConsentEvent]) -> frozenset[LineId]:
    """Return the lines that corrections took back because they were recorded by mistake."""
    return frozenset(line_id for event in events if event.kind is ConsentKind.CORRECTION for line_id in event.voids)


def cites_for(lines: Iterable[ConsentLine], org: OrganisationId | None, purpose: Purpose | None) -> frozenset[LineId]:
    """Return what a new line must cite: every line held for the same organisation and purpose.

    None is every organisation, or every purpose, on either side.
    """
    return frozenset(line.line_id for line in lines if _overlap(line.org, org) and _overlap(line.purpose, purpose))


def consent_day(*, laptop: datetime, server: datetime | None = None, newest: datetime | None = None) -> date:
    """Return the London day on which consent is judged: of the latest moment known.

    Args:
        laptop: the laptop's clock.
        server: the last server time.
        newest: the newest `at` of anything received. Setting a clock back so revives nothing.
    """
    return london_day(max(moment for moment in (laptop, server, newest) if moment is not None))


def _overlap(one: object | None, other: object | None) -> bool:
    return one is None or other is None or one == other


def _concerned(
    lines: Iterable[ConsentLine], org: OrganisationId, purpose: Purpose, voided: Collection[LineId]
) -> tuple[ConsentLine, ...]:
    return tuple(
        line
        for line in lines
        if _overlap(line.org, org)
        and _overlap(line.purpose, purpose)
        # A refusal or withdrawal is never voided, whoever says so: it is answered by a new yes (domain.md 5.1).
        and not (line.decision is Decision.AGREED and line.line_id in voided)
    )


def _cites_every_no(grant: ConsentLine, lines: Collection[ConsentLine]) -> bool:
    return all(line.line_id in grant.cites for line in lines if line.decision in NO)


def _standing(lines: Collection[ConsentLine]) -> tuple[ConsentLine, ...]:
    """Return the yeses that cite every no and that no later yes replaces (`top` of domain.md 5.3)."""
    yeses = [line for line in lines if line.decision is Decision.AGREED]
    replaced = {cite for line in yeses for cite in line.cites if cite != line.line_id}
    return tuple(line for line in yeses if line.line_id not in replaced and _cites_every_no(line, lines))


def _yes(standing: Collection[ConsentLine], on: date, grace_days: int) -> Answer:
    """Return the strictest of several yeses: the latest start, earliest end, lowest scope, everything withheld."""
    start = max(line.valid_from for line in standing)
    # A yes that names no end is not for ever (UK GDPR Art. 5(1)(e)): it ends on its first day.
    ends = min(line.ends_on or line.valid_from for line in standing)
    if on < start:
        kind = AnswerKind.NOT_YET
    elif on <= ends:
        kind = AnswerKind.YES
    elif (on - ends).days <= grace_days:
        kind = AnswerKind.LAPSED
    else:
        kind = AnswerKind.EXPIRED
    return Answer(
        kind=kind,
        scope=min((line.scope or Scope.CONTACT for line in standing), key=SCOPES.index),
        withheld=frozenset().union(*(line.withheld for line in standing)),
        start_on=start,
        ends_on=ends,
        line_ids=frozenset(line.line_id for line in standing),
    )


def _without_yes(lines: Collection[ConsentLine]) -> Answer:
    unanswered = heads(lines)
    said = {line.decision for line in unanswered}
    ids = frozenset(line.line_id for line in unanswered)
    if any(line.decision in NO for line in lines):
        if Decision.WITHDRAWAL in said:
            return Answer(kind=AnswerKind.NO, reason=NoReason.WITHDRAWN, line_ids=ids)
        if Decision.REFUSED in said:
            return Answer(kind=AnswerKind.NO, reason=NoReason.REFUSED, line_ids=ids)
        return Answer(kind=AnswerKind.NO, reason=NoReason.CROSSED, line_ids=ids)
    if any(line.decision is Decision.AGREED for line in lines):
        return Answer(kind=AnswerKind.NO, reason=NoReason.CROSSED, line_ids=ids)
    if Decision.NOT_ABLE_NOW in said:
        return Answer(kind=AnswerKind.NOT_ABLE_NOW, line_ids=ids)
    if Decision.DECIDE_LATER in said:
        return Answer(kind=AnswerKind.DECIDE_LATER, line_ids=ids)
    return Answer(kind=AnswerKind.NOT_ASKED, line_ids=ids)
