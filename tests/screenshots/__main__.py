"""`nox -s screenshots -- --out DIR`: every page in light, dark, high contrast and at 200 % text."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from app.domain.codes import ConsentKind, ContactKind, NoteLevel, NoticeKind, Role
from app.domain.consent_event import ConsentEvent
from app.domain.ids import AgreementId, PersonId, ServiceId
from app.domain.names import NameTables
from app.errors import VaultError
from app.storage.backup import Snapshot
from app.use_cases import access_requests, agreements, attachments, gap_watch, noticeboard, people, services
from app.use_cases.key_life import Colleague
from app.use_cases.noticeboard import NoticeForm
from app.use_cases.people import NewPerson, register_person
from tests.demo.player import Player
from tests.demo.story import Story, told
from tests.demo.world import World
from tests.helpers import files
from tests.screenshots.mentoring import mentoring_pages
from tests.screenshots.programme import Programme
from ui.pages.access_requests import AccessRequestPage, AccessRequestsPage
from ui.pages.agreement import AgreementPage
from ui.pages.agreement_form import AgreementFormPage
from ui.pages.audit import AuditPage
from ui.pages.consent import ConsentPage
from ui.pages.held_back import HeldBackPage
from ui.pages.new_password import COLLEAGUE, CUSTODIANS, OWN, NewPasswordPage
from ui.pages.notice_form import NoticeFormPage
from ui.pages.noticeboard import NoticeboardPage
from ui.pages.open_failed import Offer, OpenFailedPage
from ui.pages.person import PersonPage
from ui.pages.places_here import ADD, END, PlacesHerePage
from ui.pages.same_person import SamePersonPage
from ui.pages.set_up import SetUpPage
from ui.pages.sign_in import SignInPage
from ui.pages.vault_page import VaultPage
from ui.pyside_guard import keep_singletons
from ui.shell.window import Window
from ui.theme import Theme
from ui.view_models.subjects import ComparePair, WasRecorded

LOOKS = (("light", 100), ("dark", 100), ("high_contrast", 100), ("light", 200))
SIZE = (1280, 832)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw every page in every look; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nox -s screenshots --", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/screenshots"))
    parser.add_argument("--only", help="pages whose name begins so")
    asked = parser.parse_args(arguments)
    application = QApplication.instance() or QApplication(["alongside-screenshots"])
    assert isinstance(application, QApplication)
    keep_singletons()
    asked.out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="alongside-screenshots-"))
    world = World(folder, say=print)
    try:
        world.live(print)
        with told(world, None, print) as story:
            _play_until(story, "partner_accepts")
            for name, scale in LOOKS:
                look = f"{name}-{scale}"
                print(f"Drawing {look} …", flush=True)
                Theme.load(name, scale).apply(application)
                for page, draw in _pages(story):
                    if asked.only is None or page.startswith(asked.only):
                        widget = draw()
                        widget.grab().save(str(asked.out / f"{page}-{look}.png"))
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(list(asked.out.glob('*.png')))} pictures in {asked.out}")
    return 0


def _play_until(story: Story, last: str) -> None:
    for name, act in story._acts():
        act()
        if name == last:
            return


def _new_password(story: Story, way: str) -> NewPasswordPage:
    places = [(story.world.ward.actor.user, "Dan"), (story.world.partner.actor.user, "Ewa")]
    page = NewPasswordPage(places, lambda: "harbour lantern meadow cricket", person=places[0][0])
    page.way.choices[way].click()
    return page


def _open_failed(story: Story, fault: str) -> OpenFailedPage:
    now = story.world.clock()
    copies = [
        Snapshot(
            place=days,
            path=Path("snapshot"),
            taken_at=now - timedelta(days=days),
            generation=1,
            schema=1,
            audit_seq=1,
            audit_hash="",
        )
        for days in (1, 2, 3)
    ]
    offer = Offer(snapshots=copies if fault == "damaged" else (), keeps_older=fault == "older")
    return OpenFailedPage(VaultError(f"vault.{fault}"), "Charity IT: 01632 960 111", offer=offer, now=now)


def _places_here(story: Story, what: str) -> PlacesHerePage:
    dan, ewa = story.world.ward.actor.user, story.world.partner.actor.user
    page = PlacesHerePage([(dan, "Dan"), (ewa, "Ewa")], lambda: "harbour lantern meadow cricket", person=dan)
    page.what.choices[what].click()
    if what == ADD:
        page.show_colleagues([Colleague(person_id=ewa, name="Ewa Example", shown_name="Ewa")])
    return page


def _pages(story: Story) -> Iterator[tuple[str, Callable[[], QWidget]]]:
    ward, partner, person = story.ward, story.partner, story.person
    referral = story._sent["back_up_wheelchair_skills"]
    yield "sign_in", lambda: _alone(SignInPage([(story.world.ward.actor.user, "Dan")], monotonic=time.monotonic))
    for fault in ("damaged", "older", "missing"):
        yield f"open_failed-{fault}", lambda fault=fault: _alone(_open_failed(story, fault))
    for way in (OWN, COLLEAGUE, CUSTODIANS):
        yield f"new_password-{way}", lambda way=way: _alone(_new_password(story, way))
    for what in (ADD, END):
        yield f"places_here-{what}", lambda what=what: _alone(_places_here(story, what))
    yield "set_up", lambda: _alone(SetUpPage(lambda: "harbour lantern meadow cricket"))
    for key in (
        "today",
        "people",
        "register_person",
        "import_people",
        "team_inbox",
        "from_outside",
        "gaps",
        "leaving_ward",
        "impact",
        "hand_over",
        "open_hand_over",
        "directory",
        "agreements",
        "noticeboard",
        "audit",
        "attention",
        "sync",
        "settings",
        "help",
    ):
        yield f"{key}", lambda key=key: _shown(ward, key)
    yield "person", lambda: _shown(ward, "person", person)
    for part in ("consent", "referrals", "contact", "notes", "history"):
        yield f"person-{part}", lambda part=part: _part(ward, person, part)
    yield "person-files", lambda: _files(ward, person, story.world.folder)
    yield "consent", lambda: _answered(ward, person)
    yield "consent_done", lambda: _shown(ward, "consent_done", _newest_talk(ward, person))
    yield "gap", lambda: _shown(ward, "gap", _first_gap(ward))
    yield "service", lambda: _shown(ward, "service", _some_service(ward))
    yield "agreement", lambda: _shown(ward, "agreement", _first_agreement(ward))
    yield "agreement_form", lambda: _office(ward, AgreementFormPage)
    yield "agreement-office", lambda: _office(ward, AgreementPage, _first_agreement(ward))
    yield "notice_form", lambda: _office(ward, NoticeFormPage)
    yield "access-requests", lambda: _requests(ward, person, AccessRequestsPage)
    yield "access-request", lambda: _requests(ward, person, AccessRequestPage)
    yield "access-held-back", lambda: _held_back(ward)
    yield "audit-lead", lambda: _audited(ward)
    yield "notice-board", lambda: _board(ward)
    yield "equality", lambda: _shown(ward, "equality", person)
    yield "stop_sharing", lambda: _shown(ward, "stop_sharing", person)
    yield "refer", lambda: _shown(ward, "refer", person)
    yield "referral-sender", lambda: _shown(ward, "referral", referral)
    yield "letter", lambda: _shown(partner, "letter", referral)
    yield "partner-today", lambda: _shown(partner, "today")
    yield "partner-inbox", lambda: _shown(partner, "team_inbox")
    yield "partner-referral", lambda: _shown(partner, "referral", referral)
    yield "partner-person", lambda: _shown(partner, "person", person)
    yield "same_person", lambda: _pair(ward, person)
    yield "same_person-two", lambda: _pair_of_two(partner, person)
    yield "mentoring", lambda: _programme(story.world.folder, "mentoring")
    yield "mentoring-mentors", lambda: _programme(story.world.folder, "mentors")
    yield "mentoring-mentor", lambda: _programme(story.world.folder, "mentor")
    yield "mentoring-checks", lambda: _programme(story.world.folder, "checks")
    yield "mentoring-proposals", lambda: _programme(story.world.folder, "proposals")
    yield "mentoring-compared", lambda: _programme(story.world.folder, "compared")
    yield "mentoring-waiting", lambda: _programme(story.world.folder, "waiting")
    yield "mentoring-weights", lambda: _programme(story.world.folder, "weights")
    yield "mentoring-match", lambda: _programme(story.world.folder, "match")
    yield from mentoring_pages(partner, _opened)
    yield "cover", lambda: _covered(ward)


def _shown(player: Player, key: str, subject: object | None = None) -> QWidget:
    shell = player.desk.shell
    if shell.is_covered:
        shell.uncover()
    shell.resize(*SIZE)
    player.go(key, subject)
    player.settle()
    return shell


def _pair(player: Player, person: PersonId) -> QWidget:
    """Somebody is registered a second time, with another spelling, and a coordinator looks at both."""
    context = player.desk.context
    if not _AGAIN:
        phone = {"contact_kind": ContactKind.MOBILE, "contact_value": "07700 900654"}
        form = NewPerson(full_name="Sam Osey", dob=("", "", "1988"), **phone)
        _AGAIN.append(register_person(context.vault, actor=context.actor, now=context.now, form=form))
    actor = replace(context.actor, role=Role.COORDINATOR, roles=frozenset({Role.COORDINATOR}))
    page = SamePersonPage(replace(context, actor=actor))
    window = _alone(page)
    page.open(ComparePair(one=person, other=_AGAIN[0]))
    player.settle()
    return window


def _pair_of_two(player: Player, person: PersonId) -> QWidget:
    """Another charity's person is one of the partner's own, too, and its coordinator looks at both."""
    context = player.desk.context
    if not _OWN_RECORD:
        phone = {"contact_kind": ContactKind.MOBILE, "contact_value": "07700 900654"}
        form = NewPerson(full_name="Sam Osey", dob=("", "", "1988"), **phone)
        _OWN_RECORD.append(register_person(context.vault, actor=context.actor, now=context.now, form=form))
    actor = replace(context.actor, role=Role.COORDINATOR, roles=frozenset({Role.COORDINATOR}))
    page = SamePersonPage(replace(context, actor=actor))
    window = _alone(page)
    page.open(ComparePair(one=_OWN_RECORD[0], other=person))
    player.settle()
    return window


def _office(player: Player, page: type[VaultPage], subject: object | None = None) -> QWidget:
    """A page as the lead body's office sees it."""
    context = player.desk.context
    actor = replace(context.actor, role=Role.SECRETARIAT, roles=frozenset({Role.SECRETARIAT}))
    made = page(replace(context, actor=actor))
    window = _alone(made)
    made.open(subject)
    player.settle()
    return window


