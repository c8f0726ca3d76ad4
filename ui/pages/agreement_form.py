"""Writing down an agreement: a new one, one that nobody signed yet, or the version that takes a signed one's place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget
from typing_extensions import override

from app.domain.agreement import PERMITS_SHARING, Document
from app.domain.codes import AgreementKind, PackageField, Purpose, RecordType, Scope
from app.domain.disclosure import scope_fields
from app.domain.ids import AgreementId, OrganisationId
from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import keeping_agreements
from app.use_cases.keeping_agreements import NO_DAY, AgreementForm, Member, Opened
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import ago_words, field_key, label, labels
from ui.pages.draft_banner import DraftBanner
from ui.pages.move_form import example_words, show_value, value_of
from ui.pages.vault_page import VaultPage
from ui.view_models.agreement_words import document_words, kind_warning
from ui.view_models.package_words import field_words
from ui.widgets import (
    Banner,
    Card,
    ChoiceGroup,
    DateField,
    Field,
    FlowRow,
    Manner,
    Option,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    Surface,
    TextField,
    TextRole,
    TickGroup,
    announce,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import filled

_SCOPES: Final = (Scope.CONTACT, Scope.CONTACT_INJURY, Scope.CONTACT_INJURY_NEEDS, Scope.FULL_NOTES)


def choose_paper(parent: QWidget) -> str:
    """Let a person choose the file of a paper in the system's own chooser; empty when they went back."""
    chosen, _kind = QFileDialog.getOpenFileName(parent)
    return chosen


class AgreementFields(Surface):
    """What a paper says, as fields; the parties are the members of the alliance."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__(gap=BETWEEN_FIELDS)
        self.title = TextField(self.tr("What people call it"), longest=120)
        kinds = [Option(key=key, words=words) for key, words in labels("agreement_kind").items()]
        self.kind = ChoiceGroup(self.tr("What it is"), kinds)
        self.warning = Banner("", manner=Manner.ATTENTION)
        self.parties = TickGroup(
            self.tr("Between"), [Option(key=str(each.org_id), words=each.name) for each in members], in_a_row=True
        )
        purposes = [Option(key=each, words=label("purpose", each)) for each in Purpose]
        self.purposes = TickGroup(self.tr("What for"), purposes, in_a_row=True)
        self.named = {scope: TickGroup(words, _options(scope), in_a_row=True) for scope, words in self._groups()}
        self.from_on = DateField(self.tr("From"), hint=example_words())
        self.to_on = DateField(
            self.tr("Last day"), hint=self.tr("Leave it empty if the paper names none."), optional=True
        )
        self.review_on = DateField(
            self.tr("To be reviewed"),
            hint=self.tr("Everybody who has to look at it is told 30 days before."),
        )
        self.fields: tuple[Field, ...] = (
            self.title,
            self.kind,
            self.parties,
            self.purposes,
            *self.named.values(),
            self.from_on,
            self.to_on,
            self.review_on,
        )
        for part in (self.title, self.kind, self.warning, self.parties, self.purposes):
            self.add(part)
        self.add(SafeLabel(self.tr("What they may tell each other of a person"), TextRole.SECTION))
        self.add(SafeLabel(self.tr("What is not ticked never flows by this paper, whatever a person agreed to.")))
        for field in (*self.named.values(), self.from_on, self.to_on, self.review_on):
            self.add(field)
        self.warning.hide()
        self.kind.chosen.connect(self._on_kind)

    def named_fields(self) -> dict[str, Field]:
        """Return the fields by the names under which the rules refuse them."""
        first = self.named[Scope.CONTACT]
        by_name: dict[str, Field] = {
            "title": self.title,
            "kind": self.kind,
            "parties": self.parties,
            "purposes": self.purposes,
            "fields": first,
            "from_on": self.from_on,
            "to_on": self.to_on,
            "review_on": self.review_on,
        }
        return {f"agreement.{name}": field for name, field in by_name.items()}

    def values(self) -> dict[str, Any]:
        """Return what stands in the fields, as JSON."""
        return {"fields": [value_of(field) for field in self.fields]}

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show what a draft kept."""
        kept = values.get("fields") or [None] * len(self.fields)
        for field, value in zip(self.fields, kept, strict=False):
            show_value(field, value)
        self._on_kind(self.kind.value or "")

    def show_form(self, form: AgreementForm) -> None:
        """Show a paper as it stands."""
        plain = [
            form.title,
            form.kind,
            [str(org) for org in form.parties],
            list(form.purposes),
            *(list(form.fields) for _ in self.named),
            form.from_on,
            form.to_on,
            form.review_on,
        ]
        self.show_values({"fields": plain})

    def form(self, document: Document | None) -> AgreementForm:
        """Return what was typed."""
        kind = self.kind.value
        return AgreementForm(
            title=self.title.text,
            kind=None if kind is None else AgreementKind(kind),
            parties=frozenset(OrganisationId(UUID(key)) for key in self.parties.values),
            purposes=frozenset(Purpose(key) for key in self.purposes.values),
            fields=frozenset(PackageField(key) for group in self.named.values() for key in group.values),
            from_on=_day(self.from_on),
            to_on=_day(self.to_on),
            review_on=_day(self.review_on),
            document=document,
        )

    def _groups(self) -> list[tuple[Scope, str]]:
        words = (self.tr("How to reach them"), self.tr("Their injury"), self.tr("Their needs"), self.tr("Notes"))
        return list(zip(_SCOPES, words, strict=True))

    def _on_kind(self, key: str) -> None:
        permits = not key or AgreementKind(key) in PERMITS_SHARING
        self.warning.set_words("" if permits else kind_warning(AgreementKind(key)))
        self.warning.setVisible(not permits)


