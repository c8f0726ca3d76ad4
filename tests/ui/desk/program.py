"""The real gate and the real desk as processes of their own, on a folder of a test and without a keyring.

What the real program takes from the machine is handed in here: the folder, a cheap cost of passwords. What a person
would do is read from `acts.json` in that folder: for gates and for desks one entry each, in the order of their starts.
Each writes what it saw as one line into the pipe `diary` of that folder.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

import resources
from app.config import Policy
from app.paths import LaptopPaths
from app.security.device_secret import FolderlessStore
from app.security.passwords import Cost, load_password_rules
from app.security.process import protect_process
from ui.front_door import FrontDoor

if TYPE_CHECKING:
    from ui.desk import Desk
    from ui.desk_process import DeskProcess
    from ui.pages.register_person import RegisterPersonPage

LOOK_MS = 20
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)

# As in the real program, each process imports its own half.


def front_door(folder: Path) -> FrontDoor:
    paths = LaptopPaths(folder=folder / "vault")
    command = (sys.executable, __file__, str(folder))
    return FrontDoor(
        paths=paths,
        policy=Policy(password_only=True),
        clock=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        random_bytes=os.urandom,
        fraction=lambda: 0.5,
        store_for=lambda _name, _vault: FolderlessStore(paths.mark),
        new_store=lambda _vault: FolderlessStore(paths.mark),
        gate_command=command,
        desk_command=lambda argument: (*command, "--desk", argument),
        password_rules=load_password_rules(resources.path("passwords")),
        cost=CHEAP,
        floor=CHEAP,
    )


class Person(QObject):
    """Looks at a window every few milliseconds and does the next thing once it can be done."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__()
        self._folder, self._name = folder, name
        self._steps: list[Callable[[], bool]] = []
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def act(self, *steps: Callable[[], bool]) -> None:
        """Do `steps` one after the other; each answers whether it is done."""
        self._steps = list(steps)
        self._timer.start()

    def write(self, **seen: Any) -> bool:
        """Add a line to the diary."""
        line = json.dumps({"who": self._name, "at": time.time(), **seen})
        with (self._folder / "diary").open("w", encoding="utf-8") as diary:
            diary.write(line + "\n")
        return True

    def _look(self) -> None:
        if not self._steps:
            self._timer.stop()
        elif self._steps[0]():
            self._steps.pop(0)


def next_act(folder: Path, kind: str) -> dict[str, Any]:
    """Take this process's entry from the list of acts of its kind."""
    path = folder / "acts.json"
    acts = json.loads(path.read_text(encoding="utf-8"))
    mine = acts[kind].pop(0) if acts[kind] else {}
    path.write_text(json.dumps(acts), encoding="utf-8")
    return mine


def run_acting_gate(folder: Path) -> int:
    from ui.gate import Gate
    from ui.pages.open_failed import OpenFailedPage
    from ui.pages.sign_in import SignInPage

    act = next_act(folder, "gate")
    application = QApplication.instance()
    assert application is not None
    gate = Gate(front_door(folder))
    person = Person(folder, "gate")
    gate.ended.connect(application.quit)
    gate.begin()
    gate.window.show()

    def sees_a_page() -> bool:
        page = gate.page
        if isinstance(page, OpenFailedPage):
            person.write(saw="open_failed", words=page.reason.statement.words)
            application.quit()
            return True
        return isinstance(page, SignInPage)

    def types() -> bool:
        page = gate.page
        if isinstance(page, SignInPage):
            person.write(saw="sign_in", names=[choice.text() for choice in page.people.choices.values()])
            page.password.set_text(act["password"])
            page.sign_in_button.click()
        return True

    def is_told() -> bool:
        page = gate.page
        if isinstance(page, SignInPage) and (page.errors.isVisible() or page.wait.isVisible()):
            told = page.errors.accessibleDescription() if page.errors.isVisible() else page.wait.statement.words
            person.write(saw="refused", words=told)
            application.quit()
            return True
        return False

    person.act(sees_a_page, types, is_told)
    code = application.exec()
    person.write(saw="gate ended")
    gate.close()
    return code


def watch_desk(folder: Path, process: DeskProcess) -> None:
    from ui.pages.register_person import RegisterPersonPage

    person = Person(folder, "desk")
    act = next_act(folder, "desk")
    process.setProperty("person", person)

    process.failed.connect(lambda error: person.write(saw="open_failed", code=error.code))

    def desk() -> Desk:
        assert process.desk is not None
        return process.desk

    def form() -> RegisterPersonPage:
        page = desk().page
        assert isinstance(page, RegisterPersonPage)
        return page

    def is_up() -> bool:
        return process.desk is not None and process.desk.page is not None and process.desk.context.jobs.is_idle

    def types() -> bool:
        if "type" in act:
            desk().open("register_person")
        return True

    def fills() -> bool:
        if "type" in act:
            if not desk().context.jobs.is_idle:
                return False
            form().form.ward.set_text(act["type"])
            form().form.ward.focus_control()
        return True

    def says() -> bool:
        if not desk().context.jobs.is_idle:
            return False
        page = desk().page
        ward = page.form.ward.text if isinstance(page, RegisterPersonPage) else ""
        focused = desk().shell.focusWidget()
        return person.write(
            saw=desk().page_key,
            ward=ward,
            focused=focused.accessibleName() if focused is not None else "",
            title=desk().shell.windowTitle(),
        )

    def locks() -> bool:
        if act.get("then") == "lock":
            person.write(saw="lock pressed")
            desk().shell.header.lock_button.click()
            person.write(saw="hidden" if desk().shell.isHidden() else "still shown")
        elif act.get("then") == "close":
            desk().shell.close()
            person.write(saw="closed")
        return True

    process.ready.connect(lambda: person.act(is_up, types, fills, says, locks))


def main(arguments: list[str]) -> int:
    protect_process(os.environ)
    folder = Path(arguments[0])
    QApplication(["alongside"])
    if "--desk" in arguments:
        from ui.desk_process import run_desk

        return run_desk(front_door(folder), arguments[2], watch=lambda process: watch_desk(folder, process))
    return run_acting_gate(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
