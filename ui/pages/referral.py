"""One referral, from either side: where it stands, both clocks, what was sent, and the one next move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.codes import RecordType, ReferralState
from app.domain.gate import purpose_for
from app.domain.ids import ReferralId
from app.errors import BadInputError, KnownError
from app.storage.lists import KeptDraft
from app.storage.vault import Vault
from app.use_cases import alliance, prints, referrals
from app.use_cases.referrals import ReferralView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.pages.move_form import MoveForm, Step
from ui.pages.parts import FactList, events_of
from ui.pages.referral_beside import BesidePart
from ui.pages.referral_end_forms import CouldNotContactForm, DeclineForm, PassOnForm, ways_of
from ui.pages.referral_forms import (
    AcceptForm,
    AnswerForm,
    AskForm,
    CloseForm,
    CompleteForm,
    PersonDeclineForm,
    StartForm,
    TakeBackForm,
    WaitingListForm,
    opened,
    send_again,
)
from ui.pages.vault_page import VaultPage
from ui.paper import Paper, Saved, save, saved_words
from ui.view_models.letters import letter_key
from ui.view_models.referral_cards import station_words
from ui.view_models.referral_page import MoveWords, ReferralWords, referral_words
from ui.view_models.registration import shipped_name_tables
from ui.view_models.subjects import AskAbout, ReferTo
from ui.widgets import (
    Banner,
    Button,
    Card,
    Field,
    FlowRow,
    IconLabel,
    Manner,
    PrimaryButton,
    QuietButton,
    ReferralProgress,
    SafeLabel,
    SecondaryButton,
    Shape,
    Station,
    Surface,
    TextRole,
    Timeline,
    Tone,
    announce,
    clear,
)
from ui.widgets.text import filled

CHANGED = frozenset({RecordType.REFERRAL, RecordType.REFERRAL_EVENT, RecordType.TASK})
_DIRECT = {ReferralState.QUEUED: send_again, ReferralState.RECEIVED: opened}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    view: ReferralView
    services: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]


class ReferralPage(VaultPage):
    """One referral; the look is kept in the audit, and opening it is told to the sender only by a press."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {
            RecordType.REFERRAL,
            RecordType.REFERRAL_EVENT,
            RecordType.CONSENT_EVENT,
            RecordType.SHARE_CARD,
            RecordType.TASK,
        }
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None, *, paper: Paper | None = None) -> None:
        super().__init__(context, parent=parent)
        self.paper = paper or Paper()
        self.state = SafeLabel("", TextRole.STATEMENT)
        self.holder = SafeLabel("", tone=Tone.SOFT)
        self.progress = ReferralProgress()
        self.question = Banner("", manner=Manner.ATTENTION)
        self.beside = BesidePart()
        self.move_buttons: dict[ReferralState, Button] = {}
        self.form: MoveForm | None = None
        self._open_for: ReferralState | None = None
        self._moves_shown: tuple[MoveWords, ...] = ()
        self._is_move_taken = False
        self.package_card = Card("")
        self.package = FactList()
        self.timeline = Timeline()
        self.person_button = QuietButton("", shape=Shape.PERSON)
        self.letter_button = QuietButton("", shape=Shape.PRINT)
        self.export_button = QuietButton(self.tr("Save for another system"))
        self.exported = Banner("", manner=Manner.DONE)
        self.words: ReferralWords | None = None
        self._clocks = QVBoxLayout()
        self._moves = FlowRow(gap=12)
        self._form_place = QVBoxLayout()
        self._now_card = Surface(gap=8)
        self._story_heading = SafeLabel(self.tr("What happened"), TextRole.SECTION)
        self.drafts = DraftKeeper(context, "referral", self._values, self)
        self._begun: object | None = None
        self._read: _Read | None = None
        self._job: Job[Any] | None = None
        self._build()

    @override
    def open(self, subject: object | None = None) -> None:
        """Open a referral."""
        self.drafts.keep_now()
        self._put_form_away()
        self._begun = None
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the referral; a form that is being filled in stays."""
        context, referral = self.context, self._referral_id

        def read() -> _Read:
            view = referrals.referral_view(
                context.vault,
                actor=context.actor,
                now=context.now,
                referral_id=referral,
                names=shipped_name_tables(),
            )
            services, others = _choices(context.vault, view)
            return _Read(view=view, services=services, others=others)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the form that is open."""
        if self.form is None:
            return None
        field = self.form.named_fields().get(key.removeprefix("referral."))
        return field if field is not None and not field.isHidden() else None

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what stands against the step; what was filled in stays."""
        super().show_failure(error)
        for button in self._pressable():
            button.setEnabled(True)

    @property
    def _referral_id(self) -> ReferralId:
        assert isinstance(self.subject, UUID), "a referral's page is opened on a referral"
        return ReferralId(self.subject)

    def _build(self) -> None:
        self._clocks.setSpacing(4)
        self._now_card.add(self.state)
        self._now_card.add(self.holder)
        self._now_card.add(self.progress)
        self._now_card.add(self._clocks)
        self.package_card.add(self.package)
        parts: tuple[QWidget, ...] = (self._now_card, self.question, self._moves)
        for part in parts:
            self.add(part)
        self.add(self._form_place)
        self.add(self.beside)
        self.add(self.package_card)
        self.add(self._story_heading, group=True)
        self.add(self.timeline)
        ways = FlowRow(self.letter_button, self.person_button, self.export_button, gap=12)
        self.add(ways)
        self.add(self.exported)
        self.exported.hide()
        below: tuple[QWidget, ...] = (
            self.beside,
            self.package_card,
            self._story_heading,
            self.timeline,
            self.person_button,
            self.letter_button,
            self.export_button,
        )
        for part in (*parts, *below):
            part.hide()
        self.beside.form_asked.connect(self._on_form_asked)
        self.beside.step_asked.connect(self._on_step_asked)
        self.beside.refer_asked.connect(self._on_refer_left)
        self.beside.open_asked.connect(self._on_open_other)
        self.beside.ask_asked.connect(self._on_ask_person)
        self.person_button.clicked.connect(self._on_person)
        self.letter_button.clicked.connect(self._on_letter)
        self.export_button.clicked.connect(self._on_export)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)

    def _values(self) -> dict[str, Any]:
        form, to = self.form, self._open_for
        return {"to": to, "fields": form.values()} if form is not None else {}

    def _on_read(self, read: _Read) -> None:
        self._read = read
        view = read.view
        words = self.words = referral_words(view, self.context.now)
        self.set_heading(words.heading, words.purpose)
        self.state.set_words(words.sentence)
        self.holder.set_words(words.holder)
        writer = view.summary.from_org_name if view.is_receiver else ""
        self.progress.show_stations(
            [
                Station(words=each.words, day=each.day, is_reached=each.is_reached)
                for each in station_words(view.summary, self.context.on, written_by=writer)
            ]
        )
        self._show_clocks(words)
        self.question.set_words(filled(self.tr("Question: “{question}”"), question=words.question))
        self.beside.show_view(view, self.context.on)
        self._show_package(view, words)
        self.timeline.show_events(events_of(words.story))
        self.person_button.set_words(filled(self.tr("Open the page of {name}"), name=view.person_name))
        self.letter_button.set_words(filled(self.tr("Write to {name} about this"), name=view.person_name))
        self.letter_button.setVisible(bool(letter_key(view)))
        self.export_button.setVisible(view.answer.opens_reading)
        self._show_moves(words)
        for part in (
            self._now_card,
            self.beside,
            self.package_card,
            self._story_heading,
            self.timeline,
            self.person_button,
        ):
            part.show()
        self.question.setVisible(bool(words.question))
        if self._begun != self.subject:
            self._begun = self.subject
            self.drafts.begin(self._referral_id)

    def _show_clocks(self, words: ReferralWords) -> None:
        clear(self._clocks)
        for clock in words.clocks:
            said = filled(self.tr("{name}: {words}."), name=clock.name, words=clock.words)
            shape, tone = (Shape.TRIANGLE, Tone.ATTENTION) if clock.is_late else (Shape.CLOCK, Tone.SOFT)
            self._clocks.addWidget(IconLabel(shape, said, TextRole.HINT, tone=tone, size=18))

    def _show_package(self, view: ReferralView, words: ReferralWords) -> None:
        if view.is_receiver:
            heading = self.tr("What you may know")
        elif view.referral.sent_at is None:
            heading = self.tr("What {org} will see")
        else:
            heading = self.tr("What {org} sees")
        self.package_card.set_words(filled(heading, org=view.summary.to_org_name))
        self.package.show_facts([(line.name, line.words) for line in words.package])

    def _show_moves(self, words: ReferralWords) -> None:
        wanted = {move.to for move in words.moves}
        if self.form is not None and self._open_for is not None and self._open_for not in wanted:
            self._put_form_away()
            self._say_form_is_gone()
        if words.moves == self._moves_shown:
            # News that changes no move leaves the buttons alone, and the keyboard where it is.
            for button in self.move_buttons.values():
                button.setEnabled(True)
        else:
            self._build_moves(words.moves)
        self._moves.setVisible(bool(words.moves) and self.form is None)
        if self._is_move_taken and self.form is None:
            self._is_move_taken = False
            self._focus_move(None)

    def _build_moves(self, moves: tuple[MoveWords, ...]) -> None:
        on_key = next((to for to, button in self.move_buttons.items() if button.hasFocus()), None)
        clear(self._moves.flow)
        self._moves_shown = moves
        self.move_buttons = {}
        for move in moves:
            button = PrimaryButton(move.words) if move.is_next else SecondaryButton(move.words)
            button.clicked.connect(partial(self._on_move, move.to))
            self.move_buttons[move.to] = button
            self._moves.add(button)
        if on_key is not None:
            self._moves.setVisible(bool(moves))
            self._focus_move(on_key)

    def _focus_move(self, to: ReferralState | None) -> None:
        """Bring the keyboard to a move, to the first where that one is gone."""
        first = next(iter(self.move_buttons.values()), self.person_button)
        button = self.move_buttons.get(to, first) if to is not None else first
        button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_form_is_gone(self) -> None:
        sentence = self.tr("Somebody else took a step meanwhile.")
        next_step = self.tr("What you were filling in is no longer possible. This is how it stands now.")
        self.failure.show_words(sentence, next_step, "")
        announce(self, f"{sentence} {next_step}")

    def _on_move(self, to: ReferralState, _checked: bool = False) -> None:
        assert self._read is not None, "a move is made after the referral was read"
        self.clear_failure()
        form = self._form_for(to, self._read)
        if form is None:
            self._take(_DIRECT[to])
            return
        self._open_form(to, form)

    def _on_form_asked(self, form: MoveForm) -> None:
        self.clear_failure()
        self._open_form(None, form)

    def _on_step_asked(self, step: Step) -> None:
        self.clear_failure()
        self._take(step)

    def _on_refer_left(self) -> None:
        if self._read is not None:
            view = self._read.view
            self.context.navigate("refer", ReferTo(person_id=view.referral.person, needs=view.left))

    def _on_ask_person(self) -> None:
        if self._read is not None:
            referral = self._read.view.referral
            place = (referral.to_org, purpose_for(referral.needs))
            self.context.navigate("consent", AskAbout(person_id=referral.person, place=place))

    def _on_open_other(self, referral: object) -> None:
        self.context.navigate("referral", referral)

    def _open_form(self, to: ReferralState | None, form: MoveForm) -> None:
        self._put_form_away()
        self.form, self._open_for = form, to
        form.save_asked.connect(self._on_save)
        form.left.connect(self._on_left)
        self._form_place.addWidget(form)
        form.show()
        self._moves.hide()
        self.drafts.watch(*form.findChildren(Field))
        form.focus_first()

    def _on_draft(self, draft: KeptDraft) -> None:
        to = next((to for to in self.move_buttons if to == draft.values.get("to")), None)
        form = self._form_for(to, self._read) if to is not None and self._read is not None else None
        if to is not None and form is not None and self.form is None:
            form.show_values(draft.values.get("fields", []))
            self._open_form(to, form)

    def _form_for(self, to: ReferralState, read: _Read) -> MoveForm | None:
        view, on = read.view, self.context.on
        match to:
            case ReferralState.RECEIVED if self.words is not None and self.words.question:
                return AnswerForm(self.words.question)
            case ReferralState.ACCEPTED:
                return AcceptForm(view)
            case ReferralState.INFO_NEEDED:
                return AskForm()
            case ReferralState.WAITING_LIST:
                return WaitingListForm(on)
            case ReferralState.IN_PROGRESS:
                return StartForm(self.context)
            case ReferralState.COMPLETED:
                return CompleteForm(on)
            case _:
                return self._end_form_for(to, read)

    def _end_form_for(self, to: ReferralState, read: _Read) -> MoveForm | None:
        view = read.view
        match to:
            case ReferralState.DECLINED_BY_SERVICE:
                return DeclineForm(read.services, read.others)
            case ReferralState.COULD_NOT_CONTACT:
                return CouldNotContactForm(read.services, ways_of(view.package), view.reaching.tries)
            case ReferralState.REROUTED:
                return PassOnForm(view.onward, view.person_name)
            case ReferralState.DECLINED_BY_PERSON:
                return PersonDeclineForm(self.context.actor)
            case ReferralState.WITHDRAWN:
                return TakeBackForm()
            case ReferralState.CLOSED:
                return CloseForm(view)
            case _:
                return None

    def _on_save(self) -> None:
        assert self.form is not None, "a form is saved that is open"
        self.clear_failure()
        try:
            step = self.form.step()
        except BadInputError as error:
            self.show_failure(error)
            return
        self._take(step)

    def _take(self, step: Step) -> None:
        # A second press while the first is written would take two steps.
        for button in self._pressable():
            button.setEnabled(False)
        context, referral = self.context, self._referral_id

        def take() -> None:
            step(context.vault, context.actor, context.now, referral)

        self.ask(take, self._on_taken)

    def _on_taken(self, _nothing: None) -> None:
        self._put_form_away()
        self.drafts.end()
        self._begun = None
        self._is_move_taken = True
        announce(self, self.tr("Recorded on this laptop."))
        self.set_scroll_position(0)
        self.context.changes.tell(CHANGED)
        self.context.sync_now()

    def _on_left(self) -> None:
        left = self._open_for
        self._put_form_away()
        self.drafts.drop()
        self.clear_failure()
        self._moves.setVisible(bool(self.move_buttons))
        self._focus_move(left)

    def _put_form_away(self) -> None:
        self.form = self._open_for = None
        clear(self._form_place)

    def _pressable(self) -> list[Button]:
        buttons: list[Button] = list(self.move_buttons.values())
        return [*buttons, self.form.save_button] if self.form is not None else buttons

    def _on_letter(self) -> None:
        self.context.navigate("letter", self._referral_id)

    def _on_export(self) -> None:
        context, referral = self.context, self._referral_id
        place = self.paper.place(self, f"referral {str(referral).replace('-', '')[-8:]}.json")
        if place is None:
            return

        def write() -> Saved:
            return save(
                place,
                prints.referral_bundle(context.vault, actor=context.actor, now=context.now, referral_id=referral),
            )

        self.ask(write, self._on_exported)

    def _on_exported(self, saved: Saved) -> None:
        words = saved_words(saved)
        self.exported.set_manner(Manner.DONE if saved is Saved.DONE else Manner.STOP)
        self.exported.set_words(words)
        self.exported.show()
        announce(self, words)

    def _on_person(self) -> None:
        if self._read is not None:
            self.context.navigate("person", self._read.view.referral.person)


def _choices(vault: Vault, view: ReferralView) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return the services a person can be referred to instead, and the other referrals about them, by id and name."""
    with vault.reading() as read:
        directory = alliance.directory(read)
        held = alliance.person_aggregate(read, view.referral.person)
    services = sorted(
        (f"{alliance.organisation_name(directory, service.provider)}: {service.name}", str(service_id))
        for service_id, service in directory.services.items()
        if service_id != view.referral.to_service
    )
    others = [
        (str(other.id), f"{directory.services[other.to_service].name}")
        for other in held.referrals
        if other.id != view.referral.id and other.to_service in directory.services
    ]
    others += [
        (str(each.other.referral_id), f"{each.person_name}, {each.other.org_name}, {each.service_name}")
        for each in view.maybe_same
    ]
    return tuple((key, name) for name, key in services), tuple(others)
