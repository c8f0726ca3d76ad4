"""Signs in and registers a person over AT-SPI: texts are set and actions done, as a switch or a voice does it.

Runs under the system's Python. Writes what it saw and how many steps each part took; the test asserts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 - the version is chosen first

LIMIT_S = 30.0
MOST_LOOKED_AT = 1_500
"""Cap on a walk: a table of 200 rows has 804 children."""

UNNAMED_ROLES = {"push button", "button", "text", "password text", "check box", "radio button", "combo box", "link"}


class Journey:
    def __init__(self) -> None:
        self.seen: dict[str, Any] = {"steps": {}, "nameless": []}
        self._part = ""

    def begin(self, part: str) -> None:
        self._part = part
        self.seen["steps"][part] = 0

    def press(self, name: str) -> None:
        control = self.wait_for(name, lambda each: each.get_n_actions() > 0)
        control.get_action_iface().do_action(0)
        self.seen["steps"][self._part] += 1

    def fill(self, name: str, text: str) -> None:
        control = self.wait_for(name, lambda each: each.get_editable_text_iface() is not None)
        control.get_editable_text_iface().set_text_contents(text)
        self.seen["steps"][self._part] += 1

    def wait_for(self, name: str, fits: Callable[[Any], bool] = lambda _each: True) -> Any:
        """Return the control of that name that is on screen, as soon as there is one."""
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            for each in walk():
                if name_of(each) == name and is_showing(each) and fits(each):
                    return each
            pause()
        names = sorted({name_of(each) for each in walk() if is_showing(each)})
        raise SystemExit(f"{name!r} did not come; on screen: {names}")

    def wait_until_gone(self, name: str) -> None:
        """Return once no control of that name is on screen: what it was pressed for is done."""
        until = time.monotonic() + LIMIT_S
        while any(name_of(each) == name and is_showing(each) for each in walk()):
            if time.monotonic() > until:
                raise SystemExit(f"{name!r} did not go")
            pause()

    def look_at_names(self, page: str) -> None:
        """Note every control on screen that says nothing."""
        self.seen["nameless"] += [
            f"{page}: {each.get_role_name()}"
            for each in walk()
            if is_showing(each) and each.get_role_name() in UNNAMED_ROLES and not name_of(each)
        ]


def walk() -> Iterator[Any]:
    """Yield what the program shows, breadth first, as far as it is still there."""
    desktop = Atspi.get_desktop(0)
    todo = [desktop.get_child_at_index(at) for at in range(desktop.get_child_count())]
    looked_at = 0
    while todo and looked_at < MOST_LOOKED_AT:
        each = todo.pop(0)
        looked_at += 1
        try:
            if each is None:
                continue
            yield each
            # What is not on screen has nothing on screen below it; the desktop and programs have no such state.
            if is_showing(each) or each.get_role_name() in {"application", "desktop frame"}:
                todo += [each.get_child_at_index(at) for at in range(min(each.get_child_count(), 300))]
        except GLib.Error:
            continue  # It went away while it was looked at.


def role_of(each: Any) -> str:
    try:
        return each.get_role_name() or ""
    except GLib.Error:
        return ""


def name_of(each: Any) -> str:
    try:
        return each.get_name() or ""
    except GLib.Error:
        return ""


def is_showing(each: Any) -> bool:
    try:
        states = each.get_state_set()
        return states.contains(Atspi.StateType.SHOWING) and states.contains(Atspi.StateType.VISIBLE)
    except GLib.Error:
        return False


def pause() -> None:
    """Let the bus speak for a moment."""
    context = GLib.MainContext.default()
    over = [False]
    GLib.timeout_add(100, lambda: over.__setitem__(0, True))
    while not over[0]:
        context.iteration(True)


def main(result: Path) -> int:
    acts = json.loads((result.parent / "journey.json").read_text(encoding="utf-8"))
    journey = Journey()
    journey.begin("sign in")
    journey.wait_for("Sign in", lambda each: each.get_n_actions() > 0)
    journey.look_at_names("sign in")
    journey.fill("Password", acts["password"])
    journey.press("Sign in")
    journey.begin("to the form")
    journey.press("Go to People")
    journey.press("Register a person")
    journey.begin("register")
    journey.fill("Full name", acts["full_name"])
    journey.look_at_names("register")
    journey.press("The hospital is not in the list")
    journey.fill("Name of the hospital", acts["hospital"])
    journey.press("Add this hospital")
    journey.wait_until_gone("Add this hospital")
    journey.press("Save this person")
    journey.begin("after")
    journey.wait_for(acts["full_name"])
    journey.look_at_names("person")
    journey.seen["titles"] = sorted({name_of(each) for each in walk() if each.get_role_name() in {"frame", "window"}})
    result.write_text(json.dumps(journey.seen), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
