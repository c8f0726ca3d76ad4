"""A mentor in words: places, checks that run out, and what each check still needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from PySide6.QtCore import QCoreApplication

from app.domain.codes import MentorCheck
from app.domain.mentoring import MenteeProfile, MentorProfile
from app.use_cases.mentors import MentorRow
from ui.messages import day_words, joined, label, labels
from ui.widgets.text import filled

_IN_A_SENTENCE: Final = frozenset({"topic", "care_item", "life_fact", "session_channel"})
"""Lists whose words stand in small letters where several are told after each other."""


def place_words(row: MentorRow) -> str:
    """Return "1 of 2 free"."""
    text = QCoreApplication.translate("mentors", "{free} of {most} free")
    return filled(text, free=row.places, most=row.profile.max_matches)


def check_words(row: MentorRow, on: date) -> str:
    """Return what is wrong with the checks, or which runs out next."""
    if row.lapsed:
        text = QCoreApplication.translate("mentors", "Missing or run out: {checks}")
        return filled(text, checks=joined([label("mentor_check", check).lower() for check in row.lapsed]))
    if row.next_end is None:
        return ""
    check, end = row.next_end
    text = (
        QCoreApplication.translate("mentors", "Runs out soon: {check}, {day}")
        if row.is_ending(on)
        else QCoreApplication.translate("mentors", "All there; next {check}, {day}")
    )
    return filled(text, check=label("mentor_check", check).lower(), day=day_words(end, on))


def checks_of(row: MentorRow, on: date) -> list[tuple[str, str]]:
    """Return every check with what is known of it."""
    profile, ends = row.profile, row.ends
    made = {
        MentorCheck.TRAINING: _day(profile.training_on, on),
        MentorCheck.CONDUCT: _day(profile.conduct_on, on),
        MentorCheck.REFERENCES: filled(QCoreApplication.translate("mentors", "{count} of 2"), count=profile.references),
        MentorCheck.DBS: _dbs(profile, on),
        MentorCheck.SUPERVISION: _day(profile.supervised_on, on),
    }
    until = QCoreApplication.translate("mentors", "{made}, holds until {end}")
    missing = QCoreApplication.translate("mentors", "{made} (missing or run out)")
    facts = []
    for check, words in made.items():
        said = words or QCoreApplication.translate("mentors", "Not yet")
        if check in row.lapsed:
            said = filled(missing, made=said)
        elif check in ends:
            said = filled(until, made=said, end=day_words(ends[check], on))
        facts.append((label("mentor_check", check), said))
    return facts


def profile_facts(profile: MentorProfile | MenteeProfile) -> list[tuple[str, str]]:
    """Return what a mentor has lived through and wants to talk about; what is not known has no words."""

    def codes(code_list: str, values: Iterable[str]) -> str:
        listed = [words.lower() if code_list in _IN_A_SENTENCE else words for words in _labelled(code_list, values)]
        return joined(listed)

    def one(code_list: str, value: object, unknown: str) -> str:
        return "" if value == unknown else label(code_list, str(value))

    tr = QCoreApplication.translate
    is_mentor = isinstance(profile, MentorProfile)
    kinds = profile.role_kinds if isinstance(profile, MentorProfile) else {profile.wanted_kind}
    unwilling = profile.unwilling_topics if isinstance(profile, MentorProfile) else ()
    return [
        (tr("mentors", "Mentors for") if is_mentor else tr("mentors", "A mentor like"), codes("mentor_kind", kinds)),
        (tr("mentors", "Injury"), one("injury_level", profile.level, "X99")),
        (tr("mentors", "AIS"), one("ais", profile.ais, "unknown")),
        (tr("mentors", "Since"), profile.injured_on or ""),
        (tr("mentors", "Care and equipment"), codes("care_item", profile.care)),
        (tr("mentors", "Life"), codes("life_fact", profile.life_facts)),
        (
            tr("mentors", "Talks about") if is_mentor else tr("mentors", "Wants to talk about"),
            codes("topic", profile.topics),
        ),
        (tr("mentors", "Does not talk about"), codes("topic", unwilling)),
        (tr("mentors", "Ways"), codes("session_channel", profile.channels)),
        (tr("mentors", "Times"), codes("safe_time", profile.times)),
        (tr("mentors", "Languages"), joined(sorted(profile.languages))),
        (tr("mentors", "Gender"), one("gender", profile.gender, "not_said")),
        (tr("mentors", "Age"), one("age_band", profile.age_band, "unknown")),
        (tr("mentors", "Nation"), one("nation", profile.nation, "unknown")),
        (tr("mentors", "Likes"), joined(sorted(profile.interests))),
    ]


def _labelled(code_list: str, values: Iterable[str]) -> list[str]:
    """Return the words of some codes, in the order of their list."""
    order = list(labels(code_list))
    held = sorted(map(str, values), key=lambda slug: order.index(slug) if slug in order else len(order))
    return [label(code_list, slug) for slug in held]


def _day(day: date | None, on: date) -> str:
    return "" if day is None else day_words(day, on)


def _dbs(profile: MentorProfile, on: date) -> str:
    if profile.dbs_on is None:
        return ""
    level = label("dbs_level", profile.dbs_level)
    return filled(
        QCoreApplication.translate("mentors", "{level}, {day}"), level=level, day=day_words(profile.dbs_on, on)
    )
