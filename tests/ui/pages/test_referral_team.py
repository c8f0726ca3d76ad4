"""What a team does beside the moves: tries to reach somebody, part of what was asked, who looks after it, cover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain.codes import Need, Purpose, ReferralState, Role
from app.domain.ids import PersonId, ReferralId, UserId
from app.domain.referral import Referral, ReferralEvent
from app.domain.user import User
from app.errors import BadInputError, NotFoundError
from app.use_cases import covering, reaching, refer, referrals, today
from app.use_cases.today import TodayItem
from tests.helpers.vaults import Laptop, make_actor, stable_id
from tests.ui.pages import sharing_kit as kit
from tests.ui.pages.conftest import Went
from ui.context import PageContext
from ui.pages.referral import ReferralPage
from ui.pages.referral_beside import NothingLeftForm, TryForm
from ui.pages.referral_end_forms import CouldNotContactForm, PassOnForm
from ui.pages.team_inbox import TeamInboxPage
from ui.view_models.refer import service_words
from ui.view_models.subjects import ReferTo
from ui.widgets import DateParts

Settled = Callable[[], None]
S = ReferralState
JO, KIM = kit.INTAKE, make_actor("back_up", Role.INTAKE_WORKER, "Kim", teams=("mentoring",))
ADA = make_actor("back_up", Role.COORDINATOR, "Ada")


@pytest.fixture
def team(laptop: Laptop) -> Laptop:
    """Back Up's mentoring team: Jo and Kim, and Ada who coordinates."""
    with laptop.vault.transaction(actor=laptop.actor, now=laptop.clock()) as work:
        for actor, teams in ((KIM, {"mentoring"}), (ADA, set())):
            header = {**work.header(), "id": actor.user, "org": actor.org}
            work.create(
                User(
                    **header,
                    name=f"{actor.shown_name} Example",
                    email=f"{actor.shown_name.lower()}@example.org",
                    shown_name=actor.shown_name,
                    roles=actor.roles,
                    teams=frozenset(teams),
                    active_from=date(2024, 1, 1),
                )
            )
        jo = work.get(User, JO.user)
        work.change(User, jo.id, fields={"teams": frozenset({"mentoring", "outreach_support"})})
    return laptop


def both(laptop: Laptop) -> tuple[PersonId, ReferralId]:
    """A referral to Back Up's front door for two needs, opened there."""
    person = kit.register(laptop, needs=frozenset({Need.TELEPHONE_SUPPORT, Need.FAMILY_SUPPORT}))
    kit.agree(laptop, person, ("back_up", Purpose.REFERRAL_CONTACT), ("back_up", Purpose.MENTORING))
    needs = frozenset({Need.TELEPHONE_SUPPORT, Need.FAMILY_SUPPORT})
    referral = kit.queue(laptop, person, "back_up_outreach", needs)
    kit.deliver(laptop, referral)
    referrals.open_as_receiver(laptop.vault, actor=JO, now=laptop.clock(), referral_id=referral)
    return person, referral


def opened(laptop: Laptop) -> ReferralId:
    _person, referral = kit.sent(laptop)
    referrals.open_as_receiver(laptop.vault, actor=JO, now=laptop.clock(), referral_id=referral)
    return referral


def as_(context: PageContext, actor: Any) -> PageContext:
    return replace(context, actor=actor)


def codes_for(laptop: Laptop, actor: Any) -> list[str]:
    return [item.code for item in items_for(laptop, actor)]


def items_for(laptop: Laptop, actor: Any) -> tuple[TodayItem, ...]:
    return today.today(laptop.vault, actor=actor, now=laptop.clock())


