"""The agreements register through the window: what each paper lets flow, its days, and that its end shuts the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.agreement import Agreement, Signatory
from app.domain.clocks import london_time
from app.domain.codes import (
    AgreementKind,
    AgreementState,
    PackageField,
    Purpose,
    ReferralState,
    Role,
    Scope,
    TaskKind,
    TaskState,
)
from app.domain.ids import OrganisationId
from app.domain.referral import Referral
from app.domain.task import Task
from app.errors import BadInputError, NotPermittedError
from app.use_cases import keeping_agreements
from app.use_cases.agreements import agreements
from app.use_cases.today import today
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.agreement import AgreementPage
from ui.pages.agreement_form import AgreementFormPage
from ui.pages.agreements import AgreementsPage
from ui.pages.directory import DirectoryPage
from ui.places import entry_keys
from ui.theme import Theme, ThemeName
from ui.view_models.today_words import today_line
from ui.widgets import DateParts, SafeLabel, Shape

SECRETARIAT = make_actor("aspire", Role.SECRETARIAT, "Lee")
NARROW = frozenset({PackageField.NAME, PackageField.CONTACT_POINTS})


@pytest.fixture
def sharing(laptop: Laptop) -> Agreement:
    with laptop.vault.reading() as read:
        (held,) = read.all(Agreement)
    return held


def add_paper(laptop: Laptop, **changes: Any) -> Agreement:
    """Write another paper between Aspire and Back Up, signed by both unless said."""
    parties = frozenset({laptop.orgs["aspire"], laptop.orgs["back_up"]})
    on = laptop.clock().date()
    fields: dict[str, Any] = {
        "title": "Working together",
        "kind": AgreementKind.MOU,
        "parties": parties,
        "purposes": frozenset({Purpose.MENTORING}),
        "fields": NARROW,
        "from_on": on - timedelta(days=100),
        "review_on": on + timedelta(days=200),
        "signatories": tuple(
            Signatory(org=org, name="Robin Example", post="Chair", signed_on=on - timedelta(days=101))
            for org in sorted(parties)
        ),
    }
    with laptop.vault.transaction(actor=SECRETARIAT, now=laptop.clock()) as work:
        return work.create(Agreement(**work.header(), **{**fields, **changes}))


def words_in(part: Any) -> list[str]:
    return [each.words for each in part.findChildren(SafeLabel) if each.words and each.isVisible()]


def test_the_directory_leads_to_the_register(context: PageContext, shown: Any, went: Any) -> None:
    shown(DirectoryPage(context)).agreements_button.click()
    assert went.places[-1][0] == "agreements"


def test_every_paper_stands_in_the_register_and_opens(
    context: PageContext, laptop: Laptop, sharing: Agreement, shown: Any, went: Any
) -> None:
    add_paper(laptop, purposes=frozenset(Purpose) - {Purpose.CASEWORK}, to_on=laptop.clock().date())
    page = shown(AgreementsPage(context), width=BESIDE_NAVIGATION)
    assert {row.title for row in page.shown} == {sharing.title, "Working together"}
    assert cut_words(page.table) == []
    page.open_button.click()
    assert went.places[-1] == ("agreement", page.shown[0].agreement_id)


def test_a_paper_is_amber_from_thirty_days_before_its_review(context: PageContext, laptop: Laptop, shown: Any) -> None:
    on = laptop.clock().date()
    near = add_paper(laptop, title="Near", review_on=on + timedelta(days=30))
    far = add_paper(laptop, title="Far", review_on=on + timedelta(days=31))
    page = shown(AgreementsPage(context))
    amber = {row.agreement_id: row.is_review_near for row in page.shown}
    assert (amber[near.id], amber[far.id]) == (True, False)
    assert page.shown[0].agreement_id == near.id
    assert page.table.rows.cell(0, 4).shape is Shape.TRIANGLE
    assert shown(AgreementPage(context), near.id).review.isVisible()
    assert not shown(AgreementPage(context), far.id).review.isVisible()


def test_a_memorandum_says_that_it_permits_no_sharing(context: PageContext, laptop: Laptop, shown: Any) -> None:
    page = shown(AgreementPage(context), add_paper(laptop).id)
    assert words_in(page.flows_card)[-1] == "A memorandum alone permits no sharing."
    assert page.row.flows == ()


def test_a_paper_says_between_whom_what_flows_and_for_what(context: PageContext, laptop: Laptop, shown: Any) -> None:
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING)
    page = shown(AgreementPage(context), paper.id)
    assert words_in(page.flows) == [
        "Between",
        "Aspire and Back Up",
        "For",
        "Find a mentor",
        "They may tell",
        "Name and phone, email and address",
    ]


def test_a_party_that_did_not_sign_is_named_and_nothing_flows(context: PageContext, laptop: Laptop, shown: Any) -> None:
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, signatories=())
    page = shown(AgreementPage(context), paper.id)
    assert page.row.state is AgreementState.DRAFT
    assert words_in(page.signed).count("Nobody has signed yet") == 2
    assert not page.row.flows


def test_the_day_after_its_end_a_paper_lets_nothing_flow_and_the_gate_is_shut(
    context: PageContext, laptop: Laptop, sharing: Agreement, shown: Any
) -> None:
    sam, robin = kit.register(laptop), kit.register(laptop, full_name="Robin Vale", known_as="Robin")
    for person in (sam, robin):
        kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), ("back_up", Purpose.MENTORING))
    before = kit.queue(laptop, sam)
    assert shown(AgreementPage(context), sharing.id).row.flows
    with laptop.vault.transaction(actor=SECRETARIAT, now=laptop.clock()) as work:
        work.change(Agreement, sharing.id, fields={"ended_on": laptop.clock().date()})
    laptop.clock.forward(days=1)
    page = shown(AgreementPage(context), sharing.id)
    after = kit.queue(laptop, robin)
    assert page.row.state is AgreementState.ENDED
    assert words_in(page.flows_card)[-1] == "Nothing any more: it was ended."
    with laptop.vault.reading() as read:
        states = [read.get(Referral, referral).state for referral in (before, after)]
    assert states == [ReferralState.QUEUED, ReferralState.DRAFT]


def test_a_paper_that_ran_out_lets_nothing_flow(context: PageContext, laptop: Laptop, shown: Any) -> None:
    on = laptop.clock().date()
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, to_on=on)
    assert shown(AgreementPage(context), paper.id).row.flows
    laptop.clock.forward(days=1)
    page = shown(AgreementPage(context), paper.id)
    assert page.row.state is AgreementState.EXPIRED
    assert words_in(page.flows_card)[-1] == "Nothing any more: it has run out."


@pytest.mark.parametrize(
    ("theme", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
)
def test_both_pages_can_be_read_and_used_in_every_look(
    context: PageContext, laptop: Laptop, shown: Any, qapp: QApplication, theme: ThemeName, scale: int
) -> None:
    Theme.load(theme, scale).apply(qapp)
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, review_on=laptop.clock().date())
    assert faults(shown(AgreementsPage(context))) == []
    assert faults(shown(AgreementPage(context), paper.id)) == []


def test_the_lead_body_s_office_finds_the_register_and_a_volunteer_does_not() -> None:
    assert "directory" in entry_keys({Role.SECRETARIAT})
    assert "directory" in entry_keys({Role.DATA_PROTECTION_LEAD})
    assert "directory" not in entry_keys({Role.MENTOR})


def test_a_volunteer_does_not_read_the_register(laptop: Laptop) -> None:
    mentor = make_actor("aspire", Role.MENTOR, "Sol")
    with pytest.raises(NotPermittedError):
        agreements(laptop.vault, actor=mentor, now=laptop.clock())


# Keeping the register


@pytest.fixture
def office(context: PageContext) -> PageContext:
    """The same laptop, with Aspire's secretariat in front of it."""
    return replace(context, actor=SECRETARIAT)


