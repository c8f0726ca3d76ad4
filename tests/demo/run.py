"""One run of the demonstration, from an empty folder to the figures."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from PySide6.QtWidgets import QApplication

from tests.demo.laptops import PASSWORD
from tests.demo.scan import plaintext_hits
from tests.demo.story import told
from tests.demo.world import World
from ui.pyside_guard import keep_singletons

LOOK_EVERY_S: Final = 0.5
"""Nobody waits for the demonstration to notice that its windows are closed."""


@dataclass
class Outcome:
    """What a run came to, as `story.json` holds it."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    consent_to_partner_s: float | None = None
    withdrawal_to_gone_s: float | None = None
    plaintext_hits: int = 0
    data_dirs: list[str] = field(default_factory=list)
    kept: bool = False
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
        lines.append(f"readable words in the files of the laptops: {self.plaintext_hits}")
        return "\n".join(lines)


def run(
    folder: Path,
    *,
    headless: bool,
    keep: bool,
    out: Path | None,
    tell: Callable[[Outcome], None],
    started: ExitStack,
) -> Outcome:
    """Set up the world, live through the past weeks, play the story; with a display leave both windows open.

    Args:
        folder: an empty one, for both laptops.
        headless: no window stays open afterwards.
        keep: the folders outlive the run, so the outcome may name them.
        out: where the pictures go.
        tell: is told the outcome once the story is over.
        started: closes what is started here.
    """
    application = QApplication.instance() or QApplication(["alongside-demo"])
    assert isinstance(application, QApplication)
    keep_singletons()
    pictures = None if out is None else out / "pictures"
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    world = World(folder, say=_say)
    started.callback(world.close)
    folders = [folder / "ward", folder / "partner", folder / "lead", folder / "office"]
    outcome = Outcome(data_dirs=[str(each) for each in folders], kept=keep, password_only=world.policy.password_only)
    world.live(_say)
    with told(world, pictures, _say) as story:
        story.play()
    outcome.steps = [vars(step) for step in story.steps]
    outcome.consent_to_partner_s = story.figures.get("consent_to_partner_s")
    outcome.withdrawal_to_gone_s = story.figures.get("withdrawal_to_gone_s")
    outcome.plaintext_hits = len(plaintext_hits(folders, story.words()))
    tell(outcome)
    if not headless:
        _leave_open(world, started)
    return outcome


def _leave_open(world: World, started: ExitStack) -> None:
    """Start both laptops as two programs, each with its own sign-in, and wait until both are closed."""
    _say(f"Both laptops are yours. The password is: {PASSWORD}")
    programs = []
    for laptop in (world.ward, world.partner):
        if laptop.open is not None:
            laptop.shut()
        command = [sys.executable, "-m", "tests.demo.front", str(laptop.paths.folder)]
        program = subprocess.Popen(command, start_new_session=True)
        started.callback(end_program, program)
        programs.append(program)
    for program in programs:
        wait_for_program(program)


def wait_for_program(program: subprocess.Popen[bytes]) -> None:
    """Wait until a laptop is closed: its gate ends once the desk it started is up, and a lock starts another gate."""
    program.wait()
    while _lives(program):
        time.sleep(LOOK_EVERY_S)


def end_program(program: subprocess.Popen[bytes]) -> None:
    """End whatever still runs of a laptop that was started here."""
    if _lives(program):
        os.killpg(program.pid, signal.SIGTERM)
    program.wait()


def _lives(program: subprocess.Popen[bytes]) -> bool:
    program.poll()
    try:
        # A session of its own: its number is that of the gate, and stands as long as one of them runs.
        os.killpg(program.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _say(words: str) -> None:
    print(words, flush=True)
