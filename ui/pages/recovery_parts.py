"""The custodians' three parts, shown once: two of them open this laptop's records if every password is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.widgets import Banner, Card, Manner, Page, PrimaryButton, SafeLabel, SecondaryButton, TextRole, announce


def choose_folder(parent: QWidget) -> str:
    """Let a person choose a folder in the system's own chooser; empty when they went back."""
    return QFileDialog.getExistingDirectory(parent)


class RecoveryPartsPage(Page):
    """Saved or written down, then on; the parts are kept nowhere on this laptop.

    Signals:
        kept: The parts are with the custodians, or on the way to them.
    """

    kept = Signal()

    def __init__(
        self,
        parts: Sequence[tuple[str, str]],
        fingerprint: str,
        *,
        choose: Callable[[QWidget], str] = choose_folder,
        parent: QWidget | None = None,
    ) -> None:
        """Take each holder's letter and words, and the fingerprint custodians compare."""
        super().__init__(parent=parent)
        self.set_heading(
            self.tr("Keep these three parts apart"),
            self.tr(
                "They are shown only now. Any two of them open the records if every password is lost; one alone"
                " opens nothing. Give each to another custodian, in a sealed envelope."
            ),
        )
        self._parts, self._choose = tuple(parts), choose
        self._fingerprint = fingerprint
        self.outcome = Banner("", manner=Manner.DONE)
        self.outcome.hide()
        self.save_button = PrimaryButton(self.tr("Save the three parts"))
        self.written_button = SecondaryButton(self.tr("They are written down"))
        self.open_button = PrimaryButton(self.tr("Open Alongside"))
        self.open_button.hide()
        self.add(self.outcome)
        for holder, words in self._parts:
            heading = self.tr("Part {holder}, for custodian {holder}").format(holder=holder)
            self.add(Card(heading, "", SafeLabel(words)))
        compare = self.tr("Fingerprint of the key, the same on all three: {fingerprint}")
        self.add(SafeLabel(compare.format(fingerprint=fingerprint), TextRole.HINT))
        self.set_actions(self.save_button, self.open_button, self.written_button)
        self.save_button.clicked.connect(self._on_save)
        self.written_button.clicked.connect(self._on_kept)
        self.open_button.clicked.connect(self._on_kept)

    def _on_save(self) -> None:
        chosen = self._choose(self)
        if not chosen:
            return
        try:
            for holder, words in self._parts:
                self._write(Path(chosen) / f"alongside-recovery-part-{holder}.txt", holder, words)
        except OSError:
            self.outcome.set_manner(Manner.STOP)
            self._say(self.tr("The parts could not be saved there. Choose another place, or write them down."))
            return
        self.outcome.set_manner(Manner.DONE)
        self._say(self.tr("Three files are saved. Print each for its custodian, then delete the files."))
        self.open_button.show()
        self.save_button.hide()
        self.written_button.hide()
        self.open_button.setFocus()

    def _write(self, path: Path, holder: str, words: str) -> None:
        lines = (
            self.tr("Alongside: recovery key, part {holder}").format(holder=holder),
            self.tr("Any two of the three parts open the records of one laptop. Keep them apart."),
            self._fingerprint,
            "",
            words,
            "",
        )
        # "x": a file of that name may be another laptop's part.
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines))

    def _say(self, words: str) -> None:
        self.outcome.set_words(words)
        self.outcome.show()
        self.set_scroll_position(0)
        announce(self, words)

    def _on_kept(self) -> None:
        self.kept.emit()
