"""The receipt: what it says, what the discreet one leaves out, and the ways onto paper."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QWidget

from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction, ConsentKind, Purpose, ReceiptHow, WordingFormat
from app.domain.consent_event import ConsentEvent
from app.domain.ids import PersonId
from app.printing.sheet import Layout, Picture
from app.use_cases import stops
from app.use_cases.stops import Stop
from tests.helpers.vaults import Laptop
from tests.ui.pages import sharing_kit as kit
from ui.context import PageContext
from ui.pages.consent_done import ConsentDonePage
from ui.pages.receipt_part import receipt_facts
from ui.paper import Paper
from ui.view_models.receipt import ReceiptFacts, receipt
from ui.view_models.subjects import WasRecorded

HEALTH_WORDS = ("spinal", "injury", "mentor", "hospital", "health", "ward")


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return kit.register(laptop)


@pytest.fixture
def facts(laptop: Laptop, sam: PersonId) -> ReceiptFacts:
    recorded = kit.agree(
        laptop, sam, ("aspire", Purpose.CASEWORK), ("back_up", Purpose.REFERRAL_CONTACT), ("back_up", Purpose.MENTORING)
    )
    return receipt_facts(laptop.vault, person_id=sam, event_id=recorded.event_id)


def test_it_names_each_charity_what_it_gets_how_to_stop_and_its_own_number(facts: ReceiptFacts) -> None:
    text = receipt(facts).text
    assert "Back Up may find a mentor for you. They know how to reach you, about the injury, and what you need." in text
    assert "Until 20 February 2028." in text
    assert "Back Up: 01632 960102" in text
    assert "ring 01632 960101" in text
    assert f"22 November 2026, Priya. Number {str(facts.event.id)[-8:]}." in text


def test_it_holds_no_name_no_number_and_no_day_of_birth_of_the_person(facts: ReceiptFacts) -> None:
    text = receipt(facts).text
    for private in ("Samira", "Osei", "Sam ", "1988", "07700", "St David"):
        assert private not in text


@pytest.mark.parametrize("stops_it", [False, True])
def test_the_discreet_one_names_no_charity_and_nothing_about_health(
    stops_it: bool, facts: ReceiptFacts, laptop: Laptop, sam: PersonId
) -> None:
    if stops_it:
        stopped = stops.stop_sharing(laptop.vault, **laptop.act, person_id=sam, stop=Stop())
        facts = receipt_facts(laptop.vault, person_id=sam, event_id=stopped.event_id)
    text = receipt(facts, Layout.DISCREET).text.casefold()
    for word in (*HEALTH_WORDS, "aspire", "back up"):
        assert word not in text
    assert "01632 960102" in text


def test_the_name_of_its_file_says_nothing_about_anybody(facts: ReceiptFacts) -> None:
    assert facts.file_name == f"receipt {str(facts.event.id)[-8:]}"


def test_easy_read_says_one_thing_a_line_beside_a_drawing_with_words(facts: ReceiptFacts) -> None:
    said = next(block for block in receipt(facts, Layout.EASY_READ).blocks if block.items)
    assert said.picture is Picture.YES
    assert said.picture_words == "a tick: yes"
    assert ("They know how to reach you, about the injury, and what you need.") in said.items[0]


def test_the_welsh_one_is_welsh_to_its_last_line(facts: ReceiptFacts) -> None:
    sheet = receipt(facts, language="cy")
    assert sheet.language == "cy"
    assert sheet.title == "Eich atebion am rannu"
    for english in ("You", "They", "Until", "charities", "Number"):
        assert english not in sheet.text
    assert "Tan 20 Chwefror 2028." in sheet.text
    assert "ffoniwch 01632 960101" in sheet.text


def test_a_language_without_words_gets_english(facts: ReceiptFacts) -> None:
    assert receipt(facts, language="pl").language == "en-GB"


def test_a_stop_says_what_stops_what_is_kept_and_whom_to_ring(
    facts: ReceiptFacts, laptop: Laptop, sam: PersonId
) -> None:
    stop = Stop(org=laptop.orgs["back_up"])
    stopped = stops.stop_sharing(laptop.vault, **laptop.act, person_id=sam, stop=stop)
    text = receipt(receipt_facts(laptop.vault, person_id=sam, event_id=stopped.event_id)).text
    assert "What stops\nEverything with Back Up." in text
    assert "Your yes and your stop, to show that you said so." in text
    assert "What Back Up wrote about help it already gave: locked, up to 6 years" in text
    assert "Back Up: 01632 960102" in text


def given_receipts(laptop: Laptop, person: PersonId) -> list[ConsentEvent]:
    with laptop.vault.reading() as read:
        return [event for event in read.of_person(ConsentEvent, person) if event.kind is ConsentKind.RECEIPT_GIVEN]


def done_page(context: PageContext, facts: ReceiptFacts, shown: Callable[..., Any], paper: Paper) -> ConsentDonePage:
    subject = WasRecorded(person_id=facts.event.person, event_id=facts.event.event_id)
    return shown(ConsentDonePage(context, paper=paper), subject)


def test_printing_reaches_the_paper_and_is_recorded(
    context: PageContext,
    laptop: Laptop,
    sam: PersonId,
    facts: ReceiptFacts,
    shown: Any,
    settled: Any,
    tmp_path: Path,
) -> None:
    target = tmp_path / "receipt.pdf"

    def to_pdf(_parent: QWidget, printer: QPrinter) -> bool:
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(target))
        return True

    page = done_page(context, facts, shown, Paper(choose_printer=to_pdf))
    page.receipt.form.choices[Layout.LARGE_PRINT].click()
    page.receipt.print_button.click()
    settled()
    assert target.read_bytes().startswith(b"%PDF")
    kept = given_receipts(laptop, sam)
    assert [(event.receipt_how, event.receipt_format) for event in kept] == [
        (ReceiptHow.PRINTED, WordingFormat.LARGE_PRINT)
    ]


def test_going_back_from_the_printer_records_nothing(
    context: PageContext, laptop: Laptop, sam: PersonId, facts: ReceiptFacts, shown: Any, settled: Any
) -> None:
    page = done_page(context, facts, shown, Paper(choose_printer=lambda _parent, _printer: False))
    page.receipt.print_button.click()
    settled()
    assert given_receipts(laptop, sam) == []
    assert not page.receipt.outcome.isVisible()


def test_saving_writes_a_tagged_pdf_of_the_form_that_is_shown(
    context: PageContext, facts: ReceiptFacts, shown: Any, settled: Any, tmp_path: Path
) -> None:
    page = done_page(context, facts, shown, Paper(choose_file=lambda _parent, name: str(tmp_path / name)))
    page.receipt.form.choices[Layout.DISCREET].click()
    page.receipt.save_button.click()
    settled()
    (target,) = tmp_path.glob("*.pdf")
    written = " ".join(page.extract_text() for page in PdfReader(target).pages).casefold()
    assert "01632 960102" in written
    for word in (*HEALTH_WORDS, "aspire", "back up", "samira"):
        assert word not in written
    assert "Delete the file" in page.receipt.outcome.statement.words


def test_the_receipt_as_data_is_saved_and_kept_in_the_audit(
    context: PageContext, laptop: Laptop, facts: ReceiptFacts, shown: Any, settled: Any, tmp_path: Path
) -> None:
    page = done_page(context, facts, shown, Paper(choose_file=lambda _parent, name: str(tmp_path / name)))
    page.receipt.record_button.click()
    settled()
    (target,) = tmp_path.glob("*.jsonld")
    assert json.loads(target.read_bytes())["@type"] == "dpv:ConsentReceipt"
    with laptop.vault.reading() as read:
        actions = [entry.action for entry in read.all(AuditEntry)]
    assert AuditAction.EXPORT in actions


def test_a_place_that_cannot_be_written_to_is_said(
    context: PageContext, facts: ReceiptFacts, shown: Any, settled: Any, tmp_path: Path
) -> None:
    page = done_page(context, facts, shown, Paper(choose_file=lambda _parent, _name: str(tmp_path / "no" / "such.pdf")))
    page.receipt.save_button.click()
    settled()
    assert page.receipt.outcome.statement.words == "It could not be saved there. Choose another place."


def test_a_receipt_that_is_not_wanted_is_recorded_as_such(
    context: PageContext, laptop: Laptop, sam: PersonId, facts: ReceiptFacts, shown: Any, settled: Any
) -> None:
    page = done_page(context, facts, shown, Paper())
    page.receipt.not_wanted_button.click()
    settled()
    assert [event.receipt_how for event in given_receipts(laptop, sam)] == [ReceiptHow.DECLINED]
