"""A person's page: who they are, what is due, and six parts with everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from PySide6.QtWidgets import QWidget

from app.domain.access import Action, permitted
from app.domain.codes import RecordType, Role
from app.domain.ids import PersonId, RecordId
from app.use_cases import joining, person_page
from app.use_cases.joining import KnownElsewhere, MayBe, Merged
from app.use_cases.person_page import PersonView
from ui.context import PageContext
from ui.jobs import Job
from ui.pages.joined_part import JoinedPart
from ui.pages.person_answers import AnswersPart
from ui.pages.person_contact import ContactPart
from ui.pages.person_history import HistoryPart
from ui.pages.person_notes import NotesPart
from ui.pages.person_overview import OverviewPart
from ui.pages.person_part import PersonPart
from ui.pages.person_referrals import ReferralsPart
from ui.pages.vault_page import VaultPage
from ui.view_models.person_facts import header_facts
from ui.view_models.subjects import ComparePair
from ui.widgets import Button, DangerButton, Field, Manner, PersonHeader, SecondaryButton, Tabs, announce
from ui.widgets.text import filled

_Joined = tuple[PersonId, tuple[Merged, ...], tuple[MayBe, ...], tuple[KnownElsewhere, ...]]


class PersonPage(VaultPage):
    """One person, opened; the look is kept in the audit."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset(
        {
            RecordType.PERSON,
            RecordType.STAY,
            RecordType.CONTACT_POINT,
            RecordType.INJURY,
            RecordType.CONSENT_EVENT,
            RecordType.REFERRAL,
            RecordType.REFERRAL_EVENT,
            RecordType.CASE_NOTE,
            RecordType.TASK,
            RecordType.SHARE_CARD,
            RecordType.REMOVAL_RECEIPT,
            RecordType.CONFLICT,
            RecordType.PERSON_MERGE,
            RecordType.SAME_PERSON,
        }
    )

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, full_width=True, parent=parent)
        self.view: PersonView | None = None
        self._job: Job[Any] | None = None
        self.parts: dict[str, PersonPart] = {
            "overview": OverviewPart(context),
            "consent": AnswersPart(context),
            "referrals": ReferralsPart(context),
            "contact": ContactPart(context),
            "notes": NotesPart(context),
            "history": HistoryPart(context),
        }
        self.joined = JoinedPart()
        self.tabs = Tabs(self._tab_words())
        self.ask_button = SecondaryButton("")
        self.refer_button = SecondaryButton("")
        self.stop_button = DangerButton("")
        self.mentoring_button = SecondaryButton(self.tr("Mentoring"))
        self.equality_button = SecondaryButton(self.tr("Equality answers"))
        self._build()

    def load(self) -> None:
        """Open the person; what is being typed stays."""
        context, person = self.context, self.subject
        assert person is not None, "a person's page is opened on a person"

        def read() -> PersonView:
            return person_page.open_person(
                context.vault, actor=context.actor, now=context.now, person_id=_person_id(person)
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    def field_of(self, key: str) -> Field | None:
        """Return the field of the part that is shown."""
        return self.parts[self.tabs.current].field_of(key)

    def show_part(self, key: str) -> None:
        """Show one part of the page."""
        self.tabs.set_current(key)
        for name, part in self.parts.items():
            part.setVisible(name == key)
        self.clear_failure()
        self._show_actions()

    def _build(self) -> None:
        self.add(self.joined)
        self.joined.undo_asked.connect(self._on_undo_merge)
        self.joined.compare_asked.connect(self._on_compare)
        self.add(self.tabs)
        for part in self.parts.values():
            self.add(part)
            part.failed.connect(self.show_failure)
            part.tried.connect(self.clear_failure)
        self.tabs.hide()
        self.tabs.chosen.connect(self.show_part)
        self.ask_button.clicked.connect(self._on_ask)
        self.refer_button.clicked.connect(self._on_refer)
        self.mentoring_button.clicked.connect(self._on_mentoring)
        self.equality_button.clicked.connect(self._on_equality)
        self.stop_button.clicked.connect(self._on_stop)
        for part in self.parts.values():
            part.hide()

    def _tab_words(self) -> list[tuple[str, str]]:
        return [
            ("overview", self.tr("Overview")),
            ("consent", self.tr("Consent")),
            ("referrals", self.tr("Referrals")),
            ("contact", self.tr("Contact")),
            ("notes", self.tr("Notes")),
            ("history", self.tr("History")),
        ]

    def _on_read(self, view: PersonView) -> None:
        is_first = self.view is None or self.view.person_id != view.person_id
        self.view = view
        facts = header_facts(view, self.context.on)
        chips = [(words, Manner.ATTENTION) for words in facts.warnings]
        chips += [(words, Manner.INFO) for words in facts.needs]
        self.set_header(PersonHeader(facts.name, facts.address, facts.place, chips, is_own_page=True))
        self.setAccessibleName(facts.name)
        for part in self.parts.values():
            part.show_person(view)
        self.tabs.show()
        self._name_actions(view)
        self.ask(self._joined_of(view.person_id), self._on_joined)
        if is_first:
            # What was refused and is being put right is what somebody came for.
            self.show_part("contact" if view.typed else "overview")
        else:
            # What is wrong in a form that is open stays marked when news arrives.
            self._show_actions()

    def _name_actions(self, view: PersonView) -> None:
        for button, words in (
            (self.ask_button, self.tr("Ask {called}")),
            (self.refer_button, self.tr("Refer {called}")),
            (self.stop_button, self.tr("{called} says stop")),
        ):
            button.set_words(filled(words, called=view.called))

    def _show_actions(self) -> None:
        self.set_visible_actions(*self._wanted_actions())

    def set_visible_actions(self, *wanted: Button) -> None:
        """Show these of the page's buttons; all of them stay, so that none loses the focus it has."""
        if not self._actions.flow.count():
            self.set_actions(*self._all_actions())
        for button in self._all_actions():
            button.setVisible(button in wanted)
        self._actions.setVisible(bool(wanted))

    def _all_actions(self) -> tuple[Button, ...]:
        """Return every button of the page; mentoring is a coordinator's."""
        mentors = (self.mentoring_button,) if Role.COORDINATOR in self.context.actor.roles else ()
        return (self.ask_button, self.refer_button, *mentors, self.equality_button, self.stop_button)

    def _wanted_actions(self) -> list[Button]:
        if self.view is None:
            return []
        roles, is_own = self.context.actor.roles, self.view.person is not None
        may_ask = is_own and permitted(roles, Action.RECORD_ANSWER) is not None
        may_refer = is_own and permitted(roles, Action.WRITE_REFERRAL) is not None
        may_stop = permitted(roles, Action.RECORD_STOP) is not None
        allowed = {self.ask_button: may_ask, self.refer_button: may_refer, self.stop_button: may_stop}
        allowed[self.mentoring_button] = is_own
        allowed[self.equality_button] = is_own and permitted(roles, Action.WRITE_EQUALITY) is not None
        by_part: dict[str, list[Button]] = {
            "overview": [button for button in self._all_actions() if button is not self.equality_button],
            "consent": [self.ask_button, self.equality_button, self.stop_button],
            "referrals": [self.refer_button],
        }
        return [button for button in by_part.get(self.tabs.current, []) if allowed[button]]

    def _joined_of(self, person: PersonId) -> Callable[[], _Joined]:
        vault, actor = self.context.vault, self.context.actor

        def read() -> _Joined:
            merges = joining.merges_of(vault, actor=actor, person_id=person)
            waiting = joining.waiting_pairs(vault, person_id=person)
            return person, merges, waiting, joining.known_elsewhere(vault, person_id=person)

        return read

    def _on_joined(self, found: _Joined) -> None:
        person, merges, pairs, elsewhere = found
        if self.view is not None and self.view.person_id == person:
            self.joined.show_joined(merges, pairs, elsewhere)

    def _on_undo_merge(self, merge: RecordId, to_other: list[RecordId]) -> None:
        self.clear_failure()
        context = self.context

        def undo() -> None:
            joining.undo_merge(context.vault, actor=context.actor, now=context.now, merge_id=merge, to_other=to_other)

        self.ask(undo, self._on_undone)

    def _on_undone(self, _nothing: None) -> None:
        announce(self, self.tr("They become two records again at the next exchange."))
        self.context.changes.tell({RecordType.PERSON_MERGE})

    def _on_compare(self, other: PersonId) -> None:
        if self.view is not None:
            self.context.navigate("same_person", ComparePair(one=self.view.person_id, other=other))

    def _on_ask(self) -> None:
        self.context.navigate("consent", self.subject)

    def _on_refer(self) -> None:
        self.context.navigate("refer", self.subject)

    def _on_mentoring(self) -> None:
        self.context.navigate("matching", self.subject)

    def _on_equality(self) -> None:
        self.context.navigate("equality", self.subject)

    def _on_stop(self) -> None:
        self.context.navigate("stop_sharing", self.subject)


def _person_id(subject: object) -> PersonId:
    assert isinstance(subject, UUID)
    return PersonId(subject)
