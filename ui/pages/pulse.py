"""One question and five faces: given on screen by whoever is asked, or read to them; two presses, nothing typed."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Final
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.clocks import parse_day
from app.domain.codes import PulseSubject, RecordType, Role
from app.domain.ids import RecordId
from app.domain.match import PulseAnswer
from app.errors import BadInputError
from app.storage.lists import KeptDraft
from app.use_cases import pulses
from app.use_cases.pulses import PulseForm, PulseView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.pages.move_form import set_day, show_value, today_words, value_of
from ui.pages.vault_page import VaultPage
from ui.view_models.pulse_words import due_words, face_words, question_words
from ui.view_models.subjects import AskPulse
from ui.widgets import (
    Banner,
    DateField,
    DateParts,
    FaceGroup,
    Field,
    Manner,
    Option,
    PersonHeader,
    PrimaryButton,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    TextArea,
    TextRole,
    TickGroup,
    Tone,
    announce,
)

READ_ALOUD: Final = "read_aloud"
CONTACT: Final = "wants_contact"


class PulsePage(VaultPage):
    """How it goes, in one choice; a comment, another day and a wish for a call stand below, for whoever wants them."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: PulseView | None = None
        self.question = SafeLabel("", TextRole.READING)
        self.due = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.over = Banner(
            self.tr("Nobody is asked about this match any more."),
            self.tr("After a death, or when the agreement to mentoring was taken back, there is no question."),
            manner=Manner.INFO,
        )
        self.faces = FaceGroup(self.tr("Choose a face"), face_words())
        self.how = TickGroup(
            self.tr("Anything to add?"),
            [
                Option(key=READ_ALOUD, words=self.tr("The question was read to them")),
                Option(key=CONTACT, words=self.tr("They would like the coordinator to call")),
            ],
            optional=True,
        )
        self.more_button = QuietButton(self.tr("More to say"), shape=Shape.PLUS)
        self.day = DateField(self.tr("The day they answered"), hint=today_words())
        self.comment = TextArea(self.tr("What they said"), optional=True, longest=300)
        self.save_button = PrimaryButton(self.tr("Save"))
        self.decline_button = SecondaryButton(self.tr("Would rather not say"))
        self.drafts: DraftKeeper | None = None
        self._job: Job[Any] | None = None
        self._build()

    @property
    def asked(self) -> AskPulse:
        """Whom the page asks; after a lock only the match is known, and each asks their own."""
        if isinstance(self.subject, AskPulse):
            return self.subject
        assert isinstance(self.subject, UUID)
        is_coordinator = Role.COORDINATOR in self.context.actor.roles
        about = PulseSubject.MENTEE if is_coordinator else PulseSubject.MENTOR
        return AskPulse(match_id=RecordId(self.subject), about=about)

    @override
    def load(self) -> None:
        """Read who is asked; what was chosen already stays."""
        context, asked = self.context, self.asked

        def read() -> PulseView:
            return pulses.pulse_view(
                context.vault, actor=context.actor, now=context.now, match_id=asked.match_id, about=asked.about
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of a refused answer."""
        named: dict[str, Field] = {
            "pulse_answer.score": self.faces,
            "pulse_answer.answered_on": self.day,
            "pulse_answer.comment": self.comment,
        }
        return named.get(key)

    def _build(self) -> None:
        self.set_heading(self.tr("How is it going?"), self.tr("One question. Any answer is a good one."))
        parts = (self.over, self.question, self.due, self.faces, self.how, self.more_button, self.day, self.comment)
        for part in parts:
            self.add(part)
        self.set_actions(self.save_button, self.decline_button)
        self.more_button.clicked.connect(self._on_more)
        self.save_button.clicked.connect(self._on_save)
        self.decline_button.clicked.connect(self._on_decline)

    def _on_read(self, view: PulseView) -> None:
        is_new = self.view is None or (self.view.match, self.view.about) != (view.match, view.about)
        self.view = view
        is_mentee = view.about is PulseSubject.MENTEE
        if view.name:
            self.set_header(PersonHeader(view.name))
        self.question.set_words(question_words(view.about))
        # Not what was said last time: whoever answers shall not be led by it.
        self.due.set_words(due_words(view, self.context.on))
        self.due.setVisible(view.may_ask and view.due_on is not None)
        self.how.ticks[READ_ALOUD].setVisible(is_mentee)
        self.how.ticks[CONTACT].option = Option(key=CONTACT, words=self._contact_words(is_mentee=is_mentee))
        self.how.ticks[CONTACT].setAccessibleName(self._contact_words(is_mentee=is_mentee))
        self.over.setVisible(not view.may_ask)
        for part in (self.question, self.faces, self.how, self.more_button, self.save_button, self.decline_button):
            part.setVisible(view.may_ask)
        if is_new:
            self._empty()
            if view.may_ask:
                self._begin_draft(view)

    def _contact_words(self, *, is_mentee: bool) -> str:
        if is_mentee:
            return self.tr("They would like the coordinator to call")
        return self.tr("I would like my coordinator to call")

    def _empty(self) -> None:
        self.faces.set_value(None)
        self.how.set_values(())
        self.comment.set_text("")
        set_day(self.day, self.context.on)
        self.day.hide()
        self.comment.hide()
        self.more_button.setVisible(self.view is not None and self.view.may_ask)

    def _begin_draft(self, view: PulseView) -> None:
        """Keep what is said over a lock, of the mentee and of the mentor each on its own."""
        if self.drafts is not None:
            self.drafts.keep_now()
            self.drafts.deleteLater()
        key = "pulse" if view.about is PulseSubject.MENTEE else "pulse_of_mentor"
        self.drafts = DraftKeeper(self.context, key, self._values, self)
        # The face is not kept: whoever answers shall not find one chosen beforehand.
        self.drafts.watch(self.how, self.day, self.comment)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        # By whom it is about: a volunteer's laptop holds nothing under the id of the match.
        self.drafts.begin(view.person_id)

    def _values(self) -> dict[str, Any]:
        fields = {"how": self.how, "day": self.day, "comment": self.comment}
        return {name: value_of(field) for name, field in fields.items()}

    def _on_draft(self, draft: KeptDraft) -> None:
        for name, field in (("how", self.how), ("day", self.day), ("comment", self.comment)):
            show_value(field, draft.values.get(name))
        if self.comment.text or self.day.parts() != _parts(self.context.on):
            self._on_more()

    def _on_more(self) -> None:
        self.more_button.hide()
        self.day.show()
        self.comment.show()
        self.comment.focus_control()

    def _on_save(self) -> None:
        score = self.faces.value
        if score is None:
            self.show_failure(BadInputError.at("pulse_answer", "score", "required"))
            return
        self._write(score)

    def _on_decline(self) -> None:
        self._write(None)

    def _write(self, score: int | None) -> None:
        context, asked = self.context, self.asked
        parts, comment, ticked = self.day.parts(), self.comment.text, set(self.how.values)
        self.clear_failure()

        def write() -> PulseAnswer:
            day = parse_day((parts.day, parts.month, parts.year), record="pulse_answer", field="answered_on")
            form = PulseForm(
                score=score,
                answered_on=day or context.on,
                was_read_aloud=READ_ALOUD in ticked,
                comment=comment,
                wants_contact=CONTACT in ticked,
            )
            return pulses.answer_pulse(
                context.vault,
                actor=context.actor,
                now=context.now,
                match_id=asked.match_id,
                about=asked.about,
                form=form,
            )

        self.ask(write, self._on_saved)

    def _on_saved(self, answer: PulseAnswer) -> None:
        self.view = None
        if self.drafts is not None:
            self.drafts.end()
        self.clear_failure()
        announce(self, self.tr("Thank you. The answer is kept on this laptop."))
        self.context.changes.tell({RecordType.PULSE_ANSWER})
        if Role.COORDINATOR in self.context.actor.roles:
            self.context.navigate("matching", answer.person)
        else:
            self.context.navigate("match", answer.match)


def _parts(day: date) -> DateParts:
    return DateParts(day=str(day.day), month=str(day.month), year=str(day.year))
