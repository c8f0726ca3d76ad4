"""The configuration files that ship for the central service, with ports and places of a test put in."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "packaging" / "linux" / "central"


def shipped(name: str, replaced: dict[str, str]) -> str:
    """Return a shipped file with words replaced; each word must stand in it, or the test would use another file."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for word, other in replaced.items():
        assert word in text, f"{name} does not say {word}"
        text = text.replace(word, other)
    return text
