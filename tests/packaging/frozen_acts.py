"""Sets a laptop up, registers a person, sends, locks and signs in again, over AT-SPI; notes what was seen.

Runs under the system's Python, with the hands of tests/journeys/journey.py.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "journeys"))

from journey import Journey, is_showing, name_of, pause, role_of, walk


def main(result: Path) -> int:
    acts = json.loads((result.parent / "acts.json").read_text(encoding="utf-8"))
    journey = Journey()
    journey.begin("set up")
    journey.fill("The slip", acts["slip"])
    journey.look_at_names("set up")
    journey.fill("A password for this laptop", acts["password"])
    journey.press("Finish")
    journey.press("Not now, ask me at the next sign-in")
    journey.begin("record")
    journey.press("Go to People")
    journey.press("Register a person")
    journey.fill("Full name", acts["full_name"])
    journey.press("The hospital is not in the list")
    journey.fill("Name of the hospital", acts["hospital"])
    journey.press("Add this hospital")
    journey.wait_until_gone("Add this hospital")
    journey.press("Save this person")
    journey.wait_for(acts["full_name"])
    journey.look_at_names("person")
    wait_for_beginning("Everything sent.")
    journey.begin("lock")
    journey.press("Lock F8")
    journey.begin("sign in")
    journey.wait_for("Sign in", lambda each: each.get_n_actions() > 0)
    journey.fill("Password", acts["password"])
    journey.press("Sign in")
    # Nobody confirmed the parts: three new ones are shown, as the page for IT says.
    journey.press("Not now, ask me at the next sign-in")
    journey.wait_for(acts["full_name"])
    journey.seen["titles"] = sorted({name_of(each) for each in walk() if role_of(each) in {"frame", "window"}})
    result.write_text(json.dumps(journey.seen), encoding="utf-8")
    return 0


def wait_for_beginning(words: str) -> None:
    """Wait until something on screen begins with these words."""
    until = time.monotonic() + 60
    while not any(name_of(each).startswith(words) and is_showing(each) for each in walk()):
        if time.monotonic() > until:
            raise SystemExit(f"nothing said {words!r}")
        pause()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
