"""What is wrong with a field, in words: for every problem there is, for single fields, and the fields' own names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


PROBLEM_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "required": (_("errors", "Enter {field}."), ""),
        "missing": (_("errors", "Enter {field}."), ""),
        "unknown": (_("errors", "{Field} is not known here."), _("errors", "Choose one from the list.")),
        "unknown_code": (_("errors", "Choose one of the answers for {field}."), ""),
        "bad_format": (_("errors", "Check {field}: it cannot be read."), ""),
        "too_long": (_("errors", "{Field} is too long."), _("errors", "Use at most {longest} signs.")),
        "too_short": (_("errors", "{Field} is too short."), _("errors", "Say a little more.")),
        "out_of_range": (_("errors", "{Field} is outside what is possible."), ""),
        "in_future": (_("errors", "{Field} is after today."), _("errors", "Enter a day up to today.")),
        "in_past": (_("errors", "{Field} is before today."), _("errors", "Enter a day from today on.")),
        "not_permitted": (_("errors", "{Field} cannot be this here."), ""),
        "not_found": (_("errors", "{Field} is not here."), _("errors", "Go back and look again.")),
        "unreadable": (_("errors", "{Field} cannot be read."), ""),
        "duplicate": (_("errors", "{Field} is there already."), ""),
    }
)
"""Problem of a field to sentence and next step, for every field without words of its own."""

INPUT_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "person.dob.bad_format": (
            _("errors", "This day of birth is not in the calendar."),
            _("errors", "Write day, month and year in numbers. The year alone is enough."),
        ),
        "person.dob.in_future": (_("errors", "The day of birth is after today."), ""),
        "person.dob.out_of_range": (
            _("errors", "The day of birth is more than 120 years ago."),
            _("errors", "Check the year."),
        ),
        "person.nhs_number.bad_format": (
            _("errors", "This is not an NHS number: one of its ten digits is wrong."),
            _("errors", "Check it, or leave it empty."),
        ),
        "contact_point.value.bad_format": (
            _("errors", "This number or address cannot be used."),
            _("errors", "For example, 07700 900123 or name@example.org."),
        ),
        "contact_point.value.required": (_("errors", "Enter the number or address."), ""),
        "stay.expected_discharge_on.bad_format": (
            _("errors", "This day is not in the calendar."),
            _("errors", "Write day, month and year in numbers, or leave it empty."),
        ),
        "stay.site.required": (_("errors", "Choose the hospital."), ""),
        "case_note.text.required": (_("errors", "Write the note first."), ""),
        "consent.org.required": (_("errors", "A yes is for one charity, named."), ""),
        "consent.purpose.required": (_("errors", "A yes is for one reason, named."), ""),
        "consent.scope.out_of_range": (
            _("errors", "This is more than may be shared for this reason."),
            _("errors", "Choose less."),
        ),
        "consent.lines.required": (
            _("errors", "Nothing was asked yet."),
            _("errors", "Ask at least one question, or go back."),
        ),
        "consent.given_by.not_permitted": (
            _("errors", "This person may not decide that for them."),
            _("errors", "Only the person, a parent for a child, or somebody with the legal right may."),
        ),
        "consent.wording.unknown": (
            _("errors", "The sentences read out are not ones this alliance knows."),
            _("errors", "Update Alongside, or read the sentences on this page."),
        ),
        "consent.statement.required": (_("errors", "Write what the person said, or choose the sentence you read."), ""),
        "consent.read_back.required": (
            _("errors", "The answers were not read back yet."),
            _("errors", "Read them to the person, then tick it."),
        ),
        "consent.witness_name.required": (_("errors", "This way of answering needs a witness. Write their name."), ""),
        "consent.witness_role.required": (_("errors", "Write who the witness is, such as nurse or sister."), ""),
        "consent.capacity_check.required": (
            _("errors", "Write how you checked that the person can decide this."),
            "",
        ),
        "consent.age_check.required": (_("errors", "Say whether the person is under 16."), ""),
        "consent.gillick.required": (_("errors", "Say whether the child understands this decision."), ""),
        "consent.ask_again_on.required": (_("errors", "Choose the day to ask again."), ""),
        "referral.needs.required": (_("errors", "Choose at least one thing the person needs."), ""),
        "referral.why.required": (_("errors", "Say in a sentence why you refer."), ""),
        "referral.reason.required": (_("errors", "Choose the reason."), ""),
        "referral.next_step.required": (_("errors", "Choose what happens next for the person."), ""),
        "referral.question.too_short": (
            _("errors", "Ask the question in a few more words."),
            _("errors", "At least ten signs."),
        ),
    }
)
"""Code of a refused field to sentence and next step, where the general words would not help."""

FIELD_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person.given_name": _("fields", "the given name"),
        "person.family_name": _("fields", "the family name"),
        "person.known_as": _("fields", "the name they go by"),
        "person.pronouns": _("fields", "the pronouns"),
        "person.dob": _("fields", "the day of birth"),
        "person.age_band": _("fields", "the age"),
        "person.nhs_number": _("fields", "the NHS number"),
        "person.postcode": _("fields", "the postcode"),
        "person.home_situation": _("fields", "how they live"),
        "stay.site": _("fields", "the hospital"),
        "stay.ward": _("fields", "the ward"),
        "stay.bed": _("fields", "the bed"),
        "stay.admitted_on": _("fields", "the day they came"),
        "stay.expected_discharge_on": _("fields", "the day they are expected to leave"),
        "stay.discharged_on": _("fields", "the day they left"),
        "contact_point.kind": _("fields", "the kind of contact"),
        "contact_point.value": _("fields", "the number or address"),
        "contact_point.label": _("fields", "the name of this contact"),
        "site.name": _("fields", "the name of the hospital"),
        "case_note.text": _("fields", "the note"),
        "case_note.level": _("fields", "who may read the note"),
        "consent.given_by": _("fields", "who gave the answer"),
        "consent.given_by_name": _("fields", "the name of who gave the answer"),
        "consent.evidence_seen": _("fields", "the paper you saw"),
        "consent.method": _("fields", "how the answer was given"),
        "consent.statement": _("fields", "what the person said"),
        "consent.capacity": _("fields", "whether the person can decide this now"),
        "consent.ask_again_on": _("fields", "the day to ask again"),
        "consent.interpreter_name": _("fields", "the interpreter's name"),
        "referral.why": _("fields", "why you refer"),
        "referral.priority": _("fields", "how soon"),
        "referral.priority_reason": _("fields", "why it is less urgent"),
        "referral.first_step_on": _("fields", "the day of the first step"),
        "referral.accepted_needs": _("fields", "what you accept"),
        "referral.expected_start": _("fields", "the month it is expected to start"),
        "referral.first_contact_at": _("fields", "when you first spoke"),
        "referral.channel": _("fields", "how you spoke"),
        "referral.outcome": _("fields", "how it ended"),
        "referral.ended_on": _("fields", "the day it ended"),
        "referral.question": _("fields", "the question"),
        "referral.asked_of": _("fields", "who the question is for"),
        "referral.who_heard": _("fields", "who heard it"),
        "referral.reason": _("fields", "the reason"),
        "referral.next_step": _("fields", "what happens next"),
        "referral.duplicate_reason": _("fields", "why there should be a second referral"),
    }
)
"""Names of fields inside a sentence."""
