"""An operator finds every id again, and what was typed wrongly is refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.central.device import AnsweredNoError, Device
from tests.helpers.central import AllianceService
from tests.helpers.operator import Operator
from tests.helpers.postgres import PostgresServer

ORGANISATION = {
    "--legal-name": "Bad",
    "--withdraw-phone": "01632 960101",
    "--data-protection-contact": "lead@example.org",
    "--safeguarding-contact": "01632 960102, the safeguarding lead",
}


@pytest.fixture
def operator(postgres: PostgresServer, tmp_path: Path) -> Iterator[Operator]:
    """An operator with keys and a migrated, empty database."""
    database = postgres.fresh_database()
    made = Operator.on(database, tmp_path)
    made.made("keys", "make")
    yield made
    postgres.drop(database)


@pytest.fixture
def at_work(alliance: AllianceService, tmp_path: Path) -> Operator:
    """The operator of a service that runs."""
    return Operator.on(alliance.database, tmp_path)


def test_every_id_that_was_printed_is_found_again(operator: Operator) -> None:
    operator.made("seed")
    org = operator.member("A New Member")
    site = operator.made("site", "add", "Stoke Mandeville annexe", "--org", org)
    account = operator.account(org, site=site)
    assert f"{org}  A New Member  member" in operator.run("organisation", "list").stdout
    assert operator.made("site", "list", "--org", org).startswith(f"{site}  Stoke Mandeville annexe  general_hospital")
    assert operator.made("user", "list", "--org", org) == f"{account}  Daniel Okafor  A New Member  outreach_worker"
    for kind in ("service", "wording"):
        lines = operator.run(kind, "list").stdout.splitlines()
        assert len(lines) > 1
        assert all(len(line.split("  ")[0]) == 36 for line in lines)
    assert "user list" in operator.made("status")


def test_papers_and_laptops_are_listed_with_who_they_concern(
    at_work: Operator, alliance: AllianceService, ward: Device
) -> None:
    paper = at_work.made("agreement", "list")
    assert "active" in paper
    assert "Aspire, Back Up" in paper
    laptop = at_work.made("device", "list", "--org", str(ward.org))
    assert laptop.startswith(str(ward.device_id))
    assert "  active  last seen " in laptop
    assert alliance.administration.alliance().directory.users[ward.user].name in laptop
    assert at_work.run("device", "list", "--org", str(alliance.org("back_up"))).stdout == ""


def test_a_list_of_a_member_that_is_none_is_refused(operator: Operator) -> None:
    for kind in ("site", "service", "user", "agreement", "wording", "device"):
        sentence = operator.refused(kind, "list", "--org", str(uuid4()), code=2)
        assert sentence == "There is no organisation with that id."


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--withdraw-phone", "no"),
        ("--data-protection-contact", "x"),
        ("--safeguarding-contact", "nobody@nowhere"),
        ("--nation", "narnia"),
        ("--charity-number", "12"),
    ],
)
def test_an_organisation_that_nobody_could_reach_is_refused(operator: Operator, option: str, value: str) -> None:
    words = [word for pair in {**ORGANISATION, option: value}.items() for word in pair]
    sentence = operator.refused("organisation", "add", "Bad", *words, code=2)
    assert sentence.startswith(f"“{option[2:].replace('-', '_')}” ")
    assert sentence.endswith("Nothing was changed.")
    assert operator.run("organisation", "list").stdout == ""


def test_a_second_place_of_one_name_is_refused_unless_it_is_another_one(operator: Operator) -> None:
    org = operator.member()
    first = operator.made("site", "add", "Stoke Mandeville", "--org", org)
    sentence = operator.refused("site", "add", "STOKE  MANDEVILLE", "--org", org, code=2)
    assert first in sentence
    assert operator.made("site", "add", "Stoke Mandeville", "--org", org, "--again") != first
    assert operator.made("site", "add", "Stoke Mandeville", "--org", org, "--nation", "wales")


def test_an_account_at_a_place_that_is_none_is_refused(operator: Operator) -> None:
    org, nowhere = operator.member(), str(uuid4())
    words = ("user", "add", "Dan", "--org", org, "--email", "dan@example.org", "--shown-name", "Dan")
    sentence = operator.refused(*words, "--role", "outreach_worker", "--site", nowhere, code=2)
    assert nowhere in sentence
    assert operator.refused(*words, "--role", "wizard", code=2).startswith("“roles” is none of the words")
    assert operator.run("user", "list").stdout == ""


def test_what_is_added_for_a_member_that_is_none_is_refused(operator: Operator) -> None:
    nobody = str(uuid4())
    user = ("user", "add", "Dan", "--email", "dan@example.org", "--shown-name", "Dan", "--role", "mentor")
    for words in (("site", "add", "X"), user):
        assert operator.refused(*words, "--org", nobody, code=2) == "There is no organisation with that id."


def test_somebody_leaves_once(operator: Operator) -> None:
    org = operator.member()
    account = operator.account(org)
    assert operator.made("user", "leave", account, "--org", org).startswith("The account is closed")
    assert "until 2" in operator.made("user", "list")
    again = operator.refused("user", "leave", account, "--org", org, code=2)
    assert again.startswith("That account was closed on 2")
    code = ("device", "code", str(operator.folder / "s"), "--org", org, "--user", account, "--scope", f"rights:{org}")
    assert operator.refused(*code, code=2) == again
    assert operator.refused("user", "leave", str(uuid4()), "--org", org, code=2).startswith("That organisation has no")


def test_a_laptop_is_revoked_once(at_work: Operator, ward: Device) -> None:
    words = ("device", "revoke", str(ward.device_id), "--org", str(ward.org))
    assert at_work.made(*words).startswith("Ordered.")
    with pytest.raises(AnsweredNoError) as first:
        ward.sign_in()
    assert at_work.refused(*words, code=2).startswith("That laptop was ordered to give up its vault already")
    with pytest.raises(AnsweredNoError) as second:
        ward.sign_in()
    assert first.value.refusal.revocation == second.value.refusal.revocation
    assert "  ordered, told " in at_work.made("device", "list")
