"""Two versions of one record: each merge class, what holds for any change, and stamps that no clock can bend."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bodies import body_of
from app.domain.directory import Service
from app.domain.field_merge import MOVES
from app.domain.merging import Change, Merged, MergeOutcome, apply_change, change_between, merge
from app.domain.paragraphs import merge_paragraphs
from app.domain.person import ContactPoint, Injury, Person
from app.domain.record import Record
from app.domain.referral import Referral, ReferralEvent
from app.domain.stamps import Stamp, stamp_of
from app.domain.task import Task
from app.errors import BadInputError, BadTransitionError
from tests.domain.record_kit import injury, mobile, person, referral, service, step, task

RECEIVED = "2026-05-03T12:00:00.000Z"
NOON = int(datetime(2026, 5, 3, 12, tzinfo=UTC).timestamp() * 1000)


def at(minutes: int, node: str = "a1") -> str:
    """Return a stamp some minutes from noon."""
    return f"{NOON + minutes * 60_000}-0-{node}"


def merged(kind: type[Record], current: dict[str, Any], change: Change, **fields: Any) -> Merged:
    """Merge one change, written at eleven and received at noon."""
    known: dict[str, Any] = {"stamps": {}, "stamp": at(-60), "received": RECEIVED}
    return merge(kind, current=current, change=change, **{**known, **fields})


NOVA = body_of(person(known_as="Nov"))


def test_a_value_the_writer_had_seen_is_replaced() -> None:
    result = merged(Person, NOVA, Change(set={"known_as": "Novi"}, base={"known_as": "Nov"}), rev=4)
    assert result.body == {**NOVA, "known_as": "Novi"}
    assert result.outcome is MergeOutcome.APPLIED
    assert result.stamps == {"known_as": f"{at(-60)}@4"}


def test_a_value_that_is_there_already_changes_nothing() -> None:
    result = merged(Person, NOVA, Change(set={"known_as": "Nov"}, base={"known_as": "N"}))
    assert (result.body, result.stamps, result.outcome) == (NOVA, {}, MergeOutcome.APPLIED)
    assert not result.overwritten


def test_an_empty_value_clears_a_field() -> None:
    for empty in ("", None):
        result = merged(Person, NOVA, Change(set={"known_as": empty}, base={"known_as": "Nov"}))
        assert "known_as" not in result.body


def test_of_two_writes_of_one_field_the_later_stands_and_the_loser_is_kept() -> None:
    stamps = {"known_as": f"{at(-90, 'b2')}@5"}
    change = Change(set={"known_as": "Novi"}, base={"known_as": "N"})
    later = merged(Person, NOVA, change, stamps=stamps)
    assert later.body["known_as"] == "Novi"
    assert later.overwritten == {"known_as": "Nov"}
    assert later.outcome is MergeOutcome.APPLIED
    earlier = merged(Person, NOVA, change, stamps=stamps, stamp=at(-120))
    assert earlier.body["known_as"] == "Nov"
    assert earlier.overwritten == {"known_as": "Novi"}
    assert earlier.outcome is MergeOutcome.MERGED


def test_writes_of_one_moment_are_put_in_order_by_laptop() -> None:
    change = Change(set={"known_as": "Novi"}, base={"known_as": "N"})
    stamps = {"known_as": f"{at(-60, 'b2')}@5"}
    assert merged(Person, NOVA, change, stamps=stamps, stamp=at(-60, "a1")).body["known_as"] == "Nov"
    assert merged(Person, NOVA, change, stamps=stamps, stamp=at(-60, "c3")).body["known_as"] == "Novi"


def test_a_clock_that_runs_ahead_counts_as_the_moment_of_receipt() -> None:
    ahead = merged(Person, NOVA, Change(set={"known_as": "Novi"}, base={"known_as": "Nov"}), stamp=at(60 * 24 * 7))
    assert stamp_of(ahead.stamps["known_as"]).milliseconds == NOON
    afterwards = Change(set={"known_as": "Nova A."}, base={"known_as": "Nov"})
    won = merge(
        Person,
        current=ahead.body,
        stamps=ahead.stamps,
        change=afterwards,
        stamp=at(5, "b2"),
        received="2026-05-03T12:06:00.000Z",
    )
    assert won.body["known_as"] == "Nova A."


def test_a_clock_that_runs_behind_is_not_older_than_what_its_writer_saw() -> None:
    stamps = {"known_as": f"{at(-1, 'b2')}@5"}
    written = merged(Person, NOVA, Change(set={"known_as": "Novi"}, base={"known_as": "Nov"}), stamps=stamps)
    assert stamp_of(written.stamps["known_as"]) > stamp_of(stamps["known_as"])


def test_a_clash_of_identity_goes_to_a_person_and_the_standing_value_stays() -> None:
    result = merged(Person, NOVA, Change(set={"family_name": "Achtenberg"}, base={"family_name": "Acht"}))
    assert result.body == NOVA
    assert result.outcome is MergeOutcome.CONFLICT
    assert result.clashes == {"family_name": ("Achterberg", "Achtenberg")}
    unclashed = merged(Person, NOVA, Change(set={"family_name": "Achtenberg"}, base={"family_name": "Achterberg"}))
    assert unclashed.body["family_name"] == "Achtenberg"


def test_two_laptops_that_fill_one_empty_identity_field_differently_clash() -> None:
    born = {**NOVA, "dob": "1987-03-05"}
    assert merged(Person, born, Change(set={"dob": "1987-05-03"})).clashes == {"dob": ("1987-03-05", "1987-05-03")}


def test_paragraphs_that_do_not_touch_are_joined() -> None:
    base, theirs, mine = "One.\n\nTwo.\n\nThree.", "One!\n\nTwo.\n\nThree.", "One.\n\nTwo.\n\nThree!"
    current = {**body_of(service()), "description": theirs}
    result = merged(Service, current, Change(set={"description": mine}, base={"description": base}))
    assert result.body["description"] == "One!\n\nTwo.\n\nThree!"
    assert result.outcome is MergeOutcome.MERGED


def test_paragraphs_that_touch_go_to_a_person_with_both_texts() -> None:
    current = {**body_of(service()), "description": "One!"}
    result = merged(Service, current, Change(set={"description": "One?"}, base={"description": "One."}))
    assert result.clashes == {"description": ("One!", "One?")}
    assert result.body["description"] == "One!"


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=5).map("\n\n".join)


@given(TEXTS, TEXTS)
def test_a_text_that_only_one_side_changed_is_that_side(base: str, changed: str) -> None:
    assert merge_paragraphs(base, base, changed) == changed
    assert merge_paragraphs(base, changed, base) == changed
    assert merge_paragraphs(base, changed, changed) == changed


@given(TEXTS, TEXTS, TEXTS)
def test_joined_texts_hold_no_paragraph_that_nobody_wrote(base: str, theirs: str, mine: str) -> None:
    joined = merge_paragraphs(base, theirs, mine)
    assert joined == merge_paragraphs(base, mine, theirs)
    if joined is not None:
        assert set(joined.split("\n\n")) <= set(f"{base}\n\n{theirs}\n\n{mine}".split("\n\n")) | {""}


def test_one_laptop_removes_a_permission_and_another_adds_it_so_it_is_gone() -> None:
    held = {**body_of(mobile()), "may_use": ["call", "voicemail"]}
    removed = merged(ContactPoint, held, Change(rem={"may_use": ["voicemail"]}), stamp=at(-50, "a1"), rev=8, base_rev=7)
    added = merged(
        ContactPoint,
        removed.body,
        Change(add={"may_use": ["voicemail"]}),
        stamps=removed.stamps,
        stamp=at(-10, "b2"),
        rev=9,
        base_rev=6,
    )
    assert added.body["may_use"] == ["call"]
    assert added.outcome is MergeOutcome.MERGED


def test_a_permission_given_again_by_somebody_who_saw_it_removed_stands() -> None:
    held = {**body_of(mobile()), "may_use": ["call", "voicemail"]}
    removed = merged(ContactPoint, held, Change(rem={"may_use": ["voicemail"]}), stamp=at(-50, "a1"), rev=8, base_rev=7)
    change = Change(add={"may_use": ["voicemail"]})
    for node, base_rev in (("b2", 8), ("a1", 7)):
        again = merged(
            ContactPoint,
            removed.body,
            change,
            stamps=removed.stamps,
            stamp=at(-70, node),
            rev=9,
            base_rev=base_rev,
        )
        assert again.body["may_use"] == ["call", "voicemail"]
        assert again.outcome is MergeOutcome.APPLIED


def test_one_laptop_adds_a_need_and_another_removes_it_so_it_stays() -> None:
    held = {**NOVA, "needs": ["course"]}
    added = merged(Person, held, Change(add={"needs": ["course"]}), stamp=at(-50, "a1"), rev=8, base_rev=7)
    removed = merged(
        Person,
        added.body,
        Change(rem={"needs": ["course"]}),
        stamps=added.stamps,
        stamp=at(-5, "b2"),
        rev=9,
        base_rev=6,
    )
    assert removed.body["needs"] == ["course"]
    assert removed.outcome is MergeOutcome.MERGED
    seen = merged(
        Person,
        added.body,
        Change(rem={"needs": ["course"]}),
        stamps=added.stamps,
        stamp=at(-5, "b2"),
        rev=9,
        base_rev=8,
    )
    assert "needs" not in seen.body


def test_a_set_written_whole_counts_as_what_was_added_and_removed() -> None:
    held = {**NOVA, "needs": ["course", "housing", "work"]}
    change = Change(set={"needs": ["course", "legal"]}, base={"needs": ["course", "housing"]})
    assert merged(Person, held, change).body["needs"] == ["course", "legal", "work"]


def test_a_flag_raised_beats_a_clearing_that_had_not_seen_it() -> None:
    raised = merged(Person, NOVA, Change(set={"see_lead": True}), stamp=at(-50, "a1"), rev=8, base_rev=7)
    assert raised.body["see_lead"] is True
    clear = Change(set={"see_lead": False}, base={"see_lead": True})
    unseen = merged(Person, raised.body, clear, stamps=raised.stamps, stamp=at(-5, "b2"), rev=9, base_rev=7)
    assert unseen.body["see_lead"] is True
    assert unseen.outcome is MergeOutcome.MERGED
    seen = merged(Person, raised.body, clear, stamps=raised.stamps, stamp=at(-5, "b2"), rev=9, base_rev=8)
    assert "see_lead" not in seen.body


def test_the_charity_name_may_not_be_said_once_anybody_says_no() -> None:
    held = {**body_of(mobile()), "may_say_charity_name": True}
    no = Change(set={"may_say_charity_name": False}, base={"may_say_charity_name": True})
    silenced = merged(ContactPoint, held, no, stamp=at(-50, "a1"), rev=8, base_rev=7)
    assert "may_say_charity_name" not in silenced.body
    yes = Change(set={"may_say_charity_name": True})
    again = merged(ContactPoint, silenced.body, yes, stamps=silenced.stamps, stamp=at(-5, "b2"), rev=9, base_rev=7)
    assert "may_say_charity_name" not in again.body
    assert again.outcome is MergeOutcome.MERGED


def test_what_never_changes_is_refused_by_name() -> None:
    for kind, body, field, code in (
        (Person, NOVA, "org", "person.org.not_permitted"),
        (ReferralEvent, body_of(step(referral().state, 1)), "reason", "referral_event.reason.not_permitted"),
        (Referral, {**body_of(referral()), "state": "sent"}, "why", "referral.why.not_permitted"),
        (Referral, body_of(referral()), "state", "referral.state.not_permitted"),
        (Referral, body_of(referral()), "person", "referral.person.not_permitted"),
    ):
        with pytest.raises(BadInputError) as refused:
            merged(kind, body, Change(set={field: "x"}, base={field: body.get(field)}))
        assert refused.value.code == code
    with pytest.raises(BadInputError, match=r"person\.known_as\.bad_format"):
        merged(Person, NOVA, Change(add={"known_as": ["x"]}))


def test_a_draft_may_still_change_what_it_asks_for() -> None:
    draft = body_of(referral())
    change = change_between(Referral, draft, {**draft, "why": "Grant for a chair.", "needs": ["equipment_grant"]})
    assert merged(Referral, draft, change).body["needs"] == ["equipment_grant"]


def test_small_state_machines_go_only_where_they_may() -> None:
    died = {**NOVA, "status": "died"}
    assert merged(Person, NOVA, Change(set={"status": "died"}, base={"status": "closed"})).body["status"] == "died"
    with pytest.raises(BadTransitionError) as refused:
        merged(Person, died, Change(set={"status": "closed"}, base={"status": "died"}))
    assert refused.value.code == "person.bad_transition"
    assert refused.value.detail == {"state": "died"}
    assert all("erased" not in goes for goes in MOVES["person", "status"].values())  # type: ignore[index]


def test_a_task_that_is_done_stays_done() -> None:
    done = {**body_of(task()), "state": "done"}
    for wanted in ("open", "dropped"):
        result = merged(Task, done, Change(set={"state": wanted}, base={"state": "open"}))
        assert result.body["state"] == "done"
        assert result.outcome is MergeOutcome.MERGED


def test_an_edit_does_not_bring_back_what_was_archived() -> None:
    archived = {**body_of(injury()), "archived": True}
    assert merged(Injury, archived, Change(set={"cause": "fall"})).body["archived"] is True


def test_a_field_of_a_newer_version_is_kept_as_it_came() -> None:
    newer = {**NOVA, "pets": "cat"}
    assert merged(Person, newer, Change(set={"known_as": "N"}, base={"known_as": "Nov"})).body["pets"] == "cat"
    assert merged(Person, newer, Change(set={"pets": "dog"}, base={"pets": "cat"})).body["pets"] == "dog"


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "known_as": st.sampled_from(["", "Nov", "Novi"]),
    "pronouns": st.sampled_from(["", "she/her"]),
    "given_name": st.sampled_from(["", "Nova", "Noor"]),
    "language": st.sampled_from(["en-GB", "cy"]),
    "see_lead": st.booleans(),
}
ELEMENTS = st.lists(st.sampled_from(["course", "housing", "work"]), unique=True)
STAMPS = st.builds(at, st.integers(-100, 0), st.sampled_from(["a1", "b2"]))


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a body of a person."""
    drawn = {name: draw(values) for name, values in VALUES.items()}
    return {name: value for name, value in {**NOVA, **drawn, "needs": sorted(draw(ELEMENTS))}.items() if value}


