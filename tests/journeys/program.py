"""Gate and desk on the folder of a test; nothing acts in them but what comes over the accessibility bus."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.security.process import protect_process
from tests.ui.desk.program import front_door


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0])
    command = (sys.executable, __file__, str(folder))
    door = replace(
        front_door(folder), gate_command=command, desk_command=lambda argument: (*command, "--desk", argument)
    )
    protect_process(os.environ)
    QApplication(["alongside"])
    # As in the real program, each process imports its own half.
    if "--desk" in arguments:
        from ui.desk_process import run_desk

        return run_desk(door, arguments[2])
    from ui.gate import run_gate

    return run_gate(door)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