def typed(day: date) -> DateParts:
    return DateParts(day=str(day.day), month=str(day.month), year=str(day.year))


def fill(page: AgreementFormPage, laptop: Laptop, **changes: Any) -> None:
    """Type a data sharing agreement between Aspire and Back Up into an open form."""
    fields, on = page.fields, laptop.clock().date()
    fields.title.set_text(changes.get("title", "Sharing for mentoring"))
    fields.kind.choices[changes.get("kind", AgreementKind.DATA_SHARING)].click()
    fields.parties.set_values([str(laptop.orgs[slug]) for slug in ("aspire", "back_up")])
    fields.purposes.set_values([Purpose.MENTORING])
    fields.named[Scope.CONTACT].set_values([PackageField.NAME, PackageField.CONTACT_POINTS])
    fields.from_on.set_parts(typed(changes.get("from_on", on)))
    fields.review_on.set_parts(typed(changes.get("review_on", on + timedelta(days=365))))


def papers(laptop: Laptop) -> dict[str, Agreement]:
    with laptop.vault.reading() as read:
        return {paper.title: paper for paper in read.all(Agreement)}


def sign_for(page: AgreementPage, org: OrganisationId, settled: Any, *, on: date | None = None) -> None:
    page.sign_form.open_button.click()
    page.signer.set_value(str(org))
    page.signer_name.set_text("Robin Example")
    page.signer_post.set_text("Chair")
    if on is not None:
        page.signed_on.set_parts(typed(on))
    page.sign_form.save_button.click()
    settled()