@st.composite
def changes(draw: st.DrawFn, fields: tuple[str, ...] = tuple(VALUES), sets: bool = True) -> Change:
    """Draw a change with a base that may or may not be what the service holds."""
    names = draw(st.lists(st.sampled_from(fields), unique=True)) if fields else []
    return Change(
        set={name: draw(VALUES[name]) for name in names},
        base={name: draw(VALUES[name]) for name in names},
        add={"needs": draw(ELEMENTS)} if sets else {},
        rem={"needs": draw(ELEMENTS)} if sets else {},
    )


@given(bodies(), changes(), STAMPS)
def test_the_same_change_again_changes_nothing(current: dict[str, Any], change: Change, stamp: str) -> None:
    once = merged(Person, current, change, stamp=stamp, rev=5, base_rev=4)
    twice = merged(Person, once.body, change, stamps=once.stamps, stamp=stamp, rev=5, base_rev=4)
    assert twice.body == once.body
    assert twice.clashes == once.clashes


@given(
    bodies(),
    changes(fields=("known_as", "given_name"), sets=False),
    changes(fields=("pronouns", "language", "see_lead")),
    STAMPS,
    STAMPS,
)
def test_changes_of_different_fields_may_come_in_any_order(
    current: dict[str, Any], one: Change, other: Change, first: str, second: str
) -> None:
    def after(*writes: tuple[Change, str]) -> dict[str, Any]:
        body, stamps = current, {}
        for change, stamp in writes:
            result = merged(Person, body, change, stamps=stamps, stamp=stamp)
            body, stamps = result.body, result.stamps
        return body

    assert after((one, first), (other, second)) == after((other, second), (one, first))