def _programme(folder: Path, which: str) -> QWidget:
    """Draw a page of an invented mentoring programme, made the first time."""
    if not _PROGRAMME:
        _PROGRAMME.append(Programme(folder))
    page = _PROGRAMME[0].show(which)
    window = _alone(page)
    _PROGRAMME[0].settle()
    return window


def _requests(player: Player, person: PersonId, page: type[VaultPage]) -> QWidget:
    """What a data protection lead sees of somebody who asked; asked the first time."""
    context = player.desk.context
    actor = replace(context.actor, role=Role.DATA_PROTECTION_LEAD, roles=frozenset({Role.DATA_PROTECTION_LEAD}))
    act = {"actor": actor, "now": context.now}
    if not access_requests.requests(context.vault, **act):
        access_requests.ask_for_access(context.vault, **act, person_id=person, received_on=context.on)
    (row,) = access_requests.requests(context.vault, **act)
    made = page(replace(context, actor=actor))
    window = _alone(made)
    made.open(row.task_id if page is AccessRequestPage else None)
    player.settle()
    return window


def _held_back(player: Player) -> QWidget:
    """What a data protection lead sees while no record is held back, with the form open."""
    context = player.desk.context
    actor = replace(context.actor, role=Role.DATA_PROTECTION_LEAD, roles=frozenset({Role.DATA_PROTECTION_LEAD}))
    page = HeldBackPage(replace(context, actor=actor))
    window = _alone(page)
    page.open()
    page.form.unfold()
    player.settle()
    return window


