"""What is wrong with a field of mentoring, in words, and what its fields are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _(_context: str, words: str) -> str:
    """Return `words`, marked for `lupdate -tr-function-alias QT_TRANSLATE_NOOP+=_`."""
    return words


MENTORING_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "session.at.in_future": (
            _("errors", "This call is still to come."),
            _("errors", "Check the day and the time."),
        ),
        "session.at.duplicate": (
            _("errors", "Another call is written down at this time."),
            _("errors", "Check the day and the time, or correct the other one."),
        ),
        "session.amends_because.required": (_("errors", "Choose why you correct the call."), ""),
        "session.day.bad_format": (_("errors", "This day is not in the calendar."), ""),
        "session.time.bad_format": (_("errors", "Write the time in numbers, such as 14:30."), ""),
        "session.match.not_permitted": (_("errors", "This match has not begun, so no call can be written down."), ""),
        "match_weights.sum.out_of_range": (
            _("errors", "Together the numbers make {total}, not 100."),
            _("errors", "Take from one what you give another."),
        ),
        "assignment.too_many": (
            _("errors", "There are more than {most} mentees, or places of mentors, for one look."),
            _("errors", "Choose mentors for some of them first."),
        ),
        "match.goals.required": (
            _("errors", "There is no goal yet, or one has no answer."),
            _("errors", "A match needs at least one goal; at its end, say how far each is."),
        ),
        "match.mentee.not_permitted": (
            _("errors", "This mentee is not ready for a mentor yet."),
            _("errors", "Have the matching talk first, then say that they are ready."),
        ),
        "match.mentor.not_permitted": (
            _("errors", "This mentor cannot be proposed any more."),
            _("errors", "Look at the proposals again."),
        ),
        "match.mentor.out_of_range": (
            _("errors", "This mentor has no place free."),
            _("errors", "End another match first, or agree on one place more."),
        ),
        "match.checks.not_permitted": (
            _("errors", "A check of this mentor is missing or has run out."),
            _("errors", "Put it right in the mentor's profile first."),
        ),
        "match.told_to_mentor.required": (_("errors", "Ask what the mentor may be told; nothing is an answer."), ""),
        "pulse_answer.score.required": (
            _("errors", "Choose a face, or say that they would rather not say."),
            "",
        ),
        "pulse_answer.match.not_permitted": (_("errors", "Nobody is asked about this match any more."), ""),
        "outcome_measure.items.required": (_("errors", "No question has an answer yet."), ""),
        "outcome_measure.instrument.not_permitted": (
            _("errors", "This questionnaire needs a licence, which your charity has not written down."),
            _("errors", "Ask whoever looks after your charity's settings."),
        ),
        "equality_answers.answers.required": (
            _("errors", "No list has an answer yet."),
            _("errors", "To choose “Prefer not to say” is an answer, too."),
        ),
        "goal.steps.too_long": (_("errors", "A goal has at most six steps."), ""),
        "goal.steps.out_of_range": (_("errors", "A step is too long."), _("errors", "Use at most 120 letters.")),
        "concern.danger_now.required": (_("errors", "Say whether somebody is in danger now."), ""),
        "concern.person.required": (_("errors", "Choose whom it is about."), ""),
        "concern.in_their_words.required": (_("errors", "Write down what was said or seen."), ""),
        "concern.consent_to_share.required": (_("errors", "Say whether they agreed; not asked is an answer."), ""),
        "concern_step.did.required": (_("errors", "Write down what you did."), ""),
        "concern_step.passed_to.required": (_("errors", "Write down to whom you passed it on."), ""),
        "match.by_whom.required": (_("errors", "Choose who said no."), ""),
        "mentor_profile.person.duplicate": (_("errors", "This person is a mentor here already."), ""),
        "mentor_profile.training_on.required": (
            _("errors", "Nobody mentors before the training is done."),
            _("errors", "Write down the day of the training among the checks."),
        ),
        "mentor_profile.injured_on.required": (
            _("errors", "It is not written down when the injury happened."),
            _("errors", "Write it down: a mentor has lived with the injury for a year at least."),
        ),
        "mentor_profile.injured_on.out_of_range": (
            _("errors", "A mentor has lived with the injury for a year at least."),
            _("errors", "Check when the injury happened, with the month if it is known, or wait."),
        ),
        "mentor_profile.role_kinds.required": (_("errors", "Choose whom they would mentor."), ""),
        "match.allowance_reason.required": (_("errors", "Say why there are more calls than usual."), ""),
        "match.resume_on.before_start": (_("errors", "This day has passed."), ""),
        "mentee_profile.person.duplicate": (_("errors", "This person is a mentee here already."), ""),
        "mentor_profile.unwilling_topics.not_permitted": (
            _("errors", "A topic cannot be both willing and not willing."),
            "",
        ),
    }
)
"""Code of a refused field to sentence and next step."""

MENTORING_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "session.at": _("fields", "when it was"),
        "session.day": _("fields", "the day"),
        "session.time": _("fields", "the time it began"),
        "session.minutes": _("fields", "how long it was"),
        "session.channel": _("fields", "how you talked"),
        "session.status": _("fields", "how it was"),
        "mentor_profile.training_on": _("fields", "the day of the training"),
        "mentor_profile.conduct_on": _("fields", "the day the code of conduct was signed"),
        "mentor_profile.dbs_on": _("fields", "the day of the background check"),
        "mentor_profile.supervised_on": _("fields", "the day of the last supervision"),
        "mentor_profile.injured_on": _("fields", "when the injury happened"),
        "mentee_profile.injured_on": _("fields", "when the injury happened"),
        "match_weights.reason": _("fields", "why you change it"),
        "match.resume_on": _("fields", "when they go on"),
        "match.allowance": _("fields", "how many calls there shall be"),
        "match.reason": _("fields", "the reason"),
        "match.reason_text": _("fields", "the reason in your words"),
        "goal.text": _("fields", "the goal"),
        "goal.steps": _("fields", "the next step"),
        "match.end_reason": _("fields", "why it ends"),
        "concern.in_their_words": _("fields", "what was said or seen"),
        "concern.told": _("fields", "whom you told"),
        "concern.reason_without": _("fields", "the reason"),
        "concern_step.did": _("fields", "what you did"),
        "concern_step.passed_to": _("fields", "to whom"),
        "pulse_answer.score": _("fields", "the answer"),
        "pulse_answer.answered_on": _("fields", "the day they answered"),
        "pulse_answer.comment": _("fields", "what they said"),
        "outcome_measure.instrument": _("fields", "the questionnaire"),
        "outcome_measure.occasion": _("fields", "when in the journey"),
        "outcome_measure.mode": _("fields", "how it was answered"),
        "outcome_measure.answered_on": _("fields", "the day they answered"),
        "outcome_measure.items": _("fields", "an answer"),
        "goal.area": _("fields", "what the goal is about"),
    }
)
"""Names of fields inside a sentence."""
