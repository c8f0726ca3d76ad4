"""The custodians' three parts, shown until they are kept: two of them open this laptop's records without a password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import KnownError
from ui.messages import words_of
from ui.widgets import (
    Banner,
    Card,
    Manner,
    Option,
    Page,
    PrimaryButton,
    SafeLabel,
    SecondaryButton,
    TextRole,
    TickGroup,
    announce,
)
from ui.widgets.text import filled


def choose_folder(parent: QWidget) -> str:
    """Let a person choose a folder in the system's own chooser; empty when they went back."""
    return QFileDialog.getExistingDirectory(parent)


class RecoveryPartsPage(Page):
    """Saved or written down, then on; the parts are kept nowhere on this laptop.

    Signals:
        kept: The parts are with the custodians, or on the way to them.
        later_asked: Nobody can keep them now; a new key is made and shown at the next sign-in.
    """

    kept = Signal()
    later_asked = Signal()

    def __init__(
        self,
        parts: Sequence[tuple[str, str]],
        fingerprint: str,
        *,
        is_again: bool = False,
        choose: Callable[[QWidget], str] = choose_folder,
        parent: QWidget | None = None,
    ) -> None:
        """Take each holder's letter and words, the fingerprint custodians compare, and whether others were shown."""
        super().__init__(parent=parent)
        self.set_heading(
            self.tr("Keep these three parts apart"),
            self.tr(
                "Any two of them open the records if every password is lost; one alone opens nothing. Give each to"
                " another custodian, in a sealed envelope. They are shown until they are kept, then never again."
            ),
        )
        self._parts, self._choose = tuple(parts), choose
        self._fingerprint = fingerprint
        self.again = Banner(
            self.tr("Nobody has confirmed that the parts shown before were kept."),
            self.tr("These are new ones. Once they are kept, parts saved or written down before open nothing."),
            manner=Manner.ATTENTION,
        )
        self.again.setVisible(is_again)
        self.outcome = Banner("", manner=Manner.DONE)
        self.outcome.hide()
        self.save_button = PrimaryButton(self.tr("Save the three parts"))
        self.written_button = SecondaryButton(self.tr("They are written down"))
        self.open_button = PrimaryButton(self.tr("Open Alongside"))
        self.open_button.hide()
        self.later_button = SecondaryButton(self.tr("Not now, ask me at the next sign-in"))
        self.written = TickGroup(
            self.tr("Which parts are written down?"),
            [Option(key=holder, words=self._part_words(holder)) for holder, _ in self._parts],
            hint=self.tr("Only if you do not save them: each on a paper of its own, read back once."),
        )
        self._build()

    def show_error(self, error: KnownError) -> None:
        """Say why the key could not be kept; the parts stay on the screen."""
        self.outcome.set_manner(Manner.STOP)
        self._say(words_of(error).whole)
        self._set_busy(is_busy=False)

    def _build(self) -> None:
        self.add(self.again)
        self.add(self.outcome)
        for holder, words in self._parts:
            heading = filled(self.tr("Part {holder}, for custodian {holder}"), holder=holder)
            self.add(Card(heading, "", SafeLabel(words)))
        compare = self.tr("Fingerprint of the key, the same on all three: {fingerprint}")
        self.add(SafeLabel(filled(compare, fingerprint=self._fingerprint), TextRole.HINT))
        self.add(self.written)
        self.set_actions(self.save_button, self.open_button, self.written_button, self.later_button)
        self.save_button.clicked.connect(self._on_save)
        self.written_button.clicked.connect(self._on_written)
        self.open_button.clicked.connect(self._on_kept)
        self.later_button.clicked.connect(self._on_later)

    def _part_words(self, holder: str) -> str:
        return filled(self.tr("Part {holder} is written down"), holder=holder)

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
        self.later_button.hide()
        self.written.hide()
        self.open_button.setFocus()

    def _write(self, path: Path, holder: str, words: str) -> None:
        lines = (
            filled(self.tr("Alongside: recovery key, part {holder}"), holder=holder),
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

    def _on_written(self) -> None:
        missing = [holder for holder, _ in self._parts if holder not in self.written.values]
        words = self.tr("Not ticked yet: part {holder}. Tick each part that is on paper, or save all three.")
        self.show_errors([(filled(words, holder=", ".join(missing)), self.written)] if missing else [])
        if not missing:
            self._on_kept()

    def _on_kept(self) -> None:
        self._set_busy(is_busy=True)
        self.kept.emit()

    def _on_later(self) -> None:
        self._set_busy(is_busy=True)
        self.later_asked.emit()

    def _set_busy(self, *, is_busy: bool) -> None:
        for button in (self.save_button, self.written_button, self.open_button, self.later_button):
            button.setEnabled(not is_busy)
