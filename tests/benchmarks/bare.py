"""The floor of a start: a bare window of PySide6 in a process that imports the same libraries, and nothing of ours."""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
from typing_extensions import override


class Window(QMainWindow):
    """Tells when it was painted, and ends."""

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and look at the clock once everything is on the screen."""
        super().paintEvent(event)
        QTimer.singleShot(0, self.on_painted)

    def on_painted(self) -> None:
        """Tell the moment."""
        print(json.dumps({"name": "window", "at": time.monotonic()}), file=sys.stderr, flush=True)
        os._exit(0)


def main() -> None:
    """Import what the file names, and show a window."""
    for name in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        importlib.import_module(name)
    application = QApplication(["bare"])
    window = Window()
    window.setCentralWidget(QLineEdit())
    window.resize(900, 700)
    window.show()
    application.exec()


if __name__ == "__main__":
    main()
