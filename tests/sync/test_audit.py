"""The audit of several laptops, real vaults and the real service: each chain is its own, and outsiders can check."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from app.domain.access_pack import PACKED
from app.domain.codes import AuditAction, NoteLevel, RecordType, Role
from app.errors import NotPermittedError, VaultError
from app.security.mark import Mark
from app.storage.health import full_checks
from app.use_cases import access_requests, auditing, equality, holding_back, people
from app.use_cases.auditing import AuditQuery
from app.use_cases.holding_back import HeldBackWhy
from app.use_cases.laptop import chain_check
from sync.protocol.slip import read_aloud
from tests.helpers.central import AllianceService
from tests.helpers.operator import Operator
from tests.helpers.vaults import Clock
from tests.security.audit_mutations import verifier
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send, started, traces

PROGRAM = verifier()


@pytest.fixture
def laptop(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Callable[..., Enrolled]]:
    made: list[Enrolled] = []

    def one(user: str, role: Role, scope: str) -> Enrolled:
        slip = alliance.slip("aspire", user, [scope])
        folder = tmp_path / f"laptop{len(made)}"
        made.append(enrol_laptop(folder, slip, user=alliance.user(user), role=role, clock=clock))
        return made[-1]

    yield one
    for each in made:
        each.close()


def enter(laptop: Enrolled, count: int = 1) -> None:
    for _ in range(count):
        with laptop.vault.transaction(**laptop.act) as work:
            work.audit(AuditAction.LOGIN)


def check(laptop: Enrolled, mark: Mark | None = None) -> None:
    """Run all five checks as after an unclean end, with the laptop's own key."""
    laptop.vault.close()
    check = chain_check(laptop.net.signer.public, mark or Mark())
    full_checks(laptop.vault.path, bytearray(laptop.laptop.key), laptop.laptop.expected, check)
    laptop.laptop.reopen()
    started(laptop)


