"""Agreements and notices written on a laptop, at the service: who may, who gets them, and that a signed paper stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.agreement import Agreement, Document, Signatory
from app.domain.bodies import plain
from app.domain.clocks import london_day
from app.domain.codes import AgreementKind, AllianceRole, NoticeKind, PackageField, Purpose, Role
from app.domain.ids import DeviceId, OrganisationId, UserId
from app.domain.notice import Notice
from app.domain.organisation import Organisation
from sync.central.entering import new_user
from sync.protocol.messages import OpLine
from tests.central.conftest import Clock
from tests.central.device import Cursor, Device, enrol_with
from tests.helpers.central import AllianceService


def office_of(alliance: AllianceService, org: str, *, role: str = "secretariat", scope: str = "admin:") -> Device:
    """Enrol a laptop of a charity's office, with an account in a role that sees no ward."""
    user = new_user(
        alliance.administration,
        org=alliance.org(org),
        today=london_day(alliance.service.clock()),
        roles=[role],
        sites=[],
        teams=[],
        name="Lee Example",
        shown_name="Lee",
        email=f"{role.replace('_', '-')}@{org.replace('_', '-')}.example.org",
    )
    slip = alliance.administration.device_code(
        alliance.org(org), [UserId(user)], [alliance.scope_key(scope, org)], address=alliance.address
    )
    key = Ed25519PrivateKey.generate()
    reply = enrol_with(slip, key)
    return Device(
        address=slip.address,
        audience=slip.audience,
        device_id=reply.device_id,
        org=OrganisationId(reply.org),
        user=UserId(user),
        key=key,
        cursors={scope.id: Cursor(scope.key) for scope in reply.scopes},
        clock=alliance.service.clock,
    )


@pytest.fixture
def office(alliance: AllianceService) -> Device:
    return office_of(alliance, "aspire")


def paper(alliance: AllianceService, office: Device, parties: tuple[str, ...] = ("aspire", "back_up")) -> Agreement:
    on = london_day(alliance.service.clock())
    return Agreement(
        **office.header(Role.SECRETARIAT),
        title="Sharing for courses",
        kind=AgreementKind.DATA_SHARING,
        parties=frozenset(alliance.org(slug) for slug in parties),
        purposes=frozenset({Purpose.REFERRAL_CONTACT}),
        fields=frozenset({PackageField.NAME}),
        from_on=on,
        review_on=on + timedelta(days=300),
    )


def signed(alliance: AllianceService, *orgs: str) -> tuple[Signatory, ...]:
    on = london_day(alliance.service.clock())
    return tuple(Signatory(org=alliance.org(org), name="Robin Example", post="Chair", signed_on=on) for org in orgs)


def patch(office: Device, written: Agreement, **changes: Any) -> OpLine:
    base = {name: plain(getattr(written, name)) for name in changes if getattr(written, name)}
    return office.patch(written, "agreement", changes=plain(changes), base=base)


def answer(device: Device, op: OpLine) -> tuple[str, str, str]:
    (result,) = device.push(op)
    return result.state, result.code or "", result.gate or ""


def at_service(alliance: AllianceService, written: Agreement) -> Agreement:
    held = alliance.administration.alliance().directory.agreements
    return next(each for each in held if each.id == written.id)


def reminders(device: Device, written: Agreement) -> list[dict[str, Any]]:
    device.token = ""  # Days have passed.
    device.pull()
    return [body for body in device.bodies("task").values() if body.get("subject") == str(written.id)]


def test_a_paper_is_written_signed_and_ended_from_a_laptop(alliance: AllianceService, office: Device) -> None:
    written = paper(alliance, office)
    assert answer(office, office.create(written))[0] == "applied"
    one, both = signed(alliance, "aspire"), signed(alliance, "aspire", "back_up")
    assert answer(office, patch(office, written, signatories=one))[0] == "applied"
    standing = replace(written, signatories=one)
    assert answer(office, patch(office, standing, signatories=both))[0] == "applied"
    assert at_service(alliance, written).is_signed_by_all
    on = london_day(alliance.service.clock())
    assert answer(office, patch(office, written, ended_on=on))[0] == "applied"
    assert at_service(alliance, written).ended_on == on


def test_nobody_but_the_office_writes_a_paper(alliance: AllianceService, office: Device, ward: Device) -> None:
    forged = replace(paper(alliance, ward), created_by=ward.user, device=DeviceId(ward.device_id))
    assert answer(ward, ward.create(forged))[:2] == ("rejected", "not_permitted")
    written = paper(alliance, office)
    office.push(office.create(written))
    assert answer(ward, patch(ward, written, fields=frozenset(PackageField)))[:2] == ("rejected", "not_permitted")


def test_an_office_cannot_write_down_what_others_agreed_nor_change_their_paper(
    alliance: AllianceService, office: Device
) -> None:
    other = office_of(alliance, "back_up")
    of_others = paper(alliance, office, ("back_up", "sia"))
    assert answer(office, office.create(of_others))[:2] == ("rejected", "not_permitted")
    written = paper(alliance, office)
    office.push(office.create(written))
    assert answer(other, patch(other, written, fields=frozenset(PackageField)))[:2] == ("rejected", "read_only")
    assert at_service(alliance, written).fields == {PackageField.NAME}


