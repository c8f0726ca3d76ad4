"""What stands on one print, as plain values: no layout, and no text that anybody could turn into a command."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layout(StrEnum):
    """How a sheet is set.

    `standard` 12 point, `large_print` 18 point (RNIB's clear print starts at 16), `easy_read` one idea a line beside a
    picture, `discreet` two narrow columns that fold to a quarter of the page.
    """

    STANDARD = "standard"
    LARGE_PRINT = "large_print"
    EASY_READ = "easy_read"
    DISCREET = "discreet"


class Picture(StrEnum):
    """The drawings an Easy Read sheet may carry; each is a file of `resources/icons`."""

    NONE = ""
    YES = "tick"
    NO = "cross"
    LATER = "clock"
    ANOTHER_DAY = "pause"
    STOP = "hand"
    KEPT = "lock"
    ASK = "help"
    ABOUT = "information"
    PERSON = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One part of a sheet.

    Attributes:
        heading: what it is about; empty for text that follows the title.
        items: its points, each as sentences in their order.
        picture: the drawing beside it in Easy Read.
        picture_words: what the drawing shows, for who does not see it.
        is_list: points with marks; otherwise paragraphs.
        columns: the heads of a table below the points; the first names its rows.
        rows: the rows of that table, each as long as `columns`.
    """

    heading: str = ""
    items: tuple[tuple[str, ...], ...] = ()
    picture: Picture = Picture.NONE
    picture_words: str = ""
    is_list: bool = True
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Each point as one line, and each row of the table."""
        points = tuple(" ".join(sentences) for sentences in self.items)
        return points + tuple(" | ".join(row) for row in (self.columns, *self.rows) if row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One print.

    Attributes:
        title: its heading, and the title in the file's metadata.
        language: BCP 47, so that a screen reader speaks it rightly.
        layout: how it is set.
        sender: who gives it, above the title; empty on a discreet one.
        blocks: its parts; one without points is left out.
        footer: the quiet line at the foot of each page.
    """

    title: str
    language: str
    layout: Layout = Layout.STANDARD
    sender: str = ""
    blocks: tuple[Block, ...] = ()
    footer: str = ""

    @property
    def text(self) -> str:
        """The whole sheet as plain text, for the page on the screen and for tests."""
        parts = [self.title]
        parts += ["\n".join(filter(None, [block.heading, *block.lines])) for block in self.blocks if block.items]
        return "\n\n".join(parts) + "\n"
