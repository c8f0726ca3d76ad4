"""What the window and `alongsidectl` say of updates: announced in words with what to do, and never installed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app import __version__
from app.config import Policy
from tests.helpers.vaults import Clock
from tests.sync.test_updates import Ground
from tests.ui.desk.conftest import door_of
from tests.ui.test_checking import machine
from ui.checking import verify_update
from ui.pages.update_part import UpdatePart
from ui.updating import UpdateWatch
from ui.widgets import Manner


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    made = Ground(tmp_path / "updates", now=datetime.now(UTC))
    return for_this_system(made)


def for_this_system(ground: Ground) -> Ground:
    deb = ground.folder / "alongside_1.2.0.package"
    deb.write_bytes(b"package" * 100)
    ground.repository.publish([(sys.platform, deb)], version="1.2.0", min_schema=1, keys=ground.keys)
    return ground


@pytest.fixture
def part_for(qapp: QApplication, qtbot: Any, tmp_path: Path, ground: Ground) -> Callable[..., UpdatePart]:
    def build(policy: Policy, *, root: bytes | None = ground.root, stick: str = "") -> UpdatePart:
        door = door_of(tmp_path / "vault", Clock(), time.monotonic, policy)
        watch = UpdateWatch(door, root=root, parent=qapp)
        part = UpdatePart(watch, choose=lambda _parent: stick)
        qtbot.addWidget(part)
        part.show()
        watch.begin()
        qtbot.waitUntil(lambda: not watch.looked.is_looking, timeout=10_000)
        return part

    return build


def test_an_update_in_the_place_of_it_is_announced_with_what_to_do(
    part_for: Callable[..., UpdatePart], ground: Ground
) -> None:
    part = part_for(Policy(update_source=ground.source))
    assert part.banner.statement.words == "Version 1.2.0 is ready, and its signatures are right."
    assert part.banner.detail.words.startswith("Your IT installs it: tell them")
    assert part.version.words == f"This is version {__version__}."
    assert part.look_button.isVisible()


def test_a_stick_is_looked_at_when_somebody_chooses_it(
    part_for: Callable[..., UpdatePart], ground: Ground, qtbot: Any
) -> None:
    part = part_for(Policy(), stick=ground.source)
    assert part.banner.statement.words.startswith("Your IT installs updates.")
    assert not part.look_button.isVisible()
    part.stick_button.click()
    qtbot.waitUntil(lambda: "1.2.0" in part.banner.statement.words, timeout=10_000)
    assert part.stick_button.isEnabled()


def test_an_old_stick_is_refused_in_words(part_for: Callable[..., UpdatePart], tmp_path: Path, qtbot: Any) -> None:
    old = Ground(tmp_path / "old", now=datetime.now(UTC) - timedelta(days=91))
    part = part_for(Policy(), stick=old.source, root=old.root)
    part.stick_button.click()
    qtbot.waitUntil(lambda: part.banner.manner is Manner.ATTENTION, timeout=10_000)
    assert part.banner.statement.words == "This list of updates is too old to be trusted."
    assert "new stick" in part.banner.detail.words


def test_a_copy_without_a_root_says_so_and_does_not_look_by_itself(
    part_for: Callable[..., UpdatePart], ground: Ground, qtbot: Any
) -> None:
    part = part_for(Policy(update_source=ground.source), root=None)
    assert part.banner.statement.words == "Nobody has looked for an update since you signed in."
    part.look_button.click()
    qtbot.waitUntil(lambda: part.banner.manner is Manner.ATTENTION, timeout=10_000)
    assert "without the keys" in part.banner.statement.words


def test_where_it_switched_it_off_nobody_looks(part_for: Callable[..., UpdatePart], ground: Ground) -> None:
    part = part_for(Policy(update_source=ground.source, update_mode="off"))
    assert "does not want this laptop to look" in part.banner.statement.words
    assert not part.look_button.isVisible()
    assert not part.stick_button.isVisible()


def test_the_command_tells_what_a_folder_holds_and_checks_a_package(tmp_path: Path, ground: Ground) -> None:
    place = machine(tmp_path)
    answer = verify_update(place, Path(ground.source), root=ground.root)
    assert (answer.code, answer.text) == (0, "Version 1.2.0 is ready: alongside_1.2.0.package.")
    (package,) = ground.repository.targets.glob("*.alongside_1.2.0.package")
    assert verify_update(place, package, root=ground.root).text.endswith("signed, and of version 1.2.0.")
    package.write_bytes(b"something else")
    answer = verify_update(place, package, root=ground.root)
    assert (answer.code, answer.text.partition(":")[0]) == (8, "update.altered")
    assert verify_update(place, tmp_path / "x.deb", root=ground.root).code == 8
    assert verify_update(place, Path(ground.source), root=None).text.startswith("update.no_root")
    away = replace(place, configuration=machine(tmp_path, update_source="/nowhere/updates").configuration)
    assert verify_update(away, tmp_path / "x.deb", root=ground.root).text.startswith("update.not_found")
