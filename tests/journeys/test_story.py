"""The main job on real parts: real PostgreSQL, real service, two real laptops, real windows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.demo.laptops import PASSWORD
from tests.demo.scan import plaintext_hits
from tests.demo.story import told
from tests.demo.world import World
from ui.pyside_guard import keep_singletons


@pytest.mark.timeout(420)
def test_recorded_without_network_in_the_partners_hands_with_it_gone_when_withdrawn(
    tmp_path: Path, qapp: QApplication
) -> None:
    keep_singletons()
    said: list[str] = []
    world = World(tmp_path, say=said.append)
    try:
        world.live(said.append)
        with told(world, None, said.append) as story:
            whole = story.play()
            failed = [(step.name, step.why) for step in story.steps if not step.ok]
            words = story.words()
        assert whole, failed
        assert story.figures["withdrawal_to_gone_s"] > 0
        folders = [tmp_path / name for name in ("ward", "partner", "lead", "office")]
        assert plaintext_hits(folders, words) == []
    finally:
        world.close()


def test_the_search_for_readable_words_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(f"signed in with {PASSWORD}", encoding="utf-8")
    (tmp_path / "settings.bin").write_bytes("Wójcik".encode("utf-16-le"))
    assert plaintext_hits([tmp_path], [PASSWORD, "Wójcik"]) == [("log.txt", PASSWORD), ("settings.bin", "Wójcik")]
