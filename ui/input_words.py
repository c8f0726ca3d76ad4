"""What is wrong with a field, in words: for every problem there is, for single fields, and the fields' own names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ui.agreement_input_words import AGREEMENT_FIELDS, AGREEMENT_WORDS
from ui.import_input_words import IMPORT_WORDS
from ui.mentoring_input_words import MENTORING_FIELDS, MENTORING_WORDS


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


_OF_TWO_RECORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "person_merge.given_name": _("fields", "the given name"),
        "person_merge.family_name": _("fields", "the family name"),
        "person_merge.dob": _("fields", "the day of birth"),
        "person_merge.died_on": _("fields", "the day they died"),
        "person_merge.nhs_number": _("fields", "the NHS number"),
        "person_merge.chi_number": _("fields", "the CHI number"),
        "person_merge.hsc_number": _("fields", "the H&C number"),
        "person_merge.level": _("fields", "where the injury is"),
        "person_merge.ais": _("fields", "feeling and movement"),
        "person_merge.injury_date": _("fields", "the day of the injury"),
        "person_merge.stay": _("fields", "where the person is now"),
        "same_person.why": _("fields", "the reason"),
    }
)
"""The fields that are chosen when two records become one."""

PROBLEM_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "required": (_("errors", "Enter {field}."), ""),
        "missing": (_("errors", "Enter {field}."), ""),
        "unknown": (_("errors", "{Field} is not known here."), _("errors", "Choose one from the list.")),
        "unknown_code": (_("errors", "Choose one of the answers for {field}."), ""),
        "bad_format": (_("errors", "Check {field}: it cannot be read."), ""),
        "too_long": (_("errors", "{Field} is too long."), _("errors", "Use at most {longest} letters.")),
        "too_short": (_("errors", "{Field} is too short."), _("errors", "Say a little more.")),
        "out_of_range": (_("errors", "{Field} is outside what is possible."), ""),
        "in_future": (_("errors", "{Field} is after today."), _("errors", "Enter a day up to today.")),
        "in_past": (_("errors", "{Field} is before today."), _("errors", "Enter a day from today on.")),
        "before_start": (_("errors", "{Field} is too early."), _("errors", "Enter a later day.")),
        "not_permitted": (
            _("errors", "{Field} does not fit the other answers."),
            _("errors", "Choose another answer, or change the others."),
        ),
        "not_found": (_("errors", "{Field} is not here."), _("errors", "Go back and look again.")),
        "unreadable": (_("errors", "{Field} cannot be read."), ""),
        "duplicate": (_("errors", "{Field} is there already."), ""),
        "signed": (
            _("errors", "Somebody has signed this paper, so it stays as it is."),
            _("errors", "Write a new version."),
        ),
        "changed": (
            _("errors", "Somebody changed {field} meanwhile."),
            _("errors", "Look at both records again, and choose once more."),
        ),
    }
)
"""Problem of a field to sentence and next step, for every field without words of its own."""

INPUT_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        **MENTORING_WORDS,
        **IMPORT_WORDS,
        **AGREEMENT_WORDS,
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
        "person.nhs_number.bad_format.digits": (
            _("errors", "This is not an NHS number: it has not ten digits."),
            _("errors", "Check it, or leave it empty."),
        ),
        "person.dob.bad_format.year": (
            _("errors", "The year of birth has four digits."),
            _("errors", "For example, 1984. The year alone is enough."),
        ),
        "person.dob.bad_format.month": (
            _("errors", "The month of birth is missing."),
            _("errors", "Add it, or leave the day empty too."),
        ),
        "contact_point.value.bad_format": (
            _("errors", "This number or address cannot be used."),
            _("errors", "For example, 07700 900123 or name@example.org."),
        ),
        "contact_point.value.bad_format.phone": (
            _("errors", "This phone number is not whole."),
            _("errors", "A UK mobile has eleven digits, for example 07700 900123; a landline has ten or eleven."),
        ),
        "contact_point.value.bad_format.email": (
            _("errors", "This is not a whole e-mail address."),
            _("errors", "For example, name@example.org."),
        ),
        "contact_point.value.required": (_("errors", "Enter the number or address."), ""),
        "stay.expected_discharge_on.bad_format": (
            _("errors", "This day is not in the calendar."),
            _("errors", "Write day, month and year in numbers, or leave it empty."),
        ),
        "stay.expected_discharge_on.bad_format.year": (
            _("errors", "The year has four digits."),
            _("errors", "For example, 2027. Or leave the day empty."),
        ),
        "stay.expected_discharge_on.bad_format.month": (
            _("errors", "The month is missing."),
            _("errors", "Write day, month and year in numbers, or leave it empty."),
        ),
        "stay.expected_discharge_on.in_past": (
            _("errors", "The day they are expected to leave is over."),
            _("errors", "Enter a day to come, or leave it empty."),
        ),
        "stay.site.required": (_("errors", "Choose the hospital."), ""),
        "attachment.size.out_of_range": (
            _("errors", "This file is too large: 25 MB is the most."),
            _("errors", "Make it smaller, or add it in parts."),
        ),
        "attachment.size.required": (_("errors", "This file is empty."), _("errors", "Choose another file.")),
        "attachment.mime.not_permitted": (
            _("errors", "This kind of file cannot be kept here."),
            _(
                "errors",
                "It may be a PDF, a picture (PNG or JPEG), plain text, a Word or Excel file without macros, or a sound"
                " recording (M4A).",
            ),
        ),
        "attachment.title.required": (_("errors", "Say what this file is."), ""),
        "attachment.parent.not_permitted": (
            _("errors", "This file cannot be added to that note."),
            _("errors", "Write a note of your own and add it there."),
        ),
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
        "case_note.amends.not_permitted": (
            _("errors", "The note this is about is not here any more, or is another charity's."),
            _("errors", "Write a note of its own instead."),
        ),
        "case_note.level.not_permitted": (
            _("errors", "More people could read this than the note it is about."),
            _("errors", "Choose who may read that note, or fewer."),
        ),
        "held_back.person.duplicate": (_("errors", "This record is held back already."), ""),
        "access_request.person.duplicate": (
            _("errors", "This person's request is there already, and open."),
            _("errors", "Open it in the list."),
        ),
        "held_back.why.required": (_("errors", "Choose what they want."), ""),
        "access_request.passages.required": (
            _("errors", "Some words were not looked at yet."),
            _("errors", "Look at each, then make the files."),
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
            _("errors", "At least ten letters."),
        ),
        "consent.scope.required": (_("errors", "Choose how much they may know."), ""),
        "consent.method.required": (_("errors", "Choose how the answer was given."), ""),
        "consent.ask_again_on.before_start": (
            _("errors", "The day to ask again is not after today."),
            _("errors", "Enter a later day."),
        ),
        "consent.witness_name.not_permitted": (
            _("errors", "Whoever asks cannot be the witness."),
            _("errors", "Write the name of somebody else who saw it."),
        ),
        "consent.capacity.not_permitted": (
            _("errors", "Somebody who cannot decide this now cannot agree."),
            _("errors", "Use Cannot answer today, and ask again another day."),
        ),
        "consent.gillick.not_permitted": (
            _("errors", "The young person can agree only when they understand this decision."),
            _("errors", "Otherwise ask a parent, or ask again later."),
        ),
        "consent.org.not_permitted": (
            _("errors", "This charity takes no details at the moment."),
            _("errors", "Take its yes away; you can still tell the person about it."),
        ),
        "consent.capacity_check.in_future": (_("errors", "The day of the check is after today."), ""),
        "referral.first_step_on.before_start": (
            _("errors", "The first step cannot be before the referral was sent."),
            "",
        ),
        "referral.first_step_on.required": (_("errors", "Enter the day of the first step."), ""),
        "referral.question.out_of_range": (
            _("errors", "Ask the question in a few more words."),
            _("errors", "At least ten letters."),
        ),
        "referral.question.required": (_("errors", "Write the question."), ""),
        "referral.asked_of.required": (_("errors", "Choose who should answer."), ""),
        "referral.answer.required": (_("errors", "Write the answer."), ""),
        "referral.tries.required": (_("errors", "Enter the day and the way of all three tries."), ""),
        "referral.tries.in_future": (_("errors", "A try cannot be after today."), _("errors", "Enter its day.")),
        "referral.tries.before_start": (
            _("errors", "The referral had not arrived on that day."),
            _("errors", "Enter the day on which you tried."),
        ),
        "referral.came_from.required": (_("errors", "Choose who asks."), ""),
        "referral.came_from_contact.required": (
            _("errors", "Enter their name and how to reach them."),
            _("errors", "For example, Sister Okafor, ward 7B, 01632 960555."),
        ),
        "referral.to_service.not_permitted": (_("errors", "Choose one of your own services."), ""),
        "referral.why_nothing.required": (_("errors", "Say in a sentence why nothing more is needed."), ""),
        "referral.way.required": (_("errors", "Choose how you tried."), ""),
        "referral.service.not_permitted": (_("errors", "It cannot be passed on to this service."), ""),
        "cover.user.required": (_("errors", "Choose who is away."), ""),
        "cover.user.not_permitted": (_("errors", "Choose somebody of this team."), ""),
        "cover.until.required": (_("errors", "Enter the last day away."), ""),
        "cover.until.before_start": (
            _("errors", "The last day away is too early."),
            _("errors", "Enter a day from the first day on, and not before today."),
        ),
        "cover.cover.not_permitted": (_("errors", "Choose somebody else who is in this team."), ""),
        "referral.tries.out_of_range": (
            _("errors", "Three tries on three days are needed, a week from the first to the last."),
            "",
        ),
        "referral.tries.not_permitted": (_("errors", "One of these ways is not permitted for this person."), ""),
        "referral.channel.required": (_("errors", "Choose how you spoke."), ""),
        "referral.outcome.required": (_("errors", "Choose what came of it."), ""),
        "referral.heard_by.required": (_("errors", "Write who heard it."), ""),
        "referral.expected_start.required": (_("errors", "Choose the month."), ""),
        "referral.service.required": (_("errors", "Choose the service."), ""),
        "referral.duplicate_of.required": (_("errors", "Choose the referral that asks for the same."), ""),
        "referral.duplicate_reason.required": (_("errors", "Choose why there should be a second referral."), ""),
        "referral.reason_text.required": (_("errors", "Write the reason in a few words."), ""),
        "referral.ask_again_on.required": (_("errors", "Enter the day to ask again."), ""),
        "referral.person_view.required": (_("errors", "Choose whether it helped, as they see it."), ""),
        "referral.person_told.required": (_("errors", "Say whether the person knows how it ended."), ""),
        "referral.accepted_needs.required": (_("errors", "Choose at least one thing you accept."), ""),
        "referral.accepted_needs.out_of_range": (
            _("errors", "Only what was asked for can be accepted."),
            _("errors", "Choose from the list."),
        ),
        "referral.consent_lines.required": (
            _("errors", "There is no yes that this referral could rest on."),
            _("errors", "Ask the person first."),
        ),
        "referral.reason.not_permitted": (
            _("errors", "This reason is for another step."),
            _("errors", "Choose another reason."),
        ),
        "directory.file.bad_format": (
            _("errors", "This file does not follow the standard for listings, at {path}."),
            _("errors", "Nothing was changed. Ask whoever made the file."),
        ),
        "directory.file.too_big": (
            _("errors", "This file is larger than 20 MB."),
            _("errors", "Nothing was changed. Ask for a smaller part of it."),
        ),
        "directory.file.unreadable": (
            _("errors", "This file could not be opened."),
            _("errors", "Choose another one, or copy it to this laptop first."),
        ),
        "service.paused_until.required": (_("errors", "Enter the last day of the pause."), ""),
        "leaving.reason.required": (
            _("errors", "Say in a few words why it stays as it is."),
            _("errors", "Ten letters are enough."),
        ),
        "task.note.required": (_("errors", "Say in a few words why nobody needs to."), ""),
        "referral.to_service.required": (_("errors", "Choose the service."), ""),
        "consent.voids.not_permitted": (
            _("errors", "Only a wrong answer of this person can be taken back."),
            _("errors", "Open the person and look at the answers again."),
        ),
        "password.new.same": (
            _("errors", "This is the password you have now."),
            _("errors", "Take another one."),
        ),
        "password.new.too_short": (
            _("errors", "The password is too short."),
            _("errors", "Use at least {least} letters. Four words are easiest."),
        ),
        "password.new.too_long": (_("errors", "The password is too long."), _("errors", "Leave a part of it out.")),
        "slip.address.bad_format": (
            _("errors", "The address on this slip is not a safe one, so nothing was sent to it."),
            _("errors", "Ask your IT support for a new slip."),
        ),
        "injury.injury_date.bad_format": (
            _("errors", "This day is not in the calendar."),
            _("errors", "Write day, month and year in numbers. The year alone is enough."),
        ),
        "injury.told_by.required": (_("errors", "Choose who told you."), ""),
        "injury.injury_date.in_future": (_("errors", "The day of the injury is after today."), ""),
    }
)
"""Code of a refused field to sentence and next step, where the general words would not help."""

FIELD_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        **MENTORING_FIELDS,
        **AGREEMENT_FIELDS,
        "person.given_name": _("fields", "the given name"),
        "person.family_name": _("fields", "the family name"),
        "person.known_as": _("fields", "the name they go by"),
        "person.pronouns": _("fields", "the pronouns"),
        **_OF_TWO_RECORDS,
        "person.full_name": _("fields", "the full name"),
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
        "attachment.title": _("fields", "what this file is"),
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
        "consent.scope": _("fields", "how much they may know"),
        "consent.withheld": _("fields", "what is held back"),
        "consent.capacity_check": _("fields", "how you checked that the person can decide this"),
        "consent.age_check": _("fields", "whether the person is under 16"),
        "consent.gillick": _("fields", "whether the child understands this decision"),
        "consent.read_back": _("fields", "that the answers were read back"),
        "consent.witness_name": _("fields", "the name of the witness"),
        "consent.witness_role": _("fields", "who the witness is"),
        "consent.language": _("fields", "the language"),
        "consent.format": _("fields", "the way the sentences were read"),
        "consent.ward": _("fields", "the ward"),
        "consent.reason": _("fields", "the reason"),
        "injury.level": _("fields", "where the injury is"),
        "injury.ais": _("fields", "feeling and movement"),
        "injury.injury_date": _("fields", "the day of the injury"),
        "injury.completeness": _("fields", "complete or incomplete"),
        "injury.cause": _("fields", "the cause"),
        "injury.non_traumatic_kind": _("fields", "the kind of illness"),
        "injury.ventilation": _("fields", "help with breathing"),
        "injury.told_by": _("fields", "who told you"),
        "contact_point.may_use": _("fields", "what this contact may be used for"),
        "contact_point.safe_word": _("fields", "the safe word"),
        "contact_point.who_may_answer": _("fields", "who may answer"),
        "person.comm_needs": _("fields", "how they talk best"),
        "person.needs": _("fields", "what they need"),
        "person.roles": _("fields", "who they are to you"),
        "person.language": _("fields", "the language"),
        "person.key_worker": _("fields", "who looks after them"),
        "person.died_on": _("fields", "the day they died"),
        "person.chi_number": _("fields", "the CHI number"),
        "person.hsc_number": _("fields", "the H&C number"),
        "site.nation": _("fields", "the nation"),
        "service.paused_until": _("fields", "the last day of the pause"),
        "service.capacity_places": _("fields", "the free places"),
        "service.typical_wait_days": _("fields", "the usual wait"),
        "service.name": _("fields", "the name of the service"),
        "service.description": _("fields", "the description of the service"),
        "organisation.name": _("fields", "the name of the organisation"),
        "organisation.legal_name": _("fields", "the legal name of the organisation"),
        "organisation.charity_number": _("fields", "the charity number"),
        "user.name": _("fields", "the name of the colleague"),
        "user.email": _("fields", "the email address of the colleague"),
        "leaving.reason": _("fields", "the reason"),
        "task.note": _("fields", "the note"),
        "task.due_on": _("fields", "the day it is due"),
        "access_request.person": _("fields", "the person"),
        "held_back.person": _("fields", "the person"),
        "held_back.why": _("fields", "what they want"),
        "access_request.received_on": _("fields", "the day on which they asked"),
        "referral.needs": _("fields", "what the person needs"),
        "referral.best_time": _("fields", "the best time"),
        "referral.reason_text": _("fields", "the reason in your words"),
        "referral.tries": _("fields", "the three tries"),
        "referral.came_from": _("fields", "who asks"),
        "referral.came_from_contact": _("fields", "their name and how to reach them"),
        "referral.to_service": _("fields", "your service"),
        "referral.why_nothing": _("fields", "why nothing more is needed"),
        "referral.way": _("fields", "how you tried"),
        "referral.service": _("fields", "the service"),
        "cover.user": _("fields", "who is away"),
        "cover.cover": _("fields", "who covers"),
        "cover.from_on": _("fields", "the first day away"),
        "cover.until": _("fields", "the last day away"),
        "referral.heard_by": _("fields", "who heard it"),
        "referral.answer": _("fields", "the answer"),
        "referral.person_view": _("fields", "how they see it"),
        "referral.person_told": _("fields", "whether they know"),
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
