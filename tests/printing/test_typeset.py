"""Sheets on paper: tagged, in a language, the same each time, and nothing that was typed becomes a command."""

from __future__ import annotations

import io
from itertools import product

import pytest
import typst
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from app.printing.sheet import Block, Layout, Picture, Sheet
from app.printing.typeset import Typesetter

HOSTILE = (
    '#image("/etc/passwd")',
    "#import sys: inputs",
    "$ x^2 $ *bold* _it_ `raw` <b>Bob</b> // gone",
    "@reference <label> \\ #{panic()}",
    '"; } #read("sheet.typ")',
)


@pytest.fixture(scope="module")
def setter() -> Typesetter:
    return Typesetter()


def sheet(layout: Layout = Layout.STANDARD, language: str = "en-GB", **more: object) -> Sheet:
    picture = Picture.YES
    values = {
        "title": "Your answers about sharing",
        "sender": "Aspire",
        "blocks": (
            Block(
                heading="You said yes",
                items=(("They may ring.", "Until May."),),
                picture=picture,
                picture_words="a tick",
            ),
            Block(heading="Empty"),
        ),
        **more,
    }
    return Sheet(language=language, layout=layout, **values)  # type: ignore[arg-type]


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


@pytest.mark.parametrize(("layout", "language"), list(product(Layout, ["en-GB", "cy"])))
def test_every_layout_is_tagged_titled_and_says_its_language(setter: Typesetter, layout: Layout, language: str) -> None:
    root = read(setter.pdf(sheet(layout, language))).trailer["/Root"]
    assert isinstance(root["/StructTreeRoot"], DictionaryObject)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].casefold() == language.casefold()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data().decode()


def test_the_same_sheet_gives_the_same_bytes(setter: Typesetter) -> None:
    assert setter.pdf(sheet()) == Typesetter().pdf(sheet())


def test_a_part_without_points_is_left_out(setter: Typesetter) -> None:
    assert "Empty" not in text_of(setter.pdf(sheet()))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("layout", [Layout.STANDARD, Layout.EASY_READ])
def test_what_was_typed_stays_text(setter: Typesetter, hostile: str, layout: Layout) -> None:
    block = Block(heading=hostile, items=((hostile,),))
    content = setter.pdf(sheet(layout, title=hostile, sender=hostile, footer=hostile, blocks=(block,)))
    plain = hostile.replace(" ", "")
    assert text_of(content).replace(" ", "").count(plain) == 5


def test_a_drawing_without_words_is_refused_in_an_accessible_file(setter: Typesetter) -> None:
    block = Block(items=(("Yes.",),), picture=Picture.YES)
    with pytest.raises((typst.TypstError, RuntimeError)):
        setter.pdf(sheet(Layout.EASY_READ, blocks=(block,)))


def test_large_print_is_18_points_and_a_long_sheet_goes_on_to_numbered_pages(setter: Typesetter) -> None:
    block = Block(heading="Said", items=tuple((f"Point {number}.",) for number in range(40)))
    content = setter.pdf(sheet(Layout.LARGE_PRINT, blocks=(block,), footer="Number 1234."))
    pages = read(content).pages
    assert len(pages) > 1
    assert f"1 / {len(pages)}" in text_of(content)
    sizes: set[float] = set()
    pages[0].extract_text(visitor_text=lambda text, cm, tm, font, size: sizes.add(abs(round(size * tm[0] * cm[0], 1))))
    assert 18.0 in sizes


def test_pages_come_as_pictures_at_the_printer_s_resolution(setter: Typesetter) -> None:
    (page,) = setter.pages(sheet(), dpi=72)
    assert page.startswith(b"\x89PNG")
    width, height = (int.from_bytes(page[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (595, 842) or (width, height) == (596, 842)
