"""One mentor: where they stand, every check with its last day, what they have lived through, whom they mentor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import MentorKind, MentorStatus, RecordType
from app.domain.ids import PersonId
from app.errors import BadInputError
from app.use_cases import mentoring, mentors
from app.use_cases.mentors import MentorRow, MentorView
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import label, labels
from ui.pages.folded_drafts import FoldedDrafts
from ui.pages.mentoring import OF_THE_PROGRAMME
from ui.pages.parts import FactList
from ui.pages.profile_forms import ProfileForms, Read
from ui.pages.vault_page import VaultPage
from ui.view_models.mentor_words import check_words, checks_of, place_words, profile_facts
from ui.widgets import (
    Banner,
    Button,
    Field,
    FlowRow,
    Manner,
    Option,
    PersonHeader,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    TickGroup,
    Tone,
    announce,
)
from ui.widgets.text import filled


class MentorPage(VaultPage):
    """From the application to the day somebody leaves; the rules say what is still missing."""

    refresh_on: ClassVar[frozenset[RecordType]] = OF_THE_PROGRAMME

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: MentorView | None = None
        self._shown: PersonId | None = None
        self.step_buttons: dict[MentorStatus, Button] = {}
        kinds = [Option(key=key, words=words) for key, words in labels("mentor_kind").items()]
        self.kinds = TickGroup(self.tr("Whom would they mentor?"), kinds)
        self.begin_button = PrimaryButton(self.tr("Write down the application"))
        self.forms = ProfileForms("mentor_profile")
        self.begin_button.clicked.connect(self._on_begin)
        self.forms.save_asked.connect(self._on_save)
        self.drafts = FoldedDrafts(context, "mentor", self)
        self._job: Job[Any] | None = None

    @override
    def open(self, subject: object | None = None) -> None:
        """Open one person as a mentor."""
        if subject != self.subject:
            self.drafts.leave()
        super().open(subject)

    @override
    def load(self) -> None:
        """Read the mentor again; a form that is open keeps what is typed."""
        context, person = self.context, self._person

        def read() -> MentorView:
            return mentors.mentor_view(context.vault, actor=context.actor, now=context.now, person_id=person)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a profile's field is typed into."""
        if self.view is not None and self.view.row is None:
            return self.kinds if key == "mentor_profile.role_kinds" else None
        field = self.forms.named_fields().get(key)
        # A field that is folded away cannot be put right there: the page says it instead.
        return field if field is not None and field.isVisibleTo(self) else None

    @property
    def _person(self) -> PersonId:
        assert self.subject is not None
        return PersonId(self.subject)  # type: ignore[arg-type]

    def _on_read(self, view: MentorView) -> None:
        if self._shown == self._person and self.forms.is_open:
            return  # What somebody types stays; of another mentor nothing may stay.
        if self._shown != self._person:
            self.kinds.set_values([])
        self.view, self._shown = view, self._person
        for kept in (self.kinds, self.begin_button, self.forms):
            kept.setParent(None)
        self.clear_body()
        self.step_buttons = {}
        self.set_header(PersonHeader(view.name, is_own_page=True))
        self.setAccessibleName(view.name)
        if view.row is None:
            self._show_beginning()
        else:
            self._show_mentor(view, view.row)
            forms = {f"profile {at}": form for at, form in enumerate(self.forms.forms)}
            self.drafts.show(self._person, forms)

    def _show_beginning(self) -> None:
        self.add(SafeLabel(self.tr("Not a mentor yet."), TextRole.STATEMENT))
        for part in (self.kinds, self.begin_button):
            self.add(part)
            part.show()

    def _show_mentor(self, view: MentorView, row: MentorRow) -> None:
        text = filled(
            self.tr("{status}. Places: {places}."),
            status=label("mentor_status", row.profile.status),
            places=place_words(row),
        )
        self.add(SafeLabel(text, TextRole.STATEMENT))
        if row.is_blocked:
            self.add(
                Banner(
                    check_words(row, self.context.on),
                    self.tr("No new match and no resuming until this is put right."),
                    manner=Manner.ATTENTION,
                )
            )
        self.add(FlowRow(*self._steps(row), gap=12))
        self.add_section(self.tr("Checks"))
        self.add(FactList(checks_of(row, self.context.on)))
        self.add_section(self.tr("Profile"))
        self.add(FactList(profile_facts(row.profile)))
        self.add(self.forms)
        self.forms.show_profile(row.profile)
        self.add_section(self.tr("Whom they mentor"))
        for person, name, state in view.mentees:
            button = SecondaryButton(name, full_name=f"{name}, {label('match_state', state)}")
            button.clicked.connect(partial(self.context.navigate, "matching", person))
            self.add(button)
        if not view.mentees:
            self.add(SafeLabel(self.tr("Nobody at present."), tone=Tone.SOFT))

    def _steps(self, row: MentorRow) -> list[Button]:
        words = {
            MentorStatus.TRAINING: self.tr("Training has begun"),
            MentorStatus.ACTIVE: self.tr("They can mentor now"),
            MentorStatus.PAUSED: self.tr("They take a break"),
            MentorStatus.LEFT: self.tr("They have left"),
            MentorStatus.APPLIED: self.tr("They apply again"),
        }
        if row.profile.status is MentorStatus.PAUSED:
            words[MentorStatus.ACTIVE] = self.tr("They go on")
        for to in _NEXT[row.profile.status]:
            kind = SecondaryButton if to in (MentorStatus.LEFT, MentorStatus.PAUSED) else PrimaryButton
            button = kind(words[to])
            button.clicked.connect(partial(self._on_step, to))
            self.step_buttons[to] = button
        return list(self.step_buttons.values())

    def _on_begin(self) -> None:
        chosen, person = frozenset(MentorKind(kind) for kind in self.kinds.values), self._person

        def write() -> object:
            if not chosen:
                raise BadInputError.at("mentor_profile", "role_kinds", "required")
            return mentoring.start_mentor(self.context.vault, **self._act(), person_id=person, kinds=chosen)

        self._write(write)

    def _on_step(self, to: MentorStatus) -> None:
        assert self.view is not None
        assert self.view.row is not None
        profile_id = self.view.row.profile.id
        self._write(partial(mentors.move_mentor, self.context.vault, **self._act(), profile_id=profile_id, to=to))

    def _on_save(self, read: Read) -> None:
        assert self.view is not None
        assert self.view.row is not None
        profile_id, vault, act = self.view.row.profile.id, self.context.vault, self._act()

        def write() -> object:
            return mentors.save_profile(vault, **act, profile_id=profile_id, wanted=read())

        self._write(write)

    def _write(self, write: Callable[[], object]) -> None:
        self.clear_failure()
        self.ask(write, self._on_written)

    def _act(self) -> dict[str, Any]:
        return {"actor": self.context.actor, "now": self.context.now}

    def _on_written(self, _record: object) -> None:
        announce(self, self.tr("Saved on this laptop."))
        for form in self.forms.forms:
            form.fold()
        self.drafts.tell_folded()
        self.context.changes.tell(OF_THE_PROGRAMME | {RecordType.TASK})
        self.load()


_NEXT = {
    MentorStatus.APPLIED: (MentorStatus.TRAINING, MentorStatus.LEFT),
    MentorStatus.TRAINING: (MentorStatus.ACTIVE, MentorStatus.LEFT),
    MentorStatus.ACTIVE: (MentorStatus.PAUSED, MentorStatus.LEFT),
    MentorStatus.PAUSED: (MentorStatus.ACTIVE, MentorStatus.LEFT),
    MentorStatus.LEFT: (MentorStatus.APPLIED,),
}
"""Where a mentor goes next, the usual step first."""