def _audited(player: Player) -> QWidget:
    """The audit as a data protection lead reads it."""
    context = player.desk.context
    actor = replace(context.actor, role=Role.DATA_PROTECTION_LEAD, roles=frozenset({Role.DATA_PROTECTION_LEAD}))
    page = AuditPage(replace(context, actor=actor))
    window = _alone(page)
    page.open()
    player.settle()
    return window


def _board(player: Player) -> QWidget:
    """The board with two notices on it."""
    context = player.desk.context
    actor = replace(context.actor, role=Role.COORDINATOR, roles=frozenset({Role.COORDINATOR}))
    act = {"actor": actor, "now": context.now}
    if not noticeboard.notices(context.vault, **act):
        for kind, title in (
            (NoticeKind.TRAINING, "Wheelchair skills: six places left"),
            (NoticeKind.EXPERTISE, "Ask us about grants"),
        ):
            form = NoticeForm(kind=kind, title=title, body="Write to us.", contact="courses@example.org")
            noticeboard.save_notice(context.vault, **act, form=form, names=NameTables())
    return _office(player, NoticeboardPage)


def _part(player: Player, person: object, part: str) -> QWidget:
    shell = _shown(player, "person", person)
    page = player.page(PersonPage)
    page.show_part(part)
    player.settle()
    return shell


