"""Paper and files: pages onto a printer and bytes into a file, through the system's own choosers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRect
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.errors import VaultError
from app.security.atomic_file import replace_file


class Saved(Enum):
    """What became of a wish to save a file."""

    DONE = auto()
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

    def printer(self, parent: QWidget) -> QPrinter | None:
        """Return the printer that the person chose, ready for whole A4 pages; None when they went back."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        # The pages carry margins of their own; a second margin would shrink 18 points to less.
        printer.setFullPage(True)
        printer.setPageOrientation(QPageLayout.Orientation.Portrait)
        return printer if self.choose_printer(parent, printer) else None

    def place(self, parent: QWidget, name: str) -> Path | None:
        """Return where the person wants a file called `name`; None when they went back."""
        chosen = self.choose_file(parent, name)
        if not chosen:
            return None
        place = Path(chosen)
        return place if place.suffix else place.with_suffix(Path(name).suffix)


def print_pages(printer: QPrinter, pages: Iterable[bytes]) -> None:
    """Print pages that came as PNG, each over the whole sheet."""
    painter = QPainter(printer)
    try:
        for number, page in enumerate(pages):
            if number:
                printer.newPage()
            sheet = printer.paperRect(QPrinter.Unit.DevicePixel).toRect()
            painter.drawImage(QRect(0, 0, sheet.width(), sheet.height()), QImage.fromData(page))
    finally:
        painter.end()


def save(place: Path, content: bytes) -> Saved:
    """Write a file whole or not at all."""
    try:
        replace_file(place, content)
    except VaultError:
        return Saved.REFUSED
    return Saved.DONE


def saved_words(saved: Saved) -> str:
    """Return what became of a file in words, with what to do next."""
    match saved:
        case Saved.DONE:
            return QCoreApplication.translate("paper", "Saved as a file. Delete the file when it was handed over.")
        case Saved.REFUSED:
            return QCoreApplication.translate("paper", "It could not be saved there. Choose another place.")
