"""Setting sheets with typst: tagged PDF (PDF/UA-1, ISO 14289-1) and PNG pages from the same template, no network."""

from __future__ import annotations

from pathlib import Path

import font_source_sans_pro
import msgspec
import typst

import resources
from app.printing.sheet import Sheet

PRINTER_DPI = 300
_TEMPLATE = "print/sheet.typ"


class Typesetter:
    """Sets sheets; loads its fonts once, so that a second sheet takes milliseconds. Used by one thread at a time."""

    def __init__(self) -> None:
        """Load nothing yet: a program that never prints does not pay for it."""
        self._fonts: typst.Fonts | None = None

    def pdf(self, sheet: Sheet) -> bytes:
        """Return a sheet as tagged PDF/UA-1; the same sheet gives the same bytes.

        What would not be accessible (no title, a drawing without words, a heading left out) is a bug and rises.
        """
        made = self._compiler(sheet).compile(format="pdf", pdf_standards=["ua-1"])
        assert isinstance(made, bytes), "a PDF is one file"
        return made

    def pages(self, sheet: Sheet, *, dpi: float = PRINTER_DPI) -> list[bytes]:
        """Return a sheet's pages as PNG, in their order."""
        made = self._compiler(sheet).compile(format="png", ppi=dpi)
        assert made is not None, "nothing is written to a file here"
        return [made] if isinstance(made, bytes) else made

    def _compiler(self, sheet: Sheet) -> typst.Compiler:
        if self._fonts is None:
            folder = Path(font_source_sans_pro.font_directory)
            self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[folder])
        # Data goes in as JSON text only: a name such as `#image("x")` is text to the template, never a command.
        inputs = {"sheet": msgspec.json.encode(sheet).decode()}
        # `root` keeps every file that a template can name inside what ships.
        return typst.Compiler(
            resources.path(_TEMPLATE), root=resources.path(), font_paths=self._fonts, sys_inputs=inputs
        )
