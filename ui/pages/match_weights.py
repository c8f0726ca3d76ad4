"""What matching counts how much: ten numbers that make a hundred, a reason, and every version that was."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget
from typing_extensions import override

from app.domain.codes import Criterion, RecordType
from app.domain.matching import HUNDRED
from app.errors import BadInputError
from app.use_cases import match_weights
from app.use_cases.match_weights import LONGEST_REASON, WeightsVersion
from ui.context import PageContext
from ui.jobs import Job
from ui.messages import day_words, label
from ui.pages.matching import shipped_weights
from ui.pages.vault_page import VaultPage
from ui.widgets import Card, Field, PrimaryButton, SafeLabel, TextField, TextRole, Tone, announce
from ui.widgets.text import filled


class MatchWeightsPage(VaultPage):
    """Change how much each fact counts; a match keeps the version it was ranked by."""

    refresh_on: ClassVar[frozenset[RecordType]] = frozenset()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(
            self.tr("What counts in matching"),
            self.tr("Ten facts that make 100 together. They hold on this laptop; each match keeps the version it had."),
        )
        self.fields = {
            criterion: TextField(label("criterion", criterion), characters=4, longest=3) for criterion in Criterion
        }
        self.sum = SafeLabel("", TextRole.STATEMENT)
        self.reason = TextField(self.tr("Why do you change it?"), longest=LONGEST_REASON)
        self.save_button = PrimaryButton(self.tr("Save as a new version"))
        self.versions: tuple[WeightsVersion, ...] = ()
        self._cards: list[Card] = []
        self._job: Job[Any] | None = None
        for field in self.fields.values():
            self.add(field)
            field.edited.connect(self._on_edited)
        self.add(self.sum)
        self.add(self.reason)
        self.set_actions(self.save_button)
        self.history = self.add_section(self.tr("Versions"))
        self.save_button.clicked.connect(self._on_save)

    @override
    def load(self) -> None:
        """Read the versions; the numbers of the one in use stand in the form."""
        context = self.context

        def read() -> tuple[WeightsVersion, ...]:
            return match_weights.versions(context.vault, actor=context.actor, shipped=shipped_weights())

        self._job = self.ask(read, self._on_read, instead_of=self._job)

    @override
    def field_of(self, key: str) -> Field | None:
        """Return the field that a weight or the reason is typed into."""
        name = key.partition(".")[2]
        if name == "reason":
            return self.reason
        return next((field for criterion, field in self.fields.items() if criterion.value == name), None)

    def _on_read(self, versions: tuple[WeightsVersion, ...]) -> None:
        self.versions = versions
        for criterion, field in self.fields.items():
            field.set_text(str(versions[0].weights.of[criterion]))
        for card in self._cards:
            card.setParent(None)
            card.deleteLater()
        self._cards = [self._card(version, in_use=at == 0) for at, version in enumerate(versions)]
        for card in self._cards:
            self.add(card)
            card.show()
        self._on_edited()

    def _card(self, version: WeightsVersion, *, in_use: bool) -> Card:
        name = version.weights.version
        heading = filled(self.tr("{version}, in use"), version=name) if in_use else name
        if version.at is None:
            said = self.tr("As it ships.")
        else:
            day = day_words(version.at.date(), self.context.on)
            who = version.by or self.tr("a colleague")
            said = filled(self.tr("{day}, by {who}: {reason}"), day=day, who=who, reason=version.reason)
        card = Card(heading, said)
        told = " · ".join(f"{label('criterion', key)} {weight}" for key, weight in version.weights.of.items())
        card.add(SafeLabel(told, tone=Tone.SOFT))
        return card

    def _on_edited(self) -> None:
        total = sum(int(field.text) for field in self.fields.values() if _is_number(field.text))
        left = HUNDRED - total
        words = (
            self.tr("Together 100.")
            if left == 0
            else filled(self.tr("Together {total}: {left} to give away."), total=total, left=left)
            if left > 0
            else filled(self.tr("Together {total}: {over} too many."), total=total, over=-left)
        )
        self.sum.set_words(words)

    def _on_save(self) -> None:
        context, reason = self.context, self.reason.text
        typed = {criterion: field.text.strip() for criterion, field in self.fields.items()}

        def write() -> WeightsVersion:
            for criterion, text in typed.items():
                if not _is_number(text):
                    raise BadInputError.at("match_weights", criterion.value, "out_of_range")
            weights = {criterion: int(text) for criterion, text in typed.items()}
            return match_weights.change_weights(
                context.vault, actor=context.actor, now=context.now, of=weights, reason=reason
            )

        self.clear_failure()
        self.ask(write, self._on_saved)

    def _on_saved(self, version: WeightsVersion) -> None:
        self.reason.set_text("")
        announce(self, filled(self.tr("Saved on this laptop as {version}."), version=version.weights.version))
        self.load()


def _is_number(text: str) -> bool:
    typed = text.strip()
    return typed.isascii() and typed.isdecimal()
