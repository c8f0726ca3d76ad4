"""What the organisation that registered a person may hold of them, scope by scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.aggregate import PersonAggregate
from app.domain.clocks import end_of_london_day
from app.domain.codes import NoteLevel, PersonStatus, ReferralState, TaskKind, TaskState
from app.domain.ids import OrganisationId, SiteId, UserId
from app.domain.partners import CLOSED_REFERRAL_DAYS, UNSENT, Outlook
from app.domain.person import Person, Stay
from app.domain.record import Cls
from app.domain.referral import Referral
from app.domain.referral_states import is_live
from app.domain.task import OF_THE_ORGANISATION, Task
from app.domain.visible import Visible, earliest_end

Compartment = tuple[UUID, Cls]

_CASELOAD = (Cls.CORE, Cls.INJURY, Cls.NEEDS, Cls.NOTES, Cls.OWN)

_ENDED = frozenset({PersonStatus.CLOSED, PersonStatus.DIED, PersonStatus.ENTERED_IN_ERROR})


def rights_entries(outlook: Outlook, person: Person) -> Iterator[Visible]:
    """Yield what the data protection lead holds to the end: the person index and every consent event.

    While the person's request for access is open, also everything else that the organisation holds of them, but the
    concerns of the safeguarding lead (domain.md 2.1 and 11); it leaves the lead's laptop when the request is answered.
    """
    key = f"rights:{person.org}"
    held = [(person.org, Cls.CORE), *_consent_events(outlook, person)]
    requests = [each for each in outlook.aggregate.tasks if _asks_for_access(each, person.org)]
    held += [(each.id, Cls.OWN) for each in requests]
    if any(each.state is TaskState.OPEN for each in requests):
        held += [*_shared(outlook, person), *_mentoring(outlook, person), *private_notes(outlook, person.org)]
        # The person may read what they said of themselves, which nobody else ever does (domain.md 4.3).
        held.append((person.org, Cls.EQUALITY))
    yield from (Visible(scope_key=key, owner=owner, cls=cls) for owner, cls in dict.fromkeys(held))


def home_entries(outlook: Outlook, person: Person) -> Iterator[Visible]:
    """Yield what the programme holds, and each site where a worker has a reason to."""
    kept_until = _kept_until(outlook, person)
    shared = _shared(outlook, person)
    for owner, cls in (*shared, *_mentoring(outlook, person), *private_notes(outlook, person.org)):
        yield Visible(scope_key=f"programme:{person.org}", owner=owner, cls=cls, until=kept_until)
    for team, closes in _asked_from_outside(outlook, person):
        until = earliest_end(closes, kept_until)
        for owner, cls in shared:
            yield Visible(scope_key=f"intake:{person.org}:{team}", owner=owner, cls=cls, until=until)
    for site, reason_ends in _site_reasons(outlook, person):
        until = earliest_end(reason_ends, kept_until)
        for owner, cls in shared:
            yield Visible(scope_key=f"site:{person.org}:{site}", owner=owner, cls=cls, until=until)


def _shared(outlook: Outlook, person: Person) -> list[Compartment]:
    """Return what everybody of the organisation who has a reason to hold the person holds."""
    return [
        *((person.org, cls) for cls in _CASELOAD),
        *_consent_events(outlook, person),
        *((each.id, Cls.REFERRAL) for each in outlook.aggregate.referrals if _concerns(each, person.org)),
        *((org, Cls.NOTES) for org in _note_partners(outlook, person)),
        *((file, Cls.NOTES) for file in outlook.files_of(person.org)),
        *((file, Cls.NOTES) for org in _file_partners(outlook, person) for file in outlook.files_of(org)),
        *goal_compartments(outlook.aggregate, person.org),
    ]


def _mentoring(outlook: Outlook, person: Person) -> list[Compartment]:
    return [(person.org, Cls.MENTORING), *mentoring_compartments(outlook.aggregate, person.org)]


def _asks_for_access(task: Task, org: OrganisationId) -> bool:
    return task.kind is TaskKind.ACCESS_REQUEST and task.org == org


def _asked_from_outside(outlook: Outlook, person: Person) -> Iterator[tuple[str, datetime | None]]:
    """Yield the intake teams of the own organisation to which somebody outside the alliance sent the person.

    They registered the person, and have to ask them: no partner has done that before (`domain.md` 6.6). They are the
    sender too, and have the next step when nothing came of it: so until it is closed, and the days after that in which
    any intake team keeps a referral.
    """
    for referral in outlook.aggregate.referrals:
        counts = not referral.archived and referral.state is not ReferralState.ENTERED_IN_ERROR
        if counts and referral.org == referral.to_org == person.org and referral.came_from is not None:
            closes = None
            if referral.state is ReferralState.CLOSED:
                closes = outlook.aggregate.last_step_at(referral) + timedelta(days=CLOSED_REFERRAL_DAYS)
            yield referral.to_team, closes


def private_notes(outlook: Outlook, org: OrganisationId) -> list[Compartment]:
    """Return the compartments of an organisation's notes for their author and the coordinators only."""
    private = NoteLevel.AUTHOR_AND_COORDINATOR
    authors = {note.created_by for note in outlook.aggregate.notes if note.org == org and note.level is private}
    return [(author, Cls.OWN) for author in sorted(authors)]


