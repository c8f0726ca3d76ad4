"""The window around the pages: header, navigation, status line, cover; no knowledge of records."""

from ui.shell.rail import NavigationEntry
from ui.shell.shell import Shell
from ui.shell.theme_keeper import ThemeKeeper
from ui.shell.window import Window

__all__ = ["NavigationEntry", "Shell", "ThemeKeeper", "Window"]
