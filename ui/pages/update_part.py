"""The part of the settings page about updates: what is ready, what to do, and why an update is refused."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from app import __version__
from ui.messages import words_of
from ui.updating import Looked, UpdateWatch
from ui.widgets import Banner, FlowRow, Manner, SafeLabel, SecondaryButton, announce
from ui.widgets.text import filled


def choose_folder(parent: QWidget) -> str:
    """Let a person choose a folder in the system's own chooser; empty when they went back."""
    return QFileDialog.getExistingDirectory(parent)


class UpdatePart(QWidget):
    """Says how this version stands to the newest; it installs nothing."""

    def __init__(
        self,
        watch: UpdateWatch,
        *,
        choose: Callable[[QWidget], str] = choose_folder,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._watch, self._choose = watch, choose
        self.banner = Banner("")
        self.version = SafeLabel(filled(self.tr("This is version {version}."), version=__version__))
        self.look_button = SecondaryButton(self.tr("Look for an update"))
        self.stick_button = SecondaryButton(self.tr("Look on a USB stick"))
        below = QVBoxLayout(self)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(12)
        for each in (self.version, self.banner, FlowRow(self.look_button, self.stick_button)):
            below.addWidget(each)
        self.look_button.clicked.connect(self._on_look)
        self.stick_button.clicked.connect(self._on_stick)
        watch.changed.connect(self._on_changed)
        self.show_looked()

    def show_looked(self) -> None:
        """Show what is known now."""
        looked, is_off = self._watch.looked, self._watch.is_off
        statement, detail, manner = self._words(looked)
        self.banner.set_words(statement, detail)
        self.banner.set_manner(manner)
        self.look_button.setVisible(bool(self._watch.source) and not is_off)
        self.stick_button.setVisible(not is_off)
        for button in (self.look_button, self.stick_button):
            button.setEnabled(not looked.is_looking)

    def _words(self, looked: Looked) -> tuple[str, str, Manner]:
        if self._watch.is_off:
            words = self.tr("Your organisation installs updates and does not want this laptop to look for them.")
            return words, "", Manner.INFO
        if looked.is_looking:
            return self.tr("Looking for an update."), "", Manner.INFO
        if looked.error is not None:
            said = words_of(looked.error)
            return said.sentence, said.next_step, Manner.ATTENTION
        if looked.update is not None:
            ready = self.tr("Version {version} is ready, and its signatures are right.")
            ready = filled(ready, version=looked.update.version)
            if not looked.update.package:
                return ready, self.tr("It has no package for this system. Ask your IT support."), Manner.INFO
            todo = self.tr(
                "Your IT installs it: tell them, and lock this laptop before they begin. Nothing installs by itself."
            )
            return ready, todo, Manner.INFO
        if looked.has_looked:
            return self.tr("This is the newest version."), self.tr("There is nothing to do."), Manner.DONE
        if self._watch.source:
            return self.tr("Nobody has looked for an update since you signed in."), "", Manner.INFO
        words = self.tr("Your IT installs updates. They may give you a USB stick to look on.")
        return words, "", Manner.INFO

    def _on_look(self) -> None:
        self._watch.look(self._watch.source)

    def _on_stick(self) -> None:
        chosen = self._choose(self)
        if chosen:
            self._watch.look(chosen)

    def _on_changed(self) -> None:
        had_focus = self.look_button.hasFocus() or self.stick_button.hasFocus()
        self.show_looked()
        if had_focus and self.stick_button.isEnabled():
            self.stick_button.setFocus()
        announce(self, self.banner.statement.words)
