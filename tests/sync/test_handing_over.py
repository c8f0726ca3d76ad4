"""Two real laptops without a network and a file between them: nothing is lost or doubled, both are equal in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.clocks import london_day
from app.domain.codes import ConsentMethod, Decision, NoteLevel, Purpose, ReferralState, Role
from app.domain.consent import AnswerKind
from app.domain.consent_check import Cell
from app.domain.ids import PersonId
from app.domain.note import CaseNote
from app.domain.partners import Outlook
from app.domain.person import Person
from app.errors import BadInputError, KnownError, NetworkError, NotPermittedError, VaultError
from app.storage import handed
from app.storage.handed import KnownKey
from app.use_cases import consents, handing_over, people, stops
from app.use_cases.alliance import directory, person_aggregate
from sync.central.database import Context
from sync.client.engine import SyncEngine
from sync.client.hand_over_file import FILE_MOST_BYTES
from sync.client.handing_over import HandKeys, Written, take_file, write_file
from sync.client.transport import RefusedError
from sync.protocol.messages import KEYS, PASSED_ON, PUSH, ErrorCode, KeysRequest, PassedOn, Refusal
from tests.helpers.central import AllianceService
from tests.helpers.vaults import Clock
from tests.sync.alliance import Enrolled, agree, enrol_laptop, register, send, state, traces


class Laptop:
    """An enrolled laptop with the keys of whoever works on it."""

    def __init__(self, enrolled: Enrolled) -> None:
        self.it = enrolled
        self.keys = HandKeys(signer=enrolled.net.signer, exchange=bytearray(os.urandom(32)), random_bytes=os.urandom)
        self.start()

    def start(self) -> None:
        it = self.it
        it.engine = SyncEngine(
            outbox=it.outbox,
            held=it.held,
            net=it.net,
            clock=it.laptop.clock,
            monotonic=time.monotonic,
            hand_keys=self.keys,
            user=it.actor.user,
        )

    @property
    def now(self) -> Any:
        return self.it.laptop.clock()

    def key_of(self, other: Laptop) -> KnownKey:
        found = handing_over.choices(self.it.vault, **self.it.act).colleagues
        return next(each.key for each in found if each.place == (other.it.actor.device, other.it.actor.user))

    def gives(self, to: Laptop, *persons: PersonId, folder: Path) -> Written:
        return write_file(self.it.vault, self.keys, **self.it.act, to=self.key_of(to), people=persons, folder=folder)

    def takes(self, path: Path) -> handing_over.Taken:
        return take_file(self.it.vault, self.keys, path, **self.it.act)

    def names(self) -> list[str]:
        with self.it.vault.reading() as read:
            return sorted(person.full_name for person in read.all(Person))

    def audited(self) -> list[tuple[str, str]]:
        with self.it.vault.writing() as connection:
            return [
                tuple(row)
                for row in connection.exec_driver_sql(
                    "SELECT json_extract(body, '$.action'), coalesce(json_extract(body, '$.reason'), '')"
                    " FROM audit_entry WHERE json_extract(body, '$.action') IN ('hand_over', 'refused') ORDER BY seq"
                )
            ]

    def notes(self, person: PersonId) -> list[str]:
        with self.it.vault.reading() as read:
            return sorted(note.text for note in read.of_person(CaseNote, person))


@pytest.fixture
def laptop(tmp_path: Path, alliance: AllianceService, clock: Clock) -> Iterator[Callable[..., Laptop]]:
    made: list[Laptop] = []

    def one(user: str, role: Role, scopes: list[str]) -> Laptop:
        slip = alliance.slip("aspire", user, scopes)
        it = enrol_laptop(tmp_path / f"l{len(made)}", slip, user=alliance.user(user), role=role, clock=clock)
        found = Laptop(it)
        made.append(found)
        it.sync()
        return found

    yield one
    for each in made:
        each.it.close()


@pytest.fixture
def pair(laptop: Callable[..., Laptop]) -> tuple[Laptop, Laptop]:
    """The worker at Stoke Mandeville, and the coordinator of the same charity; each knows the other's key."""
    worker = laptop("outreach_worker", Role.OUTREACH_WORKER, ["site:stoke_mandeville"])
    coordinator = laptop("ward_coordinator", Role.COORDINATOR, ["programme"])
    worker.start()
    worker.it.sync()
    return worker, coordinator


