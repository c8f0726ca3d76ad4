"""A referral as FHIR R4: valid to somebody else's reading of the standard, whole, and no more than was agreed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.bundle import Bundle

from app.domain.audit import AuditEntry
from app.domain.codes import AuditAction, NoteLevel, Purpose, ReferralState, Role
from app.domain.fhir.around import TASK_STATUS
from app.domain.ids import PersonId, ReferralId
from app.errors import NotFoundError, NotPermittedError
from app.use_cases import people, prints, referrals, stops
from app.use_cases.stops import Stop
from tests.helpers.vaults import Laptop, make_actor, make_laptop
from tests.ui.pages import sharing_kit as kit


@pytest.fixture
def laptop(tmp_path: Any) -> Iterator[Laptop]:
    made = make_laptop(tmp_path / "vault")
    yield made
    made.vault.close()


@pytest.fixture
def sent(laptop: Laptop) -> tuple[PersonId, ReferralId]:
    return kit.sent(laptop)


def exported(laptop: Laptop, referral: ReferralId, actor: Any = None) -> dict[str, Any]:
    act = {**laptop.act, **({"actor": actor} if actor else {})}
    content = prints.referral_bundle(laptop.vault, **act, referral_id=referral)
    found: dict[str, Any] = json.loads(content)
    return found


def of_kind(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "reference" and isinstance(each, str))
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def check(bundle: dict[str, Any]) -> None:
    """Let the published models read the Bundle and each resource in it."""
    Bundle.model_validate(bundle)
    for entry in bundle["entry"]:
        get_fhir_model_class(entry["resource"]["resourceType"]).model_validate(entry["resource"])


def test_it_is_valid_and_each_reference_is_to_an_entry_of_it(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    bundle = exported(laptop, sent[1])
    check(bundle)
    entries = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(entries) == len(set(entries))
    assert set(references(bundle)) <= set(entries)


def test_the_planted_faults_are_found_by_the_same_check(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    bundle = exported(laptop, sent[1])
    of_kind(bundle, "Task")[0]["status"] = ["accepted"]
    with pytest.raises(ValueError, match="status"):
        check(bundle)


def test_it_holds_every_kind_the_design_names_for_a_referral(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    kinds = {entry["resource"]["resourceType"] for entry in exported(laptop, sent[1])["entry"]}
    assert {"Patient", "Organization", "HealthcareService", "Location", "Encounter"} <= kinds
    assert {"Consent", "ServiceRequest", "Task", "Provenance"} <= kinds


def test_the_receiver_gets_the_package_and_nothing_beside_it(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    person, referral = sent
    people.add_note(
        laptop.vault, **laptop.act, person_id=person, text="Between us: tired.", level=NoteLevel.ORGANISATION
    )
    written = json.dumps(exported(laptop, referral, kit.INTAKE))
    assert "Samira" in written
    for private in ("Between us", "943 476", "9434765919", "St David ward note"):
        assert private not in written


def test_task_and_request_say_where_it_stands_in_both_vocabularies(
    laptop: Laptop, sent: tuple[PersonId, ReferralId]
) -> None:
    act = {"actor": kit.INTAKE, "now": laptop.clock.forward(hours=1)}
    referrals.open_as_receiver(laptop.vault, **act, referral_id=sent[1])
    referrals.accept(laptop.vault, **act, referral_id=sent[1], first_step_on=date(2026, 12, 4))
    bundle = exported(laptop, sent[1])
    check(bundle)
    (task,), (request,) = of_kind(bundle, "Task"), of_kind(bundle, "ServiceRequest")
    assert (task["status"], task["businessStatus"]["coding"][0]["code"]) == ("accepted", "accepted")
    assert request["status"] == "active"


@pytest.mark.parametrize("state", list(ReferralState))
def test_every_state_has_a_status_that_fhir_knows(state: ReferralState) -> None:
    task = {"resourceType": "Task", "status": TASK_STATUS[state], "intent": "order"}
    known = {
        *("draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress"),
        *("on-hold", "failed", "completed", "entered-in-error"),
    }
    assert task["status"] in known


def test_a_yes_permits_and_a_stop_lets_nothing_out(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    consents = of_kind(exported(laptop, sent[1]), "Consent")
    assert {(each["status"], each["provision"]["type"]) for each in consents} == {("active", "permit")}
    stops.stop_sharing(laptop.vault, **laptop.act, person_id=sent[0], stop=Stop(org=laptop.orgs["back_up"]))
    with pytest.raises(NotPermittedError):
        exported(laptop, sent[1])


def test_a_stranger_gets_the_answer_for_what_is_not_there(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    with pytest.raises(NotFoundError):
        exported(laptop, sent[1], make_actor("sia", Role.INTAKE_WORKER, "Ada", teams=("front-door",)))


def test_the_export_stands_in_the_audit(laptop: Laptop, sent: tuple[PersonId, ReferralId]) -> None:
    exported(laptop, sent[1])
    with laptop.vault.reading() as read:
        assert AuditAction.EXPORT in [entry.action for entry in read.all(AuditEntry)]


def test_a_hostile_name_stays_a_value(laptop: Laptop) -> None:
    hostile = '<script>alert("x")</script>'
    person = kit.register(laptop, full_name=f"{hostile} O’Brien")
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), ("back_up", Purpose.MENTORING))
    referral = kit.queue(laptop, person)
    bundle = exported(laptop, referral)
    check(bundle)
    assert hostile in json.dumps(bundle, ensure_ascii=False).replace('\\"', '"')