@given(bodies(), changes(), STAMPS, st.dictionaries(st.sampled_from(list(VALUES)), STAMPS))
def test_no_value_stands_that_nobody_wrote(
    current: dict[str, Any], change: Change, stamp: str, stamps: dict[str, str]
) -> None:
    result = merged(Person, current, change, stamp=stamp, stamps=stamps)
    for name in VALUES:
        written = [current.get(name) or None, *([change.set[name] or None] if name in change.set else [])]
        assert result.body.get(name) in written
    asked = {*current.get("needs", ()), *change.add["needs"]}
    assert set(result.body.get("needs", ())) <= asked
    assert result.body.keys() - current.keys() <= change.fields


@given(bodies(), STAMPS)
def test_a_change_to_what_stands_already_is_nothing(current: dict[str, Any], stamp: str) -> None:
    change = Change(set={name: current.get(name) for name in VALUES if name != "see_lead"})
    result = merged(Person, current, change, stamp=stamp)
    assert (result.body, result.stamps) == (current, {})
    assert result.outcome is MergeOutcome.APPLIED
    assert not result.overwritten
    assert not result.clashes


@given(bodies(), bodies())
def test_the_change_between_two_bodies_leads_from_one_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    change = change_between(Person, before, after)
    assert apply_change(Person, before, change) == after
    result = merged(Person, before, change)
    assert result.body == after
    assert result.outcome is MergeOutcome.APPLIED
    assert change_between(Person, after, after).is_empty


def test_a_laptop_shows_a_change_as_its_writer_means_it() -> None:
    change = Change(set={"known_as": None, "status": "closed"}, add={"needs": ["work", "course"]})
    shown = apply_change(Person, NOVA, change)
    assert shown["needs"] == ["course", "work"]
    assert shown["status"] == "closed"
    assert "known_as" not in shown


def test_a_stamp_that_is_none_is_refused() -> None:
    for text in ("", "yesterday", "12-x-a1", "-1", "²", "12-1-a1@x"):
        with pytest.raises(BadInputError, match=r"op\.hlc\.bad_format"):
            stamp_of(text)


def test_stamps_come_back_from_their_text_and_keep_their_order() -> None:
    stamp = Stamp(1763800000123, 4, "a1-b2", 7)
    assert str(stamp) == "1763800000123-4-a1-b2@7"
    assert stamp_of(str(stamp)) == stamp
    assert stamp_of("1763800000123-10-a") > stamp_of("1763800000123-4-b")
    assert stamp.moment == datetime(2025, 11, 22, 8, 26, 40, 123000, tzinfo=UTC)
