"""The real gate and the real desk as processes, with somebody in front who does what a measurement asks.

`python -m tests.benchmarks.program window|sign_in [--desk PIPES]`, in the environment that `start.py` makes. Each
process writes moments of the monotonic clock, which all processes of a machine share, as lines to standard error.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from typing_extensions import override

from app.config import usable
from app.security.process import protect_process
from tests.benchmarks.passwords import NO_STRETCH, PASSWORD
from tests.benchmarks.watch import Painted
from ui.__main__ import front_door
from ui.front_door import FrontDoor
from ui.machine import machine_configuration


def tell(name: str, **more: Any) -> None:
    """Write a moment."""
    print(json.dumps({"name": name, "at": time.monotonic(), **more}), file=sys.stderr, flush=True)


def main() -> int:
    """Be the gate, or the desk it has started."""
    act = sys.argv[1]
    protect_process(os.environ)
    QApplication(["alongside"])
    # No keyring is asked for: those of two machines cannot be compared.
    door = front_door(replace(usable(machine_configuration()), password_only=True))
    if act == "sign_in":
        door = replace(door, desk_command=_desk_command, cost=NO_STRETCH, floor=NO_STRETCH)
    return _desk(door, sys.argv[3]) if "--desk" in sys.argv else _gate(door, act)


def _desk_command(argument: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.benchmarks.program", "sign_in", "--desk", argument)


def _gate(door: FrontDoor, act: str) -> int:
    from ui.gate import Gate  # each process imports its own half, as in ui/__main__.py

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    gate = Gate(door)
    visitor = _Visitor(gate, act)
    gate.ended.connect(application.quit)
    gate.begin()
    gate.window.show()
    code = application.exec()
    gate.close()
    del visitor
    return code


class _Visitor(QObject):
    """Waits for the sign-in page, and signs in or leaves."""

    def __init__(self, gate: Any, act: str) -> None:
        super().__init__()
        self._gate = gate
        self._act = act
        self._is_seen = False
        gate.window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watch the page as soon as it is put into the window."""
        from ui.pages.sign_in import SignInPage

        if event.type() == QEvent.Type.ChildPolished and isinstance(self._gate.page, SignInPage):
            Painted(self._gate.page, self._on_painted)
        return False

    def _on_painted(self) -> None:
        if self._is_seen or not self._gate.page.password.isEnabled():
            return
        self._is_seen = True
        libraries = sorted(name for name in sys.modules if _is_library(name))
        tell("window", libraries=libraries)
        if self._act == "window":
            os._exit(0)
        # Long enough for the desk that waits to be ready: nobody types a password sooner.
        QTimer.singleShot(4_000, self._on_typed)

    def _on_typed(self) -> None:
        page = self._gate.page
        QTest.keyClicks(page.password.line, PASSWORD)
        tell("sign_in")
        page.sign_in_button.click()


def _is_library(name: str) -> bool:
    """Answer whether a module came with a package: not ours, not Python's own."""
    top = name.partition(".")[0]
    ours = {"app", "ui", "sync", "resources", "tests", "__main__", "__mp_main__"}
    module = sys.modules[name]
    return top not in ours and "site-packages" in str(getattr(module, "__file__", None) or "")


def _desk(door: FrontDoor, argument: str) -> int:
    from ui.desk_process import DeskProcess, run_desk
    from ui.pages.people import PeoplePage

    def watch(process: DeskProcess) -> None:
        def on_ready() -> None:
            assert process.desk is not None
            process.desk.open("people")
            page = process.desk.page
            assert isinstance(page, PeoplePage)
            Painted(page.table.viewport(), on_painted)

        def on_painted() -> None:
            assert process.desk is not None
            page = process.desk.page
            if isinstance(page, PeoplePage) and page.table.rows.rowCount():
                tell("list", rows=page.table.rows.rowCount())
                process.desk.lock()

        def on_locked(_starts_gate: bool) -> None:
            os._exit(0)

        process.ended.disconnect()
        process.ended.connect(on_locked)
        process.failed.connect(lambda error: tell("failed", code=error.code))
        process.ready.connect(on_ready)

    return run_desk(door, argument, watch=watch)


if __name__ == "__main__":
    sys.exit(main())
