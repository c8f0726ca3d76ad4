"""The agreements register through the window: what each paper lets flow, its days, and that its end shuts the gate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.domain.agreement import Agreement, Signatory
from app.domain.codes import AgreementKind, AgreementState, PackageField, Purpose, ReferralState, Role
from app.domain.referral import Referral
from app.errors import NotPermittedError
from app.use_cases.agreements import agreements
from tests.helpers.accessibility import faults
from tests.helpers.vaults import Laptop, make_actor
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import BESIDE_NAVIGATION, cut_words
from ui.context import PageContext
from ui.pages.agreement import AgreementPage
from ui.pages.agreements import AgreementsPage
from ui.pages.directory import DirectoryPage
from ui.places import entry_keys
from ui.theme import Theme, ThemeName
from ui.widgets import SafeLabel, Shape

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
