"""Random histories of three members against an oracle, and every question with every id of others: walls up, and one
at a time (sync.md 10 and 14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests
import yaml

from sync.central.api.routes import HEALTH, ROUTES
from tests.central.story import agree, refer
from tests.isolation.members import MEMBERS, SERVICES, World, ids_of_others
from tests.isolation.probes import CLAIMING, UNIFORM, Prober, Question
from tests.isolation.walls import Wall
from tests.openapi.document import FILE

BOTH = frozenset(Wall)
STANDING = {
    "both walls": BOTH,
    "the database alone": frozenset({Wall.DATABASE}),
    "the service alone": frozenset({Wall.API}),
}
ACTS = 14
IDS_OF_A_KIND = 1

every_wall = pytest.mark.parametrize("standing", STANDING.values(), ids=STANDING.keys())
Leave = Callable[[frozenset[Wall]], None]


@every_wall
@pytest.mark.parametrize("seed", range(2))
def test_each_member_holds_exactly_what_consent_opens_to_it(
    world: World, leave_only: Leave, standing: frozenset[Wall], seed: int
) -> None:
    leave_only(standing)
    world.play(seed, ACTS)
    world.check_holdings()


@every_wall
@pytest.mark.parametrize("seed", range(10, 11))
def test_no_question_with_an_id_of_others_is_answered_or_changes_anything(
    world: World, leave_only: Leave, standing: frozenset[Wall], seed: int
) -> None:
    world.play(seed, ACTS)
    leave_only(standing)
    random = Random(seed)
    for member in MEMBERS:
        before, hidden = world.state_of_others(member), world.words_not_for(member)
        prober = prober_of(world, member)
        for kind, ids in ids_of_others(world, member).items():
            assert ids, kind
            for it in random.sample(ids, min(IDS_OF_A_KIND, len(ids))):
                for question in questions():
                    answer = question(prober, it)
                    leaked = {word for word in hidden if word in answer.text}
                    assert not leaked, (member, kind, question.__name__, world.acts)
        assert world.state_of_others(member) == before, (member, world.acts)
    world.check_holdings()


@pytest.mark.parametrize("standing", [BOTH, STANDING["the service alone"]], ids=["both walls", "the service alone"])
def test_not_yours_and_not_there_are_one_answer(world: World, leave_only: Leave, standing: frozenset[Wall]) -> None:
    world.play(20, ACTS)
    leave_only(standing)
    for member in MEMBERS:
        prober = prober_of(world, member)
        for kind, ids in ids_of_others(world, member).items():
            for endpoint, asked in UNIFORM.items():
                for question in asked:
                    there, absent = question(prober, ids[0]), question(prober, prober.device.ids())
                    assert there == absent, (member, kind, endpoint, question.__name__)


def test_an_id_that_is_taken_cannot_be_had_and_the_answer_is_a_code(world: World) -> None:
    world.play(21, ACTS)
    for member in MEMBERS:
        prober, ids = prober_of(world, member), ids_of_others(world, member)
        for question, kind in CLAIMING.items():
            answer = question(prober, ids[kind][0])
            assert answer.status == 200, (member, kind, answer)
            assert '"st":"held"' in answer.text or '"st":"rejected"' in answer.text, (member, kind, answer)
            assert '"body"' not in answer.text


def test_an_op_under_the_id_of_anothers_op_is_refused_alone_and_the_same_again(world: World) -> None:
    world.play(21, 0)
    theirs = ids_of_others(world, "aspire")["op"][0]
    device, (person, *_) = world.devices["aspire"], [known.ward for known in world.people if known.home == "aspire"]
    patch = device.patch(person.person, "person", changes={"pronouns": "they"})
    ops = device.numbered([msgspec.structs.replace(patch, op_id=theirs, txn=device.ids()), patch])
    first = device.push_numbered(ops)
    assert [(result.state, result.code) for result in first] == [("rejected", "id_reuse"), ("applied", "")]
    assert device.push_numbered(ops) == first
    assert device.push(device.patch(person.person, "person", changes={"pronouns": "she"}))[0].state == "applied"


def test_with_both_walls_down_the_same_questions_are_answered(world: World, leave_only: Leave) -> None:
    """The questions can find a hole: without walls they read and change what is others'."""
    world.play(22, ACTS)
    leave_only(frozenset())
    told: set[str] = set()
    changed = False
    for member in MEMBERS:
        before, hidden = world.state_of_others(member), world.words_not_for(member)
        prober = prober_of(world, member)
        for ids in ids_of_others(world, member).values():
            for question in questions():
                answer = question(prober, ids[0])
                told |= {question.__name__ for word in hidden if word in answer.text}
        changed |= world.state_of_others(member) != before
    assert {"pull_its_scope", "pull_it_beside_mine"} <= told
    assert changed


def test_the_oracle_notices_a_record_that_stays_and_one_that_is_missing(world: World) -> None:
    """The comparison can fail, both ways."""
    known = world.register("aspire", Random(1))
    for told in (True, False):
        known.told = {"sia"} if told else set()
        if not told:
            agree(known.ward, "sia")
            refer(known.ward, SERVICES["sia"], org="sia")
        with pytest.raises(AssertionError):
            world.check_holdings()
    known.told = {"sia"}
    world.check_holdings()


def test_every_endpoint_is_asked() -> None:
    """A new endpoint needs its questions."""
    paths = {path.replace(":str}", "}") for handler in ROUTES for path in handler.paths}  # type: ignore[union-attr]
    assert paths - {HEALTH} <= set(UNIFORM)


def test_every_operation_of_the_document_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a new method on a path that is asked otherwise needs a question; what counts is what was really sent."""
    world.play(1, 0)
    prober = prober_of(world, "aspire")
    sent: set[tuple[str, str]] = set()
    send = requests.Session.request

    def noted(session: requests.Session, method: str, url: str, **given: Any) -> requests.Response:
        sent.add((method, urlsplit(url).path))
        return send(session, method, url, **given)

    monkeypatch.setattr(requests.Session, "request", noted)
    for question in questions():
        question(prober, prober.device.ids())
    operations = {
        (method.upper(), path)
        for path, methods in yaml.safe_load(FILE.read_text(encoding="utf-8"))["paths"].items()
        for method in methods
        if method in {"get", "put", "post", "delete", "head", "patch"} and path != HEALTH
    }
    assert len(operations) > 11
    never = {
        (method, path)
        for method, path in operations
        if not any(method == used and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), at) for used, at in sent)
    }
    assert never == set()


def questions() -> list[Question]:
    return [question for asked in UNIFORM.values() for question in asked] + list(CLAIMING)


def prober_of(world: World, member: str) -> Prober:
    own = next(known.ward for known in world.people if known.home == member)
    return Prober(world.devices[member], own)
