"""Who is away from a team and who covers, in words."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from app.use_cases.covering import AbsenceLine
from ui.messages import day_words
from ui.widgets.text import filled


def team_words(team: str) -> str:
    """Return a team's slug as people say it: "Outreach support"."""
    words = team.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def absence_words(line: AbsenceLine, on: date, *, names_team: bool) -> str:
    """Return one absence as a sentence; `names_team` where the reader answers for more than one team."""
    if line.is_now:
        text = QCoreApplication.translate("cover", "{name} is away until {until}. {cover} looks after their referrals.")
        bare = QCoreApplication.translate("cover", "{name} is away until {until}. Nobody covers: the whole team looks.")
    else:
        text = QCoreApplication.translate("cover", "{name} is away from {first} until {until}. {cover} will cover.")
        bare = QCoreApplication.translate("cover", "{name} is away from {first} until {until}. Nobody covers yet.")
    words = filled(
        text if line.cover else bare,
        name=line.name,
        cover=line.cover,
        first=day_words(line.from_on, on),
        until=day_words(line.until, on),
    )
    return f"{team_words(line.team)}: {words}" if names_team else words


def unwatched_words(teams: list[str]) -> str:
    """Return that nobody of a team is there."""
    text = QCoreApplication.translate("cover", "Nobody is there for {teams} today, and nobody covers.")
    return filled(text, teams=", ".join(team_words(team) for team in teams))
