"""What a receipt on paper takes, beside an empty page set by the same library."""

from __future__ import annotations

from statistics import median

import typst

from app.printing.sheet import Block, Layout, Picture, Sheet
from app.printing.typeset import Typesetter
from tests.benchmarks.figures import Figure, percentile, seconds

TIMES = 40


def measure() -> list[Figure]:
    """Set a receipt of six charities in every layout, the first one with fonts to load, and as a page to print."""
    first = seconds(lambda: Typesetter().pdf(_receipt(Layout.STANDARD)))
    setter = Typesetter()
    fonts = typst.Fonts(include_system_fonts=False)
    # Each is another text: the library remembers what it has set before.
    blank = [f"{number}".encode() for number in range(TIMES)]
    empty = median(
        seconds(lambda page=page: typst.Compiler(page, font_paths=fonts).compile(format="pdf")) for page in blank
    )
    figures = [Figure(name="receipt: the first PDF, fonts loaded", value=first * 1000, unit="ms", goal=100)]
    for layout in Layout:
        took = [seconds(lambda n=n, layout=layout: setter.pdf(_receipt(layout, n))) * 1000 for n in range(TIMES)]
        figures += [
            Figure(name=f"receipt, {layout}: PDF, p95", value=percentile(took, 95), unit="ms", goal=100),
            Figure(name=f"receipt, {layout}: PDF, median", value=median(took), unit="ms", floor=empty * 1000),
        ]
    pages = median(seconds(lambda n=n: setter.pages(_receipt(Layout.STANDARD, n))) for n in range(TIMES // 4)) * 1000
    return [*figures, Figure(name="receipt: page for a printer at 300 dpi, median", value=pages, unit="ms")]


def _receipt(layout: Layout, number: int = 0) -> Sheet:
    said = tuple(
        (
            f"Charity {each} may get in touch with you {number}.",
            "They know how to reach you.",
            "Until 20 February 2028.",
        )
        for each in range(12)
    )
    block = Block(heading="You said yes to this", items=said, picture=Picture.YES, picture_words="a tick: yes")
    return Sheet(title="Your answers about sharing", language="en-GB", layout=layout, sender="Aspire", blocks=(block,))
