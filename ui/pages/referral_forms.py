"""What each step of a referral asks for: one small form a step, with defaults that are shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from app.domain.actor import Actor
from app.domain.clocks import add_months
from app.domain.codes import (
    Need,
    NextStep,
    Outcome,
    PersonDeclineReason,
    PersonView,
    ReferralState,
    WithdrawalReason,
    YesNo,
)
from app.domain.ids import ReferralId
from app.domain.referral import Referral
from app.domain.referral_states import AskedOf
from app.storage.vault import Vault
from app.use_cases import refer, referrals
from app.use_cases.referrals import ReferralView
from ui.context import PageContext
from ui.messages import label, month_words
from ui.pages.move_form import MoveForm, Step, codes_choice, day_of, example_words, set_day, today_words
from ui.view_models.referral_page import channels
from ui.widgets import (
    ChoiceGroup,
    DateField,
    Field,
    Option,
    SelectField,
    TextArea,
    TextField,
    TickGroup,
)

MONTHS_AHEAD: Final = 18
WITHDRAWABLE: Final = (
    WithdrawalReason.NO_LONGER_NEEDED,
    WithdrawalReason.SENT_BY_MISTAKE,
    WithdrawalReason.WRONG_SERVICE,
    WithdrawalReason.DUPLICATE,
    WithdrawalReason.PERSON_DIED,
)
"""Reasons of the sender; a stop of the person goes by its own page and a yes that ran out by itself."""


class AcceptForm(MoveForm):
    """Taking a person on, with the day of the first step."""

    def __init__(self, view: ReferralView) -> None:
        super().__init__()
        self.first_step_on = DateField(self.tr("Day of the first step"), hint=example_words())
        needs = sorted(view.referral.needs)
        self.needs = TickGroup(
            self.tr("What you take on"),
            [Option(key=need, words=label("need", need)) for need in needs],
            hint=self.tr("What you leave out comes back to the sender as a next step."),
        )
        self.needs.set_values(needs)
        self.build(self.tr("Accept"), self.tr("Accept the referral"), self.first_step_on, self.needs)
        # One need cannot be divided: nothing to ask.
        self.needs.setVisible(len(needs) > 1)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"first_step_on": self.first_step_on, "accepted_needs": self.needs}

    def step(self) -> Step:
        """Return the acceptance."""
        first, needs = day_of(self.first_step_on, "first_step_on"), frozenset(Need(need) for need in self.needs.values)

        def accept(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.accept(
                vault, actor=actor, now=now, referral_id=referral, first_step_on=first, accepted_needs=needs
            )

        return accept


class AskForm(MoveForm):
    """Asking something before deciding; the clock rests meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.question = TextArea(
            self.tr("Your question"), hint=self.tr("The clock rests until it is answered."), lines=3
        )
        self.asked_of = ChoiceGroup(
            self.tr("Who should answer?"),
            [
                Option(key=AskedOf.SENDER, words=self.tr("The sender")),
                Option(key=AskedOf.PERSON, words=self.tr("The person, when you speak with them")),
            ],
        )
        self.build(self.tr("Ask a question"), self.tr("Send the question"), self.question, self.asked_of)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"question": self.question, "asked_of": self.asked_of}

    def step(self) -> Step:
        """Return the question."""
        question, asked_of = self.question.text, self.asked_of.value or ""

        def ask(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.ask(
                vault, actor=actor, now=now, referral_id=referral, question=question, asked_of=asked_of
            )

        return ask


class AnswerForm(MoveForm):
    """Answering the question."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self.answer = TextArea(self.tr("Your answer"), hint=f"“{question}”" if question else "", lines=3)
        self.build(self.tr("Answer the question"), self.tr("Send the answer"), self.answer)

    def named_fields(self) -> dict[str, Field]:
        """Return the field by name."""
        return {"answer": self.answer}

    def step(self) -> Step:
        """Return the answer."""
        text = self.answer.text

        def answer(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.answer(vault, actor=actor, now=now, referral_id=referral, text=text)

        return answer


class WaitingListForm(MoveForm):
    """Help will start later, in a month that is named."""

    def __init__(self, on: date) -> None:
        super().__init__()
        first = on.replace(day=1)
        months = [add_months(first, ahead) for ahead in range(MONTHS_AHEAD)]
        self.month = SelectField(
            self.tr("When it is likely to start"), [(f"{month:%Y-%m}", month_words(month)) for month in months]
        )
        self.build(self.tr("Put on the waiting list"), self.tr("Put on the list"), self.month)

    def named_fields(self) -> dict[str, Field]:
        """Return the field by name."""
        return {"expected_start": self.month}

    def step(self) -> Step:
        """Return the place on the list."""
        month = self.month.value or ""

        def wait(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.put_on_waiting_list(
                vault, actor=actor, now=now, referral_id=referral, expected_start=month
            )

        return wait


class StartForm(MoveForm):
    """The person was reached and help has begun."""

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._context = context
        self.spoke_on = DateField(self.tr("Day you first spoke"), hint=today_words())
        set_day(self.spoke_on, context.on)
        self.channel = ChoiceGroup(
            self.tr("How did you speak?"),
            [Option(key=key, words=words) for key, words in channels().items()],
            in_a_row=True,
        )
        self.build(self.tr("Record the first contact"), self.tr("Record the contact"), self.channel, self.spoke_on)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"first_contact_at": self.spoke_on, "channel": self.channel}

    def step(self) -> Step:
        """Return the first contact: now when it is today, else noon of its day."""
        day = day_of(self.spoke_on, "first_contact_at")
        moment = self._context.now
        if day is not None and day != self._context.on:
            moment = datetime.combine(day, time(12), tzinfo=UTC)
        channel = self.channel.value or ""

        def start(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.start(
                vault, actor=actor, now=now, referral_id=referral, first_contact_at=moment, channel=channel
            )

        return start


class CompleteForm(MoveForm):
    """What came of it, as the service sees it."""

    def __init__(self, on: date) -> None:
        super().__init__()
        self.outcome = codes_choice(self.tr("What came of it?"), "outcome")
        self.ended_on = DateField(self.tr("Day it ended"), hint=today_words())
        set_day(self.ended_on, on)
        self.build(self.tr("Finish"), self.tr("Finish the referral"), self.outcome, self.ended_on)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"outcome": self.outcome, "ended_on": self.ended_on}

    def step(self) -> Step:
        """Return the end."""
        outcome = Outcome(self.outcome.value) if self.outcome.value else None
        ended = day_of(self.ended_on, "ended_on")

        def complete(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.complete(
                vault, actor=actor, now=now, referral_id=referral, outcome=outcome, ended_on=ended
            )

        return complete


class PersonDeclineForm(MoveForm):
    """The person does not want it."""

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self.reason = codes_choice(self.tr("What did they say?"), "person_decline_reason")
        self.heard_by = TextField(self.tr("Who heard it"), hint=self.tr("Change it if it was not you."), characters=30)
        self.heard_by.set_text(actor.shown_name)
        self.build(self.tr("The person does not want it"), self.tr("Record what they said"), self.reason, self.heard_by)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        return {"reason": self.reason, "heard_by": self.heard_by}

    def step(self) -> Step:
        """Return what the person said."""
        reason = PersonDeclineReason(self.reason.value) if self.reason.value else None
        heard_by = self.heard_by.text

        def decline(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.declined_by_person(
                vault, actor=actor, now=now, referral_id=referral, reason=reason, heard_by=heard_by
            )

        return decline


class TakeBackForm(MoveForm):
    """Taking a referral back."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ChoiceGroup(
            self.tr("Why do you take it back?"),
            [Option(key=reason, words=label("withdrawal_reason", reason)) for reason in WITHDRAWABLE],
        )
        self.build(self.tr("Take it back"), self.tr("Take the referral back"), self.reason)

    def named_fields(self) -> dict[str, Field]:
        """Return the field by name."""
        return {"reason": self.reason}

    def step(self) -> Step:
        """Return the withdrawal."""
        reason = WithdrawalReason(self.reason.value) if self.reason.value else None

        def take_back(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.take_back(vault, actor=actor, now=now, referral_id=referral, reason=reason)

        return take_back


class CloseForm(MoveForm):
    """Closing what has ended: what the person says, or that the next step is done."""

    def __init__(self, view: ReferralView) -> None:
        super().__init__()
        self._is_finished = view.referral.state is ReferralState.COMPLETED
        self.person_view = codes_choice(self.tr("Did it help, as they see it?"), "person_view")
        self.told = TickGroup(
            self.tr("What was told"), [Option(key="yes", words=self.tr("The person knows how it ended"))]
        )
        self.next_step = ChoiceGroup(
            self.tr("What about the next step?"),
            [
                Option(key="done", words=self.tr("The next step is done")),
                Option(key=NextStep.NOTHING_NEEDED, words=self.tr("Nothing more is needed")),
            ],
        )
        self.why = TextField(self.tr("Why nothing more is needed"))
        fields = (self.person_view, self.told) if self._is_finished else (self.next_step, self.why)
        self.build(self.tr("Close the referral"), self.tr("Close it"), *fields)
        self.why.hide()
        self.next_step.chosen.connect(self._on_next_step)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        if self._is_finished:
            return {"person_view": self.person_view, "person_told": self.told}
        return {"next_step": self.next_step, "why": self.why}

    def step(self) -> Step:
        """Return the closing."""
        seen = PersonView(self.person_view.value) if self.person_view.value else None
        told, why = YesNo.YES if self.told.values else None, self.why.text
        done, chosen = self.next_step.value == "done", self.next_step.value

        def close(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.close(
                vault,
                actor=actor,
                now=now,
                referral_id=referral,
                person_view=seen,
                person_told=told,
                next_step="" if done or chosen is None else chosen,
                next_step_done=done,
                why=why,
            )

        return close

    def refresh(self) -> None:
        """Ask why only when nothing more is needed."""
        self.why.setVisible(self.next_step.value == NextStep.NOTHING_NEEDED)

    def _on_next_step(self, _key: str) -> None:
        self.refresh()


def opened(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
    """Say that the team has opened it: asks for nothing."""
    return referrals.open_as_receiver(vault, actor=actor, now=now, referral_id=referral)


def send_again(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> object:
    """Try the gate again for a draft: asks for nothing."""
    return refer.send_again(vault, actor=actor, now=now, referral_id=referral)
