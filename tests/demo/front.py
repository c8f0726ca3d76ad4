"""The front door of a demonstration laptop: `python -m tests.demo.front FOLDER [--desk PIPE]`.

The shipped program has no such switch: it finds its folder, policy and keyring by itself. Here a folder of the
demonstration is handed in, with the policy file beside it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from PySide6.QtWidgets import QApplication

from app.config import read_policy
from tests.demo.cable import Cable
from tests.demo.laptops import POLICY_FILE, DemoLaptop
from ui.desk_process import run_desk
from ui.gate import run_gate

TITLES: Final = MappingProxyType(
    {
        "ward": "Alongside demonstration: Aspire, the laptop on the ward",
        "partner": "Alongside demonstration: Back Up, the laptop of the intake team",
    }
)
"""Two sign-in windows stand side by side: each says whose it is."""


def main(arguments: list[str]) -> int:
    """Run the gate, or with `--desk` the desk that the gate has started."""
    folder = Path(arguments[0])
    policy = read_policy(folder.parent / POLICY_FILE)
    laptop = DemoLaptop(
        folder.name, folder, user={}, cable=Cable("http://127.0.0.1:9"), policy=policy, clock=lambda: datetime.now(UTC)
    )
    door = laptop.front_door()
    QApplication(["alongside-demo"])
    if "--desk" in arguments:
        return run_desk(door, arguments[arguments.index("--desk") + 1])
    return run_gate(door, title=TITLES.get(folder.name, ""))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
