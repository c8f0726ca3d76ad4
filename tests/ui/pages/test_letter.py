"""Letters about a referral: which step they speak of, what they leave out, and the ways onto paper."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from app.domain.codes import ReferralState
from app.domain.ids import ReferralId
from app.printing.sheet import Layout
from app.use_cases import referrals
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.test_receipt import HEALTH_WORDS
from ui.context import PageContext
from ui.pages.letter import LetterPage
from ui.pages.referral import ReferralPage
from ui.paper import Paper

S = ReferralState


@pytest.fixture
def referral(laptop: Laptop) -> ReferralId:
    return kit.sent(laptop)[1]


def step(laptop: Laptop, referral: ReferralId, to: ReferralState, **more: Any) -> None:
    act = {"actor": kit.INTAKE, "now": laptop.clock.forward(hours=1)}
    match to:
        case S.RECEIVED:
            referrals.open_as_receiver(laptop.vault, **act, referral_id=referral)
        case S.ACCEPTED:
            referrals.accept(laptop.vault, **act, referral_id=referral, **more)


def accepted(laptop: Laptop, referral: ReferralId) -> None:
    step(laptop, referral, S.RECEIVED)
    step(laptop, referral, S.ACCEPTED, first_step_on=date(2026, 12, 4))


def test_before_an_answer_there_is_nothing_to_write(context: PageContext, referral: ReferralId, shown: Any) -> None:
    page = shown(LetterPage(context), referral)
    assert page.nothing.isVisible()
    assert not page.part.isVisible()
    assert not shown(ReferralPage(context), referral).letter_button.isVisible()


def test_an_acceptance_is_told_with_its_first_step(
    context: PageContext, laptop: Laptop, referral: ReferralId, shown: Any
) -> None:
    accepted(laptop, referral)
    page = shown(LetterPage(context), referral)
    assert page.part.shown.title == "Back Up has said yes"
    assert "Dear Sam," in page.part.text
    assert "The first step is planned for 4 December 2026." in page.part.text
    assert "Ring us on 01632 960101" in page.part.text
    *_, signed, written = page.part.text.splitlines()
    assert signed.endswith(", Aspire")
    assert written.startswith("Written on ")


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("language", ["en-GB", "cy"])
def test_no_letter_says_a_health_word_and_the_discreet_one_no_charity(
    context: PageContext, laptop: Laptop, referral: ReferralId, shown: Any, layout: Layout, language: str
) -> None:
    accepted(laptop, referral)
    page = shown(LetterPage(context), referral)
    page.part.form.choices[layout].click()
    page.part.language.choices[language].click()
    written = page.part.text.casefold()
    banned = (*HEALTH_WORDS, "aspire", "back up") if layout is Layout.DISCREET else HEALTH_WORDS
    for word in banned:
        assert word not in written


def test_the_letter_is_reached_from_the_referral_and_saved_as_pdf(
    context: PageContext, laptop: Laptop, referral: ReferralId, shown: Any, settled: Any, went: Any, tmp_path: Path
) -> None:
    accepted(laptop, referral)
    shown(ReferralPage(context), referral).letter_button.click()
    assert went.places[-1] == ("letter", referral)
    page = shown(LetterPage(context, paper=Paper(choose_file=lambda _parent, name: str(tmp_path / name))), referral)
    page.part.save_button.click()
    settled()
    (target,) = tmp_path.glob("letter *.pdf")
    assert "Back Up has said yes" in PdfReader(target).pages[0].extract_text()
