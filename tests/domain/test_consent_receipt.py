"""The receipt as data: every answer of the event, by the fields of ISO/IEC TS 27560, and nothing of the person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain.codes import ConsentKind, Purpose
from app.domain.consent_event import ConsentEvent
from app.domain.consent_receipt import RECEIPT, RECORD, pseudonym
from app.domain.ids import PersonId
from app.use_cases import prints, stops
from app.use_cases.stops import Stop
from tests.helpers.vaults import Laptop, make_laptop
from tests.ui.pages import sharing_kit as kit


@pytest.fixture
def laptop(tmp_path: Any) -> Any:
    made = make_laptop(tmp_path / "vault")
    yield made
    made.vault.close()


@pytest.fixture
def sam(laptop: Laptop) -> PersonId:
    return kit.register(laptop)


def made(laptop: Laptop, person: PersonId, event: Any) -> dict[str, Any]:
    content = prints.consent_receipt(laptop.vault, **laptop.act, person_id=person, event_id=event)
    found: dict[str, Any] = json.loads(content)
    return found


def test_it_says_what_was_agreed_for_whom_how_long_and_how_to_stop(laptop: Laptop, sam: PersonId) -> None:
    recorded = kit.agree(laptop, sam, ("back_up", Purpose.MENTORING), ("aspire", Purpose.CASEWORK))
    receipt = made(laptop, sam, recorded.event_id)
    record = receipt["dpv:hasRecordOfActivity"]
    assert (receipt["dct:conformsTo"], record["dct:conformsTo"]) == (RECEIPT, RECORD)
    assert record["dct:identifier"] == str(recorded.event_id)
    mentoring = next(each for each in record["dpv:hasProcess"] if each["dpv:hasPurpose"]["@id"].endswith("mentoring"))
    assert mentoring["dpv:hasRecipient"]["dct:title"] == "Back Up"
    assert mentoring["dpv:hasDuration"]["dct:valid"] == "start=2026-11-22; end=2028-02-20; scheme=W3C-DTF;"
    assert "01632 960102" in mentoring["dpv:hasConsentControl"]["dct:description"]
    fields = {each["@id"].rsplit(":", 1)[1] for each in mentoring["dpv:hasPersonalData"]}
    assert {"name", "level", "needs"} <= fields
    assert "shared_notes" not in fields
    assert {each["@type"] for each in record["dpv:hasConsentStatus"]} == {"dpv:ConsentGiven"}
    assert record["dpv:hasNotice"]["schema:sha256"]


def test_a_stop_of_everything_is_a_withdrawal_for_every_purpose(laptop: Laptop, sam: PersonId) -> None:
    kit.agree(laptop, sam, ("back_up", Purpose.MENTORING))
    stopped = stops.stop_sharing(laptop.vault, **laptop.act, person_id=sam, stop=Stop())
    record = made(laptop, sam, stopped.event_id)["dpv:hasRecordOfActivity"]
    assert [each["@type"] for each in record["dpv:hasConsentStatus"]] == ["dpv:ConsentWithdrawn"]
    assert record["dpv:hasProcess"][0]["dpv:hasPurpose"]["dct:title"] == "Every purpose"


def test_nothing_of_the_person_stands_in_it(laptop: Laptop, sam: PersonId) -> None:
    recorded = kit.agree(laptop, sam, ("back_up", Purpose.MENTORING))
    written = json.dumps(made(laptop, sam, recorded.event_id))
    with laptop.vault.reading() as read:
        event = read.get(ConsentEvent, recorded.event_id)
    assert event.kind is ConsentKind.ANSWER
    for private in ("Samira", "Osei", "07700", str(sam), event.statement):
        assert private not in written


def test_two_charities_know_one_person_by_two_names(laptop: Laptop, sam: PersonId) -> None:
    names = {pseudonym(sam, org=laptop.orgs[slug]) for slug in ("aspire", "back_up")}
    assert len(names) == 2
