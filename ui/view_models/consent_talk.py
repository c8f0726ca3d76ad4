"""One talk about sharing, as far as it has come: what was answered, how, and what still has to be asked.

Nothing is set beforehand but who answers and that they can decide, which the page shows as set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from app.domain.clocks import parse_day
from app.domain.codes import (
    AgeCheck,
    AskAgain,
    Capacity,
    ConsentMethod,
    Decision,
    Gillick,
    GivenBy,
    Purpose,
    Scope,
    WordingFormat,
    YesNo,
)
from app.domain.consent_check import HIGHEST_SCOPE, Cell
from app.domain.consent_event import CapacityCheck, GillickCheck
from app.domain.consent_rules import NEEDS_WITNESS, NO_READ_BACK
from app.domain.ids import OrganisationId
from app.use_cases.consents import ConsentForm

Place = tuple[OrganisationId, Purpose]
"""One cell of the matrix."""

Typed = tuple[str, str, str]
"""Day, month and year as typed into three boxes."""

SCOPES_ASKED: Final = (Scope.CONTACT, Scope.CONTACT_INJURY, Scope.CONTACT_INJURY_NEEDS)
"""How much may be told, as asked once a talk; notes are opened one by one in casework, never here."""

NO_DAY: Final[Typed] = ("", "", "")
_UNSAID: Final = frozenset({Decision.NOT_ABLE_NOW, Decision.NOT_ASKED})
_BY_PHONE: Final = frozenset({ConsentMethod.SPOKEN_BY_PHONE, ConsentMethod.SPOKEN_BY_VIDEO})
_THROUGH_OTHERS: Final = frozenset({WordingFormat.INTERPRETER, WordingFormat.BSL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Who answers, whether they can decide, and for a child what shows that they understand.

    Attributes:
        by: who answers.
        name: their name, when it is not the person.
        evidence: the paper that was seen, when it is not the person.
        capacity: presumed until somebody found otherwise (Mental Capacity Act 2005, s. 1(2)).
        checked_by: who checked capacity.
        checked_on: when, as typed; empty is today.
        support: what was done to help the person decide.
        age: as asked, None when the day of birth says it or nobody asked.
        gillick: whether a child understands this decision.
        understood: what the child said in their own words.
        could_go_wrong: what the child said could go wrong.
        parent_told: whether a parent was told.
        parent_told_why: why, or why not.
    """

    by: GivenBy = GivenBy.SELF
    name: str = ""
    evidence: str = ""
    capacity: Capacity = Capacity.PRESUMED
    checked_by: str = ""
    checked_on: Typed = NO_DAY
    support: str = ""
    age: AgeCheck | None = None
    gillick: Gillick | None = None
    understood: str = ""
    could_go_wrong: str = ""
    parent_told: YesNo = YesNo.UNKNOWN
    parent_told_why: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether nothing differs from what is shown as set."""
        return self.by is GivenBy.SELF and self.capacity is Capacity.PRESUMED

    def age_by(self, under_16: bool | None) -> AgeCheck | None:
        """Return the age as the day of birth says it, else as asked."""
        if under_16 is None:
            return self.age
        return AgeCheck.UNDER_16 if under_16 else AgeCheck.AGE_16_OR_OVER

    def capacity_check(self, on: date) -> CapacityCheck | None:
        """Return the check of capacity, None while it is presumed."""
        if self.capacity is Capacity.PRESUMED:
            return None
        day = parse_day(self.checked_on, record="consent", field="capacity_check")
        return CapacityCheck(who=self.checked_by.strip(), on=day or on, support_given=self.support.strip())

    def gillick_check(self, under_16: bool | None) -> GillickCheck | None:
        """Return what shows that a child understands, None from 16 on."""
        if self.age_by(under_16) is not AgeCheck.UNDER_16 or self.gillick is None:
            return None
        return GillickCheck(
            result=self.gillick,
            understood=self.understood.strip(),
            could_go_wrong=self.could_go_wrong.strip(),
            parent_told=self.parent_told,
            parent_told_why=self.parent_told_why.strip(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What was said so far; every change makes a new talk, so that Undo is the one before.

    Attributes:
        given: the answers, in the order in which they were given.
        scope: how much may be told, asked once.
        less: cells for which the person wants less than that told.
        ask_again: when to ask again after a no.
        ask_again_on: that day, as typed.
        later_on: when to ask those who decide later, as typed; empty is the policy's day.
        able_on: when to ask those not able now, as typed; empty is the policy's day.
        giver: who answers.
        method: how the answer was given.
        agreed_to_script: the person agreed to the sentence that was read.
        own_words: what the person said instead.
        read_back: the answers were read back.
        witness_name: who saw it.
        witness_role: what the witness is.
        format: how the sentences were put.
        interpreter_name: who interpreted.
    """

    given: Mapping[Place, Decision] = field(default_factory=dict)
    scope: Scope | None = None
    less: Mapping[Place, Scope] = field(default_factory=dict)
    ask_again: AskAgain | None = None
    ask_again_on: Typed = NO_DAY
    later_on: Typed = NO_DAY
    able_on: Typed = NO_DAY
    giver: Giver = Giver()
    method: ConsentMethod | None = None
    agreed_to_script: bool = False
    own_words: str = ""
    read_back: bool = False
    witness_name: str = ""
    witness_role: str = ""
    format: WordingFormat = WordingFormat.STANDARD
    interpreter_name: str = ""

    def answered(self, place: Place, decision: Decision) -> Talk:
        """Return the talk with one cell answered; `not_asked` takes its answer away."""
        given = {known: said for known, said in self.given.items() if known != place}
        if decision is not Decision.NOT_ASKED:
            given[place] = decision
        less = {known: scope for known, scope in self.less.items() if given.get(known) is Decision.AGREED}
        return replace(self, given=given, less=less)

    def all_answered(self, places: Iterable[Place], decision: Decision) -> Talk:
        """Return the talk with each of these cells refused, or not able now: never agreed in one press."""
        assert decision in (Decision.REFUSED, Decision.NOT_ABLE_NOW), "a yes is given one at a time"
        talk = self
        for place in places:
            talk = talk.answered(place, decision)
        return talk

    def narrowed(self, place: Place, scope: Scope | None) -> Talk:
        """Return the talk with less told for one cell; None tells what was agreed for all."""
        less = {known: told for known, told in self.less.items() if known != place}
        if scope is not None:
            less[place] = scope
        return replace(self, less=less)

    def has(self, decision: Decision) -> bool:
        """Answer whether any cell got this answer."""
        return decision in self.given.values()

    @property
    def agreed(self) -> tuple[Place, ...]:
        """The cells that were agreed, in the order of the talk."""
        return tuple(place for place, decision in self.given.items() if decision is Decision.AGREED)

    @property
    def asks_method(self) -> bool:
        """Whether somebody answered, so that it matters who and how."""
        return bool(set(self.given.values()) - _UNSAID)

    @property
    def asks_scope(self) -> bool:
        """Whether something was agreed whose amount can be chosen."""
        return any(can_choose_scope(purpose) for _org, purpose in self.agreed)

    @property
    def asks_read_back(self) -> bool:
        """Whether the answers have to be read back: not when the person wrote them."""
        return bool(self.agreed) and self.method not in NO_READ_BACK

    @property
    def asks_witness(self) -> bool:
        """Whether the way of answering needs somebody who saw it."""
        return self.asks_method and self.method in NEEDS_WITNESS

    @property
    def asks_interpreter(self) -> bool:
        """Whether the sentences were put through somebody whose name is kept."""
        return self.format in _THROUGH_OTHERS

    def scope_of(self, place: Place) -> Scope | None:
        """Return how much may be told for one agreed cell, None while nobody said."""
        highest = HIGHEST_SCOPE[place[1]]
        wished = self.less.get(place) or self.scope
        if not can_choose_scope(place[1]) or wished is None:
            return None if can_choose_scope(place[1]) else highest
        scopes = list(Scope)
        return min(wished, highest, key=scopes.index)

    def form(self, *, on: date, under_16: bool | None, script: str, language: str = "en-GB") -> ConsentForm:
        """Return what is recorded.

        Args:
            on: today, for a check of capacity without a day.
            under_16: what the day of birth says, None when it leaves it open.
            script: the sentence the person can agree to.
            language: of the wording that was read.

        Raises:
            BadInputError: a day that is not in the calendar.
        """
        return ConsentForm(
            answers=self._cells(),
            given_by=self.giver.by,
            given_by_name=self.giver.name.strip(),
            evidence_seen=self.giver.evidence.strip(),
            capacity=self.giver.capacity,
            capacity_check=self.giver.capacity_check(on),
            age_check=self.giver.age_by(under_16),
            gillick=self.giver.gillick_check(under_16),
            method=self.method,
            statement=self._statement(script),
            read_back=self.read_back and self.asks_read_back,
            witness_name=self.witness_name.strip(),
            witness_role=self.witness_role.strip(),
            language=language,
            format=self.format,
            interpreter_name=self.interpreter_name.strip() if self.asks_interpreter else "",
            by_phone=self.method in _BY_PHONE,
        )

    def values(self) -> dict[str, Any]:
        """Return the talk as a draft keeps it."""
        kept: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        kept["given"] = [[str(org), purpose, said] for (org, purpose), said in self.given.items()]
        kept["less"] = [[str(org), purpose, scope] for (org, purpose), scope in self.less.items()]
        kept["giver"] = {each.name: getattr(self.giver, each.name) for each in fields(self.giver)}
        return kept

    def _cells(self) -> tuple[Cell, ...]:
        again = None if self.ask_again is AskAgain.NOT_SAID else self.ask_again
        days = {
            Decision.REFUSED: self._day(self.ask_again_on) if again is AskAgain.ON_DATE else None,
            Decision.DECIDE_LATER: self._day(self.later_on),
            Decision.NOT_ABLE_NOW: self._day(self.able_on),
        }
        return tuple(
            Cell(
                org=place[0],
                purpose=place[1],
                decision=said,
                scope=self.scope_of(place) if said is Decision.AGREED else None,
                ask_again=again if said is Decision.REFUSED else None,
                ask_again_on=days.get(said),
            )
            for place, said in self.given.items()
        )

    def _statement(self, script: str) -> str:
        if not self.agreed:
            return ""
        return self.own_words.strip() or (script if self.agreed_to_script else "")

    def _day(self, typed: Typed) -> date | None:
        return parse_day(typed, record="consent", field="ask_again_on")


