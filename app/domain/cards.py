"""Share cards: what one organisation may know of a person now, made by the function that made the preview."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

from app.domain.aggregate import Directory, PersonAggregate
from app.domain.card import ShareCard
from app.domain.codes import Decision, PackageField, Purpose, ReferralState, Role, Scope
from app.domain.consent_event import ConsentLine
from app.domain.disclosure import PersonFacts, Terms, card_fields
from app.domain.ids import SYSTEM, DeviceId, OrganisationId, RecordId
from app.domain.partners import HOLDING, UNSENT, Outlook
from app.domain.person import Person

_THE_SERVICE_ITSELF = DeviceId(UUID(int=0))

_SHOWN_LIVE = HOLDING | {ReferralState.COMPLETED}


def share_cards(
    aggregate: PersonAggregate, *, directory: Directory, on: date, card_id: Callable[[OrganisationId], UUID]
) -> tuple[ShareCard, ...]:
    """Return the card of every organisation that a referral was sent to, or that mentors the person.

    A card carries the consent lines that name its receiver and withdrawals from everybody. Its fields are filled
    from acceptance on while the answer opens reading, and are empty otherwise.

    Args:
        aggregate: the person.
        directory: the alliance.
        on: London day on which consent is judged.
        card_id: the id of the card of one receiver, the same each time.
    """
    person = aggregate.person
    if person is None:
        return ()
    outlook = Outlook(aggregate=aggregate, directory=directory, on=on)
    receivers = {referral.to_org for referral in aggregate.referrals if referral.state not in UNSENT}
    receivers |= set(outlook.mentoring_partners())
    return tuple(
        ShareCard(
            id=RecordId(card_id(org)),
            org=person.org,
            created_at=person.created_at,
            created_by=SYSTEM,
            created_role=Role.SYSTEM,
            device=_THE_SERVICE_ITSELF,
            person=person.person_id,
            receiver=org,
            fields=card_fields(facts_of(outlook, person), _terms(outlook, person, org)),
            lines=_lines_for(aggregate, org),
        )
        for org in sorted(receivers)
    )


def facts_of(outlook: Outlook, person: Person) -> PersonFacts:
    """Return what is recorded of a person, as the disclosure rules take it."""
    aggregate = outlook.aggregate
    return PersonFacts(
        person=person,
        injury=aggregate.injury,
        contacts=aggregate.contacts,
        stays=aggregate.stays,
        relationships=aggregate.relationships,
        site_names={site_id: site.name for site_id, site in outlook.directory.sites.items()},
    )


def _lines_for(aggregate: PersonAggregate, org: OrganisationId) -> tuple[ConsentLine, ...]:
    """Return the lines that name a receiver and withdrawals from everybody, citing nothing but each other.

    What else a withdrawal from everybody cites would tell how many answers there are about others.
    """
    lines = {
        line.line_id: line
        for line in aggregate.lines
        if line.org == org or (line.org is None and line.decision is Decision.WITHDRAWAL)
    }
    shown = sorted(line_id for line_id in lines if line_id not in aggregate.voided)
    return tuple(replace(lines[line_id], cites=lines[line_id].cites & frozenset(shown)) for line_id in shown)


def _terms(outlook: Outlook, person: Person, org: OrganisationId) -> Iterator[Terms]:
    """Yield the terms on which an organisation reads the person live: by referral, mentoring and casework."""
    found = False
    for terms in (*_referral_terms(outlook, org), *_mentoring_terms(outlook, person, org)):
        found = True
        yield terms
    if found:
        yield from _standing_terms(outlook, person, org, Purpose.CASEWORK)


def _referral_terms(outlook: Outlook, org: OrganisationId) -> Iterator[Terms]:
    for referral in outlook.sent_referrals(receiver=org):
        answer = outlook.answer_for(referral)
        service = outlook.directory.services.get(referral.to_service)
        if service is None or referral.state not in _SHOWN_LIVE or not answer.opens_reading:
            continue
        yield Terms(
            scope=answer.scope or Scope.CONTACT,
            agreement_fields=outlook.permitted_for(referral),
            needed=service.needed_fields,
            withheld=answer.withheld,
            struck=referral.struck,
            why=referral.why,
            best_time=referral.best_time,
            needs=referral.needs,
            expected_discharge_on=referral.expected_discharge_on,
        )


def _mentoring_terms(outlook: Outlook, person: Person, org: OrganisationId) -> Iterator[Terms]:
    if org in outlook.mentoring_partners():
        yield from _standing_terms(outlook, person, org, Purpose.MENTORING)


def _standing_terms(outlook: Outlook, person: Person, org: OrganisationId, purpose: Purpose) -> Iterator[Terms]:
    """Yield the terms of a purpose that needs no referral: everything the scope and the agreement let flow."""
    answer = outlook.answer(org, purpose)
    # What was struck out for one service of the receiver is not told to it by another way.
    live = (referral for referral in outlook.sent_referrals(receiver=org) if referral.state in _SHOWN_LIVE)
    struck = frozenset(name for referral in live for name in referral.struck)
    if answer.opens_reading:
        yield Terms(
            scope=answer.scope or Scope.CONTACT,
            agreement_fields=outlook.permitted(person.org, org, purpose),
            needed=frozenset(PackageField),
            withheld=answer.withheld,
            struck=struck,
            needs=person.needs,
        )
