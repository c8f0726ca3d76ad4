"""Ending a referral with care: every no has a reason and a next step, so that nobody falls into a gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.actor import Actor
from app.domain.codes import DeclineReason, MayUse, NextStep
from app.domain.ids import ReferralId, ServiceId
from app.domain.reaching import Try
from app.domain.referral import Referral
from app.domain.referral_steps import LEAST_TRIES, VISIT
from app.storage.vault import Vault
from app.use_cases import passing_on, referrals
from app.use_cases.passing_on import Onward
from ui.messages import joined, label
from ui.pages.move_form import MoveForm, Step, codes_choice, day_of, example_words, set_day
from ui.widgets import ChoiceGroup, DateField, Field, Option, SelectField, TextField
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled, lower_first


class NextStepFields(QWidget):
    """What happens next for the person, with what that next step needs."""

    def __init__(self, services: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = ChoiceGroup(
            self.tr("What happens next for the person?"),
            [
                Option(key=NextStep.REFER_ELSEWHERE, words=self.tr("Another service is tried")),
                Option(key=NextStep.ASK_AGAIN_ON, words=self.tr("Ask again on a day")),
                Option(key=NextStep.SENDER_CONTACTS_PERSON, words=self.tr("The sender talks with the person")),
                Option(key=NextStep.NOTHING_NEEDED, words=self.tr("Nothing more is needed")),
            ],
        )
        self.service = SelectField(self.tr("Which service?"), services)
        self.ask_again_on = DateField(self.tr("When to ask again"), hint=example_words())
        self.why = TextField(self.tr("Why nothing more is needed"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(BETWEEN_FIELDS)
        for field in (self.choice, self.service, self.ask_again_on, self.why):
            column.addWidget(field)
        self.choice.chosen.connect(self._on_chosen)
        self.refresh()

    @property
    def chosen(self) -> NextStep | None:
        """The next step, None before a choice."""
        return NextStep(self.choice.value) if self.choice.value else None

    def detail(self) -> dict[str, Any]:
        """Return what the chosen next step needs.

        Raises:
            BadInputError: a day that is not in the calendar.
        """
        match self.chosen:
            case NextStep.REFER_ELSEWHERE:
                return {"service": self.service.value}
            case NextStep.ASK_AGAIN_ON:
                return {"ask_again_on": day_of(self.ask_again_on, "ask_again_on")}
            case NextStep.NOTHING_NEEDED:
                return {"why": self.why.text}
            case _:
                return {}

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        return {
            "next_step": self.choice,
            "service": self.service,
            "ask_again_on": self.ask_again_on,
            "why": self.why,
        }

    def refresh(self) -> None:
        """Show the fields that the chosen next step asks for."""
        key = self.choice.value or ""
        self.service.setVisible(key == NextStep.REFER_ELSEWHERE)
        self.ask_again_on.setVisible(key == NextStep.ASK_AGAIN_ON)
        self.why.setVisible(key == NextStep.NOTHING_NEEDED)

    def _on_chosen(self, _key: str) -> None:
        self.refresh()


class DeclineForm(MoveForm):
    """The service cannot help: why, and what happens next."""

    def __init__(self, services: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]]) -> None:
        """Build the form; `others` are the referrals about this person that it may repeat."""
        super().__init__()
        without = () if others else (DeclineReason.DUPLICATE_OF,)
        self.reason = codes_choice(self.tr("Why can you not help?"), "decline_reason", without)
        self.text = TextField(self.tr("The reason, in a few words"))
        self.duplicate = SelectField(self.tr("Which referral asks for the same?"), others)
        self.next_step = NextStepFields(services)
        self.build(self.tr("Decline"), self.tr("Decline the referral"), self.reason, self.text, self.duplicate)
        self.column.insertWidget(self.column.count() - 1, self.next_step)
        self.refresh()
        self.reason.chosen.connect(self._on_reason)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name."""
        own: dict[str, Field] = {
            "reason": self.reason,
            "reason_text": self.text,
            "duplicate_of": self.duplicate,
        }
        return {**own, **self.next_step.named_fields()}

    def step(self) -> Step:
        """Return the no."""
        reason = DeclineReason(self.reason.value) if self.reason.value else None
        next_step, detail = self.next_step.chosen, self.next_step.detail()
        if reason is DeclineReason.OTHER:
            detail["reason_text"] = self.text.text
        if reason is DeclineReason.DUPLICATE_OF:
            detail["duplicate_of"] = self.duplicate.value

        def decline(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.decline(
                vault, actor=actor, now=now, referral_id=referral, reason=reason, next_step=next_step, detail=detail
            )

        return decline

    def refresh(self) -> None:
        """Show the fields that reason and next step ask for."""
        self.text.setVisible(self.reason.value == DeclineReason.OTHER)
        self.duplicate.setVisible(self.reason.value == DeclineReason.DUPLICATE_OF)
        self.next_step.refresh()

    def _on_reason(self, _key: str) -> None:
        self.refresh()


class PassOnForm(MoveForm):
    """Passing it on to another service, to one the person agreed to."""

    def __init__(self, onward: Sequence[Onward], called: str) -> None:
        super().__init__()
        self.service = SelectField(
            self.tr("To which service?"),
            [(str(each.service_id), onward_words(each)) for each in onward],
            hint=filled(
                self.tr(
                    "Of another charity only if {called} agreed to it: the central service knows, and lets nothing"
                    " through that was not agreed. It then comes back to you."
                ),
                called=called,
            ),
        )
        self.build(self.tr("Pass it on"), self.tr("Pass the referral on"), self.service)

    def named_fields(self) -> dict[str, Field]:
        """Return the field by name."""
        return {"service": self.service}

    def step(self) -> Step:
        """Return the passing on."""
        chosen = self.service.value

        def pass_on(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            service = ServiceId(UUID(chosen)) if chosen else None
            return passing_on.pass_on(vault, actor=actor, now=now, referral_id=referral, service_id=service)

        return pass_on


def onward_words(onward: Onward) -> str:
    """Return a service to pass on to, with what it meets: "Aspire: Housing (meets: housing)"."""
    name = f"{onward.org_name}: {onward.name}"
    needs = [lower_first(label("need", need)) for need in sorted(onward.meets)]
    meets = QCoreApplication.translate("referral", "{name} (meets: {needs})")
    return filled(meets, name=name, needs=joined(needs)) if needs else name


class CouldNotContactForm(MoveForm):
    """The person could not be reached: at least three tries, on three days, over a week.

    What the team wrote down try by try stands in the form already; what is missing can be added.
    """

    def __init__(self, services: Sequence[tuple[str, str]], ways: Mapping[str, str], tries: Sequence[Try] = ()) -> None:
        super().__init__()
        options = [Option(key=way, words=words) for way, words in ways.items()]
        numbers = (self.tr("First try"), self.tr("Second try"), self.tr("Third try"))
        self.days = [DateField(filled(self.tr("{try_}, day"), try_=number)) for number in numbers]
        self.ways = [
            ChoiceGroup(filled(self.tr("{try_}, how"), try_=number), options, in_a_row=True) for number in numbers
        ]
        self.days[0].hint.set_words(self.tr("Three tries on three days, a week from the first to the last."))
        for day in self.days[1:]:
            day.hint.hide()
        for day, how, tried in zip(self.days, self.ways, _enough_of(tries), strict=False):
            set_day(day, tried.on)
            how.set_value(tried.way if tried.way in ways else None)
        self.next_step = NextStepFields(services)
        fields = [field for pair in zip(self.days, self.ways, strict=True) for field in pair]
        self.build(self.tr("Could not be reached"), self.tr("Record the tries"), *fields)
        self.column.insertWidget(self.column.count() - 1, self.next_step)

    def refresh(self) -> None:
        """Show the fields that the next step asks for."""
        self.next_step.refresh()

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by name; the tries are refused together."""
        return {"tries": self.days[0], **self.next_step.named_fields()}

    def step(self) -> Step:
        """Return the tries and the next step."""
        tries = [
            {"on": _day_text(day_of(day, "tries")), "way": way.value or ""}
            for day, way in zip(self.days, self.ways, strict=True)
        ]
        next_step, detail = self.next_step.chosen, self.next_step.detail()

        def give_up(vault: Vault, actor: Actor, now: datetime, referral: ReferralId) -> Referral:
            return referrals.could_not_contact(
                vault, actor=actor, now=now, referral_id=referral, tries=tries, next_step=next_step, detail=detail
            )

        return give_up


def _enough_of(tries: Sequence[Try]) -> list[Try]:
    """Return three tries that say most: the first, the last, and one between, each on a day of its own."""
    by_day = list({each.on: each for each in tries}.values())
    return by_day if len(by_day) <= LEAST_TRIES else [by_day[0], by_day[len(by_day) // 2], by_day[-1]]


def ways_of(package: Mapping[Any, Any]) -> dict[str, str]:
    """Return the ways in which the person may be tried, as the package permits them, and a visit."""
    permissions = package.get("contact_permissions")
    allowed = set(MayUse) if permissions is None else {way for each in permissions for way in each.get("may_use", ())}
    ways = {way.value: label("may_use", way) for way in MayUse if way in allowed}
    return {**ways, VISIT: QCoreApplication.translate("referral", "A visit")}


def _day_text(day: date | None) -> str:
    return "" if day is None else day.isoformat()
