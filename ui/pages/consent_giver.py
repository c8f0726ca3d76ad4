"""Who answers: shown as set while it is the person who can decide, and a part of its own when it is otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.codes import AgeCheck, Capacity, Gillick, GivenBy, WordingFormat, YesNo
from app.use_cases.consents import ConsentTable
from ui.messages import labels
from ui.pages.consent_how import typed_day
from ui.view_models.consent_talk import Giver, Talk
from ui.view_models.consent_words import usual_words
from ui.widgets import (
    Banner,
    ChoiceGroup,
    DateField,
    DateParts,
    Field,
    Manner,
    Option,
    QuietButton,
    SafeLabel,
    Shape,
    TextArea,
    TextField,
    TextRole,
    Tone,
)
from ui.widgets.layouts import BETWEEN_FIELDS

_FORMATS: Final = tuple(form for form in WordingFormat)


class GiverPart(QWidget):
    """Who answers, whether they can decide, and for a child whether they understand.

    Signals:
        changed: The `Talk` after something was chosen or typed.
        left: A field was left, so the draft is worth keeping.
    """

    changed = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.usual = SafeLabel("", tone=Tone.SOFT)
        self.change_button = QuietButton(self.tr("Change who answers and how"), shape=Shape.PENCIL)
        self.age = _choice(self.tr("How old are they?"), "age_check", in_a_row=True)
        self.age.hint.set_words(self.tr("No full day of birth is recorded."))
        self.age.hint.show()
        self.by = _choice(self.tr("Who answers?"), "given_by")
        self.name = TextField(self.tr("Name of who answers"), characters=30)
        self.evidence = TextField(self.tr("The paper you saw"), hint=self.tr("For example, the court order"))
        self.capacity = _choice(self.tr("Can they decide this now?"), "capacity")
        self.checked_by = TextField(self.tr("Who checked it"), characters=30)
        self.checked_on = DateField(
            self.tr("Day of the check"), hint=self.tr("Left empty, today is taken."), optional=True
        )
        self.support = TextArea(
            self.tr("What helped them to decide"), hint=self.tr("For example, short sentences and a rest."), lines=2
        )
        self.gillick = _choice(self.tr("Does the young person understand this decision?"), "gillick")
        self.understood = TextArea(self.tr("What they said it means"), lines=2)
        self.could_go_wrong = TextArea(self.tr("What they said could go wrong"), lines=2)
        self.parent_told = _choice(self.tr("Was a parent told?"), "yes_no", in_a_row=True, without=YesNo.UNKNOWN)
        self.parent_told_why = TextField(self.tr("Why, or why not"))
        self.format = _choice(self.tr("How were the sentences put?"), "wording_format")
        self.interpreter = TextField(self.tr("Name of the interpreter"), characters=30)
        self.not_now = Banner(self.tr("Then nothing can be agreed today."), manner=Manner.ATTENTION)
        self.not_now.detail.set_words(self.tr("Press Cannot answer today, and ask again when they can decide."))
        self.not_now.detail.show()
        self._heading = SafeLabel(self.tr("Who answers, and how"), TextRole.SECTION)
        self._talk = Talk()
        self._under_16: bool | None = None
        self._is_open = self._is_showing = False
        self._build()

    def show_table(self, table: ConsentTable) -> None:
        """Show what is set for this person."""
        self._under_16 = table.under_16
        self.usual.set_words(usual_words(table.person_called))
        self._is_open = False

    def show_talk(self, talk: Talk) -> None:
        """Show who answers, and only the questions that matter."""
        self._talk = talk
        self._is_showing = True
        giver = talk.giver
        self._fill(talk)
        child = giver.age_by(self._under_16) is AgeCheck.UNDER_16
        other = giver.by is not GivenBy.SELF
        checked = giver.capacity is not Capacity.PRESUMED
        is_open = self._is_open or not giver.is_usual or talk.format is not WordingFormat.STANDARD
        asked = talk.asks_method
        told = child and giver.gillick not in (None, Gillick.NOT_ASSESSED)
        for field, wanted in (
            (self.age, asked and self._under_16 is None),
            (self._heading, is_open or (child and asked)),
            (self.by, is_open or (child and asked)),
            (self.name, is_open and other),
            (self.evidence, is_open and other),
            (self.capacity, is_open),
            (self.checked_by, is_open and checked),
            (self.checked_on, is_open and checked),
            (self.support, is_open and checked),
            (self.not_now, is_open and giver.capacity is Capacity.ASSESSED_LACKS_NOW and not other),
            (self.gillick, child and asked),
            (self.understood, told and asked),
            (self.could_go_wrong, told and asked),
            (self.parent_told, told and asked),
            (self.parent_told_why, told and asked),
            (self.format, is_open),
            (self.interpreter, is_open and talk.asks_interpreter),
            (self.usual, not is_open and not child),
            (self.change_button, not is_open),
        ):
            field.setVisible(wanted)
        self._is_showing = False

    def unfold(self) -> None:
        """Open the part, so that what is set can be changed."""
        self._is_open = True
        self.show_talk(self._talk)

    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused field of consent is answered in, opening the part it is in."""
        fields: dict[str, Field] = {
            "consent.age_check": self.age,
            "consent.given_by": self.by,
            "consent.given_by_name": self.name,
            "consent.evidence_seen": self.evidence,
            "consent.capacity": self.capacity,
            "consent.capacity_check": self.checked_by if self._talk.giver.checked_by == "" else self.support,
            "consent.gillick": self._gillick_field(),
            "consent.format": self.format,
            "consent.interpreter_name": self.interpreter,
        }
        field = fields.get(key)
        if field is not None and field.isHidden():
            self.unfold()
        return field if field is not None and not field.isHidden() else None

    def _gillick_field(self) -> Field:
        giver = self._talk.giver
        for field, is_there in (
            (self.gillick, giver.gillick is not None),
            (self.understood, giver.understood.strip()),
            (self.could_go_wrong, giver.could_go_wrong.strip()),
            (self.parent_told, giver.parent_told is not YesNo.UNKNOWN),
            (self.parent_told_why, giver.parent_told_why.strip()),
        ):
            if not is_there:
                return field
        return self.gillick

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(BETWEEN_FIELDS)
        for part in (self.usual, self.change_button, self._heading, *self._fields()):
            column.addWidget(part)
            if part is self.capacity:
                column.addWidget(self.not_now)
        for field in self._fields():
            field.edited.connect(self._on_edited)
            field.left.connect(self.left)
        self.change_button.clicked.connect(self._on_change)

    def _fields(self) -> tuple[Field, ...]:
        who = (self.age, self.by, self.name, self.evidence, self.capacity, self.checked_by, self.checked_on)
        child = (self.gillick, self.understood, self.could_go_wrong, self.parent_told, self.parent_told_why)
        return (*who, self.support, *child, self.format, self.interpreter)

    def _fill(self, talk: Talk) -> None:
        giver = talk.giver
        self.age.set_value(giver.age)
        self.by.set_value(giver.by)
        self.capacity.set_value(giver.capacity)
        self.gillick.set_value(giver.gillick)
        self.parent_told.set_value(None if giver.parent_told is YesNo.UNKNOWN else giver.parent_told)
        self.format.set_value(talk.format)
        day = DateParts(day=giver.checked_on[0], month=giver.checked_on[1], year=giver.checked_on[2])
        if self.checked_on.parts() != day:
            self.checked_on.set_parts(day)
        texts: tuple[tuple[TextField | TextArea, str], ...] = (
            (self.name, giver.name),
            (self.evidence, giver.evidence),
            (self.checked_by, giver.checked_by),
            (self.support, giver.support),
            (self.understood, giver.understood),
            (self.could_go_wrong, giver.could_go_wrong),
            (self.parent_told_why, giver.parent_told_why),
            (self.interpreter, talk.interpreter_name),
        )
        for field, text in texts:
            if field.text != text:
                field.set_text(text)

    def _on_edited(self) -> None:
        if self._is_showing:
            return
        giver = Giver(
            by=GivenBy(self.by.value or GivenBy.SELF),
            name=self.name.text,
            evidence=self.evidence.text,
            capacity=Capacity(self.capacity.value or Capacity.PRESUMED),
            checked_by=self.checked_by.text,
            checked_on=typed_day(self.checked_on),
            support=self.support.text,
            age=AgeCheck(self.age.value) if self.age.value else None,
            gillick=Gillick(self.gillick.value) if self.gillick.value else None,
            understood=self.understood.text,
            could_go_wrong=self.could_go_wrong.text,
            parent_told=YesNo(self.parent_told.value or YesNo.UNKNOWN),
            parent_told_why=self.parent_told_why.text,
        )
        form = WordingFormat(self.format.value or WordingFormat.STANDARD)
        self._talk = replace(self._talk, giver=giver, format=form, interpreter_name=self.interpreter.text)
        self.changed.emit(self._talk)

    def _on_change(self) -> None:
        self.unfold()
        self.by.focus_control()


def _choice(words: str, code_list: str, *, in_a_row: bool = False, without: str = "") -> ChoiceGroup:
    options = [Option(key=slug, words=said) for slug, said in labels(code_list).items() if slug != without]
    return ChoiceGroup(words, options, in_a_row=in_a_row)