def note(laptop: Laptop, person: PersonId, text: str) -> None:
    people.add_note(laptop.it.vault, **laptop.it.act, person_id=person, text=text, level=NoteLevel.ORGANISATION)


def test_days_without_a_network_end_with_both_laptops_equal(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    known = register(worker.it, alliance, "Known Before")
    worker.it.sync()
    coordinator.it.sync()
    # From here on nobody has a network: somebody new is registered, agrees and is referred, somebody known is changed.
    new = register(worker.it, alliance, "Samira Quillfeather")
    agree(worker.it, alliance, new)
    referral_id, _ = send(worker.it, alliance, new)
    note(worker, new, "Rings on Friday.")
    note(worker, known, "Moved to bed 4.")
    change_name(worker, known, "Kit")

    written = worker.gives(coordinator, new, known, folder=tmp_path)
    assert (written.people, written.left_out) == (2, 0)
    assert b"Samira" not in written.path.read_bytes()
    taken = coordinator.takes(written.path)

    assert taken.changes == written.changes
    assert coordinator.names() == ["Known Before", "Samira Quillfeather"]
    assert state(coordinator.it, referral_id) is ReferralState.QUEUED
    assert coordinator.notes(known) == ["Moved to bed 4."]
    assert known_as(coordinator, known) == "Kit"
    # The colleague works on with it, still without a network.
    note(coordinator, new, "Rang, all well.")

    # The colleague meets a network first; the worker's laptop has sent nothing yet.
    report = coordinator.it.sync()
    assert report.at_head
    assert coordinator.it.attention() == []
    assert state(coordinator.it, referral_id) is ReferralState.SENT
    coordinator.it.sync()
    worker.it.sync()
    coordinator.it.sync()
    worker.it.sync()

    assert worker.it.attention() == coordinator.it.attention() == []
    assert worker.notes(new) == coordinator.notes(new) == ["Rang, all well.", "Rings on Friday."]
    assert known_as(worker, known) == known_as(coordinator, known) == "Kit"
    assert_equal(worker, coordinator, new, known)
    assert not worker.it.outbox.waiting().unsent
    ((_, file),) = handing_over.opened_files(coordinator.it.vault, actor=coordinator.it.actor)
    assert (file.state, file.refused) == (handed.DONE, 0)
    assert worker.audited() == [("hand_over", "given"), ("hand_over", "given")]
    assert coordinator.audited() == [("hand_over", "opened"), ("hand_over", "opened")]


def assert_equal(one: Laptop, other: Laptop, *persons: PersonId) -> None:
    """Both hold the same records of these people in the same words, and each adds up to what the service says."""

    def of(laptop: Laptop) -> dict[Any, Any]:
        with laptop.it.vault.reading() as read:
            agg = {person.bytes for person in persons}
            ids = {
                row[0].hex()
                for row in read.connection.exec_driver_sql("SELECT id, agg_id FROM rec_meta")
                if row[1] in agg
            }
        return {key: value for key, value in laptop.it.bodies().items() if key[1] in ids}

    assert of(one)
    assert of(one) == of(other)
    for laptop in (one, other):
        laptop.it.held.recount()
        assert laptop.it.sync().repaired == 0


def change_name(laptop: Laptop, person: PersonId, known_as: str) -> None:
    with laptop.it.vault.transaction(**laptop.it.act) as work:
        work.change(Person, person, fields={"known_as": known_as})


def known_as(laptop: Laptop, person: PersonId) -> str:
    with laptop.it.vault.reading() as read:
        return read.get(Person, person).known_as


def refused(laptop: Laptop, path: Path) -> str:
    """Open a file that must not open: the code of the refusal, with nothing of it kept."""
    before = everything(laptop)
    with pytest.raises(KnownError) as caught:
        laptop.takes(path)
    assert everything(laptop) == before
    assert laptop.audited()[-1] == ("refused", caught.value.code)
    return caught.value.code


def everything(laptop: Laptop) -> list[int]:
    """How many rows each table has that a file could write to."""
    tables = ("rec_meta", "rec_base", "person", "case_note", "handed_file", "handed_op", "handed_record", "find")
    with laptop.it.vault.writing() as connection:
        found = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in tables]
        audits = connection.exec_driver_sql("SELECT count(*) FROM audit_entry").scalar_one()
    found[0] -= audits
    return found


