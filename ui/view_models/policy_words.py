"""What IT laid down, in words: for the settings page and for `alongsidectl --check-config`."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.config import Key, Kind, Policy
from ui.widgets.text import filled


def value_words(key: Key, value: bool | int | str) -> str:
    """Return a value in words."""
    if key.kind is Kind.SWITCH:
        return QCoreApplication.translate("policy", "Yes") if value else QCoreApplication.translate("policy", "No")
    match key.name, value:
        case "update_mode", "announce":
            return QCoreApplication.translate("policy", "Say when there is one")
        case "update_mode", "off":
            return QCoreApplication.translate("policy", "Do not look")
        case "require_disk_encryption", "warn":
            return QCoreApplication.translate("policy", "Say when the disk is not encrypted")
        case "require_disk_encryption", "refuse":
            return QCoreApplication.translate("policy", "Do not open when the disk is not encrypted")
        case "proxy_url", "system":
            return QCoreApplication.translate("policy", "As this computer is set")
        case "log_level", "normal":
            return QCoreApplication.translate("policy", "Normal")
        case "log_level", "detailed":
            return QCoreApplication.translate("policy", "Detailed")
        case _:
            return str(value)


def fixed_facts(policy: Policy) -> list[tuple[str, str]]:
    """Return each setting that the organisation fixed and this version follows: its name and its value."""
    return [
        (QCoreApplication.translate("policy", key.title), value_words(key, getattr(policy, key.name)))
        for key in policy.fixed
        if key.in_force
    ]


def not_followed(policy: Policy) -> list[tuple[str, str]]:
    """Return what was laid down and does nothing, each as a sentence and the next step."""
    unknown = QCoreApplication.translate("policy", "IT set “{key}”, which this version of Alongside does not know.")
    ask = QCoreApplication.translate("policy", "Ask your IT support: it may be a slip of the pen, or need an update.")
    idle = QCoreApplication.translate("policy", "IT set “{title}”, which this version of Alongside does not do yet.")
    rely = QCoreApplication.translate(
        "policy", "Ask your IT support. Do not rely on it until they have updated Alongside."
    )
    return [
        *((filled(unknown, key=name), ask) for name in policy.unknown),
        *((filled(idle, title=QCoreApplication.translate("policy", key.title)), rely) for key in policy.not_in_force),
    ]
