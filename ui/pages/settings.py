"""Settings: text size and colours; a change shows at once and is kept."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.access import Action, permitted
from app.use_cases.settings import keep_setting
from ui.context import PageContext
from ui.messages import label
from ui.pages.parts import FactList
from ui.pages.update_part import UpdatePart
from ui.pages.vault_page import VaultPage
from ui.view_models.policy_words import fixed_facts, not_followed
from ui.view_models.settings_words import TEXT_SCALES, Colours, Look, Setting, read_look
from ui.widgets import (
    Banner,
    ChoiceGroup,
    FlowRow,
    Manner,
    Option,
    SafeLabel,
    SecondaryButton,
    TextRole,
    Tone,
    announce,
)
from ui.widgets.layouts import hide_unless
from ui.widgets.text import filled


class SettingsPage(VaultPage):
    """What one person may choose for themself on this laptop.

    Signals:
        look_chosen: A `Look`: put it on.
    """

    look_chosen = Signal(object)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent=parent)
        self.set_heading(self.tr("Settings"), self.tr("Every change shows at once and is kept on this laptop."))
        self.text_scale = ChoiceGroup(
            self.tr("Text size"),
            [Option(key=str(scale), words=filled(self.tr("{scale} %"), scale=scale)) for scale in TEXT_SCALES],
            hint=self.tr("Ctrl and plus, minus or 0 do the same on every page."),
            in_a_row=True,
        )
        self.colours = ChoiceGroup(self.tr("Colours"), self._colour_options())
        self.saved = SafeLabel("", TextRole.HINT, tone=Tone.SOFT)
        self._look = Look()
        self._build()

    def load(self) -> None:
        """Show what is chosen."""
        vault = self.context.vault
        self.ask(lambda: read_look(vault), self._on_read)

    def _build(self) -> None:
        for field in (self.text_scale, self.colours):
            self.add(field, group=True)
        self.add(self.saved)
        self.add_section(self.tr("About you on this laptop"))
        actor = self.context.actor
        roles = ", ".join(label("role", role) for role in sorted(actor.roles))
        self.add(FactList([(self.tr("Name partners see"), actor.shown_name), (self.tr("What you do"), roles)]))
        self._add_fixed()
        self._add_updates()
        words = self.tr("Your charity sets how long the laptop waits before it locks, and who may do what.")
        self.add(SafeLabel(words, TextRole.HINT, tone=Tone.SOFT))
        self.audit_button = SecondaryButton(self.tr("What you looked at and changed"))
        self.audit_button.clicked.connect(lambda: self.context.navigate("audit", None))
        self.add(FlowRow(self.audit_button))
        hide_unless(self.audit_button, permitted(actor.roles, Action.READ_AUDIT) is not None)
        self.text_scale.chosen.connect(self._on_text_scale)
        self.colours.chosen.connect(self._on_colours)

    def _add_fixed(self) -> None:
        """Show what IT laid down, and what of it this program cannot follow: a setting that does nothing is said."""
        policy = self.context.policy
        facts = fixed_facts(policy)
        self.fixed = FactList(facts)
        self.not_followed = [Banner(*words, manner=Manner.ATTENTION) for words in not_followed(policy)]
        if facts or self.not_followed:
            self.add_section(self.tr("Set by your organisation"))
            self.add(self.fixed)
            for banner in self.not_followed:
                self.add(banner)

    def _add_updates(self) -> None:
        self.updates: UpdatePart | None = None
        if self.context.updates is not None:
            self.updates = UpdatePart(self.context.updates)
            self.add_section(self.tr("Updates"))
            self.add(self.updates)

    def _colour_options(self) -> list[Option]:
        return [
            Option(key=Colours.SYSTEM, words=self.tr("As this computer is set")),
            Option(key=Colours.LIGHT, words=self.tr("Light")),
            Option(key=Colours.DARK, words=self.tr("Dark")),
            Option(key=Colours.HIGH_CONTRAST, words=self.tr("High contrast")),
        ]

    def _on_read(self, look: Look) -> None:
        self._look = look
        self.text_scale.set_value(str(look.text_scale))
        self.colours.set_value(look.colours)

    def _on_text_scale(self, key: str) -> None:
        self._keep(Setting.TEXT_SCALE, key)

    def _on_colours(self, key: str) -> None:
        self._keep(Setting.COLOURS, key)

    def _keep(self, name: Setting, value: str) -> None:
        context = self.context

        def keep() -> Look:
            keep_setting(context.vault, actor=context.actor, now=context.now, name=name, value=value)
            return read_look(context.vault)

        self.ask(keep, self._on_kept)

    def _on_kept(self, look: Look) -> None:
        self._look = look
        words = self.tr("Kept on this laptop.")
        self.saved.set_words(words)
        self.look_chosen.emit(look)
        announce(self, words)
