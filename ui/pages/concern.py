"""Raising a concern: whom it is about, what was said, and whether somebody is in danger now. It works offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import AgreedToShare, RecordType, Role
from app.domain.concern import LONGEST_WORDS, Concern
from app.domain.faults import Faults
from app.domain.ids import PersonId
from app.errors import BadInputError
from app.storage.lists import KeptDraft
from app.use_cases import safeguarding
from app.use_cases.safeguarding import ConcernForm, RaisedView
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.pages.draft_banner import DraftBanner
from ui.pages.move_form import codes_choice, show_value, value_of
from ui.pages.parts import FactList
from ui.pages.vault_page import VaultPage
from ui.view_models.concern_words import lead_words, raised_words
from ui.widgets import (
    Banner,
    ChoiceGroup,
    Field,
    Manner,
    Option,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    SelectField,
    TextArea,
    TextField,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.text import filled

YES: Final = "yes"
NO: Final = "no"


class ConcernPage(VaultPage):
    """Few fields, the words first; afterwards nothing of it can be read here, only that it was received."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset({RecordType.CONCERN})

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.view: RaisedView | None = None
        self.danger = ChoiceGroup(
            self.tr("Is somebody in danger now?"),
            [Option(key=NO, words=self.tr("No")), Option(key=YES, words=self.tr("Yes, now"))],
        )
        self.call = Banner(
            self.tr("Ring 999 now."), self.tr("Then ring your safeguarding lead. Write it down after that."),
            manner=Manner.STOP,
        )  # fmt: skip
        self.person = SelectField(self.tr("Whom is it about?"), [])
        self.words = TextArea(
            self.tr("What was said or seen"),
            hint=self.tr("In their own words, as they were said. Nobody can change them afterwards."),
            longest=LONGEST_WORDS,
        )
        self.agreed = codes_choice(self.tr("Did they agree that you tell the lead?"), "agreed_to_share")
        self.reason = TextField(self.tr("Why you tell it all the same"), optional=True, longest=300)
        self.told = TextField(self.tr("Whom you told already"), optional=True, longest=120)
        self.lead = SafeLabel("", tone=Tone.SOFT)
        self.raised_heading = SafeLabel(self.tr("Raised on this laptop by you"), TextRole.SECTION)
        self.raised = FactList()
        self.draft_banner = DraftBanner()
        self.kept = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self.send_button = PrimaryButton(self.tr("Give it to the lead"))
        self.leave_button = SecondaryButton(self.tr("Not now"))
        self.fields: tuple[Field, ...] = (self.danger, self.person, self.words, self.agreed, self.reason, self.told)
        self.drafts = DraftKeeper(context, "concern", self._values, self)
        self._job: Job[Any] | None = None
        self._has_begun = False
        self._build()

    @override
    def load(self) -> None:
        """Read whom it may be about; what was typed stays."""
        context = self.context

        def read() -> RaisedView:
            return safeguarding.raised_view(context.vault, actor=context.actor)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of what is missing."""
        named: dict[str, Field] = {
            "concern.person": self.person,
            "concern.in_their_words": self.words,
            "concern.danger_now": self.danger,
            "concern.consent_to_share": self.agreed,
            "concern.reason_without": self.reason,
            "concern.told": self.told,
        }
        return named.get(key)

    def _build(self) -> None:
        self.set_heading(self.tr("Raise a concern"), self.tr("It goes to your safeguarding lead and to nobody else."))
        self.add(self.draft_banner)
        parts: tuple[QWidget, ...] = (self.danger, self.call, self.person, self.words, self.agreed, self.reason)
        for part in (*parts, self.told, self.kept, self.lead, self.raised_heading, self.raised):
            self.add(part)
        self.call.hide()
        self.kept.hide()
        self.reason.hide()
        self.set_actions(self.send_button, self.leave_button)
        self.danger.chosen.connect(self._on_danger)
        self.agreed.chosen.connect(self._on_agreed)
        self.send_button.clicked.connect(self._on_send)
        self.leave_button.clicked.connect(self._on_leave)
        self.drafts.watch(*self.fields)
        self.drafts.found.connect(self._on_draft)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._restore)
        self.drafts.kept.connect(self._on_kept)
        self.drafts.failed.connect(self.show_failure)

    def _on_read(self, view: RaisedView) -> None:
        self.view = view
        chosen = self.person.value
        box = self.person.box
        was_blocked = box.blockSignals(True)
        while box.count() > 1:
            box.removeItem(1)
        for each in view.people:
            box.addItem(each.name, str(each.person_id))
        box.blockSignals(was_blocked)
        # A match's or a referral's own id chooses nobody.
        in_front = next((str(each.person_id) for each in view.people if each.person_id == self.subject), None)
        only = str(view.people[0].person_id) if len(view.people) == 1 else None
        self.person.set_value(chosen or in_front or only)
        self.lead.set_words(lead_words(view))
        self.raised.show_facts(raised_words(view))
        self.raised_heading.setVisible(bool(view.raised))
        self.raised.setVisible(bool(view.raised))
        if not self._has_begun:
            self._has_begun = True
            self.drafts.begin()

    def _on_danger(self, key: str) -> None:
        self.call.setVisible(key == YES)
        if key == YES and self.view is not None:
            detail = self.tr("Then ring your safeguarding lead. {lead}").format(lead=lead_words(self.view))
            self.call.set_words(self.tr("Ring 999 now."), detail)
            announce(self, self.tr("Ring 999 now."))

    def _on_agreed(self, key: str) -> None:
        self.reason.setVisible(key != AgreedToShare.YES)

    def _values(self) -> dict[str, Any]:
        return {"fields": [value_of(field) for field in self.fields]}

    def _on_draft(self, draft: KeptDraft) -> None:
        self._restore(draft.values)
        # It may be about somebody else than whoever is in front now: that is said before anything else.
        about = self.person.box.currentText() if self.person.value else ""
        words = self.tr("This was begun earlier and has not been given to the lead.")
        if about:
            words = filled(
                self.tr("This was begun earlier, about {name}, and has not been given to the lead."), name=about
            )
        self.draft_banner.show_draft(words, draft.values)

    def _restore(self, values: Mapping[str, Any]) -> None:
        for field, value in zip(self.fields, values.get("fields", []), strict=False):
            show_value(field, value)
        self._on_danger(self.danger.value or NO)
        self._on_agreed(self.agreed.value or AgreedToShare.YES)

    def _on_discard(self) -> None:
        self._empty()
        self.drafts.drop()
        self.load()

    def _on_kept(self) -> None:
        self._say_kept(self.tr("Kept as a draft for you alone on this laptop."))

    def _say_kept(self, words: str) -> None:
        self.kept.set_words(words)
        self.kept.show()

    def _empty(self) -> None:
        for field in self.fields:
            show_value(field, None)
        self.call.hide()
        self.reason.hide()

    def _on_leave(self) -> None:
        self.drafts.keep_now()
        is_volunteer = self.context.actor.roles == {Role.MENTOR}
        self.context.navigate("my_matches" if is_volunteer else "today", None)

    def _on_send(self) -> None:
        context, person, danger, agreed = self.context, self.person.value, self.danger.value, self.agreed.value
        words, told, reason = self.words.text, self.told.text, self.reason.text
        self.clear_failure()

        def write() -> Concern:
            missing = {"danger_now": danger, "person": person, "in_their_words": words, "consent_to_share": agreed}
            faults = Faults()
            faults.add(BadInputError.at("concern", name, "required") for name, value in missing.items() if not value)
            faults.raise_all()
            form = ConcernForm(
                words=words,
                noticed_at=context.now,
                danger_now=danger == YES,
                told=told,
                consent=AgreedToShare(agreed or ""),
                reason_without="" if agreed == AgreedToShare.YES else reason,
            )
            return safeguarding.raise_concern(
                context.vault, actor=context.actor, now=context.now, person_id=PersonId(UUID(person)), form=form
            )

        self.ask(write, self._on_sent)

    def _on_sent(self, _concern: Concern) -> None:
        self.drafts.end()
        # The next one on this page is kept as a draft too.
        self._has_begun = False
        self._empty()
        self.draft_banner.hide()
        self.kept.hide()
        self.clear_failure()
        announce(self, self.tr("Kept on this laptop. It goes to the lead before everything else."))
        self.context.changes.tell({RecordType.CONCERN})
        self.context.sync_now()
        self.load()
