"""Which organisations and purposes a talk asks about, and which stay folded until somebody wants them."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QCoreApplication

from app.domain.codes import Purpose
from app.use_cases.consents import ConsentTable, OrganisationRow
from ui.messages import joined, label
from ui.view_models.consent_talk import Place, Talk
from ui.widgets.text import filled, lower_first

SHOWN_TOGETHER = 5
"""Rows that stand on one page without scrolling; an alliance of so few folds none of them."""


def asked_rows(table: ConsentTable, *, unfolded: bool, talk: Talk) -> tuple[OrganisationRow, ...]:
    """Return the organisations of this talk: the own one and those that meet a need first."""
    rows = tuple(row for row in table.organisations if not row.signposts_only)
    if unfolded or len(rows) <= SHOWN_TOGETHER:
        return rows
    spoken_of = {org for org, _purpose in talk.given}
    return tuple(row for row in rows if row.is_own or row.meets_need or row.org_id in spoken_of)


def asked_purposes(table: ConsentTable, *, unfolded: bool, talk: Talk) -> tuple[Purpose, ...]:
    """Return the purposes of this talk; those that open nothing to a partner start folded."""
    spoken_of = {purpose for _org, purpose in talk.given}
    if unfolded or spoken_of & table.folded:
        return table.purposes
    return tuple(purpose for purpose in table.purposes if purpose not in table.folded)


def rows_left_words(table: ConsentTable, rows: Collection[OrganisationRow]) -> str:
    """Return "36 charities not asked today", empty when all are shown."""
    count = sum(not row.signposts_only for row in table.organisations) - len(rows)
    if count <= 0:
        return ""
    one = QCoreApplication.translate("consent", "1 charity not asked today")
    many = QCoreApplication.translate("consent", "{count} charities not asked today")
    return one if count == 1 else filled(many, count=count)


def purposes_left_words(table: ConsentTable, purposes: Collection[Purpose]) -> str:
    """Return "Ask also about totals, research, news and appeals", empty when all are shown."""
    about = {
        Purpose.SERVICE_IMPROVEMENT: QCoreApplication.translate("consent", "totals"),
        Purpose.RESEARCH_CONTACT: QCoreApplication.translate("consent", "research"),
        Purpose.NEWS_AND_FUNDRAISING: QCoreApplication.translate("consent", "news"),
    }
    left = [
        about.get(purpose) or lower_first(label("purpose", purpose))
        for purpose in table.purposes
        if purpose not in purposes
    ]
    if not left:
        return ""
    return filled(QCoreApplication.translate("consent", "Ask also about {purposes}"), purposes=joined(left))


def signposts_words(table: ConsentTable) -> str:
    """Return which organisations cannot be given anything yet, and what can be done instead; empty for none."""
    names = [row.name for row in table.organisations if row.signposts_only]
    if not names:
        return ""
    words = QCoreApplication.translate(
        "consent", "Not in this talk: {names}. Nothing is shared there yet; you can tell {called} how to reach them."
    )
    return filled(words, names=joined(names), called=table.person_called)


def next_unasked(places: Collection[Place], talk: Talk) -> Place | None:
    """Return the first cell nobody answered yet, None when all are."""
    return next((place for place in places if place not in talk.given), None)
