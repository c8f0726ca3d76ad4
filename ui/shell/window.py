"""What every window of the program shares: the focus ring, Tab in reading order, the text size."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from typing_extensions import override

from ui.theme import SMALLEST_TEXT_SCALE, Theme, theme_in_use
from ui.widgets.focus_ring import FocusRing
from ui.widgets.tab_order import next_stop

TEXT_STEP: Final = 25


class Window(QMainWindow):
    """A window of the program.

    Signals:
        text_scale_changed: The text size in percent that was chosen with Ctrl and plus, minus or 0.
    """

    text_scale_changed = Signal(int)

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paper")
        self._ring = FocusRing(self)
        # Ctrl+= is what Ctrl and the plus key send on many keyboards.
        for keys in ("Ctrl++", "Ctrl+="):
            self.add_shortcut(keys).activated.connect(self._on_larger)
        self.add_shortcut("Ctrl+-").activated.connect(self._on_smaller)
        self.add_shortcut("Ctrl+0").activated.connect(self._on_usual)

    def add_shortcut(self, keys: str) -> QShortcut:
        """Return a new shortcut of this window."""
        return QShortcut(QKeySequence(keys), self)

    def set_theme(self, theme: Theme) -> None:
        """Dress the whole application; every part redraws itself."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application)

    def set_text_scale(self, text_scale: int) -> None:
        """Set the text size in percent, within 100–200, and say so."""
        theme = theme_in_use().scaled(text_scale)
        if theme.text_scale != theme_in_use().text_scale:
            self.set_theme(theme)
            self.text_scale_changed.emit(theme.text_scale)

    @override
    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go to the next control in reading order."""
        stop = next_stop(self, self.focusWidget(), forward=forward)
        if stop is None:
            return False
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stop.setFocus(reason)
        return True

    def _on_larger(self) -> None:
        self.set_text_scale(theme_in_use().text_scale + TEXT_STEP)

    def _on_smaller(self) -> None:
        self.set_text_scale(theme_in_use().text_scale - TEXT_STEP)

    def _on_usual(self) -> None:
        self.set_text_scale(SMALLEST_TEXT_SCALE)
