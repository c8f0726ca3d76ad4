"""How much may be told, when to ask again, and how the answers were given: asked once a talk, and only when needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.codes import AskAgain, ConsentMethod, Decision, Scope
from app.use_cases.consents import ConsentTable
from app.use_cases.wordings import Words
from ui.messages import label, labels
from ui.view_models.consent_talk import SCOPES_ASKED, Place, Talk, can_choose_scope
from ui.view_models.consent_words import scope_words
from ui.widgets import (
    ChoiceGroup,
    DateField,
    DateParts,
    Field,
    Option,
    QuietButton,
    SafeLabel,
    Shape,
    TextArea,
    TextField,
    TextRole,
    TickGroup,
    Tone,
    clear,
)
from ui.widgets.layouts import BETWEEN_FIELDS
from ui.widgets.text import lower_first

AS_FOR_ALL: Final = "as_for_all"
YES: Final = "yes"

_METHODS: Final = (
    ConsentMethod.SPOKEN_IN_PERSON,
    ConsentMethod.WRITTEN_SIGNATURE,
    ConsentMethod.SPOKEN_BY_PHONE,
    ConsentMethod.SPOKEN_BY_VIDEO,
    ConsentMethod.EYE_GAZE,
    ConsentMethod.BLINK_CODE,
    ConsentMethod.SWITCH_DEVICE,
    ConsentMethod.SPEECH_DEVICE,
    ConsentMethod.LETTER_BOARD,
    ConsentMethod.OWN_MARK,
    ConsentMethod.MOUTH_STICK_MARK,
    ConsentMethod.SIGNED_LANGUAGE,
    ConsentMethod.LETTER_OR_EMAIL,
)


class HowPart(QWidget):
    """The rest of a talk; each question is there only once an answer makes it matter.

    Signals:
        changed: The `Talk` after something was chosen or typed.
        left: A field was left, so the draft is worth keeping.
    """

    changed = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scope = ChoiceGroup(
            self.tr("How much may they know?"),
            [Option(key=scope, words=scope_words(scope)) for scope in SCOPES_ASKED],
            hint=self.tr("Asked once for everything that was agreed. It can be less for one charity."),
            in_a_row=True,
        )
        self.scope_wording = ReadAloud()
        self.less_button = QuietButton(self.tr("Less for one of them"), shape=Shape.MINUS)
        self.less_fields: dict[Place, ChoiceGroup] = {}
        self._less = QWidget()
        self._less_column = QVBoxLayout(self._less)
        self.ask_again = ChoiceGroup(
            self.tr("May we ask again what was refused?"),
            [Option(key=slug, words=words) for slug, words in labels("ask_again").items()],
            optional=True,
            in_a_row=True,
        )
        usual = self.tr("Left empty, the usual time is taken. The next page shows the day.")
        self.ask_again_on = DateField(self.tr("Day to ask again"), hint=self.tr("For example, 15 3 2027"))
        self.later_on = DateField(self.tr("When to ask what is decided later"), hint=usual, optional=True)
        self.able_on = DateField(self.tr("When to ask what could not be answered"), hint=usual, optional=True)
        self.method = ChoiceGroup(
            self.tr("How was the answer given?"),
            [Option(key=method, words=label("consent_method", method)) for method in _METHODS],
            in_a_row=True,
        )
        self.script = ReadAloud()
        self.agreed_to_script = TickGroup(
            self.tr("What was agreed"), [Option(key=YES, words=self.tr("They agreed to this sentence"))]
        )
        self.own_button = QuietButton(self.tr("Write their own words instead"), shape=Shape.PENCIL)
        self.own_words = TextArea(self.tr("Their own words"), lines=3, optional=True)
        self.read_back = TickGroup(
            self.tr("Before you finish"), [Option(key=YES, words=self.tr("I read the answers back to them"))]
        )
        self.witness_name = TextField(
            self.tr("Who saw it"), hint=self.tr("This way of answering needs a second person."), characters=30
        )
        self.witness_role = TextField(self.tr("What they are"), hint=self.tr("For example, nurse"), characters=30)
        self._talk = Talk()
        self._words: Words | None = None
        self._names: dict[Place, str] = {}
        self._is_showing = False
        self._shows_less = False
        self._build()

    def show_table(self, table: ConsentTable, second: Words | None = None) -> None:
        """Take the sentences from the wording that is read."""
        self._words = second or table.words
        self._names = {
            (row.org_id, purpose): f"{row.name}, {lower_first(label('purpose', purpose))}"
            for row in table.organisations
            for purpose in table.purposes
        }
        self._shows_less = False
        self.script.show_words(self.tr("Read aloud: the last question"), self._words.script())

    def show_talk(self, talk: Talk) -> None:
        """Show what was chosen so far, and only the questions that matter."""
        self._talk = talk
        self._is_showing = True
        self._show_scope(talk)
        self._show_days(talk)
        self._show_method(talk)
        self._is_showing = False

    def field_of(self, key: str) -> Field | None:
        """Return the field that a refused field of consent is answered in."""
        fields: dict[str, Field] = {
            "consent.scope": self.scope,
            "consent.method": self.method,
            "consent.statement": self.agreed_to_script,
            "consent.read_back": self.read_back,
            "consent.witness_name": self.witness_name,
            "consent.witness_role": self.witness_role,
            "consent.ask_again_on": self._day_field(),
        }
        field = fields.get(key)
        return field if field is not None and not field.isHidden() else None

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(BETWEEN_FIELDS)
        self._less_column.setContentsMargins(0, 0, 0, 0)
        self._less_column.setSpacing(BETWEEN_FIELDS)
        agreed = (self.scope, self.scope_wording, self.less_button, self._less, self.script, self.agreed_to_script)
        given = (self.own_button, self.own_words, self.method, self.witness_name, self.witness_role, self.read_back)
        days = (self.ask_again, self.ask_again_on, self.later_on, self.able_on)
        parts: tuple[QWidget, ...] = (*agreed, *given, *days)
        for part in parts:
            column.addWidget(part)
        for field in self._fields():
            field.edited.connect(self._on_edited)
            field.left.connect(self.left)
        self.less_button.clicked.connect(self._on_less)
        self.own_button.clicked.connect(self._on_own_words)

    def _fields(self) -> tuple[Field, ...]:
        chosen = (self.scope, self.method, self.ask_again, self.agreed_to_script, self.read_back)
        typed = (self.own_words, self.witness_name, self.witness_role)
        return (*chosen, *typed, self.ask_again_on, self.later_on, self.able_on)

    def _show_scope(self, talk: Talk) -> None:
        self.scope.set_value(talk.scope)
        self.scope.setVisible(talk.asks_scope)
        wording = self._words.scope(talk.scope) if self._words and talk.scope else ""
        self.scope_wording.show_words(self.tr("Read aloud: how much they will know"), wording)
        self.scope_wording.setVisible(talk.asks_scope and bool(wording))
        can_be_less = talk.asks_scope and talk.scope not in (None, Scope.CONTACT)
        shows = can_be_less and (self._shows_less or bool(talk.less))
        self.less_button.setVisible(can_be_less and not shows)
        self._show_less(talk if shows else Talk())
        self._less.setVisible(shows)

    def _show_less(self, talk: Talk) -> None:
        places = tuple(place for place in talk.agreed if can_choose_scope(place[1]))
        if places != tuple(self.less_fields):
            clear(self._less_column)
            self.less_fields = {place: self._less_field(place) for place in places}
            for field in self.less_fields.values():
                self._less_column.addWidget(field)
        for place, field in self.less_fields.items():
            field.set_value(talk.less.get(place) or AS_FOR_ALL)

    def _less_field(self, place: Place) -> ChoiceGroup:
        options = [Option(key=AS_FOR_ALL, words=self.tr("As for all"))]
        options += [Option(key=scope, words=scope_words(scope)) for scope in SCOPES_ASKED[:2]]
        field = ChoiceGroup(self._names[place], options, in_a_row=True)
        field.edited.connect(self._on_edited)
        return field

    def _show_days(self, talk: Talk) -> None:
        self.ask_again.set_value(talk.ask_again)
        self.ask_again.setVisible(talk.has(Decision.REFUSED))
        on_day = talk.has(Decision.REFUSED) and talk.ask_again is AskAgain.ON_DATE
        for field, typed, wanted in (
            (self.ask_again_on, talk.ask_again_on, on_day),
            (self.later_on, talk.later_on, talk.has(Decision.DECIDE_LATER)),
            (self.able_on, talk.able_on, talk.has(Decision.NOT_ABLE_NOW)),
        ):
            parts = DateParts(day=typed[0], month=typed[1], year=typed[2])
            if field.parts() != parts:
                field.set_parts(parts)
            field.setVisible(wanted)

    def _show_method(self, talk: Talk) -> None:
        self.method.set_value(talk.method)
        self.method.setVisible(talk.asks_method)
        for field, text in (
            (self.witness_name, talk.witness_name),
            (self.witness_role, talk.witness_role),
            (self.own_words, talk.own_words),
        ):
            if field.text != text:
                field.set_text(text)
        self.witness_name.setVisible(talk.asks_witness)
        self.witness_role.setVisible(talk.asks_witness)
        agreed = bool(talk.agreed)
        own = agreed and bool(talk.own_words or not self.own_words.isHidden())
        self.script.setVisible(agreed)
        self.agreed_to_script.set_values([YES] if talk.agreed_to_script else [])
        self.agreed_to_script.setVisible(agreed)
        self.own_button.setVisible(agreed and not own)
        self.own_words.setVisible(own)
        self.read_back.set_values([YES] if talk.read_back else [])
        self.read_back.setVisible(talk.asks_read_back)

    def _day_field(self) -> DateField:
        shown = (field for field in (self.ask_again_on, self.later_on, self.able_on) if not field.isHidden())
        return next(shown, self.ask_again_on)

    def _on_edited(self) -> None:
        if self._is_showing:
            return
        talk = replace(
            self._talk,
            scope=Scope(self.scope.value) if self.scope.value else None,
            ask_again=AskAgain(self.ask_again.value) if self.ask_again.value else None,
            ask_again_on=typed_day(self.ask_again_on),
            later_on=typed_day(self.later_on),
            able_on=typed_day(self.able_on),
            method=ConsentMethod(self.method.value) if self.method.value else None,
            agreed_to_script=YES in self.agreed_to_script.values,
            own_words=self.own_words.text,
            read_back=YES in self.read_back.values,
            witness_name=self.witness_name.text,
            witness_role=self.witness_role.text,
        )
        for place, field in self.less_fields.items():
            less = field.value if field.value != AS_FOR_ALL else None
            talk = talk.narrowed(place, Scope(less) if less else None)
        self._talk = talk
        self.changed.emit(talk)

    def _on_less(self) -> None:
        self._shows_less = True
        self.show_talk(self._talk)
        next(iter(self.less_fields.values())).focus_control()

    def _on_own_words(self) -> None:
        self.own_words.show()
        self.own_button.hide()
        self.own_words.focus_control()


class ReadAloud(QFrame):
    """A sentence to be read aloud, as the answer bar shows one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("reading")
        self.title = SafeLabel("", TextRole.SMALL_LABEL, tone=Tone.BRAND)
        self.sentence = SafeLabel("", TextRole.READING)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 14, 24, 16)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.sentence)

    def show_words(self, title: str, sentence: str) -> None:
        """Show what to read."""
        self.title.set_words(title)
        self.sentence.set_words(f"“{sentence}”" if sentence else "")
        self.setAccessibleName(self.title.words)


def typed_day(field: DateField) -> tuple[str, str, str]:
    """Return what stands in the three boxes of a day."""
    parts = field.parts()
    return parts.day, parts.month, parts.year
