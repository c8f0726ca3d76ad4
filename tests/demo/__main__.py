"""`nox -s demo`: the main job on real components, to play with or to watch.

Without a display, or with `--headless`, the story plays by itself and ends with exit code 0 only if every step
went as told; with a display it plays first and then leaves both windows open. `--out DIR` keeps `story.json` and
a picture of every page; `--keep` leaves the laptops' folders.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import FrameType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s demo --", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="play the story without a screen anywhere")
    parser.add_argument("--out", type=Path, help="folder for story.json and pictures")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the laptops for inspection")
    asked = parser.parse_args(arguments)
    headless = asked.headless or not _has_display()
    if headless:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Only now: Qt reads its platform when the first window is made.
    from tests.demo.run import Outcome, run

    def tell(outcome: Outcome) -> None:
        """Say what the story came to as soon as it is over: the windows may stay open for hours."""
        if asked.out is not None:
            asked.out.mkdir(parents=True, exist_ok=True)
            (asked.out / "story.json").write_text(json.dumps(asdict(outcome), indent=2) + "\n", encoding="utf-8")
        print(outcome.words(), flush=True)

    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="alongside-demo-"))
    with ExitStack() as started:
        # An end that is asked for inside a slot of Qt passes every `finally` by: `atexit` still takes down.
        atexit.register(started.close)
        if not asked.keep:
            started.callback(shutil.rmtree, folder, ignore_errors=True)
        outcome = run(folder, headless=headless, keep=asked.keep, out=asked.out, tell=tell, started=started)
    if asked.keep:
        print(f"The laptops' folders are kept in {folder}")
    return 0 if outcome.is_whole else 1


def _end(number: int, _frame: FrameType | None) -> None:
    """End as after a failure, so that PostgreSQL and the folders go too."""
    raise SystemExit(128 + number)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
