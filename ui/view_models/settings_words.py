"""What a person may choose about the look of the program, as the names and values kept in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.storage.vault import Vault
from app.use_cases.settings import setting

TEXT_SCALES: Final = (100, 125, 150, 175, 200)


class Setting(StrEnum):
    """The names settings are kept under. Fixed for ever."""

    COLOURS = "colours"
    TEXT_SCALE = "text_scale"


class Colours(StrEnum):
    """Which colours to wear; `SYSTEM` follows the computer. Fixed for ever."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"
    HIGH_CONTRAST = "high_contrast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was chosen, or the defaults."""

    colours: Colours = Colours.SYSTEM
    text_scale: int = 100


def read_look(vault: Vault) -> Look:
    """Return what was chosen; a value that this version does not know counts as not chosen."""
    colours = setting(vault, name=Setting.COLOURS, default=Colours.SYSTEM)
    scale = setting(vault, name=Setting.TEXT_SCALE, default="100")
    return Look(
        colours=Colours(colours) if colours in set(Colours) else Colours.SYSTEM,
        text_scale=int(scale) if scale.isdecimal() and int(scale) in TEXT_SCALES else 100,
    )