def test_a_file_that_was_cut_altered_or_is_something_else_is_refused(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    good = worker.gives(coordinator, person, folder=tmp_path).path.read_bytes()
    bad = tmp_path / "bad.handover"
    first, second = good.find(b"\n"), good.find(b"\n", good.find(b"\n") + 1)
    altered = [
        b"",
        b"\x00" * 100,
        b"../../etc/passwd\n\n",
        good[:-1],
        good[: len(good) // 2],
        good[:first],
        good + b"x",
        good[:-20] + bytes([good[-20] ^ 1]) + good[-19:],
        good[:5] + bytes([good[5] ^ 1]) + good[6:],
        good[: first + 5] + b"A" + good[first + 6 :],
        good[:second] + b"\n" + os.urandom(len(good) - second - 1),
        b"{" * 4000 + b"\n" + good[first + 1 :],
        good.replace(b'"format"', b'"format":"x","format"', 1),
        os.urandom(FILE_MOST_BYTES + 1),
    ]
    for content in altered:
        bad.write_bytes(content)
        assert refused(coordinator, bad) == "hand_over.not_ours"
    assert refused(coordinator, tmp_path / "not there") == "hand_over.unreadable"
    assert refused(coordinator, tmp_path) == "hand_over.unreadable"
    # It was the file, not the laptop.
    bad.write_bytes(good)
    assert coordinator.takes(bad).people == ((person, "Samira Quillfeather"),)


def test_only_that_colleague_on_that_laptop_in_fourteen_days_and_once(
    pair: tuple[Laptop, Laptop], laptop: Callable[..., Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    other = laptop("ward_coordinator", Role.COORDINATOR, ["programme"])
    lead = laptop("ward_data_protection_lead", Role.DATA_PROTECTION_LEAD, ["rights"])
    worker.start()
    worker.it.sync()
    person = register(worker.it, alliance)
    file = worker.gives(coordinator, person, folder=tmp_path).path

    # The same person on another laptop, and another person on the laptop it is for.
    assert refused(other, file) == "hand_over.other_laptop"
    mine = coordinator.it.actor
    coordinator.it.actor = replace(mine, user=worker.it.actor.user)
    assert refused(coordinator, file) == "hand_over.other_colleague"
    coordinator.it.actor = mine
    lead.it.actor = replace(lead.it.actor, roles=frozenset({Role.DATA_PROTECTION_LEAD}))
    with pytest.raises((NotPermittedError, VaultError)):
        lead.takes(file)
    # Somebody who got hold of the vault with another password has another key.
    seed, coordinator.keys = coordinator.keys, replace(coordinator.keys, exchange=bytearray(os.urandom(32)))
    assert refused(coordinator, file) == "hand_over.other_key"
    coordinator.keys = seed
    # A clock set back does not make it younger than the service's last word.
    real = coordinator.it.laptop.clock()
    late = replace_now(coordinator, real + timedelta(days=14))
    assert refused(late, file) == "hand_over.expired"
    heard = coordinator.it.held.device().server_time
    coordinator.it.held.remember(server_time=real + timedelta(days=14))
    assert refused(coordinator, file) == "hand_over.expired"
    coordinator.it.held.remember(server_time=heard)
    assert coordinator.takes(file).added
    assert refused(coordinator, file) == "hand_over.opened_before"
    with pytest.raises(NotPermittedError):
        take_file(coordinator.it.vault, replace(coordinator.keys, is_allowed=False), file, **coordinator.it.act)


def replace_now(laptop: Laptop, moment: Any) -> Laptop:
    """The same laptop at another moment; its clock stays as it is for everybody else."""
    late = object.__new__(Laptop)
    late.it, late.keys = laptop.it, laptop.keys
    late.takes = lambda path: take_file(  # type: ignore[method-assign]
        laptop.it.vault, laptop.keys, path, actor=laptop.it.actor, now=moment
    )
    return late


def test_a_laptop_whose_key_changed_is_never_given_anything(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    key = worker.key_of(coordinator)
    digits = handing_over.check_digits(key)
    assert handing_over.choices(coordinator.it.vault, **coordinator.it.act).own_check == digits

    # A new password makes a new key, and the same laptop vouches for it.
    handed.keep_keys(worker.it.vault, [replace(key, exchange=os.urandom(32))], now=worker.now)
    assert worker.key_of(coordinator).state == handed.KNOWN
    # Somebody at the service puts a laptop of their own in its place.
    handed.keep_keys(worker.it.vault, [replace(key, device_key=os.urandom(32))], now=worker.now)
    swapped = worker.key_of(coordinator)
    assert swapped.state == handed.CHANGED
    assert swapped.device_key == key.device_key
    with pytest.raises(BadInputError, match=r"hand_over\.colleague\.not_permitted"):
        write_file(worker.it.vault, worker.keys, **worker.it.act, to=swapped, people=[person], folder=tmp_path)
    assert list(tmp_path.glob("*.handover")) == []
    # Putting the right one back does not make it good again: somebody has to look.
    handed.keep_keys(worker.it.vault, [key], now=worker.now)
    assert worker.key_of(coordinator).state == handed.CHANGED


def test_a_key_that_its_laptop_does_not_vouch_for_is_refused_by_the_service(pair: tuple[Laptop, Laptop]) -> None:
    worker, coordinator = pair
    forged = coordinator.keys.own_key(worker.it.actor.device, worker.it.actor.user)
    with pytest.raises(RefusedError) as caught:
        worker.it.net.post(KEYS, KeysRequest(own=forged))
    assert caught.value.refusal.error is ErrorCode.BAD_REQUEST


def test_what_a_role_may_not_see_does_not_travel(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    people.register_person(
        coordinator.it.vault,
        **coordinator.it.act,
        form=people.NewPerson(full_name="Elsewhere Only", dob=("", "", "1990"), site=alliance.site("salisbury")),
    )
    with coordinator.it.vault.reading() as read:
        (elsewhere,) = [each.person_id for each in read.all(Person) if each.full_name == "Elsewhere Only"]
    with pytest.raises(BadInputError, match=r"hand_over\.people\.not_permitted"):
        coordinator.gives(worker, elsewhere, folder=tmp_path)

    near = register(coordinator.it, alliance, "Near Enough")
    secret = "Between the coordinator and me."
    people.add_note(
        coordinator.it.vault,
        **coordinator.it.act,
        person_id=near,
        text=secret,
        level=NoteLevel.AUTHOR_AND_COORDINATOR,
    )
    note(coordinator, near, "For all of us.")
    written = coordinator.gives(worker, near, folder=tmp_path)
    assert written.left_out == 1
    worker.takes(written.path)
    assert worker.notes(near) == ["For all of us."]
    assert traces(worker.it, secret) == []


def test_a_stop_that_arrived_since_wins_over_the_yes_in_the_file(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    worker.it.sync()
    coordinator.it.sync()
    agree(worker.it, alliance, person)
    referral_id, _ = send(worker.it, alliance, person)
    file = worker.gives(coordinator, person, folder=tmp_path).path
    # Meanwhile the person told the coordinator no.
    cell = Cell(org=alliance.org("back_up"), purpose=Purpose.REFERRAL_CONTACT, decision=Decision.REFUSED)
    form = consents.ConsentForm(answers=(cell,), method=ConsentMethod.SPOKEN_BY_PHONE, statement="No.", read_back=True)
    consents.record_consent(coordinator.it.vault, **coordinator.it.act, person_id=person, form=form)

    coordinator.takes(file)
    for each in (coordinator, worker, coordinator, worker):
        each.it.sync()

    for each in (coordinator, worker):
        assert state(each.it, referral_id) is ReferralState.DRAFT
        assert answer(each, person, alliance) is not AnswerKind.YES
    assert_equal(worker, coordinator, person)


def answer(laptop: Laptop, person: PersonId, alliance: AllianceService) -> AnswerKind:
    with laptop.it.vault.reading() as read:
        outlook = Outlook(
            aggregate=person_aggregate(read, person), directory=directory(read), on=london_day(laptop.now)
        )
        return outlook.answer(alliance.org("back_up"), Purpose.REFERRAL_CONTACT).kind


def test_whichever_laptop_meets_the_network_first_everything_happens_once(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    note(worker, person, "Once.")
    first = worker.gives(coordinator, person, folder=tmp_path).path
    # The worker's laptop is first, and the file is opened after the same records came by the service.
    worker.it.sync()
    coordinator.it.sync()
    coordinator.takes(first)
    coordinator.it.sync()
    note(worker, person, "Twice.")
    # A second file while the first one's work is known to the service.
    replace_minute(worker)
    second = worker.gives(coordinator, person, folder=tmp_path).path
    coordinator.takes(second)
    coordinator.it.net.lose = lambda path: path == PASSED_ON
    with pytest.raises(NetworkError):
        coordinator.it.sync()
    # The answer was lost on the way: it is asked again, and nothing happens a second time.
    coordinator.it.net.lose = lambda _path: False
    coordinator.it.sync()
    worker.it.sync()

    assert worker.notes(person) == coordinator.notes(person) == ["Once.", "Twice."]
    assert worker.it.attention() == coordinator.it.attention() == []
    assert_equal(worker, coordinator, person)


def replace_minute(laptop: Laptop) -> None:
    laptop.it.laptop.clock.forward(seconds=61)


def test_what_the_service_does_not_take_leaves_the_colleagues_laptop(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance, "Vanessa Unconfirmed")
    file = worker.gives(coordinator, person, folder=tmp_path).path
    coordinator.takes(file)
    # The laptop it was written on was given up before, as the service knows it.
    with alliance.service.database.settling(Context(org=worker.it.actor.org, device=worker.it.actor.device)) as found:
        found.execute("UPDATE device SET status = 'suspended' WHERE id = %s", (worker.it.actor.device,))

    coordinator.it.sync()

    assert "Vanessa Unconfirmed" not in coordinator.names()
    ((_, opened),) = handing_over.opened_files(coordinator.it.vault, actor=coordinator.it.actor)
    assert opened.state == handed.REFUSED
    assert traces(coordinator.it, "Unconfirmed") == []
    # The worker's own copy is where it was.
    assert "Vanessa Unconfirmed" in worker.names()


def refusing(laptop: Laptop, code: ErrorCode) -> None:
    """Let the service refuse what was handed over with a code, and take everything else."""
    ask = laptop.it.net.post

    def post(path: str, *lines: Any, header: Any = None) -> Any:
        if path == PASSED_ON:
            error = RefusedError(f"service.{code}")
            error.refusal = Refusal(error=code)
            raise error
        return ask(path, *lines, header=header)

    laptop.it.net.post = post  # type: ignore[method-assign]


@pytest.mark.parametrize("code", [ErrorCode.FAILED, ErrorCode.NOT_FOUND])
def test_a_fault_of_the_service_loses_nothing_of_a_file_however_often_it_comes(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path, code: ErrorCode
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance, "Vanessa Unconfirmed")
    coordinator.takes(worker.gives(coordinator, person, folder=tmp_path).path)
    ask = coordinator.it.net.post
    refusing(coordinator, code)
    for _ in range(6):
        coordinator.it.sync()
    assert "Vanessa Unconfirmed" in coordinator.names()
    coordinator.it.net.post = ask  # type: ignore[method-assign]
    coordinator.it.sync()
    worker.it.sync()
    coordinator.it.sync()
    assert_equal(worker, coordinator, person)


def test_a_stop_waits_for_no_file_that_the_service_has_no_time_for(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    known = register(coordinator.it, alliance, "Known Before")
    agree(coordinator.it, alliance, known)
    coordinator.it.sync()
    coordinator.takes(worker.gives(coordinator, register(worker.it, alliance), folder=tmp_path).path)
    stops.stop_sharing(coordinator.it.vault, **coordinator.it.act, person_id=known, stop=stops.Stop())
    before = len(coordinator.it.net.paths)
    refusing(coordinator, ErrorCode.BUSY)
    with pytest.raises(RefusedError):
        coordinator.it.sync()
    assert coordinator.it.net.paths[before:].count(PUSH) == 1


def test_what_somebody_changed_since_is_shown_after_a_file_that_is_older(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance, "Known Before")
    worker.it.sync()
    coordinator.it.sync()
    change_name(worker, person, "Kit")
    file = worker.gives(coordinator, person, folder=tmp_path).path
    worker.it.sync()
    coordinator.it.sync()
    change_name(coordinator, person, "Max")
    coordinator.it.sync()
    worker.it.sync()
    coordinator.takes(file)
    for _ in range(2):
        coordinator.it.sync()
        worker.it.sync()
    assert known_as(coordinator, person) == known_as(worker, person) == "Max"
    with coordinator.it.vault.reading() as read:
        assert read.connection.exec_driver_sql("SELECT rid FROM rec_base").all() == []


def test_another_laptop_cannot_pass_on_what_was_not_given_to_it(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path, intake: Enrolled
) -> None:
    worker, coordinator = pair
    person = register(worker.it, alliance)
    coordinator.takes(worker.gives(coordinator, person, folder=tmp_path).path)
    (waiting,) = handed.waiting_files(coordinator.it.vault)
    header, lines = msgspec.json.decode(waiting.header, type=PassedOn), waiting.lines.split(b"\n")
    actor = coordinator.it.actor
    for sender, told in (
        (intake, header),
        (worker.it, header),
        (coordinator.it, msgspec.structs.replace(header, stops=len(lines) + 1)),
        (coordinator.it, msgspec.structs.replace(header, from_device=actor.device)),
        (coordinator.it, msgspec.structs.replace(header, sha256="0" * 64)),
        (coordinator.it, msgspec.structs.replace(header, made_at=header.made_at - timedelta(days=91))),
        (coordinator.it, msgspec.structs.replace(header, sig="")),
    ):
        with pytest.raises(RefusedError) as caught:
            sender.net.post(PASSED_ON, *lines, header=told)
        assert caught.value.refusal.error is ErrorCode.BAD_REQUEST
    with pytest.raises(RefusedError):
        coordinator.it.net.post(PASSED_ON, *lines[:-1], header=header)
    coordinator.it.sync()
    worker.it.sync()
    assert_equal(worker, coordinator, person)


def test_a_stop_does_not_wait_for_a_file_that_does_not_get_through(
    pair: tuple[Laptop, Laptop], alliance: AllianceService, tmp_path: Path
) -> None:
    worker, coordinator = pair
    known = register(coordinator.it, alliance, "Known Before")
    agree(coordinator.it, alliance, known)
    coordinator.it.sync()
    coordinator.takes(worker.gives(coordinator, register(worker.it, alliance), folder=tmp_path).path)
    stops.stop_sharing(coordinator.it.vault, **coordinator.it.act, person_id=known, stop=stops.Stop())
    before = len(coordinator.it.net.paths)
    coordinator.it.net.lose = lambda path: path == PASSED_ON

    with pytest.raises(NetworkError):
        coordinator.it.sync()

    assert coordinator.it.net.paths[before:].count(PUSH) == 1
