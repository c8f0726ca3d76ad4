"""Which organisations are doing something for a person now, and whether nobody is (`domain.md` 9.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.domain.clocks import london_day
from app.domain.codes import PersonStatus, Purpose
from app.domain.consent import AnswerKind
from app.domain.ids import OrganisationId
from app.domain.mentor_checks import HOLDS_A_PLACE
from app.domain.partners import HOLDING, Outlook

CONTACT_NOTE_DAYS = 60
"""Days for which a note by the key worker says that somebody is in touch."""


def holders(outlook: Outlook) -> frozenset[OrganisationId]:
    """Return the holders: who accepted a referral or mentors and has not ended, or whose key worker wrote of late."""
    return frozenset((*_by_referral(outlook), *_by_match(outlook), *_by_key_worker(outlook)))


def nobody_holding(outlook: Outlook) -> bool:
    """Answer whether a person who agreed to something, or needs something, has no holder.

    Left out are people whose record is not active, and those who refused or withdrew everything they were asked.
    """
    person = outlook.aggregate.person
    if person is None or person.status is not PersonStatus.ACTIVE or holders(outlook):
        return False
    answers = {outlook.answer(org, purpose).kind for org in outlook.directory.organisations for purpose in Purpose}
    if AnswerKind.YES in answers:
        return True
    only_noes = AnswerKind.NO in answers and answers <= {AnswerKind.NO, AnswerKind.NOT_ASKED}
    return bool(person.needs) and not only_noes


def _by_referral(outlook: Outlook) -> Iterator[OrganisationId]:
    return (referral.to_org for referral in outlook.aggregate.referrals if referral.state in HOLDING)


def _by_match(outlook: Outlook) -> Iterator[OrganisationId]:
    return (match.org for match in outlook.aggregate.matches if match.state in HOLDS_A_PLACE)


def _by_key_worker(outlook: Outlook) -> Iterator[OrganisationId]:
    person = outlook.aggregate.person
    oldest = outlook.on - timedelta(days=CONTACT_NOTE_DAYS)
    for note in outlook.aggregate.notes:
        if person is not None and note.created_by == person.key_worker and london_day(note.created_at) >= oldest:
            yield note.org
