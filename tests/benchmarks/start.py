"""From starting the program to a sign-in window one can type in, against a bare window with the same libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.figures import Figure, percentile, seconds

TIMES = 9

_PROGRAM = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app.security.process import protect_process
from tests.benchmarks.place import POLICY
from dataclasses import replace
import os
protect_process(os.environ)
application = QApplication(["alongside"])
from app.paths import LaptopPaths
from app.security.device_secret import FolderlessStore
from ui.__main__ import front_door
from ui.gate import Gate
from ui.pages.sign_in import SignInPage
paths = LaptopPaths(folder=Path(sys.argv[1]))
door = replace(front_door(POLICY), paths=paths, store_for=lambda name, vault: FolderlessStore(paths.mark))
gate = Gate(door)
gate.window.show()
gate.begin()
while not isinstance(gate.page, SignInPage) or not gate.page.isVisible():
    application.processEvents()
application.processEvents()
os._exit(0)
"""

_BARE = """
import os, sys
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
application = QApplication(["bare"])
before = set(sys.modules)
{imports}
window = QMainWindow()
window.setCentralWidget(QLineEdit())
window.show()
while not window.centralWidget().isVisible():
    application.processEvents()
application.processEvents()
os._exit(0)
"""

_OURS = ("app", "ui", "sync", "resources", "tests")


def measure(place: Path) -> list[Figure]:
    """Start both in turn; the bare window imports every library that the program has loaded by then."""
    listing = _PROGRAM.replace("os._exit(0)", "print(' '.join(sorted(sys.modules)), flush=True); os._exit(0)")
    loaded = subprocess.run([sys.executable, "-c", listing, str(place)], capture_output=True, text=True, check=True)
    libraries = sorted({name.partition(".")[0] for name in loaded.stdout.split()} - set(_OURS) - {"__main__"})
    tops = [name for name in libraries if not name.startswith("_")]
    imports = "\n".join(f"try:\n    import {name}\nexcept ImportError:\n    pass" for name in tops)
    bare = _BARE.format(imports=imports)
    program_s, bare_s = [], []
    for _ in range(TIMES):
        program_s.append(seconds(lambda: _run(_PROGRAM, place)))
        bare_s.append(seconds(lambda: _run(bare, place)))
    name = f"program start to a usable sign-in window, median of {TIMES}"
    value, floor = percentile(program_s, 50), percentile(bare_s, 50)
    return [Figure(name=name, value=value, unit="s", floor=floor, goal=1.5)]


def _run(program: str, place: Path) -> None:
    subprocess.run([sys.executable, "-c", program, str(place)], check=True, capture_output=True)
