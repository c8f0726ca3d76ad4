"""The words a row ends with: whether it is only on this laptop, sent, or proved received."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.storage.lists import Standing


def standing_words(standing: Standing) -> str:
    """Return the words for where a record stands; none is calm by guess, each rests on a receipt."""
    match standing:
        case Standing.ONLY_HERE:
            return QCoreApplication.translate("standing", "only on this laptop")
        case Standing.SENT:
            return QCoreApplication.translate("standing", "sent, not confirmed")
        case Standing.RECEIVED:
            return QCoreApplication.translate("standing", "received")
