"""Writing a notice, or changing one: every fault at once, and a second look at what may be about somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import NoticeKind, RecordType
from app.domain.ids import RecordId
from app.errors import KnownError
from app.storage.lists import KeptDraft
from app.use_cases import noticeboard
from app.use_cases.noticeboard import NoticeForm, NoticeRow
from ui.context import PageContext
from ui.drafting import DraftKeeper
from ui.jobs import Job
from ui.messages import ago_words, field_key
from ui.pages.draft_banner import DraftBanner
from ui.pages.move_form import codes_choice, example_words, show_value, value_of
from ui.pages.vault_page import VaultPage
from ui.view_models.registration import shipped_name_tables
from ui.widgets import DateField, DateParts, Field, Option, PrimaryButton, TextArea, TextField, TickGroup
from ui.widgets.text import filled

_LOOKED = "looked"


class NoticeFormPage(VaultPage):
    """One form for a notice, which keeps itself as a draft."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.draft_banner = DraftBanner()
        self.kind = codes_choice(self.tr("What it is about"), "notice_kind")
        self.heading_field = TextField(self.tr("Heading"), longest=120)
        self.body = TextArea(
            self.tr("What the others should know"),
            hint=self.tr("Every laptop of the alliance holds it. Write nothing about anybody who gets help."),
            lines=6,
            longest=4000,
        )
        self.looked = TickGroup(
            self.tr("Looked again"), [Option(key=_LOOKED, words=self.tr("Nobody who gets help is named in it"))]
        )
        self.contact = TextField(
            self.tr("Whom to ask"), hint=self.tr("A team with its e-mail address or phone number"), longest=120
        )
        self.from_on = DateField(self.tr("First day on the board"), hint=self.tr("Empty means today."), optional=True)
        self.until_on = DateField(self.tr("Last day on the board"), hint=example_words(), optional=True)
        self.fields: tuple[Field, ...] = (
            self.kind,
            self.heading_field,
            self.body,
            self.contact,
            self.from_on,
            self.until_on,
        )
        self.save_button = PrimaryButton(self.tr("Put it on the board"))
        self.drafts = DraftKeeper(context, "notice_form", self._values, self)
        self._job: Job[Any] | None = None
        self._before: list[Any] = [None] * len(self.fields)
        self._build()

    @property
    def _notice(self) -> RecordId | None:
        return RecordId(self.subject) if isinstance(self.subject, UUID) else None

    @override
    def load(self) -> None:
        """Read the notice that is changed, then what was typed and not saved."""
        self.looked.hide()
        self.looked.set_values(())
        notice, context = self._notice, self.context
        if notice is None:
            self.set_heading(self.tr("A new notice"), self.tr("Every charity of the alliance can read it."))
            self._begin([None] * len(self.fields))
            return

        def read() -> NoticeRow:
            return noticeboard.notice_row(context.vault, actor=context.actor, now=context.now, notice_id=notice)

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field of the form."""
        named: dict[str, Field] = {
            "kind": self.kind,
            "title": self.heading_field,
            "body": self.body,
            "contact": self.contact,
            "from_on": self.from_on,
            "until_on": self.until_on,
        }
        return named.get(key.removeprefix("notice."))

    @override
    def each_of(self, error: KnownError) -> tuple[KnownError, ...]:
        """Return every refused field, from the top of the form to its end."""
        return tuple(sorted(super().each_of(error), key=self._place_of))

    @override
    def show_failure(self, error: KnownError) -> None:
        """Say what went wrong; what may be about somebody can be ticked as looked at."""
        if ".looks_personal" in error.code:
            self.looked.show()
        super().show_failure(error)

    def _place_of(self, error: KnownError) -> int:
        field = self.field_of(field_key(error))
        return 0 if field is None else self.fields.index(field)

    def _build(self) -> None:
        self.add(self.draft_banner)
        for field in (self.kind, self.heading_field, self.body, self.looked, self.contact, self.from_on, self.until_on):
            self.add(field)
        self.looked.hide()
        for field in (self.heading_field, self.body):
            # Who ticked looked at other words.
            field.edited.connect(self._on_words)
        self.set_actions(self.save_button)
        self.drafts.watch(*self.fields)
        self.drafts.found.connect(self._on_draft)
        self.drafts.failed.connect(self.show_failure)
        self.draft_banner.discarded.connect(self._on_discard)
        self.draft_banner.taken_back.connect(self._on_take_back)
        self.save_button.clicked.connect(self._on_save)

    def _on_words(self) -> None:
        self.looked.set_values(())

    def _on_read(self, row: NoticeRow) -> None:
        self.set_heading(self.tr("Change a notice"), self.tr("Every charity of the alliance can read it."))
        days = [_typed(day) for day in (row.from_on, row.until_on)]
        self._begin([row.kind.value, row.title, row.body, row.contact, *days])

    def _begin(self, values: list[Any]) -> None:
        self._before = values
        self.draft_banner.hide()
        self._show(values)
        self.drafts.begin(self._notice)

    def _values(self) -> dict[str, Any]:
        return {"fields": [value_of(field) for field in self.fields]}

    def _show(self, values: list[Any]) -> None:
        for field, value in zip(self.fields, values, strict=True):
            show_value(field, value)

    def _on_draft(self, draft: KeptDraft) -> None:
        self._show(draft.values["fields"])
        saved_at = datetime.fromtimestamp(draft.saved_at / 1000, tz=UTC)
        words = filled(self.tr("Begun {ago} and not saved yet."), ago=ago_words(saved_at, self.context.now))
        self.draft_banner.show_draft(words, draft.values)

    def _on_discard(self) -> None:
        self._show(self._before)
        self.drafts.drop()

    def _on_take_back(self, values: dict[str, Any]) -> None:
        self._show(values["fields"])
        self.drafts.touch()
        self.drafts.keep_now()

    def _form(self) -> NoticeForm:
        kind = self.kind.value
        return NoticeForm(
            kind=None if kind is None else NoticeKind(kind),
            title=self.heading_field.text,
            body=self.body.text,
            contact=self.contact.text,
            from_on=_parts(self.from_on.parts()),
            until_on=_parts(self.until_on.parts()),
        )

    def _on_save(self) -> None:
        self.clear_failure()
        self.drafts.keep_now()
        context, form, notice = self.context, self._form(), self._notice
        checked = not self.looked.isHidden() and bool(self.looked.values)

        def save() -> RecordId:
            return noticeboard.save_notice(
                context.vault,
                actor=context.actor,
                now=context.now,
                form=form,
                names=shipped_name_tables(),
                checked=checked,
                notice_id=notice,
            )

        self.ask(save, self._on_saved)

    def _on_saved(self, notice: RecordId) -> None:
        self.drafts.end()
        self.context.changes.tell({RecordType.NOTICE})
        self.context.sync_now()
        self.context.navigate("notice", notice)


def _parts(parts: DateParts) -> tuple[str, str, str]:
    return parts.day, parts.month, parts.year


def _typed(day: date | None) -> list[str] | None:
    return None if day is None else [str(day.day), str(day.month), str(day.year)]
