"""Two laptops that write from one base: what the service makes of both, and what each of them then shows."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.consent import effective
from app.domain.consent_event import ConsentLine
from app.domain.merging import Change, MergeOutcome, apply_change, change_between, merge
from app.domain.person import Person
from tests.domain.consent_kit import BU, agreed, refused, withdrawn
from tests.simulator.oracle import is_open

RECEIVED = "2026-11-22T12:00:00Z"
WORDS = st.sampled_from(["Ada", "Bo", "Cy", "Dee"])
NEEDS = st.lists(st.sampled_from(["benefits", "housing", "peer_mentoring"]), unique=True).map(sorted)
PARAGRAPHS = st.lists(st.sampled_from(["Lives alone.", "Has a ramp.", "Cat: Tom."]), max_size=3).map("\n\n".join)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "given_name": WORDS,
    "known_as": WORDS,
    "pronouns": WORDS,
    "home_situation": PARAGRAPHS,
    "needs": NEEDS,
    "see_lead": st.booleans(),
}
BASE = {"org": "x", "status": "active", "given_name": "Ada", "known_as": "Ada", "home_situation": "Lives alone."}


@st.composite
def perturbed(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """Return a body that differs from a base in a few fields, as one visit leaves it."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), unique=True, min_size=1, max_size=3))
    after = {**base, **{name: draw(FIELDS[name]) for name in names}}
    return {name: value for name, value in after.items() if value not in ("", [], False)}


@st.composite
def bases_and_two(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a base and two bodies made from it, which therefore touch the same fields often."""
    base = draw(perturbed(BASE))
    return base, draw(perturbed(base)), draw(perturbed(base))


def taken(current: dict[str, Any], stamps: dict[str, str], change: Change, *, second: int, rev: int) -> Any:
    return merge(
        Person,
        current=current,
        stamps=stamps,
        change=change,
        stamp=f"17{second:011d}-0-a{second}",
        received=RECEIVED,
        rev=rev,
        base_rev=1,
    )


@given(bases_and_two())
def test_every_value_that_stands_was_written_by_somebody(bodies: tuple[dict[str, Any], ...]) -> None:
    base, one, other = bodies
    first = taken(base, {}, change_between(Person, base, one), second=1, rev=2)
    both = taken(first.body, first.stamps, change_between(Person, base, other), second=2, rev=3)
    for name in FIELDS.keys() - {"needs", "home_situation"}:
        assert both.body.get(name) in (base.get(name), one.get(name), other.get(name))
    written = {*base.get("needs", ()), *one.get("needs", ()), *other.get("needs", ())}
    assert set(both.body.get("needs", ())) <= written


@given(bases_and_two())
def test_no_write_disappears_without_a_word(bodies: tuple[dict[str, Any], ...]) -> None:
    """What somebody wrote stands, or is kept as overwritten, or waits for a person (I1, I10)."""
    base, one, other = bodies
    first = taken(base, {}, change_between(Person, base, one), second=1, rev=2)
    both = taken(first.body, first.stamps, change_between(Person, base, other), second=2, rev=3)
    for name in ("given_name", "known_as", "pronouns"):
        for body in (one, other):
            wrote = body.get(name)
            if wrote == base.get(name):
                continue
            kept = both.overwritten.get(name)
            assert wrote == both.body.get(name) or wrote == kept or wrote in both.clashes.get(name, ())


@given(bases_and_two())
def test_an_applied_change_is_what_its_laptop_shows_already(bodies: tuple[dict[str, Any], ...]) -> None:
    """`applied` sends no body back: where it is said, the laptop's own view has to be the service's."""
    base, _one, other = bodies
    change = change_between(Person, base, other)
    merged = taken(base, {}, change, second=2, rev=2)
    assert merged.outcome is MergeOutcome.APPLIED
    assert merged.body == apply_change(Person, base, change)


@given(bases_and_two())
def test_a_change_taken_twice_is_taken_once(bodies: tuple[dict[str, Any], ...]) -> None:
    base, one, other = bodies
    change = change_between(Person, base, other)
    first = taken(one, {}, change, second=2, rev=2)
    again = taken(first.body, first.stamps, change, second=2, rev=3)
    assert again.body == first.body


NAMES = ("a1", "a2", "a3", "n1", "n2", "w1")


@st.composite
def line_sets(draw: st.DrawFn) -> list[ConsentLine]:
    """Return lines of one organisation and purpose that cite one another as they like, dishonestly too."""
    lines = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        cites = draw(st.lists(st.sampled_from(NAMES), unique=True))
        make = {"a": agreed, "n": refused, "w": withdrawn}[name[0]]
        lines.append(make(name, cites=[cite for cite in cites if cite != name]))
    return lines


@given(lines=line_sets(), randomly=st.randoms(use_true_random=False))
def test_the_rule_and_its_plainest_reading_open_nothing_that_the_other_closes(
    lines: list[ConsentLine], randomly: Any
) -> None:
    """The judge of the simulator folds consent by itself: whatever the program opens, it has to open too (I6)."""
    shuffled = [*lines, *lines]
    randomly.shuffle(shuffled)
    answer = effective(shuffled, org=BU, purpose=agreed("a1").purpose, on=agreed("a1").valid_from)
    events = [{"kind": "answer", "lines": [_plain(line) for line in shuffled]}]
    if answer.opens_reading:
        assert is_open(events, str(BU))


def _plain(line: ConsentLine) -> dict[str, Any]:
    return {
        "line_id": str(line.line_id),
        "org": str(line.org),
        "purpose": str(line.purpose),
        "decision": line.decision.value,
        "cites": [str(cite) for cite in line.cites],
    }