def test_only_the_office_that_keeps_the_register_may_write(
    context: PageContext, office: PageContext, sharing: Agreement, shown: Any
) -> None:
    assert shown(AgreementsPage(office)).new_button.isVisible()
    assert not shown(AgreementsPage(context)).new_button.isVisible()
    assert shown(AgreementPage(office), sharing.id).change_button.isVisible()
    page = shown(AgreementPage(context), sharing.id)
    assert not page.change_button.isVisible()
    assert not page.end_form.isVisible()
    assert shown(AgreementFormPage(context)).failure.isVisible()


def test_an_empty_form_names_every_fault_at_once_and_keeps_what_was_typed(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    page = shown(AgreementFormPage(office))
    page.fields.title.set_text("Sharing for mentoring")
    page.fields.parties.set_values([str(laptop.orgs["aspire"])])
    page.fields.to_on.set_parts(DateParts(day="31", month="2", year="2027"))
    page.save_button.click()
    settled()
    faulty = [name for name, field in page.fields.named_fields().items() if field.error]
    wanted = ("kind", "parties", "purposes", "fields", "from_on", "to_on", "review_on")
    assert faulty == [f"agreement.{name}" for name in wanted]
    assert page.fields.title.text == "Sharing for mentoring"
    assert page.fields.to_on.parts().month == "2"
    assert len(papers(laptop)) == 1


def test_a_memorandum_warns_while_it_is_typed(office: PageContext, shown: Any) -> None:
    page = shown(AgreementFormPage(office))
    page.fields.kind.choices[AgreementKind.MOU].click()
    assert page.fields.warning.isVisible()
    assert page.fields.warning.statement.words.startswith("A memorandum alone permits no sharing.")
    page.fields.kind.choices[AgreementKind.DATA_SHARING].click()
    assert not page.fields.warning.isVisible()


def test_a_paper_lets_something_flow_once_every_party_has_signed(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any, went: Any
) -> None:
    form = shown(AgreementFormPage(office))
    fill(form, laptop)
    form.save_button.click()
    settled()
    made = papers(laptop)["Sharing for mentoring"]
    assert went.places[-1] == ("agreement", made.id)
    page = shown(AgreementPage(office), made.id)
    sign_for(page, laptop.orgs["aspire"], settled)
    assert not page.row.flows
    sign_for(page, laptop.orgs["back_up"], settled)
    assert page.row.state is AgreementState.ACTIVE
    assert page.row.flows[0].fields == NARROW
    assert not page.sign_form.isVisible()


def test_a_signature_without_a_name_or_of_tomorrow_is_refused_at_its_fields(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, signatories=())
    page = shown(AgreementPage(office), paper.id)
    page.sign_form.open_button.click()
    page.signed_on.set_parts(typed(laptop.clock().date() + timedelta(days=1)))
    page.sign_form.save_button.click()
    settled()
    assert all(field.error for field in (page.signer, page.signer_name, page.signer_post, page.signed_on))
    assert papers(laptop)["Working together"].signatories == ()


def test_a_new_version_takes_the_place_of_the_signed_one_with_the_last_signature(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    on = laptop.clock().date()
    old = add_paper(laptop, kind=AgreementKind.DATA_SHARING)
    form = shown(AgreementFormPage(office), old.id)
    assert form.fields.title.text == old.title
    fill(form, laptop, title="Second version", from_on=on)
    form.fields.named[Scope.CONTACT].set_values([PackageField.NAME])
    form.save_button.click()
    settled()
    new = papers(laptop)["Second version"]
    assert (papers(laptop)["Working together"], new.replaces) == (old, old.id)
    page = shown(AgreementPage(office), new.id)
    sign_for(page, laptop.orgs["aspire"], settled)
    assert papers(laptop)["Working together"].ended_on is None
    sign_for(page, laptop.orgs["back_up"], settled)
    assert papers(laptop)["Working together"].ended_on == on - timedelta(days=1)
    states = {row.title: row.state for row in agreements(laptop.vault, actor=SECRETARIAT, now=laptop.clock())}
    assert (states["Working together"], states["Second version"]) == (AgreementState.ENDED, AgreementState.ACTIVE)


def test_the_end_of_a_paper_is_today_or_later_and_only_comes_forward(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    on = laptop.clock().date()
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING)
    page = shown(AgreementPage(office), paper.id)
    page.end_form.open_button.click()
    page.last_day.set_parts(typed(on - timedelta(days=1)))
    page.end_form.save_button.click()
    settled()
    assert page.last_day.error
    page.last_day.set_parts(typed(on + timedelta(days=10)))
    page.end_form.save_button.click()
    settled()
    assert page.told.isVisible()
    assert papers(laptop)["Working together"].ended_on == on + timedelta(days=10)
    act = {"actor": SECRETARIAT, "now": laptop.clock(), "agreement_id": paper.id}
    with pytest.raises(BadInputError, match=r"ended_on\.ended"):
        keeping_agreements.end_agreement(laptop.vault, **act, last_day=("1", "1", "2030"))


def test_the_file_that_was_signed_is_known_again_and_another_is_not(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any, tmp_path: Path
) -> None:
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING)
    signed, other = tmp_path / "signed.pdf", tmp_path / "other.pdf"
    signed.write_bytes(b"%PDF-1.7 signed")
    other.write_bytes(b"%PDF-1.7 Signed")
    page = shown(AgreementPage(office), paper.id)
    page.choose_paper = lambda _parent: str(signed)
    page.file_button.click()
    settled()
    kept = papers(laptop)["Working together"].document
    assert (kept.title, kept.size, kept.sha256) == ("signed.pdf", 15, sha256(b"%PDF-1.7 signed").hexdigest())
    said = []
    for path in (signed, other, tmp_path / "nowhere.pdf"):
        page.choose_paper = lambda _parent, path=path: str(path)
        page.compare_button.click()
        settled()
        said.append(page.failure.isVisible() or page.told.statement.words[:3])
    assert said == ["Yes", "No:", True]


def test_a_paper_that_nobody_signed_can_be_changed_and_taken_out(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, signatories=())
    form = shown(AgreementFormPage(office), paper.id)
    form.fields.title.set_text("Working together, mended")
    form.save_button.click()
    settled()
    assert "Working together, mended" in papers(laptop)
    page = shown(AgreementPage(office), paper.id)
    page.away_button.click()
    settled()
    assert in_register(laptop) == ["Data sharing agreement (demonstration)"]
    assert page.told.isVisible()
    assert not page.change_button.isVisible()
    assert not page.sign_form.isVisible(), "what is taken out is not signed"
    page.back_button.click()
    settled()
    assert sorted(in_register(laptop)) == ["Data sharing agreement (demonstration)", "Working together, mended"]
    assert page.away_button.isVisible()
    assert page.change_button.isVisible()
    assert not page.back_button.isVisible()


def in_register(laptop: Laptop) -> list[str]:
    return [row.title for row in agreements(laptop.vault, actor=SECRETARIAT, now=laptop.clock())]


def test_what_was_typed_is_there_again_after_a_lock(
    office: PageContext, laptop: Laptop, shown: Any, settled: Any
) -> None:
    first = shown(AgreementFormPage(office))
    fill(first, laptop)
    first.drafts.keep_now()
    settled()
    again = shown(AgreementFormPage(office))
    assert again.draft_banner.isVisible()
    assert again.fields.form(None) == first.fields.form(None)


def test_a_reminder_leads_to_the_paper_and_is_closed_there(
    office: PageContext, context: PageContext, laptop: Laptop, sharing: Agreement, shown: Any, settled: Any
) -> None:
    on = laptop.clock().date()
    with laptop.vault.transaction(actor=SECRETARIAT, now=laptop.clock()) as work:
        for role in (Role.SECRETARIAT, Role.DATA_PROTECTION_LEAD):
            kind = TaskKind.AGREEMENT_REVIEW
            work.create(Task(**work.header(), kind=kind, subject=sharing.id, for_role=role, due_on=on, note="Paper"))
    (item,) = today(laptop.vault, actor=SECRETARIAT, now=london_time(on, 12, 0))
    assert (item.page, item.subject) == ("agreement", sharing.id)
    assert today_line(item, on).what == "Look at an agreement again: Paper"
    assert not shown(AgreementPage(context), sharing.id).looked_button.isVisible()
    page = shown(AgreementPage(office), sharing.id)
    page.looked_button.click()
    settled()
    assert not page.looked_button.isVisible()
    with laptop.vault.reading() as read:
        states = {task.for_role: task.state for task in read.all(Task)}
    assert states == {Role.SECRETARIAT: TaskState.DONE, Role.DATA_PROTECTION_LEAD: TaskState.OPEN}


@pytest.mark.parametrize(
    ("theme", "scale"), [(ThemeName.LIGHT, 100), (ThemeName.DARK, 200), (ThemeName.HIGH_CONTRAST, 200)]
)
def test_the_form_and_the_office_s_page_can_be_used_in_every_look(
    office: PageContext, laptop: Laptop, shown: Any, qapp: QApplication, theme: ThemeName, scale: int
) -> None:
    Theme.load(theme, scale).apply(qapp)
    form = shown(AgreementFormPage(office))
    form.fields.kind.choices[AgreementKind.MOU].click()
    assert faults(form) == []
    paper = add_paper(laptop, kind=AgreementKind.DATA_SHARING, signatories=())
    page = shown(AgreementPage(office), paper.id)
    page.sign_form.open_button.click()
    assert faults(page) == []
    signed = shown(AgreementPage(office), add_paper(laptop, kind=AgreementKind.DATA_SHARING).id)
    signed.end_form.open_button.click()
    assert faults(signed) == []