def test_a_data_protection_lead_holds_every_chain_and_their_own_goes_on(
    laptop: Callable[..., Enrolled], alliance: AllianceService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = laptop("ward_data_protection_lead", Role.DATA_PROTECTION_LEAD, "rights")
    ward = laptop("outreach_worker", Role.OUTREACH_WORKER, "site:stoke_mandeville")
    enter(lead)
    enter(ward, 6)
    register(ward, alliance)
    ward.sync()
    lead.sync()
    with lead.vault.reading() as read:
        theirs, mine = (read.audit_head(each.actor.device) for each in (ward, lead))
    assert theirs[0] > mine[0] == 1, "the colleague's chain came, and is the longer one"
    enter(lead)
    with lead.vault.reading() as read:
        assert read.audit_head(lead.actor.device)[0] == 2, "not a continuation of theirs"
        seq, digest = read.audit_head(lead.actor.device)
    check(lead, Mark(audit_seq=seq, audit_hash=digest))
    with pytest.raises(VaultError, match=r"vault\.audit_broken"):
        check(lead, Mark(audit_seq=seq, audit_hash="ab" * 32))
    lead.laptop.reopen()
    started(lead)

    # Whom the colleague's handles stand for came beside the chain: the lead reads names, and the chain has none.
    view = auditing.audit_view(lead.vault, **lead.act, query=AuditQuery(name="quillfeather"))
    assert {(row.device, row.by, row.name) for row in view.rows} == {
        (ward.actor.device, ward.actor.user, "Samira Quillfeather")
    }
    assert view.laptops == 2

    # What the laptop itself can show an outsider: its own chain whole, the colleague's as far as its key is known here.
    lead.sync()
    signer = lead.net.signer
    content = auditing.audit_extract(lead.vault, **lead.act, algorithm="ed25519", public=signer.public)
    with pytest.raises(NotPermittedError):
        auditing.audit_extract(ward.vault, **ward.act, algorithm="ed25519", public=signer.public)
    file = tmp_path / "of the laptop.jsonl"
    file.write_bytes(content)
    service_key = read_aloud(alliance.service.keys.fingerprints[0])
    assert PROGRAM.main([str(file), "--service-key", service_key]) == 3
    said = capsys.readouterr().out
    assert said.count("signatures were not checked") == 1
    assert f"Laptop {ward.actor.device}: its key is not in the extract" in said
    assert sha256(signer.public).hexdigest()[:16] in said
    assert b"Quillfeather" not in content

    # What the operator writes: every laptop with its key, and a receipt of this moment for each.
    lead.sync()
    operator = Operator.on(alliance.database, tmp_path)
    operator.made("keys", "make")
    whole = tmp_path / "whole.jsonl"
    done = operator.run("audit", "extract", str(whole), "--org", str(lead.actor.org))
    assert done.exit_code == 0, done.output
    fingerprint = "".join(done.stdout.splitlines()[1:])
    assert PROGRAM.main([str(whole), "--service-key", fingerprint, "--earlier", str(file)]) == 0
    said = capsys.readouterr().out
    assert f"Laptop {lead.actor.device}: entries 1 to 4 follow on each other, known from outside up to 4" in said
    assert f"Laptop {ward.actor.device}" in said
    assert whole.stat().st_mode & 0o077 == 0
    assert b"Quillfeather" not in whole.read_bytes()
    assert operator.refused("audit", "extract", str(whole), "--org", str(alliance.user("outreach_worker")), code=2)


def test_what_the_database_says_otherwise_than_the_laptop_is_found(
    laptop: Callable[..., Enrolled], alliance: AllianceService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ward = laptop("outreach_worker", Role.OUTREACH_WORKER, "site:stoke_mandeville")
    enter(ward, 3)
    ward.sync()
    with psycopg.connect(alliance.database.owner_url) as owner:
        # As whoever has the whole machine: past the triggers and row-level security that refuse it to the service.
        owner.execute("SET session_replication_role = replica")
        changed = owner.execute(
            "UPDATE record SET body = jsonb_set(body, '{created_role}', '\"coordinator\"')"
            " WHERE agg_id = %s AND type = 30 AND body->>'seq' = '2'",
            (ward.actor.device,),
        )
        assert changed.rowcount == 1
    operator = Operator.on(alliance.database, tmp_path)
    operator.made("keys", "make")
    file = tmp_path / "extract.jsonl"
    assert operator.run("audit", "extract", str(file), "--org", str(ward.actor.org)).exit_code == 0
    assert PROGRAM.main([str(file)]) == 1
    assert f"Laptop {ward.actor.device}, entry 2: its words are not those that were hashed" in capsys.readouterr().out


def test_a_request_opens_the_whole_record_to_the_lead_and_its_answer_closes_it_again(
    laptop: Callable[..., Enrolled], alliance: AllianceService
) -> None:
    lead = laptop("ward_data_protection_lead", Role.DATA_PROTECTION_LEAD, "rights")
    ward = laptop("outreach_worker", Role.OUTREACH_WORKER, "site:stoke_mandeville")
    person = register(ward, alliance)
    people.add_note(
        ward.vault, **ward.act, person_id=person, text="Dreams of wild swimming.", level=NoteLevel.ORGANISATION
    )
    equality.record_equality(ward.vault, **ward.act, person_id=person, answers={"religion": "buddhist"})
    ward.sync()
    lead.sync()
    on = lead.laptop.clock().date()

    def records() -> set[str]:
        with lead.vault.reading() as read:
            return {each.TYPE.value for each in read.everything_of(person, PACKED)}

    assert records() == {"person", "contact_point"}, "the index"
    # Asked on the ward: what the lead may see widens at the service, and the laptop that asked keeps no request.
    task = access_requests.ask_for_access(ward.vault, **ward.act, person_id=person, received_on=on)
    ward.sync()
    lead.sync()
    view = access_requests.request_view(lead.vault, **lead.act, task_id=task.id)
    assert view.has_arrived
    assert {"stay", "case_note", "equality_answers"} <= records()
    assert [each.words for each in view.passages if each.kind is RecordType.CASE_NOTE] == ["Dreams of wild swimming."]
    decided = dict.fromkeys((each.place for each in view.passages), True)
    given = access_requests.give_pack(lead.vault, **lead.act, task_id=task.id, decided=decided)
    assert {(look.role, look.action) for look in given.pack.looks} >= {
        ("outreach_worker", "create"),
        ("data_protection_lead", "open_person"),
    }
    assert b'"buddhist"' in given.json
    access_requests.close_request(lead.vault, **lead.act, task_id=task.id)
    lead.sync()
    lead.sync()
    assert records() == {"person", "contact_point", "task"}
    assert traces(lead, "wild swimming") == traces(lead, "buddhist") == []
    with ward.vault.reading() as read:
        assert {each.TYPE.value for each in read.everything_of(person, PACKED)} >= {"person", "stay", "case_note"}


def test_a_record_held_back_leaves_ward_and_partner_and_comes_back_when_it_is_let_go(
    laptop: Callable[..., Enrolled], alliance: AllianceService, enrolled: Callable[..., Enrolled]
) -> None:
    lead = laptop("ward_data_protection_lead", Role.DATA_PROTECTION_LEAD, "rights")
    ward = laptop("outreach_worker", Role.OUTREACH_WORKER, "site:stoke_mandeville")
    partner = enrolled("intake")
    ward.sync()
    person = register(ward, alliance, "Ottoline Farthingale")
    agree(ward, alliance, person)
    send(ward, alliance, person)
    for each in (ward, partner, lead):
        each.sync()
    assert traces(partner, "Farthingale")

    holding_back.hold_back(lead.vault, **lead.act, person_id=person, why=HeldBackWhy.OBJECTION)
    for each in (lead, ward, partner, ward, partner):
        each.sync()
    assert traces(ward, "Farthingale") == []
    assert traces(partner, "Farthingale") == []
    (row,) = holding_back.held_back(lead.vault, actor=lead.actor)
    assert (row.name, row.why) == ("Ottoline Farthingale", HeldBackWhy.OBJECTION)

    holding_back.let_go(lead.vault, **lead.act, person_id=person)
    for each in (lead, ward, partner):
        each.sync()
    assert traces(ward, "Farthingale")
    assert holding_back.held_back(lead.vault, actor=lead.actor) == ()
