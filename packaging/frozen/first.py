"""Runs before anything else in a frozen program: gives the environment back as it was before the freezer's loader."""

from __future__ import annotations

import os

# The loader points the system's linker at this folder. What is started from here, a browser or a viewer of
# documents, would load our libraries in place of its own. The linker read it once for this process already.
_before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
os.environ.pop("LD_LIBRARY_PATH", None)
if _before is not None:
    os.environ["LD_LIBRARY_PATH"] = _before

# Gate and desk start each other: each is a program of its own to the loader, which sets the path again.
os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"

# Another Qt's plugins, named by a desktop for its own programs, end this one at its first window.
for _name in ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH"):
    os.environ.pop(_name, None)
