"""The window around the pages: header, navigation, status line, cover; no knowledge of records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.on_demand import on_demand

if TYPE_CHECKING:
    from ui.shell.rail import NavigationEntry
    from ui.shell.shell import Shell
    from ui.shell.theme_keeper import ThemeKeeper
    from ui.shell.window import Window

__all__ = ["NavigationEntry", "Shell", "ThemeKeeper", "Window"]

# A gate needs a third of the parts, and is to be up within a second of a lock: each is loaded when first used.
__getattr__ = on_demand(
    __name__,
    {
        "ui.shell.rail": ("NavigationEntry",),
        "ui.shell.shell": ("Shell",),
        "ui.shell.theme_keeper": ("ThemeKeeper",),
        "ui.shell.window": ("Window",),
    },
)
