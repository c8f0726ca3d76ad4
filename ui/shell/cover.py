"""The plain page that hides the screen from a neighbour; it names nobody and nothing, and is no lock."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget
from typing_extensions import override

from ui.theme import TextRole
from ui.widgets.buttons import PlainButton
from ui.widgets.labels import SafeLabel, Tone


class CoverPage(QFrame):
    """Any key, a press anywhere or the button lifts it.

    Signals:
        lifted: The page below shall be shown again.
    """

    lifted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paper")
        self.button = PlainButton(self.tr("Show the page again"))
        self.button.clicked.connect(self._on_lift)
        # Any key lifts, not only those that press a button.
        self.button.installEventFilter(self)
        words = SafeLabel(self.tr("This screen is covered"), TextRole.PAGE_HEADING, tone=Tone.SOFT)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hint = SafeLabel(self.tr("Press any key to go on."), tone=Tone.SOFT)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.addStretch(1)
        column.addWidget(words)
        column.addSpacing(8)
        column.addWidget(hint)
        column.addSpacing(24)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.setAccessibleName(words.words)

    def take_focus(self) -> None:
        """Bring the keyboard here."""
        self.button.setFocus(Qt.FocusReason.OtherFocusReason)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lift at any key, before the button can do something else with it."""
        if event.type() == QEvent.Type.KeyPress:
            self._on_lift()
            return True
        return super().eventFilter(watched, event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lift at any key."""
        self._on_lift()

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lift at a press anywhere, on its release."""
        self._on_lift()

    def _on_lift(self) -> None:
        self.lifted.emit()