class AgreementFormPage(VaultPage):
    """One form for a paper, which keeps itself as a draft."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.choose_paper: Callable[[QWidget], str] = choose_paper
        self.draft_banner = DraftBanner()
        self.fields: AgreementFields | None = None
        self.document: Document | None = None
        self.document_words = SafeLabel("")
        self.choose_button = SecondaryButton(self.tr("Choose the file"))
        self.remove_button = SecondaryButton(self.tr("Take the file off"))
        self.document_card = Card(
            self.tr("The file of the paper (optional)"),
            self.tr("The file stays where it is. Its name and its fingerprint are written down, so that everybody can "
                    "tell later whether a file is the one that was signed."),
        )  # fmt: skip
        self.save_button = PrimaryButton(self.tr("Save the agreement"))
        self.opened: Opened | None = None
        self.drafts = DraftKeeper(context, "agreement_form", self._values, self)
        self._holder = QVBoxLayout()
        self._job: Job[Any] | None = None
        self._build()

    @property
    def _agreement(self) -> AgreementId | None:
        return AgreementId(self.subject) if isinstance(self.subject, UUID) else None

    @override
    def load(self) -> None:
        """Read the members and the paper, then what was typed and not saved."""
        context, agreement = self.context, self._agreement

        def read() -> Opened:
            return keeping_agreements.open_form(
                context.vault, actor=context.actor, now=context.now, agreement_id=agreement
            )

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def each_of(self, error: KnownError) -> tuple[KnownError, ...]:
        """Return every refused field, from the top of the form to its end."""
        return tuple(sorted(super().each_of(error), key=self._place_of))

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the form."""
        return None if self.fields is None else self.fields.named_fields().get(key)

    def _place_of(self, error: KnownError) -> int:
        field = self.field_of(field_key(error))
        return 0 if field is None or self.fields is None else self.fields.fields.index(field)

    def _build(self) -> None:
        self.document_card.add(self.document_words)
        self.document_card.add(FlowRow(self.choose_button, self.remove_button, gap=12))
        self.add(self.draft_banner)
        self.add(self._holder)
        self.add(self.document_card)
        self.document_card.hide()
        self.set_actions(self.save_button)
        self._actions.hide()
        self.choose_button.clicked.connect(self._on_choose)
        self.remove_button.clicked.connect(self._on_remove)
        self.save_button.clicked.connect(self._on_save)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._on_take_back)

    def _on_read(self, opened: Opened) -> None:
        self.opened = opened
        self.draft_banner.hide()
        clear(self._holder)
        self.fields = AgreementFields(opened.members)
        self._holder.addWidget(self.fields)
        self.drafts.watch(*self.fields.fields)
        self._show_form(opened.form)
        if opened.is_new_version:
            self.set_heading(
                self.tr("A new version"),
                self.tr("The paper is signed, so it stays as it is. When every party has signed the new version, it "
                        "takes the place of the old one."),
            )  # fmt: skip
        elif self._agreement is None:
            self.set_heading(self.tr("A new agreement"), self.tr("Nothing flows by it before every party has signed."))
        else:
            self.set_heading(
                self.tr("Change an agreement"), self.tr("Nobody has signed it yet, so everything can be changed.")
            )
        self.document_card.show()
        self._actions.show()
        self.fields.title.focus_control()
        self.drafts.begin(self._agreement)

    def _show_form(self, form: AgreementForm) -> None:
        assert self.fields is not None
        self.fields.show_form(form)
        self._show_document(form.document)

    def _show_document(self, document: Document | None) -> None:
        self.document = document
        self.document_words.set_words(document_words(document))
        self.remove_button.setVisible(document is not None)

    # Drafts

    def _values(self) -> dict[str, Any]:
        assert self.fields is not None
        document: Any = None if self.document is None else msgspec.to_builtins(self.document)
        return {**self.fields.values(), "document": document}

    def _show_values(self, values: Mapping[str, Any]) -> None:
        assert self.fields is not None
        kept = values.get("document")
        self.fields.show_values(values)
        self._show_document(None if kept is None else msgspec.convert(kept, Document))

    def _on_draft(self, draft: KeptDraft) -> None:
        self._show_values(draft.values)
        saved_at = datetime.fromtimestamp(draft.saved_at / 1000, tz=UTC)
        words = filled(self.tr("Begun {ago} and not saved yet."), ago=ago_words(saved_at, self.context.now))
        self.draft_banner.show_draft(words, draft.values)

    def _on_discard(self) -> None:
        assert self.opened is not None
        self._show_form(self.opened.form)
        self.drafts.drop()

    def _on_take_back(self, values: dict[str, Any]) -> None:
        self._show_values(values)
        self.drafts.touch()
        self.drafts.keep_now()

    # The file

    def _on_choose(self) -> None:
        chosen = self.choose_paper(self)
        if not chosen:
            return
        self.clear_failure()

        def read() -> Document:
            return keeping_agreements.read_document(Path(chosen))

        self.ask(read, self._on_document)

    def _on_document(self, document: Document) -> None:
        self._show_document(document)
        self.drafts.touch()
        announce(self, document_words(document))

    def _on_remove(self) -> None:
        self._show_document(None)
        self.drafts.touch()
        self.choose_button.setFocus()

    # Save

    def _on_save(self) -> None:
        if self.fields is None:
            return
        self.clear_failure()
        self.drafts.keep_now()
        context, form, agreement = self.context, self.fields.form(self.document), self._agreement

        def save() -> AgreementId:
            return keeping_agreements.save_agreement(
                context.vault, actor=context.actor, now=context.now, form=form, agreement_id=agreement
            )

        self.ask(save, self._on_saved)

    def _on_saved(self, agreement: AgreementId) -> None:
        self.drafts.end()
        self.context.changes.tell({RecordType.AGREEMENT})
        self.context.sync_now()
        self.context.navigate("agreement", agreement)


def _options(scope: Scope) -> list[Option]:
    before = _SCOPES[_SCOPES.index(scope) - 1] if scope is not _SCOPES[0] else None
    added = scope_fields(scope) - (scope_fields(before) if before is not None else frozenset())
    return [Option(key=field, words=field_words(field)) for field in PackageField if field in added]


def _day(field: DateField) -> tuple[str, str, str]:
    parts = field.parts()
    return (parts.day, parts.month, parts.year) if any((parts.day, parts.month, parts.year)) else NO_DAY
