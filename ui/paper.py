"""Paper and files: printing plain text and saving it, through the system's own choosers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from ui.theme import FAMILY


class Saved(Enum):
    """What became of a wish to save a file."""

    DONE = auto()
    LEFT = auto()
    REFUSED = auto()


def choose_printer(parent: QWidget, printer: QPrinter) -> bool:
    """Let a person choose printer and pages in the system's own chooser; False when they went back."""
    return QPrintDialog(printer, parent).exec() == QDialog.DialogCode.Accepted


def choose_file(parent: QWidget, name: str) -> str:
    """Let a person choose where a file goes in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getSaveFileName(parent, "", name)
    return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """The ways out of the program onto paper and into a file.

    Attributes:
        choose_printer: Asks for a printer; sets it up and answers whether to go on.
        choose_file: Asks for a place; answers it, or nothing.
    """

    choose_printer: Callable[[QWidget, QPrinter], bool] = choose_printer
    choose_file: Callable[[QWidget, str], str] = choose_file

    def print_text(self, parent: QWidget, text: str, *, points: int) -> bool:
        """Print `text` as plain text; False when the person went back."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if not self.choose_printer(parent, printer):
            return False
        document = QTextDocument()
        document.setDefaultFont(QFont(FAMILY, points))
        document.setPlainText(text)
        document.print_(printer)
        return True

    def save_text(self, parent: QWidget, text: str, *, name: str) -> Saved:
        """Save `text` where the person says: done, left undone, or refused by the place they chose."""
        chosen = self.choose_file(parent, name)
        if not chosen:
            return Saved.LEFT
        try:
            Path(chosen).write_text(text, encoding="utf-8")
        except OSError:
            return Saved.REFUSED
        return Saved.DONE