def mentoring_compartments(aggregate: PersonAggregate, org: OrganisationId) -> list[Compartment]:
    """Return the compartments of an organisation's mentoring of one person, beside its class 7 in general."""
    matches = [match.id for match in aggregate.matches if match.org == org]
    profiles = [profile.id for profile in aggregate.mentor_profiles if profile.org == org]
    return [
        *((match, cls) for match in matches for cls in (Cls.MENTORING, Cls.CARD)),
        *((profile, Cls.MENTORING) for profile in profiles),
        *goal_compartments(aggregate, org),
    ]


def goal_compartments(aggregate: PersonAggregate, org: OrganisationId) -> list[Compartment]:
    """Return the compartments of the goals that an organisation keeps of one person."""
    return [(goal.id, Cls.NEEDS) for goal in aggregate.goals if goal.org == org]


def _kept_until(outlook: Outlook, person: Person) -> datetime | None:
    """Return when a closed record leaves the laptops; None while it is open."""
    if person.status not in _ENDED:
        return None
    died_at = None if person.died_on is None else end_of_london_day(person.died_on)
    # When nobody knows the day it was closed, the record goes early: less on a laptop is the safe side.
    since = outlook.aggregate.status_since or died_at or person.created_at
    return since + outlook.linger(person.org)


def _consent_events(outlook: Outlook, person: Person) -> list[Compartment]:
    """Return every asker's events: the home organisation holds them all (`sync.md` 2)."""
    askers = {person.org, *(event.org for event in outlook.aggregate.consent_events)}
    return [(asker, Cls.CONSENT) for asker in sorted(askers)]


def _concerns(referral: Referral, org: OrganisationId) -> bool:
    return referral.org == org or (referral.to_org == org and referral.state not in UNSENT)


def _note_partners(outlook: Outlook, person: Person) -> list[OrganisationId]:
    writers = {note.org for note in outlook.aggregate.notes if note.org != person.org}
    return sorted(org for org in writers if outlook.shares_notes(org))


def _file_partners(outlook: Outlook, person: Person) -> list[OrganisationId]:
    writers = {file.org for file in outlook.aggregate.attachments if file.org != person.org}
    return sorted(org for org in writers if outlook.shares_files(org))


def _site_reasons(outlook: Outlook, person: Person) -> Iterator[tuple[SiteId, datetime | None]]:
    """Yield each site at which a worker has a reason to hold the person, with the end of that reason."""
    aggregate = outlook.aggregate
    reasons = [(stay.site, _stay_ends(outlook, stay)) for stay in aggregate.stays if not stay.archived]
    workers: list[tuple[UserId | None, datetime | None]] = [(person.key_worker, None)]
    workers += [(task.for_user or task.created_by, None) for task in aggregate.tasks if _waits(task, person.org)]
    sent = (referral for referral in aggregate.referrals if referral.org == person.org and not referral.archived)
    workers += [(referral.created_by, _referral_ends(outlook, referral)) for referral in sent]
    reasons += [(site, ends) for worker, ends in workers for site in _sites_of(outlook, worker, person.org)]
    for site, ends in reasons:
        if (person.org, site) in outlook.directory.site_scopes:
            yield site, ends


def _stay_ends(outlook: Outlook, stay: Stay) -> datetime | None:
    if stay.discharged_on is None:
        return None
    return end_of_london_day(stay.discharged_on) + outlook.linger(stay.org)


def _referral_ends(outlook: Outlook, referral: Referral) -> datetime | None:
    """Return when a referral stops being its maker's reason: some days after it ended, None while it runs."""
    if referral.state in UNSENT or is_live(referral.state):
        return None
    return outlook.aggregate.last_step_at(referral) + outlook.linger(referral.org)


def _sites_of(outlook: Outlook, worker: UserId | None, org: OrganisationId) -> Iterable[SiteId]:
    account = None if worker is None else outlook.directory.users.get(worker)
    return account.sites if account is not None and account.org == org else ()


def _waits(task: Task, org: OrganisationId) -> bool:
    return task.org == org and task.state is TaskState.OPEN and task.kind not in OF_THE_ORGANISATION
