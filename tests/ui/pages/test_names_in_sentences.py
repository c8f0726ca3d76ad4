"""Names in Arabic and Hebrew letters: no sentence around them is turned, on any page about a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextLayout
from PySide6.QtWidgets import QWidget

from tests.helpers.vaults import Laptop
from tests.ui.pages import story
from ui.context import PageContext
from ui.pages.consent import ConsentPage
from ui.pages.people import PeoplePage
from ui.pages.person import PersonPage
from ui.pages.refer import ReferPage
from ui.pages.stop_sharing import StopSharingPage
from ui.pages.vault_page import VaultPage
from ui.widgets import Button, SafeLabel

_ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff]")


def sentences(page: QWidget) -> list[str]:
    """Return every text on a page in which Latin words stand beside a name from the right."""
    texts = [part.words for kind in (SafeLabel, Button) for part in page.findChildren(kind)]
    return [text for text in texts if _RIGHT_TO_LEFT.search(text) and re.search("[A-Za-z]", text)]


@pytest.mark.parametrize("name", ["سمير حداد", "יעל לוי"])
@pytest.mark.parametrize("kind", [PersonPage, ReferPage, StopSharingPage, ConsentPage, PeoplePage])
def test_every_sentence_with_such_a_name_isolates_it(
    name: str, kind: type[VaultPage], laptop: Laptop, context: PageContext, shown: Callable[..., Any]
) -> None:
    person = story.register_sam(laptop, full_name=name, known_as=name.split(maxsplit=1)[0])

    page = shown(kind(context), None if kind is PeoplePage else person)

    found = sentences(page)
    assert found or kind is PeoplePage
    assert [text for text in found if _RIGHT_TO_LEFT.search(_ISOLATED.sub("", text))] == []


def test_a_sentence_that_begins_with_such_a_name_is_laid_out_from_left_to_right(
    laptop: Laptop, context: PageContext, shown: Callable[..., Any]
) -> None:
    person = story.register_sam(laptop, full_name="سمير حداد", known_as="سمير")
    page = shown(StopSharingPage(context), person)
    words = next(text for text in sentences(page) if text.endswith("."))

    layout = QTextLayout(words, QFont())
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(2_000)
    layout.endLayout()

    assert line.cursorToX(len(words))[0] == pytest.approx(line.naturalTextWidth(), abs=2), (
        "the full stop is at the right"
    )
    assert page.layoutDirection() is Qt.LayoutDirection.LeftToRight