def test_tries_are_written_down_one_by_one_and_say_what_follows(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(laptop)
    page = shown(ReferralPage(as_(context, JO)), referral)
    assert page.beside.words.reaching.startswith("Three tries on three days")
    page.beside.try_button.click()
    form = page.form
    assert isinstance(form, TryForm)
    form.save_button.click()
    settled()
    assert form.way.error == "Choose how you tried."
    form.way.choices["call"].click()
    form.save_button.click()
    settled()
    assert page.beside.words.tries == ("22 November: by phone",)
    assert "2 more days to try" in page.beside.words.reaching


def test_a_way_that_is_not_permitted_and_a_day_to_come_are_refused_at_their_fields(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(laptop)
    page = shown(ReferralPage(as_(context, JO)), referral)
    page.beside.try_button.click()
    form = page.form
    assert isinstance(form, TryForm)
    # Sam's phone may be called and texted; nobody may write.
    assert set(form.way.choices) == {"call", "text", "visit"}
    form.way.choices["visit"].click()
    form.day.set_parts(DateParts(day="30", month="11", year="2026"))
    form.save_button.click()
    settled()
    assert form.day.error == "A try cannot be after today. Enter its day."
    assert form.way.value == "visit"


def test_three_tries_over_a_week_stand_in_the_form_that_ends_it(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(laptop)
    for day, way in ((0, "call"), (3, "text"), (7, "call")):
        laptop.clock.forward(days=day - (laptop.clock().date() - date(2026, 11, 22)).days)
        reaching.record_try(
            laptop.vault, actor=JO, now=laptop.clock(), referral_id=referral, on=laptop.clock().date(), way=way
        )
    assert "referral_give_up" in codes_for(laptop, JO)
    page = shown(ReferralPage(as_(context, JO)), referral)
    assert page.beside.words.reaching.startswith("That is enough.")
    page.move_buttons[S.COULD_NOT_CONTACT].click()
    form = page.form
    assert isinstance(form, CouldNotContactForm)
    assert [way.value for way in form.ways] == ["call", "text", "call"]
    form.next_step.choice.choices["sender_contacts_person"].click()
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        assert read.get(Referral, referral).state is S.COULD_NOT_CONTACT
    sender = shown(ReferralPage(context), referral)
    assert "tried 22 November, by phone · tried 25 November, by text" in sender.words.story[0].detail
    assert "referral_not_reached" in codes_for(laptop, kit.WARD)


def test_a_try_counts_from_the_london_day_before_the_referral_came(laptop: Laptop) -> None:
    # In summer it is 2 July in London, and still 1 July by the clock of the service.
    laptop.clock.now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    referral = opened(laptop)
    act = {"actor": JO, "now": laptop.clock(), "referral_id": referral, "way": "call"}
    with pytest.raises(BadInputError, match=r"referral\.tries\.before_start"):
        reaching.record_try(laptop.vault, **act, on=date(2026, 6, 30))
    reaching.record_try(laptop.vault, **act, on=date(2026, 7, 1))


def test_a_try_is_written_down_by_the_team_that_was_asked(laptop: Laptop) -> None:
    referral = opened(laptop)
    other = make_actor("back_up", Role.INTAKE_WORKER, "Lee", teams=("outreach_support",))
    act = {"now": laptop.clock(), "referral_id": referral, "on": laptop.clock().date(), "way": "call"}
    with pytest.raises(NotFoundError, match=r"referral\.not_found"):
        reaching.record_try(laptop.vault, actor=other, **act)
    # Who coordinates answers for every team.
    reaching.record_try(laptop.vault, actor=ADA, **act)


def test_whoever_was_reached_and_taken_on_is_not_to_be_given_up_for_tries_before_it(laptop: Laptop) -> None:
    referral = opened(laptop)
    for days in (0, 3, 4):
        laptop.clock.forward(days=days)
        on = laptop.clock().date()
        reaching.record_try(laptop.vault, actor=JO, now=laptop.clock(), referral_id=referral, on=on, way="call")
    assert "referral_give_up" in codes_for(laptop, JO)
    laptop.clock.forward(days=1)
    first = laptop.clock().date() + timedelta(days=2)
    referrals.accept(laptop.vault, actor=JO, now=laptop.clock(), referral_id=referral, first_step_on=first)
    assert "referral_give_up" not in codes_for(laptop, JO)
    assert "referral_first_step" in codes_for(laptop, JO)


def test_what_is_not_taken_on_comes_back_and_can_go_elsewhere(
    context: PageContext, laptop: Laptop, shown: Any, went: Went, settled: Settled
) -> None:
    person, referral = both(laptop)
    laptop.clock.forward(hours=1)
    referrals.accept(
        laptop.vault,
        actor=JO,
        now=laptop.clock(),
        referral_id=referral,
        first_step_on=laptop.clock().date() + timedelta(days=2),
        accepted_needs=frozenset({Need.TELEPHONE_SUPPORT}),
    )
    assert "referral_rest" in codes_for(laptop, kit.WARD)
    page = shown(ReferralPage(context), referral)
    assert "did not take on: " in page.beside.words.left
    page.beside.refer_button.click()
    assert went.places[-1] == ("refer", ReferTo(person_id=person, needs=frozenset({Need.FAMILY_SUPPORT})))
    page.beside.nothing_button.click()
    form = page.form
    assert isinstance(form, NothingLeftForm)
    form.save_button.click()
    settled()
    assert form.why.error == "Say in a sentence why nothing more is needed."
    form.why.set_text("Her sister helps with that.")
    form.save_button.click()
    settled()
    assert page.beside.words.left == ""
    assert "referral_rest" not in codes_for(laptop, kit.WARD)


def test_another_referral_for_the_rest_takes_it_off_the_list(laptop: Laptop) -> None:
    person, referral = both(laptop)
    laptop.clock.forward(hours=1)
    referrals.accept(
        laptop.vault,
        actor=JO,
        now=laptop.clock(),
        referral_id=referral,
        first_step_on=laptop.clock().date(),
        accepted_needs=frozenset({Need.TELEPHONE_SUPPORT}),
    )
    laptop.clock.forward(hours=1)
    kit.agree(laptop, person, ("aspire", Purpose.REFERRAL_CONTACT))
    kit.queue(laptop, person, "aspire_housing", frozenset({Need.FAMILY_SUPPORT}))
    assert "referral_rest" not in codes_for(laptop, kit.WARD)


def test_both_views_of_what_came_of_it_are_kept(context: PageContext, laptop: Laptop, shown: Any) -> None:
    referral = opened(laptop)
    act = {"actor": JO, "now": laptop.clock(), "referral_id": referral}
    referrals.accept(laptop.vault, **act, first_step_on=laptop.clock().date())
    referrals.start(laptop.vault, **act, first_contact_at=laptop.clock(), channel="phone")
    referrals.complete(laptop.vault, **act, outcome="got_help", ended_on=laptop.clock().date())
    page = shown(ReferralPage(context), referral)
    assert page.beside.words.outcome == (("Back Up says", "Got the help"), ("The person says", "Not asked yet"))
    referrals.close(
        laptop.vault, actor=kit.WARD, now=laptop.clock(), referral_id=referral, person_view="partly", person_told="yes"
    )
    for actor in (kit.WARD, JO):
        seen = shown(ReferralPage(as_(context, actor)), referral)
        assert [said for _who, said in seen.beside.words.outcome] == ["Got the help", "It helped a bit"]


def test_a_referral_given_to_one_is_no_longer_everybodys(
    context: PageContext, team: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(team)
    page = shown(ReferralPage(as_(context, JO)), referral)
    assert page.beside.looked_after.words == "The whole team looks after it."
    page.beside.take_button.click()
    settled()
    assert page.beside.looked_after.words == "You look after it."
    assert "referral_decide" in codes_for(team, JO)
    assert "referral_decide" not in codes_for(team, KIM)
    inbox = shown(TeamInboxPage(as_(context, KIM)))
    assert [line.state for line in inbox.lines] == ["Opened · Jo"]


def test_who_covers_sees_what_was_given_to_somebody_away(
    context: PageContext, team: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(team)
    covering.look_after(team.vault, actor=JO, now=team.clock(), referral_id=referral, is_mine=True)
    page = shown(TeamInboxPage(as_(context, KIM)))
    page.cover.form.open_button.click()
    page.cover.user.set_value(str(JO.user))
    page.cover.by.set_value(str(KIM.user))
    page.cover.form.save_button.click()
    settled()
    assert page.cover.until.error == "Enter the last day away."
    assert page.cover.user.value == str(JO.user)
    page.cover.until.set_parts(DateParts(day="27", month="11", year="2026"))
    page.cover.form.save_button.click()
    settled()
    assert "referral_decide" in codes_for(team, KIM)
    assert [line.state for line in page.lines] == ["Opened · Kim for Jo"]
    (button,) = page.cover.back_buttons.values()
    assert button.accessibleName() == "Back now, Jo, Mentoring"
    button.click()
    settled()
    assert "referral_decide" not in codes_for(team, KIM)
    assert page.cover.back_buttons == {}


def test_when_the_days_are_over_nobody_has_to_say_so(team: Laptop) -> None:
    referral = opened(team)
    covering.look_after(team.vault, actor=JO, now=team.clock(), referral_id=referral, is_mine=True)
    covering.say_away(
        team.vault,
        actor=KIM,
        now=team.clock(),
        team="mentoring",
        user=JO.user,
        cover=KIM.user,
        from_on=None,
        until=team.clock().date() + timedelta(days=2),
    )
    assert "referral_decide" in codes_for(team, KIM)
    # That somebody is away is known to the team, and nothing for anybody to do.
    assert not {"cover"} & {*codes_for(team, KIM), *codes_for(team, JO)}
    team.clock.forward(days=3)
    assert not {"cover", "referral_decide"} & {*codes_for(team, KIM)}
    assert "referral_decide" in codes_for(team, JO)


def test_what_was_given_to_somebody_who_is_away_or_gone_is_the_whole_teams(team: Laptop) -> None:
    referral = opened(team)
    covering.look_after(team.vault, actor=JO, now=team.clock(), referral_id=referral, is_mine=True)
    covering.say_away(
        team.vault,
        actor=KIM,
        now=team.clock(),
        team="mentoring",
        user=JO.user,
        cover=None,
        from_on=None,
        until=team.clock().date(),
    )
    assert "referral_decide" in codes_for(team, KIM)


def test_when_nobody_of_a_team_is_there_the_coordinator_hears_of_it(
    context: PageContext, team: Laptop, shown: Any
) -> None:
    opened(team)
    for user, cover in ((JO.user, KIM.user), (KIM.user, JO.user)):
        covering.say_away(
            team.vault,
            actor=JO,
            now=team.clock(),
            team="mentoring",
            user=user,
            cover=cover,
            from_on=None,
            until=team.clock().date(),
        )
    assert "team_unwatched" in codes_for(team, ADA)
    page = shown(TeamInboxPage(as_(context, KIM)))
    assert page.cover.unwatched.isVisible()
    assert "Nobody is there for Mentoring today" in page.cover.unwatched.statement.words


@pytest.mark.parametrize("cover", ["priya", "jo"])
def test_only_who_holds_the_teams_referrals_can_cover(team: Laptop, cover: str) -> None:
    users = {"priya": UserId(stable_id("user", "aspire/Priya")), "jo": JO.user}
    with pytest.raises(Exception, match=r"cover\.cover\.not_permitted"):
        covering.say_away(
            team.vault,
            actor=JO,
            now=team.clock(),
            team="mentoring",
            user=JO.user,
            cover=users[cover],
            from_on=None,
            until=team.clock().date(),
        )


def test_passing_on_within_the_charity_asks_what_the_person_agreed_to(
    context: PageContext, laptop: Laptop, shown: Any, settled: Settled
) -> None:
    referral = opened(laptop)
    page = shown(ReferralPage(as_(context, JO)), referral)
    page.move_buttons[S.REROUTED].click()
    form = page.form
    assert isinstance(form, PassOnForm)
    form.save_button.click()
    settled()
    assert form.service.error == "Choose the service."
    form.service.set_value(str(laptop.services["back_up_wheelchair_skills"]))
    form.save_button.click()
    settled()
    with laptop.vault.reading() as read:
        held = read.get(Referral, referral)
        steps = [step for step in read.of_person(ReferralEvent, held.person) if step.to_state is S.REROUTED]
    assert held.state is S.REROUTED
    assert steps[0].asked == {"service": str(laptop.services["back_up_wheelchair_skills"])}


def test_the_warning_says_who_referred_and_when(context: PageContext, laptop: Laptop) -> None:
    person, _referral = kit.sent(laptop)
    laptop.clock.forward(days=2)
    needs = frozenset({Need.PEER_MENTORING})
    choices = refer.services_for(laptop.vault, **laptop.act, person_id=person, needs=needs)
    choice = next(each for each in choices if each.service_id == laptop.services["back_up_mentoring"])
    (said,) = [
        words for words in service_words(choice, needs, laptop.clock().date()).cautions if "open already" in words
    ]
    assert said.endswith("Priya, Aspire, referred them here on 22 November: with the charity, not opened yet.")


def test_a_receiver_is_told_of_another_charitys_referral_of_the_same_person(
    context: PageContext, laptop: Laptop, shown: Any, went: Went
) -> None:
    _one, first = kit.sent(laptop)
    other = kit.register(laptop, full_name="Samira Osie", known_as="")
    kit.agree(laptop, other, ("back_up", Purpose.MENTORING))
    second = kit.queue(laptop, other)
    kit.deliver(laptop, second)
    page = shown(ReferralPage(as_(context, JO)), first)
    (words,) = page.beside.words.maybe_same
    assert words.startswith("Probably the same person: Samira Osie.")
    assert "Priya, Aspire, referred them here on" in words
    page.beside.same_buttons[second].click()
    assert went.places[-1] == ("referral", second)


def test_of_a_referral_that_may_not_be_seen_nothing_is_said_but_that_it_is_there(
    context: PageContext, laptop: Laptop, shown: Any
) -> None:
    _person, referral = kit.sent(laptop)
    with laptop.vault.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE referral SET body = json_patch(body, ?) WHERE rid = (SELECT rid FROM rec_meta WHERE id = ?)",
            (f'{{"duplicate_of": "{stable_id("referral", "unseen")}"}}', referral.bytes),
        )
    page = shown(ReferralPage(context), referral)
    assert page.beside.words.duplicate == "This team already has an open referral for this person."
    assert not page.beside.linked_button.isVisible()
