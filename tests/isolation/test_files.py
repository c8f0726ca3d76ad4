"""The bytes of files lie outside the database: whoever may not hold the record gets nothing, whichever wall stands."""

from __future__ import annotations

from random import Random

import pytest

from app.domain.codes import NoteLevel
from sync.protocol.messages import BLOB
from tests.central.filing import Filed, file_beside, put_all
from tests.helpers import files
from tests.isolation.members import MEMBERS, World
from tests.isolation.probes import UNIFORM, Prober
from tests.isolation.test_isolation import STANDING, Leave
from tests.isolation.walls import Wall

every_wall = pytest.mark.parametrize("standing", STANDING.values(), ids=STANDING.keys())


def file_everybody(world: World) -> dict[str, Filed]:
    """Let each member register somebody, and lay one file beside a note of theirs that is ticked for partners."""
    found = {}
    for member in MEMBERS:
        known = world.register(member, Random(7))
        filed = file_beside(known.ward, files.TEXT, level=NoteLevel.PARTNERS_AGREED, mime="txt")
        assert put_all(known.ward.device, filed) == [(201, "available")]
        found[member] = filed
    return found


def probers(world: World, filed: dict[str, Filed]) -> dict[str, Prober]:
    hashes = {each.record.id: each.sha for each in filed.values()}
    own = {known.home: known.ward for known in world.people}
    return {member: Prober(world.devices[member], own[member], hashes) for member in MEMBERS}


@every_wall
def test_each_question_about_each_file_of_others_is_not_found(
    world: World, leave_only: Leave, standing: frozenset[Wall]
) -> None:
    filed = file_everybody(world)
    leave_only(standing)
    for member, prober in probers(world, filed).items():
        for owner, each in filed.items():
            answers = {question.__name__: question(prober, each.record.id) for question in UNIFORM[BLOB]}
            if owner == member:
                assert answers["get_its_file"].status == 206
                assert answers["ask_how_much_of_its_file_is_here"].status == 200
                continue
            absent = {question.__name__: question(prober, prober.device.ids()) for question in UNIFORM[BLOB]}
            assert {answer.status for answer in answers.values()} == {404}, (member, owner)
            assert answers == absent


def test_with_both_walls_down_a_file_of_others_is_given(world: World, leave_only: Leave) -> None:
    """The questions can find a hole."""
    filed = file_everybody(world)
    leave_only(frozenset())
    asking = probers(world, filed)
    given = {asking[member].get_its_file(filed[owner].record.id).status for member in MEMBERS for owner in MEMBERS}
    assert given == {206}