def _files(player: Player, person: PersonId, folder: Path) -> QWidget:
    """Lay a letter on its way and a photo beside a note, the first time, and show them."""
    context = player.desk.context
    act = {"actor": context.actor, "now": context.now}
    if not attachments.files_beside(context.vault, actor=context.actor, person_id=person):
        level = NoteLevel.PARTNERS_AGREED
        note = people.add_note(
            context.vault, **act, person_id=person, text="The ward gave us this letter.", level=level
        )
        for title, content in (("Discharge letter", files.PDF), ("The ramp", files.png(1200, 600))):
            path = folder / title
            path.write_bytes(content)
            attachments.add_file(context.vault, **act, parent=note.id, path=path, title=title)
    return _part(player, person, "notes")


def _answered(player: Player, person: object) -> QWidget:
    shell = _shown(player, "consent", person)
    page = player.page(ConsentPage)
    for answer in list(page.asking.bar.buttons)[:4]:
        page.asking.bar.buttons[answer].click()
        player.settle()
    return shell


def _some_service(player: Player) -> ServiceId:
    context = player.desk.context
    return services.services(context.vault, actor=context.actor, now=context.now)[1].service_id


def _first_agreement(player: Player) -> AgreementId:
    context = player.desk.context
    return agreements.agreements(context.vault, actor=context.actor, now=context.now)[0].agreement_id


def _first_gap(player: Player) -> PersonId:
    context = player.desk.context
    return gap_watch.watch(context.vault, actor=context.actor, now=context.now).gaps[0].person_id


def _newest_talk(player: Player, person: PersonId) -> WasRecorded:
    with player.desk.context.vault.reading() as read:
        talks = [event for event in read.of_person(ConsentEvent, person) if event.kind is ConsentKind.ANSWER]
    newest = max(talks, key=lambda event: event.at)
    return WasRecorded(person_id=person, event_id=newest.event_id)


def _covered(player: Player) -> QWidget:
    player.desk.shell.cover()
    player.settle()
    return player.desk.shell


def _opened(player: Player, page: VaultPage, subject: object | None) -> QWidget:
    window = _alone(page)
    page.open(subject)
    player.settle()
    return window


def _alone(page: QWidget) -> QWidget:
    window = Window()
    window.setCentralWidget(page)
    window.resize(*SIZE)
    window.show()
    QApplication.processEvents()
    _KEPT.append(window)
    return window


_AGAIN: list[PersonId] = []
"""The record that was made a second time."""

_OWN_RECORD: list[PersonId] = []
"""The partner's own record of a person whom the ward has told it of."""

_PROGRAMME: list[Programme] = []
"""The programme that was invented."""

_KEPT: list[QWidget] = []
"""Windows drawn alone: a widget without an owner is deleted before it is drawn."""


if __name__ == "__main__":
    sys.exit(main())
