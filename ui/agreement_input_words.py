"""What is wrong with a field of an agreement or a notice, in words, and what those fields are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


AGREEMENT_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "agreement.title.required": (_("errors", "Say what people call this paper."), ""),
        "agreement.kind.required": (_("errors", "Choose what this paper is."), ""),
        "agreement.parties.required": (
            _("errors", "Choose the charities it is between."),
            _("errors", "At least two."),
        ),
        "agreement.parties.out_of_range": (
            _("errors", "An agreement is between at least two charities."),
            _("errors", "Choose the others."),
        ),
        "agreement.parties.not_permitted": (
            _("errors", "Your charity can only write down agreements it is a party to."),
            _("errors", "Choose your own charity too, or ask the lead body’s office."),
        ),
        "agreement.purposes.required": (_("errors", "Choose at least one thing the paper is for."), ""),
        "agreement.fields.required": (
            _("errors", "Choose at least one thing the charities may tell each other."),
            _("errors", "What is not ticked never flows by this paper."),
        ),
        "agreement.from_on.required": (_("errors", "Enter the day from which it runs."), ""),
        "agreement.review_on.required": (_("errors", "Enter the day on which it is to be reviewed."), ""),
        "agreement.to_on.before_start": (
            _("errors", "The last day is not after the first."),
            _("errors", "Enter a later day, or leave it empty."),
        ),
        "agreement.signatory_org.required": (_("errors", "Choose the charity they signed for."), ""),
        "agreement.signatory_org.duplicate": (
            _("errors", "Somebody has signed for this charity already."),
            _("errors", "Choose another charity."),
        ),
        "agreement.signed_on.in_future": (
            _("errors", "The day of the signature is after today."),
            _("errors", "Write it down once they have signed."),
        ),
        "agreement.ended_on.required": (_("errors", "Enter its last day."), ""),
        "agreement.ended_on.in_past": (
            _("errors", "This day is over."),
            _("errors", "An agreement can end today at the earliest, for something may have flowed by it until now."),
        ),
        "agreement.ended_on.ended": (
            _("errors", "This agreement ends before that already."),
            _("errors", "Its last day can only come forward. For a longer time, write a new version."),
        ),
        "agreement.document.unreadable": (
            _("errors", "This file could not be opened."),
            _("errors", "Choose another one, or copy it to this laptop first."),
        ),
        "agreement.document.too_big": (
            _("errors", "This file is larger than 25 MB."),
            _("errors", "Choose the paper itself, or save it smaller."),
        ),
        "notice.kind.required": (_("errors", "Choose what the notice is about."), ""),
        "notice.title.required": (_("errors", "Give the notice a heading."), ""),
        "notice.body.required": (_("errors", "Write what the others should know."), ""),
        "notice.contact.required": (
            _("errors", "Say whom to ask."),
            _("errors", "A team’s address will do."),
        ),
        "notice.until_on.in_past": (_("errors", "The last day is over."), _("errors", "Enter a day from today on.")),
        "notice.until_on.before_start": (
            _("errors", "The last day is before the first."),
            _("errors", "Enter a later day."),
        ),
        "notice.body.looks_personal": (
            _("errors", "There may be something about one person in this notice."),
            _("errors", "Leave it out. If nobody is meant, tick that you have looked."),
        ),
        "notice.body.looks_personal.name": (
            _("errors", "There may be somebody’s name in this notice, and every laptop of the alliance would hold it."),
            _("errors", "Leave out whoever gets help. If nobody is named, tick that you have looked."),
        ),
        "notice.body.looks_personal.phone": (
            _("errors", "There may be somebody’s phone number in this notice, and every laptop would hold it."),
            _(
                "errors",
                "Put your team’s number under whom to ask. If it is nobody’s own, tick that you have looked.",
            ),
        ),
        "notice.body.looks_personal.nhs_number": (
            _("errors", "There is a number in this notice that may be an NHS number."),
            _("errors", "Take it out. If it is none, tick that you have looked."),
        ),
    }
)
"""Code of a refused field to sentence and next step."""

AGREEMENT_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agreement.title": _("fields", "what people call it"),
        "agreement.kind": _("fields", "what this paper is"),
        "agreement.parties": _("fields", "the charities"),
        "agreement.purposes": _("fields", "what it is for"),
        "agreement.fields": _("fields", "what they may tell"),
        "agreement.from_on": _("fields", "the first day"),
        "agreement.to_on": _("fields", "the last day"),
        "agreement.review_on": _("fields", "the day of the review"),
        "agreement.signatories": _("fields", "who signed"),
        "agreement.signatory_org": _("fields", "the charity they signed for"),
        "agreement.signatory_name": _("fields", "the name of who signed"),
        "agreement.signatory_post": _("fields", "their post"),
        "agreement.signed_on": _("fields", "the day of the signature"),
        "agreement.ended_on": _("fields", "the last day"),
        "agreement.document": _("fields", "the file"),
        "agreement.replaces": _("fields", "the version before"),
        "notice.kind": _("fields", "what the notice is about"),
        "notice.title": _("fields", "the heading"),
        "notice.body": _("fields", "what the notice says"),
        "notice.contact": _("fields", "whom to ask"),
        "notice.from_on": _("fields", "the first day"),
        "notice.until_on": _("fields", "the last day"),
        "agreement.archived": _("fields", "the paper"),
    }
)
"""What each field is called in a sentence."""