def can_choose_scope(purpose: Purpose) -> bool:
    """Answer whether the person chooses how much is told for a purpose; for totals, research and news it is fixed."""
    return HIGHEST_SCOPE[purpose] is not Scope.CONTACT


def restored(values: Mapping[str, Any]) -> Talk:
    """Return a talk from a draft; what this version does not know is left out."""
    giver = values.get("giver") or {}
    return Talk(
        given={(OrganisationId(UUID(org)), Purpose(purpose)): Decision(said) for org, purpose, said in values["given"]},
        scope=Scope(values["scope"]) if values.get("scope") else None,
        less={(OrganisationId(UUID(org)), Purpose(purpose)): Scope(told) for org, purpose, told in values["less"]},
        ask_again=AskAgain(values["ask_again"]) if values.get("ask_again") else None,
        ask_again_on=_typed(values.get("ask_again_on")),
        later_on=_typed(values.get("later_on")),
        able_on=_typed(values.get("able_on")),
        giver=_giver(giver),
        method=ConsentMethod(values["method"]) if values.get("method") else None,
        agreed_to_script=bool(values.get("agreed_to_script")),
        own_words=str(values.get("own_words", "")),
        read_back=bool(values.get("read_back")),
        witness_name=str(values.get("witness_name", "")),
        witness_role=str(values.get("witness_role", "")),
        format=WordingFormat(values.get("format") or WordingFormat.STANDARD),
        interpreter_name=str(values.get("interpreter_name", "")),
    )


def _giver(values: Mapping[str, Any]) -> Giver:
    return Giver(
        by=GivenBy(values.get("by") or GivenBy.SELF),
        name=str(values.get("name", "")),
        evidence=str(values.get("evidence", "")),
        capacity=Capacity(values.get("capacity") or Capacity.PRESUMED),
        checked_by=str(values.get("checked_by", "")),
        checked_on=_typed(values.get("checked_on")),
        support=str(values.get("support", "")),
        age=AgeCheck(values["age"]) if values.get("age") else None,
        gillick=Gillick(values["gillick"]) if values.get("gillick") else None,
        understood=str(values.get("understood", "")),
        could_go_wrong=str(values.get("could_go_wrong", "")),
        parent_told=YesNo(values.get("parent_told") or YesNo.UNKNOWN),
        parent_told_why=str(values.get("parent_told_why", "")),
    )


def _typed(values: Any) -> Typed:
    return (str(values[0]), str(values[1]), str(values[2])) if values else NO_DAY
