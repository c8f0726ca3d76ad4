"""A paper of the agreements register in words: what it is, between whom, what it lets flow, and what is due of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from PySide6.QtCore import QCoreApplication

from app.domain.agreement import Document
from app.domain.codes import AgreementKind, AgreementState, PackageField, Purpose
from app.use_cases.agreements import AgreementRow, Flow, Signed
from ui.messages import day_words, joined, label, short_day
from ui.view_models.package_words import field_words
from ui.widgets.text import filled, lower_first

_MOST_NAMED = 2
"""More than this in a row of a table and the rest is a number."""


def kind_words(row: AgreementRow) -> str:
    """Return what a paper is, as a column has room for it."""
    if row.kind is AgreementKind.MOU:
        return QCoreApplication.translate("agreements", "Memorandum")
    return label("agreement_kind", row.kind)


def parties_words(row: AgreementRow) -> str:
    """Return between whom, as a column has room for it."""
    return _some(row.parties)


def purposes_words(row: AgreementRow) -> str:
    """Return what for, as a column has room for it."""
    if row.purposes == frozenset(Purpose):
        return QCoreApplication.translate("agreements", "Everything")
    return _some([label("purpose", purpose) for purpose in _in_order(row.purposes)])


def every_purpose_words(row: AgreementRow) -> str:
    """Return every purpose of a paper."""
    return _all_purposes(row.purposes)


def span_words(row: AgreementRow) -> str:
    """Return from when to when a paper runs, as a column has room for it."""
    last = _last_day(row)
    begins = _with_year(row.from_on)
    if last is None:
        return filled(QCoreApplication.translate("agreements", "From {begins}"), begins=begins)
    return filled(QCoreApplication.translate("agreements", "{begins} – {ends}"), begins=begins, ends=_with_year(last))


def last_day_words(row: AgreementRow, on: date) -> str:
    """Return the last day of a paper."""
    last = _last_day(row)
    return QCoreApplication.translate("agreements", "None set") if last is None else day_words(last, on)


def state_words(row: AgreementRow) -> str:
    """Return where a paper stands."""
    if row.state is AgreementState.DRAFT:
        # Signed by all it may still begin later only; the page says who has not signed.
        return QCoreApplication.translate("agreements", "Not yet")
    return label("agreement_state", row.state)


def fields_words(fields: Iterable[PackageField]) -> str:
    """Return what may be told, in one line of words."""
    held = frozenset(fields)
    if held == frozenset(PackageField):
        return QCoreApplication.translate("agreements", "Everything that a referral can hold")
    words = joined([lower_first(field_words(field)) for field in PackageField if field in held])
    return words[:1].upper() + words[1:]


def signed_words(signed: Signed, on: date) -> str:
    """Return who signed for a party and when, or that nobody has."""
    if signed.signed_on is None:
        return QCoreApplication.translate("agreements", "Nobody has signed yet")
    words = QCoreApplication.translate("agreements", "{name}, {post}, {day}")
    return filled(words, name=signed.name, post=signed.post, day=day_words(signed.signed_on, on))


def flow_words(flow: Flow) -> list[tuple[str, str]]:
    """Return between whom, what for and what flows, each its name and its words."""
    return [
        (QCoreApplication.translate("agreements", "Between"), joined(flow.between)),
        (QCoreApplication.translate("agreements", "For"), _all_purposes(flow.purposes)),
        (QCoreApplication.translate("agreements", "They may tell"), fields_words(flow.fields)),
    ]


def no_flow_words(row: AgreementRow) -> str:
    """Return why nothing flows by a paper today, empty while something does."""
    if row.flows:
        return ""
    if row.kind is AgreementKind.MOU:
        return QCoreApplication.translate("agreements", "A memorandum alone permits no sharing.")
    if row.permits_nothing:
        return QCoreApplication.translate("agreements", "A paper of this kind alone permits no sharing.")
    words = {
        AgreementState.DRAFT: QCoreApplication.translate(
            "agreements", "Nothing yet: it has not begun, or not every charity has signed."
        ),
        AgreementState.EXPIRED: QCoreApplication.translate("agreements", "Nothing any more: it has run out."),
        AgreementState.ENDED: QCoreApplication.translate("agreements", "Nothing any more: it was ended."),
    }
    return words.get(row.state, QCoreApplication.translate("agreements", "Nothing: it names nothing that may be told."))


def kind_warning(kind: AgreementKind) -> str:
    """Return that papers of a kind permit no sharing, and what is needed for it."""
    if kind is AgreementKind.MOU:
        return QCoreApplication.translate(
            "agreements",
            "A memorandum alone permits no sharing. Before anything flows, the charities sign a data sharing agreement "
            "as well.",
        )
    return QCoreApplication.translate(
        "agreements",
        "A paper of this kind alone permits no sharing. Before anything flows, the charities sign a data sharing "
        "agreement as well.",
    )


def document_words(document: Document | None) -> str:
    """Return which file a paper is, and its fingerprint in groups of eight."""
    if document is None:
        return QCoreApplication.translate("agreements", "No file yet.")
    groups = " ".join(document.sha256[at : at + 8] for at in range(0, len(document.sha256), 8))
    words = QCoreApplication.translate("agreements", "{title}, fingerprint {groups}")
    return filled(words, title=document.title, groups=groups)


def version_words(row: AgreementRow, on: date) -> str:
    """Return which version a paper takes the place of, and which takes its own; empty for neither."""
    said = []
    if row.replaces:
        said.append(filled(QCoreApplication.translate("agreements", "New version of: {title}"), title=row.replaces))
    if row.replaced_by is not None:
        words = QCoreApplication.translate("agreements", "A new version is written down: {title}, from {day}")
        title, begins = row.replaced_by
        said.append(filled(words, title=title, day=day_words(begins, on)))
    return "\n".join(said)


def review_words(row: AgreementRow, on: date) -> str:
    """Return what is soon due of a paper and what to do about it, empty while nothing is."""
    if not row.is_review_near:
        return ""
    last = _last_day(row)
    if last is not None and last <= row.review_on:
        words = QCoreApplication.translate(
            "agreements", "Its last day is {day}. After it nothing flows by this paper: agree on a new one before."
        )
        return filled(words, day=day_words(last, on))
    if row.review_on < on:
        words = QCoreApplication.translate("agreements", "Its review was due on {day}. Look at it together now.")
    else:
        words = QCoreApplication.translate("agreements", "Its review is due on {day}. Look at it together by then.")
    return filled(words, day=day_words(row.review_on, on))


def _with_year(day: date) -> str:
    # Papers run for years: a day without its year says nothing. No paper is of the year 1.
    return short_day(day, date.min)


def _last_day(row: AgreementRow) -> date | None:
    days = [day for day in (row.to_on, row.ended_on) if day is not None]
    return min(days) if days else None


def _all_purposes(purposes: frozenset[Purpose]) -> str:
    words = joined([lower_first(label("purpose", purpose)) for purpose in _in_order(purposes)])
    return words[:1].upper() + words[1:]


def _in_order(purposes: frozenset[Purpose]) -> list[Purpose]:
    return [purpose for purpose in Purpose if purpose in purposes]


def _some(names: Iterable[str]) -> str:
    held = list(names)
    if len(held) <= _MOST_NAMED:
        return joined(held)
    words = QCoreApplication.translate("agreements", "{first} and {count} more")
    return filled(words, first=held[0], count=len(held) - 1)
