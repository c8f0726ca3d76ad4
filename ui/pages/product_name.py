"""The program's name above the pages of the gate, where no header of the shell says it."""

from __future__ import annotations

from ui.theme import TextRole
from ui.widgets import SafeLabel, Tone


def product_name() -> SafeLabel:
    """Return the name as the shell's header shows it."""
    label = SafeLabel("Alongside", TextRole.READING, tone=Tone.BRAND, wrap=False)
    label.setObjectName("product")
    return label