def test_where_there_is_a_lead_body_only_its_office_keeps_the_register(
    alliance: AllianceService, office: Device
) -> None:
    lead = office_of(alliance, "back_up")
    body = next(
        each
        for each in alliance.administration.alliance().directory.organisations.values()
        if isinstance(each, Organisation) and each.id == alliance.org("back_up")
    )
    alliance.administration.patch(body, {"alliance_role": AllianceRole.LEAD})
    assert answer(office, office.create(paper(alliance, office)))[:2] == ("rejected", "not_permitted")
    assert answer(lead, lead.create(paper(alliance, lead, ("aspire", "sia"))))[0] == "applied"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fields": frozenset(PackageField)}, "fields"),
        ({"purposes": frozenset(Purpose)}, "purposes"),
        ({"kind": AgreementKind.MOU}, "kind"),
        ({"signatories": ()}, "signatories"),
        ({"archived": True}, "archived"),
    ],
)
def test_from_the_first_signature_on_a_paper_stays_as_it_is(
    alliance: AllianceService, office: Device, changes: dict[str, Any], field: str
) -> None:
    written = replace(paper(alliance, office), signatories=signed(alliance, "aspire"))
    office.push(office.create(written))
    assert answer(office, patch(office, written, **changes)) == ("rejected", "constraint", f"agreement.{field}.signed")
    assert at_service(alliance, written) == written


def test_the_file_is_said_once(alliance: AllianceService, office: Device) -> None:
    written = replace(paper(alliance, office), signatories=signed(alliance, "aspire"))
    office.push(office.create(written))
    first, other = (Document(title="paper.pdf", sha256=digit * 64, size=10) for digit in "ab")
    assert answer(office, patch(office, written, document=first))[0] == "applied"
    again = patch(office, replace(written, document=first), document=other)
    assert answer(office, again) == ("rejected", "constraint", "agreement.document.signed")


def test_a_last_day_only_comes_forward(alliance: AllianceService, office: Device, clock: Clock) -> None:
    on = london_day(alliance.service.clock())
    written = replace(paper(alliance, office), signatories=signed(alliance, "aspire", "back_up"))
    office.push(office.create(written))
    ended = replace(written, ended_on=on)
    assert answer(office, patch(office, written, ended_on=on))[0] == "applied"
    for later in (on + timedelta(days=5), None):
        assert answer(office, patch(office, ended, ended_on=later)) == (
            "rejected",
            "constraint",
            "agreement.ended_on.ended",
        )
    assert at_service(alliance, written).ended_on == on


def test_thirty_days_before_its_review_a_paper_is_on_the_lists_of_its_office_and_of_every_party(
    alliance: AllianceService, office: Device, clock: Clock
) -> None:
    on = london_day(alliance.service.clock())
    written = replace(
        paper(alliance, office), signatories=signed(alliance, "aspire", "back_up"), review_on=on + timedelta(days=40)
    )
    office.push(office.create(written))
    reviewer = alliance.service.reviewer
    reviewer.run(now=clock())
    assert reminders(office, written) == []
    clock.advance(days=10)
    assert reviewer.run(now=clock()) == 3
    (mine,) = reminders(office, written)
    assert (mine["for_role"], mine["due_on"], mine["note"]) == (
        "secretariat",
        str(on + timedelta(days=10)),
        "Sharing for courses",
    )
    lead = office_of(alliance, "back_up", role="data_protection_lead", scope="rights:")
    (theirs,) = reminders(lead, written)
    assert (theirs["for_role"], theirs["org"]) == ("data_protection_lead", str(alliance.org("back_up")))
    reviewer._looked = None
    reviewer.run(now=clock())
    assert len(reminders(office, written)) == 1


def a_notice(device: Device, role: Role = Role.SECRETARIAT) -> Notice:
    return Notice(
        **device.header(role),
        kind=NoticeKind.TRAINING,
        title="Six places left",
        body="A weekend of wheelchair skills.",
        contact="courses@example.org",
    )


def test_a_notice_reaches_the_laptops_of_every_charity_and_only_its_own_changes_it(
    alliance: AllianceService, office: Device, ward: Device, intake: Device
) -> None:
    notice = a_notice(office)
    assert answer(office, office.create(notice))[0] == "applied"
    for device in (ward, intake):
        device.pull()
        assert device.bodies("notice")[notice.id]["title"] == "Six places left"
    other = office_of(alliance, "back_up")
    renamed = other.patch(notice, "notice", changes={"title": "None left"}, base={"title": notice.title})
    assert answer(other, renamed)[0] == "rejected"
    assert answer(ward, ward.create(a_notice(ward, Role.OUTREACH_WORKER)))[:2] == ("rejected", "not_permitted")
    down = {"withdrawn_on": str(london_day(alliance.service.clock()))}
    assert answer(office, office.patch(notice, "notice", changes=down))[0] == "applied"
    intake.pull()
    assert intake.bodies("notice")[notice.id]["withdrawn_on"] == down["withdrawn_on"]
