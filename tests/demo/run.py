"""One run of the demonstration, from an empty folder to the figures."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication

from tests.demo.laptops import PASSWORD
from tests.demo.scan import plaintext_hits
from tests.demo.story import told
from tests.demo.world import World
from ui.pyside_guard import keep_singletons


@dataclass
class Outcome:
    """What a run came to, as `story.json` holds it."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    consent_to_partner_s: float | None = None
    withdrawal_to_gone_s: float | None = None
    plaintext_hits: int = 0
    data_dirs: list[str] = field(default_factory=list)
    password_only: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every step went as told and nothing readable was found."""
        return bool(self.steps) and all(step["ok"] for step in self.steps) and not self.plaintext_hits

    def words(self) -> str:
        """Return the outcome to read."""
        lines = [
            f"{'ok  ' if step['ok'] else 'FAIL'} {step['name']:<18} {step['seconds']:6.2f} s  {step['why']}"
            for step in self.steps
        ]
        lines.append(f"consent to partner: {self.consent_to_partner_s} s after the network came back")
        lines.append(f"withdrawal to gone: {self.withdrawal_to_gone_s} s after the network came back")
        lines.append(f"readable words in the files of both laptops: {self.plaintext_hits}")
        return "\n".join(lines)


def run(folder: Path, *, headless: bool, out: Path | None) -> Outcome:
    """Set up the world, live through the past weeks, play the story; with a display leave both windows open."""
    application = QApplication.instance() or QApplication(["alongside-demo"])
    assert isinstance(application, QApplication)
    keep_singletons()
    pictures = None if out is None else out / "pictures"
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    world = World(folder, say=_say)
    outcome = Outcome(
        data_dirs=[str(folder / "ward"), str(folder / "partner")], password_only=world.policy.password_only
    )
    try:
        world.live(_say)
        with told(world, pictures, _say) as story:
            story.play()
        outcome.steps = [vars(step) for step in story.steps]
        outcome.consent_to_partner_s = story.figures.get("consent_to_partner_s")
        outcome.withdrawal_to_gone_s = story.figures.get("withdrawal_to_gone_s")
        hits = plaintext_hits([folder / "ward", folder / "partner"], story.words())
        outcome.plaintext_hits = len(hits)
        if not headless:
            _leave_open(world)
    finally:
        world.close()
    return outcome


def _leave_open(world: World) -> None:
    """Start both laptops as two programs, each with its own sign-in, and wait until both are closed."""
    _say(f"Both laptops are yours. The password is: {PASSWORD}")
    programs = []
    for laptop in (world.ward, world.partner):
        if laptop.open is not None:
            laptop.shut()
        programs.append(subprocess.Popen([sys.executable, "-m", "tests.demo.front", str(laptop.paths.folder)]))
    for program in programs:
        program.wait()


def _say(words: str) -> None:
    print(words, flush=True)
