"""The files an operator writes: the reference page says what the code reads, and the examples work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.agreement import Agreement
from app.domain.codes import Purpose, Scope
from sync.central.operator_files import FORMS, WORDING
from tests.helpers.operator import Operator
from tests.helpers.operator_pages import ABOUT, PAGE, filled
from tests.helpers.postgres import PostgresServer

EXAMPLES = PAGE.parent / "examples"
PARTIES = ("00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b")


@pytest.fixture
def operator(postgres: PostgresServer, tmp_path: Path) -> Iterator[Operator]:
    """An operator with keys and a migrated, empty database."""
    database = postgres.fresh_database()
    made = Operator.on(database, tmp_path)
    made.made("keys", "make")
    yield made
    postgres.drop(database)


def example(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return read


def agreement_between(operator: Operator, **changes: Any) -> Path:
    text = json.dumps({**example("agreement"), **changes})
    for party, name in zip(PARTIES, ("Aspire", "Back Up"), strict=True):
        text = text.replace(party, operator.member(name))
    return operator.write("paper.json", json.loads(text))


def test_the_page_says_what_the_code_reads() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page, "run: python -m tests.helpers.operator_pages"
    for form in FORMS:
        assert list(ABOUT[form.name]) == [rule.name for rule in form.rules]
    for word in (*Purpose, *(f"scope.{scope}" for scope in Scope), "opening", "statement", "stop"):
        assert f"`{word}`" in page.rpartition("## Wording")[2]


def test_every_file_has_an_example_and_every_example_a_file() -> None:
    assert {file.stem for file in EXAMPLES.iterdir()} == {form.name for form in FORMS}


def test_the_agreement_of_the_page_is_in_force(operator: Operator) -> None:
    paper = agreement_between(operator)
    org = json.loads(paper.read_text())["parties"][0]
    added = operator.made("agreement", "add", str(paper), "--org", org)
    listed = operator.made("agreement", "list")
    assert listed.startswith(f"{added}  Sharing for referrals between Aspire and Back Up  data_sharing  active")


def test_the_service_and_the_wording_of_the_page_are_taken(operator: Operator) -> None:
    org = operator.member()
    service = operator.made("service", "add", str(EXAMPLES / "service.json"), "--org", org)
    assert operator.made("service", "list").startswith(f"{service}  Independent living advice  Aspire")
    words = ("wording", "publish", str(EXAMPLES / "wording.json"), "--org", org, "--approved-by", "Both leads")
    wording = operator.made(*words)
    assert operator.made("wording", "list") == f"{wording}  en-GB-standard-2  en-GB  standard  approved  Both leads"


def test_every_missing_field_is_said_at_once(operator: Operator) -> None:
    org = operator.member()
    empty = operator.write("empty.json", {})
    for form, words in zip(
        FORMS,
        (("agreement", "add"), ("service", "add"), ("wording", "publish", "--approved-by", "Both")),
        strict=True,
    ):
        sentence = operator.refused(*words, str(empty), "--org", org, code=2)
        for rule in form.rules:
            assert (f" {rule.name}" in sentence) is rule.required
        assert "docs/reference/operator-files.md" in sentence


def test_what_a_signature_lacks_is_said_and_so_is_a_field_that_is_none(operator: Operator) -> None:
    signed = example("agreement")["signatories"]
    del signed[1]["post"]
    paper = agreement_between(operator, signatories=signed, review="2027-01-05", kind="")
    org = json.loads(paper.read_text())["parties"][0]
    sentence = operator.refused("agreement", "add", str(paper), "--org", org, code=2)
    assert "missing: kind, post of signatories 2; not known: review." in sentence
    assert operator.run("agreement", "list").stdout == ""


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ((1, "signed_on"), "1 January", "$.signatories[1].signed_on"),
        ((0, "org"), "aspire", "$.signatories[0].org"),
        ((1,), "Robin", "$.signatories[1]"),
    ],
)
def test_a_file_that_breaks_the_form_is_refused_with_the_path_of_the_fault(
    operator: Operator, place: tuple[Any, ...], value: str, said: str
) -> None:
    inside: Any = {"signatories": example("agreement")["signatories"]}
    paper = agreement_between(operator, **inside)
    whole = json.loads(paper.read_text())
    inside = whole["signatories"]
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    paper.write_text(json.dumps(whole))
    sentence = operator.refused("agreement", "add", str(paper), "--org", whole["parties"][0], code=2)
    assert f", at {said} (agreement.signatories.bad_format)" in sentence
    assert value not in sentence
    assert operator.run("agreement", "list").stdout == ""


def test_a_party_that_is_no_member_is_refused(operator: Operator) -> None:
    org = operator.member()
    sentence = operator.refused("agreement", "add", str(EXAMPLES / "agreement.json"), "--org", org, code=2)
    assert sentence == "There is no organisation with that id."


def test_a_wording_without_words_for_a_reason_is_refused(operator: Operator) -> None:
    org = operator.member()
    wording = example("wording")
    for key in ("casework", "scope.full_notes"):
        del wording["texts"][key]
    file = operator.write("wording.json", wording)
    sentence = operator.refused("wording", "publish", str(file), "--org", org, "--approved-by", "Both", code=2)
    assert "missing: “casework” of texts, “scope.full_notes” of texts." in sentence
    assert len(WORDING.texts) == len(Purpose) + len(Scope) + 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "Input data was truncated"),
        (b"[]", "it is no JSON object"),
        (b'"' + b"x" * 300_000 + b'"', "or too large"),
        (b'{"title": "\xff"}', "is not what it should be"),
    ],
)
def test_a_file_that_is_none_is_said_with_the_reason(operator: Operator, content: bytes, said: str) -> None:
    org = operator.member()
    file = operator.folder / "paper.json"
    file.write_bytes(content)
    sentence = operator.refused("agreement", "add", str(file), "--org", org, code=2)
    assert said in sentence
    absent = operator.refused("agreement", "add", str(operator.folder / "no.json"), "--org", org, code=1)
    assert absent.endswith("no.json” cannot be read by this account.")


def test_a_value_that_will_not_do_is_named_by_its_field(operator: Operator) -> None:
    for field, value in (("review_on", "next year"), ("parties", ["x"]), ("title", 5), ("kind", "handshake")):
        paper = agreement_between(operator, **{field: value})
        sentence = operator.refused("agreement", "add", str(paper), "--org", operator.member("Third"), code=2)
        assert field in sentence or "is not an id" in sentence
    assert Agreement.TYPE == "agreement"
