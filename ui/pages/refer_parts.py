"""Parts of referring: one service to tick, and for each chosen one exactly what its charity will see."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.domain.codes import DuplicateReason, PackageField
from app.use_cases.refer import Preview, ServiceChoice
from ui.messages import label, labels
from ui.view_models.package_words import SentLine, held_back, sent_lines, struck_lines
from ui.view_models.refer import ALREADY_OPEN, NOT_STRUCK, Visit, left_out_reasons, service_words
from ui.widgets import (
    Banner,
    ChoiceGroup,
    IconLabel,
    Manner,
    Option,
    QuietButton,
    SafeLabel,
    SecondaryButton,
    Shape,
    Surface,
    TextArea,
    TextRole,
    Tick,
    Tone,
    clear,
)
from ui.widgets.text import filled

LONGEST_WHY: Final = 300


class ServiceRow(Surface):
    """One service with what speaks for it and what is doubtful.

    Signals:
        ticked: The service was chosen or left out: its id, and whether it is chosen now.
        left_out: Its id and the reason why an introduction was left out.
    """

    ticked = Signal(object, bool)
    left_out = Signal(object, str)

    def __init__(
        self, choice: ServiceChoice, visit: Visit, on: date | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(gap=4, parent=parent)
        self.choice = choice
        words = service_words(choice, visit.needs, on)
        self.tick = Tick(Option(key=str(choice.service_id), words=words.name, hint=words.facts))
        self.tick.setChecked(choice.service_id in visit.chosen)
        self.reason = ChoiceGroup(
            filled(self.tr("Why no introduction to {org}?"), org=choice.org_name),
            [Option(key=key, words=said) for key, said in left_out_reasons().items()],
            in_a_row=True,
        )
        self.add(self.tick)
        self.add(IconLabel(Shape.CLOCK, words.when, TextRole.HINT, tone=Tone.SOFT, size=18))
        for caution in words.cautions:
            self.add(IconLabel(Shape.TRIANGLE, caution, TextRole.HINT, tone=Tone.ATTENTION, size=18))
        for exception in words.exceptions:
            self.add(IconLabel(Shape.INFORMATION, exception, TextRole.HINT, tone=Tone.INFO, size=18))
        self.add(self.reason)
        self.tick.toggled.connect(self._on_toggled)
        self.reason.chosen.connect(self._on_reason)
        self.show_visit(visit)

    def show_visit(self, visit: Visit) -> None:
        """Show whether the service is chosen, and why an introduction was left out."""
        service = self.choice.service_id
        is_chosen = service in visit.chosen
        self.tick.blockSignals(True)
        self.tick.setChecked(is_chosen)
        self.tick.blockSignals(False)
        self.reason.set_value(visit.left_out.get(service) or None)
        self.reason.setVisible(service in visit.introductions and not is_chosen)

    def _on_toggled(self, is_ticked: bool) -> None:
        self.ticked.emit(self.choice.service_id, is_ticked)

    def _on_reason(self, key: str) -> None:
        self.left_out.emit(self.choice.service_id, key)


class ReceiverSection(Surface):
    """What one receiver will see: each line can be struck out, and what is held back is said with its reason.

    Signals:
        struck: Service, line, and whether it is struck out now.
        why_changed: Service and the reason as typed.
        duplicate_chosen: Service and the reason for a second referral.
        ask_wanted: The service whose charity the person should be asked about first.
        left: A field was left.
    """

    struck = Signal(object, object, bool)
    why_changed = Signal(object, str)
    duplicate_chosen = Signal(object, str)
    ask_wanted = Signal(object)
    left = Signal()

    def __init__(self, choice: ServiceChoice, called: str, parent: QWidget | None = None) -> None:
        super().__init__(gap=12, parent=parent)
        self.choice = choice
        self._called = called
        org = choice.org_name
        self.heading = SafeLabel(filled(self.tr("This is exactly what {org} will see"), org=org), TextRole.SECTION)
        self.service = SafeLabel(choice.name, TextRole.HINT, tone=Tone.SOFT)
        self.gate = Banner("", manner=Manner.ATTENTION)
        self.ask_button = SecondaryButton(filled(self.tr("Ask {called}"), called=called))
        self.ask_button.set_words(self.ask_button.words, full_name=f"{self.ask_button.words}, {org}, {choice.name}")
        self.gate.choices.add(self.ask_button)
        # A partner's service may stand twice on the page: its name keeps fields apart.
        self.why = TextArea(filled(self.tr("Why you refer to {service}"), service=choice.name), lines=2)
        self.duplicate = ChoiceGroup(
            filled(self.tr("Why a second referral to {service}?"), service=choice.name),
            [Option(key=key, words=words) for key, words in labels("duplicate_reason").items()],
        )
        self.strike_buttons: dict[PackageField, QuietButton] = {}
        self._lines = QWidget()
        self._grid = QGridLayout(self._lines)
        self._held = QVBoxLayout()
        self._is_showing = False
        self._build()

    def show_visit(self, visit: Visit) -> None:
        """Show the reasons as chosen and typed so far."""
        self._is_showing = True
        why = visit.why(self.choice, self._called)
        if self.why.text != why:
            self.why.set_text(why)
        service = self.choice.service_id
        self.duplicate.set_value(visit.duplicates.get(service))
        self.duplicate.setVisible(ALREADY_OPEN in self.choice.warnings)
        self._is_showing = False

    def show_preview(self, preview: Preview, *, is_any_sent: bool) -> None:
        """Show what would be sent, line by line, and whether any other of this visit is sent meanwhile."""
        had = next((field for field, button in self.strike_buttons.items() if button.hasFocus()), None)
        clear(self._grid)
        clear(self._held)
        self.strike_buttons = {}
        lines = sent_lines(preview.lines)
        for at, line in enumerate(lines):
            self._show_line(at, line, is_struck=False)
        for at, line in enumerate(struck_lines(preview.lines), start=len(lines)):
            self._show_line(at, line, is_struck=True)
        for held in held_back(preview.lines, called=self._called, org=self.choice.org_name):
            self._held.addWidget(IconLabel(Shape.LOCK, held.sentence, TextRole.HINT, tone=Tone.SOFT, size=18))
        reason = label("gate_reason", preview.gate)
        stays = self.tr("It stays a draft on this laptop. Nothing is sent now.")
        if is_any_sent:
            stays = self.tr("This one stays a draft; what nothing stands against is sent.")
        self.gate.set_words(f"{reason}." if reason else "", stays)
        self.gate.setVisible(bool(preview.gate))
        self.ask_button.setVisible(preview.gate == "gate_consent")
        self.gate.choices.setVisible(preview.gate == "gate_consent")
        if had in self.strike_buttons:
            self.strike_buttons[had].setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._held.setSpacing(4)
        self.gate.hide()
        self.duplicate.hide()
        parts: tuple[QWidget, ...] = (self.heading, self.service, self.gate, self._lines)
        for part in parts:
            self.add(part)
        self.add(self._held)
        self.add(self.why)
        self.add(self.duplicate)
        self.why.edited.connect(self._on_why)
        self.why.left.connect(self.left)
        self.duplicate.chosen.connect(self._on_duplicate)
        self.ask_button.clicked.connect(self._on_ask)

    def _show_line(self, at: int, line: SentLine, *, is_struck: bool) -> None:
        top = Qt.AlignmentFlag.AlignTop
        tone = Tone.SOFT if is_struck else Tone.INK
        name = SafeLabel(line.name, TextRole.HINT, tone=Tone.SOFT)
        words = SafeLabel(self.tr("struck out, not sent") if is_struck else line.words, tone=tone)
        name.setContentsMargins(0, 11, 0, 0)
        words.setContentsMargins(0, 10, 0, 8)
        self._grid.addWidget(name, at, 0, top)
        self._grid.addWidget(words, at, 1, top)
        if line.field in NOT_STRUCK:
            return
        said = self.tr("Put back") if is_struck else self.tr("Strike out")
        button = QuietButton(said, full_name=f"{said}, {line.name}, {self.choice.name}")
        button.clicked.connect(partial(self._on_strike, line.field, not is_struck))
        self.strike_buttons[line.field] = button
        self._grid.addWidget(button, at, 2, top)

    def _on_strike(self, field: PackageField, is_struck: bool, _checked: bool = False) -> None:
        self.struck.emit(self.choice.service_id, field, is_struck)

    def _on_why(self) -> None:
        if not self._is_showing:
            self.why_changed.emit(self.choice.service_id, self.why.text)

    def _on_duplicate(self, key: str) -> None:
        self.duplicate_chosen.emit(self.choice.service_id, DuplicateReason(key))

    def _on_ask(self) -> None:
        self.ask_wanted.emit(self.choice.service_id)
