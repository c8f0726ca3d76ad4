"""The fields of a call: buttons, no typing in the common case; what is asked follows from what is chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.clocks import london_moment, london_time, parse_day
from app.domain.codes import CorrectionReason, SessionChannel, SessionStatus, Topic
from app.domain.ids import RecordId
from app.domain.match import Session
from app.domain.matching import NOT_WITH_THE_YOUNG
from app.errors import BadInputError
from app.use_cases.my_matches import DEFAULT_MINUTES, SessionForm
from ui.context import PageContext
from ui.messages import labels
from ui.pages.move_form import codes_choice, today_words
from ui.pages.vault_page import VaultPage
from ui.view_models.match_words import MOODS, earlier, long_call_words, mood_words
from ui.view_models.subjects import LogCall
from ui.widgets import (
    ChoiceGroup,
    DateField,
    DateParts,
    Field,
    Option,
    QuietButton,
    SafeLabel,
    Shape,
    TextField,
    TickGroup,
    Tone,
)
from ui.widgets.text import filled

MINUTES: Final = (15, 30, 45, 60)
OTHER: Final = "other"
NOW, THEN = "now", "then"
NO_GOAL: Final = "none"


class CallForm(VaultPage):
    """A page that holds the fields of one call; what it saves, the page itself decides."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self._asked: LogCall | None = None
        self.long_call = SafeLabel("", tone=Tone.ATTENTION)
        self.is_young = False
        self.young = SafeLabel(
            self.tr(
                "With somebody under 18 there is no texting and no meeting elsewhere. "
                "It is saved; talk with the mentor about it."
            ),
            tone=Tone.ATTENTION,
        )
        self.more_button = QuietButton(self.tr("More to say"), shape=Shape.PLUS)
        self._build_fields()
        self.fields: tuple[Field, ...] = (
            self.status, self.when, self.day, self.time, self.minutes, self.other_minutes, self.channel,
            self.topics, self.goal, self.wishes, self.before, self.after, self.why,
        )  # fmt: skip

    @property
    def asked(self) -> LogCall:
        """What the page was opened on, once it is read: over a lock only an id is remembered."""
        assert self._asked is not None
        return self._asked

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that `session.<field>` is chosen in."""
        when = self.day if self.when.value == THEN else self.when
        return {
            "session.at": when,
            "session.day": self.day,
            "session.time": self.time,
            "session.minutes": self.other_minutes if self.minutes.value == OTHER else self.minutes,
            "session.status": self.status,
            "session.channel": self.channel,
            "session.goal": self.goal,
            "session.amends_because": self.why,
        }.get(key)

    def _build_fields(self) -> None:
        statuses = [
            Option(key=key, words=words)
            for key, words in labels("session_status").items()
            if key != SessionStatus.PLANNED
        ]
        self.status = ChoiceGroup(self.tr("How it was"), statuses, in_a_row=True)
        whens = [
            Option(key=NOW, words=self.tr("It has just ended")),
            Option(key=THEN, words=self.tr("Another time")),
        ]
        self.when = ChoiceGroup(self.tr("When"), whens, in_a_row=True)
        self.day = DateField(self.tr("Day"), hint=today_words())
        self.time = TextField(self.tr("Time it began"), hint=self.tr("For example, 14:30"), characters=6, longest=5)
        lengths = [Option(key=str(count), words=filled(self.tr("{count} minutes"), count=count)) for count in MINUTES]
        self.minutes = ChoiceGroup(
            self.tr("How long"), [*lengths, Option(key=OTHER, words=self.tr("Another length"))], in_a_row=True
        )
        self.other_minutes = TextField(self.tr("Minutes"), characters=4, longest=3)
        ways = [Option(key=key, words=words) for key, words in labels("session_channel").items()]
        self.channel = ChoiceGroup(self.tr("How you talked"), ways, in_a_row=True)
        topics = [Option(key=key, words=words) for key, words in labels("topic").items()]
        self.topics = TickGroup(self.tr("What you talked about"), topics, optional=True, in_a_row=True)
        self.goal = ChoiceGroup(self.tr("Was it about one of their goals?"), [no_goal(self)], optional=True)
        wishes = [
            Option(key="call_me_back", words=self.tr("I would like my coordinator to call me")),
            Option(key="referral_wanted", words=self.tr("They would like help with something else")),
            Option(key="follow_up", words=self.tr("I promised to find something out")),
        ]
        self.wishes = TickGroup(self.tr("Anything else?"), wishes, optional=True)
        moods = [Option(key=str(mood), words=mood_words(mood)) for mood in MOODS]
        self.before = ChoiceGroup(self.tr("How they seemed at the start"), moods, optional=True, in_a_row=True)
        self.after = ChoiceGroup(self.tr("How they seemed at the end"), moods, optional=True, in_a_row=True)
        self.why = codes_choice(self.tr("Why do you correct it?"), "correction_reason")

    def show_form(self, form: SessionForm, *, is_correction: bool) -> None:
        """Show a form in the fields."""
        self.status.set_value(form.status.value)
        self.when.set_value(THEN if is_correction else NOW)
        self._show_moment(form.at)
        minutes = form.minutes or DEFAULT_MINUTES
        self.minutes.set_value(str(minutes) if minutes in MINUTES else OTHER)
        self.other_minutes.set_text("" if minutes in MINUTES else str(minutes))
        self.channel.set_value(form.channel.value)
        self.topics.set_values([topic.value for topic in form.topics])
        wanted = str(form.goal) if form.goal is not None else None
        self.goal.set_value(wanted if wanted in self.goal.choices else None)
        self.wishes.set_values([name for name in self.wishes.ticks if getattr(form, name)])
        self.why.set_value(None)
        for field, mood in ((self.before, form.mood_before), (self.after, form.mood_after)):
            field.set_value(None if mood is None else str(mood))

    def _show_moment(self, moment: datetime) -> None:
        day = self.context.on if moment > self.context.now else london_moment(moment).date()
        self.day.set_parts(DateParts(day=str(day.day), month=str(day.month), year=str(day.year)))
        self.time.set_text(f"{london_moment(moment):%H:%M}")

    def _on_chosen(self, _key: str) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Show the fields that what is chosen asks for."""
        is_held = self.status.value == SessionStatus.HELD
        is_then = self.when.value == THEN or not is_held
        self.why.setVisible(self._asked is not None and self._asked.amends is not None)
        self.when.setVisible(is_held)
        self.day.setVisible(is_then)
        self.time.setVisible(is_then)
        for field in (self.minutes, self.topics, self.goal):
            field.setVisible(is_held)
        self.other_minutes.setVisible(is_held and self.minutes.value == OTHER)
        words = long_call_words(_number(self.other_minutes.text)) if self.minutes.value == OTHER else ""
        self.long_call.set_words(words)
        self.long_call.setVisible(bool(words) and is_held)
        self.young.setVisible(self.is_young and is_held and self.channel.value in NOT_WITH_THE_YOUNG)

    def show_more(self, *, wanted: bool) -> None:
        """Show or fold the fields that few calls need."""
        self.more_button.setVisible(not wanted)
        for field in (self.wishes, self.before, self.after):
            field.setVisible(wanted)

    def chosen_form(self) -> Any:
        """Return what makes the form from what stands on the page; a wrong day or time is refused by name."""
        now, asked = self.context.now, self.asked
        status = SessionStatus(self.status.value or SessionStatus.HELD)
        minutes = self.other_minutes.text if self.minutes.value == OTHER else self.minutes.value or ""
        is_then = self.when.value == THEN or status is not SessionStatus.HELD
        parts, time = self.day.parts(), self.time.text
        goal = self.goal.value
        wishes, moods = set(self.wishes.values), (self.before.value, self.after.value)
        channel, topics, why = self.channel.value, self.topics.values, self.why.value

        def form() -> SessionForm:
            length = _number(minutes)
            return SessionForm(
                status=status,
                at=_moment((parts.day, parts.month, parts.year), time) if is_then else earlier(now, length or 0),
                minutes=length,
                channel=SessionChannel(channel or SessionChannel.PHONE),
                topics=frozenset(Topic(topic) for topic in topics),
                goal=None if goal in (None, NO_GOAL) else _id(goal),
                mood_before=_number(moods[0] or ""),
                mood_after=_number(moods[1] or ""),
                amends=asked.amends,
                amends_because=CorrectionReason(why) if why else None,
                **{name: name in wishes for name in ("call_me_back", "referral_wanted", "follow_up")},
            )

        return form


def no_goal(page: QWidget) -> Option:
    """Return the answer that a call was about no goal."""
    return Option(key=NO_GOAL, words=page.tr("None of them"))


def form_of(session: Session) -> SessionForm:
    """Return a call as the form holds it, to be corrected."""
    names = SessionForm.__dataclass_fields__.keys() - {"amends", "amends_because"}
    return SessionForm(**{name: getattr(session, name) for name in names})


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def _id(text: str | None) -> RecordId:
    return RecordId(UUID(str(text)))


def _moment(parts: tuple[str, str, str], time: str) -> datetime:
    """Return the moment that was typed, London time.

    Raises:
        BadInputError: `session.day` or `session.time` `bad_format` or `required`.
    """
    day = parse_day(parts, record="session", field="day")
    if day is None:
        raise BadInputError.at("session", "day", "required")
    hour, _, minute = time.strip().replace(".", ":").partition(":")
    if not hour.isdecimal() or not (minute or "0").isdecimal() or int(hour) > 23 or int(minute or 0) > 59:
        raise BadInputError.at("session", "time", "bad_format" if time.strip() else "required")
    return london_time(day, int(hour), int(minute or 0))
